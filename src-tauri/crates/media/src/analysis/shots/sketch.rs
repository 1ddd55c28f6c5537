//! What is kept of each picture while it may still matter to a boundary, and how two pictures are compared.

use crate::analysis::picture::{CHROMA_HEIGHT, CHROMA_WIDTH, THUMB_WIDTH, Thumb};

/// The luma that pictures are matched on.
const WIDTH: usize = CHROMA_WIDTH;
const HEIGHT: usize = CHROMA_HEIGHT;
const PIXELS: usize = WIDTH * HEIGHT;

/// The coarse picture that mixtures are tested on: 32 × 18 luma and twice 16 × 9 chroma.
const COARSE_LUMA: (usize, usize) = (32, 18);
const COARSE_CHROMA: (usize, usize) = (16, 9);
const COARSE: usize = COARSE_LUMA.0 * COARSE_LUMA.1 + 2 * COARSE_CHROMA.0 * COARSE_CHROMA.1;

/// Blocks of the per-picture change, and how far each is looked for.
const CHANGE_BLOCK: (usize, usize) = (16, 6);
const CHANGE_REACH: (i32, i32) = (2, 2);
/// Blocks of the similarity of two pictures, and how far each is looked for: an eighth of the picture.
const MATCH_BLOCK: (usize, usize) = (16, 12);
const MATCH_REACH: (i32, i32) = (8, 5);

/// A picture reduced to what the shot detector needs.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    /// 64 × 36 luma.
    luma: Box<[u8]>,
    u: Box<[u8]>,
    v: Box<[u8]>,
    /// Each plane without its mean, chroma doubled, in quarter levels.
    coarse: Box<[i16]>,
    /// Sum of the squares of `coarse`.
    power: i64,
    /// Spread of luma, levels: what the standard deviation would be, measured without the brightest and darkest twentieth
    /// so that a caption or a watermark on black is no contrast.
    pub(super) contrast: f32,
    /// Change from the picture before, 1/10 level per pixel, motion allowed for.
    pub(super) change: u32,
}

/// How much of one picture is found in another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likeness {
    /// Mean of the blocks' best correlations, 0 to 1.
    pub(super) similarity: f32,
    /// Share of the picture's detail that is there practically unchanged, 0 to 1.
    pub(super) kept: f32,
}

/// How a picture lies between two others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mixture {
    /// Share of the first.
    pub(super) first: f32,
    /// Share of the second.
    pub(super) second: f32,
    /// How much of what neither explains alone the two explain together, 0 to 1.
    pub(super) explained: f32,
    /// What the better one leaves unexplained alone, mean square levels.
    pub(super) alone: f32,
    /// Correlation of the two ends, -1 to 1.
    pub(super) ends_correlation: f32,
}

impl Sketch {
    pub(super) fn new(thumb: &Thumb) -> Self {
        let mut luma = vec![0u8; PIXELS].into_boxed_slice();
        for (y, row) in luma.chunks_exact_mut(WIDTH).enumerate() {
            let upper = &thumb.y[2 * y * THUMB_WIDTH..][..THUMB_WIDTH];
            let lower = &thumb.y[(2 * y + 1) * THUMB_WIDTH..][..THUMB_WIDTH];
            for (x, level) in row.iter_mut().enumerate() {
                let sum = u16::from(upper[2 * x])
                    + u16::from(upper[2 * x + 1])
                    + u16::from(lower[2 * x])
                    + u16::from(lower[2 * x + 1]);
                *level = ((sum + 2) / 4) as u8;
            }
        }
        let mut coarse = Vec::with_capacity(COARSE);
        reduce(&luma, COARSE_LUMA, 2, 1, &mut coarse);
        reduce(&thumb.u, COARSE_CHROMA, 4, 2, &mut coarse);
        reduce(&thumb.v, COARSE_CHROMA, 4, 2, &mut coarse);
        let power = dot(&coarse, &coarse);
        let contrast = spread(&luma);
        let (u, v) = (thumb.u.clone(), thumb.v.clone());
        Self {
            luma,
            u,
            v,
            coarse: coarse.into_boxed_slice(),
            power,
            contrast,
            change: 0,
        }
    }

    /// Mean difference to `before` after each block has moved where it fits best, 1/10 level per pixel.
    pub(super) fn change_from(&self, before: &Self) -> u32 {
        let (width, height) = CHANGE_BLOCK;
        let mut total = 0u32;
        for top in (0..HEIGHT).step_by(height) {
            for left in (0..WIDTH).step_by(width) {
                let mut best = (u32::MAX, left, top);
                for (x, y) in places((left, top), CHANGE_BLOCK, CHANGE_REACH) {
                    let sum = difference(&self.luma, (left, top), &before.luma, (x, y));
                    if sum < best.0 {
                        best = (sum, x, y);
                    }
                }
                let there = (best.1, best.2);
                total += best.0
                    + difference(&self.u, (left, top), &before.u, there)
                    + difference(&self.v, (left, top), &before.v, there);
            }
        }
        total * 10 / PIXELS as u32
    }

    /// How much of this picture is found in `other`: each block's best normalised correlation within reach, weighted by how
    /// much there is in it. Light and gain do not matter, motion within reach does not matter.
    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        let (width, height) = MATCH_BLOCK;
        let (mut total, mut weights) = (0.0, 0.0);
        let (mut kept, mut kept_weights) = (0.0, 0.0);
        for top in (0..HEIGHT).step_by(height) {
            for left in (0..WIDTH).step_by(width) {
                let at = (left, top);
                let block = BlockSums::of(&self.luma, at);
                let deviation = (block.variance() / BlockSums::PIXELS).sqrt();
                let weight = deviation.clamp(FLAT_WEIGHT, MOST_WEIGHT);
                let (score, there) = if deviation < FLAT_DEVIATION {
                    (self.flat_block_match(other, at), at)
                } else {
                    let score_at = |there| block.correlation(&self.luma, at, &other.luma, there);
                    places(at, MATCH_BLOCK, MATCH_REACH)
                        .map(|there| (score_at(there), there))
                        .fold((0.0, at), |best, new| if new.0 > best.0 { new } else { best })
                };
                total += score * weight;
                weights += weight;
                let detail = Detail::of(&self.luma, at);
                let weight = detail.deviation().clamp(FLAT_WEIGHT, MOST_WEIGHT);
                kept_weights += weight;
                if score >= KEPT_SCORE && self.keeps_detail(&detail, other, at, there) {
                    kept += weight;
                }
            }
        }
        Likeness {
            similarity: total / weights,
            kept: kept / kept_weights,
        }
    }

    /// Whether a block that correlates with the one of `other` at `there` is really the same: by its detail or, when it has
    /// none, by its level and colour.
    fn keeps_detail(&self, detail: &Detail, other: &Self, at: (usize, usize), there: (usize, usize)) -> bool {
        if detail.deviation() < FLAT_DEVIATION {
            self.flat_block_match(other, at) >= KEPT_SCORE
        } else {
            detail.correlation(&self.luma, at, &other.luma, there) >= KEPT_SCORE
        }
    }

    /// A block without structure is only as similar as its level and colour.
    fn flat_block_match(&self, other: &Self, at: (usize, usize)) -> f32 {
        let apart = |a: &[u8], b: &[u8]| (mean_of_block(a, at) - mean_of_block(b, at)).abs();
        let distance = apart(&self.luma, &other.luma) + apart(&self.u, &other.u) + apart(&self.v, &other.v);
        (1.0 - (distance - FLAT_NEAR) / FLAT_NEAR).clamp(0.0, 1.0)
    }

    /// The best correlation of both whole pictures over every shift that leaves half of the width, -1 to 1.
    pub(super) fn panned_correlation(&self, other: &Self) -> f32 {
        let mut best = -1.0f32;
        for down in -PAN_REACH.1..=PAN_REACH.1 {
            for right in -PAN_REACH.0..=PAN_REACH.0 {
                best = best.max(self.shifted_correlation(other, right, down));
            }
        }
        best
    }

    fn shifted_correlation(&self, other: &Self, right: i32, down: i32) -> f32 {
        let width = WIDTH - right.unsigned_abs() as usize;
        let height = HEIGHT - down.unsigned_abs() as usize;
        let corner = |right: i32, down: i32| (right.max(0) as usize, down.max(0) as usize);
        let (mine, theirs) = (corner(right, down), corner(-right, -down));
        let mut sums = PairSums::default();
        for row in 0..height {
            let x = &self.luma[(mine.1 + row) * WIDTH + mine.0..][..width];
            let y = &other.luma[(theirs.1 + row) * WIDTH + theirs.0..][..width];
            sums.add(x, y);
        }
        sums.correlation((width * height) as f32)
    }

    /// Share of pixels that changed their histogram bin against `other`: luma and colour added, 0 to 2.
    pub(super) fn histogram_distance(&self, other: &Self) -> f32 {
        let (mine, theirs) = (
            histogram(&self.luma, &self.u, &self.v),
            histogram(&other.luma, &other.u, &other.v),
        );
        let sum: u32 = mine
            .iter()
            .zip(&theirs)
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        sum as f32 / (2 * PIXELS) as f32
    }

    /// How `self` lies between `first` and `second`.
    pub(super) fn mixture_of(&self, first: &Self, second: &Self) -> Mixture {
        let [ab, ma, mb] =
            [(first, second), (self, first), (self, second)].map(|(x, y)| dot(&x.coarse, &y.coarse) as f32);
        let (aa, bb, mm) = (
            first.power as f32 + 1.0,
            second.power as f32 + 1.0,
            self.power as f32,
        );
        // nearly equal ends leave the shares undetermined: keep them finite
        let determinant = (aa * bb - ab * ab).max(0.01 * aa * bb);
        let share_a = (ma * bb - mb * ab) / determinant;
        let share_b = (mb * aa - ma * ab) / determinant;
        let left = (mm - share_a * ma - share_b * mb).max(0.0);
        let alone = (mm - ma * ma / aa).min(mm - mb * mb / bb).max(0.0);
        let unit = (16 * COARSE_LUMA.0 * COARSE_LUMA.1) as f32;
        Mixture {
            first: share_a,
            second: share_b,
            explained: 1.0 - left / (alone + unit),
            alone: alone / unit,
            ends_correlation: ab / (aa * bb).sqrt(),
        }
    }
}

/// Shifts tried for a whole picture, pixels of 64 × 36.
const PAN_REACH: (i32, i32) = (32, 5);

/// Sums for the correlation of two areas.
#[derive(Default)]
struct PairSums {
    x: u32,
    y: u32,
    xx: u32,
    yy: u32,
    xy: u32,
}

impl PairSums {
    /// Adds a row. The sums hold 66 000 pixels before they overflow.
    fn add(&mut self, x: &[u8], y: &[u8]) {
        for (p, q) in x.iter().zip(y) {
            let (p, q) = (u32::from(*p), u32::from(*q));
            self.x += p;
            self.y += q;
            self.xx += p * p;
            self.yy += q * q;
            self.xy += p * q;
        }
    }

    fn correlation(&self, count: f32) -> f32 {
        let (x, y) = (self.x as f32, self.y as f32);
        let (xx, yy) = (self.xx as f32 - x * x / count, self.yy as f32 - y * y / count);
        let both = self.xy as f32 - x * y / count;
        if xx < count || yy < count {
            0.0
        } else {
            both / (xx * yy).sqrt()
        }
    }
}

/// Correlation from which a block is practically unchanged.
const KEPT_SCORE: f32 = 0.9;
/// Below this standard deviation a block has no structure to match.
const FLAT_DEVIATION: f32 = 1.5;
/// What a structureless block weighs, in the unit of the others (their standard deviation).
const FLAT_WEIGHT: f32 = 2.0;
/// What a block weighs at most.
const MOST_WEIGHT: f32 = 20.0;
/// Structureless blocks this close in level and colour are the same.
const FLAT_NEAR: f32 = 12.0;

/// Where the block at `at` may lie when it moves by up to `reach`, itself included, wholly inside the picture.
fn places(
    at: (usize, usize),
    block: (usize, usize),
    reach: (i32, i32),
) -> impl Iterator<Item = (usize, usize)> {
    let span = |at: usize, size: usize, reach: i32, limit: usize| {
        at.saturating_sub(reach as usize)..=(at + reach as usize).min(limit - size)
    };
    let columns = span(at.0, block.0, reach.0, WIDTH);
    span(at.1, block.1, reach.1, HEIGHT).flat_map(move |y| columns.clone().map(move |x| (x, y)))
}

/// Sum of the differences of two blocks. None of the sums here comes near its limit, and saying so (by wrapping) lets the
/// compiler add eight and sixteen at a time in a build that checks for overflow.
fn difference(a: &[u8], at: (usize, usize), b: &[u8], there: (usize, usize)) -> u32 {
    const WIDE: usize = CHANGE_BLOCK.0;
    let mut total = 0u32;
    for row in 0..CHANGE_BLOCK.1 {
        let x = a[(at.1 + row) * WIDTH + at.0..].first_chunk::<WIDE>();
        let y = b[(there.1 + row) * WIDTH + there.0..].first_chunk::<WIDE>();
        let (Some(x), Some(y)) = (x, y) else { continue };
        let across = x
            .iter()
            .zip(y)
            .fold(0u32, |sum, (p, q)| sum.wrapping_add(u32::from(p.abs_diff(*q))));
        total = total.wrapping_add(across);
    }
    total
}

struct BlockSums {
    sum: f32,
    squares: f32,
}

impl BlockSums {
    const PIXELS: f32 = (MATCH_BLOCK.0 * MATCH_BLOCK.1) as f32;

    fn of(plane: &[u8], at: (usize, usize)) -> Self {
        let (mut sum, mut squares) = (0u32, 0u32);
        for row in 0..MATCH_BLOCK.1 {
            for &level in &plane[(at.1 + row) * WIDTH + at.0..][..MATCH_BLOCK.0] {
                sum += u32::from(level);
                squares += u32::from(level) * u32::from(level);
            }
        }
        Self {
            sum: sum as f32,
            squares: squares as f32,
        }
    }

    fn variance(&self) -> f32 {
        (self.squares - self.sum * self.sum / Self::PIXELS).max(0.0)
    }

    /// Correlation with the block of `other` at `there`; zero where that one has no structure.
    fn correlation(&self, plane: &[u8], at: (usize, usize), other: &[u8], there: (usize, usize)) -> f32 {
        let (mut sum, mut squares, mut products) = (0i32, 0i32, 0i32);
        for row in 0..MATCH_BLOCK.1 {
            let x = plane[(at.1 + row) * WIDTH + at.0..].first_chunk::<{ MATCH_BLOCK.0 }>();
            let y = other[(there.1 + row) * WIDTH + there.0..].first_chunk::<{ MATCH_BLOCK.0 }>();
            let (Some(x), Some(y)) = (x, y) else { return 0.0 };
            // 16-bit factors in a known number: the compiler multiplies and adds eight at a time
            for (p, q) in x.iter().zip(y) {
                let (p, q) = (i32::from(i16::from(*p)), i32::from(i16::from(*q)));
                sum = sum.wrapping_add(q);
                squares = squares.wrapping_add(q.wrapping_mul(q));
                products = products.wrapping_add(p.wrapping_mul(q));
            }
        }
        let there = Self {
            sum: sum as f32,
            squares: squares as f32,
        };
        let variance = there.variance();
        if variance < Self::PIXELS {
            return 0.0;
        }
        (products as f32 - self.sum * there.sum / Self::PIXELS) / (self.variance() * variance).sqrt()
    }
}

/// What there is in a block besides a plane, the ramp of light that the wall or the sky in it makes: the correlation of two
/// ramps says that light falls off the same way, which is so in any two pictures.
struct Detail {
    /// The plane: its middle, and how it rises to the right and downward, levels per pixel.
    middle: f32,
    rightward: f32,
    downward: f32,
    /// Sum of the squared distances from it.
    variance: f32,
}

impl Detail {
    fn of(plane: &[u8], at: (usize, usize)) -> Self {
        let (width, height) = MATCH_BLOCK;
        let spread = |count: usize, other: usize| (other * count * (count * count - 1) / 12) as f32;
        let mut fitted = Self {
            middle: mean_of_block(plane, at),
            rightward: 0.0,
            downward: 0.0,
            variance: 0.0,
        };
        each_in_block(plane, at, |level, (x, y)| {
            fitted.rightward += level * x;
            fitted.downward += level * y;
        });
        fitted.rightward /= spread(width, height);
        fitted.downward /= spread(height, width);
        let mut variance = 0.0;
        each_in_block(plane, at, |level, place| {
            variance += fitted.left_of(level, place).powi(2);
        });
        fitted.variance = variance;
        fitted
    }

    fn left_of(&self, level: f32, (x, y): (f32, f32)) -> f32 {
        level - self.middle - self.rightward * x - self.downward * y
    }

    /// Standard deviation from the plane, levels.
    fn deviation(&self) -> f32 {
        (self.variance / BlockSums::PIXELS).sqrt()
    }

    /// Correlation of the detail at `at` with that of `other` at `there`, -1 to 1.
    fn correlation(&self, plane: &[u8], at: (usize, usize), other: &[u8], there: (usize, usize)) -> f32 {
        let theirs = Self::of(other, there);
        let mut mine = [0.0; MATCH_BLOCK.0 * MATCH_BLOCK.1];
        let mut next = mine.iter_mut();
        each_in_block(plane, at, |level, place| {
            if let Some(slot) = next.next() {
                *slot = self.left_of(level, place);
            }
        });
        let (mut products, mut next) = (0.0, mine.iter());
        each_in_block(other, there, |level, place| {
            products += next.next().unwrap_or(&0.0) * theirs.left_of(level, place);
        });
        products / (self.variance * theirs.variance).sqrt().max(1.0)
    }
}

/// Shows every level of a block with its place from the block's middle, pixels.
fn each_in_block(plane: &[u8], at: (usize, usize), mut look: impl FnMut(f32, (f32, f32))) {
    let from_middle = |at: usize, size: usize| at as f32 - (size - 1) as f32 / 2.0;
    for row in 0..MATCH_BLOCK.1 {
        let levels = &plane[(at.1 + row) * WIDTH + at.0..][..MATCH_BLOCK.0];
        for (column, &level) in levels.iter().enumerate() {
            let place = (
                from_middle(column, MATCH_BLOCK.0),
                from_middle(row, MATCH_BLOCK.1),
            );
            look(f32::from(level), place);
        }
    }
}

fn mean_of_block(plane: &[u8], at: (usize, usize)) -> f32 {
    BlockSums::of(plane, at).sum / BlockSums::PIXELS
}

/// Means of `factor` × `factor` pixels without the mean of all, `gain` times, in quarter levels.
fn reduce(plane: &[u8], (columns, rows): (usize, usize), factor: usize, gain: i32, out: &mut Vec<i16>) {
    let from = out.len();
    let mut total = 0i32;
    for y in 0..rows {
        for x in 0..columns {
            let sum: i32 = (0..factor)
                .map(|row| {
                    let at = (y * factor + row) * columns * factor + x * factor;
                    plane[at..at + factor]
                        .iter()
                        .map(|&level| i32::from(level))
                        .sum::<i32>()
                })
                .sum();
            let quarter = sum * 4 * gain / (factor * factor) as i32;
            total += quarter;
            out.push(quarter as i16);
        }
    }
    let mean = (total / (columns * rows) as i32) as i16;
    for value in &mut out[from..] {
        *value -= mean;
    }
}

fn dot(a: &[i16], b: &[i16]) -> i64 {
    // a chunk's sum stays under 2^31: 64 products of at most 2048 squared
    a.chunks(64)
        .zip(b.chunks(64))
        .map(|(x, y)| {
            i64::from(x.iter().zip(y).fold(0i32, |sum, (p, q)| {
                sum.wrapping_add(i32::from(*p).wrapping_mul(i32::from(*q)))
            }))
        })
        .sum()
}

fn spread(plane: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &level in plane {
        counts[usize::from(level)] += 1;
    }
    let twentieth = plane.len() as u32 / 20;
    let (low, high) = (
        beyond(0..256, &counts, twentieth),
        beyond((0..256).rev(), &counts, twentieth),
    );
    // between the 5th and the 95th percentile lie 3.29 standard deviations of a normal distribution
    high.saturating_sub(low) as f32 / 3.29
}

/// The level at which more than `share` pixels have been passed.
fn beyond(mut levels: impl Iterator<Item = usize>, counts: &[u32; 256], share: u32) -> usize {
    let mut seen = 0;
    let found = levels.find(|&level| {
        seen += counts[level];
        seen > share
    });
    found.unwrap_or(0)
}

/// Bins of the histograms of luma and colour together.
const BINS: usize = 32 + 256;

/// 32 bins of luma, then 16 × 16 of the middle of the colour plane.
fn histogram(luma: &[u8], u: &[u8], v: &[u8]) -> [u16; BINS] {
    let mut counts = [0u16; BINS];
    for ((&y, &u), &v) in luma.iter().zip(u).zip(v) {
        counts[usize::from(y / 8)] += 1;
        let bin = |chroma: u8| usize::from((chroma / 8).clamp(8, 23) - 8);
        counts[32 + bin(u) * 16 + bin(v)] += 1;
    }
    counts
}
