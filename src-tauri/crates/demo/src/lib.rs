//! The demo film: drawn and synthesised by the project itself.
