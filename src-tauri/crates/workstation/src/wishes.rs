//! What is wanted here of a lake elsewhere, and what of it is on its way.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use fault::{Code, Fault};
use lake::Key;
use lake::transfer::Filling;
use ledger::AssetId;

use crate::arrivals::asset_of;
use crate::lakeside::GoOn;
use crate::views::TransferView;

/// Wishes that wait, at most; more forget the oldest.
const WISHES: usize = 1000;
/// How often whoever waits for another's fetching looks up.
const LOOK_UP: Duration = Duration::from_millis(200);
/// How often it is told how much has come.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How often a use of a copy is written down.
const TOUCH_EVERY: Duration = Duration::from_secs(100);
/// Copies whose last use is remembered in memory.
const TOUCHED: usize = 20_000;

/// An object that is wanted here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub asset: AssetId,
    pub key: Key,
    pub size_bytes: u64,
    /// What its bytes hash to, where that is known.
    pub blake3: Option<String>,
}

#[derive(Default)]
struct State {
    wishes: VecDeque<Wish>,
    /// What is being fetched: all its bytes, and those that have come.
    coming: BTreeMap<Key, (u64, u64)>,
    touched: BTreeMap<String, Instant>,
    /// Why the last try of a wish ended, until it is wished for again.
    failed: BTreeMap<Key, Fault>,
    /// When it was last told how much has come.
    told: Option<Instant>,
    /// What can be read while it comes.
    fillings: BTreeMap<Key, Weak<Filling>>,
}

impl State {
    fn is_read(&self, key: &Key) -> bool {
        let filling = self.fillings.get(key).and_then(Weak::upgrade);
        filling.is_some_and(|filling| filling.is_read())
    }
}

/// What is on its way to this machine.
#[derive(Default)]
pub(crate) struct Arrivals {
    state: Mutex<State>,
    changed: Condvar,
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on its way, and how far it has come.
    pub fn views(&self) -> Vec<TransferView> {
        let state = self.lock();
        let view = |key: &Key, size_bytes, done_bytes| TransferView {
            key: key.as_str().to_owned(),
            asset: asset_of(key).map(|asset| asset.to_string()),
            size_bytes,
            done_bytes,
            refused: None,
        };
        let coming = state
            .coming
            .iter()
            .map(|(key, (size, done))| view(key, *size, Some(*done)));
        let waiting = state
            .wishes
            .iter()
            .map(|wish| view(&wish.key, wish.size_bytes, None));
        coming.chain(waiting).collect()
    }

    /// How much of an object that is being fetched has come, in thousandths.
    pub fn permille(&self, key: &Key) -> Option<u16> {
        let state = self.lock();
        let (size, done) = state.coming.get(key)?;
        let permille = done.saturating_mul(1000).checked_div(*size)?;
        u16::try_from(permille.min(1000)).ok()
    }

    /// Takes the fetching of `key` upon this thread, or waits until another has done it; the guard gives it back. None when
    /// another has done it.
    pub fn take_upon<'a>(
        &'a self,
        key: &'a Key,
        size_bytes: u64,
        go_on: &mut GoOn<'_>,
    ) -> Result<Option<Claim<'a>>, Fault> {
        let taken = self.claim(key, size_bytes, go_on)?;
        Ok(taken.then_some(Claim { arrivals: self, key }))
    }

    /// Takes the fetching of `key` upon this thread, or waits until another has done it. False when another has.
    fn claim(&self, key: &Key, size_bytes: u64, go_on: &mut GoOn<'_>) -> Result<bool, Fault> {
        let mut state = self.lock();
        let mut waited = false;
        while state.coming.contains_key(key) {
            waited = true;
            state = self
                .changed
                .wait_timeout(state, LOOK_UP)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if go_on().is_break() {
                return Err(Fault::new(Code::Cancelled, "Stopped."));
            }
        }
        if waited {
            return Ok(false);
        }
        state.coming.insert(key.clone(), (size_bytes, 0));
        Ok(true)
    }

    /// So many bytes of an object have come. Whether that is worth telling: once a second.
    pub fn has_come(&self, key: &Key, done_bytes: u64) -> bool {
        let mut state = self.lock();
        if let Some(coming) = state.coming.get_mut(key) {
            coming.1 = done_bytes;
        }
        let now = Instant::now();
        let is_due = state
            .told
            .is_none_or(|told| now.duration_since(told) >= TELL_EVERY);
        if is_due {
            state.told = Some(now);
        }
        is_due
    }

    fn release(&self, key: &Key) {
        self.lock().coming.remove(key);
        self.changed.notify_all();
    }

    /// Whether that is a new wish.
    pub fn wish(&self, wish: Wish) -> bool {
        let mut state = self.lock();
        state.failed.remove(&wish.key);
        if state.coming.contains_key(&wish.key) {
            return false;
        }
        if let Some(at) = state.wishes.iter().position(|other| other.key == wish.key) {
            // Somebody who reads it waits; whoever only lists it does not.
            if state.is_read(&wish.key)
                && let Some(known) = state.wishes.remove(at)
            {
                state.wishes.push_front(known);
            }
            return false;
        }
        // The newest is what somebody looks at now.
        state.wishes.push_front(wish);
        state.wishes.truncate(WISHES);
        true
    }

    /// Puts a wish that could not be met yet behind the others.
    pub fn again(&self, wish: Wish) {
        let mut state = self.lock();
        if state.wishes.len() < WISHES {
            state.wishes.push_back(wish);
        }
    }

    /// The wish to be met next; only one that somebody reads already, where that is all there is time for.
    pub fn next(&self, read_only: bool) -> Option<Wish> {
        let mut state = self.lock();
        let read = (0..state.wishes.len()).find(|at| {
            let wish = state.wishes.get(*at);
            wish.is_some_and(|wish| state.is_read(&wish.key))
        });
        match read {
            Some(at) => state.wishes.remove(at),
            None if read_only => None,
            None => state.wishes.pop_front(),
        }
    }

    /// Whether somebody reads what nobody is fetching yet.
    pub fn is_read_and_waits(&self) -> bool {
        let state = self.lock();
        state.wishes.iter().any(|wish| state.is_read(&wish.key))
    }

    /// Where an object is read while it comes.
    pub fn filling(&self, key: &Key, size_bytes: u64) -> Arc<Filling> {
        let mut state = self.lock();
        let known = state.fillings.get(key).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| known.size_bytes() == size_bytes && !known.has_failed()) {
            return known;
        }
        let filling = Filling::new(size_bytes);
        state.fillings.retain(|_, filling| filling.strong_count() > 0);
        state.fillings.insert(key.clone(), Arc::downgrade(&filling));
        filling
    }

    /// Whether an object is read while it comes.
    pub fn is_read(&self, key: &Key) -> bool {
        self.lock().is_read(key)
    }

    /// A wish cannot be met. Whoever reads what has come of it is told.
    pub fn fail(&self, wish: Wish, fault: Fault) {
        let mut state = self.lock();
        if let Some(filling) = state
            .fillings
            .remove(&wish.key)
            .and_then(|filling| filling.upgrade())
        {
            filling.fail(io::ErrorKind::Other);
        }
        if state.failed.len() >= WISHES {
            state.failed.clear();
        }
        state.failed.insert(wish.key, fault);
    }

    /// Whether the last try of a wish failed.
    pub fn has_failed(&self, key: &Key) -> bool {
        self.lock().failed.contains_key(key)
    }

    /// Why the last try failed; told once.
    pub fn failed(&self, key: &Key) -> Option<Fault> {
        self.lock().failed.remove(key)
    }

    /// Whether a use is to be written down.
    pub fn touches(&self, key: &Key) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        if state
            .touched
            .get(key.as_str())
            .is_some_and(|at| now.duration_since(*at) < TOUCH_EVERY)
        {
            return false;
        }
        if state.touched.len() >= TOUCHED {
            state.touched.clear();
        }
        state.touched.insert(key.as_str().to_owned(), now);
        true
    }
}

/// The fetching of one object that this thread has taken upon itself.
pub(crate) struct Claim<'a> {
    arrivals: &'a Arrivals,
    key: &'a Key,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.arrivals.release(self.key);
    }
}
