use std::time::Duration;

use super::*;
use crate::changes::Change;
use crate::import::tests::with_a_recording;

fn put(asset: &str, frame: u64, text: &str) -> PutComment {
    PutComment {
        asset: asset.to_owned(),
        frame,
        end_frame: None,
        text: text.to_owned(),
    }
}

fn answer(comment: &str, text: &str) -> AnswerComment {
    AnswerComment {
        comment: comment.to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_thread_is_written_answered_settled_and_walked_back() {
    let dir = tempfile::tempdir().unwrap();
    let (workstation, asset) = with_a_recording(dir.path());
    let changes = workstation.subscribe();
    let said = workstation
        .put_comment(&put(&asset, 30, "  Soft?\r\nLook at her eyes. "))
        .unwrap();
    let thread = said.thread.unwrap();
    let head = thread.head.unwrap();
    assert_eq!((head.text.as_str(), head.own), ("Soft?\nLook at her eyes.", true));
    assert_eq!((thread.start_frame, thread.end_frame), (30, 31));
    let told = changes.next(Duration::from_secs(20)).unwrap();
    assert!(
        told.contains(&Change::Comments) && told.contains(&Change::Undo),
        "{told:?}"
    );

    let early = workstation
        .put_comment(&put(&asset, 3, "Earlier"))
        .unwrap()
        .thread
        .unwrap();
    let reply = workstation
        .answer_comment(&answer(&thread.id, "A little"))
        .unwrap()
        .thread
        .unwrap();
    let reply_id = reply.replies[0].id.clone();
    // An answer to an answer stands in the same thread.
    let reply = workstation
        .answer_comment(&answer(&reply_id, "Fixed"))
        .unwrap()
        .thread
        .unwrap();
    assert_eq!((reply.id.as_str(), reply.replies.len()), (thread.id.as_str(), 2));
    let list = workstation.comments(&asset).unwrap();
    let ids: Vec<_> = list.threads.iter().map(|thread| thread.id.as_str()).collect();
    assert_eq!((ids, list.open), (vec![early.id.as_str(), thread.id.as_str()], 2));

    let settled = workstation.resolve_comments(&reply_id, true).unwrap();
    assert_eq!(settled.undo.undo_label, "Resolve a thread");
    assert!(settled.thread.unwrap().resolved);
    let entries = workstation.journal.last_sequence().unwrap();
    workstation.resolve_comments(&thread.id, true).unwrap();
    assert_eq!(
        workstation.journal.last_sequence().unwrap(),
        entries,
        "said once is said"
    );
    assert_eq!(workstation.comments(&asset).unwrap().open, 1);
    workstation.undo().unwrap();
    assert_eq!(workstation.comments(&asset).unwrap().open, 2);
    workstation.redo().unwrap();
    assert_eq!(workstation.comments(&asset).unwrap().open, 1);
}

#[test]
fn a_removed_beginning_leaves_the_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (workstation, asset) = with_a_recording(dir.path());
    let thread = workstation
        .put_comment(&put(&asset, 30, "Soft?"))
        .unwrap()
        .thread
        .unwrap();
    workstation
        .answer_comment(&answer(&thread.id, "A little"))
        .unwrap();
    workstation.resolve_comments(&thread.id, true).unwrap();
    let left = workstation.remove_comment(&thread.id).unwrap().thread.unwrap();
    assert!(left.head.is_none() && left.resolved);
    assert_eq!((left.start_frame, left.replies.len()), (30, 1));
    // It can still be answered and opened.
    let more = workstation
        .answer_comment(&answer(&left.replies[0].id, "Or not"))
        .unwrap();
    assert_eq!(more.thread.unwrap().replies.len(), 2);
    assert!(
        !workstation
            .resolve_comments(&thread.id, false)
            .unwrap()
            .thread
            .unwrap()
            .resolved
    );
    let first = workstation
        .put_comment(&put(&asset, 1, "Alone"))
        .unwrap()
        .thread
        .unwrap();
    assert!(workstation.remove_comment(&first.id).unwrap().thread.is_none());
    workstation.undo().unwrap();
    assert_eq!(workstation.comments(&asset).unwrap().threads.len(), 2);
}

#[test]
fn only_its_author_changes_a_comment() {
    let dir = tempfile::tempdir().unwrap();
    let (workstation, asset) = with_a_recording(dir.path());
    let thread = workstation
        .put_comment(&put(&asset, 30, "Soft?"))
        .unwrap()
        .thread
        .unwrap();
    let edit = |text: &str| EditComment {
        comment: thread.id.clone(),
        text: Some(text.to_owned()),
        start_frame: None,
        end_frame: Some(40),
    };
    let changed = workstation.edit_comment(&edit("Soft!")).unwrap().thread.unwrap();
    let head = changed.head.unwrap();
    assert!(head.changed_millis.is_some());
    assert_eq!((head.text.as_str(), changed.end_frame), ("Soft!", 40));
    let entries = workstation.journal.last_sequence().unwrap();
    workstation.edit_comment(&edit("Soft!")).unwrap();
    assert_eq!(workstation.journal.last_sequence().unwrap(), entries);

    // Somebody else's arrives.
    let asset_id = workstation.resolve_asset(&asset).unwrap();
    let ben = ledger::Author {
        principal: "ben".into(),
        workstation: "b1".into(),
        person: "Ben".into(),
        role: ledger::Role::Producer,
    };
    let last = workstation.journal.last_clock().unwrap();
    let text = "Is\u{202e}this\0fine?".to_owned();
    let said = CommentEntry::new(asset_id, FrameRange::new(5, 6), text);
    let entry = ledger::Entry::new(last.next(last.millis + 1), ben, Body::Comment(said));
    workstation.catalog.apply(std::slice::from_ref(&entry)).unwrap();
    let theirs = workstation.comments(&asset).unwrap().threads[0].clone();
    let head = theirs.head.unwrap();
    assert_eq!(
        (head.text.as_str(), head.own),
        ("Is\u{fffd}this\u{fffd}fine?", false)
    );
    let refused = workstation.edit_comment(&EditComment {
        comment: theirs.id.clone(),
        ..edit("Mine")
    });
    assert_eq!(refused.unwrap_err().code, Code::NotAllowed);
    assert_eq!(
        workstation.remove_comment(&theirs.id).unwrap_err().code,
        Code::NotAllowed
    );
    assert!(
        workstation
            .resolve_comments(&theirs.id, true)
            .unwrap()
            .thread
            .unwrap()
            .resolved
    );
}

#[test]
fn odd_words_and_frames_are_refused_and_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (workstation, asset) = with_a_recording(dir.path());
    let before = workstation.journal.last_sequence().unwrap();
    let long = "é".repeat(MAX_TEXT + 1);
    for text in [
        "",
        " \n ",
        "a\0b",
        "abc\u{202e}fdp.exe",
        "a\u{7}",
        "\u{2067}x",
        &long,
    ] {
        let refused = workstation.put_comment(&put(&asset, 0, text)).unwrap_err();
        assert_eq!(refused.code, Code::BadRequest, "{text:?}");
    }
    let beyond = workstation.put_comment(&put(&asset, 9_999_999, "Where?"));
    assert_eq!(beyond.unwrap_err().code, Code::BadRequest);
    assert_eq!(workstation.journal.last_sequence().unwrap(), before);
    // Words written from the right, and signs of several letters, are words.
    for text in ["שלום, זה נראה טוב", "👩‍🎨 lovely", &"é".repeat(MAX_TEXT)] {
        let said = workstation
            .put_comment(&put(&asset, 0, text))
            .unwrap()
            .thread
            .unwrap();
        assert_eq!(said.head.unwrap().text, text);
    }
}
