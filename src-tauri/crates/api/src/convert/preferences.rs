//! Settings and keymap.

use serde_json::{Map, Value, json};
use workstation as ws;

use crate::wire;

impl From<ws::Settings> for wire::Settings {
    fn from(settings: ws::Settings) -> Self {
        let role = match settings.person.role {
            ledger::Role::Editor => wire::RoleWord::Editor,
            ledger::Role::Qc => wire::RoleWord::Qc,
            ledger::Role::Producer => wire::RoleWord::Producer,
        };
        Self {
            person: wire::Person {
                name: settings.person.name,
                role,
            },
            theme: settings.desk.theme.into(),
            auto_advance: settings.desk.auto_advance,
            sound_while_scrubbing: settings.desk.sound_while_scrubbing,
            frame_cache_mebibytes: settings.desk.frame_cache_mebibytes,
            hardware_decoding: settings.desk.hardware_decoding,
            loudness_target_lufs: settings.desk.loudness_target_lufs,
            lake_keep_gibibytes: settings.lake.keep_gibibytes,
            lake_paused: settings.lake.paused,
            lake_send_kibibytes_per_sec: settings.lake.send_kibibytes_per_sec,
            lake_fetch_kibibytes_per_sec: settings.lake.fetch_kibibytes_per_sec,
            lake_take_in_foreign: settings.lake.take_in_foreign,
            lake_event_queue: settings.lake.event_queue,
            lake_inventory: settings.lake.inventory,
            second_looks: settings.ingest.second_looks,
            proxy_height_max: settings.ingest.proxy_height_max,
            watched_folders: settings
                .watch
                .folders
                .iter()
                .map(|folder| folder.display().to_string())
                .collect(),
            warnings: settings.warnings,
        }
    }
}

/// One field of the partial settings file, when it is given.
fn put(into: &mut Map<String, Value>, table: &str, key: &str, value: Option<Value>) {
    let Some(value) = value else { return };
    let table = into.entry(table).or_insert_with(|| json!({}));
    if let Value::Object(table) = table {
        table.insert(key.to_owned(), value);
    }
}

impl wire::SettingsChange {
    /// The partial settings file that this change means. Watched folders are not among them: no command takes a path.
    pub(crate) fn patch(&self) -> Value {
        let mut out = Map::new();
        put(
            &mut out,
            "person",
            "name",
            self.person.as_ref().map(|person| json!(person.name)),
        );
        put(
            &mut out,
            "person",
            "role",
            self.person.as_ref().map(|person| json!(person.role)),
        );
        put(&mut out, "desk", "theme", self.theme.map(|theme| json!(theme)));
        put(
            &mut out,
            "desk",
            "auto_advance",
            self.auto_advance.map(Value::Bool),
        );
        put(
            &mut out,
            "desk",
            "sound_while_scrubbing",
            self.sound_while_scrubbing.map(Value::Bool),
        );
        put(
            &mut out,
            "desk",
            "frame_cache_mebibytes",
            self.frame_cache_mebibytes.map(|size| json!(size)),
        );
        put(
            &mut out,
            "desk",
            "hardware_decoding",
            self.hardware_decoding.map(Value::Bool),
        );
        put(
            &mut out,
            "desk",
            "loudness_target_lufs",
            self.loudness_target_lufs.map(|lufs| json!(lufs)),
        );
        self.patch_lake(&mut out);
        put(
            &mut out,
            "ingest",
            "second_looks",
            self.second_looks.map(Value::Bool),
        );
        put(
            &mut out,
            "ingest",
            "proxy_height_max",
            self.proxy_height_max.map(|height| json!(height)),
        );
        Value::Object(out)
    }

    fn patch_lake(&self, out: &mut Map<String, Value>) {
        put(
            out,
            "lake",
            "keep_gibibytes",
            self.lake_keep_gibibytes.map(|size| json!(size)),
        );
        put(out, "lake", "paused", self.lake_paused.map(Value::Bool));
        put(
            out,
            "lake",
            "send_kibibytes_per_sec",
            self.lake_send_kibibytes_per_sec.map(|cap| json!(cap)),
        );
        put(
            out,
            "lake",
            "fetch_kibibytes_per_sec",
            self.lake_fetch_kibibytes_per_sec.map(|cap| json!(cap)),
        );
        put(
            out,
            "lake",
            "take_in_foreign",
            self.lake_take_in_foreign.map(Value::Bool),
        );
        let texts = [
            ("event_queue", &self.lake_event_queue),
            ("inventory", &self.lake_inventory),
        ];
        for (key, text) in texts {
            put(out, "lake", key, text.as_deref().map(|text| json!(text.trim())));
        }
    }
}

impl wire::Preset {
    /// As the keymap file spells it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CircleTake => "circletake",
            Self::Premiere => "premiere",
            Self::Resolve => "resolve",
            Self::Avid => "avid",
        }
    }
}

impl From<ws::KeymapView> for wire::Keymap {
    fn from(view: ws::KeymapView) -> Self {
        let presets = [wire::Preset::Premiere, wire::Preset::Resolve, wire::Preset::Avid];
        let preset = presets
            .into_iter()
            .find(|preset| preset.as_str() == view.preset)
            .unwrap_or_default();
        Self {
            preset,
            bindings: view.bindings,
            presets: view.presets,
            warnings: view.warnings,
        }
    }
}
