//! A kill at any instant loses nothing that was shown as done and leaves nothing half-written.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

use lake::{FolderLake, Lake};
use serde_json::Value;

use crate::support::{Chance, Home, film, said};

/// Kills while files are being taken in.
const INGEST_ROUNDS: u64 = 80;
/// Kills while somebody decides.
const DECIDE_ROUNDS: u64 = 120;

/// Everything the lake shows is whole: runs, segments and reports read. Answers the shots each report speaks of, by asset.
fn check_lake(home: &Home) -> BTreeMap<String, usize> {
    let mut shots = BTreeMap::new();
    let dir = home.path().join("lake");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let lake = FolderLake::open(&dir).unwrap();
    let mut after: Option<String> = None;
    loop {
        let page = runtime.block_on(lake.list("", after.as_deref(), 500)).unwrap();
        for object in &page.objects {
            let key = object.key.as_str();
            let bytes = runtime.block_on(lake.get(&object.key)).unwrap().bytes;
            if key.starts_with("ledger/") {
                assert!(!catalog::segment::unpack(&bytes).unwrap().is_empty(), "{key}");
            } else if key.starts_with("ai/") {
                let lines = zstd::bulk::decompress(&bytes, 1 << 24).unwrap();
                for line in std::str::from_utf8(&lines).unwrap().lines() {
                    serde_json::from_str::<ledger::Proposal>(line).unwrap();
                }
            } else if key.ends_with(".json") {
                let read = serde_json::from_slice::<Value>(&bytes);
                let read = read.unwrap_or_else(|error| panic!("{key}: {error}"));
                if key.ends_with("-report.json") {
                    let asset = key.split('/').nth(1).unwrap();
                    shots.insert(asset.to_owned(), read["shots"].as_array().unwrap().len());
                }
            } else {
                assert!(!bytes.is_empty(), "{key}");
            }
        }
        if !page.more {
            return shots;
        }
        after = page.objects.last().map(|object| object.key.as_str().to_owned());
    }
}

/// Starts a command, kills it after `delay`, and answers what it had said by then.
fn killed_after(home: &Home, args: &[&str], delay: Duration) -> crate::support::Said {
    let mut child = home
        .command(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let until = Instant::now() + delay;
    while Instant::now() < until {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::park_timeout(
            until
                .saturating_duration_since(Instant::now())
                .min(Duration::from_millis(2)),
        );
    }
    // It may have ended by itself: then this was a round without a kill.
    drop(child.kill());
    said(child.wait_with_output().unwrap())
}

/// Three small films of their own in a home of its own.
fn set_up(seed: &mut u32) -> (Home, Vec<String>) {
    let home = Home::new();
    let clip = |at: u32| {
        *seed += 1;
        let clip = home.dir.path().join(format!("clip{at}.mp4"));
        film(&clip, *seed, 2, 15);
        clip.to_str().unwrap().to_owned()
    };
    let clips = (0..3).map(clip).collect();
    (home, clips)
}

fn ingest(clips: &[String]) -> Vec<&str> {
    let mut args = vec!["--json", "ingest", "--proxies-only"];
    args.extend(clips.iter().map(String::as_str));
    args
}

/// What is shown as ready is whole, and everything that was shown as done is among it.
fn check_ready(home: &Home, shown: &BTreeSet<&str>, reported: &BTreeMap<String, usize>, round: u64) {
    let assets = home.json(&["assets"]);
    let ready: Vec<&Value> = assets
        .as_array()
        .unwrap()
        .iter()
        .filter(|asset| asset["state"] == "ready")
        .collect();
    let titles: BTreeSet<&str> = ready
        .iter()
        .map(|asset| asset["title"].as_str().unwrap())
        .collect();
    assert!(
        shown.is_subset(&titles),
        "round {round}: shown as done {shown:?}, there {titles:?}"
    );
    let shots = home.json(&["proposals", "--kind", "shots"]);
    for asset in ready {
        let own = shots
            .as_array()
            .unwrap()
            .iter()
            .filter(|shot| shot["asset"] == asset["id"])
            .count();
        let wanted = reported.get(asset["id"].as_str().unwrap());
        assert_eq!(
            Some(&own),
            wanted,
            "round {round}: the shots of {}",
            asset["title"]
        );
    }
}

#[test]
fn a_kill_during_ingest_leaves_nothing_half_done() {
    let mut chance = Chance::new("crash during ingest");
    let mut seed = 100;
    let (mut home, mut clips) = set_up(&mut seed);
    let mut span = 1000;
    let (mut kills, mut whole, mut rounds_here) = (0, 0, 0);
    for round in 0..INGEST_ROUNDS {
        rounds_here += 1;
        let began = Instant::now();
        // Without --json, so that standard error says what is done, line by line.
        let killed = killed_after(
            &home,
            &ingest(&clips)[1..],
            Duration::from_millis(chance.below(span) + 1),
        );
        let took = began.elapsed();
        let ended = killed.status == 0;
        kills += u64::from(killed.status == -1);
        whole += u64::from(ended);
        let done = |line: &&str| line.contains(": done");
        let shown = killed
            .stderr
            .lines()
            .filter(done)
            .filter_map(|line| line.split(": done").next())
            .collect();
        check_ready(&home, &shown, &check_lake(&home), round);
        if ended || rounds_here == 8 {
            let said = home.run(&ingest(&clips));
            assert_eq!(said.status, 0, "what was killed can be taken in: {said:?}");
            assert_eq!(home.json(&["assets"]).as_array().unwrap().len(), 3, "each once");
            let left = std::fs::read_dir(home.path().join("staging")).unwrap().count();
            assert_eq!(left, 0, "nothing is left over");
            if ended && rounds_here == 1 {
                // It had everything to do: kills are spread over what that takes here.
                span = took.as_millis() as u64;
            }
            (home, clips) = set_up(&mut seed);
            rounds_here = 0;
        }
    }
    println!("{kills} kills, {whole} ran to their end");
    assert!(kills > INGEST_ROUNDS / 4, "too few kills hit");
}

#[test]
fn a_kill_while_deciding_loses_nothing_that_was_shown() {
    let mut chance = Chance::new("crash while deciding");
    let home = Home::new();
    let clip = home.dir.path().join("clip.mp4");
    film(&clip, 7, 6, 8);
    home.json(&["ingest", "--proxies-only", clip.to_str().unwrap()]);
    let shots = home.json(&["proposals", "--kind", "shots"]);
    let ids: Vec<String> = shots
        .as_array()
        .unwrap()
        .iter()
        .map(|shot| shot["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 6);
    let mut before = vec!["open".to_owned(); ids.len()];
    let began = Instant::now();
    home.json(&["proposals"]);
    let span = began.elapsed().as_millis() as u64 * 2;
    let (mut kills, mut kept) = (0, 0);
    for round in 0..DECIDE_ROUNDS {
        let at = chance.below(ids.len() as u64) as usize;
        let (flag, state) = [("--circle", "circled"), ("--reject", "rejected")][chance.below(2) as usize];
        let killed = killed_after(
            &home,
            &["--json", "decide", &ids[at], flag],
            Duration::from_millis(chance.below(span) + 1),
        );
        kills += u64::from(killed.status == -1);
        let acknowledged = killed.json["changed"][0]["state"] == state;
        let now = home.json(&["proposals", "--kind", "shots"]);
        for (place, id) in ids.iter().enumerate() {
            let row = now
                .as_array()
                .unwrap()
                .iter()
                .find(|row| row["id"] == id.as_str())
                .unwrap();
            let found = row["state"].as_str().unwrap();
            if place == at && acknowledged {
                kept += 1;
                assert_eq!(found, state, "round {round}: shown as decided, and lost");
            } else if place == at {
                assert!(
                    found == before[at] || found == state,
                    "round {round}: {found} came from nowhere"
                );
            } else {
                assert_eq!(found, before[place], "round {round}: nobody touched this one");
            }
            before[place] = found.to_owned();
        }
    }
    check_lake(&home);
    println!("{kills} kills, {kept} acknowledged");
    assert!(
        kills > DECIDE_ROUNDS / 8 && kept > DECIDE_ROUNDS / 16,
        "kills and acknowledgements must both occur"
    );
}
