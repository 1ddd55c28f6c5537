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
            changed = changed.patched(&serde_json::json!({ "preset": preset }))?;
        }
        if let Some(bindings) = bindings {
            let without = in_force(&changed.with_table("bindings", Table::new()))?;
            if let Some(unknown) = bindings
                .keys()
                .find(|action| !without.bindings.contains_key(*action))
            {
                return Err(Fault::new(
                    Code::BadRequest,
                    format!("There is no act called {unknown}."),
                ));
            }
            let own = bindings
                .iter()
                .filter(|(action, chords)| without.bindings.get(*action) != Some(chords));
            let table = own.map(|(action, chords)| {
                (
                    action.clone(),
                    Value::Array(chords.iter().cloned().map(Value::String).collect()),
                )
            });
            changed = changed.with_table("bindings", table.collect());
        }
        let view = in_force(&changed)?;
        changed.save(&self.path)?;
        self.overlay = changed;
        self.view = view;
        Ok(())
    }
}

/// Defaults, then the preset, then the person's own. An own binding equal to the plain default cannot be told from none:
/// under a preset it is the preset's that holds.
fn in_force(overlay: &Overlay) -> Result<KeymapView, Fault> {
    let defaults = Overlay::defaults(DEFAULTS)?.read::<Form>()?;
    let form = overlay.read::<Form>()?;
    let mut bindings = defaults.bindings.clone();
    let mut presets: Vec<String> = form.presets.keys().cloned().collect();
    presets.insert(0, PLAIN.to_owned());
    if form.preset != PLAIN {
        let preset = form.presets.get(&form.preset).ok_or_else(|| {
            Fault::new(
                Code::Settings,
                format!("There is no key preset called {}.", form.preset),
            )
            .hint(format!("There are: {}.", presets.join(", ")))
        })?;
        bindings.extend(preset.clone());
    }
    let mut warnings = Vec::new();
    for (action, chords) in form.bindings {
        match defaults.bindings.get(&action) {
            None => warnings.push(format!(
                "The act {action} is not known to this version; its keys are kept."
            )),
            Some(plain) if *plain == chords => {}
            Some(_) => {
                if let Some(bad) = chords.iter().find(|chord| !is_chord(chord)) {
                    return Err(Fault::new(
                        Code::Settings,
                        format!("Not a key for {action}: {bad:?}."),
                    ));
                }
                bindings.insert(action, chords);
            }
        }
    }
    warnings.extend(clashes(&bindings));
    Ok(KeymapView {
        preset: form.preset,
        presets,
        bindings,
        warnings,
    })
}

fn clashes(bindings: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut by_chord: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (action, chords) in bindings {
        for chord in chords {
            by_chord.entry(chord).or_default().insert(action);
        }
    }
    let several = by_chord.into_iter().filter(|(_, actions)| actions.len() > 1);
    several
        .map(|(chord, actions)| {
            let actions: Vec<&str> = actions.into_iter().collect();
            format!("{chord} is bound to more than one act: {}.", actions.join(", "))
        })
        .collect()
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
        for preset in file.view.presets.clone() {
            file.change(Some(&preset), None).unwrap();
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
