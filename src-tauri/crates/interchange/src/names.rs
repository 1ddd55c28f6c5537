//! Names that come from files and people, made safe for a line of text, a reel column or a URL.

use std::{borrow::Cow, collections::BTreeSet};

use ledger::AssetId;
use timeline::Source;

/// `text` without control characters and line ends, each run of white space one space.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || is_line_end(c)) {
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// Line and paragraph separators are not control characters to Rust, and are line ends to some programs.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Reel names of up to eight capital letters, digits and `_`, one for each source, none like another.
pub(crate) fn reels(sources: &[Source]) -> Vec<(AssetId, String)> {
    // AX is "auxiliary" and BL is "black" in an EDL: never the name of a tape.
    let mut taken: BTreeSet<String> = ["AX", "BL"].into_iter().map(str::to_owned).collect();
    sources
        .iter()
        .map(|source| {
            let stem = source
                .name
                .rsplit_once('.')
                .map_or(source.name.as_str(), |(stem, _)| stem);
            let mut base: String = stem
                .chars()
                .filter_map(|c| match c {
                    c if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
                    '_' | '-' | ' ' => Some('_'),
                    _ => None,
                })
                .take(8)
                .collect();
            if base.chars().all(|c| c == '_') {
                base = source
                    .asset
                    .to_string()
                    .chars()
                    .take(8)
                    .collect::<String>()
                    .to_ascii_uppercase();
            }
            let mut reel = base.clone();
            let mut number = 2;
            while !taken.insert(reel.clone()) {
                let ending = number.to_string();
                reel = base.chars().take(8 - ending.len()).collect::<String>() + &ending;
                number += 1;
            }
            (source.asset, reel)
        })
        .collect()
}

/// `file://` URL of a path given as text, or of the bare file name when the place is not told.
pub(crate) fn file_url(source: &Source) -> String {
    let place = if source.place.is_empty() {
        source.name.as_str()
    } else {
        source.place.as_str()
    };
    if place.starts_with("file://") || place.starts_with("s3://") || place.starts_with("https://") {
        return place.to_owned();
    }
    // A drive letter's backslashes become slashes; a backslash in a Unix name stays one, escaped.
    let windows = place.as_bytes().get(1) == Some(&b':');
    let place: Cow<'_, str> = if windows {
        place.replace('\\', "/").into()
    } else {
        place.into()
    };
    let mut out = String::from(if place.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in place.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b':' if windows => out.push(':'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// The last part of a URL or path, with `%XX` undone.
pub(crate) fn file_name(url: &str) -> String {
    let last = url.rsplit('/').next().unwrap_or(url);
    let mut bytes = Vec::with_capacity(last.len());
    let mut rest = last.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| {
                std::str::from_utf8(digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            });
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `text` for XML character data and attributes. Characters that XML 1.0 does not allow become U+FFFD.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Written plainly these would come back as spaces.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use timebase::{Rate, Timecode};

    use super::*;

    fn source(byte: u8, name: &str, place: &str) -> Source {
        Source {
            asset: AssetId::from_hash(blake3::Hash::from_bytes([byte; 32])),
            name: name.to_owned(),
            place: place.to_owned(),
            start: Timecode::zero(Rate::PAL),
            frame_count: 1,
            vfr: false,
            width: 1,
            height: 1,
            audio_channels: 0,
            audio_rate: 0,
        }
    }

    #[test]
    fn reels_are_short_plain_and_unlike() {
        let sources = [
            source(1, "A001C003_230101_R1AB.mov", ""),
            source(2, "A001C003_230101_R2XX.mov", ""),
            source(3, "ax.mov", ""),
            source(4, "日本.mov", ""),
            source(5, "../../e vil\n.mov", ""),
        ];
        let reels: Vec<String> = reels(&sources).into_iter().map(|(_, reel)| reel).collect();
        assert_eq!(reels, ["A001C003", "A001C002", "AX2", "04040404", "E_VIL"]);
    }

    #[test]
    fn urls_are_escaped_and_come_back() {
        for (place, url) in [
            (
                "/Volumes/My Disk/a#b?.mov",
                "file:///Volumes/My%20Disk/a%23b%3F.mov",
            ),
            ("C:\\Footage\\a.mov", "file:///C:/Footage/a.mov"),
            ("", "file:///na%22me%0A.mov"),
        ] {
            let made = file_url(&source(1, "na\"me\n.mov", place));
            assert_eq!(made, url);
        }
        assert_eq!(file_name("file:///na%22me%0A%C3%A9%zz.mov"), "na\"me\né%zz.mov");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(one_line("a\nb\u{2028}* FROM\r\n\tc\0d  e "), "a b * FROM c d e");
        assert_eq!(
            xml("<a b=\"&\">\u{1}\n"),
            "&lt;a b=&quot;&amp;&quot;&gt;\u{FFFD}&#10;"
        );
    }
}
