//! Loudness of what is heard now: the meters of EBU Tech 3341 and 3342, and the peaks of every channel.

use ebur128::{EbuR128, Mode};

use super::loudness::SoundError;

/// How often momentary and short-term loudness are read: what EBU Tech 3341 asks for at least.
const STEP_MILLIS: u32 = 100;
/// The momentary window in steps.
const MOMENTARY_STEPS: u64 = 4;
/// The short-term window in steps.
const SHORT_TERM_STEPS: u64 = 30;
/// Programme loudness and range are worked out anew after so many steps: they move slowly, and cost with what was heard.
const PROGRAMME_STEPS: u64 = 5;
/// A programme that lasts longer than a day begins anew, so that what is kept of it has an end.
const STEPS_MAX: u64 = 24 * 3600 * 10;
/// How fast a bar falls: 20 dB in 1.7 s (IEC 60268-18).
const FALL_DB_PER_SEC: f64 = 20.0 / 1.7;
/// How long the mark of the last peak stands.
const HOLD_MILLIS: u64 = 1500;
/// Below this a level is silence.
const FLOOR_DB: f64 = -200.0;

/// How high one channel goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelPeak {
    /// The bar, dBTP: up at once, down slowly.
    pub level_dbtp: f32,
    /// The highest of the last while, dBTP.
    pub held_dbtp: f32,
}

impl Default for ChannelPeak {
    fn default() -> Self {
        let floor = FLOOR_DB as f32;
        Self {
            level_dbtp: floor,
            held_dbtp: floor,
        }
    }
}

/// What a meter shows; `None` where too little was heard or nothing above the gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoudnessReading {
    /// Loudness of the last 400 ms, LUFS.
    pub momentary_lufs: Option<f32>,
    /// Loudness of the last 3 s, LUFS.
    pub short_term_lufs: Option<f32>,
    /// Loudness of everything since the beginning, gated, LUFS.
    pub integrated_lufs: Option<f32>,
    /// Loudness range since the beginning, LU.
    pub range_lu: Option<f32>,
    /// Highest true peak of any channel since the beginning, dBTP.
    pub true_peak_dbtp: Option<f32>,
    /// Every channel in the order of the samples.
    pub channels: Vec<ChannelPeak>,
}

/// Measures sound as it is heard, from the last [`LiveMeter::begin`] on.
pub struct LiveMeter {
    meter: EbuR128,
    rate: u32,
    channels: usize,
    /// Frames measured since the beginning.
    measured: u64,
    /// Frames heard, measured or not, and when each channel reached its mark.
    heard: u64,
    held_at: Vec<u64>,
    reading: LoudnessReading,
}

impl LiveMeter {
    /// A meter for interleaved sound at `rate`.
    ///
    /// # Errors
    /// [`SoundError::Layout`] when the standard does not cover the layout.
    pub fn new(rate: u32, channels: u32) -> Result<Self, SoundError> {
        let layout = |source| SoundError::Layout {
            rate,
            channels,
            source,
        };
        let mode = Mode::I | Mode::LRA | Mode::S | Mode::M | Mode::TRUE_PEAK;
        // Its own limit of history is left alone: setting it fills the history with silence.
        let meter = EbuR128::new(channels, rate, mode).map_err(layout)?;
        let channels = channels as usize;
        Ok(Self {
            meter,
            rate,
            channels,
            measured: 0,
            heard: 0,
            held_at: vec![0; channels],
            reading: LoudnessReading {
                channels: vec![ChannelPeak::default(); channels],
                ..LoudnessReading::default()
            },
        })
    }

    /// Forgets what was heard.
    pub fn begin(&mut self) {
        self.meter.reset();
        (self.measured, self.heard) = (0, 0);
        self.held_at.fill(0);
        self.reading = LoudnessReading {
            channels: vec![ChannelPeak::default(); self.channels],
            ..LoudnessReading::default()
        };
    }

    /// Measures interleaved samples; a trailing part of a frame is left out.
    ///
    /// # Errors
    /// [`SoundError::Meter`] when the meter refuses them.
    pub fn push(&mut self, mut samples: &[f32]) -> Result<(), SoundError> {
        let step_frames = u64::from(self.rate * STEP_MILLIS / 1000).max(1);
        while samples.len() >= self.channels {
            let room = step_frames - self.measured % step_frames;
            let whole = samples.len() / self.channels;
            let frames = whole.min(usize::try_from(room).unwrap_or(whole));
            let (now, later) = samples.split_at(frames * self.channels);
            self.meter.add_frames_f32(now)?;
            self.measured += frames as u64;
            for channel in 0..self.channels {
                let peak = self.meter.prev_true_peak(number(channel))?;
                self.raise(channel, frames, peak);
            }
            self.heard += frames as u64;
            if self.measured.is_multiple_of(step_frames) {
                self.read_meters(self.measured / step_frames)?;
                if self.measured / step_frames >= STEPS_MAX {
                    self.begin();
                }
            }
            samples = later;
        }
        Ok(())
    }

    /// Shows the peaks of samples that are no part of the programme: those of a film that runs fast or backwards.
    pub fn pass(&mut self, samples: &[f32]) {
        let frames = samples.len() / self.channels;
        for channel in 0..self.channels {
            let own = samples.iter().skip(channel).step_by(self.channels);
            let peak = own.fold(0.0_f32, |most, sample| most.max(sample.abs()));
            self.raise(channel, frames, f64::from(peak));
        }
        self.heard += frames as u64;
    }

    /// What it shows.
    pub const fn reading(&self) -> &LoudnessReading {
        &self.reading
    }

    /// Lets the bar of a channel fall for as long as `frames` last, and raises it to a peak.
    fn raise(&mut self, channel: usize, frames: usize, peak: f64) {
        let now_dbtp = decibels(peak) as f32;
        let fall = (frames as f64 / f64::from(self.rate) * FALL_DB_PER_SEC) as f32;
        let hold_frames = u64::from(self.rate) * HOLD_MILLIS / 1000;
        let (Some(bar), Some(held_at)) = (
            self.reading.channels.get_mut(channel),
            self.held_at.get_mut(channel),
        ) else {
            return;
        };
        bar.level_dbtp = (bar.level_dbtp - fall).max(now_dbtp);
        if now_dbtp >= bar.held_dbtp || self.heard - *held_at > hold_frames {
            (bar.held_dbtp, *held_at) = (bar.level_dbtp, self.heard);
        }
    }

    fn read_meters(&mut self, steps: u64) -> Result<(), SoundError> {
        let reading = &mut self.reading;
        if steps >= MOMENTARY_STEPS {
            reading.momentary_lufs = level(self.meter.loudness_momentary()?);
        }
        if steps >= SHORT_TERM_STEPS {
            reading.short_term_lufs = level(self.meter.loudness_shortterm()?);
        }
        if steps.is_multiple_of(PROGRAMME_STEPS) {
            reading.integrated_lufs = level(self.meter.loudness_global()?);
            reading.range_lu = match reading.integrated_lufs {
                Some(_) if steps >= SHORT_TERM_STEPS => level(self.meter.loudness_range()?),
                _ => None,
            };
            let mut peak = 0.0_f64;
            for channel in 0..self.channels {
                peak = peak.max(self.meter.true_peak(number(channel))?);
            }
            reading.true_peak_dbtp = level(decibels(peak));
        }
        Ok(())
    }
}

fn number(channel: usize) -> u32 {
    u32::try_from(channel).unwrap_or(u32::MAX)
}

fn decibels(peak: f64) -> f64 {
    (20.0 * peak.log10()).max(FLOOR_DB)
}

fn level(value: f64) -> Option<f32> {
    (value.is_finite() && value > FLOOR_DB).then_some(value as f32)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
