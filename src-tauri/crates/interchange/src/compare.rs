//! Whether what was read back says what was meant.

use timeline::{Cut, Placed};

use crate::{ReadCut, ReadEdit, names::one_line, reading::unsigned};

/// What differs between `cut` and what a reader made of its export, in words, at most a handful.
/// `dissolves` is false for a format that writes them as cuts and has said so, `lengths` for one that keeps a marker's first
/// frame only.
pub(crate) fn differences(cut: &Cut, read: &ReadCut, dissolves: bool, lengths: bool) -> Vec<String> {
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
    if !same_markers(cut, read, lengths) {
        out.push("markers came back different".to_owned());
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

fn same_markers(cut: &Cut, read: &ReadCut, lengths: bool) -> bool {
    let key =
        |at: u64, frames: u64, name: &str| (at, if lengths { frames.max(1) } else { 1 }, one_line(name));
    let mut meant: Vec<_> = cut
        .markers()
        .iter()
        .map(|m| key(m.at, m.frames, &m.name))
        .collect();
    let mut got: Vec<_> = read
        .markers
        .iter()
        .map(|m| key(m.at, m.frames, &m.name))
        .collect();
    meant.sort_unstable();
    got.sort_unstable();
    meant == got
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
