//! From what a person names to a list of files: folders are walked, what cannot be media is left aside, what was taken in
//! before is not read again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalog::NewJob;
use fault::{Code, Fault};
use serde_json::json;

use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::place;
use crate::views::Refused;
use crate::workstation::Workstation;

/// Folders inside folders, at most: deeper is a loop or a mistake.
const MAX_DEPTH: usize = 64;
/// Files in one request, at most.
const MAX_FILES: usize = 100_000;
/// Endings that are no media of their own; a folder may hold any of these beside the clips.
const SIDECARS: [&str; 34] = [
    "ttml", "dfxp", "itt", "txt", "srt", "vtt", "ass", "ssa", "xml", "json", "edl", "otio", "fcpxml", "md",
    "csv", "pdf", "doc", "docx", "zip", "gz", "zst", "tar", "sha256", "md5", "db", "ini", "toml", "yaml",
    "yml", "html", "idx", "bin", "log", "part",
];

/// A file that waits for its ingest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The file.
    pub path: PathBuf,
    /// Its job.
    pub job: String,
}

/// A file that was taken in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Already {
    /// The file.
    pub path: PathBuf,
    /// Its asset.
    pub asset: String,
}

/// What became of the files a person named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Waiting for their ingest, in the order they will be read.
    pub jobs: Vec<Queued>,
    /// Taken in before and unchanged since.
    pub already: Vec<Already>,
    /// Not taken in.
    pub refused: Vec<Refused>,
}

/// A file that was refused, and its size in bytes and modification time in nanoseconds then.
pub(crate) type Refusal = (PathBuf, (u64, i64));

impl Workstation {
    /// Queues files for ingest, folders with everything in them. A file that was finished before and has not changed is
    /// answered as such; one that already waits is not queued twice. One that cannot be read does not stop the others.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn ingest(self: &Arc<Self>, paths: &[PathBuf]) -> Result<Intake, Fault> {
        let mut walk = Walk::new(vec![self.home.root().to_owned(), self.lake_dir().to_owned()]);
        for path in paths {
            walk.add(path);
        }
        let mut intake = Intake {
            refused: walk.refused,
            ..Intake::default()
        };
        for path in walk.files {
            if let Some(asset) = self.finished_before(&path)? {
                intake.already.push(Already {
                    path,
                    asset: asset.to_string(),
                });
                continue;
            }
            let uri = place::to_uri(&path);
            // By its looks too: a file that changes while it is read has to be read again, which is another job.
            let (size_bytes, modified_nanos) = fingerprint(&path).unwrap_or_default();
            let job = NewJob {
                kind: "ingest".to_owned(),
                title: place::title(&path),
                asset: None,
                priority: 10,
                key: Some(format!("{uri} {size_bytes} {modified_nanos}")),
                request: json!({ "place": uri, "size_bytes": size_bytes, "modified_nanos": modified_nanos }),
            };
            let id = self.catalog.enqueue(&job, now_millis()).or_fault()?;
            intake.jobs.push(Queued {
                path,
                job: id.0.to_string(),
            });
        }
        self.hub.tell([Subject::Jobs, Subject::Assets]);
        self.bell.ring();
        Ok(intake)
    }

    /// Files that were refused or stopped, and how they looked then: trying them again by itself would bring the same.
    pub(crate) fn refused_before(&self) -> Result<Vec<Refusal>, Fault> {
        const FOR_GOOD: [Code; 5] = [
            Code::NotMedia,
            Code::EmptyMedia,
            Code::DamagedMedia,
            Code::BeyondLimits,
            Code::Unsupported,
        ];
        let mut refused = Vec::new();
        for job in self.catalog.jobs(u32::MAX).or_fault()? {
            let for_good = match job.state {
                catalog::JobState::Cancelled => true,
                catalog::JobState::Failed => job
                    .fault
                    .and_then(|fault| serde_json::from_value::<Fault>(fault).ok())
                    .is_some_and(|fault| FOR_GOOD.contains(&fault.code)),
                _ => false,
            };
            let request = &job.new.request;
            let place = request.get("place").and_then(|place| place.as_str());
            let size = request.get("size_bytes").and_then(|size| size.as_u64());
            let modified = request.get("modified_nanos").and_then(|nanos| nanos.as_i64());
            if job.new.kind == "ingest"
                && for_good
                && let Some(path) = place.and_then(place::from_uri)
                && let Some(looks) = size.zip(modified)
            {
                refused.push((path, looks));
            }
        }
        Ok(refused)
    }

    /// The asset of a file that was finished before and has the same size and time since.
    pub(crate) fn finished_before(&self, path: &Path) -> Result<Option<ledger::AssetId>, Fault> {
        let Some(sighting) = self.catalog.sighting(&place::to_uri(path)).or_fault()? else {
            return Ok(None);
        };
        let Ok((size_bytes, modified_nanos)) = fingerprint(path) else {
            return Ok(None);
        };
        if (sighting.size_bytes, sighting.modified_nanos) != (size_bytes, modified_nanos) {
            return Ok(None);
        }
        Ok(self.is_whole(sighting.asset)?.then_some(sighting.asset))
    }

    /// The asset that the file at `path` became, when it was taken in and has not changed since.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn asset_at(&self, path: &Path) -> Result<Option<String>, Fault> {
        Ok(self.finished_before(path)?.map(|asset| asset.to_string()))
    }

    /// Whether everything an ingest makes is there.
    pub(crate) fn is_whole(&self, asset: ledger::AssetId) -> Result<bool, Fault> {
        let record = self.catalog.asset(asset).or_fault()?;
        Ok(record.is_some_and(|record| {
            record
                .renditions
                .iter()
                .any(|rendition| rendition.name == "report")
        }))
    }
}

/// Size and modification time of a file.
pub(crate) fn fingerprint(path: &Path) -> std::io::Result<(u64, i64)> {
    let meta = std::fs::metadata(path)?;
    let modified = meta.modified()?;
    let nanos = match modified.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    };
    Ok((meta.len(), nanos))
}

/// A refusal of one file as the report shows it.
pub(crate) fn refused(path: &Path, fault: &Fault) -> Refused {
    Refused {
        path: place::shown(path),
        code: fault.code,
        message: fault.message.clone(),
        hint: fault.hint.clone(),
    }
}

/// Everything in these folders that may be media, and of these files those that may be, our own folders left out.
pub(crate) fn files_in<'a>(places: impl IntoIterator<Item = &'a PathBuf>, own: &[PathBuf]) -> Vec<PathBuf> {
    let mut walk = Walk::new(own.to_vec());
    for place in places {
        let Ok(real) = std::fs::canonicalize(place) else {
            continue;
        };
        if real.is_dir() {
            walk.folder(&real, 0);
        } else if real.is_file() && !is_hidden(&real) && !is_sidecar(&real) && !walk.is_own(&real) {
            walk.file(real);
        }
    }
    walk.files
}

struct Walk {
    /// Our own folders: a lake that takes itself in never ends.
    own: Vec<PathBuf>,
    /// Real places of folders seen, so that a loop of links ends.
    seen: BTreeSet<PathBuf>,
    taken: BTreeSet<PathBuf>,
    files: Vec<PathBuf>,
    refused: Vec<Refused>,
}

impl Walk {
    fn new(own: Vec<PathBuf>) -> Self {
        let own = own
            .into_iter()
            .map(|path| std::fs::canonicalize(&path).unwrap_or(path))
            .collect();
        Self {
            own,
            seen: BTreeSet::new(),
            taken: BTreeSet::new(),
            files: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// What a person named: taken whatever its ending, refused with a reason.
    fn add(&mut self, path: &Path) {
        let real = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => {
                let fault = faults::from_io(
                    &error,
                    Code::Unreadable,
                    format!("There is nothing to read at {}", place::shown(path)),
                );
                self.refused.push(refused(
                    path,
                    &fault.hint("Check the name, and that its disk is mounted."),
                ));
                return;
            }
        };
        if real.is_dir() {
            if self.is_own(&real) && !self.is_named_inside(&real) {
                let fault = Fault::new(Code::BadRequest, "This folder is Circle Take's own lake or home.");
                self.refused.push(refused(path, &fault));
                return;
            }
            self.folder(&real, 0);
        } else if real.is_file() {
            self.file(real);
        } else {
            let fault = Fault::new(Code::NotMedia, "This is neither a file nor a folder.");
            self.refused.push(refused(path, &fault));
        }
    }

    fn is_own(&self, real: &Path) -> bool {
        self.own.iter().any(|own| real.starts_with(own))
    }

    /// Uploads and the demo film lie in the home and are media all the same.
    fn is_named_inside(&self, real: &Path) -> bool {
        self.own
            .iter()
            .any(|own| real.starts_with(own.join("incoming")) || real.starts_with(own.join("demo")))
    }

    fn folder(&mut self, real: &Path, depth: usize) {
        if depth > MAX_DEPTH || !self.seen.insert(real.to_owned()) {
            return;
        }
        let entries = match std::fs::read_dir(real) {
            Ok(entries) => entries,
            Err(error) => {
                let fault = faults::from_io(&error, Code::Unreadable, "This folder cannot be read.");
                self.refused.push(refused(real, &fault));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if is_hidden(&path) {
                continue;
            }
            // A dangling link in a folder is nobody's wish; one that a person names is refused above.
            let Ok(real) = std::fs::canonicalize(&path) else {
                continue;
            };
            if self.is_own(&real) {
                continue;
            }
            if real.is_dir() {
                self.folder(&real, depth + 1);
            } else if real.is_file() && !is_sidecar(&real) {
                self.file(real);
            }
        }
    }

    fn file(&mut self, real: PathBuf) {
        if self.files.len() >= MAX_FILES {
            if self.files.len() == MAX_FILES && self.taken.insert(PathBuf::new()) {
                let fault = Fault::new(
                    Code::BeyondLimits,
                    format!("More than {MAX_FILES} files at once."),
                )
                .hint("Take the rest in afterwards; nothing is read twice.");
                self.refused.push(refused(&real, &fault));
            }
            return;
        }
        if self.taken.insert(real.clone()) {
            self.files.push(real);
        }
    }
}

/// Hidden by its name: `.DS_Store`, `._A001.mov`, `.Trash`.
fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Whether its ending says that it lies beside media and is none.
pub(crate) fn is_sidecar(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_none_or(|ending| SIDECARS.contains(&ending.as_str()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_without_loops_hidden_files_sidecars_and_the_own_lake() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        for folder in ["a/deep", "lake/proxy", ".trash"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in [
            "b.mov",
            "a/2.mp4",
            "a/1.mp4",
            "a/deep/x.mkv",
            "a/1.srt",
            "a/README",
            ".trash/y.mov",
            "a/._1.mp4",
            "lake/proxy/p.mp4",
        ] {
            std::fs::write(root.join(file), b"x").unwrap();
        }
        std::os::unix::fs::symlink(&root, root.join("a/deep/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a/1.mp4"), root.join("z-again.mp4")).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all.mp4", root.join("dangling.mp4")).unwrap();
        let mut walk = Walk::new(vec![root.join("lake")]);
        walk.add(&root);
        let names: Vec<_> = walk
            .files
            .iter()
            .map(|file| file.strip_prefix(&root).unwrap().to_owned())
            .collect();
        assert_eq!(
            names,
            ["a/1.mp4", "a/2.mp4", "a/deep/x.mkv", "b.mov"].map(PathBuf::from)
        );
        assert!(walk.refused.is_empty(), "{:?}", walk.refused);
        walk.add(&root.join("dangling.mp4"));
        walk.add(&root.join("lake/proxy"));
        assert_eq!(
            walk.refused.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(),
            ["not-found", "bad-request"]
        );
    }

    #[test]
    fn a_named_file_is_taken_whatever_its_ending() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("notes.txt");
        std::fs::write(&file, b"x").unwrap();
        let mut walk = Walk::new(Vec::new());
        walk.add(&file);
        assert_eq!(walk.files.len(), 1);
    }
}
