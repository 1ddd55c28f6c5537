//! How a key becomes a path and back. Every legal key has one path, and no two keys share one, also where names that differ
//! only in case, in how an accent is composed, or in a dot at the end are one file (macOS, Windows, shares).
//!
//! A segment of small letters, digits and common signs stands as it is, so people can find their way in the folder. Other
//! bytes are written `%` and two digits. Capitals stand as they are too, and which letters they are follows at the end after
//! `%=`: two names that differ only in case differ there. A file and a folder of one name (`f1` beside `f1/child`) cannot
//! lie side by side, so a file without a dot ends in `%f` and a folder with one in `%d`. What is longer than a file name may
//! be goes on in the next folder after `%-`.

use std::path::PathBuf;

use crate::Key;

/// Most bytes of an escaped name before it goes on in the next folder: file systems stop at 255, and the marks need room.
const PIECE_BYTES: usize = 200;
/// More goes on in the next folder.
const MORE: &str = "%-";
/// Capitals follow.
const CAPITALS: &str = "%=";
/// A file whose segment has no dot.
const FILE: &str = "%f";
/// A folder whose segment has a dot.
const FOLDER: &str = "%d";

/// What a name in the folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// The last segment of a key.
    ForFile,
    /// One before the last.
    ForFolder,
}

/// The path of a key below the lake's folder.
pub fn path_of(key: &Key) -> PathBuf {
    key_names(key).iter().collect()
}

/// The names on the way to a key's file, the last of which is the file.
pub fn key_names(key: &Key) -> Vec<String> {
    let segments: Vec<&str> = key.segments().collect();
    let mut names = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let stands = if at + 1 == segments.len() {
            Stands::ForFile
        } else {
            Stands::ForFolder
        };
        names.extend(segment_names(segment, stands));
    }
    names
}

/// The names of one segment: one, or several when it is long.
pub fn segment_names(segment: &str, stands: Stands) -> Vec<String> {
    let mut rest = escape(segment);
    rest.push_str(mark(segment, stands));
    let mut names = Vec::new();
    while rest.len() > PIECE_BYTES {
        // Everything is ASCII by now. A piece may end inside an escape: pieces are joined before anything is read.
        let tail = rest.split_off(PIECE_BYTES);
        names.push(rest + MORE);
        rest = tail;
    }
    names.push(rest);
    names
}

/// What a name on disk is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A whole segment.
    Segment(String, Stands),
    /// The beginning of one, without its mark.
    Piece(String),
    /// Nothing the lake has written.
    Foreign,
}

/// Reads a name back; `before` holds the pieces that led to it. A name that this module would not have written is foreign,
/// so that one key never has two files.
pub fn read(before: &str, name: &str) -> Read {
    if let Some(piece) = name.strip_suffix(MORE) {
        return if piece.len() == PIECE_BYTES {
            Read::Piece(format!("{before}{piece}"))
        } else {
            Read::Foreign
        };
    }
    let whole = format!("{before}{name}");
    for stands in [Stands::ForFile, Stands::ForFolder] {
        let bare = match stands {
            Stands::ForFile => whole.strip_suffix(FILE),
            Stands::ForFolder => whole.strip_suffix(FOLDER),
        };
        let Some(segment) = unescape(bare.unwrap_or(&whole)) else {
            continue;
        };
        let joined: String = segment_names(&segment, stands)
            .iter()
            .map(|name| name.trim_end_matches(MORE))
            .collect();
        if joined == whole {
            return Read::Segment(segment, stands);
        }
    }
    Read::Foreign
}

const fn mark(segment: &str, stands: Stands) -> &'static str {
    let mut dotted = false;
    let bytes = segment.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        dotted |= bytes[at] == b'.';
        at += 1;
    }
    match (stands, dotted) {
        (Stands::ForFile, false) => FILE,
        (Stands::ForFolder, true) => FOLDER,
        _ => "",
    }
}

fn escape(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let reserved = is_reserved(segment);
    let mut out = String::with_capacity(bytes.len() + 8);
    for (at, byte) in bytes.iter().enumerate() {
        let edge = at == 0 || at + 1 == bytes.len();
        let plain = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => !(reserved && at == 0),
            b'0'..=b'9'
            | b'-'
            | b'_'
            | b'+'
            | b'='
            | b'@'
            | b','
            | b'('
            | b')'
            | b'['
            | b']'
            | b'!'
            | b'\''
            | b'&'
            | b'#' => true,
            // Hidden files begin with a dot, and Windows drops a dot or a space at the end.
            b'.' | b' ' => !edge,
            _ => false,
        };
        if plain {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
    let capitals = capitals(&out);
    if !capitals.is_empty() {
        out.push_str(CAPITALS);
        out.push_str(&capitals);
    }
    out
}

/// Which letters of an escaped name are capitals, as bits from the left, four to a digit, without zeros at the end. Digits of
/// escapes are small letters and count as letters; it is the same on the way back.
fn capitals(name: &str) -> String {
    let mut out = String::new();
    let (mut bits, mut filled) = (0u8, 0);
    for byte in name.bytes().filter(u8::is_ascii_alphabetic) {
        bits = bits << 1 | u8::from(byte.is_ascii_uppercase());
        filled += 1;
        if filled == 4 {
            out.push(digit(bits));
            (bits, filled) = (0, 0);
        }
    }
    if filled > 0 {
        out.push(digit(bits << (4 - filled)));
    }
    out.trim_end_matches('0').to_owned()
}

fn unescape(name: &str) -> Option<String> {
    let name = name.rsplit_once(CAPITALS).map_or(name, |(name, _)| name);
    let mut out = Vec::with_capacity(name.len());
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let value = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (value(bytes.next()?)?, value(bytes.next()?)?);
            out.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Names that Windows keeps for devices, with or without an extension.
fn is_reserved(segment: &str) -> bool {
    let stem = segment
        .split('.')
        .next()
        .unwrap_or(segment)
        .trim_end_matches(' ')
        .to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        other => {
            let port = other.strip_prefix("com").or_else(|| other.strip_prefix("lpt"));
            port.is_some_and(|number| {
                matches!(
                    number,
                    "0" | "1"
                        | "2"
                        | "3"
                        | "4"
                        | "5"
                        | "6"
                        | "7"
                        | "8"
                        | "9"
                        | "\u{b9}"
                        | "\u{b2}"
                        | "\u{b3}"
                )
            })
        }
    }
}

fn digit(value: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(value & 15)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(key: &str) -> String {
        path_of(&Key::new(key).unwrap()).to_str().unwrap().to_owned()
    }

    #[test]
    fn plain_keys_stay_readable_and_odd_ones_are_escaped() {
        for (key, expected) in [
            ("proxy/ab12/5e.mp4", "proxy/ab12/5e.mp4"),
            (
                "ledger/v1/anna/w1/000000000042.jsonl.zst",
                "ledger/v1/anna/w1/000000000042.jsonl.zst",
            ),
            ("heads/v1/anna/w1", "heads/v1/anna/w1%f"),
            ("heads/v1/anna.b/w1", "heads/v1/anna.b%d/w1%f"),
            ("f1", "f1%f"),
            ("f1/child", "f1/child%f"),
            ("a.b", "a.b"),
            ("a.b/c.d", "a.b%d/c.d"),
            ("raw/ab/A001 C002.MOV", "raw/ab/A001 C002.MOV%=f8"),
            (".hidden", "%2ehidden"),
            ("x.", "x%2e"),
            ("x ", "x%20%f"),
            ("con", "%63on%f"),
            ("Nul.txt", "%4eul.txt"),
            ("lpt1.a", "%6cpt1.a"),
            ("console", "console%f"),
            ("a%f", "a%25f%f"),
            ("é", "%c3%a9%f"),
            ("a:b*?.x", "a%3ab%2a%3f.x"),
            ("a\\b.x", "a%5cb.x"),
        ] {
            assert_eq!(path(key), expected, "{key}");
        }
    }

    fn keys() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            "[a-zA-Z0-9._%=fd -]{1,12}",
            "\\PC{1,12}",
            prop::sample::select(vec![
                "con", "COM1.x", "f1", "F1", "f1%f", "f1%d", "%-", "%=8", "é", "e\u{301}", "..."
            ])
            .prop_map(str::to_owned),
            "[A-Z]{190,230}",
            "[é%]{60,120}",
        ];
        prop::collection::vec(segment, 1..5)
            .prop_map(|segments| segments.join("/"))
            .prop_filter("a legal key", |key| Key::new(key.as_str()).is_ok())
    }

    /// A path read back name by name, as a listing does.
    fn back(names: &[String]) -> Option<String> {
        let (mut segments, mut before) = (Vec::new(), String::new());
        for (at, name) in names.iter().enumerate() {
            match read(&before, name) {
                Read::Piece(piece) => before = piece,
                Read::Segment(segment, stands) => {
                    if (stands == Stands::ForFile) != (at + 1 == names.len()) {
                        return None;
                    }
                    segments.push(segment);
                    before.clear();
                }
                Read::Foreign => return None,
            }
        }
        Some(segments.join("/"))
    }

    proptest! {
        #[test]
        fn every_key_has_one_path_and_comes_back(key in keys()) {
            let names = key_names(&Key::new(key.as_str()).expect("legal"));
            for name in &names {
                prop_assert!(name.len() <= 255 && name.is_ascii() && !name.is_empty() && name != ".", "{name}");
                prop_assert!(!name.ends_with(['.', ' ']), "{name}");
            }
            // The lake's own folder is hidden, so no first name may be.
            prop_assert!(!names[0].starts_with('.'));
            prop_assert_eq!(back(&names), Some(key));
        }

        /// Also where the file system does not tell capitals from small letters.
        #[test]
        fn no_two_keys_meet(one in keys(), other in keys()) {
            let folded = |key: &str| path(key).to_ascii_lowercase();
            prop_assert_eq!(folded(&one) == folded(&other), one == other);
            let swapped: String = one.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
            prop_assert_eq!(folded(&one) == folded(&swapped), one == swapped);
        }

        /// No file is also a folder on the way to another.
        #[test]
        fn a_file_never_stands_in_the_way(one in keys(), further in keys()) {
            let longer = format!("{one}/{further}");
            prop_assume!(longer.len() <= 1024);
            let (file, below) = (path(&one).to_ascii_lowercase(), path(&longer).to_ascii_lowercase());
            prop_assert!(!below.starts_with(&format!("{file}/")), "{file} {below}");
        }

        #[test]
        fn any_name_answers_without_a_panic(before in "[a-z%]{0,6}", name in "\\PC{0,20}") {
            let _answer = read(&before, &name);
        }
    }

    #[test]
    fn names_that_were_not_written_here_are_foreign() {
        for name in [
            ".DS_Store",
            "Thumbs.db",
            "f1",
            "f1%d",
            "a.b%f",
            "a%2",
            "a%zz.x",
            "A.x",
            "A.x%=",
            "A.x%=80",
            "a.x%=0",
            "é.x",
            "a%ff.x",
        ] {
            let read = read("", name);
            let as_file = matches!(&read, Read::Segment(_, Stands::ForFile));
            assert!(!as_file, "{name} {read:?}");
        }
    }
}
