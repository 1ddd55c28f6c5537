//! Fades: contrast that falls steadily to nothing, or rises from it.

use std::collections::VecDeque;

use timebase::FrameRange;

use super::{Boundary, Transition};

/// A picture with less contrast than this has no structure, levels.
const FLAT: f32 = 3.0;
/// Contrast that a fade must reach, levels: less is noise around a flat picture.
const FULL: f32 = 9.0;
/// Pictures a ramp takes at least; a shorter one is a cut with a blended picture.
const MIN_RAMP: usize = 3;
/// Pictures of history in which a ramp is sought: two seconds at 50 a second.
const HISTORY: usize = 100;
/// Contrast may dip this much against the ramp (grain, movement), as a share.
const SLACK: f32 = 0.03;
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
#[derive(Clone, Copy, Debug)]
struct Flat {
    /// First picture of the ramp down, when there was one.
    fell_from: Option<u64>,
    start: u64,
    /// First picture that is not flat any more.
    end: Option<u64>,
    /// Highest contrast of the ramp up so far and where it was reached.
    top: (f32, u64),
    cut_inside: bool,
}

impl Fades {
    /// Takes the next picture's contrast and whether a cut begins with it.
    pub(super) fn push(&mut self, contrast: f32, is_cut: bool) {
        let frame = self.next;
        self.next += 1;
        match &mut self.flat {
            None if contrast < FLAT => self.begin(frame, is_cut),
            Some(flat) if flat.end.is_none() && contrast >= FLAT => {
                flat.end = Some(frame);
                flat.top = (contrast, frame);
                if is_cut {
                    self.close(false);
                }
            }
            Some(flat) if flat.end.is_some() => {
                let risen = contrast > flat.top.0;
                if risen {
                    flat.top = (contrast, frame);
                }
                let over = contrast < flat.top.0 * (1.0 - 3.0 * SLACK) || frame > flat.top.1 + 2;
                if contrast < FLAT || is_cut || over {
                    self.close(true);
                    if contrast < FLAT {
                        self.begin(frame, is_cut);
                    }
                }
            }
            _ => {}
        }
        if is_cut {
            self.history.clear();
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(contrast);
    }

    /// The fades of a film of `frames` pictures.
    pub(super) fn finish(mut self, frames: u64) -> Vec<Boundary> {
        self.close(true);
        for fade in &mut self.found {
            fade.at = fade.at.min(frames);
        }
        self.found
    }

    /// A flat stretch begins: was there a ramp down to it?
    fn begin(&mut self, frame: u64, is_cut: bool) {
        let mut fell_from = None;
        if !is_cut {
            let (mut top, mut steps) = (0.0f32, 0);
            for &contrast in self.history.iter().rev() {
                if contrast < top * (1.0 + SLACK) && contrast < top + 0.5 {
                    break;
                }
                top = top.max(contrast);
                steps += 1;
            }
            if steps >= MIN_RAMP && top >= FULL {
                fell_from = Some(frame - steps as u64);
            }
        }
        self.flat = Some(Flat {
            fell_from,
            start: frame,
            end: None,
            top: (0.0, frame),
            cut_inside: is_cut,
        });
    }

    /// The stretch is over, with or without a ramp up after it.
    fn close(&mut self, may_rise: bool) {
        let Some(flat) = self.flat.take() else { return };
        let end = flat.end.unwrap_or(self.next);
        let ramp = flat.top.1.saturating_sub(end) as usize + 1;
        let rose_to =
            (may_rise && flat.end.is_some() && ramp >= MIN_RAMP && flat.top.0 >= FULL).then_some(flat.top.1);
        let hold = end - flat.start;
        let fade = |at, start, end| Boundary {
            at,
            span: FrameRange::new(start, end),
            kind: Transition::Fade,
        };
        match (flat.fell_from, rose_to) {
            (Some(from), Some(to)) if hold <= MAX_HOLD => {
                self.found.push(fade(flat.start + hold / 2, from, to));
            }
            (from, to) => {
                if let Some(from) = from {
                    // the end of the film, or a hold that is a shot of its own
                    let at = if flat.end.is_none() && hold <= MAX_HOLD {
                        u64::MAX
                    } else {
                        flat.start
                    };
                    let until = if to.is_none() && flat.end.is_some() && hold <= MAX_HOLD {
                        end
                    } else {
                        flat.start
                    };
                    self.found.push(fade(at, from, until));
                }
                if let Some(to) = to {
                    let from_start = flat.start == 0 && hold <= MAX_HOLD;
                    let since = if flat.cut_inside && hold <= MAX_HOLD {
                        flat.start
                    } else {
                        end
                    };
                    self.found.push(fade(if from_start { 0 } else { end }, since, to));
                }
            }
        }
    }
}
