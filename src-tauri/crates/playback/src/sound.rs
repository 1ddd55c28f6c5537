//! Sound: fills the ring from the file, and a device (or a clocked stand-in for one) empties it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use timebase::{FLICKS_PER_SEC, Flicks};

use crate::conductor::{SoundState, SoundWish};
use crate::error::PlaybackError;
use crate::ring::{RATE, Ring};

/// Half a second of sound at most waits to be heard.
const RING_FRAMES: usize = 24_000;
/// Playing starts when this much waits.
const START_FRAMES: u64 = 2_880;
/// Read from the file at a time.
const BLOCK_FRAMES: usize = 1_024;
/// How often the ring is looked after while playing.
const FEED_EVERY: Duration = Duration::from_millis(10);

/// Where sound comes from: interleaved stereo floats at 48 kHz.
pub trait SoundSource: Send {
    /// The next sample read is the one heard at `to`, media time.
    ///
    /// # Errors
    /// When the file cannot be read there.
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError>;

    /// Fills `out`; fewer floats only at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError>;
}

impl SoundSource for media::AudioReader {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        Ok(media::AudioReader::seek(self, to)?)
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        Ok(media::AudioReader::read(self, out)?)
    }
}

/// Which device plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SoundOut {
    /// The system's default device; without one, the stand-in.
    #[default]
    System,
    /// The stand-in: as fast as a device, and silent.
    Silent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Starting,
    Running,
    Ended,
}

/// Feeds the ring: a step at a time, so that tests need no thread and no clock.
struct Feeder<S> {
    source: S,
    ring: Arc<Ring>,
    epoch: u64,
    phase: Phase,
    /// Ring position of the first frame of this epoch, and its media time.
    base: (u64, Flicks),
    exhausted: bool,
    block: Vec<f32>,
}

impl<S: SoundSource> Feeder<S> {
    fn new(source: S, ring: Arc<Ring>) -> Self {
        Self {
            source,
            ring,
            epoch: 0,
            phase: Phase::Idle,
            base: (0, Flicks::ZERO),
            exhausted: false,
            block: vec![0.0; BLOCK_FRAMES * 2],
        }
    }

    /// Brings the ring to what is wished: at most one block is read.
    ///
    /// Answers whether more could be read at once.
    fn step(&mut self, wish: SoundWish) -> bool {
        if wish.epoch != self.epoch {
            self.begin(wish);
        }
        if !matches!(self.phase, Phase::Starting | Phase::Running) {
            return false;
        }
        if !self.exhausted && self.ring.room() >= BLOCK_FRAMES as u64 {
            let read = self.source.read(&mut self.block).unwrap_or_else(|error| {
                tracing::warn!(%error, "sound ends early");
                0
            });
            self.ring.push(&self.block[..read - read % 2]);
            self.exhausted = read < self.block.len();
        }
        let queued = self.ring.queued();
        if self.phase == Phase::Starting && (queued >= START_FRAMES || self.exhausted) {
            self.ring.open();
            self.phase = Phase::Running;
        }
        if self.exhausted && queued == 0 {
            self.phase = Phase::Ended;
        }
        !self.exhausted && self.ring.room() >= BLOCK_FRAMES as u64
    }

    fn begin(&mut self, wish: SoundWish) {
        let position = self.ring.flush();
        self.epoch = wish.epoch;
        self.base = (position, wish.from);
        self.exhausted = false;
        self.phase = if wish.playing {
            Phase::Starting
        } else {
            Phase::Idle
        };
        if wish.playing
            && let Err(error) = self.source.seek(wish.from)
        {
            tracing::warn!(%error, "no sound from here");
            self.phase = Phase::Ended;
        }
    }
}

/// What the feeding thread says to the rest.
#[derive(Clone, Debug)]
struct Report {
    epoch: u64,
    phase: Phase,
    base: (u64, Flicks),
    words: String,
}

struct Shared {
    wish: SoundWish,
    report: Report,
    stop: bool,
}

struct Desk {
    shared: Mutex<Shared>,
    changed: Condvar,
    ring: Arc<Ring>,
    zero: Instant,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A panic elsewhere leaves plain values here that are still whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Sound of one asset, on a thread of its own.
pub(crate) struct Sound {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

impl Sound {
    pub fn start<S: SoundSource + 'static>(source: S, out: SoundOut) -> Result<Self, PlaybackError> {
        let desk = Arc::new(Desk {
            shared: Mutex::new(Shared {
                wish: SoundWish::default(),
                report: Report {
                    epoch: 0,
                    phase: Phase::Idle,
                    base: (0, Flicks::ZERO),
                    words: "starting".to_owned(),
                },
                stop: false,
            }),
            changed: Condvar::new(),
            ring: Arc::new(Ring::new(RING_FRAMES)),
            zero: Instant::now(),
        });
        let own = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("playback-sound".to_owned())
            .spawn(move || feed(&own, source, out))?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    pub fn wish(&self, wish: SoundWish) {
        let mut shared = self.desk.lock();
        if shared.wish != wish {
            shared.wish = wish;
            // The device falls silent now, not when the feeder has noticed.
            self.desk.ring.flush();
            self.desk.changed.notify_all();
        }
    }

    /// What is heard now of this epoch.
    pub fn state(&self, epoch: u64) -> SoundState {
        let report = self.desk.lock().report.clone();
        match report.phase {
            Phase::Ended if report.epoch == epoch => SoundState::Absent,
            Phase::Running if report.epoch == epoch => {
                let (base, media) = report.base;
                let heard = self.desk.ring.heard(self.desk.nanos()).max(base) - base;
                SoundState::At(media + Flicks((heard as i64).saturating_mul(FLICKS_PER_SEC / RATE as i64)))
            }
            _not_this_far => SoundState::Starting,
        }
    }

    pub fn words(&self) -> String {
        let words = self.desk.lock().report.words.clone();
        match self.desk.ring.underruns() {
            0 => words,
            gaps => format!("{words}, {gaps} gaps"),
        }
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.desk.lock().stop = true;
        self.desk.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the sound thread panicked");
        }
    }
}

/// The feeding thread: owns the source and the device.
fn feed<S: SoundSource>(desk: &Arc<Desk>, source: S, out: SoundOut) {
    let device = match out {
        SoundOut::System => open_device(desk),
        SoundOut::Silent => Err("silent".to_owned()),
    };
    let words = match &device {
        Ok((_, words)) => words.clone(),
        Err(why) => format!("no sound device ({why}), clock only"),
    };
    tracing::info!(words, "sound goes to");
    desk.lock().report.words = words;
    let mut stand_in = device.is_err().then(|| StandIn::new(desk.nanos()));
    let mut feeder = Feeder::new(source, Arc::clone(&desk.ring));
    loop {
        let wish = {
            let mut shared = desk.lock();
            let idle = |s: &mut Shared| !s.stop && s.wish.epoch == s.report.epoch;
            shared = if matches!(shared.report.phase, Phase::Starting | Phase::Running) {
                wait_for(desk, shared, FEED_EVERY, idle)
            } else {
                desk.changed
                    .wait_while(shared, idle)
                    .unwrap_or_else(PoisonError::into_inner)
            };
            if shared.stop {
                return;
            }
            shared.wish
        };
        while feeder.step(wish) && desk.lock().wish.epoch == wish.epoch {}
        if let Some(stand_in) = &mut stand_in {
            stand_in.run(&desk.ring, desk.nanos());
        }
        let mut shared = desk.lock();
        shared.report.epoch = feeder.epoch;
        shared.report.phase = feeder.phase;
        shared.report.base = feeder.base;
    }
}

fn wait_for<'a>(
    desk: &'a Desk,
    shared: MutexGuard<'a, Shared>,
    time: Duration,
    idle: impl Fn(&mut Shared) -> bool,
) -> MutexGuard<'a, Shared> {
    let waited = desk.changed.wait_timeout_while(shared, time, idle);
    waited.unwrap_or_else(PoisonError::into_inner).0
}

/// Empties the ring as fast as a device would.
struct StandIn {
    last_nanos: u64,
    scratch: Vec<f32>,
}

impl StandIn {
    fn new(now_nanos: u64) -> Self {
        Self {
            last_nanos: now_nanos,
            scratch: Vec::new(),
        }
    }

    fn run(&mut self, ring: &Ring, now_nanos: u64) {
        let frames = (now_nanos - self.last_nanos) * RATE / 1_000_000_000;
        // The part of a frame that is left over counts next time.
        self.last_nanos += frames * 1_000_000_000 / RATE;
        // After a rest there is nothing to catch up with, and what is not there is not pulled: a stand-in has no gaps.
        let frames = frames.min(ring.queued()).min(RATE / 10);
        self.scratch.resize(frames as usize * 2, 0.0);
        ring.pull(&mut self.scratch, now_nanos, 0);
    }
}

/// Opens the system's default device; the error says why not, in words.
fn open_device(desk: &Arc<Desk>) -> Result<(cpal::Stream, String), String> {
    let host = cpal::default_host();
    let device = host.default_output_device().ok_or("none is there")?;
    let name = device
        .description()
        .map_or_else(|_| "default".to_owned(), |d| d.name().to_owned());
    let config = device.default_output_config().map_err(|e| e.to_string())?;
    let channels = config.channels().max(1);
    let wanted = cpal::StreamConfig {
        channels,
        sample_rate: RATE as cpal::SampleRate,
        buffer_size: cpal::BufferSize::Default,
    };
    let own = Arc::clone(desk);
    let mut stereo = Vec::new();
    let stream = device
        .build_output_stream::<f32, _, _>(
            wanted,
            move |out: &mut [f32], info: &cpal::OutputCallbackInfo| {
                let stamp = info.timestamp();
                let latency = stamp.playback.duration_since(stamp.callback);
                stereo.resize(out.len() / usize::from(channels) * 2, 0.0);
                own.ring.pull(&mut stereo, own.nanos(), latency.as_nanos() as u64);
                spread(&stereo, out, usize::from(channels));
            },
            |error| tracing::warn!(%error, "the sound device complains"),
            None,
        )
        .map_err(|e| e.to_string())?;
    stream.play().map_err(|e| e.to_string())?;
    Ok((stream, name))
}

/// Stereo onto a device's channels: both on one, or the first two of many.
fn spread(stereo: &[f32], out: &mut [f32], channels: usize) {
    for (frame, pair) in out.chunks_exact_mut(channels).zip(stereo.chunks_exact(2)) {
        match frame {
            [one] => *one = (pair[0] + pair[1]) * 0.5,
            [left, right, rest @ ..] => {
                (*left, *right) = (pair[0], pair[1]);
                rest.fill(0.0);
            }
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn wish(epoch: u64, playing: bool, from_millis: i64) -> SoundWish {
        SoundWish {
            epoch,
            playing,
            from: Flicks::from_millis(from_millis),
        }
    }

    #[test]
    fn sound_starts_when_enough_waits_and_from_the_asked_sample() {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
        assert!(!feeder.step(wish(0, false, 0)), "nothing is wished");
        assert!(feeder.step(wish(1, true, 500)));
        assert_eq!(feeder.phase, Phase::Starting);
        while feeder.step(wish(1, true, 500)) {}
        assert_eq!(feeder.phase, Phase::Running);
        assert!(ring.queued() <= RING_FRAMES as u64);
        let mut out = [0.0; 4];
        ring.pull(&mut out, 0, 0);
        assert_eq!(out, [24_000.0, 24_000.0, 24_001.0, 24_001.0]);
    }

    #[test]
    fn a_jump_throws_the_old_sound_away() {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
        while feeder.step(wish(1, true, 0)) {}
        while feeder.step(wish(2, true, 250)) {}
        let mut out = [0.0; 2];
        ring.pull(&mut out, 0, 0);
        assert_eq!(out, [12_000.0; 2]);
        feeder.step(wish(3, false, 0));
        ring.pull(&mut out, 0, 0);
        assert_eq!((out, feeder.phase), ([0.0; 2], Phase::Idle));
    }

    #[test]
    fn the_end_of_the_sound_is_not_a_gap() {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
        let mut stand_in = StandIn::new(0);
        let wish = wish(1, true, 950);
        for tick in 1..30 {
            while feeder.step(wish) {}
            stand_in.run(&ring, tick * 10_000_000);
        }
        feeder.step(wish);
        assert_eq!(feeder.phase, Phase::Ended);
        assert_eq!(ring.underruns(), 0);
    }

    #[test]
    fn the_stand_in_runs_as_fast_as_a_device() {
        let ring = Arc::new(Ring::new(RING_FRAMES));
        let mut feeder = Feeder::new(Counting { at: 0 }, Arc::clone(&ring));
        let mut stand_in = StandIn::new(0);
        while feeder.step(wish(1, true, 0)) {}
        let before = ring.queued();
        for tick in 1..=30 {
            // Uneven looks, an even flow.
            stand_in.run(&ring, tick * 10_000_000 + if tick % 2 == 0 { 777_777 } else { 0 });
        }
        let after = ring.queued();
        assert!(
            (before - after).abs_diff(RATE * 30 / 100 + 37) <= 2,
            "{}",
            before - after
        );
    }

    #[test]
    fn stereo_fits_any_number_of_channels() {
        let mut one = [9.0; 2];
        spread(&[1.0, 3.0, 2.0, 4.0], &mut one, 1);
        assert_eq!(one, [2.0, 3.0]);
        let mut six = [9.0; 6];
        spread(&[1.0, 3.0], &mut six, 6);
        assert_eq!(six, [1.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
