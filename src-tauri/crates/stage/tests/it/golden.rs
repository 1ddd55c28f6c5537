//! Whole pictures against blessed ones. `BLESS=1 cargo test -p stage` writes them anew: look at them before committing.

use std::path::PathBuf;

use stage::{
    ChromaLayout, Ghost, Hand, ItemState, Matrix, Matte, Picture, SafeAreas, SceneComment, SceneMarker,
    SmallShield, Subtitle, Theme, TimelineCursor, TimelineParts, TimelineScene, Tip, ViewerBox, ViewerScene,
};

use crate::{easel, scenes};

/// A pixel differs when a channel is further off than this: drivers round coverage and text differently.
const CHANNEL_TOLERANCE: u8 = 24;
/// Share of differing pixels that is still the same picture, in thousandths.
const PIXELS_PER_MILLE: usize = 1;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.png"))
}

pub(crate) fn check(name: &str, drawn: &Picture) {
    let path = path(name);
    if std::env::var_os("BLESS").is_some_and(|v| v == "1") {
        std::fs::write(&path, drawn.to_png().expect("a PNG")).expect("golden picture written");
        println!("blessed {}", path.display());
        return;
    }
    let blessed = Picture::open(&path).expect("a blessed picture; BLESS=1 makes it");
    assert_eq!(
        (drawn.width, drawn.height),
        (blessed.width, blessed.height),
        "{name}"
    );
    let differs = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > CHANNEL_TOLERANCE);
    let pixels = drawn.rgba.chunks_exact(4).zip(blessed.rgba.chunks_exact(4));
    let different = pixels.filter(|&pair| differs(pair)).count();
    let allowed = drawn.rgba.len() / 4 * PIXELS_PER_MILLE / 1000;
    if different > allowed {
        let seen = std::env::temp_dir().join(format!("circletake-stage-{name}.png"));
        std::fs::write(&seen, drawn.to_png().expect("a PNG")).expect("picture written");
        panic!(
            "{name}: {different} pixels differ, {allowed} may; drawn: {}",
            seen.display()
        );
    }
}

fn timeline(name: &str, theme: Theme, scale: f64) {
    let Some(mut easel) = easel() else { return };
    let mut view = scenes::review_view(scale);
    (view.width_px, view.px_per_sec, view.theme) = (720.0, 9.8, theme);
    (view.mark_in_secs, view.mark_out_secs) = (Some(50.3), Some(60.7));
    let cursor = TimelineCursor {
        playhead: Some(scenes::secs(56.4)),
    };
    let drawn = easel
        .timeline(&scenes::review(), &view, &cursor)
        .expect("a picture");
    check(name, &drawn);
}

#[test]
fn small_pictures_are_covered_where_they_are_flagged() {
    let Some(mut easel) = easel() else { return };
    let mut view = scenes::review_view(1.0);
    (view.width_px, view.height_px, view.px_per_sec) = (720.0, 120.0, 9.8);
    let mut parts = scenes::review_parts();
    parts.lanes.clear();
    parts.flagged = vec![timebase::FlickRange::new(scenes::secs(16.0), scenes::secs(40.0))];
    let scene = TimelineScene::new(parts);
    let mut draw = |shield| {
        view.shield = shield;
        easel
            .timeline(&scene, &view, &TimelineCursor::default())
            .expect("a picture")
    };
    let (open, flagged, all) = (
        draw(SmallShield::Off),
        draw(SmallShield::Flagged),
        draw(SmallShield::All),
    );
    check("timeline-shielded", &flagged);
    let apart = |a: &Picture, b: &Picture| {
        a.rgba
            .iter()
            .zip(&b.rgba)
            .filter(|(a, b)| a.abs_diff(**b) > 30)
            .count()
    };
    assert!(apart(&open, &flagged) > 1000 && apart(&flagged, &all) > 1000);
}

#[test]
fn what_the_keyboard_stands_on_wears_a_ring() {
    let Some(mut easel) = easel() else { return };
    let mut view = scenes::review_view(1.0);
    (view.width_px, view.height_px, view.px_per_sec) = (420.0, 150.0, 9.8);
    // Only an out mark: the range begins with the film.
    view.mark_out_secs = Some(20.0);
    for (name, focus) in [("focus-item", "faces-1"), ("focus-ruler", stage::FOCUS_RULER)] {
        view.focus = Some(focus.to_owned());
        let drawn = easel.timeline(&scenes::review(), &view, &TimelineCursor::default());
        check(name, &drawn.expect("a picture"));
    }
}

/// The review with comments (one on a marker's frame, one settled, one that lasts, one at the edge) and markers: two moments next to each other, a range, one at the end of it, and one off the screen.
fn annotated() -> TimelineScene {
    let marker = |id: &str, from: f64, to: f64| SceneMarker {
        id: id.into(),
        start: scenes::secs(from),
        end: scenes::secs(to),
        label: id.into(),
    };
    let comment = |from: f64, to: f64, resolved: bool| SceneComment {
        id: String::new(),
        start: scenes::secs(from),
        end: scenes::secs(to),
        resolved,
    };
    TimelineScene::new(TimelineParts {
        markers: vec![
            marker("range", 10.0, 18.0),
            marker("a", 3.0, 3.04),
            marker("b", 3.04, 3.08),
            marker("end", 18.0, 18.04),
            marker("away", 50.0, 60.0),
        ],
        comments: vec![
            comment(3.0, 3.04, false),
            comment(7.0, 7.04, true),
            comment(12.0, 16.0, false),
            comment(0.0, 0.04, false),
        ],
        ..scenes::review_parts()
    })
}

#[test]
fn markers_and_comments_stand_in_the_ruler() {
    let Some(mut easel) = easel() else { return };
    let mut view = scenes::review_view(1.0);
    (view.width_px, view.height_px, view.px_per_sec) = (420.0, 60.0, 9.8);
    let drawn = easel.timeline(&annotated(), &view, &TimelineCursor::default());
    check("markers", &drawn.expect("a picture"));
}

#[test]
fn the_hand_shows_what_it_drags_and_what_it_snapped_to() {
    let Some(mut easel) = easel() else { return };
    for (name, scale, theme) in [("hand", 1.0, Theme::Dark), ("hand-2x", 2.0, Theme::Light)] {
        let mut view = scenes::review_view(scale);
        (view.width_px, view.height_px, view.px_per_sec, view.theme) = (520.0, 230.0, 9.8, theme);
        view.selected = Some("faces-1".into());
        view.selection = vec!["faces-0".into(), "faces-3".into(), "qc-0".into(), "away".into()];
        let row = |scene: &TimelineScene, id: &str| {
            let items = stage::layout(scene, &view).items;
            let found = items.into_iter().find(|item| item.proposal == id);
            found.map(|item| (item.y, item.height)).expect("it shows")
        };
        let scene = scenes::review();
        let (y, height) = row(&scene, "faces-1");
        view.hand = Some(Hand {
            ghosts: vec![Ghost {
                id: "faces-1".into(),
                start_secs: 12.0,
                end_secs: 20.8,
                y,
                height,
            }],
            snap_secs: Some(12.0),
            marquee: Some([300.0, 120.0, 90.0, 60.0]),
            tip: Some(Tip {
                x: 300.0,
                y: 96.0,
                lines: vec!["Jule".into(), "01:00:12:00 – 01:00:20:20  −4:10".into()],
            }),
        });
        let drawn = easel.timeline(&scene, &view, &TimelineCursor::default());
        check(name, &drawn.expect("a picture"));
    }
}

#[test]
fn what_does_not_fit_is_lower_before_it_scrolls() {
    let Some(mut easel) = easel() else { return };
    let mut view = scenes::review_view(1.0);
    (view.width_px, view.height_px, view.px_per_sec) = (520.0, 250.0, 9.8);
    let drawn = easel.timeline(&scenes::review(), &view, &TimelineCursor::default());
    check("timeline-low", &drawn.expect("a picture"));
}

#[test]
fn review_timeline() {
    timeline("timeline", Theme::Dark, 1.0);
}

#[test]
fn review_timeline_at_twice_the_scale() {
    timeline("timeline-2x", Theme::Dark, 2.0);
}

#[test]
fn review_timeline_light_and_contrast() {
    timeline("timeline-light", Theme::Light, 1.0);
    timeline("timeline-contrast", Theme::Contrast, 1.0);
}

#[test]
fn four_marks_close_up() {
    let Some(mut easel) = easel() else { return };
    for (name, scale) in [("marks", 1.0), ("marks-2x", 2.0)] {
        let mut view = scenes::review_view(scale);
        // From the end of a circled face to a conflicting cue, with a rejected and an open one between.
        (view.start_secs, view.px_per_sec, view.width_px, view.height_px) = (25.0, 24.0, 420.0, 200.0);
        view.selected = None;
        let scene = scenes::review();
        let drawn = easel.timeline(&scene, &view, &TimelineCursor::default());
        check(name, &drawn.expect("a picture"));
    }
}

#[test]
fn viewer_with_everything_over_the_picture() {
    let Some(mut easel) = easel() else { return };
    let found = |x: f32, label: &str, state: ItemState| ViewerBox {
        x,
        y: 0.3,
        width: 0.16,
        height: 0.35,
        label: label.to_owned(),
        state,
    };
    let over = ViewerScene {
        boxes: vec![
            found(0.06, "Marten 0.97", ItemState::Open),
            found(0.3, "Jule", ItemState::Circled),
            found(0.54, "Statue", ItemState::Rejected),
            found(0.78, "Marten", ItemState::Conflict),
        ],
        subtitles: vec![Subtitle::plain("(yawns)\nWho is there?")],
        timecode: Some("01:00:56:10".into()),
        name: Some("A001_C003 harbour.mov".into()),
        safe: SafeAreas {
            action: true,
            graphics: true,
        },
        ..ViewerScene::default()
    };
    let picture = scenes::ramps((320, 180), ChromaLayout::Yuv420, 8, Matrix::Bt709, false);
    for (name, scale) in [("viewer", 1.0), ("viewer-2x", 2.0)] {
        let size = ((480.0 * scale) as u32, (300.0 * scale) as u32);
        let drawn = easel.viewer(Some(&picture), &over, size, scale);
        check(name, &drawn.expect("a picture"));
    }
    for (name, width, height) in [("matte-wide", 239, 100), ("matte-upright", 9, 16)] {
        let framed = ViewerScene {
            matte: Some(Matte { width, height }),
            safe: over.safe,
            ..ViewerScene::default()
        };
        let drawn = easel.viewer(Some(&picture), &framed, (480, 300), 1.0);
        check(name, &drawn.expect("a picture"));
    }
}
