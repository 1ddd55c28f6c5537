//! What crosses the boundary, as JSON: snake_case, the same field names as the command line's `--json`. Frames and
//! milliseconds are whole numbers below 2^53; seconds are for showing and drawing only. Nothing here takes a path, but for the
//! folder of a lake, which only the window may name.

mod assets;
mod comments;
mod decisions;
mod desk;
mod events;
mod exports;
mod fault;
mod jobs;
mod lake;
mod listing;
mod markers;
mod payloads;
mod proposals;
mod sign_in;
mod stage;
mod timeline;

pub use assets::{
    AssetDetail, AssetFilter, AssetRequest, AssetRow, AssetState, Assets, AssetsRequest, AudioTrack, Kept,
    LoudnessFigures, ProxyFigures, SpriteSheets, TallyCounts, VideoTrack,
};
pub use comments::{
    AnswerComment, Comment, CommentRequest, Commented, Comments, EditComment, PutComment, ResolveComments,
    Thread,
};
pub use decisions::{
    Changed, Decide, Decided, HistoryStep, Preview, PreviewFilter, PreviewRequest, Steps, Undone, VerdictWord,
};
pub use desk::{
    Check, CheckState, Checks, Empty, Engine, Engines, Hello, Host, Keymap, KeymapChange, Person, Preset,
    RoleWord, Settings, SettingsChange, Theme, UndoState,
};
pub use events::{Event, TransportState, ViewerPlace};
pub use exports::{ExportFormat, ExportRequest, ExportWhat, Exported, ImportCues, ImportedCues};
pub use fault::{FaultCode, FaultWords};
pub use jobs::{Analyze, Job, JobKind, JobRequest, JobState, Jobs, Refusal, Started};
pub use lake::{
    BringAsset, Foreign, ForeignObject, ForeignStanding, Heard, KeepAsset, KnownLake, KnownLakes, LakeKind,
    LakePlace, LakeRequest, LakeState, StandingWord, Transfer, Writer,
};
pub use listing::{ListedSource, Listing};
pub use markers::{EditMarker, Marked, Marker, MarkerRequest, Markers, PutMarker, Unmarked};
pub use payloads::{
    AreaPayload, CueColumnsWord, CueEdgeWord, CuePayload, CuePlacePayload, CueStylePayload, FacesPayload,
    HighlightPayload, PosterPayload, QcFaultWord, QcPayload, ReasonPayload, ShotPayload, TextPayload,
    TransitionWord,
};
pub use proposals::{
    DecidedBy, HistoryEntry, Order, ProposalRow, Proposals, ProposalsRequest, Provenance, ProvenanceRequest,
    StateWord, VerdictGiven,
};
pub use sign_in::{
    LakeAddress, LakeOutlook, LakeRead, LakeRight, Profiles, RightWord, SignInAnswer, SignInChoice,
    SignInRequest, SignInState, SignInStep, Typed,
};
pub use stage::{
    BoxesShow, ChannelSetting, ChannelSide, Compare, CompareMode, ComparedFilm, Flagged, FrameRange, Matte,
    MetersShow, OverAnswer, OverRequest, Picked, SaveExport, Saved, ScopesShow, ShieldShow, StageChannels,
    StageCompare, StageDetach, StageGuides, StageHoles, StageMix, StageOpen, StagePlace, StageRect,
    StageSurface, StageView, SubtitleShow, Transport, TransportAct,
};
pub use timeline::{
    Ghost, Hand, Lane, RulerMark, RulerUnit, TimelineItem, TimelineLayout, TimelineRequest, TimelineView, Tip,
};
