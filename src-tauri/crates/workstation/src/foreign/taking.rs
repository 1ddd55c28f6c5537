//! Taking one foreign object in: claimed, fetched, checked, read as any file, and located where it lies.

use std::path::PathBuf;
use std::sync::Arc;

use catalog::{Job, NewJob, Progress, Sight};
use fault::{Code, Fault};
use lake::transfer::TransferError;
use lake::{Key, Lake as _, LakeError};
use ledger::AssetId;

use super::claims::Claim;
use super::walk::tag_of;
use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::ingest::Origin;
use crate::jobs::{Ending, Reporter};
use crate::lakeside::hash_of;
use crate::workstation::Workstation;

/// How long somebody else's claim is left alone before it is looked at again.
const OTHERS_MILLIS: u64 = 30_000;
/// How soon it is tried again when something passing was in the way.
const AGAIN_MILLIS: u64 = 300_000;

/// What came of it, when nothing went wrong.
enum Came {
    /// It is this asset now; with a closing word and what follows.
    In(AssetId, String, Vec<NewJob>),
    /// Another workstation took it in as this.
    InElsewhere(AssetId),
    /// Not now.
    Later(String, u64),
    /// It is no longer in the lake.
    Gone,
    /// It lies in an archive.
    Archived(String),
    /// It is another version by now, which is noted.
    Replaced,
}

/// An object as a file of this machine.
enum Here {
    File(PathBuf),
    Not(Came),
}

impl Workstation {
    /// The work of one `ingest` job for what somebody else put into the lake.
    pub(crate) fn ingest_foreign(
        self: &Arc<Self>,
        key: &str,
        job: &Job,
        report: &mut Reporter,
    ) -> Result<Ending, Fault> {
        let tag = job.new.request.get("tag").and_then(|tag| tag.as_str());
        let size = job.new.request.get("size_bytes").and_then(|size| size.as_u64());
        let (Some(tag), Some(size_bytes)) = (tag, size) else {
            return Err(Fault::new(Code::BadRequest, "This job names no object."));
        };
        let named = Key::new(key).or_fault()?;
        let came = self.take_in_foreign(&named, tag, size_bytes, report);
        let ending = self.after_foreign(key, tag, came, report);
        self.hub.tell([Subject::Lake]);
        self.bell.ring();
        ending
    }

    fn after_foreign(
        &self,
        key: &str,
        tag: &str,
        came: Result<Came, Fault>,
        report: &Reporter,
    ) -> Result<Ending, Fault> {
        let now = now_millis();
        let journal = &self.journal;
        match came {
            Ok(Came::In(asset, words, looks)) => {
                journal.foreign_taken(key, tag, asset, now).or_fault()?;
                Ok(Ending::DoneThen(words, looks))
            }
            Ok(Came::InElsewhere(asset)) => {
                journal.foreign_taken(key, tag, asset, now).or_fault()?;
                Ok(Ending::Done("It was taken in already.".to_owned()))
            }
            Ok(Came::Later(why, pause)) => {
                journal
                    .foreign_later(key, tag, &why, now, now.saturating_add(pause))
                    .or_fault()?;
                Ok(Ending::Done(why))
            }
            Ok(Came::Gone) => {
                journal.foreign_gone(key, None, now).or_fault()?;
                Ok(Ending::Done("It is no longer in the lake.".to_owned()))
            }
            Ok(Came::Archived(why)) => {
                journal.foreign_archived(key, tag, &why, now).or_fault()?;
                Ok(Ending::Done(why))
            }
            Ok(Came::Replaced) => Ok(Ending::Done(
                "It was replaced meanwhile; the new version is taken in instead.".to_owned(),
            )),
            Err(fault) if fault.code == Code::Cancelled => {
                let ending = report.broken_off();
                if ending.is_err() {
                    journal
                        .foreign_refused(key, tag, "A person stopped it.", now)
                        .or_fault()?;
                }
                ending
            }
            Err(fault) if is_for_good(&fault) => {
                let why = format!("{} {}", fault.message, fault.hint);
                journal.foreign_refused(key, tag, why.trim(), now).or_fault()?;
                Err(fault)
            }
            Err(fault) => {
                tracing::info!("{key}: {fault}");
                let later = now.saturating_add(AGAIN_MILLIS);
                journal
                    .foreign_later(key, tag, &fault.message, now, later)
                    .or_fault()?;
                Ok(Ending::Done(format!(
                    "{} It is tried again by itself.",
                    fault.message
                )))
            }
        }
    }

    fn take_in_foreign(
        self: &Arc<Self>,
        key: &Key,
        tag: &str,
        size_bytes: u64,
        report: &mut Reporter,
    ) -> Result<Came, Fault> {
        match self.claim_foreign(key, tag, size_bytes)? {
            Claim::Ours => {}
            Claim::Taken(asset) => return Ok(Came::InElsewhere(asset)),
            Claim::Others => {
                let words = "Another workstation is taking it in.".to_owned();
                return Ok(Came::Later(words, OTHERS_MILLIS));
            }
        }
        let here = if self.lake.is_far() {
            self.fetch_foreign(key, tag, size_bytes, report)?
        } else {
            self.foreign_in_folder(key, tag)?
        };
        let path = match here {
            Here::File(path) => path,
            Here::Not(came) => return Ok(came),
        };
        let origin = Origin {
            path: &path,
            key: Some(key),
        };
        let (asset, words, looks) = self.read_in(&origin, report)?;
        self.settle_claim(key, tag, asset)?;
        Ok(Came::In(asset, words, looks))
    }

    /// The file in a folder lake, when it still looks as it did a while ago.
    fn foreign_in_folder(&self, key: &Key, tag: &str) -> Result<Here, Fault> {
        let path = self.lake.folder().local_file(key);
        let Some(path) = path.filter(|path| path.is_file()) else {
            return Ok(Here::Not(Came::Gone));
        };
        match tag_of(&path) {
            Some((now, _)) if now == tag => Ok(Here::File(path)),
            Some((now, size_bytes)) => {
                let settle = u64::from(self.settings().watch.settle_secs) * 1000;
                let again = now_millis().saturating_add(settle);
                self.replaced(key, now, size_bytes, again)?;
                Ok(Here::Not(Came::Replaced))
            }
            None => Ok(Here::Not(Came::Gone)),
        }
    }

    /// The copy of an object of a lake elsewhere in this version, fetched if it is not here.
    fn fetch_foreign(
        &self,
        key: &Key,
        tag: &str,
        size_bytes: u64,
        report: &mut Reporter,
    ) -> Result<Here, Fault> {
        let mut go_on = || {
            report.say(Progress {
                permille: self.arrivals.permille(key),
                message: "Fetching it from the lake".to_owned(),
                ..Progress::default()
            })
        };
        // Whoever waited for another's fetching finds the copy the second time.
        loop {
            let known = self.journal.foreign(key.as_str()).or_fault()?;
            let here = known.and_then(|known| known.here);
            if let Some(path) = self.near_copy(key)?
                && here.as_deref() == Some(tag)
            {
                return Ok(Here::File(path));
            }
            let Some(_claim) = self.arrivals.take_upon(key, size_bytes, &mut go_on)? else {
                continue;
            };
            let arrived = match self.fetch_as_it_is(key, Some(size_bytes), None, &mut go_on)? {
                Ok(arrived) => arrived,
                Err(TransferError::Lake(LakeError::NotFound(_))) => return Ok(Here::Not(Came::Gone)),
                Err(TransferError::Lake(error @ LakeError::Archived(_))) => {
                    let fault = faults::from_lake(&error);
                    return Ok(Here::Not(Came::Archived(format!(
                        "{} {}",
                        fault.message, fault.hint
                    ))));
                }
                Err(error) => return Err(faults::from_transfer(&error)),
            };
            let (etag, size_bytes, hash) = (
                arrived.etag.as_str().to_owned(),
                arrived.size_bytes,
                arrived.hash.clone(),
            );
            // What lies here under this name is another version.
            self.lake.forget(key)?;
            self.keep_arrived(key, arrived)?;
            let path = self.lake.local_file(key)?;
            if hash_of(&path, &mut go_on)? != hash {
                self.lake.forget(key)?;
                return Err(
                    Fault::new(Code::Lake, "What was fetched did not reach this disk whole.")
                        .hint("It is fetched again by itself."),
                );
            }
            self.journal.foreign_here(key.as_str(), &etag).or_fault()?;
            if etag == tag {
                return Ok(Here::File(path));
            }
            self.replaced(key, etag, size_bytes, 0)?;
            return Ok(Here::Not(Came::Replaced));
        }
    }

    fn replaced(&self, key: &Key, tag: String, size_bytes: u64, again_millis: u64) -> Result<(), Fault> {
        let sight = Sight {
            key: key.as_str().to_owned(),
            tag,
            size_bytes,
            archived: false,
            again_millis,
            sequencer: None,
            unfit: None,
        };
        self.journal
            .foreign_saw(&[sight], now_millis())
            .or_fault()
            .map(drop)
    }
}

/// Whether trying again by itself would bring the same.
fn is_for_good(fault: &Fault) -> bool {
    matches!(
        fault.code,
        Code::NotMedia
            | Code::EmptyMedia
            | Code::DamagedMedia
            | Code::BeyondLimits
            | Code::Unsupported
            | Code::HostileName
            | Code::BadRequest
            | Code::Internal
    )
}
