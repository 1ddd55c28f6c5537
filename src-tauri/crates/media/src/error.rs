use std::{io, path::PathBuf};

use fault::Code;

/// Why a file could not be probed, ingested, read or written. Every variant has a [`Code`] for the desk and scripts.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file cannot be opened or read.
    #[error("this file cannot be read: {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Zero bytes, or streams without a single frame or sample.
    #[error("there is nothing in this file: {what}")]
    Empty {
        /// What is empty, in words.
        what: &'static str,
    },
    /// Nothing FFmpeg reads as picture or sound.
    #[error("this is not media that FFmpeg reads")]
    NotMedia,
    /// A known format whose structure or essence is damaged beyond use.
    #[error("this {container} is damaged beyond use: {what}")]
    Damaged {
        /// The container's short name.
        container: String,
        /// What is wrong, in words.
        what: String,
    },
    /// Sizes or rates over the stated limits.
    #[error("beyond the limits of this program: {what}")]
    BeyondLimits {
        /// Which limit, with the value found.
        what: String,
    },
    /// Understood, but this FFmpeg has no decoder for it, or the use is not supported.
    #[error("not supported: {what}")]
    Unsupported {
        /// What is missing.
        what: String,
    },
    /// Stopped by the caller.
    #[error("stopped before it was finished")]
    Cancelled,
    /// FFmpeg offers no H.264 (or AAC) encoder that opens on this machine.
    #[error("this FFmpeg has no working encoder for {what}")]
    NoEncoder {
        /// The codec.
        what: &'static str,
    },
    /// The disk that takes the output is full.
    #[error("no room left for {path}")]
    DiskFull {
        /// The file being written.
        path: PathBuf,
    },
    /// An output file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// The file being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An index, waveform or report file of ours that does not read.
    #[error("{path} is not a readable {what}")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// A frame number at or past the end.
    #[error("frame {frame} does not exist, the last one is {last}")]
    NoSuchFrame {
        /// What was asked for.
        frame: u64,
        /// The highest frame number.
        last: u64,
    },
    /// An FFmpeg call failed where it should not.
    #[error("FFmpeg failed while {during}: {message}")]
    Ffmpeg {
        /// What was being done.
        during: &'static str,
        /// FFmpeg's own words.
        message: String,
    },
    /// A thread of ours could not be started or ended badly.
    #[error("a worker thread failed: {what}")]
    Thread {
        /// Which one.
        what: &'static str,
    },
}

impl MediaError {
    /// The code the desk and scripts match on.
    pub const fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => Code::Unreadable,
            Self::Empty { .. } => Code::EmptyMedia,
            Self::NotMedia => Code::NotMedia,
            Self::Damaged { .. } => Code::DamagedMedia,
            Self::BeyondLimits { .. } => Code::BeyondLimits,
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Cancelled => Code::Cancelled,
            Self::NoEncoder { .. } => Code::Missing,
            Self::DiskFull { .. } => Code::DiskFull,
            Self::Write { .. } => Code::NotAllowed,
            Self::BadFile { .. } => Code::Store,
            Self::NoSuchFrame { .. } => Code::NotFound,
            Self::Ffmpeg { .. } | Self::Thread { .. } => Code::Internal,
        }
    }

    /// An error of the operating system while writing `path`.
    pub(crate) fn writing(path: &std::path::Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::StorageFull {
            Self::DiskFull {
                path: path.to_owned(),
            }
        } else {
            Self::Write {
                path: path.to_owned(),
                source,
            }
        }
    }

    /// An error of the operating system while reading `path`.
    pub(crate) fn reading(path: &std::path::Path, source: io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_other_write_errors() {
        let full = MediaError::writing("x".as_ref(), io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.code(), Code::DiskFull);
        let denied = MediaError::writing("x".as_ref(), io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(denied.code(), Code::NotAllowed);
    }
}
