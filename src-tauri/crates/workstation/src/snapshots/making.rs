//! Making a snapshot: on a workstation that holds everything, when enough is new, by one of the team at a time.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use catalog::{Covered, Lease, SentSoFar, schema_version};
use fault::{Code, Fault};
use lake::transfer::{Digest, NoSlip, Sending};
use lake::{Key, Put, layout};

use super::{Named, State, pack, remove_folder};
use crate::faults::{self, OrFault as _};
use crate::workstation::Workstation;

/// Fewer entries are read as quickly as a snapshot is fetched.
const LEAST_ENTRIES: u64 = 10_000;
/// A snapshot is made when this part of all entries is new: what is written in all is then at most so many times what there is.
const NEW_PART: u64 = 10;
/// Snapshots of a schema that stay in the lake: who fetches the last but one is not interrupted.
const KEPT: usize = 2;

impl Workstation {
    /// Makes a snapshot of what the ledger comes to and puts it into the lake, when enough is new since the last one, this
    /// workstation holds all of it, and nobody else is at it. Answers its key.
    ///
    /// # Errors
    /// Trouble with the lake or the store; nothing is lost but the work.
    pub fn make_snapshot(&self) -> Result<Option<String>, Fault> {
        self.make_snapshot_of(LEAST_ENTRIES)
    }

    pub(crate) fn make_snapshot_of(&self, least_entries: u64) -> Result<Option<String>, Fault> {
        let Some(_alone) = self.snapshots.alone() else {
            return Ok(None);
        };
        let entries = self.catalog.entry_count().or_fault()?;
        if entries < least_entries {
            return Ok(None);
        }
        let there = self.snapshots_in_lake()?;
        let refused = self.snapshot_states()?;
        // One of a later schema is of no use to who has this one, but its maker's is the last word for them.
        let last = there.iter().find(|named| {
            named.schema >= schema_version()
                && refused.get(named.key.as_str()).copied() != Some(State::Refused)
        });
        let had = last.map_or(0, |named| named.entries);
        if entries < had.saturating_add(least_entries.max(entries / NEW_PART)) {
            return Ok(None);
        }
        let Some(sent) = self.holds_everything()? else {
            return Ok(None);
        };
        if !self.leases(Lease::Snapshot)? {
            return Ok(None);
        }
        // Also after one that did not hold: who makes the next one is asked about that.
        let made = if self.claims_snapshot(there.first())? {
            self.put_snapshot(&sent)
        } else {
            Ok(None)
        };
        self.journal.release(Lease::Snapshot, &self.holder()).or_fault()?;
        let made = made?;
        if made.is_some() {
            self.retire_snapshots()?;
        }
        Ok(made)
    }

    /// What of this home's is in the lake, when that is all of it and everything of everybody else's is here.
    fn holds_everything(&self) -> Result<Option<SentSoFar>, Fault> {
        let writers = self.catalog.writers().or_fault()?;
        let troubled = writers.iter().any(|writer| writer.trouble.is_some());
        if troubled
            || self.misses_runs.load(Ordering::Acquire)
            || self.journal.unsent_entries().or_fault()? > 0
            // What a catalog began with is not handed on before it was compared with the segments.
            || self.snapshot_states()?.values().any(|state| *state == State::Taken)
        {
            return Ok(None);
        }
        let own = self.author();
        let head = self.journal.head(&own.workstation).or_fault()?;
        // After a fork what was sent under the name before is somebody else's to go on with, and followed like theirs.
        let follows = |name: &str, sequence: u64| {
            name == own.workstation
                || writers.iter().any(|writer| {
                    writer.principal == own.principal
                        && writer.workstation == name
                        && writer.sequence >= sequence
                })
        };
        let all = self.journal.sent_as().or_fault()?;
        if !all
            .iter()
            .all(|(name, sequence)| name.is_empty() || follows(name, *sequence))
        {
            return Ok(None);
        }
        // A copy of this home may have come further under its name.
        let further = writers.iter().any(|writer| {
            (&writer.principal, &writer.workstation) == (&own.principal, &own.workstation)
                && writer.sequence > head.sequence
        });
        if further {
            return Ok(None);
        }
        Ok(Some(SentSoFar {
            entry: self.journal.last_sent_entry().or_fault()?,
            own: (head.sequence > 0).then_some(Covered {
                principal: own.principal,
                workstation: own.workstation,
                sequence: head.sequence,
                chain: head.chain,
            }),
        }))
    }

    /// Whether the next snapshot after this one is this workstation's to make.
    pub(super) fn claims_snapshot(&self, last: Option<&Named>) -> Result<bool, Fault> {
        let what = Key::new(layout::SNAPSHOTS.trim_end_matches('/')).or_fault()?;
        let tag = format!(
            "{} {}",
            schema_version(),
            last.map_or("", |named| named.key.as_str())
        );
        let size_bytes = last.map_or(0, |named| named.size_bytes);
        match self.claim_foreign(&what, &tag, size_bytes) {
            Ok(claim) => Ok(matches!(claim, crate::foreign::Claim::Ours)),
            // Whose role may not claim makes none.
            Err(fault) if fault.code == Code::NotAllowed => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn put_snapshot(&self, sent: &SentSoFar) -> Result<Option<String>, Fault> {
        let folder = self.snapshot_folder("making")?;
        let (plain, packed) = (folder.join("snapshot.db"), folder.join("snapshot.sqlite.zst"));
        let size_bytes = std::fs::metadata(self.catalog.place()).map_or(0, |meta| meta.len());
        self.has_room_for(size_bytes, &folder)?;
        let checkpoint = self.catalog.checkpoint(&plain, sent, &self.stopping);
        let Some(checkpoint) = checkpoint.or_fault()? else {
            return Ok(None);
        };
        let hash = pack(&plain, &checkpoint, &packed, &mut || self.go_on())?;
        let id = Named::id(checkpoint.schema, checkpoint.entries, &hash);
        let key = layout::snapshot(&self.author().principal, &id).or_fault()?;
        let sending = Sending {
            key: key.clone(),
            source: packed,
            mode: Put::CreateOnly,
            digest: Some(Digest::from(hash)),
            urgent: false,
            resume: None,
        };
        let sent = self.lake.send(&sending, &NoSlip, &|_progress| {});
        let sent = self.lake.wait_while(sent, &mut || self.go_on())?;
        sent.map_err(|error| faults::from_transfer(&error))?;
        remove_folder(&folder)?;
        tracing::info!(%key, entries = checkpoint.entries, "a snapshot was put into the lake");
        Ok(Some(key.as_str().to_owned()))
    }

    /// Takes the older ones away, where this person's role may; else they stay.
    fn retire_snapshots(&self) -> Result<(), Fault> {
        let mut newer: BTreeMap<u32, usize> = BTreeMap::new();
        for named in self.snapshots_in_lake()? {
            let before = newer.entry(named.schema).or_default();
            *before += 1;
            // Those of a later schema are for others to judge.
            if *before <= KEPT || named.schema > schema_version() {
                continue;
            }
            match self.lake.remove(&named.key) {
                Ok(()) => {}
                Err(fault) if fault.code == Code::NotAllowed => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }
}
