//! The one pipeline that draws boxes, lines and marks.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use crate::gpu::Gpu;
use crate::theme::Colour;

/// How a quad is drawn; twins of the constants in quads.wgsl.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub(crate) enum Style {
    // 0 is the plain box.
    Dashed = 1,
    Split,
    Pencil,
    Head,
}

/// One instance. Lengths in device pixels.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct Quad {
    rect: [f32; 4],
    fill: [u8; 4],
    border: [u8; 4],
    params: [f32; 4],
}

impl Quad {
    /// A plain filled rectangle.
    pub fn fill(x: f32, y: f32, width: f32, height: f32, colour: Colour) -> Self {
        Self {
            rect: [x, y, width, height],
            fill: colour.0,
            border: [0; 4],
            params: [0.0; 4],
        }
    }

    #[must_use]
    pub fn filled(mut self, colour: Colour) -> Self {
        self.fill = colour.0;
        self
    }

    #[must_use]
    pub fn radius(mut self, radius: f32) -> Self {
        self.params[0] = radius;
        self
    }

    #[must_use]
    pub fn border(mut self, colour: Colour, width: f32) -> Self {
        self.border = colour.0;
        self.params[1] = width;
        self
    }

    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.params[2] = f32::from(style as u8);
        self
    }

    /// How much of the box is cut off left of its rectangle: dashes keep their place on the material.
    #[must_use]
    pub fn phase(mut self, cut: f32) -> Self {
        self.params[3] = cut;
        self
    }

    /// The pencil's circle inside a box.
    pub fn pencil(x: f32, y: f32, width: f32, height: f32, stroke: f32, colour: Colour) -> Self {
        Self::fill(x, y, width, height, colour)
            .border(Colour::CLEAR, stroke)
            .style(Style::Pencil)
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FrameUniform {
    size: [f32; 2],
    scale: f32,
    unused: f32,
}

/// Instances on the GPU, with the pipeline that draws them.
pub(crate) struct Quads {
    pipeline: wgpu::RenderPipeline,
    uniform: wgpu::Buffer,
    bind: wgpu::BindGroup,
    instances: wgpu::Buffer,
    room: usize,
}

const ATTRIBUTES: [wgpu::VertexAttribute; 4] =
    wgpu::vertex_attr_array![0 => Float32x4, 1 => Unorm8x4, 2 => Unorm8x4, 3 => Float32x4];

impl Quads {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let shader = device.create_shader_module(wgpu::include_wgsl!("quads.wgsl"));
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("quads"),
            entries: &[uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT)],
        });
        let uniform = uniform_buffer(gpu, size_of::<FrameUniform>());
        let bind = bind(gpu, "quads", &layout, &[uniform.as_entire_binding()]);
        let buffers = wgpu::VertexBufferLayout {
            array_stride: size_of::<Quad>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &ATTRIBUTES,
        };
        let pipeline = strip_pipeline(gpu, "quads", &shader, &layout, &[Some(buffers)], format);
        let room = 256;
        Self {
            pipeline,
            uniform,
            bind,
            instances: instance_buffer(gpu, room),
            room,
        }
    }

    pub fn upload(&mut self, gpu: &Gpu, size: (u32, u32), scale: f32, quads: &[Quad]) {
        let frame = FrameUniform {
            size: [size.0 as f32, size.1 as f32],
            scale,
            unused: 0.0,
        };
        gpu.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&frame));
        if quads.len() > self.room {
            self.room = quads.len().next_power_of_two();
            self.instances = instance_buffer(gpu, self.room);
        }
        gpu.queue
            .write_buffer(&self.instances, 0, bytemuck::cast_slice(quads));
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, range);
    }
}

fn instance_buffer(gpu: &Gpu, room: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("quad instances"),
        size: (room * size_of::<Quad>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

pub(crate) fn uniform_buffer(gpu: &Gpu, size: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("uniform"),
        size: size as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// A texture that is written to by the processor and read by a shader.
pub(crate) fn written_texture(
    gpu: &Gpu,
    label: &str,
    size: wgpu::Extent3d,
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// A bind group of these, bound to 0 and on in their order.
pub(crate) fn bind(
    gpu: &Gpu,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    resources: &[wgpu::BindingResource<'_>],
) -> wgpu::BindGroup {
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| wgpu::BindGroupEntry {
            binding,
            resource: resource.clone(),
        })
        .collect();
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &entries,
    })
}

pub(crate) const fn uniform_entry(binding: u32, stages: wgpu::ShaderStages) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: stages,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

pub(crate) const fn texture_entry(
    binding: u32,
    sample_type: wgpu::TextureSampleType,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

pub(crate) const fn sampler_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        count: None,
    }
}

/// A pipeline of four-cornered strips with one bind group (`vs`, `fs`), blending premultiplied colour.
pub(crate) fn strip_pipeline(
    gpu: &Gpu,
    label: &str,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let pipeline_layout = gpu
        .device
        .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(layout)],
            immediate_size: 0,
        });
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(label),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: shader,
                entry_point: Some("vs"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers,
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: shader,
                entry_point: Some("fs"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
}
