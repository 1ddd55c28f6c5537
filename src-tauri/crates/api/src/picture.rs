//! From the decoder's words to the stage's.

use media::{PixelLayout, VideoFrame};
use stage::{ChromaLayout, Matrix, PictureLook, PlaneData, Transfer, Turn, YuvPicture};

/// A decoded picture for the stage; the planes are shared, not copied.
pub fn stage_picture(frame: &VideoFrame) -> YuvPicture {
    let layout = match frame.layout {
        PixelLayout::Yuv420p | PixelLayout::Yuv420p10 | PixelLayout::Yuv420p12 => ChromaLayout::Yuv420,
        PixelLayout::Yuv422p | PixelLayout::Yuv422p10 | PixelLayout::Yuv422p12 => ChromaLayout::Yuv422,
        PixelLayout::Yuv444p | PixelLayout::Yuv444p10 | PixelLayout::Yuv444p12 => ChromaLayout::Yuv444,
    };
    YuvPicture {
        width: frame.width,
        height: frame.height,
        sample_aspect: frame.sample_aspect,
        layout,
        bits: frame.layout.bits(),
        planes: frame.planes.each_ref().map(|plane| PlaneData {
            bytes: plane.data.clone(),
            stride_bytes: u32::try_from(plane.stride).unwrap_or(u32::MAX),
        }),
        matrix: match frame.matrix {
            media::Matrix::Bt601 => Matrix::Bt601,
            media::Matrix::Bt709 => Matrix::Bt709,
            media::Matrix::Smpte240m => Matrix::Smpte240m,
            media::Matrix::Bt2020 => Matrix::Bt2020,
        },
        full_range: frame.full_range,
        look: PictureLook {
            chroma_halves: (frame.chroma_site.across_halves, frame.chroma_site.down_halves),
            transfer: match frame.transfer {
                media::Transfer::Sdr => Transfer::Sdr,
                media::Transfer::Pq => Transfer::Pq,
                media::Transfer::Hlg => Transfer::Hlg,
            },
            wide_primaries: frame.wide_primaries,
            turn: Turn {
                quarters: frame.turn.quarters,
                mirrored: frame.turn.mirrored,
            },
        },
    }
}
