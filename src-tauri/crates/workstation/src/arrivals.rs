//! What of a lake elsewhere comes to this machine when it is wanted.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use lake::transfer::{Fetching, Filling, Progress, TransferError};
use lake::{ETag, Key, LakeError};
use ledger::{AssetId, Rendition};

use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::lakeside::GoOn;
use crate::wishes::Wish;
use crate::workstation::Workstation;

/// What is fetched while whoever wants it waits; longer files are fetched in the background.
const AT_ONCE_BYTES: u64 = 16 << 20;
/// What came of a file that nobody wanted any more is kept so long, in case somebody does.
const BROKEN_OFF: Duration = Duration::from_secs(7 * 24 * 3600);

/// The asset that an object belongs to, by its key.
pub(crate) fn asset_of(key: &Key) -> Option<AssetId> {
    key.as_str().split('/').nth(1)?.parse().ok()
}

/// An object that was fetched and is not kept yet.
pub(crate) struct Arrived {
    file: PathBuf,
    /// The version that came.
    pub etag: ETag,
    /// All its bytes.
    pub size_bytes: u64,
    /// BLAKE3 of it, 64 hexadecimal digits.
    pub hash: String,
}

impl Arrived {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Takes it away again.
    pub fn remove(self) -> Result<(), Fault> {
        std::fs::remove_file(&self.file).map_err(|error| {
            faults::from_io(
                &error,
                Code::Store,
                format!("Cannot remove {}", self.file.display()),
            )
        })
    }
}

pub(crate) fn on_its_way(size_bytes: u64) -> Fault {
    Fault::new(
        Code::Away,
        format!(
            "This is on its way from the lake ({} MB).",
            size_bytes.div_ceil(1_000_000)
        ),
    )
    .hint("It opens by itself when it is here.")
}

fn not_fetched(error: &TransferError) -> Fault {
    match error {
        TransferError::Lake(LakeError::NotFound(_)) => {
            Fault::new(Code::Away, "The lake does not have this yet.")
                .hint("The workstation where it was made sends it; it comes by itself then.")
                .because(error)
        }
        error => faults::from_transfer(error),
    }
}

impl Workstation {
    /// A file made from an asset, on this machine. What is not here is fetched: at once when it is small, in the background
    /// when it is large, and then the answer is [`Code::Away`] and a notice tells when it is here.
    pub(crate) fn rendition_file(&self, rendition: &Rendition) -> Result<PathBuf, Fault> {
        let small = rendition.size_bytes <= AT_ONCE_BYTES;
        if small || !self.threads.has_workers() {
            return self.rendition_here(rendition, &mut || ControlFlow::Continue(()));
        }
        let wish = wish_of(rendition)?;
        match self.near_copy(&wish.key)? {
            Some(path) => Ok(path),
            None => {
                if let Some(fault) = self.arrivals.failed(&wish.key) {
                    return Err(fault);
                }
                let size_bytes = wish.size_bytes;
                self.wish(wish);
                Err(on_its_way(size_bytes))
            }
        }
    }

    /// The same for work in the background, which waits until the file is here.
    pub(crate) fn rendition_here(
        &self,
        rendition: &Rendition,
        go_on: &mut GoOn<'_>,
    ) -> Result<PathBuf, Fault> {
        let wish = wish_of(rendition)?;
        match self.near_copy(&wish.key)? {
            Some(path) => Ok(path),
            None => self.fetch(&wish, go_on),
        }
    }

    /// Whether a file made from an asset is on this machine; if not, it is fetched in the background.
    pub(crate) fn is_here_or_wished(&self, rendition: &Rendition) -> Result<bool, Fault> {
        let wish = wish_of(rendition)?;
        if self.near_copy(&wish.key)?.is_some() {
            return Ok(true);
        }
        // Lists ask often: what failed is tried again when somebody opens the film.
        if !self.arrivals.has_failed(&wish.key) {
            self.wish(wish);
        }
        Ok(false)
    }

    /// The copy of an object on this machine. Its use is noted.
    pub(crate) fn near_copy(&self, key: &Key) -> Result<Option<PathBuf>, Fault> {
        match self.lake.local_file(key) {
            Ok(path) => {
                if self.lake.is_far() && self.arrivals.touches(key) {
                    let size_bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
                    self.catalog
                        .keep(key.as_str(), size_bytes, now_millis())
                        .or_fault()?;
                }
                Ok(Some(path))
            }
            Err(_not_here) if self.lake.is_far() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Has an object fetched in the background.
    pub(crate) fn wish(&self, wish: Wish) {
        if self.arrivals.wish(wish) {
            self.bell.ring();
        }
    }

    /// Has an asset's files brought to this machine, or its original when the lake has that.
    ///
    /// # Errors
    /// No such asset, and an original that is not in the lake.
    pub fn bring(&self, asset: AssetId, original: bool) -> Result<(), Fault> {
        let record = self.asset_record(asset)?;
        if !self.lake.is_far() {
            return Ok(());
        }
        if original {
            let Some(key) = self.original_key(&record)? else {
                return Err(
                    Fault::new(Code::NotFound, "The original of this asset is not in the lake.").hint(
                        "Whoever took it in can have it copied there: originals = \"copy\" in the settings.",
                    ),
                );
            };
            return self.wish_unless_here(Wish {
                asset,
                key,
                size_bytes: record.entry.size_bytes,
                blake3: None,
            });
        }
        // What is wished for last comes first: what a film is seen by before what it is played by.
        let (proxies, looks): (Vec<_>, Vec<_>) = record
            .renditions
            .iter()
            .partition(|rendition| rendition.name == "proxy");
        for rendition in proxies.into_iter().chain(looks) {
            self.wish_unless_here(wish_of(rendition)?)?;
        }
        Ok(())
    }

    fn wish_unless_here(&self, wish: Wish) -> Result<(), Fault> {
        if self.near_copy(&wish.key)?.is_none() {
            self.wish(wish);
        }
        Ok(())
    }

    /// Fetches what is wished for, one after the other; or only what somebody reads while it comes. Answers when nothing is.
    pub(crate) fn fetch_wishes(&self, read_only: bool) {
        while !self.is_closing() {
            let Some(wish) = self.arrivals.next(read_only) else {
                return;
            };
            self.hub.tell([Subject::Lake]);
            let asset = wish.asset;
            let mut until_closing = self.until_closing();
            let mut go_on = || {
                // What nobody reads any more gives way to what somebody does.
                let gives_way =
                    read_only && !self.arrivals.is_read(&wish.key) && self.arrivals.is_read_and_waits();
                if gives_way {
                    ControlFlow::Break(())
                } else {
                    until_closing()
                }
            };
            if let Err(fault) = self.fetch(&wish, &mut go_on) {
                if fault.code == Code::Cancelled {
                    self.arrivals.again(wish);
                    continue;
                }
                if fault.code == Code::Away || !self.lake.may_ask() {
                    // It comes when the lake is back, or has it: asked for again in a while.
                    self.arrivals.again(wish);
                    return;
                }
                tracing::warn!("{}: {fault}", wish.key);
                self.arrivals.fail(wish, fault);
                self.hub.tell([Subject::Lake, Subject::Asset(asset.to_string())]);
            }
        }
    }

    fn is_closing(&self) -> bool {
        self.stopping.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Goes on until this workstation closes.
    pub(crate) fn until_closing(&self) -> impl FnMut() -> ControlFlow<()> + use<> {
        let stopping = Arc::clone(&self.stopping);
        move || {
            if stopping.load(std::sync::atomic::Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }

    /// Brings an object here, whoever waits for it, and tells everybody who looks at its asset.
    fn fetch(&self, wish: &Wish, go_on: &mut GoOn<'_>) -> Result<PathBuf, Fault> {
        if let Some(claim) = self.arrivals.take_upon(&wish.key, wish.size_bytes, go_on)? {
            let filling = self.arrivals.filling(&wish.key, wish.size_bytes);
            let readable = Some(Arc::clone(&filling));
            let fetched = self.fetch_as_it_is(&wish.key, Some(wish.size_bytes), readable, go_on)?;
            let found = fetched.map_err(|error| not_fetched(&error))?;
            let expected = match wish.blake3.as_deref() {
                Some(hash) => hash == found.hash,
                // An original is named by its bytes.
                None => blake3::Hash::from_hex(&found.hash)
                    .is_ok_and(|hash| AssetId::from_hash(hash) == wish.asset),
            };
            // Two people who took in the same film made two proxies, of which the lake has one: any that somebody made will do.
            if !expected && !self.catalog.names_bytes(&found.hash).or_fault()? {
                found.remove()?;
                return Err(Fault::new(
                    Code::Lake,
                    "What the lake has is not what was made: it was damaged or exchanged.",
                )
                .hint("Ingest the file again to have it made anew; nothing that was decided is lost."));
            }
            self.keep_arrived(&wish.key, found)?;
            if let Ok(path) = self.lake.local_file(&wish.key)
                && let Ok(file) = std::fs::File::open(path)
            {
                filling.is_whole(file);
            }
            // Before anybody looks up: nothing of it is on its way then.
            drop(claim);
            self.hub
                .tell([Subject::Lake, Subject::Asset(wish.asset.to_string())]);
        }
        self.lake.local_file(&wish.key)
    }

    /// Fetches an object into a file of its own beside what is kept. What a fetch that was broken off had is gone on with.
    pub(crate) fn fetch_to_file(
        &self,
        key: &Key,
        size_bytes: Option<u64>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Arrived, Fault> {
        self.fetch_as_it_is(key, size_bytes, None, go_on)?
            .map_err(|error| not_fetched(&error))
    }

    /// The same, and it can be read while it comes; what the lake says is inside.
    pub(crate) fn fetch_as_it_is(
        &self,
        key: &Key,
        size_bytes: Option<u64>,
        filling: Option<Arc<Filling>>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Result<Arrived, TransferError>, Fault> {
        let folder = self.arrivals_folder();
        crate::home::make_folder(&folder)?;
        self.has_room_for(size_bytes.unwrap_or(0), &folder)?;
        let fetching = Fetching {
            key: key.clone(),
            target: folder.join(blake3::hash(key.as_str().as_bytes()).to_hex().as_str()),
            digest: None,
            size_bytes,
            urgent: size_bytes.is_none_or(|size| size <= AT_ONCE_BYTES),
            filling,
        };
        let told = |progress: Progress| {
            if self.arrivals.has_come(key, progress.done_bytes) {
                self.hub.tell([Subject::Lake]);
            }
        };
        let fetched = self.lake.fetch(&fetching, &told, go_on)?;
        Ok(fetched.map(|fetched| Arrived {
            size_bytes: fetched.info.size_bytes,
            hash: fetched.hash.to_hex().to_string(),
            etag: fetched.info.etag,
            file: fetching.target,
        }))
    }

    /// Keeps what has arrived as the copy of an object on this machine.
    pub(crate) fn keep_arrived(&self, key: &Key, arrived: Arrived) -> Result<(), Fault> {
        self.lake.adopt(key, &arrived.file)?;
        self.catalog
            .keep(key.as_str(), arrived.size_bytes, now_millis())
            .or_fault()?;
        arrived.remove()?;
        self.make_room()
    }

    /// What is to be kept here and is not all here yet is fetched; what broke off long ago goes.
    ///
    /// # Errors
    /// Trouble with the store.
    pub(crate) fn take_up_arrivals(&self) -> Result<(), Fault> {
        for asset in self.catalog.pins().or_fault()? {
            match self.bring(asset, false) {
                Err(fault) if fault.code != Code::NotFound => return Err(fault),
                // Pinned on another lake's asset, or one that is not known yet.
                _ => {}
            }
        }
        let Ok(files) = std::fs::read_dir(self.arrivals_folder()) else {
            return Ok(());
        };
        for file in files.flatten() {
            let age = file.metadata().and_then(|meta| meta.modified()).ok();
            let is_old = age
                .and_then(|at| at.elapsed().ok())
                .is_some_and(|age| age > BROKEN_OFF);
            if is_old && let Err(error) = std::fs::remove_file(file.path()) {
                tracing::warn!("{}: {error}", file.path().display());
            }
        }
        Ok(())
    }

    fn arrivals_folder(&self) -> PathBuf {
        self.lake.folder().dir().with_file_name("arrivals")
    }

    /// Fetches an object of which another copy lies here.
    pub(crate) fn fetch_anew(&self, key: &Key, go_on: &mut GoOn<'_>) -> Result<Arrived, Fault> {
        let _claim = loop {
            if let Some(claim) = self.arrivals.take_upon(key, 0, go_on)? {
                break claim;
            }
        };
        self.fetch_to_file(key, None, go_on)
    }
}

/// Where the lake has a file made from an asset.
pub(crate) fn key_of(rendition: &Rendition) -> Result<Key, Fault> {
    Key::new(rendition.key.clone()).or_fault()
}

pub(crate) fn wish_of(rendition: &Rendition) -> Result<Wish, Fault> {
    Ok(Wish {
        asset: rendition.asset,
        key: key_of(rendition)?,
        size_bytes: rendition.size_bytes,
        blake3: Some(rendition.blake3.clone()),
    })
}
