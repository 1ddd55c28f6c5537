//! Objects made here on their way into a lake elsewhere. They are noted in the journal before anything speaks of them, so that a
//! kill forgets none; what was decided never waits for them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use catalog::{Journal, Lease, Outgoing, Urgency};
use fault::{Code, Fault};
use futures_util::stream::{self, StreamExt as _};
use lake::transfer::{Progress, SendState, Sending, Slip, TransferError};
use lake::{Cause, Key, Put};
use ledger::{Body, Rendition};
use serde::Serialize;
use tokio::sync::Notify;

use crate::arrivals::asset_of;
use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::lakeside::Stored;
use crate::reach::Standing;
use crate::views::{LakeState, TransferView};
use crate::workstation::Workstation;

/// Objects on their way at once.
const AT_ONCE: usize = 8;
/// Of these, files that take long: each is sent in several parts at once anyway.
const LONG_AT_ONCE: usize = 2;
/// How often it is looked whether something more urgent came to be owed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often the lease of who sends is extended.
const EXTEND_EVERY: Duration = Duration::from_secs(5);
/// Rows in a view.
const SHOWN: u32 = 200;

/// How far objects that are being sent have come.
#[derive(Default)]
pub(crate) struct Departures(Mutex<BTreeMap<String, u64>>);

impl Departures {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_gone(&self, key: &str, done_bytes: u64) {
        self.lock().insert(key.to_owned(), done_bytes);
    }

    fn gone(&self, key: &str) -> Option<u64> {
        self.lock().get(key).copied()
    }

    fn forget(&self, key: &str) {
        self.lock().remove(key);
    }
}

/// The objects that are being sent.
#[derive(Default)]
struct Flight {
    under_way: Mutex<BTreeMap<String, bool>>,
    changed: Notify,
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many, and how many of them take long.
    fn size(&self) -> (usize, usize) {
        let under_way = self.lock();
        let long = under_way.values().filter(|long| **long).count();
        (under_way.len(), long)
    }

    fn has(&self, key: &str) -> bool {
        self.lock().contains_key(key)
    }

    fn begin(&self, object: &Outgoing) {
        self.lock().insert(object.key.clone(), is_long(object));
    }

    fn landed(&self, key: &str) {
        self.lock().remove(key);
        self.changed.notify_one();
    }
}

const fn is_long(object: &Outgoing) -> bool {
    matches!(object.urgency, Urgency::Proxy | Urgency::Original)
}

/// Keeps in the journal what a send needs to go on in another process.
struct JournalSlip<'a> {
    journal: &'a Journal,
    key: &'a str,
}

#[async_trait]
impl Slip for JournalSlip<'_> {
    async fn keep(&self, state: Option<&SendState>) -> Result<(), Cause> {
        let text = state.map(serde_json::to_string).transpose()?;
        self.journal.outgoing_progress(self.key, text.as_deref())?;
        Ok(())
    }
}

/// What sending found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SentObjects {
    /// Objects that are in the lake now and were not before.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that the lake does not take.
    pub refused: u64,
    /// Objects that still wait.
    pub waiting: u64,
}

/// How the sending of one object ended.
enum Ended {
    /// It is in the lake.
    There,
    /// The lake has other bytes under its name.
    Clash,
    /// The lake does not take it.
    Refused(Fault),
    /// Nothing can be sent at present.
    Later(Fault),
}

impl Workstation {
    /// Notes that an object which lies here must go into the lake, when that is elsewhere.
    pub(crate) fn owe(&self, key: &Key, stored: &Stored, urgency: Urgency) -> Result<(), Fault> {
        if !self.lake.is_far() {
            return Ok(());
        }
        self.journal
            .owe(key.as_str(), stored.size_bytes, urgency)
            .or_fault()?;
        self.bell.ring();
        Ok(())
    }

    /// Sends objects until none waits, the lake cannot be reached, or this workstation closes. Does nothing while another
    /// process of this home is at it.
    ///
    /// # Errors
    /// Trouble with the store, and with the lake where it keeps everything from being sent; nothing is lost, the next call goes
    /// on.
    pub fn send_objects(&self) -> Result<SentObjects, Fault> {
        let mut sent = SentObjects::default();
        // The lease keeps other processes off, this the other threads of this one.
        let _alone = self.sends_objects.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lake.is_far() && self.journal.owed().or_fault()?.objects > 0 && self.leases(Lease::Objects)? {
            let ended = self.send_owed(&mut sent);
            self.journal.release(Lease::Objects, &self.holder()).or_fault()?;
            ended?;
        }
        let owed = self.journal.owed().or_fault()?;
        sent.refused = owed.refused;
        sent.waiting = owed.objects - owed.refused;
        Ok(sent)
    }

    fn send_owed(&self, sent: &mut SentObjects) -> Result<(), Fault> {
        if self.must_wait() {
            return Ok(());
        }
        let flight = Flight::default();
        let next = stream::unfold((), |()| async {
            self.next_to_send(&flight)
                .await
                .transpose()
                .map(|object| (object, ()))
        });
        let sends = next.map(|object| async {
            let object = object?;
            let ended = self.try_send(&object).await?;
            Ok::<_, Fault>((object, ended))
        });
        let mut ended = pin!(sends.buffer_unordered(self.lake.at_once().min(AT_ONCE)));
        let mut leased = Instant::now();
        while let Some(ended) = self
            .lake
            .wait_while(ended.next(), &mut || self.goes_on(&mut leased))?
        {
            let (object, ended) = ended?;
            self.after_send(&object, ended, sent)?;
            flight.landed(&object.key);
            self.hub.tell([Subject::Lake]);
        }
        Ok(())
    }

    /// The most urgent object that nothing sends yet; none when nothing waits. Only a few long ones go at once, so that what is
    /// more urgent and comes to be owed meanwhile need not wait for one of them to end.
    async fn next_to_send(&self, flight: &Flight) -> Result<Option<Outgoing>, Fault> {
        loop {
            let (under_way, long) = flight.size();
            let rows = u32::try_from(under_way).unwrap_or(u32::MAX).saturating_add(1);
            let owed = self.journal.outgoing(rows).or_fault()?;
            let next = owed
                .into_iter()
                .find(|object| !flight.has(&object.key))
                .filter(|object| !is_long(object) || long < LONG_AT_ONCE);
            match next {
                Some(object) => {
                    flight.begin(&object);
                    return Ok(Some(object));
                }
                None if under_way == 0 => return Ok(None),
                None => drop(tokio::time::timeout(LOOK_AGAIN, flight.changed.notified()).await),
            }
        }
    }

    fn must_wait(&self) -> bool {
        self.stopping.load(Ordering::Acquire) || self.settings().lake.paused
    }

    /// Asked while objects are on their way: whether to go on. The lease is extended meanwhile.
    fn goes_on(&self, leased: &mut Instant) -> ControlFlow<()> {
        if self.must_wait() {
            return ControlFlow::Break(());
        }
        if leased.elapsed() > EXTEND_EVERY {
            *leased = Instant::now();
            // Without it another process would begin the same.
            if !matches!(self.leases(Lease::Objects), Ok(true)) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn after_send(&self, object: &Outgoing, ended: Ended, sent: &mut SentObjects) -> Result<(), Fault> {
        let key = Key::new(object.key.clone()).or_fault()?;
        match ended {
            Ended::There => {
                sent.objects += 1;
                sent.bytes += object.size_bytes;
            }
            Ended::Clash => match self.settle_clash(object, &key) {
                Ok(()) => {}
                Err(fault)
                    if fault.code == Code::Cancelled || self.lake.known().standing != Standing::Reached =>
                {
                    return Err(fault);
                }
                // One object must not hold the others up.
                Err(fault) => return self.refuse(object, &fault),
            },
            Ended::Later(fault) => return Err(fault),
            Ended::Refused(fault) => return self.refuse(object, &fault),
        }
        self.journal.settle_outgoing(&object.key).or_fault()?;
        if self.lake.local_file(&key).is_ok() {
            self.catalog
                .keep(&object.key, object.size_bytes, now_millis())
                .or_fault()?;
        }
        self.make_room()
    }

    fn refuse(&self, object: &Outgoing, fault: &Fault) -> Result<(), Fault> {
        tracing::warn!("{}: {fault}", object.key);
        let why = format!("{} {}", fault.message, fault.hint);
        self.journal.refuse_outgoing(&object.key, why.trim()).or_fault()
    }

    async fn try_send(&self, object: &Outgoing) -> Result<Ended, Fault> {
        let key = Key::new(object.key.clone()).or_fault()?;
        let Ok(source) = self.lake.local_file(&key) else {
            return Ok(Ended::Refused(Fault::new(
                Code::NotFound,
                "What was to be sent is not on this machine any more.",
            )));
        };
        // What does not read was written by another version: the send begins anew.
        let resume = object
            .progress
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let sending = Sending {
            key,
            source,
            mode: Put::CreateOnly,
            digest: None,
            urgent: object.urgency == Urgency::Meaning,
            resume,
        };
        let slip = JournalSlip {
            journal: &self.journal,
            key: &object.key,
        };
        let told = |progress: Progress| self.departures.has_gone(&object.key, progress.done_bytes);
        let sent = self.lake.send(&sending, &slip, &told).await;
        self.departures.forget(&object.key);
        Ok(match sent {
            Ok(_) => Ended::There,
            Err(TransferError::Clash(_)) => Ended::Clash,
            Err(error) if error.is_everybodys() => Ended::Later(faults::from_transfer(&error)),
            Err(TransferError::Lake(error)) if error.is_passing() => Ended::Later(faults::from_lake(&error)),
            Err(error) => Ended::Refused(faults::from_transfer(&error)),
        })
    }

    /// Two workstations made the same thing of the same film, and it came out otherwise. The lake's stays and is taken over; what
    /// speaks of ours is corrected by an entry. Proposals are never thrown away: ours go under a name of their own.
    fn settle_clash(&self, object: &Outgoing, key: &Key) -> Result<(), Fault> {
        match object.urgency {
            Urgency::Original => Err(Fault::new(
                Code::Conflict,
                format!("The lake has another file under {key}."),
            )),
            Urgency::Meaning => self.join_runs(key),
            Urgency::Looks | Urgency::Proxy => self.take_over(key),
        }
    }

    /// Replaces our copy by the lake's.
    fn take_over(&self, key: &Key) -> Result<(), Fault> {
        let Some(asset) = asset_of(key) else { return Ok(()) };
        let ours = self.catalog.asset(asset).or_fault()?.and_then(|record| {
            record
                .renditions
                .into_iter()
                .find(|rendition| rendition.key == key.as_str())
        });
        let mut leased = Instant::now();
        let theirs = self.fetch_anew(key, &mut || self.goes_on(&mut leased))?;
        if let Some(ours) = ours {
            let corrected = Rendition {
                size_bytes: theirs.size_bytes,
                blake3: theirs.hash.clone(),
                ..ours
            };
            self.record(vec![Body::Rendition(corrected)])?;
        }
        // After the entry: killed before, it clashes again and all this is repeated.
        self.lake.forget(key)?;
        self.keep_arrived(key, theirs)?;
        self.clocks.forget(asset);
        Ok(())
    }

    /// How the lake stands to this workstation, what waits, and what is on its way.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn lake_state(&self) -> Result<LakeState, Fault> {
        let known = self.lake.known();
        let owed = self.journal.owed().or_fault()?;
        let view = |object: Outgoing| TransferView {
            asset: Key::new(object.key.clone())
                .ok()
                .and_then(|key| asset_of(&key))
                .map(|asset| asset.to_string()),
            key: object.key,
            size_bytes: object.size_bytes,
            done_bytes: None,
            refused: object.refused,
        };
        let gone = |mut view: TransferView| {
            view.done_bytes = self.departures.gone(&view.key);
            view
        };
        let mut sending: Vec<TransferView> = Vec::new();
        sending.extend(self.journal.refused(SHOWN).or_fault()?.into_iter().map(view));
        sending.extend(
            self.journal
                .outgoing(SHOWN)
                .or_fault()?
                .into_iter()
                .map(view)
                .map(gone),
        );
        let settings = self.settings().lake;
        Ok(LakeState {
            standing: known.standing,
            since_millis: known.since_millis,
            reached_millis: known.reached_millis,
            fault: known.fault,
            waiting_entries: self.journal.unsent_entries().or_fault()?,
            waiting_objects: owed.objects - owed.refused,
            waiting_bytes: owed.bytes,
            refused_objects: owed.refused,
            paused: settings.paused,
            sending,
            fetching: self.arrivals.views(),
            kept_bytes: self.catalog.kept_bytes().or_fault()?,
            budget_bytes: u64::from(settings.keep_gibibytes) << 30,
            writers: self.writers_in_trouble()?,
            foreign: self.foreign_view()?,
        })
    }

    /// Has the lake asked again at once, and everything it did not take sent once more.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn try_lake_now(&self) -> Result<(), Fault> {
        self.lake.try_now();
        self.journal.retry_outgoing().or_fault()?;
        self.try_foreign_now()?;
        self.bell.ring();
        Ok(())
    }
}
