use std::{io, path::PathBuf};

use crate::{ETag, Key, KeyError};

/// Why a lake did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A key that may not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No such object.
    #[error("the lake holds nothing under {0}")]
    NotFound(Key),
    /// A create-only write met an object that is already there; nothing was changed.
    #[error("the lake already holds {key}")]
    Exists {
        /// Where.
        key: Key,
        /// What is there, for comparing with what was to be written.
        etag: ETag,
    },
    /// The object is no longer the version asked for; nothing was read.
    #[error("{key} has changed in the lake")]
    Changed {
        /// Where.
        key: Key,
        /// What is there now.
        etag: ETag,
    },
    /// A range that begins at or after the end of the object.
    #[error("{key} has {size_bytes} bytes, and byte {start} was asked for")]
    Range {
        /// Where.
        key: Key,
        /// The first byte asked for.
        start: u64,
        /// What there is.
        size_bytes: u64,
    },
    /// Something in the way is a symbolic link, a directory where a file belongs, or otherwise not the lake's own.
    #[error("something in the way of {key} is not the lake's own (a symbolic link?): {}", place.display())]
    Foreign {
        /// Where.
        key: Key,
        /// The file that is in the way.
        place: PathBuf,
    },
    /// The place cannot keep the promises of a lake.
    #[error("{} cannot hold a lake: {why}", place.display())]
    Unfit {
        /// The folder.
        place: PathBuf,
        /// Which promise does not hold.
        why: &'static str,
    },
    /// The folder was written by a later version.
    #[error("{} is a lake of format {found}; this version reads up to {known}", place.display())]
    TooNew {
        /// The folder.
        place: PathBuf,
        /// Its format.
        found: u32,
        /// The latest format this build reads.
        known: u32,
    },
    /// No room left.
    #[error("no room left on the disk of the lake")]
    Full(#[source] io::Error),
    /// The file system does not allow it.
    #[error("not allowed: {action} {}", place.display())]
    Denied {
        /// What was tried.
        action: &'static str,
        /// Where.
        place: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Any other trouble with files.
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
    /// The runtime is shutting down.
    #[error("the work on the lake was stopped")]
    Stopped,
}

impl LakeError {
    /// Sorts a system error by what a person can do about it.
    pub(crate) fn io(action: &'static str, place: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        let source = source.into();
        let place = place.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(source),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Denied {
                action,
                place,
                source,
            },
            _ => Self::Io {
                action,
                place,
                source,
            },
        }
    }
}
