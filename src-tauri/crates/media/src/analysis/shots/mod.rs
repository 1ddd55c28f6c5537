//! Shot boundaries: cuts, dissolves and fades, decided a little after they are seen.
//!
//! Three ideas, none of them tied to a kind of material:
//! - A cut is a picture whose *change*, motion allowed for, stands out from its neighbourhood, and whose content is *not found*
//!   in the pictures before it, nor the old content in the pictures after it. Flashes, people crossing the lens and captions
//!   fail the second half, whip pans the first. Content is compared by block correlation, so light and gain do not matter.
//! - In a dissolve every picture in the middle is a mixture of the two ends, which neither end alone explains, while the ends
//!   have nothing in common. Windows of many lengths vote for their middle.
//! - A fade is contrast that falls steadily to a picture without structure, or rises from one.

mod fades;
mod mixtures;
mod sketch;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use timebase::FrameRange;

use self::{fades::Fades, mixtures::Mixtures, sketch::Sketch};
use super::picture::Thumb;

/// How one shot becomes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// The film begins.
    Start,
    /// From one frame to the next.
    Cut,
    /// One picture fades over the other.
    Dissolve,
    /// Through, from or to a picture without structure, usually black.
    Fade,
}

/// One shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShotSpan {
    /// Its frames; the shots of a film follow each other without gap.
    pub range: FrameRange,
    /// How it begins.
    pub transition_in: Transition,
    /// Frames of that transition, 0 for a cut.
    pub transition_frames: u32,
}

/// A place where one shot becomes the next, or where the film fades in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// The first frame of the new shot: the middle of a gradual transition.
    pub at: u64,
    /// The frames of a gradual transition; empty for a cut.
    pub span: FrameRange,
    /// Its kind.
    pub kind: Transition,
}

impl Boundary {
    fn cut(at: u64) -> Self {
        Self {
            at,
            span: FrameRange::new(at, at),
            kind: Transition::Cut,
        }
    }
}

/// Pictures seen before a boundary among them is decided.
const LOOK_AHEAD: u64 = 8;
/// Pictures on each side that a change must stand out from.
const NEIGHBOURS: u64 = 8;
/// Pictures kept.
const KEPT: usize = 96;
/// Changes below this many 1/10 levels are no cut, however still the neighbourhood.
const MIN_CHANGE: u32 = 25;
/// The still neighbourhood counts as at least this many 1/10 levels.
const STILL: u32 = 10;
/// A cut stands out from the median of its neighbourhood by 18/10 …
const OVER_MEDIAN_TENTHS: u32 = 18;
/// … and from the nearest pictures by 23/20.
const OVER_NEAREST_TWENTIETHS: u32 = 23;
/// Pictures on each side that count as nearest.
const NEAREST: u64 = 2;
/// How far around a boundary old content is searched for, pictures.
const RETURN: u64 = 6;
/// Unfamiliarity that makes a cut: 1 - similarity, plus a quarter of the histogram distance.
const UNFAMILIAR: f32 = 0.6;
/// The same for a change that stands quite alone: a cut inside one scene keeps colours and much of the structure …
const UNFAMILIAR_ALONE: f32 = 0.3;
/// … but, unlike a caption, leaves less than this share of the picture as it was.
const KEPT_ALONE: f32 = 0.3;
/// A change stands alone when it is this many times the nearest ones and the median.
const ALONE_OVER_NEAREST: u32 = 3;
const ALONE_OVER_MEDIAN: u32 = 4;
/// And when it is at least this large, 1/10 levels.
const ALONE_CHANGE: u32 = 150;
/// Pictures that match this well as a whole after one shift are one panning shot.
const PANNED: f32 = 0.8;
const HISTOGRAM_SHARE: f32 = 0.25;

/// Finds shot boundaries from small pictures.
#[derive(Debug, Default)]
pub struct ShotDetector {
    kept: Kept,
    decided: u64,
    boundaries: Vec<Boundary>,
    mixtures: Mixtures,
    fades: Fades,
}

/// The last pictures, by frame number.
#[derive(Debug, Default)]
struct Kept {
    first: u64,
    sketches: VecDeque<Sketch>,
}

impl Kept {
    fn push(&mut self, sketch: Sketch) {
        if self.sketches.len() == KEPT {
            self.sketches.pop_front();
            self.first += 1;
        }
        self.sketches.push_back(sketch);
    }

    fn end(&self) -> u64 {
        self.first + self.sketches.len() as u64
    }

    fn get(&self, frame: u64) -> Option<&Sketch> {
        self.sketches
            .get(usize::try_from(frame.checked_sub(self.first)?).ok()?)
    }

    fn change(&self, frame: u64) -> u32 {
        self.get(frame).map_or(0, |sketch| sketch.change)
    }
}

impl ShotDetector {
    /// A detector before its first picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next picture. Answers its change from the one before in 1/10 level per pixel, motion allowed for.
    pub fn push(&mut self, thumb: &Thumb) -> u32 {
        let mut sketch = Sketch::new(thumb);
        sketch.change = self
            .kept
            .sketches
            .back()
            .map_or(0, |before| sketch.change_from(before));
        let change = sketch.change;
        self.kept.push(sketch);
        while self.decided + LOOK_AHEAD < self.kept.end() {
            self.decide();
        }
        change
    }

    /// The boundaries in order; gradual ones do not overlap and hold no cuts.
    pub fn finish(mut self) -> Vec<Boundary> {
        while self.decided < self.kept.end() {
            self.decide();
        }
        let frames = self.decided;
        let fades = self.fades.finish(frames);
        let dissolves = self.mixtures.finish();
        merge(self.boundaries, fades, dissolves)
    }

    /// Decides about the next undecided picture.
    fn decide(&mut self) {
        let frame = self.decided;
        self.decided += 1;
        let is_cut = self.is_cut(frame);
        if is_cut {
            self.boundaries.push(Boundary::cut(frame));
        }
        if let Some(sketch) = self.kept.get(frame) {
            self.fades.push(sketch.contrast, is_cut);
        }
        self.mixtures.push(&self.kept, frame, is_cut);
    }

    fn is_cut(&self, frame: u64) -> bool {
        let change = self.kept.change(frame);
        if frame == 0 || change < MIN_CHANGE {
            return false;
        }
        let median = self.median_around(frame);
        if change * 10 < median * OVER_MEDIAN_TENTHS {
            return false;
        }
        // a cut inside a blended picture shows as two changes in a row: the second belongs to the first
        let after = self.kept.change(frame + 1);
        let blended = after >= MIN_CHANGE && after * 2 >= change && after * 20 <= change * 23;
        let nearest = self.nearest_around(frame, frame);
        if change * 20 >= nearest * OVER_NEAREST_TWENTIETHS {
            let alone = change >= ALONE_CHANGE
                && change >= nearest * ALONE_OVER_NEAREST
                && change >= median * ALONE_OVER_MEDIAN;
            return self.is_unfamiliar(frame - 1, frame, alone);
        }
        blended
            && change * 20 >= self.nearest_around(frame, frame + 1) * OVER_NEAREST_TWENTIETHS
            && self.is_unfamiliar(frame - 1, frame + 1, false)
    }

    /// The largest change next to `from..=to`.
    fn nearest_around(&self, from: u64, to: u64) -> u32 {
        let around = (from.saturating_sub(NEAREST)..from).chain(to + 1..=to + NEAREST);
        around
            .map(|at| self.kept.change(at))
            .max()
            .unwrap_or(0)
            .max(STILL)
    }

    fn median_around(&self, frame: u64) -> u32 {
        let range = frame.saturating_sub(NEIGHBOURS).max(1)..(frame + NEIGHBOURS + 1).min(self.kept.end());
        let mut changes: Vec<u32> = range
            .filter(|&at| at != frame)
            .map(|at| self.kept.change(at))
            .collect();
        changes.sort_unstable();
        changes.get(changes.len() / 2).copied().unwrap_or(0).max(STILL)
    }

    /// Whether picture `new` shows something else than picture `old`, and neither comes back soon. `alone` says that the
    /// change between them stands alone.
    fn is_unfamiliar(&self, old: u64, new: u64, alone: bool) -> bool {
        let (Some(old_sketch), Some(new_sketch)) = (self.kept.get(old), self.kept.get(new)) else {
            return false;
        };
        let bonus = HISTOGRAM_SHARE * new_sketch.histogram_distance(old_sketch).min(1.2);
        let unfamiliar = |a: &Sketch, b: &Sketch| {
            let likeness = a.likeness(b);
            let unlike = 1.0 - likeness.similarity + bonus;
            unlike >= UNFAMILIAR || alone && unlike >= UNFAMILIAR_ALONE && likeness.kept < KEPT_ALONE
        };
        unfamiliar(new_sketch, old_sketch)
            && (new + 1..=new + RETURN).filter_map(|at| self.kept.get(at)).all(|later| unfamiliar(later, old_sketch))
            && (old.saturating_sub(RETURN)..old)
                .filter_map(|at| self.kept.get(at))
                .all(|earlier| unfamiliar(new_sketch, earlier))
            // a pan has speed before and after
            && (alone || new_sketch.panned_correlation(old_sketch) < PANNED)
    }
}

/// One list in order: fades before dissolves before cuts where they overlap, because a fade also mixes and a mixture that moves
/// may also jump.
fn merge(cuts: Vec<Boundary>, fades: Vec<Boundary>, dissolves: Vec<Boundary>) -> Vec<Boundary> {
    let mut all = fades;
    let free = |all: &[Boundary], b: &Boundary| {
        all.iter()
            .all(|a| b.span.end < a.span.start || a.span.end < b.span.start)
    };
    for boundary in dissolves.into_iter().chain(cuts) {
        if free(&all, &boundary) {
            all.push(boundary);
        }
    }
    all.sort_unstable_by_key(|boundary| (boundary.at, boundary.span.start));
    all
}

/// The shots of a film of `frames` frames with these boundaries.
pub fn shots_between(boundaries: &[Boundary], frames: u64) -> Vec<ShotSpan> {
    if frames == 0 {
        return Vec::new();
    }
    let first = ShotSpan {
        range: FrameRange::new(0, frames),
        transition_in: Transition::Start,
        transition_frames: 0,
    };
    let mut shots = vec![first];
    for boundary in boundaries {
        let transition_frames = u32::try_from(boundary.span.len()).unwrap_or(u32::MAX);
        if boundary.at == 0 {
            // the film fades in: no new shot, but worth saying
            shots[0].transition_in = boundary.kind;
            shots[0].transition_frames = transition_frames;
        } else if boundary.at < frames {
            if let Some(last) = shots.last_mut() {
                last.range.end = boundary.at;
            }
            let range = FrameRange::new(boundary.at, frames);
            shots.push(ShotSpan {
                range,
                transition_in: boundary.kind,
                transition_frames,
            });
        }
    }
    shots.retain(|shot| !shot.range.is_empty());
    shots
}
