use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{RoleWord, UndoState};

/// What one person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Comment {
    /// 32 hexadecimal digits.
    pub id: String,
    /// What is said; lines are separated by `\n`.
    pub text: String,
    /// Who said it.
    pub person: String,
    /// The role claimed.
    pub role: RoleWord,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// When its author changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_millis: Option<u64>,
    /// The person at this desk said it, and so may change it.
    pub own: bool,
    /// Its author changed it in two places at once; the next change settles it.
    pub disputed: bool,
}

/// A comment on frames of an asset, with its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Thread {
    /// The comment that began it.
    pub id: String,
    /// The asset it is on.
    pub asset: String,
    /// First frame.
    pub start_frame: u64,
    /// First frame after it; a moment has one frame.
    pub end_frame: u64,
    /// For showing and drawing.
    pub start_secs: f64,
    /// For showing and drawing.
    pub end_secs: f64,
    /// Source timecode, empty where there is no rate.
    pub start_timecode: String,
    /// The comment that began it; null when that is gone and answers are left.
    pub head: Option<Comment>,
    /// Answers in the order of writing.
    pub replies: Vec<Comment>,
    /// Whether it is settled.
    pub resolved: bool,
    /// Who said last whether it is; empty when nobody has.
    pub resolved_person: String,
    /// When, milliseconds since 1970; 0 when nobody has.
    pub resolved_millis: u64,
    /// Somebody who had not seen this says otherwise; of the two the open one holds.
    pub disputed: bool,
}

/// `comments`: those on one asset, in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Comments {
    /// By thread.
    pub threads: Vec<Thread>,
    /// Threads that are not settled.
    pub open: u64,
}

/// `put_comment`: a new thread.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PutComment {
    /// On which asset.
    pub asset: String,
    /// On which frame.
    pub frame: u64,
    /// The first frame after it; one frame when not given.
    #[serde(default)]
    pub end_frame: Option<u64>,
    /// What to say.
    pub text: String,
}

/// `answer_comment`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AnswerComment {
    /// The comment, or another one of its thread.
    pub comment: String,
    /// What to say.
    pub text: String,
}

/// `edit_comment`: one's own; what is not given stays.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct EditComment {
    /// The comment.
    pub comment: String,
    /// Other words.
    #[serde(default)]
    pub text: Option<String>,
    /// Another first frame.
    #[serde(default)]
    pub start_frame: Option<u64>,
    /// Another first frame after it.
    #[serde(default)]
    pub end_frame: Option<u64>,
}

/// `resolve_comments`: settles a thread, or opens it again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ResolveComments {
    /// A comment of the thread.
    pub comment: String,
    /// Whether it is settled.
    pub resolved: bool,
}

/// Names one comment.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// Its id.
    pub comment: String,
}

/// The answer to everything that is done with comments, sent only once it is on the disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Commented {
    /// The thread as it stands now; null when nothing of it is left.
    pub thread: Option<Thread>,
    /// What undo and redo would do now.
    pub undo: UndoState,
}
