//! Measures what the device took out of the ring: read again behind it by the one who writes, so that the device's callback
//! does nothing for it and nothing more is kept.

use media::analysis::{LiveMeter, LoudnessReading};

use crate::ring::{RATE, Ring};

/// Sound goes to the device in two channels.
const CHANNELS: u32 = 2;

/// Where the measuring of what is heard has come to. It belongs to the ring's writer: nobody else changes samples that were taken.
#[derive(Default)]
pub(crate) struct Listening {
    /// Ring position up to which everything was heard.
    at: u64,
    /// There while somebody looks at it.
    meter: Option<LiveMeter>,
    samples: Vec<f32>,
}

impl Listening {
    /// Measures from now on, or no longer. Each time it begins anew.
    pub fn measure(&mut self, on: bool) {
        if !on {
            self.meter = None;
        } else if self.meter.is_none() {
            self.meter = LiveMeter::new(RATE as u32, CHANNELS)
                .inspect_err(|error| tracing::warn!(%error, "loudness cannot be measured"))
                .ok();
        }
    }

    /// Forgets what was measured.
    pub fn begin(&mut self) {
        if let Some(meter) = &mut self.meter {
            meter.begin();
        }
    }

    /// Measures what was taken since the last time. Only sound at normal speed, forwards, is part of a programme; of other sound
    /// the peaks are shown.
    pub fn hear(&mut self, ring: &Ring, speed: i8) {
        let (taken, flushed) = (ring.taken(), ring.flushed());
        // What was thrown away was never heard.
        if taken > flushed {
            self.at = self.at.max(flushed);
        }
        let from = self.at;
        self.at = from.max(taken);
        let Some(meter) = self.meter.as_mut().filter(|_| taken > from) else {
            return;
        };
        self.samples.clear();
        ring.copy(from..taken, &mut self.samples);
        if speed != 1 {
            meter.pass(&self.samples);
        } else if let Err(error) = meter.push(&self.samples) {
            tracing::warn!(%error, "loudness is no longer measured");
            self.meter = None;
        }
    }

    /// What is shown, while it is measured.
    pub fn reading(&self) -> Option<&LoudnessReading> {
        self.meter.as_ref().map(LiveMeter::reading)
    }
}
