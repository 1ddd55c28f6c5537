use serde::{Deserialize, Serialize};

/// How far an asset has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetState {
    /// Waiting for its ingest.
    Queued,
    /// Being read.
    Ingesting,
    /// Playable.
    Ready,
    /// Its ingest failed; the job says why.
    Failed,
}

/// How many proposals stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyView {
    /// Undecided.
    pub open: u64,
    /// Circled.
    pub circled: u64,
    /// Rejected.
    pub rejected: u64,
    /// In conflict.
    pub conflict: u64,
}

/// One asset in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetRow {
    /// BLAKE3-128 of its bytes, 32 hexadecimal digits; while it is on its way in, `job-` and the id of its ingest, which is
    /// taken wherever an asset is named.
    pub id: String,
    /// Name shown.
    pub title: String,
    /// Where the original was found on this machine, empty when it was not.
    pub source: String,
    /// Length, for display; 0 for a still.
    pub duration_secs: f64,
    /// Frames in presentation order; 0 when there is no picture.
    pub frame_count: u64,
    /// `30000/1001`, none without picture.
    pub frame_rate: Option<String>,
    /// Whether frame durations vary; timecode is then nominal.
    pub vfr: bool,
    /// Label of frame 0, none when the file carries none.
    pub start_timecode: Option<String>,
    /// Whether its labels are drop-frame.
    pub drop_frame: bool,
    /// Displayed width in pixels, after pixel aspect and rotation.
    pub width: u32,
    /// Displayed height in pixels.
    pub height: u32,
    /// FFmpeg's codec name, empty without picture.
    pub video_codec: String,
    /// Channels of all tracks together.
    pub audio_channels: u32,
    /// How far it has come.
    pub state: AssetState,
    /// The job of its ingest, until it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// 0 to 1 while it is being ingested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// Its proposals.
    pub tally: TallyView,
    /// Threads of comments on it that are not settled.
    pub open_threads: u64,
    /// When it was added, milliseconds since 1970.
    pub added_millis: u64,
    /// `pq` or `hlg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hdr: Option<String>,
    /// Whether it is a single picture.
    pub still: bool,
    /// Whether its frames are field pairs.
    pub interlaced: bool,
}

/// Which assets of the library to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LibraryFilter {
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

/// A window of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LibraryQuery {
    /// Of these.
    pub filter: LibraryFilter,
    /// Whose titles hold each of these words somewhere, whatever its case; empty for all.
    pub words: String,
    /// These rows rather than a window, in this order; what is not known is left out.
    pub ids: Option<Vec<String>>,
    /// How many stand before this one is asked too; words are left out of account.
    pub place_of: Option<String>,
    /// How many rows to pass over.
    pub offset: u64,
    /// How many to answer at most: 200 when not given, 1000 at most.
    pub limit: Option<u32>,
}

/// The answer to a [`LibraryQuery`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryList {
    /// The rows asked for.
    pub assets: Vec<AssetRow>,
    /// How many match, window or not.
    pub count: u64,
    /// Whether more match than were counted: a search stops at 10 000, and looks for one or two letters among the newest
    /// 100 000 alone.
    pub more: bool,
    /// How many there are at all.
    pub total: u64,
    /// Where the proposals of all of them stand.
    pub tally: TallyView,
    /// How many stand before `place_of`; none when it is not among those that match.
    pub place: Option<u64>,
}

/// The picture track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// FFmpeg's codec name.
    pub codec: String,
    /// Profile, empty when unknown.
    pub profile: String,
    /// Coded width in pixels.
    pub coded_width: u32,
    /// Coded height in pixels.
    pub coded_height: u32,
    /// Width to height of one pixel, `1:1`.
    pub pixel_aspect: String,
    /// Clockwise.
    pub rotation_degrees: i32,
    /// FFmpeg's name.
    pub pixel_format: String,
    /// Bits per component.
    pub bit_depth: u32,
    /// `bt709` or empty.
    pub primaries: String,
    /// `bt709` or empty.
    pub transfer: String,
    /// `bt709` or empty.
    pub matrix: String,
    /// Whether code values use the full range.
    pub full_range: bool,
    /// `progressive`, `top-first`, …
    pub field_order: String,
}

/// One sound track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// FFmpeg's codec name.
    pub codec: String,
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// ISO 639, empty when unknown.
    pub language: String,
    /// Track title, mostly empty.
    pub title: String,
}

/// Thumbnails for scrubbing: sheets of tiles, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpriteView {
    /// Pixels.
    pub tile_width: u32,
    /// Pixels.
    pub tile_height: u32,
    /// Tiles in a row.
    pub columns: u32,
    /// Rows of a sheet.
    pub rows: u32,
    /// Sheets, `sprites-000.jpg` first.
    pub sheets: u32,
    /// The frame each tile shows, in tile order.
    pub frames: Vec<u64>,
}

/// The editing proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProxyView {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Size of the file.
    pub size_bytes: u64,
}

/// Loudness of the programme by EBU R128.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoudnessView {
    /// LUFS, none for silence.
    pub integrated_lufs: Option<f64>,
    /// LU.
    pub range_lu: Option<f64>,
    /// dBTP.
    pub true_peak_dbtp: Option<f64>,
}

/// One asset with everything the inspector shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetDetail {
    /// What a list shows.
    #[serde(flatten)]
    pub row: AssetRow,
    /// Size of the original.
    pub size_bytes: u64,
    /// The container FFmpeg named.
    pub container: String,
    /// The picture track that is used.
    pub video: Option<VideoTrack>,
    /// Sound tracks in file order.
    pub audio: Vec<AudioTrack>,
    /// Thumbnails.
    pub sprites: Option<SpriteView>,
    /// The editing proxy.
    pub proxy: Option<ProxyView>,
    /// Loudness of the programme.
    pub loudness: Option<LoudnessView>,
    /// What ingest did about oddities (fields, edit lists, damaged frames), in words.
    pub notes: Vec<String>,
    /// Label of the last frame, none without one for the first.
    pub end_timecode: Option<String>,
    /// Where originals were found on this and other machines.
    pub places: Vec<String>,
    /// What of it is on this machine, when the lake is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptView>,
}

/// What of an asset is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
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
