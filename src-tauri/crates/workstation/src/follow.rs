//! What other workstations wrote into the lake, on its way into the catalog.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use catalog::{WriterRecord, WriterTrouble, segment};
use fault::{Code, Fault};
use lake::{Key, layout};
use ledger::Entry;
use serde::{Deserialize, Serialize};

use crate::faults::OrFault as _;
use crate::home::now_millis;
use crate::workstation::Workstation;

/// The version of heads that this build reads.
const HEAD_VERSION: u32 = 1;
/// Segments asked for in one go.
const ASKED_AT_ONCE: usize = 64;
/// Of the segments whose chain is checked so much is held; the rest is read a second time.
const HELD_BYTES: usize = 64 << 20;
/// Entries that are taken in with one transaction, about.
const BATCH_ENTRIES: usize = 2000;

/// The hash of a segment whose chain is checked, and its bytes, where there was room for them.
pub(crate) type Checked = (blake3::Hash, Option<Vec<u8>>);
/// Principal and workstation.
pub(crate) type WriterName = (String, String);

/// The small object that says how far a writer has come.
#[derive(Serialize, Deserialize)]
pub(crate) struct HeadForm {
    pub version: u32,
    pub sequence: u64,
    pub chain: String,
}

/// A head that does not read, or is of a later version.
pub(crate) struct Unreadable;

/// What following the others found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Segments that were new.
    pub segments: u64,
    /// Entries in them that were new.
    pub entries: u64,
    /// Writers that cannot be followed to their head, and why.
    pub troubles: Vec<WriterView>,
}

/// A writer that cannot be followed to its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterView {
    /// The lake prefix it writes under.
    pub principal: String,
    /// Its workstation id.
    pub workstation: String,
    /// `gap`, `tampered`, `behind`, `unreadable` or `impostor`.
    pub trouble: String,
    /// The same in words.
    pub words: String,
}

impl WriterView {
    fn of(record: &WriterRecord) -> Option<Self> {
        let trouble = record.trouble?;
        let words = match trouble {
            WriterTrouble::Gap => format!("segment {} is missing in the lake", record.sequence + 1),
            WriterTrouble::Tampered => format!(
                "what lies in the lake after segment {} is not what was written there",
                record.sequence
            ),
            WriterTrouble::Behind => format!(
                "the lake has gone back behind segment {}, which was taken in before",
                record.sequence
            ),
            WriterTrouble::Unreadable => format!("what follows segment {} does not read", record.sequence),
            WriterTrouble::Impostor => {
                "some of its entries claim another's name and were left out".to_owned()
            }
        };
        Some(Self {
            principal: record.principal.clone(),
            workstation: record.workstation.clone(),
            trouble: trouble.word().to_owned(),
            words,
        })
    }
}

impl Workstation {
    /// Takes in what other workstations wrote into the lake since the last call: one listing of heads, then the segments that
    /// are new. A segment counts only when the chain of all new ones ends in what the head says; entries count only under the
    /// name of the prefix they lie under. A writer whose segments do not fit is followed no further and named; the others are.
    ///
    /// # Errors
    /// Trouble with the lake or the store; what was taken in before stays, the next call goes on.
    pub fn follow(&self) -> Result<Followed, Fault> {
        let mut known = self.known_writers()?;
        let mut followed = Followed::default();
        let heads = self.heads()?;
        if self.begin_with_snapshot(&heads, &known)? {
            known = self.known_writers()?;
        }
        for (name, version) in heads {
            let mut record = match known.get(&name) {
                Some(record) => record.clone(),
                None => self.unknown_writer(&name)?,
            };
            if record.head != version || may_heal(record.trouble) {
                self.follow_writer(&mut record, version, &mut followed)?;
            }
            followed.troubles.extend(WriterView::of(&record));
        }
        if followed.entries > 0 || self.misses_runs.load(Ordering::Acquire) {
            self.fetch_missing_proposals()?;
        }
        Ok(followed)
    }

    /// Takes in what lies in the lake behind the heads: its writer died between a segment and its head, and for good, or is just
    /// at it. It lists the whole ledger, so this is for a start and for now and then.
    ///
    /// # Errors
    /// As [`Self::follow`].
    pub fn follow_beyond_heads(&self) -> Result<Followed, Fault> {
        let mut followed = Followed::default();
        let known = self.known_writers()?;
        for (name, last) in self.last_segments()? {
            let mut record = match known.get(&name) {
                Some(record) => record.clone(),
                None => self.unknown_writer(&name)?,
            };
            if record.trouble.is_some() || self.is_own(&name.0, &name.1) {
                continue;
            }
            while record.sequence < last {
                let key = layout::segment(&name.0, &name.1, record.sequence + 1).or_fault()?;
                let Some(bytes) = self.segment_bytes(&key)? else {
                    break;
                };
                let Ok(entries) = segment::unpack(&bytes) else {
                    break;
                };
                let mut batch = Batch::default();
                batch.add(&blake3::hash(&bytes), entries);
                self.take_in(&mut record, batch, &mut followed)?;
            }
        }
        if followed.entries > 0 {
            self.fetch_missing_proposals()?;
        }
        Ok(followed)
    }

    /// The last segment of every writer that lies in the lake.
    fn last_segments(&self) -> Result<BTreeMap<WriterName, u64>, Fault> {
        let mut last: BTreeMap<WriterName, u64> = BTreeMap::new();
        self.lake.each_shared(layout::LEDGER, |object| {
            if let Some((principal, workstation, sequence)) = layout::parse_segment(&object.key) {
                let name = (principal.to_owned(), workstation.to_owned());
                let known = last.entry(name).or_default();
                *known = sequence.max(*known);
            }
        })?;
        Ok(last)
    }

    fn known_writers(&self) -> Result<BTreeMap<WriterName, WriterRecord>, Fault> {
        let writers = self.catalog.writers().or_fault()?;
        Ok(writers
            .into_iter()
            .map(|record| ((record.principal.clone(), record.workstation.clone()), record))
            .collect())
    }

    /// Who writes into the lake, with the version of each head.
    fn heads(&self) -> Result<Vec<(WriterName, String)>, Fault> {
        let mut heads = Vec::new();
        self.lake.each_shared(layout::HEADS, |object| {
            if let Some((principal, workstation)) = layout::parse_head(&object.key) {
                let name = (principal.to_owned(), workstation.to_owned());
                heads.push((name, object.etag.as_str().to_owned()));
            }
        })?;
        Ok(heads)
    }

    /// Whether a writer is this workstation.
    pub(crate) fn is_own(&self, principal: &str, workstation: &str) -> bool {
        let own = self.author();
        (own.principal.as_str(), own.workstation.as_str()) == (principal, workstation)
    }

    /// A writer that was not followed yet. What this workstation sent itself is not read back; what the lake has of it beyond
    /// that (the home was brought back from a copy) is.
    fn unknown_writer(&self, (principal, workstation): &WriterName) -> Result<WriterRecord, Fault> {
        let mut record = WriterRecord {
            principal: principal.clone(),
            workstation: workstation.clone(),
            ..WriterRecord::default()
        };
        if self.is_own(principal, workstation) {
            let head = self.journal.head(workstation).or_fault()?;
            record.sequence = head.sequence;
            record.chain = head.chain;
        }
        Ok(record)
    }

    fn follow_writer(
        &self,
        record: &mut WriterRecord,
        version: String,
        followed: &mut Followed,
    ) -> Result<(), Fault> {
        record.trouble = None;
        let head = match self.told_head(&record.principal, &record.workstation)? {
            // Taken away since the listing.
            None => return Ok(()),
            Some(Err(Unreadable)) => {
                record.head = version;
                return self.stop_following(record, WriterTrouble::Unreadable);
            }
            Some(Ok(head)) => head,
        };
        if self.tells_more(record, &head)? {
            return Ok(());
        }
        let followed_to = self.follow_to(record, &head, followed)?;
        // Only now: whoever is interrupted before looks at the same head again.
        record.head = version;
        match followed_to {
            Some(trouble) => self.stop_following(record, trouble),
            None => self.note_followed(record),
        }
    }

    /// The head of a writer as it lies in the lake; none where it is not there.
    pub(crate) fn told_head(
        &self,
        principal: &str,
        workstation: &str,
    ) -> Result<Option<Result<HeadForm, Unreadable>>, Fault> {
        let key = layout::head(principal, workstation).or_fault()?;
        match self.lake.get(&key) {
            Ok(bytes) => {
                let head = serde_json::from_slice::<HeadForm>(&bytes).ok();
                let head = head.filter(|head| head.version <= HEAD_VERSION);
                Ok(Some(head.ok_or(Unreadable)))
            }
            Err(fault) if fault.code == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Whether this home has sent more under that name than the head says: then the head was written by a copy of this home that
    /// was behind, and is put right.
    fn tells_more(&self, record: &WriterRecord, head: &HeadForm) -> Result<bool, Fault> {
        if self.author().principal != record.principal {
            return Ok(false);
        }
        let sent = self.journal.head(&record.workstation).or_fault()?;
        if sent.sequence <= head.sequence {
            return Ok(false);
        }
        self.put_head(&record.principal, &record.workstation, &sent)?;
        Ok(true)
    }

    /// Follows a writer to its head, or as far as what lies there fits.
    fn follow_to(
        &self,
        record: &mut WriterRecord,
        head: &HeadForm,
        followed: &mut Followed,
    ) -> Result<Option<WriterTrouble>, Fault> {
        if self.is_own(&record.principal, &record.workstation) {
            // Its own head moves with what it sends.
            let sent = self.journal.head(&record.workstation).or_fault()?;
            if sent.sequence >= record.sequence {
                record.sequence = sent.sequence;
                record.chain = sent.chain;
            }
        }
        if head.sequence < record.told {
            return Ok(Some(WriterTrouble::Behind));
        }
        if head.sequence < record.sequence {
            // What lies beyond it was taken in already.
            record.told = head.sequence;
            return Ok(None);
        }
        if head.sequence == record.sequence && head.chain != record.chain {
            return Ok(Some(WriterTrouble::Tampered));
        }
        let segments = match self.new_segments(record, head)? {
            Ok(segments) => segments,
            Err(trouble) => return Ok(Some(trouble)),
        };
        let mut batch = Batch::default();
        let mut trouble = None;
        for (at, (hash, held)) in (record.sequence + 1..).zip(segments) {
            let key = layout::segment(&record.principal, &record.workstation, at).or_fault()?;
            let bytes = match held {
                Some(bytes) => Some(bytes),
                None => self
                    .segment_bytes(&key)?
                    .filter(|bytes| blake3::hash(bytes) == hash),
            };
            let Some(bytes) = bytes else {
                trouble = Some(WriterTrouble::Tampered);
                break;
            };
            let Ok(entries) = segment::unpack(&bytes) else {
                trouble = Some(WriterTrouble::Unreadable);
                break;
            };
            // Known to be what was written: from now on it can be read without a network.
            self.lake.keep(&key, &bytes)?;
            batch.add(&hash, entries);
            if batch.entries.len() >= BATCH_ENTRIES {
                self.take_in(record, std::mem::take(&mut batch), followed)?;
            }
        }
        self.take_in(record, batch, followed)?;
        if trouble.is_none() {
            record.told = head.sequence;
        }
        Ok(trouble.or(record.trouble))
    }

    /// The segments up to the head, when their chain ends in the head's: their hashes, and what of them there is room for.
    pub(crate) fn new_segments(
        &self,
        record: &WriterRecord,
        head: &HeadForm,
    ) -> Result<Result<Vec<Checked>, WriterTrouble>, Fault> {
        let (mut chain, mut held_bytes) = (record.chain.clone(), 0);
        let mut segments = Vec::new();
        let mut next = record.sequence + 1;
        while next <= head.sequence {
            let keys = (next..=head.sequence)
                .take(ASKED_AT_ONCE)
                .map(|sequence| layout::segment(&record.principal, &record.workstation, sequence));
            let keys: Vec<Key> = keys.collect::<Result<_, _>>().or_fault()?;
            let found = self.lake.get_all_kept(&keys)?;
            if found.len() < keys.len() {
                return Ok(Err(WriterTrouble::Gap));
            }
            for bytes in found {
                let hash = blake3::hash(&bytes);
                chain = segment::chain_after(&chain, hash.to_hex().as_str());
                held_bytes += bytes.len();
                segments.push((hash, (held_bytes <= HELD_BYTES).then_some(bytes)));
                next += 1;
            }
        }
        if chain == head.chain {
            Ok(Ok(segments))
        } else {
            Ok(Err(WriterTrouble::Tampered))
        }
    }

    /// A segment; none where it is not there.
    fn segment_bytes(&self, key: &Key) -> Result<Option<Vec<u8>>, Fault> {
        match self.lake.get_kept(key) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(fault) if fault.code == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Takes segments in that follow the last one that was.
    fn take_in(
        &self,
        record: &mut WriterRecord,
        mut batch: Batch,
        followed: &mut Followed,
    ) -> Result<(), Fault> {
        if batch.hashes.is_empty() {
            return Ok(());
        }
        let all = batch.entries.len();
        batch
            .entries
            .retain(|entry| entry.author.principal == record.principal);
        if batch.entries.len() < all {
            tracing::warn!(
                principal = record.principal,
                workstation = record.workstation,
                "{} entries claim another's name and are left out",
                all - batch.entries.len()
            );
            record.trouble = Some(WriterTrouble::Impostor);
        }
        // What is written here from now on is ordered after what is seen.
        if let Some(latest) = batch.entries.iter().map(|entry| entry.clock).max() {
            self.journal.observe_clock(latest, now_millis()).or_fault()?;
        }
        let after = record.sequence;
        for hash in &batch.hashes {
            record.sequence += 1;
            record.chain = segment::chain_after(&record.chain, hash.to_hex().as_str());
        }
        followed.entries += self
            .catalog
            .apply_of(record, after, &batch.entries)
            .or_fault()?
            .entries;
        followed.segments += batch.hashes.len() as u64;
        Ok(())
    }

    fn stop_following(&self, record: &mut WriterRecord, trouble: WriterTrouble) -> Result<(), Fault> {
        tracing::warn!(
            principal = record.principal,
            workstation = record.workstation,
            "followed up to segment {} only: {}",
            record.sequence,
            trouble.word()
        );
        record.trouble = Some(trouble);
        self.note_followed(record)
    }

    fn note_followed(&self, record: &WriterRecord) -> Result<(), Fault> {
        let noted = self.catalog.apply_of(record, record.sequence, &[]);
        noted.map(drop).or_fault()
    }

    /// Writers that cannot be followed to their head, as the last call found them.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn writers_in_trouble(&self) -> Result<Vec<WriterView>, Fault> {
        let writers = self.catalog.writers().or_fault()?;
        Ok(writers.iter().filter_map(WriterView::of).collect())
    }
}

/// Segments that are taken in together.
#[derive(Default)]
struct Batch {
    hashes: Vec<blake3::Hash>,
    entries: Vec<Entry>,
}

impl Batch {
    fn add(&mut self, hash: &blake3::Hash, entries: Vec<Entry>) {
        self.hashes.push(*hash);
        self.entries.extend(entries);
    }
}

/// Whether a look may find the trouble gone though the head is the same: a segment came late, a disk was mended.
const fn may_heal(trouble: Option<WriterTrouble>) -> bool {
    matches!(
        trouble,
        Some(WriterTrouble::Gap | WriterTrouble::Tampered | WriterTrouble::Unreadable)
    )
}

#[cfg(test)]
mod tests;
