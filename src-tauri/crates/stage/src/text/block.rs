//! Words of several styles in a block of lines, as subtitles are set.

use std::sync::Arc;

use glyphon::cosmic_text::{Align, CacheKeyFlags, FeatureTag};
use glyphon::{Attrs, Buffer, Color, Family, Metrics, Shaping, Weight, Wrap};

use super::{Lettering, Placed, Shaped};
use crate::subtitle::SubtitleSpan;
use crate::theme::Colour;

/// Halvings of the measure until both sides of a break are as even as they can be seen to be.
const BALANCING_STEPS: usize = 6;

/// Where the lines of a block stand within its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BlockAlign {
    Left,
    Middle,
    Right,
}

/// A block of words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Block {
    pub text: String,
    /// In order, not overlapping.
    pub spans: Vec<SubtitleSpan>,
    /// Thousandths of a device pixel.
    pub size_milli: u32,
    /// Thousandths of a device pixel from line to line.
    pub pitch_milli: u32,
    /// Device pixels.
    pub measure_px: u32,
    pub align: BlockAlign,
    /// Forms for columns: commas, brackets and long vowels are turned.
    pub upright: bool,
    /// Every letter in the colour it is placed with, for what lies beneath.
    pub plain: bool,
}

/// Words of one style on one line, device pixels from the block's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    /// Place in [`Block::spans`]; nothing for words without a style.
    pub span: Option<usize>,
    pub line: usize,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
}

/// One line as it was set, device pixels from the block's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SetLine {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// A block as it was set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SetBlock {
    pub lines: Vec<SetLine>,
    pub runs: Vec<Run>,
}

impl SetBlock {
    /// Device pixels: from the first line's top to the last one's bottom.
    pub fn height(&self) -> f32 {
        self.lines
            .iter()
            .map(|line| line.top + line.height)
            .fold(0.0, f32::max)
    }

    /// Left and right edge of what is set.
    pub fn sides(&self) -> (f32, f32) {
        let left = self.lines.iter().map(|line| line.left).fold(f32::MAX, f32::min);
        let right = self
            .lines
            .iter()
            .map(|line| line.left + line.width)
            .fold(0.0, f32::max);
        (left.min(right), right)
    }
}

impl Lettering {
    /// How a block is set: in as few lines as its measure allows, and those as even as they can be.
    pub fn set_block(&mut self, block: &Block) -> (Block, SetBlock) {
        let widest = self.block(block);
        let lines = widest.lines.len();
        let breaks = lines > block.text.split('\n').count();
        if !breaks || block.upright {
            return (block.clone(), widest);
        }
        let (mut low, mut high) = (block.measure_px / 2, block.measure_px);
        for _ in 0..BALANCING_STEPS {
            let middle = low.midpoint(high);
            let tried = self.block(&Block {
                measure_px: middle,
                ..block.clone()
            });
            if tried.lines.len() > lines {
                low = middle;
            } else {
                high = middle;
            }
        }
        let even = Block {
            measure_px: high,
            ..block.clone()
        };
        let set = self.block(&even);
        (even, set)
    }

    fn block(&mut self, block: &Block) -> SetBlock {
        self.shape_block(block).set.clone()
    }

    /// Adds a block with its corner at `left`, `top`.
    pub fn add_block(&mut self, block: &Block, left: f32, top: f32, colour: Colour, clip: [i32; 4]) {
        let shaped = self.shape_block(block);
        self.placed.push(Placed {
            shaped,
            left,
            top,
            colour,
            clip,
        });
    }

    fn shape_block(&mut self, block: &Block) -> Arc<Shaped> {
        let turn = self.turn;
        if let Some((shaped, used)) = self.blocks.get_mut(block) {
            *used = turn;
            return Arc::clone(shaped);
        }
        self.follow_language(&block.text);
        let mut buffer = self.set_rich(block);
        if super::has_gaps(&buffer) && self.ask_the_system() {
            buffer = self.set_rich(block);
        }
        self.note_gaps(&buffer);
        let set = measured(&buffer, block);
        let shaped = Arc::new(Shaped {
            width: set.sides().1,
            height: set.height(),
            buffer,
            set,
        });
        self.blocks.insert(block.clone(), (Arc::clone(&shaped), turn));
        shaped
    }

    fn set_rich(&mut self, block: &Block) -> Buffer {
        let (size, pitch) = (
            block.size_milli as f32 / 1000.0,
            block.pitch_milli as f32 / 1000.0,
        );
        let mut buffer = Buffer::new_empty(Metrics::new(size, pitch.max(1.0)));
        buffer.set_wrap(Wrap::WordOrGlyph);
        buffer.set_size(Some(block.measure_px as f32), None);
        let align = match block.align {
            BlockAlign::Left => Align::Left,
            BlockAlign::Middle => Align::Center,
            BlockAlign::Right => Align::Right,
        };
        let plain = attrs(None, 0, block);
        let parts = parts(block);
        let rich = parts.iter().flat_map(|(text, span)| {
            let style = span.and_then(|at| block.spans.get(at));
            let set = attrs(style, span.map_or(0, |at| at + 1), block);
            with_companions(text, block.upright).map(move |(text, is_companion)| match is_companion {
                true => (text, set.clone().metrics(Metrics::new(0.01, pitch.max(1.0)))),
                false => (text, set.clone()),
            })
        });
        buffer.set_rich_text(rich, &plain, Shaping::Advanced, Some(align));
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }
}

/// Signs of all scripts are set by themselves in columns, and faces have their turned forms among the Japanese letters only: such
/// a letter, too small to see, goes with each, on the side where no line may break.
fn with_companions(text: &str, upright: bool) -> impl Iterator<Item = (&str, bool)> {
    let pieces = text
        .char_indices()
        .filter(move |_| upright)
        .flat_map(|(at, letter)| {
            let piece = (&text[at..at + letter.len_utf8()], false);
            let companion = ("の", true);
            let (before, after) = if OPENING.contains(letter) {
                (None, Some(companion))
            } else {
                (CLOSING.contains(letter).then_some(companion), None)
            };
            before.into_iter().chain([piece]).chain(after)
        });
    std::iter::once((text, false))
        .filter(move |_| !upright)
        .chain(pieces)
}

const OPENING: &str = "「『（［｛〈《【〔“‘(";
const CLOSING: &str = "」』）］｝〉》】〕”’)、。，．ー～…‥―";

/// The text cut where its style changes.
fn parts(block: &Block) -> Vec<(&str, Option<usize>)> {
    let mut parts = Vec::new();
    let mut at = 0;
    for (number, span) in block.spans.iter().enumerate() {
        if let Some(before) = block.text.get(at..span.from).filter(|text| !text.is_empty()) {
            parts.push((before, None));
        }
        if let Some(inside) = block
            .text
            .get(span.from.max(at)..span.to)
            .filter(|text| !text.is_empty())
        {
            parts.push((inside, Some(number)));
            at = span.to;
        }
    }
    if let Some(rest) = block.text.get(at..).filter(|text| !text.is_empty()) {
        parts.push((rest, None));
    }
    parts
}

fn attrs(style: Option<&SubtitleSpan>, mark: usize, block: &Block) -> Attrs<'static> {
    let mut attrs = Attrs::new().family(Family::Name("Inter")).metadata(mark);
    let is = |which: fn(&SubtitleSpan) -> bool| style.is_some_and(which);
    attrs = attrs.weight(if is(|span| span.bold) {
        Weight::BOLD
    } else {
        Weight::NORMAL
    });
    if is(|span| span.italic) {
        // Most scripts have no italic face, and a slanted one is what their readers know from television.
        attrs = attrs.cache_key_flags(CacheKeyFlags::FAKE_ITALIC);
    }
    if block.upright {
        let mut features = glyphon::cosmic_text::FontFeatures::new();
        features.enable(FeatureTag::new(b"vert"));
        attrs = attrs.font_features(features);
    }
    match style.and_then(|span| span.colour).filter(|_| !block.plain) {
        Some([r, g, b, a]) => attrs.color(Color::rgba(r, g, b, a)),
        None => attrs,
    }
}

fn measured(buffer: &Buffer, block: &Block) -> SetBlock {
    let mut set = SetBlock::default();
    for (line, run) in buffer.layout_runs().enumerate() {
        let left = run.glyphs.iter().map(|glyph| glyph.x).fold(f32::MAX, f32::min);
        let right = run
            .glyphs
            .iter()
            .map(|glyph| glyph.x + glyph.w)
            .fold(0.0, f32::max);
        set.lines.push(SetLine {
            left: left.min(right),
            top: run.line_top,
            width: (right - left).max(0.0),
            height: run.line_height,
        });
        for glyph in run.glyphs {
            let span = glyph.metadata.checked_sub(1).filter(|at| *at < block.spans.len());
            let (left, right) = (glyph.x, glyph.x + glyph.w);
            match set.runs.last_mut() {
                // Glyphs of one run touch, whichever way they are written.
                Some(last) if last.line == line && last.span == span && touches(last, left, right) => {
                    last.left = last.left.min(left);
                    last.right = last.right.max(right);
                }
                _ => set.runs.push(Run {
                    span,
                    line,
                    left,
                    right,
                    baseline: run.line_y,
                }),
            }
        }
    }
    set
}

fn touches(run: &Run, left: f32, right: f32) -> bool {
    left <= run.right + 1.0 && right >= run.left - 1.0
}
