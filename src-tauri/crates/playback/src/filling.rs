//! What is decoded around a playhead that rests.

use timebase::Flicks;

use super::Conductor;
use crate::transport::Material;

/// How long the playhead must rest before its surroundings are decoded too.
const REST: Flicks = Flicks(timebase::FLICKS_PER_SEC / 4);
/// What is decoded around a resting playhead of a long group: steps either way, at a cost that does not grow with the cache. What lies
/// ahead comes first and costs little. For what lies behind the decoder goes back to the keyframe, and whoever plays meanwhile sees
/// what lies ahead until it is back: at most times a second is enough for that.
pub(super) const FILL_BEHIND: u64 = 16;
const FILL_AHEAD: u64 = 24;
/// Deadline of a frame that fills the surroundings: far enough never to be late.
pub(super) const FILL_BY: Flicks = Flicks(timebase::FLICKS_PER_SEC * 60);

/// What of its surroundings a resting playhead was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    Nothing,
    /// Of a long group what lies ahead.
    Ahead,
    Whole,
}

impl<M: Material, P: Clone> Conductor<M, P> {
    /// At rest the surroundings of the playhead are decoded, a short group whole, so that stepping either way is at once.
    pub(super) fn fill(&mut self, now: Flicks) {
        if self.filled != Filled::Nothing
            || now.0 - self.rest_since.0 < REST.0
            || !self.cache.contains(self.due)
        {
            return;
        }
        let ahead = (self.group / 2).min(self.room / 4).min(FILL_AHEAD);
        let behind = if self.group <= self.most_behind() {
            self.filled = Filled::Whole;
            self.due % self.group + 1
        } else {
            self.filled = Filled::Ahead;
            0
        };
        self.want_around(now, behind, ahead);
    }

    /// At rest, when nothing else is to be done: what lies behind in a long group. Answers whether that was to be thought of.
    pub(super) fn fill_behind(&mut self, now: Flicks) -> bool {
        if self.filled != Filled::Ahead || self.transport.speed() != 0 {
            return false;
        }
        self.filled = Filled::Whole;
        self.want_around(now, self.most_behind(), 0);
        true
    }

    fn most_behind(&self) -> u64 {
        FILL_BEHIND.min(self.room / 2)
    }

    fn want_around(&mut self, now: Flicks, behind: u64, ahead: u64) {
        let last = self.material.frames().saturating_sub(1);
        for frame in self.due.saturating_sub(behind)..=(self.due + ahead).min(last) {
            if !self.usable(frame) {
                let away = frame.abs_diff(self.due) as i64;
                self.queue.want(frame, Flicks(now.0 + FILL_BY.0 + away));
            }
        }
    }

    /// How long nothing will happen unless someone acts or a frame arrives: `None` for ever.
    pub fn quiet_for(&self, now: Flicks) -> Option<Flicks> {
        if self.transport.speed() != 0 {
            return Some(Flicks::ZERO);
        }
        (self.filled == Filled::Nothing).then(|| Flicks((self.rest_since.0 + REST.0 - now.0).max(0)))
    }
}
