//! WebVTT by the W3C's parsing rules. Times follow vtt.js where it is more lenient: `120:00.000` is 120 hours. Settings and
//! tags are kept; regions and style sheets are left out and said to be.

mod settings;

use timebase::{FlickRange, Flicks};

use crate::{
    Cue, CueReading, ReadError,
    markup::{self, Look, colour_name, lines, marked, settled, tagged},
    reading::Passed,
    subtitle_text::{clock, decode},
};

/// The file; `cues` are in the order of time.
pub(crate) fn write(cues: &[Cue], _losses: &mut Vec<String>) -> String {
    let mut out = String::from("WEBVTT\n");
    for cue in cues {
        let first = clock(cue.range.start.to_millis_round(), '.');
        let after = clock(cue.range.end.to_millis_round(), '.');
        let settings = cue.place.as_ref().map(settings::write).unwrap_or_default();
        out.push_str(&format!("\n{first} --> {after}{settings}\n"));
        for line in lines(&marked(&cue.text, &cue.styles)) {
            out.push_str(&tagged(&line, open, close, |letter, out| match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                other => out.push(other),
            }));
            out.push('\n');
        }
    }
    out
}

/// Classes of a look: colours that WebVTT has a name for.
fn classes(look: &Look) -> String {
    let named = |value: Option<u32>, before: &str| {
        let name = value.and_then(colour_name);
        name.map(|name| format!(".{before}{name}")).unwrap_or_default()
    };
    named(look.colour, "") + &named(look.background, "bg_")
}

fn tags(look: &Look) -> impl DoubleEndedIterator<Item = &'static str> {
    [("i", look.italic), ("b", look.bold), ("u", look.underline)]
        .into_iter()
        .filter_map(|(name, is_set)| is_set.then_some(name))
}

fn open(look: &Look) -> String {
    let classes = classes(look);
    let colours = if classes.is_empty() {
        classes
    } else {
        format!("<c{classes}>")
    };
    tags(look).fold(colours, |out, name| out + "<" + name + ">")
}

fn close(look: &Look) -> String {
    let tags = tags(look)
        .rev()
        .fold(String::new(), |out, name| out + "</" + name + ">");
    if classes(look).is_empty() {
        tags
    } else {
        tags + "</c>"
    }
}

/// Cues in the order of the file.
pub(crate) fn read(bytes: &[u8]) -> Result<CueReading, ReadError> {
    let (text, guess) = decode(bytes);
    let mut all = text.lines().peekable();
    let signature = all.next().unwrap_or_default();
    let rest = signature.strip_prefix("WEBVTT");
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])) {
        let words = "its first line is not WEBVTT".to_owned();
        return Err(ReadError::Structure {
            expected: "a WebVTT file",
            words,
        });
    }
    let mut passed = Passed::default();
    if let Some(guess) = guess {
        passed.over(guess);
    }
    let mut cues = Vec::new();
    let mut header = true;
    loop {
        // The header ends at the first empty line, or where a cue begins without one.
        while !header && all.next_if(|line| line.is_empty()).is_some() {}
        let Some(mut line) = all.next() else { break };
        if header && line.is_empty() {
            header = false;
            continue;
        }
        if !line.contains("-->") {
            let next_is_times = all.peek().is_some_and(|next| next.contains("-->"));
            match (block_name(line), next_is_times) {
                // An identifier, and the times below it.
                (None, true) => match all.next() {
                    Some(times) => line = times,
                    None => break,
                },
                (name, _) => {
                    if let Some(name @ ("STYLE" | "REGION")) = name {
                        passed.over(format!("{name} blocks were left out"));
                    }
                    while !header
                        && all
                            .next_if(|line| !line.is_empty() && !line.contains("-->"))
                            .is_some()
                    {}
                    continue;
                }
            }
        }
        header = false;
        let mut block = Vec::new();
        while let Some(words) = all.next_if(|line| !line.is_empty() && !line.contains("-->")) {
            block.push(words);
        }
        cue(line, &block, &mut cues, &mut passed);
    }
    Ok(CueReading {
        is_timecode: false,
        cues,
        notes: passed.into_notes(),
    })
}

fn block_name(line: &str) -> Option<&str> {
    let name = line.split([' ', '\t']).next().unwrap_or_default();
    matches!(name, "NOTE" | "STYLE" | "REGION").then_some(name)
}

fn cue(line: &str, block: &[&str], cues: &mut Vec<Cue>, passed: &mut Passed) {
    let Some((range, settings)) = times(line) else {
        passed.over("cues with times that do not read were left out");
        return;
    };
    if range.end <= range.start {
        passed.over("cues that end before they begin were left out");
        return;
    }
    let (place, all_read) = settings::read(settings);
    if !all_read {
        passed.over("settings that are not known were left out");
    }
    let (letters, lost) = markup::read(&block.join("\n"), |_| true, true);
    if lost {
        passed.over("styling was left out");
    }
    let (text, styles) = settled(&lines(&letters));
    if text.is_empty() {
        passed.over("cues without words were left out");
        return;
    }
    cues.push(Cue {
        range,
        text,
        place,
        styles,
    });
}

/// Both times and the settings behind them.
fn times(line: &str) -> Option<(FlickRange, &str)> {
    let (first, rest) = time(line.trim_start())?;
    let rest = rest.trim_start().strip_prefix("-->")?;
    let (after, rest) = time(rest.trim_start())?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    Some((FlickRange::new(first, after), rest.trim()))
}

/// A time at the start of `text`, and what follows.
fn time(text: &str) -> Option<(Flicks, &str)> {
    let (first, rest) = number(text, 1..=6)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2..=2)?;
    let (hours, minutes, secs, rest) = match rest.strip_prefix(':') {
        Some(rest) => {
            let (third, rest) = number(rest, 2..=2)?;
            (first, second, third, rest)
        }
        None if first > 59 => (first, second, 0, rest),
        None => (0, first, second, rest),
    };
    let (millis, rest) = number(rest.strip_prefix('.')?, 3..=3)?;
    if minutes > 59 || secs > 59 || rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((
        Flicks::from_millis(((hours * 60 + minutes) * 60 + secs) * 1000 + millis),
        rest,
    ))
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<(i64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if !digits.contains(&length) {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use ledger::payload::{CueColumns, CueEdge, CuePlace, CueStyle};

    use super::*;
    use crate::CueFormat;

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
    fn reads_blocks_ids_settings_and_tags() {
        let file = "\u{FEFF}WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot this --\n\n\
                    intro\n00:01.000 --> 00:02.000 align:start\n<v Ann>Hello <00:01.500><c.loud>there</c> &amp; &lt;you&gt;\n\n\
                    00:03.000 --> 00:04.000\nfirst\n00:05.000 --> 00:06.000\nwithout an empty line\n\n\
                    00:61.000 --> 01:02.000\nno such time\n\n100:00:00.000 --> 100:00:01.000\nlate <unclosed";
        let read = CueFormat::Vtt.read(file.as_bytes()).unwrap();
        assert_eq!(
            read.cues,
            [
                Cue {
                    place: Some(CuePlace {
                        align: Some(CueEdge::Start),
                        ..CuePlace::default()
                    }),
                    ..cue(1000, 2000, "Hello there & <you>")
                },
                cue(3000, 4000, "first"),
                cue(5000, 6000, "without an empty line"),
                cue(360_000_000, 360_001_000, "late"),
            ]
        );
        assert_eq!(
            read.notes,
            [
                "STYLE blocks were left out",
                "cues with times that do not read were left out",
                "styling was left out (2 times)",
            ]
        );
    }

    #[test]
    fn places_and_styles_come_and_go() {
        let file = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 vertical:rl line:0 position:10%,line-left size:35% align:start\n\
                    <c.yellow.bg_black>Loud</c> and <i>slanted <b>heavy</b></i> &amp;\n<u>underlined</u>\n\n\
                    00:00:03.000 --> 00:00:04.000 line:84.5%,center\nplain\n";
        let read = CueFormat::Vtt.read(file.as_bytes()).unwrap();
        assert_eq!(read.notes, Vec::<String>::new());
        let style = |start, end| CueStyle {
            start,
            end,
            ..CueStyle::default()
        };
        assert_eq!(read.cues[0].text, "Loud and slanted heavy &\nunderlined");
        assert_eq!(
            read.cues[0].styles,
            [
                CueStyle {
                    colour: Some(0xffff_00ff),
                    background: Some(0x0000_00ff),
                    ..style(0, 4)
                },
                CueStyle {
                    italic: true,
                    ..style(9, 17)
                },
                CueStyle {
                    italic: true,
                    bold: true,
                    ..style(17, 22)
                },
                CueStyle {
                    underline: true,
                    ..style(25, 35)
                },
            ]
        );
        assert_eq!(
            read.cues[0].place,
            Some(CuePlace {
                row: Some(0),
                position_permille: Some(100),
                position_edge: Some(CueEdge::Left),
                size_permille: Some(350),
                align: Some(CueEdge::Start),
                columns: Some(CueColumns::ToTheLeft),
                ..CuePlace::default()
            })
        );
        assert_eq!(
            read.cues[1].place,
            Some(CuePlace {
                line_permille: Some(845),
                line_edge: Some(CueEdge::Middle),
                ..CuePlace::default()
            })
        );
        let written = CueFormat::Vtt.write(&read.cues).unwrap();
        assert_eq!(written.losses, Vec::<String>::new());
        assert_eq!(
            CueFormat::Vtt.read(written.text.as_bytes()).unwrap().cues,
            read.cues
        );
        // SubRip knows nine places, and says what it cannot.
        let written = CueFormat::Srt.write(&read.cues).unwrap();
        assert_eq!(written.losses.len(), 2, "{:?}", written.losses);
    }

    #[test]
    fn only_the_signature_makes_it_webvtt() {
        for file in [
            "",
            "WEBVTTx\n",
            "webvtt\n",
            " WEBVTT\n",
            "1\n00:00:01,000 --> 00:00:02,000\nsrt",
        ] {
            assert!(
                matches!(
                    CueFormat::Vtt.read(file.as_bytes()),
                    Err(ReadError::Structure { .. })
                ),
                "{file:?}"
            );
        }
        assert!(matches!(
            CueFormat::Vtt.read(b"WEBVTT"),
            Err(ReadError::Nothing(_))
        ));
    }

    #[test]
    fn hostile_words_stay_words() {
        let cues = [cue(
            0,
            1000,
            "<script>\n00:00.000 --> 00:09.000\nNOTE & &lt; -->\n\nSTYLE",
        )];
        let written = CueFormat::Vtt.write(&cues).unwrap();
        assert_eq!(
            written.text,
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n&lt;script&gt;\n00:00.000 --&gt; 00:09.000\nNOTE &amp; &amp;lt; --&gt;\nSTYLE\n"
        );
        let read = CueFormat::Vtt.read(written.text.as_bytes()).unwrap();
        assert_eq!(
            read.cues,
            [cue(
                0,
                1000,
                "<script>\n00:00.000 --> 00:09.000\nNOTE & &lt; -->\nSTYLE"
            )]
        );
        assert_eq!(written.losses.len(), 1, "the empty line: {:?}", written.losses);
    }
}
