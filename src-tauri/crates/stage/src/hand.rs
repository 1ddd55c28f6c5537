//! What the hand does on a timeline: what is dragged and where it would stand, what it snapped to, the rectangle that selects,
//! and words beside the pointer. It comes and goes without the rest being prepared anew.

use serde::{Deserialize, Serialize};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::quads::Quad;
use crate::scene::TimelineScene;
use crate::text::{Face, Lettering, Line, Typefaces};
use crate::theme::{Colour, Palette};
use crate::view::{GUTTER_PX, RULER_PX, TimelineView};

/// Things dragged at once that are drawn, at most.
const MOST_GHOSTS: usize = 512;
/// Lines beside the pointer, at most.
const MOST_LINES: usize = 6;
/// Letter size beside the pointer, and from one line to the next, CSS pixels.
const TIP_PX: f64 = 11.5;
const TIP_LINE_PX: f64 = 16.0;
const TIP_PAD_PX: f64 = 8.0;
/// From the pointer to the words, CSS pixels: beside it, and below the arrow's foot.
const TIP_BESIDE_PX: f64 = 14.0;
const TIP_BELOW_PX: f64 = 18.0;
const TIP_MOST_PX: f64 = 420.0;

/// What the hand does at this moment. Lengths are CSS pixels, times for drawing only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hand {
    /// What is dragged, where it would stand.
    #[serde(default)]
    pub ghosts: Vec<Ghost>,
    /// Where an edge has met something, seconds.
    #[serde(default)]
    pub snap_secs: Option<f64>,
    /// The rectangle that selects: left, top, width, height.
    #[serde(default)]
    pub marquee: Option<[f64; 4]>,
    /// Words beside the pointer.
    #[serde(default)]
    pub tip: Option<Tip>,
}

/// One thing being dragged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ghost {
    /// The proposal or the marker.
    pub id: String,
    /// Where it would begin, seconds.
    pub start_secs: f64,
    /// Where it would end, seconds.
    pub end_secs: f64,
    /// Top edge of its row.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// Words beside the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tip {
    /// The pointer.
    pub x: f64,
    /// The pointer.
    pub y: f64,
    /// The first is the loudest.
    pub lines: Vec<String>,
}

impl Hand {
    /// This hand with every number in a range the stage draws, and nothing without end.
    pub(crate) fn sane(&self) -> Self {
        let within = |v: f64| {
            if v.is_finite() {
                v.clamp(-20_000.0, 20_000.0)
            } else {
                0.0
            }
        };
        let secs = |v: f64| {
            if v.is_finite() {
                v.clamp(-86_400.0, 864_000.0)
            } else {
                0.0
            }
        };
        let ghost = |ghost: &Ghost| Ghost {
            id: ghost.id.clone(),
            start_secs: secs(ghost.start_secs),
            end_secs: secs(ghost.end_secs),
            y: within(ghost.y),
            height: within(ghost.height),
        };
        Self {
            ghosts: self.ghosts.iter().take(MOST_GHOSTS).map(ghost).collect(),
            snap_secs: self.snap_secs.map(secs),
            marquee: self.marquee.map(|sides| sides.map(within)),
            tip: self.tip.as_ref().map(|tip| Tip {
                x: within(tip.x),
                y: within(tip.y),
                lines: tip.lines.iter().take(MOST_LINES).cloned().collect(),
            }),
        }
    }
}

/// Everything of a hand but its words.
pub(crate) fn hand_quads(
    view: &TimelineView,
    hand: &Hand,
    scene: &TimelineScene,
    palette: &Palette,
) -> Vec<Quad> {
    let sketch = HandSketch { view };
    let mut quads = Vec::new();
    for ghost in &hand.ghosts {
        // Where it stands now is veiled, so that one sees it go.
        if let Some(item) = scene.item(&ghost.id) {
            let was = (view.x_of(item.start), view.x_of(item.end));
            let veil = palette.panel.alpha(150);
            quads.extend(sketch.stretch(was, (ghost.y, ghost.height), veil));
        }
    }
    for ghost in &hand.ghosts {
        let span = (view.x_of_secs(ghost.start_secs), view.x_of_secs(ghost.end_secs));
        let fill = scene
            .item(&ghost.id)
            .map_or(palette.marker, |item| palette.kind_fill(&item.kind));
        let drawn = sketch.stretch(span, (ghost.y, ghost.height), fill.alpha(215));
        quads.extend(drawn.map(|quad| {
            quad.radius(3.5 * view.scale as f32)
                .border(palette.selection, sketch.hair(1.5))
        }));
    }
    if let Some([left, top, width, height]) = hand.marquee {
        let drawn = sketch.stretch((left, left + width), (top, height), palette.selection.alpha(26));
        quads.extend(drawn.map(|quad| quad.border(palette.selection.alpha(170), sketch.hair(1.0))));
    }
    if let Some(secs) = hand.snap_secs {
        let x = sketch.px(view.x_of_secs(secs));
        if x >= sketch.px(GUTTER_PX) && x <= sketch.px(view.width_px) {
            let height = sketch.px(view.height_px);
            quads.push(Quad::fill(x, 0.0, sketch.hair(1.0), height, palette.focus));
        }
    }
    quads
}

/// The words of a hand and the box they stand in, which must be drawn before them.
fn tip_quads(view: &TimelineView, tip: &Tip, text: &mut Lettering, palette: &Palette) -> Vec<Quad> {
    let sketch = HandSketch { view };
    let size = (TIP_PX * view.scale) as f32;
    let widest = tip
        .lines
        .iter()
        .map(|line| f64::from(text.measure(line, Face::Sans, size)) / view.scale)
        .fold(0.0, f64::max)
        .min(TIP_MOST_PX);
    let (width, height) = (
        widest + 2.0 * TIP_PAD_PX,
        tip.lines.len() as f64 * TIP_LINE_PX + TIP_PAD_PX,
    );
    let (x, y) = beside(view, tip, (width, height));
    let frame = Quad::fill(
        sketch.px(x),
        sketch.px(y),
        sketch.px(width),
        sketch.px(height),
        palette.raised,
    );
    for (at, line) in tip.lines.iter().enumerate() {
        text.add(Line {
            text: line,
            face: Face::Sans,
            size,
            x: sketch.px(x + TIP_PAD_PX),
            y: sketch.px(y + TIP_PAD_PX / 2.0 + (at as f64 + 0.5) * TIP_LINE_PX),
            colour: if at == 0 { palette.text } else { palette.quiet },
            // A hair more than measured: what just fits must not be shortened.
            max_width: (TIP_MOST_PX * view.scale) as f32 + 1.0,
            clip: [
                0,
                0,
                sketch.px(view.width_px) as i32,
                sketch.px(view.height_px) as i32,
            ],
        });
    }
    vec![
        frame
            .radius(4.0 * view.scale as f32)
            .border(palette.tick, sketch.hair(1.0)),
    ]
}

/// Beside the pointer, on its other side where the timeline ends.
fn beside(view: &TimelineView, tip: &Tip, (width, height): (f64, f64)) -> (f64, f64) {
    let right = tip.x + TIP_BESIDE_PX;
    let x = if right + width <= view.width_px {
        right
    } else {
        tip.x - TIP_BESIDE_PX - width
    };
    let below = tip.y + TIP_BELOW_PX;
    let y = if below + height <= view.height_px {
        below
    } else {
        tip.y - TIP_BESIDE_PX - height
    };
    (x.max(0.0), y.max(0.0))
}

struct HandSketch<'a> {
    view: &'a TimelineView,
}

impl HandSketch<'_> {
    fn px(&self, css: f64) -> f32 {
        (css * self.view.scale).round() as f32
    }

    fn hair(&self, css: f64) -> f32 {
        (css * self.view.scale).round().max(1.0) as f32
    }

    /// A box over the lanes, cut off where they end; none when nothing of it shows.
    fn stretch(&self, (left, right): (f64, f64), (top, height): (f64, f64), colour: Colour) -> Option<Quad> {
        let from = left.max(GUTTER_PX);
        let to = right.min(self.view.width_px + 24.0).max(from);
        let end = top + height;
        // What lies on the ruler stays there; what is scrolled under it does not cover it.
        let y = if end <= RULER_PX { top } else { top.max(RULER_PX) };
        let shows = right >= GUTTER_PX && left <= self.view.width_px && end > y;
        shows.then(|| {
            let x = self.px(from);
            let width = (self.px(to) - x).max(self.hair(2.0));
            Quad::fill(x, self.px(y), width, self.px(end) - self.px(y), colour)
        })
    }
}

/// Letters over everything, shaped anew only when they say something else or stand elsewhere.
pub(crate) struct Words {
    format: wgpu::TextureFormat,
    faces: Typefaces,
    text: Option<Lettering>,
    said: Option<(Tip, (u32, u32), Vec<Quad>)>,
}

impl Words {
    pub fn new(format: wgpu::TextureFormat, faces: Typefaces) -> Self {
        Self {
            format,
            faces,
            text: None,
            said: None,
        }
    }

    /// The colours are others now.
    pub fn forget(&mut self) {
        self.said = None;
    }

    /// Draws what was said last.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) -> Result<(), StageError> {
        match &self.text {
            Some(text) => text.draw(pass),
            None => Ok(()),
        }
    }

    /// Sets the words beside the pointer; answers the box they stand in.
    pub fn say(
        &mut self,
        gpu: &Gpu,
        view: &TimelineView,
        size: (u32, u32),
        tip: &Tip,
        palette: &Palette,
    ) -> Result<Vec<Quad>, StageError> {
        if let Some((said, drawn, quads)) = &self.said
            && said == tip
            && *drawn == size
        {
            return Ok(quads.clone());
        }
        self.said = None;
        let text = self
            .text
            .get_or_insert_with(|| Lettering::new(gpu, self.format, self.faces));
        text.begin();
        let quads = tip_quads(view, tip, text, palette);
        text.prepare(gpu, size)?;
        self.said = Some((tip.clone(), size, quads.clone()));
        Ok(quads)
    }
}
