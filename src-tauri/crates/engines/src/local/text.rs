//! Text in stills, by the `tesseract` program when it is installed. It runs as a process of its own: what it does with a
//! hostile picture stays there, and it can be ended.

mod places;
mod sheets;
mod tesseract;

use ledger::{
    Kind,
    payload::{Area, Text},
};
use serde_json::json;
use timebase::FrameRange;

pub use self::tesseract::{Tesseract, find};
use self::{
    places::{Cutting, cuttings},
    tesseract::Word,
};
use super::grey::grey_at_most;
use crate::{Allowance, EngineError, Proposed, Shot, Still, allowance::place_micros};

/// The engine's name.
pub const NAME: &str = "local.text";
/// Its version.
pub const VERSION: &str = "3";

/// Stills are read this wide at most: titles and captions stay readable.
const WORK_WIDTH: u32 = 960;
/// A word counts from this confidence, hundredths. A single letter or digit, which texture also makes, counts only beside
/// surer company.
const MIN_CONFIDENCE: f32 = 70.0;
const MIN_LONE_CONFIDENCE: f32 = 90.0;
/// A line needs this many letters or digits in all: less is texture. Up to the second number it has to be surer.
const MIN_LINE_LETTERS: usize = 3;
const SHORT_LINE_LETTERS: usize = 4;
const MIN_SHORT_CONFIDENCE: f32 = 85.0;
/// Places that are read in one run of the program, and their pixels at most: the program takes as long to start as to read some
/// thirty of them, and nobody should wait long for a run that was told to stop.
const PLACES_PER_RUN: usize = 128;
const PIXELS_PER_RUN: u64 = 4 << 20;

/// So many stills' time is there from the first one on.
const STILLS_IN_ADVANCE: u64 = 4;

/// Reads text still by still.
pub struct TextReader {
    tesseract: Tesseract,
    lines: Vec<Line>,
    waiting: Vec<Place>,
    /// What was cut out of the shot being looked at: what stands there still is not read again.
    of_shot: Vec<Place>,
    /// What reading in one still may take, and what the stills so far have left of it.
    allowed_micros: u64,
    left_micros: u64,
    /// What no still has been given yet.
    ungiven_micros: u64,
    cpu_millis: u64,
}

/// A place in a still that is to be read.
#[derive(Clone)]
struct Place {
    shot: usize,
    frame: u64,
    /// The size of the picture it was cut from.
    whole: (u32, u32),
    cutting: Cutting,
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
    /// Finds the program. Reading takes what the allowance has: every still is given as much, the first ones, which
    /// have the titles, in advance; stills with little to read leave theirs to later ones.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when it is not installed.
    pub fn new(allowance: &Allowance) -> Result<Self, EngineError> {
        let tesseract = find().ok_or(EngineError::Missing { what: "tesseract" })?;
        let allowed_micros = allowance.reading_micros / (allowance.stills.len() as u64).max(1);
        let in_advance = (allowed_micros * STILLS_IN_ADVANCE).min(allowance.reading_micros);
        Ok(Self {
            tesseract,
            lines: Vec::new(),
            waiting: Vec::new(),
            of_shot: Vec::new(),
            allowed_micros,
            left_micros: in_advance,
            ungiven_micros: allowance.reading_micros - in_advance,
            cpu_millis: 0,
        })
    }

    /// Takes the places of one still that may hold text, and reads those that wait when there are enough of them.
    ///
    /// # Errors
    /// [`EngineError`] when the program fails or takes too long.
    pub fn look(&mut self, still: &Still<'_>) -> Result<(), EngineError> {
        still.check()?;
        let grey = grey_at_most(still, WORK_WIDTH);
        self.of_shot.retain(|seen| seen.shot == still.shot);
        let given = self.allowed_micros.min(self.ungiven_micros);
        self.ungiven_micros -= given;
        self.left_micros += given;
        for cutting in cuttings(&grey) {
            if self.of_shot.iter().any(|seen| cutting.is_still(&seen.cutting)) {
                continue;
            }
            let takes = place_micros(cutting.picture.as_raw().len() as u64);
            let Some(left) = self.left_micros.checked_sub(takes) else {
                continue;
            };
            self.left_micros = left;
            let place = Place {
                shot: still.shot,
                frame: still.frame,
                whole: grey.dimensions(),
                cutting,
            };
            self.of_shot.push(place.clone());
            self.waiting.push(place);
        }
        let pixels: u64 = self
            .waiting
            .iter()
            .map(|place| place.cutting.picture.as_raw().len() as u64)
            .sum();
        if self.waiting.len() >= PLACES_PER_RUN || pixels >= PIXELS_PER_RUN {
            self.read_waiting()?;
        }
        Ok(())
    }

    fn read_waiting(&mut self) -> Result<(), EngineError> {
        let places = std::mem::take(&mut self.waiting);
        if places.is_empty() {
            return Ok(());
        }
        let (words, cpu_millis) = self
            .tesseract
            .read(places.iter().map(|place| &place.cutting.picture))?;
        self.cpu_millis += cpu_millis;
        let mut lines = Vec::new();
        for group in words.chunk_by(|a, b| a.page == b.page) {
            if let Some(place) = places.get(group[0].page) {
                lines.extend(lines_of(group, place));
            }
        }
        self.lines.extend(without_fragments(lines));
        Ok(())
    }

    /// Reads what waits, and makes one proposal per text and stretch of adjoining shots that show it. With it comes the CPU
    /// time of the program, milliseconds, where the system tells it.
    ///
    /// # Errors
    /// [`EngineError`] when the program fails or takes too long.
    pub fn finish(mut self, shots: &[Shot]) -> Result<(Proposed, u64), EngineError> {
        self.read_waiting()?;
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
        Ok((proposed, self.cpu_millis))
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

/// The same place is cut out at several sizes, and a piece of a line as a place of its own: of readings that lie in each other
/// the one with most letters stays.
fn without_fragments(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| {
        let most = (letters(&line.text), line.confidence);
        (line.frame, std::cmp::Reverse(most))
    });
    let mut kept: Vec<Line> = Vec::new();
    for line in lines {
        let inside = |other: &Line| other.frame == line.frame && lies_in(line.area, other.area);
        if !kept.iter().any(inside) {
            kept.push(line);
        }
    }
    kept
}

/// Whether at least half of `area` is covered by `other`.
fn lies_in(area: Area, other: Area) -> bool {
    let common = |from: u16, length: u16, other_from: u16, other_length: u16| {
        let end = (from + length).min(other_from + other_length);
        u32::from(end.saturating_sub(from.max(other_from)))
    };
    let wide = common(
        area.left_permille,
        area.width_permille,
        other.left_permille,
        other.width_permille,
    );
    let tall = common(
        area.top_permille,
        area.height_permille,
        other.top_permille,
        other.height_permille,
    );
    wide * tall * 2 >= u32::from(area.width_permille) * u32::from(area.height_permille)
}

/// Words that are sure enough, joined line by line.
fn lines_of(words: &[Word], place: &Place) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let sure = |word: &&Word| match letters(&word.text) {
        0 => false,
        1 => word.confidence >= MIN_LONE_CONFIDENCE,
        _ => word.confidence >= MIN_CONFIDENCE,
    };
    let kept: Vec<&Word> = words.iter().filter(sure).collect();
    for group in kept.chunk_by(|a, b| a.line == b.line) {
        let text = group
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        let confidence = group.iter().map(|word| word.confidence).sum::<f32>() / group.len() as f32;
        let count = letters(&text);
        if count < MIN_LINE_LETTERS || count <= SHORT_LINE_LETTERS && confidence < MIN_SHORT_CONFIDENCE {
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
        let Cutting {
            left: x,
            top: y,
            scale,
            ..
        } = place.cutting;
        let permille = |value: u32, whole: u32| {
            (u64::from(value) * u64::from(scale) * 1000 / u64::from(whole.max(1))).min(1000) as u16
        };
        let from = |corner: u32, whole: u32| (u64::from(corner) * 1000 / u64::from(whole.max(1))) as u16;
        let (width, height) = place.whole;
        lines.push(Line {
            shot: place.shot,
            frame: place.frame,
            text,
            area: Area {
                left_permille: (from(x, width) + permille(left, width)).min(1000),
                top_permille: (from(y, height) + permille(top, height)).min(1000),
                width_permille: permille(right.saturating_sub(left), width),
                height_permille: permille(bottom.saturating_sub(top), height),
            },
            confidence: (confidence * 10.0).clamp(0.0, 1000.0) as u16,
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;

    use image::GrayImage;

    use super::*;

    fn word(line: u32, left: u32, text: &str, confidence: f32) -> Word {
        Word {
            page: 0,
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
        let place = Place {
            frame: 7,
            shot: 2,
            whole: (1000, 500),
            cutting: Cutting {
                picture: GrayImage::new(1, 1),
                left: 40,
                top: 50,
                scale: 2,
                likeness: 1.5,
            },
        };
        let words = [
            word(1, 100, "JEFF", 96.0),
            word(1, 160, "STEEN", 90.0),
            word(1, 220, "|", 99.0),
            word(2, 100, "==", 80.0),
            word(3, 100, "gh", 95.0),
            word(5, 100, "tly", 73.0),
            word(4, 100, "texture", 40.0),
        ];
        let lines = lines_of(&words, &place);
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
            (240, 220, 500, 80)
        );
    }

    #[test]
    fn of_readings_that_lie_in_each_other_the_longest_stays() {
        let line = |frame, left_permille, width_permille, text: &str| Line {
            shot: 0,
            frame,
            text: text.to_owned(),
            area: Area {
                left_permille,
                top_permille: 300,
                width_permille,
                height_permille: 80,
            },
            confidence: 900,
        };
        let kept = without_fragments(vec![
            line(1, 240, 150, "IRS"),
            line(1, 200, 600, "FIRST LIGHT"),
            line(1, 205, 600, "FIRST LIGH"),
            line(1, 850, 100, "LIVE"),
            line(2, 240, 150, "IRS"),
        ]);
        let texts: Vec<_> = kept.iter().map(|line| (line.frame, line.text.as_str())).collect();
        assert_eq!(texts, [(1, "FIRST LIGHT"), (1, "LIVE"), (2, "IRS")]);
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
}
