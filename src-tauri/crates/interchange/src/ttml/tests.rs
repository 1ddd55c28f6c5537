use ledger::payload::{CueColumns, CueEdge, CuePlace, CueStyle};
use proptest::prelude::*;
use timebase::{FlickRange, Flicks};

use super::{
    NAMESPACE, same_place,
    style::{Inherited, Styles},
};
use crate::{
    Cue, CueFormat, ReadError,
    markup::{lines, marked, settled},
    reading::Passed,
};

const HEAD: &str = "<tt xmlns='http://www.w3.org/ns/ttml' xmlns:tts='http://www.w3.org/ns/ttml#styling' \
    xmlns:ttp='http://www.w3.org/ns/ttml#parameter' xml:lang='en'";

fn reading(text: &str) -> crate::CueReading {
    CueFormat::Ttml.read(text.as_bytes()).unwrap()
}

fn times(cues: &[Cue]) -> Vec<(i64, i64, &str)> {
    let millis = |at: Flicks| at.to_millis_round();
    cues.iter()
        .map(|cue| (millis(cue.range.start), millis(cue.range.end), cue.text.as_str()))
        .collect()
}

fn body(inside: &str) -> String {
    format!("{HEAD}><body><div>{inside}</div></body></tt>")
}

#[test]
fn styles_reach_words_through_names_parents_and_regions() {
    let file = format!(
        "{HEAD}><head><styling>\
         <style xml:id='loud' tts:color='yellow' tts:fontWeight='bold'/>\
         <style xml:id='both' style='loud' tts:fontStyle='italic'/>\
         <style xml:id='a' style='b'/><style xml:id='b' style='a'/>\
         </styling><layout><region xml:id='foot' tts:origin='10% 80%' tts:extent='80% 10%' tts:displayAlign='after' \
         tts:color='#00ff00'><style tts:textAlign='center'/></region></layout></head>\
         <body region='foot'><div>\
         <p begin='1s' end='2s'>green <span style='both'>all</span> <span tts:color='rgba(255,0,0,128)' \
         tts:backgroundColor='black' tts:textDecoration='underline'>red</span></p>\
         <p begin='2s' end='3s' style='a gone'>still green</p></div></body></tt>"
    );
    let read = reading(&file);
    let style = |start, end, colour| CueStyle {
        start,
        end,
        colour: Some(colour),
        ..CueStyle::default()
    };
    let green = 0x00ff_00ff;
    assert_eq!(read.cues[0].text, "green all red");
    assert_eq!(
        read.cues[0].styles,
        [
            style(0, 6, green),
            CueStyle {
                bold: true,
                italic: true,
                ..style(6, 9, 0xffff_00ff)
            },
            style(9, 10, green),
            CueStyle {
                background: Some(0x0000_00ff),
                underline: true,
                ..style(10, 13, 0xff00_0080)
            },
        ]
    );
    assert_eq!(
        read.cues[0].place,
        Some(CuePlace {
            line_permille: Some(900),
            line_edge: Some(CueEdge::End),
            position_permille: Some(500),
            size_permille: Some(800),
            ..CuePlace::default()
        })
    );
    assert_eq!(
        read.notes,
        [
            "styles that lead back to themselves were left out",
            "styles that the file does not hold were left out"
        ]
    );
}

#[test]
fn times_add_up_through_what_holds_them() {
    let file = format!(
        "{HEAD}><body begin='10s'><div begin='1s' end='8s'>\
         <p begin='1s' end='2s'>par</p><p begin='5s' dur='20s'>cut off</p><p>all along</p></div>\
         <div timeContainer='seq' begin='20s'><p dur='2s'>first</p><p begin='1s' dur='2s'>then</p><p>never</p></div>\
         </body></tt>"
    );
    assert_eq!(
        times(&reading(&file).cues),
        [
            (11_000, 18_000, "all along"),
            (12_000, 13_000, "par"),
            (16_000, 18_000, "cut off"),
            (30_000, 32_000, "first"),
            (33_000, 35_000, "then"),
        ]
    );
    // A paragraph whose words come one by one is a cue from each change to the next.
    let file = body(
        "<p begin='0s' end='3s'>One <span begin='1s'>two</span> <span begin='2s' end='2.5s'>three</span></p>",
    );
    assert_eq!(
        times(&reading(&file).cues),
        [
            (0, 1000, "One"),
            (1000, 2000, "One two"),
            (2000, 2500, "One two three"),
            (2500, 3000, "One two")
        ]
    );
}

#[test]
fn white_space_means_nothing_unless_it_is_kept() {
    let file = body(
        "<p begin='0s' end='1s'>\n   Two  lines<br/>\n of <span>  words </span>\n</p>\
         <p begin='1s' end='2s' xml:space='preserve'>a  b</p>",
    );
    assert_eq!(
        times(&reading(&file).cues),
        [(0, 1000, "Two lines\nof words"), (1000, 2000, "a  b")]
    );
}

#[test]
fn what_a_cue_has_no_room_for_is_kept_or_said() {
    let file = body(
        "<p begin='0s' end='1s' tts:fontSize='80%'><span tts:ruby='container'><span tts:ruby='base'>東京</span>\
         <span tts:ruby='text'>とうきょう</span></span><set tts:color='red'/></p>\
         <p begin='1s'>for ever</p><p begin='x' end='2s'>odd</p><p begin='0s' end='1s' tts:display='none'>gone</p>\
         <p begin='0s' end='1s' tts:visibility='hidden'>unseen</p><metadata>no words</metadata>",
    );
    let read = reading(&file);
    assert_eq!(
        times(&read.cues),
        [(0, 1000, "東京（とうきょう）"), (0, 2000, "odd")]
    );
    assert_eq!(
        read.notes,
        [
            "changes in the course of time were left out",
            "fontSize was left out",
            "ruby stands in brackets behind its word",
            "times that do not read were left out",
            "words that are never taken away were left out",
        ]
    );
}

#[test]
fn regions_are_places_whatever_they_are_measured_in() {
    let place = |tt: &str, region: &str, p: &str| {
        let file = format!(
            "{HEAD} {tt}><head><layout><region xml:id='r' {region}/></layout></head>\
             <body><div><p region='r' begin='0s' end='1s' {p}>x</p></div></body></tt>"
        );
        reading(&file).cues[0].place
    };
    let left_top = Some(CuePlace {
        line_permille: Some(100),
        position_permille: Some(300),
        position_edge: Some(CueEdge::Middle),
        size_permille: Some(400),
        align: Some(CueEdge::Left),
        ..CuePlace::default()
    });
    for (tt, region) in [
        ("", "tts:origin='10% 10%' tts:extent='40% 20%'"),
        (
            "tts:extent='1000px 500px'",
            "tts:origin='100px 50px' tts:extent='400px 100px'",
        ),
        (
            "ttp:cellResolution='20 10'",
            "tts:origin='2c 1c' tts:extent='8c 2c'",
        ),
        ("", "tts:origin='10rw 10rh' tts:extent='40rw 20rh'"),
        ("", "tts:position='16.6666% 12.5%' tts:extent='40% 20%'"),
    ] {
        assert_eq!(
            place(tt, region, "tts:textAlign='left'"),
            left_top,
            "{tt} {region}"
        );
    }
    let foot = "tts:origin='5% 5%' tts:extent='90% 90%' tts:displayAlign='after'";
    assert_eq!(place("", foot, "tts:textAlign='center'"), None, "the usual place");
    let upright = "tts:origin='50% 0%' tts:extent='40% 100%' tts:writingMode='tbrl'";
    let shown = place("", upright, "tts:textAlign='center'").unwrap();
    assert_eq!(
        (shown.columns, shown.line_permille),
        (Some(CueColumns::ToTheLeft), Some(100))
    );
    let odd = place("", "tts:origin='10em 1%'", "tts:textAlign='right'");
    assert_eq!(odd, None);
}

#[test]
fn older_dialects_read_too() {
    let dfxp = "<tt xmlns='http://www.w3.org/2006/10/ttaf1' xmlns:s='http://www.w3.org/2006/10/ttaf1#styling'>\
        <body><div><p begin='00:00:01.5' end='00:00:02.5' s:fontStyle='italic'>old</p></div></body></tt>";
    let read = reading(dfxp);
    assert_eq!(times(&read.cues), [(1500, 2500, "old")]);
    assert!(read.cues[0].styles[0].italic);
    let smpte = format!(
        "{HEAD} ttp:timeBase='smpte' ttp:frameRate='25'><body><div><p begin='10:00:01:05' end='10:00:02:00'>x</p></div></body></tt>"
    );
    let read = reading(&smpte);
    assert!(read.is_timecode);
    assert_eq!(times(&read.cues), [(36_001_200, 36_002_000, "x")]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let refused = |text: &str| CueFormat::Ttml.read(text.as_bytes()).unwrap_err();
    assert!(matches!(
        refused("<tt><body>\n<p></tt>"),
        ReadError::Line { line: 2, .. }
    ));
    assert!(matches!(refused("<html/>"), ReadError::Structure { .. }));
    assert!(matches!(refused("not xml"), ReadError::Line { .. }));
    assert!(matches!(refused(&body("")), ReadError::Nothing(_)));
    // Entities that grow need a document type, and there is none.
    let bomb = "<!DOCTYPE tt [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><tt><body><div><p end='1s'>&b;</p></div></body></tt>";
    assert!(matches!(refused(bomb), ReadError::Line { .. }));
    // However deep: no file exhausts the stack.
    let deep = body(&format!(
        "{}x{}",
        "<div>".repeat(100_000),
        "</div>".repeat(100_000)
    ));
    assert!(matches!(
        refused(&deep),
        ReadError::Structure { .. } | ReadError::Line { .. }
    ));
    let spans: String = (0..2000)
        .map(|n| format!("<span begin='{n}s' end='9000s'>w</span>"))
        .collect();
    assert!(matches!(
        refused(&body(&format!("<p end='9000s'>{spans}</p>"))),
        ReadError::Structure { .. }
    ));
}

/// Styles `s0` to `s{last}`, each of which names the one before it as often as is said.
fn ladder(last: usize, times: usize) -> String {
    (0..=last)
        .map(|at| {
            let names = match at {
                0 => String::new(),
                _ => format!("s{} ", at - 1).repeat(times),
            };
            format!("<style xml:id='s{at}' style='{names}' tts:color='#0000{at:02x}'/>")
        })
        .collect()
}

#[test]
fn hostile_styles_cost_no_more_than_their_length() {
    let work = |last: usize, times: usize, parts: usize| {
        let file = format!(
            "{HEAD}><head><styling>{}</styling></head><body><div>{}</div></body></tt>",
            ladder(last, times),
            format!("<p style='s{last}'/>").repeat(parts)
        );
        let document = roxmltree::Document::parse(&file).unwrap();
        let (mut styles, mut passed) = (Styles::of(document.root_element()), Passed::default());
        let mut work = 0;
        for node in document
            .descendants()
            .filter(|node| node.has_tag_name((NAMESPACE, "p")))
        {
            let mut here = Inherited::NONE;
            styles.apply_counting(node, &mut here, &mut passed, &mut work);
            let blue = u32::try_from(last).unwrap();
            assert_eq!(
                here.look.colour,
                Some(blue << 8 | 0xff),
                "its own word counts last"
            );
        }
        work
    };
    assert_eq!(work(8, 4, 1), 8 * 4 + 1);
    assert_eq!(work(8, 4, 100), 8 * 4 + 100);
    assert_eq!(work(200, 64, 1), 200 * 64 + 1);
    assert_eq!(work(1, 1000, 1), 64 + 1, "a part names no more");

    let long: String = (1..100_000)
        .map(|at| format!("<style xml:id='s{at}' style='s{}'/>", at - 1))
        .collect();
    let file = format!(
        "{HEAD}><head><styling><style xml:id='s0' tts:fontStyle='italic'/>{long}</styling></head>\
         <body><div><p end='1s' style='s99999 {}'>x</p></div></body></tt>",
        "s7 ".repeat(100)
    );
    let read = reading(&file);
    assert!(
        read.cues[0].styles[0].italic,
        "a chain does not wait on the stack"
    );
    assert_eq!(read.notes, ["styles after the 64th of one part were left out"]);
}

#[test]
fn hostile_paragraphs_show_no_more_than_a_film_does() {
    let changing = |letters: usize, changes: usize| {
        let changes: String = (0..changes)
            .map(|at| format!("<span begin='{at}s'>w</span>"))
            .collect();
        format!("<p end='9000s'>{}{changes}</p>", "x".repeat(letters))
    };
    let refused = |inside: &str| match CueFormat::Ttml.read(body(inside).as_bytes()) {
        Err(ReadError::Structure { words, .. }) => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&changing(199_900, 900)),
        "one of its paragraphs of 200800 letters changes 901 times"
    );
    assert_eq!(
        refused(&changing(5000, 900)),
        "its cues would show more than 4000000 letters"
    );
    // Each alone would pass.
    assert_eq!(
        refused(&changing(3000, 400).repeat(4)),
        "its cues would show more than 4000000 letters"
    );
    assert_eq!(reading(&body(&changing(3000, 400))).cues.len(), 400);
}

#[test]
fn a_document_as_others_read_it() {
    let cue = Cue {
        range: FlickRange::new(Flicks::from_millis(1000), Flicks::from_millis(2500)),
        text: "A < B &\nC".to_owned(),
        place: Some(CuePlace {
            row: Some(0),
            ..CuePlace::default()
        }),
        styles: vec![CueStyle {
            start: 0,
            end: 1,
            italic: true,
            colour: Some(0xffff_00ff),
            ..CueStyle::default()
        }],
    };
    let written = CueFormat::Ttml.write(std::slice::from_ref(&cue)).unwrap();
    assert_eq!(written.losses, Vec::<String>::new());
    insta::assert_snapshot!(written.text);
    assert_eq!(reading(&written.text).cues, [cue]);
}

fn edge() -> impl Strategy<Value = CueEdge> {
    prop_oneof![
        Just(CueEdge::Start),
        Just(CueEdge::Middle),
        Just(CueEdge::End),
        Just(CueEdge::Left),
        Just(CueEdge::Right)
    ]
}

fn place() -> impl Strategy<Value = CuePlace> {
    let lines = prop_oneof![
        Just((None, None, None)),
        Just((Some(0), None, None)),
        (
            0u16..=1000,
            prop::option::of(prop_oneof![Just(CueEdge::Middle), Just(CueEdge::End)])
        )
            .prop_map(|(line, edge)| (None, Some(line), edge)),
    ];
    let columns = prop::option::of(prop_oneof![
        Just(CueColumns::ToTheLeft),
        Just(CueColumns::ToTheRight)
    ]);
    let along = (
        prop::option::of(50u16..=950),
        prop::option::of(edge()),
        prop::option::of(50u16..=1000),
        prop::option::of(edge().prop_filter("the middle is the usual", |edge| *edge != CueEdge::Middle)),
    );
    (lines, along, columns).prop_map(
        |((row, line_permille, line_edge), (position, anchor, size, align), columns)| CuePlace {
            row,
            line_permille,
            line_edge,
            position_permille: position,
            position_edge: anchor.filter(|_| position.is_some()),
            size_permille: size,
            align,
            columns,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(
        first in 0i64..400_000_000,
        length in 1i64..100_000,
        words in "[a-zé<&>\"'東ש][a-zé <&>\"'東ש]{0,20}[a-z](\n[a-z!]{1,12})?",
        place in prop::option::of(place()),
        (from, to) in (0u32..6, 6u32..20),
        (italic, bold, underline) in any::<(bool, bool, bool)>(),
        colour in prop::option::of(any::<u32>()),
    ) {
        let letters = u32::try_from(words.chars().count()).unwrap();
        let style = CueStyle { start: from.min(letters), end: to.min(letters), italic, bold, underline, colour, background: None };
        let is_any = style.start < style.end && (italic || bold || underline || colour.is_some());
        let styles = if is_any { vec![style] } else { Vec::new() };
        // As a cue has it: no style of a line feed alone.
        let (text, styles) = settled(&lines(&marked(&words, &styles)));
        let cue = Cue {
            range: FlickRange::new(Flicks::from_millis(first), Flicks::from_millis(first + length)),
            text,
            place: place.filter(|place| *place != CuePlace::default()),
            styles,
        };
        let written = CueFormat::Ttml.write(std::slice::from_ref(&cue)).unwrap();
        let read = CueFormat::Ttml.read(written.text.as_bytes()).unwrap();
        prop_assert_eq!(&written.losses, &Vec::<String>::new(), "{}", written.text);
        prop_assert_eq!(&read.notes, &Vec::<String>::new());
        let got = &read.cues[0];
        prop_assert_eq!((&got.text, got.range, &got.styles), (&cue.text, cue.range, &cue.styles));
        prop_assert!(same_place(got.place.as_ref(), cue.place.as_ref(), 2), "{:?} and {:?}", got.place, cue.place);
    }

    #[test]
    fn anything_reads_without_a_crash(inside in "(?s)[<>/a-z='&; ]{0,120}", times in "[0-9:.hmsft]{0,12}") {
        let _any = CueFormat::Ttml.read(inside.as_bytes());
        let _any = CueFormat::Ttml.read(body(&format!("<p begin='{times}' end='9s'>{inside}</p>")).as_bytes());
        let _any = CueFormat::Ttml.read(body(&format!("<p begin='{times}' end='{times}' dur='1s'>x</p>")).as_bytes());
    }
}
