//! What lets something through is shown over black: there is nothing behind it, and a proxy has no place for more.

use crate::{PixelLayout, av::Frame};

/// Writes `clear`, the layout with alpha as a fourth plane, into `solid`, the same layout without, as it looks over black. Colour is
/// taken as not multiplied yet, as PNG and ProRes store it.
pub(crate) fn lay_over_black(clear: &Frame, solid: &mut Frame, layout: PixelLayout, full_range: bool) {
    let unit = u32::from(layout.unit());
    let most = 256 * unit - 1;
    let black = if full_range { 0 } else { 16 * unit };
    let (width, height) = (clear.width() as usize, clear.height() as usize);
    for plane in 0..3 {
        let (shift, empty) = if plane == 0 {
            ((0, 0), black)
        } else {
            (layout.chroma_shift(), 128 * unit)
        };
        let across = width.div_ceil(1 << shift.0);
        let (from, alpha) = (Samples::of(clear, plane, layout), Samples::of(clear, 3, layout));
        let stride = usize::try_from(solid.stride(plane)).unwrap_or(0).max(1);
        let bytes = layout.sample_bytes();
        for (y, out) in solid.plane_mut(plane).chunks_mut(stride).enumerate() {
            for x in 0..across {
                let through = alpha.mean((x << shift.0, y << shift.1), shift, (width, height));
                let (own, rest) = (from.at(x, y) * through, empty * (most - through.min(most)));
                let code = (own + rest + most / 2) / most;
                match bytes {
                    1 => out[x] = code as u8,
                    _ => out[x * 2..x * 2 + 2].copy_from_slice(&(code as u16).to_le_bytes()),
                }
            }
        }
    }
}

/// The samples of a plane.
struct Samples<'a> {
    bytes: &'a [u8],
    stride: usize,
    sample_bytes: usize,
}

impl<'a> Samples<'a> {
    fn of(frame: &'a Frame, plane: usize, layout: PixelLayout) -> Self {
        Self {
            bytes: frame.plane(plane),
            stride: usize::try_from(frame.stride(plane)).unwrap_or(0),
            sample_bytes: layout.sample_bytes(),
        }
    }

    fn at(&self, x: usize, y: usize) -> u32 {
        let at = y * self.stride + x * self.sample_bytes;
        match self.bytes.get(at..at + self.sample_bytes) {
            Some([low, high]) => u32::from(u16::from_le_bytes([*low, *high])),
            Some([one]) => u32::from(*one),
            _ => 0,
        }
    }

    /// The mean of the luma samples that a chroma sample stands for.
    fn mean(&self, (x, y): (usize, usize), shift: (u32, u32), (width, height): (usize, usize)) -> u32 {
        let columns = x..(x + (1 << shift.0)).min(width);
        let (mut sum, mut count) = (0, 0);
        for y in y..(y + (1 << shift.1)).min(height) {
            for x in columns.clone() {
                sum += self.at(x, y);
                count += 1;
            }
        }
        (sum + count / 2).checked_div(count).unwrap_or(0)
    }
}
