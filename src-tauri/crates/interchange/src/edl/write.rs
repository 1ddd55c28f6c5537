use std::fmt::Write as _;

use timeline::{Cut, Placed, Source};

use crate::{
    names::{one_line, reels},
    reading::signed,
};

/// The list and what it does not carry.
pub(crate) fn write(cut: &Cut) -> (String, Vec<String>) {
    let mut list = List {
        text: String::new(),
        losses: Vec::new(),
    };
    let title = list.plain(cut.name(), "the name of the cut");
    let mode = if cut.start().is_drop_frame() {
        "DROP FRAME"
    } else {
        "NON-DROP FRAME"
    };
    list.line(format_args!("TITLE: {title}"));
    list.line(format_args!("FCM: {mode}"));
    list.rate_losses(cut);
    let reels = reels(cut.sources());
    let placed = cut.placed();
    for (at, clip) in placed.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| placed.get(at));
        let reel = |source: &Source| {
            reels
                .iter()
                .find(|(asset, _)| *asset == source.asset)
                .map_or("AX", |(_, reel)| reel.as_str())
        };
        list.line(format_args!(""));
        list.event(
            at + 1,
            before.map(|before| (before, reel(before.source))),
            clip,
            reel(clip.source),
            cut,
        );
        if at == 0 {
            // Some readers take no comment before the first event.
            list.line(format_args!("* FRAME RATE: {}", cut.rate()));
        }
        list.markers(cut, clip);
    }
    for (asset, reel) in &reels {
        let Some(source) = cut.source(*asset) else {
            continue;
        };
        let stem = source
            .name
            .rsplit_once('.')
            .map_or(source.name.as_str(), |(stem, _)| stem);
        if stem != reel {
            let name = one_line(&source.name);
            list.losses.push(format!(
                "the reel of {name} is written as {reel}: eight characters are all it may have"
            ));
        }
    }
    if placed.len() > 999 {
        list.losses.push(format!(
            "{} events: systems that count to 999 stop there",
            placed.len()
        ));
    }
    (list.text, list.losses)
}

struct List {
    text: String,
    losses: Vec<String>,
}

impl List {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _infallible = self.text.write_fmt(line);
        self.text.push_str("\r\n");
    }

    /// `text` on one line; says so when that changed it.
    fn plain(&mut self, text: &str, what: &str) -> String {
        let plain = one_line(text);
        if plain != text {
            self.losses.push(format!(
                "{what} has line ends or control characters, which were left out"
            ));
        }
        plain
    }

    fn rate_losses(&mut self, cut: &Cut) {
        let rate = cut.rate();
        if !matches!(rate.nominal_fps(), 24 | 25 | 30) {
            self.losses.push(format!(
                "a CMX3600 list knows 24, 25 and 30 frames a second: this one counts {} and says so in a comment only",
                rate.nominal_fps()
            ));
        }
        for source in cut.sources() {
            let name = one_line(&source.name);
            if source.rate() != rate {
                self.losses.push(format!(
                    "{name} runs at {} and the list at {}: its source timecode counts at its own rate, which only a comment says",
                    source.rate().short_name(),
                    rate.short_name()
                ));
            } else if source.start.is_drop_frame() != cut.start().is_drop_frame() {
                self.losses.push(format!(
                    "{name} counts drop-frame unlike the list: only the ; in its timecode says so"
                ));
            }
            if source.vfr {
                self.losses.push(format!(
                    "{name} has a variable frame rate: its timecode is nominal"
                ));
            }
        }
    }

    fn event(
        &mut self,
        number: usize,
        before: Option<(&Placed<'_>, &str)>,
        clip: &Placed<'_>,
        reel: &str,
        cut: &Cut,
    ) {
        let label = |frames: u64| cut.start().offset(signed(frames));
        let (record_in, record_out) = (label(clip.record.start), label(clip.record.end));
        let channel = match clip.source.audio_channels {
            0 => "V",
            1 => "B",
            _ => "AA/V",
        };
        let (source_in, source_out) = (clip.source_in(), clip.source_out());
        if let (Some((before, reel_before)), frames @ 1..) = (before, clip.clip.dissolve_frames) {
            let held = before.source_out();
            self.line(format_args!(
                "{number:03}  {reel_before:<8} {channel:<5} C        {held} {held} {record_in} {record_in}"
            ));
            self.line(format_args!(
                "{number:03}  {reel:<8} {channel:<5} D    {frames:03} {source_in} {source_out} {record_in} {record_out}"
            ));
            let (from, to) = (
                one_line(&before.source.name),
                self.plain(&clip.source.name, "a file name"),
            );
            self.line(format_args!("* FROM CLIP NAME: {from}"));
            self.line(format_args!("* TO CLIP NAME: {to}"));
        } else {
            self.line(format_args!(
                "{number:03}  {reel:<8} {channel:<5} C        {source_in} {source_out} {record_in} {record_out}"
            ));
            let name = self.plain(&clip.source.name, "a file name");
            self.line(format_args!("* FROM CLIP NAME: {name}"));
        }
        if clip.source.rate() != cut.rate() {
            self.line(format_args!("* SOURCE RATE: {}", clip.source.rate()));
        }
        if !clip.clip.name.is_empty() {
            let name = self.plain(&clip.clip.name, "the name of a clip");
            self.line(format_args!("* CLIP: {name}"));
        }
        if !clip.clip.note.is_empty() {
            let note = self.plain(&clip.clip.note, "a note");
            self.line(format_args!("* COMMENT: {note}"));
        }
    }

    fn markers(&mut self, cut: &Cut, clip: &Placed<'_>) {
        for marker in cut
            .markers()
            .iter()
            .filter(|marker| clip.record.contains(marker.at))
        {
            let at = cut.start().offset(signed(marker.at));
            let name = self.plain(&marker.name, "a marker");
            if !marker.note.is_empty() {
                self.losses
                    .push(format!("the note of marker {name}: a list keeps only its name"));
            }
            if marker.frames > 1 {
                self.losses.push(format!(
                    "marker {name} covers {} frames: a list keeps only the first",
                    marker.frames
                ));
            }
            self.line(format_args!("* LOC: {at} RED     {name}"));
        }
    }
}
