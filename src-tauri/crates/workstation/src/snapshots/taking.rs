//! Beginning with a snapshot instead of with the first segment ever written.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use catalog::{Covered, WriterRecord, WriterTrouble, schema_version};
use fault::{Code, Fault};
use lake::transfer::{Digest, Fetching, TransferError};
use lake::{Key, layout};
use ledger::Hlc;

use super::{Manifest, Named, State, cannot, manifest_of, remove_folder, unpack};
use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::follow::{HeadForm, WriterName};
use crate::home::now_millis;
use crate::reach::Standing;
use crate::workstation::Workstation;

/// Who is behind by fewer segments reads them: that is sooner done.
const FAR_SEGMENTS: u64 = 200;
/// Snapshots that are looked at before the segments are read after all.
const TRIED: usize = 3;
/// Read first, which is the whole manifest in all but the largest teams.
const FIRST_BYTES: u64 = 64 << 10;

/// Whether a snapshot fits what lies in the lake.
enum Fit {
    Yes,
    /// Not now: something it is checked by is not there.
    Unknown,
    /// Never, and why.
    No(String),
}

impl Workstation {
    /// At the first look at the lake: where this workstation is new or far behind, takes the best snapshot that fits. Answers whether
    /// one was taken. Trouble with one is a note, and the segments are read instead.
    pub(crate) fn begin_with_snapshot(
        &self,
        heads: &[(WriterName, String)],
        known: &BTreeMap<WriterName, WriterRecord>,
    ) -> Result<bool, Fault> {
        if self.snapshots.considered.load(Ordering::Acquire) || !self.is_far_behind(heads, known)? {
            self.snapshots.considered.store(true, Ordering::Release);
            return Ok(false);
        }
        let Some(_alone) = self.snapshots.alone() else {
            return Ok(false);
        };
        let taken = match self.take_best_snapshot(known) {
            Ok(taken) => taken,
            Err(fault) if fault.code == Code::Cancelled => return Err(fault),
            Err(fault) => {
                tracing::warn!("no snapshot is taken: {fault}");
                false
            }
        };
        self.snapshots.considered.store(true, Ordering::Release);
        Ok(taken)
    }

    fn is_far_behind(
        &self,
        heads: &[(WriterName, String)],
        known: &BTreeMap<WriterName, WriterRecord>,
    ) -> Result<bool, Fault> {
        let others = |name: &WriterName| !self.is_own(&name.0, &name.1);
        if !heads.iter().any(|(name, _)| others(name)) {
            return Ok(false);
        }
        if !known
            .iter()
            .any(|(name, record)| others(name) && record.sequence > 0)
        {
            return Ok(true);
        }
        let mut behind = 0u64;
        for (name, version) in heads {
            let record = known.get(name);
            if !others(name) || record.is_some_and(|record| record.head == *version) {
                continue;
            }
            if let Some(Ok(head)) = self.told_head(&name.0, &name.1)? {
                behind += head
                    .sequence
                    .saturating_sub(record.map_or(0, |record| record.sequence));
            }
            if behind >= FAR_SEGMENTS {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take_best_snapshot(&self, known: &BTreeMap<WriterName, WriterRecord>) -> Result<bool, Fault> {
        let states = self.snapshot_states()?;
        let fitting = self
            .snapshots_in_lake()?
            .into_iter()
            .filter(|named| named.schema == schema_version() && !states.contains_key(named.key.as_str()));
        for named in fitting.take(TRIED) {
            match self.take_snapshot(&named, known) {
                Ok(Fit::Yes) => return Ok(true),
                Ok(Fit::Unknown) => tracing::info!(key = %named.key, "a snapshot is passed over"),
                Ok(Fit::No(why)) => self.refuse_snapshot(&named.key, &why)?,
                Err(fault) if fault.code == Code::Cancelled || !self.is_reached() => return Err(fault),
                // Taken away since the listing, no room for it, or its own trouble: another may do.
                Err(fault) => tracing::warn!(key = %named.key, "a snapshot is passed over: {fault}"),
            }
        }
        Ok(false)
    }

    fn is_reached(&self) -> bool {
        matches!(self.lake.known().standing, Standing::Here | Standing::Reached)
    }

    /// Takes note that a snapshot is of no use and why; the segments are what counts.
    pub(super) fn refuse_snapshot(&self, key: &Key, why: &str) -> Result<(), Fault> {
        tracing::warn!(%key, "a snapshot is left aside: {why}");
        self.catalog
            .note_snapshot(key.as_str(), State::Refused.word(), why)
            .or_fault()
    }

    fn take_snapshot(&self, named: &Named, known: &BTreeMap<WriterName, WriterRecord>) -> Result<Fit, Fault> {
        if named.size_bytes <= super::PREFACE_BYTES as u64 {
            return Ok(Fit::No("it is empty".to_owned()));
        }
        let Some(manifest) = self.snapshot_manifest(&named.key)? else {
            return Ok(Fit::No("what it says of itself does not read".to_owned()));
        };
        if (manifest.schema, manifest.entries) != (named.schema, named.entries) {
            return Ok(Fit::No("it says something else than its name".to_owned()));
        }
        if !self.adds_to(known, &manifest) {
            return Ok(Fit::Unknown);
        }
        for covered in &manifest.covered {
            match self.chain_fits(covered)? {
                Fit::Yes => {}
                other => return Ok(other),
            }
        }
        let folder = self.snapshot_folder("taking")?;
        self.has_room_for(
            named.size_bytes.saturating_add(manifest.unpacked_bytes) / 2,
            &folder,
        )?;
        let (packed, plain) = (folder.join("snapshot.sqlite.zst"), folder.join("snapshot.db"));
        let fetching = Fetching {
            key: named.key.clone(),
            target: packed.clone(),
            digest: Digest::of_hex(&named.hash),
            size_bytes: Some(named.size_bytes),
            urgent: true,
            filling: None,
        };
        match self
            .lake
            .fetch(&fetching, &|_progress| {}, &mut || self.go_on())?
        {
            Ok(_fetched) => {}
            Err(TransferError::OtherBytes { .. }) => {
                return Ok(Fit::No("its bytes are not those of its name".to_owned()));
            }
            Err(error) => return Err(faults::from_transfer(&error)),
        }
        if !unpack(&packed, &manifest, &plain, &mut || self.go_on())? {
            return Ok(Fit::No("it does not unpack to what it says".to_owned()));
        }
        std::fs::remove_file(&packed).map_err(|error| cannot(&error, "remove", &packed))?;
        let taken = self
            .catalog
            .take_checkpoint(&plain, &manifest.covered, &self.journal)
            .or_fault()?;
        if let Err(unfit) = taken {
            return Ok(Fit::No(unfit.to_string()));
        }
        self.catalog
            .note_snapshot(named.key.as_str(), State::Taken.word(), &named.principal)
            .or_fault()?;
        let latest = Hlc {
            millis: manifest.clock_millis,
            counter: manifest.clock_counter,
        };
        self.journal.observe_clock(latest, now_millis()).or_fault()?;
        remove_folder(&folder)?;
        tracing::info!(key = %named.key, entries = manifest.entries, "began with a snapshot");
        self.hub.tell([
            Subject::Assets,
            Subject::Proposals,
            Subject::Markers,
            Subject::Comments,
            Subject::Undo,
        ]);
        Ok(Fit::Yes)
    }

    fn snapshot_manifest(&self, key: &Key) -> Result<Option<Manifest>, Fault> {
        match manifest_of(&self.lake.beginning(key, FIRST_BYTES)?) {
            None => Ok(None),
            Some(Ok(manifest)) => Ok(Some(manifest)),
            Some(Err(length)) => match manifest_of(&self.lake.beginning(key, length)?) {
                Some(Ok(manifest)) => Ok(Some(manifest)),
                _ => Ok(None),
            },
        }
    }

    /// Whether nothing that is shown here would be missing in it until the segments were read again.
    fn adds_to(&self, known: &BTreeMap<WriterName, WriterRecord>, manifest: &Manifest) -> bool {
        let covered: BTreeMap<(&str, &str), u64> = manifest
            .covered
            .iter()
            .map(|covered| {
                (
                    (covered.principal.as_str(), covered.workstation.as_str()),
                    covered.sequence,
                )
            })
            .collect();
        known.iter().all(|((principal, workstation), record)| {
            self.is_own(principal, workstation)
                || covered
                    .get(&(principal.as_str(), workstation.as_str()))
                    .copied()
                    .unwrap_or(0)
                    >= record.sequence
        })
    }

    /// Whether the chain that a snapshot names leads to the writer's head, or the head's to it. The segments in between decide: a hash
    /// that leads to the head's is that of the segments before.
    fn chain_fits(&self, covered: &Covered) -> Result<Fit, Fault> {
        let at = |sequence: u64, chain: &str| WriterRecord {
            principal: covered.principal.clone(),
            workstation: covered.workstation.clone(),
            sequence,
            chain: chain.to_owned(),
            ..WriterRecord::default()
        };
        let head = match self.told_head(&covered.principal, &covered.workstation)? {
            Some(Ok(head)) => head,
            Some(Err(_unreadable)) => return Ok(Fit::Unknown),
            // Its writer died before the first head, and for good.
            None => HeadForm {
                version: 1,
                sequence: 0,
                chain: String::new(),
            },
        };
        let end = HeadForm {
            version: 1,
            sequence: covered.sequence,
            chain: covered.chain.clone(),
        };
        let segments = if head.sequence >= covered.sequence {
            self.new_segments(&at(covered.sequence, &covered.chain), &head)?
        } else {
            self.new_segments(&at(head.sequence, &head.chain), &end)?
        };
        match segments {
            Ok(segments) => {
                // They are read next.
                let first = head.sequence.min(covered.sequence) + 1;
                for (sequence, (_, held)) in (first..).zip(segments) {
                    let key =
                        layout::segment(&covered.principal, &covered.workstation, sequence).or_fault()?;
                    if let Some(bytes) = held {
                        self.lake.keep(&key, &bytes)?;
                    }
                }
                Ok(Fit::Yes)
            }
            Err(WriterTrouble::Gap) => Ok(Fit::Unknown),
            Err(_other) => Ok(Fit::No(format!(
                "it was not made from the segments of {} on {}",
                covered.principal, covered.workstation
            ))),
        }
    }
}
