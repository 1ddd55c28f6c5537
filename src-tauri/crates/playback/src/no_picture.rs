//! Sound alone, for a player that draws.

use std::{ops::ControlFlow, sync::Arc};

use media::{ChromaSite, FieldOrder, Matrix, OnWay, PixelLayout, Plane, Transfer, Turn, VideoFrame};

use crate::{error::PlaybackError, film::FrameWay, player::FrameSource};

/// Sound without picture: every frame is the same small black one.
pub(crate) struct NoPicture {
    original: bool,
    planes: [Plane; 3],
}

impl NoPicture {
    const SIDE: usize = 16;

    pub(crate) fn new(original: bool) -> Self {
        let plane = |side: usize, level: u8| Plane {
            data: vec![level; side * side].into(),
            stride: side,
        };
        Self {
            original,
            planes: [
                plane(Self::SIDE, 16),
                plane(Self::SIDE / 2, 128),
                plane(Self::SIDE / 2, 128),
            ],
        }
    }
}

impl FrameSource for NoPicture {
    type Picture = Arc<VideoFrame>;

    fn find(
        &mut self,
        n: u64,
        _whole_from: u64,
        _on_way: &mut dyn FnMut(OnWay<Arc<VideoFrame>>) -> ControlFlow<()>,
    ) -> Result<Arc<VideoFrame>, PlaybackError> {
        Ok(Arc::new(VideoFrame {
            number: n,
            width: Self::SIDE as u32,
            height: Self::SIDE as u32,
            layout: PixelLayout::Yuv420p,
            planes: self.planes.clone(),
            matrix: Matrix::Bt709,
            full_range: false,
            transfer: Transfer::Sdr,
            wide_primaries: false,
            chroma_site: ChromaSite::LEFT,
            fields: FieldOrder::Progressive,
            turn: Turn::default(),
            sample_aspect: (1, 1),
            corrupt: false,
        }))
    }

    fn size_bytes(picture: &Arc<VideoFrame>) -> usize {
        picture.size_bytes()
    }

    fn way(&self) -> FrameWay {
        let source = if self.original { "original" } else { "proxy" };
        FrameWay {
            original: self.original,
            source: source.to_owned(),
            ..FrameWay::default()
        }
    }
}
