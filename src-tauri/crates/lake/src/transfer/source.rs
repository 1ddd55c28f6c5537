//! The file that is sent, and whether it stays what it is.

use std::{
    fs::File,
    io,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{TransferError, blocking};
use crate::LakeError;

/// What says that a file is still what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub size_bytes: u64,
    modified_secs: i64,
    modified_nanos: i64,
    inode: u64,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        Ok(Self {
            size_bytes: meta.len(),
            modified_secs: meta.mtime(),
            modified_nanos: meta.mtime_nsec(),
            inode: meta.ino(),
        })
    }
}

/// The file that is sent, open.
#[derive(Clone)]
pub struct Source {
    file: Arc<File>,
    pub place: Arc<Path>,
    pub stamp: Stamp,
}

impl Source {
    pub async fn open(place: &Path) -> Result<Self, TransferError> {
        let place: Arc<Path> = place.into();
        let at = Arc::clone(&place);
        let (file, stamp) = blocking(move || {
            let io = |error| LakeError::io("open", &*at, error);
            let file = File::open(&at).map_err(io)?;
            let stamp = Stamp::of(&file).map_err(io)?;
            Ok((Arc::new(file), stamp))
        })
        .await?;
        Ok(Self { file, place, stamp })
    }

    /// Reads a piece, and hashes it on the thread that read it.
    pub async fn piece<T: Send + 'static>(
        &self,
        start: u64,
        length: u64,
        hash: fn(&[u8], u64) -> T,
    ) -> Result<(Bytes, T), TransferError> {
        let (file, place) = (Arc::clone(&self.file), Arc::clone(&self.place));
        let read = blocking(move || {
            let io = |error: io::Error| LakeError::io("read", &*place, error);
            let length = usize::try_from(length).map_err(|error| io(io::Error::other(error)))?;
            let mut bytes = vec![0; length];
            match file.read_exact_at(&mut bytes, start) {
                Ok(()) => {
                    let hash = hash(&bytes, start);
                    Ok(Some((Bytes::from(bytes), hash)))
                }
                // Shorter than it was.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                Err(error) => Err(io(error)),
            }
        });
        read.await?
            .ok_or_else(|| TransferError::SourceChanged(self.place.to_path_buf()))
    }

    /// It must be what it was when it was opened.
    pub async fn is_same(&self) -> Result<(), TransferError> {
        let (file, place) = (Arc::clone(&self.file), Arc::clone(&self.place));
        let now = blocking(move || Stamp::of(&file).map_err(|error| LakeError::io("read", &*place, error)));
        if now.await? == self.stamp {
            Ok(())
        } else {
            Err(TransferError::SourceChanged(self.place.to_path_buf()))
        }
    }
}
