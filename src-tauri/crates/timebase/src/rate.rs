use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a rate or a time base was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// Zero on either side of the fraction.
    #[error("a rate needs a numerator and a denominator above zero")]
    Zero,
    /// Not `30000/1001`, `25` or `23.976`.
    #[error("not a frame rate: {0}")]
    Syntax(String),
}

/// Frames (or samples) per second as an exact fraction in lowest terms, for example 30000/1001. Never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Rate {
    num: u32,
    den: u32,
}

impl Rate {
    /// 24000/1001, "23.976".
    pub const FILM_NTSC: Self = Self {
        num: 24000,
        den: 1001,
    };
    /// 24.
    pub const FILM: Self = Self { num: 24, den: 1 };
    /// 25.
    pub const PAL: Self = Self { num: 25, den: 1 };
    /// 30000/1001, "29.97".
    pub const NTSC: Self = Self {
        num: 30000,
        den: 1001,
    };
    /// 60000/1001, "59.94".
    pub const NTSC_DOUBLE: Self = Self {
        num: 60000,
        den: 1001,
    };

    /// A rate in lowest terms.
    ///
    /// # Errors
    /// [`RateError::Zero`] when either side is zero.
    pub fn new(num: u32, den: u32) -> Result<Self, RateError> {
        let divisor = gcd(num, den);
        if num == 0 || den == 0 {
            return Err(RateError::Zero);
        }
        Ok(Self {
            num: num / divisor,
            den: den / divisor,
        })
    }

    /// Frames in `den()` seconds.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Seconds in which `num()` frames pass.
    pub const fn den(self) -> u32 {
        self.den
    }

    /// Labels per timecode second: the rate rounded to the next whole number up to half a frame (29.97 → 30, 23.976 → 24).
    pub const fn nominal_fps(self) -> u32 {
        // In 64 bits, because absurd rates stand in damaged files. The quotient fits again: `den` is at least 1, and at 1
        // nothing is added.
        let rounded = (self.num as u64 + self.den as u64 / 2) / self.den as u64;
        if rounded == 0 { 1 } else { rounded as u32 }
    }

    /// Whether SMPTE ST 12-1 defines drop-frame counting for this rate: only 30000/1001 and 60000/1001.
    pub const fn has_drop_frame(self) -> bool {
        self.den == 1001 && (self.num == 30000 || self.num == 60000)
    }

    /// For display and drawing only.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// The duration of one frame as a time base (seconds per frame).
    pub const fn frame_duration(self) -> TimeBase {
        TimeBase {
            num: self.den,
            den: self.num,
        }
    }

    /// The trade's short name: `23.976`, `29.97`, `25`, `59.94`; up to three decimals.
    pub fn short_name(self) -> String {
        let text = format!("{:.3}", self.as_f64());
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// `30000/1001`, or `25/1` for whole rates: the form of every wire and file of ours.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;
    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

/// Accepts `30000/1001`, `25`, and the trade's decimal names of the 1001 family (`23.976`, `23.98`, `29.97`, `47.95`, `59.94`, `119.88`).
impl FromStr for Rate {
    type Err = RateError;
    fn from_str(text: &str) -> Result<Self, RateError> {
        let syntax = || RateError::Syntax(text.to_owned());
        let whole = |part: &str| {
            let digits = part.trim();
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| digits.parse::<u32>().ok())
                .flatten()
        };
        if let Some((num, den)) = text.split_once('/') {
            return Self::new(whole(num).ok_or_else(syntax)?, whole(den).ok_or_else(syntax)?);
        }
        match text.trim() {
            "23.976" | "23.98" => Ok(Self::FILM_NTSC),
            "29.97" => Ok(Self::NTSC),
            "47.95" | "47.952" => Self::new(48000, 1001),
            "59.94" => Ok(Self::NTSC_DOUBLE),
            "119.88" => Self::new(120_000, 1001),
            other => {
                // `25.00`, as some tools write whole rates.
                let number = other.split_once('.').map_or(other, |(number, zeros)| {
                    if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') {
                        number
                    } else {
                        other
                    }
                });
                Self::new(whole(number).ok_or_else(syntax)?, 1)
            }
        }
    }
}

/// Seconds per tick as an exact fraction in lowest terms: a stream's native time base, for example 1/15360.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "TimeBaseFields")]
pub struct TimeBase {
    num: u32,
    den: u32,
}

/// A time base as it is read, before it is checked: a zero would divide.
#[derive(Deserialize)]
struct TimeBaseFields {
    num: u32,
    den: u32,
}

impl TryFrom<TimeBaseFields> for TimeBase {
    type Error = RateError;
    fn try_from(fields: TimeBaseFields) -> Result<Self, RateError> {
        Self::new(fields.num, fields.den)
    }
}

impl TimeBase {
    /// A time base in lowest terms.
    ///
    /// # Errors
    /// [`RateError::Zero`] when either side is zero.
    pub fn new(num: u32, den: u32) -> Result<Self, RateError> {
        Rate::new(num, den).map(|r| Self {
            num: r.num,
            den: r.den,
        })
    }

    /// Seconds in which `den()` ticks pass.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Ticks in `num()` seconds.
    pub const fn den(self) -> u32 {
        self.den
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_the_trade_writes_them() {
        for (text, num, den) in [
            ("30000/1001", 30000, 1001),
            ("60000/2002", 30000, 1001),
            ("23.976", 24000, 1001),
            ("23.98", 24000, 1001),
            ("29.97", 30000, 1001),
            ("47.95", 48000, 1001),
            ("59.94", 60000, 1001),
            ("25", 25, 1),
            ("25.00", 25, 1),
            (" 24 ", 24, 1),
            ("25/1", 25, 1),
        ] {
            let rate: Rate = text.parse().expect(text);
            assert_eq!((rate.num(), rate.den()), (num, den), "{text}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "x",
            "25.",
            "25.5",
            "-25",
            "+25",
            "1/",
            "/1",
            "1/2/3",
            "99999999999",
            ".0",
        ] {
            assert!(
                matches!(text.parse::<Rate>(), Err(RateError::Syntax(_))),
                "{text:?}"
            );
        }
        assert_eq!("0/1".parse::<Rate>(), Err(RateError::Zero));
        assert_eq!("25/0".parse::<Rate>(), Err(RateError::Zero));
        assert_eq!(Rate::new(0, 0), Err(RateError::Zero));
    }

    #[test]
    fn names_and_nominal_rates() {
        let shown: Vec<_> = [
            Rate::FILM_NTSC,
            Rate::FILM,
            Rate::PAL,
            Rate::NTSC,
            Rate::NTSC_DOUBLE,
        ]
        .map(|rate| (rate.short_name(), rate.nominal_fps(), rate.has_drop_frame()))
        .into();
        let expected = [
            ("23.976", 24, false),
            ("24", 24, false),
            ("25", 25, false),
            ("29.97", 30, true),
            ("59.94", 60, true),
        ];
        assert_eq!(
            shown,
            expected.map(|(name, fps, drop)| (name.to_owned(), fps, drop))
        );
        assert_eq!(Rate::new(u32::MAX, 1).map(Rate::nominal_fps), Ok(u32::MAX));
        assert_eq!(Rate::new(u32::MAX, 2).map(Rate::nominal_fps), Ok(1 << 31));
        assert_eq!(Rate::new(1, u32::MAX).map(Rate::nominal_fps), Ok(1));
    }

    #[test]
    fn json_keeps_the_fraction_and_refuses_zero() {
        assert_eq!(serde_json::to_string(&Rate::NTSC).unwrap(), "\"30000/1001\"");
        let base = TimeBase::new(1, 15360).unwrap();
        assert_eq!(serde_json::to_string(&base).unwrap(), r#"{"num":1,"den":15360}"#);
        assert_eq!(
            serde_json::from_str::<TimeBase>(r#"{"num":1,"den":15360}"#).unwrap(),
            base
        );
        assert!(serde_json::from_str::<TimeBase>(r#"{"num":1,"den":0}"#).is_err());
        assert!(serde_json::from_str::<Rate>("\"25/0\"").is_err());
    }
}
