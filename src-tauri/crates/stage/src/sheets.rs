//! Draws the video track from sheets of small pictures, which are decoded when they first come into view.

use std::ops::Range;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use timebase::Flicks;

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::layout::Band;
use crate::loader::SheetLoader;
use crate::picture::Picture;
use crate::quads::{
    bind, sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry, written_texture,
};
use crate::scene::{SpriteTrack, TimelineScene};
use crate::view::{GUTTER_PX, TimelineView};

/// Decoded sheets kept on the GPU; one of 1600 × 900 takes 6 MB.
const KEPT_SHEETS: usize = 12;
/// Shots narrower than this on the screen get no picture of their own, CSS pixels.
const NARROWEST_PX: f64 = 6.0;
/// Above and below the pictures, CSS pixels.
const INSET_PX: f64 = 4.0;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Sprite {
    rect: [f32; 4],
    uv: [f32; 4],
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FrameUniform {
    size: [f32; 2],
    radius: f32,
    strength: f32,
}

/// A picture to draw: which small picture, and the part of the track it fills (device pixels).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slot {
    pub tile: usize,
    pub x: f32,
    pub width: f32,
    /// Share of the tile's width that shows, from its middle when less than 1.
    pub share: f32,
}

/// Which small picture stands where: at each shot its own, repeated as often as it fits.
pub(crate) fn slots(
    track: &SpriteTrack,
    shots: &[Flicks],
    duration: Flicks,
    view: &TimelineView,
    track_px: f64,
) -> Vec<Slot> {
    let mut out = Vec::new();
    if track.times.is_empty() || track.tile_height == 0 {
        return out;
    }
    let height = track_px - 2.0 * INSET_PX;
    let full = height * f64::from(track.tile_width) / f64::from(track.tile_height);
    let from = view.time_at(GUTTER_PX);
    let to = view.time_at(view.width_px);
    let mut at = shots.partition_point(|&s| s <= from).saturating_sub(1);
    let whole = [Flicks::ZERO];
    let starts = if shots.is_empty() { &whole[..] } else { shots };
    while at < starts.len() && starts[at] < to {
        let start = starts[at];
        let end = starts.get(at + 1).copied().unwrap_or(duration);
        let x = view.x_of(start);
        let width = view.x_of(end) - x;
        if width < NARROWEST_PX {
            // One picture for the cell, then on to the first shot past it: cost follows the screen.
            push_slot(&mut out, track, view, (x, x + NARROWEST_PX), full, start);
            let past = view.time_at(x + NARROWEST_PX);
            at += starts[at..].partition_point(|&s| s < past).max(1);
            continue;
        }
        // Repeats stand on the shot's own grid, those left of the view are skipped.
        let skip = ((GUTTER_PX - x) / full).floor().max(0.0);
        let mut left = x + skip * full;
        while left < x + width && left < view.width_px {
            let right = (left + full).min(x + width);
            push_slot(
                &mut out,
                track,
                view,
                (left, right),
                full,
                view.time_at(left).max(start),
            );
            left += full;
        }
        at += 1;
    }
    out
}

fn push_slot(
    out: &mut Vec<Slot>,
    track: &SpriteTrack,
    view: &TimelineView,
    (left, right): (f64, f64),
    full: f64,
    at: Flicks,
) {
    // The picture whose moment is in or next after this slot's beginning: at a cut the new shot's, never the old one's.
    let tile = track
        .times
        .partition_point(|&t| t < at)
        .min(track.times.len() - 1);
    let x = (left * view.scale).round() as f32;
    // A gap of one CSS pixel tells pictures apart.
    let end = ((right - 1.0) * view.scale).round() as f32;
    if end > x {
        out.push(Slot {
            tile,
            x,
            width: end - x,
            share: ((right - left) / full).min(1.0) as f32,
        });
    }
}

struct Loaded {
    source: Arc<[u8]>,
    bind: wgpu::BindGroup,
    size: (u32, u32),
    used: u64,
}

pub(crate) struct Sheets {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    uniform: wgpu::Buffer,
    instances: wgpu::Buffer,
    room: usize,
    loaded: Vec<Loaded>,
    draws: Vec<(usize, Range<u32>)>,
    turn: u64,
    /// When there, sheets not decoded yet are left out of a picture instead of holding it up.
    loader: Option<SheetLoader>,
}

const ATTRIBUTES: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4];

impl Sheets {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let shader = device.create_shader_module(wgpu::include_wgsl!("sheets.wgsl"));
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("sheets"),
            entries: &[
                uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
                texture_entry(1, wgpu::TextureSampleType::Float { filterable: true }),
                sampler_entry(2),
            ],
        });
        let buffers = wgpu::VertexBufferLayout {
            array_stride: size_of::<Sprite>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &ATTRIBUTES,
        };
        let pipeline = strip_pipeline(gpu, "sheets", &shader, &layout, &[Some(buffers)], format);
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..wgpu::SamplerDescriptor::default()
        });
        Self {
            pipeline,
            layout,
            sampler,
            uniform: uniform_buffer(gpu, size_of::<FrameUniform>()),
            instances: sprite_buffer(gpu, 64),
            room: 64,
            loaded: Vec::new(),
            draws: Vec::new(),
            turn: 0,
            loader: None,
        }
    }

    pub fn hide(&mut self) {
        self.draws.clear();
    }

    /// From now on sheets are decoded on a thread of their own.
    pub fn load_later(&mut self) {
        self.loader = SheetLoader::start();
    }

    /// Takes sheets that were decoded meanwhile; true when there were any.
    pub fn collect(&mut self, gpu: &Gpu) -> bool {
        let mut any = false;
        while let Some((source, picture)) = self.loader.as_mut().and_then(SheetLoader::ready) {
            self.keep(gpu, &source, picture);
            any = true;
        }
        any
    }

    /// Whether sheets are on their way.
    pub fn is_loading(&self) -> bool {
        self.loader.as_ref().is_some_and(SheetLoader::is_busy)
    }

    pub fn prepare(
        &mut self,
        gpu: &Gpu,
        scene: &TimelineScene,
        view: &TimelineView,
        band: Band,
        target: (u32, u32),
    ) {
        self.draws.clear();
        self.turn += 1;
        let Some(track) = scene.sprites.clone() else {
            return;
        };
        let mut slots = slots(&track, &scene.shots, scene.duration, view, band.height);
        let per_sheet = (track.columns * track.rows).max(1) as usize;
        // One draw per sheet.
        slots.sort_by_key(|s| s.tile / per_sheet);
        let y = ((band.y + INSET_PX) * view.scale).round() as f32;
        let height = ((band.height - 2.0 * INSET_PX) * view.scale).round() as f32;
        let mut sprites: Vec<Sprite> = Vec::new();
        for group in slots.chunk_by(|a, b| a.tile / per_sheet == b.tile / per_sheet) {
            let sheet = group[0].tile / per_sheet;
            let Some(source) = track.sheets.get(sheet) else {
                continue;
            };
            let Some(loaded) = self.load(gpu, source) else {
                continue;
            };
            let size = self.loaded[loaded].size;
            let from = sprites.len() as u32;
            sprites.extend(group.iter().map(|s| Sprite {
                rect: [s.x, y, s.width, height],
                uv: tile_uv(&track, s.tile % per_sheet, s.share, size),
            }));
            self.draws.push((loaded, from..sprites.len() as u32));
        }
        let uniform = FrameUniform {
            size: [target.0 as f32, target.1 as f32],
            radius: (2.0 * view.scale) as f32,
            strength: 1.0,
        };
        gpu.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
        if sprites.len() > self.room {
            self.room = sprites.len().next_power_of_two();
            self.instances = sprite_buffer(gpu, self.room);
        }
        gpu.queue
            .write_buffer(&self.instances, 0, bytemuck::cast_slice(&sprites));
    }

    /// Index of the sheet among the loaded ones; nothing while it is being decoded elsewhere.
    fn load(&mut self, gpu: &Gpu, source: &Arc<[u8]>) -> Option<usize> {
        if let Some(at) = self.loaded.iter().position(|l| Arc::ptr_eq(&l.source, source)) {
            self.loaded[at].used = self.turn;
            return Some(at);
        }
        if let Some(loader) = &mut self.loader {
            loader.ask(source);
            return None;
        }
        Some(self.keep(gpu, source, Picture::decode(source)))
    }

    /// Brings a sheet to the GPU; an unreadable one is empty, which the log says once.
    fn keep(&mut self, gpu: &Gpu, source: &Arc<[u8]>, picture: Result<Picture, StageError>) -> usize {
        let turn = self.turn;
        let picture = picture
            .inspect_err(|error| tracing::warn!(%error, "a sheet of small pictures is unreadable"))
            .unwrap_or(Picture {
                width: 1,
                height: 1,
                rgba: vec![0, 0, 0, 0],
            });
        let loaded = self.upload(gpu, source, &picture);
        let old = self
            .loaded
            .iter()
            .position(|l| l.used < turn)
            .filter(|_| self.loaded.len() >= KEPT_SHEETS);
        match old {
            Some(at) => {
                self.loaded[at] = loaded;
                at
            }
            None => {
                self.loaded.push(loaded);
                self.loaded.len() - 1
            }
        }
    }

    fn upload(&self, gpu: &Gpu, source: &Arc<[u8]>, picture: &Picture) -> Loaded {
        let size = wgpu::Extent3d {
            width: picture.width,
            height: picture.height,
            depth_or_array_layers: 1,
        };
        let texture = written_texture(gpu, "sheet", size, wgpu::TextureFormat::Rgba8Unorm);
        gpu.queue.write_texture(
            texture.as_image_copy(),
            &picture.rgba,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(picture.width * 4),
                rows_per_image: None,
            },
            size,
        );
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let resources = [
            self.uniform.as_entire_binding(),
            wgpu::BindingResource::TextureView(&view),
            wgpu::BindingResource::Sampler(&self.sampler),
        ];
        let bind = bind(gpu, "sheet", &self.layout, &resources);
        Loaded {
            source: Arc::clone(source),
            bind,
            size: (picture.width, picture.height),
            used: self.turn,
        }
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if self.draws.is_empty() {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        for (sheet, range) in &self.draws {
            pass.set_bind_group(0, &self.loaded[*sheet].bind, &[]);
            pass.draw(0..4, range.clone());
        }
    }
}

fn sprite_buffer(gpu: &Gpu, room: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("sprites"),
        size: (room * size_of::<Sprite>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Part of the sheet a tile takes; when only a share of its width shows, its middle.
fn tile_uv(track: &SpriteTrack, tile: usize, share: f32, (width, height): (u32, u32)) -> [f32; 4] {
    let columns = track.columns.max(1) as usize;
    let (column, row) = ((tile % columns) as f32, (tile / columns) as f32);
    let (w, h) = (
        track.tile_width as f32 / width as f32,
        track.tile_height as f32 / height as f32,
    );
    [(column + (1.0 - share) / 2.0) * w, row * h, w * share, h]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn track(times_secs: impl Iterator<Item = i64>) -> SpriteTrack {
        SpriteTrack {
            tile_width: 160,
            tile_height: 90,
            columns: 10,
            rows: 10,
            times: times_secs.map(|s| Flicks::from_millis(s * 1000)).collect(),
            sheets: Vec::new(),
        }
    }

    fn view(start_secs: f64, px_per_sec: f64) -> TimelineView {
        TimelineView {
            asset: String::new(),
            start_secs,
            px_per_sec,
            width_px: GUTTER_PX + 1000.0,
            height_px: 300.0,
            scale: 1.0,
            scroll_px: 0.0,
            selected: None,
            selection: Vec::new(),
            lane_zoom: 1.0,
            hand: None,
            focus: None,
            mark_in_secs: None,
            mark_out_secs: None,
            ruler: crate::view::RulerUnit::default(),
            theme: Theme::Dark,
        }
    }

    #[test]
    fn each_shot_begins_with_its_own_picture() {
        let track = track(0..100);
        let shots = [0, 10_400, 12_000].map(Flicks::from_millis);
        let slots = slots(
            &track,
            &shots,
            Flicks::from_millis(100_000),
            &view(10.0, 100.0),
            56.0,
        );
        let at = |x: f64| {
            slots
                .iter()
                .find(|s| f64::from(s.x) == GUTTER_PX + x)
                .map(|s| s.tile)
        };
        assert_eq!(
            at(40.0),
            Some(11),
            "the first picture that lies inside the new shot"
        );
        assert_eq!(at(200.0), Some(12));
        assert!(
            slots.windows(2).all(|w| w[0].x + w[0].width < w[1].x + 0.5),
            "none overlap"
        );
    }

    #[test]
    fn a_thousand_short_shots_cost_what_the_screen_shows() {
        let track = track(0..4000);
        let shots: Vec<Flicks> = (0..4000).map(|s| Flicks::from_millis(s * 1000)).collect();
        let slots = slots(
            &track,
            &shots,
            Flicks::from_millis(4_000_000),
            &view(0.0, 0.25),
            56.0,
        );
        assert!((150..=170).contains(&slots.len()), "{}", slots.len());
    }

    #[test]
    fn a_cut_off_picture_shows_its_middle() {
        let uv = tile_uv(&track(0..100), 11, 0.5, (1600, 900));
        assert_eq!(uv, [0.125, 0.1, 0.05, 0.1]);
    }
}
