//! Transfers: whole or not at all, whatever the weather, and gone on with after a crash at any step.
#![expect(clippy::unwrap_used, reason = "what a test sets up may fail it")]

mod fetching;
mod over_http;
mod reading;
mod sending;
mod syncing;

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use async_trait::async_trait;
use lake::{
    Cause, Clock, Key, Lake, MemoryLake, VirtualClock,
    faults::{Faulty, Fuse},
    transfer::{Line, Pace, PaceLimits, Progress, SendState, Slip},
};

pub fn key(text: &str) -> Key {
    Key::new(text).expect("a legal key")
}

/// Bytes that look like nothing, and are the same for the same seed.
pub fn film(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[seed]);
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

pub const MIB: usize = 1 << 20;

pub fn nothing_told(_progress: Progress) {}

/// A store in memory behind a faulty line, and a pace in virtual time.
pub struct Set {
    pub store: Arc<MemoryLake>,
    pub faulty: Arc<Faulty>,
    pub lake: Arc<dyn Lake>,
    pub pace: Pace,
}

impl Set {
    /// With a cap so high that it only makes parts and pieces small.
    pub fn new(seed: u64) -> Self {
        let store = Arc::new(MemoryLake::default());
        Self::over(store.clone(), store, seed)
    }

    pub fn over(store: Arc<MemoryLake>, behind: Arc<dyn Lake>, seed: u64) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::default());
        let faulty = Arc::new(Faulty::new(behind, seed, Arc::clone(&clock)));
        let limits = PaceLimits {
            up_bytes_per_sec: 1_000_000_000u64.try_into().ok(),
            down_bytes_per_sec: 1_000_000_000u64.try_into().ok(),
            ..PaceLimits::default()
        };
        Self {
            store,
            lake: faulty.clone(),
            faulty,
            pace: Pace::new(limits, clock, seed),
        }
    }

    pub fn line(&self) -> Line<'_> {
        Line {
            lake: &self.lake,
            pace: &self.pace,
            told: &nothing_told,
        }
    }
}

/// A slip of paper: what was kept, and a fuse that may blow before or after it is.
pub struct Paper {
    pub kept: Mutex<Option<SendState>>,
    pub fuse: Mutex<Fuse>,
}

impl Default for Paper {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            fuse: Mutex::new(Fuse::endless()),
        }
    }
}

impl Paper {
    /// As another process reads it.
    pub fn read(&self) -> Option<SendState> {
        let kept = self.kept.lock().unwrap();
        let text = serde_json::to_string(&*kept).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[async_trait]
impl Slip for Paper {
    async fn keep(&self, state: Option<&SendState>) -> Result<(), Cause> {
        let fuse = self.fuse.lock().unwrap().clone();
        fuse.step()?;
        *self.kept.lock().unwrap() = state.cloned();
        fuse.step()?;
        Ok(())
    }
}

/// Runs a future until it has waited so many times, and drops it then: a kill at any place where it waits. `None` when it was
/// dropped.
pub async fn killed_after<F: Future>(waits: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut waited = 0;
    std::future::poll_fn(move |context| match Pin::as_mut(&mut future).poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waited == waits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

pub fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let place = folder.join(name);
    std::fs::write(&place, bytes).unwrap();
    place
}
