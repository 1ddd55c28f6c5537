//! What waits for the drawing thread: of each thing only the newest, so that nothing queues up.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use api::{
    Over,
    wire::{StageGuides, StageRect},
};
use stage::{TimelineScene, TimelineView};

use super::{Beside, HostFacts, Reel, SURFACES};

/// A placeholder's rectangle, the scale, and whether it shows.
pub(super) type Placing = (StageRect, f64, bool);

/// Changes since the drawing thread last looked.
#[derive(Default)]
pub(super) struct News {
    pub(super) places: [Option<Placing>; SURFACES],
    pub(super) holes: Option<Vec<StageRect>>,
    pub(super) origin: Option<(i32, i32)>,
    pub(super) shown: Option<bool>,
    pub(super) timeline: Option<(Arc<TimelineScene>, TimelineView)>,
    pub(super) over: Option<Arc<Over>>,
    pub(super) guides: Option<StageGuides>,
    /// The picture shown now is to be kept as the still that others are compared with.
    pub(super) grab: bool,
    /// Loudness is to be measured anew.
    pub(super) reset_meter: bool,
    /// The viewer got something else to play.
    pub(super) reel_changed: bool,
    /// Another film follows it, or none any more.
    pub(super) beside_changed: bool,
    /// The player may have a picture.
    pub(super) tick: bool,
    /// The window system lost parts of what was drawn.
    pub(super) exposed: bool,
    /// The viewer shall have a window of its own, or come back into the desk's.
    pub(super) detach: Option<bool>,
    /// That window shall fill its display, or no longer.
    pub(super) fill_detached: bool,
    /// That window's size in device pixels, and whether it shows.
    pub(super) detached_size: Option<(u32, u32)>,
    pub(super) detached_shown: Option<bool>,
    /// A test wants the graphics device broken.
    pub(super) lose_device: bool,
}

#[derive(Default)]
struct State {
    news: News,
    any: bool,
    closed: bool,
    reel: Option<Reel>,
    /// Follows the reel.
    beside: Option<Beside>,
    /// Counts the players that came with reels.
    reels: u32,
    facts: HostFacts,
}

impl State {
    /// What is kept of two films takes no more than what is kept of one.
    fn share(&self) {
        let shares = if self.beside.is_some() { 2 } else { 1 };
        let players = [
            self.reel.as_ref().map(|reel| &reel.player),
            self.beside.as_ref().map(|beside| &beside.player),
        ];
        for player in players.into_iter().flatten() {
            player.share_cache(shares);
        }
    }
}

/// The meeting point of the stage's threads.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
    /// For the pump: the drawing thread took the tick, or there is another reel.
    taken: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain values here that are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut News)) {
        let mut state = self.lock();
        change(&mut state.news);
        state.any = true;
        drop(state);
        self.changed.notify_one();
    }

    /// Everything new, once something is, or nothing after `at_most`. `None` when the stage closes.
    pub(super) fn take(&self, at_most: Option<Duration>) -> Option<News> {
        let mut state = self.lock();
        while !state.any && !state.closed {
            state = match at_most {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(most) => {
                    let (mut state, timeout) = self
                        .changed
                        .wait_timeout(state, most)
                        .unwrap_or_else(PoisonError::into_inner);
                    if timeout.timed_out() {
                        state.any = true;
                    }
                    state
                }
            };
        }
        if state.closed {
            return None;
        }
        state.any = false;
        let news = std::mem::take(&mut state.news);
        drop(state);
        self.taken.notify_all();
        Some(news)
    }

    pub(super) fn set_reel(&self, reel: Option<Reel>) {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.reel, reel);
        let is_other = state.reel.as_ref().is_some_and(|now| {
            before
                .as_ref()
                .is_none_or(|before| !Arc::ptr_eq(&before.player, &now.player))
        });
        // It never comes back to 0, which stands for none.
        state.reels = state.reels.saturating_add(u32::from(is_other));
        state.share();
        state.news.reel_changed = true;
        state.any = true;
        drop(state);
        self.changed.notify_one();
        self.taken.notify_all();
        // The old player may wait for its sound when it goes: not under the lock.
        drop(before);
    }

    pub(super) fn set_beside(&self, beside: Option<Beside>) {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.beside, beside);
        state.share();
        state.news.beside_changed = true;
        state.any = true;
        drop(state);
        self.changed.notify_one();
        self.taken.notify_all();
        drop(before);
    }

    pub(super) fn beside(&self) -> Option<Beside> {
        self.lock().beside.clone()
    }

    pub(super) fn reel(&self) -> Option<Reel> {
        self.lock().reel.clone()
    }

    /// How many players there were; another number means that another one plays.
    pub(super) fn reels(&self) -> u32 {
        self.lock().reels
    }

    /// The reel, as soon as there is one. `None` when the stage closes.
    pub(super) fn wait_for_reel(&self) -> Option<Reel> {
        let state = self.lock();
        let state = self
            .taken
            .wait_while(state, |s| s.reel.is_none() && !s.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed { None } else { state.reel.clone() }
    }

    /// The film that follows, as soon as there is one. `None` when the stage closes.
    pub(super) fn wait_for_beside(&self) -> Option<Beside> {
        let state = self.lock();
        let state = self
            .taken
            .wait_while(state, |s| s.beside.is_none() && !s.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed { None } else { state.beside.clone() }
    }

    /// Says that the player may have a picture and waits until the drawing thread saw it.
    pub(super) fn tick_and_wait(&self) {
        self.change(|news| news.tick = true);
        let state = self.lock();
        drop(
            self.taken
                .wait_while(state, |s| s.news.tick && !s.closed)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    pub(super) fn facts(&self) -> HostFacts {
        self.lock().facts.clone()
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut HostFacts)) {
        note(&mut self.lock().facts);
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let gone = (state.reel.take(), state.beside.take());
        drop(state);
        self.changed.notify_all();
        self.taken.notify_all();
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_of_each_thing_waits() {
        let inbox = Inbox::default();
        let at = |x: f64| {
            Some((
                StageRect {
                    x,
                    y: 0.0,
                    width: 1.0,
                    height: 1.0,
                },
                1.0,
                true,
            ))
        };
        inbox.change(|news| news.places[0] = at(1.0));
        inbox.change(|news| news.places[0] = at(2.0));
        inbox.change(|news| news.shown = Some(false));
        let news = inbox.take(None).unwrap();
        assert_eq!(news.places[0], at(2.0));
        assert_eq!(news.shown, Some(false));
        let later = inbox.take(Some(Duration::from_millis(1))).unwrap();
        assert!(later.places[0].is_none() && later.shown.is_none());
        inbox.close();
        assert!(inbox.take(None).is_none());
    }
}
