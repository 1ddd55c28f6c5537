//! Text of the stage: the bundled faces, shaped once and kept.

use std::collections::HashMap;

use glyphon::cosmic_text::{Align, Ellipsize, EllipsizeHeightLimit, FeatureTag, FontFeatures};
use glyphon::{
    Attrs, Buffer, Cache, Color, ColorMode, Family, FontSystem, Metrics, Resolution, Shaping, SwashCache,
    TextArea, TextAtlas, TextBounds, TextRenderer, Viewport, Weight, Wrap, fontdb,
};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::theme::Colour;

/// Which faces text may fall back to when the bundled ones lack a letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typefaces {
    /// Inter and JetBrains Mono only: the same picture on every machine.
    Bundled,
    /// Then the system's, for scripts the bundled faces do not have. They are looked for when the first such letter comes: a
    /// workstation with thousands of faces takes a second for that, and most never need it.
    #[default]
    WithSystem,
}

const FACES: [&[u8]; 3] = [
    include_bytes!("../../../../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../../../../assets/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular.ttf"),
];

/// Shaped lines kept while they are not on the picture.
const KEPT_LINES: usize = 4096;
/// Widths of shortened lines are rounded down to this, so that a drag does not shape a line anew at every pixel.
const SHORTEN_STEP_PX: f32 = 6.0;

/// How a line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    /// The interface's face.
    Sans,
    /// Heavier still, for cues on the picture.
    SansSemiBold,
    /// Timecode.
    Mono,
}

/// One line (or with `wrap`, several) of text to draw. Lengths in device pixels.
pub(crate) struct Line<'a> {
    pub text: &'a str,
    pub face: Face,
    /// Letter size.
    pub size: f32,
    /// Left edge, or the middle with `centred`.
    pub x: f32,
    /// Middle of the line, or the bottom of the block with `centred`.
    pub y: f32,
    pub colour: Colour,
    /// Shortened with an ellipsis beyond this.
    pub max_width: f32,
    /// Left, top, right, bottom: nothing is drawn outside.
    pub clip: [i32; 4],
    /// Several centred lines standing on `y`.
    pub centred: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    text: String,
    face: Face,
    size_milli: u32,
    /// In steps of [`SHORTEN_STEP_PX`]; `u32::MAX` when the whole line fits.
    width_steps: u32,
    centred: bool,
}

struct Shaped {
    buffer: Buffer,
    width: f32,
    height: f32,
    used: u64,
}

struct Placed {
    key: Key,
    left: f32,
    top: f32,
    colour: Colour,
    clip: [i32; 4],
}

/// Shapes, keeps and draws the text of one renderer.
pub(crate) struct Lettering {
    fonts: FontSystem,
    swash: SwashCache,
    viewport: Viewport,
    atlas: TextAtlas,
    renderer: TextRenderer,
    shaped: HashMap<Key, Shaped>,
    placed: Vec<Placed>,
    turn: u64,
    /// The system's faces may be asked and were not yet.
    system_waits: bool,
}

impl Lettering {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, faces: Typefaces) -> Self {
        let mut db = fontdb::Database::new();
        for face in FACES {
            db.load_font_data(face.to_vec());
        }
        db.set_sans_serif_family("Inter");
        db.set_monospace_family("JetBrains Mono");
        let cache = Cache::new(&gpu.device);
        // The target holds colours as the screen shows them, so text blends there as it does in a page.
        let mut atlas = TextAtlas::with_color_mode(&gpu.device, &gpu.queue, &cache, format, ColorMode::Web);
        let renderer = TextRenderer::new(&mut atlas, &gpu.device, wgpu::MultisampleState::default(), None);
        Self {
            fonts: FontSystem::new_with_locale_and_db("en".to_owned(), db),
            swash: SwashCache::new(),
            viewport: Viewport::new(&gpu.device, &cache),
            atlas,
            renderer,
            shaped: HashMap::new(),
            placed: Vec::new(),
            turn: 0,
            system_waits: faces == Typefaces::WithSystem,
        }
    }

    /// Begins a new set of lines.
    pub fn begin(&mut self) {
        self.placed.clear();
        self.turn += 1;
        if self.shaped.len() > KEPT_LINES {
            let turn = self.turn;
            self.shaped.retain(|_key, s| s.used + 1 >= turn);
        }
    }

    /// Width of a line in full.
    pub fn measure(&mut self, text: &str, face: Face, size: f32) -> f32 {
        self.shape(whole_line(text, face, size)).0
    }

    /// Adds a line; answers its width and height as drawn.
    pub fn add(&mut self, line: Line<'_>) -> (f32, f32) {
        let mut key = whole_line(line.text, line.face, line.size);
        key.centred = line.centred;
        let steps = (line.max_width / SHORTEN_STEP_PX).floor().max(1.0) as u32;
        if line.centred {
            key.width_steps = steps;
        }
        let (mut width, mut height) = self.shape(key.clone());
        if width > line.max_width && !line.centred {
            key.width_steps = steps;
            (width, height) = self.shape(key.clone());
        }
        let (left, top) = if line.centred {
            (line.x - steps as f32 * SHORTEN_STEP_PX / 2.0, line.y - height)
        } else {
            (line.x, line.y - height / 2.0)
        };
        self.placed.push(Placed {
            key,
            left: left.round(),
            // Rounded up the picture: letters without descenders would look too low otherwise.
            top: top.floor(),
            colour: line.colour,
            clip: line.clip,
        });
        (width, height)
    }

    fn shape(&mut self, key: Key) -> (f32, f32) {
        let turn = self.turn;
        if let Some(found) = self.shaped.get_mut(&key) {
            found.used = turn;
            return (found.width, found.height);
        }
        let mut buffer = self.set(&key);
        if self.system_waits && has_gaps(&buffer) {
            self.system_waits = false;
            self.fonts.db_mut().load_system_fonts();
            buffer = self.set(&key);
        }
        let mut extent = (0.0f32, 0.0f32);
        for run in buffer.layout_runs() {
            extent.0 = extent.0.max(run.line_w);
            extent.1 += run.line_height;
        }
        self.shaped.insert(
            key,
            Shaped {
                buffer,
                width: extent.0,
                height: extent.1,
                used: turn,
            },
        );
        extent
    }

    /// Sets one line in the faces at hand.
    fn set(&mut self, key: &Key) -> Buffer {
        let size = key.size_milli as f32 / 1000.0;
        let line_height = (size * 1.3).round().max(1.0);
        let mut buffer = Buffer::new_empty(Metrics::new(size, line_height));
        let shortened = key.width_steps != u32::MAX;
        if key.centred {
            buffer.set_wrap(Wrap::WordOrGlyph);
        } else {
            buffer.set_wrap(Wrap::None);
            if shortened {
                buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(1)));
            }
        }
        let width = shortened.then_some(key.width_steps as f32 * SHORTEN_STEP_PX);
        buffer.set_size(width, None);
        let align = key.centred.then_some(Align::Center);
        buffer.set_text(&key.text, &attrs(key.face), Shaping::Advanced, align);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }

    /// Brings the lines added since [`Self::begin`] to the GPU.
    pub fn prepare(&mut self, gpu: &Gpu, size: (u32, u32)) -> Result<(), StageError> {
        self.viewport.update(
            &gpu.queue,
            Resolution {
                width: size.0,
                height: size.1,
            },
        );
        self.atlas.trim();
        let shaped = &self.shaped;
        let areas = self.placed.iter().filter_map(|p| {
            let [left, top, right, bottom] = p.clip;
            let [r, g, b, a] = p.colour.0;
            Some(TextArea {
                buffer: &shaped.get(&p.key)?.buffer,
                left: p.left,
                top: p.top,
                scale: 1.0,
                bounds: TextBounds {
                    left,
                    top,
                    right,
                    bottom,
                },
                default_color: Color::rgba(r, g, b, a),
                custom_glyphs: &[],
            })
        });
        self.renderer
            .prepare(
                &gpu.device,
                &gpu.queue,
                &mut self.fonts,
                &mut self.atlas,
                &self.viewport,
                areas,
                &mut self.swash,
            )
            .map_err(|e| StageError::Text { cause: e.to_string() })
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) -> Result<(), StageError> {
        self.renderer
            .render(&self.atlas, &self.viewport, pass)
            .map_err(|e| StageError::Text { cause: e.to_string() })
    }
}

/// Whether a letter had no face: it is drawn as an empty box then.
fn has_gaps(buffer: &Buffer) -> bool {
    buffer
        .layout_runs()
        .any(|run| run.glyphs.iter().any(|glyph| glyph.glyph_id == 0))
}

fn whole_line(text: &str, face: Face, size: f32) -> Key {
    Key {
        text: text.to_owned(),
        face,
        size_milli: (size * 1000.0).round() as u32,
        width_steps: u32::MAX,
        centred: false,
    }
}

fn attrs(face: Face) -> Attrs<'static> {
    let (family, weight) = match face {
        Face::Sans => ("Inter", Weight::NORMAL),
        Face::SansSemiBold => ("Inter", Weight::SEMIBOLD),
        Face::Mono => ("JetBrains Mono", Weight::NORMAL),
    };
    let mut features = FontFeatures::new();
    // Figures of one width, so that numbers do not dance.
    features.enable(FeatureTag::new(b"tnum"));
    Attrs::new()
        .family(Family::Name(family))
        .weight(weight)
        .font_features(features)
}
