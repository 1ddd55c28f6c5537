//! Files that have come get their names: on disk first, many together.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{FlockOperation, flock, syncfs},
    io::Errno,
};

use super::blocking;
use crate::LakeError;

/// So many files are synchronised one by one; of more, the whole file system at once is cheaper.
const ONE_BY_ONE: usize = 8;
/// Smaller ones come at once and leave no note.
pub const NOTED_FROM_BYTES: u64 = 8 << 20;

/// A file under its partial name, which nobody else writes while it is open.
#[derive(Debug)]
pub struct Partial {
    target: PathBuf,
    pub place: PathBuf,
    pub file: Arc<File>,
}

impl Partial {
    /// Opens or makes it; `None` when somebody else has it.
    pub fn open(target: &Path) -> Result<Option<Self>, LakeError> {
        let place = partial_place(target);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options
            .open(&place)
            .map_err(|error| LakeError::io("write", &place, error))?;
        // Where there are no locks two who fetch the same bytes do no harm but to their time.
        if matches!(
            flock(&file, FlockOperation::NonBlockingLockExclusive),
            Err(Errno::WOULDBLOCK)
        ) {
            return Ok(None);
        }
        // Whoever had it may have given it its name, or taken it away, since it was opened: then it is not the one beside the
        // target any more.
        let same =
            std::fs::metadata(&place).is_ok_and(|meta| inode(&file).is_ok_and(|inode| inode == meta.ino()));
        Ok(same.then(|| Self {
            target: target.to_path_buf(),
            place,
            file: Arc::new(file),
        }))
    }

    /// All of it at once.
    pub fn write_whole(self, bytes: &[u8]) -> Result<Loose, LakeError> {
        let done = self
            .file
            .set_len(0)
            .and_then(|()| self.file.write_all_at(bytes, 0))
            .map_err(|error| LakeError::io("write", &self.place, error));
        done.map(|()| Loose {
            partial: self,
            size_bytes: bytes.len() as u64,
        })
    }

    /// All its pieces are there.
    pub const fn into_loose(self, size_bytes: u64) -> Loose {
        Loose {
            partial: self,
            size_bytes,
        }
    }
}

/// A file that is whole but has neither its name yet nor is on disk.
#[derive(Debug)]
pub struct Loose {
    partial: Partial,
    pub size_bytes: u64,
}

/// Brings files to disk and gives them their names, in this order.
pub async fn settle(files: Vec<Loose>) -> Result<(), LakeError> {
    blocking(move || {
        let synchronise = |loose: &Loose, all: bool| {
            let done = if all {
                syncfs(&*loose.partial.file).map_err(io::Error::from)
            } else {
                loose.partial.file.sync_all()
            };
            done.map_err(|error| LakeError::io("synchronise", &loose.partial.place, error))
        };
        let mut folders = BTreeSet::new();
        if files.len() > ONE_BY_ONE {
            // They may lie on several file systems.
            let mut devices = BTreeSet::new();
            for loose in &files {
                let device = device(&loose.partial.file)
                    .map_err(|error| LakeError::io("read", &loose.partial.place, error))?;
                if devices.insert(device) {
                    synchronise(loose, true)?;
                }
            }
        } else {
            for loose in &files {
                synchronise(loose, false)?;
            }
        }
        for Loose { partial, .. } in &files {
            std::fs::rename(&partial.place, &partial.target)
                .map_err(|error| LakeError::io("name", &partial.target, error))?;
            folders.insert(folder_of(&partial.target));
        }
        for folder in folders {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| LakeError::io("synchronise", folder, error))?;
        }
        for Loose { partial, size_bytes } in &files {
            if *size_bytes > NOTED_FROM_BYTES {
                remove(&note_place(&partial.target))?;
            }
        }
        Ok(())
    })
    .await
}

/// Where a file is put together. The name is hidden, and follows from the target's so that a later run finds it.
pub fn partial_place(target: &Path) -> PathBuf {
    beside(target, "")
}

/// Where it is noted what of it is there.
pub fn note_place(target: &Path) -> PathBuf {
    beside(target, ".json")
}

/// Takes a file away; one that is not there is no error.
pub fn remove(place: &Path) -> Result<(), LakeError> {
    match std::fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(LakeError::io("take away", place, error))
        }
        _ => Ok(()),
    }
}

fn beside(target: &Path, end: &str) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    // Hashed, because a long name with something added may be too long.
    let name = target.file_name().unwrap_or_default();
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let short = hash.get(..32).unwrap_or_default();
    target.with_file_name(OsString::from(format!(".fetch-{short}{end}")))
}

fn folder_of(target: &Path) -> &Path {
    target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn device(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.dev())
}

pub fn inode(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.ino())
}
