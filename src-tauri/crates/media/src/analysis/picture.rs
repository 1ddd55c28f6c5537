//! Views of decoded pictures and the small picture that the detectors work on.

/// Width of a [`Thumb`]'s luma, pixels.
pub const THUMB_WIDTH: usize = 128;
/// Height of a [`Thumb`]'s luma, pixels.
pub const THUMB_HEIGHT: usize = 72;
/// Width of a [`Thumb`]'s chroma, pixels.
pub const CHROMA_WIDTH: usize = 64;
/// Height of a [`Thumb`]'s chroma, pixels.
pub const CHROMA_HEIGHT: usize = 36;

/// Rows of a box that are read: what is read of a large picture comes from far memory and costs more than everything that is
/// done with the result, and rows that lie near each other say nearly the same.
const LUMA_ROWS: usize = 2;
const CHROMA_ROWS: usize = 1;

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
    luma_columns: Columns,
    chroma_columns: Columns,
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
        self.luma_columns.fit(THUMB_WIDTH, planes.width);
        self.luma_columns
            .reduce::<LUMA_ROWS>(planes.y, planes.height, &mut thumb.y);
        for level in &mut thumb.y {
            *level = self.luma_levels[usize::from(*level)];
        }
        self.chroma_columns.fit(CHROMA_WIDTH, planes.chroma_width);
        for (plane, out) in [(planes.u, &mut thumb.u), (planes.v, &mut thumb.v)] {
            match plane {
                Some(plane) => self
                    .chroma_columns
                    .reduce::<CHROMA_ROWS>(plane, planes.chroma_height, out),
                None => out.fill(128),
            }
        }
    }
}

/// Where each box of a row begins to be read, and how many samples in a row are read of it: as many as fit out of 8, 4, 2 and
/// 1, in its middle.
#[derive(Clone, Debug, Default)]
struct Columns {
    starts: Vec<usize>,
    run: usize,
    width: usize,
}

impl Columns {
    fn fit(&mut self, boxes: usize, width: usize) {
        if self.width == width && self.starts.len() == boxes {
            return;
        }
        self.width = width;
        self.run = [8, 4, 2]
            .into_iter()
            .find(|run| run * boxes <= width)
            .unwrap_or(1);
        self.starts.clear();
        // the middle of a box, doubled and times the boxes, less half of the run
        self.starts.extend((0..boxes).map(|at| {
            let start = ((2 * at + 1) * width).saturating_sub(self.run * boxes) / (2 * boxes);
            start.min(width.saturating_sub(self.run))
        }));
    }

    /// Averages `rows` rows of every box of `out`.
    fn reduce<const ROWS: usize>(&self, plane: Plane<'_>, height: usize, out: &mut [u8]) {
        match self.run {
            8 => self.reduce_runs::<8, ROWS>(plane, height, out),
            4 => self.reduce_runs::<4, ROWS>(plane, height, out),
            2 => self.reduce_runs::<2, ROWS>(plane, height, out),
            _ => self.reduce_runs::<1, ROWS>(plane, height, out),
        }
    }

    fn reduce_runs<const RUN: usize, const ROWS: usize>(
        &self,
        plane: Plane<'_>,
        height: usize,
        out: &mut [u8],
    ) {
        if self.width == 0 || height == 0 {
            return;
        }
        let rows_out = out.len() / self.starts.len();
        for (y, out_row) in out.chunks_exact_mut(self.starts.len()).enumerate() {
            let rows: [&[u8]; ROWS] = std::array::from_fn(|tap| {
                let at = row_at(y, tap, ROWS, rows_out, height) * plane.stride;
                let row = plane.data.get(at..).unwrap_or_default();
                &row[..row.len().min(self.width)]
            });
            for (level, &start) in out_row.iter_mut().zip(&self.starts) {
                let sum: u32 = rows.iter().map(|row| sum_of_run::<RUN>(row, start)).sum();
                let count = (RUN * ROWS) as u32;
                *level = ((sum + count / 2) / count) as u8;
            }
        }
    }
}

/// The sum of `RUN` samples from `start`, as far as the row goes.
fn sum_of_run<const RUN: usize>(row: &[u8], start: usize) -> u32 {
    let run = row.get(start..).unwrap_or_default();
    // eight levels do not overflow; wrapping says so to the compiler
    let sum = |levels: &[u8]| {
        levels
            .iter()
            .fold(0u32, |sum, &level| sum.wrapping_add(u32::from(level)))
    };
    run.first_chunk::<RUN>().map_or_else(|| sum(run), |run| sum(run))
}

/// The row of the source that is row `tap` of `taps` of box `at` of `boxes`, in the middle of its share of `height`.
fn row_at(at: usize, tap: usize, taps: usize, boxes: usize, height: usize) -> usize {
    ((2 * (at * taps + tap) + 1) * height / (2 * boxes * taps)).min(height - 1)
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
