//! Measures what the device took out of the ring: read again behind it by the one who writes, so that the device's callback
//! does nothing for it and nothing more is kept. How high the file's own channels go is known by instant, and shown when that
//! instant is heard.

use std::ops::Range;

use media::analysis::{ChannelPeak, LiveMeter, LoudnessReading, PeakBars};
use media::{ChannelPeaks, MIX_CHANNELS_MAX};

use crate::ring::{RATE, Ring};

/// Sound goes to the device in two channels.
const CHANNELS: u32 = 2;

/// What is measured of what is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metering {
    /// Its loudness, and the peaks of the two channels that it is mixed to.
    pub loudness: LoudnessReading,
    /// The source's channels before they are mixed, in their order; sixteen at most.
    pub channels: Vec<SourceChannel>,
}

/// One of the source's channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceChannel {
    /// How high it goes.
    pub peak: ChannelPeak,
    /// Whether the mix lets it be heard.
    pub heard: bool,
}

/// There while somebody looks.
struct Meters {
    loudness: LiveMeter,
    channels: PeakBars,
}

/// Where the measuring of what is heard has come to. It belongs to the ring's writer: nobody else changes samples that were taken.
#[derive(Default)]
pub(crate) struct Listening {
    /// Ring position up to which everything was heard.
    at: u64,
    meters: Option<Meters>,
    samples: Vec<f32>,
}

impl Listening {
    /// Measures from now on, or no longer. Each time it begins anew.
    pub fn measure(&mut self, on: bool, channels: usize) {
        if !on {
            self.meters = None;
        } else if self.meters.is_none() {
            self.meters = LiveMeter::new(RATE as u32, CHANNELS)
                .inspect_err(|error| tracing::warn!(%error, "loudness cannot be measured"))
                .ok()
                .map(|loudness| Meters {
                    loudness,
                    channels: PeakBars::new(RATE as u32, channels.min(MIX_CHANNELS_MAX)),
                });
        }
    }

    pub const fn is_measuring(&self) -> bool {
        self.meters.is_some()
    }

    /// Forgets what was measured.
    pub fn begin(&mut self) {
        if let Some(meters) = &mut self.meters {
            meters.loudness.begin();
            meters.channels = PeakBars::new(RATE as u32, meters.channels.bars().len());
        }
    }

    /// Measures what was taken since the last time. Only sound at normal speed, forwards, is part of a programme; of other sound
    /// the peaks are shown. `peaks` are those of the source's channels in some of the ring's frames.
    pub fn hear(&mut self, ring: &Ring, speed: i8, peaks: impl FnOnce(Range<u64>) -> Option<ChannelPeaks>) {
        let (taken, flushed) = (ring.taken(), ring.flushed());
        // What was thrown away was never heard.
        if taken > flushed {
            self.at = self.at.max(flushed);
        }
        let from = self.at;
        self.at = from.max(taken);
        let Some(meters) = self.meters.as_mut().filter(|_| taken > from) else {
            return;
        };
        let own = peaks(from..taken).unwrap_or_default();
        let frames = usize::try_from(taken - from).unwrap_or(usize::MAX);
        meters.channels.rise(frames, own.map(f64::from));
        self.samples.clear();
        ring.copy(from..taken, &mut self.samples);
        if speed != 1 {
            meters.loudness.pass(&self.samples);
        } else if let Err(error) = meters.loudness.push(&self.samples) {
            tracing::warn!(%error, "loudness is no longer measured");
            self.meters = None;
        }
    }

    /// What is shown, while it is measured.
    pub fn reading(&self) -> Option<Metering> {
        let Meters { loudness, channels } = self.meters.as_ref()?;
        let channels = channels.bars().iter();
        Some(Metering {
            loudness: loudness.reading().clone(),
            channels: channels
                .map(|peak| SourceChannel {
                    peak: *peak,
                    heard: true,
                })
                .collect(),
        })
    }
}
