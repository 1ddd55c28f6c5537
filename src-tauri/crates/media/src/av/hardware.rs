//! Decoding on a graphics card: which kinds of device a codec has in this FFmpeg, and one of them opened.

use std::{
    ffi::c_int,
    ptr::{self, NonNull},
};

use super::{AvError, check, ffi};

/// A kind of device, and the pixel format its pictures have while they are on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeviceKind {
    pub kind: ffi::AVHWDeviceType,
    pub format: ffi::AVPixelFormat,
}

impl DeviceKind {
    /// FFmpeg's name of the kind, for example `vaapi`.
    #[expect(unsafe_code, reason = "static C string")]
    pub(crate) fn name(self) -> String {
        // SAFETY: null or a static NUL-terminated name.
        unsafe { super::owned_text(ffi::av_hwdevice_get_type_name(self.kind)) }.unwrap_or_default()
    }
}

/// The kinds that are tried, best first. Others that FFmpeg knows (VDPAU, DXVA2, OpenCL, Quick Sync) are older ways to the same
/// chips, or not for decoding.
const TRIED: [ffi::AVHWDeviceType; 4] = [
    ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA,
    ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI,
    ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_VIDEOTOOLBOX,
    ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_D3D11VA,
];

/// What this FFmpeg could decode a codec on, best first; whether the machine has it is another matter.
#[expect(unsafe_code, reason = "FFmpeg's static tables")]
pub(crate) fn offered(codec: ffi::AVCodecID) -> Vec<DeviceKind> {
    // SAFETY: the codec is null or static, and so is each of its configurations.
    let of_codec: Vec<DeviceKind> = unsafe {
        let codec = ffi::avcodec_find_decoder(codec);
        if codec.is_null() {
            return Vec::new();
        }
        (0..)
            .map_while(|at: c_int| ffi::avcodec_get_hw_config(codec, at).as_ref())
            .filter(|config| config.methods & ffi::AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX as c_int != 0)
            .map(|config| DeviceKind {
                kind: config.device_type,
                format: config.pix_fmt,
            })
            .collect()
    };
    TRIED
        .iter()
        .filter_map(|kind| of_codec.iter().find(|offered| offered.kind == *kind).copied())
        .collect()
}

/// An open device.
pub(crate) struct Device(NonNull<ffi::AVBufferRef>);

#[expect(unsafe_code, reason = "a device reference has one owner")]
// SAFETY: the reference is owned by this value alone; its count is atomic.
unsafe impl Send for Device {}

#[expect(unsafe_code, reason = "owned AVBufferRef")]
impl Device {
    /// Opens the machine's usual device of a kind.
    pub(crate) fn open(kind: DeviceKind) -> Result<Self, AvError> {
        let mut device = ptr::null_mut();
        // SAFETY: the pointer is set on success only; no name and no options stand for the usual device.
        check(unsafe {
            ffi::av_hwdevice_ctx_create(&raw mut device, kind.kind, ptr::null(), ptr::null_mut(), 0)
        })?;
        NonNull::new(device)
            .map(Self)
            .ok_or(AvError(ffi::AVERROR(ffi::ENODEV)))
    }

    /// Another reference to it, to be given to a codec context, which frees it.
    pub(crate) fn share(&self) -> *mut ffi::AVBufferRef {
        // SAFETY: a live reference.
        unsafe { ffi::av_buffer_ref(self.0.as_ptr()) }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: made by av_hwdevice_ctx_create, freed once.
        unsafe {
            ffi::av_buffer_unref(&raw mut raw);
        }
    }
}

/// Chooses the device's own format where the decoder offers it, and else the first that lies in memory: then FFmpeg decodes by
/// itself, and whoever asked for the device sees it by the pictures.
#[expect(unsafe_code, reason = "a C callback")]
pub(crate) unsafe extern "C" fn choose_format(
    context: *mut ffi::AVCodecContext,
    formats: *const ffi::AVPixelFormat,
) -> ffi::AVPixelFormat {
    // SAFETY: FFmpeg gives a live context whose opaque value is the format wanted, and a list that ends with NONE.
    unsafe {
        let wanted = (*context).opaque as usize;
        let list = (0..).map(|at| *formats.add(at));
        let mut software = ffi::AVPixelFormat::AV_PIX_FMT_NONE;
        for format in list.take_while(|format| *format != ffi::AVPixelFormat::AV_PIX_FMT_NONE) {
            if format as usize == wanted {
                return format;
            }
            let on_device = super::frame::descriptor(format as c_int)
                .is_some_and(|d| d.flags & u64::from(ffi::AV_PIX_FMT_FLAG_HWACCEL.cast_unsigned()) != 0);
            if software == ffi::AVPixelFormat::AV_PIX_FMT_NONE && !on_device {
                software = format;
            }
        }
        software
    }
}

/// The names of the kinds that this FFmpeg was built with, of those that are tried.
#[expect(unsafe_code, reason = "FFmpeg's static tables")]
pub(crate) fn kinds_built_in() -> Vec<(String, bool)> {
    let mut kind = ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_NONE;
    let mut built_in = Vec::new();
    loop {
        // SAFETY: no preconditions; the list ends with NONE.
        kind = unsafe { ffi::av_hwdevice_iterate_types(kind) };
        if kind == ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_NONE {
            break;
        }
        built_in.push(kind);
    }
    TRIED
        .iter()
        .filter(|kind| built_in.contains(kind))
        .map(|kind| {
            let kind = DeviceKind {
                kind: *kind,
                format: ffi::AVPixelFormat::AV_PIX_FMT_NONE,
            };
            (kind.name(), Device::open(kind).is_ok())
        })
        .collect()
}
