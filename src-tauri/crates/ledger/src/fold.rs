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
    /// Entries that are taken back, kept up to date so that standing is cheap to ask for.
    void: BTreeSet<EntryId>,
    /// Proposal → decisions that name it.
    decisions: BTreeMap<ProposalId, BTreeSet<EntryId>>,
    /// Decision → decisions whose authors saw it.
    superseded_by: BTreeMap<EntryId, BTreeSet<EntryId>>,
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
                for seen in &decision.supersedes {
                    self.superseded_by.entry(*seen).or_default().insert(entry.id);
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
        let id = entry.id;
        self.entries.insert(id, entry);
        self.settle(id);
        touched
    }

    /// Whether an undo that itself holds takes this entry back. Only the same principal's undo counts.
    pub fn is_void(&self, id: EntryId) -> bool {
        self.void.contains(&id)
    }

    /// Settles whether `id` is void, then the same for what it takes back, and so on: undo, redo, undo … is a chain, and
    /// each link may arrive in any order.
    fn settle(&mut self, mut id: EntryId) {
        let mut first = true;
        loop {
            let void = self
                .undone_by
                .get(&id)
                .into_iter()
                .flatten()
                .any(|undo| self.same_principal(*undo, id) && !self.void.contains(undo));
            let changed = if void {
                self.void.insert(id)
            } else {
                self.void.remove(&id)
            };
            match self.entries.get(&id).map(|entry| &entry.body) {
                // A new undo always bears on its target; further up only what changed does.
                Some(Body::Undo(undo)) if first || changed => id = undo.entry,
                _ => return,
            }
            first = false;
        }
    }

    /// Decisions on `proposal` that hold: not void, and not superseded by one that holds.
    ///
    /// What a verdict has seen reaches through what it replaces: a verdict on a verdict on a first one has seen the first
    /// one too, also when the middle one is taken back later.
    pub fn standing_entries(&self, proposal: ProposalId) -> Vec<(&Entry, &Decision)> {
        let mut standing: Vec<_> = self
            .decisions_on(proposal)
            .filter(|(entry, _)| !self.is_void(entry.id) && !self.is_replaced(entry.id, proposal))
            .collect();
        standing.sort_by_key(|(entry, _)| (entry.clock, entry.id));
        standing
    }

    /// Whether a decision on `proposal` that holds has seen `id`, directly or through what it replaces.
    fn is_replaced(&self, id: EntryId, proposal: ProposalId) -> bool {
        // A bulk verdict replaces entries of many proposals; here only decisions on this one matter.
        let Some(named) = self.decisions.get(&proposal) else {
            return false;
        };
        let mut visited = BTreeSet::from([id]);
        let mut todo = vec![id];
        while let Some(older) = todo.pop() {
            for newer in self
                .superseded_by
                .get(&older)
                .into_iter()
                .flatten()
                .filter(|id| named.contains(id))
            {
                if !self.is_void(*newer) {
                    return true;
                }
                if visited.insert(*newer) {
                    todo.push(*newer);
                }
            }
        }
        false
    }

    /// All decisions that name `proposal`, void or not, by id.
    pub fn decisions_on(&self, proposal: ProposalId) -> impl Iterator<Item = (&Entry, &Decision)> {
        self.decisions
            .get(&proposal)
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
            .filter_map(|entry| match &entry.body {
                Body::Decision(decision) => Some((entry, decision)),
                _ => None,
            })
    }

    /// Where `proposal` stands. Two verdicts that say the same are no conflict.
    pub fn standing(&self, proposal: ProposalId) -> Standing {
        Self::standing_of(&self.standing_entries(proposal))
    }

    /// Where a proposal stands of which these entries stand, oldest first.
    pub fn standing_of(standing: &[(&Entry, &Decision)]) -> Standing {
        let Some((_, last)) = standing.last() else {
            return Standing::Open;
        };
        if standing
            .iter()
            .any(|(_, d)| d.verdict != last.verdict || d.edit != last.edit)
        {
            return Standing::Conflict(standing.iter().map(|(entry, _)| entry.id).collect());
        }
        match last.verdict {
            Verdict::Circled => Standing::Circled {
                edit: last.edit.clone(),
            },
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
        // An undo's id is a hash over its target, so a chain of entries that were read cannot loop.
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
