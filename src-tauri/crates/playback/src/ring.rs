//! Samples on their way to the sound device: bounded, without locks, because the device's callback may not wait.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};

use crate::stretch::fade;

/// Samples per second and channel.
pub(crate) const RATE: u64 = 48_000;
pub(crate) const NANOS: u64 = 1_000_000_000;
/// Over how many frames sound that breaks off or begins goes over into what follows: 5 ms.
const SEAM_FRAMES: usize = 240;

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
    /// Nothing more will be written before the next flush: that there is too little is then no gap.
    finished: AtomicBool,
    /// Odd while a pull changes what follows, so that nobody mixes one pull's place with another's time.
    pulls: AtomicU64,
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
            finished: AtomicBool::new(false),
            pulls: AtomicU64::new(0),
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

    /// Writer: where the next frame that the device takes lies, and the first that is not written yet.
    pub fn waiting(&self) -> std::ops::Range<u64> {
        self.read_position()..self.written.load(Ordering::Acquire)
    }

    /// Position after the last frame that the device took.
    pub fn taken(&self) -> u64 {
        self.read.load(Ordering::Acquire)
    }

    /// Writer: appends frames that the device took and that nothing was written over yet.
    pub fn copy(&self, frames: std::ops::Range<u64>, out: &mut Vec<f32>) {
        // Of more than fits only the last are still there.
        let from = frames.start.max(frames.end.saturating_sub(self.frames));
        for frame in from..frames.end {
            for channel in 0..2 {
                let sample = self
                    .cell(frame, channel)
                    .map_or(0, |cell| cell.load(Ordering::Relaxed));
                out.push(f32::from_bits(sample));
            }
        }
    }

    /// Writer: puts other samples in the place of some that wait, going over to them within [`SEAM_FRAMES`]. What the device takes
    /// meanwhile it takes as it was.
    pub fn rewrite(&self, at: u64, stereo: &[f32]) {
        for (n, frame) in stereo.chunks_exact(2).enumerate() {
            let old = if n < SEAM_FRAMES {
                fade(SEAM_FRAMES - n, SEAM_FRAMES)
            } else {
                0.0
            };
            for (channel, sample) in frame.iter().enumerate() {
                if let Some(cell) = self.cell(at + n as u64, channel) {
                    let before = f32::from_bits(cell.load(Ordering::Relaxed));
                    let after = before * old + sample * (1.0 - old);
                    cell.store(after.to_bits(), Ordering::Relaxed);
                }
            }
        }
    }

    /// Writer: silence, throw away what waits; answers the position the next pushed frame will have.
    pub fn flush(&self) -> u64 {
        self.open.store(false, Ordering::Release);
        self.finished.store(false, Ordering::Release);
        let written = self.written.load(Ordering::Acquire);
        self.flushed.store(written, Ordering::Release);
        written
    }

    /// Position up to which everything was thrown away.
    pub fn flushed(&self) -> u64 {
        self.flushed.load(Ordering::Acquire)
    }

    /// Writer: says that nothing more comes before the next flush.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Release);
    }

    /// Writer: lets the device hear.
    pub fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// Reader: fills `out` (interleaved stereo) with what comes next, silence where there is nothing. `latency_nanos` is how
    /// long after `now_nanos` its first frame is heard.
    pub fn pull(&self, out: &mut [f32], now_nanos: u64, latency_nanos: u64) -> Pulled {
        let start = self.read_position();
        if !self.open.load(Ordering::Acquire) {
            out.fill(0.0);
            return Pulled { start, frames: 0 };
        }
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
        if given < wanted && !self.finished.load(Ordering::Acquire) {
            self.underruns.fetch_add(1, Ordering::Relaxed);
        }
        let pulls = self.pulls.load(Ordering::Relaxed);
        self.pulls.store(pulls + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.pull_start.store(start, Ordering::Relaxed);
        self.pull_nanos.store(now_nanos, Ordering::Relaxed);
        self.latency_nanos.store(latency_nanos, Ordering::Relaxed);
        self.read.store(start + given, Ordering::Release);
        self.pulls.store(pulls + 2, Ordering::Release);
        Pulled { start, frames: given }
    }

    /// The frame heard at `now_nanos`: between pulls it moves with the clock, never past what was pulled.
    pub fn heard(&self, now_nanos: u64) -> u64 {
        let (start, pulled_nanos, latency_nanos, read) = loop {
            let pulls = self.pulls.load(Ordering::Acquire);
            let seen = (
                self.pull_start.load(Ordering::Relaxed),
                self.pull_nanos.load(Ordering::Relaxed),
                self.latency_nanos.load(Ordering::Relaxed),
                self.read_position(),
            );
            fence(Ordering::Acquire);
            // A pull stores four words and is done: this never waits for long.
            if pulls.is_multiple_of(2) && pulls == self.pulls.load(Ordering::Relaxed) {
                break seen;
            }
            std::hint::spin_loop();
        };
        let passed = now_nanos.saturating_sub(pulled_nanos).min(NANOS * 10);
        let late = latency_nanos.min(NANOS * 10);
        let moved = if passed >= late {
            start + (passed - late) * RATE / NANOS
        } else {
            start.saturating_sub(((late - passed) * RATE).div_ceil(NANOS))
        };
        moved.min(read)
    }

    /// Pulls that found too little.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }
}

/// What a pull gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pulled {
    /// Position of its first frame.
    pub start: u64,
    /// Frames of sound at its beginning; the rest is silence.
    pub frames: u64,
}

/// The device's end of a ring: sound that begins, breaks off or jumps goes over within [`SEAM_FRAMES`], never in one step,
/// because a step is a click.
#[derive(Debug, Default)]
pub(crate) struct Outlet {
    /// Position that would follow what was given last; `None` after silence.
    next: Option<u64>,
    /// The last frame given.
    last: [f32; 2],
    /// The frame before the seam, and how many frames of going over are left.
    seam: [f32; 2],
    left: usize,
}

impl Outlet {
    /// Fills `out` as [`Ring::pull`] does.
    pub fn pull(&mut self, ring: &Ring, out: &mut [f32], now_nanos: u64, latency_nanos: u64) {
        let pulled = ring.pull(out, now_nanos, latency_nanos);
        let sound = usize::try_from(pulled.frames).unwrap_or(usize::MAX);
        let goes_on = match self.next {
            Some(next) => sound > 0 && next == pulled.start,
            None => sound == 0,
        };
        for (n, frame) in out.chunks_exact_mut(2).enumerate() {
            if (n == 0 && !goes_on) || (n == sound && n > 0) {
                (self.seam, self.left) = (self.last, SEAM_FRAMES);
            }
            if self.left > 0 {
                let old = fade(self.left, SEAM_FRAMES);
                for (sample, seam) in frame.iter_mut().zip(self.seam) {
                    *sample = seam * old + *sample * (1.0 - old);
                }
                self.left -= 1;
            }
            self.last.copy_from_slice(frame);
        }
        let whole = sound > 0 && sound >= out.len() / 2;
        self.next = whole.then_some(pulled.start + pulled.frames);
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
        assert_eq!(
            ring.heard(3_000_000_000),
            4800,
            "all of it, when its time has come"
        );
        ring.pull(&mut vec![0.0; 2 * 24_000], 1_100_000_000, 0);
        assert_eq!(ring.underruns(), 1);
    }

    #[test]
    fn nothing_that_breaks_off_or_jumps_makes_a_step() {
        let ring = Ring::new(8_192);
        let mut outlet = Outlet::default();
        let mut heard = Vec::new();
        let mut pull = |heard: &mut Vec<f32>, frames: usize| {
            let mut out = vec![0.0; frames * 2];
            outlet.pull(&ring, &mut out, 0, 0);
            heard.extend(out.iter().step_by(2));
        };
        let loud = |frames: usize, level: f32| vec![level; frames * 2];
        pull(&mut heard, 100);
        ring.push(&loud(1_000, 0.8));
        ring.open();
        pull(&mut heard, 600);
        // Cut off by the next piece, which is as loud the other way.
        ring.flush();
        ring.push(&loud(1_000, -0.8));
        ring.open();
        pull(&mut heard, 500);
        // Cut off by silence, then a piece that ends within a pull.
        ring.flush();
        pull(&mut heard, 400);
        ring.push(&loud(300, 0.8));
        ring.open();
        ring.finish();
        pull(&mut heard, 700);
        let step = heard.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        let gentlest = 1.6 * std::f32::consts::PI / (2.0 * SEAM_FRAMES as f32);
        assert!(step <= gentlest * 1.01, "{step}");
        let most = heard.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        assert!(
            (0.79..=0.8).contains(&most),
            "it was heard, and not louder: {most}"
        );
        assert_eq!(heard.last(), Some(&0.0));
        assert_eq!(ring.underruns(), 0, "an end is no gap");
    }
}
