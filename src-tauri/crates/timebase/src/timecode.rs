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
pub struct Timecode {
    frames: i64,
    rate: Rate,
    drop_frame: bool,
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
        Ok(Self { frames, rate, drop_frame })
    }

    /// 00:00:00:00, non-drop.
    pub const fn zero(rate: Rate) -> Self {
        Self { frames: 0, rate, drop_frame: false }
    }

    /// From the four fields of a label.
    ///
    /// # Errors
    /// A field out of range, a dropped label, or drop-frame where there is none.
    pub fn from_fields(h: u32, m: u32, s: u32, f: u32, rate: Rate, drop_frame: bool) -> Result<Self, TimecodeError> {
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
        Ok(Self { frames, rate, drop_frame })
    }

    /// Reads `01:00:02:05`, `01:00:02;05` or `01;00;02;05`. A `;` (or `.` or `,`) before the frames means drop-frame.
    ///
    /// # Errors
    /// Anything that is not four fields in range at this rate.
    pub fn parse(text: &str, rate: Rate) -> Result<Self, TimecodeError> {
        let syntax = || TimecodeError::Syntax(text.to_owned());
        let trimmed = text.trim();
        let drop_frame = trimmed.rfind([':', ';', '.', ',']).is_some_and(|at| !trimmed[at..].starts_with(':'));
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
        Self { frames: self.frames.saturating_add(frames), ..self }
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
            let skipped_minutes = if rest < fps * 60 { 0 } else { (rest - fps * 60) / per_minute + 1 };
            n += dropped * (9 * tens + skipped_minutes);
        } else {
            n = n.rem_euclid(day_labels);
        }
        let secs = n / fps;
        let field = |v: i64| u32::try_from(v).unwrap_or(0);
        (field(secs / 3600), field(secs / 60 % 60), field(secs % 60), field(n % fps))
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
