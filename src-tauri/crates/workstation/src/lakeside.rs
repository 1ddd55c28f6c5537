//! The lake as blocking calls: the runtime its stores need lives here and nowhere else in the process layer.

use std::future::Future;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use lake::{FolderLake, Key, Lake, LakeError, Listing, Put};

use crate::faults::{self, OrFault as _};

/// How often long work asks whether to go on.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Asked while long work goes on; `Break` means stop now.
pub(crate) type GoOn<'a> = dyn FnMut() -> ControlFlow<()> + 'a;

/// An open lake.
pub(crate) struct Lakeside {
    lake: Arc<dyn Lake>,
    folder: Arc<FolderLake>,
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
    /// Opens the lake in a folder, making it when it is not there.
    pub fn open(dir: &Path) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("lake")
            .enable_all()
            .build()
            .map_err(|error| faults::from_io(&error, Code::Internal, "Cannot start the lake's threads."))?;
        let folder = Arc::new(FolderLake::open(dir).or_fault()?);
        let handle = runtime.handle().clone();
        Ok(Self {
            lake: Arc::clone(&folder) as Arc<dyn Lake>,
            folder,
            runtime: Some(runtime),
            handle,
        })
    }

    /// The folder store, for what only a folder has.
    pub fn folder(&self) -> &FolderLake {
        &self.folder
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, LakeError>>) -> Result<T, LakeError> {
        self.handle.block_on(work)
    }

    /// Waits for something long, asking in between. Told to stop, it lets the work go: a store that cannot break off
    /// finishes in the background, which for an object that is written once harms nothing.
    fn wait_while<T>(
        &self,
        work: impl Future<Output = Result<T, LakeError>>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Result<T, LakeError>, Fault> {
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
        match self.wait_while(self.lake.put_file(key, source, Put::CreateOnly), go_on)? {
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
            let put = self.wait_while(self.lake.put_file(key, source, Put::CreateOnly), go_on)?;
            let was_there = match put {
                Ok(_) => false,
                Err(LakeError::Exists { .. }) => true,
                Err(error) => return Err(faults::from_lake(&error)),
            };
            if self.stored(key, go_on)?.blake3 == blake3 {
                return Ok(());
            }
            tracing::warn!("{key} had other bytes than its asset and is removed");
            self.wait(self.lake.delete(key)).or_fault()?;
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
        match self.wait(self.lake.put(key, bytes, Put::CreateOnly)) {
            Ok(_) => Ok(stored),
            Err(LakeError::Exists { .. }) => self.stored(key, &mut || ControlFlow::Continue(())),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Create-only without a second look: the caller decides what an object that is there means.
    pub fn create(&self, key: &Key, bytes: Vec<u8>) -> Result<(), LakeError> {
        self.wait(self.lake.put(key, bytes, Put::CreateOnly)).map(drop)
    }

    /// Overwrites the one small object that a single writer owns.
    pub fn replace(&self, key: &Key, bytes: Vec<u8>) -> Result<(), Fault> {
        self.wait(self.lake.put(key, bytes, Put::Replace))
            .map(drop)
            .or_fault()
    }

    /// A whole object.
    pub fn get(&self, key: &Key) -> Result<Vec<u8>, Fault> {
        self.wait(self.lake.get(key))
            .map(|object| object.bytes)
            .or_fault()
    }

    /// A page of keys.
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, Fault> {
        self.wait(self.lake.list(prefix, after, limit)).or_fault()
    }

    /// All keys under a prefix.
    pub fn keys(&self, prefix: &str) -> Result<Vec<Key>, Fault> {
        let mut keys: Vec<Key> = Vec::new();
        loop {
            let after = keys.last().map(|key| key.as_str().to_owned());
            let page = self.list(prefix, after.as_deref(), 1000)?;
            keys.extend(page.objects.into_iter().map(|object| object.key));
            if !page.more {
                return Ok(keys);
            }
        }
    }

    /// An object as a file of this machine, to be read only.
    pub fn local_file(&self, key: &Key) -> Result<PathBuf, Fault> {
        let path = self.lake.local_file(key).filter(|path| path.is_file());
        path.ok_or_else(|| faults::from_lake(&LakeError::NotFound(key.clone())))
    }

    fn stored(&self, key: &Key, go_on: &mut GoOn<'_>) -> Result<Stored, Fault> {
        let info = self.wait(self.lake.head(key)).or_fault()?;
        let blake3 = match self.lake.local_file(key) {
            Some(path) => hash_of(&path, go_on)?,
            None => blake3::hash(&self.get(key)?).to_hex().to_string(),
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
        let lake = Lakeside::open(&dir.path().join("lake")).unwrap();
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
