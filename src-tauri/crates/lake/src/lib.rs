//! Object layout and the stores that hold it.
