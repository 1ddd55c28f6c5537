use ledger::{
    AssetEntry, AssetId, Author, Entry, EntryId, Hlc, Kind, Location, Proposal, ProposalId, Rendition,
    RunEntry, Standing, Tally, Verdict,
};
use serde::{Deserialize, Serialize};

/// One piece of media and everything that hangs on it.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetRecord {
    /// As probed; of several entries the one with the latest clock.
    pub entry: AssetEntry,
    /// The earliest clock under which it is known.
    pub added: Hlc,
    /// Where its proposals stand.
    pub tally: Tally,
    /// Where its bytes were found, latest first.
    pub locations: Vec<LocationRecord>,
    /// Files made from it, by name; of several with one name the latest.
    pub renditions: Vec<Rendition>,
    /// Passes of engines over it, oldest first.
    pub runs: Vec<RunEntry>,
}

/// One piece of media as the library lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedAsset {
    /// As probed; of several entries the one with the latest clock.
    pub entry: AssetEntry,
    /// The earliest clock under which it is known.
    pub added: Hlc,
    /// Where its proposals stand.
    pub tally: Tally,
    /// Threads of comments that are not settled.
    pub open_threads: u64,
    /// Where its bytes were found, latest first.
    pub locations: Vec<LocationRecord>,
}

/// Which assets of the library are meant, by where their proposals stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LibraryFilter {
    /// All.
    #[default]
    All,
    /// With something that waits for a person: open, or in conflict.
    Open,
    /// With something circled.
    Circled,
    /// With something in conflict.
    Flagged,
}

/// A window of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryQuery {
    /// Of these.
    pub filter: LibraryFilter,
    /// Whose titles hold each of these words somewhere, whatever its case; empty for all.
    pub words: String,
    /// How many of them to pass over.
    pub offset: u64,
    /// How many to answer at most.
    pub limit: u32,
}

/// The answer to a [`LibraryQuery`].
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// The window.
    pub assets: Vec<ListedAsset>,
    /// How many match, window or not.
    pub count: u64,
    /// Whether more match than were counted: a search stops at 10 000, and looks for one or two letters among the newest
    /// 100 000 alone.
    pub more: bool,
    /// How many there are at all.
    pub total: u64,
    /// Where all their proposals stand.
    pub tally: Tally,
}

/// Where an original was found, and by whom: a path means something only on the workstation that wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct LocationRecord {
    /// The asset and the place.
    pub location: Location,
    /// Who wrote it, on which workstation.
    pub author: Author,
    /// When.
    pub clock: Hlc,
}

/// The four states of a proposal, as they are named on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    /// Undecided.
    Open,
    /// Accepted, perhaps with an edit.
    Circled,
    /// Not wanted.
    Rejected,
    /// Two verdicts that did not see each other.
    Conflict,
}

impl ProposalState {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Open, Self::Circled, Self::Rejected, Self::Conflict];

    /// The name on the wire and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Circled => "circled",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
        }
    }

    /// The state a standing shows as.
    pub const fn of(standing: &Standing) -> Self {
        match standing {
            Standing::Open => Self::Open,
            Standing::Circled { .. } => Self::Circled,
            Standing::Rejected => Self::Rejected,
            Standing::Conflict(_) => Self::Conflict,
        }
    }

    pub(crate) const fn to_sql(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Circled => 1,
            Self::Rejected => 2,
            Self::Conflict => 3,
        }
    }

    pub(crate) const fn from_sql(value: i64) -> Option<Self> {
        match value {
            0 => Some(Self::Open),
            1 => Some(Self::Circled),
            2 => Some(Self::Rejected),
            3 => Some(Self::Conflict),
            _ => None,
        }
    }
}

/// Which order proposals are listed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// By asset and first frame.
    #[default]
    Time,
    /// What is worth a decision first: undecided before decided, then [`worth`], then time.
    Worth,
}

/// Which proposals are meant. An empty list or `None` leaves that side open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one asset.
    pub asset: Option<AssetId>,
    /// Of these kinds.
    pub kinds: Vec<Kind>,
    /// In these states.
    pub states: Vec<ProposalState>,
    /// With at least this confidence, 0 to 1000; one without a confidence does not match.
    pub min_confidence_permille: Option<u16>,
    /// With at most this confidence, 0 to 1000; one without a confidence does not match.
    pub max_confidence_permille: Option<u16>,
    /// Only these. `Some` of an empty list matches nothing.
    pub ids: Option<Vec<ProposalId>>,
    /// In this order.
    pub order: Order,
    /// At most so many.
    pub limit: Option<u32>,
    /// Leaving out so many at the start.
    pub offset: u32,
}

/// One proposal and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposalRecord {
    /// As the machine made it.
    pub proposal: Proposal,
    /// Where it stands.
    pub standing: Standing,
    /// How much a decision on it is worth, larger first.
    pub worth: i64,
    /// The latest verdict that stands, if one does (also a retraction).
    pub decided: Option<Decided>,
    /// The engine of its run; empty when the run is not known yet.
    pub engine: String,
    /// The model of its run.
    pub model: String,
    /// The version of its run.
    pub version: String,
}

/// How new a list of proposals is. Opaque text on the wire: it names one life of the catalog, so that one that was made anew
/// is not taken for the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVersion {
    pub(crate) life: String,
    pub(crate) revision: i64,
}

impl std::fmt::Display for ListVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.life, self.revision)
    }
}

impl ListVersion {
    /// From the text of its `Display`; none for anything else, which is as good as knowing nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let (life, revision) = text.split_once('.')?;
        Some(Self {
            life: life.to_owned(),
            revision: revision.parse().ok()?,
        })
    }
}

/// What became of a list of proposals.
#[derive(Clone, Debug, PartialEq)]
pub struct ListChanges {
    /// Rows that match: all, or those that changed.
    pub records: Vec<ProposalRecord>,
    /// Proposals that changed and do not match any more.
    pub gone: Vec<ProposalId>,
    /// Whether `records` are all there are, and what was known before is to be forgotten.
    pub whole: bool,
    /// Where all that match stand, whatever states were asked for.
    pub tally: Tally,
    /// What to ask with next time.
    pub version: ListVersion,
}

/// A verdict that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The entry.
    pub entry: EntryId,
    /// Who.
    pub author: Author,
    /// When.
    pub clock: Hlc,
    /// What.
    pub verdict: Verdict,
    /// A word from the person.
    pub note: String,
}

/// One decision or undo in the history of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictRecord {
    /// A decision that names the proposal.
    pub entry: Entry,
    /// Whether it stands now.
    pub standing: bool,
    /// Whether it was taken back.
    pub void: bool,
}

/// A file that was ingested before, so that the same path with the same size and time is not read again. Only a hint of
/// this machine: losing it costs time, not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The path as text.
    pub place: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its time of modification, nanoseconds since 1970.
    pub modified_nanos: i64,
    /// What it was.
    pub asset: AssetId,
}

/// How much a person's decision on a proposal is worth, larger first: faults before moments, moments before bookkeeping;
/// within a kind what the engine is surest of comes first, so that a run of circles goes quickly.
pub fn worth(kind: &Kind, confidence_permille: Option<u16>) -> i64 {
    let base = match kind {
        Kind::Qc => 6000,
        Kind::Highlights => 5000,
        Kind::Posters => 4000,
        Kind::Cues => 3000,
        Kind::Text => 2000,
        Kind::Faces => 1000,
        Kind::Shots | Kind::Other(_) => 0,
    };
    base + i64::from(confidence_permille.unwrap_or(500).min(999))
}
