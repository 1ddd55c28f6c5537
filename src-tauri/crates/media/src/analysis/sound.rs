//! Everything that is heard in one pass.

use serde::{Deserialize, Serialize};
use timebase::{FlickRange, Flicks};

use super::{
    loudness::{LoudnessMeter, LoudnessReport, SoundError},
    silence::SilenceDetector,
    waveform::{Waveform, WaveformBuilder},
};

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFindings {
    /// A second and more without a sample above -50 dBFS.
    pub silence: Vec<FlickRange>,
    /// Passages above the short-term limit.
    pub loud: Vec<FlickRange>,
    /// The programme's loudness.
    pub loudness: LoudnessReport,
    /// Peaks for drawing.
    pub waveform: Waveform,
    /// Short-term loudness on the grid of the signals, 1/1000 LUFS.
    pub short_term_lufs_milli: Vec<Option<i32>>,
    /// When the first sample is heard.
    pub origin: Flicks,
}

/// The part of [`SoundFindings`] that stands in a report; the waveform has its own file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundReport {
    /// A second and more without a sample above -50 dBFS.
    pub silence: Vec<FlickRange>,
    /// Passages above the short-term limit.
    pub loud: Vec<FlickRange>,
    /// The programme's loudness.
    pub loudness: LoudnessReport,
}

/// Listens to one sound track.
pub struct SoundAnalyst {
    channels: usize,
    origin: Flicks,
    silence: SilenceDetector,
    meter: LoudnessMeter,
    waveform: WaveformBuilder,
}

impl SoundAnalyst {
    /// For sound at `rate` samples per second in `channels` interleaved channels, first heard at `origin`.
    ///
    /// # Errors
    /// [`SoundError::Layout`] when loudness cannot be measured for that layout.
    pub fn new(rate: u32, channels: u32, origin: Flicks) -> Result<Self, SoundError> {
        Ok(Self {
            channels: channels.max(1) as usize,
            origin,
            silence: SilenceDetector::new(rate, origin),
            meter: LoudnessMeter::new(rate, channels, origin)?,
            waveform: WaveformBuilder::new(rate, u16::try_from(channels).unwrap_or(u16::MAX), origin),
        })
    }

    /// Takes the next block of interleaved samples, whole frames.
    ///
    /// # Errors
    /// [`SoundError::Meter`] when the loudness meter refuses it.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), SoundError> {
        self.silence.push(samples, self.channels);
        self.waveform.push(samples);
        self.meter.push(samples)
    }

    /// What was heard.
    ///
    /// # Errors
    /// [`SoundError::Meter`] when the meter has no figures.
    pub fn finish(self) -> Result<SoundFindings, SoundError> {
        let heard = self.meter.finish()?;
        Ok(SoundFindings {
            silence: self.silence.finish(),
            loud: heard.loud,
            loudness: heard.report,
            waveform: self.waveform.finish(),
            short_term_lufs_milli: heard.short_term_lufs_milli,
            origin: self.origin,
        })
    }
}

impl SoundFindings {
    /// The part that stands in a report.
    pub fn report(&self) -> SoundReport {
        SoundReport {
            silence: self.silence.clone(),
            loud: self.loud.clone(),
            loudness: self.loudness,
        }
    }
}
