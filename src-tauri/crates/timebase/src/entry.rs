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
/// - `01:00:02:05`, `01:00:02;05`: that label. On drop-frame material either is a drop-frame label. A `;` on other material
///   reads the label as drop-frame where the rate has it (the same instant, another label), and separates otherwise.
/// - bare digits fill from the right, as on every edit controller: `1500` is 15 seconds 00 frames, `12` is frame 12. When
///   no hour is typed, it is the hour under the playhead.
/// - a `.` or a `:` stands for two zeros, so `1.` is one second, `1..` one minute, `2.5` two seconds five frames.
/// - a leading `+` or `-` moves from the playhead by that duration: `+12` is twelve frames, `+1.` one second.
///
/// # Errors
/// [`EntryError`] when it is not a time or names a label that does not exist.
pub fn parse_entry(text: &str, context: EntryContext) -> Result<i64, EntryError> {
    let text = text.trim();
    let rate = context.start.rate();
    if let Some(rest) = text.strip_prefix('+') {
        return Ok(context.playhead.saturating_add(duration(rest, rate)?));
    }
    if let Some(rest) = text.strip_prefix('-') {
        return Ok(context.playhead.saturating_sub(duration(rest, rate)?));
    }
    let ([h, m, s, f], typed) = fields(text)?;
    let hour = if typed == 4 {
        h
    } else {
        context.start.offset(context.playhead).fields().0
    };
    let drop_frame = context.start.is_drop_frame() || (text.contains(';') && rate.has_drop_frame());
    let label = Timecode::from_fields(hour, m, s, f, rate, drop_frame)?;
    Ok(label.frames() - context.start.frames())
}

/// A typed duration in frames: labels are counted plainly, so `1.` is always one second of labels.
fn duration(text: &str, rate: Rate) -> Result<i64, EntryError> {
    let ([h, m, s, f], _typed) = fields(text)?;
    let secs = (i64::from(h) * 60 + i64::from(m)) * 60 + i64::from(s);
    Ok(secs * i64::from(rate.nominal_fps()) + i64::from(f))
}

/// Hours, minutes, seconds, frames of what was typed, filled from the right, and how many of them were typed.
fn fields(text: &str) -> Result<([u32; 4], usize), EntryError> {
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
    Ok((out, parts.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context(start: &str, rate: Rate, playhead: i64) -> EntryContext {
        EntryContext {
            start: Timecode::parse(start, rate).unwrap(),
            playhead,
        }
    }

    #[test]
    fn what_editors_type() {
        let pal = context("01:00:00:00", Rate::PAL, 100);
        let drop = context("01:00:00;00", Rate::NTSC, 0);
        let non_drop = context("00:59:58:00", Rate::NTSC, 0);
        let slow = context("00:00:00:00", Rate::new(10, 1).unwrap(), 0);
        for (text, on, frame) in [
            ("+12", pal, 112),
            ("-12", pal, 88),
            ("+12", slow, 12),
            ("+1.", pal, 125),
            ("-1.", pal, 75),
            ("+1..", pal, 1600),
            ("+2.5", pal, 155),
            ("+100", pal, 125),
            ("+90.", pal, 100 + 90 * 25),
            ("+01:00:00:00", pal, 100 + 90_000),
            ("1.", pal, 25),
            ("1..", pal, 1500),
            ("1:00", pal, 25),
            ("12", pal, 12),
            ("7", pal, 7),
            ("1500", pal, 375),
            ("11500", pal, 1875),
            ("01001500", pal, 375),
            ("1001500", pal, 375),
            ("00:59:59:24", pal, -1),
            ("01:00:02;05", pal, 55),
            ("  01:00:02:05 ", pal, 55),
            ("01:00:02;05", drop, 65),
            ("01:00:02:05", drop, 65),
            ("01:00:02;05", non_drop, 17),
            ("00:59:58:17", non_drop, 17),
        ] {
            assert_eq!(parse_entry(text, on), Ok(frame), "{text}");
        }
    }

    #[test]
    fn the_hour_shown_is_kept() {
        let in_the_second_hour = context("01:00:00:00", Rate::PAL, 90_000 + 30);
        assert_eq!(parse_entry("1500", in_the_second_hour), Ok(90_000 + 375));
        assert_eq!(parse_entry("01:00:15:00", in_the_second_hour), Ok(375));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let pal = context("01:00:00:00", Rate::PAL, 0);
        for text in [
            "",
            "+",
            "-",
            ".",
            "..",
            "x",
            "1x",
            "+x",
            "--1",
            "+-1",
            "1 2",
            "123456789",
            "1:2:3:4:5",
            "1e3",
            "１２",
            "0001:0:0:0",
        ] {
            assert_eq!(parse_entry(text, pal), Err(EntryError::Syntax), "{text:?}");
        }
        for text in ["75.", "99", "01:61:00:00"] {
            assert!(
                matches!(
                    parse_entry(text, pal),
                    Err(EntryError::Timecode(TimecodeError::Field(_)))
                ),
                "{text}"
            );
        }
        let drop = context("01:00:00;00", Rate::NTSC, 0);
        let skipped = parse_entry("01:01:00;00", drop);
        assert!(
            matches!(skipped, Err(EntryError::Timecode(TimecodeError::DroppedLabel(_)))),
            "{skipped:?}"
        );
    }

    proptest! {
        #[test]
        fn any_text_answers_without_a_panic(text in "\\PC{0,12}", playhead in any::<i64>()) {
            let _answer = parse_entry(&text, context("01:00:00;00", Rate::NTSC, playhead));
        }

        #[test]
        fn any_near_miss_answers_without_a_panic(text in "[+-]?[0-9.:;,]{0,12}", playhead in any::<i64>()) {
            let _answer = parse_entry(&text, context("01:00:00:00", Rate::PAL, playhead));
        }

        #[test]
        fn a_typed_label_finds_its_frame(frame in -80_000i64..2_000_000) {
            let on = context("01:00:00;00", Rate::NTSC, 0);
            let typed = on.start.offset(frame).to_string();
            prop_assert_eq!(parse_entry(&typed, on), Ok(frame));
        }
    }
}
