//! Where text may stand in a picture, cut out for reading.

use image::{GrayImage, imageops};

use crate::local::grey::halved;

/// Cells in which strokes are counted, pixels.
const CELL: (usize, usize) = (16, 8);
/// A stroke's edge is at least this steep, levels from one pixel to the second next.
const STROKE: i16 = 56;
/// Edges of each direction that a cell of text has at least.
const STROKES_PER_CELL: u32 = 5;
/// Neighbouring cells of text that make a word.
const CELLS_PER_WORD: usize = 3;
/// The picture is looked at in halves of its size down to this width: strokes of large letters are too far apart for a cell, and
/// the reader likes letters of a few ten pixels best.
const NARROWEST: u32 = 200;
/// Places of one picture that are read at most, and in all this much of its size: what has more is texture.
const MAX_PLACES: usize = 16;
const MAX_SHARE_PERMILLE: usize = 350;
/// Places less like a line of text than this are texture. Over 1391 places of some thirty clips, of which 148 held text,
/// it leaves out six in ten of those without and two in a hundred of those with.
const MIN_LIKENESS: f32 = 1.1;
/// What twice the width counts for in that: long lines are seldom texture.
const WIDTH_WEIGHT: f32 = 0.104;
/// Mean difference of two pictures of the same thing, levels.
const GRAIN: u64 = 4;
/// Rows of cells that a line of text has at most at the size that suits it. In what is taller, lines are sought by themselves:
/// furniture below a caption hangs together with it.
const ROWS_PER_LINE: usize = 5;
/// Share of the wider one that two rows of a line have in common, tenths.
const COMMON_TENTHS: usize = 6;

/// A place cut out, dark on light.
#[derive(Clone, Debug)]
pub(super) struct Cutting {
    pub(super) picture: GrayImage,
    /// Where its corner lies in the picture it was cut from, pixels.
    pub(super) left: u32,
    pub(super) top: u32,
    /// Pixels of that picture per pixel of this one.
    pub(super) scale: u32,
    /// How much it looks like a line of text; places are worth reading in this order.
    pub(super) likeness: f32,
}

impl Cutting {
    /// Left, top, right and bottom in the picture it was cut from.
    fn sides(&self) -> (u32, u32, u32, u32) {
        let (wide, tall) = (
            self.picture.width() * self.scale,
            self.picture.height() * self.scale,
        );
        (self.left, self.top, self.left + wide, self.top + tall)
    }

    /// Whether more than half of it lies in `other`.
    fn lies_in(&self, other: &Self) -> bool {
        let (a, b) = (self.sides(), other.sides());
        let wide = u64::from(a.2.min(b.2).saturating_sub(a.0.max(b.0)));
        let tall = u64::from(a.3.min(b.3).saturating_sub(a.1.max(b.1)));
        wide * tall * 2 > u64::from(a.2 - a.0) * u64::from(a.3 - a.1)
    }

    /// Whether it shows what `other` shows: the same place, and the same there but for grain.
    pub(super) fn is_still(&self, other: &Self) -> bool {
        if (self.sides(), self.scale) != (other.sides(), other.scale) {
            return false;
        }
        let (ours, theirs) = (self.picture.as_raw(), other.picture.as_raw());
        let apart: u64 = ours
            .iter()
            .zip(theirs)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        apart <= GRAIN * ours.len() as u64
    }
}

/// A box of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    columns: (usize, usize),
    rows: (usize, usize),
}

/// Cuts out every place where strokes stand side by side, each with some margin: alone, a line has its own threshold between
/// ink and ground, and what lies around it is not taken for letters.
pub(super) fn cuttings(grey: &GrayImage) -> Vec<Cutting> {
    let mut found = Vec::new();
    let mut level = grey.clone();
    let mut scale = 1;
    loop {
        for block in blocks(&level) {
            found.push(cut(&level, block, scale));
        }
        if level.width() / 2 < NARROWEST || level.height() < 2 {
            break;
        }
        level = halved(&level);
        scale *= 2;
    }
    found.retain(|cutting| cutting.likeness >= MIN_LIKENESS);
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    // most lines are found at two sizes: every line once comes before any line once more
    let (mut chosen, mut again): (Vec<Cutting>, Vec<Cutting>) = Default::default();
    for cutting in found {
        if chosen.iter().any(|better| cutting.lies_in(better)) {
            again.push(cutting);
        } else {
            chosen.push(cutting);
        }
    }
    chosen.append(&mut again);
    let mut left = grey.as_raw().len() * MAX_SHARE_PERMILLE / 1000;
    chosen.retain(|cutting| match left.checked_sub(cutting.picture.as_raw().len()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    chosen.truncate(MAX_PLACES);
    chosen
}

fn cut(level: &GrayImage, block: Block, scale: u32) -> Cutting {
    let pixels = |cells: usize, cell: usize| u32::try_from(cells * cell).unwrap_or(u32::MAX);
    let tall = pixels(block.rows.1 - block.rows.0, CELL.1);
    let margin = (pixels(1, CELL.0), pixels(1, CELL.1).max(tall / 3));
    let left = pixels(block.columns.0, CELL.0).saturating_sub(margin.0);
    let top = pixels(block.rows.0, CELL.1).saturating_sub(margin.1);
    let right = (pixels(block.columns.1, CELL.0) + margin.0).min(level.width());
    let bottom = (pixels(block.rows.1, CELL.1) + margin.1).min(level.height());
    let mut picture = imageops::crop_imm(level, left, top, right - left, bottom - top).to_image();
    let parting = parting(&picture);
    if parting.dark_share > 0.5 {
        imageops::invert(&mut picture);
    }
    Cutting {
        likeness: parting.likeness(picture.width()),
        picture,
        left: left * scale,
        top: top * scale,
        scale,
    }
}

/// Connected cells of text that are as wide as a word. One empty cell between two of a row is a wide letter space.
fn blocks(grey: &GrayImage) -> Vec<Block> {
    let (columns, rows) = (grey.width() as usize / CELL.0, grey.height() as usize / CELL.1);
    let mut marked = vec![false; columns * rows];
    for row in 0..rows {
        for column in 0..columns {
            marked[row * columns + column] = is_text(grey, column, row);
        }
        let line = marked[row * columns..][..columns].to_vec();
        for (at, sides) in line.windows(3).enumerate() {
            marked[row * columns + at + 1] |= sides[0] && sides[2];
        }
    }
    let unread = marked.clone();
    let mut found = Vec::new();
    for start in 0..marked.len() {
        if marked[start] {
            let block = flood(&mut marked, columns, start);
            if block.rows.1 - block.rows.0 > ROWS_PER_LINE {
                found.extend(lines_in(&unread, columns, block));
            }
            let (wide, tall) = (
                (block.columns.1 - block.columns.0) * CELL.0,
                (block.rows.1 - block.rows.0) * CELL.1,
            );
            if wide >= CELLS_PER_WORD * CELL.0 && wide >= tall {
                found.push(block);
            }
        }
    }
    found
}

/// The runs of marked cells within a block that lie under each other with about the same ends, as the rows of a line do.
fn lines_in(marked: &[bool], columns: usize, block: Block) -> Vec<Block> {
    let (mut open, mut found): (Vec<Block>, Vec<Block>) = (Vec::new(), Vec::new());
    for row in block.rows.0..block.rows.1 {
        let mut from = block.columns.0;
        while from < block.columns.1 {
            let line = &marked[row * columns..][from..block.columns.1];
            let long = line.iter().take_while(|&&is| is).count();
            if long >= CELLS_PER_WORD {
                let run = (from, from + long);
                let above = open
                    .iter_mut()
                    .find(|line| line.rows.1 == row && are_one_line(line.columns, run));
                match above {
                    Some(line) => {
                        line.rows.1 = row + 1;
                        line.columns = (line.columns.0.min(run.0), line.columns.1.max(run.1));
                    }
                    None => open.push(Block {
                        columns: run,
                        rows: (row, row + 1),
                    }),
                }
            }
            from += long.max(1);
        }
        let (going_on, over): (Vec<_>, Vec<_>) = open.into_iter().partition(|line| line.rows.1 > row);
        open = going_on;
        found.extend(over);
    }
    found.extend(open);
    found.retain(|line| (2..=ROWS_PER_LINE).contains(&(line.rows.1 - line.rows.0)));
    found
}

fn are_one_line(a: (usize, usize), b: (usize, usize)) -> bool {
    let common = a.1.min(b.1).saturating_sub(a.0.max(b.0));
    common * 10 >= COMMON_TENTHS * (a.1 - a.0).max(b.1 - b.0)
}

/// Clears the marked cells that hang together with `start`, and answers the box around them.
fn flood(marked: &mut [bool], columns: usize, start: usize) -> Block {
    let rows = marked.len() / columns;
    let (x, y) = (start % columns, start / columns);
    let mut block = Block {
        columns: (x, x + 1),
        rows: (y, y + 1),
    };
    let mut waiting = vec![start];
    marked[start] = false;
    while let Some(at) = waiting.pop() {
        let (x, y) = (at % columns, at / columns);
        block.columns = (block.columns.0.min(x), block.columns.1.max(x + 1));
        block.rows = (block.rows.0.min(y), block.rows.1.max(y + 1));
        for near_y in y.saturating_sub(1)..(y + 2).min(rows) {
            for near_x in x.saturating_sub(1)..(x + 2).min(columns) {
                let near = near_y * columns + near_x;
                if std::mem::take(&mut marked[near]) {
                    waiting.push(near);
                }
            }
        }
    }
    block
}

/// Whether a cell holds strokes: steep edges up and down in about equal number.
fn is_text(grey: &GrayImage, column: usize, row: usize) -> bool {
    let (width, pixels) = (grey.width() as usize, grey.as_raw());
    let (mut up, mut down) = (0u32, 0u32);
    for y in row * CELL.1..(row + 1) * CELL.1 {
        let from = y * width + column * CELL.0;
        let line = &pixels[from..(from + CELL.0 + 2).min((y + 1) * width)];
        for (a, b) in line.iter().zip(&line[2..]) {
            let step = i16::from(*b) - i16::from(*a);
            up += u32::from(step >= STROKE);
            down += u32::from(step <= -STROKE);
        }
    }
    up.min(down) >= STROKES_PER_CELL && up.max(down) <= 4 * up.min(down)
}

/// A picture parted into dark and light at the level that parts it best (Otsu, 1979).
struct Parting {
    /// Share of the pixels that are dark.
    dark_share: f32,
    /// Share of the variance that lies between dark and light: nearly all of it in print, less in texture.
    explained: f32,
}

impl Parting {
    /// How much a place of this width looks like a line of text: two levels, little ink on much ground, and long.
    fn likeness(&self, width: u32) -> f32 {
        let ink = self.dark_share.min(1.0 - self.dark_share);
        self.explained - ink + WIDTH_WEIGHT * octaves(width)
    }
}

/// How often 1 is doubled to make `value`, straight between the powers of two: a logarithm that is the same on every machine.
fn octaves(value: u32) -> f32 {
    let whole = value.max(1).ilog2();
    whole as f32 + (value.max(1) - (1 << whole)) as f32 / (1u32 << whole) as f32
}

fn parting(picture: &GrayImage) -> Parting {
    let mut counts = [0u64; 256];
    for &level in picture.as_raw() {
        counts[usize::from(level)] += 1;
    }
    let all: u64 = counts.iter().sum();
    let whole: u64 = (0u64..).zip(&counts).map(|(level, count)| level * count).sum();
    let squares: u64 = (0u64..)
        .zip(&counts)
        .map(|(level, count)| level * level * count)
        .sum();
    let (mut below, mut weight) = (0u64, 0u64);
    let (mut best, mut dark) = (0.0f64, all);
    for (level, count) in (0u64..).zip(&counts) {
        below += count;
        weight += level * count;
        let above = all - below;
        if below == 0 || above == 0 {
            continue;
        }
        let apart = weight as f64 / below as f64 - (whole - weight) as f64 / above as f64;
        let between = below as f64 * above as f64 * apart * apart;
        if between > best {
            (best, dark) = (between, below);
        }
    }
    let (all_wide, whole_wide) = (u128::from(all), u128::from(whole));
    let variance = (all_wide * u128::from(squares)).saturating_sub(whole_wide * whole_wide) as f64;
    Parting {
        dark_share: dark as f32 / all.max(1) as f32,
        explained: (best / variance.max(1.0)) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(paint: &dyn Fn(u32, u32) -> u8) -> GrayImage {
        GrayImage::from_fn(640, 360, |x, y| image::Luma([paint(x, y)]))
    }

    /// Stems `width` pixels wide and as far apart.
    fn stems(left: u32, top: u32, height: u32, width: u32, count: u32) -> impl Fn(u32, u32) -> u8 {
        move |x, y| {
            let inside = (left..left + 2 * width * count).contains(&x) && (top..top + height).contains(&y);
            if inside && ((x - left) / width).is_multiple_of(2) {
                240
            } else {
                30
            }
        }
    }

    #[test]
    fn pictures_without_strokes_have_no_places() {
        assert!(cuttings(&picture(&|_, _| 90)).is_empty());
        assert!(
            cuttings(&picture(&|x, _| if x < 160 { 20 } else { 230 })).is_empty(),
            "one edge"
        );
        let waves = picture(&|x, y| (128.0 + 60.0 * ((x + y) as f32 / 20.0).sin()) as u8);
        assert!(cuttings(&waves).is_empty(), "soft waves");
        assert!(cuttings(&GrayImage::new(3, 1)).is_empty());
        assert!(cuttings(&GrayImage::new(0, 0)).is_empty());
    }

    #[test]
    fn small_and_large_letters_are_cut_out_whole_with_a_margin_and_dark_on_light() {
        for (height, width) in [(16, 3), (28, 4), (64, 12)] {
            let paint = stems(100, 120, height, width, 12);
            let found = cuttings(&picture(&paint));
            let right = 100 + 2 * width * 12 - width;
            let whole = found.iter().find(|c| {
                c.left < 100
                    && c.left + c.picture.width() * c.scale > right
                    && c.top < 120
                    && c.top + c.picture.height() * c.scale > 120 + height
            });
            let whole = whole.unwrap_or_else(|| panic!("{height}: {found:?}"));
            assert_eq!(whole.picture.get_pixel(0, 0).0, [225], "the ground is light");
        }
    }

    #[test]
    fn a_line_is_cut_out_of_what_hangs_together_with_it() {
        let caption = stems(160, 96, 20, 4, 20);
        let chair = |x: u32, y: u32| {
            let leg = (176..240).contains(&x) && (116..240).contains(&y) && (x / 5).is_multiple_of(2);
            if leg { 230 } else { 30 }
        };
        let found = cuttings(&picture(&|x, y| caption(x, y).max(chair(x, y))));
        let line = found
            .iter()
            .find(|c| c.scale == 1 && c.left < 160 && c.top < 96 && c.picture.height() < 60);
        assert!(
            line.is_some_and(|c| c.left + c.picture.width() > 312),
            "{found:?}"
        );
    }

    #[test]
    fn a_line_found_at_two_sizes_comes_once_before_it_comes_again() {
        let (upper, lower) = (stems(80, 40, 28, 4, 24), stems(80, 240, 28, 4, 24));
        let found = cuttings(&picture(&|x, y| upper(x, y).max(lower(x, y))));
        assert!(found.len() > 2, "each line at two sizes: {found:?}");
        assert!(!found[1].lies_in(&found[0]), "{found:?}");
        assert!(
            found[2..]
                .iter()
                .all(|again| again.lies_in(&found[0]) || again.lies_in(&found[1]))
        );
    }

    #[test]
    fn a_caption_that_stands_is_the_same_and_one_that_changed_is_not() {
        let first = cuttings(&picture(&stems(100, 120, 28, 4, 12)));
        let grain = picture(&|x, y| stems(100, 120, 28, 4, 12)(x, y) + (x % 5) as u8);
        let moved = picture(&stems(102, 120, 28, 4, 12));
        assert!(cuttings(&grain)[0].is_still(&first[0]));
        assert!(!cuttings(&moved)[0].is_still(&first[0]));
    }

    #[test]
    fn octaves_are_exact_at_powers_of_two_and_rise_between() {
        assert_eq!([1, 2, 64, 1024].map(octaves), [0.0, 1.0, 6.0, 10.0]);
        assert!((1..2000).all(|width| octaves(width) < octaves(width + 1)));
        assert!((2..2000u32).all(|width| (octaves(width) - (width as f32).log2()).abs() < 0.09));
    }

    #[test]
    fn a_wall_of_texture_is_not_read_piece_by_piece() {
        let hash = |x: u32, y: u32| ((x / 3 * 7919 + y / 40 * 104_729) % 97 % 2 * 200) as u8;
        assert!(cuttings(&picture(&hash)).len() <= MAX_PLACES);
    }
}
