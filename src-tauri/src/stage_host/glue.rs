//! From the decoder's words to the stage's, and from the page's to the player's.

use api::wire::FrameRange;
use media::{PixelLayout, VideoFrame};
use playback::{Act, Player};
use stage::{ChromaLayout, Matrix, PlaneData, YuvPicture};

/// The same picture for the stage; the planes are shared, not copied.
pub(super) fn picture(frame: &VideoFrame, sample_aspect: (u32, u32)) -> YuvPicture {
    let (layout, bits) = match frame.layout {
        PixelLayout::Yuv420p => (ChromaLayout::Yuv420, 8),
        PixelLayout::Yuv422p => (ChromaLayout::Yuv422, 8),
        PixelLayout::Yuv444p => (ChromaLayout::Yuv444, 8),
        PixelLayout::Yuv420p10 => (ChromaLayout::Yuv420, 10),
        PixelLayout::Yuv422p10 => (ChromaLayout::Yuv422, 10),
        PixelLayout::Yuv444p10 => (ChromaLayout::Yuv444, 10),
    };
    YuvPicture {
        width: frame.width,
        height: frame.height,
        sample_aspect,
        layout,
        bits,
        planes: frame.planes.each_ref().map(|plane| PlaneData {
            bytes: plane.data.clone(),
            stride_bytes: u32::try_from(plane.stride).unwrap_or(0),
        }),
        matrix: match frame.matrix {
            media::Matrix::Bt601 => Matrix::Bt601,
            // SMPTE 240M's weights are within a hundredth of BT.709's; the stage has no third HD matrix.
            media::Matrix::Bt709 | media::Matrix::Smpte240m => Matrix::Bt709,
            media::Matrix::Bt2020 => Matrix::Bt2020,
        },
        full_range: frame.full_range,
    }
}

/// Lets playing stay within these frames, or run to the end again.
pub(crate) fn set_loop(player: &Player, range: Option<FrameRange>) {
    player.act(Act::MarkIn(range.map(|range| range.start)));
    player.act(Act::MarkOut(range.map(|range| range.end.saturating_sub(1))));
    player.act(Act::Loop(range.is_some()));
}
