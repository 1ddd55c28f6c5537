//! Sound as drawn: levels of lowest, highest and energy per bucket, and what one pixel column of them shows.

use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks};

/// Channels drawn apart; more are left out of the picture, not of the sound.
pub(crate) const MOST_CHANNELS: usize = 6;

/// What a run of samples reached, in 16-bit sample units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveBucket {
    /// Lowest sample.
    pub min: i16,
    /// Highest sample.
    pub max: i16,
    /// Root of the mean square, 0 to 32767.
    pub rms: u16,
}

/// One resolution of a waveform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveLevel {
    /// Samples in a bucket.
    pub samples_per_bucket: u32,
    /// Buckets per channel, all channels equally long.
    pub channels: Vec<Vec<WaveBucket>>,
}

/// A waveform in several resolutions, finest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waveform {
    /// Samples per second.
    pub sample_rate: u32,
    /// Time of the first sample, relative to the first frame.
    pub offset: Flicks,
    /// Finest first.
    pub levels: Vec<WaveLevel>,
}

impl Waveform {
    /// Channels that get a row.
    pub fn shown_channels(&self) -> usize {
        self.levels
            .first()
            .map_or(0, |l| l.channels.len())
            .min(MOST_CHANNELS)
    }

    /// The coarsest level that still has a bucket or more per column, or the finest.
    pub(crate) fn level_for(&self, samples_per_column: f64) -> Option<&WaveLevel> {
        let fits = |l: &&WaveLevel| f64::from(l.samples_per_bucket) <= samples_per_column;
        self.levels.iter().rev().find(fits).or(self.levels.first())
    }
}

/// What columns show: column `first + n` covers the `n`-th span of `per_column` seconds since time 0, so that a bucket always
/// falls into the same column while the timeline scrolls and the wave does not shimmer.
pub(crate) fn columns(
    level: &WaveLevel,
    sample_rate: u32,
    offset: Flicks,
    first: i64,
    per_column_secs: f64,
    channel: usize,
    out: &mut [WaveBucket],
) {
    let Some(buckets) = level.channels.get(channel) else {
        out.fill(WaveBucket::default());
        return;
    };
    let per_bucket_secs = f64::from(level.samples_per_bucket) / f64::from(sample_rate.max(1));
    let offset_secs = offset.0 as f64 / FLICKS_PER_SEC as f64;
    let bucket_at = |column: i64| (column as f64 * per_column_secs - offset_secs) / per_bucket_secs;
    for (n, slot) in out.iter_mut().enumerate() {
        let from = bucket_at(first + n as i64).floor();
        let to = bucket_at(first + n as i64 + 1).floor().max(from + 1.0);
        *slot = if to <= 0.0 || from >= buckets.len() as f64 {
            WaveBucket::default()
        } else {
            let from = from.max(0.0) as usize;
            merge(&buckets[from..(to as usize).min(buckets.len())])
        };
    }
}

fn merge(buckets: &[WaveBucket]) -> WaveBucket {
    if buckets.is_empty() {
        return WaveBucket::default();
    }
    let mut out = WaveBucket {
        min: i16::MAX,
        max: i16::MIN,
        rms: 0,
    };
    let mut squares = 0u64;
    for b in buckets {
        out.min = out.min.min(b.min);
        out.max = out.max.max(b.max);
        squares += u64::from(b.rms) * u64::from(b.rms);
    }
    let mean = squares / buckets.len() as u64;
    out.rms = mean.isqrt().min(u64::from(u16::MAX)) as u16;
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(per_bucket: u32, highs: &[i16]) -> WaveLevel {
        let bucket = |&max: &i16| WaveBucket {
            min: -max,
            max,
            rms: max as u16 / 2,
        };
        WaveLevel {
            samples_per_bucket: per_bucket,
            channels: vec![highs.iter().map(bucket).collect()],
        }
    }

    #[test]
    fn a_column_keeps_the_peak_of_its_buckets() {
        let level = level(480, &[1, 9000, 2, 3, 40, 5]);
        let mut out = [WaveBucket::default(); 4];
        columns(&level, 48_000, Flicks::ZERO, -1, 0.03, 0, &mut out);
        assert_eq!(out[0], WaveBucket::default(), "before the sound");
        assert_eq!((out[1].min, out[1].max), (-9000, 9000));
        assert_eq!(out[2].max, 40);
        assert_eq!(out[3], WaveBucket::default(), "after the sound");
    }

    #[test]
    fn scrolling_by_whole_columns_shows_the_same_columns() {
        let highs: Vec<i16> = (0..5000).map(|n| ((n * 7919) % 30_000) as i16).collect();
        let level = level(256, &highs);
        let mut a = [WaveBucket::default(); 300];
        let mut b = [WaveBucket::default(); 300];
        columns(&level, 48_000, Flicks::ZERO, 100, 0.0173, 0, &mut a);
        columns(&level, 48_000, Flicks::ZERO, 137, 0.0173, 0, &mut b);
        assert_eq!(a[37..], b[..263]);
    }

    #[test]
    fn the_level_follows_the_zoom() {
        let wave = Waveform {
            sample_rate: 48_000,
            offset: Flicks::ZERO,
            levels: vec![level(256, &[1]), level(1024, &[1]), level(4096, &[1])],
        };
        let per_bucket = |samples: f64| wave.level_for(samples).map(|l| l.samples_per_bucket);
        assert_eq!(per_bucket(10.0), Some(256));
        assert_eq!(per_bucket(1500.0), Some(1024));
        assert_eq!(per_bucket(1e6), Some(4096));
    }
}
