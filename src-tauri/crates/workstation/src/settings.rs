//! What a person can set. Defaults are embedded; the file in the home holds only differences and whatever it held that
//! this version does not know.

use std::path::{Path, PathBuf};

use fault::{Code, Fault};
use ledger::Role;
use serde::{Deserialize, Serialize};

use crate::overlay::{self, Overlay};

const DEFAULTS: &str = include_str!("../../../../assets/defaults/settings.toml");

/// Everything that can be set, in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who works here.
    pub person: PersonSettings,
    /// How files come in.
    pub ingest: IngestSettings,
    /// Watched folders.
    pub watch: WatchSettings,
    /// How the desk behaves.
    pub desk: DeskSettings,
    /// What goes to and from a lake elsewhere.
    pub lake: LakeSettings,
    /// What is logged.
    pub log: LogSettings,
    /// What in the file was not understood, in words. Never saved.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Who works here. Nothing authenticates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSettings {
    /// Shown on decisions; empty for the operating system's user name.
    pub name: String,
    /// Claimed role.
    pub role: Role,
}

/// What happens to an original at ingest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Originals {
    /// It stays where it is; the lake remembers the place.
    Reference,
    /// Its bytes also go into the lake, under `raw/`.
    Copy,
}

/// How files come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestSettings {
    /// What happens to the original.
    pub originals: Originals,
    /// Pixels, 144 to 720.
    pub proxy_height_max: u32,
    /// Whether faces, text, speech, highlights and posters are looked for afterwards.
    pub second_looks: bool,
}

/// Watched folders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchSettings {
    /// Absolute paths.
    pub folders: Vec<PathBuf>,
    /// A file is taken in when its size and time did not change for so long; 1 to 3600.
    pub settle_secs: u32,
}

/// The look of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// For a dark room.
    Dark,
    /// For daylight.
    Light,
    /// High contrast.
    Contrast,
}

/// How the desk behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskSettings {
    /// Its look.
    pub theme: Theme,
    /// A verdict moves on to the next undecided.
    pub auto_advance: bool,
    /// Scrubbing is heard.
    pub sound_while_scrubbing: bool,
    /// Mebibytes of decoded frames kept for the viewer, 64 to 65536; 0 for a sixteenth of this machine's memory.
    pub frame_cache_mebibytes: u32,
    /// Whether a graphics card may help to decode originals.
    pub hardware_decoding: bool,
    /// What a programme's loudness shall be, LUFS, -36 to -8.
    pub loudness_target_lufs: i32,
}

/// What goes to and from a lake elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeSettings {
    /// Gibibytes of it kept on this machine, 1 to 65536.
    pub keep_gibibytes: u32,
    /// Whether sending objects waits; what was decided is sent all the same.
    pub paused: bool,
    /// Kibibytes a second of objects into it; 0 for as many as go.
    pub send_kibibytes_per_sec: u32,
    /// Kibibytes a second of objects out of it; 0 for as many as go.
    pub fetch_kibibytes_per_sec: u32,
    /// Whether media that others put into the lake are taken in.
    pub take_in_foreign: bool,
    /// The queue in which the bucket's notifications wait, as an address or an ARN; empty for none.
    pub event_queue: String,
    /// Where in the lake lists by S3 Inventory arrive, read in place of listing; empty for none.
    pub inventory: String,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Lost work only.
    Error,
    /// And what may need attention.
    Warn,
    /// And what was done.
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// As the tracing filter spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSettings {
    /// How much.
    pub level: LogLevel,
}

/// The settings file with what it really holds.
#[derive(Clone, Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    overlay: Overlay,
    /// In force.
    pub settings: Settings,
    /// Why the file was set aside, if it was. It is never overwritten then.
    pub fault: Option<Fault>,
}

impl SettingsFile {
    /// Reads `path`; a missing file means all defaults, a broken one too, with a fault that names the line.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let (overlay, mut broken) = match Overlay::load(path, DEFAULTS) {
            Ok(overlay) => (overlay, None),
            Err(fault) => (Overlay::defaults(DEFAULTS)?, Some(fault)),
        };
        let (overlay, settings) = match overlay.read::<Settings>().and_then(checked) {
            Ok(settings) => (overlay, settings),
            Err(fault) => {
                let plain = Overlay::defaults(DEFAULTS)?;
                let settings = plain.read::<Settings>()?;
                broken = Some(overlay::with_path(fault, path));
                (plain, settings)
            }
        };
        let mut file = Self {
            path: path.to_owned(),
            settings,
            overlay,
            fault: broken,
        };
        file.settings.warnings = file.words();
        Ok(file)
    }

    /// Takes a partial change as JSON (`{"desk":{"theme":"light"}}`), checks the whole and saves the differences.
    pub fn change(&mut self, patch: &serde_json::Value) -> Result<(), Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().hint(
                "Nothing was saved, so that the file stays as it is. Correct the line, then try again.",
            ));
        }
        let mut patch = patch.clone();
        if let Some(fields) = patch.as_object_mut() {
            fields.remove("warnings");
        }
        let changed = self.overlay.patched(&patch)?;
        if let Some(unknown) = changed
            .unknown()
            .into_iter()
            .find(|key| !self.overlay.unknown().contains(key))
        {
            return Err(Fault::new(
                Code::BadRequest,
                format!("There is no setting called {unknown}."),
            ));
        }
        let mut settings = changed.read::<Settings>().and_then(checked)?;
        changed.save(&self.path)?;
        self.overlay = changed;
        settings.warnings = self.words();
        self.settings = settings;
        Ok(())
    }

    fn words(&self) -> Vec<String> {
        let unknown = self.overlay.unknown().into_iter();
        let kept = unknown
            .map(|key| format!("The setting {key} is not known to this version; it is kept as it is."));
        self.fault
            .iter()
            .map(|fault| fault.message.clone())
            .chain(kept)
            .collect()
    }
}

fn checked(settings: Settings) -> Result<Settings, Fault> {
    let refuse = |message: String| Err(Fault::new(Code::Settings, message));
    if !(144..=720).contains(&settings.ingest.proxy_height_max) {
        return refuse(format!(
            "ingest.proxy_height_max must be 144 to 720, not {}.",
            settings.ingest.proxy_height_max
        ));
    }
    if !(1..=3600).contains(&settings.watch.settle_secs) {
        return refuse(format!(
            "watch.settle_secs must be 1 to 3600, not {}.",
            settings.watch.settle_secs
        ));
    }
    let frames = settings.desk.frame_cache_mebibytes;
    if frames != 0 && !(64..=65_536).contains(&frames) {
        return refuse(format!(
            "desk.frame_cache_mebibytes must be 64 to 65536, or 0 for a part of the memory, not {frames}."
        ));
    }
    let target = settings.desk.loudness_target_lufs;
    if !(-36..=-8).contains(&target) {
        return refuse(format!(
            "desk.loudness_target_lufs must be -36 to -8, not {target}."
        ));
    }
    let keep = settings.lake.keep_gibibytes;
    if !(1..=65_536).contains(&keep) {
        return refuse(format!("lake.keep_gibibytes must be 1 to 65536, not {keep}."));
    }
    let queue = settings.lake.event_queue.as_str();
    if !queue.is_empty()
        && let Err(error) = queue.parse::<lake::events::QueuePlace>()
    {
        return refuse(format!("lake.event_queue: {error}."));
    }
    let inventory = settings.lake.inventory.trim_end_matches('/');
    if !inventory.is_empty()
        && let Err(error) = lake::Key::new(inventory)
    {
        return refuse(format!("lake.inventory: {error}."));
    }
    if let Some(folder) = settings.watch.folders.iter().find(|folder| !folder.is_absolute()) {
        return refuse(format!(
            "A watched folder needs an absolute path, not {}.",
            folder.display()
        ));
    }
    if settings.person.name.chars().any(char::is_control) || settings.person.name.chars().count() > 120 {
        return refuse("person.name must be at most 120 characters in one line.".into());
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_differences_are_saved_and_unknown_keys_survive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "[desk]\ntheme = \"light\"\nfrom_the_future = 3\n").unwrap();
        let mut file = SettingsFile::load(&path).unwrap();
        assert_eq!(file.settings.desk.theme, Theme::Light);
        assert_eq!(file.settings.warnings.len(), 1, "{:?}", file.settings.warnings);
        file.change(&json!({"person": {"name": "Ada"}, "desk": {"theme": "dark"}}))
            .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("from_the_future = 3") && text.contains("Ada"),
            "{text}"
        );
        assert!(!text.contains("theme") && !text.contains("settle_secs"), "{text}");
    }

    #[test]
    fn a_broken_file_names_its_line_is_left_alone_and_defaults_hold() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "[desk]\ntheme = \"light\"\n[person\n").unwrap();
        let mut file = SettingsFile::load(&path).unwrap();
        let fault = file.fault.clone().unwrap();
        assert_eq!(fault.code, Code::Settings);
        assert!(fault.message.contains("line 3"), "{}", fault.message);
        assert_eq!(file.settings.desk.theme, Theme::Dark);
        file.change(&json!({"desk": {"theme": "contrast"}})).unwrap_err();
        assert!(std::fs::read_to_string(&path).unwrap().contains("[person\n"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_or_out_of_range_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let mut file = SettingsFile::load(&path).unwrap();
        for bad in [
            json!({"ingest": {"proxy_height_max": 721}}),
            json!({"desk": {"theme": "mauve"}}),
            json!({"desk": {"frame_cache_mebibytes": 63}}),
            json!({"desk": {"hardware_decoding": "perhaps"}}),
            json!({"desk": {"loudness_target_lufs": 23}}),
            json!({"desk": {"colour": "red"}}),
            json!({"watch": {"folders": ["relative"]}}),
            json!({"lake": {"event_queue": "foreign"}}),
            json!({"lake": {"event_queue": "http://192.0.2.1/1/foreign"}}),
            json!({"lake": {"inventory": "../lists"}}),
            json!({"person": 3}),
        ] {
            file.change(&bad).unwrap_err();
        }
        assert!(!path.exists(), "a refused change is not saved");
        std::fs::write(&path, "[desk]\ntheme = 4\n").unwrap();
        let file = SettingsFile::load(&path).unwrap();
        assert!(file.fault.is_some());
        assert_eq!(file.settings.desk.theme, Theme::Dark);
    }
}
