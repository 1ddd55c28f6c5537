use serde::{Deserialize, Serialize};

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
            Self { millis: wall_millis, counter: 0 }
        } else {
            Self { millis: self.millis, counter: self.counter.saturating_add(1) }
        }
    }
}
