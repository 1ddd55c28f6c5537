//! Writing: an IMSC 1.1 text document.

use std::collections::BTreeMap;

use super::{
    NAMESPACE,
    place::{Region, region},
};
use crate::{
    Cue,
    markup::{Look, lines, marked, tagged},
    subtitle_text::clock,
};

/// The file; `cues` are in the order of time.
pub(crate) fn write(cues: &[Cue], losses: &mut Vec<String>) -> String {
    let mut regions: BTreeMap<Region, usize> = BTreeMap::new();
    let mut body = String::new();
    for cue in cues {
        let lines = lines(&marked(&cue.text, &cue.styles));
        if cue
            .place
            .is_some_and(|place| place.row.is_some_and(|row| row != 0))
        {
            losses.push(
                "TTML counts no rows: places by row are given in shares of the picture's height".to_owned(),
            );
        }
        let next = regions.len() + 1;
        let number = *regions
            .entry(region(cue.place.as_ref(), lines.len()))
            .or_insert(next);
        let first = clock(cue.range.start.to_millis_round(), '.');
        let after = clock(cue.range.end.to_millis_round(), '.');
        body.push_str(&format!(
            "      <p begin=\"{first}\" end=\"{after}\" region=\"r{number}\">"
        ));
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                body.push_str("<br/>");
            }
            body.push_str(&tagged(line, open, close, |letter, out| {
                word(letter, out, losses);
            }));
        }
        body.push_str("</p>\n");
    }
    let mut placed: Vec<(usize, Region)> = regions
        .into_iter()
        .map(|(region, number)| (number, region))
        .collect();
    placed.sort_by_key(|(number, _)| *number);
    let layout: String = placed
        .iter()
        .map(|(number, region)| {
            let mode = region
                .writing_mode
                .map(|mode| format!(" tts:writingMode=\"{mode}\""))
                .unwrap_or_default();
            format!(
                "      <region xml:id=\"r{number}\" tts:origin=\"{}\" tts:extent=\"{}\" tts:displayAlign=\"{}\" tts:textAlign=\"{}\"{mode}/>\n",
                region.origin, region.extent, region.display_align, region.text_align
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <tt xmlns=\"{NAMESPACE}\" xmlns:ttp=\"{NAMESPACE}#parameter\" xmlns:tts=\"{NAMESPACE}#styling\" \
         ttp:contentProfiles=\"http://www.w3.org/ns/ttml/profile/imsc1.1/text\" ttp:timeBase=\"media\" \
         xml:lang=\"\" xml:space=\"preserve\">\n  <head>\n    <layout>\n{layout}    </layout>\n  </head>\n  \
         <body>\n    <div>\n{body}    </div>\n  </body>\n</tt>\n"
    )
}

fn word(letter: char, out: &mut String, losses: &mut Vec<String>) {
    match letter {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{FFFE}' | '\u{FFFF}' => {
            losses.push("characters that XML does not have were left out".to_owned());
        }
        other => out.push(other),
    }
}

fn open(look: &Look) -> String {
    if *look == Look::default() {
        return String::new();
    }
    let mut out = String::from("<span");
    let colour = |name: &str, value: Option<u32>| {
        value
            .map(|value| match value & 0xff {
                0xff => format!(" tts:{name}=\"#{:06x}\"", value >> 8),
                _ => format!(" tts:{name}=\"#{value:08x}\""),
            })
            .unwrap_or_default()
    };
    out.push_str(&colour("color", look.colour));
    out.push_str(&colour("backgroundColor", look.background));
    for (is_set, attribute) in [
        (look.italic, " tts:fontStyle=\"italic\""),
        (look.bold, " tts:fontWeight=\"bold\""),
        (look.underline, " tts:textDecoration=\"underline\""),
    ] {
        if is_set {
            out.push_str(attribute);
        }
    }
    out.push('>');
    out
}

fn close(look: &Look) -> String {
    if *look == Look::default() {
        String::new()
    } else {
        "</span>".to_owned()
    }
}
