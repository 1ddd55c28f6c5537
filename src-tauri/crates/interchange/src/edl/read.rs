use timebase::{FrameRange, Rate, Timecode};

use crate::{
    ReadCut, ReadEdit, ReadError, ReadMarker,
    reading::{Passed, unsigned},
};

/// Reads a list whose record side counts at `rate`, unless a comment of ours says otherwise.
pub(crate) fn read(text: &str, rate: Rate) -> Result<ReadCut, ReadError> {
    let mut list = Reading {
        rate,
        drop_frame: false,
        // A list that writes `;` anywhere means `:` where it writes `:`; one that never does leaves it to `FCM`.
        marked: text
            .lines()
            .any(|line| line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(';')),
        title: String::new(),
        events: Vec::new(),
        markers: Vec::new(),
        passed: Passed::default(),
    };
    for (at, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        list.line(at + 1, line.trim())?;
    }
    list.finish()
}

/// One line of numbers, with what the comments below it said.
struct Event {
    line: usize,
    reel: String,
    channel: String,
    dissolve_frames: u64,
    labels: [String; 4],
    drop_frame: bool,
    from: String,
    to: String,
    name: String,
    note: String,
    rate: Option<Rate>,
}

struct Reading {
    rate: Rate,
    drop_frame: bool,
    marked: bool,
    title: String,
    events: Vec<Event>,
    markers: Vec<(usize, String, String)>,
    passed: Passed,
}

impl Reading {
    fn line(&mut self, number: usize, line: &str) -> Result<(), ReadError> {
        if line.is_empty() {
            return Ok(());
        }
        if let Some(title) = line.strip_prefix("TITLE:") {
            self.title = title.trim().to_owned();
        } else if let Some(mode) = line.strip_prefix("FCM:") {
            self.drop_frame = mode.trim().starts_with("DROP") && !self.marked;
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            let event = self.event(number, line)?;
            self.events.push(event);
        } else {
            self.comment(number, line.trim_start_matches('*').trim_start())?;
        }
        Ok(())
    }

    fn event(&mut self, number: usize, line: &str) -> Result<Event, ReadError> {
        let wrong = |words: &str| ReadError::Line {
            line: number,
            words: words.to_owned(),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let labels_at = words
            .iter()
            .position(|word| is_label(word))
            .ok_or_else(|| wrong("an event has four timecodes"))?;
        let Some([a, b, c, d]) = words.get(labels_at..labels_at + 4) else {
            return Err(wrong("an event has four timecodes"));
        };
        let head = words.get(1..labels_at).unwrap_or_default();
        let at = head
            .iter()
            .rposition(|word| is_transition(word))
            .ok_or_else(|| wrong("an event has a transition"))?;
        let (Some(transition), Some(channel)) = (head.get(at), at.checked_sub(1).and_then(|at| head.get(at)))
        else {
            return Err(wrong("an event has a reel, a channel and a transition"));
        };
        let frames = head.get(at + 1).and_then(|frames| frames.parse::<u64>().ok());
        let dissolve_frames = match (*transition, frames) {
            ("C", _) => 0,
            ("D", Some(frames)) => frames,
            ("D", None) => return Err(wrong("a dissolve says how many frames it takes")),
            (other, frames) => {
                self.passed
                    .over(format!("transition {other} was read as a dissolve"));
                frames.unwrap_or(0)
            }
        };
        Ok(Event {
            line: number,
            reel: head[..at - 1].join(" "),
            channel: (*channel).to_owned(),
            dissolve_frames,
            labels: [a, b, c, d].map(|label| (*label).to_owned()),
            drop_frame: self.drop_frame,
            from: String::new(),
            to: String::new(),
            name: String::new(),
            note: String::new(),
            rate: None,
        })
    }

    fn comment(&mut self, number: usize, comment: &str) -> Result<(), ReadError> {
        let (key, value) = comment
            .split_once(':')
            .map_or((comment, ""), |(key, value)| (key.trim(), value.trim()));
        let rate = || {
            value.parse::<Rate>().map_err(|error| ReadError::Line {
                line: number,
                words: error.to_string(),
            })
        };
        if key == "FRAME RATE" {
            self.rate = rate()?;
            return Ok(());
        }
        let Some(event) = self.events.last_mut() else {
            self.passed
                .over("comments before the first event were passed over");
            return Ok(());
        };
        match key {
            "FROM CLIP NAME" => event.from = value.to_owned(),
            "TO CLIP NAME" => event.to = value.to_owned(),
            "SOURCE RATE" => event.rate = Some(rate()?),
            "CLIP" => event.name = value.to_owned(),
            "COMMENT" => event.note = value.to_owned(),
            "LOC" => {
                let (label, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
                // A colour stands between the label and the words.
                let words = rest
                    .trim()
                    .split_once(char::is_whitespace)
                    .map_or("", |(_, words)| words.trim());
                self.markers.push((number, label.to_owned(), words.to_owned()));
            }
            _ if comment.starts_with("M2") => self.passed.over("speed changes (M2) were passed over"),
            _ => self.passed.over("other comments were passed over"),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ReadCut, ReadError> {
        let mut edits = Vec::with_capacity(self.events.len());
        let mut start: Option<Timecode> = None;
        let events = std::mem::take(&mut self.events);
        for (at, event) in events.iter().enumerate() {
            let source_rate = event.rate.unwrap_or(self.rate);
            let [source_in, source_out] = labels(event, [&event.labels[0], &event.labels[1]], source_rate)?;
            let [record_in, record_out] = labels(event, [&event.labels[2], &event.labels[3]], self.rate)?;
            // The first line of a transition says only what is faded from.
            let fades_next = events.get(at + 1).is_some_and(|next| next.dissolve_frames > 0);
            if source_in == source_out && record_in == record_out && fades_next {
                continue;
            }
            let start = *start.get_or_insert(record_in);
            let place = |label: Timecode| unsigned(forward(label, start));
            let record = FrameRange::new(
                place(record_in),
                place(record_in) + unsigned(forward(record_out, record_in)),
            );
            let source_frames = unsigned(forward(source_out, source_in));
            if source_rate == self.rate && source_frames != record.len() {
                self.passed
                    .over("events whose source and record lengths differ: the source length was kept");
            }
            let faded = event.dissolve_frames > 0 && !event.to.is_empty();
            let media = if faded { &event.to } else { &event.from };
            edits.push(ReadEdit {
                name: if event.name.is_empty() {
                    media.clone()
                } else {
                    event.name.clone()
                },
                media: if media.is_empty() {
                    event.reel.clone()
                } else {
                    media.clone()
                },
                source_in,
                source_frames,
                record,
                dissolve_frames: event.dissolve_frames,
                note: event.note.clone(),
                picture: event.channel.contains(['V', 'B']),
            });
        }
        let Some(start) = start else {
            return Err(ReadError::Nothing("no event in the list".to_owned()));
        };
        let markers = self.read_markers(start)?;
        Ok(ReadCut {
            name: self.title,
            rate: self.rate,
            start: Some(start),
            edits,
            markers,
            notes: self.passed.into_notes(),
        })
    }

    fn read_markers(&self, start: Timecode) -> Result<Vec<ReadMarker>, ReadError> {
        self.markers
            .iter()
            .map(|(line, label, name)| {
                let label = parse(label, self.rate, start.is_drop_frame() && !self.marked, *line)?;
                Ok(ReadMarker {
                    at: unsigned(forward(label, start)),
                    frames: 1,
                    name: name.clone(),
                })
            })
            .collect()
    }
}

fn labels(event: &Event, texts: [&str; 2], rate: Rate) -> Result<[Timecode; 2], ReadError> {
    let [first, after] = texts.map(|text| parse(text, rate, event.drop_frame, event.line));
    Ok([first?, after?])
}

/// `FCM` says how labels count; a `;` in a label says it for that label, and a plain `:` in a drop-frame list is what many
/// programs write. A label that drop-frame leaves out is then read as non-drop, as it must come from such a source.
fn parse(text: &str, rate: Rate, drop_frame: bool, line: usize) -> Result<Timecode, ReadError> {
    let wrong = |error: &dyn std::error::Error| ReadError::Line {
        line,
        words: error.to_string(),
    };
    let plain = Timecode::parse(text, rate);
    if !drop_frame || !rate.has_drop_frame() || text.contains([';', '.', ',']) {
        return plain.map_err(|error| wrong(&error));
    }
    match text.rfind(':') {
        Some(at) => {
            let (head, frames) = (&text[..at], &text[at + 1..]);
            Timecode::parse(&format!("{head};{frames}"), rate)
                .or(plain)
                .map_err(|error| wrong(&error))
        }
        None => plain.map_err(|error| wrong(&error)),
    }
}

/// Frames from `from` to `to`, over midnight when `to` is the smaller label.
fn forward(to: Timecode, from: Timecode) -> i64 {
    let frames = to.frames() - from.frames();
    if frames >= 0 {
        return frames;
    }
    let day = Timecode::from_fields(24, 0, 0, 0, to.rate(), to.is_drop_frame()).map_or(0, Timecode::frames);
    frames + day
}

fn is_label(word: &str) -> bool {
    word.len() >= 11
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b':' | b';' | b'.' | b','))
        && word.bytes().filter(|b| !b.is_ascii_digit()).count() == 3
}

fn is_transition(word: &str) -> bool {
    matches!(word, "C" | "D" | "K" | "KB" | "KO")
        || (word.len() == 4 && word.starts_with('W') && word[1..].bytes().all(|b| b.is_ascii_digit()))
}
