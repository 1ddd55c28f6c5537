//! Sets subtitles over a picture.

use std::collections::BTreeSet;

use crate::over::{Overlay, ViewerScene};
use crate::quads::Quad;
use crate::scripts::script_of;
use crate::subtitle::{
    Grid, Subtitle, SubtitleEdge, SubtitleLook, SubtitlePlace, SubtitleSpan, columns, reads_leftwards,
};
use crate::text::{Block, BlockAlign, SetBlock};
use crate::theme::Colour;

const WHITE: Colour = Colour([255, 255, 255, 255]);
const RIM: Colour = Colour([0, 0, 0, 190]);
const BOX: Colour = Colour([0, 0, 0, 204]);
/// Directions in which a rim lies around a letter.
const AROUND: [(f32, f32); 12] = [
    (1.0, 0.0),
    (0.87, 0.5),
    (0.5, 0.87),
    (0.0, 1.0),
    (-0.5, 0.87),
    (-0.87, 0.5),
    (-1.0, 0.0),
    (-0.87, -0.5),
    (-0.5, -0.87),
    (0.0, -1.0),
    (0.5, -0.87),
    (0.87, -0.5),
];

/// One block of a subtitle (all of it, or one column) with its corner.
struct Put {
    block: Block,
    set: SetBlock,
    left: f32,
    top: f32,
}

impl Overlay<'_> {
    /// All subtitles of this moment, none on another. Those that began first have the place they want.
    pub fn subtitles(&mut self, scene: &ViewerScene) {
        let ViewerScene {
            subtitles,
            subtitle_look: look,
            ..
        } = scene;
        let look = *look;
        let grid = Grid::over(self.rect, 9.0 * self.scale);
        let mut taken: Vec<[f32; 4]> = self.corners(scene).into_iter().collect();
        let mut puts = Vec::new();
        for subtitle in subtitles
            .iter()
            .filter(|subtitle| !subtitle.text.trim().is_empty())
        {
            if subtitle.place.columns.is_some() {
                self.in_columns(subtitle, &grid, &mut taken, &mut puts);
            } else {
                puts.push(self.in_lines(subtitle, &grid, &mut taken));
            }
        }
        for put in &puts {
            self.grounds(put, look, &grid);
        }
        for put in &puts {
            self.letters(put, look, &grid);
        }
        self.say_what_is_missing(scene);
    }

    /// Where letters are boxes because no face has them, that is said: else it looks like a fault of the film.
    fn say_what_is_missing(&mut self, scene: &ViewerScene) {
        let letters = scene.subtitles.iter().flat_map(|subtitle| subtitle.text.chars());
        let missing: BTreeSet<&str> = letters
            .filter_map(script_of)
            .filter(|script| self.text.missing().contains(script))
            .collect();
        if missing.is_empty() {
            return;
        }
        let names: Vec<&str> = missing.into_iter().collect();
        let words = format!("No font here for {}: boxes stand for letters", names.join(", "));
        let [x, y, w, _] = self.rect;
        let gap = self.hair(8.0);
        let others = scene.shield.is_some() || scene.comparison.is_some();
        let below = if others { self.hair(24.0) } else { 0.0 };
        self.tag(&words, (x + gap, y + gap + below, w - 2.0 * gap));
    }

    fn in_lines(&mut self, subtitle: &Subtitle, grid: &Grid, taken: &mut Vec<[f32; 4]>) -> Put {
        let (left, right, edge) = grid.measure(&subtitle.place, reads_leftwards(&subtitle.text));
        let pad = grid.size / 2.0;
        let block = Block {
            text: subtitle.text.clone(),
            spans: subtitle.spans.clone(),
            size_milli: milli(grid.size),
            pitch_milli: milli(grid.pitch),
            measure_px: (right - left - 2.0 * pad).max(1.0) as u32,
            align: match edge {
                SubtitleEdge::Left => BlockAlign::Left,
                SubtitleEdge::Right => BlockAlign::Right,
                _ => BlockAlign::Middle,
            },
            upright: false,
            plain: false,
        };
        let (block, set) = self.text.set_block(&block);
        // A measure made even is narrower: it stands where its edge belongs.
        let measure = block.measure_px as f32;
        let x = match edge {
            SubtitleEdge::Left => left + pad,
            SubtitleEdge::Right => right - pad - measure,
            _ => f32::midpoint(left, right) - measure / 2.0,
        };
        let (first, last) = set.sides();
        let across = (x + first - pad, x + last + pad);
        let top = grid.top(&subtitle.place, across, set.height(), taken).round();
        taken.push([across.0, top, across.1, top + set.height()]);
        Put {
            block,
            set,
            left: x.round(),
            top,
        }
    }

    fn in_columns(
        &mut self,
        subtitle: &Subtitle,
        grid: &Grid,
        taken: &mut Vec<[f32; 4]>,
        puts: &mut Vec<Put>,
    ) {
        let (top, bottom) = grid.column(&subtitle.place);
        let step = (grid.size * 1.08).round().max(1.0);
        let columns = columns(&subtitle.text, ((bottom - top) / step) as usize);
        let width = grid.pitch * columns.len() as f32;
        let left = grid.left(&subtitle.place, (top, bottom), width, taken).round();
        taken.push([left, top, left + width, bottom]);
        for (number, column) in columns.iter().enumerate() {
            let height = step * column.len() as f32;
            let (text, spans) = stacked(column, &subtitle.spans);
            let block = Block {
                text,
                spans,
                size_milli: milli(grid.size),
                pitch_milli: milli(step),
                measure_px: grid.pitch as u32,
                align: BlockAlign::Middle,
                upright: true,
                plain: false,
            };
            let (block, set) = self.text.set_block(&block);
            puts.push(Put {
                left: left + grid.pitch * place_of(number, columns.len(), &subtitle.place),
                top: column_top(&subtitle.place, (top, bottom), height).round(),
                block,
                set,
            });
        }
    }

    /// What lies behind words: the look's box, or the background a style names.
    fn grounds(&mut self, put: &Put, look: SubtitleLook, grid: &Grid) {
        let pad = (grid.size * 0.3).round();
        if look == SubtitleLook::Box && !put.block.upright {
            for line in put.set.lines.iter().filter(|line| line.width > 0.0) {
                let (x, y) = (put.left + line.left - pad, put.top + line.top);
                self.quads.push(Quad::fill(
                    x.floor(),
                    y.round(),
                    (line.width + 2.0 * pad).ceil(),
                    (y + line.height).round() - y.round(),
                    BOX,
                ));
            }
        } else if look == SubtitleLook::Box {
            let (left, right) = put.set.sides();
            let middle = put.left + f32::midpoint(left, right);
            let wide = grid.size * 1.15;
            self.quads.push(Quad::fill(
                (middle - wide / 2.0).floor(),
                put.top - pad,
                wide.ceil(),
                put.set.height() + 2.0 * pad,
                BOX,
            ));
        }
        for run in &put.set.runs {
            let Some(colour) = style(put, run.span).and_then(|span| span.background) else {
                continue;
            };
            let Some(line) = put.set.lines.get(run.line) else {
                continue;
            };
            self.quads.push(Quad::fill(
                (put.left + run.left - pad / 2.0).floor(),
                (put.top + line.top).round(),
                (run.right - run.left + pad).ceil(),
                line.height.round(),
                Colour(colour),
            ));
        }
    }

    fn letters(&mut self, put: &Put, look: SubtitleLook, grid: &Grid) {
        let clip = self.clip();
        let thick = (grid.size / 16.0).max(1.0).round();
        let underlines: Vec<_> = put
            .set
            .runs
            .iter()
            .filter_map(|run| Some((run, style(put, run.span).filter(|span| span.underline)?)))
            .map(|(run, span)| {
                let y = (put.top + run.baseline + grid.size * 0.1).round();
                let colour = span.colour.map_or(WHITE, Colour);
                (put.left + run.left, y, run.right - run.left, colour)
            })
            .collect();
        if look == SubtitleLook::Outline {
            let rim = (grid.size / 17.0).max(1.0);
            let beneath = Block {
                plain: true,
                ..put.block.clone()
            };
            for (dx, dy) in AROUND {
                let (x, y) = (put.left + dx * rim, put.top + dy * rim);
                self.text.add_block(&beneath, x, y, RIM, clip);
            }
            for (x, y, width, _) in &underlines {
                let quad = Quad::fill(x - rim, y - rim, width + 2.0 * rim, thick + 2.0 * rim, RIM);
                self.quads.push(quad.radius(rim));
            }
        }
        for (x, y, width, colour) in underlines {
            self.quads.push(Quad::fill(x, y, width, thick, colour));
        }
        self.text.add_block(&put.block, put.left, put.top, WHITE, clip);
    }
}

fn style(put: &Put, span: Option<usize>) -> Option<&SubtitleSpan> {
    put.block.spans.get(span?)
}

fn milli(length: f32) -> u32 {
    (length * 1000.0).round() as u32
}

/// Which column from the left is the `number`th to be read.
fn place_of(number: usize, of: usize, place: &SubtitlePlace) -> f32 {
    let leftwards = place.columns == Some(crate::subtitle::SubtitleColumns::ToTheLeft);
    (if leftwards { of - 1 - number } else { number }) as f32
}

fn column_top(place: &SubtitlePlace, (top, bottom): (f32, f32), height: f32) -> f32 {
    match place.align {
        SubtitleEdge::Start | SubtitleEdge::Left => top,
        SubtitleEdge::Middle => (f32::midpoint(top, bottom) - height / 2.0).max(top),
        SubtitleEdge::End | SubtitleEdge::Right => (bottom - height).max(top),
    }
}

/// Letters below each other, each in the style it had.
fn stacked(column: &[(usize, &str)], styles: &[SubtitleSpan]) -> (String, Vec<SubtitleSpan>) {
    let mut text = String::new();
    let mut spans = Vec::new();
    for (number, (at, letter)) in column.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let from = text.len();
        text.push_str(letter);
        if let Some(style) = styles.iter().find(|style| (style.from..style.to).contains(at)) {
            spans.push(SubtitleSpan {
                from,
                to: text.len(),
                ..*style
            });
        }
    }
    (text, spans)
}
