//! Draws the video track from sheets of small pictures, which are decoded when they first come into view.

use std::ops::Range;
use std::sync::Arc;

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::layout::Band;
use crate::loader::{Sheet, SheetLoader};
use crate::picture::Picture;
use crate::quads::{
    bind, sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry, written_texture,
};
use crate::scene::{SpriteTrack, TimelineScene};
use crate::strip::{INSET_PX, Slot, slots};
use crate::view::{SmallShield, TimelineView};
use bytemuck::{Pod, Zeroable};
use timebase::Flicks;

/// Decoded sheets kept on the GPU; one of 1600 × 900 takes 6 MB.
const KEPT_SHEETS: usize = 12;
/// Where no more than this many pictures of a sheet show, they are kept and the sheet is not: of a whole film each picture may
/// come from another sheet.
const FEW: usize = 3;
/// Such pictures kept on the GPU; one of 160 × 90 takes 58 KB.
const KEPT_TILES: usize = 192;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Sprite {
    rect: [f32; 4],
    uv: [f32; 4],
    /// 1 when it is blurred and greyed.
    shield: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FrameUniform {
    size: [f32; 2],
    radius: f32,
    strength: f32,
}

/// Whether the small picture of this moment is covered.
fn is_shielded(scene: &TimelineScene, view: &TimelineView, at: Flicks) -> bool {
    match view.shield {
        SmallShield::Off => false,
        SmallShield::Flagged => scene.is_flagged(at),
        SmallShield::All => true,
    }
}

/// On the GPU: a whole sheet, or one small picture of it.
struct Loaded {
    source: Arc<Sheet>,
    tile: Option<usize>,
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
    /// Sheets of which the last view wanted these pictures and no more.
    wanted: Vec<(Arc<Sheet>, Vec<usize>)>,
    /// Width and height of a small picture, and how many stand beside each other.
    tiles: (u32, u32, u32),
    turn: u64,
    /// When there, sheets not decoded yet are left out of a picture instead of holding it up.
    loader: Option<SheetLoader>,
}

const ATTRIBUTES: [wgpu::VertexAttribute; 3] =
    wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32];

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
            wanted: Vec::new(),
            tiles: (0, 0, 1),
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
        self.wanted.clear();
        self.turn += 1;
        let Some(track) = scene.sprites.clone() else {
            return;
        };
        let mut slots = slots(&track, &scene.shots, scene.duration, view, band.height);
        let per_sheet = (track.columns * track.rows).max(1) as usize;
        self.tiles = (track.tile_width, track.tile_height, track.columns.max(1));
        // One draw per sheet.
        slots.sort_by_key(|s| s.tile);
        let y = ((band.y + INSET_PX) * view.scale).round() as f32;
        let height = ((band.height - 2.0 * INSET_PX) * view.scale).round() as f32;
        let mut sprites: Vec<Sprite> = Vec::new();
        for group in slots.chunk_by(|a, b| a.tile / per_sheet == b.tile / per_sheet) {
            let sheet = group[0].tile / per_sheet;
            let Some(source) = track.sheets.get(sheet) else {
                continue;
            };
            let mut place = |slot: &Slot, uv| {
                sprites.push(Sprite {
                    rect: [slot.x, y, slot.width, height],
                    uv,
                    shield: f32::from(u8::from(is_shielded(scene, view, track.times[slot.tile]))),
                });
                sprites.len() as u32
            };
            if let Some(tiles) = self.few_of(source, group, per_sheet) {
                self.load_tiles(gpu, source, &tiles);
                for slot in group {
                    let tile = slot.tile % per_sheet;
                    let loaded = self
                        .find(source, Some(tile))
                        .map(|at| (at, true))
                        .or_else(|| self.find(source, None).map(|at| (at, false)));
                    if let Some((loaded, is_tile)) = loaded {
                        let uv = if is_tile {
                            [(1.0 - slot.share) / 2.0, 0.0, slot.share, 1.0]
                        } else {
                            tile_uv(&track, tile, slot.share, self.loaded[loaded].size)
                        };
                        let end = place(slot, uv);
                        self.draws.push((loaded, end - 1..end));
                    }
                }
                continue;
            }
            let Some(loaded) = self.load(gpu, source) else {
                continue;
            };
            let size = self.loaded[loaded].size;
            let mut end = 0;
            for slot in group {
                end = place(slot, tile_uv(&track, slot.tile % per_sheet, slot.share, size));
            }
            self.draws.push((loaded, end - group.len() as u32..end));
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

    /// The pictures of a group where they are few and the sheet is not there anyway.
    fn few_of(&self, source: &Arc<Sheet>, group: &[Slot], per_sheet: usize) -> Option<Vec<usize>> {
        let mut tiles: Vec<usize> = group.iter().map(|s| s.tile % per_sheet).collect();
        tiles.dedup();
        let is_loaded = |l: &Loaded| l.tile.is_none() && Arc::ptr_eq(&l.source, source);
        (tiles.len() <= FEW && !self.loaded.iter().any(is_loaded)).then_some(tiles)
    }

    fn find(&mut self, source: &Arc<Sheet>, tile: Option<usize>) -> Option<usize> {
        let is_it = |l: &Loaded| l.tile == tile && Arc::ptr_eq(&l.source, source);
        let at = self.loaded.iter().position(is_it)?;
        self.loaded[at].used = self.turn;
        Some(at)
    }

    fn load_tiles(&mut self, gpu: &Gpu, source: &Arc<Sheet>, tiles: &[usize]) {
        let is_there = |sheets: &mut Self, tile: &usize| sheets.find(source, Some(*tile)).is_some();
        if tiles.iter().all(|tile| is_there(self, tile)) {
            return;
        }
        self.wanted.push((Arc::clone(source), tiles.to_vec()));
        match &mut self.loader {
            Some(loader) => loader.ask(source),
            None => self.keep(gpu, source, source.decode()),
        }
    }

    /// Index of the sheet among the loaded ones; nothing while it is being decoded elsewhere.
    fn load(&mut self, gpu: &Gpu, source: &Arc<Sheet>) -> Option<usize> {
        if let Some(at) = self.find(source, None) {
            return Some(at);
        }
        if let Some(loader) = &mut self.loader {
            loader.ask(source);
            return None;
        }
        self.keep(gpu, source, source.decode());
        self.find(source, None)
    }

    /// Brings a sheet to the GPU, or what is wanted of it; an unreadable one is empty, which the log says once.
    fn keep(&mut self, gpu: &Gpu, source: &Arc<Sheet>, picture: Result<Picture, StageError>) {
        let picture = picture
            .inspect_err(|error| tracing::warn!(%error, "a sheet of small pictures is unreadable"))
            .unwrap_or(Picture {
                width: 1,
                height: 1,
                rgba: vec![0, 0, 0, 0],
            });
        let wanted = self
            .wanted
            .iter()
            .find(|(sheet, _)| Arc::ptr_eq(sheet, source))
            .map(|(_, tiles)| tiles.clone());
        match wanted {
            Some(tiles) => {
                for tile in tiles {
                    let cut = cut(&picture, self.tiles, tile);
                    let loaded = self.upload(gpu, source, Some(tile), &cut);
                    self.put(loaded, KEPT_TILES);
                }
            }
            None => {
                let loaded = self.upload(gpu, source, None, &picture);
                self.put(loaded, KEPT_SHEETS);
            }
        }
    }

    /// In the place of one of its kind that does not show, when there are as many as are kept.
    fn put(&mut self, loaded: Loaded, kept: usize) {
        let is_kind = |l: &Loaded| l.tile.is_some() == loaded.tile.is_some();
        let many = self.loaded.iter().filter(|l| is_kind(l)).count() >= kept;
        let turn = self.turn;
        let old = self
            .loaded
            .iter()
            .position(|l| is_kind(l) && l.used < turn)
            .filter(|_| many);
        match old {
            Some(at) => self.loaded[at] = loaded,
            None => self.loaded.push(loaded),
        }
    }

    fn upload(&self, gpu: &Gpu, source: &Arc<Sheet>, tile: Option<usize>, picture: &Picture) -> Loaded {
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
            tile,
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

/// One small picture of a sheet, of which `(width, height, columns)` are its pictures' size and how many stand beside each other.
fn cut(sheet: &Picture, (width, height, columns): (u32, u32, u32), tile: usize) -> Picture {
    let (column, row) = (tile as u32 % columns, tile as u32 / columns);
    let (left, top) = (
        (column * width).min(sheet.width.saturating_sub(1)),
        (row * height).min(sheet.height.saturating_sub(1)),
    );
    let (width, height) = (
        width.clamp(1, sheet.width - left),
        height.clamp(1, sheet.height - top),
    );
    let line = sheet.width as usize * 4;
    let from = left as usize * 4;
    let rows = sheet
        .rgba
        .chunks_exact(line)
        .skip(top as usize)
        .take(height as usize);
    Picture {
        width,
        height,
        rgba: rows
            .flat_map(|row| &row[from..from + width as usize * 4])
            .copied()
            .collect(),
    }
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
    use timebase::Flicks;

    use super::*;

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

    #[test]
    fn a_small_picture_is_cut_out_of_its_sheet() {
        let rgba = (0..8 * 4).flat_map(|at: u8| [at, 0, 0, 255]).collect();
        let sheet = Picture {
            width: 8,
            height: 4,
            rgba,
        };
        let tile = cut(&sheet, (4, 2, 2), 3);
        let reds: Vec<u8> = tile.rgba.chunks_exact(4).map(|p| p[0]).collect();
        assert_eq!((tile.width, tile.height), (4, 2));
        assert_eq!(reds, [20, 21, 22, 23, 28, 29, 30, 31]);
        let torn = Picture {
            width: 1,
            height: 1,
            rgba: vec![9; 4],
        };
        assert_eq!(
            cut(&torn, (4, 2, 2), 3).rgba,
            [9; 4],
            "an unreadable sheet is one empty picture"
        );
    }

    #[test]
    fn a_cut_off_picture_shows_its_middle() {
        let uv = tile_uv(&track(0..100), 11, 0.5, (1600, 900));
        assert_eq!(uv, [0.125, 0.1, 0.05, 0.1]);
    }
}
