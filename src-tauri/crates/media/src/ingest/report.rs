use std::path::Path;

use serde::{Deserialize, Serialize};
use timebase::{FlickRange, Flicks, FrameRange};

use super::sprites::SpritesInfo;
use crate::{
    MediaError, MediaInfo,
    analysis::{Boundary, FlashSpan, LoudnessReport, ShotSpan, Signals},
};

/// Version of [`IngestReport`]'s file form. A reader accepts this and lower ones.
pub const REPORT_VERSION: u32 = 1;

/// Everything one pass learned about a file: `report.json`. Times are asset time: flicks from frame 0 (from the first sample
/// when there is no picture).
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IngestReport {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// BLAKE3 of the source's bytes, 64 hexadecimal digits.
    pub blake3: String,
    /// What the file is; variable rate and fields as found while decoding.
    pub media: MediaInfo,
    /// Length of what was decoded: the frames, or the sound when there is no picture.
    pub duration: Flicks,
    /// Number of frames; 0 for audio only.
    pub frame_count: u64,
    /// The proxy; always present after a successful ingest.
    pub proxy: ProxyInfo,
    /// Thumbnails; `None` for audio only.
    pub sprites: Option<SpritesInfo>,
    /// Shots, covering all frames in order.
    pub shots: Vec<ShotSpan>,
    /// The boundaries between them.
    pub transitions: Vec<Boundary>,
    /// Black passages.
    pub black: Vec<FrameRange>,
    /// Passages without any change.
    pub freeze: Vec<FrameRange>,
    /// Passages that may fail a photosensitivity test. A pre-check, not a certificate.
    pub flashes: Vec<FlashSpan>,
    /// Silent passages.
    pub silence: Vec<FlickRange>,
    /// Over-loud passages.
    pub loud: Vec<FlickRange>,
    /// Loudness of the main track; `None` without sound.
    pub loudness: Option<LoudnessReport>,
    /// Series over the whole programme.
    pub signals: Signals,
    /// Frames decoded with errors. They are kept, so that numbering stays the file's.
    pub corrupt_frames: Vec<FrameRange>,
    /// Packets that gave no frame because nothing could be decoded; they are not numbered.
    pub undecodable_packets: u64,
    /// Frames whose time did not increase and was moved by at least one tick.
    pub corrected_times: u64,
    /// Set when the file ends before it says it does.
    pub shortfall: Option<Shortfall>,
    /// What a person should know about this file, one sentence each.
    pub notes: Vec<String>,
    /// The rules that were applied where media leaves a choice.
    pub rules: Vec<AppliedRule>,
}

/// What is missing from a file that breaks off.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// Length the file states, when it does.
    pub stated: Option<Flicks>,
    /// Length that could be read.
    pub read: Flicks,
}

/// The file to play.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProxyInfo {
    /// Width in square pixels; 0 for audio only.
    pub width: u32,
    /// Height in pixels; 0 for audio only.
    pub height: u32,
    /// FFmpeg's name of the H.264 encoder used; empty for audio only.
    pub encoder: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Frames from one keyframe to the next at most.
    pub gop_frames: u32,
    /// Whether it has sound.
    pub audio: bool,
    /// Whether HDR was brought down to SDR by the stated tone rule.
    pub tone_mapped: bool,
    /// Whether any frame was made from its first field alone.
    pub deinterlaced: bool,
}

/// A rule for what media leaves open.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AppliedRule {
    /// A frame decoded with errors keeps its number, is in the proxy as the decoder concealed it, and is listed.
    CorruptFramesKept,
    /// A packet nothing can be decoded from gives no frame and no number; it is counted.
    UndecodablePacketsSkipped,
    /// Two fields make one frame. The proxy shows the first field of an interlaced frame, scaled to full height; the
    /// original keeps both.
    FieldPairsAreOneFrame,
    /// Frames the edit list hides are not frames of the asset: they have no number and are not in the proxy.
    EditListHides,
    /// A frame whose time does not increase is kept and moved to one tick after its predecessor.
    TimesIncrease,
    /// Sound before the first frame is left out; where sound starts later or has a gap of more than 0.1 s the proxy is silent.
    SoundFollowsFrameZero,
    /// The proxy's sound is a stereo mix of the main track; measures are taken on the track's own channels.
    StereoMix,
    /// PQ and HLG are shown at a reference of 203 cd/m² for white, highlights rolled off to 1000 cd/m², in BT.709.
    ToneMapped,
    /// The proxy is turned upright and has square pixels.
    Upright,
}

impl IngestReport {
    /// Reads a `report.json`.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`], or [`MediaError::BadFile`] when it is not a report of a known version.
    pub fn load(path: &Path) -> Result<Self, MediaError> {
        let bytes = std::fs::read(path).map_err(|e| MediaError::reading(path, e))?;
        let bad = || MediaError::BadFile {
            path: path.to_owned(),
            what: "ingest report",
        };
        let report: Self = serde_json::from_slice(&bytes).map_err(|_syntax| bad())?;
        if report.version > REPORT_VERSION {
            Err(bad())
        } else {
            Ok(report)
        }
    }

    /// Writes a `report.json`.
    ///
    /// # Errors
    /// [`MediaError::Write`] or [`MediaError::DiskFull`].
    pub fn save(&self, path: &Path) -> Result<(), MediaError> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| MediaError::writing(path, e.into()))?;
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(path)?;
            std::io::Write::write_all(&mut file, &bytes)?;
            file.sync_data()
        };
        write().map_err(|e| MediaError::writing(path, e))
    }
}
