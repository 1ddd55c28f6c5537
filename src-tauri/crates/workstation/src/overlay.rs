//! A TOML file over embedded defaults: only differences are saved, unknown keys are kept, and a change is on disk before
//! it counts.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fault::{Code, Fault};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Tells the files apart that this process stages at the same time.
static STAGED: AtomicU64 = AtomicU64::new(0);

/// Defaults and what a person changed.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    defaults: Table,
    own: Table,
}

impl Overlay {
    /// Nothing changed.
    pub fn defaults(text: &str) -> Result<Self, Fault> {
        let defaults = text.parse::<Table>().map_err(|error| {
            Fault::new(Code::Internal, "The built-in defaults do not read.").because(&error)
        })?;
        Ok(Self {
            defaults,
            own: Table::new(),
        })
    }

    /// The person's file over the defaults; a missing file changes nothing.
    pub fn load(path: &Path, defaults: &str) -> Result<Self, Fault> {
        let mut overlay = Self::defaults(defaults)?;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(overlay),
            Err(error) => {
                return Err(
                    Fault::new(Code::Settings, format!("Cannot read {}", path.display()))
                        .hint("The defaults are used.")
                        .because(&error),
                );
            }
        };
        overlay.own = text.parse::<Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| {
                text.get(..span.start).unwrap_or(&text).matches('\n').count() + 1
            });
            Fault::new(
                Code::Settings,
                format!(
                    "line {line} does not read ({}): {}",
                    error.message(),
                    path.display()
                ),
            )
            .hint("The defaults are used until the line is corrected.")
        })?;
        Ok(overlay)
    }

    /// Defaults and changes together.
    pub fn merged(&self) -> Table {
        let mut merged = self.defaults.clone();
        merge(&mut merged, &self.own);
        merged
    }

    /// As a typed value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.merged().try_into::<T>().map_err(|error| {
            let what = error.message().trim().to_owned();
            Fault::new(
                Code::Settings,
                format!("A setting has a value it cannot have: {what}"),
            )
            .hint("The defaults are used until it is corrected.")
        })
    }

    /// Dotted keys in the person's file that the defaults do not have.
    pub fn unknown(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect_unknown("", &self.own, &self.defaults, &mut found);
        found
    }

    /// With a JSON merge patch applied; values equal to the default leave the file.
    pub fn patched(&self, patch: &serde_json::Value) -> Result<Self, Fault> {
        let Some(fields) = patch.as_object() else {
            return Err(Fault::new(
                Code::BadRequest,
                "A change of settings must be a JSON object.",
            ));
        };
        let patch = Value::try_from(fields).map_err(|error| {
            Fault::new(Code::BadRequest, "A setting cannot have this value.").because(&error)
        })?;
        let mut own = self.own.clone();
        if let Value::Table(table) = &patch {
            merge(&mut own, table);
        }
        drop_defaults(&mut own, &self.defaults);
        Ok(Self {
            defaults: self.defaults.clone(),
            own,
        })
    }

    /// A table of the person's file; empty where it has none.
    pub fn own_table(&self, name: &str) -> Table {
        match self.own.get(name) {
            Some(Value::Table(table)) => table.clone(),
            _ => Table::new(),
        }
    }

    /// Sets one field of the person's file as it is, also to what the default says; `None` takes it out.
    pub fn with_field(&self, name: &str, value: Option<Value>) -> Self {
        let mut own = self.own.clone();
        match value {
            Some(value) => own.insert(name.to_owned(), value),
            None => own.remove(name),
        };
        Self {
            defaults: self.defaults.clone(),
            own,
        }
    }

    /// Writes the person's file so that a crash leaves the old or the new one whole.
    pub fn save(&self, path: &Path) -> Result<(), Fault> {
        let text = toml::to_string_pretty(&self.own).map_err(|error| {
            Fault::new(Code::Settings, "These settings cannot be written.").because(&error)
        })?;
        write_whole(path, text.as_bytes()).map_err(|error| {
            crate::faults::from_io(&error, Code::Settings, format!("Cannot save {}", path.display()))
        })
    }
}

/// Puts the file in front of what is wrong in it.
pub(crate) fn with_path(mut fault: Fault, path: &Path) -> Fault {
    fault.message = format!("{}: {}", fault.message.trim_end_matches('.'), path.display());
    fault
}

/// Writes a small file through a temporary neighbour, synced before and after it takes the name.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// The same for content that comes piece by piece: `fill` writes it, and what it refuses leaves no trace.
pub(crate) fn write_whole_with<E: From<std::io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    // Not derived from the name it will take, which may already be as long as a name can be.
    let turn = STAGED.fetch_add(1, Ordering::Relaxed);
    let staged = folder.join(format!(".circletake-{}-{turn}.part", std::process::id()));
    let written = File::create(&staged).map_err(E::from).and_then(|mut file| {
        fill(&mut file)?;
        Ok(file.sync_all()?)
    });
    if let Err(error) = written.and_then(|()| Ok(std::fs::rename(&staged, path)?)) {
        // The staged file is of no use to anybody; that it cannot be removed adds nothing to the error.
        drop(std::fs::remove_file(&staged));
        return Err(error);
    }
    Ok(File::open(folder)?.sync_all()?)
}

/// The folder a file is written into; a bare name lies in the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn merge(into: &mut Table, from: &Table) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

fn drop_defaults(own: &mut Table, defaults: &Table) {
    own.retain(|key, value| match (value, defaults.get(key)) {
        (Value::Table(above), Some(Value::Table(below))) => {
            drop_defaults(above, below);
            !above.is_empty()
        }
        (value, Some(default)) => value != default,
        (_, None) => true,
    });
}

fn collect_unknown(prefix: &str, own: &Table, defaults: &Table, found: &mut Vec<String>) {
    for (key, value) in own {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match (value, defaults.get(key)) {
            (Value::Table(above), Some(Value::Table(below))) => collect_unknown(&path, above, below, found),
            (_, Some(_)) => {}
            (_, None) => found.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("cut.edl")), Path::new("."));
        assert_eq!(folder_of(Path::new("./cut.edl")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/cut.edl")), Path::new("a"));
        assert_eq!(folder_of(Path::new("/cut.edl")), Path::new("/"));
    }

    #[test]
    fn the_longest_name_is_written_and_a_refused_content_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(255));
        write_whole(&path, b"first").unwrap();
        let refused = write_whole_with(&path, |file| {
            file.write_all(b"half")?;
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        });
        assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing half-written stays"
        );
    }
}
