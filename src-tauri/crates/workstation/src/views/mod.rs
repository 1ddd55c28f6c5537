//! What the use cases answer: plain data whose field names are the `--json` contract and the desk's wire alike. One
//! definition serves the command line, HTTP, the window and the generated TypeScript, so that they cannot drift apart.

mod asset;
mod comment;
mod job;
mod marker;
mod proposal;
mod system;

pub use asset::{
    AssetDetail, AssetRow, AssetState, AudioTrack, KeptView, LibraryFilter, LibraryList, LibraryQuery,
    LoudnessView, ProxyView, SpriteView, TallyView, VideoTrack,
};
pub use comment::{AnswerComment, CommentList, CommentView, Commented, EditComment, PutComment, ThreadView};
pub use job::{Job, JobState, Refused};
pub use marker::{EditMarker, Marked, MarkerView, PutMarker};
pub use proposal::{
    Changed, Decide, DecideVerdict, Decided, DecidedBy, Filter, HistoryEntry, HistoryStep, HistoryView,
    Order, Preview, ProposalList, ProposalQuery, ProposalRow, ProposalState, ProvenanceView, UndoState,
    Undone,
};
pub use system::{
    Check, CheckState, DemoTicket, EngineRow, ExportFormat, ExportResult, ExportWhat, ForeignRow,
    ForeignStanding, ForeignView, Heard, Hello, ImportedCues, KeymapView, LakeState, LakeView, PersonView,
    TransferView,
};
