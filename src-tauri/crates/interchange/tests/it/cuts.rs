use interchange::{CutFormat, ReadCut, ReadError};
use timebase::Rate;

use crate::{collected, files, name};

/// Every file of a format: what it read as, or why not.
fn all(format: CutFormat, folder: &str, rate: Rate) -> Option<Vec<(String, Result<ReadCut, ReadError>)>> {
    let root = collected()?.join("timeline").join(folder);
    let read = files(&root, &format!(".{}", format.extension()))
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (
                name(&path).to_owned(),
                format.read(&String::from_utf8_lossy(&bytes), rate),
            )
        });
    Some(read.collect())
}

fn shown(cut: &ReadCut) -> Vec<(String, u64, u64, u64, u64)> {
    let row = |edit: &interchange::ReadEdit| {
        (
            edit.source_in.to_string(),
            edit.source_frames,
            edit.record.start,
            edit.record.end,
            edit.dissolve_frames,
        )
    };
    cut.edits.iter().map(row).collect()
}

fn row(label: &str, frames: u64, first: u64, after: u64, dissolve: u64) -> (String, u64, u64, u64, u64) {
    (label.to_owned(), frames, first, after, dissolve)
}

#[test]
fn edit_decision_lists() {
    let Some(lists) = all(CutFormat::Edl, "edl", Rate::FILM) else {
        return;
    };
    for (name, read) in &lists {
        let read = read.as_ref();
        match name.as_str() {
            // These two count 25 a second; at 24 a label of theirs does not exist, and the line is named.
            "25fps.edl" | "timecode_mismatch.edl" => {
                assert!(
                    matches!(read, Err(ReadError::Line { line: 13, .. })),
                    "{name}: {read:?}"
                );
            }
            "dissolve_test_2.edl" => assert_eq!(
                shown(read.unwrap()),
                [
                    row("01:00:04:05", 5, 0, 5, 0),
                    row("01:00:08:04", 10, 5, 15, 10),
                    row("01:00:08:14", 5, 15, 20, 0),
                ]
            ),
            "gap_test.edl" => assert_eq!(
                shown(read.unwrap()),
                [
                    row("00:10:00:00", 24, 0, 24, 0),
                    row("23:00:00:00", 24, 40, 64, 0),
                    row("10:00:00:00", 24, 102, 126, 0),
                ]
            ),
            "multi_audio.edl" => assert!(!read.unwrap().edits[0].picture),
            "screening_example.edl" => {
                let cut = read.unwrap();
                assert_eq!((cut.edits.len(), cut.markers.len()), (9, 3));
                assert_eq!(cut.start.unwrap().to_string(), "00:59:53:11");
            }
            "speed_effects.edl" => {
                let cut = read.unwrap();
                assert_eq!(cut.edits.len(), 548);
                assert!(
                    cut.notes.iter().any(|note| note.starts_with("speed changes")),
                    "{:?}",
                    cut.notes
                );
            }
            _ => assert!(!read.unwrap().edits.is_empty(), "{name}"),
        }
    }
    let Some(lists) = all(CutFormat::Edl, "edl", Rate::PAL) else {
        return;
    };
    let (_, at_25) = lists.iter().find(|(name, _)| name == "25fps.edl").unwrap();
    assert_eq!(at_25.as_ref().unwrap().edits[0].source_frames, 6 * 25 + 11);
}

#[test]
fn opentimelineio_documents() {
    let Some(documents) = all(CutFormat::Otio, "otio", Rate::PAL) else {
        return;
    };
    for (name, read) in &documents {
        match name.as_str() {
            // It holds Infinity, which is no JSON.
            "big_int.otio" => assert!(matches!(read, Err(ReadError::Line { line: 39, .. })), "{read:?}"),
            "simple_cut.otio" => assert_eq!(
                shown(read.as_ref().unwrap())[..2],
                [row("00:00:00:03", 3, 0, 3, 0), row("00:00:00:02", 6, 3, 9, 0)]
            ),
            "screening_example.otio" => {
                // The same cut as the list of the same name.
                let cut = read.as_ref().unwrap();
                assert_eq!((cut.edits.len(), cut.markers.len(), cut.rate), (9, 3, Rate::FILM));
                assert_eq!(cut.edits[0].source_in.to_string(), "01:00:04:05");
            }
            "effects.otio" => assert!(!read.as_ref().unwrap().notes.is_empty()),
            _ => assert!(!read.as_ref().unwrap().edits.is_empty(), "{name}"),
        }
    }
}

#[test]
fn final_cut_documents() {
    let Some(documents) = all(CutFormat::Fcpxml, "fcpxml", Rate::PAL) else {
        return;
    };
    // A library's clips without a project, and storylines of titles only.
    let without = [
        "BasicMarkers.fcpxml",
        "Occlusion2.fcpxml",
        "StandaloneLibraryEventClip.fcpxml",
        "StandaloneRefClip.fcpxml",
        "TransitionMarkers2.fcpxml",
        "fcpx_clips.fcpxml",
    ];
    for (name, read) in &documents {
        if without.contains(&name.as_str()) {
            assert!(matches!(read, Err(ReadError::Nothing(_))), "{name}: {read:?}");
            continue;
        }
        let cut = read.as_ref().unwrap();
        assert!(!cut.edits.is_empty(), "{name}");
        match name.as_str() {
            "23.98.fcpxml" => assert_eq!(cut.rate, Rate::FILM_NTSC),
            "29.97d.fcpxml" => {
                assert_eq!(cut.rate, Rate::NTSC);
                assert!(cut.start.unwrap().is_drop_frame());
                assert!(!cut.edits[0].source_in.is_drop_frame());
            }
            "24With25Media.fcpxml" => {
                assert_eq!(cut.start.unwrap().to_string(), "01:00:00:00");
                assert_eq!(cut.edits[0].source_in.rate(), Rate::PAL);
                assert_eq!(cut.edits[0].source_in.to_string(), "00:00:27:09");
                assert_eq!((cut.edits[0].record.start, cut.edits[0].record.end), (240, 294));
            }
            "SyncClipRoles2.fcpxml" => assert_eq!(cut.edits[0].source_in.to_string(), "12:29:44:15"),
            _ => {}
        }
    }
}
