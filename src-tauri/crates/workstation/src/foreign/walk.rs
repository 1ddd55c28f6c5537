//! What others put into a lake that is a folder: files under names of their own, which may still be being written.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use catalog::Sight;
use lake::{Key, layout};

use super::{is_media, unfit};
use crate::intake::fingerprint;
use crate::place;

/// Folders inside folders, at most: deeper is a mistake.
const MAX_DEPTH: usize = 64;

/// How a file in a folder lake looks: another look is another version.
pub(super) fn tag_of(path: &Path) -> Option<(String, u64)> {
    let (size_bytes, modified_nanos) = fingerprint(path).ok()?;
    Some((format!("{size_bytes}-{modified_nanos}"), size_bytes))
}

/// Goes through a folder lake without following links and without Circle Take's own folders; `each` gets what may be media.
/// False when something could not be read: then nothing follows from what was not seen.
pub(super) fn walk<E>(
    root: &Path,
    found: &dyn Fn(&Key) -> Option<PathBuf>,
    again_millis: u64,
    each: &mut dyn FnMut(Sight) -> Result<(), E>,
) -> Result<bool, E> {
    let mut walk = Walk {
        found,
        again_millis,
        each,
        whole: true,
    };
    walk.folder(root, "", 0)?;
    Ok(walk.whole)
}

struct Walk<'a, E> {
    /// Where the lake has the file of a key.
    found: &'a dyn Fn(&Key) -> Option<PathBuf>,
    again_millis: u64,
    each: &'a mut dyn FnMut(Sight) -> Result<(), E>,
    whole: bool,
}

impl<E> Walk<'_, E> {
    fn folder(&mut self, folder: &Path, base: &str, depth: usize) -> Result<(), E> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.whole = false;
            return Ok(());
        };
        for entry in entries {
            let Ok(entry) = entry else {
                self.whole = false;
                continue;
            };
            let Ok(kind) = entry.file_type() else {
                self.whole = false;
                continue;
            };
            self.entry(&entry, kind, base, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, kind: FileType, base: &str, depth: usize) -> Result<(), E> {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            if kind.is_file() {
                let shown = format!("{base}{}", place::shown(Path::new(&name)));
                return (self.each)(unfit(&shown, &"it is no text"));
            }
            return Ok(());
        };
        // Ours, hidden, or a link: none of it is a film that somebody put here.
        let own = base.is_empty()
            && layout::ROOTS
                .iter()
                .any(|root| root.trim_end_matches('/') == name);
        if name.starts_with('.') || (own && kind.is_dir()) {
            return Ok(());
        }
        let text = format!("{base}{name}");
        if kind.is_dir() {
            if depth < MAX_DEPTH {
                self.folder(&entry.path(), &format!("{text}/"), depth + 1)?;
            }
            return Ok(());
        }
        if !kind.is_file() {
            return Ok(());
        }
        let Some((tag, size_bytes)) = tag_of(&entry.path()) else {
            return Ok(());
        };
        match Key::new(text.as_str()) {
            Ok(key) if !is_media(&key, size_bytes) => Ok(()),
            Ok(key) if (self.found)(&key).as_deref() == Some(&*entry.path()) => (self.each)(Sight {
                key: text,
                tag,
                size_bytes,
                archived: false,
                again_millis: self.again_millis,
                sequencer: None,
                unfit: None,
            }),
            // Beside an object whose name comes to the same.
            Ok(_key) => (self.each)(unfit(&text, &"the lake has another object under it")),
            Err(error) => (self.each)(unfit(&place::shown(Path::new(&text)), &error)),
        }
    }
}
