use std::ffi::c_int;

use super::{ffi, frame::descriptor, owned_text};

/// A pixel format by FFmpeg's number, described for people.
pub(crate) struct PixelFormat(Option<&'static ffi::AVPixFmtDescriptor>);

impl PixelFormat {
    pub(crate) fn of(format: c_int) -> Self {
        Self(descriptor(format))
    }

    /// Bits of the first component; 8 when unknown.
    pub(crate) fn bit_depth(&self) -> u8 {
        self.0.map_or(8, |d| u8::try_from(d.comp[0].depth).unwrap_or(8))
    }

    /// FFmpeg's name; empty when unknown.
    #[expect(unsafe_code, reason = "static C string")]
    pub(crate) fn name(&self) -> String {
        // SAFETY: names in FFmpeg's static table are NUL-terminated.
        self.0
            .and_then(|d| unsafe { owned_text(d.name) })
            .unwrap_or_default()
    }

    /// By how much chroma is halved: horizontal and vertical shift.
    pub(crate) fn chroma_shift(&self) -> (u8, u8) {
        self.0.map_or((0, 0), |d| (d.log2_chroma_w, d.log2_chroma_h))
    }

    /// Whether the format itself says full range (RGB, and the old `yuvj` ones).
    pub(crate) fn is_full_range(&self) -> bool {
        self.name().starts_with("yuvj") || self.is_rgb()
    }

    /// Whether it says how much of what lies behind shows through. Palettes are left out: theirs is all or nothing, and FFmpeg
    /// gives it to every one of them.
    pub(crate) fn has_alpha(&self) -> bool {
        let flag = |flag: i32| {
            self.0
                .is_some_and(|d| d.flags & u64::from(flag.cast_unsigned()) != 0)
        };
        flag(ffi::AV_PIX_FMT_FLAG_ALPHA) && !flag(ffi::AV_PIX_FMT_FLAG_PAL)
    }

    /// Whether components are red, green and blue (or a palette of them).
    pub(crate) fn is_rgb(&self) -> bool {
        let rgb = ffi::AV_PIX_FMT_FLAG_RGB | ffi::AV_PIX_FMT_FLAG_PAL;
        self.0
            .is_some_and(|d| d.flags & u64::from(rgb.cast_unsigned()) != 0)
    }
}

/// Names that say something: FFmpeg answers `unknown` or `reserved` for missing tags.
#[expect(unsafe_code, reason = "static C string")]
fn stated(name: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: the three callers pass null or static strings.
    unsafe { owned_text(name) }.filter(|n| n != "unknown" && n != "reserved" && n != "unspecified")
}

#[expect(unsafe_code, reason = "static names")]
pub(crate) fn primaries_name(value: ffi::AVColorPrimaries) -> Option<String> {
    // SAFETY: no preconditions.
    stated(unsafe { ffi::av_color_primaries_name(value) })
}

#[expect(unsafe_code, reason = "static names")]
pub(crate) fn transfer_name(value: ffi::AVColorTransferCharacteristic) -> Option<String> {
    // SAFETY: no preconditions.
    stated(unsafe { ffi::av_color_transfer_name(value) })
}

#[expect(unsafe_code, reason = "static names")]
pub(crate) fn matrix_name(value: ffi::AVColorSpace) -> Option<String> {
    // SAFETY: no preconditions.
    stated(unsafe { ffi::av_color_space_name(value) })
}

/// A channel layout in words, for example `stereo`.
#[expect(unsafe_code, reason = "describes a layout into a buffer")]
pub(crate) fn layout_name(codec: &ffi::AVCodecParameters) -> String {
    let mut text = [0 as std::ffi::c_char; 64];
    // SAFETY: the buffer is writable for its length and gets a NUL.
    unsafe {
        if ffi::av_channel_layout_describe(&raw const codec.ch_layout, text.as_mut_ptr(), text.len()) < 0 {
            return String::new();
        }
        owned_text(text.as_ptr()).unwrap_or_default()
    }
}

/// Names of the channels in their order: as their layout calls them, or by number where it does not say.
#[expect(unsafe_code, reason = "names of a layout's channels")]
pub(crate) fn channel_names(codec: &ffi::AVCodecParameters) -> Vec<String> {
    let count = codec.ch_layout.nb_channels.max(0).cast_unsigned();
    let named = |at: u32| {
        let mut text = [0 as std::ffi::c_char; 32];
        // SAFETY: a live layout; the buffer is writable for its length and gets a NUL.
        unsafe {
            let channel = ffi::av_channel_layout_channel_from_index(&raw const codec.ch_layout, at);
            if channel == ffi::AVChannel::AV_CHAN_NONE
                || ffi::av_channel_name(text.as_mut_ptr(), text.len(), channel) < 0
            {
                return None;
            }
            owned_text(text.as_ptr())
        }
    };
    (0..count)
        .map(|at| named(at).unwrap_or_else(|| (at + 1).to_string()))
        .collect()
}
