//! Where the playhead is: a pure machine that is told the time.

use timebase::Flicks;

/// Speeds of the shuttle, forward; backwards they are the same.
const LADDER: [i8; 4] = [1, 2, 4, 8];

/// What a person does to playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Plays at normal speed.
    Play,
    /// Stands still.
    Pause,
    /// Plays when standing, stands when playing at any speed.
    Toggle,
    /// Stands still and goes back to the in mark, or to the first frame.
    Stop,
    /// L: forward, faster with each press; from backwards, slower first.
    ShuttleForward,
    /// J: backwards, likewise.
    ShuttleBack,
    /// Runs at this speed, -8 to 8; 0 stands still.
    Speed(i8),
    /// Goes to a frame, clamped to the material. Playing goes on from there.
    Seek(u64),
    /// Goes to a frame as [`Act::Seek`] does, under a hand: at rest, when that is another frame, a short piece of the sound there is
    /// heard.
    Scrub(u64),
    /// Plays from `first` to `last` once, then stands again where it stood before. Anything else that is done meanwhile ends it.
    Around {
        /// First frame to play.
        first: u64,
        /// Last frame to play.
        last: u64,
    },
    /// Stands still, this many frames on (or back when negative).
    Step(i64),
    /// In mark at a frame, or none.
    MarkIn(Option<u64>),
    /// Out mark: the last frame inside, or none.
    MarkOut(Option<u64>),
    /// Whether playing starts again at the in mark when it has passed the out mark.
    Loop(bool),
}

/// What the transport needs to know of the material.
pub(crate) trait Material {
    fn frames(&self) -> u64;
    fn start_of(&self, frame: u64) -> Flicks;
    fn frame_at(&self, at: Flicks) -> u64;
}

impl Material for media::FrameIndex {
    fn frames(&self) -> u64 {
        self.len()
    }
    fn start_of(&self, frame: u64) -> Flicks {
        media::FrameIndex::start_of(self, frame)
    }
    fn frame_at(&self, at: Flicks) -> u64 {
        media::FrameIndex::frame_at(self, at)
    }
}

/// Position and speed. Media time runs `speed` times as fast as the clock since the anchor.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    speed: i8,
    anchor_media: Flicks,
    anchor_clock: Flicks,
    pub mark_in: Option<u64>,
    pub mark_out: Option<u64>,
    pub looping: bool,
    /// What is played once around a place.
    around: Option<Around>,
}

/// The frames of [`Act::Around`], and the one to go back to.
#[derive(Clone, Copy, Debug)]
struct Around {
    first: u64,
    last: u64,
    back: u64,
}

/// What an act or the passing of time did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing that matters to decoding or sound.
    None,
    /// Only the speed.
    Speed,
    /// The position jumped.
    Jump,
}

impl Transport {
    pub const fn new() -> Self {
        Self {
            speed: 0,
            anchor_media: Flicks::ZERO,
            anchor_clock: Flicks::ZERO,
            mark_in: None,
            mark_out: None,
            looping: false,
            around: None,
        }
    }

    /// -8 to 8, 0 standing.
    pub const fn speed(&self) -> i8 {
        self.speed
    }

    /// Whether it plays around a place, to go back there.
    pub const fn is_around(&self) -> bool {
        self.around.is_some()
    }

    /// Media time at a clock time, not clamped.
    pub fn position(&self, now: Flicks) -> Flicks {
        let passed = now.0.saturating_sub(self.anchor_clock.0);
        Flicks(
            self.anchor_media
                .0
                .saturating_add(passed.saturating_mul(i64::from(self.speed))),
        )
    }

    /// Says where the clock and the material stand together: the sound's own position, or the same one again to hold.
    pub fn set_position(&mut self, now: Flicks, media: Flicks) {
        self.anchor_clock = now;
        self.anchor_media = media;
    }

    /// Stands, or runs at this speed, where another film says.
    pub fn lead(&mut self, now: Flicks, media: Flicks, speed: i8) {
        self.around = None;
        self.speed = speed.clamp(-8, 8);
        self.set_position(now, media);
    }

    pub fn act(&mut self, now: Flicks, act: Act, material: &dyn Material) -> Change {
        let moves = !matches!(act, Act::MarkIn(_) | Act::MarkOut(_) | Act::Loop(_));
        let around = if moves { self.around.take() } else { None };
        match act {
            Act::Play => self.run(now, 1, material),
            Act::Pause => self.run(now, 0, material),
            Act::Toggle => self.run(now, if self.speed == 0 { 1 } else { 0 }, material),
            Act::Stop => {
                self.speed = 0;
                self.jump(now, self.mark_in.unwrap_or(0), material)
            }
            Act::ShuttleForward => self.run(now, shifted(self.speed), material),
            Act::ShuttleBack => self.run(now, -shifted(-self.speed), material),
            Act::Speed(speed) => self.run(now, speed.clamp(-8, 8), material),
            Act::Seek(frame) | Act::Scrub(frame) => self.jump(now, frame, material),
            Act::Around { first, last: end } => {
                // Done again while it runs, it still goes back to where it began.
                let back = around.map_or_else(|| material.frame_at(self.position(now)), |a| a.back);
                let first = first.min(last(material));
                self.around = Some(Around {
                    first,
                    last: end.clamp(first, last(material)),
                    back,
                });
                self.speed = 1;
                self.jump(now, first, material)
            }
            Act::Step(by) => {
                let here = material.frame_at(self.position(now));
                self.speed = 0;
                self.jump(now, here.saturating_add_signed(by), material)
            }
            Act::MarkIn(frame) => {
                self.mark_in = frame.map(|f| f.min(last(material)));
                self.mark_out = self.mark_out.filter(|&out| self.mark_in.is_none_or(|i| i <= out));
                Change::None
            }
            Act::MarkOut(frame) => {
                self.mark_out = frame.map(|f| f.min(last(material)));
                self.mark_in = self.mark_in.filter(|&i| self.mark_out.is_none_or(|out| i <= out));
                Change::None
            }
            Act::Loop(on) => {
                self.looping = on;
                Change::None
            }
        }
    }

    /// Stops at the ends, or starts the loop again.
    pub fn pass_time(&mut self, now: Flicks, material: &dyn Material) -> Change {
        if self.speed == 0 {
            return Change::None;
        }
        let position = self.position(now);
        let (first, end) = self.bounds(material);
        if self.speed > 0 && position >= material.start_of(end + 1) {
            return self.reach_end(now, first, end, material);
        }
        if self.speed < 0 && position < material.start_of(first) {
            return self.reach_end(now, end, first, material);
        }
        Change::None
    }

    /// The first and the last frame that playing stays between.
    pub fn bounds(&self, material: &dyn Material) -> (u64, u64) {
        if let Some(around) = self.around {
            return (around.first, around.last);
        }
        let first = self.mark_in.filter(|_| self.looping).unwrap_or(0);
        let end = self.mark_out.filter(|_| self.looping).unwrap_or(last(material));
        (first, end.max(first))
    }

    fn reach_end(&mut self, now: Flicks, again: u64, end: u64, material: &dyn Material) -> Change {
        if let Some(around) = self.around.take() {
            self.speed = 0;
            return self.jump(now, around.back, material);
        }
        if self.looping {
            return self.jump(now, again, material);
        }
        self.speed = 0;
        self.set_position(now, material.start_of(end));
        Change::Speed
    }

    fn run(&mut self, now: Flicks, speed: i8, material: &dyn Material) -> Change {
        if speed == self.speed {
            return Change::None;
        }
        let at_end = material.frame_at(self.position(now)) == last(material);
        let standing = self.speed == 0;
        let here = self.position(now);
        // Standing still means standing on a frame, not between two.
        let here = if speed == 0 {
            material.start_of(material.frame_at(here))
        } else {
            here
        };
        self.set_position(now, here);
        self.speed = speed;
        if standing && at_end && speed > 0 {
            return self.jump(now, self.mark_in.unwrap_or(0), material);
        }
        Change::Speed
    }

    fn jump(&mut self, now: Flicks, frame: u64, material: &dyn Material) -> Change {
        self.set_position(now, material.start_of(frame.min(last(material))));
        Change::Jump
    }
}

fn last(material: &dyn Material) -> u64 {
    material.frames().saturating_sub(1)
}

/// The next speed when forward is pressed at `speed`: up the ladder, or down it while running backwards.
fn shifted(speed: i8) -> i8 {
    let pace = speed.unsigned_abs() as i8;
    if speed >= 0 {
        return LADDER
            .into_iter()
            .find(|&rung| rung > pace)
            .unwrap_or(LADDER[LADDER.len() - 1]);
    }
    // From the slowest rung backwards the next is the slowest forwards.
    LADDER
        .into_iter()
        .rev()
        .find(|&rung| rung < pace)
        .map_or(1, |rung| -rung)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second at 10 frames a second.
    struct Ten;

    impl Material for Ten {
        fn frames(&self) -> u64 {
            10
        }
        fn start_of(&self, frame: u64) -> Flicks {
            Flicks::from_millis(frame.min(10) as i64 * 100)
        }
        fn frame_at(&self, at: Flicks) -> u64 {
            (at.to_millis_round().max(0) as u64 / 100).min(9)
        }
    }

    fn millis(ms: i64) -> Flicks {
        Flicks::from_millis(ms)
    }

    #[test]
    fn the_shuttle_climbs_both_ways_and_downshifts_before_it_turns() {
        let mut t = Transport::new();
        let mut speeds = Vec::new();
        let presses = [Act::ShuttleForward; 5].into_iter().chain([Act::ShuttleBack; 9]);
        for act in presses.chain([Act::ShuttleForward; 2]) {
            t.act(millis(0), act, &Ten);
            speeds.push(t.speed());
        }
        assert_eq!(speeds, [1, 2, 4, 8, 8, 4, 2, 1, -1, -2, -4, -8, -8, -8, -4, -2]);
    }

    #[test]
    fn any_speed_within_the_ladder_can_be_set_and_climbed_from() {
        let mut t = Transport::new();
        for (asked, got) in [(4, 4), (-3, -3), (100, 8), (0, 0), (-128, -8)] {
            t.act(millis(0), Act::Speed(asked), &Ten);
            assert_eq!(t.speed(), got);
        }
        t.act(millis(0), Act::Speed(3), &Ten);
        t.act(millis(0), Act::ShuttleForward, &Ten);
        assert_eq!(t.speed(), 4);
        t.act(millis(0), Act::Speed(3), &Ten);
        t.act(millis(0), Act::ShuttleBack, &Ten);
        assert_eq!(t.speed(), 2);
    }

    #[test]
    fn playing_stops_on_the_last_frame_and_starts_again_from_the_first() {
        let mut t = Transport::new();
        t.act(millis(0), Act::Seek(8), &Ten);
        assert_eq!(t.act(millis(0), Act::Play, &Ten), Change::Speed);
        assert_eq!(t.pass_time(millis(199), &Ten), Change::None);
        assert_eq!(t.pass_time(millis(200), &Ten), Change::Speed);
        assert_eq!((t.speed(), t.position(millis(500))), (0, millis(900)));
        assert_eq!(t.act(millis(500), Act::Toggle, &Ten), Change::Jump);
        assert_eq!((t.speed(), t.position(millis(510))), (1, millis(10)));
    }

    #[test]
    fn backwards_stops_on_the_first_frame() {
        let mut t = Transport::new();
        t.act(millis(0), Act::Seek(2), &Ten);
        t.act(millis(0), Act::ShuttleBack, &Ten);
        assert_eq!(t.pass_time(millis(250), &Ten), Change::Speed);
        assert_eq!((t.speed(), t.position(millis(300))), (0, millis(0)));
    }

    #[test]
    fn a_loop_goes_from_out_to_in() {
        let mut t = Transport::new();
        for act in [
            Act::MarkIn(Some(2)),
            Act::MarkOut(Some(4)),
            Act::Loop(true),
            Act::Seek(2),
            Act::Play,
        ] {
            t.act(millis(0), act, &Ten);
        }
        assert_eq!(t.pass_time(millis(299), &Ten), Change::None, "frame 4 is inside");
        assert_eq!(t.pass_time(millis(300), &Ten), Change::Jump);
        assert_eq!((t.speed(), t.position(millis(300))), (1, millis(200)));
    }

    #[test]
    fn playing_around_a_place_goes_back_there_once_whatever_loops() {
        let mut t = Transport::new();
        t.act(millis(0), Act::Loop(true), &Ten);
        t.act(millis(0), Act::Seek(5), &Ten);
        let around = Act::Around { first: 3, last: 6 };
        assert_eq!(t.act(millis(0), around, &Ten), Change::Jump);
        assert_eq!((t.speed(), t.position(millis(0))), (1, millis(300)));
        t.act(millis(200), around, &Ten);
        assert_eq!(t.pass_time(millis(599), &Ten), Change::None, "frame 6 is inside");
        assert!(t.is_around());
        assert_eq!(t.pass_time(millis(600), &Ten), Change::Jump);
        assert_eq!((t.speed(), t.position(millis(900))), (0, millis(500)));
        assert!(!t.is_around());
        // Whoever stops it stays there; ends beyond the film are its ends.
        t.act(millis(0), Act::Around { first: 8, last: 99 }, &Ten);
        t.act(millis(50), Act::MarkIn(Some(1)), &Ten);
        assert!(t.is_around(), "marks do not end it");
        t.act(millis(110), Act::Pause, &Ten);
        assert_eq!((t.is_around(), t.position(millis(400))), (false, millis(900)));
    }

    #[test]
    fn marks_never_cross() {
        let mut t = Transport::new();
        t.act(millis(0), Act::MarkIn(Some(5)), &Ten);
        t.act(millis(0), Act::MarkOut(Some(3)), &Ten);
        assert_eq!((t.mark_in, t.mark_out), (None, Some(3)));
        t.act(millis(0), Act::MarkIn(Some(400)), &Ten);
        assert_eq!((t.mark_in, t.mark_out), (Some(9), None));
    }

    #[test]
    fn stepping_stands_still_on_whole_frames() {
        let mut t = Transport::new();
        t.act(millis(0), Act::Play, &Ten);
        t.act(millis(250), Act::Step(-1), &Ten);
        assert_eq!((t.speed(), t.position(millis(900))), (0, millis(100)));
        t.act(millis(900), Act::Step(100), &Ten);
        assert_eq!(t.position(millis(900)), millis(900));
        t.act(millis(900), Act::Step(-100), &Ten);
        assert_eq!(t.position(millis(900)), millis(0));
        t.act(millis(900), Act::Play, &Ten);
        t.act(millis(1250), Act::Pause, &Ten);
        assert_eq!(
            t.position(millis(9000)),
            millis(300),
            "pausing lands on a frame's start"
        );
    }
}
