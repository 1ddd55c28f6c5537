use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where an asset is on its way into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum AssetState {
    /// Waits for its ingest.
    Queued,
    /// Being read.
    Ingesting,
    /// Plays.
    Ready,
    /// Refused; its job says why.
    Failed,
}

/// How many proposals of an asset stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Tally")]
pub struct TallyCounts {
    /// Undecided.
    pub open: u64,
    /// Circled.
    pub circled: u64,
    /// Rejected.
    pub rejected: u64,
    /// Two verdicts that did not see each other.
    pub conflict: u64,
}

/// One asset in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct AssetRow {
    /// BLAKE3-128 of its bytes, 32 hexadecimal digits; while it is on its way in, `job-` and the id of its ingest, which
    /// `asset`, `proposals`, `markers` and `comments` take. What needs the film itself answers `conflict` until it is in.
    pub id: String,
    /// Name shown.
    pub title: String,
    /// Where the original was found, as text to show.
    pub source: String,
    /// Length in seconds, for showing; 0 for a still.
    pub duration_secs: f64,
    /// Frames of the picture, 0 without one.
    pub frame_count: u64,
    /// `30000/1001`; null without a picture or where no rate can be named.
    #[ts(optional = false)]
    pub frame_rate: Option<String>,
    /// Variable frame rate: timecode is nominal.
    pub vfr: bool,
    /// Timecode of frame 0, for example `01:00:00;00`; null where the file states none.
    #[ts(optional = false)]
    pub start_timecode: Option<String>,
    /// Whether timecode counts drop-frame.
    pub drop_frame: bool,
    /// Displayed width in pixels, 0 without a picture.
    pub width: u32,
    /// Displayed height in pixels, 0 without a picture.
    pub height: u32,
    /// FFmpeg's name of the picture codec, empty without a picture.
    pub video_codec: String,
    /// Channels of all sound tracks together, 0 without one.
    pub audio_channels: u32,
    /// Where it is on its way.
    pub state: AssetState,
    /// The job of its ingest, until it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// 0 to 1 while ingesting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// Its proposals.
    pub tally: TallyCounts,
    /// Threads of comments on it that are not settled.
    pub open_threads: u64,
    /// When it came in, milliseconds since 1970.
    pub added_millis: u64,
    /// `pq` or `hlg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hdr: Option<String>,
    /// A single picture.
    pub still: bool,
    /// Fields, not frames.
    pub interlaced: bool,
}

/// Which assets of the library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum AssetFilter {
    /// All, files on their way in first.
    #[default]
    All,
    /// With something that waits for a person: open, or in conflict.
    Open,
    /// With something circled.
    Circled,
    /// With something in conflict, and files that could not be taken in.
    Flagged,
    /// Those that are in.
    Ready,
}

/// A window of the library, newest first; a field that is left out asks for nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AssetsRequest {
    /// Of these only.
    #[serde(default)]
    pub filter: Option<AssetFilter>,
    /// Whose titles hold each of these words somewhere, whatever its case.
    #[serde(default)]
    pub words: Option<String>,
    /// These rows rather than a window, in this order; what is not known is left out.
    #[serde(default)]
    pub ids: Option<Vec<String>>,
    /// Asks too how many stand before this one; words are left out of account.
    #[serde(default)]
    pub place_of: Option<String>,
    /// Rows to pass over.
    #[serde(default)]
    pub offset: Option<u64>,
    /// Rows at most: 200 when not given, 1000 at most.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// `assets`: a window of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Assets {
    /// The rows.
    pub assets: Vec<AssetRow>,
    /// How many match, window or not.
    pub count: u64,
    /// Whether more match than were counted: a search stops at 10 000, and looks for one or two letters among the newest
    /// 100 000 alone.
    pub more: bool,
    /// How many there are at all.
    pub total: u64,
    /// Where the proposals of all of them stand.
    pub tally: TallyCounts,
    /// How many stand before `place_of`; nothing when it is not among those that match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u64>,
}

/// Names one asset.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AssetRequest {
    /// Its id.
    pub asset: String,
}

/// Everything the inspector shows of one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct AssetDetail {
    /// The row of the list.
    #[serde(flatten)]
    #[ts(flatten)]
    pub row: AssetRow,
    /// Size of the original.
    pub size_bytes: u64,
    /// The picture, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoTrack>,
    /// Every sound track.
    pub audio: Vec<AudioTrack>,
    /// Thumbnails, once made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sprites: Option<SpriteSheets>,
    /// The editing proxy, once made.
    #[ts(optional = false)]
    pub proxy: Option<ProxyFigures>,
    /// EBU R128, where there is sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness: Option<LoudnessFigures>,
    /// What was done about fields, edit lists, damage and the like, in words.
    pub notes: Vec<String>,
    /// Timecode of the last frame; null where the file states none.
    #[ts(optional = false)]
    pub end_timecode: Option<String>,
    /// The container by FFmpeg's name.
    pub container: String,
    /// Where originals were found on this and other machines, as text to show.
    pub places: Vec<String>,
    /// What of it is on this machine, when the lake is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What of an asset is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Kept {
    /// Bytes of what was made from it that are here.
    pub here_bytes: u64,
    /// Bytes of all that was made from it.
    pub total_bytes: u64,
    /// Whether its proxy can be played from here.
    pub proxy_here: bool,
    /// Whether its files stay, whatever the budget.
    pub pinned: bool,
    /// Whether the lake has its original and this machine has not.
    pub original_away: bool,
}

/// The picture as the file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoTrack {
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Its profile, may be empty.
    pub profile: String,
    /// Coded width in pixels.
    pub coded_width: u32,
    /// Coded height in pixels.
    pub coded_height: u32,
    /// Width to height of one pixel, for example `1:1`.
    pub pixel_aspect: String,
    /// Clockwise rotation for display.
    pub rotation_degrees: i32,
    /// FFmpeg's name.
    pub pixel_format: String,
    /// Bits per component.
    pub bit_depth: u32,
    /// `bt709` and the like, empty when not tagged.
    pub primaries: String,
    /// `bt709` and the like, empty when not tagged.
    pub transfer: String,
    /// `bt709` and the like, empty when not tagged.
    pub matrix: String,
    /// Full or video range.
    pub full_range: bool,
    /// `progressive`, `top-first`, …
    pub field_order: String,
}

/// One sound track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AudioTrack {
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// As tagged, may be empty.
    pub language: String,
    /// As tagged, may be empty.
    pub title: String,
}

/// Sheets of thumbnails: tile `i` lies on sheet `i / (columns * rows)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpriteSheets {
    /// Width of a tile in pixels.
    pub tile_width: u32,
    /// Height of a tile in pixels.
    pub tile_height: u32,
    /// Tiles in a row.
    pub columns: u32,
    /// Rows on a sheet.
    pub rows: u32,
    /// Number of sheets, `sprites-000.jpg` and on.
    pub sheets: u32,
    /// Frame number of each tile.
    pub frames: Vec<u64>,
}

/// The editing proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProxyFigures {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size of the file.
    pub size_bytes: u64,
}

/// EBU R128 figures of the first sound track.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LoudnessFigures {
    /// Programme loudness in LUFS; null when everything is below the gate.
    pub integrated_lufs: Option<f64>,
    /// Loudness range in LU.
    pub range_lu: Option<f64>,
    /// Maximum true peak in dBTP.
    pub true_peak_dbtp: Option<f64>,
}
