//! Keys by action: embedded defaults, a preset over them, the person's own bindings over that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fault::{Code, Fault};
use serde::Deserialize;
use toml::{Table, Value};

use crate::overlay::Overlay;
use crate::views::KeymapView;

const DEFAULTS: &str = include_str!("../../../../assets/defaults/keymap.toml");
/// The preset that is no preset.
const PLAIN: &str = "circletake";
/// The table of keys, in the defaults and in a person's file.
const OWN: &str = "bindings";

#[derive(Deserialize)]
struct Form {
    preset: String,
    bindings: BTreeMap<String, Vec<String>>,
    presets: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// The keymap file with what it really holds.
#[derive(Clone, Debug)]
pub(crate) struct KeymapFile {
    path: PathBuf,
    overlay: Overlay,
    /// In force.
    pub view: KeymapView,
    fault: Option<Fault>,
}

impl KeymapFile {
    /// Reads `path`; a missing or broken file means the defaults.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let loaded = Overlay::load(path, DEFAULTS).and_then(|overlay| Ok((in_force(&overlay)?, overlay)));
        let (view, overlay, fault) = match loaded {
            Ok((view, overlay)) => (view, overlay, None),
            Err(fault) => {
                let overlay = Overlay::defaults(DEFAULTS)?;
                (in_force(&overlay)?, overlay, Some(fault))
            }
        };
        let mut file = Self {
            path: path.to_owned(),
            overlay,
            view,
            fault,
        };
        file.view
            .warnings
            .extend(file.fault.iter().map(|fault| fault.message.clone()));
        Ok(file)
    }

    /// Takes a preset and the bindings that should hold. What the preset binds anyway is not saved.
    pub fn change(
        &mut self,
        preset: Option<&str>,
        bindings: Option<&BTreeMap<String, Vec<String>>>,
    ) -> Result<(), Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().hint(
                "Nothing was saved, so that the file stays as it is. Correct the line, then try again.",
            ));
        }
        let mut changed = self.overlay.clone();
        if let Some(preset) = preset {
            let named = (preset != PLAIN).then(|| Value::String(preset.to_owned()));
            changed = changed.with_field("preset", named);
        }
        if let Some(bindings) = bindings {
            let without = in_force(&changed.with_field(OWN, None))?.bindings;
            if let Some(unknown) = bindings.keys().find(|action| !without.contains_key(*action)) {
                return Err(Fault::new(
                    Code::BadRequest,
                    format!("There is no act called {unknown}."),
                ));
            }
            let own = bindings
                .iter()
                .filter(|(action, chords)| without.get(*action) != Some(chords));
            let mut table: Table = own
                .map(|(action, chords)| {
                    let chords = chords.iter().cloned().map(Value::String).collect();
                    (action.clone(), Value::Array(chords))
                })
                .collect();
            // Acts of a later version keep their keys in the file.
            let later = changed.own_table(OWN).into_iter();
            table.extend(later.filter(|(action, _)| !without.contains_key(action)));
            changed = changed.with_field(OWN, (!table.is_empty()).then_some(Value::Table(table)));
        }
        let view = in_force(&changed)?;
        changed.save(&self.path)?;
        self.overlay = changed;
        self.view = view;
        Ok(())
    }
}

/// Defaults, then the preset, then the person's own.
fn in_force(overlay: &Overlay) -> Result<KeymapView, Fault> {
    let form = overlay.read::<Form>()?;
    let plain = Overlay::defaults(DEFAULTS)?.read::<Form>()?.bindings;
    let mut presets = BTreeMap::from([(PLAIN.to_owned(), plain.clone())]);
    for (name, keys) in form.presets {
        let mut whole = plain.clone();
        whole.extend(keys);
        presets.insert(name, whole);
    }
    let Some(preset) = presets.get(&form.preset) else {
        let names: Vec<&str> = presets.keys().map(String::as_str).collect();
        let words = format!("There is no key preset called {}.", form.preset);
        return Err(Fault::new(Code::Settings, words).hint(format!("There are: {}.", names.join(", "))));
    };
    let mut bindings = preset.clone();
    let mut warnings = Vec::new();
    // The merged form holds the defaults too; what the person wrote is in their own table.
    for action in overlay.own_table(OWN).keys() {
        let Some(chords) = form.bindings.get(action) else {
            continue;
        };
        if !plain.contains_key(action) {
            warnings.push(format!(
                "The act {action} is not known to this version; its keys are kept."
            ));
            continue;
        }
        if let Some(bad) = chords.iter().find(|chord| !is_chord(chord)) {
            return Err(Fault::new(
                Code::Settings,
                format!("Not a key for {action}: {bad:?}."),
            ));
        }
        bindings.insert(action.clone(), chords.clone());
    }
    warnings.extend(clashes(&bindings));
    Ok(KeymapView {
        preset: form.preset,
        presets,
        bindings,
        warnings,
    })
}

/// Where an act's keys are heard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Review,
    Stage,
    List,
    Desk,
}

impl Scope {
    fn of(action: &str) -> Self {
        match action.split('.').next() {
            Some("review") => Self::Review,
            Some("transport" | "timeline" | "marker" | "comment" | "viewer") => Self::Stage,
            Some("list") => Self::List,
            _ => Self::Desk,
        }
    }

    /// Whether one key cannot serve both: a list and the stage have the focus in turn, but review keys win over either.
    fn meets(self, other: Self) -> bool {
        self == other
            || matches!((self, other), (Self::Review, Self::Stage | Self::List))
            || matches!((self, other), (Self::Stage | Self::List, Self::Review))
    }
}

fn clashes(bindings: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut by_chord: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (action, chords) in bindings {
        for chord in chords {
            by_chord.entry(chord).or_default().insert(action);
        }
    }
    let mut found = Vec::new();
    for (chord, actions) in by_chord {
        let meeting: Vec<&str> = actions
            .iter()
            .filter(|one| {
                actions
                    .iter()
                    .any(|other| other != *one && Scope::of(one).meets(Scope::of(other)))
            })
            .copied()
            .collect();
        if !meeting.is_empty() {
            found.push(format!(
                "{chord} is bound to more than one act: {}.",
                meeting.join(", ")
            ));
        }
    }
    found
}

/// `Ctrl+Shift+Z`, `K+J`: up to four parts, each a modifier or a key name, no white space.
fn is_chord(chord: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control());
    chord.len() <= 40 && (chord == "+" || (chord.split('+').count() <= 4 && chord.split('+').all(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_and_every_preset_hold_without_a_clash() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = KeymapFile::load(&dir.path().join("keymap.toml")).unwrap();
        assert!(file.view.warnings.is_empty(), "{:?}", file.view.warnings);
        for (preset, keys) in file.view.presets.clone() {
            file.change(Some(&preset), None).unwrap();
            assert_eq!(file.view.bindings, keys);
            assert!(
                file.view.warnings.is_empty(),
                "{preset}: {:?}",
                file.view.warnings
            );
        }
        file.change(Some("steenbeck"), None).unwrap_err();
    }

    #[test]
    fn own_keys_survive_and_only_differences_are_saved() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keymap.toml");
        let mut file = KeymapFile::load(&path).unwrap();
        let mut wanted = file.view.bindings.clone();
        wanted.insert("review.circle".into(), vec!["Enter".into()]);
        file.change(None, Some(&wanted)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(" = ").count(), 1, "{text}");
        let again = KeymapFile::load(&path).unwrap();
        assert_eq!(again.view.bindings["review.circle"], ["Enter"]);
        assert_eq!(again.view.bindings["review.reject"], ["R"]);
    }

    #[test]
    fn a_plain_key_holds_over_a_preset_and_one_act_or_all_go_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keymap.toml");
        std::fs::write(&path, "[bindings]\n\"later.act\" = [\"Q\"]\n").unwrap();
        let mut file = KeymapFile::load(&path).unwrap();
        let export = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            BTreeMap::from([("app.export".to_owned(), keys)])
        };
        file.change(Some("premiere"), Some(&export(&["Ctrl+E"]))).unwrap();
        assert_eq!(
            KeymapFile::load(&path).unwrap().view.bindings["app.export"],
            ["Ctrl+E"]
        );
        file.change(None, Some(&export(&[]))).unwrap();
        assert!(file.view.bindings["app.export"].is_empty());
        file.change(None, Some(&BTreeMap::new())).unwrap();
        assert_eq!(file.view.bindings["app.export"], ["Ctrl+M"], "the preset's again");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("later.act") && !text.contains("app.export"),
            "{text}"
        );
    }

    #[test]
    fn one_key_may_serve_a_list_and_the_stage_but_no_review_key_beside() {
        let keys = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(act, key)| ((*act).to_owned(), vec![(*key).to_owned()]))
                .collect()
        };
        assert!(
            clashes(&keys(&[
                ("list.up", "ArrowUp"),
                ("transport.previous_edit", "ArrowUp")
            ]))
            .is_empty()
        );
        assert_eq!(
            clashes(&keys(&[
                ("review.reject", "L"),
                ("transport.shuttle_forward", "L")
            ]))
            .len(),
            1
        );
        assert_eq!(
            clashes(&keys(&[("timeline.fit", "F"), ("viewer.full", "F")])).len(),
            1
        );
    }

    #[test]
    fn a_clash_is_shown_and_a_broken_file_leaves_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keymap.toml");
        std::fs::write(&path, "[bindings]\n\"review.circle\" = [\"R\"]\n").unwrap();
        let file = KeymapFile::load(&path).unwrap();
        assert!(
            file.view.warnings.iter().any(|w| w.starts_with("R is bound")),
            "{:?}",
            file.view.warnings
        );
        std::fs::write(&path, "[bindings]\n\"review.circle\" = 3\n").unwrap();
        let file = KeymapFile::load(&path).unwrap();
        assert_eq!(file.view.bindings["review.circle"], ["C"]);
        assert!(!file.view.warnings.is_empty());
    }
}
