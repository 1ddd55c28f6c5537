use std::{io, path::PathBuf};

use crate::{ETag, Key, KeyError, SignInError};

/// What a service or a client library said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

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
    /// An upload in parts that was finished, aborted or never begun.
    #[error("the upload of {key} in parts is not there")]
    NoUpload {
        /// What it was to become.
        key: Key,
    },
    /// A part that is not in the store as it was named, or may not have this number or size.
    #[error("part {number} of {key} is not in the lake as it was sent")]
    BadPart {
        /// What it was to become.
        key: Key,
        /// Which.
        number: u32,
    },
    /// The object lies in an archive.
    #[error("{0} is archived and must be restored before it can be read")]
    Archived(Key),
    /// The bytes that came are not those of the object, also when asked again.
    #[error("what was read of {0} is not whole")]
    Broken(Key),
    /// The store is not there: no network, no such host, no answer in time.
    #[error("the lake cannot be reached")]
    Offline(#[source] Cause),
    /// The store asks to be left alone for a while.
    #[error("the lake is busy and asks to wait")]
    Busy(#[source] Cause),
    /// Nobody is signed in, or the sign-in has ended.
    #[error("not signed in to the lake, or no longer")]
    SignIn(#[source] Cause),
    /// The signed-in person may not do this.
    #[error("not allowed to {action} in the lake")]
    Forbidden {
        /// What was tried.
        action: &'static str,
        /// Where, when it was about one object.
        key: Option<Key>,
        /// What the store said.
        #[source]
        source: Cause,
    },
    /// No such bucket.
    #[error("there is no bucket {bucket}")]
    NoBucket {
        /// Its name.
        bucket: String,
        /// What the store said.
        #[source]
        source: Cause,
    },
    /// The bucket is in another region than it was asked in.
    #[error("the bucket {bucket} is in another region{}", region.as_ref().map(|region| format!(": {region}")).unwrap_or_default())]
    Region {
        /// Its name.
        bucket: String,
        /// Where it is, when the store says.
        region: Option<String>,
    },
    /// A place that may not be used as it is written.
    #[error(transparent)]
    Place(#[from] crate::PlaceError),
    /// This store cannot do it.
    #[error("this lake cannot {0}")]
    Unsupported(&'static str),
    /// Any other answer of a service.
    #[error("the lake refused to {action}: {code}")]
    Service {
        /// What was tried.
        action: &'static str,
        /// The service's own code.
        code: String,
        /// What it said.
        #[source]
        source: Cause,
    },
    /// The runtime is shutting down.
    #[error("the work on the lake was stopped")]
    Stopped,
}

impl LakeError {
    /// What kept one from being signed in, where this machine knows it and not the store said so.
    pub fn sign_in(&self) -> Option<&SignInError> {
        crate::sign_in::cause(self)
    }

    /// Whether the same may go well later, without anybody doing anything: no network, a busy store, a body that broke off.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Offline(_) | Self::Busy(_) | Self::Broken(_))
    }

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
