//! Markers, lists that ask for what changed, and what somebody decided since.

use std::ops::ControlFlow;

use fault::Code;
use workstation::{
    AssetState, Change, DecideVerdict, EditMarker, ExportFormat, ExportWhat, JobState, ProposalQuery,
    PutMarker,
};

use crate::{PATIENCE, film, open, shots, take_in, verdict};

fn put(asset: &str, frame: u64, note: &str) -> PutMarker {
    PutMarker {
        asset: asset.to_owned(),
        frame,
        end_frame: None,
        note: Some(note.to_owned()),
    }
}

#[test]
fn markers_are_put_changed_removed_undone_and_survive_a_rebuild() {
    let dir = tempfile::tempdir().unwrap();
    let (home, clip) = (dir.path().join("home"), dir.path().join("clip.mp4"));
    film(&clip, 11, 2, 20);
    let desk = open(&home, false);
    desk.start_ingest_workers().unwrap();
    let asset = take_in(&desk, &clip);
    let other = open(&home, false);
    let changes = other.subscribe();
    while !changes
        .next(std::time::Duration::from_millis(600))
        .unwrap()
        .is_empty()
    {}

    let first = desk.put_marker(&put(&asset, 12, " check focus ")).unwrap().marker;
    assert_eq!(
        (first.note.as_str(), first.start_frame, first.end_frame),
        ("check focus", 12, 13)
    );
    assert_eq!(
        (first.start_secs, first.start_timecode.as_str()),
        (0.48, "00:00:00:12")
    );
    loop {
        let told = changes.next(PATIENCE).unwrap();
        assert!(!told.is_empty(), "the other process never heard of the marker");
        if told.contains(&Change::Markers) {
            break;
        }
    }
    assert_eq!(other.markers(&asset).unwrap(), std::slice::from_ref(&first));
    for (frame, end_frame) in [(40, None), (5, Some(5)), (5, Some(41))] {
        let beyond = PutMarker {
            end_frame,
            ..put(&asset, frame, "")
        };
        assert_eq!(desk.put_marker(&beyond).unwrap_err().code, Code::BadRequest);
    }
    let edit = EditMarker {
        marker: first.id[..8].to_owned(),
        note: Some("soft".to_owned()),
        start_frame: None,
        end_frame: Some(16),
    };
    let changed = desk.edit_marker(&edit).unwrap();
    assert_eq!(
        (changed.marker.end_frame, changed.undo.undo_label.as_str()),
        (16, "Change a marker")
    );
    desk.edit_marker(&edit).unwrap();
    desk.remove_marker(&first.id).unwrap();
    assert!(desk.markers(&asset).unwrap().is_empty());
    assert_eq!(desk.edit_marker(&edit).unwrap_err().code, Code::NotFound);
    assert_eq!(desk.undo().unwrap().label, "Remove a marker");
    desk.rebuild().unwrap();
    assert_eq!(desk.markers(&asset).unwrap(), [changed.marker]);
    assert_eq!(
        desk.undo().unwrap().label,
        "Change a marker",
        "a change that changed nothing is no act"
    );
    assert_eq!(desk.markers(&asset).unwrap(), [first]);
    desk.undo().unwrap();
    assert!(desk.markers(&asset).unwrap().is_empty());
    assert_eq!(desk.redo().unwrap().label, "Put a marker");
}

#[test]
fn markers_leave_with_the_cut_and_what_does_not_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 12, 2, 20);
    let desk = open(&dir.path().join("home"), false);
    desk.start_ingest_workers().unwrap();
    let asset = take_in(&desk, &clip);
    desk.decide(&verdict(&shots(&desk)[1].0, DecideVerdict::Circle))
        .unwrap();
    desk.put_marker(&put(&asset, 25, "too dark")).unwrap();
    desk.put_marker(&put(&asset, 3, "not seen")).unwrap();
    for format in [ExportFormat::Edl, ExportFormat::Otio, ExportFormat::Fcpxml] {
        let exported = desk.export(&asset, ExportWhat::Shots, format).unwrap();
        let text = std::fs::read_to_string(desk.export_path(&exported.export_id).unwrap()).unwrap();
        assert!(text.contains("too dark") && !text.contains("not seen"), "{text}");
        let said = exported
            .losses
            .iter()
            .filter(|loss| loss.contains("1 marker lies outside"));
        assert_eq!(said.count(), 1, "{:?}", exported.losses);
        assert!(
            !exported.losses.iter().any(|loss| loss.contains("came back")),
            "{:?}",
            exported.losses
        );
    }
}

#[test]
fn a_file_on_its_way_in_is_an_asset_without_proposals_and_becomes_one_under_the_same_name() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 13, 2, 20);
    let desk = open(&dir.path().join("home"), false);
    let job = desk.ingest(std::slice::from_ref(&clip)).unwrap().jobs[0]
        .job
        .clone();
    let row = desk.assets().unwrap().remove(0);
    assert_eq!(
        (row.id.as_str(), row.job.as_ref()),
        (format!("job-{job}").as_str(), Some(&job))
    );
    let detail = desk.asset(&row.id).unwrap();
    assert_eq!((detail.row.state, detail.video), (AssetState::Queued, None));
    let query = ProposalQuery {
        asset: Some(row.id.clone()),
        ..ProposalQuery::default()
    };
    let list = desk.proposals(&query).unwrap();
    assert!(list.whole && list.proposals.is_empty());
    assert!(desk.markers(&row.id).unwrap().is_empty());
    assert_eq!(desk.resolve_asset(&row.id).unwrap_err().code, Code::Conflict);
    assert_eq!(desk.resolve_asset("job-999").unwrap_err().code, Code::NotFound);
    assert_eq!(desk.resolve_asset("job-x").unwrap_err().code, Code::NotFound);

    desk.start_ingest_workers().unwrap();
    let done = desk
        .wait(std::slice::from_ref(&job), PATIENCE, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap()
        .remove(0);
    assert_eq!(done.state, JobState::Done, "{done:?}");
    let asset = desk.asset_at(&clip).unwrap();
    assert_eq!(done.asset, asset);
    assert_eq!(desk.asset(&row.id).unwrap().row.id, asset.unwrap());
    assert!(!desk.proposals(&query).unwrap().proposals.is_empty());
    let looks = desk.jobs().unwrap().into_iter().filter(|job| job.kind == "look");
    assert_eq!(looks.count(), 1, "queued with the end of the ingest");
}

#[test]
fn a_job_that_was_killed_after_its_last_entry_shows_no_second_asset() {
    let dir = tempfile::tempdir().unwrap();
    let (home, clip) = (dir.path().join("home"), dir.path().join("clip.mp4"));
    film(&clip, 15, 2, 20);
    let asset = {
        let desk = open(&home, false);
        desk.start_ingest_workers().unwrap();
        take_in(&desk, &clip)
    };
    let desk = open(&home, false);
    let uri = format!("file://{}", clip.canonicalize().unwrap().display());
    let killed = catalog::NewJob {
        kind: "ingest".to_owned(),
        title: "clip".to_owned(),
        asset: Some(asset.parse().unwrap()),
        priority: 10,
        request: serde_json::json!({ "place": uri }),
        key: None,
    };
    let catalog = catalog::Catalog::open(&home).unwrap();
    catalog.enqueue(&killed, u64::MAX >> 1).unwrap();
    let rows = desk.assets().unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (rows[0].id.as_str(), rows[0].state),
        (asset.as_str(), AssetState::Ready)
    );
}

#[test]
fn a_list_asks_for_what_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mp4");
    film(&clip, 14, 3, 20);
    let desk = open(&dir.path().join("home"), false);
    desk.start_ingest_workers().unwrap();
    let asset = take_in(&desk, &clip);
    let mut query = ProposalQuery {
        asset: Some(asset),
        kind: Some("shots".into()),
        state: Some(workstation::ProposalState::Open),
        ..ProposalQuery::default()
    };
    let whole = desk.proposals(&query).unwrap();
    assert!(whole.whole);
    query.since = Some(whole.version);
    desk.decide(&verdict(&whole.proposals[1].id, DecideVerdict::Reject))
        .unwrap();
    let changed = desk.proposals(&query).unwrap();
    assert_eq!((changed.whole, changed.proposals.len()), (false, 0));
    assert_eq!(changed.gone, [whole.proposals[1].id.clone()]);
    assert_eq!((changed.tally.open, changed.tally.rejected), (2, 1));
    query.since = Some(changed.version);
    desk.undo().unwrap();
    let back = desk.proposals(&query).unwrap();
    assert_eq!(back.proposals, [whole.proposals[1].clone()]);
    desk.rebuild().unwrap();
    assert!(desk.proposals(&query).unwrap().whole);
}
