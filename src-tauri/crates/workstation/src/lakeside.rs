//! The lake as blocking calls: the runtime its stores need lives here and nowhere else in the process layer.

use std::future::Future;
use std::io::Read as _;
use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use futures_util::stream::{self, StreamExt as _};
use lake::transfer::{Fetched, Fetching, Line, Pace, Sending, Sent, Slip, Told, TransferError, Way};
use lake::{ByteRange, FolderLake, Key, Lake, LakeError, Listing, ObjectInfo, Put};

use crate::faults::{self, OrFault as _};
use crate::lakes::LakePlace;
use crate::reach::{Known, KnownAway, Reach, Standing};
use crate::settings::LakeSettings;

/// How often long work asks whether to go on.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Objects in one page of a listing.
const PAGE: usize = 1000;
/// Small objects asked for at once.
const AT_ONCE: usize = 16;
/// Read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Asked while long work goes on; `Break` means stop now.
pub(crate) type GoOn<'a> = dyn FnMut() -> ControlFlow<()> + 'a;

/// An open lake: a folder of this machine, or a store elsewhere with a folder that keeps what is on its way to and from it.
pub(crate) struct Lakeside {
    /// The lake itself, or what of the lake elsewhere is kept here.
    near: Arc<FolderLake>,
    /// The lake that everybody shares.
    shared: Arc<dyn Lake>,
    is_far: bool,
    pace: Pace,
    reach: Reach,
    runtime: Option<tokio::runtime::Runtime>,
    handle: tokio::runtime::Handle,
}

impl Drop for Lakeside {
    fn drop(&mut self) {
        // Not by its own drop: the last owner may stand in an asynchronous context, where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a create-only write met.
pub(crate) struct Stored {
    /// Size of what lies in the lake now.
    pub size_bytes: u64,
    /// BLAKE3 of it, 64 hexadecimal digits.
    pub blake3: String,
}

impl Lakeside {
    /// Opens a lake. One in a folder is made when it is not there; what of one elsewhere, whose store `far` is, is kept here lies in
    /// `dir`. Nothing is asked of a lake elsewhere yet, so that a desk opens without a network.
    pub fn open(place: &LakePlace, dir: &Path, far: Option<Arc<dyn Lake>>) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("lake")
            .enable_all()
            .build()
            .map_err(|error| faults::from_io(&error, Code::Internal, "Cannot start the lake's threads."))?;
        let handle = runtime.handle().clone();
        let near = match place {
            LakePlace::Folder(dir) => FolderLake::open(dir),
            LakePlace::Bucket(_) | LakePlace::Given(_) => FolderLake::open(&dir.join("near")),
        };
        let near = Arc::new(near.or_fault()?);
        Ok(Self {
            is_far: far.is_some(),
            shared: far.unwrap_or_else(|| Arc::clone(&near) as Arc<dyn Lake>),
            near,
            pace: place.pace(),
            reach: Reach::default(),
            runtime: Some(runtime),
            handle,
        })
    }

    /// The folder on this machine: the lake itself, or what is kept of it.
    pub fn folder(&self) -> &FolderLake {
        &self.near
    }

    /// Whether the lake lies elsewhere.
    pub const fn is_far(&self) -> bool {
        self.is_far
    }

    /// Whether the lake can be reached.
    pub fn known(&self) -> Known {
        if self.is_far() {
            self.reach.known()
        } else {
            Known {
                standing: Standing::Here,
                ..Known::default()
            }
        }
    }

    /// Whether that is news.
    pub fn reach_changed(&self) -> bool {
        self.is_far() && self.reach.changed()
    }

    /// Whether it is worth asking the lake now.
    pub fn may_ask(&self) -> bool {
        !self.is_far || self.reach.may_ask()
    }

    /// Has the lake asked again at once.
    pub fn try_now(&self) {
        self.reach.try_now();
    }

    /// Leaves no pauses between tries: a simulation's time is not the machine's.
    #[cfg(test)]
    pub fn always_ask(&self) {
        self.reach.always_ask();
    }

    /// The lake that everybody shares, for long work on it, when it is worth asking.
    ///
    /// # Errors
    /// [`LakeError::Offline`] while it is known to be away.
    pub fn shared(&self) -> Result<Arc<dyn Lake>, LakeError> {
        if !self.may_ask() {
            return Err(LakeError::Offline(Box::new(KnownAway)));
        }
        Ok(Arc::clone(&self.shared))
    }

    /// Takes note of how work on the shared lake ended: well, or with an error.
    pub fn note(&self, error: Option<&LakeError>) {
        if self.is_far {
            self.reach.note(error);
        }
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, LakeError>>) -> Result<T, LakeError> {
        self.handle.block_on(work)
    }

    /// Waits for an answer of the lake that everybody shares.
    fn ask<T>(&self, work: impl Future<Output = Result<T, LakeError>>) -> Result<T, LakeError> {
        drop(self.shared()?);
        let ended = self.wait(work);
        self.note(ended.as_ref().err());
        ended
    }

    /// Waits for something long, asking in between. Told to stop, it lets the work go: a store that cannot break off
    /// finishes in the background, which for an object that is written once harms nothing.
    pub fn wait_while<T>(&self, work: impl Future<Output = T>, go_on: &mut GoOn<'_>) -> Result<T, Fault> {
        self.handle.block_on(async {
            let mut work = std::pin::pin!(work);
            loop {
                match tokio::time::timeout(ASK_EVERY, &mut work).await {
                    Ok(done) => return Ok(done),
                    Err(_not_yet) if go_on().is_break() => return Err(stopped()),
                    Err(_not_yet) => {}
                }
            }
        })
    }

    /// Puts a file under a key that is written once. When something is there already (a repetition after a kill, another
    /// ingest of the same file), that stays and is what the answer describes.
    ///
    /// # Errors
    /// A fault of [`Code::Cancelled`] when told to stop, and trouble with the store.
    pub fn put_file_once(&self, key: &Key, source: &Path, go_on: &mut GoOn<'_>) -> Result<Stored, Fault> {
        match self.wait_while(self.near.put_file(key, source, Put::CreateOnly), go_on)? {
            Ok(info) => Ok(Stored {
                size_bytes: info.size_bytes,
                blake3: hash_of(source, go_on)?,
            }),
            Err(LakeError::Exists { .. }) => self.stored(key, go_on),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Puts a file whose bytes are known by their hash under a key that is written once. What lies there afterwards is
    /// read back: bytes that are others, because the source changed under the copy or an earlier one did, are taken away.
    ///
    /// # Errors
    /// [`Code::Conflict`] when the source has other bytes by now, [`Code::Cancelled`] when told to stop, and trouble with
    /// the store.
    pub fn put_known_file(
        &self,
        key: &Key,
        source: &Path,
        blake3: &str,
        go_on: &mut GoOn<'_>,
    ) -> Result<(), Fault> {
        loop {
            let put = self.wait_while(self.near.put_file(key, source, Put::CreateOnly), go_on)?;
            let was_there = match put {
                Ok(_) => false,
                Err(LakeError::Exists { .. }) => true,
                Err(error) => return Err(faults::from_lake(&error)),
            };
            if self.stored(key, go_on)?.blake3 == blake3 {
                return Ok(());
            }
            tracing::warn!("{key} had other bytes than its asset and is removed");
            self.wait(self.near.delete(key)).or_fault()?;
            if !was_there {
                return Err(Fault::new(
                    Code::Conflict,
                    format!(
                        "The file changed while it was copied: {}",
                        crate::place::shown(source)
                    ),
                )
                .hint("Wait until it is written, then try again."));
            }
        }
    }

    /// The same for bytes in memory.
    pub fn put_once(&self, key: &Key, bytes: Vec<u8>) -> Result<Stored, Fault> {
        let stored = Stored {
            size_bytes: bytes.len() as u64,
            blake3: blake3::hash(&bytes).to_hex().to_string(),
        };
        match self.wait(self.near.put(key, bytes, Put::CreateOnly)) {
            Ok(_) => Ok(stored),
            Err(LakeError::Exists { .. }) => self.stored(key, &mut || ControlFlow::Continue(())),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Create-only without a second look, in the lake that everybody shares: the caller decides what an object that is there means.
    pub fn create(&self, key: &Key, bytes: Vec<u8>) -> Result<(), LakeError> {
        self.ask(self.shared.put(key, bytes, Put::CreateOnly)).map(drop)
    }

    /// Overwrites the one small object that a single writer owns.
    pub fn replace(&self, key: &Key, bytes: Vec<u8>) -> Result<(), Fault> {
        self.ask(self.shared.put(key, bytes, Put::Replace))
            .map(drop)
            .or_fault()
    }

    /// Takes an object away that is derived, out of the lake that everybody shares.
    pub fn remove(&self, key: &Key) -> Result<(), Fault> {
        self.ask(self.shared.delete(key)).or_fault()
    }

    /// The first bytes of an object of the lake that everybody shares.
    pub fn beginning(&self, key: &Key, length: u64) -> Result<Vec<u8>, Fault> {
        let range = ByteRange {
            start: 0,
            end: Some(length),
        };
        self.ask(self.shared.get_range(key, range, None))
            .map(|object| object.bytes)
            .or_fault()
    }

    /// A whole object as it lies in the lake that everybody shares.
    pub fn get(&self, key: &Key) -> Result<Vec<u8>, Fault> {
        self.ask(self.shared.get(key))
            .map(|object| object.bytes)
            .or_fault()
    }

    /// A whole object that never changes: the copy on this machine, where there is one.
    pub fn get_kept(&self, key: &Key) -> Result<Vec<u8>, Fault> {
        match self.near_bytes(key)? {
            Some(bytes) => Ok(bytes),
            None => self.get(key),
        }
    }

    /// The copy of an object of a lake elsewhere, where there is one on this machine.
    fn near_bytes(&self, key: &Key) -> Result<Option<Vec<u8>>, Fault> {
        if !self.is_far {
            return Ok(None);
        }
        match self.wait(self.near.get(key)) {
            Ok(object) => Ok(Some(object.bytes)),
            Err(LakeError::NotFound(_)) => Ok(None),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Whole objects that never change, several asked for at once, in this order and up to the first that is not there.
    pub fn get_all_kept(&self, keys: &[Key]) -> Result<Vec<Vec<u8>>, Fault> {
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            match self.near_bytes(key)? {
                Some(bytes) => all.push(bytes),
                None => break,
            }
        }
        let missing = keys.get(all.len()..).unwrap_or_default();
        if missing.is_empty() {
            return Ok(all);
        }
        let shared = self.shared().or_fault()?;
        let asked = async {
            let gets = stream::iter(missing).map(|key| shared.get(key));
            let mut got = std::pin::pin!(gets.buffered(self.at_once().min(AT_ONCE)));
            while let Some(object) = got.next().await {
                match object {
                    Ok(object) => all.push(object.bytes),
                    Err(LakeError::NotFound(_)) => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let ended = self.wait(asked);
        self.note(ended.as_ref().err());
        ended.or_fault()?;
        Ok(all)
    }

    /// Keeps a copy of an object that never changes, when the lake is elsewhere.
    pub fn keep(&self, key: &Key, bytes: &[u8]) -> Result<(), Fault> {
        if !self.is_far {
            return Ok(());
        }
        match self.wait(self.near.put(key, bytes.to_vec(), Put::CreateOnly)) {
            Ok(_) | Err(LakeError::Exists { .. }) => Ok(()),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Every object under a prefix of the lake that everybody shares, in the order of their keys.
    pub fn each_shared(&self, prefix: &str, mut on: impl FnMut(&ObjectInfo)) -> Result<(), Fault> {
        let ended = self
            .shared()
            .and_then(|shared| self.each(&*shared, prefix, &mut on));
        self.note(ended.as_ref().err());
        ended.or_fault()
    }

    /// A page of the keys of the lake that everybody shares, for whoever jumps over some of them.
    pub fn page(&self, after: Option<&str>, limit: usize) -> Result<Listing, Fault> {
        self.ask(self.shared.list("", after, limit)).or_fault()
    }

    /// Every object under a prefix that lies on this machine.
    pub fn each_near(&self, prefix: &str, mut on: impl FnMut(&ObjectInfo)) -> Result<(), Fault> {
        self.each(&*self.near, prefix, &mut on).or_fault()
    }

    fn each(&self, store: &dyn Lake, prefix: &str, on: &mut dyn FnMut(&ObjectInfo)) -> Result<(), LakeError> {
        let mut after: Option<String> = None;
        loop {
            let page = self.wait(store.list(prefix, after.as_deref(), PAGE))?;
            page.objects.iter().for_each(&mut *on);
            after = page.objects.last().map(|object| object.key.as_str().to_owned());
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Fetches an object of the shared lake into a file, going on where an earlier fetch was.
    ///
    /// # Errors
    /// A fault of [`Code::Cancelled`] when told to stop; what the lake says is inside.
    pub fn fetch(
        &self,
        fetching: &Fetching,
        told: Told<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Result<Fetched, TransferError>, Fault> {
        let shared = match self.shared() {
            Ok(shared) => shared,
            Err(error) => return Ok(Err(error.into())),
        };
        let line = Line {
            lake: &shared,
            pace: &self.pace,
            told,
        };
        let fetched = self.wait_while(line.fetch(fetching), go_on)?;
        self.note_transfer(&fetched);
        Ok(fetched)
    }

    /// Sends a file to the shared lake, going on where an earlier send was.
    pub async fn send(
        &self,
        sending: &Sending,
        slip: &dyn Slip,
        told: Told<'_>,
    ) -> Result<Sent, TransferError> {
        let shared = self.shared()?;
        let line = Line {
            lake: &shared,
            pace: &self.pace,
            told,
        };
        let sent = line.send(sending, slip).await;
        self.note_transfer(&sent);
        sent
    }

    fn note_transfer<T>(&self, ended: &Result<T, TransferError>) {
        self.note(match ended {
            Err(TransferError::Lake(error)) => Some(error),
            _ => None,
        });
    }

    /// How many requests at once the lake is worked with at most.
    pub fn at_once(&self) -> usize {
        usize::try_from(self.pace.at_once_max())
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// Holds files on their way to so many bytes a second, or to none.
    pub fn set_caps(&self, settings: &LakeSettings) {
        let cap = |kibibytes: u32| NonZeroU64::new(u64::from(kibibytes) << 10);
        self.pace.set_cap(Way::Up, cap(settings.send_kibibytes_per_sec));
        self.pace
            .set_cap(Way::Down, cap(settings.fetch_kibibytes_per_sec));
    }

    /// Keeps a file that was fetched as the copy of an object.
    pub fn adopt(&self, key: &Key, file: &Path) -> Result<(), Fault> {
        match self.wait(self.near.put_file(key, file, Put::CreateOnly)) {
            Ok(_) | Err(LakeError::Exists { .. }) => Ok(()),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Takes the copy of an object away from this machine.
    pub fn forget(&self, key: &Key) -> Result<(), Fault> {
        self.wait(self.near.delete(key)).or_fault()
    }

    /// An object as a file of this machine, to be read only.
    pub fn local_file(&self, key: &Key) -> Result<PathBuf, Fault> {
        let path = self.near.local_file(key).filter(|path| path.is_file());
        path.ok_or_else(|| faults::from_lake(&LakeError::NotFound(key.clone())))
    }

    fn stored(&self, key: &Key, go_on: &mut GoOn<'_>) -> Result<Stored, Fault> {
        let info = self.wait(self.near.head(key)).or_fault()?;
        let blake3 = match self.near.local_file(key) {
            Some(path) => hash_of(&path, go_on)?,
            None => blake3::hash(&self.get_kept(key)?).to_hex().to_string(),
        };
        Ok(Stored {
            size_bytes: info.size_bytes,
            blake3,
        })
    }
}

/// BLAKE3 of a file's bytes, 64 hexadecimal digits.
///
/// # Errors
/// A fault of [`Code::Cancelled`] when told to stop, and a file that cannot be read.
pub(crate) fn hash_of(path: &Path, go_on: &mut GoOn<'_>) -> Result<String, Fault> {
    let cannot = |error: std::io::Error| {
        faults::from_io(
            &error,
            Code::Unreadable,
            format!("Cannot read {}", crate::place::shown(path)),
        )
    };
    let mut file = std::fs::File::open(path).map_err(cannot)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(read) => {
                hasher.update(buffer.get(..read).unwrap_or_default());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot(error)),
        }
        if go_on().is_break() {
            return Err(stopped());
        }
    }
}

fn stopped() -> Fault {
    Fault::new(Code::Cancelled, "Stopped.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go() -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn an_original_lies_in_the_lake_with_the_bytes_of_its_asset_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lakeside::open(&dir.path().join("lake").into(), dir.path(), None).unwrap();
        let source = dir.path().join("x.mov");
        let key = Key::new("raw/1/x.mov").unwrap();
        let ingested = blake3::hash(b"what was ingested").to_hex().to_string();

        std::fs::write(&source, b"what a recorder wrote since").unwrap();
        let fault = lake
            .put_known_file(&key, &source, &ingested, &mut go)
            .unwrap_err();
        assert_eq!(fault.code, Code::Conflict);
        assert!(lake.local_file(&key).is_err(), "wrong bytes do not stay");

        std::fs::write(&source, b"what was ingested").unwrap();
        // An earlier version left wrong bytes there.
        lake.put_once(&key, b"something else".to_vec()).unwrap();
        lake.put_known_file(&key, &source, &ingested, &mut go).unwrap();
        lake.put_known_file(&key, &source, &ingested, &mut go).unwrap();
        assert_eq!(lake.get(&key).unwrap(), b"what was ingested");
    }

    #[test]
    fn hashing_stops_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("long.mov");
        std::fs::write(&file, vec![7; 3 * BUFFER_BYTES]).unwrap();
        let mut asked = 0;
        let fault = hash_of(&file, &mut || {
            asked += 1;
            ControlFlow::Break(())
        })
        .unwrap_err();
        assert_eq!((fault.code, asked), (Code::Cancelled, 1));
        let hash = hash_of(&file, &mut go).unwrap();
        assert_eq!(hash, blake3::hash(&vec![7; 3 * BUFFER_BYTES]).to_hex().as_str());
    }
}
