//! Draws the picture and what lies over it.

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use crate::error::StageError;
use crate::gpu::Gpu;
use crate::presenter::Target;
use crate::quads::{
    Quad, Quads, Style, sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry,
};
use crate::scene::ItemState;
use crate::text::{Face, Lettering, Line, Typefaces};
use crate::theme::{Colour, Palette, Theme};
use crate::timeline::begin_pass;
use crate::yuv::{ChromaLayout, YuvPicture, half_of, to_rgb_rows};

/// Something found in the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewerBox {
    /// Left edge, 0 to 1 of the picture's width.
    pub x: f32,
    /// Top edge, 0 to 1 of the picture's height.
    pub y: f32,
    /// Width, 0 to 1.
    pub width: f32,
    /// Height, 0 to 1.
    pub height: f32,
    /// Written above it; may be empty.
    pub label: String,
    /// Its mark.
    pub state: ItemState,
}

/// Which safe areas are drawn (EBU R 95: action 93 %, graphics 90 % of a 16:9 picture).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeAreas {
    /// Action safe area.
    pub action: bool,
    /// Graphics safe area.
    pub graphics: bool,
}

/// The aspect that a matte leaves of the picture, as width to height: 239 to 100, 9 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matte {
    /// Width; at least 1.
    pub width: u16,
    /// Height; at least 1.
    pub height: u16,
}

impl Matte {
    /// The part of a picture at `[left, top, width, height]` that stays open, on whole pixels.
    fn open_part(self, [x, y, w, h]: [f32; 4]) -> [f32; 4] {
        let aspect = f64::from(self.width.max(1)) / f64::from(self.height.max(1));
        let [left, top, wide, tall] = fit(aspect, (w as u32, h as u32));
        [x + left, y + top, wide.min(w), tall.min(h)]
    }
}

/// What lies over the picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewerScene {
    /// Things found.
    pub boxes: Vec<ViewerBox>,
    /// The subtitle cue shown now, lines separated by line feeds.
    pub cue: Option<String>,
    /// Timecode in the corner.
    pub timecode: Option<String>,
    /// Safe areas, of what the matte leaves.
    pub safe: SafeAreas,
    /// What is covered because the picture will be shown in another aspect.
    pub matte: Option<Matte>,
    /// Tokens to draw with.
    pub theme: Theme,
}

impl ViewerScene {
    /// Whether nothing lies over the picture.
    pub fn is_empty(&self) -> bool {
        let Self {
            boxes,
            cue,
            timecode,
            safe,
            matte,
            theme: _,
        } = self;
        boxes.is_empty()
            && cue.as_deref().is_none_or(str::is_empty)
            && timecode.is_none()
            && *safe == SafeAreas::default()
            && matte.is_none()
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct PictureUniform {
    rect: [f32; 4],
    rows: [[f32; 4]; 3],
    size: [f32; 2],
    chroma_shift: f32,
    unit: f32,
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
                chroma_shift: if uploaded.shape.layout == ChromaLayout::Yuv444 {
                    0.0
                } else {
                    0.25
                },
                unit: if ten { 1.0 } else { 255.0 },
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
        let open = overlay.matte(scene.matte);
        overlay.safe_areas(scene.safe, open);
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

/// Collects what lies over the picture, in device pixels.
struct Overlay<'a> {
    palette: &'a Palette,
    rect: [f32; 4],
    scale: f32,
    size: (u32, u32),
    quads: &'a mut Vec<Quad>,
    text: &'a mut Lettering,
}

const SHADE: Colour = Colour([0, 0, 0, 150]);
const WHITE: Colour = Colour([255, 255, 255, 255]);
/// Dark enough to judge the framing, not so dark that what is lost cannot be seen.
const MATTE: Colour = Colour([0, 0, 0, 224]);

impl Overlay<'_> {
    fn hair(&self, css: f32) -> f32 {
        (css * self.scale).round().max(1.0)
    }

    fn clip(&self) -> [i32; 4] {
        [0, 0, self.size.0 as i32, self.size.1 as i32]
    }

    /// Covers what the matte covers, and answers what it leaves open.
    fn matte(&mut self, matte: Option<Matte>) -> [f32; 4] {
        let Some(matte) = matte else {
            return self.rect;
        };
        let ([x, y, w, h], open) = (self.rect, matte.open_part(self.rect));
        let [left, top, wide, tall] = open;
        let (right, bottom) = (left + wide, top + tall);
        for (x, y, w, h) in [
            (x, y, w, top - y),
            (x, bottom, w, y + h - bottom),
            (x, top, left - x, tall),
            (right, top, x + w - right, tall),
        ] {
            if w >= 1.0 && h >= 1.0 {
                self.quads.push(Quad::fill(x, y, w, h, MATTE));
            }
        }
        open
    }

    fn safe_areas(&mut self, safe: SafeAreas, open: [f32; 4]) {
        for (on, share) in [(safe.action, 0.93), (safe.graphics, 0.9)] {
            if on {
                let [x, y, w, h] = open;
                let (inner_w, inner_h) = ((w * share).round(), (h * share).round());
                let left = (x + (w - inner_w) / 2.0).round();
                let top = (y + (h - inner_h) / 2.0).round();
                let quad = Quad::fill(left, top, inner_w, inner_h, Colour::CLEAR);
                self.quads.push(quad.border(WHITE.alpha(110), self.hair(1.0)));
            }
        }
    }

    /// A box in its mark, with a dark line beneath so that it shows on bright pictures too.
    fn found(&mut self, found: &ViewerBox) {
        let [left, top, width, height] = self.rect;
        let x = (left + found.x * width).round();
        let y = (top + found.y * height).round();
        let w = (found.width * width).round().max(4.0);
        let h = (found.height * height).round().max(4.0);
        let hair = self.hair(1.0);
        let radius = 2.0 * self.scale;
        let faded = found.state == ItemState::Rejected;
        let shade = SHADE.alpha(if faded { 60 } else { 120 });
        let box_at = |out: f32| {
            Quad::fill(x - out, y - out, w + 2.0 * out, h + 2.0 * out, Colour::CLEAR).radius(radius + out)
        };
        self.quads.push(box_at(hair).border(shade, hair * 3.0));
        let edge = match found.state {
            ItemState::Open => box_at(0.0).border(WHITE, hair).style(Style::Dashed),
            ItemState::Circled => box_at(0.0).border(WHITE, hair * 2.0),
            ItemState::Rejected => box_at(0.0).border(WHITE.alpha(110), hair),
            ItemState::Conflict => box_at(0.0)
                .border(self.palette.conflict, hair * 2.0)
                .style(Style::Split),
        };
        self.quads.push(edge);
        self.found_label(found, x, y);
    }

    fn found_label(&mut self, found: &ViewerBox, x: f32, y: f32) {
        let circled = found.state == ItemState::Circled;
        if found.label.is_empty() && !circled {
            return;
        }
        let size = 11.5 * self.scale;
        let width = self.text.measure(&found.label, Face::Sans, size);
        let pad = self.hair(6.0);
        let mark = if circled { self.hair(17.0) } else { 0.0 };
        let high = self.hair(18.0);
        let top = if y - high - self.hair(2.0) >= self.rect[1] {
            y - high - self.hair(2.0)
        } else {
            y + self.hair(4.0)
        };
        let chip = Quad::fill(x, top, width + 2.0 * pad + mark, high, Colour([16, 16, 16, 205]));
        self.quads.push(chip.radius(3.0 * self.scale));
        if circled {
            let side = self.hair(15.0);
            let at = (x + self.hair(4.0), top + ((high - side) / 2.0).round());
            let stroke = 1.9 * self.scale;
            self.quads.push(Quad::pencil(
                at.0,
                at.1,
                side,
                side,
                stroke,
                Colour::hex(0xff6a3d),
            ));
        }
        let rejected = found.state == ItemState::Rejected;
        let colour = if rejected {
            WHITE.alpha(140)
        } else {
            WHITE.alpha(235)
        };
        let middle = top + high / 2.0;
        let left = x + pad + mark;
        self.text.add(Line {
            text: &found.label,
            face: Face::Sans,
            size,
            x: left,
            y: middle,
            colour,
            max_width: f32::MAX,
            clip: self.clip(),
            centred: false,
        });
        if rejected {
            let over = self.hair(2.0);
            self.quads.push(Quad::fill(
                left - over,
                middle.round(),
                width + 2.0 * over,
                self.hair(1.0),
                colour,
            ));
        }
    }

    fn timecode(&mut self, timecode: &str) {
        let size = 11.5 * self.scale;
        let width = self.text.measure(timecode, Face::Mono, size);
        let (pad, high, gap) = (self.hair(6.0), self.hair(20.0), self.hair(10.0));
        let (x, y) = (self.rect[0] + gap, self.rect[1] + self.rect[3] - gap - high);
        let chip = Quad::fill(x, y, (width + 2.0 * pad).round(), high, Colour([16, 16, 16, 190]));
        self.quads.push(chip.radius(3.0 * self.scale));
        self.text.add(Line {
            text: timecode,
            face: Face::Mono,
            size,
            x: x + pad,
            y: y + high / 2.0,
            colour: WHITE.alpha(235),
            max_width: f32::MAX,
            clip: self.clip(),
            centred: false,
        });
    }

    /// The cue stands in the lower middle, sized by the picture: 1/18 of its height, with a dark rim.
    fn cue(&mut self, cue: &str) {
        let [x, y, w, h] = self.rect;
        let size = (h / 18.0).clamp(9.0 * self.scale, 42.0 * self.scale);
        let (middle, bottom) = (x + w / 2.0, y + h * 0.955);
        let rim = (size / 16.0).max(1.0);
        let around = [
            (-1.0, 0.0),
            (1.0, 0.0),
            (0.0, -1.0),
            (0.0, 1.0),
            (-0.7, -0.7),
            (0.7, -0.7),
            (-0.7, 0.7),
            (0.7, 0.7),
        ];
        let rims = around
            .iter()
            .map(|&(dx, dy)| (dx * rim, dy * rim, Colour([0, 0, 0, 150])));
        for (dx, dy, colour) in rims.chain([(0.0, 0.0, WHITE)]) {
            self.text.add(Line {
                text: cue,
                face: Face::SansSemiBold,
                size,
                x: middle + dx,
                y: bottom + dy,
                colour,
                max_width: w * 0.84,
                clip: self.clip(),
                centred: true,
            });
        }
    }
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
