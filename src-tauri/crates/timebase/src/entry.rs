use crate::{Rate, Timecode, TimecodeError};

/// What typed timecode is measured against.
#[derive(Clone, Copy, Debug)]
pub struct EntryContext {
    /// Timecode of frame 0 of what is on the stage; its rate and drop-frame flag hold for entry too.
    pub start: Timecode,
    /// Frame under the playhead, counted from 0.
    pub playhead: i64,
}

/// Why typed timecode was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Nothing that reads as a time.
    #[error("type a timecode such as 01:00:02:05, +12, -1. or 1500")]
    Syntax,
    /// It reads as a timecode that does not exist here.
    #[error(transparent)]
    Timecode(#[from] TimecodeError),
}

/// Reads what an editor types into the timecode field and answers the frame, counted from 0 of the material (it may lie
/// outside; the caller clamps and says so).
///
/// - `01:00:02:05`, `01:00:02;05`: that label. A `;` does not change the material's own drop-frame flag: it only says how
///   the typed label is read where the rate has drop-frame.
/// - bare digits fill from the right, as on every edit controller: `1500` is 15 seconds 00 frames, `12` is frame 12 of the hour shown.
/// - a `.` or a `:` stands for two zeros, so `1.` is one second, `1..` one minute, `2.5` two seconds five frames.
/// - a leading `+` or `-` moves from the playhead by that duration: `+12` is twelve frames, `+1.` one second.
///
/// # Errors
/// [`EntryError`] when it is not a time or names a label that does not exist.
pub fn parse_entry(text: &str, context: EntryContext) -> Result<i64, EntryError> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('+') {
        return Ok(context.playhead + duration(rest, context.start.rate())?);
    }
    if let Some(rest) = text.strip_prefix('-') {
        return Ok(context.playhead - duration(rest, context.start.rate())?);
    }
    let fields = fields(text)?;
    let drop_frame = context.start.is_drop_frame();
    let [h, m, s, f] = fields;
    let label = Timecode::from_fields(h, m, s, f, context.start.rate(), drop_frame)?;
    Ok(label.frames() - context.start.frames())
}

/// A typed duration in frames: labels are counted plainly, so `1.` is always one second of labels.
fn duration(text: &str, rate: Rate) -> Result<i64, EntryError> {
    // "+12" is twelve frames even at 10 fps, where a label would stop at 9.
    if !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 2 {
        return text.parse().map_err(|_parse| EntryError::Syntax);
    }
    let [h, m, s, f] = fields(text)?;
    let secs = (i64::from(h) * 60 + i64::from(m)) * 60 + i64::from(s);
    Ok(secs * i64::from(rate.nominal_fps()) + i64::from(f))
}

/// Hours, minutes, seconds, frames of what was typed, filled from the right.
fn fields(text: &str) -> Result<[u32; 4], EntryError> {
    let separated = text.contains([':', ';', '.', ',']);
    let parts: Vec<&str> = if separated {
        text.split([':', ';', '.', ',']).collect()
    } else {
        let start = text.len() % 2;
        if text.is_empty() || text.len() > 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EntryError::Syntax);
        }
        let mut parts = Vec::new();
        if start == 1 {
            parts.push(&text[..1]);
        }
        parts.extend((start..text.len()).step_by(2).map(|at| &text[at..at + 2]));
        parts
    };
    if parts.len() > 4 || parts.iter().all(|p| p.is_empty()) {
        return Err(EntryError::Syntax);
    }
    let mut out = [0u32; 4];
    for (slot, part) in out.iter_mut().rev().zip(parts.iter().rev()) {
        *slot = match *part {
            "" => 0,
            digits if digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_parse| EntryError::Syntax)?
            }
            _ => return Err(EntryError::Syntax),
        };
    }
    Ok(out)
}
