//! Words of a subtitle with the way they are set: between the tags of files and the ranges of a cue.

use ledger::payload::CueStyle;

use crate::subtitle_text::entity_at;

/// Tags within tags are followed no further than this: nobody sets words so.
const OPEN_MAX: usize = 64;

/// How one letter is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub italic: bool,
    pub bold: bool,
    pub underline: bool,
    pub colour: Option<u32>,
    pub background: Option<u32>,
}

/// Letters, each with its look.
pub(crate) type Marked = Vec<(char, Look)>;

/// WebVTT's colours, which are also those of teletext and EBU-TT-D.
const COLOURS: [(&str, u32); 8] = [
    ("white", 0xffff_ffff),
    ("lime", 0x00ff_00ff),
    ("cyan", 0x00ff_ffff),
    ("red", 0xff00_00ff),
    ("yellow", 0xffff_00ff),
    ("magenta", 0xff00_ffff),
    ("blue", 0x0000_ffff),
    ("black", 0x0000_00ff),
];

/// `#rgb`, `#rrggbb`, `#rrggbbaa`, or one of the eight names.
pub(crate) fn colour(text: &str) -> Option<u32> {
    let text = text.trim().trim_matches(['"', '\'']);
    let named = COLOURS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    if let Some((_, value)) = named {
        return Some(*value);
    }
    let digits = text.strip_prefix('#')?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        3 => {
            let part = |shift: u32| (value >> shift & 0xf) * 0x11;
            Some(part(8) << 24 | part(4) << 16 | part(0) << 8 | 0xff)
        }
        6 => Some(value << 8 | 0xff),
        8 => Some(value),
        _ => None,
    }
}

/// The name of one of the eight.
pub(crate) fn colour_name(value: u32) -> Option<&'static str> {
    COLOURS
        .iter()
        .find(|(_, known)| *known == value)
        .map(|(name, _)| *name)
}

/// Reads tags and entities. `is_tag` says of what stands between `<` and `>` whether it is one. Also answers whether some tag
/// said more than can be kept.
pub(crate) fn read(text: &str, is_tag: fn(&str) -> bool, unclosed_too: bool) -> (Marked, bool) {
    read_counting(text, is_tag, unclosed_too, &mut 0)
}

/// As [`read`]; counts what is looked at to find where tags end and which one ends.
fn read_counting(
    text: &str,
    is_tag: fn(&str) -> bool,
    unclosed_too: bool,
    work: &mut usize,
) -> (Marked, bool) {
    let (mut out, mut lost) = (Marked::new(), false);
    let mut open: Vec<(String, Look)> = Vec::new();
    let mut look = Look::default();
    let mut rest = text;
    // The next end of a tag, from the beginning of the text; it serves all beginnings before it.
    let mut closing = None;
    while let Some(first) = rest.chars().next() {
        if first == '<' {
            let here = text.len() - rest.len();
            let at = closing.filter(|at| *at >= here).unwrap_or_else(|| {
                let found = rest.find('>').unwrap_or(rest.len());
                *work += found;
                here + found
            });
            closing = Some(at);
            let end = (at < text.len() || unclosed_too).then_some(at - here);
            let inside = end
                .and_then(|end| rest.get(1..end))
                .filter(|inside| is_tag(inside));
            if let (Some(inside), Some(end)) = (inside, end) {
                *work += open.len();
                lost |= !follow(inside, &mut open, &mut look);
                rest = rest.get(end + 1..).unwrap_or_default();
                continue;
            }
        }
        if let Some((letter, after)) = entity_at(rest) {
            out.push((letter, look));
            rest = after;
            continue;
        }
        out.push((first, look));
        rest = &rest[first.len_utf8()..];
    }
    (out, lost)
}

/// Takes one tag; false when it said something that is not kept.
fn follow(inside: &str, open: &mut Vec<(String, Look)>, look: &mut Look) -> bool {
    if let Some(name) = inside.strip_prefix('/') {
        let name = name.trim().to_ascii_lowercase();
        // As players do: what was opened inside ends with it, and an end without a beginning ends nothing.
        if let Some(at) = open.iter().rposition(|(known, _)| *known == name) {
            *look = open[at].1;
            open.truncate(at);
        }
        return true;
    }
    let name: String = inside.chars().take_while(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    let more = &inside[name.len()..];
    if open.len() >= OPEN_MAX {
        return false;
    }
    open.push((name.clone(), *look));
    match name.as_str() {
        "i" | "em" => look.italic = true,
        "b" | "strong" => look.bold = true,
        "u" => look.underline = true,
        "font" => return font(more, look),
        "c" => {}
        _ => return false,
    }
    let (classes, _annotation) = more.split_once([' ', '\t', '\n']).unwrap_or((more, ""));
    let mut kept = true;
    for class in classes.split('.').filter(|class| !class.is_empty()) {
        if let Some(value) = class.strip_prefix("bg_").and_then(colour) {
            look.background = Some(value);
        } else if let Some(value) = colour(class) {
            look.colour = Some(value);
        } else {
            kept = false;
        }
    }
    kept
}

fn font(more: &str, look: &mut Look) -> bool {
    let lower = more.to_ascii_lowercase();
    let value = lower.find("color=").map(|at| &more[at + 6..]);
    let value = value.map(|value| match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split_whitespace().next().unwrap_or_default(),
    });
    match value.and_then(colour) {
        Some(value) => {
            look.colour = Some(value);
            lower.trim().starts_with("color=") && !lower.contains("face=") && !lower.contains("size=")
        }
        None => false,
    }
}

/// Letters of a cue with the looks its styles give them.
pub(crate) fn marked(text: &str, styles: &[CueStyle]) -> Marked {
    let look = |at: u32| {
        let style = styles.iter().find(|style| (style.start..style.end).contains(&at));
        style.map_or_else(Look::default, |style| Look {
            italic: style.italic,
            bold: style.bold,
            underline: style.underline,
            colour: style.colour,
            background: style.background,
        })
    };
    (0..)
        .zip(text.chars())
        .map(|(at, letter)| (letter, look(at)))
        .collect()
}

/// Lines that a cue can hold: no control characters, no white space around them, none empty.
pub(crate) fn lines(marked: &[(char, Look)]) -> Vec<Marked> {
    let breaks = |letter: char| {
        matches!(
            letter,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{B}' | '\u{C}' | '\u{85}'
        )
    };
    let trimmed = |line: &[(char, Look)]| -> Marked {
        let inside: Marked = line
            .iter()
            .filter(|(letter, _)| !letter.is_control())
            .copied()
            .collect();
        let is_word = |(letter, _): &(char, Look)| !letter.is_whitespace();
        let first = inside.iter().position(is_word).unwrap_or(inside.len());
        let last = inside.iter().rposition(is_word).map_or(first, |last| last + 1);
        inside[first..last].to_vec()
    };
    marked
        .split(|(letter, _)| breaks(*letter))
        .map(trimmed)
        .filter(|line| !line.is_empty())
        .collect()
}

/// Text and styles of lines.
pub(crate) fn settled(lines: &[Marked]) -> (String, Vec<CueStyle>) {
    let (mut text, mut styles) = (String::new(), Vec::<CueStyle>::new());
    let mut at = 0;
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            text.push('\n');
            at += 1;
        }
        for (letter, look) in line {
            text.push(*letter);
            let here = at..at + 1;
            at = here.end;
            if *look == Look::default() {
                continue;
            }
            match styles.last_mut() {
                // A line feed between two words of one look belongs to it.
                Some(last)
                    if here.start - last.end <= 1
                        && same(last, look)
                        && joins(&text, here.start - last.end) =>
                {
                    last.end = here.end;
                }
                _ => styles.push(CueStyle {
                    start: here.start,
                    end: here.end,
                    italic: look.italic,
                    bold: look.bold,
                    underline: look.underline,
                    colour: look.colour,
                    background: look.background,
                }),
            }
        }
    }
    (text, styles)
}

fn same(style: &CueStyle, look: &Look) -> bool {
    (
        style.italic,
        style.bold,
        style.underline,
        style.colour,
        style.background,
    ) == (
        look.italic,
        look.bold,
        look.underline,
        look.colour,
        look.background,
    )
}

/// Whether what lies between the last style and the letter just written is nothing, or a line feed.
fn joins(text: &str, gap: u32) -> bool {
    gap == 0 || text.chars().rev().nth(1) == Some('\n')
}

/// Writes lines with tags: `open` and `close` say how a look begins and ends, `word` how a letter is written.
pub(crate) fn tagged(
    line: &[(char, Look)],
    open: impl Fn(&Look) -> String,
    close: impl Fn(&Look) -> String,
    mut word: impl FnMut(char, &mut String),
) -> String {
    let mut out = String::new();
    let mut now = Look::default();
    for (letter, look) in line {
        if *look != now {
            out.push_str(&close(&now));
            out.push_str(&open(look));
            now = *look;
        }
        word(*letter, &mut out);
    }
    out.push_str(&close(&now));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_cost_no_more_than_their_length() {
        for piece in ["<", "<a", "<b>", "<b></i>", "</b>", "<<>", "< >", "<i><b>x</b>"] {
            for unclosed_too in [false, true] {
                let work = |pieces: usize| {
                    let mut work = 0;
                    let text = piece.repeat(pieces);
                    read_counting(&text, |inside| !inside.is_empty(), unclosed_too, &mut work);
                    work
                };
                let (once, twice) = (work(5_000), work(10_000));
                assert!(
                    twice <= 2 * once + 4 * OPEN_MAX * OPEN_MAX,
                    "{piece}: {once}, then {twice}"
                );
                assert!(once <= 5_000 * OPEN_MAX * (piece.len() + 1), "{piece}: {once}");
            }
        }
    }

    #[test]
    fn tags_end_at_their_own_end() {
        let read = |text: &str| {
            let (letters, lost) = read(text, |inside| inside != "3", false);
            (
                letters.iter().map(|(letter, _)| *letter).collect::<String>(),
                lost,
            )
        };
        assert_eq!(read("a<i>b</i>c<b>d"), ("abcd".to_owned(), false));
        assert_eq!(read("a <3> b <"), ("a <3> b <".to_owned(), false));
        assert_eq!(read("<i <b>x"), ("x".to_owned(), false));
    }
}
