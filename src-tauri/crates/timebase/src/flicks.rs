use serde::{Deserialize, Serialize};

use crate::{Rate, TimeBase};

/// Flicks in one second: divisible by every broadcast frame rate (24000/1001 … 60) and by 44.1, 48 and 96 kHz.
pub const FLICKS_PER_SEC: i64 = 705_600_000;

/// An instant or a duration in flicks, 1/705 600 000 s. May be negative (edit lists start before zero).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flicks(pub i64);

impl Flicks {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// Ticks of a file's native time base, rounded to the nearest flick (ties away from zero). Rounding happens once per
    /// value; never add rounded values up, convert the sum.
    pub fn from_ticks(ticks: i64, base: TimeBase) -> Self {
        Self(mul_div_round(ticks, i64::from(base.num()) * FLICKS_PER_SEC, i64::from(base.den())))
    }

    /// These flicks in ticks of `base`, rounded to the nearest tick.
    pub fn to_ticks(self, base: TimeBase) -> i64 {
        mul_div_round(self.0, i64::from(base.den()), i64::from(base.num()) * FLICKS_PER_SEC)
    }

    /// Start of frame `frame` at a constant `rate`, exact for every rate whose frame is a whole number of flicks.
    pub fn from_frame(frame: i64, rate: Rate) -> Self {
        Self(mul_div_round(frame, i64::from(rate.den()) * FLICKS_PER_SEC, i64::from(rate.num())))
    }

    /// The frame at a constant `rate` that is shown at this instant (the last one that started).
    pub fn to_frame_floor(self, rate: Rate) -> i64 {
        let wide = i128::from(self.0) * i128::from(rate.num());
        let frame = wide.div_euclid(i128::from(rate.den()) * i128::from(FLICKS_PER_SEC));
        saturate(frame)
    }

    /// Whole milliseconds to flicks, exact, saturating at the ends of the range.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(FLICKS_PER_SEC / 1000))
    }

    /// Milliseconds, rounded to the nearest.
    pub fn to_millis_round(self) -> i64 {
        mul_div_round(self.0, 1000, FLICKS_PER_SEC)
    }

    /// Seconds for display and drawing only: never compute on with it.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / FLICKS_PER_SEC as f64
    }
}

impl std::ops::Add for Flicks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Flicks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// `value * mul / div` in 128 bits, rounded to nearest with ties away from zero, saturated to 64 bits. `div` > 0.
pub(crate) fn mul_div_round(value: i64, mul: i64, div: i64) -> i64 {
    let wide = i128::from(value) * i128::from(mul);
    let div = i128::from(div);
    let half = div / 2;
    let rounded = if wide >= 0 { (wide + half) / div } else { (wide - half) / div };
    saturate(rounded)
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
