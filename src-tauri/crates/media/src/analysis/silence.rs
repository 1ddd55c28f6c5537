//! Silence.

use timebase::{FLICKS_PER_SEC, FlickRange, Flicks};

/// -50 dBFS as a sample value.
const THRESHOLD: f32 = 0.003_162_277_7;
/// Shorter pauses are speech.
const MIN_MILLIS: u64 = 1000;

/// Finds stretches of a second and more in which no channel exceeds -50 dBFS.
#[derive(Clone, Debug)]
pub struct SilenceDetector {
    rate: u32,
    origin: Flicks,
    position: u64,
    quiet_since: Option<u64>,
    found: Vec<FlickRange>,
}

impl SilenceDetector {
    /// For sound at `rate` samples per second whose first sample is heard at `origin`.
    pub fn new(rate: u32, origin: Flicks) -> Self {
        Self {
            rate: rate.max(1),
            origin,
            position: 0,
            quiet_since: None,
            found: Vec::new(),
        }
    }

    /// Takes interleaved samples of `channels` channels.
    pub fn push(&mut self, samples: &[f32], channels: usize) {
        for frame in samples.chunks_exact(channels.max(1)) {
            // a sample that is no number is not silence: it is heard as a crack
            let quiet = frame.iter().all(|s| s.abs() < THRESHOLD);
            match (quiet, self.quiet_since) {
                (true, None) => self.quiet_since = Some(self.position),
                (false, Some(since)) => self.close(since),
                _ => {}
            }
            self.position += 1;
        }
    }

    /// The silent stretches.
    pub fn finish(mut self) -> Vec<FlickRange> {
        if let Some(since) = self.quiet_since {
            self.close(since);
        }
        self.found
    }

    fn close(&mut self, since: u64) {
        self.quiet_since = None;
        if (self.position - since) * 1000 >= u64::from(self.rate) * MIN_MILLIS {
            self.found
                .push(FlickRange::new(self.time_of(since), self.time_of(self.position)));
        }
    }

    fn time_of(&self, sample: u64) -> Flicks {
        self.origin + flicks_of(sample, self.rate)
    }
}

/// When sample number `sample` is heard, rounded down to a flick.
pub(super) fn flicks_of(sample: u64, rate: u32) -> Flicks {
    let wide = i128::from(sample) * i128::from(FLICKS_PER_SEC) / i128::from(rate.max(1));
    Flicks(i64::try_from(wide).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(parts: &[(usize, f32)]) -> Vec<FlickRange> {
        let rate = 1000;
        let samples: Vec<f32> = parts
            .iter()
            .flat_map(|&(len, level)| std::iter::repeat_n(level, len * 2))
            .collect();
        let mut silence = SilenceDetector::new(rate, Flicks::from_millis(100));
        for block in samples.chunks(14) {
            silence.push(block, 2);
        }
        silence.finish()
    }

    fn millis(start: i64, end: i64) -> FlickRange {
        FlickRange::new(Flicks::from_millis(start), Flicks::from_millis(end))
    }

    #[test]
    fn a_second_of_quiet_is_found_with_its_times() {
        assert_eq!(
            find(&[(500, 0.2), (999, 0.0), (10, -0.2), (1500, 0.001), (5, 0.1)]),
            [millis(1609, 3109)]
        );
        assert_eq!(find(&[(10, 0.1), (2000, 0.0)]), [millis(110, 2110)], "to the end");
        assert_eq!(find(&[(3000, 0.0032)]), [], "just above -50 dB");
        assert_eq!(find(&[]), []);
    }

    #[test]
    fn one_loud_channel_breaks_it() {
        let mut silence = SilenceDetector::new(1000, Flicks::ZERO);
        let samples: Vec<f32> = (0..4000).map(|i| if i == 2001 { 0.5 } else { 0.0 }).collect();
        silence.push(&samples, 2);
        assert_eq!(silence.finish(), [millis(0, 1000)]);
    }
}
