//! What one workstation keeps on its own disk: the journal of what its people decided, and the catalog, a derived view of
//! everything known that may be deleted and rebuilt at any time.
//!
//! Both are SQLite files that several processes (desk and command line) open at once. All methods block; they take `&self`
//! and may be called from any thread.

mod acts;
mod apply;
mod assets;
mod catalog;
mod checkpoint;
mod comments;
mod comparison;
mod error;
mod foreign;
mod jobs;
mod journal;
mod kept;
mod leases;
mod markers;
mod model;
mod outgoing;
mod proposals;
mod schema;
pub mod segment;
mod shelf;
mod sql;
mod standing;
mod writers;

pub use acts::{Act, Acts, CommentChange, MarkerChange, Said};
pub use apply::Applied;
pub use catalog::{Catalog, Revisions};
pub use checkpoint::{Checkpoint, Covered, SentSoFar, Unfit, schema_version};
pub use comments::CommentRecord;
pub use comparison::Comparison;
pub use error::CatalogError;
pub use foreign::{ForeignCounts, ForeignNote, ForeignObject, ForeignState, Sight};
pub use jobs::{Beat, Job, JobId, JobState, NewJob, Outcome, Owner, Progress};
pub use journal::{Head, Journal, JournalEntry, Segment};
pub use kept::Kept;
pub use leases::Lease;
pub use ledger::{Outlook, Target};
pub use markers::MarkerRecord;
pub use model::{
    AssetRecord, Decided, Filter, Library, LibraryFilter, LibraryQuery, ListChanges, ListVersion,
    ListedAsset, LocationRecord, Order, ProposalRecord, ProposalState, Sighting, VerdictRecord, worth,
};
pub use outgoing::{Outgoing, Owed, Urgency};
pub use writers::{WriterRecord, WriterTrouble};
