//! Time expressions, and what the document's parameters make of them.

use roxmltree::Node;
use timebase::{FLICKS_PER_SEC, Flicks};

use super::style::parameter;

/// How labels are dropped where time counts frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drop {
    None,
    /// Two in every minute but each tenth.
    Ntsc,
    /// Four in every other minute but each twentieth.
    Pal,
}

/// What times of a document count in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    frame_rate: i128,
    multiplier: (i128, i128),
    sub_frames: i128,
    tick_rate: i128,
    drop: Drop,
    /// Times are timecode, counted in frames, not in seconds.
    pub is_smpte: bool,
}

impl Clock {
    pub fn of(root: Node<'_, '_>) -> Self {
        let number = |name: &str| {
            let value = parameter(root, name).and_then(|text| text.trim().parse::<u32>().ok());
            value.filter(|value| *value > 0).map(i128::from)
        };
        let frame_rate = number("frameRate");
        let sub_frames = number("subFrameRate").unwrap_or(1);
        let multiplier = parameter(root, "frameRateMultiplier").and_then(|text| {
            // TTML 1 sets a space between the two, older drafts a colon.
            let mut parts = text.split([' ', ':', '\t']).filter(|part| !part.is_empty());
            let part = |text: &str| text.parse::<u32>().ok().filter(|v| *v > 0).map(i128::from);
            Some((part(parts.next()?)?, parts.next().map_or(Some(1), part)?))
        });
        Self {
            frame_rate: frame_rate.unwrap_or(30),
            multiplier: multiplier.unwrap_or((1, 1)),
            sub_frames,
            tick_rate: number("tickRate").unwrap_or_else(|| frame_rate.map_or(1, |rate| rate * sub_frames)),
            drop: match parameter(root, "dropMode") {
                Some("dropNTSC") => Drop::Ntsc,
                Some("dropPAL") => Drop::Pal,
                _ => Drop::None,
            },
            is_smpte: parameter(root, "timeBase") == Some("smpte"),
        }
    }

    /// A time expression; nothing for what is none.
    pub fn read(&self, text: &str) -> Option<Flicks> {
        let text = text.trim();
        if text.contains(':') {
            self.clock(text)
        } else {
            self.offset(text)
        }
    }

    /// `12.5s`, `300ms`, `48f`, `90000t`.
    fn offset(&self, text: &str) -> Option<Flicks> {
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = text.split_at(unit_at);
        let (value, parts) = decimal(number)?;
        let per_sec = i128::from(FLICKS_PER_SEC);
        let (over, under) = match unit {
            "h" => (per_sec * 3600, 1),
            "m" => (per_sec * 60, 1),
            "s" => (per_sec, 1),
            "ms" => (per_sec, 1000),
            "f" => (per_sec * self.multiplier.1, self.frame_rate * self.multiplier.0),
            "t" => (per_sec, self.tick_rate),
            _ => return None,
        };
        flicks(value.checked_mul(over)?, parts.checked_mul(under)?)
    }

    /// `01:02:03`, `01:02:03.25`, `01:02:03:12`, `01:02:03:12.1`.
    fn clock(&self, text: &str) -> Option<Flicks> {
        let mut parts = text.split(':');
        let whole = |text: &str| -> Option<i128> {
            let is_plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
            is_plain.then(|| text.parse().ok())?
        };
        let hours = whole(parts.next()?)?;
        let minutes = whole(parts.next()?)?;
        let last = parts.next()?;
        let frames = parts.next();
        if parts.next().is_some() || minutes > 59 {
            return None;
        }
        let (secs, secs_parts) = decimal(last)?;
        if secs > 60 * secs_parts {
            return None;
        }
        let per_sec = i128::from(FLICKS_PER_SEC);
        let minutes = hours * 60 + minutes;
        let Some(frames) = frames else {
            let whole_secs = (minutes * 60).checked_mul(secs_parts)?.checked_add(secs)?;
            return flicks(whole_secs.checked_mul(per_sec)?, secs_parts);
        };
        let (frames, sub) = match frames.split_once('.') {
            Some((frames, sub)) => (whole(frames)?, whole(sub)?),
            None => (whole(frames)?, 0),
        };
        if secs_parts != 1 || frames >= self.frame_rate || sub >= self.sub_frames {
            return None;
        }
        let secs = minutes * 60 + secs;
        let rate = self.frame_rate * self.multiplier.0;
        // In sub-frames, each `multiplier.1 / (rate * sub_frames)` of a second.
        let count = frames * self.sub_frames + sub;
        let frame_time = |count: i128| {
            flicks(
                count.checked_mul(per_sec * self.multiplier.1)?,
                rate * self.sub_frames,
            )
        };
        if !self.is_smpte {
            return Some(Flicks(flicks(secs * per_sec, 1)?.0 + frame_time(count)?.0));
        }
        let dropped = match self.drop {
            Drop::None => 0,
            Drop::Ntsc => 2 * (minutes - minutes / 10),
            Drop::Pal => 4 * (minutes / 2 - minutes / 20),
        };
        frame_time((secs * self.frame_rate - dropped) * self.sub_frames + count)
    }
}

/// A decimal number as a whole one and what it is parts of.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !is_plain(whole) || !is_plain(fraction) {
        return None;
    }
    // A flick is longer than the tenth digit.
    let fraction = &fraction[..fraction.len().min(9)];
    let parts = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let below = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    Some((whole.parse::<i128>().ok()?.checked_mul(parts)? + below, parts))
}

/// The nearest flick; nothing beyond what any film lasts.
fn flicks(over: i128, under: i128) -> Option<Flicks> {
    let nearest = (over * 2 + under).checked_div(under * 2)?;
    i64::try_from(nearest)
        .ok()
        .filter(|v| *v < i64::MAX / 4)
        .map(Flicks)
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn clock(parameters: &str) -> Clock {
        let text = format!("<tt xmlns:ttp='http://www.w3.org/ns/ttml#parameter' {parameters}/>");
        let document = Document::parse(&text).unwrap();
        Clock::of(document.root_element())
    }

    fn micros(clock: &Clock, text: &str) -> Option<i64> {
        clock.read(text).map(|at| (at.0 as f64 / 705.6).round() as i64)
    }

    #[test]
    fn every_kind_of_time() {
        let film = clock("ttp:frameRate='24' ttp:frameRateMultiplier='1000 1001' ttp:tickRate='60'");
        for (text, wanted) in [
            ("1.2s", Some(1_200_000)),
            ("1.2m", Some(72_000_000)),
            ("1.2h", Some(4_320_000_000)),
            ("300ms", Some(300_000)),
            ("24f", Some(1_001_000)),
            ("120t", Some(2_000_000)),
            ("01:02:03", Some(3_723_000_000)),
            ("01:02:03.2350", Some(3_723_235_000)),
            ("01:02:03:20", Some(3_723_834_167)),
            ("100:00:00.1", Some(360_000_100_000)),
            ("01:02:03:24", None),
            ("01:60:03", None),
            ("1", None),
            ("1x", None),
            ("-1s", None),
            ("::", None),
            ("01:02:03:04:05", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(micros(&film, text), wanted, "{text}");
        }
        // Without a frame rate there are 30 frames and one tick in a second.
        let plain = clock("");
        assert_eq!(micros(&plain, "15f"), Some(500_000));
        assert_eq!(micros(&plain, "2t"), Some(2_000_000));
        assert_eq!(
            micros(&clock("ttp:frameRate='25' ttp:subFrameRate='2'"), "00:00:01:01.1"),
            Some(1_060_000)
        );
    }

    #[test]
    fn timecode_counts_frames_and_drops_labels() {
        let smpte = |mode: &str| {
            clock(&format!(
                "ttp:timeBase='smpte' ttp:frameRate='30' ttp:frameRateMultiplier='1000 1001' ttp:dropMode='{mode}'"
            ))
        };
        assert_eq!(micros(&smpte("nonDrop"), "01:00:00:00"), Some(3_603_600_000));
        // 107 892 frames.
        assert_eq!(micros(&smpte("dropNTSC"), "01:00:00:00"), Some(3_599_996_400));
        assert_eq!(micros(&smpte("dropNTSC"), "00:01:00:02"), Some(60_060_000));
        assert_eq!(
            micros(&clock("ttp:timeBase='smpte' ttp:frameRate='25'"), "10:00:00:12"),
            Some(36_000_480_000)
        );
    }
}
