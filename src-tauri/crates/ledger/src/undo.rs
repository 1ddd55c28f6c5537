//! Undo and redo of one workstation's own acts, derived from its entries alone, so they survive restarts.

use crate::{Body, Entry, EntryId, State};

/// One act that can be taken back or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    /// The decision.
    pub decision: EntryId,
    /// What an undo or redo entry must name.
    pub target: EntryId,
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
    /// Replays `own` (this workstation's entries, in writing order).
    pub fn of<'a>(own: impl IntoIterator<Item = &'a Entry>, state: &State) -> Self {
        let mut history = Self::default();
        for entry in own {
            match &entry.body {
                Body::Decision(_) => {
                    history.done.push(UndoStep { decision: entry.id, target: entry.id });
                    history.undone.clear();
                }
                Body::Undo(undo) => history.replay_undo(entry.id, undo.entry, state),
                _ => {}
            }
        }
        history
    }

    /// An undo of a decision moves its step over; an undo of that undo (a redo) moves it back.
    fn replay_undo(&mut self, id: EntryId, target: EntryId, state: &State) {
        if let Some(at) = self.done.iter().rposition(|step| step.target == target) {
            let step = self.done.remove(at);
            self.undone.push(UndoStep { decision: step.decision, target: id });
        } else if let Some(at) = self.undone.iter().rposition(|step| step.target == target) {
            let step = self.undone.remove(at);
            if state.entry(step.decision).is_some() {
                self.done.push(UndoStep { decision: step.decision, target: id });
            }
        }
    }
}
