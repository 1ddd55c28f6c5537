//! The heart of playback: pure, told the time and what was decoded, it says what to show, what to decode and what to sound.

use std::collections::HashSet;

use timebase::Flicks;

use self::filling::{FILL_BY, Filled};
use crate::cache::FrameCache;
use crate::job::{Counts, InFlight, Job};
use crate::queue::DeadlineQueue;
use crate::transport::{Act, Change, Material, Transport};
use crate::wish::{SoundState, SoundWish, Sounding};

/// Frames asked for ahead of the playhead.
const AHEAD_FRAMES: u64 = 12;
/// How far a jump goes at most that is a step or a drag of the hand, in frames: then what lies about it is wanted next.
const NEAR_FRAMES: u64 = 16;
/// How long work that nobody waits for any more is let run, because most of it ends within.
const GRACE: Flicks = Flicks(timebase::FLICKS_PER_SEC / 20);
/// How long a picture may stand under a moving hand before any newer one is better than going on looking for the newest.
const STARVED: Flicks = Flicks(timebase::FLICKS_PER_SEC / 4);
/// What is decoded at first behind a hand that goes back: some steps are all that most hands take, and what comes before is as
/// dear. For one that goes on it is twice what it has gone.
const BACK_FRAMES: u64 = 72;
/// How many frames behind the playhead are kept while the film runs on: as many as a hand that goes back then wants at once. More
/// would be fresh memory for every picture, and to have it cleared by the system costs a seventh of what decoding does.
const KEPT_FRAMES: u64 = BACK_FRAMES;
/// How near a hand that goes back must be to what is not decoded before a pass is made for it: a key that is held down takes about
/// as long as a long group. Sooner would be for frames that most hands never see.
const SOON_FRAMES: u64 = 24;
/// The fastest speed, either way, at which sound is heard.
const FASTEST_HEARD: u8 = 2;

/// How far apart looks at the playhead are until that is known: a display's usual 60 a second.
const LOOK: Flicks = Flicks(timebase::FLICKS_PER_SEC / 60);
/// Looks further apart than this are no pace to reckon with.
const LOOK_MAX: Flicks = Flicks(timebase::FLICKS_PER_SEC / 24);

/// How long the piece is that is heard under a hand: two frames, but nothing that is too short to be heard as more than a
/// tick, or long enough to lag behind.
const PIECE_FRAMES: u64 = 2;
const PIECE_MIN: Flicks = Flicks(timebase::FLICKS_PER_SEC / 1000 * 30);
const PIECE_MAX: Flicks = Flicks(timebase::FLICKS_PER_SEC / 1000 * 80);

pub(crate) struct Conductor<M, P> {
    pub material: M,
    pub transport: Transport,
    queue: DeadlineQueue,
    cache: FrameCache<P>,
    /// Frames that decode together in the file.
    group: u64,
    /// Frames that fit the cache, by the size of the last one; all of them before there is one.
    room: u64,
    generation: u64,
    in_flight: Option<InFlight>,
    /// The frame decoded last.
    decoded: u64,
    /// The first frame that the last jump makes wanted, up to where it went.
    wanted_from: u64,
    /// Whether the hand last went back a little.
    backwards: bool,
    /// How far it has gone back by little since it went far.
    gone_back: u64,
    /// The latest time this was told.
    now: Flicks,
    /// Since when the hand has waited for a picture: the last one shown, or its first move after that.
    waiting_since: Flicks,
    failed: HashSet<u64>,
    due: u64,
    /// How far the frame due has come since the last change of way or speed: it never goes back, however unevenly one looks.
    come: Option<u64>,
    shown: Option<u64>,
    /// Shown at least once since the last jump: only then is a gap a drop.
    settled: bool,
    /// The last speed that was not zero, until the picture it ended on is shown.
    pace: i8,
    rest_since: Flicks,
    filled: Filled,
    wish: SoundWish,
    sound_seen: Option<Flicks>,
    /// When somebody looked last, and how far apart looks are, smoothed.
    looked: Flicks,
    look: Flicks,
    pub counts: Counts,
    slot: Option<(u64, P)>,
}

impl<M: Material, P: Clone> Conductor<M, P> {
    pub fn new(material: M, group: u64, cache_limit_bytes: usize) -> Self {
        let mut made = Self {
            material,
            transport: Transport::new(),
            queue: DeadlineQueue::new(group),
            cache: FrameCache::new(cache_limit_bytes),
            group: group.max(1),
            room: u64::MAX,
            generation: 0,
            in_flight: None,
            decoded: 0,
            wanted_from: 0,
            backwards: false,
            gone_back: 0,
            now: Flicks::ZERO,
            waiting_since: Flicks::ZERO,
            failed: HashSet::new(),
            due: 0,
            come: None,
            shown: None,
            settled: false,
            pace: 0,
            rest_since: Flicks::ZERO,
            filled: Filled::Nothing,
            wish: SoundWish::default(),
            sound_seen: None,
            looked: Flicks::ZERO,
            look: LOOK,
            counts: Counts::default(),
            slot: None,
        };
        made.queue.want(0, Flicks::ZERO);
        made
    }

    pub fn act(&mut self, now: Flicks, act: Act) {
        if matches!(act, Act::Pause | Act::Toggle | Act::Speed(0) | Act::Step(_)) {
            self.stand_on_what_is_seen(now);
        }
        let before = self.due;
        let change = self.transport.act(now, act, &self.material);
        self.changed(now, change);
        self.advance(now);
        if matches!(act, Act::Scrub(_)) && self.transport.speed() == 0 && self.due != before {
            self.wish.sounding = Sounding::Piece {
                length: self.piece_length(),
            };
        }
    }

    fn piece_length(&self) -> Flicks {
        let start = self.material.start_of(self.due);
        let end = self.material.start_of(self.due + PIECE_FRAMES);
        (end - start).clamp(PIECE_MIN, PIECE_MAX)
    }

    /// Whoever stops means the picture on the screen, not one that came due since it was put there.
    fn stand_on_what_is_seen(&mut self, now: Flicks) {
        let step = u64::from(self.transport.speed().unsigned_abs());
        let here = self.material.frame_at(self.transport.position(now));
        if self.shown == Some(self.due) && step > 0 && here.abs_diff(self.due) <= step {
            self.transport.set_position(now, self.material.start_of(self.due));
        }
    }

    fn changed(&mut self, now: Flicks, change: Change) {
        if change == Change::None {
            return;
        }
        if change == Change::Jump {
            self.generation += 1;
            if self.shown == Some(self.due) {
                self.waiting_since = now;
            }
            self.head_for(self.material.frame_at(self.transport.position(now)));
            self.failed.clear();
            self.settled = false;
            self.pace = 0;
        }
        // What was to fill the surroundings is not worth going back for once the film runs.
        self.queue.clear();
        self.rest_since = now;
        self.filled = Filled::Nothing;
        self.wish = SoundWish {
            epoch: self.wish.epoch + 1,
            sounding: match self.transport.speed() {
                speed if speed != 0 && speed.unsigned_abs() <= FASTEST_HEARD => Sounding::Running { speed },
                _standing_or_too_fast => Sounding::Silent,
            },
            from: self.transport.position(now),
        };
        self.sound_seen = None;
        self.come = None;
    }

    /// Says what a jump to `frame` makes wanted besides: after a step back what comes before it as far as it can be kept,
    /// after a step forward what lies between.
    fn head_for(&mut self, frame: u64) {
        let before = self.due;
        let is_near = before.abs_diff(frame) <= NEAR_FRAMES;
        self.backwards = frame < before && is_near;
        self.gone_back = match before.checked_sub(frame) {
            _ if !is_near => 0,
            Some(back) => self.gone_back + back,
            None => self.gone_back.saturating_sub(frame - before),
        };
        self.wanted_from = if self.backwards {
            frame.saturating_sub(self.reach())
        } else if frame > before && frame - before <= NEAR_FRAMES {
            before + 1
        } else {
            frame
        };
    }

    /// How many frames behind the playhead are decoded at once when it goes back: at most what the cache keeps on that side.
    fn reach(&self) -> u64 {
        let wanted = BACK_FRAMES.max(2 * self.gone_back);
        self.group.min(self.room / 3 * 2).min(wanted)
    }

    /// Lets the clock pass: moves the playhead, wants frames, and puts the right picture into the slot.
    pub fn tick(&mut self, now: Flicks, sound: SoundState) {
        let gap = now.0 - self.looked.0;
        self.looked = now;
        if self.transport.speed() != 0 && gap <= LOOK_MAX.0 {
            self.look.0 += (gap - self.look.0) / 8;
        }
        self.follow(now, sound);
        self.advance(now);
    }

    /// The frame to show from now until the next look. A picture changes only at a look, so the change is made at the look
    /// nearest to its time, half of them early and half of them late, not at the first one after it.
    fn due_at(&self, position: Flicks) -> u64 {
        let speed = i64::from(self.transport.speed());
        let here = self.material.frame_at(position);
        if speed == 0 {
            return here;
        }
        let next = self
            .material
            .frame_at(Flicks(position.0 + self.look.0 / 2 * speed));
        let (first, end) = self.transport.bounds(&self.material);
        if (first..=end).contains(&here) {
            next.clamp(first, end)
        } else {
            next
        }
    }

    fn advance(&mut self, now: Flicks) {
        self.now = now;
        let change = self.transport.pass_time(now, &self.material);
        self.changed(now, change);
        let due = self.due_at(self.transport.position(now));
        let step = u64::from(self.transport.speed().unsigned_abs().max(1));
        // Above normal speed only every n-th frame is ever shown, always the same ones however often anyone looks.
        let due = due - due % step;
        let due = match (self.transport.speed(), self.come) {
            (1.., Some(come)) => due.max(come),
            (..=-1, Some(come)) => due.min(come),
            _just_begun_or_standing => due,
        };
        self.come = (self.transport.speed() != 0).then_some(due);
        if self.transport.speed() != 0 {
            self.pace = self.transport.speed();
        }
        let moved = due != self.due;
        self.due = due;
        self.want(now);
        self.show(moved);
    }

    fn follow(&mut self, now: Flicks, sound: SoundState) {
        if self.wish.speed() == 0 {
            return;
        }
        match sound {
            SoundState::Absent => self.sound_seen = None,
            SoundState::Starting => self.transport.set_position(now, self.wish.from),
            SoundState::At(heard) => {
                // Within an epoch sound goes one way; that a device's word trembles moves no picture back.
                let heard = match self.sound_seen {
                    Some(before) if self.wish.speed() > 0 => heard.max(before),
                    Some(before) => heard.min(before),
                    None => heard,
                };
                self.sound_seen = Some(heard);
                self.transport.set_position(now, heard);
            }
        }
    }

    /// Wants the due frame and those the playhead comes to next, each by the time it is due.
    fn want(&mut self, now: Flicks) {
        let speed = i64::from(self.transport.speed());
        if self.lacks(self.due) {
            self.queue.want(self.due, now);
        }
        if speed == 0 {
            self.read_behind(now);
            self.fill(now);
            return;
        }
        let last = self.material.frames().saturating_sub(1);
        let position = self.transport.position(now);
        let step = speed.unsigned_abs();
        // Backwards a group is asked for as a whole, so that it is decoded once.
        let far = self.due.saturating_sub(AHEAD_FRAMES * step);
        let lowest = far - far % self.group.min(self.room / 3).max(1);
        for n in 1.. {
            let frame = match speed > 0 {
                true if n <= AHEAD_FRAMES && self.due + n * step <= last => self.due + n * step,
                false if n * step <= self.due - lowest => self.due - n * step,
                _far_enough => break,
            };
            if self.lacks(frame) {
                let until = (self.material.start_of(frame).0 - position.0) / speed;
                self.queue.want(frame, Flicks(now.0 + until.max(0)));
            }
        }
    }

    /// While the hand steps back, the next frames behind are decoded before it comes to them.
    fn read_behind(&mut self, now: Flicks) {
        if !self.backwards || !self.cache.contains(self.due) {
            return;
        }
        let soon = (self.reach() / 2).min(SOON_FRAMES);
        let here = (0..=soon).find(|back| *back > self.due || !self.cache.contains(self.due - back));
        let missing = here.and_then(|back| self.due.checked_sub(back));
        if let Some(missing) = missing.filter(|frame| !self.usable(*frame)) {
            self.queue.want(missing, Flicks(now.0 + FILL_BY.0));
        }
    }

    /// Whether nothing has to be decoded for this frame: it is here, or on its way, or cannot be had.
    fn usable(&self, frame: u64) -> bool {
        self.cache.contains(frame)
            || self.failed.contains(&frame)
            || self.in_flight.is_some_and(|flight| flight.brings(frame))
    }

    fn show(&mut self, moved: bool) {
        let best = if self.cache.contains(self.due) {
            Some(self.due)
        } else {
            self.late_one()
        };
        let Some(best) = best.filter(|&b| Some(b) != self.shown) else {
            // A picture that stands although the playhead moved on.
            if moved && self.shown.is_some_and(|s| s != self.due) && self.transport.speed() != 0 {
                self.counts.repeated += 1;
            }
            return;
        };
        if let (Some(shown), true, 1) = (self.shown, self.settled, self.pace) {
            self.counts.dropped += best.saturating_sub(shown + 1);
        }
        if self.transport.speed() == 0 {
            self.pace = 0;
        }
        if let Some(picture) = self.cache.get(best) {
            self.slot = Some((best, picture));
            self.shown = Some(best);
            self.waiting_since = self.now;
            self.settled = true;
        }
    }

    /// When the due frame is not here yet, the nearest one on the way to it: late beats nothing, standing still excepted.
    fn late_one(&self) -> Option<u64> {
        let shown = self.shown.filter(|_| self.settled)?;
        match self.transport.speed() {
            0 => None,
            speed if speed > 0 => self.cache.newest_between(shown, self.due),
            _backwards => self.cache.oldest_between(self.due, shown),
        }
    }

    /// The next frame to decode, if any.
    pub fn next_job(&mut self, now: Flicks) -> Option<Job> {
        self.now = now;
        // A job that was to bring it on its way may not have.
        if self.lacks(self.due) {
            self.queue.want(self.due, now);
        }
        self.queue.set_group(self.group.min(self.room / 3));
        loop {
            let (frame, dropped) = self.queue.take(now);
            self.counts.late += dropped;
            let Some(frame) = frame else {
                if self.fill_behind(now) {
                    continue;
                }
                return None;
            };
            if self.lacks(frame) {
                let job = Job {
                    generation: self.generation,
                    frame,
                    whole_from: self.wanted_before(frame),
                    due: frame == self.due,
                };
                self.in_flight = Some(InFlight {
                    job,
                    since: now,
                    reached: None,
                });
                return Some(job);
            }
        }
    }

    /// From where on the frames on the way to `frame` are wanted too.
    fn wanted_before(&self, frame: u64) -> u64 {
        match self.transport.speed() {
            0 if frame == self.due => self.wanted_from.min(frame),
            0 if self.backwards && frame < self.due => self.due.saturating_sub(self.reach()).min(frame),
            _each_for_itself => frame,
        }
    }

    /// Whether anybody still waits for the job being done. The newest seek wins: what it does not need is given up, unless it
    /// will soon be done or the hand has not seen a picture for long.
    pub fn is_wanted(&mut self, now: Flicks) -> bool {
        self.now = now;
        let Some(flight) = self.in_flight.filter(|f| f.job.generation != self.generation) else {
            return true;
        };
        if flight.brings(self.due) {
            return true;
        }
        if self.usable(self.due) {
            return flight.job.frame.abs_diff(self.due) <= self.reach().max(NEAR_FRAMES);
        }
        flight.job.due && (now < flight.since + GRACE || now >= self.waiting_since + STARVED)
    }

    /// Takes a frame that was decoded on the way to the one asked for.
    pub fn pass(&mut self, frame: u64, picture: P, size_bytes: usize) {
        if let Some(flight) = &mut self.in_flight {
            flight.reached = Some(frame);
        }
        self.keep(frame, picture, size_bytes);
        if frame == self.due {
            self.show(false);
        }
    }

    /// The job being done was given up.
    pub const fn give_up(&mut self) {
        self.in_flight = None;
    }

    /// Whether a frame has to be decoded and is worth it.
    fn lacks(&self, frame: u64) -> bool {
        !self.usable(frame) && !self.left_behind(frame)
    }

    /// Whether a film that runs forwards has lost this frame: the decoder was late and went past it. Going back for it would
    /// mean decoding its whole group again, and all that follows would be late too.
    fn left_behind(&self, frame: u64) -> bool {
        let ahead = AHEAD_FRAMES * u64::from(self.transport.speed().unsigned_abs());
        self.transport.speed() > 0
            && (frame..=frame + ahead).contains(&self.decoded)
            && self.cache.contains(self.decoded)
    }

    fn keep(&mut self, frame: u64, picture: P, size_bytes: usize) {
        self.decoded = frame;
        self.room = (self.cache.limit_bytes() / size_bytes.max(1)) as u64;
        let forward = match self.transport.speed() {
            0 => !self.backwards,
            speed => speed > 0,
        };
        self.cache.insert(frame, picture, size_bytes, self.due, forward);
        // What is looped is decoded once, as far as it can be kept.
        if self.transport.speed() > 0 && !self.transport.looping {
            let step = u64::from(self.transport.speed().unsigned_abs());
            self.cache
                .forget_before(self.due.saturating_sub(KEPT_FRAMES * step));
        }
    }

    /// Takes a decoded frame, or the news that it cannot be decoded. Frames of an earlier generation are kept, not shown for
    /// their own sake: a scrub that comes back finds them.
    pub fn deliver(&mut self, job: Job, picture: Option<(P, usize)>) {
        self.in_flight = None;
        match picture {
            Some((picture, size_bytes)) => {
                self.keep(job.frame, picture, size_bytes);
            }
            None => {
                self.failed.insert(job.frame);
            }
        }
        // While scrubbing faster than frames decode, one the hand has just passed is better than standing still.
        let passed = job.due && job.generation < self.generation && !self.cache.contains(self.due);
        if passed && let Some(picture) = self.cache.get(job.frame) {
            self.slot = Some((job.frame, picture));
            self.shown = Some(job.frame);
            self.waiting_since = self.now;
            return;
        }
        self.show(false);
    }

    /// The picture to show now, once: the one-slot hand-over to the stage. A picture not taken is replaced by the next.
    pub fn take_picture(&mut self) -> Option<(u64, P)> {
        self.slot.take()
    }

    pub fn has_picture(&self) -> bool {
        self.slot.is_some()
    }

    pub const fn wish(&self) -> SoundWish {
        self.wish
    }

    pub const fn due(&self) -> u64 {
        self.due
    }

    pub const fn shown(&self) -> Option<u64> {
        self.shown
    }

    pub const fn cache(&self) -> &FrameCache<P> {
        &self.cache
    }

    /// How far sound is ahead of the picture (positive: sound early), within the shown frame counted as together.
    pub fn sound_lead(&self) -> Option<Flicks> {
        let heard = self.sound_seen?;
        let shown = self.shown?;
        // Above normal speed a picture stands for those that are passed over.
        let step = u64::from(self.transport.speed().unsigned_abs().max(1));
        let (start, end) = (
            self.material.start_of(shown),
            self.material.start_of(shown + step),
        );
        let lead = if heard < start {
            heard.0 - start.0
        } else {
            (heard.0 - end.0).max(0)
        };
        Some(Flicks(lead))
    }
}

#[path = "filling.rs"]
mod filling;
#[path = "led.rs"]
mod led;

#[cfg(test)]
#[path = "conductor_tests.rs"]
mod tests;
