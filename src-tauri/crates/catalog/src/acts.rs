use ledger::{Author, EntryId, Hlc, ProposalId, UndoStep, Verdict};

use crate::{Catalog, CatalogError};

/// One act of this workstation that can be taken back or done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What an undo or redo entry must name.
    pub step: UndoStep,
    /// Who decided.
    pub author: Author,
    /// When it was decided.
    pub clock: Hlc,
    /// What was decided.
    pub verdict: Verdict,
    /// Whether it carried an edit.
    pub edited: bool,
    /// A word from the person.
    pub note: String,
    /// On how many proposals.
    pub proposals: u64,
    /// One of them, for a label.
    pub example: Option<ProposalId>,
}

/// What undo and redo would do, oldest first: the last of each is next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acts {
    /// Acts done.
    pub done: Vec<Act>,
    /// Acts taken back.
    pub undone: Vec<Act>,
}

/// What taking an act back, or doing it again, would meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Proposals whose standing it decides.
    pub effective: Vec<ProposalId>,
    /// Proposals on which somebody has decided since, and the verdicts that stand there: these stay as they are after an
    /// undo, and would become conflicts after a redo.
    pub overtaken: Vec<(ProposalId, Vec<EntryId>)>,
}

impl Catalog {
    /// What `workstation` of `principal` can undo and redo.
    pub fn acts(&self, principal: &str, workstation: &str) -> Result<Acts, CatalogError> {
        todo!("{principal} {workstation}")
    }

    /// Whether the act of `step` still stands (or, for one taken back, whether nobody has decided since), so that a person
    /// can be told instead of surprised.
    pub fn outlook(&self, step: &UndoStep) -> Result<Outlook, CatalogError> {
        todo!("{step:?}")
    }
}
