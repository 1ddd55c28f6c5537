use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AreaPayload, Refusal, TimelineView};

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

/// How subtitles are kept apart from the picture, or that they are not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SubtitleShow {
    /// Not shown.
    Off,
    /// A dark rim around every letter.
    #[default]
    Outline,
    /// A dark box behind every line.
    Box,
}

/// Whose boxes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum BoxesShow {
    /// Nobody's.
    Off,
    /// The selected proposal's.
    #[default]
    Selected,
    /// Those of every proposal at this frame.
    All,
}

/// What is blurred and greyed until somebody wants to see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ShieldShow {
    /// Nothing.
    #[default]
    Off,
    /// What proposals flag: the areas they name, or the whole picture as long as they last.
    Flagged,
    /// Every picture.
    All,
}

/// How a still, or a picture of another film, and the picture are seen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CompareMode {
    /// The still on the left, the picture on the right, both whole.
    SideBySide,
    /// The still left of a line, the picture right of it.
    Wipe,
    /// How far each point is from the still's: black where they are the same.
    Difference,
    /// The still alone.
    Still,
}

/// The still or the other film beside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// How.
    pub mode: CompareMode,
    /// Where the line of a wipe stands, in thousandths of the picture's width.
    pub split_permille: u16,
}

/// What of the picture is measured beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ScopesShow {
    /// Nothing.
    #[default]
    Off,
    /// Luma by place.
    Waveform,
    /// Red, green and blue by place.
    Parade,
    /// Colour by hue and saturation.
    Vectorscope,
    /// All of them.
    All,
}

/// Which loudness meter stands beside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MetersShow {
    /// None.
    #[default]
    Off,
    /// From -18 to +9 LU round the target.
    Ebu9,
    /// From -36 to +18 LU round the target.
    Ebu18,
}

/// `stage_guides`: what lies over the picture and beside it, of all that could.
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
    /// Subtitles.
    #[serde(default)]
    #[ts(optional, as = "Option<SubtitleShow>")]
    pub subtitles: SubtitleShow,
    /// Boxes of what was found.
    #[serde(default)]
    #[ts(optional, as = "Option<BoxesShow>")]
    pub boxes: BoxesShow,
    /// Timecode in a corner.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub timecode: bool,
    /// The source's name in a corner.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub name: bool,
    /// What is blurred and greyed.
    #[serde(default)]
    #[ts(optional, as = "Option<ShieldShow>")]
    pub shield: ShieldShow,
    /// The grabbed still or the other film beside the picture; null or absent shows the picture alone.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub compare: Option<Compare>,
    /// Measurements beside the picture.
    #[serde(default)]
    #[ts(optional, as = "Option<ScopesShow>")]
    pub scopes: ScopesShow,
    /// Loudness beside the picture.
    #[serde(default)]
    #[ts(optional, as = "Option<MetersShow>")]
    pub meters: MetersShow,
    /// What the programme's loudness shall be, in LUFS; null or absent for -23.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub loudness_target_lufs: Option<i32>,
}

/// `over`: what could lie over an asset's picture, and when it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverRequest {
    /// The asset.
    pub asset: String,
}

/// Frames that a proposal flags as something not everybody should have to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Flagged {
    /// First frame inside.
    pub start: u64,
    /// First frame no longer inside.
    pub end: u64,
    /// Where; everywhere when empty.
    pub areas: Vec<AreaPayload>,
}

/// The answer to `over`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OverAnswer {
    /// Frames at which subtitles or boxes come or go, in order: from one up to the next the same lies over every frame.
    pub changes: Vec<u64>,
    /// Names what lies over the picture now: after a verdict it may be something else.
    pub revision: String,
    /// What the shield covers.
    pub flagged: Vec<Flagged>,
    /// Scripts that subtitles of this asset are written in and this machine has no face for, by the names of languages.
    pub missing_scripts: Vec<String>,
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

/// `stage_compare`: another film that follows the one in the viewer, to be compared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StageCompare {
    /// That film; null or absent ends it.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub film: Option<ComparedFilm>,
}

/// A film that follows the one in the viewer, by time: frame rates may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ComparedFilm {
    /// The asset.
    pub asset: String,
    /// Whether its original is shown instead of its proxy, where it can be reached.
    pub original: bool,
    /// The asset in the viewer that it follows; while another is there it stands.
    pub viewed: String,
    /// A frame of that one.
    pub viewed_frame: u64,
    /// The frame of the film that begins with it.
    pub frame: u64,
}

/// Where a channel of the sound is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ChannelSide {
    /// Where its layout has it.
    #[default]
    Laid,
    /// On the left.
    Left,
    /// On the right.
    Right,
    /// On both sides.
    Both,
}

/// One channel of the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChannelSetting {
    /// Not heard.
    pub mute: bool,
    /// With any of these only these are heard.
    pub solo: bool,
    /// Where.
    pub side: ChannelSide,
}

/// `stage_mix`: which channels of the sound are heard, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct StageMix {
    /// The asset whose channels are meant; while another plays nothing changes, and no names are answered.
    pub asset: String,
    /// The first sixteen at most, in the file's order; null or absent changes nothing, nor do more or fewer than there are.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub channels: Option<Vec<ChannelSetting>>,
}

/// The answer to `stage_mix`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StageChannels {
    /// Names of the channels of what is open, in the file's order; none without sound.
    pub names: Vec<String>,
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
