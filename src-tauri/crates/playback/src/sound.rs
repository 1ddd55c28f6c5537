//! Sound: fills the ring from the file, and a device (or a clocked stand-in for one) empties it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use media::{ChannelMix, ChannelPeaks, Patience, heard_of};
use timebase::Flicks;

use crate::error::PlaybackError;
use crate::feeder::{Feeder, Phase, RING_FRAMES, Report};
use crate::listening::Metering;
use crate::ring::{NANOS, Outlet, RATE, Ring};
use crate::wish::{SoundState, SoundWish};

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

    /// Names of its channels.
    fn channels(&self) -> Vec<String> {
        Vec::new()
    }

    /// How long it waits for what is on its way to this machine, for those that may have to.
    fn patience(&self) -> Option<Patience> {
        None
    }

    /// Which of its channels are heard from the next seek on, and where.
    fn set_mix(&mut self, _mix: &[ChannelMix]) {}

    /// Measures how high each channel goes from what is read next on, or no longer.
    fn watch(&mut self, _on: bool) {}

    /// The highest that each channel goes between two instants, before they are mixed; nothing of what was not read lately, while it
    /// was watched.
    fn peaks(&self, _from: Flicks, _to: Flicks) -> Option<ChannelPeaks> {
        None
    }
}

impl SoundSource for media::AudioReader {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        Ok(media::AudioReader::seek(self, to)?)
    }
    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        Ok(media::AudioReader::read(self, out)?)
    }
    fn channels(&self) -> Vec<String> {
        media::AudioReader::channels(self).to_vec()
    }
    fn set_mix(&mut self, mix: &[ChannelMix]) {
        media::AudioReader::set_mix(self, mix);
    }
    fn watch(&mut self, on: bool) {
        media::AudioReader::watch(self, on);
    }
    fn peaks(&self, from: Flicks, to: Flicks) -> Option<ChannelPeaks> {
        media::AudioReader::peaks(self, from, to)
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

struct Shared {
    wish: SoundWish,
    report: Report,
    words: String,
    /// A mix that the feeder has not taken yet.
    mix: Option<Vec<ChannelMix>>,
    /// Which channels are heard, as far as anybody said.
    heard: Vec<bool>,
    /// Whether loudness is measured, and how often that began anew.
    metered: bool,
    resets: u64,
    /// What was measured last.
    metering: Option<Metering>,
    stop: bool,
}

struct Desk {
    shared: Mutex<Shared>,
    changed: Condvar,
    ring: Arc<Ring>,
    zero: Instant,
    /// The epoch that is worked on.
    at_work: AtomicU64,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A panic elsewhere leaves plain values here that are still whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is worked on is still wished for.
    fn waits(&self) -> bool {
        let shared = self.lock();
        !shared.stop && shared.wish.epoch == self.at_work.load(Ordering::Relaxed)
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Sound of one asset, on a thread of its own.
pub(crate) struct Sound {
    desk: Arc<Desk>,
    channels: Vec<String>,
    thread: Option<JoinHandle<()>>,
}

impl Sound {
    pub fn start<S: SoundSource + 'static>(source: S, out: SoundOut) -> Result<Self, PlaybackError> {
        let desk = Arc::new(Desk {
            shared: Mutex::new(Shared {
                wish: SoundWish::default(),
                report: Report::default(),
                words: "starting".to_owned(),
                mix: None,
                heard: Vec::new(),
                metered: false,
                resets: 0,
                metering: None,
                stop: false,
            }),
            changed: Condvar::new(),
            ring: Arc::new(Ring::new(RING_FRAMES)),
            zero: Instant::now(),
            at_work: AtomicU64::new(0),
        });
        if let Some(patience) = source.patience() {
            let desk = Arc::downgrade(&desk);
            patience.change(move || desk.upgrade().is_some_and(|desk| desk.waits()));
        }
        let channels = source.channels();
        let own = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("playback-sound".to_owned())
            .spawn(move || feed(&own, source, out))?;
        Ok(Self {
            desk,
            channels,
            thread: Some(thread),
        })
    }

    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Which channels are heard from now on, and where.
    pub fn set_mix(&self, mix: Vec<ChannelMix>) {
        let mut shared = self.desk.lock();
        shared.heard = heard_of(&mix, self.channels.len());
        shared.mix = Some(mix);
        drop(shared);
        self.desk.changed.notify_all();
    }

    /// Measures what is heard from now on, or no longer.
    pub fn meter(&self, on: bool) {
        let mut shared = self.desk.lock();
        if shared.metered != on {
            (shared.metered, shared.metering) = (on, None);
            shared.resets += 1;
        }
    }

    /// Begins to measure loudness anew.
    pub fn reset_meter(&self) {
        let mut shared = self.desk.lock();
        shared.metering = None;
        shared.resets += 1;
    }

    /// What was measured, while it is.
    pub fn metering(&self) -> Option<Metering> {
        let shared = self.desk.lock();
        let mut metering = shared.metering.clone()?;
        for (channel, heard) in metering.channels.iter_mut().zip(&shared.heard) {
            channel.heard = *heard;
        }
        Some(metering)
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

    /// Falls silent and tells the thread to end, without waiting for it.
    pub fn stop(&self) {
        self.desk.lock().stop = true;
        self.desk.ring.flush();
        self.desk.changed.notify_all();
    }

    /// What is heard now of this epoch.
    pub fn state(&self, epoch: u64) -> SoundState {
        let report = self.desk.lock().report;
        report.state(epoch, &self.desk.ring, self.desk.nanos())
    }

    pub fn words(&self) -> String {
        let words = self.desk.lock().words.clone();
        match self.desk.ring.underruns() {
            0 => words,
            gaps => format!("{words}, {gaps} gaps"),
        }
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.stop();
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
    desk.lock().words = words;
    let mut stand_in = device.is_err().then(StandIn::default);
    let mut feeder = Feeder::new(source, Arc::clone(&desk.ring));
    let mut resets = 0;
    loop {
        let (wish, mix, (metered, begun)) = {
            let mut shared = desk.lock();
            let idle = |s: &mut Shared| !s.stop && s.mix.is_none() && s.wish.epoch == s.report.epoch;
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
            (shared.wish, shared.mix.take(), (shared.metered, shared.resets))
        };
        desk.at_work.store(wish.epoch, Ordering::Relaxed);
        feeder.measure(metered);
        if std::mem::replace(&mut resets, begun) != begun {
            feeder.measure_anew();
        }
        if let Some(mix) = mix {
            feeder.remix(&mix);
        }
        while feeder.step(wish) && desk.lock().wish.epoch == wish.epoch {}
        if let Some(stand_in) = &mut stand_in {
            stand_in.run(&desk.ring, desk.nanos());
        }
        let mut shared = desk.lock();
        shared.report = feeder.report();
        // What was asked for meanwhile is not answered with what was measured before.
        if metered && shared.metered && shared.resets == resets {
            shared.metering = feeder.listening.reading();
        }
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

/// How much of the ring the stand-in takes ahead of its being heard, as a device's buffer does.
const STAND_IN_BUFFER_NANOS: u64 = 30_000_000;

/// Empties the ring as fast as a device would.
#[derive(Default)]
pub(crate) struct StandIn {
    /// The flush after which it began, when that was, and what it took since.
    flushed: u64,
    zero_nanos: u64,
    frames: u64,
    scratch: Vec<f32>,
}

impl StandIn {
    pub fn run(&mut self, ring: &Ring, now_nanos: u64) {
        let flushed = ring.flushed();
        if flushed != self.flushed || self.frames == 0 {
            // After a rest there is nothing to catch up with.
            (self.flushed, self.zero_nanos, self.frames) = (flushed, now_nanos, 0);
        }
        let passed = now_nanos - self.zero_nanos;
        let wanted = ((passed + STAND_IN_BUFFER_NANOS) * RATE / NANOS).saturating_sub(self.frames);
        // What is not there is not pulled: a stand-in has no gaps, its time stands still.
        let frames = wanted.min(ring.queued());
        let due_nanos = self.zero_nanos + self.frames * NANOS / RATE;
        self.zero_nanos = (self.zero_nanos + (wanted - frames) * NANOS / RATE).min(now_nanos);
        self.scratch.resize(frames as usize * 2, 0.0);
        let pulled = ring.pull(
            &mut self.scratch,
            due_nanos.min(now_nanos),
            due_nanos.saturating_sub(now_nanos),
        );
        self.frames += pulled.frames;
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
    let mut outlet = Outlet::default();
    let mut stereo = Vec::new();
    let stream = device
        .build_output_stream::<f32, _, _>(
            wanted,
            move |out: &mut [f32], info: &cpal::OutputCallbackInfo| {
                let stamp = info.timestamp();
                let latency = stamp.playback.duration_since(stamp.callback);
                stereo.resize(out.len() / usize::from(channels) * 2, 0.0);
                outlet.pull(&own.ring, &mut stereo, own.nanos(), latency.as_nanos() as u64);
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
