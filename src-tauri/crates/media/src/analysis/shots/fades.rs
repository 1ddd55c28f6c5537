//! Fades: contrast that falls steadily to nothing, or rises from it.

use std::collections::VecDeque;

use timebase::FrameRange;

use super::{Boundary, Transition};

/// A picture with less contrast than this has no structure, levels.
const FLAT: f32 = 3.0;
/// Contrast that a fade must reach, levels: less is noise around a flat picture.
const FULL: f32 = 9.0;
/// Pictures a ramp takes at least; a shorter one is a cut with a blended picture.
const MIN_RAMP: u64 = 3;
/// Pictures of history in which a ramp is sought: two seconds at 50 a second.
const HISTORY: usize = 100;
/// A ramp is over when this many pictures …
const STALL: u64 = 4;
/// … bring less than this share of what its average slope would.
const STALL_SHARE: f32 = 0.3;
/// Two ramps around at most this many flat pictures are one transition.
const MAX_HOLD: u64 = 25;

/// Follows contrast.
#[derive(Debug, Default)]
pub(super) struct Fades {
    next: u64,
    history: VecDeque<f32>,
    flat: Option<Flat>,
    found: Vec<Boundary>,
}

/// The flat stretch that is open, and the ramps on its sides.
#[derive(Clone, Debug)]
struct Flat {
    /// First picture of the ramp down, when there was one.
    fell_from: Option<u64>,
    start: u64,
    began_with_cut: bool,
    /// First picture that is not flat any more, and the contrasts from there.
    rise: Option<(u64, Vec<f32>)>,
}

impl Fades {
    /// Takes the next picture's contrast and whether a cut begins with it.
    pub(super) fn push(&mut self, contrast: f32, is_cut: bool) {
        let frame = self.next;
        self.next += 1;
        if is_cut {
            self.close(frame, false);
            self.history.clear();
        }
        match &mut self.flat {
            None if contrast < FLAT => self.begin(frame, is_cut),
            None => {}
            Some(flat) => match &mut flat.rise {
                None if contrast >= FLAT => flat.rise = Some((frame, vec![contrast])),
                None => {}
                // what rose was noise on the flat picture
                Some((_, ramp)) if contrast < FLAT && highest(ramp) < FULL => flat.rise = None,
                Some((_, ramp)) => {
                    ramp.push(contrast);
                    if contrast < FLAT || has_stalled(ramp) {
                        self.close(frame, false);
                        if contrast < FLAT {
                            self.begin(frame, false);
                        }
                    }
                }
            },
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(contrast);
    }

    /// The fades of a film of `frames` pictures.
    pub(super) fn finish(mut self, frames: u64) -> Vec<Boundary> {
        self.close(self.next, true);
        for fade in &mut self.found {
            fade.at = fade.at.min(frames);
        }
        self.found
    }

    /// A flat stretch begins: was there a ramp down to it? A ramp down is a ramp up seen backwards.
    fn begin(&mut self, frame: u64, is_cut: bool) {
        let mut ramp = Vec::new();
        for &contrast in self.history.iter().rev() {
            ramp.push(contrast);
            if has_stalled(&ramp) {
                break;
            }
        }
        let fell_from = (!is_cut)
            .then(|| ramp_length(&ramp))
            .flatten()
            .map(|length| frame - length);
        self.flat = Some(Flat {
            fell_from,
            start: frame,
            began_with_cut: is_cut,
            rise: None,
        });
    }

    /// The stretch is over before picture `now`: what followed was a ramp up, a cut, or nothing because the film ends.
    fn close(&mut self, now: u64, film_ends: bool) {
        let Some(flat) = self.flat.take() else { return };
        let end = flat.rise.as_ref().map_or(now, |(end, _)| *end);
        let rose_to = flat
            .rise
            .as_ref()
            .and_then(|(end, ramp)| Some(end + ramp_length(ramp)?));
        let short = end - flat.start <= MAX_HOLD;
        let fade = |at, start, end| Boundary {
            at,
            span: FrameRange::new(start, end),
            kind: Transition::Fade,
        };
        match (flat.fell_from, rose_to) {
            (Some(from), Some(to)) if short => {
                self.found
                    .push(fade(flat.start + (end - flat.start) / 2, from, to));
            }
            (from, to) => {
                if let Some(from) = from {
                    // a short black end belongs to the last shot, and a cut out of a short hold to the transition
                    let at = match (short, film_ends) {
                        (true, true) => u64::MAX,
                        (true, false) => end,
                        (false, _) => flat.start,
                    };
                    let until = if short && !film_ends { end } else { flat.start };
                    self.found.push(fade(at, from, until));
                }
                if let Some(to) = to {
                    let since = if flat.began_with_cut && short {
                        flat.start
                    } else {
                        end
                    };
                    self.found
                        .push(fade(if flat.start == 0 && short { 0 } else { end }, since, to));
                }
            }
        }
    }
}

fn highest(ramp: &[f32]) -> f32 {
    ramp.iter().copied().fold(0.0, f32::max)
}

/// Pictures until a ramp reaches (nearly) its top, when it is one.
fn ramp_length(ramp: &[f32]) -> Option<u64> {
    let top = highest(ramp);
    let length = ramp.iter().position(|&contrast| contrast >= top * 0.97)? as u64 + 1;
    (length >= MIN_RAMP && top >= FULL).then_some(length)
}

/// Whether the last pictures brought little compared with the ramp so far.
fn has_stalled(ramp: &[f32]) -> bool {
    let count = ramp.len() as u64;
    let top = highest(ramp);
    if count <= STALL || top < FULL {
        return count > HISTORY as u64;
    }
    let before = &ramp[..ramp.len() - STALL as usize];
    let slope = highest(before) / before.len() as f32;
    top - highest(before) < STALL_SHARE * slope * STALL as f32
}
