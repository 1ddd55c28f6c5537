//! Dissolves: windows whose middle is a mixture of their ends.

use std::collections::VecDeque;

use timebase::FrameRange;

use super::{Boundary, Kept, Transition, sketch::Mixture};

/// Lengths of the windows, pictures. A window that covers a dissolve and some of the shots around it still votes, so these
/// serve for dissolves from a few pictures to two seconds.
const LENGTHS: [u64; 10] = [6, 8, 10, 12, 16, 20, 26, 34, 44, 56];
/// The middle must hold at least this share of each end, and not much more or less than both together.
const MIN_SHARE: f32 = 0.2;
const TOTAL_SHARE: std::ops::RangeInclusive<f32> = 0.6..=1.3;
/// How much of what neither end explains the mixture must explain.
const MIN_EXPLAINED: f32 = 0.55;
/// Ends that correlate more than this may be one moving shot.
const MAX_CORRELATION: f32 = 0.85;
/// What is explained must be worth explaining, mean square levels.
const MIN_ALONE: f32 = 15.0;
/// Votes within a stretch that make a dissolve.
const MIN_VOTES: u32 = 5;
/// Middles further apart than this belong to different dissolves, pictures.
const GAP: u64 = 6;
/// The ends must be this different by content.
const MAX_SIMILARITY: f32 = 0.62;
/// Ends more similar than this are clearly one shot.
const CLEARLY_ALIKE: f32 = 0.72;
/// After ends that were clearly alike, windows of that length rest for this many pictures: a pan goes on being one.
const ALIKE_REST: u64 = 4;
/// Ends with less contrast than this belong to a fade, levels.
const MIN_CONTRAST: f32 = 4.0;

/// Gathers votes for dissolves.
#[derive(Debug, Default)]
pub(super) struct Mixtures {
    last_cut: Option<u64>,
    votes: VecDeque<(u64, Votes)>,
    found: Vec<Boundary>,
    /// Per length, the picture until which its windows rest.
    alike_until: [u64; LENGTHS.len()],
}

/// What one window says.
#[derive(Clone, Copy, Debug)]
enum Vote {
    /// A dissolve lies here.
    For(Best),
    /// The middle is a mixture, but clearly of two pictures of one shot: a slow pan.
    Alike,
    /// No mixture, or none of two shots.
    Against,
}

/// What the windows around one middle say.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    count: u32,
    best: Option<Best>,
}

#[derive(Clone, Copy, Debug)]
struct Best {
    worth: f32,
    span: FrameRange,
}

impl Votes {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        if other
            .best
            .is_some_and(|new| self.best.is_none_or(|old| new.worth > old.worth))
        {
            self.best = other.best;
        }
    }
}

impl Mixtures {
    /// Judges the windows that end with picture `frame`.
    pub(super) fn push(&mut self, kept: &Kept, frame: u64, is_cut: bool) {
        if is_cut {
            self.last_cut = Some(frame);
        }
        let floor = self.last_cut.unwrap_or(0);
        for (number, length) in LENGTHS.into_iter().enumerate() {
            let Some(start) = frame.checked_sub(length).filter(|&start| start >= floor) else {
                break;
            };
            if self.alike_until[number] > frame {
                continue;
            }
            match vote(kept, start, frame, self.settled_worth(start + length / 2)) {
                Vote::For(best) => self.count(start + length / 2, best),
                Vote::Alike => self.alike_until[number] = frame + ALIKE_REST,
                Vote::Against => {}
            }
        }
        // votes for a middle come until the longest window around it has passed
        let settled = frame.saturating_sub(LENGTHS[LENGTHS.len() - 1] / 2 + GAP + 1);
        self.settle(settled);
    }

    /// The dissolves.
    pub(super) fn finish(mut self) -> Vec<Boundary> {
        self.settle(u64::MAX);
        self.found
    }

    /// The worth of the best window near `middle` when enough have voted there already: a lesser window of the same dissolve
    /// need not be compared by content again, which costs more than all the rest.
    fn settled_worth(&self, middle: u64) -> f32 {
        let from = self.votes.partition_point(|(frame, _)| frame + GAP < middle);
        let mut near = Votes::default();
        for &(_, votes) in self
            .votes
            .range(from..)
            .take_while(|(frame, _)| *frame <= middle + GAP)
        {
            near.add(votes);
        }
        near.best
            .filter(|_| near.count >= MIN_VOTES)
            .map_or(0.0, |best| best.worth)
    }

    fn count(&mut self, middle: u64, best: Best) {
        let at = self.votes.partition_point(|(frame, _)| *frame < middle);
        if self.votes.get(at).is_none_or(|(frame, _)| *frame != middle) {
            self.votes.insert(at, (middle, Votes::default()));
        }
        self.votes[at].1.add(Votes {
            count: 1,
            best: Some(best),
        });
    }

    /// Judges every stretch of middles that ends before `settled`.
    fn settle(&mut self, settled: u64) {
        while let Some(&(first, _)) = self.votes.front() {
            let mut total = Votes::default();
            let (mut last, mut taken) = (first, 0);
            for &(frame, votes) in self.votes.iter().take_while(|(frame, _)| *frame < settled) {
                if frame > last + GAP {
                    break;
                }
                total.add(votes);
                (last, taken) = (frame, taken + 1);
            }
            if settled != u64::MAX && last + GAP >= settled || taken == 0 {
                return;
            }
            self.votes.drain(..taken);
            if let Some(best) = total.best.filter(|_| total.count >= MIN_VOTES) {
                let at = best.span.start + best.span.len().div_ceil(2);
                self.found.push(Boundary {
                    at,
                    span: best.span,
                    kind: Transition::Dissolve,
                });
            }
        }
    }
}

/// Whether the window `start..=end` holds a dissolve, and where it lies. Up to `settled` worth its ends are taken to differ.
fn vote(kept: &Kept, start: u64, end: u64, settled: f32) -> Vote {
    let pictures = (
        kept.get(start),
        kept.get(start + (end - start) / 2),
        kept.get(end),
    );
    let (Some(first), Some(middle), Some(second)) = pictures else {
        return Vote::Against;
    };
    if first.contrast < MIN_CONTRAST || second.contrast < MIN_CONTRAST {
        return Vote::Against;
    }
    let middle = middle.mixture_of(first, second);
    if !is_mixed(&middle) {
        return Vote::Against;
    }
    let worth = middle.explained * (1.0 - middle.ends_correlation);
    let similarity = if worth > settled {
        first.likeness(second).similarity
    } else {
        0.0
    };
    if similarity > CLEARLY_ALIKE {
        return Vote::Alike;
    }
    if similarity > MAX_SIMILARITY {
        return Vote::Against;
    }
    // the dissolve itself is where both ends are seen
    let share = |at: u64| {
        let mixture = kept.get(at)?.mixture_of(first, second);
        Some(mixture.second / (mixture.first + mixture.second).max(0.1))
    };
    let from = (start..end)
        .rev()
        .find(|&at| share(at).is_some_and(|s| s <= EDGE))
        .unwrap_or(start);
    let to = (from + 1..=end)
        .find(|&at| share(at).is_some_and(|s| s >= 1.0 - EDGE))
        .unwrap_or(end);
    Vote::For(Best {
        worth,
        span: FrameRange::new(from, to),
    })
}

/// Share of the coming picture at which a dissolve is seen to begin.
const EDGE: f32 = 0.06;

fn is_mixed(middle: &Mixture) -> bool {
    middle.first >= MIN_SHARE
        && middle.second >= MIN_SHARE
        && TOTAL_SHARE.contains(&(middle.first + middle.second))
        && middle.explained >= MIN_EXPLAINED
        && middle.ends_correlation <= MAX_CORRELATION
        && middle.alone >= MIN_ALONE
}
