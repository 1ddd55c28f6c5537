use timebase::{FrameRange, Rate, Timecode};
use timeline::Cut;

use crate::{
    CutFormat, ReadError,
    sample::{clip, cut, source},
};

#[test]
fn film_rate_document() {
    let written = CutFormat::Fcpxml.write(&cut(Rate::FILM_NTSC, false)).unwrap();
    insta::assert_snapshot!("film", written.text);
    assert_eq!(written.losses, ["a dissolve of 12 frames is written as a cut"]);
}

#[test]
fn a_source_of_another_rate_conforms_in_time() {
    let start = Timecode::from_fields(0, 59, 50, 0, Rate::NTSC, true).unwrap();
    let clips = vec![clip(1, 0, 30, ""), clip(2, 50, 75, "second")];
    let sources = vec![
        source(1, "A.mov", start),
        source(2, "B.mov", Timecode::zero(Rate::PAL)),
    ];
    let cut = Cut::new("Mixed", start, sources, clips).unwrap();
    let written = CutFormat::Fcpxml.write(&cut).unwrap();
    assert_eq!(written.losses, [""; 0]);
    assert!(
        written
            .text
            .contains(r#"<conform-rate scaleEnabled="0" srcFrameRate="25"/>"#)
    );
    let read = CutFormat::Fcpxml.read(&written.text, Rate::PAL).unwrap();
    assert_eq!(read.edits[1].source_in.to_string(), "00:00:02:00");
    assert_eq!(read.edits[1].record, FrameRange::new(30, 60));
    assert_eq!(read.start, Some(start));
}

#[test]
fn entities_do_not_blow_up() {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE fcpxml [<!ENTITY a \"aaaaaaaaaa\">");
    for (name, of) in [
        ("b", "a"),
        ("c", "b"),
        ("d", "c"),
        ("e", "d"),
        ("f", "e"),
        ("g", "f"),
        ("h", "g"),
    ] {
        text.push_str(&format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10)));
    }
    text.push_str("]><fcpxml version=\"1.10\"><note>&h;</note></fcpxml>");
    assert!(matches!(
        CutFormat::Fcpxml.read(&text, Rate::PAL),
        Err(ReadError::Line { .. })
    ));
}

#[test]
fn nothing_is_nested_too_deep() {
    let text = format!(
        "<fcpxml version=\"1.10\">{}{}</fcpxml>",
        "<a>".repeat(100_000),
        "</a>".repeat(100_000)
    );
    assert!(matches!(
        CutFormat::Fcpxml.read(&text, Rate::PAL),
        Err(ReadError::Nothing(_))
    ));
}

#[test]
fn what_is_no_project_says_so() {
    let read = |text| CutFormat::Fcpxml.read(text, Rate::PAL);
    assert!(matches!(read("<fcpxml>"), Err(ReadError::Line { .. })));
    assert!(matches!(
        read("<xmeml version=\"5\"/>"),
        Err(ReadError::Structure { .. })
    ));
    assert!(matches!(
        read("<fcpxml version=\"1.10\"/>"),
        Err(ReadError::Nothing(_))
    ));
}
