//! Viewer and timeline for machines without a graphics card, kept as rows in memory that a window takes as they are.
//!
//! A software rasteriser draws what changes rarely (the timeline, the boxes over a picture). What changes with every frame never
//! goes through it: the picture is scaled straight into its rows, and the playhead is laid over the timeline's.

use crate::cursor::{playhead_reach, playhead_x};
use crate::error::StageError;
use crate::gpu::Gpu;
use crate::over::ViewerScene;
use crate::presenter::{OffscreenPresenter, Presenter};
use crate::scene::TimelineScene;
use crate::text::Typefaces;
use crate::theme::{Palette, Theme};
use crate::timeline::TimelineRenderer;
use crate::view::{TimelineCursor, TimelineView};
use crate::viewer::{ViewerRenderer, fit};

/// Rows are B, G, R, X bytes.
const PIXEL_BYTES: usize = 4;

/// A part of a picture, in device pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A picture as rows of B, G, R, X bytes without padding.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    bytes: Vec<u8>,
    size: (u32, u32),
}

impl Rows {
    /// The bytes, row after row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes from one row to the next.
    pub const fn stride_bytes(&self) -> usize {
        self.size.0 as usize * PIXEL_BYTES
    }

    /// Device pixels: width, height.
    pub const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// All of them.
    pub const fn whole(&self) -> Part {
        Part {
            x: 0,
            y: 0,
            width: self.size.0,
            height: self.size.1,
        }
    }

    /// Makes room for a size; the contents are of no use afterwards. False when it had that size.
    fn fit_to(&mut self, size: (u32, u32)) -> bool {
        if self.size == size {
            return false;
        }
        self.size = size;
        self.bytes.clear();
        self.bytes
            .resize(size.0 as usize * size.1 as usize * PIXEL_BYTES, 0);
        true
    }

    fn fill(&mut self, colour: [u8; 4]) {
        let [red, green, blue, _opaque] = colour;
        for pixel in self.bytes.chunks_exact_mut(PIXEL_BYTES) {
            pixel.copy_from_slice(&[blue, green, red, 255]);
        }
    }

    fn copy_part(&mut self, from: &Self, part: Part) {
        let stride = self.stride_bytes();
        let line = part.width as usize * PIXEL_BYTES;
        for y in part.y..part.y + part.height {
            let at = y as usize * stride + part.x as usize * PIXEL_BYTES;
            self.bytes[at..at + line].copy_from_slice(&from.bytes[at..at + line]);
        }
    }

    /// Takes over what was drawn into memory.
    fn read(&mut self, gpu: &Gpu, canvas: &OffscreenPresenter) -> Result<(), StageError> {
        self.fit_to(canvas.size());
        let line = self.stride_bytes();
        canvas.read(gpu, |rows, stride| {
            for (to, from) in self.bytes.chunks_exact_mut(line).zip(rows.chunks(stride)) {
                to.copy_from_slice(&from[..line]);
            }
        })
    }
}

/// What lies over another picture, premultiplied.
#[derive(Debug, Default)]
struct Layer {
    rows: Rows,
    /// The part that is not empty.
    used: Option<Part>,
}

impl Layer {
    fn read(gpu: &Gpu, canvas: &OffscreenPresenter) -> Result<Self, StageError> {
        let mut rows = Rows::default();
        rows.read(gpu, canvas)?;
        let used = used_part(&rows);
        Ok(Self { rows, used })
    }

    /// Lays itself over `below`, its corner at `left`, 0; what lies outside is cut off. Answers the part it touched.
    fn lay_over(&self, below: &mut Rows, left: i64) -> Option<Part> {
        let used = self.used?;
        let from = left + i64::from(used.x);
        let x = from.max(0);
        let end = (from + i64::from(used.width)).min(i64::from(below.size.0));
        let bottom = (used.y + used.height).min(below.size.1);
        let width = u32::try_from(end - x).ok().filter(|width| *width > 0)?;
        let part = Part {
            x: u32::try_from(x).ok()?,
            y: used.y,
            width,
            height: bottom.checked_sub(used.y).filter(|height| *height > 0)?,
        };
        let source_x = usize::try_from(x - left).ok()?;
        let line = part.width as usize * PIXEL_BYTES;
        for y in part.y..bottom {
            let at = y as usize * below.stride_bytes() + part.x as usize * PIXEL_BYTES;
            let source = y as usize * self.rows.stride_bytes() + source_x * PIXEL_BYTES;
            blend(
                &mut below.bytes[at..at + line],
                &self.rows.bytes[source..source + line],
            );
        }
        Some(part)
    }
}

/// Premultiplied pixels over opaque ones.
fn blend(below: &mut [u8], above: &[u8]) {
    for (below, above) in below
        .chunks_exact_mut(PIXEL_BYTES)
        .zip(above.chunks_exact(PIXEL_BYTES))
    {
        // Most of what lies over a picture is nothing: lines around its edge, a label in its middle.
        if above[3] == 0 {
            below[3] = 255;
            continue;
        }
        let through = 255 - u32::from(above[3]);
        for channel in 0..3 {
            let seen = (u32::from(below[channel]) * through + 127) / 255;
            below[channel] = u8::try_from(u32::from(above[channel]) + seen).unwrap_or(255);
        }
        below[3] = 255;
    }
}

fn used_part(rows: &Rows) -> Option<Part> {
    let is_used = |pixel: &[u8]| pixel[3] != 0;
    let line = rows.stride_bytes().max(1);
    let mut used: Option<(u32, u32, u32, u32)> = None;
    for (y, row) in (0u32..).zip(rows.bytes.chunks_exact(line)) {
        let Some(first) = row.chunks_exact(PIXEL_BYTES).position(is_used) else {
            continue;
        };
        let last = row.chunks_exact(PIXEL_BYTES).rposition(is_used).unwrap_or(first);
        let (first, last) = (first as u32, last as u32);
        used = Some(match used {
            None => (first, last, y, y),
            Some((left, right, top, _)) => (left.min(first), right.max(last), top, y),
        });
    }
    used.map(|(left, right, top, bottom)| Part {
        x: left,
        y: top,
        width: right - left + 1,
        height: bottom - top + 1,
    })
}

/// Scales the picture into rows: given the bytes from its first pixel on, the bytes from one row to the next, width and height.
pub type Paint<'a> = dyn FnMut(&mut [u8], usize, (u32, u32)) -> Result<(), StageError> + 'a;

/// The viewer, put together by the processor.
pub struct SoftViewer {
    faces: Typefaces,
    /// Made when something first lies over a picture.
    easel: Option<(ViewerRenderer, OffscreenPresenter)>,
    rows: Rows,
    ground: Option<([u32; 4], Theme)>,
    over: Option<(OverKey, Layer)>,
}

#[derive(PartialEq)]
struct OverKey {
    scene: ViewerScene,
    size: (u32, u32),
    rect: [u32; 4],
    scale: f64,
}

impl SoftViewer {
    /// A viewer that sets text in these faces.
    pub fn new(faces: Typefaces) -> Self {
        Self {
            faces,
            easel: None,
            rows: Rows::default(),
            ground: None,
            over: None,
        }
    }

    /// Puts one picture together: `paint` is asked for the picture itself when there is one of this `aspect` (width to height as
    /// shown), `scene` is laid over it. `scale` is device pixels per CSS pixel. Answers the part that may have changed.
    ///
    /// # Errors
    /// What `paint` gives, and when what lies over the picture cannot be drawn.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        size: (u32, u32),
        picture: Option<(f64, &mut Paint<'_>)>,
        scene: &ViewerScene,
        scale: f64,
    ) -> Result<Part, StageError> {
        gpu.check_size(size.0, size.1)?;
        let rect = picture.as_ref().map_or([0, 0, size.0, size.1], |(aspect, _)| {
            fit(*aspect, size).map(|v| v as u32)
        });
        let resized = self.rows.fit_to(size);
        let ground = (rect, scene.theme);
        // What lies over the picture may reach beyond it, so its going leaves marks there.
        let is_over = self.over.is_some() || !scene.is_empty();
        let is_new = resized || self.ground != Some(ground) || picture.is_none() || is_over;
        if is_new {
            self.rows.fill(Palette::of(scene.theme).well.0);
            self.ground = Some(ground);
        }
        let [x, y, width, height] = rect;
        if let Some((_, paint)) = picture {
            let stride = self.rows.stride_bytes();
            let first = y as usize * stride + x as usize * PIXEL_BYTES;
            paint(&mut self.rows.bytes[first..], stride, (width, height))?;
        }
        self.lay_over(gpu, scene, rect, scale)?;
        Ok(if is_new {
            self.rows.whole()
        } else {
            Part { x, y, width, height }
        })
    }

    fn lay_over(
        &mut self,
        gpu: &Gpu,
        scene: &ViewerScene,
        rect: [u32; 4],
        scale: f64,
    ) -> Result<(), StageError> {
        if scene.is_empty() {
            self.over = None;
            return Ok(());
        }
        let key = OverKey {
            scene: scene.clone(),
            size: self.rows.size,
            rect,
            scale,
        };
        if self.over.as_ref().is_none_or(|(known, _)| *known != key) {
            let layer = self.draw_over(gpu, &key)?;
            self.over = Some((key, layer));
        }
        if let Some((_, layer)) = &self.over {
            layer.lay_over(&mut self.rows, 0);
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
        let rect = key.rect.map(|v| v as f32);
        canvas.present(gpu, &mut |target| {
            renderer.draw_over(gpu, target, &key.scene, rect, key.scale)
        })?;
        Layer::read(gpu, canvas)
    }

    /// The picture put together last.
    pub const fn rows(&self) -> &Rows {
        &self.rows
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(size: (u32, u32), colour: [u8; 4]) -> Rows {
        let mut rows = Rows::default();
        rows.fit_to(size);
        rows.fill(colour);
        rows
    }

    #[test]
    fn a_layer_is_cut_off_at_the_edges_and_touches_only_what_it_covers() {
        let mut above = Rows::default();
        above.fit_to((5, 2));
        // The middle three pixels of the upper row: opaque, half, opaque white.
        for (x, alpha) in [(1usize, 255u8), (2, 128), (3, 255)] {
            above.bytes[x * 4..x * 4 + 4].fill(alpha);
        }
        let layer = Layer {
            used: used_part(&above),
            rows: above,
        };
        let covered = |x, width| Part {
            x,
            y: 0,
            width,
            height: 1,
        };
        assert_eq!(layer.used, Some(covered(1, 3)));
        let mut below = rows((4, 2), [100, 0, 0, 255]);
        assert_eq!(layer.lay_over(&mut below, -2), Some(covered(0, 2)));
        assert_eq!(
            below.bytes[..12],
            [128, 128, 178, 255, 255, 255, 255, 255, 0, 0, 100, 255]
        );
        assert_eq!(layer.lay_over(&mut below, 4), None, "beyond the right edge");
        assert_eq!(layer.lay_over(&mut below, -9), None, "before the left edge");
    }

    #[test]
    fn a_part_is_put_back_from_another_picture() {
        let (still, mut shown) = (rows((3, 3), [1, 2, 3, 255]), rows((3, 3), [9, 9, 9, 255]));
        shown.copy_part(
            &still,
            Part {
                x: 1,
                y: 1,
                width: 2,
                height: 1,
            },
        );
        let changed = shown.bytes.chunks(4).filter(|p| **p == [3, 2, 1, 255]).count();
        assert_eq!(changed, 2);
    }
}
