//! Comments: what people say to each other about frames, kept and taken back like verdicts. Words are changed by who wrote
//! them alone; whether a thread is settled anybody may say.

use std::collections::BTreeMap;

use catalog::CommentRecord;
use fault::{Code, Fault};
use ledger::{AssetId, Body, CommentEntry, CommentId, ResolutionEntry};
use timebase::FrameRange;

use crate::assets::{check_prefix, one_of};
use crate::decide::ON_COMMENTS;
use crate::faults::{OrFault as _, Trouble};
use crate::frames::FrameClock;
use crate::home::now_millis;
use crate::markers::checked_range;
use crate::views::{AnswerComment, CommentList, CommentView, Commented, EditComment, PutComment, ThreadView};
use crate::workstation::{Workstation, role_word};

/// Characters of a comment.
const MAX_TEXT: usize = 4000;

impl Workstation {
    /// The comments on an asset by thread, in the order of time; none while it is on its way in.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn comments(&self, asset: &str) -> Result<CommentList, Fault> {
        if self.on_its_way(asset)?.is_some() {
            return Ok(CommentList {
                threads: Vec::new(),
                open: 0,
            });
        }
        let asset = self.resolve_asset(asset)?;
        let threads = self.threads_of(asset)?;
        Ok(CommentList {
            open: threads.iter().filter(|thread| !thread.resolved).count() as u64,
            threads,
        })
    }

    /// Writes a comment. Returns when it is on disk; undo takes it back.
    ///
    /// # Errors
    /// No such asset, frames it does not have, words that cannot be kept, and trouble with the store.
    pub fn put_comment(&self, put: &PutComment) -> Result<Commented, Fault> {
        let asset = self.resolve_asset(&put.asset)?;
        let end = put.end_frame.unwrap_or_else(|| put.frame.saturating_add(1));
        let frames = self.label_clock(asset)?.frame_count();
        let range = checked_range(frames, FrameRange::new(put.frame, end))?;
        self.write_comment(CommentEntry::new(asset, range, checked_text(&put.text)?))
    }

    /// Answers a comment. Returns when it is on disk; undo takes it back.
    ///
    /// # Errors
    /// No such comment, words that cannot be kept, and trouble with the store.
    pub fn answer_comment(&self, answer: &AnswerComment) -> Result<Commented, Fault> {
        let text = checked_text(&answer.text)?;
        let thread = self.resolve_thread(&answer.comment)?;
        let known = self.known_thread(thread)?;
        let mut said = CommentEntry::new(known.comment.asset, known.comment.range, text);
        said.reply_to = Some(thread);
        self.write_comment(said)
    }

    /// Changes the words or the frames of one's own comment. A change that changes nothing is no act.
    ///
    /// # Errors
    /// No such comment, one of somebody else's, frames its asset does not have, words that cannot be kept, and trouble with the
    /// store.
    pub fn edit_comment(&self, edit: &EditComment) -> Result<Commented, Fault> {
        let id = self.resolve_comment(&edit.comment)?;
        let text = edit.text.as_deref().map(checked_text).transpose()?;
        // Before the transaction: what reads the frame index must not hold everybody else's verdicts up.
        self.catalog.catch_up(&self.journal).or_fault()?;
        let known = self.known_comment(id)?.comment;
        let frames = self.label_clock(known.asset)?.frame_count();
        self.change_comment(id, |stands| {
            let range = FrameRange::new(
                edit.start_frame.unwrap_or(stands.range.start),
                edit.end_frame.unwrap_or(stands.range.end),
            );
            let said = CommentEntry {
                range: if range == stands.range {
                    range
                } else {
                    checked_range(frames, range)?
                },
                text: text.clone().unwrap_or_else(|| stands.text.clone()),
                ..stands.clone()
            };
            Ok((said != *stands).then_some(said))
        })?;
        self.commented(known.asset, known.reply_to.unwrap_or(id))
    }

    /// Removes one's own comment; undo brings it back. Answers of others stay.
    ///
    /// # Errors
    /// No such comment, one of somebody else's, and trouble with the store.
    pub fn remove_comment(&self, comment: &str) -> Result<Commented, Fault> {
        let id = self.resolve_comment(comment)?;
        let known = self.known_comment(id)?.comment;
        self.change_comment(id, |stands| {
            Ok(Some(CommentEntry {
                removed: true,
                ..stands.clone()
            }))
        })?;
        self.commented(known.asset, known.reply_to.unwrap_or(id))
    }

    /// Says that a thread is settled, or open again. One that stands so already is left alone.
    ///
    /// # Errors
    /// No such comment, and trouble with the store.
    pub fn resolve_comments(&self, comment: &str, resolved: bool) -> Result<Commented, Fault> {
        let thread = self.resolve_thread(comment)?;
        let asset = self.known_thread(thread)?.comment.asset;
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let (stands, _) = self.catalog.resolution(thread)?;
            if stands.resolved == resolved && !stands.disputed {
                return Ok(Vec::new());
            }
            let mut supersedes = self.catalog.standing_resolution_entries(thread)?;
            supersedes.sort_unstable();
            Ok(vec![Body::Resolution(ResolutionEntry {
                asset,
                comment: thread,
                resolved,
                supersedes,
            })])
        };
        self.journal
            .append_with(&self.author(), now_millis(), compose)
            .map_err(Trouble::into_fault)?;
        self.commented(asset, thread)
    }

    /// Writes what `change` makes of one's own comment as it stands inside the journal's transaction: what the catalog says then
    /// is what this author saw.
    pub(crate) fn change_comment(
        &self,
        id: CommentId,
        change: impl FnOnce(&CommentEntry) -> Result<Option<CommentEntry>, Fault>,
    ) -> Result<(), Fault> {
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let record = self.catalog.comment(id)?.ok_or_else(|| no_comment(id))?;
            if record.author.principal != self.author().principal {
                return Err(Fault::new(
                    Code::NotAllowed,
                    format!(
                        "This comment is {}’s: nobody else changes its words.",
                        record.author.person
                    ),
                )
                .hint("Answer it, or resolve its thread.")
                .into());
            }
            let stands = record.comment;
            let mut said = CommentEntry::new(stands.asset, stands.range, stands.text);
            said.comment = Some(id);
            // Of several versions this one settles which it is, even when it says what one of them says.
            let changed = change(&said)?.or_else(|| stands.disputed.then_some(said));
            let Some(mut said) = changed else {
                return Ok(Vec::new());
            };
            said.supersedes = self.catalog.standing_comment_entries(id)?;
            said.supersedes.sort_unstable();
            Ok(vec![Body::Comment(said)])
        };
        self.journal
            .append_with(&self.author(), now_millis(), compose)
            .map_err(Trouble::into_fault)
            .map(drop)
    }

    fn write_comment(&self, said: CommentEntry) -> Result<Commented, Fault> {
        let (asset, reply_to) = (said.asset, said.reply_to);
        let entries = self.record(vec![Body::Comment(said)])?;
        let written = entries
            .first()
            .ok_or_else(|| Fault::new(Code::Internal, "The comment was not written."))?;
        self.commented(asset, reply_to.unwrap_or_else(|| written.id.into()))
    }

    /// The thread after an act, which everybody is told of.
    fn commented(&self, asset: AssetId, thread: CommentId) -> Result<Commented, Fault> {
        self.catalog.catch_up(&self.journal).or_fault()?;
        self.hub.tell(ON_COMMENTS);
        let id = thread.to_string();
        let threads = self.threads_of(asset)?;
        Ok(Commented {
            thread: threads.into_iter().find(|thread| thread.id == id),
            undo: self.undo_state()?,
        })
    }

    fn threads_of(&self, asset: AssetId) -> Result<Vec<ThreadView>, Fault> {
        let clock = self.label_clock(asset)?;
        let own = self.author().principal;
        let records = self.catalog.comments(asset).or_fault()?;
        // An answer to an answer (another program may write one) belongs to the thread of that one.
        let answers: BTreeMap<CommentId, CommentId> = records
            .iter()
            .filter_map(|record| Some((record.comment.id, record.comment.reply_to?)))
            .collect();
        let mut order: Vec<CommentId> = Vec::new();
        let mut by_thread: BTreeMap<CommentId, Vec<CommentRecord>> = BTreeMap::new();
        for record in records {
            let mut thread = record.comment.id;
            // An id is a hash over what it answers: that goes in no circle.
            while let Some(answered) = answers.get(&thread) {
                thread = *answered;
            }
            let found = by_thread.entry(thread).or_insert_with(|| {
                order.push(thread);
                Vec::new()
            });
            found.push(record);
        }
        let mut threads = Vec::with_capacity(order.len());
        for id in order {
            let said = by_thread.remove(&id).unwrap_or_default();
            threads.extend(self.thread(id, said, &clock, &own)?);
        }
        threads.sort_by_key(|thread| (thread.start_frame, thread.end_frame));
        Ok(threads)
    }

    fn thread(
        &self,
        id: CommentId,
        mut said: Vec<CommentRecord>,
        clock: &FrameClock,
        own: &str,
    ) -> Result<Option<ThreadView>, Fault> {
        said.sort_by_key(|record| (record.comment.id != id, record.written, record.comment.id));
        let Some(first) = said.first() else {
            return Ok(None);
        };
        let (resolution, by) = if first.comment.id == id {
            (first.resolution.clone(), first.resolved_by.clone())
        } else {
            self.catalog.resolution(id).or_fault()?
        };
        let (asset, range) = (first.comment.asset, first.comment.range);
        let (head, replies): (Vec<_>, Vec<_>) = said.into_iter().partition(|record| record.comment.id == id);
        Ok(Some(ThreadView {
            id: id.to_string(),
            asset: asset.to_string(),
            start_frame: range.start,
            end_frame: range.end,
            start_secs: clock.start_of(range.start).as_secs_f64(),
            end_secs: clock.end_of_range(range.end).as_secs_f64(),
            start_timecode: clock.label(range.start),
            head: head.into_iter().next().map(|record| view(record, own)),
            replies: replies.into_iter().map(|record| view(record, own)).collect(),
            resolved: resolution.resolved,
            resolved_millis: by.as_ref().map_or(0, |(_, when)| when.millis),
            resolved_person: by.map(|(author, _)| author.person).unwrap_or_default(),
            disputed: resolution.disputed,
        }))
    }

    fn known_comment(&self, id: CommentId) -> Result<CommentRecord, Fault> {
        self.catalog.comment(id).or_fault()?.ok_or_else(|| no_comment(id))
    }

    /// The comment that began a thread, or where that is gone one of its answers.
    fn known_thread(&self, thread: CommentId) -> Result<CommentRecord, Fault> {
        let record = match self.catalog.comment(thread).or_fault()? {
            Some(record) => Some(record),
            None => self.catalog.answer_to(thread).or_fault()?,
        };
        record.ok_or_else(|| no_comment(thread))
    }

    fn resolve_comment(&self, id: &str) -> Result<CommentId, Fault> {
        if let Ok(comment) = id.parse::<CommentId>() {
            return Ok(comment);
        }
        check_prefix(id, "comment")?;
        let found = self
            .catalog
            .comments_with_prefix(&id.to_ascii_lowercase())
            .or_fault()?;
        one_of(found, id, "comment")
    }

    /// The thread that a comment belongs to.
    fn resolve_thread(&self, id: &str) -> Result<CommentId, Fault> {
        let mut thread = self.resolve_comment(id)?;
        while let Some(record) = self.catalog.comment(thread).or_fault()? {
            match record.comment.reply_to {
                Some(answered) => thread = answered,
                None => break,
            }
        }
        Ok(thread)
    }
}

/// What a person says, as it is kept.
fn checked_text(text: &str) -> Result<String, Fault> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let refuse = |words: String| Err(Fault::new(Code::BadRequest, words));
    if text.is_empty() {
        return refuse("A comment needs words.".to_owned());
    }
    let length = text.chars().count();
    if length > MAX_TEXT {
        return refuse(format!(
            "A comment has at most {MAX_TEXT} characters; this one has {length}."
        ));
    }
    match text.chars().find(|letter| is_odd(*letter)) {
        Some(odd) => refuse(format!(
            "A comment cannot hold the invisible character U+{:04X}, which hides or turns round what is read.",
            u32::from(odd)
        )),
        None => Ok(text.to_owned()),
    }
}

/// What another program may have written, fit to be shown: as long as ours at most, and nothing that hides or turns round what
/// stands beside it.
fn shown_text(text: &str) -> String {
    let shown = text.chars().take(MAX_TEXT);
    shown
        .map(|letter| if is_odd(letter) { '\u{fffd}' } else { letter })
        .collect()
}

/// Control characters, and those that turn the direction of what follows. Right-to-left writing needs none of them.
fn is_odd(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        letter => letter.is_control(),
    }
}

fn no_comment(id: CommentId) -> Fault {
    Fault::new(Code::NotFound, format!("There is no comment {id} any more."))
}

fn view(record: CommentRecord, own: &str) -> CommentView {
    CommentView {
        id: record.comment.id.to_string(),
        text: shown_text(&record.comment.text),
        own: record.author.principal == own,
        person: record.author.person,
        role: role_word(record.author.role).to_owned(),
        millis: record.written.millis,
        changed_millis: record.changed.map(|when| when.millis),
        disputed: record.comment.disputed,
    }
}

#[cfg(test)]
mod tests;
