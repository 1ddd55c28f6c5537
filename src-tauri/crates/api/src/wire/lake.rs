use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FaultWords, LakeAddress};

/// What kind of store the lake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum LakeKind {
    /// A directory.
    Folder,
    /// A bucket of S3, or of what speaks it.
    S3,
}

/// The lake as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LakePlace {
    /// Name shown.
    pub name: String,
    /// Where it lies, as text to show.
    pub place: String,
    /// What it is.
    pub kind: LakeKind,
}

/// How the lake stands to this workstation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "Standing")]
pub enum StandingWord {
    /// It lies on this machine.
    Here,
    /// Nobody has asked it yet.
    Unknown,
    /// It answered last time.
    Reached,
    /// It does not answer.
    Offline,
    /// It wants somebody to sign in.
    SignedOut,
    /// It does not let this person in, or is not there.
    Refused,
}

/// `lake_state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LakeState {
    /// Whether it can be reached.
    pub standing: StandingWord,
    /// Since when, milliseconds since 1970.
    pub since_millis: u64,
    /// When it answered last, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_millis: Option<u64>,
    /// Why it is not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultWords>,
    /// Entries that wait to be sent.
    pub waiting_entries: u64,
    /// Objects that wait to be sent.
    pub waiting_objects: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Objects that the lake does not take.
    pub refused_objects: u64,
    /// Whether the sending of objects is paused.
    pub paused: bool,
    /// What is sent next, what was refused first; the first of many.
    pub sending: Vec<Transfer>,
    /// What is being fetched, and what waits for that.
    pub fetching: Vec<Transfer>,
    /// Bytes of a lake elsewhere that are kept on this machine.
    pub kept_bytes: u64,
    /// Bytes that may be kept.
    pub budget_bytes: u64,
    /// Workstations that cannot be followed to what they wrote last.
    pub writers: Vec<Writer>,
    /// What others put into it.
    pub foreign: Foreign,
}

/// One object on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Transfer {
    /// Its key in the lake.
    pub key: String,
    /// The asset it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// All its bytes.
    pub size_bytes: u64,
    /// How many are through; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_bytes: Option<u64>,
    /// Why the lake does not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A workstation that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Writer {
    /// The lake prefix it writes under.
    pub principal: String,
    /// Its id.
    pub workstation: String,
    /// `gap`, `tampered`, `behind`, `unreadable` or `impostor`.
    pub trouble: String,
    /// The same in words.
    pub words: String,
}

/// `keep_asset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct KeepAsset {
    /// Which.
    pub asset: String,
    /// Whether its files stay, whatever the budget.
    pub keep: bool,
}

/// `bring_asset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BringAsset {
    /// Which.
    pub asset: String,
    /// Whether its original is meant, or what was made from it.
    pub original: bool,
}

/// `lakes`: what a person can go over to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownLakes {
    /// The one opened last first.
    pub lakes: Vec<KnownLake>,
}

/// A lake that was opened here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct KnownLake {
    /// Its name in calls.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// Where it lies, as text to show.
    pub place: String,
    /// What it is.
    pub kind: LakeKind,
    /// Its address, for a lake in a bucket: to sign in to it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<LakeAddress>,
    /// Whether it is the one that is open.
    pub open: bool,
    /// Whether it is the one inside the home, which stays in the list.
    pub embedded: bool,
    /// When it was opened last, milliseconds since 1970; 0 when it was not yet.
    pub opened_millis: u64,
    /// Entries that wait to be sent.
    pub waiting_entries: u64,
    /// Objects that wait to be sent.
    pub waiting_objects: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
}

/// `open_lake`, `forget_lake`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LakeRequest {
    /// Which, as `lakes` names it.
    pub id: String,
}

/// What others put into the lake, and how that is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Foreign {
    /// Whether it is taken in.
    pub on: bool,
    /// The queue of the bucket's notifications, empty for none.
    pub queue: String,
    /// Why the queue is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<FaultWords>,
    /// The last notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Heard>,
    /// The last message that was left in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Heard>,
    /// The last look through the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<Heard>,
    /// Objects that wait to be taken in.
    pub waiting: u64,
    /// Objects that became assets.
    pub taken: u64,
    /// Objects that are not taken in.
    pub refused: u64,
    /// Objects that lie in an archive.
    pub archived: u64,
    /// Objects that became assets and are no longer in the lake.
    pub gone: u64,
    /// The latest of each.
    pub objects: Vec<ForeignObject>,
}

/// Something that was heard or done, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Heard {
    /// Milliseconds since 1970.
    pub millis: u64,
    /// In words.
    pub words: String,
}

/// Where an object stands that somebody else put into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ForeignStanding {
    /// To be taken in.
    Waiting,
    /// Became an asset.
    Taken,
    /// Is not taken in, for a reason.
    Refused,
    /// Lies in an archive.
    Archived,
    /// Became an asset, and is no longer in the lake.
    Gone,
}

/// One object that somebody else put into the lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ForeignObject {
    /// Its key.
    pub key: String,
    /// All its bytes.
    pub size_bytes: u64,
    /// Where it stands.
    pub state: ForeignStanding,
    /// What it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// Why it is not taken in, or not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Since when it stands so, milliseconds since 1970.
    pub since_millis: u64,
}
