use std::ffi::CString;

use super::{VideoEncoder, VideoEncoderSpec, ffi, owned_text};
use crate::Capabilities;

const DECODERS: [&str; 14] = [
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "libdav1d",
    "prores",
    "dnxhd",
    "mpeg2video",
    "mjpeg",
    "jpeg2000",
    "aac",
    "eac3",
    "opus",
    "pcm_s24le",
];

/// Asks FFmpeg what it is; opens an encoder for a moment to be sure that it works.
#[expect(unsafe_code, reason = "asks FFmpeg about itself")]
pub(crate) fn capabilities() -> Capabilities {
    super::init();
    let spec = VideoEncoderSpec {
        coding: crate::FilmCoding::default(),
        width: 320,
        height: 180,
        time_base: (1, 25),
        rate: None,
        gop_frames: 12,
        quality: 23,
        matrix: ffi::AVColorSpace::AVCOL_SPC_BT709,
        primaries: ffi::AVColorPrimaries::AVCOL_PRI_BT709,
        transfer: ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709,
    };
    let has = |name: &str| {
        // SAFETY: a NUL-terminated name; the answer is only compared with null.
        CString::new(name).is_ok_and(|n| unsafe { !ffi::avcodec_find_decoder_by_name(n.as_ptr()).is_null() })
    };
    Capabilities {
        // SAFETY: both answers are static strings.
        version: unsafe { owned_text(ffi::av_version_info()) }.unwrap_or_default(),
        // SAFETY: as above.
        licence: unsafe { owned_text(ffi::avcodec_license()) }.unwrap_or_default(),
        h264_encoder: VideoEncoder::open(&spec).ok().map(|e| e.name()),
        decoders: DECODERS.map(|name| (name, has(name))).to_vec(),
    }
}
