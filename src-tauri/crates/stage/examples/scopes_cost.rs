//! What measuring a picture costs, in milliseconds of this thread's processor time: `scopes_cost [pictures]`.

#![expect(clippy::print_stdout, reason = "figures are what it is run for")]

use stage::{ChromaLayout, Matrix, PictureLook, PlaneData, ScopeSet, Trace, YuvPicture};

/// CPU time of this thread in milliseconds: the clock on the wall would count other programs too.
fn cpu_millis() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    nanos / 1e6
}

/// A picture full of levels, 4:2:0.
fn ramps((width, height): (u32, u32), bits: u8) -> YuvPicture {
    let wide = u32::from(bits > 8) + 1;
    let plane = |across: u32, down: u32| {
        let sample = |at: u32| {
            let code = (16 + at * 7 % 220) as u16 * if bits > 8 { 4 } else { 1 };
            code.to_le_bytes().into_iter().take(wide as usize)
        };
        PlaneData {
            bytes: (0..across * down).flat_map(sample).collect::<Vec<u8>>().into(),
            stride_bytes: across * wide,
        }
    };
    let chroma = || plane(width / 2, height / 2);
    YuvPicture {
        width,
        height,
        sample_aspect: (1, 1),
        layout: ChromaLayout::Yuv420,
        bits,
        planes: [plane(width, height), chroma(), chroma()],
        matrix: Matrix::Bt709,
        full_range: false,
        look: PictureLook::default(),
    }
}

fn main() {
    let pictures: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(50);
    for (size, bits) in [((1920, 1080), 8), ((1920, 1080), 10), ((3840, 2160), 10)] {
        let picture = ramps(size, bits);
        for set in [
            ScopeSet::Waveform,
            ScopeSet::Parade,
            ScopeSet::Vectorscope,
            ScopeSet::All,
        ] {
            let begin = cpu_millis();
            let mut seen = 0;
            for _ in 0..pictures {
                seen += Trace::of(&picture, set, (480, 800)).rgba.len();
            }
            let each = (cpu_millis() - begin) / f64::from(pictures);
            println!(
                "{size:?} {bits} bits, {set:?}: {each:.2} ms ({} bytes)",
                seen / pictures as usize
            );
        }
    }
}
