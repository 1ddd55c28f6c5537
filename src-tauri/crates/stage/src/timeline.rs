//! Draws a timeline.

use crate::cursor::{cursor_quads, playhead_quads, playhead_reach};
use crate::error::StageError;
use crate::flags::MARKER_HEIGHT_PX;
use crate::gpu::Gpu;
use crate::hand::{Words, hand_quads};
use crate::layout::{Band, Bands, Placed, audio_inner, audio_label, bands, place};
use crate::presenter::Target;
use crate::quads::{Quad, Quads, Style};
use crate::ruler::ticks;
use crate::scene::{Item, ItemState, TimelineScene};
use crate::sheets::Sheets;
use crate::text::{Face, Lettering, Line, Typefaces};
use crate::theme::{Colour, Palette};
use crate::view::{FOCUS_RULER, GUTTER_PX, RULER_PX, TimelineCursor, TimelineView};
use crate::waves::{WavePlace, Waves};

/// Letter sizes, CSS pixels.
const LANE_LABEL_PX: f64 = 12.0;
const ITEM_LABEL_PX: f64 = 11.5;
const RULER_LABEL_PX: f64 = 10.5;
/// A label that must be shortened below this is left out.
const LEAST_LABEL_PX: f64 = 30.0;
/// Inside an item before its label.
const PAD_PX: f64 = 7.0;
/// Diameter of the pencil's circle on an item: a little more than the item is high, as a pencil would.
const CIRCLE_PX: f64 = 18.0;
/// Middle of the ruler's digits: what is above the markers' flags is theirs.
const RULER_DIGITS_PX: f64 = (RULER_PX - MARKER_HEIGHT_PX) / 2.0;
/// Items narrower than this have no room for the circle beside a label.
const CIRCLE_ROOM_PX: f64 = 24.0;

/// Draws timelines of one presenter. Keeps what did not change from frame to frame; a moving playhead costs a few bytes.
pub struct TimelineRenderer {
    still: Quads,
    moving: Quads,
    sheets: Sheets,
    waves: Waves,
    text: Lettering,
    /// Words beside the pointer lie over everything else; made when there are some.
    words: Words,
    drawn: Option<(u64, TimelineView, (u32, u32))>,
    under: Vec<Quad>,
    over: Vec<Quad>,
    placed: Vec<Placed>,
    under_count: u32,
    over_count: u32,
}

impl TimelineRenderer {
    /// For a presenter of this format.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, faces: Typefaces) -> Self {
        Self {
            still: Quads::new(gpu, format),
            moving: Quads::new(gpu, format),
            sheets: Sheets::new(gpu, format),
            waves: Waves::new(gpu, format),
            text: Lettering::new(gpu, format, faces),
            words: Words::new(format, faces),
            drawn: None,
            under: Vec::new(),
            over: Vec::new(),
            placed: Vec::new(),
            under_count: 0,
            over_count: 0,
        }
    }

    /// From now on small pictures are decoded on a thread of their own: a picture never waits for them, they appear in a later
    /// one. For windows; whoever draws one picture only wants them in it.
    pub fn load_pictures_later(&mut self) {
        self.sheets.load_later();
    }

    /// Whether small pictures are on their way, so that another picture should be drawn soon.
    pub fn is_loading(&self) -> bool {
        self.sheets.is_loading()
    }

    /// Takes small pictures that were decoded meanwhile; true when there were any, and another picture should be drawn.
    pub fn take_loaded(&mut self, gpu: &Gpu) -> bool {
        let any = self.sheets.collect(gpu);
        if any {
            self.drawn = None;
        }
        any
    }

    /// Draws the scene as the view says, filling the target. Sizes of the view and the target should agree; the target's hold.
    ///
    /// # Errors
    /// [`StageError::Text`] when text cannot be prepared.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        target: &mut Target<'_>,
        scene: &TimelineScene,
        view: &TimelineView,
        cursor: &TimelineCursor,
    ) -> Result<(), StageError> {
        let mut view = view.sane();
        let hand = view.hand.take();
        let size = target.size();
        let palette = Palette::of(view.theme);
        self.take_loaded(gpu);
        let now = (scene.revision(), view, size);
        if self.drawn.as_ref() != Some(&now) {
            self.drawn = None;
            self.words.forget();
            self.prepare(gpu, scene, &now.1, size, &palette)?;
            self.drawn = Some(now.clone());
        }
        let view = now.1;
        let mut moving = cursor_quads(&view, cursor, &palette);
        let mut says = false;
        if let Some(hand) = &hand {
            moving.extend(hand_quads(&view, hand, scene, &palette));
            if let Some(tip) = &hand.tip {
                moving.extend(self.words.say(gpu, &view, size, tip, &palette)?);
                says = true;
            }
        }
        self.moving.upload(gpu, size, view.scale as f32, &moving);
        let mut pass = begin_pass(target.encoder, "timeline", target.view, palette.panel);
        self.still.draw(&mut pass, 0..self.under_count);
        self.sheets.draw(&mut pass);
        self.waves.draw(&mut pass);
        self.still
            .draw(&mut pass, self.under_count..self.under_count + self.over_count);
        self.text.draw(&mut pass)?;
        self.moving.draw(&mut pass, 0..moving.len() as u32);
        if says { self.words.draw(&mut pass) } else { Ok(()) }
    }

    /// Draws the playhead alone, on nothing, in the middle of a target [`playhead_reach`] wide to each side.
    pub(crate) fn draw_playhead(&mut self, gpu: &Gpu, target: &mut Target<'_>, view: &TimelineView) {
        let (size, palette) = (target.size(), Palette::of(view.theme));
        let middle = playhead_reach(view.scale) as f32;
        let quads = playhead_quads(middle, view, size.1 as f32, &palette);
        self.moving.upload(gpu, size, view.scale as f32, &quads);
        let mut pass = begin_pass(target.encoder, "playhead", target.view, Colour::CLEAR);
        self.moving.draw(&mut pass, 0..quads.len() as u32);
    }

    fn prepare(
        &mut self,
        gpu: &Gpu,
        scene: &TimelineScene,
        view: &TimelineView,
        size: (u32, u32),
        palette: &Palette,
    ) -> Result<(), StageError> {
        let bands = bands(scene, view);
        place(scene, view, &bands, &mut self.placed);
        self.under.clear();
        self.over.clear();
        self.text.begin();
        let mut sketch = Sketch {
            scene,
            view,
            palette,
            scale: view.scale,
            size,
            under: &mut self.under,
            over: &mut self.over,
            text: &mut self.text,
        };
        sketch.lanes(&bands);
        sketch.items(&self.placed);
        sketch.gutter(&bands);
        sketch.ruler();
        self.tracks(gpu, scene, view, size, palette, &bands);
        self.under_count = self.under.len() as u32;
        self.over_count = self.over.len() as u32;
        self.under.extend_from_slice(&self.over);
        self.still.upload(gpu, size, view.scale as f32, &self.under);
        self.text.prepare(gpu, size)
    }

    fn tracks(
        &mut self,
        gpu: &Gpu,
        scene: &TimelineScene,
        view: &TimelineView,
        size: (u32, u32),
        palette: &Palette,
        bands: &Bands,
    ) {
        let visible = |band: &Band| band.y < view.height_px && band.y + band.height > RULER_PX;
        match bands.video.filter(visible) {
            Some(band) => self.sheets.prepare(gpu, scene, view, band, size),
            None => self.sheets.hide(),
        }
        match (&scene.waveform, bands.audio.filter(visible)) {
            (Some(wave), Some(band)) => {
                let inner = audio_inner(band);
                let px = |v: f64| (v * view.scale).round() as f32;
                let left = px(GUTTER_PX);
                let rect = [left, px(inner.y), size.0 as f32 - left, px(inner.height)];
                self.waves
                    .prepare(gpu, wave, view, palette, &WavePlace { rect, target: size });
            }
            _not_visible => self.waves.hide(),
        }
    }
}

/// Collects what one timeline consists of. Takes CSS pixels, gives device pixels.
pub(crate) struct Sketch<'a> {
    pub(crate) scene: &'a TimelineScene,
    pub(crate) view: &'a TimelineView,
    pub(crate) palette: &'a Palette,
    pub(crate) scale: f64,
    pub(crate) size: (u32, u32),
    pub(crate) under: &'a mut Vec<Quad>,
    pub(crate) over: &'a mut Vec<Quad>,
    pub(crate) text: &'a mut Lettering,
}

impl Sketch<'_> {
    pub(crate) fn px(&self, css: f64) -> f32 {
        (css * self.scale).round() as f32
    }

    /// Thickness of a line: at least one device pixel, whole.
    pub(crate) fn hair(&self, css: f64) -> f32 {
        (css * self.scale).round().max(1.0) as f32
    }

    fn lanes(&mut self, bands: &Bands) {
        let all = bands
            .lanes
            .iter()
            .chain(bands.video.iter())
            .chain(bands.audio.iter());
        for band in all {
            let y = self.px(band.y + band.height) - 1.0;
            self.under.push(Quad::fill(
                0.0,
                y,
                self.size.0 as f32,
                self.hair(1.0),
                self.palette.line,
            ));
        }
    }

    fn items(&mut self, placed: &[Placed]) {
        for p in placed.iter().filter(|p| !p.selected) {
            self.item(p);
        }
        // What is selected last, so that its rings lie over its neighbours.
        for p in placed.iter().filter(|p| p.selected) {
            self.item(p);
            let item = &self.scene.lanes[p.lane as usize].items[p.item as usize];
            if self.view.selected.as_deref() == Some(item.proposal.as_str()) {
                self.ring(p, 3.0, 1.5, self.palette.selection);
            } else {
                self.ring(p, 2.0, 1.0, self.palette.selection.alpha(190));
            }
        }
        self.bundle_counts(placed);
        let focus = self.view.focus.as_deref();
        for p in placed.iter().filter(|_| focus.is_some()) {
            let item = &self.scene.lanes[p.lane as usize].items[p.item as usize];
            if focus == Some(item.proposal.as_str()) {
                self.ring(p, 5.0, 2.0, self.palette.focus);
            }
        }
    }

    fn item(&mut self, p: &Placed) {
        let lane = &self.scene.lanes[p.lane as usize];
        let item = &lane.items[p.item as usize];
        if p.count > 1 {
            return self.bundle(p, &item.kind);
        }
        let (quad, bright) = self.item_box(p, item);
        self.under.push(quad);
        let mut left = p.x.max(GUTTER_PX) + PAD_PX;
        let right = (p.x + p.width).min(self.view.width_px);
        if item.state == ItemState::Circled {
            left += self.circle(p, left - PAD_PX, right);
        }
        let width = self.label(p, item, left, right, bright);
        if item.state == ItemState::Rejected {
            self.strike(p, left, right, width);
        }
    }

    /// The box of an item, and the colour of its label.
    fn item_box(&self, p: &Placed, item: &Item) -> (Quad, Colour) {
        let palette = self.palette;
        let (left, right) = (self.px(p.x), self.px(p.x + p.width));
        // What lies far outside is cut off here: the GPU's numbers are not made for a box an hour wide.
        let (low, high) = (
            -24.0 * self.scale as f32,
            self.size.0 as f32 + 24.0 * self.scale as f32,
        );
        let (x, end) = (left.max(low), right.min(high));
        let cut = x - left;
        let gap = if end - x > 6.0 { self.hair(1.0) } else { 0.0 };
        let quad = Quad::fill(
            x,
            self.px(p.y),
            (end - x - gap).max(1.0),
            self.px(p.height),
            Colour::CLEAR,
        )
        .radius(3.5 * self.scale as f32)
        .phase(cut);
        let hair = self.hair(1.0);
        let kind_fill = palette.kind_fill(&item.kind);
        match p.state {
            ItemState::Open => {
                let mut quad = quad
                    .border(palette.kind_dash(&item.kind), hair)
                    .style(Style::Dashed);
                quad = quad.filled(kind_fill.alpha(46));
                (quad, palette.text)
            }
            ItemState::Circled => (
                quad.filled(kind_fill).border(palette.kind_edge(&item.kind), hair),
                palette.text,
            ),
            ItemState::Rejected => {
                let (edge, label) = palette.rejected();
                (quad.border(edge, hair), label)
            }
            ItemState::Conflict => {
                let fill = palette.panel.mix(palette.conflict, 0.34);
                (
                    quad.filled(fill)
                        .border(palette.conflict, hair)
                        .style(Style::Split),
                    palette.text,
                )
            }
        }
    }

    /// The pencil's circle; answers how much room it takes from the label.
    fn circle(&mut self, p: &Placed, left: f64, right: f64) -> f64 {
        let width = right - left;
        let (middle, room) = if width >= CIRCLE_ROOM_PX {
            (left + 2.0 + CIRCLE_PX / 2.0, CIRCLE_PX - 1.0)
        } else {
            (left + width / 2.0, width)
        };
        if width < 7.0 {
            return room;
        }
        let size = self.px(CIRCLE_PX.min(p.height - 1.0));
        let x = self.px(middle) - size / 2.0;
        let y = self.px(p.y + p.height / 2.0) - size / 2.0;
        let stroke = (2.1 * self.scale) as f32;
        self.under
            .push(Quad::pencil(x, y, size, size, stroke, self.palette.pencil));
        room
    }

    /// Writes the label where there is room; answers its width in device pixels.
    fn label(&mut self, p: &Placed, item: &Item, left: f64, right: f64, colour: Colour) -> f32 {
        let room = right - left - 4.0;
        if room < 9.0 || item.label.is_empty() {
            return 0.0;
        }
        let size = (ITEM_LABEL_PX.min(p.height - 3.0) * self.scale) as f32;
        // Less than a few letters and an ellipsis says nothing.
        if room < LEAST_LABEL_PX && self.text.measure(&item.label, Face::Sans, size) > self.px(room) {
            return 0.0;
        }
        let (width, _) = self.text.add(Line {
            text: &item.label,
            face: Face::Sans,
            size,
            x: (left * self.scale) as f32,
            y: self.px(p.y + p.height / 2.0),
            colour,
            max_width: (room * self.scale) as f32,
            clip: self.lane_clip(right - 2.0),
        });
        width
    }

    pub(crate) fn lane_clip(&self, right: f64) -> [i32; 4] {
        let px = |v: f64| (v * self.scale).round() as i32;
        [px(GUTTER_PX), px(RULER_PX), px(right), self.size.1 as i32]
    }

    /// The line through what was turned down: through its label, or through the whole of a box without one.
    fn strike(&mut self, p: &Placed, left: f64, right: f64, label: f32) {
        let overhang = self.hair(3.0);
        let (x, width) = if label > 0.0 {
            (self.px(left) - overhang, label + 2.0 * overhang)
        } else {
            let x = self.px(p.x) + 1.0;
            (x, (self.px(right) - x - 1.0).max(1.0))
        };
        let y = self.px(p.y + p.height / 2.0 + 0.5);
        let colour = self.palette.quiet.alpha(215);
        self.under.push(Quad::fill(x, y, width, self.hair(1.0), colour));
    }

    /// A ring `out` CSS pixels around an item: with air between, so that the item's own edge keeps telling its state.
    fn ring(&mut self, p: &Placed, out: f64, thick: f64, colour: Colour) {
        let (low, high) = (
            -24.0 * self.scale as f32,
            self.size.0 as f32 + 24.0 * self.scale as f32,
        );
        let x = self.px(p.x - out).max(low);
        let end = self.px(p.x + p.width + out - 1.0).min(high);
        let height = self.px(p.height + 2.0 * out);
        let quad = Quad::fill(x, self.px(p.y - out), end - x, height, Colour::CLEAR)
            .radius(6.0 * self.scale as f32)
            .border(colour, self.hair(thick));
        self.under.push(quad);
    }

    fn gutter(&mut self, bands: &Bands) {
        let width = self.px(GUTTER_PX);
        let height = self.size.1 as f32;
        self.over
            .push(Quad::fill(0.0, 0.0, width, height, self.palette.raised));
        let audio = audio_label(self.scene);
        let names = self
            .scene
            .lanes
            .iter()
            .map(|l| l.label.as_str())
            .zip(bands.lanes.iter().copied());
        let names = names.chain(bands.video.map(|band| ("V1", band)));
        let names = names.chain(bands.audio.map(|band| (audio.as_str(), band)));
        let top = self.px(RULER_PX) as i32;
        for (name, band) in names {
            if band.y + band.height < RULER_PX || band.y > self.view.height_px {
                continue;
            }
            let line = self.px(band.y + band.height) - 1.0;
            self.over
                .push(Quad::fill(0.0, line, width, self.hair(1.0), self.palette.line));
            self.text.add(Line {
                text: name,
                face: Face::Sans,
                size: (LANE_LABEL_PX * self.scale) as f32,
                x: self.px(14.0),
                y: self.px(band.y + band.height.min(28.0) / 2.0),
                colour: self.palette.quiet,
                max_width: (GUTTER_PX - 20.0) as f32 * self.scale as f32,
                clip: [0, top, width as i32, self.size.1 as i32],
            });
        }
        self.over.push(Quad::fill(
            width - 1.0,
            0.0,
            self.hair(1.0),
            height,
            self.palette.line,
        ));
    }

    fn ruler(&mut self) {
        let (width, height) = (self.size.0 as f32, self.px(RULER_PX));
        self.over
            .push(Quad::fill(0.0, 0.0, width, height, self.palette.raised));
        let left = self.px(GUTTER_PX);
        for tick in ticks(self.scene.ruler, self.view) {
            let x = self.px(tick.x);
            let named = !tick.label.is_empty();
            let long = if named { height } else { self.px(4.0) };
            if x >= left {
                self.over.push(Quad::fill(
                    x,
                    height - long,
                    self.hair(1.0),
                    long,
                    self.palette.tick,
                ));
            }
            let (size, start) = ((RULER_LABEL_PX * self.scale) as f32, x + self.px(6.0));
            // Half a timecode reads as another one: at the edge only whole ones are written.
            let whole = |end: f32| start >= left && end <= width;
            if named && whole(start + self.text.measure(&tick.label, Face::Mono, size)) {
                self.text.add(Line {
                    text: &tick.label,
                    face: Face::Mono,
                    size,
                    x: start,
                    // Above the flags of the markers.
                    y: self.px(RULER_DIGITS_PX),
                    colour: self.palette.quiet,
                    max_width: f32::MAX,
                    clip: [left as i32, 0, self.size.0 as i32, height as i32],
                });
            }
        }
        self.over.push(Quad::fill(
            0.0,
            height - 1.0,
            width,
            self.hair(1.0),
            self.palette.line,
        ));
        self.markers(left);
        self.comments(left);
        if self.view.focus.as_deref() == Some(FOCUS_RULER) {
            let ring = Quad::fill(left, 0.0, width - left, height, Colour::CLEAR);
            self.over.push(ring.border(self.palette.focus, self.hair(2.0)));
        }
    }
}

/// Begins a pass that fills the target with one colour first.
pub(crate) fn begin_pass<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    label: &'static str,
    view: &wgpu::TextureView,
    colour: Colour,
) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(colour.to_wgpu()),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..wgpu::RenderPassDescriptor::default()
    })
}
