//! Which graphics adapter draws, chosen when the program runs.

use std::fmt;
use std::sync::{Arc, Mutex};

use wgpu::rwh::{DisplayHandle, HandleError, HasDisplayHandle, RawDisplayHandle, RawWindowHandle};

use crate::error::StageError;
use crate::presenter::SurfacePresenter;

/// The programming interface an adapter is driven through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Vulkan.
    Vulkan,
    /// Metal.
    Metal,
    /// Direct3D 12.
    Dx12,
    /// OpenGL.
    Gl,
}

impl Backend {
    const ORDER: [Self; 4] = [Self::Vulkan, Self::Metal, Self::Dx12, Self::Gl];

    const fn flag(self) -> wgpu::Backends {
        match self {
            Self::Vulkan => wgpu::Backends::VULKAN,
            Self::Metal => wgpu::Backends::METAL,
            Self::Dx12 => wgpu::Backends::DX12,
            Self::Gl => wgpu::Backends::GL,
        }
    }

    const fn of(backend: wgpu::Backend) -> Self {
        match backend {
            wgpu::Backend::Metal => Self::Metal,
            wgpu::Backend::Dx12 => Self::Dx12,
            wgpu::Backend::Gl => Self::Gl,
            _ => Self::Vulkan,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vulkan => "Vulkan",
            Self::Metal => "Metal",
            Self::Dx12 => "Direct3D 12",
            Self::Gl => "OpenGL",
        })
    }
}

/// Which adapter is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Want {
    /// The best there is: hardware before software, then Vulkan, Metal, Direct3D 12, OpenGL.
    #[default]
    Best,
    /// Only this interface.
    Only(Backend),
}

/// The native handles of a window to draw into.
#[derive(Clone, Copy, Debug)]
pub struct RawWindow {
    display: RawDisplayHandle,
    window: RawWindowHandle,
    /// The Metal layer to draw on, where the window's own may not be touched from this thread.
    #[cfg(target_os = "macos")]
    layer: Option<std::ptr::NonNull<std::ffi::c_void>>,
}

#[expect(unsafe_code, reason = "native handles are plain addresses")]
// SAFETY: the maker of a RawWindow promises that the handles may be used from any one thread (see `new`).
unsafe impl Send for RawWindow {}
#[expect(unsafe_code, reason = "native handles are plain addresses")]
// SAFETY: nothing is reachable through a shared reference except the addresses themselves.
unsafe impl Sync for RawWindow {}

impl RawWindow {
    /// Handles of a window, for [`Gpu::for_window`] and [`Gpu::present_on`].
    ///
    /// # Safety
    /// Both handles are valid, stay valid until every presenter and [`Gpu`] made from them is dropped, and may be used from the
    /// thread that draws (an XCB connection of its own, for example).
    #[expect(unsafe_code, reason = "the caller vouches for native handles")]
    pub const unsafe fn new(display: RawDisplayHandle, window: RawWindowHandle) -> Self {
        Self {
            display,
            window,
            #[cfg(target_os = "macos")]
            layer: None,
        }
    }

    /// Draws on this `CAMetalLayer` of the window.
    ///
    /// # Safety
    /// As for [`Self::new`]: the layer stays valid until everything made from it is dropped.
    #[cfg(target_os = "macos")]
    #[must_use]
    #[expect(unsafe_code, reason = "the caller vouches for the layer")]
    pub const unsafe fn with_layer(self, layer: std::ptr::NonNull<std::ffi::c_void>) -> Self {
        Self {
            layer: Some(layer),
            ..self
        }
    }
}

impl HasDisplayHandle for RawWindow {
    #[expect(unsafe_code, reason = "lends the vouched-for handle on")]
    fn display_handle(&self) -> Result<DisplayHandle<'_>, HandleError> {
        // SAFETY: valid for as long as anything made from this value lives, as promised to `new`.
        Ok(unsafe { DisplayHandle::borrow_raw(self.display) })
    }
}

/// A graphics device and what it was chosen from. Cheap to share; all drawing takes it by reference.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub(crate) instance: wgpu::Instance,
    pub(crate) adapter: wgpu::Adapter,
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    lost: Arc<Mutex<Option<String>>>,
}

impl Gpu {
    /// A device for drawing off-screen.
    ///
    /// # Errors
    /// [`StageError::NoAdapter`] when this machine has none of the wanted kind, [`StageError::NoDevice`] when it gives no device.
    pub fn new(want: Want) -> Result<Self, StageError> {
        let kinds: Vec<Backend> = match want {
            Want::Best => Backend::ORDER.to_vec(),
            Want::Only(backend) => vec![backend],
        };
        let mut found: Vec<(wgpu::Instance, wgpu::Adapter)> = Vec::new();
        for kind in &kinds {
            let mut options = wgpu::InstanceDescriptor::new_without_display_handle();
            options.backends = kind.flag();
            let instance = wgpu::Instance::new(options);
            let adapters = pollster::block_on(instance.enumerate_adapters(kind.flag()));
            found.extend(adapters.into_iter().map(|a| (instance.clone(), a)));
            // A hardware adapter of a better kind ends the search: probing OpenGL costs time and may upset drivers.
            if found.iter().any(|(_, a)| is_hardware(a)) {
                break;
            }
        }
        let best = found.into_iter().min_by_key(|(_, adapter)| rank(adapter));
        let (instance, adapter) = best.ok_or_else(|| no_adapter(&kinds))?;
        Self::open(instance, adapter)
    }

    /// A device that can draw into this window, and the presenter that does, `width` × `height` device pixels.
    ///
    /// # Errors
    /// As [`Gpu::new`], and [`StageError::NoSurface`] when the window takes no surface: then draw off-screen and let the shell
    /// put the rows into the window.
    pub fn for_window(
        window: RawWindow,
        want: Want,
        width: u32,
        height: u32,
    ) -> Result<(Self, SurfacePresenter), StageError> {
        let kinds: Vec<Backend> = match want {
            Want::Best => Backend::ORDER.to_vec(),
            Want::Only(backend) => vec![backend],
        };
        let mut options = wgpu::InstanceDescriptor::new_with_display_handle(Box::new(window));
        options.backends = kinds
            .iter()
            .map(|k| k.flag())
            .fold(wgpu::Backends::empty(), |a, b| a | b);
        let backends = options.backends;
        let instance = wgpu::Instance::new(options);
        let surface = create_surface(&instance, window)?;
        let adapters = pollster::block_on(instance.enumerate_adapters(backends));
        let best = adapters
            .into_iter()
            .filter(|a| a.is_surface_supported(&surface))
            .min_by_key(rank)
            .ok_or_else(|| no_adapter(&kinds))?;
        let gpu = Self::open(instance, best)?;
        let presenter = SurfacePresenter::new(&gpu, window, surface, width, height)?;
        Ok((gpu, presenter))
    }

    /// A presenter for one more window of the same display.
    ///
    /// # Errors
    /// [`StageError::NoSurface`] when the window takes no surface from this device.
    pub fn present_on(
        &self,
        window: RawWindow,
        width: u32,
        height: u32,
    ) -> Result<SurfacePresenter, StageError> {
        let surface = create_surface(&self.instance, window)?;
        SurfacePresenter::new(self, window, surface, width, height)
    }

    fn open(instance: wgpu::Instance, adapter: wgpu::Adapter) -> Result<Self, StageError> {
        let name = adapter.get_info().name;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("stage"),
            required_features: wgpu::Features::empty(),
            required_limits: wgpu::Limits::downlevel_defaults().using_resolution(adapter.limits()),
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            trace: wgpu::Trace::Off,
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&descriptor)).map_err(|e| StageError::NoDevice {
                adapter: name.clone(),
                cause: e.to_string(),
            })?;
        let lost = Arc::new(Mutex::new(None));
        let told = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, words| {
            if reason != wgpu::DeviceLostReason::Destroyed
                && let Ok(mut told) = told.lock()
            {
                *told = Some(words);
            }
        });
        // The library's default is to end the program on a validation error; a wrong frame is the smaller harm.
        device.on_uncaptured_error(Arc::new(|error| tracing::error!(%error, "drawing failed")));
        tracing::info!(adapter = name, backend = ?adapter.get_info().backend, "the stage draws with");
        Ok(Self {
            instance,
            adapter,
            device,
            queue,
            lost,
        })
    }

    /// The interface in use.
    pub fn backend(&self) -> Backend {
        Backend::of(self.adapter.get_info().backend)
    }

    /// Whether the processor draws instead of a graphics card.
    pub fn is_software(&self) -> bool {
        !is_hardware(&self.adapter)
    }

    /// What draws, in words for the health strip and the doctor: `Vulkan, NVIDIA RTX A4000` or `Vulkan, llvmpipe (software)`.
    pub fn words(&self) -> String {
        let name = self.adapter.get_info().name;
        // Software rasterisers add their compiler's version and vector width, which nobody needs on a strip.
        let short = name.split(" (LLVM").next().unwrap_or(&name);
        let software = if self.is_software() { " (software)" } else { "" };
        format!("{}, {short}{software}", self.backend())
    }

    /// The adapter's driver in words, for the doctor.
    pub fn driver_words(&self) -> String {
        let info = self.adapter.get_info();
        format!("{} {} {}", info.name, info.driver, info.driver_info)
            .trim()
            .to_owned()
    }

    /// Longest side of a picture this device draws, in pixels.
    pub fn longest_side(&self) -> u32 {
        self.device.limits().max_texture_dimension_2d
    }

    /// Whether the device still works.
    ///
    /// # Errors
    /// [`StageError::DeviceLost`] when the driver was reset: make a new one.
    pub fn check(&self) -> Result<(), StageError> {
        let lost = self.lost.lock().map(|l| l.clone()).unwrap_or(None);
        lost.map_or(Ok(()), |cause| Err(StageError::DeviceLost { cause }))
    }

    /// Breaks the device, as a driver's reset does, so that what follows can be tried: whatever draws with it from now on answers
    /// [`StageError::DeviceLost`].
    pub fn lose(&self) {
        if let Ok(mut lost) = self.lost.lock() {
            *lost = Some("broken on purpose".to_owned());
        }
        self.device.destroy();
    }

    pub(crate) fn check_size(&self, width: u32, height: u32) -> Result<(), StageError> {
        let most = self.longest_side();
        if width == 0 || height == 0 || width > most || height > most {
            return Err(StageError::Size { width, height });
        }
        Ok(())
    }
}

#[expect(unsafe_code, reason = "a surface can only be made from raw handles")]
pub(crate) fn create_surface(
    instance: &wgpu::Instance,
    window: RawWindow,
) -> Result<wgpu::Surface<'static>, StageError> {
    let target = wgpu::SurfaceTargetUnsafe::RawHandle {
        raw_display_handle: Some(window.display),
        raw_window_handle: window.window,
    };
    #[cfg(target_os = "macos")]
    let target = match window.layer {
        Some(layer) => wgpu::SurfaceTargetUnsafe::CoreAnimationLayer(layer.as_ptr()),
        None => target,
    };
    // SAFETY: whoever made the RawWindow promised that both handles outlive what is made from them.
    unsafe { instance.create_surface_unsafe(target) }
        .map_err(|e| StageError::NoSurface { cause: e.to_string() })
}

fn is_hardware(adapter: &wgpu::Adapter) -> bool {
    adapter.get_info().device_type != wgpu::DeviceType::Cpu
}

/// Lower is better.
fn rank(adapter: &wgpu::Adapter) -> (u8, u8) {
    let info = adapter.get_info();
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    let order = Backend::ORDER
        .iter()
        .position(|&b| b == Backend::of(info.backend))
        .unwrap_or(4) as u8;
    // OpenGL reports no device type for many real cards, so the interface decides before the kind does, except for software.
    if kind == 4 {
        (1, order)
    } else {
        (0, order * 8 + kind)
    }
}

fn no_adapter(kinds: &[Backend]) -> StageError {
    let tried: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    StageError::NoAdapter {
        tried: tried.join(", "),
    }
}
