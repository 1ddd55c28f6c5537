//! Exact frames of an asset at full size, for what leaves the house.

use catalog::AssetRecord;
use fault::{Code, Fault};
use image::RgbImage;

use crate::faults::OrFault as _;
use crate::frames::AssetHead;
use crate::workstation::Workstation;

/// Exact frames, from the original where it can be reached and shown as it is, otherwise from the proxy.
pub(crate) struct Pictures {
    reader: media::FrameReader,
    size: Option<(u32, u32)>,
    /// What the pictures lack.
    pub losses: Vec<String>,
}

impl Pictures {
    /// Of an asset with picture.
    pub fn open(workstation: &Workstation, record: &AssetRecord) -> Result<Self, Fault> {
        let asset = record.entry.asset;
        let head = AssetHead::of(record)?;
        let plain = head.media.video.as_ref().filter(|video| {
            video.rotation_degrees == 0
                && !video.mirrored
                && video.field_order == media::FieldOrder::Progressive
        });
        let original = workstation.source_path(asset)?;
        if let (Some(video), Some(path)) = (plain, original.as_ref()) {
            let index = workstation.frame_index(asset)?;
            let reader = media::FrameReader::open(path, (*index).clone()).or_fault()?;
            return Ok(Self {
                reader,
                size: Some((video.display_width, video.display_height)),
                losses: Vec::new(),
            });
        }
        let why = if original.is_none() {
            "the original cannot be reached from here"
        } else {
            "the original is interlaced or turned"
        };
        let losses = vec![format!("pictures were taken from the proxy, because {why}")];
        Ok(Self {
            reader: workstation.proxy_reader(asset)?,
            size: None,
            losses,
        })
    }

    /// One frame, as large as it is shown.
    pub fn picture(&mut self, frame: u64) -> Result<RgbImage, Fault> {
        let decoded = self.reader.frame(frame).or_fault()?;
        let (width, height) = self.size.unwrap_or((decoded.width, decoded.height));
        let rgb = decoded.to_rgb8(width, height).or_fault()?;
        RgbImage::from_raw(rgb.width, rgb.height, rgb.data)
            .ok_or_else(|| Fault::new(Code::Internal, "A picture has another size than it says."))
    }
}
