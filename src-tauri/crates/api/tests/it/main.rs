//! The boundary against what stands around it: the committed TypeScript, the ledger's payloads, the list itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeSet, path::Path};

use api::{COMMANDS, Place, wire::*};
use ledger::payload;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

#[test]
fn the_committed_typescript_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/backend/generated");
    for (name, text) in api::typescript::files() {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text,
            "ui/src/backend/generated/{name} is out of date: run `cargo xtask codegen`"
        );
    }
}

#[test]
fn the_list_names_each_command_once_and_answers_the_window_nowhere_else() {
    let names: BTreeSet<&str> = COMMANDS.iter().map(|command| command.name).collect();
    assert_eq!(names.len(), COMMANDS.len());
    for command in COMMANDS {
        assert!(!command.words.is_empty(), "{}", command.name);
        assert!(
            command.reads.is_empty() || command.stales.is_empty(),
            "{} both reads and writes",
            command.name
        );
    }
    let window: Vec<&str> = COMMANDS
        .iter()
        .filter(|command| command.place == Place::Window)
        .map(|command| command.name)
        .collect();
    assert_eq!(
        window,
        [
            "stage_place",
            "stage_holes",
            "stage_guides",
            "stage_detach",
            "stage_grab",
            "stage_compare",
            "stage_meter_reset",
            "stage_open",
            "stage_mix",
            "stage_view",
            "transport",
            "pick_files",
            "open_errand",
            "save_export"
        ]
    );
}

/// What the ledger writes must read as what the desk is promised, with nothing left over and nothing changed.
fn mirrored<T: Serialize, W: Serialize + DeserializeOwned>(ours: &T) {
    let written = serde_json::to_value(ours).unwrap();
    let promised: W = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&promised).unwrap(), written);
}

#[test]
fn cues_are_what_the_ledger_writes() {
    for language in ["", "en"] {
        mirrored::<_, CuePayload>(&payload::Cue {
            text: "a\nb".to_owned(),
            language: language.to_owned(),
            ..payload::Cue::default()
        });
    }
    mirrored::<_, CuePayload>(&payload::Cue {
        text: "a\nb".to_owned(),
        language: String::new(),
        place: Some(payload::CuePlace {
            row: Some(-2),
            line_permille: Some(845),
            line_edge: Some(payload::CueEdge::End),
            position_permille: Some(100),
            position_edge: Some(payload::CueEdge::Left),
            size_permille: Some(350),
            align: Some(payload::CueEdge::Start),
            columns: Some(payload::CueColumns::ToTheLeft),
        }),
        styles: vec![payload::CueStyle {
            start: 0,
            end: 1,
            italic: true,
            bold: true,
            underline: true,
            colour: Some(0xffff_00ff),
            background: Some(0x0000_00cc),
        }],
    });
}

#[test]
fn payloads_are_what_the_ledger_writes() {
    use payload::{QcFault, Transition};
    let area = payload::Area {
        left_permille: 1,
        top_permille: 2,
        width_permille: 3,
        height_permille: 4,
    };
    let reasons = vec![payload::Reason {
        signal: "motion".to_owned(),
        share_permille: 700,
    }];
    for transition_in in [
        Transition::Start,
        Transition::Cut,
        Transition::Dissolve,
        Transition::Fade,
    ] {
        mirrored::<_, ShotPayload>(&payload::Shot {
            number: 1,
            transition_in,
            transition_frames: 12,
        });
    }
    for fault in [
        QcFault::Black,
        QcFault::Freeze,
        QcFault::Silence,
        QcFault::Loud,
        QcFault::ProgrammeLoudness,
        QcFault::TruePeak,
        QcFault::Flash,
        QcFault::CorruptFrames,
    ] {
        let (measured, limit) = ("-14.2 LUFS".to_owned(), "-18".to_owned());
        mirrored::<_, QcPayload>(&payload::Qc {
            fault,
            measured,
            limit,
        });
    }
    mirrored::<_, FacesPayload>(&payload::Faces {
        frame: 9,
        areas: vec![area],
    });
    mirrored::<_, TextPayload>(&payload::Text {
        text: "EXIT".to_owned(),
        frame: 9,
        area,
    });
    mirrored::<_, HighlightPayload>(&payload::Highlight {
        score_permille: 900,
        reasons: reasons.clone(),
    });
    mirrored::<_, PosterPayload>(&payload::Poster {
        frame: 7,
        score_permille: 800,
        reasons,
    });
}

#[test]
fn requests_with_unknown_fields_are_not_guessed_at() {
    let wrong: Result<Decide, _> = serde_json::from_str(r#"{"ids":[],"verdict":"circle","path":"/etc"}"#);
    assert!(wrong.is_err());
    let right: Decide =
        serde_json::from_str(r#"{"ids":["a"],"verdict":"circle","edit":{"start_frame":3}}"#).unwrap();
    assert_eq!(
        right
            .edit
            .and_then(|edit| edit.get("start_frame").and_then(Value::as_u64)),
        Some(3)
    );
}
