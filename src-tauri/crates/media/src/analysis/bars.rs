//! Bars that show how high channels go: up at once, down slowly, with a mark where they were highest of late.

/// How fast a bar falls: 20 dB in 1.7 s (IEC 60268-18).
const FALL_DB_PER_SEC: f64 = 20.0 / 1.7;
/// How long the mark of the last peak stands.
const HOLD_MILLIS: u64 = 1500;
/// Below this a level is silence.
pub(super) const FLOOR_DB: f64 = -200.0;

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

/// A bar for each channel, told what is heard a piece at a time.
#[derive(Clone, Debug)]
pub struct PeakBars {
    rate: u32,
    /// Frames heard so far, and when each channel reached its mark.
    heard: u64,
    held_at: Vec<u64>,
    bars: Vec<ChannelPeak>,
}

impl PeakBars {
    /// Bars at rest, for sound of `rate` frames a second.
    pub fn new(rate: u32, channels: usize) -> Self {
        Self {
            rate,
            heard: 0,
            held_at: vec![0; channels],
            bars: vec![ChannelPeak::default(); channels],
        }
    }

    /// Lets every bar fall for as long as `frames` last, and raises it to the peak (1 is full scale) that its channel had in them.
    /// A channel without one was silent.
    pub fn rise(&mut self, frames: usize, peaks: impl IntoIterator<Item = f64>) {
        let fall = (frames as f64 / f64::from(self.rate) * FALL_DB_PER_SEC) as f32;
        let hold_frames = u64::from(self.rate) * HOLD_MILLIS / 1000;
        let mut peaks = peaks.into_iter();
        for (bar, held_at) in self.bars.iter_mut().zip(&mut self.held_at) {
            let now_dbtp = decibels(peaks.next().unwrap_or(0.0)) as f32;
            bar.level_dbtp = (bar.level_dbtp - fall).max(now_dbtp);
            if now_dbtp >= bar.held_dbtp || self.heard - *held_at > hold_frames {
                (bar.held_dbtp, *held_at) = (bar.level_dbtp, self.heard);
            }
        }
        self.heard += frames as u64;
    }

    /// How high they stand, in the order of the channels.
    pub fn bars(&self) -> &[ChannelPeak] {
        &self.bars
    }
}

/// A peak in dB below full scale.
pub(super) fn decibels(peak: f64) -> f64 {
    (20.0 * peak.log10()).max(FLOOR_DB)
}
