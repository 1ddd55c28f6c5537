//! Use cases from the outside, on small real films.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, also in its helpers"
)]

mod far;
mod foreign;
mod shared;
mod visit;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use media::{FilmSpec, FilmWriter};
use timebase::Rate;
use workstation::{
    Change, Decide, DecideVerdict, ExportFormat, ExportWhat, JobState, OpenOptions, ProposalQuery,
    ProposalState, Workstation,
};

/// Long enough for a busy machine, and only ever waited for when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// Scenes that are each a patchwork of its own, with a bar that moves over it.
fn film(path: &Path, seed: u32, scenes: u32, frames: u32) {
    let mut writer = FilmWriter::create(path, FilmSpec::new(64, 48, Rate::PAL)).unwrap();
    for frame in 0..scenes * frames {
        let scene = frame / frames;
        let bar = (frame * 2) % 64;
        let mut pixels = Vec::new();
        for at in 0..64 * 48u32 {
            let (x, y) = (at % 64, at / 64);
            let place = (x / 8) * 31 + (y / 6) * 17 + 1;
            let mut mixed = seed.wrapping_mul(0x9e37_79b9)
                ^ scene.wrapping_mul(0x85eb_ca6b)
                ^ place.wrapping_mul(0xc2b2_ae35);
            mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
            let shade = (mixed >> 16) as u8;
            pixels.extend(if x.abs_diff(bar) < 3 {
                [240, 240, 240, 255]
            } else {
                [shade, shade / 2, 255 - shade, 255]
            });
        }
        writer.push_rgba(&pixels).unwrap();
    }
    writer.finish().unwrap();
}

fn open(home: &Path, workers: bool) -> Arc<Workstation> {
    Workstation::open(OpenOptions {
        workers,
        ..OpenOptions::new(home)
    })
    .unwrap()
}

/// Takes a film in and answers its asset.
fn take_in(workstation: &Arc<Workstation>, clip: &PathBuf) -> String {
    let intake = workstation.ingest(std::slice::from_ref(clip)).unwrap();
    let ids: Vec<String> = intake.jobs.iter().map(|queued| queued.job.clone()).collect();
    let jobs = workstation
        .wait(&ids, PATIENCE, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(jobs.iter().all(|job| job.state == JobState::Done), "{jobs:?}");
    workstation.asset_at(clip).unwrap().unwrap()
}

fn shots(workstation: &Workstation) -> Vec<(String, ProposalState)> {
    let query = ProposalQuery {
        kind: Some("shots".into()),
        ..ProposalQuery::default()
    };
    workstation
        .proposals(&query)
        .unwrap()
        .proposals
        .into_iter()
        .map(|row| (row.id, row.state))
        .collect()
}

fn verdict(id: &str, verdict: DecideVerdict) -> Decide {
    Decide {
        ids: vec![id.to_owned()],
        verdict,
        edit: None,
        edits: BTreeMap::new(),
        note: None,
    }
}

#[test]
fn two_desks_on_one_home_see_each_other_within_a_second_and_replace_what_they_saw() {
    let dir = tempfile::tempdir().unwrap();
    let (home, clip) = (dir.path().join("home"), dir.path().join("clip.mp4"));
    film(&clip, 1, 2, 20);
    let first = open(&home, true);
    take_in(&first, &clip);
    let second = open(&home, false);
    let (id, _) = shots(&second)[0].clone();

    let changes = second.subscribe();
    // The first look after a subscription only learns how things stand.
    while !changes.next(Duration::from_millis(600)).unwrap().is_empty() {}
    let began = Instant::now();
    first.decide(&verdict(&id, DecideVerdict::Circle)).unwrap();
    let mut told = false;
    while !told && began.elapsed() < PATIENCE {
        told = changes
            .next(Duration::from_secs(1))
            .unwrap()
            .contains(&Change::Proposals);
    }
    assert!(
        told && began.elapsed() < Duration::from_secs(1),
        "told {told} after {:?}",
        began.elapsed()
    );
    assert_eq!(shots(&second)[0].1, ProposalState::Circled);

    second.decide(&verdict(&id, DecideVerdict::Reject)).unwrap();
    assert_eq!(
        shots(&first)[0].1,
        ProposalState::Rejected,
        "who saw the first verdict replaces it"
    );
    let history = first.provenance(&id).unwrap().history;
    assert_eq!(
        history.iter().map(|entry| entry.standing).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(
        first.undo().unwrap().changed[0].state,
        ProposalState::Circled,
        "one history for one home"
    );
    assert_eq!(second.undo_state().unwrap().redo_label, "Reject 1 shot");
}

#[test]
fn a_cancelled_ingest_leaves_nothing_and_can_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (home, clip) = (dir.path().join("home"), dir.path().join("clip.mp4"));
    film(&clip, 2, 2, 100);
    let workstation = open(&home, false);
    let intake = workstation.ingest(std::slice::from_ref(&clip)).unwrap();
    let job = intake.jobs[0].job.clone();
    assert_eq!(
        workstation.ingest(std::slice::from_ref(&clip)).unwrap().jobs[0].job,
        job,
        "queued once"
    );
    workstation.cancel_job(&job).unwrap();
    workstation.start_workers().unwrap();
    let ended = workstation
        .wait(std::slice::from_ref(&job), PATIENCE, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(ended[0].state, JobState::Cancelled);
    assert!(workstation.assets().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(home.join("staging")).unwrap().count(), 0);
    workstation.retry_job(&job).unwrap();
    let ended = workstation
        .wait(&[job], PATIENCE, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(ended[0].state, JobState::Done, "{ended:?}");
    assert_eq!(workstation.assets().unwrap().len(), 1);
}

#[test]
fn the_same_bytes_elsewhere_are_the_same_asset() {
    let dir = tempfile::tempdir().unwrap();
    let (clip, copy) = (dir.path().join("clip.mp4"), dir.path().join("copy of clip.mp4"));
    film(&clip, 3, 1, 20);
    std::fs::copy(&clip, &copy).unwrap();
    let workstation = open(&dir.path().join("home"), true);
    let asset = take_in(&workstation, &clip);
    assert_eq!(take_in(&workstation, &copy), asset);
    assert_eq!(workstation.assets().unwrap().len(), 1);
    assert_eq!(workstation.asset(&asset[..8]).unwrap().places.len(), 2);
}

#[test]
fn only_what_was_circled_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 4, 3, 20);
    let workstation = open(&dir.path().join("home"), true);
    let asset = take_in(&workstation, &clip);
    workstation
        .export(&asset, ExportWhat::Shots, ExportFormat::Edl)
        .unwrap_err();
    let rows = shots(&workstation);
    assert_eq!(rows.len(), 3);
    workstation
        .decide(&verdict(&rows[1].0, DecideVerdict::Circle))
        .unwrap();
    workstation
        .decide(&verdict(&rows[2].0, DecideVerdict::Reject))
        .unwrap();
    let exported = workstation
        .export(&asset, ExportWhat::Shots, ExportFormat::Otio)
        .unwrap();
    assert_eq!(exported.items, 1);
    let path = workstation.export_path(&exported.export_id).unwrap();
    assert_eq!(std::fs::metadata(path).unwrap().len(), exported.size_bytes);
    workstation
        .export(&asset, ExportWhat::Shots, ExportFormat::Srt)
        .unwrap_err();
    for id in ["..", "../../settings.toml", "0000"] {
        workstation.export_path(id).unwrap_err();
    }
}

#[test]
fn an_edit_must_fit_its_kind_and_its_asset() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 5, 2, 20);
    let workstation = open(&dir.path().join("home"), true);
    take_in(&workstation, &clip);
    let rows = shots(&workstation);
    let circle = |ids: &[&str], edit: serde_json::Value| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        workstation.decide(&Decide {
            ids,
            verdict: DecideVerdict::Circle,
            edit: Some(edit),
            edits: BTreeMap::new(),
            note: None,
        })
    };
    for bad in [
        serde_json::json!({"start_frame": 30, "end_frame": 20}),
        serde_json::json!({"end_frame": 41}),
        serde_json::json!({"start_frame": "2"}),
        serde_json::json!({"colour": "red"}),
        serde_json::json!({"number": "four"}),
        serde_json::json!([1]),
    ] {
        let fault = circle(&[&rows[0].0], bad.clone()).unwrap_err();
        assert_eq!(fault.code, fault::Code::BadRequest, "{bad}");
    }
    circle(&[&rows[0].0, &rows[1].0], serde_json::json!({"start_frame": 1})).unwrap_err();
    assert!(
        !workstation.undo_state().unwrap().can_undo,
        "a refused edit is not an act"
    );
    circle(
        &[&rows[0].0],
        serde_json::json!({"start_frame": 5, "end_frame": 12}),
    )
    .unwrap();
    let query = ProposalQuery {
        state: Some(ProposalState::Circled),
        ..ProposalQuery::default()
    };
    let row = workstation.proposals(&query).unwrap().proposals.remove(0);
    assert_eq!((row.start_frame, row.end_frame, row.start_secs), (5, 12, 0.2));
}

#[test]
fn several_edits_are_one_verdict_and_one_undo() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 5, 2, 20);
    let workstation = open(&dir.path().join("home"), true);
    take_in(&workstation, &clip);
    let ranges = || {
        let rows = workstation.proposals(&ProposalQuery {
            kind: Some("shots".into()),
            ..ProposalQuery::default()
        });
        let range = |row: workstation::ProposalRow| (row.id, row.start_frame, row.end_frame);
        rows.unwrap().proposals.into_iter().map(range).collect::<Vec<_>>()
    };
    let before = ranges();
    let ((first, start, edge), (second, _, end)) = (before[0].clone(), before[1].clone());
    let roll = |of: &str, moved: u64| Decide {
        ids: vec![first.clone(), second.clone()],
        verdict: DecideVerdict::Circle,
        edit: None,
        edits: BTreeMap::from([
            (first.clone(), serde_json::json!({ "end_frame": moved })),
            (of.to_owned(), serde_json::json!({ "start_frame": moved })),
        ]),
        note: None,
    };
    workstation
        .decide(&roll("ffffffffffffffff", edge - 3))
        .unwrap_err();
    workstation.decide(&roll(&second, end)).unwrap_err();
    assert_eq!(ranges(), before, "all of it or nothing");
    workstation.decide(&roll(&second, edge - 3)).unwrap();
    assert_eq!(
        ranges()[..2],
        [(first.clone(), start, edge - 3), (second.clone(), edge - 3, end)]
    );
    let undone = workstation.undo().unwrap();
    assert_eq!((undone.label.as_str(), undone.changed.len()), ("Edit 2 shots", 2));
    assert_eq!(ranges(), before);
    workstation.redo().unwrap();
    assert_eq!(ranges()[1].1, edge - 3);
    workstation.rebuild().unwrap();
    assert_eq!(
        ranges()[1].1,
        edge - 3,
        "it is in the journal, not only in the catalog"
    );
}

/// A tone of so many seconds: sound without picture.
fn tone(path: &Path, secs: u32) {
    const RATE: u32 = 48_000;
    let mut sound = Vec::new();
    for at in 0..secs * RATE {
        let wave = (f64::from(at) * 440.0 * std::f64::consts::TAU / f64::from(RATE)).sin();
        sound.extend(((wave * 8000.0) as i16).to_le_bytes());
    }
    let size = u32::try_from(sound.len()).unwrap();
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(size.to_le_bytes());
    wav.extend(sound);
    std::fs::write(path, wav).unwrap();
}

#[test]
fn cues_of_sound_without_picture_come_out_at_the_times_they_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("interview.wav");
    tone(&clip, 6);
    let workstation = open(&dir.path().join("home"), false);
    workstation.start_ingest_workers().unwrap();
    let asset = take_in(&workstation, &clip);
    let times = ["00:00:00,400 --> 00:00:01,600", "00:00:02,000 --> 00:00:04,520"];
    let srt = format!("1\n{}\nOne.\n\n2\n{}\nTwo.\n\n", times[0], times[1]);
    let cues = workstation
        .import_cues(&asset, "interview.srt", srt.as_bytes())
        .unwrap();
    assert_eq!(cues.cues, 2);
    let exported = workstation
        .export(&asset, ExportWhat::Cues, ExportFormat::Srt)
        .unwrap();
    let path = workstation.export_path(&exported.export_id).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let found: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("-->"))
        .collect();
    assert_eq!(found, times);
}

#[test]
fn a_job_cancelled_here_and_retried_elsewhere_is_not_cancelled_again() {
    let dir = tempfile::tempdir().unwrap();
    let (home, clip) = (dir.path().join("home"), dir.path().join("clip.mp4"));
    film(&clip, 6, 1, 20);
    let (here, elsewhere) = (open(&home, false), open(&home, false));
    let job = here.ingest(std::slice::from_ref(&clip)).unwrap().jobs[0]
        .job
        .clone();
    here.cancel_job(&job).unwrap();
    elsewhere.retry_job(&job).unwrap();
    here.start_ingest_workers().unwrap();
    let ended = here
        .wait(&[job], PATIENCE, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(ended[0].state, JobState::Done, "{ended:?}");
}

#[test]
fn second_looks_that_were_never_queued_are_queued_when_the_file_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let (clip, copy) = (dir.path().join("clip.mp4"), dir.path().join("copy.mp4"));
    film(&clip, 7, 1, 20);
    std::fs::copy(&clip, &copy).unwrap();
    let workstation = open(&dir.path().join("home"), false);
    let looks = || {
        let jobs = workstation.jobs().unwrap();
        jobs.iter().filter(|job| job.kind == "look").count()
    };
    // As after a kill between the journal and the queue.
    let set = |on: bool| {
        workstation
            .set_settings(&serde_json::json!({"ingest": {"second_looks": on}}))
            .unwrap();
    };
    set(false);
    workstation.start_ingest_workers().unwrap();
    let asset = take_in(&workstation, &clip);
    assert_eq!(looks(), 0);
    set(true);
    assert_eq!(take_in(&workstation, &copy), asset);
    assert_eq!(looks(), 1);
}

#[test]
fn an_original_that_is_copied_lies_in_the_lake() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 8, 1, 20);
    let workstation = open(&dir.path().join("home"), false);
    workstation
        .set_settings(&serde_json::json!({"ingest": {"originals": "copy"}}))
        .unwrap();
    workstation.start_ingest_workers().unwrap();
    let asset = take_in(&workstation, &clip);
    let bytes = std::fs::read(&clip).unwrap();
    std::fs::remove_file(&clip).unwrap();
    let raw = workstation.lake_dir().join("raw").join(&asset);
    let copies: Vec<PathBuf> = std::fs::read_dir(raw)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(std::fs::read(&copies[0]).unwrap(), bytes);
}
