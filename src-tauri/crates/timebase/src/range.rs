use serde::{Deserialize, Serialize};

use crate::Flicks;

/// Frames `start..end`, half-open, by ordinal in presentation order. Empty when `end <= start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrameRange {
    /// First frame inside.
    pub start: u64,
    /// First frame after.
    pub end: u64,
}

impl FrameRange {
    /// `start..end`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self { start, end }
    }

    /// Number of frames.
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether no frame is inside.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `frame` is inside.
    pub const fn contains(self, frame: u64) -> bool {
        self.start <= frame && frame < self.end
    }

    /// The frames in both, if any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!both.is_empty()).then_some(both)
    }
}

/// Flicks `start..end`, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlickRange {
    /// First instant inside.
    pub start: Flicks,
    /// First instant after.
    pub end: Flicks,
}

impl FlickRange {
    /// `start..end`.
    pub const fn new(start: Flicks, end: Flicks) -> Self {
        Self { start, end }
    }

    /// Length, never negative.
    pub fn duration(self) -> Flicks {
        Flicks((self.end.0.saturating_sub(self.start.0)).max(0))
    }

    /// Whether `at` is inside.
    pub fn contains(self, at: Flicks) -> bool {
        self.start <= at && at < self.end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges() -> impl Strategy<Value = FrameRange> {
        (0u64..100, 0u64..100).prop_map(|(start, end)| FrameRange::new(start, end))
    }

    proptest! {
        /// A range is the set of the frames it contains: everything else follows from that.
        #[test]
        fn a_range_is_a_set_of_frames(a in ranges(), b in ranges()) {
            let members = |range: FrameRange| (0..120).filter(|n| range.contains(*n)).collect::<Vec<_>>();
            prop_assert_eq!(a.len(), members(a).len() as u64);
            prop_assert_eq!(a.is_empty(), members(a).is_empty());
            let both: Vec<u64> = members(a).into_iter().filter(|n| b.contains(*n)).collect();
            prop_assert_eq!(a.intersection(b).map(members).unwrap_or_default(), both);
            prop_assert_eq!(a.intersection(b), b.intersection(a));
            prop_assert!(a.intersection(b).is_none_or(|range| !range.is_empty()));
        }

        #[test]
        fn durations_are_never_negative(start in any::<i64>(), end in any::<i64>(), at in any::<i64>()) {
            let range = FlickRange::new(Flicks(start), Flicks(end));
            prop_assert!(range.duration().0 >= 0);
            prop_assert_eq!(range.contains(Flicks(at)), start <= at && at < end);
            prop_assert_eq!(range.contains(range.start), range.duration() > Flicks::ZERO);
        }
    }
}
