//! From a decoder's frame, whatever its pixel format, to one of the few layouts the rest of the program reads.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    Matrix, MediaError, PixelLayout, Plane, Transfer, VideoFrame,
    av::{Colour, Frame, Picture, PixelFormat, Scaler, Source, ffi},
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
        "yuv420p" | "yuvj420p" => (PixelLayout::Yuv420p, true),
        "yuv422p" | "yuvj422p" => (PixelLayout::Yuv422p, true),
        "yuv444p" | "yuvj444p" => (PixelLayout::Yuv444p, true),
        "yuv420p10le" => (PixelLayout::Yuv420p10, true),
        "yuv422p10le" => (PixelLayout::Yuv422p10, true),
        "yuv444p10le" => (PixelLayout::Yuv444p10, true),
        _ => {
            let deep = format.bit_depth() > 8;
            let layout = match (
                format.is_rgb() || format.chroma_shift() == (0, 0),
                format.chroma_shift(),
            ) {
                (true, _) if deep => PixelLayout::Yuv444p10,
                (true, _) => PixelLayout::Yuv444p,
                (false, (_, 0)) if deep => PixelLayout::Yuv422p10,
                (false, (_, 0)) => PixelLayout::Yuv422p,
                _ if deep => PixelLayout::Yuv420p10,
                _ => PixelLayout::Yuv420p,
            };
            (layout, false)
        }
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

/// Takes a decoded frame over; the samples are shared with the decoder, which never writes a picture it has given out. Formats of other depths or orders are converted by swscale: RGB becomes full-range BT.709.
pub(crate) fn video_frame(number: u64, frame: &Frame, scaler: &mut Scaler) -> Result<VideoFrame, MediaError> {
    let during = "taking a picture over";
    let format = PixelFormat::of(frame.format());
    let name = format.name();
    let (layout, as_is) = layout_for(&name, &format);
    let mut colour = Colour::of(frame);
    if format.is_rgb() {
        colour = Colour {
            full_range: true,
            ..Colour::BT709
        };
    }
    let (width, height) = (frame.width(), frame.height());
    let converted = if as_is && (0..3).all(|n| frame.stride(n) > 0) {
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
        corrupt: frame.is_corrupt(),
    })
}
