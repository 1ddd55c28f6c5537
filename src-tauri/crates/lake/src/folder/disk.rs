//! Files and folders by descriptor, one name at a time, so that no symbolic link is ever followed below the lake's folder.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::fs::FileExt as _},
    path::{Path, PathBuf},
    process,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::{Footing, Opened, footing, name, tag::Tags};
use crate::{Key, LakeError, ObjectInfo, Put, Shelf};

/// The lake's own folder in the lake; no key has a path in it, because no escaped name begins with a dot.
pub const OWN: &str = ".lake";
/// Where objects are written before they get their names.
pub const STAGING: &str = "staging";
/// Where the parts of uploads wait for each other.
pub const UPLOADS: &str = "uploads";
/// The format this build writes and reads.
const FORMAT: u32 = 1;
/// Read and written at a time.
const BUFFER_BYTES: usize = 1 << 20;
/// Folders remembered as durable; more only cost a further fsync.
const KNOWN_FOLDERS: usize = 10_000;
/// A leftover whose lock cannot be asked for is a crash's when it has not been written to for so long.
const STALE: Duration = Duration::from_secs(24 * 3600);

pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Not blocking, because a pipe somebody put there would wait for its other end for ever.
pub(super) const OBJECT: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// What an object is made from.
pub enum Source<'a> {
    Bytes(&'a [u8]),
    /// From its beginning, wherever its cursor is.
    File(&'a File, &'a Path),
    /// One after the other, each opened when it is its turn; none after the last.
    Files(&'a mut Next<'a>),
}

/// Opens the file of this number, counted from 0, and says where it lies.
pub type Next<'a> = dyn FnMut(usize) -> Result<Option<(File, PathBuf)>, LakeError> + 'a;

/// A folder lake's files.
#[derive(Debug)]
pub struct Disk {
    dir: PathBuf,
    root: OwnedFd,
    pub(super) staging: OwnedFd,
    /// Parts of uploads that are neither finished nor aborted.
    pub(super) uploads: OwnedFd,
    footing: Footing,
    pub(super) tags: Tags,
    /// Folders whose own entry is known to be on disk.
    durable: Mutex<BTreeSet<PathBuf>>,
}

impl Disk {
    pub fn open(dir: &Path) -> Result<Self, LakeError> {
        let io = |action| move |error: Errno| LakeError::io(action, dir, error);
        std::fs::create_dir_all(dir).map_err(|error| LakeError::io("make the folder", dir, error))?;
        // The lake's folder itself may be a link: that is the person's choice.
        let root = fs::open(
            dir,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(io("open"))?;
        let own = sub_folder(&root, OWN).map_err(io("open the lake's own folder in"))?;
        let staging = sub_folder(&own, STAGING).map_err(io("open the staging folder in"))?;
        let uploads = sub_folder(&own, UPLOADS).map_err(io("open the folder of uploads in"))?;
        fs::fsync(&root).map_err(io("synchronise"))?;
        let footing = footing::probe(&own, dir)?;
        if let Some(why) = footing.unfit() {
            return Err(LakeError::Unfit {
                place: dir.to_path_buf(),
                why,
            });
        }
        let disk = Self {
            dir: dir.to_path_buf(),
            root,
            staging,
            uploads,
            footing,
            tags: Tags::default(),
            durable: Mutex::default(),
        };
        disk.check_format(&own)?;
        disk.sweep();
        Ok(disk)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn place_of(&self, key: &Key) -> PathBuf {
        self.dir.join(name::path_of(key))
    }

    pub fn probe(&self) -> Result<Footing, LakeError> {
        let own = fs::openat(&self.root, OWN, FOLDER, Mode::empty())
            .map_err(|error| LakeError::io("open the lake's own folder in", &self.dir, error))?;
        footing::probe(&own, &self.dir)
    }

    /// Refuses a lake of a later format, and marks a new one.
    fn check_format(&self, own: &OwnedFd) -> Result<(), LakeError> {
        let place = self.dir.join(OWN).join("format");
        let io = |action: &'static str, error: io::Error| LakeError::io(action, &place, error);
        match fs::openat(own, "format", OBJECT, Mode::empty()) {
            Ok(fd) => {
                let mut text = String::new();
                File::from(fd)
                    .take(64)
                    .read_to_string(&mut text)
                    .map_err(|error| io("read", error))?;
                match text.trim().parse::<u32>() {
                    Ok(found) if found <= FORMAT => Ok(()),
                    Ok(found) => Err(LakeError::TooNew {
                        place: self.dir.clone(),
                        found,
                        known: FORMAT,
                    }),
                    Err(error) => Err(io("read", io::Error::new(io::ErrorKind::InvalidData, error))),
                }
            }
            Err(Errno::NOENT) => {
                let (mut file, staged) = self.stage().map_err(|error| io("write", error))?;
                writeln!(file, "{FORMAT}")
                    .and_then(|()| file.sync_all())
                    .map_err(|error| io("write", error))?;
                match self.give_name(&staged, own, "format", Put::CreateOnly) {
                    Ok(()) | Err(Errno::EXIST) => {
                        fs::fsync(own).map_err(|error| io("synchronise", error.into()))
                    }
                    Err(error) => Err(io("write", error.into())),
                }
            }
            Err(error) => Err(io("open", error.into())),
        }
    }

    /// Takes away what writers that died left in the staging folder. A living writer holds a lock on its file.
    fn sweep(&self) {
        let Ok(listing) = fs::Dir::read_from(&self.staging) else {
            return;
        };
        for entry in listing.flatten() {
            if entry.file_name().to_bytes().starts_with(b".") {
                continue;
            }
            let Ok(fd) = fs::openat(&self.staging, entry.file_name(), OBJECT, Mode::empty()) else {
                continue;
            };
            let file = File::from(fd);
            let left_behind = match fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => true,
                Err(Errno::WOULDBLOCK) => false,
                Err(_no_locks) => file
                    .metadata()
                    .and_then(|meta| meta.modified())
                    .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE)),
            };
            if left_behind
                && let Err(error) = fs::unlinkat(&self.staging, entry.file_name(), AtFlags::empty())
            {
                tracing::debug!(%error, "a leftover stays");
            }
        }
    }

    /// A new, locked file in the staging folder and its name.
    pub(super) fn stage(&self) -> io::Result<(File, Staged<'_>)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_nanos();
            let name = format!(
                "{}-{}-{since}",
                process::id(),
                COUNT.fetch_add(1, Ordering::Relaxed)
            );
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let fd = match fs::openat(&self.staging, &name, flags, Mode::from_raw_mode(0o644)) {
                Ok(fd) => fd,
                // Another machine on a share, with the same process id in the same nanosecond.
                Err(Errno::EXIST) => continue,
                Err(error) => return Err(error.into()),
            };
            let staged = Staged { disk: self, name };
            match fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                // A sweep took it for a leftover between its making and its lock.
                Err(Errno::WOULDBLOCK) => continue,
                // A file system without locks sweeps by age.
                Ok(()) | Err(_) => return Ok((File::from(fd), staged)),
            }
        }
    }

    /// Moves a staged file to its name.
    fn give_name(
        &self,
        staged: &Staged<'_>,
        folder: &OwnedFd,
        name: &str,
        mode: Put,
    ) -> rustix::io::Result<()> {
        match mode {
            Put::Replace => fs::renameat(&self.staging, &staged.name, folder, name),
            Put::CreateOnly if self.footing.rename_no_replace => {
                fs::renameat_with(&self.staging, &staged.name, folder, name, RenameFlags::NOREPLACE)
            }
            Put::CreateOnly => {
                match fs::linkat(&self.staging, &staged.name, folder, name, AtFlags::empty()) {
                    // NFS may repeat a link whose answer was lost; two names say that it was made.
                    Err(Errno::EXIST) => {
                        let stat = fs::statat(&self.staging, &staged.name, AtFlags::SYMLINK_NOFOLLOW)?;
                        if stat.st_nlink == 2 {
                            Ok(())
                        } else {
                            Err(Errno::EXIST)
                        }
                    }
                    other => other,
                }
            }
        }
    }

    /// Writes an object; it is on disk when this returns.
    pub fn write(&self, key: &Key, source: Source<'_>, mode: Put) -> Result<ObjectInfo, LakeError> {
        let place = self.place_of(key);
        let io = |action: &'static str, error: io::Error| LakeError::io(action, &place, error);
        let names = name::key_names(key);
        let (file_name, folders) = names
            .split_last()
            .map_or(("", &names[..]), |(last, rest)| (last.as_str(), rest));
        // Most writes that lose a race lose it long before; those need not copy a film first.
        if mode == Put::CreateOnly
            && let Some(there) = self.there(key)?
        {
            return Err(LakeError::Exists {
                key: key.clone(),
                etag: there.info.etag,
            });
        }
        let (mut file, staged) = self.stage().map_err(|error| io("write", error))?;
        let hash = match source {
            Source::Bytes(bytes) => {
                file.write_all(bytes).map_err(|error| io("write", error))?;
                blake3::hash(bytes)
            }
            Source::File(from, from_place) => {
                let mut hasher = blake3::Hasher::new();
                copy(from, from_place, &mut file, &place, &mut hasher)?;
                hasher.finalize()
            }
            Source::Files(next) => {
                let mut hasher = blake3::Hasher::new();
                let mut at = 0;
                while let Some((from, from_place)) = next(at)? {
                    copy(&from, &from_place, &mut file, &place, &mut hasher)?;
                    at += 1;
                }
                hasher.finalize()
            }
        };
        let (etag, meta) = self.tags.set(&file, hash).map_err(|error| io("write", error))?;
        file.sync_all().map_err(|error| io("synchronise", error))?;
        let folder = self
            .folder(folders, true)
            .map_err(|error| self.trouble(key, "make the folder of", error))?
            .ok_or_else(|| io("make the folder of", Errno::NOENT.into()))?;
        let named = self.give_name(&staged, &folder, file_name, mode);
        if matches!(named, Ok(()) | Err(Errno::EXIST)) {
            // Also when somebody else was first: whoever hears that it is there may rely on it.
            fs::fsync(&folder).map_err(|error| io("synchronise the folder of", error.into()))?;
        }
        match named {
            Ok(()) => Ok(ObjectInfo {
                key: key.clone(),
                size_bytes: meta.size_bytes,
                etag,
                modified_millis: meta.millis(),
                shelf: Shelf::Ready,
            }),
            Err(Errno::EXIST) => match self.there(key)? {
                Some(there) => Err(LakeError::Exists {
                    key: key.clone(),
                    etag: there.info.etag,
                }),
                None => Err(io("write", Errno::EXIST.into())),
            },
            Err(error) => Err(self.trouble(key, "write", error)),
        }
    }

    /// Opens an object.
    pub fn open_object(&self, key: &Key) -> Result<Opened, LakeError> {
        self.there(key)?.ok_or_else(|| LakeError::NotFound(key.clone()))
    }

    fn there(&self, key: &Key) -> Result<Option<Opened>, LakeError> {
        self.open_names(key, &name::key_names(key))
    }

    /// Opens the object whose names are known.
    pub fn open_names(&self, key: &Key, names: &[String]) -> Result<Option<Opened>, LakeError> {
        let Some((file_name, folders)) = names.split_last() else {
            return Ok(None);
        };
        let folder = self
            .folder(folders, false)
            .map_err(|error| self.trouble(key, "open", error))?;
        let Some(folder) = folder else { return Ok(None) };
        let file = match fs::openat(&folder, file_name.as_str(), OBJECT, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.trouble(key, "open", error)),
        };
        let io = |error| LakeError::io("read", self.place_of(key), error);
        if !file.metadata().map_err(io)?.is_file() {
            return Err(LakeError::Foreign {
                key: key.clone(),
                place: self.place_of(key),
            });
        }
        let (etag, meta) = self.tags.get(&file).map_err(io)?;
        let info = ObjectInfo {
            key: key.clone(),
            size_bytes: meta.size_bytes,
            etag,
            modified_millis: meta.millis(),
            shelf: Shelf::Ready,
        };
        Ok(Some(Opened { file, info }))
    }

    pub fn delete(&self, key: &Key) -> Result<(), LakeError> {
        let names = name::key_names(key);
        let Some((file_name, folders)) = names.split_last() else {
            return Ok(());
        };
        let folder = self
            .folder(folders, false)
            .map_err(|error| self.trouble(key, "delete", error))?;
        let Some(folder) = folder else { return Ok(()) };
        match fs::statat(&folder, file_name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(self.trouble(key, "delete", error)),
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile => {
                return Err(LakeError::Foreign {
                    key: key.clone(),
                    place: self.place_of(key),
                });
            }
            Ok(_file) => {}
        }
        match fs::unlinkat(&folder, file_name.as_str(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(self.trouble(key, "delete", error)),
        }
        // Empty folders stay: taking one away would race with somebody who is about to write into it.
        fs::fsync(&folder)
            .map_err(|error| LakeError::io("synchronise the folder of", self.place_of(key), error))
    }

    /// The folder with these names below the lake's, or `None` when it is not there and not to be made.
    pub fn folder(&self, names: &[String], make: bool) -> rustix::io::Result<Option<OwnedFd>> {
        let mut folder = fs::openat(&self.root, ".", FOLDER, Mode::empty())?;
        let mut path = PathBuf::new();
        for name in names {
            path.push(name);
            let mut next = fs::openat(&folder, name.as_str(), FOLDER, Mode::empty());
            if next.as_ref().is_err_and(|error| *error == Errno::NOENT) {
                if !make {
                    return Ok(None);
                }
                match fs::mkdirat(&folder, name.as_str(), Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error),
                }
                next = fs::openat(&folder, name.as_str(), FOLDER, Mode::empty());
            }
            let next = next?;
            // Also one that was there: whoever made it may not have come to synchronise it.
            if make && !lock(&self.durable).contains(&path) {
                fs::fsync(&folder)?;
                let mut durable = lock(&self.durable);
                if durable.len() >= KNOWN_FOLDERS {
                    durable.clear();
                }
                durable.insert(path.clone());
            }
            folder = next;
        }
        Ok(Some(folder))
    }

    /// A link, a file where a folder belongs and the like are not the lake's own; the rest is trouble with the disk.
    fn trouble(&self, key: &Key, action: &'static str, error: Errno) -> LakeError {
        match error {
            Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::NXIO => LakeError::Foreign {
                key: key.clone(),
                place: self.place_of(key),
            },
            other => LakeError::io(action, self.place_of(key), other),
        }
    }
}

/// A file in the staging folder; its name is taken away unless it was moved.
pub(super) struct Staged<'a> {
    disk: &'a Disk,
    pub(super) name: String,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        match fs::unlinkat(&self.disk.staging, &self.name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => tracing::debug!(%error, "a staged file stays until the next start"),
        }
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn sub_folder(folder: &OwnedFd, name: &str) -> rustix::io::Result<OwnedFd> {
    match fs::mkdirat(folder, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => fs::openat(folder, name, FOLDER, Mode::empty()),
        Err(error) => Err(error),
    }
}

fn copy(
    from: &File,
    from_place: &Path,
    to: &mut File,
    to_place: &Path,
    hasher: &mut blake3::Hasher,
) -> Result<(), LakeError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut at = 0;
    loop {
        let read = match from.read_at(&mut buffer, at) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(LakeError::io("read", from_place, error)),
        };
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])
            .map_err(|error| LakeError::io("write", to_place, error))?;
        at += read as u64;
    }
}

/// Writes a file outside the lake so that it appears whole or not at all, and is on disk then.
pub fn write_beside(target: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let part = folder.join(format!(
        ".part-{}-{}",
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    let mut file = File::create(&part)?;
    let done = fill(&mut file)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&part, target))
        .and_then(|()| File::open(folder)?.sync_all());
    if done.is_err()
        && let Err(error) = std::fs::remove_file(&part)
    {
        tracing::debug!(%error, place = %part.display(), "a part stays");
    }
    done
}
