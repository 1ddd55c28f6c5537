use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::watch;

/// Time for whatever waits, so that a test or a simulation need not.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// Time since some fixed moment. It never goes back.
    fn now(&self) -> Duration;

    /// Returns when so much time has passed.
    async fn sleep(&self, how_long: Duration);
}

/// The machine's own time.
#[derive(Debug)]
pub struct MachineClock(Instant);

impl Default for MachineClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Clock for MachineClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }
}

/// Turns that others get before time passes: whoever has something to do does it first.
const TURNS: u32 = 8;

/// Time that passes only when somebody sleeps: it jumps to the end of the sleep that ends first, as soon as nobody else has
/// anything to do. For simulations on a runtime with one thread; hours of back-off take no time.
///
/// Work on other threads (a folder lake's) is not waited for: to it time may pass quickly.
#[derive(Debug)]
pub struct VirtualClock {
    now: watch::Sender<Duration>,
    /// When the sleeps end, and a number that tells them apart.
    sleeps: Mutex<(BTreeSet<(Duration, u64)>, u64)>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self {
            now: watch::Sender::new(Duration::ZERO),
            sleeps: Mutex::default(),
        }
    }
}

impl VirtualClock {
    fn sleeps(&self) -> MutexGuard<'_, (BTreeSet<(Duration, u64)>, u64)> {
        self.sleeps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One sleep; also when it is not slept to its end.
struct Sleep<'a> {
    clock: &'a VirtualClock,
    end: (Duration, u64),
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.sleeps().0.remove(&self.end);
        // Another one may end first now.
        self.clock.now.send_modify(|_now| {});
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        *self.now.borrow()
    }

    async fn sleep(&self, how_long: Duration) {
        let sleep = {
            let mut sleeps = self.sleeps();
            sleeps.1 += 1;
            let end = (self.now().saturating_add(how_long), sleeps.1);
            sleeps.0.insert(end);
            Sleep { clock: self, end }
        };
        let mut passing = self.now.subscribe();
        let mut turns = 0;
        while self.now() < sleep.end.0 {
            if self.sleeps().0.first() != Some(&sleep.end) {
                turns = 0;
                // The sender is this clock, so it is there.
                let _seen = passing.changed().await;
            } else if turns < TURNS {
                turns += 1;
                tokio::task::yield_now().await;
            } else {
                self.now.send_modify(|now| *now = (*now).max(sleep.end.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn sleeps_end_in_the_order_of_their_ends_and_take_no_time() {
        let began = Instant::now();
        let clock = Arc::new(VirtualClock::default());
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for hours in [3, 1, 2, 5, 4] {
            let (clock, order) = (Arc::clone(&clock), Arc::clone(&order));
            tasks.spawn(async move {
                clock.sleep(Duration::from_secs(hours * 3600)).await;
                order.lock().unwrap().push((hours, clock.now().as_secs() / 3600));
            });
        }
        {
            // One that is given up does not hold the others up.
            let given_up = clock.sleep(Duration::from_secs(1));
            tokio::pin!(given_up);
            tokio::select! {
                biased;
                () = &mut given_up => {}
                () = tokio::task::yield_now() => {}
            }
        }
        tasks.join_all().await;
        assert_eq!(*order.lock().unwrap(), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
