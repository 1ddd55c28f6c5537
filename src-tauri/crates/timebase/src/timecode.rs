use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Rate;

/// Why a timecode was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimecodeError {
    /// Not four groups of digits.
    #[error("not a timecode: {0}")]
    Syntax(String),
    /// A field above its limit (minutes or seconds over 59, frames at or over the nominal rate).
    #[error("a field of this timecode is out of range: {0}")]
    Field(String),
    /// A label that drop-frame counting leaves out, for example 00:01:00;00.
    #[error("drop-frame timecode skips this label: {0}")]
    DroppedLabel(String),
    /// Drop-frame asked for a rate that has none.
    #[error("drop-frame exists only at 29.97 and 59.94, not at {0}")]
    NoDropFrame(String),
}

/// A SMPTE ST 12-1 label: a frame count since 00:00:00:00 at a rate, with the drop-frame flag carried, never inferred.
/// The count may pass 24 h; the label wraps, the count does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "TimecodeFields")]
pub struct Timecode {
    frames: i64,
    rate: Rate,
    drop_frame: bool,
}

/// A timecode as it is read, before it is checked: a drop-frame flag where there is none would count wrong.
#[derive(Deserialize)]
struct TimecodeFields {
    frames: i64,
    rate: Rate,
    drop_frame: bool,
}

impl TryFrom<TimecodeFields> for Timecode {
    type Error = TimecodeError;
    fn try_from(fields: TimecodeFields) -> Result<Self, TimecodeError> {
        Self::from_frames(fields.frames, fields.rate, fields.drop_frame)
    }
}

impl Timecode {
    /// The label of the frame `frames` after 00:00:00:00.
    ///
    /// # Errors
    /// [`TimecodeError::NoDropFrame`] when `drop_frame` is set for a rate without it.
    pub fn from_frames(frames: i64, rate: Rate, drop_frame: bool) -> Result<Self, TimecodeError> {
        if drop_frame && !rate.has_drop_frame() {
            return Err(TimecodeError::NoDropFrame(rate.short_name()));
        }
        Ok(Self {
            frames,
            rate,
            drop_frame,
        })
    }

    /// 00:00:00:00, non-drop.
    pub const fn zero(rate: Rate) -> Self {
        Self {
            frames: 0,
            rate,
            drop_frame: false,
        }
    }

    /// From the four fields of a label.
    ///
    /// # Errors
    /// A field out of range, a dropped label, or drop-frame where there is none.
    pub fn from_fields(
        h: u32,
        m: u32,
        s: u32,
        f: u32,
        rate: Rate,
        drop_frame: bool,
    ) -> Result<Self, TimecodeError> {
        let shown = || format!("{h:02}:{m:02}:{s:02}{}{f:02}", if drop_frame { ';' } else { ':' });
        let fps = rate.nominal_fps();
        if m > 59 || s > 59 || f >= fps || h > 99 {
            return Err(TimecodeError::Field(shown()));
        }
        if drop_frame && !rate.has_drop_frame() {
            return Err(TimecodeError::NoDropFrame(rate.short_name()));
        }
        let dropped = drop_per_minute(rate);
        if drop_frame && s == 0 && i64::from(f) < dropped && !m.is_multiple_of(10) {
            return Err(TimecodeError::DroppedLabel(shown()));
        }
        let minutes = i64::from(h) * 60 + i64::from(m);
        let mut frames = (minutes * 60 + i64::from(s)) * i64::from(fps) + i64::from(f);
        if drop_frame {
            frames -= dropped * (minutes - minutes / 10);
        }
        Ok(Self {
            frames,
            rate,
            drop_frame,
        })
    }

    /// Reads `01:00:02:05`, `01:00:02;05` or `01;00;02;05`. A `;` (or `.` or `,`) before the frames means drop-frame.
    ///
    /// # Errors
    /// Anything that is not four fields in range at this rate.
    pub fn parse(text: &str, rate: Rate) -> Result<Self, TimecodeError> {
        let syntax = || TimecodeError::Syntax(text.to_owned());
        let trimmed = text.trim();
        let drop_frame = trimmed
            .rfind([':', ';', '.', ','])
            .is_some_and(|at| !trimmed[at..].starts_with(':'));
        let mut fields = [0u32; 4];
        let mut count = 0;
        for part in trimmed.split([':', ';', '.', ',']) {
            let slot = fields.get_mut(count).ok_or_else(syntax)?;
            if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(syntax());
            }
            *slot = part.parse().map_err(|_parse| syntax())?;
            count += 1;
        }
        if count != 4 {
            return Err(syntax());
        }
        Self::from_fields(fields[0], fields[1], fields[2], fields[3], rate, drop_frame)
    }

    /// Frames since 00:00:00:00.
    pub const fn frames(self) -> i64 {
        self.frames
    }

    /// The rate the label counts at.
    pub const fn rate(self) -> Rate {
        self.rate
    }

    /// Whether labels are dropped.
    pub const fn is_drop_frame(self) -> bool {
        self.drop_frame
    }

    /// The label `frames` later (or earlier when negative).
    #[must_use]
    pub const fn offset(self, frames: i64) -> Self {
        Self {
            frames: self.frames.saturating_add(frames),
            ..self
        }
    }

    /// Hours, minutes, seconds, frames of the label, within one day.
    pub fn fields(self) -> (u32, u32, u32, u32) {
        let fps = i64::from(self.rate.nominal_fps());
        let mut n = self.frames;
        let day_labels = fps * 86_400;
        if self.drop_frame {
            let dropped = drop_per_minute(self.rate);
            let per_minute = fps * 60 - dropped;
            let per_ten = per_minute * 10 + dropped;
            n = n.rem_euclid(per_ten * 144);
            let (tens, rest) = (n / per_ten, n % per_ten);
            // The first minute of ten keeps all its labels; each later one skips `dropped`.
            let skipped_minutes = if rest < fps * 60 {
                0
            } else {
                (rest - fps * 60) / per_minute + 1
            };
            n += dropped * (9 * tens + skipped_minutes);
        } else {
            n = n.rem_euclid(day_labels);
        }
        let secs = n / fps;
        let field = |v: i64| u32::try_from(v).unwrap_or(0);
        (
            field(secs / 3600),
            field(secs / 60 % 60),
            field(secs % 60),
            field(n % fps),
        )
    }
}

/// Labels left out at the start of nine minutes in ten.
const fn drop_per_minute(rate: Rate) -> i64 {
    (rate.nominal_fps() / 15) as i64
}

/// `01:00:02:05`, with `;` before the frames when drop-frame. Two digits per field, three for frames at rates over 100.
impl fmt::Display for Timecode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, m, s, f) = self.fields();
        let separator = if self.drop_frame { ';' } else { ':' };
        let width = if self.rate.nominal_fps() > 100 { 3 } else { 2 };
        write!(out, "{h:02}:{m:02}:{s:02}{separator}{f:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(frames: i64, rate: Rate, drop_frame: bool) -> String {
        Timecode::from_frames(frames, rate, drop_frame)
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_known_vectors() {
        assert_eq!(label(107_957, Rate::NTSC, true), "01:00:02;05");
        assert_eq!(label(107_957, Rate::NTSC, false), "00:59:58:17");
        assert_eq!(label(1799, Rate::NTSC, true), "00:00:59;29");
        assert_eq!(label(1800, Rate::NTSC, true), "00:01:00;02");
        assert_eq!(label(17_981, Rate::NTSC, true), "00:09:59;29");
        assert_eq!(label(17_982, Rate::NTSC, true), "00:10:00;00");
        assert_eq!(label(3599, Rate::NTSC_DOUBLE, true), "00:00:59;59");
        assert_eq!(label(3600, Rate::NTSC_DOUBLE, true), "00:01:00;04");
        assert_eq!(label(35_964, Rate::NTSC_DOUBLE, true), "00:10:00;00");
        assert_eq!(label(-1, Rate::PAL, false), "23:59:59:24");
        assert_eq!(label(25 * 86_400, Rate::PAL, false), "00:00:00:00");
        assert_eq!(label(17_982 * 144, Rate::NTSC, true), "00:00:00;00");
        assert_eq!(label(-1, Rate::NTSC, true), "23:59:59;29");
        assert_eq!(label(119, Rate::new(120, 1).unwrap(), false), "00:00:00:119");
    }

    #[test]
    fn labels_read_back_with_their_flag() {
        for text in [
            "01:00:02;05",
            "00:59:58:17",
            "00:10:00;00",
            "00:01:00:00",
            "23:59:59;29",
        ] {
            assert_eq!(Timecode::parse(text, Rate::NTSC).unwrap().to_string(), text);
        }
        assert_eq!(
            Timecode::parse("01;00;02;05", Rate::NTSC).unwrap().frames(),
            107_957
        );
        assert!(
            Timecode::parse("01:00:02.05", Rate::NTSC)
                .unwrap()
                .is_drop_frame()
        );
    }

    #[test]
    fn labels_that_do_not_exist_are_refused_each_for_its_reason() {
        let refused = |text: &str, rate| Timecode::parse(text, rate).expect_err(text);
        for text in [
            "",
            "1",
            "01:00:02",
            "01:00:02:05:06",
            "01:00:02:",
            "a:b:c:d",
            "01:00:02:0005",
            "-1:00:00:00",
            "０1:00:00:00",
        ] {
            assert!(
                matches!(refused(text, Rate::NTSC), TimecodeError::Syntax(_)),
                "{text}"
            );
        }
        for text in ["00:60:00:00", "00:00:60:00", "00:00:00:30", "100:00:00:00"] {
            assert!(
                matches!(refused(text, Rate::NTSC), TimecodeError::Field(_)),
                "{text}"
            );
        }
        for text in ["00:01:00;00", "00:01:00;01", "00:59:00;01"] {
            assert!(
                matches!(refused(text, Rate::NTSC), TimecodeError::DroppedLabel(_)),
                "{text}"
            );
        }
        assert!(matches!(
            refused("00:01:00;03", Rate::NTSC_DOUBLE),
            TimecodeError::DroppedLabel(_)
        ));
        for rate in [
            Rate::FILM_NTSC,
            Rate::FILM,
            Rate::PAL,
            Rate::new(48000, 1001).unwrap(),
            Rate::new(50, 1).unwrap(),
        ] {
            assert!(
                matches!(refused("01:00:02;05", rate), TimecodeError::NoDropFrame(_)),
                "{rate}"
            );
        }
    }

    #[test]
    fn json_refuses_a_flag_the_rate_does_not_have() {
        let json = serde_json::to_string(&Timecode::parse("01:00:02;05", Rate::NTSC).unwrap()).unwrap();
        assert_eq!(json, r#"{"frames":107957,"rate":"30000/1001","drop_frame":true}"#);
        assert_eq!(
            serde_json::from_str::<Timecode>(&json).unwrap().to_string(),
            "01:00:02;05"
        );
        assert!(serde_json::from_str::<Timecode>(r#"{"frames":1,"rate":"25/1","drop_frame":true}"#).is_err());
    }

    fn rates() -> impl Strategy<Value = (Rate, bool)> {
        prop::sample::select(vec![
            (Rate::FILM_NTSC, false),
            (Rate::FILM, false),
            (Rate::PAL, false),
            (Rate::NTSC, false),
            (Rate::NTSC, true),
            (Rate::new(48000, 1001).unwrap(), false),
            (Rate::new(50, 1).unwrap(), false),
            (Rate::NTSC_DOUBLE, false),
            (Rate::NTSC_DOUBLE, true),
            (Rate::new(60, 1).unwrap(), false),
            (Rate::new(120_000, 1001).unwrap(), false),
        ])
    }

    proptest! {
        #[test]
        fn every_label_names_one_frame((rate, drop_frame) in rates(), n in 0i64..3_000_000) {
            let day = if drop_frame { i64::from(rate.nominal_fps()) / 30 * 17_982 * 144 } else { i64::from(rate.nominal_fps()) * 86_400 };
            let timecode = Timecode::from_frames(n % day, rate, drop_frame).unwrap();
            let back = Timecode::parse(&timecode.to_string(), rate).unwrap();
            prop_assert_eq!(back, timecode);
        }

        #[test]
        fn the_next_frame_has_a_later_label((rate, drop_frame) in rates(), n in 0i64..2_000_000) {
            let at = Timecode::from_frames(n, rate, drop_frame).unwrap();
            prop_assert!(at.fields() < at.offset(1).fields());
        }

        #[test]
        fn drop_frame_stays_within_five_frames_of_the_clock_all_day(n in 0i64..2_589_408) {
            let timecode = Timecode::from_frames(n, Rate::NTSC, true).unwrap();
            let (h, m, s, f) = timecode.fields();
            let label_millis = i64::from((h * 60 + m) * 60 + s) * 1000 + i64::from(f) * 1000 / 30;
            let real_millis = n * 1001 / 30;
            prop_assert!((label_millis - real_millis).abs() <= 167, "{timecode} {label_millis} {real_millis}");
        }
    }
}
