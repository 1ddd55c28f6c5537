//! Measures how long a workstation takes to catch up with what another wrote while it was away, and a new one with everything:
//! `cargo run --release -p workstation --example day_away -- 20000 [s3://bucket/prefix ENDPOINT]`. Without a bucket the lake is a
//! folder. Times are wall and this process's CPU, in milliseconds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints what it finds, and stops where it cannot go on"
)]

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media::{FilmSpec, FilmWriter};
use timebase::Rate;
use workstation::{Access, LakePlace, OpenOptions, PutMarker, Workstation};

const FRAMES: u64 = 40;

fn open(home: &Path, lake: &LakePlace) -> Arc<Workstation> {
    Workstation::open(OpenOptions {
        lake: Some(lake.clone()),
        ..OpenOptions::new(home)
    })
    .unwrap()
}

fn cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(spent.tv_sec).unwrap_or_default(),
        u32::try_from(spent.tv_nsec).unwrap_or_default(),
    )
}

fn lap<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (began, before) = (Instant::now(), cpu());
    let done = work();
    let spent = cpu().saturating_sub(before);
    println!(
        "{what}: {} ms, CPU {} ms",
        began.elapsed().as_millis(),
        spent.as_millis()
    );
    done
}

fn take_in(desk: &Arc<Workstation>, clip: &Path) -> String {
    let mut writer = FilmWriter::create(clip, FilmSpec::new(64, 48, Rate::PAL)).unwrap();
    for _ in 0..FRAMES {
        writer.push_rgba(&[90; 64 * 48 * 4]).unwrap();
    }
    writer.finish().unwrap();
    desk.start_ingest_workers().unwrap();
    let queued = desk.ingest(&[clip.to_owned()]).unwrap().jobs.remove(0).job;
    desk.wait(&[queued], Duration::from_secs(60), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    desk.asset_at(clip).unwrap().unwrap()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let entries: u64 = arguments
        .next()
        .and_then(|count| count.parse().ok())
        .unwrap_or(20_000);
    let dir = tempfile::tempdir().unwrap();
    let lake = match arguments.next() {
        Some(place) => {
            let access = Access {
                endpoint_url: arguments.next(),
                ..Access::default()
            };
            LakePlace::read(OsStr::new(&place), &access).unwrap()
        }
        None => LakePlace::Folder(dir.path().join("lake")),
    };
    let anna = open(&dir.path().join("anna"), &lake);
    let asset = take_in(&anna, &dir.path().join("clip.mp4"));
    anna.publish().unwrap();
    let ben = open(&dir.path().join("ben"), &lake);
    ben.follow().unwrap();
    lap("written", || {
        for at in 0..entries {
            let marker = PutMarker {
                asset: asset.clone(),
                frame: at % FRAMES,
                end_frame: None,
                note: Some(format!("marker {at}")),
            };
            anna.put_marker(&marker).unwrap();
        }
    });
    lap("sent", || anna.publish().unwrap());
    let followed = lap("caught up", || ben.follow().unwrap());
    let carla = open(&dir.path().join("carla"), &lake);
    lap("a new workstation", || carla.follow().unwrap());
    println!("{} entries in {} segments", followed.entries, followed.segments);
}
