//! From a decoder's frame, whatever its pixel format, to one of the few layouts the rest of the program reads.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    ChromaSite, FieldOrder, Matrix, MediaError, PixelLayout, Plane, Transfer, Turn, VideoFrame, alpha,
    av::{AvError, Colour, Frame, Picture, PixelFormat, Scaler, Source, ffi},
};

/// FFmpeg's pixel format of a layout.
pub(crate) fn format_of(layout: PixelLayout) -> ffi::AVPixelFormat {
    match layout {
        PixelLayout::Yuv420p => ffi::AVPixelFormat::AV_PIX_FMT_YUV420P,
        PixelLayout::Yuv422p => ffi::AVPixelFormat::AV_PIX_FMT_YUV422P,
        PixelLayout::Yuv444p => ffi::AVPixelFormat::AV_PIX_FMT_YUV444P,
        PixelLayout::Yuv420p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUV420P10LE,
        PixelLayout::Yuv422p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUV422P10LE,
        PixelLayout::Yuv444p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUV444P10LE,
        PixelLayout::Yuv420p12 => ffi::AVPixelFormat::AV_PIX_FMT_YUV420P12LE,
        PixelLayout::Yuv422p12 => ffi::AVPixelFormat::AV_PIX_FMT_YUV422P12LE,
        PixelLayout::Yuv444p12 => ffi::AVPixelFormat::AV_PIX_FMT_YUV444P12LE,
    }
}

/// swscale's number of a matrix.
pub(crate) fn matrix_code(matrix: Matrix) -> i32 {
    match matrix {
        Matrix::Bt601 => ffi::SWS_CS_ITU601,
        Matrix::Bt709 => ffi::SWS_CS_ITU709,
        Matrix::Smpte240m => ffi::SWS_CS_SMPTE240M,
        Matrix::Bt2020 => ffi::SWS_CS_BT2020,
    }
}

fn matrix_of(code: i32) -> Matrix {
    match code {
        ffi::SWS_CS_ITU709 => Matrix::Bt709,
        ffi::SWS_CS_SMPTE240M => Matrix::Smpte240m,
        ffi::SWS_CS_BT2020 => Matrix::Bt2020,
        _ => Matrix::Bt601,
    }
}

/// The layout a pixel format is taken over as without loss, and whether it is that layout already.
fn layout_for(name: &str, format: &PixelFormat) -> (PixelLayout, bool) {
    match name {
        _ if format.has_alpha() => (with_alpha(format).0, false),
        "yuv420p" | "yuvj420p" => (PixelLayout::Yuv420p, true),
        "yuv422p" | "yuvj422p" => (PixelLayout::Yuv422p, true),
        "yuv444p" | "yuvj444p" => (PixelLayout::Yuv444p, true),
        "yuv420p10le" => (PixelLayout::Yuv420p10, true),
        "yuv422p10le" => (PixelLayout::Yuv422p10, true),
        "yuv444p10le" => (PixelLayout::Yuv444p10, true),
        "yuv420p12le" => (PixelLayout::Yuv420p12, true),
        "yuv422p12le" => (PixelLayout::Yuv422p12, true),
        "yuv444p12le" => (PixelLayout::Yuv444p12, true),
        _ => (layout_of(format), false),
    }
}

/// The layout that keeps most of a pixel format: of more than 12 bits it keeps 12.
fn layout_of(format: &PixelFormat) -> PixelLayout {
    let shift = if format.is_rgb() {
        (0, 0)
    } else {
        format.chroma_shift()
    };
    match (shift, format.bit_depth()) {
        ((0, 0), ..=8) => PixelLayout::Yuv444p,
        ((0, 0), ..=10) => PixelLayout::Yuv444p10,
        ((0, 0), _) => PixelLayout::Yuv444p12,
        ((_, 0), ..=8) => PixelLayout::Yuv422p,
        ((_, 0), ..=10) => PixelLayout::Yuv422p10,
        ((_, 0), _) => PixelLayout::Yuv422p12,
        (_, ..=8) => PixelLayout::Yuv420p,
        (_, ..=10) => PixelLayout::Yuv420p10,
        (_, _) => PixelLayout::Yuv420p12,
    }
}

/// The layout in which a picture with alpha is laid over black, and the same with alpha as a fourth plane.
fn with_alpha(format: &PixelFormat) -> (PixelLayout, ffi::AVPixelFormat) {
    let layout = match layout_of(format) {
        // FFmpeg has no format of this kind with alpha.
        PixelLayout::Yuv420p12 => PixelLayout::Yuv422p12,
        layout => layout,
    };
    let clear = match layout {
        PixelLayout::Yuv420p => ffi::AVPixelFormat::AV_PIX_FMT_YUVA420P,
        PixelLayout::Yuv422p => ffi::AVPixelFormat::AV_PIX_FMT_YUVA422P,
        PixelLayout::Yuv444p => ffi::AVPixelFormat::AV_PIX_FMT_YUVA444P,
        PixelLayout::Yuv420p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUVA420P10LE,
        PixelLayout::Yuv422p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUVA422P10LE,
        PixelLayout::Yuv444p10 => ffi::AVPixelFormat::AV_PIX_FMT_YUVA444P10LE,
        PixelLayout::Yuv420p12 | PixelLayout::Yuv422p12 => ffi::AVPixelFormat::AV_PIX_FMT_YUVA422P12LE,
        PixelLayout::Yuv444p12 => ffi::AVPixelFormat::AV_PIX_FMT_YUVA444P12LE,
    };
    (layout, clear)
}

/// What a frame's components mean once it is one of our layouts: RGB becomes full-range BT.709.
pub(crate) fn colour_of(frame: &Frame, format: &PixelFormat) -> Colour {
    if format.is_rgb() {
        Colour {
            full_range: true,
            ..Colour::BT709
        }
    } else {
        Colour::of(frame)
    }
}

/// A picture with alpha as it looks over black, in the layout that keeps most of it; nothing for a picture without.
pub(crate) fn over_black(frame: &Frame, scaler: &mut Scaler) -> Result<Option<Frame>, AvError> {
    let format = PixelFormat::of(frame.format());
    if !format.has_alpha() {
        return Ok(None);
    }
    let ((layout, with_alpha), colour) = (with_alpha(&format), colour_of(frame, &format));
    let (width, height) = (frame.width(), frame.height());
    let mut clear = Frame::picture(width, height, with_alpha)?;
    scaler.scale(Source::frame(frame, Picture::Whole), colour, &mut clear, colour)?;
    let mut solid = Frame::picture(width, height, format_of(layout))?;
    alpha::lay_over_black(&clear, &mut solid, layout, colour.full_range);
    solid.copy_properties(frame)?;
    Ok(Some(solid))
}

fn shift_of(format: &PixelFormat) -> (u32, u32) {
    let (across, down) = format.chroma_shift();
    (across.into(), down.into())
}

/// Where a frame's chroma lies; on the left where nothing is said, as in MPEG-2 and everything after it.
fn chroma_site(frame: &Frame) -> ChromaSite {
    match frame.chroma_location() {
        ffi::AVChromaLocation::AVCHROMA_LOC_CENTER => ChromaSite::CENTRE,
        ffi::AVChromaLocation::AVCHROMA_LOC_TOPLEFT => ChromaSite::TOP_LEFT,
        ffi::AVChromaLocation::AVCHROMA_LOC_TOP => ChromaSite {
            across_halves: 1,
            down_halves: 0,
        },
        ffi::AVChromaLocation::AVCHROMA_LOC_BOTTOMLEFT => ChromaSite {
            across_halves: 0,
            down_halves: 2,
        },
        ffi::AVChromaLocation::AVCHROMA_LOC_BOTTOM => ChromaSite {
            across_halves: 1,
            down_halves: 2,
        },
        _ => ChromaSite::LEFT,
    }
}

/// One plane of a decoder's picture, kept by whoever looks at it.
struct DecodedPlane {
    frame: Arc<Frame>,
    plane: usize,
}

impl AsRef<[u8]> for DecodedPlane {
    fn as_ref(&self) -> &[u8] {
        self.frame.plane(self.plane)
    }
}

/// Takes a decoded frame over; the samples are shared with the decoder, which never writes a picture it has given out. Formats of other
/// depths or orders are converted by swscale: RGB becomes full-range BT.709, and what lets something through is laid over black.
pub(crate) fn video_frame(number: u64, frame: &Frame, scaler: &mut Scaler) -> Result<VideoFrame, MediaError> {
    let during = "taking a picture over";
    let format = PixelFormat::of(frame.format());
    let name = format.name();
    let (layout, as_is) = layout_for(&name, &format);
    let colour = colour_of(frame, &format);
    let (width, height) = (frame.width(), frame.height());
    let flat = over_black(frame, scaler).map_err(|e| e.during(during))?;
    let converted = if flat.is_some() {
        flat
    } else if as_is && (0..3).all(|n| frame.stride(n) > 0) {
        None
    } else {
        let mut target = Frame::picture(width, height, format_of(layout)).map_err(|e| e.during(during))?;
        let source = Source::frame(frame, Picture::Whole);
        scaler
            .scale(source, colour, &mut target, colour)
            .map_err(|e| e.during(during))?;
        Some(target)
    };
    let from = match converted {
        Some(converted) => converted,
        None => frame.share().map_err(|e| e.during(during))?,
    };
    let from = Arc::new(from);
    let planes = std::array::from_fn(|n| Plane {
        data: Bytes::from_owner(DecodedPlane {
            frame: Arc::clone(&from),
            plane: n,
        }),
        stride: usize::try_from(from.stride(n)).unwrap_or(0),
    });
    Ok(VideoFrame {
        number,
        width,
        height,
        layout,
        planes,
        matrix: matrix_of(colour.matrix),
        full_range: colour.full_range,
        transfer: match crate::probe::hdr(frame.transfer()) {
            Some(crate::Hdr::Pq) => Transfer::Pq,
            Some(crate::Hdr::Hlg) => Transfer::Hlg,
            None => Transfer::Sdr,
        },
        wide_primaries: frame.primaries() == ffi::AVColorPrimaries::AVCOL_PRI_BT2020,
        // Where there is as much chroma as before it stays where it was, whatever else is another order or depth.
        chroma_site: if !format.is_rgb() && shift_of(&format) == layout.chroma_shift() {
            chroma_site(frame)
        } else {
            ChromaSite::LEFT
        },
        fields: match (frame.is_interlaced() && height >= 4, frame.top_field_first()) {
            (false, _) => FieldOrder::Progressive,
            (true, true) => FieldOrder::TopFirst,
            (true, false) => FieldOrder::BottomFirst,
        },
        turn: Turn::default(),
        sample_aspect: (1, 1),
        corrupt: frame.is_corrupt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "a decoder says where chroma lies in the frame itself")]
    fn chroma_stays_where_it_lies_unless_there_is_more_or_less_of_it() {
        use ffi::AVPixelFormat::{
            AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV410P, AV_PIX_FMT_YUV420P,
            AV_PIX_FMT_YUV420P12LE,
        };
        for (format, site) in [
            (AV_PIX_FMT_YUV420P, ChromaSite::TOP_LEFT),
            (AV_PIX_FMT_NV12, ChromaSite::TOP_LEFT),
            (AV_PIX_FMT_P010LE, ChromaSite::TOP_LEFT),
            (AV_PIX_FMT_YUV420P12LE, ChromaSite::TOP_LEFT),
            (AV_PIX_FMT_YUV410P, ChromaSite::LEFT),
        ] {
            let mut frame = Frame::picture(64, 32, format).unwrap();
            // SAFETY: a frame of our own.
            unsafe {
                (*frame.as_mut_ptr()).chroma_location = ffi::AVChromaLocation::AVCHROMA_LOC_TOPLEFT;
            }
            let taken = video_frame(0, &frame, &mut Scaler::exact()).unwrap();
            assert_eq!(taken.chroma_site, site, "{format:?}");
        }
    }
}
