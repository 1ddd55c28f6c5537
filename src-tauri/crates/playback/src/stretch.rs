//! Faster sound at its own pitch: pieces of the sound are laid closer together, each cut where its waveform goes on best from
//! the piece before (waveform-similarity overlap-add).

use std::collections::VecDeque;

/// What one piece adds to the output, in frames: 21 ms.
const HOP_FRAMES: usize = 1_024;
/// Over how many frames one piece goes over into the next: 10.7 ms.
const FADE_FRAMES: usize = 512;
/// How far from its nominal place a piece may be cut, either way: 10.7 ms, one period of 47 Hz.
pub(crate) const REACH_FRAMES: usize = 512;
/// A piece quieter than this, as a vector, is silence: 150 dB below a full one.
const QUIET: f32 = 1e-6;
/// Sums of products kept apart, so that they can be formed side by side.
const LANES: usize = 8;

/// Stretches interleaved stereo. What comes out after `n` frames is the sound that stands at frame `n * speed` of what went in,
/// to within [`REACH_FRAMES`] and what lies within a piece, however long it runs: the places of the pieces are computed, never
/// added up.
#[derive(Debug)]
pub(crate) struct Stretch {
    speed: u64,
    /// What went in and may still be needed, interleaved.
    held: Vec<f32>,
    /// Frames that went in before `held`.
    before: u64,
    /// Frames that really went in; known to be all when `closed`.
    taken: u64,
    closed: bool,
    /// Pieces laid down.
    pieces: u64,
    /// Where the last piece would have gone on, in frames of the input.
    goes_on_at: u64,
    /// Finished output, interleaved, and how many frames were ever finished.
    ready: VecDeque<f32>,
    made: u64,
}

impl Stretch {
    /// For sound `speed` times as fast (1 leaves it as it is).
    pub fn new(speed: u64) -> Self {
        Self {
            speed: speed.max(1),
            held: Vec::new(),
            before: 0,
            taken: 0,
            closed: false,
            pieces: 0,
            goes_on_at: 0,
            ready: VecDeque::new(),
            made: 0,
        }
    }

    /// Takes more of the sound.
    pub fn push(&mut self, stereo: &[f32]) {
        let whole = stereo.len() - stereo.len() % 2;
        self.held.extend_from_slice(&stereo[..whole]);
        self.taken += whole as u64 / 2;
        self.lay();
    }

    /// Says that the sound ends here: the rest comes out, its length what it must be.
    pub fn close(&mut self) {
        if !std::mem::replace(&mut self.closed, true) {
            self.lay();
        }
    }

    /// Fills `out` with finished floats and answers how many: fewer than asked when more must be pushed first, or at the end.
    pub fn pull(&mut self, out: &mut [f32]) -> usize {
        let count = out.len().min(self.ready.len()) & !1;
        for (to, from) in out.iter_mut().zip(self.ready.drain(..count)) {
            *to = from;
        }
        count
    }

    /// Whether nothing more will come out.
    pub fn is_spent(&self) -> bool {
        self.closed && self.ready.is_empty()
    }

    /// Lays down every piece for which the input is there.
    fn lay(&mut self) {
        loop {
            let nominal = self.nominal();
            // Of a piece the next one needs what would have followed it, to go over from that.
            let piece = (REACH_FRAMES + HOP_FRAMES + FADE_FRAMES) as u64;
            // Nor may more come out than the input is long, should it end now.
            let needed = (nominal + piece.max(HOP_FRAMES as u64 * self.speed))
                .max(self.goes_on_at + FADE_FRAMES as u64);
            if self.closed {
                let length = self.taken.div_ceil(self.speed);
                if self.made >= length {
                    return;
                }
                // Behind the end there is silence.
                let floats = needed.saturating_sub(self.before) as usize * 2;
                if self.held.len() < floats {
                    self.held.resize(floats, 0.0);
                }
            } else if self.before + self.held.len() as u64 / 2 < needed {
                return;
            }
            self.lay_one(nominal);
            self.forget();
        }
    }

    /// Where the next piece is cut, were it not for its neighbour: its middle stands where the speed says.
    const fn nominal(&self) -> u64 {
        self.pieces * HOP_FRAMES as u64 * self.speed + HOP_FRAMES as u64 * (self.speed - 1) / 2
    }

    fn lay_one(&mut self, nominal: u64) {
        let most = if self.closed {
            (self.taken.div_ceil(self.speed) - self.made).min(HOP_FRAMES as u64) as usize
        } else {
            HOP_FRAMES
        };
        // Cut later, the last piece would run over the end of the sound into silence, and that is heard as a click.
        let latest = if self.closed {
            self.taken.saturating_sub(most as u64)
        } else {
            u64::MAX
        };
        let at = if self.pieces == 0 {
            nominal.min(latest)
        } else {
            self.best(nominal.min(latest), latest)
        };
        let piece = self.place(at);
        let old = self.place(self.goes_on_at);
        for n in 0..most * 2 {
            let new = self.held[piece + n];
            let fading = self.pieces > 0 && n < FADE_FRAMES * 2;
            self.ready.push_back(if fading {
                let gain = fade(n / 2, FADE_FRAMES);
                self.held[old + n] * (1.0 - gain) + new * gain
            } else {
                new
            });
        }
        self.made += most as u64;
        self.pieces += 1;
        self.goes_on_at = at + HOP_FRAMES as u64;
    }

    /// Index into `held` of an input frame that is still there.
    fn place(&self, frame: u64) -> usize {
        frame.saturating_sub(self.before) as usize * 2
    }

    /// Where around `nominal` the sound is most like what would have followed the last piece: among every second place, then
    /// beside the best of those. Never later than `latest`.
    fn best(&self, nominal: u64, latest: u64) -> u64 {
        let old = self.place(self.goes_on_at);
        let wanted = &self.held[old..old + FADE_FRAMES * 2];
        let first = nominal.saturating_sub(REACH_FRAMES as u64).max(self.before);
        let last = (nominal + REACH_FRAMES as u64).min(latest);
        let loudness = self.loudness(first, last);
        let mut best = (nominal, 0.0);
        let mut look = |at: u64| {
            let start = self.place(at);
            let away = at.abs_diff(nominal) as f32 / REACH_FRAMES as f32;
            let likeness = product(wanted, &self.held[start..start + FADE_FRAMES * 2]);
            // Of two places that are equally good the nearer one is better. Nothing is like silence.
            let loudness = loudness.get((at - first) as usize).copied().unwrap_or(0.0);
            let score = likeness / loudness.max(QUIET) * (1.0 - 0.01 * away);
            if score > best.1 {
                best = (at, score);
            }
            best.0
        };
        let mut near = nominal;
        for at in (first..=last).step_by(2) {
            near = look(at);
        }
        for at in near.saturating_sub(1).max(first)..=(near + 1).min(last) {
            near = look(at);
        }
        near
    }

    /// The length, as a vector, of the sound that a cross fade takes at each place from `first` to `last`.
    fn loudness(&self, first: u64, last: u64) -> Vec<f32> {
        let square = |index: usize| f64::from(self.held[index]) * f64::from(self.held[index]);
        let start = self.place(first);
        let mut sum: f64 = (start..start + FADE_FRAMES * 2).map(square).sum();
        (start..=self.place(last))
            .step_by(2)
            .map(|at| {
                let here = sum.max(0.0).sqrt() as f32;
                let end = at + FADE_FRAMES * 2;
                if end + 1 < self.held.len() {
                    sum += square(end) + square(end + 1) - square(at) - square(at + 1);
                }
                here
            })
            .collect()
    }

    /// Lets go of input that no later piece can be cut from.
    fn forget(&mut self) {
        let oldest = self
            .nominal()
            .saturating_sub(REACH_FRAMES as u64)
            .min(self.goes_on_at)
            .max(self.before);
        let floats = (self.place(oldest)).min(self.held.len());
        self.held.drain(..floats);
        self.before += floats as u64 / 2;
    }
}

/// The sum of the products of two pieces.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// From 0 to 1 over `frames`, even at both ends.
pub(crate) fn fade(frame: usize, frames: usize) -> f32 {
    let part = frame as f32 / frames as f32;
    0.5 - 0.5 * (part * std::f32::consts::PI).cos()
}

#[cfg(test)]
#[path = "stretch_tests.rs"]
mod tests;
