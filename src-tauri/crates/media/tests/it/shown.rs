//! What the processor's way to the screen shows, against the same conversion in 64-bit floats, and pictures of two moments.

use media::{
    ChromaSite, FieldOrder, FrameIndex, FrameReader, Hardware, Matrix, PixelLayout, Plane, ScreenQuality,
    ScreenScaler, Transfer, Turn, VideoFrame,
};
use timebase::Rate;

const SIZE: (u32, u32) = (96, 64);

const LAYOUTS: [PixelLayout; 9] = [
    PixelLayout::Yuv420p,
    PixelLayout::Yuv422p,
    PixelLayout::Yuv444p,
    PixelLayout::Yuv420p10,
    PixelLayout::Yuv422p10,
    PixelLayout::Yuv444p10,
    PixelLayout::Yuv420p12,
    PixelLayout::Yuv422p12,
    PixelLayout::Yuv444p12,
];

/// What a plane holds at a place of the picture, in luma samples, as an 8-bit code: smooth, and nowhere the same.
fn code_at(plane: usize, x: f64, y: f64) -> f64 {
    match plane {
        0 => 120.0 + (x / 9.0).sin() * 45.0 + (y / 11.0).cos() * 35.0,
        1 => 128.0 + (x / 7.0).cos() * 24.0 + (y / 9.0).sin() * 12.0,
        _red => 128.0 + (y / 7.0).sin() * 24.0 - (x / 8.0).sin() * 14.0,
    }
}

fn frame(layout: PixelLayout, matrix: Matrix, full_range: bool, site: ChromaSite) -> VideoFrame {
    let unit = f64::from(layout.unit());
    let shift = layout.chroma_shift();
    let planes = [0, 1, 2].map(|plane| {
        let (width, height) = layout.plane_size(plane, SIZE.0, SIZE.1);
        let place = |at: u32, shift: u32, halves: u8| {
            if plane == 0 || shift == 0 {
                f64::from(at)
            } else {
                f64::from(at * 2) + f64::from(halves) / 2.0
            }
        };
        let codes = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let (x, y) = (
                    place(x, shift.0, site.across_halves),
                    place(y, shift.1, site.down_halves),
                );
                (code_at(plane, x, y) * unit).round() as u16
            });
        let data: Vec<u8> = if layout.sample_bytes() == 1 {
            codes.map(|code| code as u8).collect()
        } else {
            codes.flat_map(u16::to_le_bytes).collect()
        };
        Plane {
            data: data.into(),
            stride: width as usize * layout.sample_bytes(),
        }
    });
    VideoFrame {
        number: 0,
        width: SIZE.0,
        height: SIZE.1,
        layout,
        planes,
        matrix,
        full_range,
        transfer: Transfer::Sdr,
        wide_primaries: false,
        chroma_site: site,
        fields: FieldOrder::Progressive,
        turn: Turn::default(),
        sample_aspect: (1, 1),
        corrupt: false,
    }
}

/// The signal at a pixel, 0 to 1, straight from the standards' formulas.
fn signal_at(frame: &VideoFrame, x: u32, y: u32) -> [f64; 3] {
    let (kr, kb) = match frame.matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
        Matrix::Smpte240m => (0.212, 0.087),
        Matrix::Bt2020 => (0.2627, 0.0593),
    };
    let unit = f64::from(frame.layout.unit());
    // What was written, where a sample lies on every pixel.
    let written = |code: f64| {
        if frame.layout.chroma_shift() == (0, 0) {
            (code * unit).round() / unit
        } else {
            code
        }
    };
    let [luma, cb, cr] = [0, 1, 2].map(|plane| written(code_at(plane, f64::from(x), f64::from(y))));
    // More bits have a little more room above in full range.
    let most = 256.0 - 1.0 / unit;
    let (luma, cb, cr) = if frame.full_range {
        (luma / most, (cb - 128.0) / most, (cr - 128.0) / most)
    } else {
        ((luma - 16.0) / 219.0, (cb - 128.0) / 224.0, (cr - 128.0) / 224.0)
    };
    let red = luma + 2.0 * (1.0 - kr) * cr;
    let blue = luma + 2.0 * (1.0 - kb) * cb;
    let green = (luma - kr * red - kb * blue) / (1.0 - kr - kb);
    [red, green, blue].map(|v| v.clamp(0.0, 1.0))
}

/// Rows of a frame on a screen of its own size.
fn on_screen(frame: &VideoFrame, quality: ScreenQuality) -> Vec<u8> {
    let (width, height) = if frame.turn.swaps() {
        (SIZE.1, SIZE.0)
    } else {
        SIZE
    };
    let mut rows = vec![0; (width * height * 4) as usize];
    ScreenScaler::default()
        .to_bgrx(frame, quality, (width, height), &mut rows, width as usize * 4)
        .unwrap();
    rows
}

/// How far each component of each pixel is from what it should be, away from the edges, where filters have to guess.
fn errors(rows: &[u8], wanted: impl Fn(u32, u32) -> [f64; 3]) -> Vec<f64> {
    let inside = (4..SIZE.1 - 4).flat_map(|y| (4..SIZE.0 - 4).map(move |x| (x, y)));
    inside
        .flat_map(|(x, y)| {
            let at = ((y * SIZE.0 + x) * 4) as usize;
            let wanted = wanted(x, y);
            [0, 1, 2].map(|n| (f64::from(rows[at + 2 - n]) - wanted[n] * 255.0).abs())
        })
        .collect()
}

fn psnr(errors: &[f64]) -> f64 {
    let mean = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}

#[test]
fn the_processors_way_is_above_45_db_for_every_layout_matrix_range_and_chroma_place() {
    for layout in LAYOUTS {
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Smpte240m, Matrix::Bt2020] {
            for full_range in [false, true] {
                for site in [ChromaSite::LEFT, ChromaSite::CENTRE, ChromaSite::TOP_LEFT] {
                    let frame = frame(layout, matrix, full_range, site);
                    let rows = on_screen(&frame, ScreenQuality::Exact);
                    let db = psnr(&errors(&rows, |x, y| signal_at(&frame, x, y)));
                    assert!(
                        db > 45.0,
                        "{layout:?} {matrix:?} full {full_range} {site:?}: {db:.1} dB"
                    );
                }
            }
        }
    }
}

#[test]
fn a_wrong_chroma_place_would_be_seen() {
    let frame = frame(PixelLayout::Yuv420p10, Matrix::Bt709, false, ChromaSite::LEFT);
    let misplaced = VideoFrame {
        chroma_site: ChromaSite::CENTRE,
        ..frame.clone()
    };
    let db_of = |shown: &VideoFrame| {
        let rows = on_screen(shown, ScreenQuality::Exact);
        psnr(&errors(&rows, |x, y| signal_at(&frame, x, y)))
    };
    let (right, wrong) = (db_of(&frame), db_of(&misplaced));
    assert!(wrong < right - 5.0, "{wrong:.1} dB instead of {right:.1}");
}

/// SMPTE ST 2084 and ARIB STD-B67 as light, 1 for the white of an SDR screen.
fn light(transfer: Transfer, signal: f64) -> f64 {
    if transfer == Transfer::Pq {
        let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 32.0);
        let power = signal.powf(1.0 / m2);
        let ratio = (power - 3424.0 / 4096.0).max(0.0) / (2413.0 / 128.0 - 2392.0 / 128.0 * power);
        return 10_000.0 / 203.0 * ratio.powf(1.0 / m1);
    }
    let a: f64 = 0.178_832_77;
    let (b, c) = (1.0 - 4.0 * a, 0.5 - a * (4.0 * a).ln());
    let scene: f64 = if signal <= 0.5 {
        signal.powi(2) / 3.0
    } else {
        (((signal - c) / a).exp() + b) / 12.0
    };
    1000.0 / 203.0 * scene.powf(1.2)
}

/// HDR is within this many codes of 255 of its reference where that is no darker than [`HDR_DARK`]: below, what BT.709 has no
/// colour for is cut off, and the finest difference of light is many codes.
const HDR_CODES: f64 = 3.0;
const HDR_DARK: f64 = 32.0;

#[test]
fn the_processors_way_brings_hdr_down_by_the_stated_rule() {
    for transfer in [Transfer::Pq, Transfer::Hlg] {
        let frame = VideoFrame {
            transfer,
            wide_primaries: true,
            ..frame(PixelLayout::Yuv444p10, Matrix::Bt2020, false, ChromaSite::LEFT)
        };
        let wanted = |x: u32, y: u32| {
            let [r, g, b] = signal_at(&frame, x, y).map(|v| light(transfer, v));
            let bt709 = [
                1.6605 * r - 0.5876 * g - 0.0728 * b,
                -0.1246 * r + 1.1329 * g - 0.0083 * b,
                -0.0182 * r - 0.1006 * g + 1.1187 * b,
            ];
            let most = bt709.into_iter().fold(1e-9, f64::max);
            let rolled = if most <= 0.7 {
                most
            } else {
                1.0 - 0.3 * (-(most - 0.7) / 0.3).exp()
            };
            bt709.map(|v| (v * rolled / most).clamp(0.0, 1.0).powf(1.0 / 2.4))
        };
        for quality in [ScreenQuality::Exact, ScreenQuality::Fast] {
            let rows = on_screen(&frame, quality);
            let db = psnr(&errors(&rows, wanted));
            let bright = |x, y| {
                let wanted = wanted(x, y);
                // What is too dark to be told is taken to be right.
                let at = ((y * SIZE.0 + x) * 4) as usize;
                [0, 1, 2].map(|n| {
                    if wanted[n] * 255.0 < HDR_DARK {
                        f64::from(rows[at + 2 - n]) / 255.0
                    } else {
                        wanted[n]
                    }
                })
            };
            let far = errors(&rows, bright).into_iter().fold(0.0, f64::max);
            assert!(
                far <= HDR_CODES && db > 45.0,
                "{transfer:?} {quality:?}: {far:.2} codes, {db:.1} dB"
            );
        }
    }
}

#[test]
fn the_processors_way_stands_pictures_upright() {
    let plain = frame(PixelLayout::Yuv444p, Matrix::Bt709, false, ChromaSite::LEFT);
    let flat = on_screen(&plain, ScreenQuality::Exact);
    let pixel = |rows: &[u8], width: u32, x: u32, y: u32| {
        let at = ((y * width + x) * 4) as usize;
        [rows[at], rows[at + 1], rows[at + 2]]
    };
    let (right, bottom) = (SIZE.0 - 1, SIZE.1 - 1);
    // Where the first pixel of the first row goes, clockwise.
    for (quarters, mirrored, first) in [
        (0, false, (0, 0)),
        (1, false, (bottom, 0)),
        (2, false, (right, bottom)),
        (3, false, (0, right)),
        (0, true, (right, 0)),
        (1, true, (bottom, right)),
    ] {
        let turned = VideoFrame {
            turn: Turn { quarters, mirrored },
            ..plain.clone()
        };
        let rows = on_screen(&turned, ScreenQuality::Exact);
        let width = if turned.turn.swaps() { SIZE.1 } else { SIZE.0 };
        let words = format!("{quarters} quarters, mirrored {mirrored}");
        assert_eq!(
            pixel(&rows, width, first.0, first.1),
            pixel(&flat, SIZE.0, 0, 0),
            "{words}"
        );
        assert_ne!(rows == flat, quarters > 0 || mirrored, "{words}");
        let wide = f64::from(SIZE.0) / f64::from(SIZE.1);
        let aspect = if turned.turn.swaps() { wide.recip() } else { wide };
        assert!((turned.display_aspect() - aspect).abs() < 1e-9, "{words}");
    }
}

/// A bar on a slope of grey, `at` pixels from the left.
fn bar(x: i64, y: i64, at: i64) -> u8 {
    if (at..at + 12).contains(&x) {
        220
    } else {
        (40 + y) as u8
    }
}

/// Two fields that see the bar in two places, the first at `first`.
fn two_moments(first: i64, second: i64, order: FieldOrder) -> VideoFrame {
    let kept = if order == FieldOrder::TopFirst { 0 } else { 1 };
    let luma: Vec<u8> = (0..i64::from(SIZE.1))
        .flat_map(|y| {
            (0..i64::from(SIZE.0)).map(move |x| bar(x, y, if y % 2 == kept { first } else { second }))
        })
        .collect();
    let mut frame = frame(PixelLayout::Yuv420p, Matrix::Bt709, false, ChromaSite::LEFT);
    frame.planes[0].data = luma.into();
    frame.fields = order;
    frame
}

#[test]
fn two_moments_become_the_first_without_a_comb() {
    for order in [FieldOrder::TopFirst, FieldOrder::BottomFirst] {
        let shown = two_moments(20, 34, order).of_one_moment();
        assert_eq!(shown.fields, FieldOrder::Progressive);
        let plane = &shown.planes[0];
        for y in 0..i64::from(SIZE.1) {
            for x in 0..i64::from(SIZE.0) {
                let code = plane.data[y as usize * plane.stride + x as usize];
                assert!(code.abs_diff(bar(x, y, 20)) <= 2, "{order:?} at {x}, {y}: {code}");
            }
        }
    }
}

#[test]
fn what_rests_keeps_every_line_and_a_whole_picture_every_code() {
    let resting = two_moments(20, 20, FieldOrder::TopFirst);
    let shown = resting.clone().of_one_moment();
    assert_eq!(shown.planes[0].data, resting.planes[0].data);
    let whole = VideoFrame {
        fields: FieldOrder::Progressive,
        ..two_moments(20, 34, FieldOrder::TopFirst)
    };
    assert_eq!(whole.clone().of_one_moment().planes[0].data, whole.planes[0].data);
}

#[test]
fn a_still_that_lets_something_through_lies_over_black_in_proxy_and_original_alike() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("half.png");
    let pixels = (0..64 * 48).flat_map(|n| [240, 120, 40, if n % 64 < 32 { 128 } else { 255 }]);
    image::RgbaImage::from_raw(64, 48, pixels.collect())
        .unwrap()
        .save(&path)
        .unwrap();
    let out = dir.path().join("out");
    crate::support::ingest_to(&path, &out, 720).unwrap();
    let index = FrameIndex::load(&out.join(media::FRAMES_FILE)).unwrap();
    for file in [path, out.join(media::PROXY_FILE)] {
        let frame = FrameReader::open_to_show(&file, index.clone(), Hardware::Off)
            .unwrap()
            .frame(0)
            .unwrap();
        let rgb = frame.to_rgb8(64, 48).unwrap();
        let at = |x: usize| &rgb.data[(24 * 64 + x) * 3..][..3];
        for (have, want) in [(at(10), [120, 60, 20]), (at(54), [240, 120, 40])] {
            let near = have.iter().zip(want).all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 6);
            assert!(near, "{}: {have:?} {want:?}", file.display());
        }
    }
}

#[test]
fn fields_of_a_film_are_shown_as_one_moment_and_keep_their_number() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fields.mov");
    let mut spec = media::FilmSpec::new(crate::support::WIDTH, 192, Rate::PAL);
    spec.coding.interlaced = true;
    crate::support::film(&path, spec, 12, None);
    let out = dir.path().join("out");
    crate::support::ingest_to(&path, &out, 720).unwrap();
    let index = FrameIndex::load(&out.join(media::FRAMES_FILE)).unwrap();
    let mut raw = FrameReader::open(&path, index.clone()).unwrap();
    let mut shown = FrameReader::open_to_show(&path, index, Hardware::Auto).unwrap();
    for n in [7, 3, 11, 0] {
        assert_eq!(raw.frame(n).unwrap().fields, FieldOrder::TopFirst);
        assert_eq!(crate::support::number_at(&mut shown, n), n);
        assert_eq!(shown.frame(n).unwrap().fields, FieldOrder::Progressive);
    }
}
