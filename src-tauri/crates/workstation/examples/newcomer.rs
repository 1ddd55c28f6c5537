//! Measures a workstation that is new at a lake: from opening it to the first window of its library, and what that took of memory:
//! `cargo run -p workstation --example newcomer -- HOME LAKE [ENDPOINT]`, with the keys in the environment where the lake is a bucket.
//! `make` after those has the workstation in HOME make a snapshot of what it holds instead, `check` compares what it began with.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints what it finds, and stops where it cannot go on"
)]

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use workstation::{Access, LakePlace, LibraryQuery, OpenOptions, Workstation};

fn cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(spent.tv_sec).unwrap_or_default(),
        u32::try_from(spent.tv_nsec).unwrap_or_default(),
    )
}

/// The most memory this process had so far, MiB.
fn memory_max() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() >> 10
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().unwrap();
    let lake = arguments.next().unwrap();
    let (endpoint, act) = match (arguments.next(), arguments.next()) {
        (Some(only), None) if !only.starts_with("http") => (None, Some(only)),
        both => both,
    };
    let began = Instant::now();
    let say = |what: &str| {
        println!(
            "{what}: {} ms, CPU {} ms, at most {} MiB",
            began.elapsed().as_millis(),
            cpu().as_millis(),
            memory_max()
        );
    };
    let access = Access {
        endpoint_url: endpoint,
        ..Access::default()
    };
    let desk = Workstation::open(OpenOptions {
        lake: Some(LakePlace::read(OsStr::new(&lake), &access).unwrap()),
        ..OpenOptions::new(home)
    })
    .unwrap();
    say("opened");
    let followed = desk.follow().unwrap();
    say("followed");
    println!("{} entries in {} segments", followed.entries, followed.segments);
    match act.as_deref() {
        Some("make") => {
            println!("{:?}", desk.make_snapshot().unwrap());
            say("made");
        }
        Some("check") => {
            println!("{:?}", desk.check_snapshot().unwrap());
            say("compared");
        }
        _ => {
            let window = desk.library(&LibraryQuery::default()).unwrap();
            say("the library");
            println!("{} assets", window.total);
        }
    }
}
