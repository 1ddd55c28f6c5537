//! Comparing what a workstation began with against the segments themselves: a snapshot is somebody's word, the segments are
//! everybody's. All of them are folded once more, beside the catalog, and every table must be the same.

use catalog::{Catalog, Comparison, Covered, WriterRecord, segment};
use fault::Fault;
use lake::{Key, layout};

use super::{State, remove_folder};
use crate::changes::Subject;
use crate::faults::OrFault as _;
use crate::home;
use crate::workstation::Workstation;

/// Segments asked for in one go.
const ASKED_AT_ONCE: u64 = 32;
/// Entries that are folded with one transaction, about.
const BATCH_ENTRIES: usize = 2000;
/// Times that what came in meanwhile is read after before it is left for the next turn.
const ROUNDS: usize = 5;

/// How the comparison of a snapshot with the segments ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// There is nothing to compare.
    Nothing,
    /// It is not done yet, or cannot be done with what lies in the lake.
    NotYet,
    /// It is what the segments come to.
    Agreed,
    /// It was something else, and what the segments come to has taken its place.
    Replaced,
}

impl Workstation {
    /// Compares the snapshot that this catalog began with against all the segments it speaks of. What is not the same is dropped, and
    /// what the segments come to takes its place. It reads the whole ledger, so it is for a thread that nobody waits for; what was
    /// read stays for the next call.
    ///
    /// # Errors
    /// Trouble with the lake or the store; the next call goes on.
    pub fn check_snapshot(&self) -> Result<Checked, Fault> {
        let taken = self
            .catalog
            .snapshot_notes()
            .or_fault()?
            .into_iter()
            .find(|(_, state, _)| State::of_word(state) == State::Taken);
        let Some((key, _, maker)) = taken else {
            return Ok(Checked::Nothing);
        };
        let Some(_alone) = self.snapshots.alone() else {
            return Ok(Checked::NotYet);
        };
        let folder = self.home.snapshots().join("checking");
        home::make_folder(&folder)?;
        let size_bytes = std::fs::metadata(self.catalog.place()).map_or(0, |meta| meta.len());
        let had = std::fs::metadata(folder.join("catalog.db")).map_or(0, |meta| meta.len());
        self.has_room_for(size_bytes.saturating_sub(had), &folder)?;
        let beside = Catalog::open(&folder).or_fault()?;
        let compared = self.compare_with_segments(&beside)?;
        let (state, words) = match compared {
            None | Some(Comparison::Elsewhere) => return Ok(Checked::NotYet),
            Some(Comparison::Same) => (State::Agreed, maker),
            Some(Comparison::Differs { table }) => {
                let words = format!("made by {maker}, it held other {table} than the segments come to");
                tracing::warn!(
                    key,
                    "the snapshot that this catalog began with is dropped: {words}"
                );
                let covered = beside.covered().or_fault()?;
                let place = beside.place().to_owned();
                // What a run found is read from the lake again.
                beside.forget_proposals().or_fault()?;
                drop(beside);
                let taken = self.catalog.take_checkpoint(&place, &covered, &self.journal);
                if taken.or_fault()?.is_err() {
                    return Ok(Checked::NotYet);
                }
                self.fetch_missing_proposals()?;
                self.hub.tell([
                    Subject::Assets,
                    Subject::Proposals,
                    Subject::Markers,
                    Subject::Comments,
                    Subject::Undo,
                ]);
                (State::Refused, words)
            }
        };
        self.catalog
            .note_snapshot(&key, state.word(), &words)
            .or_fault()?;
        remove_folder(&folder)?;
        Ok(if state == State::Agreed {
            Checked::Agreed
        } else {
            Checked::Replaced
        })
    }

    /// Folds the segments up to where the catalog is, and compares. `None` when the lake does not have them as they were.
    fn compare_with_segments(&self, beside: &Catalog) -> Result<Option<Comparison>, Fault> {
        let mut compared = Comparison::Elsewhere;
        for _round in 0..ROUNDS {
            for covered in self.catalog.covered().or_fault()? {
                if !self.fold_segments(beside, &covered)? {
                    return Ok(None);
                }
            }
            beside.catch_up(&self.journal).or_fault()?;
            beside
                .borrow_proposals(&self.catalog, &self.stopping)
                .or_fault()?;
            if self.go_on().is_break() {
                return Err(super::stopped());
            }
            compared = self.catalog.compare(beside).or_fault()?;
            if compared != Comparison::Elsewhere {
                break;
            }
        }
        Ok(Some(compared))
    }

    /// Folds the segments of one writer up to a place. Answers whether they are the ones whose chain leads there.
    fn fold_segments(&self, beside: &Catalog, covered: &Covered) -> Result<bool, Fault> {
        let mut record = beside
            .writers()
            .or_fault()?
            .into_iter()
            .find(|record| {
                (&record.principal, &record.workstation) == (&covered.principal, &covered.workstation)
            })
            .unwrap_or_else(|| WriterRecord {
                principal: covered.principal.clone(),
                workstation: covered.workstation.clone(),
                ..WriterRecord::default()
            });
        while record.sequence < covered.sequence {
            if self.go_on().is_break() {
                return Err(super::stopped());
            }
            let last = covered.sequence.min(record.sequence + ASKED_AT_ONCE);
            let keys: Vec<Key> = (record.sequence + 1..=last)
                .map(|sequence| layout::segment(&covered.principal, &covered.workstation, sequence))
                .collect::<Result<_, _>>()
                .or_fault()?;
            let found = self.lake.get_all_kept(&keys)?;
            let whole = found.len() == keys.len();
            let mut entries = Vec::new();
            let mut after = record.sequence;
            for bytes in found {
                let Ok(read) = segment::unpack(&bytes) else {
                    return Ok(false);
                };
                entries.extend(
                    read.into_iter()
                        .filter(|entry| entry.author.principal == covered.principal),
                );
                record.sequence += 1;
                record.chain = segment::chain_after(&record.chain, blake3::hash(&bytes).to_hex().as_str());
                if entries.len() >= BATCH_ENTRIES {
                    beside.apply_of(&record, after, &entries).or_fault()?;
                    (after, entries) = (record.sequence, Vec::new());
                }
            }
            beside.apply_of(&record, after, &entries).or_fault()?;
            if !whole {
                return Ok(false);
            }
        }
        Ok(record.sequence == covered.sequence && record.chain == covered.chain)
    }
}
