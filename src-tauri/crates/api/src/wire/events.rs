use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Job;

/// One event on `/events` or the window's `desk` channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
#[ts(rename = "DeskEvent")]
pub enum Event {
    /// What was read under these tags may have changed.
    Stale {
        /// `assets`, `proposals`, `jobs`, `undo`, `settings`, `asset:<id>`.
        stale: Vec<String>,
    },
    /// A job moved on. At most ten a second of each job, and always the last one.
    Job {
        /// As it is now.
        job: Box<Job>,
    },
}

/// The window's `viewer` event: where the picture is from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ViewerPlace {
    /// Whether it has a window of its own.
    pub detached: bool,
    /// It shall have one and the window system gives none.
    pub refused: bool,
}

/// The window's `transport` event: what the viewer shows, with the health figures of the strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TransportState {
    /// The frame on the stage.
    pub frame: u64,
    /// Whether it runs.
    pub playing: bool,
    /// Times normal speed, negative is backwards.
    pub speed: f64,
    /// Whether playing begins again where its range ends.
    pub looping: bool,
    /// Whether it plays around a place, to go back there.
    pub around: bool,
    /// Frames left out since play began.
    pub dropped: u64,
    /// Frames shown twice since play began.
    pub repeated: u64,
    /// Recent decode time of a frame.
    pub decode_millis: f64,
    /// How pictures reach the screen, for example `Vulkan`.
    pub presenter: String,
    /// What is shown: `original 2160p HEVC`, `proxy 720p`.
    pub source: String,
    /// Whether it is the original.
    pub original: bool,
    /// What decodes: `software, 3 threads`.
    pub decoder: String,
    /// What was done to a picture to show it, `HDR (PQ) shown as SDR`; empty when nothing a person must know of.
    pub shown_as: String,
    /// Why something else is shown than was asked for; empty when it is that.
    pub notice: String,
    /// How full the memory for decoded frames is, 0 to 100.
    pub cache_percent: u8,
    /// How large it is.
    pub cache_mebibytes: u32,
    /// Counts what was put into the viewer, a film or the original in its proxy's place: with another number its sound may have other
    /// channels. 0 before the first.
    pub reel: u32,
}
