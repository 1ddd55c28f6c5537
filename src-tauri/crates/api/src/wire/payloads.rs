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
    /// Where it stands; absent for the middle of the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<CuePlacePayload>,
    /// Where its words are set otherwise, in order and not overlapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub styles: Option<Vec<CueStylePayload>>,
}

/// An edge or the middle of a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "CueEdge")]
pub enum CueEdgeWord {
    /// Where reading begins.
    Start,
    /// The middle.
    Middle,
    /// Where reading ends.
    End,
    /// The left one, whichever way one reads.
    Left,
    /// The right one, whichever way one reads.
    Right,
}

/// Columns instead of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "CueColumns")]
pub enum CueColumnsWord {
    /// The next one stands to the left.
    ToTheLeft,
    /// The next one stands to the right.
    ToTheRight,
}

/// Where a cue stands, in WebVTT's terms. Absent is the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "CuePlace", optional_fields)]
pub struct CuePlacePayload {
    /// A row of the safe area: 0 the first, −1 the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<i32>,
    /// Thousandths of the picture's height (of its width, for columns), in place of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_permille: Option<u16>,
    /// Which part of the cue stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_edge: Option<CueEdgeWord>,
    /// Thousandths of the picture's width (of its height, for columns).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_permille: Option<u16>,
    /// Which part of the cue stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_edge: Option<CueEdgeWord>,
    /// Longest line, in thousandths of the picture's width (of its height, for columns).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_permille: Option<u16>,
    /// How lines of different length stand to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<CueEdgeWord>,
    /// Columns instead of lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<CueColumnsWord>,
}

/// Words of a cue that are set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "CueStyle", optional_fields)]
pub struct CueStylePayload {
    /// First letter, counted in Unicode scalar values of the text, line feeds included.
    pub start: u32,
    /// First letter that is no longer among them.
    pub end: u32,
    /// Slanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub italic: Option<bool>,
    /// Heavier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bold: Option<bool>,
    /// With a line beneath.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underline: Option<bool>,
    /// `#rrggbbaa` as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u32>,
    /// `#rrggbbaa` as a number: what lies behind the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<u32>,
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
