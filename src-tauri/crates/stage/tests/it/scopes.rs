//! Scopes of colour bars, as the page is given them, and beside the picture by both ways of drawing.

use stage::{
    ChromaLayout, Matrix, PictureLook, PlaneData, Rows, ScopeSet, Signal, SoftViewer, Trace, Typefaces,
    ViewerScene, YuvPicture, scopes_room,
};

use crate::{easel, golden::check, gpu};

/// 75 % bars of SMPTE RP 219 at 10 bits, from white to blue.
const BARS: [[u16; 3]; 7] = [
    [721, 512, 512],
    [674, 176, 543],
    [581, 589, 176],
    [534, 253, 207],
    [251, 771, 817],
    [204, 435, 848],
    [111, 848, 481],
];

/// Bars over a ramp from black to white.
fn bars() -> YuvPicture {
    let (width, height) = (700_u32, 400_u32);
    let code = |plane: usize, x: u32, y: u32| {
        if y < height * 2 / 3 {
            BARS[(x / 100) as usize][plane]
        } else if plane == 0 {
            64 + (x * 876 / (width - 1)) as u16
        } else {
            512
        }
    };
    let plane = |plane: usize| {
        let row = |y: u32| (0..width).flat_map(move |x| code(plane, x, y).to_le_bytes());
        PlaneData {
            bytes: (0..height).flat_map(row).collect::<Vec<u8>>().into(),
            stride_bytes: width * 2,
        }
    };
    YuvPicture {
        width,
        height,
        sample_aspect: (1, 1),
        layout: ChromaLayout::Yuv444,
        bits: 10,
        planes: [plane(0), plane(1), plane(2)],
        matrix: Matrix::Bt709,
        full_range: false,
        look: PictureLook::default(),
    }
}

#[test]
fn scopes_of_bars() {
    let Some(mut easel) = easel() else { return };
    for (name, set, size) in [
        ("scope-waveform", ScopeSet::Waveform, (480, 300)),
        ("scope-parade", ScopeSet::Parade, (480, 300)),
        ("scope-vectorscope", ScopeSet::Vectorscope, (360, 360)),
        ("scope-all", ScopeSet::All, (300, 720)),
    ] {
        check(name, &easel.scopes(&bars(), set, size, 1.0).expect("scopes"));
    }
}

#[test]
fn both_ways_of_drawing_show_the_same_scopes_beside_the_picture() {
    let (Some(mut easel), Some(gpu)) = (easel(), gpu()) else {
        return;
    };
    let (size, set, picture) = ((640, 300), ScopeSet::Waveform, bars());
    let scene = ViewerScene {
        scopes: set,
        signal: Signal::of(&picture),
        ..ViewerScene::default()
    };
    let room = scopes_room(size, set).expect("room");
    let card = easel
        .viewer(Some(&picture), &scene, size, 1.0)
        .expect("a picture");
    let (mut soft, mut rows) = (SoftViewer::new(Typefaces::Bundled), Rows::default());
    soft.set_trace(Trace::of(&picture, set, room));
    soft.draw(&gpu, rows.canvas(size), None, None, (&scene, 1.0))
        .expect("a picture");
    let left = (size.0 - room.0) as usize;
    let mut lit = 0_usize;
    let mut off = 0_usize;
    for y in 0..size.1 as usize {
        for x in left..size.0 as usize {
            let at = (y * size.0 as usize + x) * 4;
            let (a, b) = (&card.rgba[at..at + 3], &rows.bytes()[at..at + 3]);
            lit += usize::from(a[1] > 60);
            off += usize::from((0..3).any(|channel| a[channel].abs_diff(b[2 - channel]) > 24));
        }
    }
    assert!(lit > 1000, "only {lit} pixels are lit");
    assert!(
        off * 1000 <= room.0 as usize * size.1 as usize,
        "{off} pixels differ"
    );
}
