use serde_json::{Value, json};
use timebase::{FrameRange, Rate};
use timeline::{Cut, Placed, Source};

use crate::{names::file_url, reading::signed};

/// The document and what it does not carry.
pub(crate) fn write(cut: &Cut) -> Result<(String, Vec<String>), serde_json::Error> {
    let mut losses = Vec::new();
    for source in cut.sources() {
        if source.vfr {
            losses.push(format!(
                "{} has a variable frame rate: its timecode is nominal",
                source.name
            ));
        }
        if source.place.is_empty() {
            losses.push(format!(
                "where {} lies is not told: it has to be relinked by name",
                source.name
            ));
        }
        if source.start.is_drop_frame() != cut.start().is_drop_frame() && source.rate().has_drop_frame() {
            losses.push(format!(
                "OpenTimelineIO has no drop-frame flag: that {} counts {} stands in its metadata only",
                source.name,
                if source.start.is_drop_frame() {
                    "drop-frame"
                } else {
                    "non-drop"
                }
            ));
        }
    }
    let placed = cut.placed();
    let mut tracks = vec![track("Video", "V1", &placed, cut, false)];
    if placed.iter().any(|clip| clip.source.audio_channels > 0) {
        tracks.push(track("Audio", "A1", &placed, cut, true));
    }
    let document = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": cut.name(),
        "global_start_time": time(cut.start().frames(), cut.rate()),
        "metadata": { "circletake": { "drop_frame": cut.start().is_drop_frame(), "rate": cut.rate() } },
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": null,
            "effects": [],
            "markers": [],
            "enabled": true,
            "metadata": {},
            "children": tracks,
        },
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok((text, losses))
}

fn track(kind: &str, name: &str, placed: &[Placed<'_>], cut: &Cut, sound: bool) -> Value {
    let mut children = Vec::new();
    for clip in placed {
        if clip.clip.dissolve_frames > 0 && !children.is_empty() {
            children.push(json!({
                "OTIO_SCHEMA": "Transition.1",
                "name": "",
                "transition_type": "SMPTE_Dissolve",
                "in_offset": time(0, cut.rate()),
                "out_offset": time(signed(clip.clip.dissolve_frames), cut.rate()),
                "metadata": {},
            }));
        }
        children.push(if sound && clip.source.audio_channels == 0 {
            gap(clip, cut)
        } else {
            item(clip, cut, sound)
        });
    }
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "source_range": null,
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {},
        "children": children,
    })
}

fn gap(clip: &Placed<'_>, cut: &Cut) -> Value {
    json!({
        "OTIO_SCHEMA": "Gap.1",
        "name": "",
        "source_range": range(0, clip.record.len(), cut.rate()),
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {},
    })
}

fn item(clip: &Placed<'_>, cut: &Cut, sound: bool) -> Value {
    let source = clip.source;
    let name = if clip.clip.name.is_empty() {
        &source.name
    } else {
        &clip.clip.name
    };
    json!({
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": range(clip.source_in().frames(), clip.clip.range.len(), source.rate()),
        "effects": [],
        "markers": if sound { Vec::new() } else { markers(clip, cut) },
        "enabled": true,
        "metadata": { "circletake": {
            "asset": source.asset,
            "note": clip.clip.note,
            "rate": source.rate(),
            "drop_frame": source.start.is_drop_frame(),
            "record": record(clip.record),
        } },
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": { "DEFAULT_MEDIA": reference(source) },
    })
}

/// Where a clip of another rate lies in whole record frames: OTIO adds durations up, which would not land on frames.
fn record(range: FrameRange) -> Value {
    json!([range.start, range.end])
}

fn reference(source: &Source) -> Value {
    json!({
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": source.name,
        "target_url": file_url(source),
        "available_range": range(source.start.frames(), source.frame_count, source.rate()),
        "available_image_bounds": null,
        "metadata": {},
    })
}

/// Markers live in the time of the clip they lie on.
fn markers(clip: &Placed<'_>, cut: &Cut) -> Vec<Value> {
    let inside = cut
        .markers()
        .iter()
        .filter(|marker| clip.record.contains(marker.at));
    // A point in time is a marker without length there.
    let length = |frames: u64| match frames {
        0 | 1 => time(0, cut.rate()),
        frames => time(signed(frames), cut.rate()),
    };
    inside
        .map(|marker| {
            let frames = if clip.source.rate() == cut.rate() {
                signed(marker.at - clip.record.start)
            } else {
                timebase::Flicks::from_frame(signed(marker.at - clip.record.start), cut.rate())
                    .to_frame_floor(clip.source.rate())
            };
            json!({
                "OTIO_SCHEMA": "Marker.2",
                "name": marker.name,
                "comment": marker.note,
                "color": "RED",
                "marked_range": {
                    "OTIO_SCHEMA": "TimeRange.1",
                    "start_time": time(clip.source_in().frames() + frames, clip.source.rate()),
                    "duration": length(marker.frames),
                },
                "metadata": { "circletake": { "at": marker.at } },
            })
        })
        .collect()
}

fn range(start: i64, frames: u64, rate: Rate) -> Value {
    json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start, rate),
        "duration": time(signed(frames), rate),
    })
}

fn time(frames: i64, rate: Rate) -> Value {
    json!({ "OTIO_SCHEMA": "RationalTime.1", "rate": rate.as_f64(), "value": frames as f64 })
}
