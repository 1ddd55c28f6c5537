//! Pictures as rows in memory, and layers over them.

use std::ops::{DerefMut, Range};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::mix::{Pixels, Shield, whole_part};
use crate::presenter::{OffscreenPresenter, Presenter as _};
use crate::scopes::Trace;
use crate::soft::Paint;

/// Rows are B, G, R, X bytes.
pub(crate) const PIXEL_BYTES: usize = 4;

/// A part of a picture, in device pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A picture as rows of B, G, R, X bytes without padding, in memory of its own or somebody else's.
#[derive(Clone, Debug, Default)]
pub struct Rows<B = Vec<u8>> {
    pub(crate) bytes: B,
    pub(crate) size: (u32, u32),
}

/// Where a picture is put together: the memory that a window shows from, or rows that are brought there afterwards.
#[derive(Debug)]
pub struct Canvas<'a> {
    pub(crate) rows: Rows<&'a mut [u8]>,
    pub(crate) is_kept: bool,
}

impl<'a> Canvas<'a> {
    /// On `bytes`, which hold rows of this size without padding and nothing else. `is_kept` says that they still hold what was last
    /// put together there. `None` when they are more or fewer.
    pub fn new(bytes: &'a mut [u8], size: (u32, u32), is_kept: bool) -> Option<Self> {
        let needed = size.0 as usize * size.1 as usize * PIXEL_BYTES;
        (bytes.len() == needed).then_some(Self {
            rows: Rows { bytes, size },
            is_kept,
        })
    }
}

impl<B: DerefMut<Target = [u8]>> Rows<B> {
    /// The bytes, row after row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes from one row to the next.
    pub const fn stride_bytes(&self) -> usize {
        self.size.0 as usize * PIXEL_BYTES
    }

    /// Device pixels: width, height.
    pub const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// All of them.
    pub const fn whole(&self) -> Part {
        Part {
            x: 0,
            y: 0,
            width: self.size.0,
            height: self.size.1,
        }
    }

    pub(crate) fn pixels(&mut self) -> Pixels<'_> {
        let stride_bytes = self.stride_bytes();
        Pixels {
            bytes: &mut self.bytes,
            stride_bytes,
        }
    }

    /// Has a picture scaled into a place: left, top, width, height.
    pub(crate) fn paint(
        &mut self,
        [x, y, width, height]: [u32; 4],
        paint: &mut Paint<'_>,
    ) -> Result<(), StageError> {
        let stride = self.stride_bytes();
        let first = y as usize * stride + x as usize * PIXEL_BYTES;
        paint(&mut self.bytes[first..], stride, (width, height))
    }

    pub(crate) fn shield(&mut self, rect: [f32; 4], shield: &Shield) {
        let size = self.size;
        let parts: Vec<_> = shield
            .parts(rect)
            .into_iter()
            .map(|part| whole_part(part, size))
            .collect();
        self.pixels().shield(whole_part(rect, size), &parts);
    }

    /// Puts a trace with its corner at x, y; what lies outside is cut off.
    pub(crate) fn put(&mut self, trace: &Trace, (x, y): (u32, u32)) {
        let stride = self.stride_bytes();
        let wide = trace.size.0.min(self.size.0.saturating_sub(x)) as usize;
        let lines = trace
            .rgba
            .chunks_exact(trace.size.0.max(1) as usize * PIXEL_BYTES);
        for (row, line) in (y..self.size.1).zip(lines) {
            let at = row as usize * stride + x as usize * PIXEL_BYTES;
            let pixels = self.bytes[at..at + wide * PIXEL_BYTES].chunks_exact_mut(PIXEL_BYTES);
            for (to, from) in pixels.zip(line.chunks_exact(PIXEL_BYTES)) {
                to.copy_from_slice(&[from[2], from[1], from[0], 255]);
            }
        }
    }

    pub(crate) fn fill(&mut self, colour: [u8; 4]) {
        let pixels = self.bytes.len() / PIXEL_BYTES;
        self.fill_pixels(0..pixels, colour);
    }

    /// Fills what lies around a place: left, top, width, height.
    pub(crate) fn fill_around(&mut self, [x, y, width, height]: [u32; 4], colour: [u8; 4]) {
        let (wide, high) = self.size;
        let (right, bottom) = ((x + width).min(wide), (y + height).min(high));
        let row = wide as usize;
        let at = |x: u32, y: u32| y as usize * row + x as usize;
        let upper = at(0, y.min(high));
        self.fill_pixels(0..upper, colour);
        for line in y.min(high)..bottom {
            self.fill_pixels(at(0, line)..at(x.min(wide), line), colour);
            self.fill_pixels(at(right, line)..at(0, line + 1), colour);
        }
        self.fill_pixels(at(0, bottom)..at(0, high), colour);
    }

    fn fill_pixels(&mut self, pixels: Range<usize>, [red, green, blue, _opaque]: [u8; 4]) {
        let bytes = &mut self.bytes[pixels.start * PIXEL_BYTES..pixels.end * PIXEL_BYTES];
        for pixel in bytes.chunks_exact_mut(PIXEL_BYTES) {
            pixel.copy_from_slice(&[blue, green, red, 255]);
        }
    }

    /// Fills `[left, top, width, height]`; what lies outside is cut off.
    pub(crate) fn fill_part(&mut self, rect: [f32; 4], [red, green, blue, _opaque]: [u8; 4]) {
        let [left, top, width, height] = whole_part(rect, self.size);
        let stride = self.stride_bytes();
        for y in top..top + height {
            let first = y * stride + left * PIXEL_BYTES;
            let row = &mut self.bytes[first..first + width * PIXEL_BYTES];
            for pixel in row.chunks_exact_mut(PIXEL_BYTES) {
                pixel.copy_from_slice(&[blue, green, red, 255]);
            }
        }
    }

    pub(crate) fn copy_part(&mut self, from: &Rows, part: Part) {
        let stride = self.stride_bytes();
        let line = part.width as usize * PIXEL_BYTES;
        for y in part.y..part.y + part.height {
            let at = y as usize * stride + part.x as usize * PIXEL_BYTES;
            self.bytes[at..at + line].copy_from_slice(&from.bytes[at..at + line]);
        }
    }
}

impl Rows {
    /// Where a picture of this size can be put together in these rows.
    pub fn canvas(&mut self, size: (u32, u32)) -> Canvas<'_> {
        let is_kept = !self.fit_to(size);
        Canvas {
            rows: Rows {
                bytes: &mut self.bytes,
                size,
            },
            is_kept,
        }
    }

    /// Makes room for a size; the contents are of no use afterwards. False when it had that size.
    pub(crate) fn fit_to(&mut self, size: (u32, u32)) -> bool {
        if self.size == size {
            return false;
        }
        self.size = size;
        self.bytes.clear();
        self.bytes
            .resize(size.0 as usize * size.1 as usize * PIXEL_BYTES, 0);
        true
    }

    /// Takes over what was drawn into memory.
    pub(crate) fn read(&mut self, gpu: &Gpu, canvas: &OffscreenPresenter) -> Result<(), StageError> {
        self.fit_to(canvas.size());
        let line = self.stride_bytes();
        canvas.read(gpu, |rows, stride| {
            for (to, from) in self.bytes.chunks_exact_mut(line).zip(rows.chunks(stride)) {
                to.copy_from_slice(&from[..line]);
            }
        })
    }
}

/// What lies over another picture, premultiplied.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    pub(crate) rows: Rows,
    /// The part that is not empty.
    pub(crate) used: Option<Part>,
}

impl Layer {
    pub(crate) fn read(gpu: &Gpu, canvas: &OffscreenPresenter) -> Result<Self, StageError> {
        let mut rows = Rows::default();
        rows.read(gpu, canvas)?;
        let used = used_part(&rows);
        Ok(Self { rows, used })
    }

    /// Lays itself over `below`, its corner at `left`, 0; what lies outside is cut off. Answers the part it touched.
    pub(crate) fn lay_over<B: DerefMut<Target = [u8]>>(
        &self,
        below: &mut Rows<B>,
        left: i64,
    ) -> Option<Part> {
        let used = self.used?;
        let from = left + i64::from(used.x);
        let x = from.max(0);
        let end = (from + i64::from(used.width)).min(i64::from(below.size.0));
        let bottom = (used.y + used.height).min(below.size.1);
        let width = u32::try_from(end - x).ok().filter(|width| *width > 0)?;
        let part = Part {
            x: u32::try_from(x).ok()?,
            y: used.y,
            width,
            height: bottom.checked_sub(used.y).filter(|height| *height > 0)?,
        };
        let source_x = usize::try_from(x - left).ok()?;
        let line = part.width as usize * PIXEL_BYTES;
        for y in part.y..bottom {
            let at = y as usize * below.stride_bytes() + part.x as usize * PIXEL_BYTES;
            let source = y as usize * self.rows.stride_bytes() + source_x * PIXEL_BYTES;
            blend(
                &mut below.bytes[at..at + line],
                &self.rows.bytes[source..source + line],
            );
        }
        Some(part)
    }
}

/// Premultiplied pixels over opaque ones.
fn blend(below: &mut [u8], above: &[u8]) {
    for (below, above) in below
        .chunks_exact_mut(PIXEL_BYTES)
        .zip(above.chunks_exact(PIXEL_BYTES))
    {
        // Most of what lies over a picture is nothing: lines around its edge, a label in its middle.
        if above[3] == 0 {
            below[3] = 255;
            continue;
        }
        let through = 255 - u32::from(above[3]);
        for channel in 0..3 {
            let seen = (u32::from(below[channel]) * through + 127) / 255;
            below[channel] = u8::try_from(u32::from(above[channel]) + seen).unwrap_or(255);
        }
        below[3] = 255;
    }
}

fn used_part(rows: &Rows) -> Option<Part> {
    let is_used = |pixel: &[u8]| pixel[3] != 0;
    let line = rows.stride_bytes().max(1);
    let mut used: Option<(u32, u32, u32, u32)> = None;
    for (y, row) in (0u32..).zip(rows.bytes.chunks_exact(line)) {
        let Some(first) = row.chunks_exact(PIXEL_BYTES).position(is_used) else {
            continue;
        };
        let last = row.chunks_exact(PIXEL_BYTES).rposition(is_used).unwrap_or(first);
        let (first, last) = (first as u32, last as u32);
        used = Some(match used {
            None => (first, last, y, y),
            Some((left, right, top, _)) => (left.min(first), right.max(last), top, y),
        });
    }
    used.map(|(left, right, top, bottom)| Part {
        x: left,
        y: top,
        width: right - left + 1,
        height: bottom - top + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(size: (u32, u32), colour: [u8; 4]) -> Rows {
        let mut rows = Rows::default();
        rows.fit_to(size);
        rows.fill(colour);
        rows
    }

    #[test]
    fn a_layer_is_cut_off_at_the_edges_and_touches_only_what_it_covers() {
        let mut above = Rows::default();
        above.fit_to((5, 2));
        // The middle three pixels of the upper row: opaque, half, opaque white.
        for (x, alpha) in [(1usize, 255u8), (2, 128), (3, 255)] {
            above.bytes[x * 4..x * 4 + 4].fill(alpha);
        }
        let layer = Layer {
            used: used_part(&above),
            rows: above,
        };
        let covered = |x, width| Part {
            x,
            y: 0,
            width,
            height: 1,
        };
        assert_eq!(layer.used, Some(covered(1, 3)));
        let mut below = rows((4, 2), [100, 0, 0, 255]);
        assert_eq!(layer.lay_over(&mut below, -2), Some(covered(0, 2)));
        assert_eq!(
            below.bytes[..12],
            [128, 128, 178, 255, 255, 255, 255, 255, 0, 0, 100, 255]
        );
        assert_eq!(layer.lay_over(&mut below, 4), None, "beyond the right edge");
        assert_eq!(layer.lay_over(&mut below, -9), None, "before the left edge");
    }

    #[test]
    fn what_lies_around_a_place_is_filled_and_nothing_in_it() {
        let (inside, around) = ([7, 7, 7, 255], [1, 2, 3, 255]);
        for place in [
            [1, 2, 3, 1],
            [0, 0, 5, 4],
            [0, 1, 5, 2],
            [4, 3, 9, 9],
            [9, 9, 1, 1],
        ] {
            let mut filled = rows((5, 4), inside);
            filled.fill_around(place, around);
            let [x, y, width, height] = place;
            for (at, pixel) in filled.bytes.chunks(4).enumerate() {
                let (column, line) = (at as u32 % 5, at as u32 / 5);
                let is_in = (x..x + width).contains(&column) && (y..y + height).contains(&line);
                let want = if is_in { [7, 7, 7, 255] } else { [3, 2, 1, 255] };
                assert_eq!(pixel, want, "{place:?} {column} {line}");
            }
        }
    }

    #[test]
    fn a_part_is_put_back_from_another_picture() {
        let (still, mut shown) = (rows((3, 3), [1, 2, 3, 255]), rows((3, 3), [9, 9, 9, 255]));
        shown.copy_part(
            &still,
            Part {
                x: 1,
                y: 1,
                width: 2,
                height: 1,
            },
        );
        let changed = shown.bytes.chunks(4).filter(|p| **p == [3, 2, 1, 255]).count();
        assert_eq!(changed, 2);
    }
}
