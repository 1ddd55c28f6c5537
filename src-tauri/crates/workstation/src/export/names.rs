//! What the files of an export are called, here and in the programs that read them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use catalog::AssetRecord;

use crate::place;

/// Bytes of a title in a file name; what is added to it stays below the 255 that file systems take.
const TITLE_BYTES_MAX: usize = 150;

/// Where what could not be carried is said, beside the file it was lost from.
pub(super) fn losses_beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".losses.json");
    file.with_file_name(name)
}

/// A picture's file name; two pictures of one frame are numbered.
pub(super) fn name_apart(stem: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = format!("{stem}.png");
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{stem} {number}.png");
        number += 1;
    }
    name
}

/// The name other programs know the original by: that of its file, or, when it lies in the lake under a key, its title
/// with the key's ending.
pub(super) fn source_name(record: &AssetRecord, path: Option<&Path>) -> String {
    let title = &record.entry.title;
    let Some(path) = path else { return title.clone() };
    let uri = place::to_uri(path);
    let is_original_place = record
        .locations
        .iter()
        .any(|location| location.location.place == uri);
    match (is_original_place, path.extension()) {
        (true, _) => place::shown(Path::new(path.file_name().unwrap_or_default())),
        (false, Some(ending)) => format!("{title}.{}", place::shown(Path::new(ending))),
        (false, None) => title.clone(),
    }
}

/// A title as part of a file name that every system takes.
pub(super) fn plain_name(title: &str) -> String {
    let plain = |c: char| {
        if c.is_control() || "/\\:*?\"<>|".contains(c) {
            '-'
        } else {
            c
        }
    };
    let mut name = String::new();
    for c in title.chars().map(plain) {
        if name.len() + c.len_utf8() > TITLE_BYTES_MAX {
            break;
        }
        name.push(c);
    }
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() {
        "export".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_that_every_system_takes() {
        assert_eq!(plain_name("A001: take/3?"), "A001- take-3-");
        assert_eq!(plain_name(" .. "), "export");
        let name = plain_name(&"撮".repeat(100));
        assert_eq!(name, "撮".repeat(50));
        let longest = format!("{name} highlights 01-00-00-00 2.png.losses.json");
        assert!(longest.len() <= 255, "{}", longest.len());
    }

    #[test]
    fn two_pictures_of_one_frame_have_two_names() {
        let mut taken = BTreeSet::new();
        assert_eq!(name_apart("x 01", &mut taken), "x 01.png");
        assert_eq!(name_apart("x 01", &mut taken), "x 01 2.png");
        assert_eq!(name_apart("x 01", &mut taken), "x 01 3.png");
        assert_eq!(name_apart("x 02", &mut taken), "x 02.png");
    }
}
