//! A diagnostics bundle: what a report about trouble needs, and nothing that is the person's own. Paths outside the home are
//! shortened to the file's name; there are no secrets in settings, and none are looked for elsewhere.

use std::path::Path;

use fault::{Code, Fault};
use serde_json::json;

use crate::views::Check;
use crate::workstation::Workstation;
use crate::zip::{Member, archive};
use crate::{faults, overlay, place};

/// Logs beyond this much of their end stay at home.
const MAX_LOG_BYTES: usize = 2 * 1024 * 1024;

impl Workstation {
    /// Writes the bundle as a ZIP file.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn write_bundle(&self, target: &Path, checks: &[Check]) -> Result<(), Fault> {
        let redact = Redaction::new(self.home());
        let versions = json!({
            "circletake": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "machine": std::env::consts::ARCH,
            "kernel": rustix::system::uname().release().to_string_lossy(),
        });
        let jobs: Vec<_> = self.jobs()?.into_iter().take(100).collect();
        let mut settings = self.settings();
        settings.person.name = if settings.person.name.is_empty() {
            String::new()
        } else {
            "(set)".to_owned()
        };
        let mut members = vec![
            text("versions.json", &versions, &redact)?,
            text("doctor.json", &checks, &redact)?,
            text("settings.json", &settings, &redact)?,
            text("jobs.json", &jobs, &redact)?,
        ];
        members.extend(self.log_members(&redact)?);
        let written = archive(&members).and_then(|bytes| overlay::write_whole(target, &bytes));
        written.map_err(|error| {
            faults::from_io(
                &error,
                Code::NotAllowed,
                format!("Cannot write {}", place::shown(target)),
            )
        })
    }

    fn log_members(&self, redact: &Redaction) -> Result<Vec<Member>, Fault> {
        let logs = self.logs_dir();
        let entries = std::fs::read_dir(&logs).map_err(|error| {
            faults::from_io(&error, Code::Store, format!("Cannot read {}", logs.display()))
        })?;
        let mut paths: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        paths.sort();
        let mut members = Vec::new();
        for path in paths.iter().rev().take(5) {
            let Ok(bytes) = std::fs::read(path) else { continue };
            let end = bytes
                .get(bytes.len().saturating_sub(MAX_LOG_BYTES)..)
                .unwrap_or_default();
            let name = format!("logs/{}", path.file_name().unwrap_or_default().to_string_lossy());
            members.push(Member {
                name,
                bytes: redact.text(&String::from_utf8_lossy(end)).into_bytes(),
            });
        }
        Ok(members)
    }
}

fn text(name: &str, value: &impl serde::Serialize, redact: &Redaction) -> Result<Member, Fault> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| faults::from_json(&error, "A part of the bundle"))?;
    Ok(Member {
        name: name.to_owned(),
        bytes: redact.text(&text).into_bytes(),
    })
}

struct Redaction {
    home: String,
    user_home: Option<String>,
}

impl Redaction {
    fn new(home: &Path) -> Self {
        let user_home =
            directories::UserDirs::new().map(|dirs| dirs.home_dir().to_string_lossy().into_owned());
        Self {
            home: home.to_string_lossy().into_owned(),
            user_home: user_home.filter(|home| home.len() > 1),
        }
    }

    /// The home as `HOME`, other absolute paths as `…/name`.
    fn text(&self, text: &str) -> String {
        let text = text.replace(&self.home, "HOME");
        let text = match &self.user_home {
            Some(user_home) => text.replace(user_home.as_str(), "/USER"),
            None => text,
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = next_path(rest) {
            let (before, path_on) = rest.split_at(at);
            let end = path_on
                .find(['"', '\n', '\'', '<', '>', '|'])
                .unwrap_or(path_on.len());
            let (path, after) = path_on.split_at(end);
            out.push_str(before);
            out.push('…');
            out.push_str(
                path.rfind('/')
                    .and_then(|slash| path.get(slash..))
                    .unwrap_or(path),
            );
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// Where an absolute path with at least two parts begins: a slash after something that is no part of a word.
fn next_path(text: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c == '/' && (before.is_whitespace() || "\"'(=:[".contains(before));
        let after = text.get(at + 1..).unwrap_or_default();
        let first_part = after.find(['/', '"', '\n']);
        if begins && first_part.is_some_and(|end| end > 0 && after.as_bytes().get(end) == Some(&b'/')) {
            return Some(at);
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_a_person_are_shortened_to_names() {
        let redact = Redaction {
            home: "/home/ada/.local/ct".into(),
            user_home: Some("/home/ada".into()),
        };
        let text = redact.text("Cannot read /home/ada/.local/ct/lake/x\nand /Volumes/Secret Film/reel 1/A001.mov\n\"source\":\"/mnt/b/c.mp4\",30000/1001 fps at 1/2");
        assert!(
            !text.contains("Secret") && !text.contains("ada") && !text.contains("/mnt"),
            "{text}"
        );
        assert!(
            text.contains("HOME/lake/x") && text.contains("…/A001.mov") && text.contains("…/c.mp4"),
            "{text}"
        );
        assert!(text.contains("30000/1001 fps at 1/2"), "{text}");
    }
}
