//! Text in stills, by the `tesseract` program when it is installed. It runs as a process of its own: what it does with a
//! hostile picture stays there, and it can be ended.

mod tesseract;

use image::{GrayImage, imageops};
use ledger::{
    Kind,
    payload::{Area, Text},
};
use serde_json::json;
use timebase::FrameRange;

use self::tesseract::Word;
pub use self::tesseract::{Tesseract, find};
use crate::{EngineError, Proposed, Shot, Still};

/// The engine's name.
pub const NAME: &str = "local.text";
/// Its version.
pub const VERSION: &str = "1";

/// Stills are read this wide at most: titles and captions stay readable.
const WORK_WIDTH: u32 = 960;
/// A word counts from this confidence, hundredths, and needs this many letters or digits.
const MIN_CONFIDENCE: f32 = 70.0;
const MIN_LETTERS: usize = 2;
/// A line needs this many letters or digits in all: less is texture.
const MIN_LINE_LETTERS: usize = 3;

/// Readings of one shot without text after which its other stills are left alone.
const EMPTY_READINGS: usize = 2;

/// Reads text still by still.
pub struct TextReader {
    tesseract: Tesseract,
    lines: Vec<Line>,
    /// The shot of each still read, and whether it had text.
    looked: Vec<(usize, bool)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    shot: usize,
    frame: u64,
    text: String,
    area: Area,
    confidence: u16,
}

impl TextReader {
    /// Finds the program.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when it is not installed.
    pub fn new() -> Result<Self, EngineError> {
        let tesseract = find().ok_or(EngineError::Missing { what: "tesseract" })?;
        Ok(Self {
            tesseract,
            lines: Vec::new(),
            looked: Vec::new(),
        })
    }

    /// Reads one still. The last still of a shot is not read when the two before it had no text: most pictures have none,
    /// and reading costs more than everything else. One empty reading is not enough, because a lower third comes in late.
    ///
    /// # Errors
    /// [`EngineError`] when the program fails or takes too long.
    pub fn look(&mut self, still: &Still<'_>) -> Result<(), EngineError> {
        still.check()?;
        let readings = || self.looked.iter().filter(|(shot, _)| *shot == still.shot);
        let without_text = readings().count() >= EMPTY_READINGS && readings().all(|(_, had)| !had);
        let grey = grey_for_work(still);
        if without_text || !may_hold_text(&grey) {
            return Ok(());
        }
        let words = self.tesseract.read(&grey)?;
        let lines = lines_of(&words, grey.dimensions(), still);
        self.looked.push((still.shot, !lines.is_empty()));
        self.lines.extend(lines);
        Ok(())
    }

    /// One proposal per text and stretch of adjoining shots that show it.
    pub fn finish(self, shots: &[Shot]) -> Proposed {
        let parameters = json!({
            "width": WORK_WIDTH, "min_confidence": MIN_CONFIDENCE as u32, "language": self.tesseract.language(),
        });
        let model = format!("tesseract-{}", self.tesseract.version());
        let mut proposed = Proposed::new(NAME, &model, VERSION, parameters);
        for (range, line) in merged(self.lines, shots) {
            let payload = Text {
                text: line.text,
                frame: line.frame,
                area: line.area,
            };
            proposed.add(Kind::Text, range, Some(line.confidence), &payload);
        }
        proposed
    }
}

/// The same text in one shot or in shots that follow each other is one proposal; its surest reading stands for it.
fn merged(mut lines: Vec<Line>, shots: &[Shot]) -> Vec<(FrameRange, Line)> {
    lines.retain(|line| line.shot < shots.len());
    lines.sort_by_key(|line| (line.shot, line.frame, line.area.top_permille));
    let mut found: Vec<(usize, FrameRange, Line)> = Vec::new();
    for line in lines {
        let range = shots[line.shot].range;
        let same = found
            .iter_mut()
            .find(|(last_shot, _, other)| *last_shot + 1 >= line.shot && key(&other.text) == key(&line.text));
        match same {
            Some((last_shot, whole, best)) => {
                *last_shot = line.shot;
                whole.end = whole.end.max(range.end);
                if line.confidence > best.confidence {
                    *best = line;
                }
            }
            None => found.push((line.shot, range, line)),
        }
    }
    let mut proposals: Vec<(FrameRange, Line)> =
        found.into_iter().map(|(_, range, line)| (range, line)).collect();
    proposals.sort_by_key(|(range, line)| {
        (
            range.start,
            line.frame,
            line.area.top_permille,
            line.area.left_permille,
        )
    });
    proposals
}

/// What makes two readings the same: letters and digits without case.
fn key(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Words that are sure enough, joined line by line.
fn lines_of(words: &[Word], (width, height): (u32, u32), still: &Still<'_>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let sure = |word: &&Word| word.confidence >= MIN_CONFIDENCE && letters(&word.text) >= MIN_LETTERS;
    let kept: Vec<&Word> = words.iter().filter(sure).collect();
    for group in kept.chunk_by(|a, b| a.line == b.line) {
        let text = group
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        if letters(&text) < MIN_LINE_LETTERS {
            continue;
        }
        let left = group.iter().map(|word| word.left).min().unwrap_or(0);
        let top = group.iter().map(|word| word.top).min().unwrap_or(0);
        let right = group
            .iter()
            .map(|word| word.left + word.width)
            .max()
            .unwrap_or(left);
        let bottom = group
            .iter()
            .map(|word| word.top + word.height)
            .max()
            .unwrap_or(top);
        let permille =
            |value: u32, whole: u32| (u64::from(value) * 1000 / u64::from(whole.max(1))).min(1000) as u16;
        let confidence = group.iter().map(|word| word.confidence).sum::<f32>() / group.len() as f32;
        lines.push(Line {
            shot: still.shot,
            frame: still.frame,
            text,
            area: Area {
                left_permille: permille(left, width),
                top_permille: permille(top, height),
                width_permille: permille(right.saturating_sub(left), width),
                height_permille: permille(bottom.saturating_sub(top), height),
            },
            confidence: (confidence * 10.0).clamp(0.0, 1000.0) as u16,
        });
    }
    lines
}

fn grey_for_work(still: &Still<'_>) -> GrayImage {
    let luma = |p: &[u8]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8;
    let bytes: Vec<u8> = still.rgb.chunks_exact(3).map(luma).collect();
    // the length was checked, so the buffer always fits
    let grey = GrayImage::from_raw(still.width, still.height, bytes).unwrap_or_default();
    if still.width <= WORK_WIDTH {
        return grey;
    }
    let height = (u64::from(still.height) * u64::from(WORK_WIDTH) / u64::from(still.width)).max(1) as u32;
    imageops::thumbnail(&grey, WORK_WIDTH, height)
}

/// Cells in which strokes are counted, pixels.
const CELL: (usize, usize) = (16, 8);
/// A stroke's edge is at least this steep, levels from one pixel to the second next.
const STROKE: i16 = 56;
/// Edges of each direction that a cell of text has at least.
const STROKES_PER_CELL: u32 = 5;
/// Neighbouring cells of text that make a word.
const CELLS_PER_WORD: usize = 3;

/// Whether strokes stand side by side somewhere: steep edges up and down in equal number, in several neighbouring cells. It
/// lets foliage through and spares most pictures the reading.
fn may_hold_text(grey: &GrayImage) -> bool {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let (columns, rows) = (width / CELL.0, height / CELL.1);
    let pixels = grey.as_raw();
    (0..rows).any(|row| {
        let mut together = 0;
        (0..columns).any(|column| {
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
            let is_text = up.min(down) >= STROKES_PER_CELL && up.max(down) <= 4 * up.min(down);
            together = if is_text { together + 1 } else { 0 };
            together >= CELLS_PER_WORD
        })
    })
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;

    use super::*;

    fn word(line: u32, left: u32, text: &str, confidence: f32) -> Word {
        Word {
            line: (1, 1, line),
            left,
            top: 100,
            width: 50,
            height: 20,
            confidence,
            text: text.to_owned(),
        }
    }

    fn shots(count: u64) -> Vec<Shot> {
        (0..count)
            .map(|at| Shot {
                range: FrameRange::new(at * 50, at * 50 + 50),
                transition_in: Transition::Cut,
                transition_frames: 0,
            })
            .collect()
    }

    #[test]
    fn sure_words_of_a_line_are_joined_and_the_rest_left_out() {
        let still = Still {
            frame: 7,
            shot: 2,
            width: 1,
            height: 1,
            rgb: &[],
        };
        let words = [
            word(1, 100, "JEFF", 96.0),
            word(1, 160, "STEEN", 90.0),
            word(1, 220, "|", 99.0),
            word(2, 100, "==", 80.0),
            word(3, 100, "gh", 95.0),
            word(4, 100, "texture", 40.0),
        ];
        let lines = lines_of(&words, (1000, 500), &still);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!((lines[0].text.as_str(), lines[0].confidence), ("JEFF STEEN", 930));
        let area = lines[0].area;
        assert_eq!(
            (
                area.left_permille,
                area.width_permille,
                area.top_permille,
                area.height_permille
            ),
            (100, 110, 200, 40)
        );
    }

    #[test]
    fn a_text_over_adjoining_shots_is_one_proposal_and_later_ones_are_their_own() {
        let area = Area {
            left_permille: 0,
            top_permille: 0,
            width_permille: 10,
            height_permille: 10,
        };
        let line = |shot, frame, text: &str, confidence| Line {
            shot,
            frame,
            text: text.to_owned(),
            area,
            confidence,
        };
        let found = merged(
            vec![
                line(0, 20, "Circle take", 700),
                line(1, 70, "CIRCLE TAKE!", 900),
                line(1, 80, "other", 800),
                line(4, 220, "Circle Take", 950),
                line(9, 220, "beyond", 950),
            ],
            &shots(5),
        );
        let seen: Vec<_> = found
            .iter()
            .map(|(range, l)| (range.start, range.end, l.text.as_str(), l.frame))
            .collect();
        assert_eq!(
            seen,
            [
                (0, 100, "CIRCLE TAKE!", 70),
                (50, 100, "other", 80),
                (200, 250, "Circle Take", 220)
            ]
        );
    }

    #[test]
    fn strokes_are_told_from_edges_and_flat_pictures() {
        let picture =
            |paint: &dyn Fn(u32, u32) -> u8| GrayImage::from_fn(320, 180, |x, y| image::Luma([paint(x, y)]));
        assert!(!may_hold_text(&picture(&|_, _| 90)));
        assert!(
            !may_hold_text(&picture(&|x, _| if x < 160 { 20 } else { 230 })),
            "one edge"
        );
        assert!(
            !may_hold_text(&picture(
                &|x, y| (128.0 + 60.0 * ((x + y) as f32 / 20.0).sin()) as u8
            )),
            "soft waves"
        );
        assert!(may_hold_text(&picture(&|x, y| {
            if (60..76).contains(&y) && (40..140).contains(&x) && x % 6 < 3 {
                240
            } else {
                30
            }
        })));
    }
}
