use super::*;
use crate::yuv::{ChromaLayout, PictureLook, PlaneData, Turn};

/// 75 % bars of SMPTE RP 219, 10 bits: name, Y, Cb, Cr.
const RP_219: [(&str, [u16; 3]); 7] = [
    ("W", [721, 512, 512]),
    ("Yl", [674, 176, 543]),
    ("Cy", [581, 589, 176]),
    ("G", [534, 253, 207]),
    ("Mg", [251, 771, 817]),
    ("R", [204, 435, 848]),
    ("B", [111, 848, 481]),
];

fn bars() -> YuvPicture {
    let (width, height) = (70u32, 20u32);
    let plane = |at: usize| {
        let code = |x: u32| RP_219[(x / 10) as usize].1[at].to_le_bytes();
        let bytes: Vec<u8> = (0..height).flat_map(|_| (0..width).flat_map(code)).collect();
        PlaneData {
            bytes: bytes.into(),
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

fn is_lit(trace: &Trace, x: f32, y: f32) -> bool {
    let at = (y as usize * trace.size.0 as usize + x as usize) * 4;
    trace.rgba[at..at + 3] != GROUND[..3]
}

#[test]
fn bars_stand_on_the_vectorscopes_targets_and_nowhere_else() {
    let size = (400, 400);
    let trace = Trace::of(&bars(), ScopeSet::Vectorscope, size);
    let pane = panes(ScopeSet::Vectorscope, [0.0, 0.0, 400.0, 400.0])[0].1;
    let mut targets: Vec<(f32, f32)> = BARS
        .iter()
        .map(|(_, colour)| vector_at(difference(Matrix::Bt709, colour.map(|v| v * 0.75)), pane))
        .collect();
    targets.push(vector_at((0.0, 0.0), pane));
    // White and grey stand in the middle.
    let near =
        |(x, y): (f32, f32), (left, top): (f32, f32)| (x - left).abs() <= 2.0 && (y - top).abs() <= 2.0;
    let lit: Vec<(f32, f32)> = (0..400)
        .flat_map(|y| (0..400).map(move |x| (x as f32, y as f32)))
        .filter(|(x, y)| is_lit(&trace, *x, *y))
        .collect();
    for target in &targets {
        assert!(lit.iter().any(|at| near(*at, *target)), "nothing at {target:?}");
    }
    for at in &lit {
        assert!(
            targets.iter().any(|target| near(*at, *target)),
            "something at {at:?}"
        );
    }
    // The directions of RP 219's bars on any BT.709 vectorscope.
    let (blue, red) = difference(Matrix::Bt709, [0.75, 0.0, 0.0]);
    assert!(
        (red.atan2(blue).to_degrees() - 102.9).abs() < 0.2,
        "{}",
        red.atan2(blue).to_degrees()
    );
}

#[test]
fn bars_stand_at_their_levels() {
    let size = (280, 300);
    let waveform = Trace::of(&bars(), ScopeSet::Waveform, size);
    let parade = Trace::of(&bars(), ScopeSet::Parade, size);
    let pane = panes(ScopeSet::Waveform, [0.0, 0.0, 280.0, 300.0])[0].1;
    let [left, _, wide, _] = pane;
    let lit_near = |trace: &Trace, x: f32, level: f32| {
        let y = level_y(level, pane);
        (-2..=2).any(|off| is_lit(trace, x, y + off as f32))
    };
    for (at, (name, [luma, ..])) in RP_219.iter().enumerate() {
        let x = left + (at as f32 + 0.55) * wide / 7.0;
        // Some pixels lie between two measured columns.
        let near = (-3..=3).any(|off| lit_near(&waveform, x + off as f32, (f32::from(*luma) - 64.0) / 876.0));
        assert!(near, "luma of {name}");
        let colour = BARS
            .iter()
            .find(|(bar, _)| bar == name)
            .map_or([1.0; 3], |(_, colour)| *colour);
        for (channel, value) in colour.into_iter().enumerate() {
            let share = (at as f32 + 0.55) / 7.0;
            let x = left + (channel as f32 + 0.02 + share * 0.96) * wide / 3.0;
            let near = (-3..=3).any(|off| lit_near(&parade, x + off as f32, value * 0.75));
            assert!(near, "channel {channel} of {name}");
        }
    }
}

/// One field of a colour: its codes, bits, matrix and range.
fn field(codes: [u16; 3], bits: u8, signal: Signal) -> YuvPicture {
    let plane = |at: usize| {
        let code = codes[at].to_le_bytes();
        let bytes = code[..if bits > 8 { 2 } else { 1 }].repeat(16);
        PlaneData {
            stride_bytes: bytes.len() as u32 / 4,
            bytes: bytes.into(),
        }
    };
    YuvPicture {
        width: 4,
        height: 4,
        bits,
        planes: [plane(0), plane(1), plane(2)],
        matrix: signal.matrix,
        full_range: signal.full_range,
        ..bars()
    }
}

#[test]
fn every_matrix_and_range_has_its_own_targets_and_levels() {
    let signal = |matrix, full_range| Signal { matrix, full_range };
    let size = (400.0, 400.0);
    let whole = [0.0, 0.0, size.0, size.1];
    // 75 % bars as the standards print them (BT.801 for BT.601 at 8 bits, JFIF for its full range), and BT.2020's by its weights.
    for (signal, bits, bar, codes) in [
        (signal(Matrix::Bt601, false), 8, "R", [65, 100, 212]),
        (signal(Matrix::Bt601, false), 8, "Cy", [131, 156, 44]),
        (signal(Matrix::Bt601, false), 8, "Yl", [162, 44, 142]),
        (signal(Matrix::Bt601, true), 8, "R", [57, 96, 224]),
        (signal(Matrix::Bt601, true), 8, "B", [22, 224, 112]),
        (signal(Matrix::Bt2020, false), 10, "R", [237, 418, 848]),
        (signal(Matrix::Bt2020, false), 10, "B", [103, 848, 485]),
    ] {
        let picture = field(codes, bits, signal);
        let (_, colour) = BARS.iter().find(|(name, _)| *name == bar).unwrap();
        let colour = colour.map(|v| v * 0.75);
        let trace = Trace::of(&picture, ScopeSet::Vectorscope, (400, 400));
        let pane = panes(ScopeSet::Vectorscope, whole)[0].1;
        let (x, y) = vector_at(difference(signal.matrix, colour), pane);
        let around = |x: f32, y: f32| {
            let (x, y) = (x.floor(), y.floor());
            (-1..=1).any(|dx| (-1..=1).any(|dy| is_lit(&trace, x + dx as f32, y + dy as f32)))
        };
        assert!(around(x, y), "{bar} of {signal:?} is not at {x} {y}");
        let reader = Reader::of(&picture);
        for (level, wanted) in reader.rgb(reader.at(0.5, 0.5)).into_iter().zip(colour) {
            assert!(
                (level - wanted).abs() < 0.008,
                "{bar} of {signal:?}: {level} for {wanted}"
            );
        }
    }
    assert_eq!(signal(Matrix::Bt709, false).codes(), (64, 940));
    assert_eq!(signal(Matrix::Bt709, true).codes(), (0, 1023));
}

#[test]
fn a_turned_picture_is_measured_as_it_stands() {
    let reads = |quarters: u8, mirrored: bool, across: f32, down: f32| {
        let mut picture = bars();
        picture.look.turn = Turn { quarters, mirrored };
        let [luma, ..] = Reader::of(&picture).at(across, down);
        (luma * 876.0 + 64.0).round() as u16
    };
    let (white, blue) = (721, 111);
    assert_eq!(
        (reads(0, false, 0.05, 0.5), reads(0, false, 0.95, 0.5)),
        (white, blue)
    );
    assert_eq!(
        (reads(0, true, 0.05, 0.5), reads(2, false, 0.05, 0.5)),
        (blue, blue)
    );
    // A quarter clockwise brings the left edge to the top.
    assert_eq!(
        (reads(1, false, 0.5, 0.05), reads(1, false, 0.5, 0.95)),
        (white, blue)
    );
    assert_eq!(
        (reads(3, false, 0.5, 0.05), reads(3, false, 0.5, 0.95)),
        (blue, white)
    );
}

#[test]
fn a_picture_that_cannot_be_read_measures_as_nothing() {
    let mut broken = bars();
    broken.planes[1].bytes = Vec::new().into();
    let trace = Trace::of(&broken, ScopeSet::All, (30, 20));
    assert!(trace.rgba.chunks_exact(4).all(|pixel| pixel == GROUND));
}
