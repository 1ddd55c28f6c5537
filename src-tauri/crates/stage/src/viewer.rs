//! Draws the picture and what lies over it.

use bytemuck::{Pod, Zeroable};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::over::{Overlay, ViewerScene};
use crate::presenter::Target;
use crate::quads::{Quads, sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry};
use crate::text::{Lettering, Typefaces};
use crate::theme::{Colour, Palette};
use crate::timeline::begin_pass;
use crate::yuv::{ChromaLayout, PictureLook, Transfer, Turn, YuvPicture, half_of, to_rgb_rows};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct PictureUniform {
    rect: [f32; 4],
    rows: [[f32; 4]; 3],
    size: [f32; 2],
    unit: f32,
    /// 0 for SDR, 1 for PQ, 2 for HLG; with BT.2020's primaries 4 more.
    tone: u32,
    /// Chroma texels per luma texel across and down, and how far chroma is shifted in its own texels.
    chroma: [f32; 4],
    /// From the middle of the upright picture to the middle of the lying one: two rows.
    turn: [f32; 4],
}

/// What tells one kind of upload from another: textures are kept as long as it stays.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    width: u32,
    height: u32,
    layout: ChromaLayout,
    bits: u8,
}

struct Uploaded {
    shape: Shape,
    planes: [wgpu::Texture; 3],
    bind: wgpu::BindGroup,
    aspect: f64,
    rows: [[f32; 4]; 3],
    look: PictureLook,
}

/// Draws pictures of one presenter; the last picture stays until the next is given.
pub struct ViewerRenderer {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    uniform: wgpu::Buffer,
    uploaded: Option<Uploaded>,
    quads: Quads,
    text: Lettering,
    samples: Vec<u8>,
}

impl ViewerRenderer {
    /// For a presenter of this format.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, faces: Typefaces) -> Self {
        let shader = gpu
            .device
            .create_shader_module(wgpu::include_wgsl!("viewer.wgsl"));
        let float = wgpu::TextureSampleType::Float { filterable: true };
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("viewer"),
                entries: &[
                    uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
                    texture_entry(1, float),
                    texture_entry(2, float),
                    texture_entry(3, float),
                    sampler_entry(4),
                ],
            });
        let pipeline = strip_pipeline(gpu, "viewer", &shader, &layout, &[], format);
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..wgpu::SamplerDescriptor::default()
        });
        Self {
            pipeline,
            layout,
            sampler,
            uniform: uniform_buffer(gpu, size_of::<PictureUniform>()),
            uploaded: None,
            quads: Quads::new(gpu, format),
            text: Lettering::new(gpu, format, faces),
            samples: Vec::new(),
        }
    }

    /// Gives the picture to draw from now on.
    ///
    /// # Errors
    /// [`StageError::Planes`] when planes and size do not agree, [`StageError::Size`] when it is larger than the device takes;
    /// the last picture stays then.
    pub fn set_picture(&mut self, gpu: &Gpu, picture: &YuvPicture) -> Result<(), StageError> {
        picture.check()?;
        gpu.check_size(picture.width, picture.height)?;
        let shape = Shape {
            width: picture.width,
            height: picture.height,
            layout: picture.layout,
            bits: picture.bits,
        };
        let kept = self.uploaded.take().filter(|u| u.shape == shape);
        let (planes, bind) = match kept {
            Some(kept) => (kept.planes, kept.bind),
            None => self.make_textures(gpu, picture),
        };
        for (at, texture) in planes.iter().enumerate() {
            self.upload(gpu, picture, at, texture);
        }
        let rows = to_rgb_rows(picture.matrix, picture.full_range, picture.bits);
        self.uploaded = Some(Uploaded {
            shape,
            planes,
            bind,
            aspect: picture.display_aspect(),
            rows: rows.map(|row| row.map(|v| v as f32)),
            look: picture.look,
        });
        Ok(())
    }

    /// Forgets the picture, for an asset without one.
    pub fn clear_picture(&mut self) {
        self.uploaded = None;
    }

    fn make_textures(&self, gpu: &Gpu, picture: &YuvPicture) -> ([wgpu::Texture; 3], wgpu::BindGroup) {
        let format = match picture.bits {
            8 => wgpu::TextureFormat::R8Unorm,
            _ten => wgpu::TextureFormat::R16Float,
        };
        let planes = [0, 1, 2].map(|at| {
            let (width, height) = picture.plane_size(at);
            gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("plane"),
                size: wgpu::Extent3d {
                    width,
                    height,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            })
        });
        let views = [0, 1, 2].map(|at| planes[at].create_view(&wgpu::TextureViewDescriptor::default()));
        let plane = |binding: u32, at: usize| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(&views[at]),
        };
        let bind = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("viewer"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: self.uniform.as_entire_binding(),
                },
                plane(1, 0),
                plane(2, 1),
                plane(3, 2),
                wgpu::BindGroupEntry {
                    binding: 4,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
            ],
        });
        (planes, bind)
    }

    fn upload(&mut self, gpu: &Gpu, picture: &YuvPicture, at: usize, texture: &wgpu::Texture) {
        let plane = &picture.planes[at];
        let (width, height) = picture.plane_size(at);
        let (bytes, stride): (&[u8], u32) = if picture.bits == 8 {
            (&plane.bytes, plane.stride_bytes)
        } else {
            self.samples.clear();
            for row in plane
                .bytes
                .chunks(plane.stride_bytes as usize)
                .take(height as usize)
            {
                let codes = row[..width as usize * 2].chunks_exact(2);
                let halves = codes.map(|c| half_of(u16::from_le_bytes([c[0], c[1]])));
                self.samples.extend(halves.flat_map(u16::to_le_bytes));
            }
            (&self.samples, width * 2)
        };
        gpu.queue.write_texture(
            texture.as_image_copy(),
            bytes,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(stride),
                rows_per_image: None,
            },
            wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
        );
    }

    /// Draws the picture, fitted into the target, and the scene over it. `scale` is device pixels per CSS pixel.
    ///
    /// # Errors
    /// [`StageError::Text`] when text cannot be prepared.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        target: &mut Target<'_>,
        scene: &ViewerScene,
        scale: f64,
    ) -> Result<(), StageError> {
        let size = target.size();
        let palette = Palette::of(scene.theme);
        let rect = self.uploaded.as_ref().map(|u| fit(u.aspect, size));
        if let (Some(uploaded), Some(rect)) = (&self.uploaded, rect) {
            let ten = uploaded.shape.bits > 8;
            let uniform = PictureUniform {
                rect,
                rows: uploaded.rows,
                size: [size.0 as f32, size.1 as f32],
                unit: if ten { 1.0 } else { 255.0 },
                tone: tone_code(uploaded.look),
                chroma: chroma_place(uploaded.shape.layout, uploaded.look),
                turn: turn_rows(uploaded.look.turn),
            };
            gpu.queue
                .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
        }
        let rect = rect.unwrap_or([0.0, 0.0, size.0 as f32, size.1 as f32]);
        let count = self.collect(gpu, size, scene, rect, scale)?;
        let mut pass = begin_pass(target.encoder, "viewer", target.view, palette.well);
        if let Some(uploaded) = &self.uploaded {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &uploaded.bind, &[]);
            pass.draw(0..4, 0..1);
        }
        self.quads.draw(&mut pass, 0..count);
        self.text.draw(&mut pass)
    }

    /// Draws only what lies over a picture that fills `rect` (x, y, width, height in device pixels), on nothing.
    pub(crate) fn draw_over(
        &mut self,
        gpu: &Gpu,
        target: &mut Target<'_>,
        scene: &ViewerScene,
        rect: [f32; 4],
        scale: f64,
    ) -> Result<(), StageError> {
        let count = self.collect(gpu, target.size(), scene, rect, scale)?;
        let mut pass = begin_pass(target.encoder, "over the picture", target.view, Colour::CLEAR);
        self.quads.draw(&mut pass, 0..count);
        self.text.draw(&mut pass)
    }

    /// Brings what lies over the picture to the GPU; answers how many boxes and lines there are.
    fn collect(
        &mut self,
        gpu: &Gpu,
        size: (u32, u32),
        scene: &ViewerScene,
        rect: [f32; 4],
        scale: f64,
    ) -> Result<u32, StageError> {
        let scale = if scale.is_finite() {
            scale.clamp(0.5, 4.0) as f32
        } else {
            1.0
        };
        let palette = Palette::of(scene.theme);
        self.text.begin();
        let mut quads = Vec::new();
        let mut overlay = Overlay {
            palette: &palette,
            rect,
            scale,
            size,
            quads: &mut quads,
            text: &mut self.text,
        };
        overlay.guides(scene);
        scene.boxes.iter().for_each(|b| overlay.found(b));
        if let Some(timecode) = &scene.timecode {
            overlay.timecode(timecode);
        }
        if let Some(cue) = &scene.cue {
            overlay.cue(cue);
        }
        self.quads.upload(gpu, size, scale, &quads);
        self.text.prepare(gpu, size)?;
        Ok(quads.len() as u32)
    }
}

/// The shader's number of what brings a picture down to the screen.
fn tone_code(look: PictureLook) -> u32 {
    let transfer = match look.transfer {
        Transfer::Sdr => return 0,
        Transfer::Pq => 1,
        Transfer::Hlg => 2,
    };
    transfer + if look.wide_primaries { 4 } else { 0 }
}

/// Chroma texels per luma texel across and down, and the shift of chroma in its own texels.
fn chroma_place(layout: ChromaLayout, look: PictureLook) -> [f32; 4] {
    let along = |halved: bool, halves: u8| {
        if halved {
            (0.5, 0.25 - f32::from(halves) / 4.0)
        } else {
            (1.0, 0.0)
        }
    };
    let (across, right) = along(layout != ChromaLayout::Yuv444, look.chroma_halves.0);
    let (down, below) = along(layout == ChromaLayout::Yuv420, look.chroma_halves.1);
    [across, down, right, below]
}

/// From the middle of the upright picture to the middle of the lying one.
fn turn_rows(turn: Turn) -> [f32; 4] {
    let [a, b, c, d] = match turn.quarters % 4 {
        0 => [1.0, 0.0, 0.0, 1.0],
        1 => [0.0, 1.0, -1.0, 0.0],
        2 => [-1.0, 0.0, 0.0, -1.0],
        _ => [0.0, -1.0, 1.0, 0.0],
    };
    if turn.mirrored {
        [-a, -b, c, d]
    } else {
        [a, b, c, d]
    }
}

/// The largest rectangle of this aspect in the middle of a target, on whole pixels.
pub(crate) fn fit(aspect: f64, (width, height): (u32, u32)) -> [f32; 4] {
    let (width, height) = (f64::from(width), f64::from(height));
    let (w, h) = if width / height > aspect {
        (height * aspect, height)
    } else {
        (width, width / aspect)
    };
    let (w, h) = (w.round().max(1.0), h.round().max(1.0));
    [
        ((width - w) / 2.0).floor() as f32,
        ((height - h) / 2.0).floor() as f32,
        w as f32,
        h as f32,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_fitted_into_the_middle() {
        assert_eq!(fit(16.0 / 9.0, (1600, 900)), [0.0, 0.0, 1600.0, 900.0]);
        assert_eq!(fit(16.0 / 9.0, (1000, 900)), [0.0, 168.0, 1000.0, 563.0]);
        assert_eq!(fit(4.0 / 3.0, (1600, 900)), [200.0, 0.0, 1200.0, 900.0]);
    }
}
