//! What others put into the lake, as the journal keeps it.

use catalog::{ForeignState, JobId, Journal, Sight};

use crate::world;

fn sight(key: &str, tag: &str) -> Sight {
    Sight {
        key: key.to_owned(),
        tag: tag.to_owned(),
        size_bytes: 7,
        archived: false,
        again_millis: 0,
        sequencer: None,
        unfit: None,
    }
}

fn state(journal: &Journal, key: &str) -> Option<ForeignState> {
    journal.foreign(key).unwrap().map(|object| object.state)
}

#[test]
fn an_object_waits_is_taken_is_replaced_and_goes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.foreign_saw(&[sight("in/a.mov", "1")], 10).unwrap(), 1);
    assert_eq!(
        journal.foreign_saw(&[sight("in/a.mov", "1")], 11).unwrap(),
        0,
        "told twice"
    );
    let waiting = journal.foreign_waiting(12, 9).unwrap();
    assert_eq!(
        (waiting[0].key.as_str(), waiting[0].since_millis),
        ("in/a.mov", 10)
    );
    journal.foreign_job("in/a.mov", "1", Some(JobId(3))).unwrap();
    journal.foreign_here("in/a.mov", "1").unwrap();
    journal
        .foreign_taken("in/a.mov", "1", world::asset(1), 13)
        .unwrap();
    let taken = journal.foreign("in/a.mov").unwrap().unwrap();
    assert_eq!(
        (taken.state, taken.asset, taken.job),
        (ForeignState::Taken, Some(world::asset(1)), None)
    );
    assert_eq!(taken.here.as_deref(), Some("1"));
    journal.foreign_saw(&[sight("in/a.mov", "1")], 14).unwrap();
    assert_eq!(state(&journal, "in/a.mov"), Some(ForeignState::Taken));

    // Another version is another file; what becomes of the former says nothing of it.
    assert_eq!(journal.foreign_saw(&[sight("in/a.mov", "2")], 15).unwrap(), 1);
    journal.foreign_refused("in/a.mov", "1", "late", 16).unwrap();
    let replaced = journal.foreign("in/a.mov").unwrap().unwrap();
    assert_eq!(
        (replaced.state, replaced.asset, replaced.why),
        (ForeignState::Waiting, None, None)
    );
    journal
        .foreign_taken("in/a.mov", "2", world::asset(2), 17)
        .unwrap();

    assert!(journal.foreign_gone("in/a.mov", None, 18).unwrap());
    assert!(!journal.foreign_gone("in/a.mov", None, 19).unwrap(), "told twice");
    let gone = journal.foreign("in/a.mov").unwrap().unwrap();
    assert_eq!(
        (gone.state, gone.asset),
        (ForeignState::Gone, Some(world::asset(2)))
    );
    assert_eq!(
        journal.foreign_saw(&[sight("in/a.mov", "2")], 20).unwrap(),
        1,
        "it is back"
    );
    journal.foreign_gone("in/b.mov", None, 21).unwrap();
    assert_eq!(
        state(&journal, "in/b.mov"),
        None,
        "what never became anything is not kept"
    );
}

#[test]
fn a_listing_finds_what_is_gone_and_spares_what_came_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let first = journal.foreign_listing().unwrap();
    journal
        .foreign_saw(&[sight("a.mov", "1"), sight("b.mov", "1")], 1)
        .unwrap();
    journal.foreign_taken("b.mov", "1", world::asset(1), 2).unwrap();
    assert_eq!(journal.foreign_unseen(first, 3).unwrap(), 0);

    let second = journal.foreign_listing().unwrap();
    assert!(second > first);
    // Told by a message while the listing runs, behind the page where it would have been.
    journal.foreign_saw(&[sight("0.mov", "1")], 4).unwrap();
    journal.foreign_saw(&[sight("c.mov", "1")], 5).unwrap();
    assert_eq!(journal.foreign_unseen(second, 6).unwrap(), 1);
    let states = ["0.mov", "a.mov", "b.mov", "c.mov"].map(|key| state(&journal, key));
    let waiting = Some(ForeignState::Waiting);
    assert_eq!(states, [waiting, None, Some(ForeignState::Gone), waiting]);
    let counts = journal.foreign_counts().unwrap();
    assert_eq!((counts.waiting, counts.gone, counts.taken), (2, 1, 0));
}

#[test]
fn what_cannot_be_taken_in_says_why_and_is_tried_again_when_told_or_thawed() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let archived = Sight {
        archived: true,
        ..sight("old.mov", "1")
    };
    let unfit = Sight {
        unfit: Some("No name for a lake.".to_owned()),
        ..sight("a//b.mov", "")
    };
    journal
        .foreign_saw(
            &[
                archived.clone(),
                unfit,
                sight("bad.mov", "1"),
                sight("busy.mov", "1"),
            ],
            1,
        )
        .unwrap();
    journal.foreign_refused("bad.mov", "1", "Not media.", 2).unwrap();
    journal
        .foreign_later("busy.mov", "1", "Offline.", 2, 100)
        .unwrap();
    assert!(journal.foreign_waiting(50, 9).unwrap().is_empty());
    assert_eq!(journal.foreign_waiting(100, 9).unwrap().len(), 1);
    let refused = journal.foreign_latest(ForeignState::Refused, 9).unwrap();
    let words: Vec<_> = refused.iter().map(|object| object.why.as_deref()).collect();
    assert_eq!(words, [Some("Not media."), Some("No name for a lake.")]);

    journal.foreign_saw(&[archived], 3).unwrap();
    assert_eq!(state(&journal, "old.mov"), Some(ForeignState::Archived));
    journal.foreign_saw(&[sight("old.mov", "1")], 4).unwrap();
    assert_eq!(
        state(&journal, "old.mov"),
        Some(ForeignState::Waiting),
        "it was restored"
    );

    journal.foreign_retry().unwrap();
    assert_eq!(journal.foreign_waiting(5, 9).unwrap().len(), 3);
    assert_eq!(state(&journal, "a//b.mov"), Some(ForeignState::Refused));
}

#[test]
fn the_order_of_notifications_is_the_sequencers() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let at = |sequencer: &str| Sight {
        sequencer: Some(sequencer.to_owned()),
        ..sight("a.mov", sequencer)
    };
    journal.foreign_saw(&[at("0055")], 1).unwrap();
    for (sequencer, old) in [("0054", true), ("0055", true), ("0056", false), ("00551", false)] {
        assert_eq!(
            journal.foreign_is_old_news("a.mov", sequencer).unwrap(),
            old,
            "{sequencer}"
        );
    }
    assert!(!journal.foreign_is_old_news("b.mov", "0").unwrap());
    // What a listing sees has none and takes none away.
    journal.foreign_saw(&[sight("a.mov", "3")], 2).unwrap();
    assert!(journal.foreign_is_old_news("a.mov", "0054").unwrap());
}

#[test]
fn what_was_heard_is_kept_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.foreign_noted("listing").unwrap(), None);
    let listing = journal.foreign_listing().unwrap();
    assert_eq!(
        journal.foreign_noted("listing").unwrap(),
        None,
        "it is not finished"
    );
    journal.foreign_note("listing", "3 objects", 9).unwrap();
    let noted = journal.foreign_noted("listing").unwrap().unwrap();
    assert_eq!(
        (noted.number, noted.millis, noted.words.as_str()),
        (listing, 9, "3 objects")
    );
    journal.foreign_note("event", "a.mov arrived", 10).unwrap();
    journal.foreign_note("event", "a.mov went", 11).unwrap();
    assert_eq!(journal.foreign_noted("event").unwrap().unwrap().number, 2);
}
