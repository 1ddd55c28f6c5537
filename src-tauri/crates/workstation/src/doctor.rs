//! What this machine can do, in words, and what to do about what it cannot.

use std::path::Path;

use fault::Fault;

use crate::faults::OrFault as _;
use crate::looks;
use crate::views::{Check, CheckState, EngineRow};
use crate::workstation::Workstation;

/// Less than this on a disk is worth a warning.
const LITTLE_ROOM_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// In which scripts subtitles can be set: names, and whether a face at hand has their letters.
pub fn letters_check(scripts: &[(&str, bool)]) -> Check {
    let names = |has: bool| {
        let names: Vec<&str> = scripts
            .iter()
            .filter(|(_, at_hand)| *at_hand == has)
            .map(|(name, _)| *name)
            .collect();
        names.join(", ")
    };
    let missing = names(false);
    if missing.is_empty() {
        return ok("stage", "Letters for subtitles", names(true));
    }
    let hint = format!(
        "No face for: {missing}. Subtitles written in them show empty boxes; install fonts-noto and fonts-noto-cjk."
    );
    warn("stage", "Letters for subtitles", names(true), &hint)
}

impl Workstation {
    /// The engines of this machine, with how to get those that are missing.
    pub fn engines(&self) -> Vec<EngineRow> {
        looks::catalogue()
    }

    /// Everything checked, ours first, then what the shell adds (GPU and presenter).
    ///
    /// # Errors
    /// None of the checks is an error; trouble in asking is said as a check.
    pub fn doctor(&self, extra: Vec<Check>) -> Vec<Check> {
        let mut checks = media_checks();
        checks.extend(self.engines().iter().map(engine_check));
        checks.extend(self.lake_checks());
        checks.extend(self.home_checks());
        checks.extend(self.store_checks());
        checks.extend(self.watch_checks());
        checks.extend(extra);
        checks
    }

    fn lake_checks(&self) -> Vec<Check> {
        let place = self.lake_view().place;
        let mut checks = vec![match self.lake.folder().probe() {
            Ok(footing) if footing.network => warn(
                "lake",
                "Lake folder",
                format!("Create-only writes hold, and the folder lies on another machine: {place}"),
                "One workstation at a time should write to it until its locks have been tried with several.",
            ),
            Ok(footing) => {
                let how = if footing.links {
                    "hard links"
                } else {
                    "renaming without replacing"
                };
                ok(
                    "lake",
                    "Lake folder",
                    format!("Create-only writes hold (by {how}): {place}"),
                )
            }
            Err(error) => missing(
                "lake",
                "Lake folder",
                fault::chain(&error),
                "Choose a folder on a local disk with --lake.",
            ),
        }];
        match self.journal.unsent_entries() {
            Ok(0) => checks.push(ok(
                "lake",
                "Ledger",
                "Everything that was decided is in the lake.".into(),
            )),
            Ok(count) => checks.push(ok(
                "lake",
                "Ledger",
                format!("{count} entries are on disk and wait to be sent to the lake."),
            )),
            Err(error) => checks.push(missing("lake", "Ledger", fault::chain(&error), "")),
        }
        match self.writers_in_trouble() {
            Ok(troubled) => checks.extend(troubled.into_iter().map(|writer| {
                warn(
                    "lake",
                    "Other workstations",
                    format!("{} on {}: {}.", writer.principal, writer.workstation, writer.words),
                    "What was taken in before stays, and the others are followed. See who can write there, and bring back from a copy \
                     of the lake what is missing.",
                )
            })),
            Err(fault) => checks.push(missing("lake", "Other workstations", fault.to_string(), "")),
        }
        checks.extend(self.snapshot_checks());
        checks.push(room("lake", "Room for the lake", self.lake_dir()));
        checks
    }

    fn home_checks(&self) -> Vec<Check> {
        let home = self.home().display().to_string();
        let mut checks = vec![
            ok("home", "Home", home),
            room("home", "Room for the home", self.home()),
        ];
        match self.settings_fault() {
            None => {
                let warnings = self.settings().warnings;
                if warnings.is_empty() {
                    checks.push(ok("home", "Settings", "Read without a question.".into()));
                } else {
                    checks.push(warn("home", "Settings", warnings.join(" "), ""));
                }
            }
            Some(fault) => checks.push(warn("home", "Settings", fault.message, &fault.hint)),
        }
        let keymap = self.keymap();
        if keymap.warnings.is_empty() {
            checks.push(ok("home", "Keys", format!("Preset {}, no clash.", keymap.preset)));
        } else {
            checks.push(warn("home", "Keys", keymap.warnings.join(" "), ""));
        }
        checks
    }

    fn store_checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        checks.push(match self.journal.last_sequence() {
            Ok(count) => ok(
                "home",
                "Journal",
                format!("{count} entries, every one of them on disk before it was shown."),
            ),
            Err(error) => missing(
                "home",
                "Journal",
                fault::chain(&error),
                "A journal must come back from a copy.",
            ),
        });
        checks.push(match self.count_all() {
            Ok((assets, proposals)) => ok(
                "home",
                "Catalog",
                format!("{assets} assets, {proposals} proposals."),
            ),
            Err(fault) => missing(
                "home",
                "Catalog",
                fault.message,
                "`circletake doctor --rebuild` derives it again.",
            ),
        });
        checks
    }

    fn count_all(&self) -> Result<(u64, u64), Fault> {
        let tally = self.catalog.tally(&catalog::Filter::default()).or_fault()?;
        let proposals = tally.open + tally.circled + tally.rejected + tally.conflict;
        Ok((self.asset_count()?, proposals))
    }

    fn watch_checks(&self) -> Vec<Check> {
        let watch = self.settings().watch;
        let check = |folder: &std::path::PathBuf| {
            let shown = folder.display();
            if !folder.is_dir() {
                return missing(
                    "watch",
                    "Watched folder",
                    format!("It is not there: {shown}"),
                    "Mount its disk, or take it out of the settings.",
                );
            }
            let how = if crate::watch::is_network(folder) {
                "looked through every 10 s (network)"
            } else {
                "told about by the system"
            };
            ok(
                "watch",
                "Watched folder",
                format!("{how}, {} s to settle: {shown}", watch.settle_secs),
            )
        };
        watch.folders.iter().map(check).collect()
    }
}

fn media_checks() -> Vec<Check> {
    let capabilities = media::capabilities();
    let mut checks = vec![ok(
        "media",
        "FFmpeg",
        format!("{} ({})", capabilities.version, capabilities.licence),
    )];
    checks.push(match capabilities.h264_encoder {
        Some(encoder) => ok("media", "Proxies", format!("H.264 is made by {encoder}.")),
        None => missing(
            "media",
            "Proxies",
            "No H.264 encoder opens.".into(),
            "Install an FFmpeg with libx264 (Debian: libavcodec-extra or ffmpeg).",
        ),
    });
    let (here, absent): (Vec<_>, Vec<_>) = capabilities.decoders.into_iter().partition(|(_, exists)| *exists);
    let names = |list: &[(&str, bool)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    checks.push(ok("media", "Decoders", names(&here)));
    if !absent.is_empty() {
        checks.push(warn(
            "media",
            "Decoders that are missing",
            names(&absent),
            "Another build of FFmpeg has them; files in these formats are refused until then.",
        ));
    }
    checks.push(decoding_check(media::decoding_devices()));
    checks
}

/// Devices that could help to decode originals: the processor does without.
fn decoding_check(devices: Vec<(String, bool)>) -> Check {
    let (open, shut): (Vec<_>, Vec<_>) = devices.into_iter().partition(|(_, opens)| *opens);
    let names = |list: &[(String, bool)]| {
        list.iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let words = match (open.is_empty(), shut.is_empty()) {
        (false, _) => format!("{} opens; software is the fallback.", names(&open)),
        (true, false) => format!("Software. {} does not open on this machine.", names(&shut)),
        (true, true) => "Software. This FFmpeg knows no device to decode on.".to_owned(),
    };
    ok("media", "Decoding originals", words)
}

fn engine_check(engine: &EngineRow) -> Check {
    let title = format!("{} ({})", engine.name, engine.kinds.join(", "));
    if engine.available {
        ok("engines", &title, engine.words.clone())
    } else {
        missing("engines", &title, engine.words.clone(), &engine.how_to_get)
    }
}

fn room(area: &str, title: &str, folder: &Path) -> Check {
    match rustix::fs::statvfs(folder) {
        Ok(stat) => {
            let free_bytes = stat.f_bavail.saturating_mul(stat.f_frsize);
            let words = format!("{:.1} GB free", free_bytes as f64 / 1e9);
            if free_bytes < LITTLE_ROOM_BYTES {
                warn(
                    area,
                    title,
                    words,
                    "A proxy takes about 1 GB for an hour. Make room before a long ingest.",
                )
            } else {
                ok(area, title, words)
            }
        }
        Err(error) => warn(
            area,
            title,
            format!("The system does not say how much room is left ({error})."),
            "",
        ),
    }
}

fn check(area: &str, title: &str, state: CheckState, words: String, hint: &str) -> Check {
    Check {
        area: area.to_owned(),
        title: title.to_owned(),
        state,
        words,
        hint: hint.to_owned(),
    }
}

pub(crate) fn ok(area: &str, title: &str, words: String) -> Check {
    check(area, title, CheckState::Ok, words, "")
}

pub(crate) fn warn(area: &str, title: &str, words: String, hint: &str) -> Check {
    check(area, title, CheckState::Warn, words, hint)
}

pub(crate) fn missing(area: &str, title: &str, words: String, hint: &str) -> Check {
    check(area, title, CheckState::Missing, words, hint)
}
