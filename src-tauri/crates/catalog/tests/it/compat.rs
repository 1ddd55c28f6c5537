//! Databases ever released still open. The files were written once, by the example `compat`, and are never written again: a
//! later schema adds files.

use std::path::{Path, PathBuf};

use catalog::{Catalog, Filter, Journal, Lease, LibraryQuery};
use ledger::{Standing, Tally};
use serde_json::json;

use crate::{
    asset_entry, numbers,
    world::{asset, author},
};

/// A workstation.
const ANNA: &str = "anna-1";

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

/// Version, entries, entries after the segment that was sent, acts that can be undone, markers.
const RELEASES: [(&str, u64, u64, usize, usize); 3] =
    [("v1", 6, 4, 1, 0), ("v2", 8, 6, 3, 1), ("v3", 8, 6, 3, 1)];

#[test]
fn every_journal_ever_released_still_opens() {
    for (version, entries, unsent, acts, _) in RELEASES {
        let home = home_with(&[(&format!("journal-{version}.db"), "journal.db")]);
        let journal = Journal::open(home.path()).unwrap();
        assert_eq!(journal.last_sequence().unwrap(), entries);
        assert_eq!(journal.entries().unwrap().len() as u64, entries);
        assert_eq!(
            (
                journal.head(ANNA).unwrap().sequence,
                journal.unsent_entries().unwrap()
            ),
            (1, unsent)
        );
        let waiting = journal.seal_segment(ANNA, 1).unwrap().unwrap();
        assert_eq!((waiting.sequence, waiting.entries), (2, 1));
        let new = vec![asset_entry(asset(9), "new")];
        assert_eq!(journal.append(&author(0), 1, new).unwrap().len(), 1);
        // A catalog can be derived from it alone.
        let catalog = Catalog::open(home.path()).unwrap();
        assert_eq!(catalog.catch_up(&journal).unwrap().entries, entries + 1);
        assert_eq!(catalog.acts("anna", ANNA, 10).unwrap().done.len(), acts);
    }
}

#[test]
fn every_catalog_ever_released_still_opens() {
    for (version, _, _, _, markers) in RELEASES {
        let home = home_with(&[
            (&format!("journal-{version}.db"), "journal.db"),
            (&format!("catalog-{version}.db"), "catalog.db"),
        ]);
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
        // What later steps derive is derived of what was there.
        let found = catalog
            .library(&LibraryQuery {
                words: "eel 7".to_owned(),
                limit: 1,
                ..LibraryQuery::default()
            })
            .unwrap();
        let (one, two) = (
            Tally {
                open: 1,
                circled: 1,
                ..Tally::default()
            },
            record.tally,
        );
        assert_eq!((found.count, found.total, found.tally, two), (1, 1, one, one));
        let records = catalog.proposals(&Filter::default()).unwrap();
        let standings: Vec<_> = records.into_iter().map(|record| record.standing).collect();
        let edit = Some(json!({ "end_frame": 8 }));
        assert_eq!(standings, [Standing::Circled { edit }, Standing::Open]);
        assert_eq!(catalog.jobs(10).unwrap().len(), 1);
        assert!(catalog.sighting("/footage/Reel 7.mov").unwrap().is_some());
        assert_eq!(catalog.acts("anna", ANNA, 10).unwrap().undone.len(), 1 - markers);
        assert_eq!(catalog.markers(asset(1)).unwrap().len(), markers);
    }
}

#[test]
fn what_was_on_its_way_to_and_from_a_lake_is_still_known() {
    let home = home_with(&[("journal-v3.db", "journal.db"), ("catalog-v3.db", "catalog.db")]);
    let (journal, catalog) = (
        Journal::open(home.path()).unwrap(),
        Catalog::open(home.path()).unwrap(),
    );
    let owed = journal.owed().unwrap();
    assert_eq!((owed.objects, owed.bytes, owed.refused), (2, 1010, 1));
    let half = journal.outgoing(10).unwrap().remove(0);
    assert_eq!(
        (half.key.as_str(), half.progress.as_deref()),
        ("proxy/a/b.mp4", Some("half"))
    );
    assert_eq!(
        journal.lease_holder(Lease::Objects).unwrap().as_deref(),
        Some("1 gone")
    );
    assert_eq!(journal.head_sent(ANNA).unwrap(), journal.head(ANNA).unwrap());
    assert_eq!(catalog.pins().unwrap(), [asset(1)]);
    assert_eq!(catalog.kept_bytes().unwrap(), 77);
    let writers = catalog.writers().unwrap();
    assert_eq!(
        (writers[0].workstation.as_str(), writers[0].sequence),
        ("ben-1", 3)
    );
}
