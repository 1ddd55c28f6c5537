//! What people say to each other about frames.

use std::sync::Arc;

use fault::Fault;
use workstation::{AnswerComment, CommentView, PutComment, ThreadView, Workstation};

use crate::Ending;
use crate::args::CommentCommand;
use crate::output::{Output, count, short};

/// `comment`.
pub fn run(
    workstation: &Arc<Workstation>,
    command: &CommentCommand,
    output: &Output,
) -> Result<Ending, Fault> {
    let commented = match command {
        CommentCommand::List { asset } => {
            let list = workstation.comments(asset)?;
            output.result(&list, || {
                let mut lines: Vec<String> = list.threads.iter().flat_map(thread).collect();
                if lines.is_empty() {
                    lines.push("Nobody has said anything about it.".to_owned());
                }
                lines
            })?;
            return Ok(Ending::Whole);
        }
        CommentCommand::Put {
            asset,
            text,
            frame,
            end_frame,
        } => workstation.put_comment(&PutComment {
            asset: asset.clone(),
            frame: *frame,
            end_frame: *end_frame,
            text: text.clone(),
        })?,
        CommentCommand::Answer { comment, text } => workstation.answer_comment(&AnswerComment {
            comment: comment.clone(),
            text: text.clone(),
        })?,
        CommentCommand::Resolve { comment } => workstation.resolve_comments(comment, true)?,
        CommentCommand::Reopen { comment } => workstation.resolve_comments(comment, false)?,
        CommentCommand::Remove { comment } => workstation.remove_comment(comment)?,
    };
    output.result(&commented, || match &commented.thread {
        Some(stands) => thread(stands),
        None => vec!["Removed.".to_owned()],
    })?;
    Ok(Ending::Whole)
}

/// A thread, a line for each comment.
pub fn thread(thread: &ThreadView) -> Vec<String> {
    let place = if thread.start_timecode.is_empty() {
        format!("frame {}", thread.start_frame)
    } else {
        thread.start_timecode.clone()
    };
    let frames = thread.end_frame.saturating_sub(thread.start_frame);
    let length = if frames > 1 {
        format!(
            " ({})",
            count(usize::try_from(frames).unwrap_or(usize::MAX), "frame", "frames")
        )
    } else {
        String::new()
    };
    let settled = if thread.resolved { " resolved" } else { "" };
    let disputed = if thread.disputed { " (disputed)" } else { "" };
    let said = |said: &CommentView| {
        let text = said.text.replace('\n', " ");
        format!("{} {}: {text}", short(&said.id), said.person)
    };
    let head = thread
        .head
        .as_ref()
        .map_or_else(|| "removed by who wrote it".to_owned(), said);
    let mut lines = vec![format!(
        "{:<10} {place}{length}{settled}{disputed} {head}",
        "comment"
    )];
    lines.extend(
        thread
            .replies
            .iter()
            .map(|reply| format!("{:<10}   {}", "", said(reply))),
    );
    lines
}
