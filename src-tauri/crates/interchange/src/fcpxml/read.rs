use std::collections::BTreeMap;

use roxmltree::{Document, Node, ParsingOptions};
use timebase::{FrameRange, Rate, Timecode};

use super::seconds::Seconds;
use crate::{
    ReadCut, ReadEdit, ReadError, ReadMarker,
    names::file_name,
    reading::{Passed, unsigned},
};

/// A document may not make more nodes than this; a feature film's cut makes some ten thousand.
const NODES_MAX: u32 = 4_000_000;

/// Reads the main storyline of the first project.
pub(crate) fn read(text: &str) -> Result<ReadCut, ReadError> {
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(text.trim_start_matches('\u{FEFF}'), options).map_err(|error| {
            ReadError::Line {
                line: usize::try_from(error.pos().row).unwrap_or(0),
                words: error.to_string(),
            }
        })?;
    let root = document.root_element();
    let wrong = |words: &str| ReadError::Structure {
        expected: "a Final Cut Pro XML file",
        words: words.to_owned(),
    };
    if root.tag_name().name() != "fcpxml" {
        return Err(wrong(&format!("its root is {}", root.tag_name().name())));
    }
    let project = root
        .descendants()
        .find(|node| node.has_tag_name("project"))
        .ok_or_else(|| ReadError::Nothing("it holds clips of a library and no project".to_owned()))?;
    let sequence = child(project, "sequence").ok_or_else(|| wrong("the project has no sequence"))?;
    let resources = Resources::of(root);
    let rate = sequence
        .attribute("format")
        .and_then(|format| resources.rate_of_format(format))
        .ok_or_else(|| wrong("the sequence's format has no frame duration"))?;
    let origin = time(sequence, "tcStart").unwrap_or(Seconds::ZERO);
    let drop_frame = sequence.attribute("tcFormat") == Some("DF") && rate.has_drop_frame();
    let start = Timecode::from_frames(origin.frames(rate).0, rate, drop_frame).ok();
    let mut reading = Reading {
        resources,
        rate,
        origin,
        at: 0,
        edits: Vec::new(),
        markers: Vec::new(),
        passed: Passed::default(),
    };
    for item in child(sequence, "spine")
        .into_iter()
        .flat_map(|spine| spine.children())
        .filter(Node::is_element)
    {
        reading.item(item);
    }
    if root
        .descendants()
        .filter(|node| node.has_tag_name("project"))
        .count()
        > 1
    {
        reading.passed.over("projects after the first were passed over");
    }
    if reading.edits.is_empty() {
        return Err(ReadError::Nothing("no clip in the main storyline".to_owned()));
    }
    Ok(ReadCut {
        name: project.attribute("name").unwrap_or_default().to_owned(),
        rate,
        start,
        edits: reading.edits,
        markers: reading.markers,
        notes: reading.passed.into_notes(),
    })
}

/// What an asset says of itself.
struct Media {
    name: String,
    start: Option<Seconds>,
    duration: Option<Seconds>,
    rate: Option<Rate>,
    picture: bool,
}

struct Resources {
    rates: BTreeMap<String, Rate>,
    media: BTreeMap<String, Media>,
}

impl Resources {
    fn of(root: Node<'_, '_>) -> Self {
        let all: Vec<Node<'_, '_>> = child(root, "resources")
            .into_iter()
            .flat_map(|resources| resources.children())
            .collect();
        let rates: BTreeMap<String, Rate> = all
            .iter()
            .filter(|node| node.has_tag_name("format"))
            .filter_map(|node| {
                Some((
                    node.attribute("id")?.to_owned(),
                    time(*node, "frameDuration")?.rate()?,
                ))
            })
            .collect();
        let media = all
            .iter()
            .filter(|node| node.has_tag_name("asset") || node.has_tag_name("media"))
            .filter_map(|node| {
                let inner = child(*node, "sequence").unwrap_or(*node);
                let url = node
                    .attribute("src")
                    .or_else(|| child(*node, "media-rep").and_then(|rep| rep.attribute("src")))
                    .map(file_name);
                let media = Media {
                    name: url
                        .or_else(|| node.attribute("name").map(str::to_owned))
                        .unwrap_or_default(),
                    start: time(*node, "start").or_else(|| time(inner, "tcStart")),
                    duration: time(inner, "duration"),
                    rate: inner
                        .attribute("format")
                        .and_then(|format| rates.get(format).copied()),
                    picture: !node.has_tag_name("asset") || node.attribute("hasVideo") == Some("1"),
                };
                Some((node.attribute("id")?.to_owned(), media))
            })
            .collect();
        Self { rates, media }
    }

    fn rate_of_format(&self, id: &str) -> Option<Rate> {
        self.rates.get(id).copied()
    }
}

struct Reading {
    resources: Resources,
    rate: Rate,
    origin: Seconds,
    /// Record frame after the last item, for items that do not say where they lie.
    at: u64,
    edits: Vec<ReadEdit>,
    markers: Vec<ReadMarker>,
    passed: Passed,
}

impl Reading {
    fn item(&mut self, item: Node<'_, '_>) {
        match item.tag_name().name() {
            "asset-clip" | "clip" | "video" | "audio" | "ref-clip" | "sync-clip" | "mc-clip" => {
                self.clip(item, item);
            }
            "audition" => {
                // The first one is the one that is seen.
                self.passed.over("auditions were read as what is chosen in them");
                if let Some(chosen) = item.children().find(Node::is_element) {
                    self.clip(chosen, item);
                }
            }
            "gap" => self.advance(item, time(item, "duration")),
            "transition" => self.passed.over("transitions were read as cuts"),
            "title" => {
                self.passed.over("titles were passed over");
                self.advance(item, time(item, "duration"));
            }
            other => self
                .passed
                .over(format!("{other} in the storyline was passed over")),
        }
    }

    /// Where `item` lies, and the record moves on behind it.
    fn advance(&mut self, item: Node<'_, '_>, duration: Option<Seconds>) {
        let record = self.record(item, duration);
        self.at = record.end;
    }

    fn record(&mut self, item: Node<'_, '_>, duration: Option<Seconds>) -> FrameRange {
        let start = match time(item, "offset") {
            Some(offset) => {
                let (frames, exact) = offset.minus(self.origin).frames(self.rate);
                if !exact {
                    self.passed.over("places between frames were rounded");
                }
                unsigned(frames)
            }
            None => self.at,
        };
        let (length, exact) = duration.unwrap_or(Seconds::ZERO).frames(self.rate);
        if !exact {
            self.passed.over("lengths between frames were rounded");
        }
        FrameRange::new(start, start + unsigned(length))
    }

    fn clip(&mut self, clip: Node<'_, '_>, place: Node<'_, '_>) {
        let reference = clip.attribute("ref").or_else(|| {
            let inner = clip
                .descendants()
                .find(|node| node.has_tag_name("video") || node.has_tag_name("asset-clip"));
            inner
                .or_else(|| clip.descendants().find(|node| node.has_tag_name("audio")))?
                .attribute("ref")
        });
        let media = reference.and_then(|reference| self.resources.media.get(reference));
        let source_rate = clip
            .attribute("format")
            .and_then(|format| self.resources.rate_of_format(format))
            .or_else(|| media.and_then(|media| media.rate))
            .unwrap_or(self.rate);
        let start = time(clip, "start")
            .or_else(|| media.and_then(|media| media.start))
            .unwrap_or(Seconds::ZERO);
        let duration = time(clip, "duration").or_else(|| media.and_then(|media| media.duration));
        let media_name = media.map(|media| media.name.clone()).unwrap_or_default();
        let has_picture =
            media.is_none_or(|media| media.picture) && clip.attribute("srcEnable") != Some("audio");
        let record = self.record(
            if place.has_attribute("offset") {
                place
            } else {
                clip
            },
            duration,
        );
        self.at = record.end;
        let drop_frame = clip.attribute("tcFormat") == Some("DF") && source_rate.has_drop_frame();
        let Ok(source_in) = Timecode::from_frames(start.frames(source_rate).0, source_rate, drop_frame)
        else {
            self.passed
                .over("clips with a timecode that cannot be were passed over");
            return;
        };
        self.contents(clip, start, record);
        self.edits.push(ReadEdit {
            name: clip.attribute("name").unwrap_or_default().to_owned(),
            media: media_name,
            source_in,
            source_frames: unsigned(duration.unwrap_or(Seconds::ZERO).frames(source_rate).0),
            record,
            dissolve_frames: 0,
            note: child(clip, "note")
                .and_then(|note| note.text())
                .unwrap_or_default()
                .to_owned(),
            picture: has_picture,
        });
    }

    /// Markers of a clip, and what of it is not read.
    fn contents(&mut self, clip: Node<'_, '_>, start: Seconds, record: FrameRange) {
        for inner in clip.children().filter(Node::is_element) {
            match inner.tag_name().name() {
                "marker" | "chapter-marker" => {
                    let Some(at) = time(inner, "start") else { continue };
                    let at = unsigned(at.minus(start).frames(self.rate).0) + record.start;
                    let name = inner.attribute("value").unwrap_or_default().to_owned();
                    let length = time(inner, "duration").unwrap_or(Seconds::ZERO);
                    let frames = unsigned(length.frames(self.rate).0).max(1);
                    self.markers.push(ReadMarker { at, frames, name });
                }
                "timeMap" => self.passed.over("speed changes were passed over"),
                _ if inner.has_attribute("lane") => self.passed.over("connected clips were passed over"),
                _ => {}
            }
        }
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn time(node: Node<'_, '_>, attribute: &str) -> Option<Seconds> {
    Seconds::parse(node.attribute(attribute)?)
}
