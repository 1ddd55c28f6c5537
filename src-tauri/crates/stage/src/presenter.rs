//! Where a drawn picture goes: a window's surface, or memory.

use std::time::{Duration, Instant};

use crate::error::StageError;
use crate::gpu::{Gpu, RawWindow, create_surface};
use crate::picture::Picture;

/// What a renderer draws into during one frame.
pub struct Target<'a> {
    pub(crate) view: &'a wgpu::TextureView,
    pub(crate) encoder: &'a mut wgpu::CommandEncoder,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Target<'_> {
    /// Device pixels: width, height.
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is on its way to the screen, or in memory.
    Drawn,
    /// The window is hidden: nothing was drawn, try when it shows again.
    Hidden,
    /// The window was not ready (just resized, or the system is busy): nothing was drawn, try at the next tick.
    Later,
}

/// Draws frames somewhere.
pub trait Presenter: Send {
    /// The pixel format renderers for this presenter are made for.
    fn format(&self) -> wgpu::TextureFormat;

    /// Device pixels: width, height.
    fn size(&self) -> (u32, u32);

    /// Follows the window to a new size in device pixels; does nothing when it is the same.
    ///
    /// # Errors
    /// [`StageError::Size`] for a size that cannot be drawn; the old one stays.
    fn resize(&mut self, gpu: &Gpu, width: u32, height: u32) -> Result<(), StageError>;

    /// Draws one frame with `draw` and shows it.
    ///
    /// # Errors
    /// What `draw` gives, [`StageError::DeviceLost`] and [`StageError::NoSurface`] when the window is gone.
    fn present(
        &mut self,
        gpu: &Gpu,
        draw: &mut dyn FnMut(&mut Target<'_>) -> Result<(), StageError>,
    ) -> Result<Shown, StageError>;

    /// How frames reach the eye, in words for the health strip.
    fn words(&self) -> String;
}

/// Draws into a window's surface.
#[derive(Debug)]
pub struct SurfacePresenter {
    surface: wgpu::Surface<'static>,
    window: RawWindow,
    config: wgpu::SurfaceConfiguration,
    words: String,
}

impl SurfacePresenter {
    pub(crate) fn new(
        gpu: &Gpu,
        window: RawWindow,
        surface: wgpu::Surface<'static>,
        width: u32,
        height: u32,
    ) -> Result<Self, StageError> {
        let no_surface = |cause: &str| StageError::NoSurface {
            cause: cause.to_owned(),
        };
        let (width, height) = (width.max(1), height.max(1));
        gpu.check_size(width, height)?;
        let mut config = surface
            .get_default_config(&gpu.adapter, width, height)
            .ok_or_else(|| no_surface("this adapter cannot show in this window"))?;
        let caps = surface.get_capabilities(&gpu.adapter);
        // Colours are blended as they stand on the screen, like in the page beside the stage: no conversion in the surface.
        config.format = caps
            .formats
            .iter()
            .copied()
            .find(|f| {
                matches!(
                    f,
                    wgpu::TextureFormat::Bgra8Unorm | wgpu::TextureFormat::Rgba8Unorm
                )
            })
            .ok_or_else(|| no_surface("the window offers no 8-bit format"))?;
        // Fifo does not pace everywhere (a virtual display has no blank), so the render loop keeps its own clock and the
        // surface may not block it where that can be had.
        let modes = [wgpu::PresentMode::Mailbox, wgpu::PresentMode::Fifo];
        config.present_mode = modes
            .into_iter()
            .find(|m| caps.present_modes.contains(m))
            .unwrap_or(wgpu::PresentMode::Fifo);
        config.desired_maximum_frame_latency = 1;
        surface.configure(&gpu.device, &config);
        Ok(Self {
            surface,
            window,
            config,
            words: gpu.words(),
        })
    }

    fn acquire(&mut self, gpu: &Gpu) -> Result<Result<wgpu::SurfaceTexture, Shown>, StageError> {
        use wgpu::CurrentSurfaceTexture as Current;
        for _attempt in 0..2 {
            match self.surface.get_current_texture() {
                Current::Success(texture) => return Ok(Ok(texture)),
                Current::Suboptimal(texture) => return Ok(Ok(texture)),
                Current::Occluded => return Ok(Err(Shown::Hidden)),
                Current::Timeout | Current::Validation => return Ok(Err(Shown::Later)),
                Current::Outdated => self.surface.configure(&gpu.device, &self.config),
                Current::Lost => {
                    gpu.check()?;
                    self.surface = create_surface(&gpu.instance, self.window)?;
                    self.surface.configure(&gpu.device, &self.config);
                }
            }
        }
        Ok(Err(Shown::Later))
    }
}

impl Presenter for SurfacePresenter {
    fn format(&self) -> wgpu::TextureFormat {
        self.config.format
    }

    fn size(&self) -> (u32, u32) {
        (self.config.width, self.config.height)
    }

    fn resize(&mut self, gpu: &Gpu, width: u32, height: u32) -> Result<(), StageError> {
        gpu.check_size(width, height)?;
        if (width, height) != self.size() {
            self.config.width = width;
            self.config.height = height;
            self.surface.configure(&gpu.device, &self.config);
        }
        Ok(())
    }

    fn present(
        &mut self,
        gpu: &Gpu,
        draw: &mut dyn FnMut(&mut Target<'_>) -> Result<(), StageError>,
    ) -> Result<Shown, StageError> {
        gpu.check()?;
        let texture = match self.acquire(gpu)? {
            Ok(texture) => texture,
            Err(shown) => return Ok(shown),
        };
        let view = texture
            .texture
            .create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (width, height) = self.size();
        draw(&mut Target {
            view: &view,
            encoder: &mut encoder,
            width,
            height,
        })?;
        gpu.queue.submit([encoder.finish()]);
        gpu.queue.present(texture);
        Ok(Shown::Drawn)
    }

    fn words(&self) -> String {
        self.words.clone()
    }
}

/// Draws into memory: for pictures, for tests, and for windows that take no surface (the shell puts the rows into them).
#[derive(Debug)]
pub struct OffscreenPresenter {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    buffer: wgpu::Buffer,
    stride_bytes: u32,
    words: String,
}

impl OffscreenPresenter {
    /// A memory target of `width` × `height` pixels, rows as R, G, B, A bytes.
    ///
    /// # Errors
    /// [`StageError::Size`] for a size this device cannot draw.
    pub fn new(gpu: &Gpu, width: u32, height: u32) -> Result<Self, StageError> {
        Self::with_format(gpu, width, height, wgpu::TextureFormat::Rgba8Unorm)
    }

    /// The same with rows as B, G, R, A bytes, which is what X11 windows of depth 24 take.
    ///
    /// # Errors
    /// [`StageError::Size`] for a size this device cannot draw.
    pub fn new_bgra(gpu: &Gpu, width: u32, height: u32) -> Result<Self, StageError> {
        Self::with_format(gpu, width, height, wgpu::TextureFormat::Bgra8Unorm)
    }

    fn with_format(
        gpu: &Gpu,
        width: u32,
        height: u32,
        format: wgpu::TextureFormat,
    ) -> Result<Self, StageError> {
        gpu.check_size(width, height)?;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("off-screen"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let stride_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size: u64::from(stride_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self {
            texture,
            view,
            buffer,
            stride_bytes,
            words: format!("{}, copied", gpu.words()),
        })
    }

    /// Reads the last drawn frame: `take` gets its rows and the bytes from one row to the next.
    ///
    /// # Errors
    /// [`StageError::DeviceLost`] when the device is gone.
    pub fn read<T>(&self, gpu: &Gpu, take: impl FnOnce(&[u8], usize) -> T) -> Result<T, StageError> {
        let lost = |cause: String| StageError::DeviceLost { cause };
        self.buffer.map_async(wgpu::MapMode::Read, .., |_done| {});
        gpu.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|e| lost(e.to_string()))?;
        let out = {
            let bytes = self
                .buffer
                .get_mapped_range(..)
                .map_err(|e| lost(e.to_string()))?;
            take(&bytes, self.stride_bytes as usize)
        };
        self.buffer.unmap();
        Ok(out)
    }

    /// The last drawn frame as an opaque RGBA picture.
    ///
    /// # Errors
    /// [`StageError::DeviceLost`] when the device is gone.
    pub fn picture(&self, gpu: &Gpu) -> Result<Picture, StageError> {
        let (width, height) = self.size();
        let swap = self.format() == wgpu::TextureFormat::Bgra8Unorm;
        let rgba = self.read(gpu, |bytes, stride| {
            let mut rgba = Vec::with_capacity((width * height * 4) as usize);
            for row in bytes.chunks(stride) {
                rgba.extend_from_slice(&row[..width as usize * 4]);
            }
            for pixel in rgba.chunks_exact_mut(4) {
                if swap {
                    pixel.swap(0, 2);
                }
                pixel[3] = 255;
            }
            rgba
        })?;
        Ok(Picture { width, height, rgba })
    }

    /// What was drawn last, with how opaque it is, for laying over something: colours are as they are, not premultiplied.
    ///
    /// # Errors
    /// As [`Self::picture`].
    pub(crate) fn layer(&self, gpu: &Gpu) -> Result<Picture, StageError> {
        let (width, height) = self.size();
        let swap = self.format() == wgpu::TextureFormat::Bgra8Unorm;
        let rgba = self.read(gpu, |bytes, stride| {
            let mut rgba = Vec::with_capacity((width * height * 4) as usize);
            for row in bytes.chunks(stride) {
                rgba.extend_from_slice(&row[..width as usize * 4]);
            }
            for pixel in rgba.chunks_exact_mut(4) {
                if swap {
                    pixel.swap(0, 2);
                }
                let opacity = u32::from(pixel[3]);
                for channel in &mut pixel[..3] {
                    let whole = (u32::from(*channel) * 255 + opacity / 2).checked_div(opacity);
                    *channel = u8::try_from(whole.unwrap_or(0)).unwrap_or(255);
                }
            }
            rgba
        })?;
        Ok(Picture { width, height, rgba })
    }
}

impl Presenter for OffscreenPresenter {
    fn format(&self) -> wgpu::TextureFormat {
        self.texture.format()
    }

    fn size(&self) -> (u32, u32) {
        (self.texture.width(), self.texture.height())
    }

    fn resize(&mut self, gpu: &Gpu, width: u32, height: u32) -> Result<(), StageError> {
        if (width, height) != self.size() {
            *self = Self::with_format(gpu, width, height, self.format())?;
        }
        Ok(())
    }

    fn present(
        &mut self,
        gpu: &Gpu,
        draw: &mut dyn FnMut(&mut Target<'_>) -> Result<(), StageError>,
    ) -> Result<Shown, StageError> {
        gpu.check()?;
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (width, height) = self.size();
        draw(&mut Target {
            view: &self.view,
            encoder: &mut encoder,
            width,
            height,
        })?;
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(self.stride_bytes),
                    rows_per_image: None,
                },
            },
            self.texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
        Ok(Shown::Drawn)
    }

    fn words(&self) -> String {
        self.words.clone()
    }
}

/// The render loop's clock: even ticks, none made up for, so that a slow picture delays and never bunches.
#[derive(Clone, Copy, Debug)]
pub struct FramePace {
    interval: Duration,
    next: Option<Instant>,
}

impl FramePace {
    /// Ticks `per_sec` times a second (1 to 240).
    pub fn new(per_sec: u32) -> Self {
        Self {
            interval: Duration::from_micros(1_000_000 / u64::from(per_sec.clamp(1, 240))),
            next: None,
        }
    }

    /// How long to wait before the next picture, asked when the last one is done.
    pub fn wait(&mut self, now: Instant) -> Duration {
        let due = match self.next {
            Some(next) if next > now => next,
            _late_or_first => now,
        };
        // After a stall the grid starts anew from here.
        self.next = Some(due + self.interval);
        due - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_even_and_a_stall_is_not_made_up_for() {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let mut pace = FramePace::new(50);
        assert_eq!(pace.wait(at(0)), Duration::ZERO);
        assert_eq!(pace.wait(at(5)), Duration::from_millis(15));
        assert_eq!(pace.wait(at(21)), Duration::from_millis(19));
        assert_eq!(pace.wait(at(200)), Duration::ZERO, "late: at once");
        assert_eq!(pace.wait(at(201)), Duration::from_millis(19), "and only once");
    }
}
