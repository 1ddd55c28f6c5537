use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::UndoState;

/// The lake that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeView {
    /// Short name.
    pub name: String,
    /// Folder path.
    pub place: String,
    /// `folder`.
    pub kind: String,
}

/// Who works here, as the settings say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Name shown on decisions.
    pub name: String,
    /// `editor`, `qc` or `producer`.
    pub role: String,
}

/// What a desk asks first. The shells add host and presenter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of this program.
    pub version: String,
    /// The lake.
    pub lake: LakeView,
    /// Who.
    pub person: PersonView,
    /// What undo would do.
    pub undo: UndoState,
    /// The demo film's asset, when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo_asset: Option<String>,
}

/// One engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineRow {
    /// `local.shots`, …
    pub name: String,
    /// What it proposes.
    pub kinds: Vec<String>,
    /// Whether it can run here.
    pub available: bool,
    /// What it does and where it stands, for a person.
    pub words: String,
    /// How to get it, empty when it is here.
    pub how_to_get: String,
    /// Model or method id.
    pub model: String,
    /// Version.
    pub version: String,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Works.
    Ok,
    /// Works with a limit that is worth knowing.
    Warn,
    /// Is not here.
    Missing,
}

/// One line of `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `media`, `engines`, `lake`, `home`, `stage`, `watch`.
    pub area: String,
    /// What was checked.
    pub title: String,
    /// How it came out.
    pub state: CheckState,
    /// What was found.
    pub words: String,
    /// What to do, empty when nothing.
    pub hint: String,
}

/// The keys in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeymapView {
    /// `circletake`, `premiere`, `resolve`, `avid`.
    pub preset: String,
    /// Presets that exist, each with all its keys.
    pub presets: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Action → chords, for example `review.circle` → `["C"]`.
    pub bindings: BTreeMap<String, Vec<String>>,
    /// Lines of the person's file that were not understood, in words.
    pub warnings: Vec<String>,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportWhat {
    /// Circled shots in time order.
    Shots,
    /// Circled highlights in time order.
    Highlights,
    /// Circled cues.
    Cues,
    /// Circled poster frames.
    Posters,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// CMX3600.
    Edl,
    /// OpenTimelineIO JSON.
    Otio,
    /// Final Cut Pro XML.
    Fcpxml,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// TTML, as IMSC 1.1 text.
    Ttml,
    /// Pictures with a contact sheet.
    Png,
}

/// An export that lies in the home's `exports` folder until it is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportResult {
    /// Opaque; the path is asked for with it.
    pub export_id: String,
    /// A name to save it under.
    pub file_name: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// What the format could not carry, in words.
    pub losses: Vec<String>,
    /// Events, cues or pictures written.
    pub items: u64,
}

/// The outcome of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedCues {
    /// Cues taken in and circled.
    pub cues: u64,
    /// What of the file could not be taken over, in words.
    pub losses: Vec<String>,
}

/// Where the demo film is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoTicket {
    /// Its asset, once it was taken in.
    pub asset: Option<String>,
    /// What is being done about it until then.
    pub job: Option<String>,
}
