//! The thin, owned layer over FFmpeg's C interface: every raw pointer of the crate lives below this module, each owned by
//! one Rust value that frees it. `ffmpeg-next`'s own wrappers are not used where they lack custom IO, discard rules, side
//! data or explicit channel layouts; the bindings and constants are its own.

mod capabilities;
mod decode;
mod encode;
mod frame;
mod hardware;
mod input;
mod io;
mod names;
mod output;
mod resample;
mod scale;

use std::{
    ffi::{CStr, c_int},
    sync::Once,
};

pub(crate) use capabilities::capabilities;
pub(crate) use decode::{Decoder, Received};
pub(crate) use encode::{AudioEncoder, VideoEncoder, VideoEncoderSpec};
pub(crate) use ffmpeg_next::ffi;
pub(crate) use frame::{Frame, Packet};
pub(crate) use hardware::{Device, DeviceKind, kinds_built_in, offered};
pub(crate) use input::{Input, Kind, ReadEnd, StreamView};
pub(crate) use names::{PixelFormat, channel_names, layout_name, matrix_name, primaries_name, transfer_name};
pub(crate) use output::Output;
pub(crate) use resample::Resampler;
pub(crate) use scale::{Colour, Goal, Picture, Scaler, Source, matrix_number};

use crate::MediaError;

/// An FFmpeg error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AvError(pub c_int);

impl AvError {
    pub(crate) const EOF: Self = Self(ffi::AVERROR_EOF);
    pub(crate) const AGAIN: Self = Self(ffi::AVERROR(ffi::EAGAIN));

    /// FFmpeg's words for it.
    pub(crate) fn words(self) -> String {
        let mut text = [0 as std::ffi::c_char; 128];
        #[expect(unsafe_code, reason = "FFmpeg error text")]
        // SAFETY: the buffer is writable for its stated length and av_strerror always ends it with a NUL.
        let words = unsafe {
            ffi::av_strerror(self.0, text.as_mut_ptr(), text.len());
            CStr::from_ptr(text.as_ptr())
        };
        words.to_string_lossy().into_owned()
    }

    /// As an error of the crate.
    pub(crate) fn during(self, during: &'static str) -> MediaError {
        MediaError::Ffmpeg {
            during,
            message: self.words(),
        }
    }

    /// Whether the system had no room left.
    pub(crate) fn is_disk_full(self) -> bool {
        self.0 == ffi::AVERROR(ffi::ENOSPC)
    }
}

/// Turns FFmpeg's negative answers into errors.
pub(crate) fn check(answer: c_int) -> Result<c_int, AvError> {
    if answer < 0 {
        Err(AvError(answer))
    } else {
        Ok(answer)
    }
}

/// Owned text of a C string that may be null.
///
/// # Safety
/// `text` is null or a NUL-terminated string that lives during the call.
#[expect(unsafe_code, reason = "C strings of FFmpeg")]
pub(crate) unsafe fn owned_text(text: *const std::ffi::c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller promises a live NUL-terminated string.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

static INIT: Once = Once::new();

/// Routes FFmpeg's log into `tracing`. Called by everything that opens media; further calls do nothing.
pub(crate) fn init() {
    INIT.call_once(|| {
        #[expect(unsafe_code, reason = "FFmpeg's log is global and takes a C callback")]
        // SAFETY: the callback has FFmpeg's signature, lives for ever and does not unwind.
        unsafe {
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            ffi::av_log_set_callback(Some(log));
            // Elsewhere the va_list of the bindings differs by platform; FFmpeg is silenced instead.
            #[cfg(not(all(target_arch = "x86_64", not(windows))))]
            ffi::av_log_set_level(ffi::AV_LOG_QUIET);
        }
    });
}

/// FFmpeg's log line as a `tracing` event. Damaged media is normal here, so FFmpeg's errors are our debug lines: what
/// matters to a person comes back as a [`MediaError`].
#[expect(unsafe_code, reason = "a C callback with a va_list")]
#[cfg(all(target_arch = "x86_64", not(windows)))]
unsafe extern "C" fn log(
    avcl: *mut std::ffi::c_void,
    level: c_int,
    format: *const std::ffi::c_char,
    arguments: *mut ffi::__va_list_tag,
) {
    if level > ffi::AV_LOG_WARNING || !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let mut line = [0 as std::ffi::c_char; 512];
    let mut prefix: c_int = 1;
    // SAFETY: format and arguments come straight from FFmpeg's caller; the buffer is writable for its stated length and
    // is always NUL-terminated.
    let text = unsafe {
        ffi::av_log_format_line2(
            avcl,
            level,
            format,
            arguments,
            line.as_mut_ptr(),
            512,
            &raw mut prefix,
        );
        CStr::from_ptr(line.as_ptr())
    };
    // A subscriber may panic; that must not unwind into C.
    let text = text.to_string_lossy();
    drop(std::panic::catch_unwind(
        || tracing::debug!(target: "ffmpeg", "{}", text.trim_end()),
    ));
}
