use serde_json::Value;
use timebase::{Flicks, FrameRange, Rate, Timecode};

use crate::{
    ReadCut, ReadEdit, ReadError, ReadMarker,
    names::file_name,
    reading::{Passed, unsigned},
};

/// Reads the first timeline of a document.
pub(crate) fn read(text: &str) -> Result<ReadCut, ReadError> {
    let document: Value =
        serde_json::from_str(text.trim_start_matches('\u{FEFF}')).map_err(|error| ReadError::Line {
            line: error.line(),
            words: error.to_string(),
        })?;
    let timeline = first_timeline(&document).ok_or_else(|| ReadError::Structure {
        expected: "an OpenTimelineIO timeline",
        words: format!("its schema is {}", schema(&document)),
    })?;
    let tracks = children(&timeline["tracks"]);
    let rate = timeline["metadata"]["circletake"]["rate"]
        .as_str()
        .and_then(|rate| rate.parse().ok())
        .or_else(|| Time::of(&timeline["global_start_time"]).map(|time| time.rate))
        .or_else(|| {
            tracks
                .iter()
                .flat_map(children)
                .find_map(|item| range_of(item).map(|r| r.1.rate))
        })
        .ok_or_else(|| ReadError::Nothing("no clip with a range in the timeline".to_owned()))?;
    let drop_frame = rate.has_drop_frame() && flag(timeline, "drop_frame");
    let start = Time::of(&timeline["global_start_time"])
        .and_then(|time| Timecode::from_frames(time.in_rate(rate), rate, drop_frame).ok());
    let mut reading = Reading {
        rate,
        drop_frame,
        edits: Vec::new(),
        markers: Vec::new(),
        passed: Passed::default(),
    };
    for track in tracks {
        reading.track(track);
    }
    if reading.edits.is_empty() {
        return Err(ReadError::Nothing("no clip in the timeline".to_owned()));
    }
    Ok(ReadCut {
        name: timeline["name"].as_str().unwrap_or_default().to_owned(),
        rate,
        start,
        edits: reading.edits,
        markers: reading.markers,
        notes: reading.passed.into_notes(),
    })
}

struct Reading {
    rate: Rate,
    drop_frame: bool,
    edits: Vec<ReadEdit>,
    markers: Vec<ReadMarker>,
    passed: Passed,
}

impl Reading {
    fn track(&mut self, track: &Value) {
        let picture = track["kind"].as_str() != Some("Audio");
        let mut exact = Flicks::ZERO;
        let mut at = 0;
        let mut dissolve = 0;
        for item in children(track) {
            let name = schema(item);
            if name.starts_with("Transition.") {
                let offset = |key: &str| Time::of(&item[key]).map_or(0, |time| time.in_rate(self.rate));
                dissolve = unsigned(offset("in_offset") + offset("out_offset"));
                continue;
            }
            let Some((first, length)) = range_of(item) else {
                self.passed.over("items without a range were passed over");
                continue;
            };
            exact = exact + length.flicks();
            let end = match own_record(item) {
                Some(record) => record.end,
                None => unsigned(exact.to_ticks(self.rate.frame_duration())),
            };
            let record = FrameRange::new(at, end.max(at));
            at = record.end;
            if name.starts_with("Clip.") {
                self.clip(
                    item,
                    first,
                    length,
                    record,
                    std::mem::take(&mut dissolve),
                    picture,
                );
            } else if !name.starts_with("Gap.") {
                self.passed.over(format!("{name} inside a track was passed over"));
            }
        }
    }

    fn clip(
        &mut self,
        item: &Value,
        first: Time,
        length: Time,
        record: FrameRange,
        dissolve: u64,
        picture: bool,
    ) {
        let own = &item["metadata"]["circletake"];
        let rate = own["rate"]
            .as_str()
            .and_then(|rate| rate.parse().ok())
            .unwrap_or(first.rate);
        let drop_frame = rate.has_drop_frame()
            && own["drop_frame"]
                .as_bool()
                .unwrap_or(self.drop_frame && rate == self.rate);
        let reference = reference(item);
        let url = reference["target_url"].as_str().unwrap_or_default();
        let media = match reference["name"].as_str() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => file_name(url),
        };
        if children_of(item, "effects")
            .iter()
            .any(|effect| !schema(effect).is_empty())
        {
            self.passed.over("effects were passed over");
        }
        let Ok(source_in) = Timecode::from_frames(first.in_rate(rate), rate, drop_frame) else {
            self.passed
                .over("clips with a timecode that cannot be were passed over");
            return;
        };
        for marker in children_of(item, "markers") {
            let own_place = marker["metadata"]["circletake"]["at"].as_u64();
            let inside = Time::of(&marker["marked_range"]["start_time"])
                .map(|time| Flicks(time.flicks().0 - first.flicks().0).to_ticks(self.rate.frame_duration()));
            let Some(at) = own_place.or_else(|| inside.map(|inside| record.start + unsigned(inside))) else {
                continue;
            };
            let frames =
                Time::of(&marker["marked_range"]["duration"]).map_or(0, |time| time.in_rate(self.rate));
            self.markers.push(ReadMarker {
                at,
                frames: unsigned(frames).max(1),
                name: marker["name"].as_str().unwrap_or_default().to_owned(),
            });
        }
        self.edits.push(ReadEdit {
            name: item["name"].as_str().unwrap_or_default().to_owned(),
            media,
            source_in,
            source_frames: unsigned(length.in_rate(rate)),
            record,
            dissolve_frames: dissolve,
            note: own["note"].as_str().unwrap_or_default().to_owned(),
            picture,
        });
    }
}

/// A RationalTime with its rate recognised.
#[derive(Clone, Copy)]
struct Time {
    value: f64,
    rate: Rate,
}

impl Time {
    fn of(time: &Value) -> Option<Self> {
        let value = time["value"].as_f64()?;
        Some(Self {
            value,
            rate: recognise(time["rate"].as_f64()?)?,
        })
    }

    /// Whole frames at `rate`. A document counts in doubles; within one rate they hold whole numbers exactly.
    fn in_rate(self, rate: Rate) -> i64 {
        if rate == self.rate {
            self.value.round() as i64
        } else {
            self.flicks().to_ticks(rate.frame_duration())
        }
    }

    fn flicks(self) -> Flicks {
        if self.value.fract() == 0.0 {
            Flicks::from_frame(self.value as i64, self.rate)
        } else {
            Flicks((self.value * Flicks::from_frame(1, self.rate).0 as f64).round() as i64)
        }
    }
}

/// The exact rate behind a double: whole, or of the 1001 family, to a ten-thousandth.
fn recognise(rate: f64) -> Option<Rate> {
    if !rate.is_finite() || !(0.5..=1_000_000.0).contains(&rate) {
        return None;
    }
    let whole = rate.round() as u32;
    if (rate - f64::from(whole)).abs() < 1e-9 {
        return Rate::new(whole, 1).ok();
    }
    let family = Rate::new(whole.checked_mul(1000)?, 1001).ok()?;
    if (rate - family.as_f64()).abs() < 0.005 {
        return Some(family);
    }
    Rate::new((rate * 1000.0).round() as u32, 1000).ok()
}

fn first_timeline(document: &Value) -> Option<&Value> {
    match schema(document) {
        name if name.starts_with("Timeline.") => Some(document),
        name if name.starts_with("SerializableCollection.") => {
            children(document).iter().find_map(first_timeline)
        }
        _ => None,
    }
}

fn schema(item: &Value) -> &str {
    item["OTIO_SCHEMA"].as_str().unwrap_or_default()
}

fn children(item: &Value) -> &[Value] {
    children_of(item, "children")
}

fn children_of<'a>(item: &'a Value, key: &str) -> &'a [Value] {
    item[key].as_array().map_or(&[], Vec::as_slice)
}

fn reference(item: &Value) -> &Value {
    if item["media_references"].is_object() {
        let key = item["active_media_reference_key"]
            .as_str()
            .unwrap_or("DEFAULT_MEDIA");
        &item["media_references"][key]
    } else {
        &item["media_reference"]
    }
}

/// Start and duration of an item: its own range, or all of its media.
fn range_of(item: &Value) -> Option<(Time, Time)> {
    let own = &item["source_range"];
    let range = if own.is_object() {
        own
    } else {
        &reference(item)["available_range"]
    };
    Some((Time::of(&range["start_time"])?, Time::of(&range["duration"])?))
}

fn own_record(item: &Value) -> Option<FrameRange> {
    let record = &item["metadata"]["circletake"]["record"];
    Some(FrameRange::new(record[0].as_u64()?, record[1].as_u64()?))
}

fn flag(item: &Value, key: &str) -> bool {
    item["metadata"]["circletake"][key].as_bool().unwrap_or(false)
}
