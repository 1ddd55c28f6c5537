//! Photosensitive-flash pre-check after ITU-R BT.1702: it finds what is worth a Harding test, it does not replace one.

use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks, FrameRange};

use super::picture::{CHROMA_WIDTH, THUMB_WIDTH, Thumb};

const COLUMNS: usize = 32;
const ROWS: usize = 18;
const CELLS: usize = COLUMNS * ROWS;
/// Luminance of SDR white, cd/m2, assumed by the recommendation.
const WHITE_CD_M2: f32 = 200.0;
/// A change counts from this many cd/m2 …
const STEP_CD_M2: f32 = 20.0;
/// … when the darker state is below this.
const DARKER_BELOW_CD_M2: f32 = 160.0;
/// Share of a colour at which red is saturated, R / (R + G + B).
const SATURATED_RED: f32 = 0.8;
/// A change of (R - G - B) × 320 counts from this.
const STEP_RED: f32 = 20.0;
/// More than a quarter of the screen must change together …
const AREA_PERCENT: usize = 25;
/// … within this time, because a change may be spread over a few frames.
const TOGETHER_MILLIS: i64 = 100;
/// Three flashes a second are allowed: six changes.
const ALLOWED_CHANGES: usize = 6;

/// What flashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlashKind {
    /// Brightness.
    Luminance,
    /// Saturated red.
    Red,
}

/// A stretch with more than three flashes in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlashSpan {
    /// From the first change of the first such second to the last change of the last.
    pub range: FrameRange,
    /// What flashes.
    pub kind: FlashKind,
    /// Opposing pairs of changes in its worst second.
    pub flashes_per_sec: u32,
    /// Largest share of the screen that changed together, per cent.
    pub area_percent: u32,
}

/// Finds flashes from small pictures.
#[derive(Clone, Debug)]
pub struct FlashDetector {
    linear: Vec<f32>,
    luminance: Meter,
    red: Meter,
    frame: u64,
}

impl Default for FlashDetector {
    fn default() -> Self {
        let linear = (0..256u16)
            .map(|level| (f32::from(level) / 255.0).powf(2.4))
            .collect();
        Self {
            linear,
            luminance: Meter::default(),
            red: Meter::default(),
            frame: 0,
        }
    }
}

impl FlashDetector {
    /// Takes the next picture, shown from `start`.
    pub fn push(&mut self, thumb: &Thumb, start: Flicks) {
        let mut luminance = [0f32; CELLS];
        let mut red = [RedState::default(); CELLS];
        for (at, (bright, reddish)) in luminance.iter_mut().zip(&mut red).enumerate() {
            let (x, y) = (at % COLUMNS, at / COLUMNS);
            let luma = mean(&thumb.y, THUMB_WIDTH, x * 4, y * 4, 4);
            *bright = WHITE_CD_M2 * self.linear[usize::from(luma)];
            let (u, v) = (
                mean(&thumb.u, CHROMA_WIDTH, x * 2, y * 2, 2),
                mean(&thumb.v, CHROMA_WIDTH, x * 2, y * 2, 2),
            );
            *reddish = self.red_state(luma, u, v);
        }
        let at = Moment {
            frame: self.frame,
            start,
        };
        self.luminance.push(at, |cell, state| {
            let level = luminance[cell];
            state.change(level, STEP_CD_M2, |from, to| from.min(to) < DARKER_BELOW_CD_M2)
        });
        self.red.push(at, |cell, state| {
            let now = red[cell];
            let was_saturated = std::mem::replace(&mut state.saturated, now.saturated);
            let saturated = now.saturated || was_saturated || state.touched_red;
            state.touched_red = (state.touched_red || now.saturated) && state.pending();
            state.change(now.level, STEP_RED, |_, _| saturated)
        });
        self.frame += 1;
    }

    /// The stretches that fail, luminance before red.
    pub fn finish(self) -> Vec<FlashSpan> {
        let mut spans = self.luminance.spans(FlashKind::Luminance);
        spans.extend(self.red.spans(FlashKind::Red));
        spans
    }

    /// Redness of one cell. The matrix of BT.709 serves for all: the thresholds are coarser than the difference.
    fn red_state(&self, luma: u8, u: u8, v: u8) -> RedState {
        let (y, u, v) = (f32::from(luma), f32::from(u) - 128.0, f32::from(v) - 128.0);
        let channel = |value: f32| self.linear[value.clamp(0.0, 255.0) as usize];
        let red = channel(y + 1.793 * v);
        let green = channel(y - 0.213 * u - 0.533 * v);
        let blue = channel(y + 2.112 * u);
        let sum = red + green + blue;
        RedState {
            level: ((red - green - blue) * 320.0).max(0.0),
            saturated: sum > 0.01 && red / sum >= SATURATED_RED,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct RedState {
    level: f32,
    saturated: bool,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    frame: u64,
    start: Flicks,
}

/// Where one cell's brightness last turned.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    seen: bool,
    rising: Option<bool>,
    low: f32,
    high: f32,
    saturated: bool,
    touched_red: bool,
    changed_up: Option<Flicks>,
    changed_down: Option<Flicks>,
}

impl Cell {
    /// Follows the level and answers `Some(up)` when it has moved by `step` away from its last turning point.
    fn change(&mut self, level: f32, step: f32, counts: impl Fn(f32, f32) -> bool) -> Option<bool> {
        if !self.seen {
            (self.seen, self.low, self.high) = (true, level, level);
            return None;
        }
        self.low = self.low.min(level);
        self.high = self.high.max(level);
        let up = level - self.low >= step && self.rising != Some(true) && counts(self.low, level);
        let down = self.high - level >= step && self.rising != Some(false) && counts(self.high, level);
        if up || down {
            self.rising = Some(up);
            (self.low, self.high) = (level, level);
            return Some(up);
        }
        // going on in the direction that was counted moves the turning point along
        match self.rising {
            Some(true) if level >= self.high => self.low = level,
            Some(false) if level <= self.low => self.high = level,
            _ => {}
        }
        None
    }

    fn pending(&self) -> bool {
        self.high > self.low
    }
}

/// One quantity's cells and the changes of the whole screen.
#[derive(Clone, Debug)]
struct Meter {
    cells: Vec<Cell>,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    at: Moment,
    up: bool,
    area_percent: usize,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            cells: vec![Cell::default(); CELLS],
            changes: Vec::new(),
        }
    }
}

impl Meter {
    fn push(&mut self, at: Moment, mut follow: impl FnMut(usize, &mut Cell) -> Option<bool>) {
        let since = at.start - Flicks::from_millis(TOGETHER_MILLIS);
        let (mut up, mut down) = (0, 0);
        for (number, cell) in self.cells.iter_mut().enumerate() {
            match follow(number, cell) {
                Some(true) => cell.changed_up = Some(at.start),
                Some(false) => cell.changed_down = Some(at.start),
                None => {}
            }
            up += usize::from(cell.changed_up.is_some_and(|time| time >= since));
            down += usize::from(cell.changed_down.is_some_and(|time| time >= since));
        }
        for (count, is_up) in [(up, true), (down, false)] {
            let last = self.changes.last().map(|change| change.up);
            if count * 100 > CELLS * AREA_PERCENT && last != Some(is_up) {
                let area_percent = count * 100 / CELLS;
                self.changes.push(Change {
                    at,
                    up: is_up,
                    area_percent,
                });
                for cell in &mut self.cells {
                    *(if is_up {
                        &mut cell.changed_up
                    } else {
                        &mut cell.changed_down
                    }) = None;
                }
            }
        }
    }

    fn spans(&self, kind: FlashKind) -> Vec<FlashSpan> {
        let mut spans: Vec<FlashSpan> = Vec::new();
        let mut first = 0;
        for (last, change) in self.changes.iter().enumerate() {
            while (change.at.start - self.changes[first].at.start).0 > FLICKS_PER_SEC {
                first += 1;
            }
            let count = last + 1 - first;
            if count <= ALLOWED_CHANGES {
                continue;
            }
            let range = FrameRange::new(self.changes[first].at.frame, change.at.frame + 1);
            let area = self.changes[first..=last]
                .iter()
                .map(|c| c.area_percent)
                .max()
                .unwrap_or(0) as u32;
            let flashes_per_sec = count.div_ceil(2) as u32;
            match spans.last_mut() {
                Some(span) if range.start <= span.range.end => {
                    span.range.end = range.end;
                    span.flashes_per_sec = span.flashes_per_sec.max(flashes_per_sec);
                    span.area_percent = span.area_percent.max(area);
                }
                _ => spans.push(FlashSpan {
                    range,
                    kind,
                    flashes_per_sec,
                    area_percent: area,
                }),
            }
        }
        spans
    }
}

fn mean(plane: &[u8], stride: usize, left: usize, top: usize, size: usize) -> u8 {
    let sum: u32 = (top..top + size)
        .map(|y| {
            plane[y * stride + left..][..size]
                .iter()
                .map(|&level| u32::from(level))
                .sum::<u32>()
        })
        .sum();
    (sum / (size * size) as u32) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 25 pictures per second; `paint` sets luma and chroma of the lit part for a frame number.
    fn check(frames: i64, lit_percent: usize, paint: impl Fn(i64) -> (u8, u8, u8)) -> Vec<FlashSpan> {
        let mut detector = FlashDetector::default();
        for at in 0..frames {
            let mut thumb = Thumb::default();
            thumb.y.fill(40);
            let (y, u, v) = paint(at);
            let lit = thumb.y.len() * lit_percent / 100;
            thumb.y[..lit].fill(y);
            let lit = thumb.u.len() * lit_percent / 100;
            thumb.u[..lit].fill(u);
            thumb.v[..lit].fill(v);
            detector.push(&thumb, Flicks::from_millis(at * 40));
        }
        detector.finish()
    }

    fn blink(at: i64, half_period: i64, bright: u8) -> (u8, u8, u8) {
        (if at / half_period % 2 == 1 { bright } else { 40 }, 128, 128)
    }

    #[test]
    fn five_flashes_a_second_fail_and_two_pass() {
        let fast = check(75, 100, |at| blink(at, 2, 235)); // 6.25 Hz
        assert_eq!(fast.len(), 1, "{fast:?}");
        assert_eq!(fast[0].kind, FlashKind::Luminance);
        assert!(
            fast[0].flashes_per_sec >= 6 && fast[0].area_percent == 100,
            "{fast:?}"
        );
        assert_eq!(check(75, 100, |at| blink(at, 6, 235)), []); // about 2 Hz
    }

    #[test]
    fn a_small_area_or_a_small_step_passes() {
        assert_eq!(check(75, 20, |at| blink(at, 2, 235)), []);
        assert_eq!(check(75, 100, |at| blink(at, 2, 70)), [], "8 cd/m2");
        let bright = check(75, 100, |at| (if at / 2 % 2 == 1 { 255 } else { 236 }, 128, 128));
        assert_eq!(bright, [], "the darker state is above 160 cd/m2");
    }

    #[test]
    fn one_photographer_flash_and_one_cut_pass() {
        assert_eq!(
            check(75, 100, |at| (
                if (30..32).contains(&at) { 250 } else { 60 },
                128,
                128
            )),
            []
        );
        assert_eq!(
            check(75, 100, |at| (if at < 30 { 220 } else { 60 }, 128, 128)),
            []
        );
    }

    #[test]
    fn saturated_red_flashes_fail_as_red() {
        // saturated red against black of the same small luma: the luminance step alone is under the limit
        let red = check(75, 60, |at| {
            if at / 2 % 2 == 1 {
                (54, 100, 240)
            } else {
                (30, 128, 128)
            }
        });
        assert!(red.iter().any(|span| span.kind == FlashKind::Red), "{red:?}");
        let green = check(75, 60, |at| {
            if at / 2 % 2 == 1 {
                (54, 100, 60)
            } else {
                (30, 128, 128)
            }
        });
        assert!(green.iter().all(|span| span.kind != FlashKind::Red), "{green:?}");
    }

    #[test]
    fn slow_ramps_count_once() {
        assert_eq!(check(100, 100, |at| (40 + at as u8 * 2, 128, 128)), []);
    }
}
