//! The viewer's colours against the same conversion in 64-bit floats.

use stage::{
    ChromaLayout, Matrix, OffscreenPresenter, Presenter, Theme, Transfer, Turn, Typefaces, ViewerRenderer,
    ViewerScene, YuvPicture,
};

use crate::{easel, gpu, scenes};

const SIZE: (u32, u32) = (96, 54);

fn code(picture: &YuvPicture, plane: usize, x: i64, y: i64) -> f64 {
    let (w, h) = picture.plane_size(plane);
    let (x, y) = (
        x.clamp(0, i64::from(w) - 1) as usize,
        y.clamp(0, i64::from(h) - 1) as usize,
    );
    let data = &picture.planes[plane];
    if picture.bits == 8 {
        f64::from(data.bytes[y * data.stride_bytes as usize + x])
    } else {
        let at = y * data.stride_bytes as usize + x * 2;
        f64::from(u16::from_le_bytes([data.bytes[at], data.bytes[at + 1]]))
    }
}

/// A plane between its samples, `x` and `y` in its own samples with the first at 0.
fn between(picture: &YuvPicture, plane: usize, x: f64, y: f64) -> f64 {
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let at = |dx: i64, dy: i64| code(picture, plane, x0 as i64 + dx, y0 as i64 + dy);
    let top = at(0, 0) * (1.0 - fx) + at(1, 0) * fx;
    let bottom = at(0, 1) * (1.0 - fx) + at(1, 1) * fx;
    top * (1.0 - fy) + bottom * fy
}

/// What the screen must show at a luma sample, 0 to 255: straight from the standards' formulas, sharing no code with the stage.
fn reference(picture: &YuvPicture, x: u32, y: u32) -> [f64; 3] {
    let (kr, kb) = match picture.matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
        Matrix::Smpte240m => (0.212, 0.087),
        Matrix::Bt2020 => (0.2627, 0.0593),
    };
    let site = picture.look.chroma_halves;
    let halved = |at: u32, halves: u8| (f64::from(at) - f64::from(halves) / 2.0) / 2.0;
    let (cx, cy) = match picture.layout {
        ChromaLayout::Yuv420 => (halved(x, site.0), halved(y, site.1)),
        ChromaLayout::Yuv422 => (halved(x, site.0), f64::from(y)),
        ChromaLayout::Yuv444 => (f64::from(x), f64::from(y)),
    };
    let unit = f64::from(1u32 << (picture.bits - 8));
    let most = 256.0 * unit - 1.0;
    let luma = code(picture, 0, i64::from(x), i64::from(y));
    let (cb, cr) = (
        between(picture, 1, cx, cy) - 128.0 * unit,
        between(picture, 2, cx, cy) - 128.0 * unit,
    );
    let (luma, cb, cr) = if picture.full_range {
        (luma / most, cb / most, cr / most)
    } else {
        (
            (luma - 16.0 * unit) / (219.0 * unit),
            cb / (224.0 * unit),
            cr / (224.0 * unit),
        )
    };
    let red = luma + 2.0 * (1.0 - kr) * cr;
    let blue = luma + 2.0 * (1.0 - kb) * cb;
    let green = (luma - kr * red - kb * blue) / (1.0 - kr - kb);
    let signal = [red, green, blue].map(|v| v.clamp(0.0, 1.0));
    match picture.look.transfer {
        Transfer::Sdr => signal,
        Transfer::Pq => on_sdr(signal.map(pq_nits), picture.look.wide_primaries),
        Transfer::Hlg => on_sdr(signal.map(hlg_nits), picture.look.wide_primaries),
    }
    .map(|v| v * 255.0)
}

/// SMPTE ST 2084, in cd/m², its constants as the fractions the standard gives.
fn pq_nits(signal: f64) -> f64 {
    let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
    let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
    let power = signal.powf(1.0 / m2);
    10_000.0 * ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1)
}

/// ARIB STD-B67 on a display of 1000 cd/m², each component by itself.
fn hlg_nits(signal: f64) -> f64 {
    let a: f64 = 0.178_832_77;
    let (b, c) = (1.0 - 4.0 * a, 0.5 - a * (4.0 * a).ln());
    let scene: f64 = if signal <= 0.5 {
        signal.powi(2) / 3.0
    } else {
        (((signal - c) / a).exp() + b) / 12.0
    };
    1000.0 * scene.powf(1.2)
}

/// The rule that is stated for HDR: 203 cd/m² is white, light above 70 % of it is rolled off by one factor for all three.
fn on_sdr(nits: [f64; 3], wide_primaries: bool) -> [f64; 3] {
    let [r, g, b] = nits.map(|v| v / 203.0);
    let [r, g, b] = if wide_primaries {
        // ITU-R BT.2087, the inverse of its conversion.
        [
            1.6605 * r - 0.5876 * g - 0.0728 * b,
            -0.1246 * r + 1.1329 * g - 0.0083 * b,
            -0.0182 * r - 0.1006 * g + 1.1187 * b,
        ]
    } else {
        [r, g, b]
    };
    let most = r.max(g).max(b).max(1e-9);
    let rolled = if most <= 0.7 {
        most
    } else {
        1.0 - 0.3 * (-(most - 0.7) / 0.3).exp()
    };
    [r, g, b].map(|v| (v * rolled / most).clamp(0.0, 1.0).powf(1.0 / 2.4))
}

/// The furthest that any component lies from its reference, 0 to 255.
fn furthest(picture: &YuvPicture, rgba: &[u8]) -> f64 {
    let each = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (x, y)));
    each.flat_map(|(x, y)| {
        let at = ((y * picture.width + x) * 4) as usize;
        let wanted = reference(picture, x, y);
        [0, 1, 2].map(|n| (f64::from(rgba[at + n]) - wanted[n]).abs())
    })
    .fold(0.0, f64::max)
}

fn psnr(picture: &YuvPicture, rgba: &[u8]) -> f64 {
    let mut squares = 0.0;
    for y in 0..picture.height {
        for x in 0..picture.width {
            let at = ((y * picture.width + x) * 4) as usize;
            for (drawn, wanted) in rgba[at..at + 3].iter().zip(reference(picture, x, y)) {
                squares += (f64::from(*drawn) - wanted).powi(2);
            }
        }
    }
    let mean = squares / f64::from(picture.width * picture.height * 3);
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}

#[test]
fn every_layout_matrix_and_range_is_above_45_db() {
    let Some(gpu) = gpu() else { return };
    let mut presenter = OffscreenPresenter::new(&gpu, SIZE.0, SIZE.1).expect("a target");
    let mut viewer = ViewerRenderer::new(&gpu, presenter.format(), Typefaces::Bundled);
    for layout in [ChromaLayout::Yuv420, ChromaLayout::Yuv422, ChromaLayout::Yuv444] {
        for (bits, full_range) in [8, 10, 12]
            .into_iter()
            .flat_map(|bits| [(bits, false), (bits, true)])
        {
            for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Smpte240m, Matrix::Bt2020] {
                let picture = scenes::ramps(SIZE, layout, bits, matrix, full_range);
                let scene = ViewerScene::default();
                viewer.set_picture(&gpu, &picture).expect("taken");
                presenter
                    .present(&gpu, &mut |t| viewer.draw(&gpu, t, &scene, 1.0))
                    .expect("drawn");
                let db = psnr(&picture, &presenter.picture(&gpu).expect("read back").rgba);
                assert!(
                    db > 45.0,
                    "{layout:?} {bits} bits {matrix:?} full {full_range}: {db:.1} dB"
                );
            }
        }
    }
}

#[test]
fn chroma_lies_where_the_picture_says() {
    let Some(mut easel) = easel() else { return };
    for layout in [ChromaLayout::Yuv420, ChromaLayout::Yuv422] {
        for chroma_halves in [(0, 1), (1, 1), (0, 0), (1, 0), (0, 2)] {
            let mut picture = scenes::ramps(SIZE, layout, 10, Matrix::Bt709, false);
            // Steep in both directions, so that half a sample shows.
            picture.planes[1].bytes = waves(&picture, 1).into();
            picture.look.chroma_halves = chroma_halves;
            let drawn = easel
                .viewer(Some(&picture), &ViewerScene::default(), SIZE, 1.0)
                .expect("a picture")
                .rgba;
            let db = psnr(&picture, &drawn);
            assert!(db > 45.0, "{layout:?} {chroma_halves:?}: {db:.1} dB");
            picture.look.chroma_halves.0 ^= 1;
            assert!(psnr(&picture, &drawn) < 42.0, "the reference can tell a place");
        }
    }
}

/// HDR is within this many codes of 255 of its reference, everywhere.
const HDR_CODES: f64 = 1.5;

#[test]
fn hdr_comes_down_to_sdr_by_the_stated_rule() {
    let Some(mut easel) = easel() else { return };
    for transfer in [Transfer::Pq, Transfer::Hlg] {
        for wide_primaries in [false, true] {
            let mut picture = scenes::ramps(SIZE, ChromaLayout::Yuv444, 10, Matrix::Bt2020, false);
            picture.look.transfer = transfer;
            picture.look.wide_primaries = wide_primaries;
            let drawn = easel
                .viewer(Some(&picture), &ViewerScene::default(), SIZE, 1.0)
                .expect("a picture")
                .rgba;
            let far = furthest(&picture, &drawn);
            assert!(
                far <= HDR_CODES,
                "{transfer:?} wide {wide_primaries}: {far:.2} codes"
            );
            picture.look.transfer = Transfer::Sdr;
            assert!(furthest(&picture, &drawn) > 20.0, "the rule does something");
        }
    }
}

#[test]
fn turned_mirrored_and_oblong_pictures_stand_upright() {
    let Some(mut easel) = easel() else { return };
    let upright = scenes::ramps((96, 96), ChromaLayout::Yuv444, 8, Matrix::Bt709, false);
    let mut shot = |picture: &YuvPicture, size| {
        easel
            .viewer(Some(picture), &ViewerScene::default(), size, 1.0)
            .expect("a picture")
            .rgba
    };
    let wanted = shot(&upright, (96, 96));
    for quarters in 0..4 {
        for mirrored in [false, true] {
            let mut lying = upright.clone();
            lying.look.turn = Turn { quarters, mirrored };
            for plane in &mut lying.planes {
                plane.bytes = laid_down(&plane.bytes, 96, lying.look.turn).into();
            }
            assert_eq!(
                shot(&lying, (96, 96)),
                wanted,
                "{quarters} quarters, mirrored {mirrored}"
            );
        }
    }
    // Twice as wide as its samples say, and then lying on its side.
    let mut oblong = scenes::ramps((48, 96), ChromaLayout::Yuv444, 8, Matrix::Bt709, false);
    oblong.sample_aspect = (2, 1);
    assert!((oblong.display_aspect() - 1.0).abs() < 1e-9);
    oblong.look.turn.quarters = 1;
    oblong.sample_aspect = (1, 1);
    assert!((oblong.display_aspect() - 2.0).abs() < 1e-9);
}

/// A square plane as it must lie in a file, so that turning it makes it this one.
fn laid_down(upright: &[u8], side: usize, turn: Turn) -> Vec<u8> {
    let mut lying = vec![0; upright.len()];
    let last = side - 1;
    for (y, row) in upright.chunks(side).enumerate() {
        for (x, code) in row.iter().enumerate() {
            // The turn is clockwise: undone, it is anticlockwise.
            let (u, v) = (0..turn.quarters).fold((x, y), |(x, y), _quarter| (y, last - x));
            lying[v * side + if turn.mirrored { last - u } else { u }] = *code;
        }
    }
    lying
}

#[test]
fn the_reference_can_tell_a_wrong_matrix_range_or_siting() {
    let Some(mut easel) = easel() else { return };
    let right = scenes::ramps(SIZE, ChromaLayout::Yuv420, 8, Matrix::Bt709, false);
    let mut drawn = |picture: &YuvPicture| {
        easel
            .viewer(Some(picture), &ViewerScene::default(), SIZE, 1.0)
            .expect("a picture")
            .rgba
    };
    let wrong_matrix = YuvPicture {
        matrix: Matrix::Bt601,
        ..right.clone()
    };
    assert!(psnr(&right, &drawn(&wrong_matrix)) < 40.0);
    let wrong_range = YuvPicture {
        full_range: true,
        ..right.clone()
    };
    assert!(psnr(&right, &drawn(&wrong_range)) < 40.0);
}

#[test]
fn the_last_picture_stays_when_the_next_is_refused() {
    let Some(gpu) = gpu() else { return };
    let good = scenes::ramps(SIZE, ChromaLayout::Yuv420, 8, Matrix::Bt709, false);
    let mut bad = good.clone();
    bad.planes[1].bytes = vec![0u8; 3].into();
    let mut presenter = OffscreenPresenter::new(&gpu, SIZE.0, SIZE.1).expect("a target");
    let mut viewer = ViewerRenderer::new(&gpu, presenter.format(), Typefaces::Bundled);
    let scene = ViewerScene {
        theme: Theme::Dark,
        ..ViewerScene::default()
    };
    let mut shot = |viewer: &mut ViewerRenderer| {
        presenter
            .present(&gpu, &mut |target| viewer.draw(&gpu, target, &scene, 1.0))
            .expect("drawn");
        presenter.picture(&gpu).expect("read back")
    };
    let well = shot(&mut viewer);
    viewer.set_picture(&gpu, &good).expect("taken");
    let first = shot(&mut viewer);
    assert!(viewer.set_picture(&gpu, &bad).is_err());
    let second = shot(&mut viewer);
    assert_ne!(first, well);
    assert_eq!(first, second);
}

/// A plane of 10-bit codes that goes up and down several times in each direction.
fn waves(picture: &YuvPicture, plane: usize) -> Vec<u8> {
    let (width, height) = picture.plane_size(plane);
    let code = |x: u32, y: u32| {
        let wave = (f64::from(x) / 3.0).sin() + (f64::from(y) / 4.0).cos();
        (512.0 + wave * 120.0).round() as u16
    };
    (0..height)
        .flat_map(|y| (0..width).map(move |x| code(x, y)))
        .flat_map(u16::to_le_bytes)
        .collect()
}
