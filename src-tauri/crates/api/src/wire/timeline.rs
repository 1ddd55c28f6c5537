use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ShieldShow, StateWord, Theme};

/// What part of which asset the timeline shows, and how large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TimelineView {
    /// The asset.
    pub asset: String,
    /// Seconds of the asset at the left edge; may be below zero.
    pub start_secs: f64,
    /// Zoom.
    pub px_per_sec: f64,
    /// CSS pixels.
    pub width_px: u32,
    /// CSS pixels.
    pub height_px: u32,
    /// Device pixels per CSS pixel.
    pub scale: f64,
    /// How far the lanes are scrolled down, CSS pixels.
    pub scroll_px: f64,
    /// The proposal that is looked at.
    pub selected: Option<String>,
    /// What else is selected and may be in view.
    #[serde(default)]
    pub selection: Vec<String>,
    /// How much taller than usual lanes and tracks are; 1 is usual.
    #[serde(default = "usual")]
    pub lane_zoom: f64,
    /// What the hand does, where the picture covers what the page would draw of it.
    #[serde(default)]
    pub hand: Option<Hand>,
    /// What the keyboard stands on, where the picture covers the page's own ring: a proposal, or `ruler`.
    #[serde(default)]
    pub focus: Option<String>,
    /// In mark, seconds.
    #[serde(default)]
    pub mark_in_secs: Option<f64>,
    /// Out mark, seconds: where the range ends.
    #[serde(default)]
    pub mark_out_secs: Option<f64>,
    /// What the ruler counts.
    #[serde(default)]
    pub ruler: RulerUnit,
    /// Which pictures of the video track are blurred and greyed.
    #[serde(default)]
    pub shield: ShieldShow,
    /// Colours.
    pub theme: Theme,
}

fn usual() -> f64 {
    1.0
}

/// What the hand does on a timeline at this moment. CSS pixels; seconds of the asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    /// What is dragged, where it would stand.
    pub ghosts: Vec<Ghost>,
    /// Where an edge has met something.
    pub snap_secs: Option<f64>,
    /// The rectangle that selects: left, top, width, height.
    pub marquee: Option<[f64; 4]>,
    /// Words beside the pointer.
    pub tip: Option<Tip>,
}

/// One thing being dragged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Ghost {
    /// The proposal or the marker.
    pub id: String,
    /// Where it would begin.
    pub start_secs: f64,
    /// Where it would end.
    pub end_secs: f64,
    /// Top edge of its row.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// Words beside the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Tip {
    /// The pointer.
    pub x: f64,
    /// The pointer.
    pub y: f64,
    /// The first is the loudest.
    pub lines: Vec<String>,
}

/// What a ruler counts; where the rate varies it is time from the start whatever is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum RulerUnit {
    /// Source timecode.
    #[default]
    Timecode,
    /// Frames from the first, which is 0.
    Frames,
    /// Time from the start.
    Seconds,
}

/// `timeline`: where everything lies that the stage draws for a view.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TimelineRequest {
    /// The view.
    pub view: TimelineView,
}

/// The drawn timeline as a list, for pointers, screen readers and tests. CSS pixels from the picture's top left corner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineLayout {
    /// From top to bottom.
    pub lanes: Vec<Lane>,
    /// Proposals that are visible, in the order of the lanes and then of time.
    pub items: Vec<TimelineItem>,
    /// Marks of the ruler.
    pub ruler: Vec<RulerMark>,
    /// Height of everything, however little of it is visible.
    pub content_height: f64,
    /// Width of the lane names; time begins right of it.
    pub gutter_width: f64,
    /// Height of the ruler; lanes begin below it.
    pub ruler_height: f64,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Lane {
    /// A kind, `video` or `audio`.
    pub id: String,
    /// Name shown.
    pub label: String,
    /// Top edge.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// One proposal as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineItem {
    /// Its id.
    pub proposal: String,
    /// Its kind.
    pub kind: String,
    /// The lane's id.
    pub lane: String,
    /// Left edge, may lie outside.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Words on it; of a bundle how many it holds.
    pub label: String,
    /// Which of the four marks.
    pub state: StateWord,
    /// 1, or how many that are too narrow to draw apart are drawn here as one; `proposal` is the first of them.
    pub count: u32,
}

/// One mark of the ruler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RulerMark {
    /// Where.
    pub x: f64,
    /// Source timecode, or time where the rate is variable or missing; empty for the small marks between.
    pub label: String,
}
