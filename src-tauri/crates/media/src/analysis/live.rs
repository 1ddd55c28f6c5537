//! Loudness of what is heard now: the meters of EBU Tech 3341 and 3342, and the peaks of every channel.

use ebur128::{EbuR128, Mode};

use super::{
    bars::{ChannelPeak, FLOOR_DB, PeakBars, decibels},
    loudness::SoundError,
};

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
    bars: PeakBars,
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
            bars: PeakBars::new(rate, channels),
            reading: at_rest(channels),
        })
    }

    /// Forgets what was heard.
    pub fn begin(&mut self) {
        self.meter.reset();
        self.measured = 0;
        self.bars = PeakBars::new(self.rate, self.channels);
        self.reading = at_rest(self.channels);
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
            let peaks: Result<Vec<f64>, _> = (0..self.channels)
                .map(|channel| self.meter.prev_true_peak(number(channel)))
                .collect();
            self.rise(frames, peaks?);
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
        let channels = self.channels;
        let peaks = (0..channels).map(|channel| {
            let own = samples.iter().skip(channel).step_by(channels);
            f64::from(own.fold(0.0_f32, |most, sample| most.max(sample.abs())))
        });
        self.rise(frames, peaks);
    }

    /// What it shows.
    pub const fn reading(&self) -> &LoudnessReading {
        &self.reading
    }

    fn rise(&mut self, frames: usize, peaks: impl IntoIterator<Item = f64>) {
        self.bars.rise(frames, peaks);
        self.reading.channels.copy_from_slice(self.bars.bars());
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

/// What it shows before anything was heard.
fn at_rest(channels: usize) -> LoudnessReading {
    LoudnessReading {
        channels: vec![ChannelPeak::default(); channels],
        ..LoudnessReading::default()
    }
}

fn number(channel: usize) -> u32 {
    u32::try_from(channel).unwrap_or(u32::MAX)
}

fn level(value: f64) -> Option<f32> {
    (value.is_finite() && value > FLOOR_DB).then_some(value as f32)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
