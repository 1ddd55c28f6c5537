//! Several processes on one home. A child is this test binary, run again with the name of one test and a variable that says
//! what to do; without the variable that test does nothing.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use catalog::{Catalog, CatalogError, Filter, Journal};
use ledger::{Body, Decision, Entry, Kind, Verdict};

use crate::{
    made, run_id,
    world::{author, proposal},
};

const TASK: &str = "CATALOG_TEST_CHILD";
const HOME: &str = "CATALOG_TEST_HOME";

/// A child that does `task` on `home`.
pub fn child(task: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args([
        "--exact",
        "processes::a_child_at_work",
        "--nocapture",
        "--test-threads=1",
    ]);
    command
        .env(TASK, task)
        .env(HOME, home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn wall_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// Says on standard output that an entry is safe, in one write, as a desk that shows it would.
fn acknowledge(entry: &Entry) {
    let line = format!("\nack {}\n", entry.id);
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .expect("standard output");
}

#[test]
fn a_child_at_work() {
    let (Ok(task), Some(home)) = (std::env::var(TASK), std::env::var_os(HOME)) else {
        return;
    };
    let home = Path::new(&home);
    match task.as_str() {
        "append three" => append(home, 3),
        "append on and on" => append(home, u64::MAX),
        "apply three without the journal" => {
            let catalog = Catalog::open(home).unwrap();
            for tick in 0..3 {
                let entry = crate::world::verdict(0, tick, &[0], Verdict::Circled, &[]);
                catalog.apply(std::slice::from_ref(&entry)).unwrap();
                acknowledge(&entry);
            }
        }
        "decide" => decide(home, 25),
        other => panic!("unknown task {other}"),
    }
}

fn append(home: &Path, count: u64) {
    let (journal, catalog) = (Journal::open(home).unwrap(), Catalog::open(home).unwrap());
    for n in 0..count {
        let verdict = if n.is_multiple_of(2) {
            Verdict::Circled
        } else {
            Verdict::Rejected
        };
        let body = Body::Decision(Decision::new(vec![proposal((n % 4) as u8)], verdict, vec![]));
        for entry in journal.append(&author(0), wall_millis(), vec![body]).unwrap() {
            acknowledge(&entry);
        }
        catalog.catch_up(&journal).unwrap();
    }
}

/// Decides over and over, each time having seen what stands.
fn decide(home: &Path, count: u32) {
    let (journal, catalog) = (Journal::open(home).unwrap(), Catalog::open(home).unwrap());
    for n in 0..count {
        let verdict = if (n + std::process::id()).is_multiple_of(2) {
            Verdict::Circled
        } else {
            Verdict::Rejected
        };
        let composed = journal.append_with(&author(0), wall_millis(), || {
            catalog.catch_up(&journal)?;
            let seen = catalog
                .standing_entries(&[proposal(0)])?
                .into_iter()
                .flat_map(|(_, entries)| entries)
                .collect();
            Ok::<_, CatalogError>(vec![Body::Decision(Decision::new(
                vec![proposal(0)],
                verdict,
                seen,
            ))])
        });
        assert_eq!(composed.unwrap().len(), 1);
        catalog.catch_up(&journal).unwrap();
    }
}

#[test]
fn processes_that_decide_at_once_see_each_other() {
    let home = tempfile::tempdir().unwrap();
    // The files are made by whoever comes first.
    let children: Vec<_> = (0..3)
        .map(|_| child("decide", home.path()).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let (journal, catalog) = (
        Journal::open(home.path()).unwrap(),
        Catalog::open(home.path()).unwrap(),
    );
    catalog
        .apply_proposals(run_id(), &[made(0, Kind::Shots, 0, None)])
        .unwrap();
    let entries = journal.entries().unwrap();
    assert_eq!(entries.len(), 75);
    assert!(entries.is_sorted_by(|one, next| one.clock < next.clock));
    assert_eq!(catalog.catch_up(&journal).unwrap().entries, 0);
    // Not one verdict was made without seeing the one before it.
    let history = catalog.history_of(proposal(0)).unwrap();
    assert_eq!(history.iter().filter(|verdict| verdict.standing).count(), 1);
    assert_eq!(catalog.tally(&Filter::default()).unwrap().conflict, 0);
    assert_eq!(
        catalog.standing_entries(&[proposal(0)]).unwrap()[0].1,
        [entries[74].id]
    );
}
