//! The feeder without a thread and without a clock; and an hour of device time, simulated.

use media::ChannelPeaks;
use timebase::FLICKS_PER_SEC;

use super::*;
use crate::ring::RATE;
use crate::sound::StandIn;

/// A second of samples that say their own number.
struct Counting {
    at: usize,
}

impl SoundSource for Counting {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        self.at = (to.0 / (FLICKS_PER_SEC / RATE as i64)) as usize;
        Ok(())
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        let frames = (out.len() / 2).min((RATE as usize).saturating_sub(self.at));
        for (n, pair) in out.chunks_exact_mut(2).take(frames).enumerate() {
            pair.fill((self.at + n) as f32);
        }
        self.at += frames;
        Ok(frames * 2)
    }
}

fn wish(epoch: u64, speed: i8, from_millis: i64) -> SoundWish {
    SoundWish {
        epoch,
        sounding: if speed == 0 {
            Sounding::Silent
        } else {
            Sounding::Running { speed }
        },
        from: Flicks::from_millis(from_millis),
    }
}

#[test]
fn sound_starts_when_enough_waits_and_from_the_asked_sample() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
    assert!(!feeder.step(wish(0, 0, 0)), "nothing is wished");
    assert!(feeder.step(wish(1, 1, 500)));
    assert_eq!(feeder.report.phase, Phase::Starting);
    while feeder.step(wish(1, 1, 500)) {}
    assert_eq!(feeder.report.phase, Phase::Running);
    assert!(ring.queued() <= RING_FRAMES as u64);
    let mut out = [0.0; 4];
    ring.pull(&mut out, 0, 0);
    assert_eq!(out, [24_000.0, 24_000.0, 24_001.0, 24_001.0]);
}

#[test]
fn a_jump_throws_the_old_sound_away() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
    while feeder.step(wish(1, 1, 0)) {}
    while feeder.step(wish(2, 1, 250)) {}
    let mut out = [0.0; 2];
    ring.pull(&mut out, 0, 0);
    assert_eq!(out, [12_000.0; 2]);
    feeder.step(wish(3, 0, 0));
    ring.pull(&mut out, 0, 0);
    assert_eq!((out, feeder.report.phase), ([0.0; 2], Phase::Idle));
}

#[test]
fn the_end_of_the_sound_is_not_a_gap() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
    let mut stand_in = StandIn::default();
    let wish = wish(1, 1, 950);
    for tick in 1..30 {
        while feeder.step(wish) {}
        stand_in.run(&ring, tick * 10_000_000);
    }
    feeder.step(wish);
    assert_eq!(feeder.report.phase, Phase::Ended);
    assert_eq!(ring.underruns(), 0);
}

#[test]
fn the_stand_in_runs_as_fast_as_a_device_however_unevenly_it_is_looked_after() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
    let mut stand_in = StandIn::default();
    // After a long rest there is nothing to catch up with.
    let begin = 7_000_000_000;
    while feeder.step(wish(1, 1, 0)) {}
    let mut now = begin;
    for look in 0..60 {
        stand_in.run(&ring, now);
        while feeder.step(wish(1, 1, 0)) {}
        for moment in [0, 5_000_000, 9_000_000] {
            let SoundState::At(heard) = feeder.report().state(1, &ring, now + moment) else {
                panic!("it runs");
            };
            let passed = (now + moment - begin) as i64 * (FLICKS_PER_SEC / 100_000) / 10_000;
            assert!((heard.0 - passed).abs() <= 2 * FLICKS_PER_FRAME, "look {look}");
        }
        now += if look % 3 == 0 { 25_777_777 } else { 9_000_000 };
    }
}

#[test]
fn backwards_the_sound_runs_backwards_and_is_silent_beyond_its_end() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
    let mut out: Vec<f32> = Vec::new();
    let mut block = [0.0; 2 * 480];
    // From 1.1 s: the sound itself is a second long.
    let wish = wish(1, -1, 1_100);
    while feeder.report.phase != Phase::Ended {
        while feeder.step(wish) {}
        let pulled = ring.pull(&mut block, 0, 0);
        out.extend(block.iter().step_by(2).take(pulled.frames as usize));
        feeder.step(wish);
    }
    let beyond = 4_800;
    assert!(out[..beyond].iter().all(|sample| *sample == 0.0));
    let expected: Vec<f32> = (0..RATE).rev().map(|n| n as f32).collect();
    assert_eq!(out[beyond..], expected);
    let heard = feeder.report.base.1.0 - out.len() as i64 * FLICKS_PER_FRAME;
    assert_eq!(heard, 0, "down to the first sample");
}

#[test]
fn at_twice_the_speed_what_is_heard_counts_double_both_ways() {
    for speed in [2_i8, -2] {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
        let wish = wish(1, speed, 500);
        while feeder.step(wish) {}
        let mut out = vec![0.0; 2 * 4_800];
        ring.pull(&mut out, 0, 0);
        let heard = feeder.report().state(1, &ring, 100_000_000);
        let expected = Flicks::from_millis(500 + i64::from(speed) * 100);
        assert_eq!(heard, SoundState::At(expected));
        // The samples say where they are from: within what the stretch may be off.
        let said = f64::from(out[out.len() - 1]);
        let nominal = expected.0 as f64 / FLICKS_PER_FRAME as f64;
        assert!((said - nominal).abs() < 1_600.0, "{said}, not {nominal}");
    }
}

#[test]
fn a_piece_is_as_long_as_asked_comes_and_goes_softly_and_is_no_gap() {
    struct Loud;
    impl SoundSource for Loud {
        fn seek(&mut self, _to: Flicks) -> Result<(), PlaybackError> {
            Ok(())
        }
        fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
            out.fill(1.0);
            Ok(out.len())
        }
    }
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Loud, Arc::clone(&ring));
    let wish = SoundWish {
        epoch: 1,
        sounding: Sounding::Piece {
            length: Flicks::from_millis(80),
        },
        from: Flicks::from_millis(500),
    };
    feeder.step(wish);
    let mut out = vec![9.0; 2 * 5_000];
    let pulled = ring.pull(&mut out, 0, 0);
    assert_eq!(pulled.frames, 3_840);
    let left: Vec<f32> = out.iter().step_by(2).copied().collect();
    assert_eq!((left[0], left[3_839], left[3_840]), (0.0, 0.0, 0.0));
    assert!(left[300..3_500].iter().all(|sample| *sample == 1.0));
    let step = left.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.01, "{step}");
    feeder.step(wish);
    assert_eq!((feeder.report.phase, ring.underruns()), (Phase::Ended, 0));
}

/// Samples that say their own number, all of it or half of it by the mix, which a seek makes hold.
struct Mixable {
    counting: Counting,
    mixed: bool,
    wanted: bool,
}

impl SoundSource for Mixable {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        self.mixed = self.wanted;
        self.counting.seek(to)
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        let read = self.counting.read(out)?;
        if self.mixed {
            out[..read].iter_mut().for_each(|sample| *sample *= 0.5);
        }
        Ok(read)
    }
    fn set_mix(&mut self, mix: &[ChannelMix]) {
        self.wanted = mix.iter().any(|channel| channel.mute);
    }
}

#[test]
fn another_mix_is_heard_soon_without_a_gap_and_without_a_jump_in_time() {
    let muted = [ChannelMix {
        mute: true,
        ..ChannelMix::default()
    }];
    for speed in [1i64, -1] {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let source = Mixable {
            counting: Counting { at: 0 },
            mixed: false,
            wanted: false,
        };
        let mut feeder = Feeder::new(source, Arc::clone(&ring));
        let wish = wish(1, speed as i8, 500);
        while feeder.step(wish) {}
        let mut out = vec![0.0; 2_000];
        ring.pull(&mut out, 0, 0);
        feeder.remix(&muted);
        // What the device takes, and the feeder fills again meanwhile.
        for _pull in 0..14 {
            while feeder.step(wish) {}
            let mut more = vec![0.0; 2_000];
            ring.pull(&mut more, 0, 0);
            out.extend(more);
        }
        assert_eq!(ring.underruns(), 0, "no gap");
        let number = |n: i64| (24_000 + n * speed - i64::from(speed < 0)) as f32;
        let left: Vec<f32> = out.chunks_exact(2).map(|frame| frame[0]).collect();
        let reserve = 1_000 + REMIX_RESERVE_FRAMES as usize;
        for (n, sample) in left.iter().enumerate() {
            let whole = number(n as i64);
            if n < reserve {
                assert_eq!(*sample, whole, "as it was, at {n} of speed {speed}");
            } else if n >= reserve + 240 {
                assert_eq!(*sample, whole * 0.5, "mixed anew, at {n} of speed {speed}");
            } else {
                assert!(
                    (whole * 0.5 - 1.0..=whole + 1.0).contains(sample),
                    "going over, at {n}"
                );
            }
        }
    }
}

#[test]
fn a_mix_that_cannot_be_read_ends_the_sound_rather_than_shifting_it() {
    /// Sound whose file goes away once the mix is another.
    struct Gone(Counting, bool);
    impl SoundSource for Gone {
        fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
            if self.1 {
                Err(PlaybackError::NoFrames)
            } else {
                self.0.seek(to)
            }
        }
        fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
            self.0.read(out)
        }
        fn set_mix(&mut self, _mix: &[ChannelMix]) {
            self.1 = true;
        }
    }
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Gone(Counting { at: 0 }, false), Arc::clone(&ring));
    let wish = wish(1, 1, 100);
    while feeder.step(wish) {}
    let waiting = ring.queued();
    feeder.remix(&[ChannelMix::default()]);
    let mut out = vec![0.0; 4_000];
    ring.pull(&mut out, 0, 0);
    assert!(!feeder.step(wish), "nothing is read from an unknown place");
    assert_eq!(ring.queued(), waiting - 2_000, "what waited is heard as it was");
}

/// A tone of 1 kHz at -23 dBFS, and at full level from `loud_from` on.
struct Tone {
    at: u64,
    loud_from: u64,
}

impl SoundSource for Tone {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        self.at = (to.0 / (FLICKS_PER_SEC / RATE as i64)) as u64;
        Ok(())
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        for pair in out.chunks_exact_mut(2) {
            let gain = if self.at < self.loud_from {
                10f64.powf(-23.0 / 20.0)
            } else {
                1.0
            };
            let phase = self.at as f64 / RATE as f64 * 1000.0 * std::f64::consts::TAU;
            pair.fill((gain * phase.sin()) as f32);
            self.at += 1;
        }
        Ok(out.len())
    }
}

#[test]
fn what_is_heard_is_measured_and_what_was_thrown_away_is_not() {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let tone = Tone {
        at: 0,
        loud_from: 6 * RATE,
    };
    let mut feeder = Feeder::new(tone, Arc::clone(&ring));
    feeder.measure(true);
    let mut stand_in = StandIn::default();
    let mut millis = 0;
    let mut run = |feeder: &mut Feeder<Tone>, wish: SoundWish, for_millis: u64| {
        for _ in 0..for_millis / 10 {
            while feeder.step(wish) {}
            millis += 10;
            stand_in.run(&ring, millis * 1_000_000);
        }
    };
    // The loud part waits to be heard when the hand jumps back, again and again.
    for epoch in 0..3 {
        run(&mut feeder, wish(epoch * 2 + 1, 1, 0), 5_900);
        ring.flush();
        feeder.step(wish(epoch * 2 + 2, 0, 0));
    }
    let near = |value: Option<f32>, wanted: f32| value.is_some_and(|v| (v - wanted).abs() <= 0.1);
    let shown = feeder.listening.reading().expect("it is measured").loudness;
    assert!(near(shown.integrated_lufs, -23.0), "{shown:?}");
    assert!(near(shown.true_peak_dbtp, -23.0), "{shown:?}");
    // Backwards, bars move and the programme stands.
    run(&mut feeder, wish(10, -1, 9_000), 1_000);
    let back = feeder.listening.reading().expect("it is measured").loudness;
    assert!(back.channels[0].level_dbtp > -1.0, "{back:?}");
    assert_eq!(back.integrated_lufs, shown.integrated_lufs);
    assert_eq!(back.true_peak_dbtp, shown.true_peak_dbtp);
    // On into the loud part.
    run(&mut feeder, wish(11, 1, 5_000), 4_000);
    let on = feeder.listening.reading().expect("it is measured").loudness;
    assert!(near(on.momentary_lufs, 0.0), "{on:?}");
    feeder.measure_anew();
    run(&mut feeder, wish(12, 1, 0), 4_000);
    let anew = feeder.listening.reading().expect("it is measured").loudness;
    assert!(near(anew.integrated_lufs, -23.0), "{anew:?}");
    feeder.measure(false);
    assert_eq!(feeder.listening.reading(), None);
}

/// Silence whose channels say, as peaks, at which instant they were read.
struct Dated(Counting, bool);

impl SoundSource for Dated {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        self.0.seek(to)
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        let read = self.0.read(out)?;
        out[..read].fill(0.0);
        Ok(read)
    }
    fn channels(&self) -> Vec<String> {
        vec!["FL".into(), "FR".into(), "FC".into()]
    }
    fn watch(&mut self, on: bool) {
        self.1 = on;
    }
    fn peaks(&self, from: Flicks, to: Flicks) -> Option<ChannelPeaks> {
        // A tone of a tenth of a second in the second channel, in the middle of the second.
        let loud = Flicks::from_millis(500)..Flicks::from_millis(600);
        let mut peaks = ChannelPeaks::default();
        peaks[1] = if from < loud.end && to > loud.start {
            0.5
        } else {
            0.0
        };
        self.1.then_some(peaks)
    }
}

#[test]
fn a_channel_of_the_source_rises_when_it_is_heard_at_any_speed_either_way() {
    for (speed, from_millis) in [(1i8, 300), (2, 100), (-1, 800), (-2, 1000)] {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Dated(Counting { at: 0 }, false), Arc::clone(&ring));
        feeder.measure(true);
        let wish = wish(1, speed, from_millis);
        while feeder.step(wish) {}
        let mut risen_at = None;
        for pull in 1..=30 {
            ring.pull(&mut vec![0.0; 960], 0, 0);
            feeder.step(wish);
            let channels = feeder.listening.reading().expect("it is measured").channels;
            assert_eq!(channels.len(), 3);
            let levels = [0, 1, 2].map(|n| channels[n].peak.level_dbtp);
            assert!(levels[0] < -190.0 && levels[2] < -190.0, "{levels:?}");
            if levels[1] > -7.0 {
                risen_at.get_or_insert(pull * 10);
            }
        }
        // Everything was read long before: what counts is when the device took it.
        let due = if speed > 0 {
            500 - from_millis
        } else {
            from_millis - 600
        } / i64::from(speed).abs();
        let risen_at = risen_at.expect("it rises");
        assert!(
            (due..=due + 20).contains(&risen_at),
            "{risen_at} ms, not {due} at {speed}"
        );
        feeder.measure(false);
        assert_eq!(feeder.listening.reading(), None);
    }
}
