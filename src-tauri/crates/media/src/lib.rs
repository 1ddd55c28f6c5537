//! Probe, demux, decode, one-pass ingest, encode: the only crate that knows FFmpeg.
//!
//! Frame `n` of an asset is the `n`-th picture its decoder gives, in presentation order, and frame `n` of the proxy is made
//! from it. **Asset time** is flicks from frame 0 (from the first sample when there is no picture); every time this crate
//! answers is asset time, only [`FrameIndex::pts`] has the file's own ticks.
//!
//! Sources are read through one open file and nothing else: FFmpeg sees bytes and positions, never a name, and may not open
//! a second file or an address whatever the file says.

mod aid;
mod alpha;
pub mod analysis;
mod audio;
mod av;
mod convert;
mod deinterlace;
mod detect;
mod error;
mod film;
mod footage;
mod index;
mod info;
mod ingest;
pub mod limits;
mod mix;
mod peaks;
mod picture;
mod probe;
mod reader;
mod screen;

pub use aid::{Decoding, Hardware, decoding_devices};
pub use analysis::{
    Boundary, FlashKind, FlashSpan, LoudnessReport, Peak, ShotSpan, Signals, Transition, Waveform,
    WaveformLevel,
};
pub use audio::{AUDIO_CHANNELS, AUDIO_RATE, AudioReader, read_mono_16k};
pub use detect::detect_shots;
pub use error::MediaError;
pub use film::{FilmCoding, FilmSpec, FilmWriter};
pub use footage::{Came, Coming, Footage, Patience, read_as_it_comes};
pub use index::FrameIndex;
pub use info::{AudioInfo, FieldOrder, Hdr, MediaInfo, OtherStream, VideoInfo};
pub use ingest::{
    AppliedRule, FRAMES_FILE, IngestOptions, IngestProgress, IngestReport, PROXY_FILE, PROXY_GOP_FRAMES,
    ProxyInfo, REPORT_FILE, REPORT_VERSION, SPRITES_FILE, Shortfall, SpritesInfo, TILE_WIDTH, Turn,
    WAVEFORM_FILE, ingest,
};
pub use mix::{ChannelMix, ChannelPlace, MIX_CHANNELS_MAX, heard_of};
pub use peaks::ChannelPeaks;
pub use picture::{
    ChromaSite, Matrix, PixelLayout, Plane, RgbPicture, Transfer, VideoFrame, save_jpeg, save_png,
};
pub use probe::probe;
pub use reader::{FrameReader, OnWay};
pub use screen::{ScreenQuality, ScreenScaler};

/// Prepares FFmpeg and routes its log into `tracing`. Everything here does it by itself; calling it early or twice is fine.
pub fn init() {
    av::init();
}

/// What this build of FFmpeg is and offers, for a diagnosis in words.
pub fn capabilities() -> Capabilities {
    av::capabilities()
}

/// What the linked FFmpeg offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// FFmpeg's version string.
    pub version: String,
    /// Licence of the linked build in words.
    pub licence: String,
    /// The H.264 encoder that proxies would be made with; `None` when none opens.
    pub h264_encoder: Option<&'static str>,
    /// Decoders of the formats that matter to editing, with whether they exist.
    pub decoders: Vec<(&'static str, bool)>,
}
