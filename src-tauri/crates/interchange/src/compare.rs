//! Whether what was read back says what was meant.

use timeline::{Cut, Placed};

use crate::{ReadCut, ReadEdit, reading::unsigned};

/// What differs between `cut` and what a reader made of its export, in words, at most a handful.
/// `dissolves` is false for a format that writes them as cuts and has said so.
pub(crate) fn differences(cut: &Cut, read: &ReadCut, dissolves: bool) -> Vec<String> {
    let picture: Vec<&ReadEdit> = read.edits.iter().filter(|edit| edit.picture).collect();
    let placed = cut.placed();
    let mut out = Vec::new();
    if picture.len() != placed.len() {
        out.push(format!(
            "{} clips were written and {} came back",
            placed.len(),
            picture.len()
        ));
        return out;
    }
    if read.rate != cut.rate() {
        out.push(format!("the rate came back as {}", read.rate.short_name()));
    }
    if read.start.is_some_and(|start| start != cut.start()) {
        out.push("the start of the record timecode came back different".to_owned());
    }
    for (number, (meant, got)) in placed.iter().zip(picture).enumerate() {
        let wrong = wrong_parts(meant, got, dissolves);
        if !wrong.is_empty() {
            out.push(format!(
                "clip {}: {} came back different",
                number + 1,
                wrong.join(", ")
            ));
        }
        if out.len() >= 8 {
            out.push("and more".to_owned());
            break;
        }
    }
    out
}

fn wrong_parts(meant: &Placed<'_>, got: &ReadEdit, dissolves: bool) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    if got.source_in != meant.source_in() {
        wrong.push("source timecode");
    }
    let length = unsigned(meant.source_out().frames() - meant.source_in().frames());
    if got.source_frames != length {
        wrong.push("source length");
    }
    if got.record != meant.record {
        wrong.push("place in the cut");
    }
    if dissolves && got.dissolve_frames != meant.clip.dissolve_frames {
        wrong.push("transition");
    }
    wrong
}
