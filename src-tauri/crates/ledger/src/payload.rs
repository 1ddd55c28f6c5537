//! The shapes of proposal payloads, one per kind, as they stand in JSON. Engines write them, the desk and exports read them.
//! Numbers are integers or short decimals in text-stable units, because proposal ids are hashes of them.

use serde::{Deserialize, Serialize};

/// [`crate::Kind::Shots`]: one shot and how it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shot {
    /// 1 for the first shot of the asset.
    pub number: u32,
    /// How it begins.
    pub transition_in: Transition,
    /// Frames of the transition into it (0 for a cut), counted before `range.start` is reached half-way.
    pub transition_frames: u32,
}

/// How one shot becomes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// The asset begins.
    Start,
    /// From one frame to the next.
    Cut,
    /// One picture fades over the other.
    Dissolve,
    /// Through black or white.
    Fade,
}

/// [`crate::Kind::Qc`]: a technical fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qc {
    /// What it is.
    pub fault: QcFault,
    /// What was measured, in words with unit, for example `-14.2 LUFS short-term`.
    pub measured: String,
    /// The limit it was held against, in words, with its standard.
    pub limit: String,
}

/// Kinds of technical fault found on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QcFault {
    /// Picture black.
    Black,
    /// Picture still.
    Freeze,
    /// Sound below the threshold.
    Silence,
    /// Short-term loudness above the limit.
    Loud,
    /// Programme loudness off target.
    ProgrammeLoudness,
    /// True peak above the limit.
    TruePeak,
    /// Flashes that may harm photosensitive viewers (a pre-check only).
    Flash,
    /// Frames that did not decode whole.
    CorruptFrames,
}

/// A box in the picture, in thousandths of its displayed width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Left edge.
    pub left_permille: u16,
    /// Top edge.
    pub top_permille: u16,
    /// Width.
    pub width_permille: u16,
    /// Height.
    pub height_permille: u16,
}

/// [`crate::Kind::Faces`]: faces seen in one shot, from the frames looked at. Nobody is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faces {
    /// The frame of the best sighting.
    pub frame: u64,
    /// Faces in that frame.
    pub areas: Vec<Area>,
}

/// [`crate::Kind::Text`]: text seen in the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What it reads.
    pub text: String,
    /// The frame it was read in.
    pub frame: u64,
    /// Where.
    pub area: Area,
}

/// [`crate::Kind::Cues`]: a cue, or a slot where somebody speaks and nobody has written it down yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Its words; empty for a slot. Lines are separated by `\n`.
    pub text: String,
    /// BCP 47, empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// [`crate::Kind::Highlights`]: a moment and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// 0 to 1000.
    pub score_permille: u16,
    /// Each contribution, strongest first.
    pub reasons: Vec<Reason>,
}

/// One reason for a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// `loudness`, `motion`, `cut-rate`, `faces`, `sharpness`, `composition`, `variety`.
    pub signal: String,
    /// Its share of the score, 0 to 1000.
    pub share_permille: u16,
}

/// [`crate::Kind::Posters`]: one frame that would stand as a poster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poster {
    /// The frame.
    pub frame: u64,
    /// 0 to 1000.
    pub score_permille: u16,
    /// Each contribution, strongest first.
    pub reasons: Vec<Reason>,
}
