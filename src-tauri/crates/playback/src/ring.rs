//! Samples on their way to the sound device: bounded, without locks, because the device's callback may not wait.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Samples per second and channel.
pub(crate) const RATE: u64 = 48_000;
const NANOS: u64 = 1_000_000_000;

/// One writer, one reader. Positions count stereo frames since the beginning and never go back.
#[derive(Debug)]
pub(crate) struct Ring {
    /// Left and right of each frame, as bits.
    samples: Box<[AtomicU32]>,
    frames: u64,
    written: AtomicU64,
    read: AtomicU64,
    /// Everything before this was thrown away by the writer.
    flushed: AtomicU64,
    open: AtomicBool,
    /// First frame of the last pull, and when that was.
    pull_start: AtomicU64,
    pull_nanos: AtomicU64,
    latency_nanos: AtomicU64,
    underruns: AtomicU64,
}

impl Ring {
    /// Room for `frames` stereo frames.
    pub fn new(frames: usize) -> Self {
        Self {
            samples: (0..frames * 2).map(|_| AtomicU32::new(0)).collect(),
            frames: frames as u64,
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            flushed: AtomicU64::new(0),
            open: AtomicBool::new(false),
            pull_start: AtomicU64::new(0),
            pull_nanos: AtomicU64::new(0),
            latency_nanos: AtomicU64::new(0),
            underruns: AtomicU64::new(0),
        }
    }

    fn cell(&self, frame: u64, channel: usize) -> Option<&AtomicU32> {
        self.samples.get((frame % self.frames) as usize * 2 + channel)
    }

    fn read_position(&self) -> u64 {
        self.read
            .load(Ordering::Acquire)
            .max(self.flushed.load(Ordering::Acquire))
    }

    /// Frames waiting to be heard.
    pub fn queued(&self) -> u64 {
        self.written.load(Ordering::Acquire) - self.read_position()
    }

    /// Frames that can be pushed.
    pub fn room(&self) -> u64 {
        self.frames - self.queued()
    }

    /// Writer: adds interleaved stereo samples; the caller asked for room before.
    pub fn push(&self, stereo: &[f32]) {
        let at = self.written.load(Ordering::Acquire);
        for (n, frame) in stereo.chunks_exact(2).enumerate() {
            for (channel, sample) in frame.iter().enumerate() {
                if let Some(cell) = self.cell(at + n as u64, channel) {
                    cell.store(sample.to_bits(), Ordering::Relaxed);
                }
            }
        }
        self.written
            .store(at + stereo.len() as u64 / 2, Ordering::Release);
    }

    /// Writer: silence, throw away what waits; answers the position the next pushed frame will have.
    pub fn flush(&self) -> u64 {
        self.open.store(false, Ordering::Release);
        let written = self.written.load(Ordering::Acquire);
        self.flushed.store(written, Ordering::Release);
        written
    }

    /// Writer: lets the device hear.
    pub fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// Reader: fills `out` (interleaved stereo) with what comes next, silence where there is nothing. `latency_nanos` is how
    /// long after `now_nanos` its first frame is heard.
    pub fn pull(&self, out: &mut [f32], now_nanos: u64, latency_nanos: u64) {
        if !self.open.load(Ordering::Acquire) {
            out.fill(0.0);
            return;
        }
        let start = self.read_position();
        let available = self.written.load(Ordering::Acquire).saturating_sub(start);
        let wanted = out.len() as u64 / 2;
        let given = wanted.min(available);
        for (n, frame) in out.chunks_exact_mut(2).enumerate() {
            for (channel, sample) in frame.iter_mut().enumerate() {
                let cell = self
                    .cell(start + n as u64, channel)
                    .filter(|_| (n as u64) < given);
                *sample = cell.map_or(0.0, |cell| f32::from_bits(cell.load(Ordering::Relaxed)));
            }
        }
        if given < wanted {
            self.underruns.fetch_add(1, Ordering::Relaxed);
        }
        self.pull_start.store(start, Ordering::Release);
        self.pull_nanos.store(now_nanos, Ordering::Release);
        self.latency_nanos.store(latency_nanos, Ordering::Release);
        self.read.store(start + given, Ordering::Release);
    }

    /// The frame heard at `now_nanos`: between pulls it moves with the clock, never past what was pulled.
    pub fn heard(&self, now_nanos: u64) -> u64 {
        let passed = now_nanos.saturating_sub(self.pull_nanos.load(Ordering::Acquire));
        let start = self.pull_start.load(Ordering::Acquire);
        let moved = start + passed.min(NANOS * 10) * RATE / NANOS;
        let late = self.latency_nanos.load(Ordering::Acquire).min(NANOS) * RATE / NANOS;
        moved.min(self.read_position()).saturating_sub(late)
    }

    /// Pulls that found too little.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(from: u32, frames: u32) -> Vec<f32> {
        (from..from + frames)
            .flat_map(|n| [n as f32, -(n as f32)])
            .collect()
    }

    #[test]
    fn samples_come_out_as_they_went_in_round_the_corner() {
        let ring = Ring::new(8);
        ring.open();
        let mut out = [9.0; 10];
        for from in [0, 5, 10, 15] {
            ring.push(&ramp(from, 5));
            assert_eq!((ring.queued(), ring.room()), (5, 3));
            ring.pull(&mut out, 0, 0);
            assert_eq!(out.to_vec(), ramp(from, 5));
        }
        assert_eq!(ring.underruns(), 0);
    }

    #[test]
    fn a_flush_silences_at_once_and_frees_the_room() {
        let ring = Ring::new(8);
        ring.push(&ramp(0, 8));
        ring.open();
        let mut out = [9.0; 4];
        ring.pull(&mut out, 0, 0);
        assert_eq!(ring.flush(), 8);
        assert_eq!(
            ring.room(),
            8,
            "the writer need not wait for the device to notice"
        );
        ring.pull(&mut out, 0, 0);
        assert_eq!(out, [0.0; 4]);
        ring.push(&ramp(100, 2));
        ring.open();
        ring.pull(&mut out, 0, 0);
        assert_eq!(out.to_vec(), ramp(100, 2));
    }

    #[test]
    fn what_is_heard_moves_with_the_clock_and_not_past_what_was_pulled() {
        let ring = Ring::new(48_000);
        ring.push(&vec![0.0; 2 * 24_000]);
        ring.open();
        let mut out = vec![0.0; 2 * 4800];
        ring.pull(&mut out, 1_000_000_000, 20_000_000);
        assert_eq!(ring.heard(1_000_000_000), 0);
        assert_eq!(ring.heard(1_050_000_000), 2400 - 960);
        assert_eq!(ring.heard(3_000_000_000), 4800 - 960);
        ring.pull(&mut vec![0.0; 2 * 24_000], 1_100_000_000, 0);
        assert_eq!(ring.underruns(), 1);
    }
}
