use std::path::Path;
use std::sync::Arc;

use ledger::{Body, Location};

use super::checking::Checked;
use super::*;
use crate::follow::HeadForm;
use crate::workstation::OpenOptions;

fn at_lake(dir: &Path, home: &str) -> Arc<Workstation> {
    let mut options = OpenOptions::new(dir.join(home));
    options.lake = Some(dir.join("lake").into());
    Workstation::open(options).unwrap()
}

/// Writes entries and sends them as one segment.
fn note(workstation: &Workstation, names: &[&str]) {
    let found = |name: &&str| {
        Body::Location(Location {
            asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
            place: format!("file:///{name}"),
        })
    };
    workstation.record(names.iter().map(found).collect()).unwrap();
    workstation.publish().unwrap();
}

fn knows(workstation: &Workstation, name: &str) -> bool {
    let place = format!("file:///{name}");
    !workstation.catalog.locations_of_place(&place).unwrap().is_empty()
}

fn states(workstation: &Workstation) -> Vec<State> {
    workstation.snapshot_states().unwrap().into_values().collect()
}

/// Two people at a lake, and a snapshot made by the second.
fn team(dir: &Path) -> (Arc<Workstation>, Arc<Workstation>, Key) {
    let (anna, ben) = (at_lake(dir, "anna"), at_lake(dir, "ben"));
    note(&anna, &["a.mov", "b.mov"]);
    note(&ben, &["c.mov"]);
    ben.follow().unwrap();
    anna.follow().unwrap();
    let key = ben.make_snapshot_of(1).unwrap().unwrap();
    (anna, ben, Key::new(key).unwrap())
}

#[test]
fn who_comes_late_begins_with_a_snapshot_and_reads_on_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben, key) = team(dir.path());
    assert_eq!(ben.make_snapshot_of(1).unwrap(), None, "nothing is new");
    note(&anna, &["d.mov"]);
    let late = at_lake(dir.path(), "late");
    note(&late, &["own.mov"]);
    let followed = late.follow().unwrap();
    assert_eq!(
        (followed.segments, followed.entries, followed.troubles.len()),
        (1, 1, 0)
    );
    for name in ["a.mov", "b.mov", "c.mov", "d.mov", "own.mov"] {
        assert!(knows(&late, name), "{name}");
    }
    assert_eq!(states(&late), [State::Taken]);
    // What it began with is not handed on before it was compared with the segments.
    assert_eq!(late.make_snapshot_of(1).unwrap(), None);
    assert_eq!(late.check_snapshot().unwrap(), Checked::Agreed);
    assert_eq!(states(&late), [State::Agreed]);
    assert_eq!(late.check_snapshot().unwrap(), Checked::Nothing);
    assert!(!late.home.snapshots().join("checking").exists());
    // What it writes is followed by the others as ever, and the next snapshot is made of all.
    ben.follow().unwrap();
    assert!(knows(&ben, "own.mov"));
    let next = late.make_snapshot_of(1).unwrap().unwrap();
    assert_ne!(next, key.as_str());
    assert_eq!(ben.snapshots_in_lake().unwrap().len(), 2);
}

#[test]
fn of_a_team_one_makes_it_and_old_ones_go() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben, _) = team(dir.path());
    for round in 0..3 {
        note(&anna, &[&format!("{round}.mov")]);
        ben.follow().unwrap();
        anna.follow().unwrap();
        // Ben has begun and not ended.
        let last = anna.snapshots_in_lake().unwrap().remove(0);
        assert!(ben.claims_snapshot(Some(&last)).unwrap());
        assert_eq!(anna.make_snapshot_of(1).unwrap(), None);
        assert!(ben.make_snapshot_of(1).unwrap().is_some());
    }
    assert_eq!(anna.snapshots_in_lake().unwrap().len(), 2);
}

#[test]
fn what_is_not_sent_or_not_whole_is_not_made_a_snapshot_of() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    note(&anna, &["a.mov"]);
    ben.follow().unwrap();
    let place = Location {
        asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
        place: "file:///unsent.mov".to_owned(),
    };
    ben.record(vec![Body::Location(place)]).unwrap();
    assert_eq!(ben.make_snapshot_of(1).unwrap(), None);
    ben.publish().unwrap();
    // Anna's next segment is missing.
    note(&anna, &["b.mov"]);
    let author = anna.author();
    let gone = layout::segment(&author.principal, &author.workstation, 2).unwrap();
    std::fs::remove_file(anna.lake.local_file(&gone).unwrap()).unwrap();
    ben.follow().unwrap();
    assert_eq!(ben.make_snapshot_of(1).unwrap(), None);
}

/// Somebody who may write snapshots follows everything, changes what came of it by `change`, and makes one of that.
fn forge(dir: &Path, honest: &Key, change: impl FnOnce(&Workstation)) {
    let mallory = at_lake(dir, "mallory");
    mallory.snapshots.considered.store(true, Ordering::Release);
    mallory.follow().unwrap();
    note(&mallory, &["m.mov"]);
    change(&mallory);
    mallory.make_snapshot_of(1).unwrap().unwrap();
    mallory.lake.remove(honest).unwrap();
}

#[test]
fn one_that_holds_other_things_than_its_segments_is_found_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, _ben, key) = team(dir.path());
    forge(dir.path(), &key, |mallory| {
        let place = Location {
            asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
            place: "file:///forged.mov".to_owned(),
        };
        // In the name of somebody else, and in nobody's segment.
        let clock = ledger::Hlc::default();
        let slipped_in = ledger::Entry::new(clock, anna.author(), Body::Location(place));
        mallory.catalog.apply(&[slipped_in]).unwrap();
    });
    let late = at_lake(dir.path(), "late");
    late.follow().unwrap();
    assert!(knows(&late, "forged.mov"));
    assert_eq!(late.check_snapshot().unwrap(), Checked::Replaced);
    assert!(!knows(&late, "forged.mov") && knows(&late, "a.mov") && knows(&late, "c.mov"));
    assert_eq!(states(&late), [State::Refused]);
    assert!(
        late.doctor(Vec::new())
            .iter()
            .any(|check| check.title == "Snapshots")
    );
    let (_, _, words) = late.catalog.snapshot_notes().unwrap().remove(0);
    assert!(words.contains("other entries"), "{words}");
    // It is not taken again, and the next one is made without it.
    assert!(late.make_snapshot_of(1).unwrap().is_some());
}

#[test]
fn one_that_was_not_made_from_these_segments_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, _ben, key) = team(dir.path());
    forge(dir.path(), &key, |mallory| {
        let mut record = mallory.catalog.writers().unwrap().remove(0);
        record.chain = "0".repeat(64);
        mallory.catalog.apply_of(&record, 0, &[]).unwrap();
    });
    note(&anna, &["d.mov"]);
    let late = at_lake(dir.path(), "late");
    assert_eq!(late.follow().unwrap().entries, 5);
    assert_eq!(states(&late), [State::Refused]);
    assert!(knows(&late, "a.mov") && knows(&late, "d.mov"));
}

#[test]
fn damaged_unreadable_and_later_ones_are_left_aside() {
    let dir = tempfile::tempdir().unwrap();
    let (_anna, ben, key) = team(dir.path());
    let bytes = ben.lake.get(&key).unwrap();
    ben.lake.remove(&key).unwrap();
    let mut torn = bytes.clone();
    let middle = torn.len() / 2;
    torn[middle] ^= 1;
    ben.lake.create(&key, torn).unwrap();
    let (_, id) = layout::parse_snapshot(&key).unwrap();
    let rest = id.split_once('-').unwrap().1;
    let later = layout::snapshot("zoe", &format!("{}-{rest}", catalog::schema_version() + 1)).unwrap();
    ben.lake.create(&later, bytes).unwrap();
    let odd = Key::new("snapshots/v1/anna/what.sqlite.zst").unwrap();
    ben.lake.create(&odd, b"what".to_vec()).unwrap();
    let empty = layout::snapshot(
        "zoe",
        &format!("{}-000000000009-{}", catalog::schema_version(), "0".repeat(32)),
    );
    ben.lake.create(&empty.unwrap(), Vec::new()).unwrap();
    let late = at_lake(dir.path(), "late");
    assert_eq!(late.follow().unwrap().entries, 3);
    assert_eq!(states(&late), [State::Refused, State::Refused]);
    assert!(knows(&late, "a.mov") && knows(&late, "c.mov"));
}

#[test]
fn a_head_that_lies_behind_what_a_snapshot_covers_is_followed_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, _ben, _) = team(dir.path());
    // Brought back from a copy of the lake's heads.
    let author = anna.author();
    let head = layout::head(&author.principal, &author.workstation).unwrap();
    anna.lake.remove(&head).unwrap();
    let late = at_lake(dir.path(), "late");
    late.follow().unwrap();
    assert_eq!(states(&late), [State::Taken]);
    assert!(knows(&late, "a.mov"));
    let wrong = HeadForm {
        version: 1,
        sequence: 1,
        chain: "1".repeat(64),
    };
    anna.lake
        .replace(&head, serde_json::to_vec(&wrong).unwrap())
        .unwrap();
    let later = at_lake(dir.path(), "later");
    later.follow().unwrap();
    assert_eq!(states(&later), [State::Refused]);
}

#[test]
fn who_was_away_for_long_takes_one_unless_it_would_miss_something() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    note(&anna, &["a.mov"]);
    ben.follow().unwrap();
    let away = at_lake(dir.path(), "away");
    away.follow().unwrap();
    drop(away);
    for number in 0..210 {
        note(&anna, &[&format!("{number}.mov")]);
    }
    ben.follow().unwrap();
    ben.make_snapshot_of(1).unwrap().unwrap();
    let away = at_lake(dir.path(), "away");
    let followed = away.follow().unwrap();
    assert_eq!((followed.segments, states(&away)), (0, vec![State::Taken]));
    assert!(knows(&away, "209.mov"));
    assert_eq!(away.check_snapshot().unwrap(), Checked::Agreed);
}

#[test]
fn a_manifest_longer_than_the_first_bytes_is_asked_for_whole() {
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        schema: 1,
        entries: 2,
        clock_millis: 3,
        clock_counter: 4,
        unpacked_bytes: 5,
        covered: Vec::new(),
    };
    let text = serde_json::to_vec(&manifest).unwrap();
    let mut bytes = SKIPPED_FRAME.to_le_bytes().to_vec();
    bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(&text);
    assert_eq!(manifest_of(&bytes), Some(Ok(manifest)));
    assert_eq!(manifest_of(&bytes[..20]), Some(Err(bytes.len() as u64)));
    assert_eq!(manifest_of(&bytes[..6]), None);
    assert_eq!(manifest_of(b"something else altogether"), None);
    bytes.splice(4..8, u32::MAX.to_le_bytes());
    assert_eq!(manifest_of(&bytes), None);
}
