//! Several people at one lake: what one decides reaches the others, whoever was offline, killed or late.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::lent::Served;
use crate::support::{Chance, Home, film, said};

/// Rounds of deciding, syncing and killing.
const ROUNDS: u64 = 25;

/// Where the lake is that people share.
enum Shared {
    /// In a folder.
    Folder(PathBuf),
    /// Behind a server that speaks S3.
    Bucket(Served),
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "TEAM"),
    ("AWS_SECRET_ACCESS_KEY", "a team's"),
];

impl Shared {
    /// Both kinds, in a folder of a test.
    fn both(dir: &Path) -> [Self; 2] {
        let given = [
            ("CIRCLETAKE_LAKE_KEY", KEYS[0].1),
            ("CIRCLETAKE_LAKE_SECRET", KEYS[1].1),
        ];
        [
            Self::Folder(dir.join("lake")),
            Self::Bucket(Served::start(&dir.join("served"), &given)),
        ]
    }

    fn args(&self) -> Vec<&str> {
        match self {
            Self::Folder(dir) => vec!["--lake", dir.to_str().unwrap()],
            Self::Bucket(served) => vec![
                "--lake",
                "s3://lake/show",
                "--endpoint-url",
                served.document["url"].as_str().unwrap(),
            ],
        }
    }
}

/// One person's home at a lake that others share.
struct Person<'a> {
    home: Home,
    lake: &'a Shared,
}

impl<'a> Person<'a> {
    fn at(lake: &'a Shared) -> Self {
        Self {
            home: Home::new(),
            lake,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(&[&self.lake.args(), args].concat());
        command.envs(KEYS);
        command
    }

    fn json(&self, args: &[&str]) -> Value {
        let said = said(self.command(&[&["--json"], args].concat()).output().unwrap());
        assert_eq!(said.status, 0, "{args:?}: {said:?}");
        said.json
    }

    fn sync(&self) -> Value {
        self.json(&["sync"])
    }

    /// Where every proposal stands, by id.
    fn standing(&self) -> BTreeMap<String, String> {
        let rows = self.json(&["proposals"]);
        let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = rows.as_array().unwrap();
        rows.iter()
            .map(|row| (word(row, "id"), word(row, "state")))
            .collect()
    }

    /// A sync that is killed after a while, wherever it then is.
    fn sync_killed(&self, after: Duration) {
        let mut child = self
            .command(&["sync"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(after);
        let _ended_already = child.kill();
        child.wait().unwrap();
    }
}

#[test]
fn two_people_see_each_others_verdicts_and_where_they_disagree() {
    let shared = tempfile::tempdir().unwrap();
    for lake in Shared::both(shared.path()) {
        two_people(&lake, shared.path());
    }
}

/// In a bucket people go by the name that the sign-in gives, and whoever has none stays outside.
fn check_names(person: &Person<'_>, dir: &Path) {
    let ledger = dir.join("served/show/ledger/v1");
    let names = std::fs::read_dir(&ledger)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    // As the folder store writes capital letters.
    assert_eq!(names.collect::<Vec<_>>(), ["TEAM%=f"]);
    let stranger = Person::at(person.lake);
    let mut command = stranger.command(&["--json", "assets"]);
    for (name, _) in KEYS {
        command.env_remove(name);
    }
    let refused = said(command.output().unwrap());
    assert_eq!(refused.status, 1, "{refused:?}");
    assert_eq!(refused.json["fault"]["code"], "not-allowed", "{refused:?}");
}

fn two_people(lake: &Shared, dir: &Path) {
    let (anna, ben) = (Person::at(lake), Person::at(lake));
    let clip = dir.join("Reel 1.mp4");
    film(&clip, 7, 3, 30);
    anna.json(&["ingest", clip.to_str().unwrap()]);
    assert_eq!(ben.json(&["assets"]), serde_json::json!([]));
    let taken = ben.sync();
    assert!(
        taken["entries"].as_u64().unwrap() > 0 && taken["troubles"] == serde_json::json!([]),
        "{taken}"
    );
    let asset = |person: &Person| person.json(&["assets"])[0]["id"].clone();
    assert_eq!(asset(&anna), asset(&ben));
    let before = anna.standing();
    assert_eq!(before, ben.standing());
    let ids: Vec<&String> = before.keys().collect();
    let [first, second, ..] = ids[..] else {
        panic!("too few proposals: {before:?}")
    };

    if matches!(lake, Shared::Bucket(_)) {
        check_names(&anna, dir);
    }

    // What one saw of the other is replaced; what neither saw is a disagreement.
    anna.json(&["decide", first, "--circle"]);
    ben.sync();
    assert_eq!(ben.standing()[first], "circled");
    ben.json(&["decide", first, "--reject"]);
    anna.json(&["decide", second, "--circle"]);
    ben.json(&["decide", second, "--reject"]);
    for person in [&anna, &ben] {
        person.sync();
    }
    for person in [&anna, &ben] {
        let standing = person.standing();
        assert_eq!(
            (standing[first].as_str(), standing[second].as_str()),
            ("rejected", "conflict")
        );
    }
    ben.json(&["decide", second, "--circle"]);
    anna.sync();
    assert_eq!(anna.standing(), ben.standing());
    assert_eq!(anna.standing()[second], "circled");
    // One's own act is taken back, not the other's.
    ben.json(&["undo"]);
    anna.sync();
    assert_eq!(anna.standing()[second], "conflict");
}

#[test]
fn whoever_is_killed_while_sending_or_reading_loses_nothing() {
    let shared = tempfile::tempdir().unwrap();
    for lake in Shared::both(shared.path()) {
        killed_at_random(&lake, shared.path());
    }
}

fn killed_at_random(lake: &Shared, dir: &Path) {
    let mut chance = Chance::new("whoever_is_killed_while_sending_or_reading_loses_nothing");
    let people: Vec<Person<'_>> = (0..3).map(|_| Person::at(lake)).collect();
    let clip = dir.join("Reel 1.mp4");
    film(&clip, 8, 4, 30);
    people[0].json(&["ingest", clip.to_str().unwrap()]);
    for person in &people[1..] {
        person.sync();
    }
    let ids: Vec<String> = people[0].standing().into_keys().collect();
    let mut last: BTreeMap<String, &str> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let at = usize::try_from(chance.below(3)).unwrap();
        let person = &people[at];
        // Each has proposals of their own to decide on, so what must stand in the end is known.
        let own: Vec<&String> = ids.iter().skip(at).step_by(3).collect();
        let id = own[usize::try_from(chance.below(own.len() as u64)).unwrap()];
        let (verdict, state) = [
            ("--circle", "circled"),
            ("--reject", "rejected"),
            ("--retract", "open"),
        ][usize::try_from(chance.below(3)).unwrap()];
        person.json(&["decide", id, verdict]);
        last.insert(id.clone(), state);
        for other in &people {
            other.sync_killed(Duration::from_millis(chance.below(60)));
        }
    }
    for person in people.iter().chain(&people) {
        assert_eq!(person.sync()["troubles"], serde_json::json!([]));
    }
    for person in &people {
        let standing = person.standing();
        for (id, state) in &last {
            assert_eq!(standing[id], *state, "{id}");
        }
        assert_eq!(standing, people[0].standing());
    }
}
