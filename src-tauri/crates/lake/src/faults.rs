//! A lake whose store misbehaves on purpose, for tests and simulations: what a network, a busy service and a crash do to
//! whoever uses a lake. Everything it does follows from its seed and the order of the calls.
//!
//! ```
//! # async fn check(store: std::sync::Arc<dyn lake::Lake>) {
//! use lake::{Lake as _, Key, Put, VirtualClock, faults::{Faulty, Fuse, Outage, Weather}};
//! let clock = std::sync::Arc::new(VirtualClock::default());
//! let lake = Faulty::new(store, 42, clock);
//! // One call in ten is lost on its way back: done, and nobody hears of it.
//! lake.set_weather(Weather { lost: 100, ..Weather::default() });
//! // The process dies at the seventh step; everything after answers `LakeError::Stopped`.
//! lake.set_fuse(Fuse::after(7));
//! // Nobody is signed in any more, until somebody is.
//! lake.set_outage(Some(Outage::SignIn));
//! let key = Key::new("a/b").unwrap();
//! assert!(lake.put(&key, vec![1], Put::CreateOnly).await.is_err());
//! # }
//! ```

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;

pub use crate::chance::Chance;
use crate::{
    ByteRange, Clock, ETag, Key, Labels, Lake, LakeError, Listing, Object, ObjectInfo, Part, Put,
    RestoreSpeed, Upload, Whose,
    events::{Queue, QueuePlace},
};

/// How often a call goes wrong, in so many of a thousand. The default is fine weather.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// The store asks to wait ([`LakeError::Busy`]); nothing is done.
    pub busy: u16,
    /// The store is not reached ([`LakeError::Offline`]); nothing is done.
    pub offline: u16,
    /// Done, and the answer is lost ([`LakeError::Offline`]).
    pub lost: u16,
    /// A body breaks off: a read answers [`LakeError::Broken`], a write is not done and answers [`LakeError::Offline`].
    pub reset: u16,
    /// A read answers fewer bytes than there are, as if they were all.
    pub truncated: u16,
    /// A read answers one wrong bit.
    pub flipped: u16,
    /// A page of a listing ends early and says that more follow.
    pub short_page: u16,
    /// The answer takes its time.
    pub slow: u16,
    /// How long that is at most.
    pub slow_millis_max: u64,
}

impl Weather {
    /// Some of everything that a caller must live with and can: no wrong bytes.
    pub const STORMY: Self = Self {
        busy: 60,
        offline: 40,
        lost: 40,
        reset: 40,
        truncated: 0,
        flipped: 0,
        short_page: 200,
        slow: 100,
        slow_millis_max: 30_000,
    };
}

/// What every call meets until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// No network.
    Offline,
    /// A store that asks everybody to wait.
    Busy,
    /// A sign-in that has ended.
    SignIn,
    /// A bucket that was taken away.
    NoBucket,
    /// Rights that were taken away.
    Forbidden,
    /// No room left; reading goes on.
    Full,
}

impl Outage {
    fn error(self, action: &'static str, key: Option<&Key>) -> Option<LakeError> {
        let source = || "an outage on purpose".into();
        Some(match self {
            Self::Offline => LakeError::Offline(source()),
            Self::Busy => LakeError::Busy(source()),
            Self::SignIn => LakeError::SignIn(source()),
            Self::NoBucket => LakeError::NoBucket {
                bucket: "lake".to_owned(),
                source: source(),
            },
            Self::Forbidden => LakeError::Forbidden {
                action,
                key: key.cloned(),
                source: source(),
            },
            Self::Full if READS.contains(&action) => return None,
            Self::Full => LakeError::Full(io::ErrorKind::StorageFull.into()),
        })
    }
}

/// Calls that change nothing.
const READS: [&str; 8] = [
    "get",
    "get_range",
    "get_to_file",
    "head",
    "list",
    "parts",
    "uploads",
    "labels",
];

/// Burns one step at a time and then the process is dead: for a crash between any two steps. Clones are the same fuse, so that
/// a test's own steps (a queue, a file) burn it too.
///
/// A run with [`Fuse::endless`] counts the steps; a loop over them tries a crash at every one.
#[derive(Clone, Debug)]
pub struct Fuse(Arc<Burning>);

#[derive(Debug)]
struct Burning {
    burnt: AtomicU64,
    length: u64,
}

impl Fuse {
    /// Blows at step `length`, counted from 0.
    pub fn after(length: u64) -> Self {
        Self(Arc::new(Burning {
            burnt: AtomicU64::new(0),
            length,
        }))
    }

    /// Never blows.
    pub fn endless() -> Self {
        Self::after(u64::MAX)
    }

    /// Burns one step.
    ///
    /// # Errors
    /// [`LakeError::Stopped`] when it has blown: what follows does not happen.
    pub fn step(&self) -> Result<(), LakeError> {
        if self.0.burnt.fetch_add(1, Ordering::SeqCst) < self.0.length {
            Ok(())
        } else {
            Err(LakeError::Stopped)
        }
    }

    /// Steps that were burnt.
    pub fn burnt(&self) -> u64 {
        self.0.burnt.load(Ordering::SeqCst).min(self.0.length)
    }

    /// Whether it has blown.
    pub fn is_blown(&self) -> bool {
        self.0.burnt.load(Ordering::SeqCst) > self.0.length
    }
}

/// A lake with faults. Files of the store behind it are not shown ([`Lake::local_file`]), so a folder lake behind it is used
/// like one far away.
pub struct Faulty {
    inner: Arc<dyn Lake>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    weather: Weather,
    outage: Option<Outage>,
    fuse: Fuse,
    chance: Chance,
    calls: BTreeMap<&'static str, u64>,
}

/// What was drawn for one call.
#[derive(Default)]
struct Fate {
    lost: bool,
    slow: Duration,
    truncated: bool,
    flipped: bool,
    short_page: bool,
    draw: u64,
}

impl Faulty {
    /// In fine weather.
    pub fn new(inner: Arc<dyn Lake>, seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            clock,
            state: Mutex::new(State {
                weather: Weather::default(),
                outage: None,
                fuse: Fuse::endless(),
                chance: Chance::new(seed),
                calls: BTreeMap::new(),
            }),
        }
    }

    /// From now on.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Begins or ends an outage.
    pub fn set_outage(&self, outage: Option<Outage>) {
        self.state().outage = outage;
    }

    /// When the process dies. Every call burns two steps, one before it is done and one after; a new fuse is a new process.
    pub fn set_fuse(&self, fuse: Fuse) {
        self.state().fuse = fuse;
    }

    /// How often each call was made, by the name of the method, also where it went wrong.
    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of a call, and its failure where it is not even made.
    fn fate(&self, call: &'static str, key: Option<&Key>) -> Result<Fate, LakeError> {
        let mut state = self.state();
        *state.calls.entry(call).or_default() += 1;
        state.fuse.step()?;
        if let Some(error) = state.outage.and_then(|outage| outage.error(call, key)) {
            return Err(error);
        }
        let weather = state.weather;
        let draw = |odds: u16, state: &mut State| state.chance.per_mille(odds);
        let source = || "a fault on purpose".into();
        if draw(weather.busy, &mut state) {
            return Err(LakeError::Busy(source()));
        }
        if draw(weather.offline, &mut state) {
            return Err(LakeError::Offline(source()));
        }
        if draw(weather.reset, &mut state) {
            return Err(match key {
                Some(key) if READS.contains(&call) => LakeError::Broken(key.clone()),
                _ => LakeError::Offline(source()),
            });
        }
        Ok(Fate {
            lost: draw(weather.lost, &mut state),
            slow: if draw(weather.slow, &mut state) {
                Duration::from_millis(state.chance.below(weather.slow_millis_max.saturating_add(1)))
            } else {
                Duration::ZERO
            },
            truncated: draw(weather.truncated, &mut state),
            flipped: draw(weather.flipped, &mut state),
            short_page: draw(weather.short_page, &mut state),
            draw: state.chance.next(),
        })
    }

    async fn through<T>(
        &self,
        call: &'static str,
        key: Option<&Key>,
        work: impl Future<Output = Result<T, LakeError>> + Send,
    ) -> Result<(T, Fate), LakeError> {
        let fate = self.fate(call, key)?;
        if fate.slow > Duration::ZERO {
            self.clock.sleep(fate.slow).await;
        }
        let done = work.await;
        let fuse = self.state().fuse.clone();
        fuse.step()?;
        if fate.lost {
            return Err(LakeError::Offline("an answer lost on purpose".into()));
        }
        done.map(|answer| (answer, fate))
    }

    /// For answers that no fate can wear.
    async fn whole<T>(
        &self,
        call: &'static str,
        key: Option<&Key>,
        work: impl Future<Output = Result<T, LakeError>> + Send,
    ) -> Result<T, LakeError> {
        self.through(call, key, work).await.map(|(answer, _fate)| answer)
    }
}

/// Bytes as they come through a bad line.
fn worn(mut bytes: Vec<u8>, fate: &Fate) -> Vec<u8> {
    let length = bytes.len();
    let at = usize::try_from(fate.draw % (length as u64).max(1)).unwrap_or_default();
    if fate.flipped
        && let Some(byte) = bytes.get_mut(at)
    {
        *byte ^= 1;
    }
    if fate.truncated {
        bytes.truncate(at);
    }
    bytes
}

#[async_trait]
impl Lake for Faulty {
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<ObjectInfo, LakeError> {
        let work = self.inner.put(key, body, mode);
        self.whole("put", Some(key), work).await
    }

    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<ObjectInfo, LakeError> {
        let work = self.inner.put_file(key, source, mode);
        self.whole("put_file", Some(key), work).await
    }

    async fn get(&self, key: &Key) -> Result<Object, LakeError> {
        let (object, fate) = self.through("get", Some(key), self.inner.get(key)).await?;
        Ok(Object {
            bytes: worn(object.bytes, &fate),
            ..object
        })
    }

    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError> {
        let work = self.inner.get_range(key, range, if_match);
        let (object, fate) = self.through("get_range", Some(key), work).await?;
        Ok(Object {
            bytes: worn(object.bytes, &fate),
            ..object
        })
    }

    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError> {
        let work = self.inner.get_to_file(key, target);
        self.whole("get_to_file", Some(key), work).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectInfo, LakeError> {
        self.whole("head", Some(key), self.inner.head(key)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError> {
        let work = self.inner.list(prefix, after, limit);
        let (mut listing, fate) = self.through("list", None, work).await?;
        // At least one, or a caller that goes on from the last key would have nowhere to go on from.
        if fate.short_page && listing.objects.len() > 1 {
            let kept = 1 + fate.draw % (listing.objects.len() as u64 - 1);
            listing
                .objects
                .truncate(usize::try_from(kept).unwrap_or(usize::MAX));
            listing.more = true;
        }
        Ok(listing)
    }

    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        let work = self.inner.copy(from, to, mode);
        self.whole("copy", Some(from), work).await
    }

    async fn delete(&self, key: &Key) -> Result<(), LakeError> {
        self.whole("delete", Some(key), self.inner.delete(key)).await
    }

    async fn begin_upload(&self, key: &Key) -> Result<Upload, LakeError> {
        let work = self.inner.begin_upload(key);
        self.whole("begin_upload", Some(key), work).await
    }

    async fn put_part(&self, upload: &Upload, number: u32, body: Bytes) -> Result<Part, LakeError> {
        let work = self.inner.put_part(upload, number, body);
        self.whole("put_part", Some(&upload.key), work).await
    }

    async fn parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        let work = self.inner.parts(upload);
        self.whole("parts", Some(&upload.key), work).await
    }

    async fn finish_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let work = self.inner.finish_upload(upload, parts, mode);
        self.whole("finish_upload", Some(&upload.key), work).await
    }

    async fn abort_upload(&self, upload: &Upload) -> Result<(), LakeError> {
        let work = self.inner.abort_upload(upload);
        self.whole("abort_upload", Some(&upload.key), work).await
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>, LakeError> {
        self.whole("uploads", None, self.inner.uploads(prefix)).await
    }

    async fn labels(&self, key: &Key) -> Result<Labels, LakeError> {
        self.whole("labels", Some(key), self.inner.labels(key)).await
    }

    async fn set_labels(&self, key: &Key, labels: &Labels) -> Result<(), LakeError> {
        let work = self.inner.set_labels(key, labels);
        self.whole("set_labels", Some(key), work).await
    }

    async fn restore(&self, key: &Key, days: u32, speed: RestoreSpeed) -> Result<(), LakeError> {
        let work = self.inner.restore(key, days, speed);
        self.whole("restore", Some(key), work).await
    }

    fn queue(&self, place: &QueuePlace) -> Result<Arc<dyn Queue>, LakeError> {
        self.inner.queue(place)
    }

    fn whose(&self, bucket: &str, name: &str) -> Whose {
        self.inner.whose(bucket, name)
    }
}
