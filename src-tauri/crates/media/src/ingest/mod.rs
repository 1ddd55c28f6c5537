//! One demux and decode of a source that feeds everything: frame index, proxy, thumbnails, waveform, detectors, loudness,
//! with the hash of the bytes computed beside it.

mod hash;
mod lane;
mod pass;
mod report;
mod sound;
mod sprites;
mod tone;
mod upright;
mod video;

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use timebase::Flicks;

pub use report::{AppliedRule, IngestReport, ProxyInfo, REPORT_VERSION, Shortfall};
pub use sprites::{SpritesInfo, TILE_WIDTH};
pub(crate) use tone::ToneMap;
pub use upright::Turn;

use crate::MediaError;

/// File name of the proxy: H.264 and AAC in MP4.
pub const PROXY_FILE: &str = "proxy.mp4";
/// File name of the [`crate::FrameIndex`].
pub const FRAMES_FILE: &str = "frames.idx";
/// File name of the list of thumbnail sheets, a [`SpritesInfo`].
pub const SPRITES_FILE: &str = "sprites.json";
/// File name of the [`crate::Waveform`].
pub const WAVEFORM_FILE: &str = "waveform.bin";
/// File name of the [`IngestReport`].
pub const REPORT_FILE: &str = "report.json";

/// Most frames from one keyframe of a proxy to the next.
pub const PROXY_GOP_FRAMES: u32 = 12;
/// The comment that marks a file as a proxy of ours, whose clock starts at frame 0.
pub(crate) const PROXY_MARK: &str = "Circle Take proxy 1";

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestOptions {
    /// Height of the proxy at most, in pixels, 2 to 720; a smaller source keeps its height.
    pub proxy_height_max: u32,
    /// x264's constant rate factor.
    pub proxy_quality: u32,
    /// Decoder threads; 0 is one per core.
    pub threads: u32,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            proxy_height_max: 720,
            proxy_quality: 23,
            threads: 0,
        }
    }
}

/// How far the pass is. Rate and time left are the caller's to compute: this crate reads no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestProgress {
    /// Asset time reached.
    pub position: Flicks,
    /// Length the file states.
    pub duration: Option<Flicks>,
    /// Frames done.
    pub frames: u64,
    /// Bytes read so far, by the demuxer or by the hash, whichever is behind.
    pub bytes_read: u64,
    /// Size of the file.
    pub bytes_total: u64,
}

/// Ingests a file: writes [`PROXY_FILE`], [`FRAMES_FILE`], `sprites-NNN.jpg`, [`SPRITES_FILE`], [`WAVEFORM_FILE`] (with sound)
/// and [`REPORT_FILE`] into `out_dir`, which exists and is the caller's to rename when all is well.
///
/// `progress` is called for every packet, so `Break` stops at once with [`MediaError::Cancelled`]. Whatever the error, nothing
/// written by this call stays in `out_dir`.
///
/// A file that breaks off before its stated end is ingested as far as it goes and says so in [`IngestReport::shortfall`];
/// the rules for corrupt frames, fields and edit lists are those of [`AppliedRule`].
///
/// # Errors
/// As [`crate::probe`], and [`MediaError::Damaged`] when not one frame or sample decodes, [`MediaError::NoEncoder`],
/// [`MediaError::DiskFull`], [`MediaError::Write`], [`MediaError::Cancelled`].
pub fn ingest(
    source: &Path,
    out_dir: &Path,
    options: &IngestOptions,
    progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
) -> Result<IngestReport, MediaError> {
    let unfinished = Unfinished {
        dir: out_dir.to_owned(),
        keep: false,
    };
    let report = pass::run(source, out_dir, options, progress)?;
    report.save(&out_dir.join(REPORT_FILE))?;
    unfinished.keep();
    Ok(report)
}

/// Removes our files from the output folder unless told to keep them: also when a panic unwinds through the pass.
struct Unfinished {
    dir: PathBuf,
    keep: bool,
}

impl Unfinished {
    fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        let ours = |name: &str| {
            [PROXY_FILE, FRAMES_FILE, SPRITES_FILE, WAVEFORM_FILE, REPORT_FILE].contains(&name)
                || (name.starts_with("sprites-") && name.ends_with(".jpg"))
        };
        let Ok(entries) = std::fs::read_dir(&self.dir) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(ours)
                && let Err(error) = std::fs::remove_file(entry.path())
            {
                tracing::warn!(
                    "an unfinished file stays behind: {}: {error}",
                    entry.path().display()
                );
            }
        }
    }
}
