//! One picture out of two woven fields: the first one's lines, and between them the second one's where they fit.

use bytes::Bytes;

use crate::{FieldOrder, Plane, VideoFrame};

/// By how much a line of the second field may lie outside the lines above and below it and still belong to the same moment, in
/// codes of 8 bits: the noise of a picture.
const FITS_WITHIN: i32 = 6;

impl VideoFrame {
    /// The picture of one moment: a pair of fields becomes the first of them, a picture that is one already stays as it is.
    ///
    /// Lines of the second field stay where they lie between their neighbours, so that what rests keeps all of its lines. Where
    /// they do not, something moved, and they are drawn between the first field's lines along the edge that runs there. No other
    /// picture is needed for it, so any frame costs the same however one came to it.
    #[must_use]
    pub fn of_one_moment(mut self) -> Self {
        let kept = match self.fields {
            FieldOrder::Progressive => return self,
            FieldOrder::TopFirst => 0,
            FieldOrder::BottomFirst => 1,
        };
        for at in 0..3 {
            let (width, height) = self.layout.plane_size(at, self.width, self.height);
            let size = (width as usize, height as usize);
            let plane = &self.planes[at];
            let made = if self.layout.sample_bytes() == 1 {
                weave::<u8>(plane, size, kept, FITS_WITHIN)
            } else {
                weave::<[u8; 2]>(plane, size, kept, FITS_WITHIN * i32::from(self.layout.unit()))
            };
            if let Some(made) = made {
                self.planes[at] = made;
            }
        }
        self.fields = FieldOrder::Progressive;
        self
    }
}

/// One sample as it lies in memory.
trait Sample: Copy + bytemuck::Pod {
    fn code(self) -> i32;
    fn of(code: i32) -> Self;
}

impl Sample for u8 {
    fn code(self) -> i32 {
        i32::from(self)
    }
    fn of(code: i32) -> Self {
        code as Self
    }
}

impl Sample for [u8; 2] {
    fn code(self) -> i32 {
        i32::from(u16::from_le_bytes(self))
    }
    fn of(code: i32) -> Self {
        (code as u16).to_le_bytes()
    }
}

/// The plane with one field's lines replaced where they do not fit; nothing when it is too small for fields or shorter than its
/// size says.
fn weave<S: Sample>(plane: &Plane, (width, height): (usize, usize), kept: usize, fits: i32) -> Option<Plane> {
    let line_bytes = width * size_of::<S>();
    let needed = plane.stride * height.checked_sub(1)? + line_bytes;
    if height < 4 || width < 4 || plane.stride < line_bytes || plane.data.len() < needed {
        return None;
    }
    let mut data = vec![0; line_bytes * height];
    let line = |y: usize| -> &[S] {
        bytemuck::cast_slice(&plane.data[y * plane.stride..y * plane.stride + line_bytes])
    };
    for (y, out) in data.chunks_exact_mut(line_bytes).enumerate() {
        let own = line(y);
        let out: &mut [S] = bytemuck::cast_slice_mut(out);
        if y % 2 == kept {
            out.copy_from_slice(own);
            continue;
        }
        let above = line(if y > 0 { y - 1 } else { 1 });
        let below = line(if y + 1 < height { y + 1 } else { y - 1 });
        between(above, own, below, out, fits);
    }
    Some(Plane {
        data: Bytes::from(data),
        stride: line_bytes,
    })
}

/// A line of the second field between two of the first.
fn between<S: Sample>(above: &[S], own: &[S], below: &[S], out: &mut [S], fits: i32) {
    let last = own.len() - 1;
    for x in 0..own.len() {
        let (up, here, down) = (above[x].code(), own[x].code(), below[x].code());
        let (low, high) = (up.min(down) - fits, up.max(down) + fits);
        out[x] = if (low..=high).contains(&here) {
            own[x]
        } else if x < 2 || x + 2 > last {
            S::of((up + down + 1) / 2)
        } else {
            S::of(along_the_edge(above, below, x))
        };
    }
}

/// What lies between two lines, in the direction in which they are most alike.
fn along_the_edge<S: Sample>(above: &[S], below: &[S], x: usize) -> i32 {
    let unlike = |a: usize, b: usize| (above[a].code() - below[b].code()).abs();
    // Straight up and down wins when nothing is better.
    let mut best = (
        unlike(x - 1, x - 1) + unlike(x, x) + unlike(x + 1, x + 1) - 1,
        above[x].code() + below[x].code(),
    );
    for (a, b) in [(x - 1, x + 1), (x + 1, x - 1)] {
        let score = unlike(a - 1, b - 1) + unlike(a, b) + unlike(a + 1, b + 1);
        if score < best.0 {
            best = (score, above[a].code() + below[b].code());
        }
    }
    (best.1 + 1) / 2
}
