//! The lake as blocking calls: the runtime its stores need lives here and nowhere else in the process layer.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fault::{Code, Fault};
use lake::{FolderLake, Key, Lake, LakeError, Listing, Put};

use crate::faults::{self, OrFault as _};

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

    /// Puts a file under a key that is written once. When something is there already (a repetition after a kill, another
    /// ingest of the same file), that stays and is what the answer describes.
    pub fn put_file_once(&self, key: &Key, source: &Path) -> Result<Stored, Fault> {
        match self.wait(self.lake.put_file(key, source, Put::CreateOnly)) {
            Ok(info) => Ok(Stored {
                size_bytes: info.size_bytes,
                blake3: hash_of(source)?,
            }),
            Err(LakeError::Exists { .. }) => self.stored(key),
            Err(error) => Err(faults::from_lake(&error)),
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
            Err(LakeError::Exists { .. }) => self.stored(key),
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

    fn stored(&self, key: &Key) -> Result<Stored, Fault> {
        let info = self.wait(self.lake.head(key)).or_fault()?;
        let blake3 = match self.lake.local_file(key) {
            Some(path) => hash_of(&path)?,
            None => blake3::hash(&self.get(key)?).to_hex().to_string(),
        };
        Ok(Stored {
            size_bytes: info.size_bytes,
            blake3,
        })
    }
}

/// BLAKE3 of a file's bytes, 64 hexadecimal digits.
pub(crate) fn hash_of(path: &Path) -> Result<String, Fault> {
    let mut hasher = blake3::Hasher::new();
    let hashed = std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut hasher));
    hashed.map_err(|error| {
        faults::from_io(
            &error,
            Code::Unreadable,
            format!("Cannot read {}", path.display()),
        )
    })?;
    Ok(hasher.finalize().to_hex().to_string())
}
