use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use crate::MediaError;

/// How far the hash may run ahead of the demuxer, so that both find the same bytes in the page cache.
const LEAD_BYTES: u64 = 256 << 20;
const BLOCK_BYTES: usize = 1 << 20;

/// BLAKE3 of a file, computed on its own thread beside the demuxing of the same file.
pub(crate) struct Hashing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<std::io::Result<blake3::Hash>>>,
}

struct Shared {
    pace: Mutex<Pace>,
    moved: Condvar,
    done_bytes: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Read up to here.
    Upto(u64),
    /// The demuxer is through: read on without waiting.
    Free,
    /// The result is not wanted any more.
    Stopped,
}

impl Hashing {
    /// Starts reading `path`.
    pub(crate) fn start(path: &Path) -> Result<Self, MediaError> {
        let file = File::open(path).map_err(|e| MediaError::reading(path, e))?;
        let shared = Arc::new(Shared {
            pace: Mutex::new(Pace::Upto(LEAD_BYTES)),
            moved: Condvar::new(),
            done_bytes: AtomicU64::new(0),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("ingest-hash".into())
            .spawn(move || hash(file, &theirs))
            .map_err(|_e| MediaError::Thread { what: "ingest-hash" })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Tells where the demuxer reads now. Cheap when it has not moved far.
    pub(crate) fn follow(&self, position: u64) {
        let mut pace = self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if let Pace::Upto(limit) = *pace
            && position + LEAD_BYTES > limit + (16 << 20)
        {
            *pace = Pace::Upto(position + LEAD_BYTES);
            self.shared.moved.notify_one();
        }
    }

    /// Bytes hashed so far.
    pub(crate) fn done_bytes(&self) -> u64 {
        self.shared.done_bytes.load(Ordering::Relaxed)
    }

    /// Waits for the rest and answers the 64 hexadecimal digits. `cancelled` is asked between blocks.
    pub(crate) fn finish(
        mut self,
        path: &Path,
        cancelled: &mut dyn FnMut(u64) -> bool,
    ) -> Result<String, MediaError> {
        self.set(Pace::Free);
        let broken = || MediaError::Thread { what: "ingest-hash" };
        let thread = self.thread.take().ok_or_else(broken)?;
        while !thread.is_finished() {
            if cancelled(self.done_bytes()) {
                self.set(Pace::Stopped);
                // It ends after at most one block; its hash is not wanted any more.
                drop(thread.join());
                return Err(MediaError::Cancelled);
            }
            let pace = self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner);
            // Woken after every block; the time limit only bounds a missed wake-up.
            drop(
                self.shared
                    .moved
                    .wait_timeout(pace, std::time::Duration::from_millis(20)),
            );
        }
        let hash = thread
            .join()
            .map_err(|_panic| broken())?
            .map_err(|e| MediaError::reading(path, e))?;
        Ok(hash.to_hex().to_string())
    }

    fn set(&self, pace: Pace) {
        *self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner) = pace;
        self.shared.moved.notify_all();
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.set(Pace::Stopped);
        if let Some(thread) = self.thread.take() {
            // Its result is not wanted any more; it ends after at most one block.
            drop(thread.join());
        }
    }
}

fn hash(mut file: File, shared: &Shared) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let done = shared.done_bytes.load(Ordering::Relaxed);
        {
            let mut pace = shared.pace.lock().unwrap_or_else(PoisonError::into_inner);
            while matches!(*pace, Pace::Upto(limit) if done >= limit) {
                pace = shared.moved.wait(pace).unwrap_or_else(PoisonError::into_inner);
            }
            if *pace == Pace::Stopped {
                return Err(std::io::Error::from(std::io::ErrorKind::Interrupted));
            }
        }
        let count = match file.read(&mut block) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(count) => count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        hasher.update(&block[..count]);
        shared.done_bytes.fetch_add(count as u64, Ordering::Relaxed);
        shared.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hash_of_all_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bytes");
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|n| (n * 7 % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let hashing = Hashing::start(&path).unwrap();
        hashing.follow(10);
        let digits = hashing.finish(&path, &mut |_| false).unwrap();
        assert_eq!(digits, blake3::hash(&bytes).to_hex().to_string());
    }

    #[test]
    fn a_cancelled_wait_leaves_no_thread_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bytes");
        File::create(&path).unwrap().set_len(LEAD_BYTES * 2).unwrap();
        let hashing = Hashing::start(&path).unwrap();
        let shared = Arc::clone(&hashing.shared);
        let finished = hashing.finish(&path, &mut |_done| true);
        assert!(matches!(finished, Err(MediaError::Cancelled)));
        assert_eq!(Arc::strong_count(&shared), 1, "the thread held the other one");
    }

    #[test]
    fn it_stops_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bytes");
        // Longer than the lead, so that the thread has to wait for the demuxer.
        File::create(&path).unwrap().set_len(LEAD_BYTES * 2).unwrap();
        let hashing = Hashing::start(&path).unwrap();
        drop(hashing);
    }
}
