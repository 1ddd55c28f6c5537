//! Draws the picture and what lies over it.

use bytemuck::{Pod, Zeroable};

use crate::arrange::{Arrangement, arrange};
use crate::error::StageError;
use crate::gpu::Gpu;
use crate::mix::CompareMode;
use crate::mixer::{Mixer, Mixture};
use crate::over::{Overlay, ViewerScene};
use crate::presenter::Target;
use crate::quads::{
    Quads, bind, sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry, written_texture,
};
use crate::scopes::Trace;
use crate::scripts::Missing;
use crate::text::{Lettering, Typefaces};
use crate::theme::{Colour, Palette};
use crate::timeline::begin_pass;
use crate::traces::Traces;
use crate::yuv::{ChromaLayout, PictureLook, Transfer, Turn, YuvPicture, halves, middle_of, to_rgb_rows};

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
    uniform: wgpu::Buffer,
    aspect: f64,
    rows: [[f32; 4]; 3],
    look: PictureLook,
}

impl Uploaded {
    /// Says where the picture is to be drawn in a target of `size`.
    fn put(&self, gpu: &Gpu, rect: [f32; 4], size: (u32, u32)) {
        let uniform = PictureUniform {
            rect,
            rows: self.rows,
            size: [size.0 as f32, size.1 as f32],
            unit: if self.shape.bits > 8 { 1.0 } else { 255.0 },
            tone: tone_code(self.look),
            chroma: chroma_place(self.shape.layout, self.look),
            turn: turn_rows(self.look.turn),
        };
        gpu.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
    }

    fn draw(&self, pipeline: &wgpu::RenderPipeline, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        pass.draw(0..4, 0..1);
    }
}

/// Draws pictures of one presenter; the last picture stays until the next is given.
pub struct ViewerRenderer {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    uploaded: Option<Uploaded>,
    /// What the picture is compared with.
    still: Option<Uploaded>,
    /// Made when something is first shielded or compared.
    mixer: Option<Mixer>,
    /// Made when something is first measured.
    traces: Option<Traces>,
    format: wgpu::TextureFormat,
    quads: Quads,
    text: Lettering,
    samples: Vec<u8>,
    /// Half floats of the codes of so many bits, made when such a picture first comes.
    halves: Option<(u8, Box<[u16]>)>,
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
            uploaded: None,
            still: None,
            mixer: None,
            traces: None,
            format,
            quads: Quads::new(gpu, format),
            text: Lettering::new(gpu, format, faces),
            samples: Vec::new(),
            halves: None,
        }
    }

    /// Gives the picture to draw from now on.
    ///
    /// # Errors
    /// [`StageError::Planes`] when planes and size do not agree, [`StageError::Size`] when it is larger than the device takes;
    /// the last picture stays then.
    pub fn set_picture(&mut self, gpu: &Gpu, picture: &YuvPicture) -> Result<(), StageError> {
        check(gpu, picture)?;
        let kept = self.uploaded.take();
        self.uploaded = Some(self.take_up(gpu, picture, kept));
        Ok(())
    }

    /// Gives the still that the picture is compared with, or takes it away.
    ///
    /// # Errors
    /// As [`Self::set_picture`].
    pub fn set_still(&mut self, gpu: &Gpu, still: Option<&YuvPicture>) -> Result<(), StageError> {
        still.map_or(Ok(()), |still| check(gpu, still))?;
        let kept = self.still.take();
        self.still = still.map(|still| self.take_up(gpu, still, kept));
        Ok(())
    }

    fn take_up(&mut self, gpu: &Gpu, picture: &YuvPicture, kept: Option<Uploaded>) -> Uploaded {
        let shape = Shape {
            width: picture.width,
            height: picture.height,
            layout: picture.layout,
            bits: picture.bits,
        };
        let (planes, bind, uniform) = match kept.filter(|u| u.shape == shape) {
            Some(kept) => (kept.planes, kept.bind, kept.uniform),
            None => self.make_textures(gpu, picture),
        };
        for (at, texture) in planes.iter().enumerate() {
            self.upload(gpu, picture, at, texture);
        }
        let middle = f64::from(middle_of(picture.bits));
        let rows = to_rgb_rows(picture.matrix, picture.full_range, picture.bits)
            .map(|[y, cb, cr, constant]| [y, cb, cr, constant + middle * (y + cb + cr)]);
        Uploaded {
            shape,
            planes,
            bind,
            uniform,
            aspect: picture.display_aspect(),
            rows: rows.map(|row| row.map(|v| v as f32)),
            look: picture.look,
        }
    }

    /// Forgets the picture, for an asset without one.
    pub fn clear_picture(&mut self) {
        self.uploaded = None;
    }

    fn make_textures(
        &self,
        gpu: &Gpu,
        picture: &YuvPicture,
    ) -> ([wgpu::Texture; 3], wgpu::BindGroup, wgpu::Buffer) {
        let uniform = uniform_buffer(gpu, size_of::<PictureUniform>());
        let format = match picture.bits {
            8 => wgpu::TextureFormat::R8Unorm,
            _deep => wgpu::TextureFormat::R16Float,
        };
        let planes = [0, 1, 2].map(|at| {
            let (width, height) = picture.plane_size(at);
            let size = wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            };
            written_texture(gpu, "plane", size, format)
        });
        let [luma, blue, red] =
            [0, 1, 2].map(|at| planes[at].create_view(&wgpu::TextureViewDescriptor::default()));
        let resources = [
            uniform.as_entire_binding(),
            wgpu::BindingResource::TextureView(&luma),
            wgpu::BindingResource::TextureView(&blue),
            wgpu::BindingResource::TextureView(&red),
            wgpu::BindingResource::Sampler(&self.sampler),
        ];
        let bind = bind(gpu, "viewer", &self.layout, &resources);
        (planes, bind, uniform)
    }

    fn upload(&mut self, gpu: &Gpu, picture: &YuvPicture, at: usize, texture: &wgpu::Texture) {
        let plane = &picture.planes[at];
        let (width, height) = picture.plane_size(at);
        let (bytes, stride): (&[u8], u32) = if picture.bits == 8 {
            (&plane.bytes, plane.stride_bytes)
        } else {
            self.samples.clear();
            let kept = self.halves.take().filter(|(bits, _)| *bits == picture.bits);
            let (bits, halves) = kept.unwrap_or_else(|| (picture.bits, halves(picture.bits)));
            for row in plane
                .bytes
                .chunks(plane.stride_bytes as usize)
                .take(height as usize)
            {
                let codes = row[..width as usize * 2].chunks_exact(2);
                // What lies beyond the last code, which no decoder gives, is the last code.
                let half =
                    |c: &[u8]| halves[usize::from(u16::from_le_bytes([c[0], c[1]])).min(halves.len() - 1)];
                self.samples.extend(codes.flat_map(|c| half(c).to_le_bytes()));
            }
            self.halves = Some((bits, halves));
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

    /// Gives the trace that stands beside the picture from now on.
    pub fn set_trace(&mut self, gpu: &Gpu, trace: &Trace) {
        let traces = self.traces.get_or_insert_with(|| Traces::new(gpu, self.format));
        traces.set(gpu, trace);
    }

    /// Scripts of words that were to be drawn and that no face at hand has.
    pub fn missing(&self) -> &Missing {
        self.text.missing()
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
        let arrangement = self.arrange(scene, size);
        for (picture, rect) in [
            (&self.uploaded, Some(arrangement.live)),
            (&self.still, arrangement.still),
        ] {
            if let (Some(picture), Some(rect)) = (picture, rect) {
                picture.put(gpu, rect, size);
            }
        }
        let count = self.collect(gpu, size, scene, &arrangement, scale)?;
        let is_mixed = arrangement.still.is_some() || scene.shield.is_some();
        if is_mixed {
            self.mix(gpu, target, scene, arrangement, palette.well);
        }
        let mut pass = begin_pass(target.encoder, "viewer", target.view, palette.well);
        match (&self.mixer, &self.uploaded) {
            (Some(mixer), _) if is_mixed => mixer.draw(&mut pass),
            (_, Some(uploaded)) => uploaded.draw(&self.pipeline, &mut pass),
            (_, None) => {}
        }
        self.draw_trace(gpu, &mut pass, &arrangement, size);
        self.quads.draw(&mut pass, 0..count);
        self.text.draw(&mut pass)
    }

    fn draw_trace(
        &self,
        gpu: &Gpu,
        pass: &mut wgpu::RenderPass<'_>,
        arrangement: &Arrangement,
        size: (u32, u32),
    ) {
        if let (Some(traces), Some(rect)) = (&self.traces, arrangement.scopes) {
            traces.put(gpu, rect, size);
            traces.draw(pass);
        }
    }

    fn arrange(&self, scene: &ViewerScene, size: (u32, u32)) -> Arrangement {
        let aspect = |picture: &Option<Uploaded>| picture.as_ref().map(|picture| picture.aspect);
        arrange(
            size,
            aspect(&self.uploaded),
            aspect(&self.still),
            scene.comparison.as_ref(),
            scene.beside(),
        )
    }

    /// Draws both pictures by themselves, to be put together.
    fn mix(
        &mut self,
        gpu: &Gpu,
        target: &mut Target<'_>,
        scene: &ViewerScene,
        arrangement: Arrangement,
        well: Colour,
    ) {
        let mixer = self.mixer.get_or_insert_with(|| Mixer::new(gpu, self.format));
        let (live, still) = mixer.canvases(gpu, target.size());
        for (canvas, picture) in [(live, &self.uploaded), (still, &self.still)] {
            let mut pass = begin_pass(target.encoder, "mix", canvas, well);
            if let Some(picture) = picture {
                picture.draw(&self.pipeline, &mut pass);
            }
        }
        let mixture = Mixture {
            shield: scene.shield.as_ref(),
            comparison: scene.comparison.as_ref(),
            arrangement,
        };
        mixer.prepare(gpu, target.encoder, &mixture);
    }

    /// Draws only what lies over a picture that is arranged so, on nothing.
    pub(crate) fn draw_over(
        &mut self,
        gpu: &Gpu,
        target: &mut Target<'_>,
        scene: &ViewerScene,
        arrangement: &Arrangement,
        scale: f64,
    ) -> Result<(), StageError> {
        let count = self.collect(gpu, target.size(), scene, arrangement, scale)?;
        let size = target.size();
        let mut pass = begin_pass(target.encoder, "over the picture", target.view, Colour::CLEAR);
        self.draw_trace(gpu, &mut pass, arrangement, size);
        self.quads.draw(&mut pass, 0..count);
        self.text.draw(&mut pass)
    }

    /// Brings what lies over the picture to the GPU; answers how many boxes and lines there are.
    fn collect(
        &mut self,
        gpu: &Gpu,
        size: (u32, u32),
        scene: &ViewerScene,
        arrangement: &Arrangement,
        scale: f64,
    ) -> Result<u32, StageError> {
        let scale = sane_scale(scale);
        let palette = Palette::of(scene.theme);
        self.text.begin();
        let mut quads = Vec::new();
        let mut overlay = Overlay {
            palette: &palette,
            signal: scene.signal,
            rect: arrangement.live,
            scale,
            size,
            quads: &mut quads,
            text: &mut self.text,
        };
        if let Some(shield) = &scene.shield {
            overlay.shielded(shield);
        }
        overlay.guides(scene);
        let side_by_side = scene
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.mode == CompareMode::SideBySide);
        if let Some(still) = arrangement.still.filter(|_| side_by_side) {
            overlay.rect = still;
            overlay.guides(scene);
            overlay.rect = arrangement.live;
        }
        scene.boxes.iter().for_each(|b| overlay.found(b));
        if let Some(rect) = arrangement.scopes {
            overlay.scopes(scene.scopes, rect);
        }
        if let (Some(meters), Some(rect)) = (&scene.meters, arrangement.meters) {
            overlay.meters(meters, rect);
        }
        overlay.burn_in(scene);
        if let Some(comparison) = &scene.comparison {
            overlay.compared(comparison, arrangement);
        }
        overlay.subtitles(scene);
        self.quads.upload(gpu, size, scale, &quads);
        self.text.prepare(gpu, size)?;
        Ok(quads.len() as u32)
    }
}

/// Device pixels per CSS pixel, whatever was said.
pub(crate) fn sane_scale(scale: f64) -> f32 {
    if scale.is_finite() {
        scale.clamp(0.5, 4.0) as f32
    } else {
        1.0
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

fn check(gpu: &Gpu, picture: &YuvPicture) -> Result<(), StageError> {
    picture.check()?;
    gpu.check_size(picture.width, picture.height)
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
