use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroU64,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{oneshot, watch};

use crate::{Clock, LakeError, chance::Chance};

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Into the lake.
    Up,
    /// Out of it.
    Down,
}

/// How hard a lake may be worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceLimits {
    /// Requests at once to begin with.
    pub at_once_first: u32,
    /// Requests at once when all goes well; never more.
    pub at_once_max: u32,
    /// Bytes of bodies held in memory at once; a single larger one still goes, alone.
    pub memory_bytes_max: u64,
    /// How often one request is made before its fault counts.
    pub tries_max: u32,
    /// The wait after the first try, at most; doubled after each.
    pub wait_first: Duration,
    /// No wait is longer.
    pub wait_max: Duration,
    /// Bytes a second into the lake; `None` for as fast as it goes.
    pub up_bytes_per_sec: Option<NonZeroU64>,
    /// Bytes a second out of it.
    pub down_bytes_per_sec: Option<NonZeroU64>,
}

impl Default for PaceLimits {
    fn default() -> Self {
        Self {
            at_once_first: 16,
            at_once_max: 32,
            memory_bytes_max: 192 << 20,
            tries_max: 8,
            wait_first: Duration::from_millis(200),
            wait_max: Duration::from_secs(20),
            up_bytes_per_sec: None,
            down_bytes_per_sec: None,
        }
    }
}

/// What a request asks of the pace before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which way its body goes.
    pub way: Way,
    /// How long its body is.
    pub bytes: u64,
    /// Before all that are not urgent: somebody waits in front of the screen.
    pub urgent: bool,
}

/// What the pace is like, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceState {
    /// Requests that may be made at once now.
    pub at_once: u32,
    /// Requests under way.
    pub under_way: u32,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Nothing new is begun until [`Pace::resume`].
    pub paused: bool,
    /// How often the lake asked to wait.
    pub busy_answers: u64,
}

/// The pace at which all transfers of a desk use a lake together. Clones are the same pace.
///
/// Requests at once grow by one for every round that goes well, and are halved, once a round, when the lake asks to wait
/// ([`LakeError::Busy`]). Passing faults are tried again after waits that double and are shortened at random, so that many
/// desks do not come back together. Bodies are held to a number of bytes a second where one is set.
#[derive(Clone)]
pub struct Pace(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    limits: PaceLimits,
    state: Mutex<State>,
    /// Counts changes of caps and pauses, so that who sleeps for them thinks again.
    changed: watch::Sender<u64>,
}

struct State {
    /// Requests at once, in thousandths.
    at_once_milli: u64,
    under_way: u32,
    bytes_held: u64,
    memory_bytes_max: u64,
    paused: bool,
    /// Nothing is begun before this moment.
    not_before: Duration,
    /// How often the number was cut: an answer to a request from before a cut does not cut again.
    cuts: u64,
    busy_answers: u64,
    urgent: VecDeque<Waiting>,
    usual: VecDeque<Waiting>,
    up: Bucket,
    down: Bucket,
    chance: Chance,
}

struct Waiting {
    bytes: u64,
    turn: oneshot::Sender<Turn>,
}

/// Bytes that may go now. Debt is allowed: a large body goes at once and those after it wait.
#[derive(Clone, Copy)]
struct Bucket {
    bytes_per_sec: Option<NonZeroU64>,
    left: i128,
    at: Duration,
}

impl Bucket {
    const fn new(bytes_per_sec: Option<NonZeroU64>) -> Self {
        Self {
            bytes_per_sec,
            left: 0,
            at: Duration::ZERO,
        }
    }

    /// Takes so many bytes, or says how long to wait before asking again.
    fn take(&mut self, bytes: u64, now: Duration) -> Result<(), Duration> {
        let Some(rate) = self.bytes_per_sec else {
            return Ok(());
        };
        let rate = u128::from(rate.get());
        let gained = now.saturating_sub(self.at).as_nanos().saturating_mul(rate) / 1_000_000_000;
        // What nobody used is lost, but for a tenth of a second.
        let most = i128::try_from(rate / 10).unwrap_or(i128::MAX);
        self.left = self
            .left
            .saturating_add(i128::try_from(gained).unwrap_or(i128::MAX))
            .min(most);
        self.at = now;
        if self.left >= 0 {
            self.left -= i128::from(bytes);
            return Ok(());
        }
        let nanos = (self.left.unsigned_abs().saturating_mul(1_000_000_000)).div_ceil(rate);
        Err(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// The right to make one request; given back when it is dropped.
pub struct Turn {
    pace: Pace,
    claim_bytes: u64,
    cuts: u64,
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pace").field(&self.state()).finish()
    }
}

impl Pace {
    /// `seed` only shortens waits differently from other desks'.
    pub fn new(limits: PaceLimits, clock: Arc<dyn Clock>, seed: u64) -> Self {
        let state = State {
            at_once_milli: u64::from(limits.at_once_first.clamp(1, limits.at_once_max.max(1))) * 1000,
            under_way: 0,
            bytes_held: 0,
            memory_bytes_max: limits.memory_bytes_max,
            paused: false,
            not_before: Duration::ZERO,
            cuts: 0,
            busy_answers: 0,
            urgent: VecDeque::new(),
            usual: VecDeque::new(),
            up: Bucket::new(limits.up_bytes_per_sec),
            down: Bucket::new(limits.down_bytes_per_sec),
            chance: Chance::new(seed),
        };
        Self(Arc::new(Shared {
            clock,
            limits,
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        }))
    }

    /// The time that waits go by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Requests at once when all goes well.
    pub fn at_once_max(&self) -> u32 {
        self.0.limits.at_once_max
    }

    /// Sets how many bytes a second may go one way, from now on; `None` for as many as go.
    pub fn set_cap(&self, way: Way, bytes_per_sec: Option<NonZeroU64>) {
        {
            let now = self.0.clock.now();
            let mut state = self.lock();
            let bucket = state.bucket(way);
            // Nobody waits for a debt of the old cap.
            *bucket = Bucket {
                at: now,
                ..Bucket::new(bytes_per_sec)
            };
        }
        self.tell();
    }

    /// How many bytes a second may go one way.
    pub fn cap(&self, way: Way) -> Option<NonZeroU64> {
        self.lock().bucket(way).bytes_per_sec
    }

    /// Begins nothing new. Requests under way go on to their end.
    pub fn pause(&self) {
        self.lock().paused = true;
        self.tell();
    }

    /// Goes on.
    pub fn resume(&self) {
        self.lock().paused = false;
        self.tell();
        self.hand_out();
    }

    /// What it is like now.
    pub fn state(&self) -> PaceState {
        let state = self.lock();
        PaceState {
            at_once: state.at_once(),
            under_way: state.under_way,
            waiting: state.urgent.len() + state.usual.len(),
            paused: state.paused,
            busy_answers: state.busy_answers,
        }
    }

    /// Waits until a request may be made.
    pub async fn turn(&self, claim: Claim) -> Turn {
        loop {
            self.allow(claim).await;
            let turn = self.next_turn(claim).await;
            let wait = {
                let state = self.lock();
                if state.paused {
                    None
                } else {
                    Some(state.not_before.saturating_sub(self.0.clock.now()))
                }
            };
            match wait {
                Some(Duration::ZERO) => return turn,
                Some(wait) => {
                    self.0.clock.sleep(wait).await;
                    if !self.lock().paused {
                        return turn;
                    }
                }
                None => {}
            }
        }
    }

    /// Makes a request, and makes it again after passing faults.
    ///
    /// # Errors
    /// The last fault.
    pub async fn attempt<T, F>(&self, claim: Claim, work: impl FnMut() -> F) -> Result<T, LakeError>
    where
        F: Future<Output = Result<T, LakeError>>,
    {
        self.turn(claim).await.attempt(claim, work).await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits for the cap of bytes a second.
    async fn allow(&self, claim: Claim) {
        if claim.bytes == 0 {
            return;
        }
        loop {
            let mut changed = self.0.changed.subscribe();
            let wait = {
                let mut state = self.lock();
                let now = self.0.clock.now();
                state.bucket(claim.way).take(claim.bytes, now)
            };
            let Err(wait) = wait else { return };
            tokio::select! {
                () = self.0.clock.sleep(wait) => {}
                _ = changed.changed() => {}
            }
        }
    }

    async fn next_turn(&self, claim: Claim) -> Turn {
        loop {
            let granted = {
                let mut state = self.lock();
                if state.has_room(claim.bytes) && state.none_before(claim.urgent) {
                    state.begin(claim.bytes);
                    return self.granted(claim.bytes, state.cuts);
                }
                let (sender, receiver) = oneshot::channel();
                state.queue(claim.urgent).push_back(Waiting {
                    bytes: claim.bytes,
                    turn: sender,
                });
                receiver
            };
            // A sender is only dropped with its turn sent.
            if let Ok(turn) = granted.await {
                return turn;
            }
        }
    }

    fn granted(&self, claim_bytes: u64, cuts: u64) -> Turn {
        Turn {
            pace: self.clone(),
            claim_bytes,
            cuts,
        }
    }

    /// Gives turns to those who wait, urgent ones first.
    fn hand_out(&self) {
        loop {
            let (waiting, cuts) = {
                let mut state = self.lock();
                let urgent = state.next_in(true).is_some();
                let Some(bytes) = state.next_in(urgent) else {
                    return;
                };
                if !state.has_room(bytes) {
                    return;
                }
                let Some(waiting) = state.queue(urgent).pop_front() else {
                    return;
                };
                state.begin(bytes);
                (waiting, state.cuts)
            };
            // Outside the lock: a turn that nobody takes any more gives itself back.
            drop(waiting.turn.send(self.granted(waiting.bytes, cuts)));
        }
    }

    /// The wait before the next try.
    fn back_off(&self, tried: u32) -> Duration {
        let limits = &self.0.limits;
        let most = limits
            .wait_first
            .saturating_mul(2u32.saturating_pow(tried))
            .min(limits.wait_max);
        let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        // At least half of it, so that a busy lake is left alone for a while.
        let jitter = self.lock().chance.below(millis / 2 + 1);
        Duration::from_millis(millis - jitter)
    }
}

impl State {
    fn at_once(&self) -> u32 {
        u32::try_from(self.at_once_milli / 1000)
            .unwrap_or(u32::MAX)
            .max(1)
    }

    fn has_room(&self, bytes: u64) -> bool {
        // One that is larger than all that may be held goes when there is no other.
        let fits = self.bytes_held == 0 || self.bytes_held.saturating_add(bytes) <= self.memory_bytes_max;
        !self.paused && self.under_way < self.at_once() && fits
    }

    fn none_before(&self, urgent: bool) -> bool {
        self.urgent.is_empty() && (urgent || self.usual.is_empty())
    }

    const fn queue(&mut self, urgent: bool) -> &mut VecDeque<Waiting> {
        if urgent { &mut self.urgent } else { &mut self.usual }
    }

    /// The bytes of who is next in a queue; who no longer waits is passed over.
    fn next_in(&mut self, urgent: bool) -> Option<u64> {
        let queue = self.queue(urgent);
        while queue.front().is_some_and(|waiting| waiting.turn.is_closed()) {
            queue.pop_front();
        }
        queue.front().map(|waiting| waiting.bytes)
    }

    const fn bucket(&mut self, way: Way) -> &mut Bucket {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }

    const fn begin(&mut self, bytes: u64) {
        self.under_way += 1;
        self.bytes_held += bytes;
    }
}

impl Turn {
    /// Makes a request with this turn, and makes it again, each time with a new turn, after passing faults.
    ///
    /// # Errors
    /// The last fault.
    pub async fn attempt<T, F>(self, claim: Claim, mut work: impl FnMut() -> F) -> Result<T, LakeError>
    where
        F: Future<Output = Result<T, LakeError>>,
    {
        let mut turn = self;
        let mut tried = 0;
        loop {
            let error = match work().await {
                Ok(answer) => {
                    turn.went_well();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if matches!(error, LakeError::Busy(_)) {
                turn.was_refused(tried);
            }
            tried += 1;
            if !error.is_passing() || tried >= turn.pace.0.limits.tries_max {
                return Err(error);
            }
            let pace = turn.pace.clone();
            // Others use the turn while this one waits.
            drop(turn);
            tracing::debug!(tried, "a request is made again: {error}");
            pace.0.clock.sleep(pace.back_off(tried - 1)).await;
            turn = pace.turn(claim).await;
        }
    }

    fn went_well(&self) {
        let mut state = self.pace.lock();
        // Only who uses all there is learns whether more would do.
        if state.under_way >= state.at_once() {
            let more = 1000 / u64::from(state.at_once());
            let most = u64::from(self.pace.0.limits.at_once_max.max(1)) * 1000;
            state.at_once_milli = (state.at_once_milli + more.max(1)).min(most);
        }
    }

    fn was_refused(&self, tried: u32) {
        let wait = self.pace.back_off(tried);
        let now = self.pace.0.clock.now();
        let mut state = self.pace.lock();
        state.busy_answers += 1;
        if state.cuts == self.cuts {
            state.cuts += 1;
            state.at_once_milli = (state.at_once_milli / 2).max(1000);
            state.not_before = state.not_before.max(now + wait);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let mut state = self.pace.lock();
            state.under_way -= 1;
            state.bytes_held -= self.claim_bytes;
        }
        self.pace.hand_out();
    }
}

#[cfg(test)]
mod tests;
