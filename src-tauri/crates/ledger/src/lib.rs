//! The append-only record of what machines proposed and what people decided. Pure: no IO, no clock, no randomness; times
//! and authors are arguments. State is a fold of entries that does not depend on their order or repetition.

mod canonical;
mod clock;
mod comment;
mod entry;
mod fold;
mod id;
mod marker;
pub mod payload;
mod proposal;
mod undo;

pub use canonical::canonical_json;
pub use clock::{AHEAD_LIMIT_MILLIS, Hlc};
pub use comment::{Comment, CommentEntry, Resolution, ResolutionEntry};
pub use entry::{
    AssetEntry, Author, Body, Decision, Entry, EntryError, Location, Rendition, Role, RunEntry, SameAs, Undo,
    Verdict,
};
pub use fold::{Standing, State, Tally};
pub use id::{AssetId, CommentId, EntryId, IdError, MarkerId, ProposalId, RunId};
pub use marker::{Marker, MarkerEntry};
pub use proposal::{Kind, Proposal, ProposalDraft, Provenance, Run, RunIdentity};
pub use undo::{Outlook, Target, UndoHistory, UndoStep};
