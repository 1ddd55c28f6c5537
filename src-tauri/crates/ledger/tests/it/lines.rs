use ledger::{
    AssetEntry, AssetId, Body, Decision, Entry, EntryError, Kind, Location, MarkerEntry, Proposal,
    ProposalDraft, Provenance, Rendition, Run, RunEntry, RunIdentity, Verdict,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use timebase::FrameRange;

use crate::world::*;

/// One of each kind, with every field used. Their lines are the file that must read for ever.
fn samples() -> Vec<Entry> {
    let asset = AssetId::from_hash(blake3::hash(b"film"));
    let hash = blake3::hash(b"bytes").to_hex().to_string();
    let run = Run::new(
        RunIdentity {
            asset,
            engine: "local.shots".into(),
            model: "histogram-1".into(),
            version: "1".into(),
            parameters: json!({ "threshold_permille": 300, "b": [true, null], "a": "é\n\"" }),
        },
        Provenance {
            input: hash.clone(),
            started_millis: 1_700_000_000_000,
            cpu_millis: 42,
            cost_micros: 0,
        },
    );
    let circled = verdict(1, 6, &[0, 2], Verdict::Circled, &[]);
    let mut edited = Decision::new(vec![proposal(0)], Verdict::Circled, vec![circled.id]);
    edited.edit = Some(json!({ "start_frame": 12, "text": "Grüße" }));
    edited.note = "trim the head".into();
    let media = json!({ "duration_flicks": 42_336_000_000u64, "rate": "30000/1001", "loudness": -23.4, "still": false });
    vec![
        entry(
            0,
            0,
            Body::Asset(AssetEntry {
                asset,
                title: "Reel 7 – take 2.mov".into(),
                size_bytes: 9_000_000_000,
                media,
            }),
        ),
        entry(
            0,
            1,
            Body::Location(Location {
                asset,
                place: "/footage/Reel 7 – take 2.mov".into(),
            }),
        ),
        entry(
            0,
            2,
            Body::Rendition(Rendition {
                asset,
                name: "proxy".into(),
                key: format!("proxy/{asset}/5e.mp4"),
                size_bytes: 1,
                blake3: hash.clone(),
            }),
        ),
        entry(
            1,
            3,
            Body::SameAs(ledger::SameAs {
                asset,
                other: crate::world::asset(7),
            }),
        ),
        entry(
            0,
            4,
            Body::Run(RunEntry {
                key: format!("ai/{asset}/{}.json.zst", run.id),
                run,
                proposals: 3,
                blake3: hash,
            }),
        ),
        circled.clone(),
        entry(2, 7, Body::Decision(edited)),
        verdict(0, 8, &[1], Verdict::Rejected, &[]),
        verdict(0, 9, &[1], Verdict::Retracted, &[circled.id]),
        undo(1, 10, circled.id),
        hologram(),
    ]
    .into_iter()
    .chain(marked().into_iter().chain(said()))
    .collect()
}

/// A marker put, changed and removed.
fn marked() -> [Entry; 3] {
    let there = put(0, 12, 0, "");
    let mut changed = MarkerEntry::put(
        crate::world::asset(1),
        FrameRange::new(24, 48),
        "zu dunkel – prüfen".into(),
    );
    changed.marker = Some(there.id.into());
    changed.supersedes = vec![there.id];
    let removed = mark(1, 14, there.id.into(), None, &[there.id]);
    [there, entry(2, 13, Body::Marker(changed)), removed]
}

/// A comment written, answered, changed, settled, opened again and removed.
fn said() -> [Entry; 6] {
    let written = comment(0, 15, 30, "Zu weich?\nBitte prüfen.", None);
    let id = written.id.into();
    let answer = comment(1, 16, 30, "a little", Some(id));
    let changed = reword(0, 17, id, Some("zu weich"), &[written.id]);
    let settled = resolve(2, 18, id, true, &[]);
    let opened = resolve(0, 19, id, false, &[settled.id]);
    let removed = reword(1, 20, answer.id.into(), None, &[answer.id]);
    [written, answer, changed, settled, opened, removed]
}

/// A kind this build does not know.
fn hologram() -> Entry {
    let content = json!({ "depth": 0.1, "x": { "z": [1, 2.5e300], "a": -0.0 }, "y": null });
    let content = content.as_object().cloned().unwrap_or_default();
    entry(
        1,
        11,
        Body::Other {
            kind: "hologram".into(),
            content,
        },
    )
}

/// Released lines are never rewritten: a later version adds a file.
const RELEASED: &str = concat!(
    include_str!("../../../../../tests/compat/ledger-v1.jsonl"),
    include_str!("../../../../../tests/compat/ledger-v2.jsonl"),
    include_str!("../../../../../tests/compat/ledger-v3.jsonl")
);

#[test]
fn every_ledger_line_ever_released_still_reads() {
    let read: Vec<Entry> = RELEASED
        .lines()
        .map(|line| Entry::from_line(line).unwrap())
        .collect();
    let lines: Vec<String> = samples().iter().map(Entry::to_line).collect();
    assert_eq!(read, samples(), "what this version writes:\n{}", lines.join("\n"));
    for (entry, line) in read.iter().zip(RELEASED.lines()) {
        assert_eq!(entry.to_line(), line);
    }
}

#[test]
fn a_changed_line_does_not_pass() {
    for line in RELEASED.lines() {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value["author"]["person"] = json!("MALLORY");
        assert!(matches!(
            Entry::from_line(&value.to_string()),
            Err(EntryError::Tampered(_))
        ));
        let mut value: Value = serde_json::from_str(line).unwrap();
        value["clock"]["millis"] = json!(1);
        assert!(matches!(
            Entry::from_line(&value.to_string()),
            Err(EntryError::Tampered(_))
        ));
        let mut value: Value = serde_json::from_str(line).unwrap();
        value["added"] = json!(1);
        assert!(matches!(
            Entry::from_line(&value.to_string()),
            Err(EntryError::Tampered(_))
        ));
        for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)) {
            assert!(Entry::from_line(&line[..end]).is_err());
        }
    }
}

/// The line a later version would write: any content, with the id that belongs to it.
fn later_line(content: &Value) -> String {
    let Value::Object(mut map) = content.clone() else {
        panic!("an object")
    };
    let body = Body::Other {
        kind: map
            .remove("kind")
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        content: {
            map.remove("clock");
            map.remove("author");
            map
        },
    };
    entry(0, 5, body).to_line()
}

#[test]
fn fields_and_forms_of_later_versions_are_passed_on_whole() {
    let with_field = later_line(&json!({ "kind": "undo", "entry": circled_id(), "reason": "slip" }));
    let read = Entry::from_line(&with_field).unwrap();
    assert!(matches!(&read.body, Body::Undo(undo) if undo.entry.to_string() == circled_id()));
    assert_eq!(read.to_line(), with_field);

    let other_form = later_line(&json!({ "kind": "undo", "entries": [circled_id()] }));
    let read = Entry::from_line(&other_form).unwrap();
    assert!(matches!(&read.body, Body::Other { kind, .. } if kind == "undo"));
    assert_eq!(read.to_line(), other_form);
}

fn circled_id() -> String {
    samples()[5].id.to_string()
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn unknown_kinds_come_through_byte_for_byte(
        kind in "[a-z]{9,12}",
        content in prop::collection::btree_map("[a-z]{5}x", json_values(), 0..5),
    ) {
        let line = entry(1, 5, Body::Other { kind, content: content.into_iter().collect() }).to_line();
        let read = Entry::from_line(&line);
        prop_assert_eq!(read.as_ref().map(Entry::to_line).ok(), Some(line.clone()));
        // Once more from a line whose keys stand in another order: what is passed on is the same bytes.
        let value: Value = serde_json::from_str(&line).expect("JSON");
        let Value::Object(map) = value else { panic!("an object") };
        let turned: Vec<String> = map.iter().rev().map(|(key, value)| format!("{}:{value}", Value::from(key.as_str()))).collect();
        let read = Entry::from_line(&format!("{{{}}}", turned.join(", ")));
        prop_assert_eq!(read.map(|entry| entry.to_line()).ok(), Some(line));
    }

    #[test]
    fn entries_come_through_a_line(entries in histories(12)) {
        for entry in entries {
            prop_assert_eq!(Entry::from_line(&entry.to_line()).ok(), Some(entry));
        }
    }

    #[test]
    fn any_text_answers_without_a_panic(text in ".{0,64}") {
        let _answer = Entry::from_line(&text);
    }
}

#[test]
fn ids_do_not_depend_on_who_ingests_and_when() {
    let identity = |threshold: Value| RunIdentity {
        asset: asset(1),
        engine: "local.shots".into(),
        model: "histogram-1".into(),
        version: "1".into(),
        parameters: threshold,
    };
    let one = Run::new(identity(json!({ "a": 1, "b": 2 })), Provenance::default());
    let other = Run::new(
        identity(serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap()),
        Provenance {
            input: "x".into(),
            started_millis: 7,
            cpu_millis: 8,
            cost_micros: 9,
        },
    );
    assert_eq!(one.id, other.id);
    assert_ne!(
        one.id,
        Run::new(identity(json!({ "a": 1, "b": 3 })), Provenance::default()).id
    );
    let draft = ProposalDraft {
        kind: Kind::Shots,
        range: FrameRange::new(0, 9),
        confidence_permille: None,
        payload: json!({}),
    };
    assert_eq!(
        Proposal::new(&one, draft.clone()).id,
        Proposal::new(&other, draft.clone()).id
    );
    assert_ne!(
        Proposal::new(&one, draft.clone()).id,
        Proposal::new(
            &one,
            ProposalDraft {
                confidence_permille: Some(1),
                ..draft
            }
        )
        .id
    );
}
