//! What a catalog has folded, written into a file and taken by another: the same, with what is that other's own.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use catalog::{
    Catalog, CatalogError, Comparison, Covered, Filter, Journal, LibraryQuery, NewJob, SentSoFar, Sighting,
    Unfit, WriterRecord,
};
use ledger::{Kind, Verdict};
use serde_json::json;

use crate::{
    asset_entry, made, run_entry, run_id,
    world::{asset, author, entry, put, verdict},
};

fn stop() -> Arc<AtomicBool> {
    Arc::default()
}

/// A home that has followed `anna` up to her segment 7.
fn full() -> (tempfile::TempDir, Catalog) {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let entries = [
        entry(0, 1, asset_entry(asset(1), "Reel 7.mov")),
        entry(0, 2, asset_entry(asset(2), "Reel 8.mov")),
        entry(0, 3, ledger::Body::Run(run_entry(1))),
        verdict(0, 4, &[1], Verdict::Circled, &[]),
        verdict(1, 5, &[1], Verdict::Rejected, &[]),
        put(0, 6, 3, "a marker"),
    ];
    let writer = WriterRecord {
        principal: "anna".into(),
        workstation: "anna-1".into(),
        sequence: 7,
        chain: "c7".into(),
        head: "etag".into(),
        told: 9,
        trouble: None,
    };
    catalog.apply_of(&writer, 0, &entries).unwrap();
    let proposals = [made(0, Kind::Shots, 40, None), made(1, Kind::Qc, 30, Some(100))];
    catalog.apply_proposals(run_id(), &proposals).unwrap();
    (dir, catalog)
}

/// The same as text: everything that is shown of it.
fn shown(catalog: &Catalog) -> String {
    let library = catalog
        .library(&LibraryQuery {
            words: "reel".into(),
            limit: 10,
            ..LibraryQuery::default()
        })
        .unwrap();
    format!(
        "{:?} {:?} {:?} {library:?}",
        catalog.assets().unwrap(),
        catalog.proposals(&Filter::default()).unwrap(),
        catalog.markers(asset(1)).unwrap(),
    )
}

#[test]
fn what_is_folded_travels_and_what_is_a_machines_own_stays() {
    let (source, from) = full();
    from.remember_sighting(&Sighting {
        place: "/secret/of/this/machine".into(),
        size_bytes: 1,
        modified_nanos: 1,
        asset: asset(1),
    })
    .unwrap();
    let file = source.path().join("out.db");
    let checkpoint = from
        .checkpoint(&file, &SentSoFar::default(), &stop())
        .unwrap()
        .unwrap();
    let covered = vec![Covered {
        principal: "anna".into(),
        workstation: "anna-1".into(),
        sequence: 7,
        chain: "c7".into(),
    }];
    assert_eq!((checkpoint.entries, &checkpoint.covered), (6, &covered));
    let bytes = std::fs::read(&file).unwrap();
    let secret = b"/secret/of/this/machine";
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));

    let to = tempfile::tempdir().unwrap();
    let (catalog, journal) = (
        Catalog::open(to.path()).unwrap(),
        Journal::open(to.path()).unwrap(),
    );
    let also_open = Catalog::open(to.path()).unwrap();
    let seen = also_open.data_version().unwrap();
    let own = journal
        .append(&author(1), 50, vec![asset_entry(asset(3), "Reel 9.mov")])
        .unwrap();
    catalog.catch_up(&journal).unwrap();
    let job = NewJob {
        kind: "ingest".into(),
        title: "t".into(),
        asset: None,
        priority: 0,
        request: json!({}),
        key: None,
    };
    catalog.enqueue(&job, 1).unwrap();
    let side = to.path().join("side.db");
    std::fs::write(&side, &bytes).unwrap();
    catalog
        .take_checkpoint(&side, &covered, &journal)
        .unwrap()
        .unwrap();

    from.apply(&own).unwrap();
    assert_eq!(shown(&catalog), shown(&from));
    assert_eq!(
        catalog.compare(&from).unwrap(),
        Comparison::Elsewhere,
        "its own journal"
    );
    assert_eq!(catalog.jobs(10).unwrap().len(), 1);
    assert_eq!(catalog.catch_up(&journal).unwrap().entries, 0);
    let writers = catalog.writers().unwrap();
    assert_eq!(
        (writers[0].sequence, writers[0].head.as_str(), writers[0].told),
        (7, "", 0)
    );
    // Who had it open sees the new one, and writes into it.
    assert_ne!(also_open.data_version().unwrap(), seen);
    assert_eq!(shown(&also_open), shown(&from));
    let late = entry(0, 60, asset_entry(asset(4), "Reel 10.mov"));
    also_open.apply(std::slice::from_ref(&late)).unwrap();
    from.apply(&[late]).unwrap();
    drop(also_open);
    assert_eq!(shown(&catalog), shown(&from));
    drop(catalog);
    assert_eq!(shown(&Catalog::open(to.path()).unwrap()), shown(&from));
}

#[test]
fn what_is_not_in_the_lake_yet_keeps_a_checkpoint_from_being_made() {
    let (source, from) = full();
    let journal = Journal::open(source.path()).unwrap();
    journal
        .append(&author(1), 50, vec![asset_entry(asset(3), "own")])
        .unwrap();
    from.catch_up(&journal).unwrap();
    let file = source.path().join("out.db");
    let made = from.checkpoint(&file, &SentSoFar::default(), &stop()).unwrap();
    assert_eq!(made, None);
    std::fs::remove_file(&file).unwrap();
    let sent = SentSoFar {
        entry: 1,
        own: Some(Covered {
            principal: "ben".into(),
            workstation: "ben-1".into(),
            sequence: 1,
            chain: "c1".into(),
        }),
    };
    let made = from.checkpoint(&file, &sent, &stop()).unwrap().unwrap();
    assert_eq!((made.entries, made.covered.len()), (7, 2));
}

#[test]
fn a_checkpoint_stops_when_told() {
    let (source, from) = full();
    let now = Arc::new(AtomicBool::new(true));
    let many: Vec<_> = (0..20_000u64)
        .map(|n| put(2, 100 + n, n, "a marker among many"))
        .collect();
    from.apply(&many).unwrap();
    let stopped = from.checkpoint(&source.path().join("out.db"), &SentSoFar::default(), &now);
    assert!(matches!(stopped, Err(CatalogError::Sqlite { .. })), "{stopped:?}");
}

#[test]
fn a_file_that_is_more_or_something_else_than_tables_is_not_taken() {
    let (source, from) = full();
    let file = source.path().join("out.db");
    let made = from
        .checkpoint(&file, &SentSoFar::default(), &stop())
        .unwrap()
        .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let to = tempfile::tempdir().unwrap();
    let (catalog, journal) = (
        Catalog::open(to.path()).unwrap(),
        Journal::open(to.path()).unwrap(),
    );
    let before = shown(&catalog);
    let side = to.path().join("side.db");
    let take = |change: &dyn Fn(&std::path::Path), covered: &[Covered]| {
        std::fs::write(&side, &bytes).unwrap();
        change(&side);
        catalog.take_checkpoint(&side, covered, &journal).unwrap()
    };
    let sql = |text: &'static str| {
        move |path: &std::path::Path| {
            rusqlite::Connection::open(path)
                .unwrap()
                .execute_batch(text)
                .unwrap();
        }
    };
    let trigger = sql("CREATE TRIGGER later AFTER INSERT ON jobs BEGIN DELETE FROM entries; END;");
    assert_eq!(take(&trigger, &made.covered), Err(Unfit::Shape));
    assert_eq!(
        take(&sql("DROP INDEX undos_by_target;"), &made.covered),
        Err(Unfit::Shape)
    );
    let later = catalog::schema_version() + 1;
    let newer = move |path: &std::path::Path| {
        let conn = rusqlite::Connection::open(path).unwrap();
        conn.pragma_update(None, "user_version", later).unwrap();
    };
    assert!(matches!(take(&newer, &made.covered), Err(Unfit::Schema { .. })));
    assert_eq!(
        take(&sql("DELETE FROM writers;"), &made.covered),
        Err(Unfit::Contents)
    );
    assert_eq!(take(&|_| {}, &[]), Err(Unfit::Contents));
    let endless = sql("UPDATE revisions SET revision = 9223372036854775807;");
    assert_eq!(take(&endless, &made.covered), Err(Unfit::Contents));
    let torn = |path: &std::path::Path| std::fs::write(path, [7u8; 9000]).unwrap();
    assert_eq!(take(&torn, &made.covered), Err(Unfit::Contents));
    assert_eq!(shown(&catalog), before);
    assert_eq!(take(&|_| {}, &made.covered), Ok(()));
    assert_eq!(shown(&catalog), shown(&from));
}

#[test]
fn a_verdict_that_was_slipped_in_is_found() {
    let (_dir, honest) = full();
    let (_other, forged) = full();
    assert_eq!(honest.compare(&forged).unwrap(), Comparison::Same);
    rusqlite::Connection::open(forged.place())
        .unwrap()
        .execute_batch("UPDATE proposals SET state = 2 WHERE state = 0;")
        .unwrap();
    assert_eq!(
        honest.compare(&forged).unwrap(),
        Comparison::Differs { table: "proposals" }
    );
    forged
        .apply(&[verdict(1, 9, &[0], Verdict::Circled, &[])])
        .unwrap();
    assert_eq!(
        honest.compare(&forged).unwrap(),
        Comparison::Differs { table: "entries" }
    );
}

#[test]
fn a_crash_between_two_steps_of_taking_it_is_finished_by_whoever_opens_it() {
    let (source, from) = full();
    let file = source.path().join("out.db");
    from.checkpoint(&file, &SentSoFar::default(), &stop())
        .unwrap()
        .unwrap();
    let to = tempfile::tempdir().unwrap();
    drop(Catalog::open(to.path()).unwrap());
    std::fs::write(to.path().join("catalog.db-wal"), b"the log of the one before").unwrap();
    std::fs::copy(&file, to.path().join("catalog.next.db")).unwrap();
    let catalog = Catalog::open(to.path()).unwrap();
    assert_eq!(shown(&catalog), shown(&from));
    assert!(!to.path().join("catalog.next.db").exists());
}

#[test]
fn what_follows_on_more_than_is_known_is_taken_and_the_gap_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let writer = |sequence| WriterRecord {
        principal: "anna".into(),
        workstation: "w1".into(),
        sequence,
        ..WriterRecord::default()
    };
    let known = || catalog.writers().unwrap().first().map(|writer| writer.sequence);
    catalog.apply_of(&writer(2), 0, &[]).unwrap();
    // A snapshot of less took the catalog's place since somebody read that four segments are known.
    catalog.apply_of(&writer(5), 4, &[]).unwrap();
    assert_eq!(known(), Some(2), "the third and fourth are missing");
    catalog.apply_of(&writer(5), 2, &[]).unwrap();
    assert_eq!(known(), Some(5));
    // One that covers more did: what is told again is told again.
    catalog.apply_of(&writer(4), 3, &[]).unwrap();
    assert_eq!(known(), Some(4));
}
