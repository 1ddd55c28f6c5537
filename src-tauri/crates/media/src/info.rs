use serde::{Deserialize, Serialize};
use timebase::{Flicks, Rate, TimeBase, Timecode};

/// What a file is, as far as its headers and first frames tell. Nothing is decoded beyond what finding the parameters needs.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MediaInfo {
    /// FFmpeg's short name of the container, for example `mov` or `matroska` (the first of its aliases).
    pub container: String,
    /// Length the container states; `None` when it states none.
    pub duration: Option<Flicks>,
    /// Label of the first frame from the container, a timecode track, MXF, or the GOP header; `None` when there is none.
    pub start_timecode: Option<Timecode>,
    /// The picture that becomes the asset's frames; `None` for audio only. Cover art is not a picture.
    pub video: Option<VideoInfo>,
    /// All audio tracks in file order. The main one has `main` set.
    pub audio: Vec<AudioInfo>,
    /// Streams that are noted and not used: subtitles, data, cover art, further video.
    pub other_streams: Vec<OtherStream>,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Whether this is one still picture.
    pub still: bool,
}

/// The main video stream.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VideoInfo {
    /// Index of the stream in the file.
    pub stream_index: usize,
    /// FFmpeg's codec name, for example `h264`.
    pub codec: String,
    /// Profile in words, for example `High`; `None` when unknown.
    pub profile: Option<String>,
    /// Coded width in pixels.
    pub width: u32,
    /// Coded height in pixels.
    pub height: u32,
    /// Width as shown: after sample aspect and rotation, in square pixels.
    pub display_width: u32,
    /// Height as shown.
    pub display_height: u32,
    /// Sample aspect ratio as (width, height); (1, 1) when square or unknown.
    pub sample_aspect: (u32, u32),
    /// Clockwise turn that makes the picture upright: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// Whether the picture is mirrored left to right before it is turned.
    pub mirrored: bool,
    /// Nominal frame rate; `None` when unknown (stills). On variable rate it is the average.
    pub rate: Option<Rate>,
    /// Native time base of the stream: what the frame index counts in.
    pub time_base: TimeBase,
    /// Whether frame durations vary. Known after ingest; `false` from a probe.
    pub vfr: bool,
    /// How fields lie in the frame.
    pub field_order: FieldOrder,
    /// Bits per component.
    pub bit_depth: u8,
    /// FFmpeg's pixel format name.
    pub pixel_format: String,
    /// Colour primaries, FFmpeg's name (`bt709`, `bt2020`, …); `None` when not stated.
    pub primaries: Option<String>,
    /// Transfer characteristic, FFmpeg's name; `None` when not stated.
    pub transfer: Option<String>,
    /// Matrix coefficients, FFmpeg's name; `None` when not stated.
    pub matrix: Option<String>,
    /// Whether components use the full range (0–255) instead of the video range (16–235).
    pub full_range: bool,
    /// High dynamic range, by the transfer characteristic.
    pub hdr: Option<Hdr>,
}

/// Interlacing as the stream states it.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FieldOrder {
    /// Whole frames, or nothing stated.
    Progressive,
    /// Two fields, the top lines first in time.
    TopFirst,
    /// Two fields, the bottom lines first in time.
    BottomFirst,
}

/// High-dynamic-range transfer.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Hdr {
    /// SMPTE ST 2084, absolute.
    Pq,
    /// ARIB STD-B67, relative.
    Hlg,
}

/// One audio track.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AudioInfo {
    /// Index of the stream in the file.
    pub stream_index: usize,
    /// FFmpeg's codec name.
    pub codec: String,
    /// Number of channels.
    pub channels: u32,
    /// Channel layout in words, for example `5.1(side)`.
    pub layout: String,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Language tag as written in the file, for example `eng`.
    pub language: Option<String>,
    /// Title of the track.
    pub title: Option<String>,
    /// Whether it is the track that is heard, drawn and measured.
    pub main: bool,
}

/// A stream that is noted and not used.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OtherStream {
    /// Index of the stream in the file.
    pub stream_index: usize,
    /// `video`, `cover`, `subtitle`, `data` or `attachment`.
    pub kind: String,
    /// FFmpeg's codec name; empty when unknown.
    pub codec: String,
    /// Language tag.
    pub language: Option<String>,
}
