//! EBU R128 loudness, true peak and passages that are too loud.

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};
use timebase::{FlickRange, Flicks};

use super::silence::flicks_of;

/// Why sound could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// A rate or channel count that the measurement does not cover.
    #[error("loudness cannot be measured at {rate} Hz with {channels} channels")]
    Layout {
        /// Samples per second.
        rate: u32,
        /// Channels.
        channels: u32,
        /// What the meter said.
        source: ebur128::Error,
    },
    /// The meter refused samples.
    #[error("the loudness meter refused samples")]
    Meter(#[from] ebur128::Error),
}

/// Loudness of the whole programme. Values are thousandths, `None` where there was nothing above the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoudnessReport {
    /// Integrated loudness, 1/1000 LUFS.
    pub integrated_lufs_milli: Option<i32>,
    /// Loudness range, 1/1000 LU.
    pub range_lu_milli: Option<i32>,
    /// Highest true peak of any channel, 1/1000 dBTP.
    pub true_peak_dbtp_milli: Option<i32>,
    /// Highest short-term loudness (3 s), 1/1000 LUFS.
    pub max_short_term_lufs_milli: Option<i32>,
    /// Highest momentary loudness (400 ms), 1/1000 LUFS.
    pub max_momentary_lufs_milli: Option<i32>,
}

/// Short-term loudness above this is a loud passage: EBU R128 s1, 5 LU over the target.
pub const LOUD_LIMIT_LUFS_MILLI: i32 = -18_000;
/// How often the meters are read.
const STEP_MILLIS: u32 = 100;
/// Short-term readings are taken on every fifth step, the grid of the signals.
const STEPS_PER_SHORT_TERM: usize = 5;
/// The windows of the two meters in steps.
const SHORT_TERM_STEPS: usize = 30;

/// Measures one programme's sound.
pub struct LoudnessMeter {
    meter: EbuR128,
    rate: u32,
    channels: usize,
    origin: Flicks,
    pushed: u64,
    momentary: Vec<Option<i32>>,
    short_term: Vec<Option<i32>>,
}

/// What the meter heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The programme's figures.
    pub report: LoudnessReport,
    /// Passages above [`LOUD_LIMIT_LUFS_MILLI`].
    pub loud: Vec<FlickRange>,
    /// Short-term loudness at the end of every half second, 1/1000 LUFS.
    pub short_term_lufs_milli: Vec<Option<i32>>,
}

impl LoudnessMeter {
    /// A meter for interleaved sound at `rate` whose first sample is heard at `origin`.
    ///
    /// # Errors
    /// [`SoundError::Layout`] when the standard does not cover the layout.
    pub fn new(rate: u32, channels: u32, origin: Flicks) -> Result<Self, SoundError> {
        let mode = Mode::I | Mode::LRA | Mode::S | Mode::M | Mode::TRUE_PEAK;
        let meter = EbuR128::new(channels, rate, mode).map_err(|source| SoundError::Layout {
            rate,
            channels,
            source,
        })?;
        Ok(Self {
            meter,
            rate,
            channels: channels as usize,
            origin,
            pushed: 0,
            momentary: Vec::new(),
            short_term: Vec::new(),
        })
    }

    /// Takes interleaved samples; a trailing part of a frame is left out.
    ///
    /// # Errors
    /// [`SoundError::Meter`] when the meter refuses them.
    pub fn push(&mut self, mut samples: &[f32]) -> Result<(), SoundError> {
        while samples.len() >= self.channels {
            let step_end =
                u64::from(self.rate) * u64::from(STEP_MILLIS) * (self.momentary.len() as u64 + 1) / 1000;
            let room = usize::try_from(step_end - self.pushed)
                .unwrap_or(usize::MAX)
                .saturating_mul(self.channels);
            let whole = samples.len() / self.channels * self.channels;
            let (now, later) = samples.split_at(whole.min(room));
            self.meter.add_frames_f32(now)?;
            self.pushed += (now.len() / self.channels) as u64;
            if self.pushed == step_end {
                self.read_meters()?;
            }
            samples = later;
        }
        Ok(())
    }

    /// The figures.
    ///
    /// # Errors
    /// [`SoundError::Meter`] when the meter has none.
    pub fn finish(self) -> Result<Heard, SoundError> {
        let mut peak = 0f64;
        for channel in 0..self.channels {
            peak = peak.max(self.meter.true_peak(u32::try_from(channel).unwrap_or(u32::MAX))?);
        }
        let integrated = milli(self.meter.loudness_global()?);
        let report = LoudnessReport {
            integrated_lufs_milli: integrated,
            range_lu_milli: integrated.and(milli(self.meter.loudness_range()?)),
            true_peak_dbtp_milli: milli(20.0 * peak.log10()),
            max_short_term_lufs_milli: self.short_term.iter().flatten().copied().max(),
            max_momentary_lufs_milli: self.momentary.iter().flatten().copied().max(),
        };
        let loud = loud_steps(&self.momentary, &self.short_term)
            .into_iter()
            .map(|(from, to)| FlickRange::new(self.step_start(from), self.step_start(to)))
            .collect();
        Ok(Heard {
            report,
            loud,
            short_term_lufs_milli: self.short_term,
        })
    }

    fn read_meters(&mut self) -> Result<(), SoundError> {
        self.momentary.push(milli(self.meter.loudness_momentary()?));
        if self.momentary.len().is_multiple_of(STEPS_PER_SHORT_TERM) {
            let enough = self.momentary.len() >= SHORT_TERM_STEPS;
            let reading = if enough {
                milli(self.meter.loudness_shortterm()?)
            } else {
                None
            };
            self.short_term.push(reading);
        }
        Ok(())
    }

    fn step_start(&self, step: usize) -> Flicks {
        self.origin
            + flicks_of(
                step as u64 * u64::from(self.rate) * u64::from(STEP_MILLIS) / 1000,
                self.rate,
            )
    }
}

/// Passages as half-open step ranges: where the short-term meter is above the limit, narrowed to the part of its window in
/// which the momentary meter is above it too, so that a passage does not seem three seconds longer than it is.
fn loud_steps(momentary: &[Option<i32>], short_term: &[Option<i32>]) -> Vec<(usize, usize)> {
    let over = |reading: &Option<i32>| reading.is_some_and(|milli| milli > LOUD_LIMIT_LUFS_MILLI);
    let mut passages: Vec<(usize, usize)> = Vec::new();
    for (at, _) in short_term.iter().enumerate().filter(|(_, reading)| over(reading)) {
        let end = ((at + 1) * STEPS_PER_SHORT_TERM).min(momentary.len());
        let start = end.saturating_sub(SHORT_TERM_STEPS);
        let window = &momentary[start..end];
        let (Some(first), Some(last)) = (window.iter().position(over), window.iter().rposition(over)) else {
            continue;
        };
        let (from, to) = (start + first, start + last + 1);
        match passages.last_mut() {
            Some(previous) if from <= previous.1 + STEPS_PER_SHORT_TERM => previous.1 = previous.1.max(to),
            _ => passages.push((from, to)),
        }
    }
    passages
}

fn milli(value: f64) -> Option<i32> {
    (value.is_finite() && value > -200.0).then(|| (value * 1000.0).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stereo sine at 997 Hz whose level is given per second.
    fn tone(levels_dbfs: &[f64]) -> Heard {
        let rate = 48_000u32;
        let mut meter = LoudnessMeter::new(rate, 2, Flicks::ZERO).unwrap();
        for (second, level) in levels_dbfs.iter().enumerate() {
            let gain = 10f64.powf(level / 20.0);
            let block: Vec<f32> = (0..rate)
                .flat_map(|i| {
                    let t = f64::from(i) / f64::from(rate) + second as f64;
                    let s = (gain * (t * 997.0 * std::f64::consts::TAU).sin()) as f32;
                    [s, s]
                })
                .collect();
            for part in block.chunks(3001 * 2) {
                meter.push(part).unwrap();
            }
        }
        meter.finish().unwrap()
    }

    #[test]
    fn the_first_vector_of_ebu_tech_3341_reads_minus_23() {
        let heard = tone(&[-23.0; 20]);
        let integrated = heard.report.integrated_lufs_milli.unwrap();
        assert!((integrated + 23_000).abs() <= 100, "{integrated}");
        let peak = heard.report.true_peak_dbtp_milli.unwrap();
        assert!((peak + 23_000).abs() <= 300, "{peak}");
        assert_eq!(heard.loud, []);
        assert_eq!(heard.short_term_lufs_milli.len(), 40);
    }

    #[test]
    fn a_loud_passage_has_its_own_length() {
        let mut levels = vec![-26.0; 10];
        levels.extend([-12.0; 4]);
        levels.extend([-26.0; 10]);
        let heard = tone(&levels);
        assert_eq!(heard.loud.len(), 1, "{:?}", heard.loud);
        let (start, end) = (
            heard.loud[0].start.to_millis_round(),
            heard.loud[0].end.to_millis_round(),
        );
        assert!(
            (9_900..=10_300).contains(&start) && (13_900..=14_400).contains(&end),
            "{start} {end}"
        );
    }

    #[test]
    fn nothing_above_the_gate_has_no_figures() {
        let heard = tone(&[-120.0; 4]);
        assert_eq!(heard.report.integrated_lufs_milli, None);
        assert_eq!(heard.report.range_lu_milli, None);
        assert!(
            LoudnessMeter::new(48_000, 2, Flicks::ZERO)
                .unwrap()
                .finish()
                .unwrap()
                .loud
                .is_empty()
        );
    }

    #[test]
    fn an_absurd_layout_is_refused() {
        assert!(matches!(
            LoudnessMeter::new(1, 2, Flicks::ZERO),
            Err(SoundError::Layout { .. })
        ));
        assert!(matches!(
            LoudnessMeter::new(48_000, 0, Flicks::ZERO),
            Err(SoundError::Layout { .. })
        ));
    }
}
