//! The viewer's colours against the same conversion in 64-bit floats.

use stage::{
    ChromaLayout, Matrix, OffscreenPresenter, Presenter, Theme, Typefaces, ViewerRenderer, ViewerScene,
    YuvPicture,
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
        Matrix::Bt2020 => (0.2627, 0.0593),
    };
    let (cx, cy) = match picture.layout {
        // Left siting: chroma sample 0 lies on luma sample 0 across, and between lines 0 and 1 down.
        ChromaLayout::Yuv420 => (f64::from(x) / 2.0, (f64::from(y) - 0.5) / 2.0),
        ChromaLayout::Yuv422 => (f64::from(x) / 2.0, f64::from(y)),
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
    [red, green, blue].map(|v| v.clamp(0.0, 1.0) * 255.0)
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
        for (bits, full_range) in [(8, false), (10, false), (8, true), (10, true)] {
            for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
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
