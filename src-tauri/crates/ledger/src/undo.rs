//! Undo and redo of one workstation's own acts, derived from its entries alone, so they survive restarts.

use std::collections::BTreeSet;

use crate::{Body, Entry, EntryId, ProposalId, State};

/// One act that can be taken back or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    /// The decision.
    pub decision: EntryId,
    /// What an undo or redo entry must name.
    pub target: EntryId,
}

/// What taking an act back, or doing it again, would meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Proposals on which nobody has decided since: they change as the person expects.
    pub effective: Vec<ProposalId>,
    /// Proposals on which somebody has decided since, and the verdicts that stand there. After an undo these stay as they
    /// are; after a redo they would be conflicts. A person is told instead of surprised.
    pub overtaken: Vec<(ProposalId, Vec<EntryId>)>,
}

/// What undo and redo would do next, computed from the workstation's own entries in the order it wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndoHistory {
    /// Acts done, oldest first: the last one is what undo takes back.
    pub done: Vec<UndoStep>,
    /// Acts taken back, the last one is what redo does again. A new decision empties it.
    pub undone: Vec<UndoStep>,
}

impl UndoHistory {
    /// Replays `own` (this workstation's entries, in writing order) and leaves out what `state` says is no longer so: an act
    /// that the same principal has taken back from another workstation cannot be taken back once more.
    pub fn of<'a>(own: impl IntoIterator<Item = &'a Entry>, state: &State) -> Self {
        let mut history = Self::default();
        for entry in own {
            match &entry.body {
                Body::Decision(_) => {
                    history.done.push(UndoStep {
                        decision: entry.id,
                        target: entry.id,
                    });
                    history.undone.clear();
                }
                Body::Undo(undo) => history.replay_undo(entry.id, undo.entry),
                _ => {}
            }
        }
        history.done.retain(|step| !state.is_void(step.decision));
        history.undone.retain(|step| state.is_void(step.decision));
        history
    }

    /// An undo of a decision moves its step over; an undo of that undo (a redo) moves it back.
    fn replay_undo(&mut self, id: EntryId, target: EntryId) {
        // The latest steps are what is undone, so the search from the end is short.
        if let Some(at) = self.done.iter().rposition(|step| step.target == target) {
            let step = self.done.remove(at);
            self.undone.push(UndoStep {
                decision: step.decision,
                target: id,
            });
        } else if let Some(at) = self.undone.iter().rposition(|step| step.target == target) {
            let step = self.undone.remove(at);
            self.done.push(UndoStep {
                decision: step.decision,
                target: id,
            });
        }
    }
}

impl UndoStep {
    /// What taking this act back would meet, or, when it is taken back, what doing it again would.
    pub fn outlook(&self, state: &State) -> Outlook {
        let mut outlook = Outlook::default();
        let void = state.is_void(self.decision);
        let seen: BTreeSet<EntryId> = match state.entry(self.decision).map(|entry| &entry.body) {
            Some(Body::Decision(decision)) => decision.supersedes.iter().copied().collect(),
            _ => BTreeSet::new(),
        };
        for proposal in state.proposals_behind(self.decision) {
            let standing: Vec<EntryId> = state
                .standing_entries(proposal)
                .iter()
                .map(|(entry, _)| entry.id)
                .collect();
            let overtaken = if void {
                standing.iter().any(|id| !seen.contains(id))
            } else {
                !standing.contains(&self.decision)
            };
            if overtaken {
                outlook.overtaken.push((proposal, standing));
            } else {
                outlook.effective.push(proposal);
            }
        }
        outlook
    }
}
