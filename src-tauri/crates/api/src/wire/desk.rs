use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FaultWords, LakePlace, Refusal};

/// A request or an answer with nothing in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(type = "Record<string, never>")]
pub struct Empty {}

/// Where the desk runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// In the desktop window, beside the native stage.
    Window,
    /// In a browser.
    Browser,
}

/// The role a person claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "Role")]
pub enum RoleWord {
    /// Finds, reviews, trims, finishes.
    Editor,
    /// Works through flagged frames and technical faults.
    Qc,
    /// Compares, comments, approves.
    Producer,
}

/// Who sits at this workstation, by their own word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// The name shown.
    pub name: String,
    /// The role claimed.
    pub role: RoleWord,
}

/// What undo and redo would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UndoState {
    /// Something can be taken back.
    pub can_undo: bool,
    /// Something can be done again.
    pub can_redo: bool,
    /// What, in words; empty when nothing.
    pub undo_label: String,
    /// What, in words; empty when nothing.
    pub redo_label: String,
    /// On how much of what undo would take back somebody has decided since.
    pub undo_overtaken: u64,
    /// Who, and what undo then does, in words; empty when nobody has.
    pub undo_words: String,
    /// On how much of what redo would do again somebody has decided since.
    pub redo_overtaken: u64,
    /// Who, and what redo then does, in words; empty when nobody has.
    pub redo_words: String,
}

/// `hello`: what the desk needs to draw its first picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Hello {
    /// Of the program.
    pub version: String,
    /// Window or browser.
    pub host: Host,
    /// The lake at hand.
    pub lake: LakePlace,
    /// Who.
    pub person: Person,
    /// How pictures reach the screen, for example `Vulkan` or `off-screen`.
    pub presenter: String,
    /// Undo and redo.
    pub undo: UndoState,
    /// The demo film, when this lake holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo_asset: Option<String>,
    /// Files that were named when the program was started and were not taken in.
    #[serde(default)]
    pub refused: Vec<Refusal>,
    /// Counts the lakes opened since the program was started: with another number a page begins anew.
    pub opening: u64,
    /// Why the lake opened last is not the one that is open, when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_come_back: Option<FaultWords>,
}

/// Colours of the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// For a dark room.
    #[default]
    Dark,
    /// For daylight.
    Light,
    /// High contrast.
    Contrast,
}

/// `settings`: what a person can change. The file stands in the home; unknown keys in it are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// Who sits here.
    pub person: Person,
    /// Colours.
    pub theme: Theme,
    /// A verdict moves on to the next undecided.
    pub auto_advance: bool,
    /// Scrubbing is heard.
    pub sound_while_scrubbing: bool,
    /// Mebibytes of decoded frames kept for the viewer; 0 for a part of this machine's memory.
    pub frame_cache_mebibytes: u32,
    /// Whether a graphics card may help to decode originals.
    pub hardware_decoding: bool,
    /// What a programme's loudness shall be, LUFS.
    pub loudness_target_lufs: i32,
    /// Gibibytes of a lake elsewhere kept on this machine.
    pub lake_keep_gibibytes: u32,
    /// Whether sending proxies and originals to it waits.
    pub lake_paused: bool,
    /// Kibibytes a second of files into it; 0 for as many as go.
    pub lake_send_kibibytes_per_sec: u32,
    /// Kibibytes a second of files out of it; 0 for as many as go.
    pub lake_fetch_kibibytes_per_sec: u32,
    /// Whether media that others put into the lake are taken in.
    pub lake_take_in_foreign: bool,
    /// The queue in which the bucket's notifications wait, as an address or an ARN; empty for none.
    pub lake_event_queue: String,
    /// Where in the lake lists by S3 Inventory arrive; empty for none.
    pub lake_inventory: String,
    /// Whether faces, text, speech, highlights and posters are looked for after an ingest.
    pub second_looks: bool,
    /// Greatest height of new proxies in pixels.
    pub proxy_height_max: u32,
    /// Folders watched for new media, as text to show; they are set in the file only.
    pub watched_folders: Vec<String>,
    /// What in the file was not understood, in words.
    pub warnings: Vec<String>,
}

/// `set_settings`: the fields to change.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SettingsChange {
    /// Who sits here.
    #[serde(default)]
    pub person: Option<Person>,
    /// Colours.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// A verdict moves on to the next undecided.
    #[serde(default)]
    pub auto_advance: Option<bool>,
    /// Scrubbing is heard.
    #[serde(default)]
    pub sound_while_scrubbing: Option<bool>,
    /// Mebibytes of decoded frames kept for the viewer, 64 to 65536; 0 for a part of this machine's memory.
    #[serde(default)]
    pub frame_cache_mebibytes: Option<u32>,
    /// Whether a graphics card may help to decode originals.
    #[serde(default)]
    pub hardware_decoding: Option<bool>,
    /// What a programme's loudness shall be, LUFS, -36 to -8.
    #[serde(default)]
    pub loudness_target_lufs: Option<i32>,
    /// Gibibytes of a lake elsewhere kept on this machine.
    #[serde(default)]
    pub lake_keep_gibibytes: Option<u32>,
    /// Whether sending proxies and originals to it waits.
    #[serde(default)]
    pub lake_paused: Option<bool>,
    /// Kibibytes a second of files into it; 0 for as many as go.
    #[serde(default)]
    pub lake_send_kibibytes_per_sec: Option<u32>,
    /// Kibibytes a second of files out of it; 0 for as many as go.
    #[serde(default)]
    pub lake_fetch_kibibytes_per_sec: Option<u32>,
    /// Whether media that others put into the lake are taken in.
    #[serde(default)]
    pub lake_take_in_foreign: Option<bool>,
    /// The queue in which the bucket's notifications wait, as an address or an ARN; empty for none.
    #[serde(default)]
    pub lake_event_queue: Option<String>,
    /// Where in the lake lists by S3 Inventory arrive; empty for none.
    #[serde(default)]
    pub lake_inventory: Option<String>,
    /// Whether faces, text, speech, highlights and posters are looked for after an ingest.
    #[serde(default)]
    pub second_looks: Option<bool>,
    /// Greatest height of new proxies in pixels, 144 to 720.
    #[serde(default)]
    pub proxy_height_max: Option<u32>,
}

/// Whose keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "KeymapPreset")]
pub enum Preset {
    /// Our own.
    #[default]
    CircleTake,
    /// Adobe Premiere.
    Premiere,
    /// DaVinci Resolve.
    Resolve,
    /// Avid Media Composer.
    Avid,
}

/// `keymap`: the keys in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Keymap {
    /// The preset underneath.
    pub preset: Preset,
    /// Act → its keys, all that are in force; an empty list is unbound.
    #[ts(type = "Record<string, string[]>")]
    pub bindings: BTreeMap<String, Vec<String>>,
    /// Preset → act → its keys, complete: what a binding goes back to.
    #[ts(type = "Record<KeymapPreset, Record<string, string[]>>")]
    pub presets: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// What of the person's file was not understood, in words.
    pub warnings: Vec<String>,
}

/// `set_keymap`: the fields to change.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct KeymapChange {
    /// The preset underneath.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// Bindings to hold over the preset; acts that are left out keep the preset's.
    #[serde(default)]
    #[ts(optional, type = "Record<string, string[]>")]
    pub bindings: Option<BTreeMap<String, Vec<String>>>,
}

/// One engine, whether it can run here or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Engine {
    /// Its name, for example `local.shots`.
    pub name: String,
    /// Kinds it proposes.
    pub kinds: Vec<String>,
    /// Whether it can run now.
    pub available: bool,
    /// What it does, in words.
    pub words: String,
    /// What to do to have it; empty when it is here.
    pub how_to_get: String,
    /// Model or method.
    pub model: String,
    /// Version of both.
    pub version: String,
}

/// `engines`: who could propose something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Engines {
    /// All known ones.
    pub engines: Vec<Engine>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Works.
    Ok,
    /// Works, with a reservation.
    Warn,
    /// Not here.
    Missing,
}

/// One thing this machine can or cannot do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// `media`, `stage`, `engines`, `lake`, …
    pub area: String,
    /// What was looked at.
    pub title: String,
    /// How it came out.
    pub state: CheckState,
    /// What was found.
    pub words: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// `doctor`: what this machine can do, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Checks {
    /// All of them.
    pub checks: Vec<Check>,
}
