//! The journal's entries on their way into the lake, and the proposals of runs on their way in and out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use catalog::{Head, Lease, Segment, Urgency};
use fault::{Code, Fault};
use lake::{Key, LakeError, layout};
use ledger::{Author, Entry, Proposal, RunEntry, RunId};
use serde::Serialize;

use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::follow::{HeadForm, Unreadable};
use crate::home::{Identity, now_millis};
use crate::lakeside::Stored;
use crate::owner;
use crate::reach::Standing;
use crate::workstation::Workstation;

/// Entries in one segment, at most.
const SEGMENT_ENTRIES: u32 = 1000;
/// How long this process stays the uploader of its home without asking again.
const UPLOAD_LEASE: Duration = Duration::from_secs(30);
/// Unpacked size of one run's proposals, at most.
const MAX_RUN_BYTES: usize = 256 * 1024 * 1024;

impl Workstation {
    /// Sends what the journal holds and the lake does not, in segments whose bytes were fixed before the first attempt.
    /// Does nothing when another process of this home is at it. Answers how many entries were sent.
    ///
    /// # Errors
    /// Trouble with the lake or the store, and a lake where somebody else's bytes lie even under a fresh name; nothing is
    /// lost, the next call goes on.
    pub fn publish(&self) -> Result<u64, Fault> {
        // The lease keeps other processes off, this the other threads of this one.
        let _alone = self
            .sends_entries
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        self.show_what_was_written();
        let writer = self.author().workstation;
        let head = self.journal.head(&writer).or_fault()?;
        let nothing_new = self.journal.unsent_entries().or_fault()? == 0;
        if nothing_new && head == self.journal.head_sent(&writer).or_fault()? {
            return Ok(0);
        }
        let sent = self.send_all();
        self.journal.release(Lease::Ledger, &self.holder()).or_fault()?;
        sent
    }

    /// Shows what is in the journal and had no room in the catalog: it was decided all the same.
    fn show_what_was_written(&self) {
        match self.catalog.catch_up(&self.journal) {
            Ok(applied) if applied.entries > 0 => self.hub.tell([
                Subject::Assets,
                Subject::Proposals,
                Subject::Markers,
                Subject::Comments,
                Subject::Undo,
            ]),
            Ok(_nothing) => {}
            Err(error) => tracing::warn!("what was decided is not shown yet: {}", fault::chain(&error)),
        }
    }

    /// Segment after segment, then the head.
    fn send_all(&self) -> Result<u64, Fault> {
        let mut sent = 0;
        // What is written meanwhile goes with the next call: it would be one small segment after the other.
        let mut owed = self.journal.unsent_entries().or_fault()?;
        let mut forked = false;
        // Whether the last segment was this process's to create: then nobody has come further under this name.
        let mut leads = false;
        // Asked again before every write: who takes longer than the lease for one of them has lost it.
        while self.leases_upload()? {
            let author = self.author();
            let segment = if sent < owed {
                let sealed = self.journal.seal_segment(&author.workstation, SEGMENT_ENTRIES);
                sealed.or_fault()?
            } else {
                None
            };
            match segment {
                // After a fork they are sealed anew, under the new id.
                Some(segment) => match self.send(&author, &segment)? {
                    Met::Clash if forked => return Err(twice_taken(&author, &segment)),
                    Met::Clash => {
                        self.adopt_beyond_head(&author, segment.sequence)?;
                        self.fork(&author)?;
                        forked = true;
                        owed = sent + self.journal.unsent_entries().or_fault()?;
                    }
                    met => {
                        self.journal
                            .mark_sent(&author.workstation, segment.sequence)
                            .or_fault()?;
                        sent += segment.entries;
                        leads = met == Met::Nothing;
                    }
                },
                None => {
                    self.send_head(leads)?;
                    return Ok(sent);
                }
            }
        }
        Ok(sent)
    }

    /// Whether this process is the one that sends entries for the next while.
    fn leases_upload(&self) -> Result<bool, Fault> {
        self.leases(Lease::Ledger)
    }

    /// Whether this process is the one that does this for the next while.
    pub(crate) fn leases(&self, what: Lease) -> Result<bool, Fault> {
        let holder = self.holder();
        let now = now_millis();
        let until = now.saturating_add(u64::try_from(UPLOAD_LEASE.as_millis()).unwrap_or(u64::MAX));
        if self.journal.lease(what, &holder, now, until).or_fault()? {
            return Ok(true);
        }
        // One that was killed gives nothing back.
        let dead = self
            .journal
            .lease_holder(what)
            .or_fault()?
            .filter(|other| is_dead(other));
        let Some(dead) = dead else { return Ok(false) };
        self.journal.release(what, &dead).or_fault()?;
        self.journal.lease(what, &holder, now, until).or_fault()
    }

    /// This process, as the holder of a lease.
    pub(crate) fn holder(&self) -> String {
        format!("{} {}", self.owner.pid, self.owner.token)
    }

    /// Puts a segment into the lake.
    fn send(&self, author: &Author, segment: &Segment) -> Result<Met, Fault> {
        let key = layout::segment(&author.principal, &author.workstation, segment.sequence).or_fault()?;
        match self.lake.create(&key, segment.bytes.clone()) {
            Ok(()) => Ok(Met::Nothing),
            // Our own write, whose acknowledgement was lost, or somebody else's.
            Err(LakeError::Exists { .. }) if self.lake.get(&key)? == segment.bytes => Ok(Met::Same),
            Err(LakeError::Exists { .. }) => Ok(Met::Clash),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    /// Somebody else writes under this workstation's prefix: a cloned machine or a restored home. This one takes a new id;
    /// its entries go on under it in segments that begin at 1, those the other has are the other's. When another process of
    /// this home has taken a new id already, that is the one: a home writes under one.
    fn fork(&self, clashed: &Author) -> Result<(), Fault> {
        let mut identity = self
            .identity
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if identity.workstation != clashed.workstation {
            return Ok(());
        }
        let kept = Identity::bind(&self.identity_file, None)?;
        let fresh = if kept.workstation == clashed.workstation {
            kept.fork(&self.identity_file)?
        } else {
            kept
        };
        tracing::warn!(
            "another machine writes as workstation {}; this one is {} from now on",
            clashed.workstation,
            fresh.workstation
        );
        *identity = fresh;
        Ok(())
    }

    /// What lies under this workstation's name from `sequence` on, when no head speaks of it: a home that is gone (this one was
    /// brought back from a copy) sent it and died before its head. Nobody else would ever send that head, so the entries are taken
    /// over and sent again.
    fn adopt_beyond_head(&self, author: &Author, sequence: u64) -> Result<(), Fault> {
        let told = match self.told_head(&author.principal, &author.workstation)? {
            Some(Ok(head)) => head.sequence,
            Some(Err(Unreadable)) | None => 0,
        };
        for sequence in sequence.max(told + 1).. {
            let key = layout::segment(&author.principal, &author.workstation, sequence).or_fault()?;
            let bytes = match self.lake.get(&key) {
                Ok(bytes) => bytes,
                Err(fault) if fault.code == Code::NotFound => return Ok(()),
                Err(fault) => return Err(fault),
            };
            let Ok(mut entries) = catalog::segment::unpack(&bytes) else {
                return Ok(());
            };
            entries.retain(|entry| entry.author.principal == author.principal);
            self.journal.adopt(&entries).or_fault()?;
        }
        Ok(())
    }

    /// Says in the lake how far this workstation has come. Where it does not lead, a copy of this home may have come further under
    /// the same name: then its head stays.
    fn send_head(&self, leads: bool) -> Result<(), Fault> {
        let author = self.author();
        let head = self.journal.head(&author.workstation).or_fault()?;
        let is_ahead = !leads
            && matches!(
                self.told_head(&author.principal, &author.workstation)?,
                Some(Ok(told)) if told.sequence > head.sequence
            );
        if !is_ahead {
            self.put_head(&author.principal, &author.workstation, &head)?;
        }
        self.journal.mark_head_sent(&author.workstation, &head).or_fault()
    }

    /// Writes a head.
    pub(crate) fn put_head(&self, principal: &str, workstation: &str, head: &Head) -> Result<(), Fault> {
        let form = HeadForm {
            version: 1,
            sequence: head.sequence,
            chain: head.chain.clone(),
        };
        let bytes = serde_json::to_vec(&form).map_err(|error| faults::from_json(&error, "The head"))?;
        self.lake
            .replace(&layout::head(principal, workstation).or_fault()?, bytes)
    }

    /// Puts a run's proposals into the lake as JSON lines. They are written once; a repetition finds them there.
    pub(crate) fn store_run(
        &self,
        run: &ledger::Run,
        proposals: &[Proposal],
    ) -> Result<(Key, Stored), Fault> {
        let key = layout::run(&run.asset.to_string(), &run.id.to_string()).or_fault()?;
        let stored = self.lake.put_once(&key, packed(proposals)?)?;
        self.owe(&key, &stored, Urgency::Meaning)?;
        Ok((key, stored))
    }

    /// Another workstation made the same run of the same film, with other findings. None is thrown away: both together go under a
    /// name of their own, and the run's entry speaks of that from now on.
    pub(crate) fn join_runs(&self, key: &Key) -> Result<(), Fault> {
        let bytes = self.lake.get(key)?;
        let theirs = unpacked(&bytes)?;
        let their_hash = blake3::hash(&bytes).to_hex().to_string();
        let their_count = theirs.len() as u64;
        let mut all = unpacked(&self.lake.get_kept(key)?)?;
        let Some(run) = all.first().or(theirs.first()).map(|proposal| proposal.run) else {
            return Ok(());
        };
        let Some(entry) = self.catalog.run(run).or_fault()? else {
            return Ok(());
        };
        all.extend(theirs);
        all.sort_by_key(|proposal| proposal.id);
        all.dedup_by_key(|proposal| proposal.id);
        let bytes = packed(&all)?;
        let hash = blake3::hash(&bytes).to_hex();
        let name = format!("{run}-{}", hash.get(..12).unwrap_or_default());
        let joined = layout::run(&entry.run.asset.to_string(), &name).or_fault()?;
        let stored = self.lake.put_once(&joined, bytes)?;
        self.owe(&joined, &stored, Urgency::Meaning)?;
        // Also what lies there by theirs: whoever made it may be gone before saying so.
        let theirs = RunEntry {
            key: key.as_str().to_owned(),
            proposals: their_count,
            blake3: their_hash,
            ..entry.clone()
        };
        let joined = RunEntry {
            key: joined.as_str().to_owned(),
            proposals: all.len() as u64,
            blake3: stored.blake3,
            ..entry
        };
        self.record(vec![ledger::Body::Run(theirs), ledger::Body::Run(joined)])?;
        self.catalog.apply_proposals(run, &all).or_fault()?;
        // Last: killed before, it clashes again and all this is repeated.
        self.lake.forget(key)
    }

    /// The proposals of a run, from the lake.
    pub(crate) fn load_run(&self, entry: &RunEntry) -> Result<Vec<Proposal>, Fault> {
        let key = Key::new(entry.key.clone()).or_fault()?;
        let bytes = self.lake.get_kept(&key)?;
        // Two people who analysed the same film may have found other things: any that somebody made will do.
        let hash = blake3::hash(&bytes).to_hex();
        if hash.as_str() != entry.blake3 && !self.catalog.names_bytes(hash.as_str()).or_fault()? {
            return Err(damaged(&entry.key));
        }
        self.lake.keep(&key, &bytes)?;
        unpacked(&bytes)
    }

    /// After the catalog was deleted, or when another process died between two writes: runs whose proposals are not shown
    /// are read from the lake. One that does not read is logged and stays absent; one that is not in the lake yet is asked for
    /// again; the rest is shown.
    pub(crate) fn fetch_missing_proposals(&self) -> Result<(), Fault> {
        let mut awaited = false;
        for entry in self.catalog.runs_without_proposals().or_fault()? {
            match self.load_run(&entry) {
                Ok(proposals) => {
                    self.catalog
                        .apply_proposals(entry.run.id, &proposals)
                        .or_fault()?;
                }
                // Its writer sends entries first, so that no verdict waits for a file.
                Err(fault) if self.lake.is_far() && fault.code == Code::NotFound => awaited = true,
                Err(fault) if !matches!(self.lake.known().standing, Standing::Here | Standing::Reached) => {
                    self.misses_runs.store(true, Ordering::Release);
                    return Err(fault);
                }
                Err(fault) => tracing::warn!("{fault} {}", fault.detail),
            }
        }
        self.misses_runs.store(awaited, Ordering::Release);
        Ok(())
    }

    /// Derives the catalog again from the lake and the journal. Jobs stay. Readers see the old view until the new one is
    /// whole.
    ///
    /// # Errors
    /// Trouble with the lake or the store; the old catalog stays then.
    pub fn rebuild(&self) -> Result<Rebuilt, Fault> {
        self.publish()?;
        let mut rebuilt = Rebuilt::default();
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = BTreeSet::new();
        // Copies are kept here also of what the lake has.
        self.lake
            .each_near(layout::LEDGER, |object| keys.extend([object.key.clone()]))?;
        self.lake
            .each_shared(layout::LEDGER, |object| keys.extend([object.key.clone()]))?;
        for key in keys {
            let Some((principal, _, _)) = layout::parse_segment(&key) else {
                rebuilt.set_aside.push(key.as_str().to_owned());
                continue;
            };
            match catalog::segment::unpack(&self.lake.get_kept(&key)?) {
                Ok(read) => {
                    rebuilt.segments += 1;
                    // Who wrote is who may write there, not what is claimed.
                    entries.extend(
                        read.into_iter()
                            .filter(|entry| entry.author.principal == principal),
                    );
                }
                Err(error) => {
                    tracing::warn!("{key}: {}", fault::chain(&error));
                    rebuilt.set_aside.push(key.as_str().to_owned());
                }
            }
        }
        entries.extend(self.journal.entries().or_fault()?);
        let mut runs: BTreeMap<(RunId, String), RunEntry> = BTreeMap::new();
        for entry in &entries {
            if let ledger::Body::Run(run) = &entry.body {
                runs.insert((run.run.id, run.key.clone()), run.clone());
            }
        }
        let mut proposals = Vec::new();
        for entry in runs.values() {
            match self.load_run(entry) {
                Ok(mut read) => proposals.append(&mut read),
                Err(fault) => {
                    tracing::warn!("{fault} {}", fault.detail);
                    rebuilt.set_aside.push(entry.key.clone());
                }
            }
        }
        let distinct: BTreeSet<_> = entries.iter().map(|entry| entry.id).collect();
        rebuilt.entries = distinct.len() as u64;
        rebuilt.runs = runs.len() as u64;
        rebuilt.proposals = proposals.len() as u64;
        self.catalog
            .rebuild(
                &self.journal,
                entries.into_iter().map(Ok::<_, catalog::CatalogError>),
                proposals.into_iter().map(Ok),
            )
            .or_fault()?;
        Ok(rebuilt)
    }
}

/// What a segment met under its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Nothing: it is there now.
    Nothing,
    /// Itself: an acknowledgement was lost, or a copy of this home sent it.
    Same,
    /// Something else.
    Clash,
}

/// Proposals as a run's object holds them.
fn packed(proposals: &[Proposal]) -> Result<Vec<u8>, Fault> {
    let mut lines = Vec::new();
    for proposal in proposals {
        serde_json::to_writer(&mut lines, proposal)
            .map_err(|error| faults::from_json(&error, "A proposal"))?;
        lines.push(b'\n');
    }
    zstd::bulk::compress(&lines, 3)
        .map_err(|error| faults::from_io(&error, Code::Internal, "Cannot pack the proposals of a run."))
}

/// The proposals in a run's object.
fn unpacked(bytes: &[u8]) -> Result<Vec<Proposal>, Fault> {
    let broken = |error: &dyn std::error::Error| damaged("a run").because(error);
    let lines = zstd::bulk::decompress(bytes, MAX_RUN_BYTES).map_err(|error| broken(&error))?;
    let text = std::str::from_utf8(&lines).map_err(|error| broken(&error))?;
    let read = |line: &str| serde_json::from_str::<Proposal>(line).map_err(|error| broken(&error));
    text.lines().filter(|line| !line.is_empty()).map(read).collect()
}

fn damaged(what: &str) -> Fault {
    Fault::new(Code::Lake, format!("The proposals of {what} do not read."))
        .hint("Analyse the asset again to have them made anew.")
}

/// Whether a holder of the lease is a process that has ended.
fn is_dead(holder: &str) -> bool {
    let Some((pid, token)) = holder.split_once(' ') else {
        return false;
    };
    pid.parse().is_ok_and(|pid| {
        !owner::is_alive(&catalog::Owner {
            pid,
            token: token.to_owned(),
        })
    })
}

/// The lake has other bytes under the old name and under the new one: more new names would only fill it.
fn twice_taken(author: &Author, segment: &Segment) -> Fault {
    let mut fault = Fault::new(
        Code::Lake,
        "The lake says that what this workstation sends next is there already, with other contents.",
    )
    .hint(
        "What was decided is safe in this home and is sent later. See whether another machine runs a copy of this home, \
         and whether the lake's share shows every machine the same files.",
    );
    fault.detail = format!("workstation {}, segment {}", author.workstation, segment.sequence);
    fault
}

/// What a rebuild found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Ledger segments read from the lake.
    pub segments: u64,
    /// Entries in them and in the journal.
    pub entries: u64,
    /// Runs among those.
    pub runs: u64,
    /// Proposals of those runs.
    pub proposals: u64,
    /// Lake keys that do not read and were left aside.
    pub set_aside: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workstation::OpenOptions;

    #[test]
    fn a_head_that_was_not_written_after_its_segment_is_written_by_the_next_call() {
        let dir = tempfile::tempdir().unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let location = ledger::Location {
            asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
            place: "file:///a.mov".to_owned(),
        };
        workstation
            .record(vec![ledger::Body::Location(location)])
            .unwrap();
        // As far as a process comes that is killed before it writes the head.
        let author = workstation.author();
        let segment = workstation
            .journal
            .seal_segment(&author.workstation, SEGMENT_ENTRIES)
            .unwrap()
            .unwrap();
        assert!(workstation.send(&author, &segment).unwrap() == Met::Nothing);
        workstation
            .journal
            .mark_sent(&author.workstation, segment.sequence)
            .unwrap();
        let key = layout::head(&author.principal, &author.workstation).unwrap();
        workstation.lake.get(&key).unwrap_err();
        assert_eq!(workstation.publish().unwrap(), 0);
        let head: serde_json::Value = serde_json::from_slice(&workstation.lake.get(&key).unwrap()).unwrap();
        assert_eq!(head["sequence"], 1);
        assert_eq!(head["chain"], segment.chain);
    }

    #[test]
    fn a_home_goes_on_under_one_id_and_takes_one_new_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let second = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let note = |name: &str| {
            let location = ledger::Location {
                asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
                place: format!("file:///{name}"),
            };
            first.record(vec![ledger::Body::Location(location)]).unwrap();
        };
        let taken = |author: &Author, sequence| {
            let key = layout::segment(&author.principal, &author.workstation, sequence).unwrap();
            let foreign = format!("somebody else's {sequence}");
            first.lake.create(&key, foreign.into_bytes()).unwrap();
        };
        let before = first.author();
        taken(&before, 1);
        note("a.mov");
        assert_eq!(first.publish().unwrap(), 1);
        let after = first.author();
        assert_ne!(after.workstation, before.workstation);

        // The second process clashes under the old id, takes the first one's, and finds that taken as well.
        taken(&after, 2);
        note("b.mov");
        assert_eq!(second.publish().unwrap_err().code, Code::Lake);
        assert_eq!(second.author(), after);
        assert_eq!(
            Identity::bind(&second.identity_file, None).unwrap().workstation,
            after.workstation
        );

        assert_eq!(second.publish().unwrap(), 1, "nothing was lost");
        let last = second.author();
        assert_ne!(last.workstation, after.workstation);
        note("c.mov");
        assert_eq!(first.publish().unwrap(), 1);
        assert_eq!(first.author(), last);
    }

    #[test]
    fn after_a_fork_segments_begin_at_one_with_a_chain_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let note = |name: &str| {
            let location = ledger::Location {
                asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
                place: format!("file:///{name}"),
            };
            workstation
                .record(vec![ledger::Body::Location(location)])
                .unwrap();
        };
        note("a.mov");
        workstation.publish().unwrap();
        // A cloned machine writes on under the same id.
        let before = workstation.author();
        let taken = layout::segment(&before.principal, &before.workstation, 2).unwrap();
        workstation
            .lake
            .create(&taken, b"somebody else's".to_vec())
            .unwrap();
        note("b.mov");
        assert_eq!(workstation.publish().unwrap(), 1);
        let after = workstation.author();
        assert_ne!(after.workstation, before.workstation);
        let key = layout::segment(&after.principal, &after.workstation, 1).unwrap();
        let bytes = workstation.lake.get(&key).unwrap();
        let entries = catalog::segment::unpack(&bytes).unwrap();
        assert_eq!(entries.len(), 1, "what was sent before is not sent twice");
        let head = layout::head(&after.principal, &after.workstation).unwrap();
        let head: serde_json::Value = serde_json::from_slice(&workstation.lake.get(&head).unwrap()).unwrap();
        let hash = blake3::hash(&bytes).to_hex();
        assert_eq!(head["chain"], blake3::hash(hash.as_bytes()).to_hex().as_str());
        assert_eq!(head["sequence"], 1);
        assert_eq!(workstation.publish().unwrap(), 0);
    }
}
