//! From the decoder's words to the stage's, and from the page's to the player's.

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

/// Brings the player to a shuttle speed by its own ladder (1, 2, 4, 8 both ways); 0 stands still.
pub(crate) fn shuttle(player: &Player, wanted: i8) {
    if wanted == 0 {
        player.act(Act::Pause);
        return;
    }
    // From -8 to 8 there are eight steps; the ladder is walked, not jumped, because it is the player's.
    for _step in 0..8 {
        let speed = player.facts().speed;
        if speed == wanted {
            return;
        }
        player.act(if speed < wanted {
            Act::ShuttleForward
        } else {
            Act::ShuttleBack
        });
    }
}
