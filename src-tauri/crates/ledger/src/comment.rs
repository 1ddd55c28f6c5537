//! Comments: what people say to each other about frames. Words can only be changed by who wrote them; whether a thread is
//! settled anybody may say.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use timebase::FrameRange;

use crate::{AssetId, Body, CommentId, Entry, EntryId, State};

/// A comment written, changed or removed: one entry says the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentEntry {
    /// On what.
    pub asset: AssetId,
    /// Its frames, by ordinal; one frame for a moment.
    pub range: FrameRange,
    /// What is said. Lines are separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The comment that is changed; none writes a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentId>,
    /// The comment it answers: the one that began the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<CommentId>,
    /// Whether it is gone from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// The standing entries of this comment its author saw and replaces, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<EntryId>,
}

impl CommentEntry {
    /// A new comment.
    pub const fn new(asset: AssetId, range: FrameRange, text: String) -> Self {
        Self {
            asset,
            range,
            text,
            comment: None,
            reply_to: None,
            removed: false,
            supersedes: Vec::new(),
        }
    }

    /// The comment it is about, when it is the entry `id`.
    pub fn id(&self, id: EntryId) -> CommentId {
        self.comment.unwrap_or_else(|| id.into())
    }
}

/// Somebody says that a thread is settled, or that it is open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolutionEntry {
    /// On what.
    pub asset: AssetId,
    /// The comment that began the thread.
    pub comment: CommentId,
    /// Whether it is settled.
    pub resolved: bool,
    /// The standing entries about this its author saw and replaces, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<EntryId>,
}

/// A comment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Which.
    pub id: CommentId,
    /// On what.
    pub asset: AssetId,
    /// Its frames.
    pub range: FrameRange,
    /// What is said.
    pub text: String,
    /// The comment it answers.
    pub reply_to: Option<CommentId>,
    /// The entry that says so: of several that did not see each other the one with the latest clock.
    pub entry: EntryId,
    /// Whether its author changed it in two places at once: nothing of that is lost, and the next change settles it.
    pub disputed: bool,
}

/// Whether a thread is settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Only when all who spoke last, without seeing each other, say so: of two the open one holds, so that nothing is put aside
    /// that somebody still asks.
    pub resolved: bool,
    /// The entry that says so, when somebody has said anything: of several the one with the latest clock.
    pub entry: Option<EntryId>,
    /// Whether others stand beside it that say otherwise.
    pub disputed: bool,
}

impl State {
    /// Entries about a comment that hold, oldest first by clock; removals among them. None before the entry that wrote it is here:
    /// who its author is, and so whose changes count, is known from that one alone.
    pub fn standing_comment_entries(&self, comment: CommentId) -> Vec<(&Entry, &CommentEntry)> {
        let Some(author) = self.comment_author(comment) else {
            return Vec::new();
        };
        let all = self.comments.get(&comment).into_iter().flatten().copied();
        let own: BTreeSet<EntryId> = all
            .filter(|id| {
                self.entry(*id)
                    .is_some_and(|entry| entry.author.principal == author)
            })
            .collect();
        self.standing_of_kind(&own, |body| match body {
            Body::Comment(said) => Some(said),
            _ => None,
        })
    }

    /// The principal who wrote a comment, once the entry that did is here.
    fn comment_author(&self, comment: CommentId) -> Option<&str> {
        let written = self.entry(comment.into())?;
        match &written.body {
            Body::Comment(said) if said.comment.is_none() => Some(&written.author.principal),
            _ => None,
        }
    }

    /// A comment as it stands; none when it was removed, taken back or never written. One that its author removed in one place
    /// and changed in another stays. What it answers is what it was written for.
    pub fn comment(&self, id: CommentId) -> Option<Comment> {
        let standing = self.standing_comment_entries(id);
        let (entry, shown) = standing.iter().rev().find(|(_, said)| !said.removed)?;
        let same =
            |said: &CommentEntry| (said.removed, said.range, &said.text) == (false, shown.range, &shown.text);
        let reply_to = match self.entry(id.into()).map(|written| &written.body) {
            Some(Body::Comment(written)) => written.reply_to,
            _ => None,
        };
        Some(Comment {
            id,
            asset: shown.asset,
            range: shown.range,
            text: shown.text.clone(),
            reply_to,
            entry: entry.id,
            disputed: !standing.iter().all(|(_, said)| same(said)),
        })
    }

    /// Every comment that was ever written or spoken of, by id.
    pub fn comment_ids(&self) -> impl Iterator<Item = CommentId> {
        self.comments.keys().copied()
    }

    /// The comment that an entry, or the undo of one, is about.
    pub fn comment_behind(&self, id: EntryId) -> Option<CommentId> {
        let entry = self.entry(self.act_behind(id)?)?;
        match &entry.body {
            Body::Comment(said) => Some(said.id(entry.id)),
            _ => None,
        }
    }

    /// Entries that say whether a thread is settled and that hold, oldest first by clock.
    pub fn standing_resolution_entries(&self, thread: CommentId) -> Vec<(&Entry, &ResolutionEntry)> {
        let Some(named) = self.resolutions.get(&thread) else {
            return Vec::new();
        };
        self.standing_of_kind(named, |body| match body {
            Body::Resolution(said) => Some(said),
            _ => None,
        })
    }

    /// Whether a thread is settled.
    pub fn resolution(&self, thread: CommentId) -> Resolution {
        let standing = self.standing_resolution_entries(thread);
        let resolved = !standing.is_empty() && standing.iter().all(|(_, said)| said.resolved);
        let says_so = standing.iter().rev().find(|(_, said)| said.resolved == resolved);
        Resolution {
            resolved,
            entry: says_so.map(|(entry, _)| entry.id),
            disputed: standing.iter().any(|(_, said)| said.resolved != resolved),
        }
    }

    /// Every thread of which somebody ever said whether it is settled, by id.
    pub fn resolution_ids(&self) -> impl Iterator<Item = CommentId> {
        self.resolutions.keys().copied()
    }

    /// The thread of which an entry, or the undo of one, says whether it is settled.
    pub fn resolution_behind(&self, id: EntryId) -> Option<CommentId> {
        match &self.entry(self.act_behind(id)?)?.body {
            Body::Resolution(said) => Some(said.comment),
            _ => None,
        }
    }
}
