use crate::av::{AvError, Frame, Resampler};

/// Timestamps within a tenth of a second of the count are jitter.
const JITTER_PER_SEC: i64 = 10;
/// A jump longer than this is a broken clock, not a pause.
const GAP_MAX_SECS: i64 = 3600;

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
}

impl Lane {
    pub(crate) fn new(rate: u32, channels: u32) -> Self {
        Self {
            rate,
            channels,
            resampler: None,
            clock: None,
            slip: 0,
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

    /// Appends a block to `out`, interleaved. `at` is its first sample's number on asset time when the file says so.
    pub(crate) fn push(&mut self, frame: &Frame, at: Option<i64>, out: &mut Vec<f32>) -> Result<(), AvError> {
        let key = (frame.format(), frame.sample_rate(), frame.channels());
        if self.resampler.as_ref().is_none_or(|(_, k)| *k != key) {
            self.resampler = Some((Resampler::new(frame, self.rate, self.channels)?, key));
        }
        let rate = i64::from(self.rate);
        let clock = self
            .clock
            .unwrap_or_else(|| at.unwrap_or(0).clamp(0, GAP_MAX_SECS * rate));
        let ahead = at.map_or(0, |at| at.saturating_sub(self.slip).saturating_sub(clock));
        let mut drop = 0;
        let mut silent = 0;
        if self.clock.is_some() && ahead.abs() > GAP_MAX_SECS * rate {
            self.slip = self.slip.saturating_add(ahead);
        } else if ahead > rate / JITTER_PER_SEC {
            silent = ahead;
        } else if ahead < 0 && (self.clock.is_none() || ahead < -rate / JITTER_PER_SEC || clock == 0) {
            drop = -ahead;
        }
        let count = |samples: i64| {
            usize::try_from(samples)
                .unwrap_or(0)
                .saturating_mul(self.channels as usize)
        };
        let start = out.len();
        out.resize(start + count(silent), 0.0);
        let fresh = out.len();
        if let Some((resampler, _)) = &mut self.resampler {
            resampler.push(frame, out)?;
        }
        let dropped = count(drop).min(out.len() - fresh);
        out.drain(fresh..fresh + dropped);
        let given = (out.len() - start) / self.channels.max(1) as usize;
        self.clock = Some(clock + given as i64);
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
