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
        Self(mul_div_round(
            ticks,
            i64::from(base.num()) * FLICKS_PER_SEC,
            i64::from(base.den()),
        ))
    }

    /// These flicks in ticks of `base`, rounded to the nearest tick.
    pub fn to_ticks(self, base: TimeBase) -> i64 {
        mul_div_round(
            self.0,
            i64::from(base.den()),
            i64::from(base.num()) * FLICKS_PER_SEC,
        )
    }

    /// Start of frame `frame` at a constant `rate`, exact for every rate whose frame is a whole number of flicks.
    pub fn from_frame(frame: i64, rate: Rate) -> Self {
        Self(mul_div_round(
            frame,
            i64::from(rate.den()) * FLICKS_PER_SEC,
            i64::from(rate.num()),
        ))
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
    let rounded = if wide >= 0 {
        (wide + half) / div
    } else {
        (wide - half) / div
    };
    saturate(rounded)
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broadcast_frames_and_samples_are_whole_flicks() {
        for (num, den) in [
            (24000, 1001),
            (24, 1),
            (25, 1),
            (30000, 1001),
            (30, 1),
            (48000, 1001),
            (48, 1),
            (50, 1),
            (60000, 1001),
            (60, 1),
            (44_100, 1),
            (48_000, 1),
            (96_000, 1),
        ] {
            let rate = Rate::new(num, den).unwrap();
            let one = Flicks::from_frame(1, rate);
            assert_eq!(Flicks::from_frame(1_000_000, rate).0, one.0 * 1_000_000, "{rate}");
        }
    }

    #[test]
    fn rounding_is_to_the_nearest_and_away_from_zero_on_ties() {
        assert_eq!(
            [
                mul_div_round(1, 1, 2),
                mul_div_round(-1, 1, 2),
                mul_div_round(1, 1, 3),
                mul_div_round(2, 1, 3)
            ],
            [1, -1, 0, 1]
        );
        assert_eq!(mul_div_round(i64::MAX, i64::MAX, 1), i64::MAX);
        assert_eq!(mul_div_round(i64::MIN, i64::MAX, 1), i64::MIN);
        assert_eq!(Flicks::from_millis(i64::MAX).0, i64::MAX);
        assert_eq!(Flicks(i64::MAX) + Flicks(1), Flicks(i64::MAX));
        assert_eq!(Flicks::from_frame(-1, Rate::PAL).to_frame_floor(Rate::PAL), -1);
        assert_eq!(Flicks(-1).to_frame_floor(Rate::PAL), -1);
    }

    fn bases() -> impl Strategy<Value = TimeBase> {
        prop_oneof![
            (1u32..2000, 1u32..1_000_000).prop_map(|(num, den)| TimeBase::new(num, den).unwrap()),
            prop::sample::select(vec![(1, 15360), (1, 90_000), (1001, 30000), (1, 1_000_000)])
                .prop_map(|(num, den)| TimeBase::new(num, den).unwrap()),
        ]
    }

    proptest! {
        /// A native tick survives the way through flicks wherever a tick is at least one flick long.
        #[test]
        fn ticks_come_back(ticks in -1_000_000_000i64..1_000_000_000, base in bases()) {
            prop_assert_eq!(Flicks::from_ticks(ticks, base).to_ticks(base), ticks);
        }

        /// Converting the sum is at most half a flick off, however many ticks were added up.
        #[test]
        fn rounding_never_accumulates(step in 1i64..5000, count in 1i64..100_000, base in bases()) {
            let exact_times_den = i128::from(step) * i128::from(count) * i128::from(base.num()) * i128::from(FLICKS_PER_SEC);
            let flicks = i128::from(Flicks::from_ticks(step * count, base).0) * i128::from(base.den());
            prop_assert!((flicks - exact_times_den).abs() * 2 <= i128::from(base.den()));
        }

        #[test]
        fn frames_come_back(frame in -5_000_000i64..5_000_000, num in 1u32..240_000, den in 1u32..2000) {
            let rate = Rate::new(num, den).unwrap();
            prop_assume!(rate.as_f64() < 1000.0);
            let start = Flicks::from_frame(frame, rate);
            // Where a frame is not whole flicks its start may round down by half a flick, so look just inside.
            prop_assert_eq!((start + Flicks(1)).to_frame_floor(rate), frame);
        }

        #[test]
        fn whole_flick_frames_come_back_from_their_very_start(frame in -5_000_000i64..5_000_000) {
            for rate in [Rate::FILM_NTSC, Rate::FILM, Rate::PAL, Rate::NTSC, Rate::NTSC_DOUBLE] {
                let start = Flicks::from_frame(frame, rate);
                prop_assert_eq!(start.to_frame_floor(rate), frame);
                prop_assert_eq!((start - Flicks(1)).to_frame_floor(rate), frame - 1);
            }
        }

        #[test]
        fn millis_come_back(millis in -10_000_000_000i64..10_000_000_000) {
            prop_assert_eq!(Flicks::from_millis(millis).to_millis_round(), millis);
        }
    }
}
