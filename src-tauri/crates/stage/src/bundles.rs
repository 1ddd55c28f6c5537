//! Items that stand too near each other to be drawn apart: what share of them wears which mark, and how many they are.

use crate::layout::Placed;
use crate::quads::Quad;
use crate::scene::ItemState;
use crate::text::{Face, Line};
use crate::theme::Colour;
use crate::timeline::Sketch;

/// Letter size of a count, CSS pixels.
const COUNT_PX: f64 = 9.5;
/// A count stands for the bundles within so much, CSS pixels: one for each would be unreadable.
const CELL_PX: f64 = 96.0;
/// Bundles no further apart than this are counted together.
const AIR_PX: f64 = 3.0;
/// Around the digits of a count.
const PAD_PX: f64 = 3.0;
/// From the top of a bundle: what waits for somebody first.
const ORDER: [ItemState; 4] = [
    ItemState::Conflict,
    ItemState::Open,
    ItemState::Circled,
    ItemState::Rejected,
];

/// Bundles that are counted together.
struct Run {
    lane: u32,
    y: f64,
    height: f64,
    x: f64,
    end: f64,
    count: u32,
}

impl Sketch<'_> {
    /// A bundle: as high as an item, and each mark as high as its share.
    pub(crate) fn bundle(&mut self, p: &Placed, kind: &str) {
        let (low, high) = (
            -24.0 * self.scale as f32,
            self.size.0 as f32 + 24.0 * self.scale as f32,
        );
        let (left, right) = (self.px(p.x).max(low), self.px(p.x + p.width).min(high));
        let gap = if right - left > 6.0 { self.hair(1.0) } else { 0.0 };
        let counts = ORDER.map(|state| p.counts[state.slot()]);
        let heights = shares(counts, self.px(p.height), self.hair(2.0));
        let mut y = self.px(p.y);
        for (state, height) in ORDER.into_iter().zip(heights) {
            if height > 0.0 {
                let colour = self.share_colour(state, kind);
                self.under
                    .push(Quad::fill(left, y, (right - left - gap).max(1.0), height, colour));
            }
            y += height;
        }
    }

    /// The colour of a mark's share: what is circled is solid, what is undecided as faint as an open item, what is rejected fainter.
    fn share_colour(&self, state: ItemState, kind: &str) -> Colour {
        let palette = self.palette;
        match state {
            ItemState::Conflict => palette.conflict,
            ItemState::Open => palette.panel.mix(palette.kind_fill(kind), 0.45),
            ItemState::Circled => palette.kind_fill(kind).mix(palette.kind_edge(kind), 0.55),
            ItemState::Rejected => palette.panel.mix(palette.quiet, 0.12),
        }
    }

    /// How many there are, over the bundles that stand together.
    pub(crate) fn bundle_counts(&mut self, placed: &[Placed]) {
        let mut run: Option<Run> = None;
        for p in placed {
            let joined = run.as_mut().filter(|run| run.takes(p));
            if let Some(run) = joined {
                run.end = run.end.max(p.x + p.width);
                run.count += p.count;
                continue;
            }
            self.count_of(run.take());
            run = (p.count > 1).then_some(Run {
                lane: p.lane,
                y: p.y,
                height: p.height,
                x: p.x,
                end: p.x + p.width,
                count: p.count,
            });
        }
        self.count_of(run);
    }

    fn count_of(&mut self, run: Option<Run>) {
        let Some(run) = run else { return };
        let words = grouped(run.count);
        let size = (COUNT_PX * self.scale) as f32;
        let width = self.text.measure(&words, Face::Sans, size);
        let (left, right) = (self.px(run.x), self.px(run.end));
        let pad = self.px(PAD_PX);
        // Digits that reach beyond what they count would be read of its neighbours.
        if width + 2.0 * pad > right - left {
            return;
        }
        let high = self.px(COUNT_PX + PAD_PX).min(self.px(run.height));
        let middle = self.px(run.y + run.height / 2.0);
        let x = ((left + right - width) / 2.0).round();
        let ground = self.palette.panel.alpha(225);
        let plate = Quad::fill(x - pad, middle - high / 2.0, width + 2.0 * pad, high, ground);
        self.under.push(plate.radius(2.5 * self.scale as f32));
        self.text.add(Line {
            text: &words,
            face: Face::Sans,
            size,
            x,
            y: middle,
            colour: self.palette.text,
            max_width: width + 1.0,
            clip: self.lane_clip(run.end),
        });
    }
}

impl Run {
    fn takes(&self, p: &Placed) -> bool {
        p.count > 1
            && (self.lane, self.y) == (p.lane, p.y)
            && p.x - self.end <= AIR_PX
            && p.x + p.width - self.x <= CELL_PX
    }
}

/// A height shared out by counts, in whole pixels: whatever there is has at least `least`, as far as there is room.
fn shares(counts: [u32; 4], height: f32, least: f32) -> [f32; 4] {
    let all: u32 = counts.iter().sum();
    let there = counts.iter().filter(|count| **count > 0).count() as f32;
    let least = least.min((height / there.max(1.0)).floor());
    let spare = height - least * there;
    let mut out = counts.map(|count| match count {
        0 => 0.0,
        some => least + (spare * some as f32 / all as f32).floor(),
    });
    // What rounding left goes to the largest.
    let left = height - out.iter().sum::<f32>();
    let largest = (0..4).max_by_key(|&at| counts[at]).filter(|_| all > 0);
    if let Some(largest) = largest {
        out[largest] += left;
    }
    out
}

/// Digits in groups of three.
fn grouped(count: u32) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_height_and_nothing_that_is_there_vanishes() {
        assert_eq!(shares([0, 10, 10, 0], 20.0, 2.0), [0.0, 10.0, 10.0, 0.0]);
        assert_eq!(shares([1, 0, 9999, 0], 20.0, 2.0), [2.0, 0.0, 18.0, 0.0]);
        assert_eq!(shares([1, 1, 1, 1], 3.0, 2.0).iter().sum::<f32>(), 3.0);
        for counts in [[3, 1, 0, 7], [1, 1, 1, 1], [100, 5, 20, 1]] {
            let heights = shares(counts, 17.0, 2.0);
            assert_eq!(heights.iter().sum::<f32>(), 17.0, "{counts:?}");
            assert!(
                counts
                    .iter()
                    .zip(heights)
                    .all(|(&count, height)| (count > 0) == (height >= 2.0))
            );
        }
    }

    #[test]
    fn counts_are_read_in_groups_of_three() {
        assert_eq!(
            [7, 999, 1000, 94_003].map(grouped),
            ["7", "999", "1\u{2009}000", "94\u{2009}003"]
        );
    }
}
