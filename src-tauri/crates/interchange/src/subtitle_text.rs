//! What subtitle files have in common: encodings, line ends, tags and entities.

use std::borrow::Cow;

/// The text of a file, whatever its encoding, with `\n` line ends and without a byte order mark. The note says when the
/// encoding had to be guessed.
pub(crate) fn decode(bytes: &[u8]) -> (String, Option<&'static str>) {
    let (text, note): (Cow<'_, str>, _) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes).into(), None),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes).into(), None),
        _ => match std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
            Ok(text) => (text.into(), None),
            Err(_not_utf8) => (
                bytes
                    .iter()
                    .map(|byte| windows_1252(*byte))
                    .collect::<String>()
                    .into(),
                Some("the file is not UTF-8: it was read as Windows-1252, check accented letters"),
            ),
        },
    };
    (
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\0', "\u{FFFD}"),
        note,
    )
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

/// The character that `&…;` at the start of `text` stands for, as WebVTT knows them and the numeric ones, and what follows.
/// Nothing for what is no entity.
pub(crate) fn entity_at(text: &str) -> Option<(char, &str)> {
    let inside = text.strip_prefix('&')?;
    let end = inside
        .char_indices()
        .take(12)
        .find(|(_, c)| *c == ';')
        .map(|(end, _)| end)?;
    Some((entity(&inside[..end])?, &inside[end + 1..]))
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{A0}'),
        "lrm" => Some('\u{200E}'),
        "rlm" => Some('\u{200F}'),
        numeric => {
            let digits = numeric.strip_prefix('#')?;
            let value = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(value).filter(|c| !c.is_control())
        }
    }
}

/// Milliseconds as hours, minutes, seconds and milliseconds.
pub(crate) fn clock(millis: i64, point: char) -> String {
    let millis = millis.max(0);
    let secs = millis / 1000;
    format!(
        "{:02}:{:02}:{:02}{point}{:03}",
        secs / 3600,
        secs / 60 % 60,
        secs % 60,
        millis % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(decode(b"\xEF\xBB\xBFa\r\nb\rc"), ("a\nb\nc".to_owned(), None));
        assert_eq!(decode(b"\xFF\xFEh\0\xE9\0").0, "hé");
        assert_eq!(decode(b"\xFE\xFF\0h\0\xE9").0, "hé");
        let (text, note) = decode(b"caf\xE9 \x93q\x94");
        assert_eq!(text, "café “q”");
        assert!(note.is_some());
    }

    #[test]
    fn entities_and_what_only_looks_like_one() {
        for (text, stands) in [
            ("&amp;&lt;", Some(('&', "&lt;"))),
            ("&gt;", Some(('>', ""))),
            ("&#233;x", Some(('é', "x"))),
            ("&#x41;", Some(('A', ""))),
            ("&nope; x", None),
            ("&D & x;", None),
            ("&#0;", None),
            ("&", None),
            ("a&amp;", None),
        ] {
            assert_eq!(entity_at(text), stands, "{text}");
        }
    }

    #[test]
    fn clocks() {
        assert_eq!(clock(0, ','), "00:00:00,000");
        assert_eq!(clock(3_599_999, '.'), "00:59:59.999");
        assert_eq!(clock(360_000_001, '.'), "100:00:00.001");
    }
}
