//! An object that can be read while it becomes a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

/// What comes for a reader before everything else, beyond where it stands.
const AHEAD_BYTES: u64 = 32 << 20;

/// An object on its way into a file, for whoever cannot wait for all of it. A fetch that is given it ([`super::Fetching::filling`])
/// brings first what its readers stand at, then what lies ahead of them, then the rest. It outlives fetches: one that is broken off
/// leaves it as it is, and the next goes on with it.
#[derive(Debug)]
pub struct Filling {
    size_bytes: u64,
    state: Mutex<State>,
    came: Condvar,
    asked: Notify,
}

#[derive(Debug, Default)]
struct State {
    file: Option<Arc<File>>,
    piece_bytes: u64,
    there: Vec<bool>,
    whole: bool,
    failed: Option<io::ErrorKind>,
    /// Where readers stand: by number, the turn of their last question and the offset.
    readers: BTreeMap<u64, (u64, u64)>,
    turns: u64,
}

impl State {
    /// What is there from `offset` on, within one piece.
    fn there_until(&self, offset: u64, size_bytes: u64) -> Option<u64> {
        if self.whole {
            return Some(size_bytes);
        }
        let piece = offset.checked_div(self.piece_bytes)?;
        let is_there = self.there.get(usize::try_from(piece).ok()?).copied()?;
        is_there.then(|| size_bytes.min((piece + 1) * self.piece_bytes))
    }
}

impl Filling {
    /// Of an object of this size, of which nothing is known to be here yet.
    pub fn new(size_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            size_bytes,
            state: Mutex::default(),
            came: Condvar::new(),
            asked: Notify::new(),
        })
    }

    /// Its size.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who reads it.
    pub fn reader(self: &Arc<Self>) -> Reading {
        let mut state = self.lock();
        state.turns += 1;
        let number = state.turns;
        state.readers.insert(number, (number, 0));
        drop(state);
        self.asked.notify_one();
        Reading {
            filling: Arc::clone(self),
            number,
        }
    }

    /// Whether anybody reads it.
    pub fn is_read(&self) -> bool {
        !self.lock().readers.is_empty()
    }

    /// Whether it will not come.
    pub fn has_failed(&self) -> bool {
        self.lock().failed.is_some()
    }

    /// All of it lies in this file.
    pub fn is_whole(&self, file: File) {
        let mut state = self.lock();
        (state.file, state.whole) = (Some(Arc::new(file)), true);
        drop(state);
        self.came.notify_all();
    }

    /// It will not come.
    pub fn fail(&self, why: io::ErrorKind) {
        self.lock().failed = Some(why);
        self.came.notify_all();
    }

    /// A fetch puts it together in this file, where these pieces are already.
    pub(super) fn begin(&self, file: File, size_bytes: u64, piece_bytes: u64, there: Vec<bool>) {
        let mut state = self.lock();
        if size_bytes == self.size_bytes {
            state.file = Some(Arc::new(file));
            (state.piece_bytes, state.there) = (piece_bytes, there);
        } else {
            // Another version: what was read of this one does not go with it.
            state.failed = Some(io::ErrorKind::InvalidData);
        }
        drop(state);
        self.came.notify_all();
    }

    /// A piece is in the file.
    pub(super) fn came(&self, piece: usize) {
        if let Some(there) = self.lock().there.get_mut(piece) {
            *there = true;
        }
        self.came.notify_all();
    }

    /// Which of the pieces that are still wanted is to be fetched next, and whether somebody stands at it.
    pub(super) fn next(&self, wanted: &BTreeSet<usize>) -> Option<(usize, bool)> {
        let state = self.lock();
        let mut stands: Vec<(u64, u64)> = state.readers.values().copied().collect();
        // Whoever asked last first.
        stands.sort_unstable_by(|a, b| b.cmp(a));
        let piece_of = |offset: u64| usize::try_from(offset / state.piece_bytes.max(1)).unwrap_or(usize::MAX);
        let stood_at = stands
            .iter()
            .map(|(_, offset)| piece_of(*offset))
            .find(|piece| wanted.contains(piece));
        if let Some(piece) = stood_at {
            return Some((piece, true));
        }
        let ahead = stands.iter().find_map(|(_, offset)| {
            let until = piece_of(offset.saturating_add(AHEAD_BYTES));
            wanted.range(piece_of(*offset)..=until).next().copied()
        });
        ahead
            .or_else(|| wanted.first().copied())
            .map(|piece| (piece, false))
    }

    /// Waits until a reader stands somewhere else.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }
}

/// Somebody who reads an object while it comes.
#[derive(Debug)]
pub struct Reading {
    filling: Arc<Filling>,
    number: u64,
}

impl Reading {
    /// Size of the object.
    pub fn size_bytes(&self) -> u64 {
        self.filling.size_bytes
    }

    /// Reads what is there from `offset` on; 0 at the end only. `None` when the byte at `offset` is not there yet: it comes first
    /// then.
    ///
    /// # Errors
    /// When it will not come, and trouble with the file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<Option<usize>> {
        if offset >= self.filling.size_bytes {
            return Ok(Some(0));
        }
        let mut state = self.filling.lock();
        if let Some(failed) = state.failed {
            return Err(failed.into());
        }
        state.turns += 1;
        let stands = (state.turns, offset);
        let before = state.readers.insert(self.number, stands);
        let there = state.there_until(offset, self.filling.size_bytes);
        let (Some(until), Some(file)) = (there, state.file.clone()) else {
            drop(state);
            if before.is_none_or(|(_, before)| before != offset) {
                self.filling.asked.notify_one();
            }
            return Ok(None);
        };
        drop(state);
        let together = usize::try_from(until - offset)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let buffer = buffer.get_mut(..together).unwrap_or_default();
        match file.read_at(buffer, offset)? {
            // A file that is shorter than what is known to be in it.
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(Some(count)),
        }
    }

    /// Waits until the byte at `offset` is there or will not come, and no longer than `at_most`.
    pub fn wait(&self, offset: u64, at_most: Duration) {
        let size_bytes = self.filling.size_bytes;
        let missing =
            |state: &mut State| state.failed.is_none() && state.there_until(offset, size_bytes).is_none();
        let waited = self
            .filling
            .came
            .wait_timeout_while(self.filling.lock(), at_most, missing);
        drop(waited);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.filling.lock().readers.remove(&self.number);
    }
}
