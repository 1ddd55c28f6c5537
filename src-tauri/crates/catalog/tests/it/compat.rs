//! Databases ever released still open. The files were written once, by the tests at the end, and are never written again: a
//! later schema adds files.

use std::path::{Path, PathBuf};

use catalog::{Catalog, Filter, Journal, NewJob, Sighting};
use ledger::{Body, Decision, Kind, Location, Standing, Undo, Verdict};
use serde_json::json;

use crate::{
    asset_entry, made, numbers, run_entry, run_id,
    world::{asset, author, proposal},
};

fn released(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/compat")
        .join(name)
}

/// A copy of a released file in a home of its own.
fn home_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for (name, as_name) in files {
        std::fs::copy(released(name), home.path().join(as_name)).expect(name);
    }
    home
}

#[test]
fn every_journal_ever_released_still_opens() {
    let home = home_with(&[("journal-v1.db", "journal.db")]);
    let journal = Journal::open(home.path()).unwrap();
    assert_eq!(journal.last_sequence().unwrap(), 6);
    assert_eq!(journal.entries().unwrap().len(), 6);
    assert_eq!(
        (
            journal.head().unwrap().sequence,
            journal.unsent_entries().unwrap()
        ),
        (1, 4)
    );
    let waiting = journal.seal_segment(1).unwrap().unwrap();
    assert_eq!((waiting.sequence, waiting.entries), (2, 1));
    assert_eq!(
        journal
            .append(&author(0), 1, vec![asset_entry(asset(9), "new")])
            .unwrap()
            .len(),
        1
    );
    // A catalog can be derived from it alone.
    let catalog = Catalog::open(home.path()).unwrap();
    assert_eq!(catalog.catch_up(&journal).unwrap().entries, 7);
    assert_eq!(catalog.acts("anna", "anna-1", 10).unwrap().done.len(), 1);
}

#[test]
fn every_catalog_ever_released_still_opens() {
    let home = home_with(&[("journal-v1.db", "journal.db"), ("catalog-v1.db", "catalog.db")]);
    let (journal, catalog) = (
        Journal::open(home.path()).unwrap(),
        Catalog::open(home.path()).unwrap(),
    );
    assert_eq!(catalog.catch_up(&journal).unwrap().entries, 0);
    let record = catalog.asset(asset(1)).unwrap().unwrap();
    assert_eq!(
        (
            record.entry.title.as_str(),
            record.runs.len(),
            record.locations.len()
        ),
        ("Reel 7.mov", 1, 1)
    );
    assert_eq!(
        numbers(&catalog.proposal_ids(&Filter::default()).unwrap()),
        [0, 1]
    );
    let standings: Vec<_> = catalog
        .proposals(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|record| record.standing)
        .collect();
    assert_eq!(
        standings,
        [
            Standing::Circled {
                edit: Some(json!({ "end_frame": 8 }))
            },
            Standing::Open
        ]
    );
    assert_eq!(catalog.jobs(10).unwrap().len(), 1);
    assert!(catalog.sighting("/footage/Reel 7.mov").unwrap().is_some());
    assert_eq!(catalog.acts("anna", "anna-1", 10).unwrap().undone.len(), 1);
}

/// Writes the compatibility files where they are not there yet.
#[test]
#[ignore = "writes tests/compat/journal-v1.db and catalog-v1.db, once"]
fn write_the_compatibility_files() {
    if released("journal-v1.db").exists() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (journal, catalog) = (
        Journal::open(home.path()).unwrap(),
        Catalog::open(home.path()).unwrap(),
    );
    let place = "/footage/Reel 7.mov";
    journal
        .append(
            &author(0),
            1_700_000_000_000,
            vec![asset_entry(asset(1), "Reel 7.mov")],
        )
        .unwrap();
    journal
        .append(
            &author(0),
            1,
            vec![Body::Location(Location {
                asset: asset(1),
                place: place.into(),
            })],
        )
        .unwrap();
    let sealed = journal.seal_segment(10).unwrap().unwrap();
    journal.mark_sent(sealed.sequence).unwrap();
    journal
        .append(&author(0), 2, vec![Body::Run(run_entry(1))])
        .unwrap();
    journal.seal_segment(10).unwrap().unwrap();
    let mut edited = Decision::new(vec![proposal(0)], Verdict::Circled, vec![]);
    edited.edit = Some(json!({ "end_frame": 8 }));
    journal
        .append(&author(0), 3, vec![Body::Decision(edited)])
        .unwrap();
    let rejected = Decision::new(vec![proposal(1)], Verdict::Rejected, vec![]);
    let rejected = journal
        .append(&author(0), 4, vec![Body::Decision(rejected)])
        .unwrap();
    journal
        .append(
            &author(0),
            5,
            vec![Body::Undo(Undo {
                entry: rejected[0].id,
            })],
        )
        .unwrap();
    catalog
        .apply_proposals(
            run_id(),
            &[made(0, Kind::Shots, 0, None), made(1, Kind::Qc, 5, Some(700))],
        )
        .unwrap();
    catalog.catch_up(&journal).unwrap();
    let job = NewJob {
        kind: "ingest".into(),
        title: "Reel 8.mov".into(),
        asset: None,
        priority: 1,
        request: json!({ "path": "/footage/Reel 8.mov" }),
        key: Some("/footage/Reel 8.mov".into()),
    };
    catalog.enqueue(&job, 9).unwrap();
    let sighting = Sighting {
        place: place.into(),
        size_bytes: 12,
        modified_nanos: 34,
        asset: asset(1),
    };
    catalog.remember_sighting(&sighting).unwrap();
    // The last connection to close folds the log into the file.
    drop((journal, catalog));
    for (name, as_name) in [("journal.db", "journal-v1.db"), ("catalog.db", "catalog-v1.db")] {
        assert!(!home.path().join(format!("{name}-wal")).exists());
        std::fs::copy(home.path().join(name), released(as_name)).unwrap();
    }
}
