//! Which scripts letters belong to, and whether a machine has faces for them.

use std::collections::BTreeSet;

use glyphon::{Attrs, Buffer, FontSystem, Metrics, Shaping, fontdb};

use crate::text::FACES;

/// Names of scripts.
pub type Missing = BTreeSet<&'static str>;

/// A script's name, a letter that only its faces have, and where its letters lie.
struct Script {
    name: &'static str,
    sample: char,
    ranges: &'static [(u32, u32)],
}

/// The scripts of the languages that films are subtitled in.
const SCRIPTS: &[Script] = &[
    script("Latin", 'ő', &[(0x41, 0x24F), (0x1E00, 0x1EFF)]),
    script("Greek", 'ξ', &[(0x370, 0x3FF), (0x1F00, 0x1FFF)]),
    script("Cyrillic", 'ж', &[(0x400, 0x52F)]),
    script("Armenian", 'ժ', &[(0x530, 0x58F)]),
    script("Hebrew", 'ש', &[(0x590, 0x5FF), (0xFB1D, 0xFB4F)]),
    script(
        "Arabic",
        'ش',
        &[
            (0x600, 0x6FF),
            (0x750, 0x77F),
            (0x8A0, 0x8FF),
            (0xFB50, 0xFDFF),
            (0xFE70, 0xFEFE),
        ],
    ),
    script("Devanagari", 'ष', &[(0x900, 0x97F)]),
    script("Bengali", 'ষ', &[(0x980, 0x9FF)]),
    script("Gurmukhi", 'ਸ', &[(0xA00, 0xA7F)]),
    script("Gujarati", 'ષ', &[(0xA80, 0xAFF)]),
    script("Tamil", 'ஷ', &[(0xB80, 0xBFF)]),
    script("Telugu", 'ష', &[(0xC00, 0xC7F)]),
    script("Kannada", 'ಷ', &[(0xC80, 0xCFF)]),
    script("Malayalam", 'ഷ', &[(0xD00, 0xD7F)]),
    script("Sinhala", 'ෂ', &[(0xD80, 0xDFF)]),
    script("Thai", 'ษ', &[(0xE00, 0xE7F)]),
    script("Lao", 'ສ', &[(0xE80, 0xEFF)]),
    script("Burmese", 'သ', &[(0x1000, 0x109F)]),
    script("Georgian", 'შ', &[(0x10A0, 0x10FF)]),
    script("Amharic", 'ሸ', &[(0x1200, 0x139F)]),
    script("Khmer", 'ស', &[(0x1780, 0x17FF)]),
    script(
        "Japanese",
        'の',
        &[(0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)],
    ),
    script(
        "Korean",
        '한',
        &[(0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)],
    ),
    script(
        "Chinese",
        '说',
        &[
            (0x2E80, 0x2FDF),
            (0x3400, 0x9FFF),
            (0xF900, 0xFAFF),
            (0x20000, 0x3FFFF),
        ],
    ),
];

const fn script(name: &'static str, sample: char, ranges: &'static [(u32, u32)]) -> Script {
    Script { name, sample, ranges }
}

/// The script a letter belongs to, by the name of a language that people know it by. Nothing for marks and signs of all scripts.
pub fn script_of(letter: char) -> Option<&'static str> {
    let code = u32::from(letter);
    let holds = |script: &&Script| {
        script
            .ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
    };
    SCRIPTS
        .iter()
        .find(holds)
        .filter(|_| !letter.is_ascii() || letter.is_ascii_alphabetic())
        .map(|script| script.name)
}

/// The language whose forms of Chinese letters a text takes, if it says so.
pub(crate) fn han_locale(text: &str) -> Option<&'static str> {
    text.chars().find_map(|letter| match script_of(letter) {
        Some("Japanese") => Some("ja"),
        Some("Korean") => Some("ko"),
        _ => None,
    })
}

/// Scripts of subtitles, and whether this machine can set them: with the bundled faces or the system's. It looks through all
/// of the system's faces, which takes a second where there are thousands.
pub fn scripts_at_hand() -> Vec<(&'static str, bool)> {
    let mut db = fontdb::Database::new();
    for face in FACES {
        db.load_font_data(face.to_vec());
    }
    db.load_system_fonts();
    let mut fonts = FontSystem::new_with_locale_and_db("en".to_owned(), db);
    let mut has_face = |script: &Script| {
        let mut buffer = Buffer::new_empty(Metrics::new(16.0, 20.0));
        let attrs = Attrs::new().family(fontdb::Family::Name("Inter"));
        buffer.set_text(&script.sample.to_string(), &attrs, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut fonts, false);
        let known = |run: glyphon::LayoutRun<'_>| run.glyphs.iter().all(|glyph| glyph.glyph_id != 0);
        buffer.layout_runs().all(known)
    };
    SCRIPTS
        .iter()
        .map(|script| (script.name, has_face(script)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_know_their_script() {
        for script in SCRIPTS {
            assert_eq!(script_of(script.sample), Some(script.name));
        }
        for sign in [' ', '1', '?', '–', '♪', '[', '、'] {
            assert_eq!(script_of(sign), None, "{sign}");
        }
    }

    #[test]
    fn chinese_letters_follow_what_they_are_written_with() {
        assert_eq!(han_locale("春は曙"), Some("ja"));
        assert_eq!(han_locale("漢字와"), Some("ko"));
        assert_eq!(han_locale("春曙 abc"), None);
    }

    #[test]
    fn the_bundled_faces_set_latin_greek_and_cyrillic() {
        let at_hand = scripts_at_hand();
        for name in ["Latin", "Greek", "Cyrillic"] {
            assert!(at_hand.contains(&(name, true)), "{name}");
        }
    }
}
