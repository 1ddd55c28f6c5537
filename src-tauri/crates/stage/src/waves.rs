//! Draws the waveform: columns are computed here, the shader only looks them up.

use bytemuck::{Pod, Zeroable};

use crate::gpu::Gpu;
use crate::quads::{bind, strip_pipeline, texture_entry, uniform_buffer, uniform_entry, written_texture};
use crate::theme::{Colour, Palette};
use crate::view::TimelineView;
use crate::waveform::{MOST_CHANNELS, WaveBucket, Waveform, columns};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct BandUniform {
    rect: [f32; 4],
    peak: [f32; 4],
    rms: [f32; 4],
    size: [f32; 2],
    first: f32,
    channels: f32,
}

/// Where the wave goes, device pixels.
pub(crate) struct WavePlace {
    pub rect: [f32; 4],
    pub target: (u32, u32),
}

pub(crate) struct Waves {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    uniform: wgpu::Buffer,
    texture: Option<(wgpu::Texture, wgpu::BindGroup)>,
    buckets: Vec<WaveBucket>,
    texels: Vec<[i16; 4]>,
    shown: bool,
}

impl Waves {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let shader = gpu.device.create_shader_module(wgpu::include_wgsl!("waves.wgsl"));
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("waves"),
                entries: &[
                    uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
                    texture_entry(1, wgpu::TextureSampleType::Sint),
                ],
            });
        let pipeline = strip_pipeline(gpu, "waves", &shader, &layout, &[], format);
        let uniform = uniform_buffer(gpu, size_of::<BandUniform>());
        Self {
            pipeline,
            layout,
            uniform,
            texture: None,
            buckets: Vec::new(),
            texels: Vec::new(),
            shown: false,
        }
    }

    pub fn hide(&mut self) {
        self.shown = false;
    }

    pub fn prepare(
        &mut self,
        gpu: &Gpu,
        wave: &Waveform,
        view: &TimelineView,
        palette: &Palette,
        place: &WavePlace,
    ) {
        let channels = wave.shown_channels();
        let wide = place.rect[2].max(0.0) as usize;
        self.shown = channels > 0 && wide > 0;
        let column_secs = 1.0 / (view.px_per_sec * view.scale);
        let Some(level) = wave.level_for(column_secs * f64::from(wave.sample_rate)) else {
            self.shown = false;
            return;
        };
        // Columns stand on a grid of absolute time, the picture is at most half a device pixel off.
        let first = (view.start_secs / column_secs).round() as i64;
        let width = wide.next_multiple_of(64);
        self.buckets.resize(width, WaveBucket::default());
        self.texels.clear();
        for channel in 0..channels {
            columns(
                level,
                wave.sample_rate,
                wave.offset,
                first,
                column_secs,
                channel,
                &mut self.buckets,
            );
            let texel = |b: &WaveBucket| [b.min, b.max, b.rms.min(i16::MAX as u16) as i16, 0];
            self.texels.extend(self.buckets.iter().map(texel));
        }
        let linear = |c: Colour| c.0.map(|v| f32::from(v) / 255.0);
        let uniform = BandUniform {
            rect: place.rect,
            peak: linear(palette.wave_peak),
            rms: linear(palette.wave_rms),
            size: [place.target.0 as f32, place.target.1 as f32],
            first: 0.0,
            channels: channels as f32,
        };
        gpu.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
        self.upload(gpu, width as u32, channels as u32);
    }

    fn upload(&mut self, gpu: &Gpu, width: u32, channels: u32) {
        if self.texture.as_ref().is_none_or(|(t, _)| t.width() < width) {
            self.texture = Some(self.make_texture(gpu, width));
        }
        let Some((texture, _)) = &self.texture else { return };
        gpu.queue.write_texture(
            texture.as_image_copy(),
            bytemuck::cast_slice(&self.texels),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 8),
                rows_per_image: None,
            },
            wgpu::Extent3d {
                width,
                height: channels,
                depth_or_array_layers: 1,
            },
        );
    }

    fn make_texture(&self, gpu: &Gpu, width: u32) -> (wgpu::Texture, wgpu::BindGroup) {
        let size = wgpu::Extent3d {
            width,
            height: MOST_CHANNELS as u32,
            depth_or_array_layers: 1,
        };
        let texture = written_texture(gpu, "wave columns", size, wgpu::TextureFormat::Rgba16Sint);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let resources = [
            self.uniform.as_entire_binding(),
            wgpu::BindingResource::TextureView(&view),
        ];
        let bind = bind(gpu, "waves", &self.layout, &resources);
        (texture, bind)
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let Some((_, bind)) = self.texture.as_ref().filter(|_| self.shown) else {
            return;
        };
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bind, &[]);
        pass.draw(0..4, 0..1);
    }
}
