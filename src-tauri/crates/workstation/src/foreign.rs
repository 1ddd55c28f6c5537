//! What others put into the lake: found by messages, listings and lists of S3 Inventory, and taken in as files of a watched
//! folder are. It stays where it is. What was decided on it stays whatever becomes of it.

mod claims;
mod finding;
mod hearing;
mod taking;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catalog::{AssetRecord, ForeignObject, ForeignState, JobState, NewJob, Sight};
use fault::{Code, Fault};
use lake::{Key, ObjectInfo, Shelf, layout};
use ledger::AssetId;
use serde_json::json;

use crate::changes::Subject;
use crate::faults::OrFault as _;
use crate::home::now_millis;
use crate::intake::is_sidecar;
use crate::place;
use crate::views::{ForeignRow, ForeignView, Heard};
use crate::workstation::Workstation;

pub(crate) use claims::Claim;

/// How often it is looked whether something is to be done.
const TURN: Duration = Duration::from_secs(2);
/// Objects on their way in at once, waiting and running.
const AT_ONCE: u32 = 16;
/// Rows of a view, for each standing.
const SHOWN: u32 = 50;
/// Claims of others that are remembered while they are waited for.
const OTHERS: usize = 10_000;

/// What this process knows of foreign objects beside what the journal keeps.
#[derive(Default)]
pub(crate) struct Foreign(Mutex<State>);

#[derive(Default)]
struct State {
    /// The latest claim of another on an object, and since when it is seen.
    others: BTreeMap<String, (u32, Instant)>,
    /// Why the queue is not read.
    trouble: Option<Fault>,
    /// When the lake is listed next.
    list_at: Option<Instant>,
    /// When the queue is tried again.
    hear_at: Option<Instant>,
}

impl Foreign {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long claim `number` has been the latest on an object, as far as it was seen from here.
    fn stands(&self, object: &str, number: u32) -> Duration {
        let mut state = self.lock();
        if state.others.len() >= OTHERS {
            state.others.clear();
        }
        let seen = state
            .others
            .entry(object.to_owned())
            .or_insert((number, Instant::now()));
        if seen.0 != number {
            *seen = (number, Instant::now());
        }
        seen.1.elapsed()
    }

    fn forget(&self, object: &str) {
        self.lock().others.remove(object);
    }

    /// Keeps why the queue is not read; true when that is news.
    fn set_trouble(&self, trouble: Option<Fault>) -> bool {
        let mut state = self.lock();
        let news = state.trouble != trouble;
        state.trouble = trouble;
        news
    }
}

/// Whether an object may be media, by its key and size: the same files as of a watched folder.
pub(crate) fn is_media(key: &Key, size_bytes: u64) -> bool {
    let hidden = key.segments().any(|segment| segment.starts_with('.'));
    size_bytes > 0 && !hidden && layout::root_of(key).is_none() && !is_sidecar(Path::new(key.as_str()))
}

/// An object as the store shows it, if it is one to be taken in.
fn sight_of(info: &ObjectInfo, sequencer: Option<String>) -> Option<Sight> {
    is_media(&info.key, info.size_bytes).then(|| Sight {
        key: info.key.as_str().to_owned(),
        tag: info.etag.as_str().to_owned(),
        size_bytes: info.size_bytes,
        archived: matches!(info.shelf, Shelf::Archived | Shelf::Restoring),
        again_millis: 0,
        sequencer,
        unfit: None,
    })
}

/// Something under a name that no lake can use.
fn unfit(name: &str, why: &dyn std::fmt::Display) -> Sight {
    Sight {
        key: name.to_owned(),
        tag: String::new(),
        size_bytes: 0,
        archived: false,
        again_millis: 0,
        sequencer: None,
        unfit: Some(format!("It is not taken in under this name: {why}.")),
    }
}

impl Workstation {
    /// Starts finding and taking in what others put into the lake, as far as the settings ask for it.
    pub(crate) fn start_foreign(self: &Arc<Self>) -> Result<(), Fault> {
        self.threads.start(self, "foreign-objects", TURN, |workstation| {
            if !workstation.settings().lake.take_in_foreign {
                return;
            }
            if let Err(fault) = workstation.find_foreign_when_due() {
                tracing::warn!("what others put into the lake: {fault}");
            }
            if let Err(fault) = workstation.queue_foreign() {
                tracing::warn!("what others put into the lake: {fault}");
            }
        })?;
        self.threads
            .start(self, "lake-events", TURN, Self::hear_of_foreign)
    }

    /// Queues what waits to be taken in, a few at once.
    pub(crate) fn queue_foreign(&self) -> Result<(), Fault> {
        if !self.lake.may_ask() {
            return Ok(());
        }
        let mut queued = false;
        for object in self.journal.foreign_waiting(now_millis(), AT_ONCE).or_fault()? {
            queued |= self.queue_one_foreign(&object)?;
        }
        if queued {
            self.hub.tell([Subject::Jobs, Subject::Assets, Subject::Lake]);
            self.bell.ring();
        }
        Ok(())
    }

    fn queue_one_foreign(&self, object: &ForeignObject) -> Result<bool, Fault> {
        let job_key = format!("{} {}", place::in_lake(&object.key), object.tag);
        // A catalog that was made anew counts its jobs from the beginning.
        let job = match object.job {
            Some(job) => self.catalog.job(job).or_fault()?,
            None => None,
        };
        let job = job.filter(|job| job.new.key.as_deref() == Some(&job_key));
        let why = match job.as_ref().map(|job| job.state) {
            Some(JobState::Queued | JobState::Running) => return Ok(false),
            Some(JobState::Cancelled) => Some("A person stopped it.".to_owned()),
            Some(JobState::Failed) => {
                let fault = job.and_then(|job| serde_json::from_value::<Fault>(job.fault?).ok());
                Some(fault.map_or_else(|| "It could not be taken in.".to_owned(), |fault| fault.message))
            }
            Some(JobState::Done) | None => None,
        };
        if let Some(why) = why {
            self.journal
                .foreign_refused(&object.key, &object.tag, &why, now_millis())
                .or_fault()?;
            return Ok(false);
        }
        let new = NewJob {
            kind: "ingest".to_owned(),
            title: place::title(Path::new(&object.key)),
            asset: None,
            // What a person asked for goes first.
            priority: 5,
            key: Some(job_key),
            request: json!({
                "place": place::in_lake(&object.key),
                "size_bytes": object.size_bytes,
                "tag": object.tag,
            }),
        };
        let job = self.catalog.enqueue(&new, now_millis()).or_fault()?;
        self.journal
            .foreign_job(&object.key, &object.tag, Some(job))
            .or_fault()?;
        Ok(true)
    }

    /// Whether somebody took away what somebody else had put into the lake.
    pub(crate) fn is_gone(&self, key: &Key) -> Result<bool, Fault> {
        if layout::root_of(key).is_some() {
            return Ok(false);
        }
        let known = self.journal.foreign(key.as_str()).or_fault()?;
        Ok(known.is_some_and(|object| object.state == ForeignState::Gone))
    }

    /// Whether what lies in the lake under a key is still this asset, as far as is known: others may put another file there.
    pub(crate) fn is_still(&self, key: &Key, asset: AssetId) -> Result<bool, Fault> {
        if layout::root_of(key).is_some() {
            return Ok(true);
        }
        let known = self.journal.foreign(key.as_str()).or_fault()?;
        // Where none is known, whoever fetched it compared it with the asset.
        Ok(known.is_none_or(|object| object.asset == Some(asset)))
    }

    /// Where the lake has an asset's original. What others put there and took away again is not there.
    pub(crate) fn original_key(&self, record: &AssetRecord) -> Result<Option<Key>, Fault> {
        for known in &record.locations {
            let key = place::lake_key(&known.location.place).map(Key::new);
            if let Some(Ok(key)) = key
                && !self.is_gone(&key)?
            {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Has everything looked for at once, and what was refused tried once more.
    pub(crate) fn try_foreign_now(&self) -> Result<(), Fault> {
        let mut state = self.foreign.lock();
        state.list_at = None;
        state.hear_at = None;
        drop(state);
        self.journal.foreign_retry().or_fault()
    }

    /// What is known of what others put into the lake.
    pub(crate) fn foreign_view(&self) -> Result<ForeignView, Fault> {
        let settings = self.settings().lake;
        let counts = self.journal.foreign_counts().or_fault()?;
        let heard = |what: &str| -> Result<Option<Heard>, Fault> {
            let note = self.journal.foreign_noted(what).or_fault()?;
            Ok(note.map(|note| Heard {
                millis: note.millis,
                words: note.words,
            }))
        };
        let mut objects = Vec::new();
        for state in [
            ForeignState::Refused,
            ForeignState::Waiting,
            ForeignState::Archived,
            ForeignState::Gone,
            ForeignState::Taken,
        ] {
            let latest = self.journal.foreign_latest(state, SHOWN).or_fault()?;
            objects.extend(latest.into_iter().map(row_of));
        }
        Ok(ForeignView {
            on: settings.take_in_foreign,
            queue: settings.event_queue,
            trouble: self.foreign.lock().trouble.clone(),
            event: heard("event")?,
            left: heard("left")?,
            listing: heard("listing")?,
            waiting: counts.waiting,
            taken: counts.taken,
            refused: counts.refused,
            archived: counts.archived,
            gone: counts.gone,
            objects,
        })
    }
}

fn row_of(object: ForeignObject) -> ForeignRow {
    ForeignRow {
        key: place::shown(Path::new(&object.key)),
        size_bytes: object.size_bytes,
        state: object.state.into(),
        asset: object.asset.map(|asset| asset.to_string()),
        why: object.why,
        since_millis: object.since_millis,
    }
}

/// Told to stop.
fn stopped() -> Fault {
    Fault::new(Code::Cancelled, "Stopped.")
}
