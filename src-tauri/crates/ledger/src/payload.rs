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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Its words; empty for a slot. Lines are separated by `\n`.
    pub text: String,
    /// BCP 47, empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Where it stands; absent for the middle of the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<CuePlace>,
    /// Where its words are set otherwise, in order and not overlapping.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<CueStyle>,
}

impl Cue {
    /// The cue with other words. A style that all of the old ones had holds for all of the new ones; others belonged to words
    /// that may be gone.
    #[must_use]
    pub fn reworded(self, text: &str) -> Self {
        let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let (before, now) = (length(&self.text), length(text));
        let whole = |style: &&CueStyle| style.start == 0 && style.end >= before;
        let styles = if self.text == text {
            self.styles
        } else {
            let kept = self.styles.iter().filter(whole);
            kept.map(|style| CueStyle { end: now, ..*style }).collect()
        };
        Self {
            text: text.to_owned(),
            styles,
            ..self
        }
    }
}

/// An edge or the middle of a cue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CueEdge {
    /// Where reading begins.
    Start,
    /// The middle.
    #[default]
    Middle,
    /// Where reading ends.
    End,
    /// The left one, whichever way one reads.
    Left,
    /// The right one, whichever way one reads.
    Right,
}

/// Columns instead of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CueColumns {
    /// The next one stands to the left.
    ToTheLeft,
    /// The next one stands to the right.
    ToTheRight,
}

/// Where a cue stands, in WebVTT's terms. Absent is the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CuePlace {
    /// A row of the safe area: 0 the first, −1 the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<i32>,
    /// Thousandths of the picture's height (of its width, for columns), in place of a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_permille: Option<u16>,
    /// Which part of the cue stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_edge: Option<CueEdge>,
    /// Thousandths of the picture's width (of its height, for columns).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_permille: Option<u16>,
    /// Which part of the cue stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_edge: Option<CueEdge>,
    /// Longest line, in thousandths of the picture's width (of its height, for columns).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_permille: Option<u16>,
    /// How lines of different length stand to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub align: Option<CueEdge>,
    /// Columns instead of lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<CueColumns>,
}

/// Words of a cue that are set otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CueStyle {
    /// First letter, counted in Unicode scalar values of the text, line feeds included.
    pub start: u32,
    /// First letter that is no longer among them.
    pub end: u32,
    /// Slanted.
    #[serde(skip_serializing_if = "is_no")]
    pub italic: bool,
    /// Heavier.
    #[serde(skip_serializing_if = "is_no")]
    pub bold: bool,
    /// With a line beneath.
    #[serde(skip_serializing_if = "is_no")]
    pub underline: bool,
    /// `#rrggbbaa` as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<u32>,
    /// `#rrggbbaa` as a number: what lies behind the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_no(value: &bool) -> bool {
    !value
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_keep_only_the_style_that_all_had() {
        let style = |start, end| CueStyle {
            start,
            end,
            italic: true,
            ..CueStyle::default()
        };
        let cue = |styles| Cue {
            text: "Whö?".to_owned(),
            styles,
            ..Cue::default()
        };
        assert_eq!(
            cue(vec![style(0, 4)]).reworded("Who is it?").styles,
            [style(0, 10)]
        );
        assert_eq!(cue(vec![style(0, 3)]).reworded("Who is it?").styles, []);
        assert_eq!(cue(vec![style(0, 3)]).reworded("Whö?").styles, [style(0, 3)]);
    }
}
