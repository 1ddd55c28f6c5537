//! What a player says of itself.

use timebase::Flicks;

use crate::film::FrameWay;

/// What playback is doing, for the health strip and the transport bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Frame under the playhead.
    pub frame: u64,
    /// Frame on the screen; `None` before the first.
    pub shown: Option<u64>,
    /// Whether time runs.
    pub playing: bool,
    /// -8 to 8.
    pub speed: i8,
    /// In mark.
    pub mark_in: Option<u64>,
    /// Out mark, the last frame inside.
    pub mark_out: Option<u64>,
    /// Whether playing loops.
    pub looping: bool,
    /// Whether it plays around a place, to go back there.
    pub around: bool,
    /// Frames that were due at normal speed and never shown.
    pub dropped: u64,
    /// Times a picture stood longer because the next was not there.
    pub repeated: u64,
    /// Milliseconds a frame takes to decode, smoothed.
    pub decode_millis: f64,
    /// Sound ahead of picture in milliseconds while both run; negative when behind.
    pub sound_lead_millis: Option<i64>,
    /// The sound device in words.
    pub audio: String,
    /// Bytes of decoded frames kept.
    pub cache_bytes: usize,
    /// Bytes that may be kept.
    pub cache_limit_bytes: usize,
    /// How pictures are come by.
    pub way: FrameWay,
    /// What went wrong last, in words, until the next jump.
    pub fault: Option<String>,
}

/// Where a film stands, for another one that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cue {
    /// The frame under its playhead.
    pub frame: u64,
    /// When that frame begins, media time.
    pub start: Flicks,
    /// How long it lasts.
    pub length: Flicks,
    /// -8 to 8, 0 standing.
    pub speed: i8,
}
