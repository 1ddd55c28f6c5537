//! Views of decoded pictures and the small picture that the detectors work on.

/// Width of a [`Thumb`]'s luma, pixels.
pub const THUMB_WIDTH: usize = 128;
/// Height of a [`Thumb`]'s luma, pixels.
pub const THUMB_HEIGHT: usize = 72;
/// Width of a [`Thumb`]'s chroma, pixels.
pub const CHROMA_WIDTH: usize = 64;
/// Height of a [`Thumb`]'s chroma, pixels.
pub const CHROMA_HEIGHT: usize = 36;

/// Rows and columns of a box that are read. A few samples per box tame aliasing and noise; all of them would cost more than
/// everything that is done with the result.
const LUMA_TAPS: (usize, usize) = (3, 4);
const CHROMA_TAPS: (usize, usize) = (2, 2);

/// One plane of 8-bit samples, rows `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The bytes; the last row may be shorter than `stride`.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A decoded picture, 8-bit planar YUV of any size and chroma subsampling.
#[derive(Clone, Copy, Debug)]
pub struct Planes<'a> {
    /// Width of the luma plane, pixels.
    pub width: usize,
    /// Height of the luma plane, pixels.
    pub height: usize,
    /// Width of the chroma planes, pixels.
    pub chroma_width: usize,
    /// Height of the chroma planes, pixels.
    pub chroma_height: usize,
    /// Whether luma runs over 0 to 255 instead of 16 to 235.
    pub full_range: bool,
    /// Luma.
    pub y: Plane<'a>,
    /// Blue difference; `None` for grey pictures.
    pub u: Option<Plane<'a>>,
    /// Red difference; `None` for grey pictures.
    pub v: Option<Plane<'a>>,
}

/// A picture of fixed size whatever the source's: 128 × 72 luma over 0 to 255, 64 × 36 chroma around 128. The aspect ratio is
/// not kept, because the detectors compare pictures of one source only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumb {
    /// Luma, full range.
    pub y: Box<[u8]>,
    /// Blue difference.
    pub u: Box<[u8]>,
    /// Red difference.
    pub v: Box<[u8]>,
}

impl Default for Thumb {
    fn default() -> Self {
        let plane = |len: usize, value: u8| vec![value; len].into_boxed_slice();
        Self {
            y: plane(THUMB_WIDTH * THUMB_HEIGHT, 0),
            u: plane(CHROMA_WIDTH * CHROMA_HEIGHT, 128),
            v: plane(CHROMA_WIDTH * CHROMA_HEIGHT, 128),
        }
    }
}

/// Makes [`Thumb`]s; keeps its tables from picture to picture.
#[derive(Clone, Debug, Default)]
pub struct Sampler {
    columns: Vec<usize>,
    sums: Vec<u16>,
    luma_levels: Vec<u8>,
    full_range: bool,
}

impl Sampler {
    /// A sampler without tables yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reduces `planes` into `thumb`. A plane shorter than its size says is read as far as it goes.
    pub fn sample(&mut self, planes: &Planes<'_>, thumb: &mut Thumb) {
        if self.luma_levels.is_empty() || self.full_range != planes.full_range {
            self.full_range = planes.full_range;
            self.luma_levels = (0..=255u8)
                .map(|level| full_scale(level, planes.full_range))
                .collect();
        }
        let luma = Grid {
            width: THUMB_WIDTH,
            height: THUMB_HEIGHT,
            taps: LUMA_TAPS,
        };
        self.reduce(planes.y, (planes.width, planes.height), luma, &mut thumb.y);
        for level in &mut thumb.y {
            *level = self.luma_levels[usize::from(*level)];
        }
        let chroma = Grid {
            width: CHROMA_WIDTH,
            height: CHROMA_HEIGHT,
            taps: CHROMA_TAPS,
        };
        for (plane, out) in [(planes.u, &mut thumb.u), (planes.v, &mut thumb.v)] {
            match plane {
                Some(plane) => {
                    self.reduce(plane, (planes.chroma_width, planes.chroma_height), chroma, out);
                }
                None => out.fill(128),
            }
        }
    }

    fn reduce(&mut self, plane: Plane<'_>, (width, height): (usize, usize), grid: Grid, out: &mut [u8]) {
        if width == 0 || height == 0 {
            return;
        }
        let (rows, cols) = grid.taps;
        self.columns.clear();
        for x in 0..grid.width {
            self.columns
                .extend((0..cols).map(|tap| tap_at(x, tap, cols, grid.width, width)));
        }
        self.sums.resize(width, 0);
        let scale = 65_536 / (rows * cols) as u32;
        for (y, out_row) in out.chunks_exact_mut(grid.width).enumerate() {
            for tap in 0..rows {
                let at = tap_at(y, tap, rows, grid.height, height) * plane.stride;
                let row = plane.data.get(at..).unwrap_or_default();
                let row = &row[..row.len().min(width)];
                if tap == 0 {
                    self.sums.fill(0);
                }
                for (sum, &level) in self.sums.iter_mut().zip(row) {
                    *sum += u16::from(level);
                }
            }
            for (level, taps) in out_row.iter_mut().zip(self.columns.chunks_exact(cols)) {
                let sum: u32 = taps.iter().map(|&x| u32::from(self.sums[x])).sum();
                *level = ((sum * scale + 32_768) >> 16).min(255) as u8;
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Grid {
    width: usize,
    height: usize,
    taps: (usize, usize),
}

/// The source coordinate of tap `tap` of `taps` in box `at` of `boxes` over `len` pixels, in the middle of its share.
fn tap_at(at: usize, tap: usize, taps: usize, boxes: usize, len: usize) -> usize {
    ((2 * (at * taps + tap) + 1) * len / (2 * boxes * taps)).min(len - 1)
}

fn full_scale(level: u8, full_range: bool) -> u8 {
    if full_range {
        return level;
    }
    let above = u32::from(level.clamp(16, 235)) - 16;
    ((above * 255 + 109) / 219) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, data: &[u8], full_range: bool) -> Planes<'_> {
        let y = Plane { data, stride: width };
        Planes {
            width,
            height,
            chroma_width: 0,
            chroma_height: 0,
            full_range,
            y,
            u: None,
            v: None,
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_and_limited_range_is_spread() {
        for (level, full_range, expected) in [
            (16, false, 0),
            (235, false, 255),
            (0, false, 0),
            (255, false, 255),
            (77, true, 77),
        ] {
            for (width, height) in [(1280, 720), (64, 48), (1, 1), (1919, 1081)] {
                let data = vec![level; width * height];
                let mut thumb = Thumb::default();
                Sampler::new().sample(&grey(width, height, &data, full_range), &mut thumb);
                assert!(
                    thumb.y.iter().all(|&y| y == expected),
                    "{level} {full_range} {width}x{height}"
                );
                assert!(thumb.u.iter().all(|&u| u == 128));
            }
        }
    }

    #[test]
    fn halves_stay_on_their_side() {
        let (width, height) = (640, 360);
        let data: Vec<u8> = (0..width * height)
            .map(|i| if i % width < width / 2 { 10 } else { 200 })
            .collect();
        let mut thumb = Thumb::default();
        Sampler::new().sample(&grey(width, height, &data, true), &mut thumb);
        for row in thumb.y.chunks_exact(THUMB_WIDTH) {
            assert!(row[..THUMB_WIDTH / 2].iter().all(|&y| y == 10));
            assert!(row[THUMB_WIDTH / 2..].iter().all(|&y| y == 200));
        }
    }

    #[test]
    fn a_short_plane_does_not_panic() {
        let data = vec![50; 100];
        let mut thumb = Thumb::default();
        Sampler::new().sample(&grey(1000, 1000, &data, true), &mut thumb);
        assert_eq!(thumb.y.len(), THUMB_WIDTH * THUMB_HEIGHT);
    }
}
