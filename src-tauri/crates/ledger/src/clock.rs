use serde::{Deserialize, Serialize};

/// How far ahead of the wall clock somebody else's reading is believed: one hour.
pub const AHEAD_LIMIT_MILLIS: u64 = 3_600_000;

/// A hybrid logical clock reading: wall milliseconds since 1970 and a counter. It orders what is displayed and breaks ties;
/// it never decides which verdict holds, so a clock set to 2030 wins nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hlc {
    /// Milliseconds since 1970-01-01 UTC, as far as this writer and the entries it has seen know.
    pub millis: u64,
    /// Ticks within the same millisecond.
    pub counter: u32,
}

impl Hlc {
    /// The next reading after `self`, given the wall clock: never goes back.
    #[must_use]
    pub fn next(self, wall_millis: u64) -> Self {
        if wall_millis > self.millis {
            Self {
                millis: wall_millis,
                counter: 0,
            }
        } else {
            match self.counter.checked_add(1) {
                Some(counter) => Self {
                    millis: self.millis,
                    counter,
                },
                None => Self {
                    millis: self.millis.saturating_add(1),
                    counter: 0,
                },
            }
        }
    }

    /// The later of `self` and a reading that was `seen` in somebody's entry, so that what is written next comes after it.
    /// A reading more than [`AHEAD_LIMIT_MILLIS`] ahead of the wall clock is not followed: one workstation set to 2030
    /// must not date everybody's work.
    #[must_use]
    pub fn observe(self, seen: Self, wall_millis: u64) -> Self {
        if seen.millis > wall_millis.saturating_add(AHEAD_LIMIT_MILLIS) {
            self
        } else {
            self.max(seen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn hlc(millis: u64, counter: u32) -> Hlc {
        Hlc { millis, counter }
    }

    #[test]
    fn never_goes_back() {
        assert_eq!(hlc(5, 3).next(9), hlc(9, 0));
        assert_eq!(hlc(5, 3).next(5), hlc(5, 4));
        assert_eq!(hlc(5, 3).next(1), hlc(5, 4));
        assert_eq!(hlc(5, u32::MAX).next(1), hlc(6, 0));
    }

    #[test]
    fn follows_others_but_not_into_the_far_future() {
        let wall = 1_000_000;
        assert_eq!(hlc(wall, 0).observe(hlc(wall + 5, 2), wall), hlc(wall + 5, 2));
        assert_eq!(hlc(wall, 0).observe(hlc(wall - 5, 2), wall), hlc(wall, 0));
        assert_eq!(
            hlc(wall, 0).observe(hlc(wall + AHEAD_LIMIT_MILLIS + 1, 0), wall),
            hlc(wall, 0)
        );
    }
}
