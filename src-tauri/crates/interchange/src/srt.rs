//! SubRip. There is no standard; this reads what is out there: missing or wrong numbers, points for commas, no hours, empty
//! lines inside a cue, tags, override codes, entities, any common encoding.

use ledger::payload::{CueEdge, CuePlace, CueStyle};
use timebase::{FlickRange, Flicks};

use crate::{
    Cue, CueReading,
    markup::{self, Look, lines, marked, settled, tagged},
    reading::Passed,
    subtitle_text::{clock, decode},
};

/// The file; `cues` are in the order of time.
pub(crate) fn write(cues: &[Cue], losses: &mut Vec<String>) -> String {
    let mut out = String::new();
    for (at, cue) in cues.iter().enumerate() {
        let first = clock(cue.range.start.to_millis_round(), ',');
        let after = clock(cue.range.end.to_millis_round(), ',');
        out.push_str(&format!("{}\r\n{first} --> {after}\r\n", at + 1));
        if let Some(number) = cue.place.as_ref().and_then(number_of) {
            out.push_str(&format!("{{\\an{number}}}"));
        }
        for line in lines(&marked(&cue.text, &cue.styles)) {
            let line = tagged(&line, open, close, |letter, out| out.push(letter));
            if line.contains("-->") {
                losses.push("SubRip has no way to write --> in a cue: an arrow stands for it".to_owned());
            }
            out.push_str(&line.replace("-->", "→"));
            out.push_str("\r\n");
        }
        out.push_str("\r\n");
    }
    out
}

fn open(look: &Look) -> String {
    let colour = look
        .colour
        .map(|value| format!("<font color=\"#{:06x}\">", value >> 8));
    let tags = [("<i>", look.italic), ("<b>", look.bold), ("<u>", look.underline)];
    tags.iter()
        .filter(|(_, is_set)| *is_set)
        .fold(colour.unwrap_or_default(), |out, (tag, _)| out + tag)
}

fn close(look: &Look) -> String {
    let tags = [
        ("</u>", look.underline),
        ("</b>", look.bold),
        ("</i>", look.italic),
    ];
    let tags = tags.iter().filter(|(_, is_set)| *is_set).map(|(tag, _)| *tag);
    tags.chain(look.colour.map(|_| "</font>")).collect()
}

/// Places by the keys of a number pad, 2 being the usual one.
fn place_of(number: u32) -> Option<CuePlace> {
    let column = match number % 3 {
        1 => Some(CueEdge::Left),
        0 => Some(CueEdge::Right),
        _ => None,
    };
    let place = match number {
        1..=3 => CuePlace::default(),
        4..=6 => CuePlace {
            line_permille: Some(500),
            line_edge: Some(CueEdge::Middle),
            ..CuePlace::default()
        },
        7..=9 => CuePlace {
            row: Some(0),
            ..CuePlace::default()
        },
        _ => return None,
    };
    let place = CuePlace {
        align: column,
        ..place
    };
    (place != CuePlace::default()).then_some(place)
}

/// The place's number, or that of the nearest one there is.
fn number_of(place: &CuePlace) -> Option<u32> {
    let exactly = (1..=9).find(|number| place_of(*number).as_ref() == Some(place));
    let is_high =
        place.row.is_some_and(|row| (0..7).contains(&row)) || place.line_permille.is_some_and(|at| at < 400);
    exactly.or_else(|| (is_high && place.columns.is_none()).then_some(8))
}

/// Cues in the order of the file.
pub(crate) fn read(bytes: &[u8]) -> CueReading {
    let (text, guess) = decode(bytes);
    let all: Vec<&str> = text.lines().collect();
    let mut passed = Passed::default();
    if let Some(guess) = guess {
        passed.over(guess);
    }
    let timed: Vec<(usize, Option<FlickRange>)> = all
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("-->"))
        .map(|(at, line)| (at, times(line)))
        .collect();
    let mut cues = Vec::new();
    for (number, (at, range)) in timed.iter().enumerate() {
        let until = timed
            .get(number + 1)
            .map_or(all.len(), |(next, _)| before_number(&all, *at, *next));
        let Some(range) = range else {
            passed.over("cues with times that do not read were left out");
            continue;
        };
        if range.end <= range.start {
            passed.over("cues that end before they begin were left out");
            continue;
        }
        let block = all.get(at + 1..until).unwrap_or_default();
        let (text, styles, place) = words(block, &mut passed);
        cues.push(Cue {
            range: *range,
            text,
            place,
            styles,
        });
    }
    let before = cues.len();
    cues.retain(|cue| !cue.text.is_empty());
    if cues.len() < before {
        passed.over("cues without words were left out");
    }
    CueReading {
        is_timecode: false,
        cues,
        notes: passed.into_notes(),
    }
}

/// Where the words of a cue end, when the next times stand at `next`: before that cue's number, if it has one.
fn before_number(all: &[&str], at: usize, next: usize) -> usize {
    let Some(line) = next.checked_sub(1).filter(|line| *line > at) else {
        return next;
    };
    let is_number = !all[line].trim().is_empty() && all[line].trim().bytes().all(|b| b.is_ascii_digit());
    // A line of digits right below other words may be words itself.
    let after_gap = line == at + 1 || all[line - 1].trim().is_empty();
    if is_number && after_gap { line } else { next }
}

fn words(block: &[&str], passed: &mut Passed) -> (String, Vec<CueStyle>, Option<CuePlace>) {
    let text = block.join("\n");
    let (text, codes) = without_override_codes(&text);
    let mut place = None;
    let mut lost = false;
    for code in codes {
        let number = code
            .strip_prefix("an")
            .and_then(|number| number.parse::<u32>().ok());
        match number.filter(|number| (1..=9).contains(number)) {
            Some(number) => place = place_of(number),
            None => lost = true,
        }
    }
    let (letters, tags_lost) = markup::read(&text, is_tag, false);
    if lost || tags_lost {
        passed.over("styling was left out");
    }
    let is_gap = |pair: &[&str]| pair[0].trim().is_empty() && !pair[1].trim().is_empty();
    if text.trim().lines().collect::<Vec<_>>().windows(2).any(is_gap) {
        passed.over("empty lines inside cues were left out");
    }
    let (text, styles) = settled(&lines(&letters));
    (text, styles, place)
}

/// Only the tags that players know: `<3` and `a < b` are words.
fn is_tag(inside: &str) -> bool {
    let inside = inside.trim_start_matches('/');
    let (name, after) = inside.split_at(
        inside
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(inside.len()),
    );
    ["i", "b", "u", "s", "em", "strong", "font", "c", "v"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
        && (after.is_empty() || after.starts_with([' ', '.', '=']))
}

/// `{\an8}` and the like: what is left without them, and what they say.
fn without_override_codes(text: &str) -> (String, Vec<&str>) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut codes = Vec::new();
    while let Some(at) = rest.find("{\\") {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_str(&rest[..at]);
        codes.extend(rest[at + 2..at + end].split('\\'));
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    (out, codes)
}

/// `00:00:01,000 --> 00:00:02,000`, whatever follows.
fn times(line: &str) -> Option<FlickRange> {
    let (first, after) = line.split_once("-->")?;
    let after = after.split_whitespace().next()?;
    Some(FlickRange::new(time(first)?, time(after)?))
}

/// Hours may be missing; the fraction may be missing, short, and set off by `,` `.` or `:`.
fn time(text: &str) -> Option<Flicks> {
    let text = text.trim();
    let (clock, fraction) = match text.rfind([',', '.']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None if text.matches(':').count() == 3 => text.rsplit_once(':')?,
        None => (text, ""),
    };
    let digits = |part: &str| -> Option<i64> {
        (!part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let mut millis = 0i64;
    if !fraction.is_empty() {
        let kept = fraction.get(..3).unwrap_or(fraction);
        millis = digits(fraction).and_then(|_| digits(kept))? * [100, 10, 1][kept.len() - 1];
    }
    let parts: Vec<&str> = clock.split(':').map(str::trim).collect();
    if parts.len() < 2 || parts.len() > 3 {
        return None;
    }
    let mut secs = 0;
    for part in parts {
        secs = secs * 60 + digits(part)?;
    }
    Some(Flicks::from_millis(secs * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{CueFormat, ReadError};

    fn cue(first: i64, after: i64, text: &str) -> Cue {
        let range = FlickRange::new(Flicks::from_millis(first), Flicks::from_millis(after));
        Cue {
            range,
            text: text.to_owned(),
            place: None,
            styles: Vec::new(),
        }
    }

    #[test]
    fn reads_what_is_out_there() {
        let file = "\u{FEFF}1\r\n00:00:01,000 --> 00:00:02,500 X1:10 X2:20\r\n<i>Hello</i>,\r\n{\\an8}world &amp; R&D <3\r\n\r\n\
                    00:00:03.5-->00:00:04.25\nno number\n\nstill the same cue\n\n7\n01:02,000 --> 01:03,000\n42\n\n\
                    x\n00:00:09,000 --> 00:00:08,000\nbackwards\n\n9\n00:00:xx,000 --> 00:00:08,000\nbroken\n\n\
                    10\n00:00:02,000 --> 00:00:05,000\noverlaps";
        let read = CueFormat::Srt.read(file.as_bytes()).unwrap();
        assert_eq!(
            read.cues,
            [
                Cue {
                    place: place_of(8),
                    styles: vec![CueStyle {
                        end: 5,
                        italic: true,
                        ..CueStyle::default()
                    }],
                    ..cue(1000, 2500, "Hello,\nworld & R&D <3")
                },
                cue(2000, 5000, "overlaps"),
                cue(3500, 4250, "no number\nstill the same cue"),
                cue(62_000, 63_000, "42\nx"),
            ]
        );
        assert_eq!(
            read.notes,
            [
                "cues that end before they begin were left out",
                "cues with times that do not read were left out",
                "empty lines inside cues were left out (2 times)",
            ]
        );
    }

    #[test]
    fn writes_numbers_commas_and_what_got_lost() {
        let cues = [
            cue(3000, 4000, "later"),
            cue(0, 999, "a\n\nb --> c\u{7}"),
            cue(5000, 6000, "  "),
        ];
        let written = CueFormat::Srt.write(&cues).unwrap();
        assert_eq!(
            written.text,
            "1\r\n00:00:00,000 --> 00:00:00,999\r\na\r\nb → c\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nlater\r\n\r\n"
        );
        assert_eq!(written.items, 2);
        assert_eq!(written.losses.len(), 3, "{:?}", written.losses);
    }

    #[test]
    fn styles_and_the_nine_places_come_back() {
        let file = "1\n00:00:01,000 --> 00:00:02,000\n{\\an9}<font color=\"#00FF00\">Green <b>and heavy</b></font>\n<u>low</u>\n";
        let read = CueFormat::Srt.read(file.as_bytes()).unwrap();
        assert_eq!(read.notes, Vec::<String>::new());
        assert_eq!(
            (read.cues[0].text.as_str(), read.cues[0].place),
            ("Green and heavy\nlow", place_of(9))
        );
        assert_eq!(read.cues[0].styles.len(), 3, "{:?}", read.cues[0].styles);
        let written = CueFormat::Srt.write(&read.cues).unwrap();
        assert_eq!(written.losses, Vec::<String>::new());
        assert_eq!(
            CueFormat::Srt.read(written.text.as_bytes()).unwrap().cues,
            read.cues
        );
        assert_eq!(
            (1..=9)
                .filter_map(|n| number_of(&place_of(n)?))
                .collect::<Vec<_>>(),
            [1, 3, 4, 5, 6, 7, 8, 9]
        );
    }

    #[test]
    fn no_cue_is_an_empty_file_and_an_empty_file_no_cue() {
        assert_eq!(CueFormat::Srt.write(&[]).unwrap().text, "");
        assert!(matches!(
            CueFormat::Srt.read(b"just words"),
            Err(ReadError::Nothing(_))
        ));
    }

    proptest! {
        #[test]
        fn anything_reads_without_a_crash(text in "(?s).{0,200}") {
            let _any = CueFormat::Srt.read(text.as_bytes());
            let _any = CueFormat::Vtt.read(format!("WEBVTT\n\n{text}").as_bytes());
        }

        #[test]
        fn plain_cues_come_back(first in 0i64..400_000_000, length in 1i64..100_000, text in "[a-zA-Z][a-zA-Z ,.!?é&-]{0,40}[a-z]") {
            let cue = cue(first, first + length, &text);
            for format in [CueFormat::Srt, CueFormat::Vtt] {
                let written = format.write(std::slice::from_ref(&cue)).unwrap();
                if !text.contains("-->") && !text.contains(';') {
                    prop_assert_eq!(format.read(written.text.as_bytes()).unwrap().cues, vec![cue.clone()]);
                    prop_assert_eq!(written.losses, Vec::<String>::new());
                }
            }
        }
    }
}
