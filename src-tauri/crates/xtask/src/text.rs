//! Checks of the text itself: file lengths, top-level names, work left undone.

use std::path::{Path, PathBuf};

use crate::ChoreError;

/// A file longer than this is split by idea, or says why at its top with the words "Long because".
const LINES_MAX: usize = 600;

/// What may stand at the top level besides dotfiles.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "src-tauri",
    "ui",
    "assets",
    "tests",
    "installer",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Findings in the tracked files.
pub fn check(root: &Path, files: &[PathBuf]) -> Result<Vec<String>, ChoreError> {
    let mut findings = Vec::new();
    for file in files {
        findings.extend(top_level(file));
        if !is_source(file) {
            continue;
        }
        let path = root.join(file);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // Tracked but removed in the working tree: git will say so, not we.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(ChoreError::Read { path, source }),
        };
        findings.extend(content(file, &String::from_utf8_lossy(&bytes)));
    }
    Ok(findings)
}

fn top_level(file: &Path) -> Option<String> {
    let first = file
        .components()
        .next()?
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    let known = first.starts_with('.') || TOP_LEVEL.contains(&first.as_str());
    (!known).then(|| format!("{first} does not belong at the top level"))
}

fn is_source(file: &Path) -> bool {
    let generated = file.starts_with("ui/src/backend/generated");
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
    !generated && matches!(ending, "rs" | "ts" | "svelte" | "css" | "wgsl" | "mjs" | "sh")
}

fn content(file: &Path, text: &str) -> Vec<String> {
    let name = file.display();
    let mut findings = Vec::new();
    let lines = text.lines().count();
    let excused = text.lines().take(12).any(|line| line.contains("Long because"));
    if lines > LINES_MAX && !excused {
        findings.push(format!(
            "{name} has {lines} lines: split it by idea, or say \"Long because …\" at its top"
        ));
    }
    let in_this_check = file.ends_with("xtask/src/text.rs");
    for (at, line) in text.lines().enumerate().filter(|_| !in_this_check) {
        let number = at + 1;
        for unfinished in ["todo!(", "unimplemented!(", "FIXME", "XXX", "#[ignore"] {
            if line.contains(unfinished) {
                findings.push(format!("{name}:{number} leaves work undone: {unfinished}"));
            }
        }
        if line.contains("#[allow(") || line.contains("#![allow(") {
            findings.push(format!(
                "{name}:{number} silences a lint for ever: use #[expect(…, reason = \"…\")]"
            ));
        }
        if line.ends_with([' ', '\t']) {
            findings.push(format!("{name}:{number} ends in white space"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_need_a_reason() {
        let long = "x\n".repeat(LINES_MAX + 1);
        assert_eq!(content(Path::new("a.rs"), &long).len(), 1);
        assert!(
            content(
                Path::new("a.rs"),
                &format!("//! Long because it is one table.\n{long}")
            )
            .is_empty()
        );
    }

    #[test]
    fn undone_work_is_found() {
        assert_eq!(content(Path::new("a.rs"), "fn f() { todo!() }").len(), 1);
        assert_eq!(content(Path::new("a.rs"), "#[allow(dead_code)]").len(), 1);
        assert!(content(Path::new("a.rs"), "fn f() {}").is_empty());
    }

    #[test]
    fn only_the_agreed_names_stand_at_the_top() {
        assert!(top_level(Path::new("docs/a.md")).is_some());
        assert!(top_level(Path::new("ui/a.ts")).is_none());
        assert!(top_level(Path::new(".clippy.toml")).is_none());
    }
}
