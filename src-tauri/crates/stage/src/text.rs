//! Text of the stage: the bundled faces, shaped once and kept.

mod block;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use glyphon::cosmic_text::{Ellipsize, EllipsizeHeightLimit, FeatureTag, FontFeatures};
use glyphon::{
    Attrs, Buffer, Cache, Color, ColorMode, Family, FontSystem, Metrics, Resolution, Shaping, SwashCache,
    TextArea, TextAtlas, TextBounds, TextRenderer, Viewport, Weight, Wrap, fontdb,
};

pub(crate) use block::{Block, BlockAlign, SetBlock};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::scripts::{Missing, han_locale, script_of};
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
    /// The bundled faces and these font files: the same picture on every machine, for more scripts.
    With(&'static [&'static [u8]]),
}

pub(crate) const FACES: [&[u8]; 3] = [
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
    /// Timecode.
    Mono,
}

/// One line of text to draw. Lengths in device pixels.
pub(crate) struct Line<'a> {
    pub text: &'a str,
    pub face: Face,
    /// Letter size.
    pub size: f32,
    /// Left edge.
    pub x: f32,
    /// Middle of the line.
    pub y: f32,
    pub colour: Colour,
    /// Shortened with an ellipsis beyond this.
    pub max_width: f32,
    /// Left, top, right, bottom: nothing is drawn outside.
    pub clip: [i32; 4],
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    text: String,
    face: Face,
    size_milli: u32,
    /// In steps of [`SHORTEN_STEP_PX`]; `u32::MAX` when the whole line fits.
    width_steps: u32,
}

struct Shaped {
    buffer: Buffer,
    width: f32,
    height: f32,
    /// Where lines and styles lie, for blocks.
    set: SetBlock,
}

struct Placed {
    shaped: Arc<Shaped>,
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
    /// What was shaped, and the turn it was last used in.
    shaped: HashMap<Key, (Arc<Shaped>, u64)>,
    blocks: HashMap<Block, (Arc<Shaped>, u64)>,
    placed: Vec<Placed>,
    turn: u64,
    /// The system's faces may be asked and were not yet.
    system_waits: bool,
    /// Scripts of letters that no face has.
    missing: Missing,
}

impl Lettering {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, faces: Typefaces) -> Self {
        let mut db = fontdb::Database::new();
        let more: &[&[u8]] = match faces {
            Typefaces::With(files) => files,
            Typefaces::Bundled | Typefaces::WithSystem => &[],
        };
        for face in FACES.iter().chain(more) {
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
            blocks: HashMap::new(),
            placed: Vec::new(),
            turn: 0,
            system_waits: faces == Typefaces::WithSystem,
            missing: BTreeSet::new(),
        }
    }

    /// Begins a new set of lines.
    pub fn begin(&mut self) {
        self.placed.clear();
        self.turn += 1;
        if self.shaped.len() > KEPT_LINES {
            let turn = self.turn;
            self.shaped.retain(|_key, (_, used)| *used + 1 >= turn);
        }
        if self.blocks.len() > KEPT_LINES / 16 {
            let turn = self.turn;
            self.blocks.retain(|_key, (_, used)| *used + 1 >= turn);
        }
    }

    /// Width of a line in full.
    pub fn measure(&mut self, text: &str, face: Face, size: f32) -> f32 {
        self.shape(whole_line(text, face, size)).width
    }

    /// Adds a line; answers its width and height as drawn.
    pub fn add(&mut self, line: Line<'_>) -> (f32, f32) {
        let mut key = whole_line(line.text, line.face, line.size);
        let mut shaped = self.shape(key.clone());
        if shaped.width > line.max_width {
            key.width_steps = (line.max_width / SHORTEN_STEP_PX).floor().max(1.0) as u32;
            shaped = self.shape(key);
        }
        let extent = (shaped.width, shaped.height);
        self.placed.push(Placed {
            left: line.x.round(),
            // Rounded up the picture: letters without descenders would look too low otherwise.
            top: (line.y - shaped.height / 2.0).floor(),
            shaped,
            colour: line.colour,
            clip: line.clip,
        });
        extent
    }

    fn shape(&mut self, key: Key) -> Arc<Shaped> {
        let turn = self.turn;
        if let Some((shaped, used)) = self.shaped.get_mut(&key) {
            *used = turn;
            return Arc::clone(shaped);
        }
        self.follow_language(&key.text);
        let mut buffer = self.set(&key);
        if has_gaps(&buffer) && self.ask_the_system() {
            buffer = self.set(&key);
        }
        self.note_gaps(&buffer);
        let mut extent = (0.0f32, 0.0f32);
        for run in buffer.layout_runs() {
            extent.0 = extent.0.max(run.line_w);
            extent.1 += run.line_height;
        }
        let shaped = Arc::new(Shaped {
            buffer,
            width: extent.0,
            height: extent.1,
            set: SetBlock::default(),
        });
        self.shaped.insert(key, (Arc::clone(&shaped), turn));
        shaped
    }

    /// Scripts of letters that had no face and were drawn as empty boxes.
    pub fn missing(&self) -> &Missing {
        &self.missing
    }

    /// Loads the system's faces when that was not done yet; true when there may be more than before.
    fn ask_the_system(&mut self) -> bool {
        let waited = std::mem::take(&mut self.system_waits);
        if waited {
            self.fonts.db_mut().load_system_fonts();
        }
        waited
    }

    fn note_gaps(&mut self, buffer: &Buffer) {
        for run in buffer.layout_runs() {
            for glyph in run.glyphs.iter().filter(|glyph| glyph.glyph_id == 0) {
                let letters = run.text.get(glyph.start..glyph.end).unwrap_or_default();
                self.missing.extend(letters.chars().filter_map(script_of));
            }
        }
    }

    /// One code stands for letters that Japanese, Korean and Chinese draw differently: whose they are is told by what is
    /// written with them.
    fn follow_language(&mut self, text: &str) {
        let Some(locale) = han_locale(text).filter(|locale| *locale != self.fonts.locale()) else {
            return;
        };
        let db = std::mem::replace(self.fonts.db_mut(), fontdb::Database::new());
        self.fonts = FontSystem::new_with_locale_and_db(locale.to_owned(), db);
    }

    /// Sets one line in the faces at hand.
    fn set(&mut self, key: &Key) -> Buffer {
        let size = key.size_milli as f32 / 1000.0;
        let line_height = (size * 1.3).round().max(1.0);
        let mut buffer = Buffer::new_empty(Metrics::new(size, line_height));
        let shortened = key.width_steps != u32::MAX;
        buffer.set_wrap(Wrap::None);
        if shortened {
            buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(1)));
        }
        let width = shortened.then_some(key.width_steps as f32 * SHORTEN_STEP_PX);
        buffer.set_size(width, None);
        buffer.set_text(&key.text, &attrs(key.face), Shaping::Advanced, None);
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
        let areas = self.placed.iter().map(|p| {
            let [left, top, right, bottom] = p.clip;
            let [r, g, b, a] = p.colour.0;
            TextArea {
                buffer: &p.shaped.buffer,
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
            }
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
    }
}

fn attrs(face: Face) -> Attrs<'static> {
    let (family, weight) = match face {
        Face::Sans => ("Inter", Weight::NORMAL),
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
