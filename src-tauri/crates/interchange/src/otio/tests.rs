use timebase::{Rate, Timecode};
use timeline::Cut;

use crate::{
    CutFormat, ReadError,
    sample::{clip, cut, source},
};

#[test]
fn film_rate_document() {
    let written = CutFormat::Otio.write(&cut(Rate::FILM_NTSC, false)).unwrap();
    insta::assert_snapshot!("film", written.text);
    assert_eq!(written.losses, [""; 0]);
    assert_eq!(written.items, 3);
}

#[test]
fn drop_frame_stands_in_the_metadata() {
    let start = Timecode::zero(Rate::NTSC);
    let dropped = Timecode::from_fields(1, 0, 0, 0, Rate::NTSC, true).unwrap();
    let cut = Cut::new(
        "x",
        start,
        vec![source(1, "A.mov", dropped)],
        vec![clip(1, 1800, 1830, "")],
    )
    .unwrap();
    let written = CutFormat::Otio.write(&cut).unwrap();
    let read = CutFormat::Otio.read(&written.text, Rate::PAL).unwrap();
    assert_eq!(read.edits[0].source_in.to_string(), "01:01:00;02");
    assert_eq!(
        written.losses,
        ["OpenTimelineIO has no drop-frame flag: that A.mov counts drop-frame stands in its metadata only"]
    );
}

#[test]
fn mixed_rates_lie_on_whole_record_frames() {
    let start = Timecode::zero(Rate::NTSC);
    let sources = vec![
        source(1, "A.mov", start),
        source(2, "B.mov", Timecode::zero(Rate::PAL)),
    ];
    let clips = vec![clip(2, 0, 7, ""), clip(1, 0, 30, ""), clip(2, 50, 63, "")];
    let cut = Cut::new("Mixed", start, sources, clips).unwrap();
    let written = CutFormat::Otio.write(&cut).unwrap();
    let read = CutFormat::Otio.read(&written.text, Rate::PAL).unwrap();
    let records: Vec<_> = read
        .edits
        .iter()
        .filter(|edit| edit.picture)
        .map(|edit| edit.record)
        .collect();
    assert_eq!(
        records,
        cut.placed()
            .iter()
            .map(|placed| placed.record)
            .collect::<Vec<_>>()
    );
    assert_eq!(written.losses, [""; 0]);
}

#[test]
fn rates_are_recognised_in_every_spelling() {
    for (spelled, rate) in [
        ("23.976", Rate::FILM_NTSC),
        ("23.98", Rate::FILM_NTSC),
        ("23.976023976023978", Rate::FILM_NTSC),
        ("29.97", Rate::NTSC),
        ("59.94", Rate::NTSC_DOUBLE),
        ("24", Rate::FILM),
        ("25.0", Rate::PAL),
    ] {
        let text = format!(
            r#"{{"OTIO_SCHEMA":"Timeline.1","name":"n","tracks":{{"OTIO_SCHEMA":"Stack.1","children":[
            {{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{{"OTIO_SCHEMA":"Clip.1","name":"c","source_range":{{
            "start_time":{{"rate":{spelled},"value":3}},"duration":{{"rate":{spelled},"value":5.0}}}}}}]}}]}}}}"#
        );
        let read = CutFormat::Otio.read(&text, Rate::PAL).unwrap();
        assert_eq!(read.rate, rate, "{spelled}");
        assert_eq!(
            (read.edits[0].source_in.frames(), read.edits[0].source_frames),
            (3, 5),
            "{spelled}"
        );
    }
}

#[test]
fn what_is_no_timeline_says_so() {
    let read = |text| CutFormat::Otio.read(text, Rate::PAL);
    assert!(matches!(read("{"), Err(ReadError::Line { line: 1, .. })));
    assert!(matches!(
        read(r#"{"OTIO_SCHEMA":"Clip.1"}"#),
        Err(ReadError::Structure { .. })
    ));
    assert!(matches!(
        read(r#"{"OTIO_SCHEMA":"Timeline.1"}"#),
        Err(ReadError::Nothing(_))
    ));
    let deep = "[".repeat(100_000);
    assert!(matches!(read(&deep), Err(ReadError::Line { .. })));
}
