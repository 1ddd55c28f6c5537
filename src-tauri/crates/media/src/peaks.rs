//! How high each channel of a sound goes, kept for a while by instant: it is shown when it is heard, which is later than it is read.

use ebur128::{EbuR128, Mode};

use crate::{AUDIO_RATE, MIX_CHANNELS_MAX};

/// Samples of which one peak is kept: 10 ms.
const SLICE_SAMPLES: i64 = AUDIO_RATE as i64 / 100;
/// Slices kept: five seconds, several times what lies between a reader and the ear.
const SLICES: usize = 512;

/// The highest sample between the samples of each channel, 1 is full scale; those beyond the last channel are silent.
pub type ChannelPeaks = [f32; MIX_CHANNELS_MAX];

/// Peaks of what was read lately.
pub(crate) struct PeakMemory {
    meter: EbuR128,
    channels: usize,
    /// Number of the sample that would follow what was measured last.
    next: Option<i64>,
    slices: Vec<Option<(i64, ChannelPeaks)>>,
}

impl PeakMemory {
    /// For interleaved sound of so many channels at [`AUDIO_RATE`]; nothing for more than can be measured.
    pub(crate) fn new(channels: u32) -> Option<Self> {
        let meter = EbuR128::new(channels, AUDIO_RATE, Mode::TRUE_PEAK)
            .inspect_err(|error| tracing::warn!(%error, channels, "channels cannot be metered"))
            .ok()?;
        Some(Self {
            meter,
            channels: channels as usize,
            next: None,
            slices: vec![None; SLICES],
        })
    }

    pub(crate) const fn channels(&self) -> usize {
        self.channels
    }

    /// Measures samples of which the first is number `at` of asset time.
    pub(crate) fn hear(&mut self, mut at: i64, mut samples: &[f32]) {
        if self.next != Some(at) {
            // What lies before a jump is no part of the wave behind it.
            self.meter.reset();
        }
        while samples.len() >= self.channels {
            let room = SLICE_SAMPLES - at.rem_euclid(SLICE_SAMPLES);
            let frames = (samples.len() / self.channels).min(usize::try_from(room).unwrap_or(1));
            let (now, later) = samples.split_at(frames * self.channels);
            if let Err(error) = self.measure(at.div_euclid(SLICE_SAMPLES), now) {
                tracing::warn!(%error, "a piece of sound is not metered");
            }
            at += frames as i64;
            samples = later;
        }
        self.next = Some(at);
    }

    fn measure(&mut self, number: i64, samples: &[f32]) -> Result<(), ebur128::Error> {
        self.meter.add_frames_f32(samples)?;
        let slot = &mut self.slices[place_of(number)];
        let (_, peaks) = match slot {
            // A slice may come in parts, and again after a jump back.
            Some((own, peaks)) if *own == number => (own, peaks),
            other => {
                let (own, peaks) = other.insert((number, ChannelPeaks::default()));
                (own, peaks)
            }
        };
        for (channel, peak) in (0..self.channels as u32).zip(peaks) {
            *peak = peak.max(self.meter.prev_true_peak(channel)? as f32);
        }
        Ok(())
    }

    /// The highest that each channel goes from one sample up to another; nothing of what was not measured lately.
    pub(crate) fn between(&self, from: i64, to: i64) -> Option<ChannelPeaks> {
        let (first, last) = (from.div_euclid(SLICE_SAMPLES), (to - 1).div_euclid(SLICE_SAMPLES));
        let known = (first..=last.min(first + SLICES as i64)).filter_map(|number| {
            self.slices[place_of(number)]
                .as_ref()
                .filter(|(own, _)| *own == number)
        });
        known.map(|(_, peaks)| *peaks).reduce(|mut most, peaks| {
            for (most, peak) in most.iter_mut().zip(peaks) {
                *most = most.max(peak);
            }
            most
        })
    }
}

fn place_of(number: i64) -> usize {
    number.rem_euclid(SLICES as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many samples of channels that each stand at a level of their own.
    fn levels(count: usize, levels: &[f32]) -> Vec<f32> {
        (0..count).flat_map(|_| levels.iter().copied()).collect()
    }

    #[test]
    fn each_channel_has_its_own_peak_at_its_own_instant() {
        let mut memory = PeakMemory::new(3).unwrap();
        memory.hear(0, &levels(960, &[0.0, 0.0, 0.0]));
        memory.hear(960, &levels(960, &[0.5, 0.0, 0.25]));
        memory.hear(1920, &levels(960, &[0.0, 0.0, 0.0]));
        let silent = memory.between(0, 480).unwrap();
        assert_eq!(silent, ChannelPeaks::default());
        let loud = memory.between(960, 1920).unwrap();
        assert!((0.5..0.7).contains(&loud[0]) && loud[1] == 0.0, "{loud:?}");
        assert!((0.25..0.35).contains(&loud[2]) && loud[3] == 0.0, "{loud:?}");
        assert_eq!(memory.between(2880, 3360), None, "nothing was read there");
        assert_eq!(memory.between(-960, -480), None);
    }

    #[test]
    fn what_was_read_long_ago_is_forgotten_and_a_jump_makes_no_peak() {
        let mut memory = PeakMemory::new(1).unwrap();
        memory.hear(0, &levels(480, &[0.5]));
        let turn = SLICES as i64 * SLICE_SAMPLES;
        memory.hear(turn, &levels(480, &[-0.5]));
        assert_eq!(memory.between(0, 480), None, "its place was taken");
        let after = memory.between(turn, turn + 480).unwrap()[0];
        // A step from 0.5 to -0.5 would ring higher than one from silence.
        let mut alone = PeakMemory::new(1).unwrap();
        alone.hear(turn, &levels(480, &[-0.5]));
        assert_eq!(Some(after), alone.between(turn, turn + 480).map(|peaks| peaks[0]));
    }

    #[test]
    fn more_channels_than_are_shown_are_measured_and_more_than_can_be_are_not() {
        let mut memory = PeakMemory::new(20).unwrap();
        memory.hear(0, &levels(480, &[0.5; 20]));
        assert!(memory.between(0, 480).unwrap().iter().all(|peak| *peak >= 0.5));
        assert!(PeakMemory::new(0).is_none());
    }
}
