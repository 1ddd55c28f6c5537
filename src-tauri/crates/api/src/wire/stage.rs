use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Refusal, TimelineView};

/// Which of the two native surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum StageSurface {
    /// The picture.
    Viewer,
    /// The timeline.
    Timeline,
}

/// A rectangle of the page in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StageRect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// `stage_place`: the placeholder in the page moved, so the surface moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StagePlace {
    /// Which surface.
    pub surface: StageSurface,
    /// Left edge, CSS pixels.
    pub x: f64,
    /// Top edge, CSS pixels.
    pub y: f64,
    /// Width, CSS pixels.
    pub width: f64,
    /// Height, CSS pixels.
    pub height: f64,
    /// Device pixels per CSS pixel.
    pub scale: f64,
    /// Hidden surfaces are unmapped.
    pub visible: bool,
}

/// `stage_holes`: popups of the page that lie over a surface are cut out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StageHoles {
    /// All of them; an empty list closes the holes.
    pub rects: Vec<StageRect>,
}

/// The aspect that a matte leaves of the picture, as width to height: 239 to 100, 9 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Matte {
    /// Width; at least 1.
    pub width: u16,
    /// Height; at least 1.
    pub height: u16,
}

/// `stage_guides`: lines and mattes over the picture for judging a framing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StageGuides {
    /// Action and graphics safe areas (EBU R 95).
    pub safe: bool,
    /// What is covered because the picture will be shown in another aspect; null or absent covers nothing.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub matte: Option<Matte>,
}

/// `stage_detach`: the picture in a window of its own, for a second display, or back in the desk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StageDetach {
    /// Whether it has one.
    pub detached: bool,
    /// Has that window fill its display, or no longer; only while it is there.
    #[serde(default)]
    pub fill: bool,
}

/// `stage_open`: what the viewer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StageOpen {
    /// The asset; null or absent empties the viewer.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub asset: Option<String>,
    /// Whether the original is shown instead of the proxy, where it can be reached.
    #[serde(default)]
    pub original: bool,
}

/// `stage_view`: what the timeline surface shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StageView {
    /// The view.
    pub view: TimelineView,
}

/// What the transport shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum TransportAct {
    /// Forward at normal speed.
    Play,
    /// Hold the frame.
    Pause,
    /// Whichever of the two it is not doing.
    Toggle,
    /// To frame `value`, silently.
    Seek,
    /// To frame `value` under a hand: at rest a short piece of its sound is heard, if the settings say so.
    Scrub,
    /// By `value` frames, heard like `scrub`.
    Step,
    /// At `value` times normal speed, negative is backwards.
    Shuttle,
    /// From now on stay within `range` and begin again at its end; without one run to the end of the film.
    Loop,
    /// Once through `range` at normal speed, then back to where it stood.
    Around,
    /// Hold, and let go of the audio device.
    Stop,
}

/// Frames from `start` up to `end`, that one not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FrameRange {
    /// First frame inside.
    pub start: u64,
    /// First frame no longer inside.
    pub end: u64,
}

/// `transport`: the keys of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Transport {
    /// What.
    pub act: TransportAct,
    /// A frame, a number of frames or a speed.
    #[serde(default)]
    pub value: Option<f64>,
    /// The frames of `loop` and `around`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub range: Option<FrameRange>,
}

/// The answer to `pick_files`: what became of the files a person named. That some were refused is no fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Picked {
    /// Ingest jobs queued; empty when the dialog was closed.
    pub jobs: Vec<String>,
    /// Assets of files that were taken in before and have not changed since.
    pub already: Vec<String>,
    /// Files that were not taken in.
    pub refused: Vec<Refusal>,
}

/// `save_export`: opens the save dialog for a file that `export` made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SaveExport {
    /// As `export` answered.
    pub export_id: String,
}

/// The answer to `save_export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Saved {
    /// False when the dialog was closed.
    pub saved: bool,
}
