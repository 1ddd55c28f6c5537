//! State as a fold of entries, independent of arrival order and repetition.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{AssetId, Body, Decision, Entry, EntryId, ProposalId, Verdict};

/// Where a proposal stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nobody has decided, or the verdict was retracted.
    Open,
    /// Accepted, perhaps with an edit.
    Circled {
        /// Fields that replace those of the payload.
        edit: Option<Value>,
    },
    /// Not wanted.
    Rejected,
    /// Two verdicts that did not see each other; the entries that stand, oldest first by clock.
    Conflict(Vec<EntryId>),
}

/// How many proposals stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Undecided.
    pub open: u64,
    /// Circled.
    pub circled: u64,
    /// Rejected.
    pub rejected: u64,
    /// In conflict.
    pub conflict: u64,
}

/// Everything that entries say, folded.
#[derive(Clone, Debug, Default)]
pub struct State {
    entries: BTreeMap<EntryId, Entry>,
    /// Entry → undo entries that take it back.
    undone_by: BTreeMap<EntryId, BTreeSet<EntryId>>,
    /// Proposal → decisions that name it.
    decisions: BTreeMap<ProposalId, BTreeSet<EntryId>>,
    /// Asset → assets declared the same.
    same_as: BTreeMap<AssetId, BTreeSet<AssetId>>,
}

impl State {
    /// Takes one entry in; a repetition changes nothing. Answers the proposals whose standing may have changed.
    pub fn apply(&mut self, entry: Entry) -> Vec<ProposalId> {
        if self.entries.contains_key(&entry.id) {
            return Vec::new();
        }
        let touched = match &entry.body {
            Body::Decision(decision) => {
                for proposal in &decision.proposals {
                    self.decisions.entry(*proposal).or_default().insert(entry.id);
                }
                decision.proposals.clone()
            }
            Body::Undo(undo) => {
                self.undone_by.entry(undo.entry).or_default().insert(entry.id);
                self.proposals_behind(undo.entry)
            }
            Body::SameAs(same) => {
                self.same_as.entry(same.asset).or_default().insert(same.other);
                self.same_as.entry(same.other).or_default().insert(same.asset);
                Vec::new()
            }
            _ => Vec::new(),
        };
        self.entries.insert(entry.id, entry);
        touched
    }

    /// Whether an undo that itself holds takes this entry back. Only the same principal's undo counts.
    pub fn is_void(&self, id: EntryId) -> bool {
        let Some(undos) = self.undone_by.get(&id) else { return false };
        undos.iter().any(|undo| self.same_principal(*undo, id) && !self.is_void(*undo))
    }

    /// Decisions on `proposal` that hold: not void, and not superseded by one that holds.
    pub fn standing_entries(&self, proposal: ProposalId) -> Vec<(&Entry, &Decision)> {
        let holding: Vec<(&Entry, &Decision)> = self
            .decisions
            .get(&proposal)
            .into_iter()
            .flatten()
            .filter(|id| !self.is_void(**id))
            .filter_map(|id| self.entries.get(id))
            .filter_map(|entry| match &entry.body {
                Body::Decision(decision) => Some((entry, decision)),
                _ => None,
            })
            .collect();
        let replaced: BTreeSet<EntryId> =
            holding.iter().flat_map(|(_, decision)| decision.supersedes.iter().copied()).collect();
        let mut standing: Vec<_> = holding.into_iter().filter(|(entry, _)| !replaced.contains(&entry.id)).collect();
        standing.sort_by_key(|(entry, _)| (entry.clock, entry.id));
        standing
    }

    /// Where `proposal` stands. Two verdicts that say the same are no conflict.
    pub fn standing(&self, proposal: ProposalId) -> Standing {
        let standing = self.standing_entries(proposal);
        let Some((_, last)) = standing.last() else { return Standing::Open };
        if standing.iter().any(|(_, d)| d.verdict != last.verdict || d.edit != last.edit) {
            return Standing::Conflict(standing.iter().map(|(entry, _)| entry.id).collect());
        }
        match last.verdict {
            Verdict::Circled => Standing::Circled { edit: last.edit.clone() },
            Verdict::Rejected => Standing::Rejected,
            Verdict::Retracted => Standing::Open,
        }
    }

    /// One entry.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// All entries, by id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Proposals that a decision, or the undo of one, is about.
    pub fn proposals_behind(&self, mut id: EntryId) -> Vec<ProposalId> {
        // An undo's id is a hash over its target, so this chain cannot loop.
        loop {
            match self.entries.get(&id).map(|entry| &entry.body) {
                Some(Body::Decision(decision)) => return decision.proposals.clone(),
                Some(Body::Undo(undo)) => id = undo.entry,
                _ => return Vec::new(),
            }
        }
    }

    /// Assets declared the same as `asset`, itself included.
    pub fn aliases(&self, asset: AssetId) -> BTreeSet<AssetId> {
        let mut seen = BTreeSet::from([asset]);
        let mut todo = vec![asset];
        while let Some(next) = todo.pop() {
            for other in self.same_as.get(&next).into_iter().flatten() {
                if seen.insert(*other) {
                    todo.push(*other);
                }
            }
        }
        seen
    }

    fn same_principal(&self, a: EntryId, b: EntryId) -> bool {
        match (self.entries.get(&a), self.entries.get(&b)) {
            (Some(a), Some(b)) => a.author.principal == b.author.principal,
            _ => false,
        }
    }
}
