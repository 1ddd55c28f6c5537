//! What the processor puts together must look like what a device draws whole.

use stage::{
    ChromaLayout, CompareMode, Comparison, Matrix, PictureLook, PlaneData, Rows, SafeAreas, Shield,
    SoftStill, SoftTimeline, SoftViewer, StageError, Subtitle, TimelineCursor, Typefaces, ViewerBox,
    ViewerScene, YuvPicture,
};

use crate::{easel, gpu, scenes};

/// Share of differing pixels that is still the same picture, in thousandths: blending twice rounds twice.
const PIXELS_PER_MILLE: usize = 1;
const CHANNEL_TOLERANCE: u8 = 4;

fn assert_same(rows: &Rows, rgba: &[u8], words: &str) {
    let differs = |(have, want): (&[u8], &[u8])| {
        [(2, 0), (1, 1), (0, 2)]
            .iter()
            .any(|&(a, b)| have[a].abs_diff(want[b]) > CHANNEL_TOLERANCE)
    };
    let pixels = rows.bytes().chunks_exact(4).zip(rgba.chunks_exact(4));
    let different = pixels.filter(|&pair| differs(pair)).count();
    assert!(
        different <= rgba.len() / 4 * PIXELS_PER_MILLE / 1000,
        "{words}: {different} pixels differ"
    );
}

#[test]
fn a_playhead_that_is_moved_over_leaves_no_trace() {
    let (Some(gpu), Some(mut easel)) = (gpu(), easel()) else {
        return;
    };
    let scene = scenes::review();
    let mut view = scenes::review_view(1.0);
    (view.width_px, view.px_per_sec) = (720.0, 9.8);
    let mut soft = SoftTimeline::new(&gpu, Typefaces::Bundled).expect("a timeline");
    let cursor = |at: f64| TimelineCursor {
        playhead: Some(scenes::secs(at)),
    };
    let mut draw = |at: f64| {
        soft.draw(&gpu, view.size(), &scene, &view, &cursor(at))
            .expect("a timeline")
    };
    assert_eq!(draw(50.0).len(), 2, "all of it, and the playhead");
    while soft.is_loading() {
        soft.take_loaded(&gpu);
        std::thread::yield_now();
    }
    let mut draw = |at: f64| {
        soft.draw(&gpu, view.size(), &scene, &view, &cursor(at))
            .expect("a timeline")
    };
    draw(52.0);
    let parts = draw(56.4);
    assert_eq!(parts.len(), 2, "where it was and where it is");
    assert!(parts.iter().all(|part| part.width < 40), "{parts:?}");
    assert!(draw(56.4).is_empty(), "nothing moved");
    let whole = easel.timeline(&scene, &view, &cursor(56.4)).expect("a picture");
    assert_same(soft.rows(), &whole.rgba, "after two moves");
}

#[test]
fn what_lies_over_a_picture_comes_and_goes() {
    let (Some(gpu), Some(mut easel)) = (gpu(), easel()) else {
        return;
    };
    let size = (160, 100);
    let scene = ViewerScene {
        boxes: vec![ViewerBox {
            x: 0.2,
            y: 0.2,
            width: 0.4,
            height: 0.4,
            label: "Face 0.97".to_owned(),
            state: stage::ItemState::Circled,
        }],
        subtitles: vec![Subtitle::plain("Words")],
        safe: SafeAreas {
            action: true,
            graphics: false,
        },
        ..ViewerScene::default()
    };
    let (mut soft, mut rows) = (SoftViewer::new(Typefaces::Bundled), Rows::default());
    let mut paint = |rows: &mut [u8], stride: usize, (width, height): (u32, u32)| -> Result<(), StageError> {
        for (y, row) in (0..height).zip(rows.chunks_mut(stride)) {
            for (x, pixel) in (0..width).zip(row.chunks_exact_mut(4)) {
                pixel.copy_from_slice(&bgrx(x, y));
            }
        }
        Ok(())
    };
    // As large as they are shown, so that nothing is scaled: bars above and below, then at the sides.
    for picture in [coloured(160, 90), coloured(130, 100)] {
        for (words, scene) in [
            ("bare", ViewerScene::default()),
            ("covered", scene.clone()),
            ("bare again", ViewerScene::default()),
        ] {
            let aspect = picture.display_aspect();
            let picture_of = Some((aspect, &mut paint as &mut stage::Paint<'_>));
            soft.draw(&gpu, rows.canvas(size), picture_of, None, (&scene, 1.0))
                .expect("a picture");
            let whole = easel
                .viewer(Some(&picture), &scene, size, 1.0)
                .expect("a picture");
            assert_same(&rows, &whole.rgba, words);
        }
    }
}

#[test]
fn shielding_and_comparing_look_the_same_however_they_are_done() {
    let (Some(gpu), Some(mut easel)) = (gpu(), easel()) else {
        return;
    };
    let size = (320, 180);
    let paint = |invert: bool| {
        move |rows: &mut [u8], stride: usize, (width, height): (u32, u32)| -> Result<(), StageError> {
            for (y, row) in (0..height).zip(rows.chunks_mut(stride)) {
                for (x, pixel) in (0..width).zip(row.chunks_exact_mut(4)) {
                    pixel.copy_from_slice(&if invert {
                        bgrx(width - 1 - x, y)
                    } else {
                        bgrx(x, y)
                    });
                }
            }
            Ok(())
        }
    };
    let (mut soft, mut rows) = (SoftViewer::new(Typefaces::Bundled), Rows::default());
    let area = [0.25, 0.3, 0.3, 0.4];
    let compare = |mode: CompareMode, split: f32| {
        Some(Comparison {
            mode,
            split,
            label: "Still 00:00:01:00".to_owned(),
        })
    };
    let all = Some(Shield::default());
    let some = Some(Shield { areas: vec![area] });
    for (words, shield, comparison) in [
        ("whole", all.clone(), None),
        ("part", some.clone(), None),
        ("wipe", None, compare(CompareMode::Wipe, 0.3)),
        ("difference", None, compare(CompareMode::Difference, 0.0)),
        ("still", None, compare(CompareMode::Still, 0.0)),
        ("wipe under a shield", some, compare(CompareMode::Wipe, 0.3)),
        ("still of a hidden picture", all, compare(CompareMode::Still, 0.0)),
    ] {
        let scene = ViewerScene {
            shield,
            comparison,
            ..ViewerScene::default()
        };
        let (picture, still) = (coloured(320, 180), mirrored(320, 180));
        easel.set_still(Some(&still)).expect("a still");
        let whole = easel
            .viewer(Some(&picture), &scene, size, 1.0)
            .expect("a picture");
        easel.set_still(None).expect("no still");
        let (mut live, mut other) = (paint(false), paint(true));
        let still = scene.comparison.as_ref().map(|_| SoftStill {
            id: 1,
            aspect: still.display_aspect(),
            paint: &mut other,
        });
        soft.draw(
            &gpu,
            rows.canvas(size),
            Some((picture.display_aspect(), &mut live)),
            still,
            (&scene, 1.0),
        )
        .expect("a picture");
        assert_same(&rows, &whole.rgba, words);
    }
}

#[test]
fn side_by_side_shows_both_whole() {
    let Some(mut easel) = easel() else { return };
    let scene = ViewerScene {
        comparison: Some(Comparison {
            mode: CompareMode::SideBySide,
            split: 0.0,
            label: String::new(),
        }),
        ..ViewerScene::default()
    };
    let picture = coloured(160, 90);
    easel.set_still(Some(&picture)).expect("a still");
    let drawn = easel
        .viewer(Some(&picture), &scene, (324, 90), 1.0)
        .expect("a picture");
    easel.set_still(None).expect("no still");
    let row = |y: usize, from: usize| &drawn.rgba[(y * 324 + from) * 4..(y * 324 + from + 160) * 4];
    for y in [0, 45, 89] {
        assert_eq!(row(y, 0), row(y, 164), "row {y}");
    }
}

/// [`coloured`] with left and right exchanged.
fn mirrored(width: u32, height: u32) -> YuvPicture {
    let mut picture = coloured(width, height);
    let lumas = (0..height).flat_map(|y| (0..width).map(move |x| luma(width - 1 - x, y)));
    picture.planes[0].bytes = lumas.collect::<Vec<u8>>().into();
    picture
}

/// The luma code of a pixel: its neighbours' are so far from it that a picture put one pixel beside its place is another.
fn luma(x: u32, y: u32) -> u8 {
    u8::try_from((x * 9 + y * 31) % 150 + 50).expect("a code")
}

/// Blue and red difference codes of every pixel.
const CHROMA: (u8, u8) = (140, 118);

/// A pixel of [`coloured`] as a screen takes it, by BT.709 in video range.
fn bgrx(x: u32, y: u32) -> [u8; 4] {
    let luma = (f32::from(luma(x, y)) - 16.0) / 219.0;
    let (blue, red) = (
        (f32::from(CHROMA.0) - 128.0) / 224.0,
        (f32::from(CHROMA.1) - 128.0) / 224.0,
    );
    let code = |value: f32| (value * 255.0).round() as u8;
    [
        code(luma + 1.8556 * blue),
        code(luma - 0.1873 * blue - 0.4681 * red),
        code(luma + 1.5748 * red),
        255,
    ]
}

/// A picture that is nowhere the same as one pixel beside.
fn coloured(width: u32, height: u32) -> YuvPicture {
    let plane = |(w, h): (u32, u32), bytes: Vec<u8>| {
        assert_eq!(bytes.len(), (w * h) as usize);
        PlaneData {
            bytes: bytes.into(),
            stride_bytes: w,
        }
    };
    let chroma = ChromaLayout::Yuv420.chroma_size(width, height);
    let flat = |code: u8| plane(chroma, vec![code; (chroma.0 * chroma.1) as usize]);
    let lumas = (0..height).flat_map(|y| (0..width).map(move |x| luma(x, y)));
    YuvPicture {
        width,
        height,
        sample_aspect: (1, 1),
        layout: ChromaLayout::Yuv420,
        bits: 8,
        planes: [
            plane((width, height), lumas.collect()),
            flat(CHROMA.0),
            flat(CHROMA.1),
        ],
        matrix: Matrix::Bt709,
        full_range: false,
        look: PictureLook::default(),
    }
}
