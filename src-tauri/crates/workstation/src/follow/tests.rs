use std::path::Path;
use std::sync::Arc;

use lake::Key;
use ledger::{Author, Body, Hlc, Location};

use super::*;
use crate::workstation::OpenOptions;

/// Workstations of several people at one lake in a folder.
fn at_lake(dir: &Path, home: &str) -> Arc<Workstation> {
    let mut options = OpenOptions::new(dir.join(home));
    options.lake = Some(dir.join("lake").into());
    Workstation::open(options).unwrap()
}

fn found(name: &str) -> Body {
    Body::Location(Location {
        asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
        place: format!("file:///{name}"),
    })
}

/// Writes one entry and sends it.
fn note(workstation: &Workstation, name: &str) {
    workstation.record(vec![found(name)]).unwrap();
    workstation.publish().unwrap();
}

fn knows(workstation: &Workstation, name: &str) -> bool {
    !workstation
        .catalog
        .locations_of_place(&format!("file:///{name}"))
        .unwrap()
        .is_empty()
}

fn segment_key(author: &Author, sequence: u64) -> Key {
    layout::segment(&author.principal, &author.workstation, sequence).unwrap()
}

fn head_of(workstation: &Workstation, author: &Author) -> (Key, HeadForm) {
    let key = layout::head(&author.principal, &author.workstation).unwrap();
    let head = serde_json::from_slice(&workstation.lake.get(&key).unwrap()).unwrap();
    (key, head)
}

fn put_head(workstation: &Workstation, key: &Key, head: &HeadForm) {
    workstation
        .lake
        .replace(key, serde_json::to_vec(head).unwrap())
        .unwrap();
}

fn troubles(followed: &Followed) -> Vec<&str> {
    followed
        .troubles
        .iter()
        .map(|writer| writer.trouble.as_str())
        .collect()
}

#[test]
fn what_one_writes_the_others_take_in_once() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    for name in ["a.mov", "b.mov", "c.mov"] {
        note(&anna, name);
    }
    let followed = ben.follow().unwrap();
    assert_eq!(
        (followed.segments, followed.entries, troubles(&followed).len()),
        (3, 3, 0)
    );
    assert!(knows(&ben, "a.mov") && knows(&ben, "c.mov"));
    assert_eq!(
        ben.follow().unwrap(),
        Followed::default(),
        "nothing is read twice"
    );
    assert_eq!(
        anna.follow().unwrap(),
        Followed::default(),
        "one's own is not read back"
    );
    note(&ben, "d.mov");
    assert_eq!(anna.follow().unwrap().entries, 1);
    // A catalog that was thrown away knows all of it again.
    ben.rebuild().unwrap();
    assert!(knows(&ben, "a.mov") && knows(&ben, "d.mov"));
    assert_eq!(ben.follow().unwrap().entries, 0);
}

#[test]
fn a_segment_that_is_missing_or_was_changed_stops_its_writer_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    let carol = at_lake(dir.path(), "carol");
    note(&anna, "a.mov");
    assert_eq!(ben.follow().unwrap().entries, 1);
    note(&anna, "b.mov");
    note(&anna, "c.mov");
    note(&carol, "d.mov");
    let key = segment_key(&anna.author(), 2);
    let bytes = anna.lake.get(&key).unwrap();

    let place = anna.lake.local_file(&key).unwrap();
    std::fs::remove_file(&place).unwrap();
    let followed = ben.follow().unwrap();
    assert_eq!(troubles(&followed), ["gap"]);
    assert!(knows(&ben, "a.mov") && knows(&ben, "d.mov") && !knows(&ben, "c.mov"));

    let forged = segment::pack(&anna.journal.entries().unwrap()).unwrap();
    std::fs::write(&place, forged).unwrap();
    assert_eq!(troubles(&ben.follow().unwrap()), ["tampered"]);
    assert!(!knows(&ben, "b.mov") && !knows(&ben, "c.mov"));
    assert!(
        ben.doctor(Vec::new())
            .iter()
            .any(|check| check.title == "Other workstations")
    );

    // Brought back, it is followed on without anybody doing anything.
    std::fs::write(&place, bytes).unwrap();
    let followed = ben.follow().unwrap();
    assert_eq!((followed.entries, troubles(&followed).len()), (2, 0));
    assert!(knows(&ben, "c.mov"));
    assert_eq!(ben.writers_in_trouble().unwrap(), []);
}

#[test]
fn a_head_that_goes_back_or_names_another_past_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    note(&anna, "a.mov");
    let (key, before) = head_of(&anna, &anna.author());
    note(&anna, "b.mov");
    let (_, after) = head_of(&anna, &anna.author());
    assert_eq!(ben.follow().unwrap().entries, 2);
    put_head(&anna, &key, &before);
    assert_eq!(troubles(&ben.follow().unwrap()), ["behind"]);
    let other = HeadForm {
        chain: before.chain,
        ..after
    };
    put_head(&anna, &key, &other);
    assert_eq!(troubles(&ben.follow().unwrap()), ["tampered"]);
    let later = HeadForm {
        version: HEAD_VERSION + 1,
        ..other
    };
    put_head(&anna, &key, &later);
    assert_eq!(troubles(&ben.follow().unwrap()), ["unreadable"]);
    assert!(
        knows(&ben, "a.mov") && knows(&ben, "b.mov"),
        "what was taken in stays"
    );
}

#[test]
fn entries_under_another_name_than_their_prefix_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
    note(&anna, "a.mov");
    let mut forger = anna.author();
    forger.principal = "somebody-else".to_owned();
    let honest = Entry::new(
        Hlc {
            millis: 1,
            counter: 0,
        },
        forger.clone(),
        found("theirs.mov"),
    );
    let claimed = Entry::new(
        Hlc {
            millis: 2,
            counter: 0,
        },
        anna.author(),
        found("claimed.mov"),
    );
    let bytes = segment::pack(&[honest, claimed]).unwrap();
    let chain = segment::chain_after("", blake3::hash(&bytes).to_hex().as_str());
    ben.lake.create(&segment_key(&forger, 1), bytes).unwrap();
    let key = layout::head(&forger.principal, &forger.workstation).unwrap();
    let head = HeadForm {
        version: HEAD_VERSION,
        sequence: 1,
        chain,
    };
    put_head(&ben, &key, &head);
    assert_eq!(troubles(&ben.follow().unwrap()), ["impostor"]);
    assert!(knows(&ben, "a.mov") && knows(&ben, "theirs.mov") && !knows(&ben, "claimed.mov"));
    ben.rebuild().unwrap();
    assert!(knows(&ben, "theirs.mov") && !knows(&ben, "claimed.mov"));
}

#[test]
fn a_home_brought_back_from_a_copy_finds_what_it_had_sent_since() {
    let dir = tempfile::tempdir().unwrap();
    let anna = at_lake(dir.path(), "anna");
    note(&anna, "a.mov");
    drop(anna);
    let copy = |from: &str, to: &str| {
        std::fs::create_dir_all(dir.path().join(to)).unwrap();
        for name in ["journal.db", "catalog.db", "workstation.toml"] {
            std::fs::copy(dir.path().join(from).join(name), dir.path().join(to).join(name)).unwrap();
        }
    };
    copy("anna", "copy");
    let anna = at_lake(dir.path(), "anna");
    note(&anna, "b.mov");
    drop(anna);
    copy("copy", "restored");
    let restored = at_lake(dir.path(), "restored");
    assert!(!knows(&restored, "b.mov"));
    assert_eq!(restored.follow().unwrap().entries, 1);
    assert!(knows(&restored, "b.mov"));
    note(&restored, "c.mov");
    let ben = at_lake(dir.path(), "ben");
    assert_eq!(ben.follow().unwrap().troubles, []);
    assert!(["a.mov", "b.mov", "c.mov"].iter().all(|name| knows(&ben, name)));
}
