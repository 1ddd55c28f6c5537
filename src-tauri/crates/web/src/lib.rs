//! The desk served to a browser.
