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
