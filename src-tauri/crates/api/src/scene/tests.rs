use serde_json::json;

use super::*;

fn row(kind: &str, title: &str, payload: serde_json::Value) -> ProposalRow {
    serde_json::from_value(json!({
        "id": "0", "asset": "0", "kind": kind, "start_frame": 0, "end_frame": 1, "start_secs": 0.0, "end_secs": 0.0,
        "start_timecode": "", "end_timecode": "", "state": "open", "confidence": null, "engine": "", "model": "",
        "version": "", "run": "", "payload": payload, "edit": null, "title": title, "detail": "", "worth": 0.0,
        "decided": null,
    }))
    .unwrap()
}

fn drawn() -> Drawn {
    let parts: TimelineParts = serde_json::from_value(json!({
        "asset": "", "duration": 0, "ruler": "time", "lanes": [], "shots": [], "markers": [], "comments": [], "flagged": [],
        "sprites": null, "waveform": null,
    }))
    .unwrap();
    Drawn {
        scene: Arc::new(TimelineScene::new(parts)),
        revision: String::new(),
        over: Arc::default(),
    }
}

/// What is kept of a scene when these changes come while it is built: whether it is stale, if it is kept at all.
fn kept_after(changes: &[Change]) -> Option<bool> {
    let asset = AssetId::from_hash(blake3::hash(b"a film"));
    let mut state = State::default();
    state.building.insert(asset, Since::Nothing);
    state.forget(changes);
    let still = Still {
        sprites: None,
        waveform: None,
        identity: String::new(),
    };
    state.keep(asset, (drawn(), String::new()), Arc::new(still));
    state.kept.front().map(|kept| kept.stale)
}

#[test]
fn a_change_while_a_scene_is_built_is_not_lost() {
    let asset = |name: &[u8]| Change::Asset(AssetId::from_hash(blake3::hash(name)).to_string());
    assert_eq!(kept_after(&[]), Some(false));
    assert_eq!(kept_after(&[Change::Undo, asset(b"another")]), Some(false));
    assert_eq!(kept_after(&[Change::Proposals]), Some(true));
    assert_eq!(kept_after(&[Change::Markers, asset(b"another")]), Some(true));
    // Its files were read before: nothing of it may serve the next one.
    assert_eq!(kept_after(&[asset(b"a film")]), None);
    assert_eq!(kept_after(&[asset(b"a film"), Change::Proposals]), None);
}

#[test]
fn labels_are_what_an_editor_looks_for() {
    assert_eq!(
        label(&row("shots", "Shot 4 · dissolve", json!({"number": 4}))),
        "4"
    );
    assert_eq!(
        label(&row(
            "highlights",
            "Loud and fast",
            json!({"score_permille": 925})
        )),
        "0.92"
    );
    assert_eq!(
        label(&row("cues", "Cue", json!({"text": "Hello\nyou"}))),
        "Hello you"
    );
    assert_eq!(label(&row("cues", "Speech", json!({"text": ""}))), "Speech");
    assert_eq!(label(&row("qc", "Black", json!({}))), "Black");
    assert_eq!(
        (lane_label("qc").as_str(), lane_label("faces").as_str()),
        ("QC", "Faces")
    );
}
