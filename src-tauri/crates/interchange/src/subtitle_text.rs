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

/// Characters for `&…;` as WebVTT knows them, and the numeric ones. What is no entity stays as it is.
pub(crate) fn without_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest
            .char_indices()
            .take(12)
            .find(|(_, c)| *c == ';')
            .map(|(end, _)| end);
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
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

/// Leaves out `<…>` for which `is_tag` says yes to what is inside. Answers whether there were any.
pub(crate) fn without_tags(text: &str, is_tag: fn(&str) -> bool, unclosed_too: bool) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut any = false;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find('>').or_else(|| unclosed_too.then_some(rest.len() - 1));
        match end {
            Some(end) if is_tag(rest[1..].get(..end.saturating_sub(1)).unwrap_or_default()) => {
                any = true;
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            _ => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    (out, any)
}

/// Lines that a cue can hold: no control characters, no empty lines.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.split(|c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{B}' | '\u{C}' | '\u{85}'
        )
    })
    .map(|line| {
        line.chars()
            .filter(|c| !c.is_control())
            .collect::<String>()
            .trim()
            .to_owned()
    })
    .filter(|line| !line.is_empty())
    .collect()
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
        assert_eq!(
            without_entities("a &amp;&lt;b&gt; &#233;&#x41; &nope; R&D & &#0; &"),
            "a &<b> éA &nope; R&D & &#0; &"
        );
    }

    #[test]
    fn clocks() {
        assert_eq!(clock(0, ','), "00:00:00,000");
        assert_eq!(clock(3_599_999, '.'), "00:59:59.999");
        assert_eq!(clock(360_000_001, '.'), "100:00:00.001");
    }
}
