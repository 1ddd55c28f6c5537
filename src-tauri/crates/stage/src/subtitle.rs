//! Subtitles as a viewer of the finished film sees them: what a cue is, and where its lines stand.
//!
//! Places are WebVTT's, which TTML regions can be told in. Letters are 80 % of a row, and a row is a fifteenth of the
//! picture's shorter side, as EBU-TT-D cells are. Everything stays inside the graphics safe area.

use serde::{Deserialize, Serialize};

/// Share of the picture's shorter side that a row takes.
const ROW: f32 = 1.0 / 15.0;
/// Share of a row that a letter's size takes.
const LETTER: f32 = 0.8;
/// What the safe area leaves free on each side, as a share of the picture.
const SAFE: f32 = 0.05;
/// Lines without a size of their own are no longer than this share of the picture's width.
const MEASURE: f32 = 0.84;
/// A measure narrower than this share of the picture is a mistake in the file.
const MEASURE_MIN: f32 = 0.1;

/// Words of another style inside a subtitle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SubtitleSpan {
    /// First byte of the text.
    pub from: usize,
    /// First byte that is no longer in it.
    pub to: usize,
    /// Slanted.
    pub italic: bool,
    /// Heavier.
    pub bold: bool,
    /// With a line beneath.
    pub underline: bool,
    /// Red, green, blue, opacity; white without.
    pub colour: Option<[u8; 4]>,
    /// Red, green, blue, opacity of what lies behind the words; the look's own without.
    pub background: Option<[u8; 4]>,
}

/// An edge or the middle of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubtitleEdge {
    /// Where reading begins.
    Start,
    /// The middle.
    #[default]
    Middle,
    /// Where reading ends.
    End,
    /// The left one, whichever way one reads.
    Left,
    /// The right one, whichever way one reads.
    Right,
}

/// Where the first line stands across the direction of reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubtitleLine {
    /// A row of the safe area, 0 for the first, −1 for the last.
    Row(i32),
    /// A share of the picture's height (or width, for columns), and which part of the block stands there.
    Share(f32, SubtitleEdge),
}

/// Columns instead of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubtitleColumns {
    /// The next column stands to the left, as in Japanese.
    ToTheLeft,
    /// The next column stands to the right, as in Mongolian.
    ToTheRight,
}

/// Where a subtitle stands; without anything it stands in the middle of the bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubtitlePlace {
    /// Across the direction of reading; at the bottom without.
    pub line: Option<SubtitleLine>,
    /// Along it: a share of the picture's width (or height, for columns).
    pub position: Option<f32>,
    /// Which part of the block stands at `position`; as `align` says without.
    pub position_edge: Option<SubtitleEdge>,
    /// Longest line, as a share of the picture's width (or height, for columns).
    pub size: Option<f32>,
    /// How lines of different length stand to each other.
    pub align: SubtitleEdge,
    /// Columns instead of lines.
    pub columns: Option<SubtitleColumns>,
}

/// A subtitle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subtitle {
    /// Its words in the order of reading, lines separated by line feeds.
    pub text: String,
    /// Where its style differs, in order and not overlapping.
    pub spans: Vec<SubtitleSpan>,
    /// Where it stands.
    pub place: SubtitlePlace,
}

impl Subtitle {
    /// Plain words at the usual place.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// What keeps words apart from the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubtitleLook {
    /// A dark rim around every letter.
    #[default]
    Outline,
    /// A dark box behind every line.
    Box,
}

/// Sizes that all subtitles over one picture share, device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    /// Letter size.
    pub size: f32,
    /// From line to line.
    pub pitch: f32,
    /// Left, top, right, bottom of the picture.
    picture: [f32; 4],
    /// Left, top, right, bottom of where words may stand.
    safe: [f32; 4],
}

impl Grid {
    /// Over a picture at `[left, top, width, height]`; letters are never smaller than `smallest`.
    pub fn over([x, y, w, h]: [f32; 4], smallest: f32) -> Self {
        let row = w.min(h) * ROW;
        // In quarters of a pixel: a drag of the window's edge shapes no letter anew that looks the same.
        let size = ((row * LETTER * 4.0).round() / 4.0).max(smallest);
        Self {
            size,
            pitch: (size / LETTER).round().max(1.0),
            picture: [x, y, x + w, y + h],
            safe: [
                x + w * SAFE,
                y + h * SAFE,
                x + w * (1.0 - SAFE),
                y + h * (1.0 - SAFE),
            ],
        }
    }

    /// Left and right edge between which lines are set, and how they stand between them.
    pub fn measure(&self, place: &SubtitlePlace, reads_leftwards: bool) -> (f32, f32, SubtitleEdge) {
        let [left, _, right, _] = self.picture;
        let side = |edge: SubtitleEdge| match (edge, reads_leftwards) {
            (SubtitleEdge::Start, true) | (SubtitleEdge::End, false) => SubtitleEdge::Right,
            (SubtitleEdge::Start, false) | (SubtitleEdge::End, true) => SubtitleEdge::Left,
            (other, _) => other,
        };
        let align = side(place.align);
        let (from, to) = self.along(place, side, (left, right));
        (from.max(self.safe[0]), to.min(self.safe[2]), align)
    }

    /// Top and bottom between which columns are set.
    pub fn column(&self, place: &SubtitlePlace) -> (f32, f32) {
        let [_, top, _, bottom] = self.picture;
        // Columns begin at the top, whatever the script.
        let side = |edge: SubtitleEdge| match edge {
            SubtitleEdge::Start => SubtitleEdge::Left,
            SubtitleEdge::End => SubtitleEdge::Right,
            other => other,
        };
        let (from, to) = self.along(place, side, (top, bottom));
        (from.max(self.safe[1]), to.min(self.safe[3]))
    }

    fn along(
        &self,
        place: &SubtitlePlace,
        side: impl Fn(SubtitleEdge) -> SubtitleEdge,
        (first, last): (f32, f32),
    ) -> (f32, f32) {
        let align = side(place.align);
        let anchor = place.position_edge.map_or(align, &side);
        let usual = match align {
            SubtitleEdge::Left => 0.0,
            SubtitleEdge::Right => 1.0,
            _ => 0.5,
        };
        let position = place.position.unwrap_or(usual).clamp(0.0, 1.0);
        let most = match anchor {
            SubtitleEdge::Left => 1.0 - position,
            SubtitleEdge::Right => position,
            _ => 2.0 * position.min(1.0 - position),
        };
        let wanted = place
            .size
            .unwrap_or(if place.position.is_none() { MEASURE } else { 1.0 });
        let size = wanted.clamp(0.0, 1.0).min(most).max(MEASURE_MIN);
        let from = match anchor {
            SubtitleEdge::Left => position,
            SubtitleEdge::Right => position - size,
            _ => position - size / 2.0,
        };
        let from = from.clamp(0.0, 1.0 - size);
        let length = last - first;
        let (safe_from, safe_to) = (first + SAFE * length, last - SAFE * length);
        // Lines at an edge of the picture move into the safe area as a whole.
        let (mut from, mut to) = (first + from * length, first + (from + size) * length);
        if from < safe_from {
            to = (to + safe_from - from).min(safe_to);
            from = safe_from;
        }
        if to > safe_to {
            from = (from - (to - safe_to)).max(safe_from);
            to = safe_to;
        }
        (from.round(), to.round())
    }

    /// Where a block of this height goes, its top, so that it lies in the safe area and on none of `taken` (left, top, right,
    /// bottom). Blocks at the bottom give way upwards, blocks at the top downwards.
    pub fn top(
        &self,
        place: &SubtitlePlace,
        (left, right): (f32, f32),
        height: f32,
        taken: &[[f32; 4]],
    ) -> f32 {
        let [_, first, _, last] = self.safe;
        let wanted = self.across(
            place.line,
            (self.picture[1], self.picture[3]),
            (first, last),
            height,
        );
        let highest = (last - height).max(first);
        let free = |top: f32| {
            taken
                .iter()
                .all(|t| right <= t[0] || left >= t[2] || top + height <= t[1] || top >= t[3])
        };
        self.give_way(wanted.clamp(first, highest), (first, highest), free)
    }

    /// As [`Self::top`], for the left edge of columns this wide.
    pub fn left(
        &self,
        place: &SubtitlePlace,
        (top, bottom): (f32, f32),
        width: f32,
        taken: &[[f32; 4]],
    ) -> f32 {
        let [first, _, last, _] = self.safe;
        let picture = (self.picture[0], self.picture[2]);
        let wanted = if place.columns == Some(SubtitleColumns::ToTheLeft) {
            // Rows are counted from the right then: measured there and turned round.
            let turned = self.across(place.line, (-picture.1, -picture.0), (-last, -first), width);
            -turned - width
        } else {
            self.across(place.line, picture, (first, last), width)
        };
        let furthest = (last - width).max(first);
        let free = |left: f32| {
            taken
                .iter()
                .all(|t| bottom <= t[1] || top >= t[3] || left + width <= t[0] || left >= t[2])
        };
        self.give_way(wanted.clamp(first, furthest), (first, furthest), free)
    }

    fn across(&self, line: Option<SubtitleLine>, picture: (f32, f32), safe: (f32, f32), extent: f32) -> f32 {
        match line {
            None => safe.1 - extent,
            Some(SubtitleLine::Row(row)) if row < 0 => safe.1 + row as f32 * self.pitch,
            Some(SubtitleLine::Row(row)) => safe.0 + row as f32 * self.pitch,
            Some(SubtitleLine::Share(share, edge)) => {
                let at = picture.0 + share.clamp(0.0, 1.0) * (picture.1 - picture.0);
                match edge {
                    SubtitleEdge::Start | SubtitleEdge::Left => at,
                    SubtitleEdge::Middle => at - extent / 2.0,
                    SubtitleEdge::End | SubtitleEdge::Right => at - extent,
                }
            }
        }
    }

    /// The free place nearest to the one wanted, in quarters of a row; the wanted one when nothing is free.
    fn give_way(&self, wanted: f32, (first, last): (f32, f32), free: impl Fn(f32) -> bool) -> f32 {
        let step = (self.pitch / 4.0).max(1.0);
        let upwards = wanted > f32::midpoint(first, last);
        let steps = ((last - first) / step).ceil().max(0.0) as usize;
        let tries = |sign: f32| (0..=steps).map(move |n| wanted + sign * step * n as f32);
        let sign = if upwards { -1.0 } else { 1.0 };
        tries(sign)
            .chain(tries(-sign))
            .filter(|at| (first..=last).contains(at))
            .find(|at| free(*at))
            .unwrap_or(wanted)
    }
}

/// Whether the first letter with a direction is read from right to left.
pub(crate) fn reads_leftwards(text: &str) -> bool {
    for letter in text.chars() {
        let code = u32::from(letter);
        // Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms; the mark that says so itself.
        let is_leftwards = matches!(
            code,
            0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF | 0x200F
        );
        // Digits have no direction of their own, in no script.
        if is_leftwards && !letter.is_numeric() {
            return true;
        }
        if code == 0x200E || letter.is_alphabetic() {
            return false;
        }
    }
    false
}

/// The text as columns of at most `most` letters each: letters below each other, with where each came from.
pub(crate) fn columns(text: &str, most: usize) -> Vec<Vec<(usize, &str)>> {
    let mut columns = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        let mut column: Vec<(usize, &str)> = Vec::new();
        for (offset, letter) in line.char_indices() {
            let end = offset + letter.len_utf8();
            if let Some((from, piece)) = column.last_mut().filter(|_| joins(letter)) {
                *piece = &text[*from..at + end];
            } else if !(letter.is_whitespace() && column.is_empty()) {
                column.push((at + offset, &line[offset..end]));
            }
            // What may not begin a column hangs below the last one.
            if column.len() > most.max(1) && !hangs(letter) {
                let last = column.pop();
                columns.push(std::mem::take(&mut column));
                column.extend(last);
            }
        }
        if !column.is_empty() {
            columns.push(column);
        }
        at += line.len() + 1;
    }
    columns
}

/// Marks that belong to the letter before.
fn joins(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x0300..=0x036F | 0x3099..=0x309A | 0xFE00..=0xFE0F | 0x200D | 0x20D0..=0x20FF
    )
}

fn hangs(letter: char) -> bool {
    "、。，．・？！」』）】〉》〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?)]".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: [f32; 4] = [100.0, 50.0, 1600.0, 900.0];

    fn grid() -> Grid {
        Grid::over(PICTURE, 9.0)
    }

    #[test]
    fn letters_go_with_the_pictures_shorter_side() {
        assert_eq!((grid().size, grid().pitch), (48.0, 60.0));
        assert_eq!(Grid::over([0.0, 0.0, 506.0, 900.0], 9.0).pitch, 34.0);
        assert_eq!(Grid::over([0.0, 0.0, 64.0, 36.0], 9.0).size, 9.0);
    }

    #[test]
    fn without_a_place_words_stand_in_the_safe_bottom() {
        let place = SubtitlePlace::default();
        let (left, right, align) = grid().measure(&place, false);
        assert_eq!((left, right, align), (228.0, 1572.0, SubtitleEdge::Middle));
        assert_eq!(
            grid().top(&place, (300.0, 500.0), 120.0, &[]),
            50.0 + 855.0 - 120.0
        );
    }

    #[test]
    fn rows_are_counted_from_either_end() {
        let at = |row: i32, height: f32| {
            let place = SubtitlePlace {
                line: Some(SubtitleLine::Row(row)),
                ..SubtitlePlace::default()
            };
            grid().top(&place, (0.0, 10.0), height, &[])
        };
        assert_eq!((at(0, 60.0), at(2, 60.0)), (95.0, 215.0));
        assert_eq!((at(-1, 60.0), at(-2, 60.0)), (845.0, 785.0));
        assert_eq!(at(-1, 120.0), 785.0, "two lines do not fit into the last row");
        assert_eq!(at(99, 60.0), 845.0, "never out of the picture");
    }

    #[test]
    fn shares_of_the_picture_stay_inside_the_safe_area() {
        let place = |share: f32, edge| SubtitlePlace {
            line: Some(SubtitleLine::Share(share, edge)),
            ..SubtitlePlace::default()
        };
        let top = |place: &SubtitlePlace| grid().top(place, (0.0, 10.0), 60.0, &[]);
        assert_eq!(top(&place(0.5, SubtitleEdge::Start)), 500.0);
        assert_eq!(top(&place(0.5, SubtitleEdge::End)), 440.0);
        assert_eq!(top(&place(0.0, SubtitleEdge::Start)), 95.0);
        assert_eq!(top(&place(1.0, SubtitleEdge::Start)), 845.0);
    }

    #[test]
    fn start_is_right_for_whoever_reads_leftwards() {
        let place = SubtitlePlace {
            align: SubtitleEdge::Start,
            size: Some(0.4),
            ..SubtitlePlace::default()
        };
        let (left, right, align) = grid().measure(&place, false);
        assert_eq!((left, align), (180.0, SubtitleEdge::Left));
        assert!((right - 820.0).abs() < 0.1, "{right}");
        let (left, right, align) = grid().measure(&place, true);
        assert_eq!((right, align), (1620.0, SubtitleEdge::Right));
        assert!((left - 980.0).abs() < 0.1, "{left}");
    }

    #[test]
    fn subtitles_at_once_never_lie_on_each_other() {
        for row in [-1, 0, 6] {
            let place = SubtitlePlace {
                line: Some(SubtitleLine::Row(row)),
                ..SubtitlePlace::default()
            };
            let mut taken: Vec<[f32; 4]> = Vec::new();
            for height in [60.0, 120.0, 60.0, 60.0] {
                let top = grid().top(&place, (300.0, 900.0), height, &taken);
                assert!((95.0..=905.0 - height).contains(&top), "row {row}: {top}");
                for other in &taken {
                    assert!(
                        top + height <= other[1] || top >= other[3],
                        "row {row}: {top} on {other:?}"
                    );
                }
                taken.push([300.0, top, 900.0, top + height]);
            }
        }
    }

    #[test]
    fn columns_to_the_left_are_counted_from_the_right() {
        let place = |row: Option<i32>| SubtitlePlace {
            line: row.map(SubtitleLine::Row),
            columns: Some(SubtitleColumns::ToTheLeft),
            ..SubtitlePlace::default()
        };
        let left = |row| grid().left(&place(row), (100.0, 400.0), 60.0, &[]);
        assert_eq!((left(Some(0)), left(Some(1))), (1560.0, 1500.0));
        assert_eq!(left(None), 180.0, "the last place: WebVTT's automatic line");
    }

    #[test]
    fn direction_is_that_of_the_first_letter() {
        assert!(reads_leftwards("123 – שלום hello"));
        assert!(reads_leftwards("«مرحبا» Berlin"));
        assert!(!reads_leftwards("– Hello שלום"));
        assert!(!reads_leftwards("١٢٣ abc"), "digits say nothing");
        assert!(reads_leftwards("\u{200F}abc"));
    }

    #[test]
    fn columns_break_where_reading_may() {
        let words = |text, most| {
            columns(text, most)
                .into_iter()
                .map(|column| column.into_iter().map(|(_, piece)| piece).collect::<String>())
                .collect::<Vec<_>>()
        };
        assert_eq!(words("春は\nあけぼの。", 9), ["春は", "あけぼの。"]);
        assert_eq!(words("あけぼの。", 4), ["あけぼの。"], "a full stop hangs");
        assert_eq!(words("か\u{3099}くこう", 2), ["か\u{3099}く", "こう"]);
        let places: Vec<usize> = columns("a\nか", 9).concat().iter().map(|(at, _)| *at).collect();
        assert_eq!(places, [0, 2]);
    }
}
