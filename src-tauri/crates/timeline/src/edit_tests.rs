//! What editors rely on when they trim, whatever the cut.

use proptest::prelude::*;
use timebase::{FrameRange, Rate, Timecode};

use crate::tests::{asset, records, source};
use crate::{Clip, Cut, CutError, Edge, Marker};

const FRAMES: u64 = 400;

fn clip(byte: u8, start: u64, end: u64) -> Clip {
    Clip {
        asset: asset(byte),
        range: FrameRange::new(start, end),
        name: String::new(),
        note: String::new(),
        dissolve_frames: 0,
    }
}

fn marker(at: u64) -> Marker {
    Marker {
        at,
        frames: 1,
        name: at.to_string(),
        note: String::new(),
    }
}

fn cut(clips: Vec<Clip>) -> Cut {
    let sources = vec![source(1, Rate::PAL, FRAMES), source(2, Rate::PAL, FRAMES)];
    Cut::new("Cut", Timecode::zero(Rate::PAL), sources, clips).unwrap()
}

fn ranges(cut: &Cut) -> Vec<(u64, u64)> {
    cut.clips()
        .iter()
        .map(|clip| (clip.range.start, clip.range.end))
        .collect()
}

fn places(cut: &Cut) -> Vec<u64> {
    cut.markers().iter().map(|marker| marker.at).collect()
}

fn three() -> Cut {
    cut(vec![clip(1, 100, 110), clip(2, 50, 70), clip(1, 200, 205)])
        .with_markers([0, 9, 12, 29, 30].map(marker).to_vec())
}

#[test]
fn a_ripple_takes_what_follows_along() {
    let longer = three().ripple(1, Edge::End, 4).unwrap();
    assert_eq!(records(&longer), [(0, 10), (10, 34), (34, 39)]);
    assert_eq!(places(&longer), [0, 9, 12, 29, 34]);
    let from_the_start = three().ripple(1, Edge::Start, 5).unwrap();
    assert_eq!(ranges(&from_the_start), [(100, 110), (55, 70), (200, 205)]);
    assert_eq!(
        places(&from_the_start),
        [0, 9, 10, 24, 25],
        "frames keep their markers, those that went stand at the edge"
    );
    let shorter = three().ripple(1, Edge::End, -15).unwrap();
    assert_eq!(places(&shorter), [0, 9, 12, 14, 15]);
    assert!(matches!(
        three().ripple(1, Edge::End, -20),
        Err(CutError::OutsideSource { .. })
    ));
    assert!(matches!(
        three().ripple(1, Edge::Start, -51),
        Err(CutError::BeforeSource { .. })
    ));
    assert_eq!(
        three().ripple(7, Edge::End, 1),
        Err(CutError::NoClip { number: 8 })
    );
}

#[test]
fn roll_slip_and_slide_keep_the_rest() {
    let rolled = three().roll(0, -3).unwrap();
    assert_eq!(ranges(&rolled), [(100, 107), (47, 70), (200, 205)]);
    let slipped = three().slip(1, 10).unwrap();
    assert_eq!(
        (ranges(&slipped)[1], records(&slipped)),
        ((60, 80), records(&three()))
    );
    let slid = three().slide(1, 3).unwrap();
    assert_eq!(ranges(&slid), [(100, 113), (50, 70), (203, 205)]);
    assert_eq!(three().roll(2, 1), Err(CutError::NoClip { number: 4 }));
    assert_eq!(three().slide(0, 1), Err(CutError::NoClip { number: 0 }));
    assert!(
        three().slide(1, 5).is_err(),
        "the neighbour would have no frame left"
    );
    let order = three().reorder(0, 2).unwrap();
    assert_eq!(ranges(&order), [(50, 70), (200, 205), (100, 110)]);
}

#[test]
fn clips_of_another_rate_give_and_take_nothing() {
    let sources = vec![source(1, Rate::PAL, FRAMES), source(2, Rate::FILM, FRAMES)];
    let clips = vec![clip(1, 10, 20), clip(2, 10, 33)];
    let mixed = Cut::new("Cut", Timecode::zero(Rate::PAL), sources, clips).unwrap();
    assert_eq!(
        mixed.roll(0, 1),
        Err(CutError::OtherRate {
            number: 2,
            rate: Rate::FILM
        })
    );
    assert!(mixed.slip(1, 5).is_ok());
}

fn cuts() -> impl Strategy<Value = Cut> {
    let clips = prop::collection::vec((1u8..=2, 0u64..FRAMES - 60, 1u64..60), 2..7);
    let markers = prop::collection::vec(0u64..400, 0..6);
    (clips, markers).prop_map(|(clips, markers)| {
        let made = cut(clips
            .into_iter()
            .map(|(of, start, length)| clip(of, start, start + length))
            .collect());
        let last = made.duration() - 1;
        made.with_markers(markers.into_iter().map(|at| marker(at.min(last))).collect())
    })
}

proptest! {
    #[test]
    fn any_operation_keeps_what_it_promises(cut in cuts(), at in 0usize..6, by in -70i64..70) {
        let clip = at % cut.clips().len();
        let before = records(&cut);
        let still = |edited: &Cut, but: &[usize]| {
            let pairs = cut.clips().iter().zip(edited.clips()).enumerate();
            pairs.filter(|(n, _)| !but.contains(n)).all(|(_, (was, is))| was == is)
        };
        for edge in [Edge::Start, Edge::End] {
            let Ok(edited) = cut.ripple(clip, edge, by) else { continue };
            let grown = if edge == Edge::End { by } else { -by };
            let after = records(&edited);
            for (was, is) in before.iter().zip(&after).skip(clip + 1) {
                prop_assert_eq!((is.0 as i64 - was.0 as i64, is.1 as i64 - was.1 as i64), (grown, grown));
            }
            prop_assert_eq!(&after[..clip], &before[..clip]);
            prop_assert!(still(&edited, &[clip]));
            prop_assert_eq!(edited.markers().len(), cut.markers().len());
            prop_assert!(edited.markers().iter().all(|marker| marker.at < edited.duration()));
            let back = edited.ripple(clip, edge, -by).unwrap();
            prop_assert_eq!(records(&back), before.clone());
        }
        if let Ok(edited) = cut.roll(clip, by) {
            prop_assert_eq!(edited.duration(), cut.duration());
            prop_assert!(still(&edited, &[clip, clip + 1]));
            prop_assert_eq!(&records(&edited)[clip + 2..], &before[clip + 2..]);
            let undone = edited.roll(clip, -by).unwrap();
            prop_assert_eq!(&undone, &cut);
        }
        if let Ok(edited) = cut.slip(clip, by) {
            prop_assert_eq!(records(&edited), before.clone());
            prop_assert!(still(&edited, &[clip]));
            let undone = edited.slip(clip, -by).unwrap();
            prop_assert_eq!(&undone, &cut);
        }
        if let Ok(edited) = cut.slide(clip, by) {
            prop_assert_eq!(edited.duration(), cut.duration());
            prop_assert!(still(&edited, &[clip - 1, clip + 1]));
            prop_assert_eq!(records(&edited)[clip].0 as i64, before[clip].0 as i64 + by);
            let undone = edited.slide(clip, -by).unwrap();
            prop_assert_eq!(&undone, &cut);
        }
    }
}
