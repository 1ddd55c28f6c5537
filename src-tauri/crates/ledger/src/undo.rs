//! Undo and redo of one workstation's own acts, derived from its entries alone, so they survive restarts.

use std::collections::BTreeSet;

use crate::{Body, CommentId, Entry, EntryId, MarkerId, ProposalId, State};

/// One act that can be taken back or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    /// The decision, or the entry about a marker or a comment.
    pub act: EntryId,
    /// What an undo or redo entry must name.
    pub target: EntryId,
}

/// What an act is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A verdict is about proposals.
    Proposal(ProposalId),
    /// A marker's entry is about one marker.
    Marker(MarkerId),
    /// A comment's entry is about one comment.
    Comment(CommentId),
    /// Whether a thread of comments is settled.
    Resolution(CommentId),
}

/// What taking an act back, or doing it again, would meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// What nobody has said anything about since: it changes as the person expects.
    pub effective: Vec<Target>,
    /// What somebody has said something about since, and the entries that stand there. After an undo these stay as they
    /// are; after a redo too where their author had seen the act, and otherwise they are conflicts. A person is told instead of
    /// surprised.
    pub overtaken: Vec<(Target, Vec<EntryId>)>,
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
                Body::Decision(_) | Body::Marker(_) | Body::Comment(_) | Body::Resolution(_) => {
                    history.done.push(UndoStep {
                        act: entry.id,
                        target: entry.id,
                    });
                    history.undone.clear();
                }
                Body::Undo(undo) => history.replay_undo(entry.id, undo.entry),
                _ => {}
            }
        }
        history.done.retain(|step| !state.is_void(step.act));
        history.undone.retain(|step| state.is_void(step.act));
        history
    }

    /// An undo of a decision moves its step over; an undo of that undo (a redo) moves it back.
    fn replay_undo(&mut self, id: EntryId, target: EntryId) {
        // The latest steps are what is undone, so the search from the end is short.
        if let Some(at) = self.done.iter().rposition(|step| step.target == target) {
            let step = self.done.remove(at);
            self.undone.push(UndoStep {
                act: step.act,
                target: id,
            });
        } else if let Some(at) = self.undone.iter().rposition(|step| step.target == target) {
            let step = self.undone.remove(at);
            self.done.push(UndoStep {
                act: step.act,
                target: id,
            });
        }
    }
}

impl UndoStep {
    /// What taking this act back would meet, or, when it is taken back, what doing it again would.
    pub fn outlook(&self, state: &State) -> Outlook {
        let mut outlook = Outlook::default();
        let void = state.is_void(self.act);
        let said = state.entry(self.act).map(|entry| &entry.body);
        let supersedes = match said {
            Some(Body::Decision(decision)) => decision.supersedes.as_slice(),
            Some(Body::Marker(marker)) => marker.supersedes.as_slice(),
            Some(Body::Comment(said)) => said.supersedes.as_slice(),
            Some(Body::Resolution(said)) => said.supersedes.as_slice(),
            _ => &[],
        };
        let seen: BTreeSet<EntryId> = supersedes.iter().copied().collect();
        let proposals = state.proposals_behind(self.act).into_iter().map(Target::Proposal);
        let marker = state.marker_behind(self.act).map(Target::Marker);
        let comment = state.comment_behind(self.act).map(Target::Comment);
        let resolution = state.resolution_behind(self.act).map(Target::Resolution);
        for target in proposals.chain(marker).chain(comment).chain(resolution) {
            let standing = target.standing(state);
            let overtaken = if void {
                standing.iter().any(|id| !seen.contains(id))
            } else {
                !standing.contains(&self.act)
            };
            if overtaken {
                outlook.overtaken.push((target, standing));
            } else {
                outlook.effective.push(target);
            }
        }
        outlook
    }
}

impl Target {
    /// The entries that stand for it, oldest first by clock.
    fn standing(self, state: &State) -> Vec<EntryId> {
        match self {
            Self::Proposal(id) => ids(state.standing_entries(id)),
            Self::Marker(id) => ids(state.standing_marker_entries(id)),
            Self::Comment(id) => ids(state.standing_comment_entries(id)),
            Self::Resolution(id) => ids(state.standing_resolution_entries(id)),
        }
    }
}

fn ids<T>(standing: Vec<(&Entry, T)>) -> Vec<EntryId> {
    standing.into_iter().map(|(entry, _)| entry.id).collect()
}
