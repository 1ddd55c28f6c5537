//! Nothing that was acknowledged is lost: shown by killing writers at random instants, and, because a kill leaves the page
//! cache alone, by watching that the log is synchronised before each acknowledgement.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use catalog::{Catalog, Journal};

use crate::processes::child;

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    const ROUNDS: u64 = 24;
    let home = tempfile::tempdir().unwrap();
    let (mut acknowledged, mut busy) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let mut writer = child("append on and on", home.path()).spawn().unwrap();
        let out = BufReader::new(writer.stdout.take().unwrap());
        let reader = thread::Builder::new()
            .name("acknowledgements".into())
            .spawn(move || {
                let lines = out.lines().map_while(Result::ok);
                lines
                    .filter_map(|line| line.strip_prefix("ack ").map(str::to_owned))
                    .collect::<Vec<_>>()
            })
            .unwrap();
        // Instants spread over opening, appending and catching up; the sleep is the experiment, not a wait for something.
        thread::sleep(Duration::from_micros((round * 7919) % 60_000 + 5000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let seen = reader.join().unwrap();
        busy += u32::from(!seen.is_empty());
        // The last line may have been cut by the kill.
        acknowledged.extend(seen.into_iter().filter(|id| id.len() == 32));

        let (journal, catalog) = (
            Journal::open(home.path()).unwrap(),
            Catalog::open(home.path()).unwrap(),
        );
        catalog.catch_up(&journal).unwrap();
        let entries = journal.entries_after(0, u32::MAX).unwrap();
        assert!(
            entries
                .iter()
                .zip(1..)
                .all(|(entry, sequence)| entry.sequence == sequence)
        );
        let ids: std::collections::BTreeSet<String> =
            entries.iter().map(|entry| entry.entry.id.to_string()).collect();
        for id in &acknowledged {
            assert!(
                ids.contains(id),
                "round {round}: {id} was acknowledged and is gone"
            );
            assert!(
                catalog.entry(id.parse().unwrap()).unwrap().is_some(),
                "round {round}"
            );
        }
    }
    assert!(busy > 0, "no writer came to write: this has shown nothing");
}

/// What a line of the trace tells.
#[derive(Debug, PartialEq)]
enum Seen {
    Wrote,
    Synced,
    Acknowledged,
}

/// The story of the files whose path contains `file`, and of the acknowledgements, in the order in which calls ended (writes:
/// began).
fn story(trace: &str, file: &str) -> Vec<Seen> {
    let mut unfinished = std::collections::BTreeMap::new();
    let mut story = Vec::new();
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(' ').map(|(pid, call)| (pid, call.trim_start())) else {
            continue;
        };
        let syncs = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        if syncs && call.contains(file) && call.ends_with("<unfinished ...>") {
            unfinished.insert(pid.to_owned(), ());
        } else if (syncs && call.contains(file) && call.ends_with("= 0"))
            || (call.starts_with("<... f") && call.ends_with("= 0") && unfinished.remove(pid).is_some())
        {
            story.push(Seen::Synced);
        } else if call.starts_with("write(1<") && call.contains("ack ") {
            story.push(Seen::Acknowledged);
        } else if (call.starts_with("write(") || call.starts_with("pwrite64(")) && call.contains(file) {
            story.push(Seen::Wrote);
        }
    }
    story
}

/// How many acknowledgements there are, and whether before each, since the one before it, something was written and nothing
/// written was left unsynchronised.
fn judge(story: &[Seen]) -> (usize, bool) {
    let (mut count, mut safe, mut wrote, mut dirty) = (0, true, false, false);
    for seen in story {
        match seen {
            Seen::Wrote => (wrote, dirty) = (true, true),
            Seen::Synced => dirty = false,
            Seen::Acknowledged => {
                count += 1;
                safe &= wrote && !dirty;
                wrote = false;
            }
        }
    }
    (count, safe)
}

/// Runs a child under strace; `None` when this machine cannot.
fn traced(task: &str, home: &Path) -> Option<String> {
    let trace = home.join("trace");
    let plain = child(task, home);
    let mut command = Command::new("strace");
    command
        .args([
            "-f",
            "-y",
            "-s",
            "64",
            "-e",
            "trace=fsync,fdatasync,write,pwrite64",
            "-o",
        ])
        .arg(&trace);
    command.arg(plain.get_program()).args(plain.get_args());
    command.envs(
        plain
            .get_envs()
            .filter_map(|(name, value)| value.map(|value| (name, value))),
    );
    let ran = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output();
    let found = ran
        .is_ok_and(|output| output.status.success())
        .then(|| std::fs::read_to_string(&trace))
        .transpose();
    let found = found.expect("the trace reads");
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "strace is needed here and does not run"
        );
        eprintln!("not run: strace is not installed or may not trace");
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn the_journal_is_synchronised_before_each_acknowledgement() {
    let home = tempfile::tempdir().unwrap();
    let Some(trace) = traced("append three", home.path()) else {
        return;
    };
    let story = story(&trace, "journal.db-wal>");
    assert_eq!(judge(&story), (3, true), "{story:?}\n{trace}");

    // The same eyes see that the catalog, which may lose its last commits, does not wait for the disk.
    let other = tempfile::tempdir().unwrap();
    let trace = traced("apply three without the journal", other.path()).unwrap();
    let story = self::story(&trace, "catalog.db-wal>");
    assert_eq!(judge(&story), (3, false), "{story:?}\n{trace}");
}
