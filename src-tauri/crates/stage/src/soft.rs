//! Viewer and timeline for machines without a graphics card, kept as rows in memory that a window takes as they are.
//!
//! A software rasteriser draws what changes rarely (the timeline, the boxes over a picture). What changes with every frame never
//! goes through it: the picture is scaled straight into its rows, and the playhead is laid over the timeline's.

use crate::arrange::{Arrangement, arrange};
use crate::cursor::{playhead_reach, playhead_x};
use crate::error::StageError;
use crate::gpu::Gpu;
use crate::meters::fills;
use crate::mix::{CompareMode, Comparison, Shield, whole_part};
use crate::over::ViewerScene;
use crate::presenter::{OffscreenPresenter, Presenter};
use crate::rows::{Canvas, Layer, Part, Rows};
use crate::scene::TimelineScene;
use crate::scopes::Trace;
use crate::scripts::Missing;
use crate::text::Typefaces;
use crate::theme::{Palette, Theme};
use crate::timeline::TimelineRenderer;
use crate::view::{TimelineCursor, TimelineView};
use crate::viewer::{ViewerRenderer, sane_scale};

/// Scales the picture into rows: given the bytes from its first pixel on, the bytes from one row to the next, width and height.
pub type Paint<'a> = dyn FnMut(&mut [u8], usize, (u32, u32)) -> Result<(), StageError> + 'a;

/// The still that a picture is compared with.
pub struct SoftStill<'a> {
    /// Another one for every other still: the same is scaled once.
    pub id: u64,
    /// Width to height as shown.
    pub aspect: f64,
    /// Scales it into rows.
    pub paint: &'a mut Paint<'a>,
}

/// The viewer, put together by the processor.
pub struct SoftViewer {
    faces: Typefaces,
    /// Made when something first lies over a picture.
    easel: Option<(ViewerRenderer, OffscreenPresenter)>,
    /// Where the picture last lay on which ground of which size.
    ground: Option<([u32; 4], Theme, (u32, u32))>,
    over: Option<(OverKey, Layer)>,
    /// The still where it is seen, on the ground.
    still: Option<(StillKey, Rows)>,
    /// What stands beside the picture.
    trace: Option<Trace>,
    /// How often what lies over the picture went through the rasteriser.
    layers_drawn: u64,
}

#[derive(Clone, Copy, PartialEq)]
struct StillKey {
    id: u64,
    size: (u32, u32),
    rect: [f32; 4],
    theme: Theme,
    shielded: bool,
}

#[derive(PartialEq)]
struct OverKey {
    scene: ViewerScene,
    size: (u32, u32),
    arrangement: Arrangement,
    scale: f64,
}

impl SoftViewer {
    /// A viewer that sets text in these faces.
    pub fn new(faces: Typefaces) -> Self {
        Self {
            faces,
            easel: None,
            ground: None,
            over: None,
            still: None,
            trace: None,
            layers_drawn: 0,
        }
    }

    /// How often what lies over the picture was drawn, and not only laid over it again.
    pub const fn layers_drawn(&self) -> u64 {
        self.layers_drawn
    }

    /// Gives the trace that stands beside the picture from now on.
    pub fn set_trace(&mut self, trace: Trace) {
        self.trace = Some(trace);
    }

    /// Forgets what it put together: the next canvas is another one.
    pub fn forget(&mut self) {
        self.ground = None;
    }

    /// Puts one picture together on `canvas`: `paint` is asked for the picture itself when there is one of this `aspect` (width to height as
    /// shown), it is compared with `still` as the `scene` says, and the scene is laid over it. `scale` is device pixels per CSS pixel. Answers the part that may have changed.
    ///
    /// # Errors
    /// What `paint` gives, and when what lies over the picture cannot be drawn.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        canvas: Canvas<'_>,
        picture: Option<(f64, &mut Paint<'_>)>,
        still: Option<SoftStill<'_>>,
        (scene, scale): (&ViewerScene, f64),
    ) -> Result<Part, StageError> {
        let Canvas { mut rows, is_kept } = canvas;
        let size = rows.size;
        gpu.check_size(size.0, size.1)?;
        let arrangement = arrange(
            size,
            picture.as_ref().map(|(aspect, _)| *aspect),
            still.as_ref().map(|still| still.aspect),
            scene.comparison.as_ref(),
            scene.beside(),
        );
        let rect = arrangement.live.map(|v| v as u32);
        let ground = (rect, scene.theme, size);
        // What lies over the picture may reach beyond it, so its going leaves marks there.
        let is_over = self.over.is_some() || !scene.is_empty();
        let is_new = !is_kept || self.ground != Some(ground) || picture.is_none() || is_over;
        if is_new {
            let well = Palette::of(scene.theme).well.0;
            // A picture that cannot be scaled leaves what was there: nothing of another ground may be.
            if self.ground == Some(ground) && is_kept && picture.is_some() {
                rows.fill_around(rect, well);
            } else {
                rows.fill(well);
            }
            self.ground = Some(ground);
        }
        let [x, y, width, height] = rect;
        if let Some((_, paint)) = picture {
            rows.paint(rect, paint)?;
            if let Some(shield) = &scene.shield {
                rows.shield(arrangement.live, shield);
            }
        }
        if let (Some(still), Some(place), Some(comparison)) = (still, arrangement.still, &scene.comparison) {
            let seen = (place, arrangement.live);
            self.compare(&mut rows, still, seen, comparison, scene)?;
        }
        if let (Some(trace), Some([x, y, ..])) = (&self.trace, arrangement.scopes) {
            rows.put(trace, (x as u32, y as u32));
        }
        if let (Some(meters), Some(rect)) = (&scene.meters, arrangement.meters) {
            for (place, colour) in fills(meters, rect, sane_scale(scale)) {
                rows.fill_part(place, colour.0);
            }
        }
        self.lay_over(gpu, &mut rows, scene, arrangement, scale)?;
        Ok(if is_new {
            rows.whole()
        } else {
            Part { x, y, width, height }
        })
    }

    /// Puts the still beside, over or against the picture.
    fn compare(
        &mut self,
        below: &mut Rows<&mut [u8]>,
        still: SoftStill<'_>,
        (place, live): ([f32; 4], [f32; 4]),
        comparison: &Comparison,
        scene: &ViewerScene,
    ) -> Result<(), StageError> {
        let size = below.size;
        // Whoever hides a whole picture hides what was grabbed from it too.
        let shield = scene
            .shield
            .as_ref()
            .filter(|shield| shield.parts(live).contains(&live));
        let key = StillKey {
            id: still.id,
            size,
            rect: place,
            theme: scene.theme,
            shielded: shield.is_some(),
        };
        let kept = self.still.take().filter(|(known, _)| *known == key);
        let rows = match kept {
            Some((_, rows)) => rows,
            None => {
                let mut rows = Rows::default();
                rows.fit_to(size);
                rows.fill(Palette::of(scene.theme).well.0);
                rows.paint(place.map(|v| v as u32), still.paint)?;
                if shield.is_some() {
                    rows.shield(place, &Shield::default());
                }
                rows
            }
        };
        let whole = [0, 0, size.0 as usize, size.1 as usize];
        let mut pixels = below.pixels();
        match comparison.mode {
            CompareMode::SideBySide => pixels.take(&rows.bytes, whole_part(place, size)),
            CompareMode::Wipe => {
                let line = comparison.line(live).clamp(0.0, size.0 as f32) as usize;
                pixels.take(&rows.bytes, [0, 0, line, whole[3]]);
            }
            CompareMode::Difference => {
                let [x, y, w, h] = live;
                let [left, top, wide, high] = place;
                let (first, upper) = (x.min(left), y.min(top));
                let (last, lower) = ((x + w).max(left + wide), (y + h).max(top + high));
                let both = [first, upper, last - first, lower - upper];
                pixels.differ(&rows.bytes, whole_part(both, size));
            }
            CompareMode::Still => pixels.take(&rows.bytes, whole),
        }
        self.still = Some((key, rows));
        Ok(())
    }

    fn lay_over(
        &mut self,
        gpu: &Gpu,
        rows: &mut Rows<&mut [u8]>,
        scene: &ViewerScene,
        arrangement: Arrangement,
        scale: f64,
    ) -> Result<(), StageError> {
        if scene.is_empty() {
            self.over = None;
            return Ok(());
        }
        let mut scene = scene.clone();
        if let Some(meters) = &mut scene.meters {
            // Bars are filled already: they change with every picture.
            meters.levels = None;
        }
        let key = OverKey {
            scene,
            size: rows.size,
            arrangement,
            scale,
        };
        if self.over.as_ref().is_none_or(|(known, _)| *known != key) {
            let layer = self.draw_over(gpu, &key)?;
            self.layers_drawn += 1;
            self.over = Some((key, layer));
        }
        if let Some((_, layer)) = &self.over {
            layer.lay_over(rows, 0);
        }
        Ok(())
    }

    fn draw_over(&mut self, gpu: &Gpu, key: &OverKey) -> Result<Layer, StageError> {
        let (renderer, canvas) = match &mut self.easel {
            Some((renderer, canvas)) => (renderer, canvas),
            empty => {
                let canvas = OffscreenPresenter::new_bgra(gpu, key.size.0, key.size.1)?;
                let renderer = ViewerRenderer::new(gpu, canvas.format(), self.faces);
                let (renderer, canvas) = empty.insert((renderer, canvas));
                (renderer, canvas)
            }
        };
        canvas.resize(gpu, key.size.0, key.size.1)?;
        canvas.present(gpu, &mut |target| {
            renderer.draw_over(gpu, target, &key.scene, &key.arrangement, key.scale)
        })?;
        Layer::read(gpu, canvas)
    }

    /// Scripts of words that were to be drawn and that no face at hand has.
    pub fn missing(&self) -> Option<&Missing> {
        self.easel.as_ref().map(|(renderer, _)| renderer.missing())
    }
}

/// The timeline, drawn once and then only moved over.
pub struct SoftTimeline {
    renderer: TimelineRenderer,
    canvas: OffscreenPresenter,
    /// Without the playhead.
    still: Rows,
    /// As it shows.
    rows: Rows,
    drawn: Option<(u64, TimelineView)>,
    playhead: Option<(PlayheadKey, Layer)>,
    /// Where the playhead stands in the rows.
    laid: Option<Part>,
}

#[derive(Clone, Copy, PartialEq)]
struct PlayheadKey {
    height: u32,
    scale: f64,
    theme: Theme,
}

impl SoftTimeline {
    /// A timeline that sets text in these faces and decodes its small pictures on a thread of their own.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn new(gpu: &Gpu, faces: Typefaces) -> Result<Self, StageError> {
        let canvas = OffscreenPresenter::new_bgra(gpu, 16, 16)?;
        let mut renderer = TimelineRenderer::new(gpu, canvas.format(), faces);
        renderer.load_pictures_later();
        Ok(Self {
            renderer,
            canvas,
            still: Rows::default(),
            rows: Rows::default(),
            drawn: None,
            playhead: None,
            laid: None,
        })
    }

    /// Whether small pictures are on their way.
    pub fn is_loading(&self) -> bool {
        self.renderer.is_loading()
    }

    /// Takes small pictures that came meanwhile; true when the timeline should be drawn anew for them.
    pub fn take_loaded(&mut self, gpu: &Gpu) -> bool {
        let any = self.renderer.take_loaded(gpu);
        if any {
            self.drawn = None;
        }
        any
    }

    /// Draws what changed, and answers the parts of the rows that did: all of them when the view did, at most the two places
    /// of the playhead when only that moved.
    ///
    /// # Errors
    /// A size that cannot be drawn, or text that cannot be set.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        size: (u32, u32),
        scene: &TimelineScene,
        view: &TimelineView,
        cursor: &TimelineCursor,
    ) -> Result<Vec<Part>, StageError> {
        let view = view.sane();
        let now = (scene.revision(), view);
        let mut parts = Vec::new();
        if self.still.size != size || self.drawn.as_ref() != Some(&now) {
            self.drawn = None;
            self.canvas.resize(gpu, size.0, size.1)?;
            let renderer = &mut self.renderer;
            self.canvas.present(gpu, &mut |target| {
                renderer.draw(gpu, target, scene, &now.1, &TimelineCursor::default())
            })?;
            self.still.read(gpu, &self.canvas)?;
            self.rows.fit_to(size);
            self.rows.bytes.copy_from_slice(&self.still.bytes);
            self.laid = None;
            self.drawn = Some(now.clone());
            parts.push(self.rows.whole());
        }
        parts.extend(self.move_playhead(gpu, &now.1, cursor)?);
        Ok(parts)
    }

    fn move_playhead(
        &mut self,
        gpu: &Gpu,
        view: &TimelineView,
        cursor: &TimelineCursor,
    ) -> Result<Vec<Part>, StageError> {
        let before = self.laid.take();
        if let Some(before) = before {
            self.rows.copy_part(&self.still, before);
        }
        if let Some(x) = playhead_x(view, cursor) {
            let key = PlayheadKey {
                height: self.rows.size.1,
                scale: view.scale,
                theme: view.theme,
            };
            if self.playhead.as_ref().is_none_or(|(known, _)| *known != key) {
                self.playhead = Some((key, self.draw_playhead(gpu, view)?));
            }
            let left = x as i64 - i64::from(playhead_reach(view.scale));
            if let Some((_, layer)) = &self.playhead {
                self.laid = layer.lay_over(&mut self.rows, left);
            }
        }
        let moved = before != self.laid;
        Ok([before, self.laid]
            .into_iter()
            .flatten()
            .filter(|_| moved)
            .collect())
    }

    fn draw_playhead(&mut self, gpu: &Gpu, view: &TimelineView) -> Result<Layer, StageError> {
        let width = 2 * playhead_reach(view.scale) + 1;
        let mut canvas = OffscreenPresenter::new_bgra(gpu, width, self.rows.size.1)?;
        let renderer = &mut self.renderer;
        canvas.present(gpu, &mut |target| {
            renderer.draw_playhead(gpu, target, view);
            Ok(())
        })?;
        Layer::read(gpu, &canvas)
    }

    /// The timeline as it shows.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }
}
