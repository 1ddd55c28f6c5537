//! What lies over a picture, from rows as a store has them.

use serde_json::json;

use stage::ItemState;

use super::*;

fn row(kind: &str, state: &str, payload: Value, edit: Value) -> ProposalRow {
    serde_json::from_value(json!({
        "id": "p1", "asset": "a", "kind": kind, "start_frame": 10, "end_frame": 20, "start_secs": 0.4, "end_secs": 0.8,
        "start_timecode": "00:00:00:10", "end_timecode": "00:00:00:20", "state": state, "confidence": 0.97,
        "engine": "e", "model": "m", "version": "1", "run": "r", "payload": payload, "edit": edit, "title": "Face",
        "detail": "", "worth": 1.0, "decided": null
    }))
    .unwrap()
}

fn scene(over: &Over, frame: u64, selected: Option<&str>) -> ViewerScene {
    over.scene(frame, selected, StageGuides::default(), Theme::Dark)
}

fn face() -> ProposalRow {
    let area =
        json!({"left_permille": 250, "top_permille": 100, "width_permille": 500, "height_permille": 50});
    row(
        "faces",
        "circled",
        json!({"frame": 12, "areas": [area, {"odd": 1}]}),
        Value::Null,
    )
}

#[test]
fn boxes_show_with_their_proposal_and_inside_its_frames_only() {
    let over = Over::of(&[face()]);
    let shown = scene(&over, 12, Some("p1")).boxes;
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].x, shown[0].label.as_str()), (0.25, "Face 0.97"));
    assert_eq!(shown[0].state, ItemState::Circled);
    assert!(
        scene(&over, 20, Some("p1")).boxes.is_empty(),
        "the range is half open"
    );
    assert!(scene(&over, 12, None).boxes.is_empty());
    let all = StageGuides {
        boxes: BoxesShow::All,
        ..StageGuides::default()
    };
    assert_eq!(over.scene(12, None, all, Theme::Dark).boxes.len(), 1);
    assert!(over.scene(20, None, all, Theme::Dark).boxes.is_empty());
}

#[test]
fn guides_lie_over_every_frame() {
    let guides = StageGuides {
        safe: true,
        matte: Some(Matte { width: 9, height: 16 }),
        ..StageGuides::default()
    };
    let over = Over::default();
    let framed = over.scene(3, None, guides, Theme::Dark);
    assert!(framed.safe.action && framed.safe.graphics);
    assert_eq!(framed.matte.map(|m| (m.width, m.height)), Some((9, 16)));
    assert!(scene(&over, 3, None).is_empty());
}

#[test]
fn cues_are_shown_as_edited_unless_rejected_or_not_wanted() {
    let cue = |state: &str| {
        let payload = json!({
            "text": "old", "place": {"row": 0}, "styles": [{"start": 0, "end": 3, "italic": true}],
        });
        row("cues", state, payload, json!({"text": "newer", "end_frame": 15}))
    };
    let over = Over::of(&[cue("open")]);
    let shown = scene(&over, 14, None).subtitles;
    assert_eq!(shown[0].text, "newer");
    assert_eq!(shown[0].place.line, Some(SubtitleLine::Row(0)));
    assert_eq!((shown[0].spans[0].from, shown[0].spans[0].to), (0, 5));
    assert!(scene(&over, 15, None).subtitles.is_empty());
    assert!(
        scene(&Over::of(&[cue("rejected")]), 14, None)
            .subtitles
            .is_empty()
    );
    let off = StageGuides {
        subtitles: SubtitleShow::Off,
        ..StageGuides::default()
    };
    assert!(over.scene(14, None, off, Theme::Dark).is_empty());
}

#[test]
fn styles_are_counted_in_letters_and_drawn_in_bytes() {
    let style = |start, end| json!({"start": start, "end": end, "bold": true});
    let payload = json!({"text": "ä ש日", "styles": [style(2, 3), style(2, 9), style(3, 99)]});
    let over = Over::of(&[row("cues", "open", payload, Value::Null)]);
    let spans = &scene(&over, 12, None).subtitles[0].spans;
    assert_eq!(
        spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(),
        [(3, 5), (5, 8)]
    );
}

#[test]
fn a_page_is_told_when_what_it_shows_changes() {
    let cue = row("cues", "open", json!({"text": "שלום"}), json!({"end_frame": 15}));
    let over = Over::of(&[face(), cue.clone()]);
    let answer = over.answer(|written| written.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(answer.changes, [10, 15, 20]);
    assert_eq!(answer.missing_scripts, ["Hebrew"]);
    assert_ne!(answer.revision, Over::of(&[cue]).revision());
}

#[test]
fn what_changed_takes_the_place_of_what_was_said_before() {
    let cue = |id: &str, state: &str, text: &str| ProposalRow {
        id: id.to_owned(),
        ..row("cues", state, json!({"text": text}), Value::Null)
    };
    let flash = |id: &str, state: &str| ProposalRow {
        id: id.to_owned(),
        ..row("qc", state, json!({"fault": "flash"}), Value::Null)
    };
    let rows = [
        cue("a", "open", "first"),
        cue("b", "open", "second"),
        flash("f", "open"),
        face(),
    ];
    let before = Over::of(&rows);
    let changed = [
        cue("a", "open", "another"),
        cue("b", "rejected", "second"),
        flash("f", "rejected"),
    ];
    let after = before.with(&changed);
    let [a, b, f] = changed;
    assert_eq!(after, Over::of(&[a, b, f, face()]), "as if it were made anew");
    assert_eq!(after.with(&rows), before);
}

#[test]
fn meters_know_the_target_and_what_was_measured_of_the_film() {
    let over = Over {
        film_lufs: Some(-22.5),
        ..Over::default()
    };
    let guides = |meters, loudness_target_lufs| StageGuides {
        meters,
        loudness_target_lufs,
        ..StageGuides::default()
    };
    let shown = |guides| over.scene(3, None, guides, Theme::Dark).meters;
    assert_eq!(shown(guides(MetersShow::Off, Some(-16))), None);
    let meters = shown(guides(MetersShow::Ebu18, Some(-16))).unwrap();
    assert_eq!(
        (meters.scale, meters.target_lufs, meters.figures.film_lufs),
        (MeterScale::Eighteen, -16.0, Some(-22.5))
    );
    let usual = shown(guides(MetersShow::Ebu9, None)).unwrap();
    assert_eq!((usual.scale, usual.target_lufs), (MeterScale::Nine, -23.0));
}

#[test]
fn flashes_and_what_moderation_names_are_flagged_until_rejected() {
    let flash = |state: &str| row("qc", state, json!({"fault": "flash"}), Value::Null);
    let named = row(
        "moderation.graphic",
        "open",
        json!({"area": {"left_permille": 1, "top_permille": 2, "width_permille": 3, "height_permille": 4}}),
        Value::Null,
    );
    let black = row("qc", "open", json!({"fault": "black"}), Value::Null);
    assert!(is_flagged_at(&[black.clone(), flash("open")], 12));
    assert!(!is_flagged_at(&[black.clone(), flash("rejected")], 12));
    assert!(!is_flagged_at(&[flash("open")], 99));
    let over = Over::of(&[flash("open"), named, black, flash("rejected")]);
    assert_eq!(over.flagged().count(), 2);
    assert_eq!(
        over.flagged
            .iter()
            .map(|(_, flag)| flag.areas.len())
            .collect::<Vec<_>>(),
        [0, 1]
    );
}
