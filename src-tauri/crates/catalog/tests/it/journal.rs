use catalog::{CatalogError, Head, Journal, Lease, Urgency, segment};
use ledger::{Body, Entry, Hlc, Undo, Verdict};

use crate::{
    asset_entry,
    world::{asset, author, entry, verdict},
};

/// A workstation.
const ANNA: &str = "anna-1";

fn bodies(count: u8) -> Vec<Body> {
    (0..count).map(|n| asset_entry(asset(n), "film")).collect()
}

#[test]
fn entries_stay_in_order_and_their_clock_never_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(
        (journal.last_sequence().unwrap(), journal.last_clock().unwrap()),
        (0, Hlc::default())
    );
    let mut written = journal.append(&author(0), 1000, bodies(2)).unwrap();
    written.extend(journal.append(&author(0), 900, bodies(1)).unwrap());
    journal
        .observe_clock(
            Hlc {
                millis: 5000,
                counter: 3,
            },
            4000,
        )
        .unwrap();
    journal
        .observe_clock(
            Hlc {
                millis: u64::MAX,
                counter: 0,
            },
            4000,
        )
        .unwrap();
    written.extend(journal.append(&author(0), 2000, bodies(1)).unwrap());
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.entries().unwrap(), written);
    let clocks: Vec<_> = written
        .iter()
        .map(|entry| (entry.clock.millis, entry.clock.counter))
        .collect();
    assert_eq!(clocks, [(1000, 0), (1000, 1), (1000, 2), (5000, 4)]);
    assert_eq!(journal.last_clock().unwrap(), written[3].clock);
    let tail = journal.entries_after(2, 1).unwrap();
    assert_eq!(
        (tail.len(), tail[0].sequence, &tail[0].entry),
        (1, 3, &written[2])
    );
    assert!(journal.contains(written[1].id).unwrap());
    assert!(
        !journal
            .contains(entry(1, 1, Body::Undo(Undo { entry: written[0].id })).id)
            .unwrap()
    );
    assert!(journal.append(&author(0), 1, vec![]).unwrap().is_empty());
}

#[test]
fn what_is_refused_while_it_is_composed_is_not_written() {
    #[derive(Debug)]
    struct Refused;
    impl From<CatalogError> for Refused {
        fn from(error: CatalogError) -> Self {
            panic!("{error}")
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert!(
        journal
            .append_with(&author(0), 1, || Err::<Vec<Body>, _>(Refused))
            .is_err()
    );
    assert_eq!(journal.last_clock().unwrap(), Hlc::default());
    // Reading inside is allowed, and the lock is free again afterwards.
    let read = journal.append_with(&author(0), 1, || {
        assert_eq!(journal.last_sequence()?, 0);
        Ok::<_, CatalogError>(bodies(1))
    });
    assert_eq!(read.unwrap().len(), 1);
}

#[test]
fn a_segment_is_the_same_until_it_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.seal_segment(ANNA, 10).unwrap(), None);
    let first = journal.append(&author(0), 1, bodies(3)).unwrap();
    let sealed = journal.seal_segment(ANNA, 2).unwrap().unwrap();
    assert_eq!((sealed.sequence, sealed.entries, sealed.sent), (1, 2, false));
    assert_eq!(segment::unpack(&sealed.bytes).unwrap(), first[..2]);
    assert_eq!(sealed.bytes, segment::pack(&first[..2]).unwrap());
    assert_eq!(sealed.blake3, blake3::hash(&sealed.bytes).to_hex().to_string());
    let more = journal.append(&author(0), 1, bodies(1)).unwrap();
    drop(journal);
    // Also for another process, also when asked for another size.
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.seal_segment(ANNA, 100).unwrap().as_ref(), Some(&sealed));
    assert_eq!(
        (journal.head(ANNA).unwrap(), journal.unsent_entries().unwrap()),
        (Head::default(), 4)
    );
    journal.mark_sent(ANNA, 1).unwrap();
    journal.mark_sent(ANNA, 1).unwrap();
    assert!(matches!(
        journal.mark_sent(ANNA, 2),
        Err(CatalogError::NoSegment(2))
    ));
    assert_eq!(
        (
            journal.head(ANNA).unwrap().sequence,
            journal.unsent_entries().unwrap()
        ),
        (1, 2)
    );
    let next = journal.seal_segment(ANNA, 100).unwrap().unwrap();
    assert_eq!(
        segment::unpack(&next.bytes).unwrap(),
        [first[2].clone(), more[0].clone()]
    );
    let link = format!("{}{}", sealed.chain, next.blake3);
    assert_eq!(next.chain, blake3::hash(link.as_bytes()).to_hex().to_string());
    journal.mark_sent(ANNA, 2).unwrap();
    assert_eq!(
        journal.head(ANNA).unwrap(),
        Head {
            sequence: 2,
            chain: next.chain
        }
    );
    assert_eq!(journal.seal_segment(ANNA, 100).unwrap(), None);
    assert!(journal.segment(ANNA, 1).unwrap().unwrap().sent);
    assert_eq!(journal.segment(ANNA, 3).unwrap(), None);
}

#[test]
fn another_writer_begins_at_one_with_what_was_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.append(&author(0), 1, bodies(1)).unwrap();
    let sent = journal.seal_segment(ANNA, 10).unwrap().unwrap();
    journal.mark_sent(ANNA, 1).unwrap();
    journal
        .mark_head_sent(ANNA, &journal.head(ANNA).unwrap())
        .unwrap();
    let more = journal.append(&author(0), 1, bodies(2)).unwrap();
    assert_eq!(journal.seal_segment(ANNA, 10).unwrap().unwrap().sequence, 2);

    let fork = "anna-2";
    assert_eq!(journal.head(fork).unwrap(), Head::default());
    assert_eq!(journal.head_sent(fork).unwrap(), Head::default());
    let first = journal.seal_segment(fork, 10).unwrap().unwrap();
    assert_eq!(first.sequence, 1);
    assert_eq!(segment::unpack(&first.bytes).unwrap(), more);
    assert_eq!(
        first.chain,
        blake3::hash(first.blake3.as_bytes()).to_hex().to_string()
    );
    journal.mark_sent(fork, 1).unwrap();
    assert_eq!(journal.unsent_entries().unwrap(), 0);
    assert_eq!(journal.head(ANNA).unwrap().chain, sent.chain);
    assert_eq!(journal.segment(ANNA, 2).unwrap(), None);
}

#[test]
fn what_is_no_segment_is_refused() {
    assert!(matches!(
        segment::unpack(b"not zstd at all"),
        Err(CatalogError::Segment(_))
    ));
    let line = verdict(0, 1, &[0], Verdict::Circled, &[])
        .to_line()
        .replace("circled", "rejected");
    let forged = zstd::encode_all(line.as_bytes(), 1).unwrap();
    assert!(matches!(segment::unpack(&forged), Err(CatalogError::Entry(_))));
    let mut cut = segment::pack(&[verdict(0, 1, &[0], Verdict::Circled, &[])]).unwrap();
    cut.truncate(cut.len() - 3);
    assert!(matches!(segment::unpack(&cut), Err(CatalogError::Segment(_))));
    assert_eq!(
        segment::unpack(&segment::pack(&[]).unwrap()).unwrap(),
        Vec::<Entry>::new()
    );
}

#[test]
fn one_uploader_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, command) = (
        Journal::open(dir.path()).unwrap(),
        Journal::open(dir.path()).unwrap(),
    );
    let lease = |of: &Journal, who, now, until| of.lease(Lease::Ledger, who, now, until).unwrap();
    assert!(lease(&desk, "desk", 100, 200));
    assert!(!lease(&command, "command", 150, 250));
    assert!(lease(&desk, "desk", 160, 260));
    assert!(!lease(&command, "command", 259, 300));
    assert!(lease(&command, "command", 260, 300));
    assert!(!lease(&desk, "desk", 261, 400));
    assert_eq!(
        desk.lease_holder(Lease::Ledger).unwrap().as_deref(),
        Some("command")
    );
    // Objects on their way hold no entry back.
    assert!(desk.lease(Lease::Objects, "desk", 261, 400).unwrap());
    desk.release(Lease::Ledger, "desk").unwrap();
    assert!(!lease(&desk, "desk", 262, 400), "only the holder gives it back");
    command.release(Lease::Ledger, "command").unwrap();
    assert!(lease(&desk, "desk", 263, 400));
}

#[test]
fn what_is_owed_to_the_lake_outlives_a_restart_and_goes_by_urgency() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let keys = |journal: &Journal| {
        let owed = journal.outgoing(9).unwrap();
        owed.into_iter().map(|object| object.key).collect::<Vec<_>>()
    };
    journal.owe("raw/a/film.mov", 900, Urgency::Original).unwrap();
    journal.owe("proxy/a/1.mp4", 90, Urgency::Proxy).unwrap();
    journal.owe("ai/a/1.json.zst", 9, Urgency::Meaning).unwrap();
    journal.owe("ai/a/2.json.zst", 9, Urgency::Meaning).unwrap();
    journal.owe("proxy/a/1.mp4", 77, Urgency::Meaning).unwrap();
    journal
        .outgoing_progress("raw/a/film.mov", Some("part 3"))
        .unwrap();
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(
        keys(&journal),
        [
            "ai/a/1.json.zst",
            "ai/a/2.json.zst",
            "proxy/a/1.mp4",
            "raw/a/film.mov"
        ]
    );
    let film = journal.owes("raw/a/film.mov").unwrap().unwrap();
    assert_eq!((film.size_bytes, film.progress.as_deref()), (900, Some("part 3")));
    journal.settle_outgoing("ai/a/1.json.zst").unwrap();
    journal.refuse_outgoing("proxy/a/1.mp4", "not allowed").unwrap();
    assert_eq!(keys(&journal), ["ai/a/2.json.zst", "raw/a/film.mov"]);
    let owed = journal.owed().unwrap();
    assert_eq!((owed.objects, owed.bytes, owed.refused), (3, 999, 1));
    assert_eq!(
        journal.refused(9).unwrap()[0].refused.as_deref(),
        Some("not allowed")
    );
    journal.retry_outgoing().unwrap();
    assert_eq!(keys(&journal).len(), 3);
}
