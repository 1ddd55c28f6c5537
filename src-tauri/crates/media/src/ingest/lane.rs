use crate::{
    MediaError,
    av::{AvError, Frame, Resampler},
    limits,
};

/// Timestamps within a tenth of a second of the count are jitter.
const JITTER_PER_SEC: i64 = 10;
/// A jump longer than this is a broken clock, not a pause.
const GAP_MAX_SECS: i64 = 3600;

/// What lies between the end of one block and the begin of the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hole {
    /// Samples of silence to give before the block. May be an hour of them: they are given in pieces.
    pub silent: u64,
    /// Samples to take off the block's head, because their time was given already.
    pub late: u64,
}

/// Decoded sound brought to one rate and channel count and laid on asset time without holes: gaps become silence, overlaps
/// and everything before zero are dropped.
pub(crate) struct Lane {
    rate: u32,
    channels: u32,
    resampler: Option<(Resampler, (i32, u32, u32))>,
    /// Sample number of the next sample given; set by the first block.
    clock: Option<i64>,
    /// Samples of the file's clock to be taken off: the sum of the jumps that were too long to be pauses.
    slip: i64,
    /// Samples of silence put into holes so far.
    hushed: u64,
}

impl Lane {
    pub(crate) fn new(rate: u32, channels: u32) -> Self {
        Self {
            rate,
            channels,
            resampler: None,
            clock: None,
            slip: 0,
            hushed: 0,
        }
    }

    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    pub(crate) fn channels(&self) -> u32 {
        self.channels
    }

    /// Sample number of the next sample; `None` before the first block.
    pub(crate) fn clock(&self) -> Option<i64> {
        self.clock
    }

    /// Goes to where the next block begins: `at` is its first sample's number on asset time when the file says so. The clock
    /// then stands after the silence, which is for the caller to give.
    pub(crate) fn place(&mut self, at: Option<i64>) -> Result<Hole, MediaError> {
        let rate = i64::from(self.rate);
        let longest = GAP_MAX_SECS * rate;
        let at = at.map(|at| at.saturating_sub(self.slip));
        let first = self.clock.is_none();
        let clock = self.clock.unwrap_or_else(|| at.unwrap_or(0).clamp(0, longest));
        let ahead = at.map_or(0, |at| at.saturating_sub(clock));
        let mut hole = Hole::default();
        if ahead > longest || (!first && ahead < -longest) {
            self.slip = self.slip.saturating_add(ahead);
        } else if ahead > rate / JITTER_PER_SEC {
            hole.silent = ahead.unsigned_abs();
        } else if ahead < 0 && (first || ahead < -rate / JITTER_PER_SEC || clock == 0) {
            hole.late = ahead.unsigned_abs();
        }
        self.hushed = self.hushed.saturating_add(hole.silent);
        if self.hushed > limits::SILENCE_MAX_SECS * u64::from(self.rate) {
            return Err(MediaError::BeyondLimits {
                what: format!(
                    "the holes in its sound are longer than {} hours together",
                    limits::SILENCE_MAX_SECS / 3600
                ),
            });
        }
        self.clock = Some(clock.saturating_add_unsigned(hole.silent));
        Ok(hole)
    }

    /// Appends a block to `out`, interleaved, without its first `late` samples.
    pub(crate) fn push(&mut self, frame: &Frame, late: u64, out: &mut Vec<f32>) -> Result<(), AvError> {
        let key = (frame.format(), frame.sample_rate(), frame.channels());
        if self.resampler.as_ref().is_none_or(|(_, k)| *k != key) {
            self.resampler = Some((Resampler::new(frame, self.rate, self.channels, &[])?, key));
        }
        let start = out.len();
        if let Some((resampler, _)) = &mut self.resampler {
            resampler.push(frame, out)?;
        }
        let late = usize::try_from(late)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.channels as usize)
            .min(out.len() - start);
        out.drain(start..start + late);
        let given = (out.len() - start) / self.channels.max(1) as usize;
        self.clock = Some(self.clock.unwrap_or(0).saturating_add(given as i64));
        Ok(())
    }

    /// Appends what the filters still hold.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), AvError> {
        let start = out.len();
        if let Some((resampler, _)) = &mut self.resampler {
            resampler.finish(out)?;
        }
        let given = (out.len() - start) / self.channels.max(1) as usize;
        self.clock = self.clock.map(|c| c + given as i64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn secs(secs: i64) -> i64 {
        secs * i64::from(RATE)
    }

    #[test]
    fn a_hole_is_counted_and_a_broken_clock_is_slipped() {
        let mut lane = Lane::new(RATE, 6);
        assert_eq!(lane.place(Some(0)).unwrap(), Hole::default());
        let hole = lane.place(Some(secs(3000))).unwrap();
        assert_eq!((hole.silent, hole.late), (3000 * u64::from(RATE), 0));
        assert_eq!(lane.clock(), Some(secs(3000)));
        assert_eq!(lane.place(Some(secs(90_000))).unwrap(), Hole::default());
        assert_eq!(lane.place(Some(secs(90_000))).unwrap(), Hole::default());
        assert_eq!(lane.place(Some(secs(89_999))).unwrap().late, u64::from(RATE));
    }

    #[test]
    fn a_first_block_days_ahead_is_no_pause() {
        let mut lane = Lane::new(RATE, 2);
        assert_eq!(lane.place(Some(i64::MAX / 2)).unwrap(), Hole::default());
        assert_eq!(lane.clock(), Some(secs(GAP_MAX_SECS)));
    }

    #[test]
    fn holes_without_end_are_refused() {
        let mut lane = Lane::new(RATE, 2);
        lane.place(Some(0)).unwrap();
        let refused = (1..100).find_map(|n| lane.place(Some(secs(n * 3540))).err());
        assert!(matches!(refused, Some(MediaError::BeyondLimits { .. })));
    }
}
