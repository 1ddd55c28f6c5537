//! Uploaded files wait in the home until they are ingested; those that nothing refers to any more go again.

use std::path::Path;
use std::time::{Duration, SystemTime};

use catalog::JobState;
use fault::Fault;

use crate::faults::OrFault as _;
use crate::place;
use crate::workstation::Workstation;

/// So long nothing has been written into an upload that is given up. A browser that still sends writes all the time.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3600);
/// Jobs looked at; more than are ever kept.
const JOBS: u32 = 100_000;

impl Workstation {
    /// Removes what failed, cancelled and killed uploads left in the home. What an asset refers to as its original stays,
    /// and so does what waits to be ingested.
    ///
    /// # Errors
    /// Trouble with the store; nothing is removed then.
    pub fn clear_incoming(&self) -> Result<(), Fault> {
        self.clear_incoming_before(SystemTime::now().checked_sub(GIVEN_UP_AFTER))
    }

    fn clear_incoming_before(&self, latest: Option<SystemTime>) -> Result<(), Fault> {
        let (Some(latest), Ok(folders)) = (latest, std::fs::read_dir(self.home.incoming())) else {
            return Ok(());
        };
        let abandoned: Vec<_> = folders
            .flatten()
            .map(|entry| entry.path())
            .filter(|folder| written_last(folder).is_some_and(|written| written < latest))
            .collect();
        if abandoned.is_empty() {
            return Ok(());
        }
        let waiting: Vec<String> = self
            .catalog
            .jobs(JOBS)
            .or_fault()?
            .into_iter()
            .filter(|job| matches!(job.state, JobState::Queued | JobState::Running))
            .filter_map(|job| Some(job.new.request.get("place")?.as_str()?.to_owned()))
            .collect();
        for folder in abandoned {
            if !self.is_needed(&folder, &waiting)?
                && let Err(error) = std::fs::remove_dir_all(&folder)
            {
                tracing::warn!("cannot remove {}: {error}", folder.display());
            }
        }
        Ok(())
    }

    fn is_needed(&self, folder: &Path, waiting: &[String]) -> Result<bool, Fault> {
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            // Places are real paths.
            let path = std::fs::canonicalize(file.path()).unwrap_or_else(|_gone| file.path());
            let place = place::to_uri(&path);
            if waiting.contains(&place) || !self.catalog.locations_of_place(&place).or_fault()?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// When a folder or a file in it was written last.
fn written_last(folder: &Path) -> Option<SystemTime> {
    let of = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let files = std::fs::read_dir(folder).ok()?.flatten();
    files.filter_map(|file| of(&file.path())).chain(of(folder)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workstation::OpenOptions;

    #[test]
    fn of_uploads_only_what_waits_or_became_an_asset_stays() {
        let dir = tempfile::tempdir().unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let upload = |folder: &str, name: &str| {
            let folder = workstation.incoming_dir().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join(name);
            std::fs::write(&path, b"a film").unwrap();
            std::fs::canonicalize(path).unwrap()
        };
        let (killed, known) = (upload("1", "a.mov.part"), upload("2", "b.mov"));
        let (waits, failed) = (upload("3", "c.mov"), upload("4", "d.mov"));
        let location = ledger::Location {
            asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
            place: place::to_uri(&known),
        };
        workstation
            .record(vec![ledger::Body::Location(location)])
            .unwrap();
        workstation.ingest(&[waits.clone(), failed.clone()]).unwrap();
        for job in workstation.jobs().unwrap() {
            if job.title == "d" {
                workstation.cancel_job(&job.id).unwrap();
            }
        }
        workstation.clear_incoming().unwrap();
        assert!(killed.exists() && failed.exists(), "it may still be written");
        workstation
            .clear_incoming_before(SystemTime::now().checked_add(Duration::from_secs(1)))
            .unwrap();
        assert!(known.exists() && waits.exists());
        assert!(!killed.exists() && !failed.exists());
    }
}
