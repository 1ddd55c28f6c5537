//! An hour of playing against a device whose clock is not the machine's: what is heard is read off the samples the device plays,
//! what is seen is the picture handed out, and the two are compared. No thread, no waiting: the test is the clock.

use std::collections::VecDeque;
use std::sync::Arc;

use timebase::{FLICKS_PER_SEC, Flicks};

use crate::conductor::Conductor;
use crate::error::PlaybackError;
use crate::feeder::{Feeder, RING_FRAMES};
use crate::ring::{Outlet, Ring};
use crate::sound::SoundSource;
use crate::tape::FLICKS_PER_FRAME;
use crate::transport::{Act, Material};

const HOUR_SECS: i64 = 3_600;
/// What the device asks for at a time, and how much of it waits to be played when it asks.
const BLOCK_FRAMES: i64 = 1_024;
const DEPTH_FRAMES: i64 = 1_440;
const NANOS: i64 = 1_000_000_000;

/// An hour at 25 frames a second.
struct Hour;

impl Material for Hour {
    fn frames(&self) -> u64 {
        HOUR_SECS as u64 * 25
    }
    fn start_of(&self, frame: u64) -> Flicks {
        Flicks(frame.min(self.frames()) as i64 * (FLICKS_PER_SEC / 25))
    }
    fn frame_at(&self, at: Flicks) -> u64 {
        ((at.0.max(0) / (FLICKS_PER_SEC / 25)) as u64).min(self.frames() - 1)
    }
}

/// Samples that say their own number: its low half on the left, its high half on the right.
struct Numbered(i64);

impl SoundSource for Numbered {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        self.0 = to.0 / FLICKS_PER_FRAME;
        Ok(())
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        for pair in out.chunks_exact_mut(2) {
            (pair[0], pair[1]) = ((self.0 & 0xffff) as f32, (self.0 >> 16) as f32);
            self.0 += 1;
        }
        Ok(out.len())
    }
}

/// A sound device with a clock of its own, called back at uneven times, as devices are.
struct Device {
    ppm: i64,
    blocks_asked: i64,
    /// Device time of the first frame of each block that is not played yet, and its samples.
    playing: VecDeque<(i64, Vec<f32>)>,
    outlet: Outlet,
    noise: u64,
}

impl Device {
    fn new(ppm: i64) -> Self {
        Self {
            ppm,
            blocks_asked: 0,
            playing: VecDeque::new(),
            outlet: Outlet::default(),
            noise: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// The device's frame at a time of the machine.
    fn frame_at(&self, nanos: i64) -> i64 {
        (i128::from(nanos) * 48_000 * i128::from(1_000_000 + self.ppm) / 1_000_000 / i128::from(NANOS)) as i64
    }

    /// When the next callback comes, up to 4 ms late.
    fn next_call(&self) -> i64 {
        let frame = self.blocks_asked * BLOCK_FRAMES - DEPTH_FRAMES;
        let due =
            i128::from(frame) * i128::from(NANOS) * 1_000_000 / (48_000 * i128::from(1_000_000 + self.ppm));
        due as i64 + (self.noise % 4_000_000) as i64
    }

    fn call(&mut self, ring: &Ring, nanos: i64) {
        let first = self.blocks_asked * BLOCK_FRAMES;
        // A device reckons with its own clock: 48 000 of its frames are a second to it.
        let latency = (first - self.frame_at(nanos)) * NANOS / 48_000;
        let mut block = vec![0.0; BLOCK_FRAMES as usize * 2];
        self.outlet
            .pull(ring, &mut block, nanos as u64, latency.max(0) as u64);
        self.playing.push_back((first, block));
        self.blocks_asked += 1;
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 7;
        self.noise ^= self.noise << 17;
    }

    /// The media time that is heard: what the sample says that the device plays now.
    fn heard(&mut self, nanos: i64) -> Option<Flicks> {
        let now = self.frame_at(nanos);
        while self
            .playing
            .front()
            .is_some_and(|(first, _)| first + BLOCK_FRAMES <= now)
        {
            self.playing.pop_front();
        }
        let (first, block) = self.playing.front()?;
        let at = usize::try_from(now - first).ok()? * 2;
        let number = block[at] as i64 + ((block[at + 1] as i64) << 16);
        Some(Flicks(number * FLICKS_PER_FRAME))
    }
}

/// What an hour measured, in milliseconds: sound against the picture at each change of picture, and the hour's own length.
struct Measured {
    earliest: f64,
    latest: f64,
    longer: f64,
}

fn play_an_hour(ppm: i64) -> Measured {
    let ring = Arc::new(Ring::new(RING_FRAMES));
    let mut feeder = Feeder::new(Numbered(0), Arc::clone(&ring));
    let mut device = Device::new(ppm);
    let mut conductor: Conductor<Hour, u64> = Conductor::new(Hour, 15, 1_000);
    let flicks = |nanos: i64| Flicks((i128::from(nanos) * 7_056 / 10_000) as i64);
    let begin = NANOS / 3;
    // The device runs before anyone plays.
    while device.next_call().max(0) <= begin {
        device.call(&ring, device.next_call().max(0));
    }
    conductor.act(flicks(begin), Act::Play);
    let mut measured = Measured {
        earliest: 0.0,
        latest: 0.0,
        longer: 0.0,
    };
    let (mut shown, mut changes) = (0, 0);
    for tick in 0.. {
        // A display of 60 a second that is looked at a little unevenly.
        let now = begin + tick * NANOS / 60 + (tick * 7_919 % 1_000) * 500;
        while device.next_call().max(0) <= now {
            let called = device.next_call().max(0);
            while feeder.step(conductor.wish()) {}
            device.call(&ring, called);
        }
        while feeder.step(conductor.wish()) {}
        let said = feeder.report().state(conductor.wish().epoch, &ring, now as u64);
        conductor.tick(flicks(now), said);
        while let Some(job) = conductor.next_job(flicks(now)) {
            conductor.deliver(job, Some((job.frame, 1)));
        }
        let seen = conductor.shown().unwrap_or(0);
        if seen != shown {
            assert_eq!(seen, shown + 1, "no picture is left out");
            (shown, changes) = (seen, changes + 1);
            let heard = device.heard(now).expect("the device plays");
            let lead = (heard.0 - Hour.start_of(seen).0) as f64 / FLICKS_PER_SEC as f64 * 1000.0;
            measured.earliest = measured.earliest.max(lead);
            measured.latest = measured.latest.min(lead);
        }
        if shown + 1 == Hour.frames() {
            let lasted = (now - begin) as f64 / 1e6;
            measured.longer = lasted - HOUR_SECS as f64 * 1000.0;
            break;
        }
    }
    assert_eq!(changes + 1, Hour.frames());
    assert_eq!((conductor.counts.dropped, ring.underruns()), (0, 0));
    measured
}

#[test]
fn over_an_hour_sound_and_picture_stay_within_10_ms_whatever_the_device_takes_for_a_second() {
    for ppm in [100, -100] {
        let measured = play_an_hour(ppm);
        println!(
            "{ppm:+} ppm: sound {:.1} ms early to {:.1} ms late, {:.0} ms longer than an hour",
            measured.earliest, -measured.latest, measured.longer
        );
        assert!(measured.earliest <= 10.0 && measured.latest >= -10.0);
        // The clock followed was the device's: by the machine's the hour would have lasted an hour.
        let drift = -ppm as f64 * HOUR_SECS as f64 / 1000.0;
        assert!((measured.longer - drift).abs() < 150.0, "{}", measured.longer);
    }
}
