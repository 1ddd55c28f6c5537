use timebase::Rate;

/// Seconds as FCPXML writes them: `1001/24000s`, `3600s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seconds {
    num: i64,
    den: i64,
}

impl Seconds {
    pub(super) const ZERO: Self = Self { num: 0, den: 1 };

    /// Where frame `frames` of `rate` begins.
    pub(super) fn of_frames(frames: i64, rate: Rate) -> Self {
        Self::reduced(
            i128::from(frames) * i128::from(rate.den()),
            i128::from(rate.num()),
        )
        .unwrap_or(Self::ZERO)
    }

    /// Reads `n/ds`, `ns`, or a decimal number of seconds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().strip_suffix('s')?;
        if let Some((num, den)) = text.split_once('/') {
            return Self::reduced(num.trim().parse().ok()?, den.trim().parse().ok()?);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 12 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let den = 10i128.pow(u32::try_from(fraction.len()).ok()?);
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        Self::reduced(digits, den)
    }

    /// Frames of `rate`, rounded to the nearest, and whether that was exact.
    pub(super) fn frames(self, rate: Rate) -> (i64, bool) {
        let wide = i128::from(self.num) * i128::from(rate.num());
        let den = i128::from(self.den) * i128::from(rate.den());
        let half = if wide >= 0 { den / 2 } else { -den / 2 };
        (
            i64::try_from((wide + half) / den).unwrap_or(i64::MAX),
            wide % den == 0,
        )
    }

    pub(super) fn minus(self, other: Self) -> Self {
        let (a, b) = (i128::from(self.num), i128::from(other.num));
        let (c, d) = (i128::from(self.den), i128::from(other.den));
        Self::reduced(a * d - b * c, c * d).unwrap_or(Self::ZERO)
    }

    /// The rate of which this is one frame's duration.
    pub(super) fn rate(self) -> Option<Rate> {
        Rate::new(u32::try_from(self.den).ok()?, u32::try_from(self.num).ok()?).ok()
    }

    fn reduced(num: i128, den: i128) -> Option<Self> {
        if den <= 0 {
            return None;
        }
        let (mut a, mut b) = (num.unsigned_abs(), den.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = i128::try_from(a.max(1)).ok()?;
        Some(Self {
            num: i64::try_from(num / divisor).ok()?,
            den: i64::try_from(den / divisor).ok()?,
        })
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 {
            write!(f, "{}s", self.num)
        } else {
            write!(f, "{}/{}s", self.num, self.den)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings() {
        for (text, num, den) in [
            ("0s", 0, 1),
            ("3600s", 3600, 1),
            ("100/2500s", 1, 25),
            ("1001/24000s", 1001, 24_000),
            ("2.5s", 5, 2),
        ] {
            assert_eq!(Seconds::parse(text), Some(Seconds { num, den }), "{text}");
        }
        for text in [
            "",
            "s",
            "1",
            "1/0s",
            "1/-2s",
            "a/bs",
            "99999999999999999999999999999999999999s",
            "1.x s",
        ] {
            assert_eq!(Seconds::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn frames_come_back(frames in -10_000_000i64..10_000_000, which in 0usize..4) {
            let rate = [Rate::FILM_NTSC, Rate::NTSC, Rate::NTSC_DOUBLE, Rate::PAL][which];
            let written = Seconds::of_frames(frames, rate).to_string();
            let read = Seconds::parse(&written).unwrap();
            prop_assert_eq!(read.frames(rate), (frames, true));
            prop_assert_eq!(read.minus(Seconds::of_frames(7, rate)).frames(rate), (frames - 7, true));
        }
    }
}
