use ledger::AssetId;
use proptest::prelude::*;
use timebase::{Flicks, FrameRange, Rate, Timecode};

use crate::{Clip, Cut, CutError, MarkersLeft, Selection, Source, SourceMarker};

pub(crate) fn asset(byte: u8) -> AssetId {
    AssetId::from_hash(blake3_like(byte))
}

/// Asset ids are hashes; any 32 bytes will do here.
fn blake3_like(byte: u8) -> blake3::Hash {
    blake3::Hash::from_bytes([byte; 32])
}

pub(crate) fn source(byte: u8, rate: Rate, frame_count: u64) -> Source {
    Source {
        asset: asset(byte),
        name: format!("A{byte:03}.mov"),
        place: String::new(),
        start: Timecode::from_frames(86_400, rate, false).unwrap(),
        frame_count,
        vfr: false,
        width: 1920,
        height: 1080,
        audio_channels: 2,
        audio_rate: 48_000,
    }
}

fn select(byte: u8, start: u64, end: u64) -> Selection {
    Selection {
        asset: asset(byte),
        range: FrameRange::new(start, end),
        name: String::new(),
        note: String::new(),
    }
}

pub(crate) fn records(cut: &Cut) -> Vec<(u64, u64)> {
    cut.placed()
        .iter()
        .map(|placed| (placed.record.start, placed.record.end))
        .collect()
}

#[test]
fn selections_lie_frame_for_frame_in_source_order() {
    let start = Timecode::zero(Rate::FILM_NTSC);
    let sources = vec![source(1, Rate::FILM_NTSC, 500), source(2, Rate::FILM_NTSC, 500)];
    let chosen = [select(2, 0, 7), select(1, 300, 310), select(1, 20, 25)];
    let cut = Cut::assemble("Selects", start, sources, &chosen).unwrap();
    assert_eq!(records(&cut), [(0, 5), (5, 15), (15, 22)]);
    assert_eq!(cut.placed()[0].source_in().to_string(), "01:00:00:20");
    assert_eq!(cut.duration(), 22);
}

#[test]
fn sources_nothing_was_chosen_from_are_left_out() {
    let sources = vec![source(1, Rate::PAL, 500), source(2, Rate::PAL, 500)];
    let cut = Cut::assemble("Selects", Timecode::zero(Rate::PAL), sources, &[select(2, 0, 7)]).unwrap();
    assert_eq!(cut.sources().len(), 1);
    assert_eq!(cut.sources()[0].asset, asset(2));
}

#[test]
fn another_rate_lies_for_the_same_time() {
    // One second of 25 fps in a 29.97 cut is 29.97 frames: 30, 60, 90, and after ten of them 299.7 → 300.
    let chosen: Vec<Selection> = (0..10).map(|n| select(1, n * 25, n * 25 + 25)).collect();
    let cut = Cut::assemble(
        "Mixed",
        Timecode::zero(Rate::NTSC),
        vec![source(1, Rate::PAL, 500)],
        &chosen,
    )
    .unwrap();
    assert_eq!(cut.placed()[0].record, FrameRange::new(0, 30));
    assert_eq!(cut.duration(), 300);
}

#[test]
fn what_cannot_be_is_refused() {
    let start = Timecode::zero(Rate::PAL);
    assert_eq!(
        Cut::assemble("x", start, vec![source(1, Rate::PAL, 10)], &[]),
        Err(CutError::Empty)
    );
    let stranger = Cut::assemble("x", start, vec![source(1, Rate::PAL, 10)], &[select(2, 0, 1)]);
    assert_eq!(stranger, Err(CutError::UnknownSource(asset(2))));
    for (first, after) in [(0, 11), (5, 5), (7, 3)] {
        let outside = Cut::assemble(
            "x",
            start,
            vec![source(1, Rate::PAL, 10)],
            &[select(1, first, after)],
        );
        assert!(
            matches!(outside, Err(CutError::OutsideSource { .. })),
            "{first}..{after}: {outside:?}"
        );
    }
}

#[test]
fn a_dissolve_needs_picture_on_both_sides() {
    let clip = |start, end, dissolve_frames| Clip {
        asset: asset(1),
        range: FrameRange::new(start, end),
        name: String::new(),
        note: String::new(),
        dissolve_frames,
    };
    let cut = |clips| {
        Cut::new(
            "x",
            Timecode::zero(Rate::PAL),
            vec![source(1, Rate::PAL, 100)],
            clips,
        )
    };
    assert!(cut(vec![clip(0, 50, 0), clip(60, 90, 12)]).is_ok());
    assert_eq!(
        cut(vec![clip(0, 50, 12)]),
        Err(CutError::NoHandle {
            number: 1,
            frames: 12
        }),
        "nothing before it"
    );
    let no_handle = cut(vec![clip(0, 95, 0), clip(0, 90, 12)]);
    assert_eq!(
        no_handle,
        Err(CutError::NoHandle {
            number: 2,
            frames: 12
        }),
        "5 frames left"
    );
    let too_short = cut(vec![clip(0, 50, 0), clip(60, 70, 12)]);
    assert_eq!(
        too_short,
        Err(CutError::NoHandle {
            number: 2,
            frames: 12
        }),
        "shorter than its dissolve"
    );
}

const RATES: [Rate; 6] = [
    Rate::FILM_NTSC,
    Rate::FILM,
    Rate::PAL,
    Rate::NTSC,
    Rate::NTSC_DOUBLE,
    Rate::PAL,
];

proptest! {
    /// Clips touch, none is empty, and the whole never drifts from the time of its sources by more than rounding once plus
    /// one frame for every clip that was too short to see.
    #[test]
    fn record_time_is_whole_and_does_not_drift(
        cut_rate in 0usize..6,
        source_rate in 0usize..6,
        lengths in prop::collection::vec(4u64..400, 1..60),
    ) {
        let (cut_rate, source_rate) = (RATES[cut_rate], RATES[source_rate]);
        let mut at = 0;
        let mut chosen = Vec::new();
        for length in &lengths {
            chosen.push(select(1, at, at + length));
            at += length;
        }
        let cut = Cut::assemble("x", Timecode::zero(cut_rate), vec![source(1, source_rate, at)], &chosen).unwrap();
        let placed = cut.placed();
        prop_assert_eq!(placed.len(), lengths.len());
        let mut expected_start = 0;
        for clip in &placed {
            prop_assert_eq!(clip.record.start, expected_start);
            prop_assert!(!clip.record.is_empty());
            expected_start = clip.record.end;
        }
        let truth = Flicks::from_frame(i64::try_from(at).unwrap(), source_rate);
        let made = Flicks::from_frame(i64::try_from(cut.duration()).unwrap(), cut_rate);
        let frame = Flicks::from_frame(1, cut_rate);
        prop_assert!((truth.0 - made.0).abs() * 2 <= frame.0 + 1, "{} against {}", truth.0, made.0);
    }
}

#[test]
fn markers_lie_where_their_frames_are_seen() {
    let mark = |start, end| SourceMarker {
        asset: asset(1),
        range: FrameRange::new(start, end),
        name: format!("{start}"),
        note: String::new(),
    };
    let chosen = [select(1, 20, 30), select(1, 28, 40)];
    let cut = |rate: Rate| {
        let sources = vec![source(1, Rate::PAL, 500)];
        Cut::assemble("Marked", Timecode::zero(rate), sources, &chosen).unwrap()
    };
    let markers = [mark(5, 6), mark(22, 23), mark(29, 30), mark(38, 60)];
    let (marked, left) = cut(Rate::PAL).with_source_markers(&markers);
    let places: Vec<_> = marked.markers().iter().map(|m| (m.at, m.frames)).collect();
    assert_eq!(places, [(2, 1), (9, 1), (11, 1), (20, 2)]);
    assert_eq!(
        left,
        MarkersLeft {
            outside: 1,
            in_part: 1
        }
    );
    // Of another rate they lie at the same time.
    let (marked, _) = cut(Rate::new(50, 1).unwrap()).with_source_markers(&markers);
    let places: Vec<_> = marked.markers().iter().map(|m| (m.at, m.frames)).collect();
    assert_eq!(places, [(4, 2), (18, 2), (22, 2), (40, 4)]);
}
