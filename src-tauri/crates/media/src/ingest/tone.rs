use crate::{Hdr, av::Frame};

/// Diffuse white, cd/m² (BT.2408).
const WHITE_NITS: f32 = 203.0;
/// Linear light up to here is kept, above it is rolled off towards 1.
const KNEE: f32 = 0.7;
const STEPS: usize = 4096;
/// Signals told apart: as many as keep the darkest of them a quarter of a code apart on the screen.
const SIGNALS: usize = 1 << 14;

/// The tone rule for HDR pictures: 203 cd/m² becomes SDR white, linear light is kept up to 70 % of it and rolled off
/// exponentially above, the same factor for all three components so that hues stay; BT.2020 primaries become BT.709's,
/// colours outside are clipped; shown with gamma 2.4. For proxies and stills, not for grading.
pub(crate) struct ToneMap {
    /// 16-bit signal (upper 14 bits) to linear light, 1.0 is white.
    linear: Vec<f32>,
    /// Square root of linear light to 8-bit signal.
    signal: Vec<u8>,
    wide_primaries: bool,
}

impl ToneMap {
    pub(crate) fn new(hdr: Hdr, wide_primaries: bool) -> Self {
        let unit = |n: usize| n as f32 / (STEPS - 1) as f32;
        let eotf = |v: f32| match hdr {
            Hdr::Pq => pq_nits(v) / WHITE_NITS,
            Hdr::Hlg => hlg_nits(v) / WHITE_NITS,
        };
        let linear = (0..SIGNALS)
            .map(|n| eotf(n as f32 / (SIGNALS - 1) as f32))
            .collect();
        let signal = (0..STEPS)
            .map(|n| (unit(n).powi(2).powf(1.0 / 2.4) * 255.0 + 0.5) as u8)
            .collect();
        Self {
            linear,
            signal,
            wide_primaries,
        }
    }

    /// Maps a 16-bit RGB picture to packed 8-bit RGB, `out` without padding.
    pub(crate) fn apply(&self, picture: &Frame, out: &mut [u8]) {
        let line_bytes = picture.width() as usize * 3;
        self.each(picture, out.chunks_mut(line_bytes), 3, |to, [r, g, b]| {
            to.copy_from_slice(&[r, g, b]);
        });
    }

    /// Maps a 16-bit RGB picture to B, G, R, X bytes in the lines of `target`, which has its size.
    pub(crate) fn apply_bgrx(&self, picture: &Frame, target: &mut Frame) {
        let stride = usize::try_from(target.stride(0)).unwrap_or(0).max(1);
        let lines = target.plane_mut(0).chunks_mut(stride);
        self.each(picture, lines, 4, |to, [r, g, b]| {
            to.copy_from_slice(&[b, g, r, 255]);
        });
    }

    fn each<'a>(
        &self,
        picture: &Frame,
        lines: impl Iterator<Item = &'a mut [u8]>,
        pixel_bytes: usize,
        put: impl Fn(&mut [u8], [u8; 3]),
    ) {
        let width = picture.width() as usize;
        let stride = usize::try_from(picture.stride(0)).unwrap_or(0).max(1);
        for (line, out) in picture.plane(0).chunks(stride).zip(lines) {
            let pixels = line.chunks_exact(6).zip(out.chunks_exact_mut(pixel_bytes));
            for (from, to) in pixels.take(width) {
                let at = |n: usize| {
                    self.linear[usize::from(u16::from_le_bytes([from[n * 2], from[n * 2 + 1]]) >> 2)]
                };
                put(to, self.pixel([at(0), at(1), at(2)]));
            }
        }
    }

    fn pixel(&self, light: [f32; 3]) -> [u8; 3] {
        let [r, g, b] = if self.wide_primaries {
            to_bt709(light)
        } else {
            light
        };
        let brightest = r.max(g).max(b).max(1e-6);
        let factor = roll_off(brightest) / brightest;
        [r, g, b].map(|v| {
            let at = (v * factor).clamp(0.0, 1.0).sqrt() * (STEPS - 1) as f32;
            self.signal[(at + 0.5) as usize]
        })
    }
}

fn roll_off(light: f32) -> f32 {
    if light <= KNEE {
        light
    } else {
        KNEE + (1.0 - KNEE) * (1.0 - (-(light - KNEE) / (1.0 - KNEE)).exp())
    }
}

fn to_bt709([r, g, b]: [f32; 3]) -> [f32; 3] {
    [
        1.6605 * r - 0.5876 * g - 0.0728 * b,
        -0.1246 * r + 1.1329 * g - 0.0083 * b,
        -0.0182 * r - 0.1006 * g + 1.1187 * b,
    ]
}

/// SMPTE ST 2084 signal to cd/m².
fn pq_nits(signal: f32) -> f32 {
    let (m1, m2, c1, c2, c3) = (0.159_301_76, 78.843_75, 0.835_937_5, 18.851_563, 18.6875);
    let power = signal.powf(1.0 / m2);
    10_000.0 * ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1)
}

/// ARIB STD-B67 signal to cd/m² on a display of 1000 cd/m², per component (the true system gamma works on luminance).
fn hlg_nits(signal: f32) -> f32 {
    let (a, b, c) = (0.178_832_77_f32, 0.284_668_92_f32, 0.559_910_7_f32);
    let scene = if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - c) / a).exp() + b) / 12.0
    };
    1000.0 * scene.powf(1.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transfer_curves_meet_their_anchors() {
        assert!((pq_nits(0.508) - 100.0).abs() < 1.0);
        assert!((pq_nits(0.58) - 203.0).abs() < 3.0);
        assert!((hlg_nits(0.75) - 203.0).abs() < 5.0);
        assert!((hlg_nits(1.0) - 1000.0).abs() < 5.0);
    }

    #[test]
    fn grey_stays_grey_and_brighter_stays_brighter() {
        let tone = ToneMap::new(Hdr::Pq, true);
        let mut last = 0;
        for step in (0..SIGNALS).step_by(256) {
            let light = tone.linear[step];
            let [r, g, b] = tone.pixel([light; 3]);
            assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1);
            assert!(g >= last);
            last = g;
        }
        assert!(last >= 250);
    }
}
