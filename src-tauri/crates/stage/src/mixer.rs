//! The shield and the comparison on a graphics card; `mix.rs` says what they are.

use bytemuck::{Pod, Zeroable};

use crate::arrange::Arrangement;
use crate::gpu::Gpu;
use crate::mix::{AREAS_MAX, CELLS, CompareMode, Comparison, Shield, cell};
use crate::quads::{sampler_entry, strip_pipeline, texture_entry, uniform_buffer, uniform_entry};
use crate::theme::Colour;
use crate::timeline::begin_pass;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct MixUniform {
    live: [f32; 4],
    still: [f32; 4],
    size: [f32; 2],
    cell: f32,
    line: f32,
    mode: u32,
    areas: u32,
    still_too: u32,
    still_cell: f32,
    parts: [[f32; 4]; AREAS_MAX],
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ShrinkUniform {
    rect: [f32; 4],
    size: [f32; 2],
    cell: f32,
    pad: f32,
}

/// Pictures of the target's size, and their means.
struct Canvases {
    size: (u32, u32),
    live: wgpu::TextureView,
    still: wgpu::TextureView,
    small: [wgpu::TextureView; 2],
    mix: wgpu::BindGroup,
    shrink: [wgpu::BindGroup; 2],
}

/// Puts pictures together before anything is laid over them.
pub(crate) struct Mixer {
    format: wgpu::TextureFormat,
    mix: wgpu::RenderPipeline,
    mix_layout: wgpu::BindGroupLayout,
    mix_uniform: wgpu::Buffer,
    shrink: wgpu::RenderPipeline,
    shrink_layout: wgpu::BindGroupLayout,
    shrink_uniforms: [wgpu::Buffer; 2],
    sampler: wgpu::Sampler,
    canvases: Option<Canvases>,
}

/// What is put together.
pub(crate) struct Mixture<'a> {
    pub shield: Option<&'a Shield>,
    pub comparison: Option<&'a Comparison>,
    pub arrangement: Arrangement,
}

impl Mixer {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let layout = |label: &str, entries: &[wgpu::BindGroupLayoutEntry]| {
            gpu.device
                .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                    label: Some(label),
                    entries,
                })
        };
        let float = wgpu::TextureSampleType::Float { filterable: true };
        let uniform = || uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT);
        let textures = [1, 2, 3, 4].map(|at| texture_entry(at, float));
        let mix_entries: Vec<_> = std::iter::once(uniform()).chain(textures).collect();
        let mix_layout = layout("mix", &mix_entries);
        let shrink_layout = layout("shrink", &[uniform(), texture_entry(1, float), sampler_entry(2)]);
        let mix_shader = gpu.device.create_shader_module(wgpu::include_wgsl!("mix.wgsl"));
        let shrink_shader = gpu
            .device
            .create_shader_module(wgpu::include_wgsl!("shrink.wgsl"));
        Self {
            format,
            mix: strip_pipeline(gpu, "mix", &mix_shader, &mix_layout, &[], format),
            mix_layout,
            mix_uniform: uniform_buffer(gpu, size_of::<MixUniform>()),
            shrink: strip_pipeline(gpu, "shrink", &shrink_shader, &shrink_layout, &[], format),
            shrink_layout,
            shrink_uniforms: [(), ()].map(|()| uniform_buffer(gpu, size_of::<ShrinkUniform>())),
            sampler: gpu.device.create_sampler(&wgpu::SamplerDescriptor {
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            canvases: None,
        }
    }

    /// Where the picture and the still are to be drawn, each as it lies in the target.
    pub fn canvases(&mut self, gpu: &Gpu, size: (u32, u32)) -> (&wgpu::TextureView, &wgpu::TextureView) {
        let canvases = match self.canvases.take().filter(|canvases| canvases.size == size) {
            Some(kept) => kept,
            None => self.make(gpu, size),
        };
        let canvases = self.canvases.insert(canvases);
        (&canvases.live, &canvases.still)
    }

    fn make(&self, gpu: &Gpu, size: (u32, u32)) -> Canvases {
        let texture = |(width, height): (u32, u32)| {
            let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("mix"),
                size: wgpu::Extent3d {
                    width,
                    height,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: self.format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            });
            texture.create_view(&wgpu::TextureViewDescriptor::default())
        };
        let (live, still) = (texture(size), texture(size));
        // Cells are at least as large as this for any picture inside the target that is not a mere line.
        let side = |length: u32| (length / 4).clamp(1, 16 * CELLS as u32);
        let small = [(), ()].map(|()| texture((side(size.0), side(size.1))));
        let view = |binding: u32, view| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(view),
        };
        let bind = |layout: &wgpu::BindGroupLayout, entries: &[wgpu::BindGroupEntry<'_>]| {
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("mix"),
                layout,
                entries,
            })
        };
        let mix = bind(
            &self.mix_layout,
            &[
                whole(&self.mix_uniform),
                view(1, &live),
                view(2, &still),
                view(3, &small[0]),
                view(4, &small[1]),
            ],
        );
        let sampler = || wgpu::BindGroupEntry {
            binding: 2,
            resource: wgpu::BindingResource::Sampler(&self.sampler),
        };
        let shrink = [(0, &live), (1, &still)].map(|(at, picture)| {
            let entries = [whole(&self.shrink_uniforms[at]), view(1, picture), sampler()];
            bind(&self.shrink_layout, &entries)
        });
        Canvases {
            size,
            live,
            still,
            small,
            mix,
            shrink,
        }
    }

    /// Takes the means that a shield shows, of what was drawn on the canvases, and says how they are put together.
    pub fn prepare(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, mixture: &Mixture<'_>) {
        let Some(canvases) = &self.canvases else { return };
        let Arrangement { live, still, .. } = mixture.arrangement;
        let parts = mixture
            .shield
            .map(|shield| shield.parts(live))
            .unwrap_or_default();
        let whole = !parts.is_empty() && parts.contains(&live);
        let size = [canvases.size.0 as f32, canvases.size.1 as f32];
        for (at, rect) in [Some(live), still].into_iter().enumerate() {
            let Some(rect) = rect.filter(|_| if at == 0 { !parts.is_empty() } else { whole }) else {
                continue;
            };
            let uniform = ShrinkUniform {
                rect,
                size,
                cell: cell(rect),
                pad: 0.0,
            };
            gpu.queue
                .write_buffer(&self.shrink_uniforms[at], 0, bytemuck::bytes_of(&uniform));
            let mut pass = begin_pass(encoder, "shrink", &canvases.small[at], Colour::CLEAR);
            pass.set_pipeline(&self.shrink);
            pass.set_bind_group(0, &canvases.shrink[at], &[]);
            pass.draw(0..4, 0..1);
        }
        let comparison = mixture.comparison.filter(|_| still.is_some());
        let mut uniform = MixUniform {
            live,
            still: still.unwrap_or_default(),
            size,
            cell: cell(live),
            line: comparison.map_or(0.0, |comparison| comparison.line(live)),
            mode: match comparison.map(|comparison| comparison.mode) {
                None => 0,
                Some(CompareMode::SideBySide) => 1,
                Some(CompareMode::Wipe) => 2,
                Some(CompareMode::Difference) => 3,
                Some(CompareMode::Still) => 4,
            },
            areas: parts.len() as u32,
            still_too: u32::from(whole && still.is_some()),
            still_cell: still.map_or(1.0, cell),
            parts: [[0.0; 4]; AREAS_MAX],
        };
        for (slot, part) in uniform.parts.iter_mut().zip(parts) {
            *slot = part;
        }
        gpu.queue
            .write_buffer(&self.mix_uniform, 0, bytemuck::bytes_of(&uniform));
    }

    /// Draws what the last [`Self::prepare`] said.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(canvases) = &self.canvases {
            pass.set_pipeline(&self.mix);
            pass.set_bind_group(0, &canvases.mix, &[]);
            pass.draw(0..4, 0..1);
        }
    }
}

fn whole(buffer: &wgpu::Buffer) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry {
        binding: 0,
        resource: buffer.as_entire_binding(),
    }
}
