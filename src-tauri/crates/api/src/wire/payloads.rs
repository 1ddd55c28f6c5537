//! The shapes of `ProposalRow.payload` by kind, as they appear in TypeScript. `ledger::payload` is their home; a test
//! holds the two together.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How one shot becomes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "Transition")]
pub enum TransitionWord {
    /// The asset begins.
    Start,
    /// From one frame to the next.
    Cut,
    /// One picture fades over the other.
    Dissolve,
    /// Through black or white.
    Fade,
}

/// Kind `shots`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShotPayload {
    /// 1 for the first shot of the asset.
    pub number: u32,
    /// How it begins.
    pub transition_in: TransitionWord,
    /// Frames of the transition into it, 0 for a cut.
    pub transition_frames: u32,
}

/// Kinds of technical fault found on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "QcFault")]
pub enum QcFaultWord {
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

/// Kind `qc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct QcPayload {
    /// What it is.
    pub fault: QcFaultWord,
    /// What was measured, in words with unit.
    pub measured: String,
    /// The limit it was held against, in words.
    pub limit: String,
}

/// A box in the picture, in thousandths of its displayed width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "Area")]
pub struct AreaPayload {
    /// Left edge.
    pub left_permille: u16,
    /// Top edge.
    pub top_permille: u16,
    /// Width.
    pub width_permille: u16,
    /// Height.
    pub height_permille: u16,
}

/// Kind `faces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FacesPayload {
    /// The frame of the best sighting.
    pub frame: u64,
    /// Faces in that frame.
    pub areas: Vec<AreaPayload>,
}

/// Kind `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TextPayload {
    /// What it reads.
    pub text: String,
    /// The frame it was read in.
    pub frame: u64,
    /// Where.
    pub area: AreaPayload,
}

/// Kind `cues`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CuePayload {
    /// Its words; empty for a slot where somebody speaks. Lines are separated by `\n`.
    pub text: String,
    /// BCP 47, absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One reason for a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "Reason")]
pub struct ReasonPayload {
    /// `loudness`, `motion`, `cut-rate`, `faces`, `sharpness`, `composition`, `variety`.
    pub signal: String,
    /// Its share of the score, 0 to 1000.
    pub share_permille: u16,
}

/// Kind `highlights`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HighlightPayload {
    /// 0 to 1000.
    pub score_permille: u16,
    /// Strongest first.
    pub reasons: Vec<ReasonPayload>,
}

/// Kind `posters`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PosterPayload {
    /// The frame.
    pub frame: u64,
    /// 0 to 1000.
    pub score_permille: u16,
    /// Strongest first.
    pub reasons: Vec<ReasonPayload>,
}
