//! State as a fold of entries, independent of arrival order and repetition.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    AssetId, Body, CommentId, Decision, Entry, EntryId, Marker, MarkerEntry, MarkerId, ProposalId, Verdict,
};

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
    /// Marker → entries about it.
    markers: BTreeMap<MarkerId, BTreeSet<EntryId>>,
    /// Comment → entries about it, whoever wrote them.
    pub(crate) comments: BTreeMap<CommentId, BTreeSet<EntryId>>,
    /// Thread → entries that say whether it is settled.
    pub(crate) resolutions: BTreeMap<CommentId, BTreeSet<EntryId>>,
    /// Entry that can be replaced → those whose authors saw it.
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
                self.note_seen(entry.id, &decision.supersedes);
                decision.proposals.clone()
            }
            Body::Marker(marker) => {
                self.markers
                    .entry(marker.id(entry.id))
                    .or_default()
                    .insert(entry.id);
                self.note_seen(entry.id, &marker.supersedes);
                Vec::new()
            }
            Body::Comment(said) => {
                let named = self.comments.entry(said.id(entry.id)).or_default();
                named.insert(entry.id);
                self.note_seen(entry.id, &said.supersedes);
                Vec::new()
            }
            Body::Resolution(said) => {
                let named = self.resolutions.entry(said.comment).or_default();
                named.insert(entry.id);
                self.note_seen(entry.id, &said.supersedes);
                Vec::new()
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

    fn note_seen(&mut self, id: EntryId, supersedes: &[EntryId]) {
        for seen in supersedes {
            self.superseded_by.entry(*seen).or_default().insert(id);
        }
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
        let Some(named) = self.decisions.get(&proposal) else {
            return Vec::new();
        };
        let mut standing: Vec<_> = self
            .decisions_on(proposal)
            .filter(|(entry, _)| self.stands(entry.id, named))
            .collect();
        standing.sort_by_key(|(entry, _)| (entry.clock, entry.id));
        standing
    }

    /// Whether `id` holds among the entries `named`, which are about one thing: not void, and not seen by one that holds.
    fn stands(&self, id: EntryId, named: &BTreeSet<EntryId>) -> bool {
        !self.is_void(id) && !self.is_replaced(id, named)
    }

    /// Whether one of `named` that holds has seen `id`, directly or through what it replaces. A bulk verdict replaces entries
    /// of many proposals; only those that are named matter.
    fn is_replaced(&self, id: EntryId, named: &BTreeSet<EntryId>) -> bool {
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
        Self::standing_of(proposal, &self.standing_entries(proposal))
    }

    /// Where `proposal` stands, of which these entries stand, oldest first.
    pub fn standing_of(proposal: ProposalId, standing: &[(&Entry, &Decision)]) -> Standing {
        let Some((_, last)) = standing.last() else {
            return Standing::Open;
        };
        if standing
            .iter()
            .any(|(_, d)| d.verdict != last.verdict || d.edit_of(proposal) != last.edit_of(proposal))
        {
            return Standing::Conflict(standing.iter().map(|(entry, _)| entry.id).collect());
        }
        match last.verdict {
            Verdict::Circled => Standing::Circled {
                edit: last.edit_of(proposal).cloned(),
            },
            Verdict::Rejected => Standing::Rejected,
            Verdict::Retracted => Standing::Open,
        }
    }

    /// Entries about a marker that hold, oldest first by clock; removals among them.
    pub fn standing_marker_entries(&self, marker: MarkerId) -> Vec<(&Entry, &MarkerEntry)> {
        let Some(named) = self.markers.get(&marker) else {
            return Vec::new();
        };
        self.standing_of_kind(named, |body| match body {
            Body::Marker(marker) => Some(marker),
            _ => None,
        })
    }

    /// Of the entries `named`, which are about one thing, those that hold and say what `kind` wants, oldest first by clock.
    pub(crate) fn standing_of_kind<'a, T>(
        &'a self,
        named: &BTreeSet<EntryId>,
        kind: impl Fn(&'a Body) -> Option<&'a T>,
    ) -> Vec<(&'a Entry, &'a T)> {
        let mut standing: Vec<_> = named
            .iter()
            .filter(|id| self.stands(**id, named))
            .filter_map(|id| self.entries.get(id))
            .filter_map(|entry| Some((entry, kind(&entry.body)?)))
            .collect();
        standing.sort_by_key(|(entry, _)| (entry.clock, entry.id));
        standing
    }

    /// A marker as it stands; none when it was removed, taken back or never put. One that somebody removed while somebody
    /// else changed it stays.
    pub fn marker(&self, id: MarkerId) -> Option<Marker> {
        let standing = self.standing_marker_entries(id);
        let (entry, shown) = standing.iter().rev().find(|(_, said)| !said.removed)?;
        let same = |said: &MarkerEntry| {
            (said.removed, said.range, &said.note) == (shown.removed, shown.range, &shown.note)
        };
        Some(Marker {
            id,
            asset: shown.asset,
            range: shown.range,
            note: shown.note.clone(),
            entry: entry.id,
            disputed: !standing.iter().all(|(_, said)| same(said)),
        })
    }

    /// Every marker that was ever put, by id.
    pub fn marker_ids(&self) -> impl Iterator<Item = MarkerId> {
        self.markers.keys().copied()
    }

    /// The marker that an entry, or the undo of one, is about.
    pub fn marker_behind(&self, id: EntryId) -> Option<MarkerId> {
        let entry = self.entries.get(&self.act_behind(id)?)?;
        match &entry.body {
            Body::Marker(marker) => Some(marker.id(entry.id)),
            _ => None,
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
    pub fn proposals_behind(&self, id: EntryId) -> Vec<ProposalId> {
        match self
            .act_behind(id)
            .and_then(|id| self.entries.get(&id))
            .map(|entry| &entry.body)
        {
            Some(Body::Decision(decision)) => decision.proposals.clone(),
            _ => Vec::new(),
        }
    }

    /// What a chain of undos ends at, as far as it has arrived: `id` itself when it is no undo.
    pub(crate) fn act_behind(&self, mut id: EntryId) -> Option<EntryId> {
        // An undo's id is a hash over its target, so a chain of entries that were read cannot loop.
        loop {
            match &self.entries.get(&id)?.body {
                Body::Undo(undo) => id = undo.entry,
                _ => return Some(id),
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
