//! Decoded pictures as they come from a decoder, and the exact way from their numbers to the screen's.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::StageError;

/// The colour matrix luma and chroma were made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    /// ITU-R BT.601.
    Bt601,
    /// ITU-R BT.709.
    #[default]
    Bt709,
    /// SMPTE 240M.
    Smpte240m,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
}

impl Matrix {
    /// Weights of red and blue in luma.
    pub const fn weights(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
            Self::Smpte240m => (0.212, 0.087),
            Self::Bt2020 => (0.2627, 0.0593),
        }
    }
}

/// How often chroma is sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChromaLayout {
    /// 4:2:0, half in both directions.
    #[default]
    Yuv420,
    /// 4:2:2, half across.
    Yuv422,
    /// 4:4:4, as often as luma.
    Yuv444,
}

impl ChromaLayout {
    /// Size of the chroma planes of a picture of this size; odd sizes round up.
    pub const fn chroma_size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::Yuv422 => (width.div_ceil(2), height),
            Self::Yuv444 => (width, height),
        }
    }
}

/// One plane of samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaneData {
    /// Rows of samples: one byte each at 8 bits, two (little endian) above.
    pub bytes: Bytes,
    /// Bytes from one row to the next.
    pub stride_bytes: u32,
}

/// How light became signal, as far as it changes how a picture is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// Made for a screen as it is.
    #[default]
    Sdr,
    /// SMPTE ST 2084: brought down to the screen.
    Pq,
    /// ARIB STD-B67: brought down to the screen.
    Hlg,
}

/// How a picture is turned and mirrored to stand upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Clockwise, in quarters: 0 to 3.
    pub quarters: u8,
    /// Mirrored left to right before it is turned.
    pub mirrored: bool,
}

/// What has to be done with a picture to show it as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLook {
    /// Where the first chroma sample lies, in halves of a luma sample to the right of and below the first luma sample. Only
    /// directions with less chroma than luma count.
    pub chroma_halves: (u8, u8),
    /// How light became signal.
    pub transfer: Transfer,
    /// Whether HDR has BT.2020's primaries.
    pub wide_primaries: bool,
    /// How it stands upright.
    pub turn: Turn,
}

impl Default for PictureLook {
    /// On the left luma sample and between two lines, as MPEG-2 and everything after it do; SDR; upright.
    fn default() -> Self {
        Self {
            chroma_halves: (0, 1),
            transfer: Transfer::Sdr,
            wide_primaries: false,
            turn: Turn::default(),
        }
    }
}

/// One decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YuvPicture {
    /// Luma samples across.
    pub width: u32,
    /// Luma samples down.
    pub height: u32,
    /// Width to height of one sample; 1:1 for square ones.
    pub sample_aspect: (u32, u32),
    /// How often chroma is sampled.
    pub layout: ChromaLayout,
    /// Bits per sample: 8, 10 or 12.
    pub bits: u8,
    /// Y, Cb, Cr.
    pub planes: [PlaneData; 3],
    /// The colour matrix.
    pub matrix: Matrix,
    /// Whether samples use all their values instead of the video range.
    pub full_range: bool,
    /// What else has to be done to show it.
    pub look: PictureLook,
}

impl YuvPicture {
    /// Size of plane `at` in samples.
    pub fn plane_size(&self, at: usize) -> (u32, u32) {
        if at == 0 {
            (self.width, self.height)
        } else {
            self.layout.chroma_size(self.width, self.height)
        }
    }

    /// Width to height as shown: squared and upright.
    pub fn display_aspect(&self) -> f64 {
        let (num, den) = self.sample_aspect;
        let sample = if num == 0 || den == 0 {
            1.0
        } else {
            f64::from(num) / f64::from(den)
        };
        let lying = f64::from(self.width.max(1)) / f64::from(self.height.max(1)) * sample;
        if self.look.turn.quarters % 2 == 1 {
            lying.recip()
        } else {
            lying
        }
    }

    /// Whether planes and size agree, so that nothing is read past an end.
    pub(crate) fn check(&self) -> Result<(), StageError> {
        let per_sample = if self.bits > 8 { 2 } else { 1 };
        for (at, plane) in self.planes.iter().enumerate() {
            let (width, height) = self.plane_size(at);
            let row = u64::from(width) * per_sample;
            let needed = u64::from(plane.stride_bytes) * u64::from(height.saturating_sub(1)) + row;
            let sound = width > 0 && height > 0 && u64::from(plane.stride_bytes) >= row;
            if !sound || (plane.bytes.len() as u64) < needed || !matches!(self.bits, 8 | 10 | 12) {
                return Err(StageError::Planes);
            }
        }
        Ok(())
    }
}

/// Rows that make R, G and B of (Y, Cb, Cr, 1), for samples as integers of `bits` bits. The screen's values are 0 to 1.
pub(crate) fn to_rgb_rows(matrix: Matrix, full_range: bool, bits: u8) -> [[f64; 4]; 3] {
    let (kr, kb) = matrix.weights();
    let kg = 1.0 - kr - kb;
    let unit = f64::from(1u32 << (bits - 8));
    let (black, luma, chroma) = if full_range {
        let most = 256.0 * unit - 1.0;
        (0.0, most, most)
    } else {
        (16.0 * unit, 219.0 * unit, 224.0 * unit)
    };
    let neutral = 128.0 * unit;
    let row = |cb: f64, cr: f64| {
        let (y, cb, cr) = (1.0 / luma, cb / chroma, cr / chroma);
        [y, cb, cr, -black * y - neutral * (cb + cr)]
    };
    [
        row(0.0, 2.0 * (1.0 - kr)),
        row(-2.0 * (1.0 - kb) * kb / kg, -2.0 * (1.0 - kr) * kr / kg),
        row(2.0 * (1.0 - kb), 0.0),
    ]
}

/// What lies in the middle of the codes of so many bits, if they travel as [`half_of`]; 0 for 8 bits, which travel as they are.
pub(crate) const fn middle_of(bits: u8) -> u16 {
    if bits > 8 { 1 << (bits - 1) } else { 0 }
}

/// A code's distance from the middle as a half float. Samples of more than 8 bits travel so, because not every device filters
/// 16-bit integers: half floats have every whole number from -2048 to 2048, which are all codes of 12 bits.
pub(crate) const fn half_of(code: u16, middle: u16) -> u16 {
    let (below, distance) = if code < middle {
        (0x8000, middle - code)
    } else {
        (0, code - middle)
    };
    let distance = if distance > 2048 { 2048 } else { distance };
    if distance == 0 {
        return 0;
    }
    let exponent = 15 - distance.leading_zeros() as u16;
    let fraction = (((distance as u32) << 10) >> exponent) as u16 & 0x3ff;
    below | ((exponent + 15) << 10) | fraction
}

/// The half floats of every code up to 12 bits, around the middle of so many bits.
pub(crate) fn halves(bits: u8) -> Box<[u16]> {
    (0..1u16 << bits)
        .map(|code| half_of(code, middle_of(bits)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(rows: [[f64; 4]; 3], y: f64, cb: f64, cr: f64) -> [f64; 3] {
        rows.map(|r| r[0] * y + r[1] * cb + r[2] * cr + r[3])
    }

    #[test]
    fn white_black_and_primaries_come_out_of_their_codes() {
        // The codes of 100 % colour bars, ITU-R BT.709 and BT.601 at 8 bits.
        let near = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.006);
        let rows = to_rgb_rows(Matrix::Bt709, false, 8);
        assert!(near(rgb(rows, 235.0, 128.0, 128.0), [1.0, 1.0, 1.0]));
        assert!(near(rgb(rows, 16.0, 128.0, 128.0), [0.0, 0.0, 0.0]));
        assert!(near(rgb(rows, 63.0, 102.0, 240.0), [1.0, 0.0, 0.0]));
        let rows = to_rgb_rows(Matrix::Bt601, false, 8);
        assert!(near(rgb(rows, 81.0, 90.0, 240.0), [1.0, 0.0, 0.0]));
        let rows = to_rgb_rows(Matrix::Bt2020, false, 10);
        assert!(near(rgb(rows, 940.0, 512.0, 512.0), [1.0, 1.0, 1.0]));
        let rows = to_rgb_rows(Matrix::Bt709, true, 8);
        assert!(near(rgb(rows, 255.0, 128.0, 128.0), [1.0, 1.0, 1.0]));
    }

    #[test]
    fn every_code_survives_as_a_half_float() {
        for bits in [10, 12] {
            let table = halves(bits);
            assert_eq!(table.len(), 1 << bits);
            for (code, half) in table.iter().enumerate() {
                let exponent = i32::from(half >> 10 & 0x1f) - 15;
                let fraction = 1.0 + f64::from(half & 0x3ff) / 1024.0;
                let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
                let back = if *half == 0 {
                    0.0
                } else {
                    sign * fraction * 2f64.powi(exponent)
                };
                assert_eq!(back + f64::from(middle_of(bits)), code as f64, "of {bits} bits");
            }
        }
    }

    #[test]
    fn planes_that_do_not_fit_are_refused() {
        let plane = |len: usize, stride_bytes: u32| PlaneData {
            bytes: vec![0; len].into(),
            stride_bytes,
        };
        let picture = |y: PlaneData| YuvPicture {
            width: 5,
            height: 3,
            sample_aspect: (1, 1),
            layout: ChromaLayout::Yuv420,
            bits: 8,
            planes: [y, plane(6, 3), plane(6, 3)],
            matrix: Matrix::Bt709,
            full_range: false,
            look: PictureLook::default(),
        };
        assert!(picture(plane(15, 5)).check().is_ok());
        assert!(
            picture(plane(21, 8)).check().is_ok(),
            "the last row needs no padding"
        );
        assert!(picture(plane(14, 5)).check().is_err());
        assert!(picture(plane(15, 4)).check().is_err());
    }
}
