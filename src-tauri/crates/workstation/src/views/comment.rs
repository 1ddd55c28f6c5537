use serde::{Deserialize, Serialize};

use super::UndoState;

/// What one person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentView {
    /// 32 hexadecimal digits.
    pub id: String,
    /// What is said; lines are separated by `\n`.
    pub text: String,
    /// Who said it.
    pub person: String,
    /// The role they claimed.
    pub role: String,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// When its author changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_millis: Option<u64>,
    /// Whether the person here said it, and so may change it.
    pub own: bool,
    /// Whether its author changed it in two places at once.
    pub disputed: bool,
}

/// A comment on frames with its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadView {
    /// The comment that began it.
    pub id: String,
    /// The asset it is on.
    pub asset: String,
    /// First frame inside.
    pub start_frame: u64,
    /// First frame after; one more than the first for a moment.
    pub end_frame: u64,
    /// Start of the first frame, for display.
    pub start_secs: f64,
    /// End of the last frame, for display.
    pub end_secs: f64,
    /// Label of the first frame, empty without a rate.
    pub start_timecode: String,
    /// The comment that began it; none when that was removed and answers are left, or when it has not arrived yet.
    pub head: Option<CommentView>,
    /// Answers in the order of writing.
    pub replies: Vec<CommentView>,
    /// Whether it is settled.
    pub resolved: bool,
    /// Who said last whether it is; empty when nobody has.
    pub resolved_person: String,
    /// When, milliseconds since 1970; 0 when nobody has.
    pub resolved_millis: u64,
    /// Whether somebody else says otherwise, who had not seen this.
    pub disputed: bool,
}

/// The comments on an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommentList {
    /// Threads in the order of time.
    pub threads: Vec<ThreadView>,
    /// How many of them are not settled.
    pub open: u64,
}

/// A comment to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutComment {
    /// The asset (id or an unambiguous prefix).
    pub asset: String,
    /// Its first frame.
    pub frame: u64,
    /// The first frame after it; one frame when not given.
    #[serde(default)]
    pub end_frame: Option<u64>,
    /// What to say.
    pub text: String,
}

/// An answer to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerComment {
    /// The comment it answers, or another one of its thread (id or an unambiguous prefix).
    pub comment: String,
    /// What to say.
    pub text: String,
}

/// What to change of a comment; what is not given stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditComment {
    /// The comment (id or an unambiguous prefix), one's own.
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

/// A thread in which something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commented {
    /// As it stands now; none when nothing of it is left.
    pub thread: Option<ThreadView>,
    /// What undo would do now.
    pub undo: UndoState,
}
