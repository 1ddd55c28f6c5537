//! The conductor under a made-up clock: scripted scrubs, slow decoders, storms of seeks. Nothing here waits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use timebase::Flicks;

use super::*;

#[path = "filling_tests.rs"]
mod filling;
#[path = "hand_tests.rs"]
mod hand;
#[path = "led_tests.rs"]
mod led;

const FRAME_MILLIS: i64 = 40;
const GROUP: u64 = 15;

/// So many frames at 25 a second.
struct Film(u64);

impl Material for Film {
    fn frames(&self) -> u64 {
        self.0
    }
    fn start_of(&self, frame: u64) -> Flicks {
        Flicks::from_millis(frame.min(self.0) as i64 * FRAME_MILLIS)
    }
    fn frame_at(&self, at: Flicks) -> u64 {
        ((at.to_millis_round().max(0) / FRAME_MILLIS) as u64).min(self.0 - 1)
    }
}

/// A conductor with a decoder that takes its time, a screen that looks every so often, and a clock that moves by hand.
struct Rig {
    conductor: Conductor<Film, u64>,
    millis: i64,
    decode_millis: fn(u64) -> i64,
    broken: BTreeSet<u64>,
    working: Option<(Job, i64)>,
    decoded: Vec<u64>,
    screen: Vec<(i64, u64)>,
    look_every: i64,
    /// Whether the decoder asks on its way, as that of a long-GOP file does.
    gives_up: bool,
    given_up: u64,
}

impl Rig {
    fn new(frames: u64, decode_millis: fn(u64) -> i64) -> Self {
        Self {
            conductor: Conductor::new(Film(frames), GROUP, 10_000),
            millis: 0,
            decode_millis,
            broken: BTreeSet::new(),
            working: None,
            decoded: Vec::new(),
            screen: Vec::new(),
            look_every: 10,
            gives_up: false,
            given_up: 0,
        }
    }

    fn now(&self) -> Flicks {
        Flicks::from_millis(self.millis)
    }

    fn act(&mut self, act: Act) {
        self.conductor.act(self.now(), act);
    }

    fn run(&mut self, millis: i64) {
        self.run_with(millis, |_ms| SoundState::Absent);
    }

    fn run_with(&mut self, millis: i64, sound: impl Fn(i64) -> SoundState) {
        for _ in 0..millis {
            if let Some((job, _)) = self.working.take_if(|(_, done)| *done <= self.millis) {
                let broken = self.broken.contains(&job.frame);
                self.decoded.push(job.frame);
                self.conductor.deliver(job, (!broken).then_some((job.frame, 1)));
            }
            if self.millis % self.look_every == 0 {
                self.conductor.tick(self.now(), sound(self.millis));
                let picture = self.conductor.take_picture();
                self.screen.extend(picture.map(|(frame, _)| (self.millis, frame)));
            }
            if self.gives_up && self.working.is_some() && !self.conductor.is_wanted(self.now()) {
                self.conductor.give_up();
                self.working = None;
                self.given_up += 1;
            }
            if self.working.is_none()
                && let Some(job) = self.conductor.next_job(self.now())
            {
                self.working = Some((job, self.millis + (self.decode_millis)(job.frame)));
            }
            self.millis += 1;
        }
    }

    fn seen(&self) -> Vec<u64> {
        self.screen.iter().map(|&(_, frame)| frame).collect()
    }
}

#[test]
fn every_frame_is_shown_once_and_on_time() {
    let mut rig = Rig::new(100, |_| 6);
    rig.run(50);
    rig.act(Act::Play);
    let begin = rig.millis;
    rig.run(4200);
    assert_eq!(rig.seen(), (0..100).collect::<Vec<_>>());
    for &(at, frame) in &rig.screen[1..] {
        let due = begin + frame as i64 * FRAME_MILLIS;
        assert!(
            (due - at).abs() <= rig.look_every,
            "frame {frame} at {at}, due {due}"
        );
    }
    assert_eq!(rig.conductor.counts, Counts::default());
    assert_eq!(rig.conductor.transport.speed(), 0, "stands at the end");
}

#[test]
fn a_slow_decoder_drops_frames_and_counts_them_but_keeps_up() {
    let mut rig = Rig::new(100, |_| 95);
    rig.run(200);
    rig.act(Act::Play);
    let begin = rig.millis;
    rig.run(5000);
    let seen = rig.seen();
    assert!(seen.windows(2).all(|w| w[0] < w[1]), "never backwards: {seen:?}");
    assert_eq!(seen.last(), Some(&99), "the end is reached, exactly");
    let during = rig
        .screen
        .iter()
        .filter(|&&(at, _)| at > begin && at < begin + 3900)
        .count();
    assert!((35..=45).contains(&during), "a picture every 95 ms, got {during}");
    for &(at, frame) in rig.screen.iter().filter(|&&(at, _)| at > begin + 300) {
        assert!(
            at - begin - frame as i64 * FRAME_MILLIS <= 250,
            "frame {frame} is {at} late"
        );
    }
    let dropped = rig.conductor.counts.dropped;
    assert_eq!(
        dropped + seen.len() as u64,
        100,
        "every frame is either shown or counted as dropped"
    );
    assert!(rig.conductor.counts.repeated > 0);
}

#[test]
fn a_film_that_runs_never_goes_back_for_a_frame_it_lost() {
    let mut rig = Rig::new(300, |frame| if frame % 50 == 49 { 300 } else { 25 });
    rig.run(300);
    rig.decoded.clear();
    rig.act(Act::Play);
    rig.run(12_600);
    assert!(rig.decoded.windows(2).all(|w| w[0] < w[1]), "{:?}", rig.decoded);
    assert_eq!(rig.conductor.shown(), Some(299));
}

#[test]
fn one_stall_costs_what_it_lasts_and_no_more() {
    let mut rig = Rig::new(200, |frame| if frame == 60 { 700 } else { 6 });
    rig.run(50);
    rig.act(Act::Play);
    let begin = rig.millis;
    rig.run(7000);
    let late = |&&(at, frame): &&(i64, u64)| at - begin > frame as i64 * FRAME_MILLIS + rig.look_every;
    let late_frames: Vec<u64> = rig.screen[1..]
        .iter()
        .filter(late)
        .map(|&(_, frame)| frame)
        .collect();
    assert!(late_frames.len() <= 2, "{late_frames:?}");
    let dropped = rig.conductor.counts.dropped;
    assert!(
        (4..=18).contains(&dropped),
        "12 frames were read ahead, so a stall of 17 drops few: {dropped}"
    );
}

#[test]
fn in_a_storm_of_seeks_pictures_move_and_the_newest_wins() {
    let mut rig = Rig::new(10_000, |_| 25);
    rig.run(100);
    let begin = rig.millis;
    for n in 0..300u64 {
        rig.act(Act::Seek(n * 31));
        rig.run(4);
    }
    let last_act = rig.millis;
    let moved = rig.screen.iter().filter(|&&(at, _)| at > begin).count();
    assert!(
        moved >= 25,
        "the picture follows the hand, {moved} pictures in 1.2 s"
    );
    assert!(rig.seen().windows(2).all(|w| w[0] < w[1]), "and never jumps back");
    rig.run(200);
    let (at, frame) = *rig
        .screen
        .iter()
        .rfind(|&&(_, f)| f == 299 * 31)
        .expect("the last seek is shown");
    assert!(
        at - last_act <= 70,
        "at most one decode in the way: {}",
        at - last_act
    );
    assert_eq!(rig.conductor.shown(), Some(frame));
    let during = rig.decoded.len();
    assert!(
        during <= 60,
        "seeks that nobody waits for are not decoded: {during}"
    );
}

#[test]
fn where_a_frame_takes_long_the_newest_seek_wins_and_the_hand_still_sees_pictures() {
    let mut rig = Rig::new(10_000, |_| 300);
    rig.gives_up = true;
    rig.run(700);
    let begin = rig.millis;
    for n in 1..=150u64 {
        rig.act(Act::Seek(n * 60));
        rig.run(20);
    }
    let seen = rig.screen.iter().filter(|&&(at, _)| at > begin).count();
    assert!((4..=10).contains(&seen), "{seen} pictures in 3 s");
    assert!(rig.given_up >= 5, "{}", rig.given_up);
    let last_act = rig.millis;
    rig.run(1000);
    let (at, frame) = *rig.screen.last().expect("a picture");
    assert_eq!(frame, 9000);
    // Without giving up it is up to a whole frame's work more.
    assert!(at - last_act <= 300 + 300, "{}", at - last_act);
    assert_eq!(rig.conductor.shown(), Some(9000));
}

#[test]
fn a_film_that_runs_keeps_what_a_hand_may_go_back_to_and_no_more() {
    let kept = |looped: bool| {
        let mut rig = Rig::new(1_000, |_| 6);
        rig.act(Act::Loop(looped));
        rig.act(Act::Play);
        rig.run(20_000);
        let due = rig.conductor.due();
        assert!((490..=500).contains(&due), "{due}");
        (0..due)
            .filter(|frame| rig.conductor.cache().contains(*frame))
            .count() as u64
    };
    assert_eq!(kept(false), KEPT_FRAMES);
    assert!(kept(true) > 480, "what is looped is decoded once");
}

#[test]
fn a_step_back_wants_what_lies_behind_as_far_as_it_can_be_kept() {
    // One group that is longer than what the cache holds: 30 pictures of 10 bytes.
    let mut conductor: Conductor<Film, u64> = Conductor::new(Film(1000), 250, 300);
    let now = Flicks::ZERO;
    let job = |c: &mut Conductor<Film, u64>| c.next_job(now).map(|j| (j.whole_from, j.frame));
    assert_eq!(job(&mut conductor), Some((0, 0)));
    conductor.deliver(conductor.in_flight.expect("a job").job, Some((0, 10)));
    conductor.act(now, Act::Seek(500));
    assert_eq!(
        job(&mut conductor),
        Some((500, 500)),
        "a far jump wants one frame"
    );
    conductor.deliver(conductor.in_flight.expect("a job").job, Some((500, 10)));
    conductor.act(now, Act::Step(-1));
    assert_eq!(job(&mut conductor), Some((479, 499)));
    for frame in 479..499 {
        conductor.pass(frame, frame, 10);
    }
    conductor.deliver(conductor.in_flight.expect("a job").job, Some((499, 10)));
    for back in 1..=9 {
        conductor.act(now, Act::Step(-1));
        assert_eq!(conductor.shown(), Some(499 - back), "at once");
        assert_eq!(job(&mut conductor), None);
    }
    let mut ahead = None;
    while ahead.is_none() {
        conductor.act(now, Act::Step(-1));
        ahead = job(&mut conductor);
    }
    let due = conductor.due();
    assert_eq!(
        (ahead, conductor.shown()),
        (Some((due - 20, 478)), Some(due)),
        "before the hand is there"
    );
    conductor.act(now, Act::Seek(due - 15));
    assert!(conductor.is_wanted(now), "what is on its way serves the drag");
    conductor.pass(due - 15, due - 15, 10);
    assert_eq!(conductor.shown(), Some(due - 15), "as soon as it is there");
    conductor.act(now, Act::Seek(100));
    assert!(!conductor.is_wanted(now));
    assert!(conductor.cache().held_bytes() <= 300);
}

#[test]
fn backwards_shows_every_frame_and_decodes_groups_forwards() {
    let mut rig = Rig::new(300, |_| 6);
    rig.act(Act::Seek(200));
    rig.run(700);
    rig.decoded.clear();
    rig.screen.clear();
    rig.act(Act::ShuttleBack);
    rig.run(4000);
    let seen = rig.seen();
    assert!(seen.windows(2).all(|w| w[0] > w[1]));
    assert!(seen.len() >= 95, "{} of 100", seen.len());
    let backwards = rig.decoded.windows(2).filter(|w| w[1] < w[0]).count();
    assert!(
        backwards * 4 < rig.decoded.len(),
        "{backwards} turns in {}",
        rig.decoded.len()
    );
}

#[test]
fn eight_times_as_fast_decodes_an_eighth() {
    let mut rig = Rig::new(10_000, |_| 12);
    rig.run(400);
    rig.decoded.clear();
    for _ in 0..4 {
        rig.act(Act::ShuttleForward);
    }
    rig.run(4000);
    assert!(rig.conductor.due() > 780);
    assert!(rig.decoded.len() < 260, "{} of 800", rig.decoded.len());
    assert!(rig.seen().len() > 90, "{}", rig.seen().len());
    assert_eq!(rig.conductor.counts.dropped, 0, "skipping is meant at this speed");
}

#[test]
fn pictures_wait_for_sound_and_then_follow_it() {
    let mut rig = Rig::new(500, |_| 6);
    rig.run(50);
    rig.act(Act::Play);
    let wish = rig.conductor.wish();
    assert_eq!((wish.speed(), wish.from), (1, Flicks::ZERO));
    rig.run_with(120, |_| SoundState::Starting);
    assert_eq!(rig.conductor.due(), 0, "no picture runs before the sound");
    let begin = rig.millis;
    // A device that runs 2 % slow.
    let heard = move |ms: i64| SoundState::At(Flicks::from_millis((ms - begin).max(0) * 98 / 100));
    rig.run_with(10_000, heard);
    let ideal = 9_790 / FRAME_MILLIS as u64;
    assert!(
        rig.conductor.due().abs_diff(ideal) <= 1,
        "{} {ideal}",
        rig.conductor.due()
    );
    assert_eq!(rig.conductor.counts.dropped, 0);
    let lead = rig.conductor.sound_lead().expect("both run").to_millis_round();
    assert!(lead.abs() <= 20, "{lead}");
    rig.act(Act::ShuttleForward);
    assert_eq!(rig.conductor.wish().speed(), 2, "heard at twice the speed");
    assert_ne!(rig.conductor.wish().epoch, wish.epoch);
    rig.act(Act::ShuttleForward);
    assert_eq!(rig.conductor.wish().sounding, Sounding::Silent);
    rig.act(Act::Speed(-2));
    assert_eq!(rig.conductor.wish().speed(), -2, "and backwards");
}

#[test]
fn however_unevenly_one_looks_no_picture_comes_twice() {
    for speed in [2, 1, -1] {
        let mut rig = Rig::new(500, |_| 2);
        rig.act(Act::Seek(250));
        rig.run(600);
        rig.screen.clear();
        rig.act(Act::Speed(speed));
        for _ in 0..12 {
            for look_every in [35, 1, 20] {
                rig.look_every = look_every;
                rig.run(140);
            }
        }
        let onward = |w: &[u64]| (w[0] < w[1]) == (speed > 0) && w[0] != w[1];
        let seen = rig.seen();
        assert!(seen.windows(2).all(onward), "{speed}: {seen:?}");
        assert!(seen.len() > 100, "{speed}: {seen:?}");
    }
}

#[test]
fn an_act_that_is_no_jump_does_not_disturb_the_sound() {
    let mut rig = Rig::new(500, |_| 6);
    rig.act(Act::Play);
    rig.run_with(1000, |ms| SoundState::At(Flicks::from_millis(ms)));
    let (wish, due) = (rig.conductor.wish(), rig.conductor.due());
    rig.act(Act::MarkIn(Some(10)));
    assert_eq!(rig.conductor.wish(), wish);
    assert!(rig.conductor.due() - due <= 1, "the playhead goes on");
}

#[test]
fn a_broken_frame_neither_stops_playing_nor_is_tried_for_ever() {
    let mut rig = Rig::new(100, |_| 6);
    rig.broken.extend([30, 31]);
    rig.act(Act::Play);
    rig.run(4200);
    let seen = rig.seen();
    assert!(seen.contains(&29) && seen.contains(&32) && seen.contains(&99));
    rig.act(Act::Seek(30));
    rig.decoded.clear();
    rig.run(2000);
    assert_eq!(rig.decoded.iter().filter(|&&f| f == 30).count(), 1);
    assert_eq!(rig.conductor.shown(), Some(99), "the last picture stays");
}

#[test]
fn a_loop_comes_round_without_a_gap() {
    let mut rig = Rig::new(500, |_| 6);
    for act in [
        Act::MarkIn(Some(100)),
        Act::MarkOut(Some(119)),
        Act::Loop(true),
        Act::Seek(100),
    ] {
        rig.act(act);
    }
    rig.run(600);
    rig.screen.clear();
    rig.act(Act::Play);
    rig.run(2400);
    let seen = rig.seen();
    let two_rounds: Vec<u64> = (101..120).chain(100..120).collect();
    assert_eq!(seen[..two_rounds.len()], two_rounds);
    assert_eq!(rig.conductor.counts.dropped, 0);
}

#[test]
fn under_a_hand_each_frame_gone_to_is_heard_once_and_nothing_while_playing() {
    let mut rig = Rig::new(500, |_| 6);
    rig.act(Act::Seek(10));
    assert_eq!(rig.conductor.wish().sounding, Sounding::Silent);
    rig.act(Act::Scrub(11));
    let wish = rig.conductor.wish();
    let length = Flicks::from_millis(80);
    assert_eq!(
        (wish.sounding, wish.from),
        (Sounding::Piece { length }, Film(500).start_of(11))
    );
    rig.run(200);
    assert_eq!(rig.conductor.wish(), wish, "once");
    rig.act(Act::Scrub(12));
    assert_ne!(
        rig.conductor.wish().epoch,
        wish.epoch,
        "the next step cuts it off"
    );
    rig.act(Act::Scrub(12));
    assert_eq!(
        rig.conductor.wish().sounding,
        Sounding::Silent,
        "no step, no sound"
    );
    rig.act(Act::Play);
    rig.act(Act::Scrub(100));
    assert_eq!(rig.conductor.wish().speed(), 1, "playing goes on from there");
    rig.act(Act::Pause);
    assert_eq!(rig.conductor.wish().sounding, Sounding::Silent);
}

#[test]
fn playing_around_shows_its_frames_only_and_ends_where_it_began() {
    let mut rig = Rig::new(500, |_| 6);
    rig.act(Act::Seek(100));
    rig.run(600);
    rig.screen.clear();
    rig.act(Act::Around { first: 90, last: 110 });
    rig.run(1_500);
    let expected: Vec<u64> = (90..=110).chain([100]).collect();
    assert_eq!(rig.seen(), expected);
    assert_eq!(
        (rig.conductor.transport.speed(), rig.conductor.counts.dropped),
        (0, 0)
    );
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Play),
        Just(Act::Pause),
        Just(Act::Toggle),
        Just(Act::Stop),
        Just(Act::ShuttleForward),
        Just(Act::ShuttleBack),
        any::<i8>().prop_map(Act::Speed),
        (0u64..400).prop_map(Act::Seek),
        (0u64..400).prop_map(Act::Scrub),
        (0u64..400, 0u64..30).prop_map(|(first, more)| Act::Around {
            first,
            last: first + more
        }),
        (-40i64..40).prop_map(Act::Step),
        prop::option::of(0u64..400).prop_map(Act::MarkIn),
        prop::option::of(0u64..400).prop_map(Act::MarkOut),
        any::<bool>().prop_map(Act::Loop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_pressed_the_frame_under_a_resting_playhead_is_shown(
        script in prop::collection::vec((any_act(), 0i64..300), 1..25),
    ) {
        let mut rig = Rig::new(300, |frame| 3 + (frame as i64 * 7) % 40);
        for (act, pause) in script {
            rig.act(act);
            rig.run(pause);
        }
        rig.act(Act::Pause);
        rig.run(300);
        prop_assert_eq!(rig.conductor.shown(), Some(rig.conductor.due()));
        prop_assert_eq!(rig.conductor.take_picture(), None);
        prop_assert!(rig.conductor.cache().held_bytes() <= 10_000);
        rig.run(1500);
        let rested = rig.decoded.len();
        rig.run(1000);
        prop_assert_eq!(rig.decoded.len(), rested, "at rest nothing is decoded for ever");
    }
}
