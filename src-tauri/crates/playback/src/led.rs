//! A film that follows another: what is due is said from outside.

use timebase::Flicks;

use super::{AHEAD_FRAMES, Conductor, Material};
use crate::transport::Change;

impl<M: Material, P: Clone> Conductor<M, P> {
    /// Stands, or runs at `speed`, at this place, which another film says with each of its looks. What lies ahead is decoded as if it
    /// ran by itself.
    pub fn lead(&mut self, now: Flicks, at: Flicks, speed: i8) {
        self.now = now;
        let due = self.material.frame_at(at);
        let ran = self.transport.speed();
        let change = if self.leaps_to(due, speed) {
            Change::Jump
        } else if ran != speed {
            Change::Speed
        } else {
            Change::None
        };
        self.transport.lead(now, at, speed);
        self.changed(now, change);
        let moved = due != self.due;
        // What was due and never shown: the other film went on meanwhile.
        if moved && ran != 0 && change == Change::None && self.shown != Some(self.due) {
            self.counts.dropped += 1;
        }
        self.due = due;
        self.want(now);
        self.show(moved);
    }

    /// Whether going to this frame is a jump: at rest any other frame is one, and when it runs what does not follow by itself.
    fn leaps_to(&self, due: u64, speed: i8) -> bool {
        if due == self.due {
            return false;
        }
        let ahead = (due > self.due) == (speed > 0);
        let near = AHEAD_FRAMES * u64::from(speed.unsigned_abs());
        speed == 0 || !ahead || due.abs_diff(self.due) > near
    }

    /// Keeps frames in one of so many equal shares of the memory it was given.
    pub fn share_cache(&mut self, shares: usize) {
        let forward = !self.backwards;
        self.cache.share(shares, self.due, forward);
        if let Some(picture_bytes) = self.cache.mean_bytes() {
            self.room = (self.cache.limit_bytes() / picture_bytes.max(1)) as u64;
        }
    }
}
