use timebase::{FrameRange, Rate, Timecode};
use timeline::{Cut, Marker};

use crate::{
    CutFormat, ReadError,
    sample::{clip, cut, source},
};

#[test]
fn film_rate_list() {
    let written = CutFormat::Edl.write(&cut(Rate::FILM_NTSC, false)).unwrap();
    insta::assert_snapshot!("film", written.text.replace('\r', ""));
    assert_eq!(
        written.losses,
        ["the reel of A001C003_230101.mov is written as A001C003: eight characters are all it may have"]
    );
}

#[test]
fn drop_frame_list() {
    let written = CutFormat::Edl.write(&cut(Rate::NTSC, true)).unwrap();
    insta::assert_snapshot!("drop_frame", written.text.replace('\r', ""));
    // Frame 107957 is 01:00:02;05 (OTIO issue 476), and this source begins at one hour.
    assert!(written.text.contains("02:00:02;05"), "{}", written.text);
    assert!(written.text.contains("FCM: DROP FRAME"));
}

#[test]
fn every_rate_comes_back_frame_for_frame() {
    let rates = [
        (Rate::FILM_NTSC, false),
        (Rate::FILM, false),
        (Rate::PAL, false),
        (Rate::NTSC, false),
        (Rate::NTSC, true),
        (Rate::NTSC_DOUBLE, true),
    ];
    for (rate, drop_frame) in rates {
        let meant = cut(rate, drop_frame);
        for format in CutFormat::ALL {
            let written = format.write(&meant).unwrap();
            let read = format.read(&written.text, Rate::PAL).unwrap();
            assert_eq!(read.rate, rate, "{format:?}");
            assert_eq!(read.start, Some(meant.start()), "{format:?} {rate}");
            let came_back: Vec<_> = read.edits.iter().filter(|edit| edit.picture).collect();
            assert_eq!(came_back.len(), 3, "{format:?}");
            for (edit, placed) in came_back.iter().zip(meant.placed()) {
                assert_eq!(edit.source_in, placed.source_in(), "{format:?} {rate}");
                assert_eq!(edit.source_frames, placed.clip.range.len(), "{format:?} {rate}");
                assert_eq!(edit.record, placed.record, "{format:?} {rate}");
                assert_eq!(edit.note, placed.clip.note, "{format:?} {rate}");
            }
            assert_eq!(read.markers.len(), 1, "{format:?}");
            assert_eq!(
                (read.markers[0].at, read.markers[0].name.as_str()),
                (20, "Check focus"),
                "{format:?}"
            );
            assert!(!written.losses.iter().any(|loss| loss.contains("came back")));
        }
    }
}

#[test]
fn mixed_and_variable_rates_are_losses_in_words() {
    let mut phone = source(2, "phone.mp4", Timecode::zero(Rate::PAL));
    phone.vfr = true;
    let start = Timecode::zero(Rate::NTSC);
    let clips = vec![clip(1, 0, 30, ""), clip(2, 0, 25, "")];
    let cut = Cut::new("Mixed", start, vec![source(1, "A.mov", start), phone], clips).unwrap();
    let written = CutFormat::Edl.write(&cut).unwrap();
    assert_eq!(
        written.losses,
        [
            "phone.mp4 runs at 25 and the list at 29.97: its source timecode counts at its own rate, which only a comment says",
            "phone.mp4 has a variable frame rate: its timecode is nominal",
            "the reel of phone.mp4 is written as PHONE: eight characters are all it may have",
        ]
    );
    let read = CutFormat::Edl.read(&written.text, Rate::NTSC).unwrap();
    assert_eq!(read.edits[1].source_in.rate(), Rate::PAL);
    assert_eq!(read.edits[1].source_frames, 25);
    assert_eq!(read.edits[1].record, FrameRange::new(30, 60));
}

#[test]
fn hostile_names_make_no_events() {
    let start = Timecode::zero(Rate::PAL);
    let evil =
        "x\r\n999  EVIL     V     C        00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\u{2028}* LOC: y";
    let mut source = source(1, "A.mov", start);
    source.name = evil.to_owned();
    let mut bad = clip(1, 0, 10, evil);
    bad.note = evil.to_owned();
    let cut = Cut::new(evil, start, vec![source], vec![bad])
        .unwrap()
        .with_markers(vec![Marker {
            at: 1,
            frames: 1,
            name: evil.to_owned(),
            note: String::new(),
        }]);
    for format in CutFormat::ALL {
        let written = format.write(&cut).unwrap();
        let read = format.read(&written.text, Rate::PAL).unwrap();
        assert_eq!(
            read.edits.iter().filter(|edit| edit.picture).count(),
            1,
            "{format:?}: {}",
            written.text
        );
        assert_eq!(read.markers.len(), 1, "{format:?}");
    }
}

#[test]
fn midnight_is_passed() {
    let late = Timecode::from_fields(23, 59, 59, 0, Rate::PAL, false).unwrap();
    let cut = Cut::new(
        "Late",
        late,
        vec![source(1, "A.mov", late)],
        vec![clip(1, 10, 60, "")],
    )
    .unwrap();
    let written = CutFormat::Edl.write(&cut).unwrap();
    assert!(
        written
            .text
            .contains("23:59:59:10 00:00:01:10 23:59:59:00 00:00:01:00"),
        "{}",
        written.text
    );
    assert!(
        !written.losses.iter().any(|loss| loss.contains("came back")),
        "{:?}",
        written.losses
    );
}

#[test]
fn what_is_no_list_says_where() {
    let read = |text| CutFormat::Edl.read(text, Rate::PAL);
    assert!(matches!(read(""), Err(ReadError::Nothing(_))));
    assert!(matches!(
        read("TITLE: x\n001  A V C 00:00:00:00"),
        Err(ReadError::Line { line: 2, .. })
    ));
    let too_many_frames = "001  A V C 00:00:00:25 00:00:01:00 00:00:00:00 00:00:00:01";
    assert!(matches!(
        read(too_many_frames),
        Err(ReadError::Line { line: 1, .. })
    ));
}

#[test]
fn a_marker_keeps_its_length_where_the_format_has_one() {
    let meant = cut(Rate::PAL, false).with_markers(vec![Marker {
        at: 20,
        frames: 5,
        name: "Too dark".to_owned(),
        note: "ask grading".to_owned(),
    }]);
    for format in CutFormat::ALL {
        let written = format.write(&meant).unwrap();
        let read = format.read(&written.text, Rate::PAL).unwrap();
        let kept = if format == CutFormat::Edl { 1 } else { 5 };
        assert_eq!(
            (read.markers[0].at, read.markers[0].frames),
            (20, kept),
            "{format:?}"
        );
        let said = written
            .losses
            .iter()
            .filter(|loss| loss.contains("marker Too dark"));
        assert_eq!(
            said.count(),
            if format == CutFormat::Edl { 2 } else { 0 },
            "{format:?}"
        );
        assert!(
            !written.losses.iter().any(|loss| loss.contains("came back")),
            "{:?}",
            written.losses
        );
    }
}
