//! Moving objects between this machine and a lake: at a pace that all share ([`Pace`]), resumable after a kill at any step
//! ([`Line::send`], [`Line::fetch`]), and many at a time by comparing two listings ([`sync`]).
//!
//! Nothing here knows a database or owns a thread. Every future may be dropped at any moment: that is how a transfer is
//! stopped. What it had done stays, so that the next one goes on; [`Line::give_up`] and [`forget`] take it away.

mod fetch;
mod filling;
mod landing;
mod pace;
mod send;
mod source;
pub mod sync;
mod tree;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

pub use self::{
    fetch::{Fetched, Fetching, forget},
    filling::{Filling, Reading},
    pace::{Claim, Pace, PaceLimits, PaceState, Turn, Way},
    send::{NoSlip, SendState, Sending, Sent, Slip},
};
use crate::{Cause, Clock, Key, Lake, LakeError};

/// Between two reports of one transfer's progress; the first and the last are always made.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// The beginning of the BLAKE3 hash of some bytes, in lower-case hexadecimal digits: what the caller knows of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    /// `None` for what is no such text, or has fewer than 32 digits (128 bits), which are not enough to tell bytes apart.
    pub fn of_hex(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (plain && (32..=64).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// Whether bytes with this hash are the ones.
    pub fn matches(&self, hash: &blake3::Hash) -> bool {
        hash.to_hex().as_str().starts_with(&self.0)
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Self(hash.to_hex().as_str().to_owned())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far one transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have arrived, those of an earlier run included.
    pub done_bytes: u64,
    /// All of them.
    pub total_bytes: u64,
}

/// Why a transfer did not end well.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The lake, or a file on this machine.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The file was written to while it was sent. Nothing of it is in the lake.
    #[error("{} changed while it was sent", .0.display())]
    SourceChanged(PathBuf),
    /// The bytes are not those that were promised.
    #[error("the bytes of {key} are not the ones that were promised")]
    OtherBytes {
        /// Of which object.
        key: Key,
        /// The promise.
        wanted: Digest,
        /// The hash of what was found.
        found: Digest,
    },
    /// A create-only send met other bytes under its key. They stay.
    #[error("the lake holds other bytes under {0}")]
    Clash(Key),
    /// Somebody else puts the same file together at this moment.
    #[error("{} is already being fetched", .0.display())]
    UnderWay(PathBuf),
    /// What is needed to go on could not be kept.
    #[error("the state of a transfer could not be kept")]
    Keep(#[source] Cause),
}

impl TransferError {
    /// Whether the lake as a whole cannot be used as it is, so that other transfers would end the same way: it is not there,
    /// nobody is signed in, there is no such bucket, no room.
    pub const fn is_everybodys(&self) -> bool {
        matches!(
            self,
            Self::Lake(
                LakeError::Offline(_)
                    | LakeError::SignIn(_)
                    | LakeError::NoBucket { .. }
                    | LakeError::Region { .. }
                    | LakeError::Place(_)
                    | LakeError::Full(_)
                    | LakeError::Stopped
            ) | Self::Keep(_)
        )
    }
}

/// Hears how far a transfer is: first, at most ten times a second, last.
pub type Told<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// A lake, the pace at which it is used, and who hears how far things are.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Where to and from.
    pub lake: &'a Arc<dyn Lake>,
    /// Shared by all transfers of a desk.
    pub pace: &'a Pace,
    /// Hears of progress.
    pub told: Told<'a>,
}

/// Counts bytes and reports them.
struct Meter<'a> {
    told: Told<'a>,
    clock: &'a Arc<dyn Clock>,
    progress: Progress,
    last: Option<Duration>,
}

impl<'a> Meter<'a> {
    fn new(line: Line<'a>, total_bytes: u64) -> Self {
        Self {
            told: line.told,
            clock: line.pace.clock(),
            progress: Progress {
                done_bytes: 0,
                total_bytes,
            },
            last: None,
        }
    }

    fn set(&mut self, done_bytes: u64) {
        self.progress.done_bytes = done_bytes;
        let now = self.clock.now();
        let due = self.last.is_none_or(|last| now >= last + REPORT_EVERY);
        if due || done_bytes == self.progress.total_bytes {
            self.last = Some(now);
            (self.told)(self.progress);
        }
    }

    fn add(&mut self, bytes: u64) {
        self.set(self.progress.done_bytes + bytes);
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LakeError> + Send + 'static,
) -> Result<T, LakeError> {
    // Work that has not begun when nobody waits for it any more would make files after those who come next have gone.
    let waited_for = Arc::new(());
    let waits = Arc::downgrade(&waited_for);
    let unless_dropped = move || {
        if waits.strong_count() == 0 {
            return Err(LakeError::Stopped);
        }
        work()
    };
    let done = tokio::task::spawn_blocking(unless_dropped).await;
    drop(waited_for);
    match done {
        Ok(done) => done,
        // A defect of ours: it must not look like a lake that could not be used.
        Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
        Err(_stopped) => Err(LakeError::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{MemoryLake, VirtualClock};

    #[test]
    fn a_digest_is_the_beginning_of_a_hash() {
        let hash = blake3::hash(b"film");
        let hex = hash.to_hex();
        for length in [32, 40, 64] {
            assert!(Digest::of_hex(&hex[..length]).unwrap().matches(&hash), "{length}");
        }
        assert!(!Digest::from(blake3::hash(b"other")).matches(&hash));
        for wrong in [&hex[..30], &hex.to_uppercase()[..32], "zz", ""] {
            assert_eq!(Digest::of_hex(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn progress_is_told_first_last_and_ten_times_a_second() {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::default());
        let lake: Arc<dyn Lake> = Arc::new(MemoryLake::default());
        let pace = Pace::new(PaceLimits::default(), Arc::clone(&clock), 1);
        let heard = Mutex::new(Vec::new());
        let told = |progress: Progress| heard.lock().unwrap().push(progress.done_bytes);
        let line = Line {
            lake: &lake,
            pace: &pace,
            told: &told,
        };
        let mut meter = Meter::new(line, 200);
        for _step in 0..100 {
            meter.add(1);
            clock.sleep(Duration::from_millis(10)).await;
        }
        meter.set(200);
        assert_eq!(
            *heard.lock().unwrap(),
            [1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 200]
        );
    }
}
