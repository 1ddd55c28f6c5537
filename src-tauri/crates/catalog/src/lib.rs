//! The local SQLite cache, its journal and its jobs.
