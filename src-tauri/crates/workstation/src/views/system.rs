use std::collections::BTreeMap;

use fault::Fault;
use serde::{Deserialize, Serialize};

use super::UndoState;
use crate::follow::WriterView;
use crate::reach::Standing;

/// The lake that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeView {
    /// Short name.
    pub name: String,
    /// Folder path, or `s3://bucket/prefix`.
    pub place: String,
    /// `folder` or `s3`.
    pub kind: String,
}

/// How the lake stands to this workstation, and what is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeState {
    /// Whether it can be reached.
    pub standing: Standing,
    /// Since when, milliseconds since 1970.
    pub since_millis: u64,
    /// When it answered last, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_millis: Option<u64>,
    /// Why it is not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Entries that wait to be sent.
    pub waiting_entries: u64,
    /// Objects that wait to be sent.
    pub waiting_objects: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Objects that the lake does not take.
    pub refused_objects: u64,
    /// Whether a person has paused the sending of objects.
    pub paused: bool,
    /// What is sent next, what was refused first.
    pub sending: Vec<TransferView>,
    /// What is being fetched, and what waits for that.
    pub fetching: Vec<TransferView>,
    /// Bytes of a lake elsewhere that are kept on this machine.
    pub kept_bytes: u64,
    /// Bytes that may be kept.
    pub budget_bytes: u64,
    /// Writers that cannot be followed to their head.
    pub writers: Vec<WriterView>,
    /// What others put into it.
    pub foreign: ForeignView,
}

/// What others put into the lake, and how that is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignView {
    /// Whether it is taken in.
    pub on: bool,
    /// The queue of the bucket's notifications, empty for none.
    pub queue: String,
    /// Why the queue is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Fault>,
    /// The last notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Heard>,
    /// The last message that was left in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Heard>,
    /// The last look through the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<Heard>,
    /// Objects that wait to be taken in.
    pub waiting: u64,
    /// Objects that became assets.
    pub taken: u64,
    /// Objects that are not taken in.
    pub refused: u64,
    /// Objects that lie in an archive.
    pub archived: u64,
    /// Objects that became assets and are no longer in the lake.
    pub gone: u64,
    /// The latest of each.
    pub objects: Vec<ForeignRow>,
}

/// Something that was heard or done, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Milliseconds since 1970.
    pub millis: u64,
    /// In words.
    pub words: String,
}

/// Where an object stands that somebody else put into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForeignStanding {
    /// To be taken in.
    Waiting,
    /// Became an asset.
    Taken,
    /// Is not taken in, for a reason.
    Refused,
    /// Lies in an archive.
    Archived,
    /// Became an asset, and is no longer in the lake.
    Gone,
}

impl From<catalog::ForeignState> for ForeignStanding {
    fn from(state: catalog::ForeignState) -> Self {
        match state {
            catalog::ForeignState::Waiting => Self::Waiting,
            catalog::ForeignState::Taken => Self::Taken,
            catalog::ForeignState::Refused => Self::Refused,
            catalog::ForeignState::Archived => Self::Archived,
            catalog::ForeignState::Gone => Self::Gone,
        }
    }
}

/// One object that somebody else put into the lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignRow {
    /// Its key.
    pub key: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// Where it stands.
    pub state: ForeignStanding,
    /// What it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// Why it is not taken in, or not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Since when it stands so, milliseconds since 1970.
    pub since_millis: u64,
}

/// One object on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferView {
    /// Its key in the lake.
    pub key: String,
    /// The asset it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// All its bytes.
    pub size_bytes: u64,
    /// How many have come; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_bytes: Option<u64>,
    /// Why the lake does not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
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
