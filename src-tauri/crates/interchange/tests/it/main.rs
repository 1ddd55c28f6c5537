//! What other programs wrote, read by us. Runs when `CIRCLETAKE_MEDIA` names the folder of the collected files.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on, or is not run, says so"
)]

mod cuts;
mod subtitles;

use std::path::{Path, PathBuf};

/// The folder, or nothing when this machine does not have it; a build machine must have it.
fn collected() -> Option<PathBuf> {
    match std::env::var_os("CIRCLETAKE_MEDIA") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "CIRCLETAKE_MEDIA is not set on the build machine"
            );
            println!("not run: CIRCLETAKE_MEDIA does not name the folder of the collected files");
            None
        }
    }
}

/// Files below `folder` whose name ends with `ending`, in order. There must be some.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().is_some_and(|path| path.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no *{ending} below {}", folder.display());
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}
