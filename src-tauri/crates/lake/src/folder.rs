//! A lake in a folder.

mod disk;
mod footing;
mod list;
mod name;
mod tag;
mod uploads;

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;

pub(crate) use self::disk::write_beside;
use self::disk::{Disk, Source};
pub use self::footing::Footing;
use crate::{
    ByteRange, ETag, Key, Labels, Lake, LakeError, Listing, Object, ObjectInfo, Part, Put, RestoreSpeed,
    Upload, layout,
};

/// A lake in a folder: the zero-setup store, and one that several people can share where the file system keeps its promises
/// (see [`Footing`]).
///
/// An object is one file, whose name follows from its key alone, so people find their way with any file browser. It is
/// written to a hidden folder beside the others, synchronised, and only then moved to its name: by a rename that replaces
/// nothing (or a hard link, where there is no such rename) when it must be new, by a plain rename when it may replace. A
/// reader therefore sees all of an object or nothing, and one that has it open keeps the version it opened. Symbolic links
/// are never followed inside the lake.
///
/// The version tag is the BLAKE3 hash of the bytes. It is computed while they are written and kept in an extended attribute
/// of the file together with its size and time: the attribute goes wherever the file goes and cannot be left behind by a
/// crash, which an index beside the files could. Where the attribute is missing, or the file was changed by somebody else
/// (its size or time says so), the tag is computed from the bytes again. Size and time alone would be no strong tag.
#[derive(Clone, Debug)]
pub struct FolderLake {
    disk: Arc<Disk>,
}

impl FolderLake {
    /// Opens the lake in `dir`, making it when it is not there, and takes away what a crash left behind half-written.
    ///
    /// # Errors
    /// [`LakeError::Unfit`] where create-only writes cannot be kept, [`LakeError::TooNew`], and trouble with the folder.
    pub fn open(dir: &Path) -> Result<Self, LakeError> {
        Ok(Self {
            disk: Arc::new(Disk::open(dir)?),
        })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.disk.dir()
    }

    /// Tries out what the file system does.
    ///
    /// # Errors
    /// Trouble with the folder.
    pub fn probe(&self) -> Result<Footing, LakeError> {
        self.disk.probe()
    }

    /// Runs file work where it may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Disk) -> Result<T, LakeError> + Send + 'static,
    ) -> Result<T, LakeError> {
        let disk = Arc::clone(&self.disk);
        tokio::task::spawn_blocking(move || work(&disk))
            .await
            .unwrap_or_else(|join| {
                if join.is_panic() {
                    // A defect of ours: it must not look like a lake that could not be read.
                    std::panic::resume_unwind(join.into_panic());
                }
                Err(LakeError::Stopped)
            })
    }
}

impl FolderLake {
    /// A file that somebody else put into the lake's folder under a name that the lake would write otherwise. No link leads there.
    fn plain_file(&self, key: &Key) -> Option<PathBuf> {
        let mut path = self.dir().to_owned();
        let (mut segments, mut is_file) = (key.segments().peekable(), false);
        while let Some(segment) = segments.next() {
            path.push(segment);
            let meta = std::fs::symlink_metadata(&path).ok()?;
            is_file = segments.peek().is_none() && meta.is_file();
            if !is_file && !meta.is_dir() {
                return None;
            }
        }
        is_file.then_some(path)
    }
}

/// An object that is open: its version stays what it was, whatever happens to its name.
struct Opened {
    file: File,
    info: ObjectInfo,
}

fn read_part(opened: &Opened, place: &Path, start: u64, end: u64) -> Result<Vec<u8>, LakeError> {
    let io = |source: std::io::Error| LakeError::io("read", place, source);
    let length = usize::try_from(end - start).map_err(|error| io(std::io::Error::other(error)))?;
    let mut bytes = vec![0; length];
    opened.file.read_exact_at(&mut bytes, start).map_err(io)?;
    Ok(bytes)
}

#[async_trait]
impl Lake for FolderLake {
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<ObjectInfo, LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| disk.write(&key, Source::Bytes(&body), mode))
            .await
    }

    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<ObjectInfo, LakeError> {
        let (key, source) = (key.clone(), source.to_path_buf());
        self.on_disk(move |disk| {
            let file = File::open(&source).map_err(|error| LakeError::io("open", &source, error))?;
            disk.write(&key, Source::File(&file, &source), mode)
        })
        .await
    }

    async fn get(&self, key: &Key) -> Result<Object, LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| {
            let opened = disk.open_object(&key)?;
            let bytes = read_part(&opened, &disk.place_of(&key), 0, opened.info.size_bytes)?;
            Ok(Object {
                info: opened.info,
                bytes,
            })
        })
        .await
    }

    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError> {
        let (key, if_match) = (key.clone(), if_match.cloned());
        self.on_disk(move |disk| {
            let opened = disk.open_object(&key)?;
            if if_match.is_some_and(|wanted| wanted != opened.info.etag) {
                return Err(LakeError::Changed {
                    key,
                    etag: opened.info.etag,
                });
            }
            let size_bytes = opened.info.size_bytes;
            let end = range.end.unwrap_or(size_bytes).min(size_bytes);
            if range.start >= end {
                return Err(LakeError::Range {
                    key,
                    start: range.start,
                    size_bytes,
                });
            }
            let bytes = read_part(&opened, &disk.place_of(&key), range.start, end)?;
            Ok(Object {
                info: opened.info,
                bytes,
            })
        })
        .await
    }

    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError> {
        let (key, target) = (key.clone(), target.to_path_buf());
        self.on_disk(move |disk| {
            let mut opened = disk.open_object(&key)?;
            write_beside(&target, |file| {
                opened.file.seek(SeekFrom::Start(0))?;
                std::io::copy(&mut opened.file.by_ref().take(opened.info.size_bytes), file).map(drop)
            })
            .map_err(|error| LakeError::io("write", &target, error))?;
            Ok(opened.info)
        })
        .await
    }

    async fn head(&self, key: &Key) -> Result<ObjectInfo, LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| Ok(disk.open_object(&key)?.info)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.on_disk(move |disk| list::list(disk, &prefix, after.as_deref(), limit))
            .await
    }

    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        let (from, to) = (from.clone(), to.clone());
        self.on_disk(move |disk| {
            let opened = disk.open_object(&from)?;
            disk.write(&to, Source::File(&opened.file, &disk.place_of(&from)), mode)
        })
        .await
    }

    async fn delete(&self, key: &Key) -> Result<(), LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| disk.delete(&key)).await
    }

    async fn begin_upload(&self, key: &Key) -> Result<Upload, LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| uploads::begin(disk, key)).await
    }

    async fn put_part(&self, upload: &Upload, number: u32, body: Bytes) -> Result<Part, LakeError> {
        let upload = upload.clone();
        self.on_disk(move |disk| uploads::put_part(disk, &upload, number, &body))
            .await
    }

    async fn parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        let upload = upload.clone();
        self.on_disk(move |disk| uploads::parts(disk, &upload)).await
    }

    async fn finish_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let (upload, parts) = (upload.clone(), parts.to_vec());
        self.on_disk(move |disk| uploads::finish(disk, &upload, &parts, mode))
            .await
    }

    async fn abort_upload(&self, upload: &Upload) -> Result<(), LakeError> {
        let upload = upload.clone();
        self.on_disk(move |disk| uploads::abort(disk, &upload)).await
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>, LakeError> {
        let prefix = prefix.to_owned();
        self.on_disk(move |disk| uploads::list(disk, &prefix)).await
    }

    async fn labels(&self, key: &Key) -> Result<Labels, LakeError> {
        let key = key.clone();
        self.on_disk(move |disk| {
            let opened = disk.open_object(&key)?;
            tag::labels(&opened.file)
                .map_err(|error| LakeError::io("read the labels of", disk.place_of(&key), error))
        })
        .await
    }

    async fn set_labels(&self, key: &Key, labels: &Labels) -> Result<(), LakeError> {
        let (key, labels) = (key.clone(), labels.clone());
        self.on_disk(move |disk| {
            let opened = disk.open_object(&key)?;
            tag::set_labels(&opened.file, &labels).map_err(|error| match error.kind() {
                std::io::ErrorKind::Unsupported => {
                    LakeError::Unsupported("label objects on this file system")
                }
                _ => LakeError::io("label", disk.place_of(&key), error),
            })
        })
        .await
    }

    async fn restore(&self, key: &Key, _days: u32, _speed: RestoreSpeed) -> Result<(), LakeError> {
        // A folder has no archive: what is there can be read.
        self.head(key).await.map(drop)
    }

    fn local_file(&self, key: &Key) -> Option<PathBuf> {
        let own = self.disk.place_of(key);
        if layout::root_of(key).is_none() && !own.exists() {
            // What others put here has the names that they gave it.
            return Some(self.plain_file(key).unwrap_or(own));
        }
        Some(own)
    }
}
