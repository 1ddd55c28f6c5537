//! What becomes of a picture before anything is laid over it: the shield, and comparing it with a still. Here for pictures
//! as rows in memory; `mixer.rs` does the same on a graphics card.

use serde::{Deserialize, Serialize};

/// What is blurred and greyed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shield {
    /// Left, top, width, height in shares of the picture; the whole picture when there is none.
    pub areas: Vec<[f32; 4]>,
}

/// Areas of a shield that are told apart; more shield the whole picture.
pub(crate) const AREAS_MAX: usize = 16;

impl Shield {
    /// What is covered of a picture at `rect`, `[left, top, width, height]` in device pixels.
    pub(crate) fn parts(&self, [x, y, w, h]: [f32; 4]) -> Vec<[f32; 4]> {
        if self.areas.is_empty() || self.areas.len() > AREAS_MAX {
            return vec![[x, y, w, h]];
        }
        let part = |area: &[f32; 4]| {
            let [left, top, wide, high] = area.map(|share| {
                if share.is_finite() {
                    share.clamp(0.0, 1.0)
                } else {
                    0.0
                }
            });
            let (first, last) = ((x + left * w).floor(), (x + (left + wide).min(1.0) * w).ceil());
            let (upper, lower) = ((y + top * h).floor(), (y + (top + high).min(1.0) * h).ceil());
            [first, upper, last - first, lower - upper]
        };
        self.areas.iter().map(part).collect()
    }
}

/// How a still and the picture are seen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareMode {
    /// The still on the left, the picture on the right, both whole.
    SideBySide,
    /// The still left of a line, the picture right of it.
    Wipe,
    /// How far each point is from the still's: black where they are the same.
    Difference,
    /// The still alone.
    Still,
}

/// A picture compared with a still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How.
    pub mode: CompareMode,
    /// Where the line of a wipe stands, 0 to 1 of the picture's width.
    pub split: f32,
    /// What the still shows, in words.
    pub label: String,
}

impl Comparison {
    /// Where the line of a wipe stands over a picture at `rect`, device pixels.
    pub(crate) fn line(&self, [x, _, w, _]: [f32; 4]) -> f32 {
        let split = if self.split.is_finite() {
            self.split.clamp(0.0, 1.0)
        } else {
            0.5
        };
        (x + split * w).round()
    }
}

/// Cells of a shield along the shorter side of a picture: what is smaller is not seen.
pub(crate) const CELLS: f32 = 20.0;

/// Device pixels of a shield's cell.
pub(crate) fn cell([_, _, w, h]: [f32; 4]) -> f32 {
    (w.min(h) / CELLS).max(4.0)
}

/// Pixels of four bytes: blue, green, red, and one that is no matter.
pub(crate) struct Pixels<'a> {
    pub bytes: &'a mut [u8],
    pub stride_bytes: usize,
}

/// `[left, top, width, height]` on whole pixels inside `size`.
pub(crate) fn whole_part([x, y, w, h]: [f32; 4], size: (u32, u32)) -> [usize; 4] {
    let left = x.max(0.0).min(size.0 as f32) as usize;
    let top = y.max(0.0).min(size.1 as f32) as usize;
    let right = (x + w).max(0.0).min(size.0 as f32) as usize;
    let bottom = (y + h).max(0.0).min(size.1 as f32) as usize;
    [left, top, right.saturating_sub(left), bottom.saturating_sub(top)]
}

impl Pixels<'_> {
    /// Blurs and greys parts of a picture that lies at `rect`. Both lie inside.
    pub fn shield(&mut self, rect: [usize; 4], parts: &[[usize; 4]]) {
        let [x, y, w, h] = rect;
        if w == 0 || h == 0 {
            return;
        }
        let cell = cell(rect.map(|v| v as f32));
        let grid = self.cells(rect, cell);
        for &[left, top, wide, high] in parts {
            for row in top.max(y)..(top + high).min(y + h) {
                let line = grid.line((row - y) as f32 / cell);
                let at = row * self.stride_bytes;
                let (first, last) = (left.max(x), (left + wide).min(x + w));
                let Some(pixels) = self.bytes.get_mut(at + first * 4..at + last.max(first) * 4) else {
                    continue;
                };
                for (column, pixel) in (first..last).zip(pixels.chunks_exact_mut(4)) {
                    let grey = sample(&line, (column - x) as f32 / cell);
                    pixel[..3].fill(veiled(grey));
                }
            }
        }
    }

    /// Mean luma of each cell.
    fn cells(&self, [x, y, w, h]: [usize; 4], cell: f32) -> Grid {
        let across = (w as f32 / cell).ceil().max(1.0) as usize;
        let down = (h as f32 / cell).ceil().max(1.0) as usize;
        let mut sums = vec![(0.0f32, 0u32); across * down];
        for row in 0..h {
            let at = (y + row) * self.stride_bytes + x * 4;
            let Some(pixels) = self.bytes.get(at..at + w * 4) else {
                continue;
            };
            let first = ((row as f32 / cell) as usize).min(down - 1) * across;
            for (column, pixel) in pixels.chunks_exact(4).enumerate() {
                let place = first + ((column as f32 / cell) as usize).min(across - 1);
                let luma = 0.0722 * f32::from(pixel[0])
                    + 0.7152 * f32::from(pixel[1])
                    + 0.2126 * f32::from(pixel[2]);
                sums[place].0 += luma;
                sums[place].1 += 1;
            }
        }
        let means = sums
            .iter()
            .map(|(sum, count)| sum / (*count).max(1) as f32)
            .collect();
        Grid { means, across, down }
    }

    /// Puts `[left, top, width, height]` of `other`, which has the same rows, over this.
    pub fn take(&mut self, other: &[u8], [x, y, w, h]: [usize; 4]) {
        for row in y..y + h {
            let at = row * self.stride_bytes + x * 4;
            if let (Some(to), Some(from)) = (self.bytes.get_mut(at..at + w * 4), other.get(at..at + w * 4)) {
                to.copy_from_slice(from);
            }
        }
    }

    /// How far each pixel of a part is from that of `other`.
    pub fn differ(&mut self, other: &[u8], [x, y, w, h]: [usize; 4]) {
        for row in y..y + h {
            let at = row * self.stride_bytes + x * 4;
            if let (Some(to), Some(from)) = (self.bytes.get_mut(at..at + w * 4), other.get(at..at + w * 4)) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = to.abs_diff(*from);
                }
            }
        }
    }
}

/// Lighter than black and darker than white, so that a shielded picture is never taken for a real one.
fn veiled(grey: f32) -> u8 {
    (grey * 0.55 + 34.0).round() as u8
}

struct Grid {
    means: Vec<f32>,
    across: usize,
    down: usize,
}

impl Grid {
    /// One line between cells, smoothed across the neighbours.
    fn line(&self, y: f32) -> Vec<f32> {
        let row = |at: isize| {
            let at = at.clamp(0, self.down as isize - 1) as usize;
            &self.means[at * self.across..(at + 1) * self.across]
        };
        let (weights, first) = spline(y);
        (0..self.across)
            .map(|column| {
                (0isize..)
                    .zip(weights)
                    .map(|(n, weight)| weight * row(first + n)[column])
                    .sum()
            })
            .collect()
    }
}

/// Weights of the three cells around a place, and the first of them: a quadratic spline, which has no edges.
fn spline(at: f32) -> ([f32; 3], isize) {
    let middle = at.floor();
    let t = at - middle - 0.5;
    let weights = [
        0.5 * (0.5 - t) * (0.5 - t),
        0.75 - t * t,
        0.5 * (0.5 + t) * (0.5 + t),
    ];
    (weights, middle as isize - 1)
}

fn sample(line: &[f32], x: f32) -> f32 {
    let (weights, first) = spline(x);
    let last = line.len() as isize - 1;
    (0isize..)
        .zip(weights)
        .map(|(n, weight)| weight * line[(first + n).clamp(0, last) as usize])
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkerboard of single pixels.
    fn checkers(width: usize, height: usize) -> Vec<u8> {
        (0..width * height)
            .flat_map(|at| {
                if (at % width + at / width).is_multiple_of(2) {
                    [250, 10, 10, 255]
                } else {
                    [0, 240, 250, 255]
                }
            })
            .collect()
    }

    #[test]
    fn nothing_smaller_than_a_cell_is_seen_through_the_shield() {
        let (width, height) = (160, 90);
        let before = checkers(width, height);
        let mut bytes = before.clone();
        let mut pixels = Pixels {
            bytes: &mut bytes,
            stride_bytes: width * 4,
        };
        pixels.shield([0, 0, width, height], &[[20, 10, 60, 40]]);
        for (at, (now, was)) in bytes.chunks_exact(4).zip(before.chunks_exact(4)).enumerate() {
            let (x, y) = (at % width, at / width);
            if (20..80).contains(&x) && (10..50).contains(&y) {
                assert!(now[0] == now[1] && now[1] == now[2], "grey at {x}, {y}: {now:?}");
                assert!(now[0].abs_diff(99) < 8, "even at {x}, {y}: {now:?}");
            } else {
                assert_eq!(now, was, "untouched at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_still_is_put_beside_or_taken_away() {
        let other = vec![10u8; 4 * 4 * 2];
        let mut bytes = vec![30u8; 4 * 4 * 2];
        let mut pixels = Pixels {
            bytes: &mut bytes,
            stride_bytes: 16,
        };
        pixels.take(&other, [0, 0, 1, 2]);
        pixels.differ(&other, [2, 0, 2, 2]);
        let firsts: Vec<u8> = bytes.chunks_exact(4).map(|pixel| pixel[0]).collect();
        assert_eq!(firsts, [10, 30, 20, 20, 10, 30, 20, 20]);
    }

    #[test]
    fn areas_from_a_file_may_be_anything() {
        let rect = [10.0, 0.0, 100.0, 50.0];
        let parts = |areas: Vec<[f32; 4]>| Shield { areas }.parts(rect);
        assert_eq!(parts(vec![]), [rect]);
        assert_eq!(parts(vec![[0.5, 0.5, 9.0, f32::NAN]]), [[60.0, 25.0, 50.0, 0.0]]);
        assert_eq!(parts(vec![[0.1, 0.1, 0.1, 0.1]; 99]), [rect]);
    }
}
