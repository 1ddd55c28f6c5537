//! Draws the traces of scopes on a graphics card.

use bytemuck::{Pod, Zeroable};

use crate::gpu::Gpu;
use crate::quads::{bind, strip_pipeline, texture_entry, uniform_buffer, uniform_entry, written_texture};
use crate::scopes::Trace;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Uniform {
    rect: [f32; 4],
    size: [f32; 2],
    pad: [f32; 2],
}

/// The trace shown, and what it is drawn with.
pub(crate) struct Traces {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    uniform: wgpu::Buffer,
    shown: Option<(wgpu::Texture, wgpu::BindGroup)>,
}

impl Traces {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let shader = gpu.device.create_shader_module(wgpu::include_wgsl!("trace.wgsl"));
        let float = wgpu::TextureSampleType::Float { filterable: true };
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("trace"),
                entries: &[
                    uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
                    texture_entry(1, float),
                ],
            });
        Self {
            pipeline: strip_pipeline(gpu, "trace", &shader, &layout, &[], format),
            layout,
            uniform: uniform_buffer(gpu, size_of::<Uniform>()),
            shown: None,
        }
    }

    /// Gives the trace to draw from now on.
    pub fn set(&mut self, gpu: &Gpu, trace: &Trace) {
        let (width, height) = trace.size;
        let size = wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        };
        let kept = self.shown.take().filter(|(texture, _)| texture.size() == size);
        let (texture, bind) = match kept {
            Some(kept) => kept,
            None => self.make(gpu, size),
        };
        gpu.queue.write_texture(
            texture.as_image_copy(),
            &trace.rgba,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 4),
                rows_per_image: None,
            },
            size,
        );
        self.shown = Some((texture, bind));
    }

    fn make(&self, gpu: &Gpu, size: wgpu::Extent3d) -> (wgpu::Texture, wgpu::BindGroup) {
        let texture = written_texture(gpu, "trace", size, wgpu::TextureFormat::Rgba8Unorm);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let resources = [
            self.uniform.as_entire_binding(),
            wgpu::BindingResource::TextureView(&view),
        ];
        let bind = bind(gpu, "trace", &self.layout, &resources);
        (texture, bind)
    }

    /// Says where it is drawn in a target of `size`.
    pub fn put(&self, gpu: &Gpu, rect: [f32; 4], size: (u32, u32)) {
        let uniform = Uniform {
            rect,
            size: [size.0 as f32, size.1 as f32],
            pad: [0.0; 2],
        };
        gpu.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some((_, bind)) = &self.shown {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, bind, &[]);
            pass.draw(0..4, 0..1);
        }
    }
}
