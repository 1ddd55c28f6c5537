use std::{io, path::PathBuf};

/// Why the journal or the catalog did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Another process held the file for longer than the stated patience.
    #[error("{} is in use by another process", place.display())]
    Busy {
        /// The database.
        place: PathBuf,
    },
    /// Written by a later version; nothing was touched.
    #[error("{} was written by a later version (schema {found}; this version reads up to {known})", place.display())]
    TooNew {
        /// The database.
        place: PathBuf,
        /// Its schema.
        found: u32,
        /// The latest schema this build reads.
        known: u32,
    },
    /// Not a database, or damaged. A catalog can be rebuilt; a journal must be brought back from a copy.
    #[error("{} is damaged", place.display())]
    Damaged {
        /// The database.
        place: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// No room left.
    #[error("no room left on the disk of {}", place.display())]
    Full {
        /// The database.
        place: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Any other trouble with the database.
    #[error("{} could not be read or written", place.display())]
    Sqlite {
        /// The database.
        place: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Trouble with the folder the databases are in.
    #[error("could not {action} {}", place.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        place: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A stored line that does not read.
    #[error("a stored ledger entry does not read")]
    Entry(#[from] ledger::EntryError),
    /// A stored value that does not read.
    #[error("a stored {what} does not read")]
    Stored {
        /// Which value.
        what: &'static str,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// A segment that cannot be packed or unpacked.
    #[error("a ledger segment does not read")]
    Segment(#[source] io::Error),
    /// A segment that is not there, or not the one named.
    #[error("no such ledger segment: {0}")]
    NoSegment(u64),
    /// No such job.
    #[error("no such job: {0}")]
    NoJob(i64),
    /// The job is no longer the caller's: its lease ran out and another worker took it up, or it was cancelled or finished.
    #[error("job {0} is no longer held by this worker")]
    LeaseLost(i64),
    /// A job can be tried again only after it failed or was cancelled.
    #[error("job {0} is still queued or running, or is already done")]
    NotRetryable(i64),
    /// A job can be forgotten only after it failed or was cancelled.
    #[error("job {0} neither failed nor was cancelled")]
    NotForgettable(i64),
}
