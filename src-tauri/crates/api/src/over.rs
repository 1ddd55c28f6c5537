//! What lies over the picture: boxes of proposals, subtitles, timecode and name, and what the shield covers. The window's
//! surface and the pictures a page loads come from the same scene.

use std::{collections::BTreeSet, sync::Arc};

use ledger::payload;
use serde::Deserialize as _;
use serde_json::Value;
use stage::{
    Comparison, MeterFigures, MeterScale, Meters, SafeAreas, Shield, Subtitle, SubtitleColumns, SubtitleEdge,
    SubtitleLine, SubtitleLook, SubtitlePlace, SubtitleSpan, Theme, ViewerBox, ViewerScene,
};
use timebase::FrameRange;
use workstation::{AssetDetail, FrameClock, ProposalRow, ProposalState};

use crate::wire::{
    AreaPayload, BoxesShow, Flagged, Matte, MetersShow, OverAnswer, ShieldShow, StageGuides, SubtitleShow,
};

/// What EBU R 128 asks of a programme.
const LOUDNESS_TARGET_LUFS: i32 = -23;
/// Kinds of later versions and of other engines whose proposals say that not everybody should have to see this.
const MODERATION: &str = "moderation";

/// Everything of one asset that may lie over its picture.
#[derive(Clone, Debug, Default)]
pub struct Over {
    name: String,
    clock: Option<FrameClock>,
    /// Programme loudness as it was measured at the ingest.
    film_lufs: Option<f32>,
    boxes: Vec<Arc<Boxes>>,
    cues: Vec<Arc<ShownCue>>,
    flagged: Vec<(String, Flagged)>,
}

/// What one proposal marks in the picture.
#[derive(Clone, Debug, PartialEq)]
struct Boxes {
    proposal: String,
    frames: FrameRange,
    boxes: Vec<ViewerBox>,
}

#[derive(Clone, Debug, PartialEq)]
struct ShownCue {
    proposal: String,
    frames: FrameRange,
    subtitle: Subtitle,
}

impl PartialEq for Over {
    /// Whether the same is drawn. Frames of one asset keep their timecode.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.film_lufs == other.film_lufs
            && self.boxes == other.boxes
            && self.cues == other.cues
            && self.flagged == other.flagged
    }
}

impl Over {
    /// Of an asset.
    pub(crate) fn of_asset(rows: &[ProposalRow], asset: AssetDetail, clock: &FrameClock) -> Self {
        let measured = asset.loudness.and_then(|loudness| loudness.integrated_lufs);
        Self {
            name: asset.row.title,
            clock: Some(clock.clone()),
            film_lufs: measured.map(|lufs| lufs as f32),
            ..Self::of(rows)
        }
    }

    /// From an asset's proposals. Payloads of kinds that a later version makes may hold anything, so every field is looked at
    /// before it is believed.
    fn of(rows: &[ProposalRow]) -> Self {
        let mut over = Self::default();
        for row in rows {
            let frames = frames_of(row);
            let boxes = boxes_of(row);
            if !boxes.is_empty() {
                over.boxes.push(Arc::new(Boxes {
                    proposal: row.id.clone(),
                    frames,
                    boxes,
                }));
            }
            if row.state == ProposalState::Rejected {
                continue;
            }
            if row.kind == "cues"
                && let Some(subtitle) = subtitle_of(row).filter(|subtitle| !subtitle.text.trim().is_empty())
            {
                over.cues.push(Arc::new(ShownCue {
                    proposal: row.id.clone(),
                    frames,
                    subtitle,
                }));
            }
            if is_flag(row) {
                let flag = Flagged {
                    start: frames.start,
                    end: frames.end,
                    areas: areas_of(row),
                };
                over.flagged.push((row.id.clone(), flag));
            }
        }
        // Who began first keeps the place when another joins.
        over.cues.sort_by_key(|cue| (cue.frames.start, cue.frames.end));
        over
    }

    /// The same with these rows as they are now; what is not theirs is shared.
    pub(crate) fn with(&self, rows: &[ProposalRow]) -> Self {
        let now = Self::of(rows);
        let changed: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut over = self.clone();
        replace(&mut over.boxes, now.boxes, &changed, |boxes| &boxes.proposal);
        replace(&mut over.flagged, now.flagged, &changed, |(proposal, _)| proposal);
        replace(&mut over.cues, now.cues, &changed, |cue| &cue.proposal);
        over.cues.sort_by_key(|cue| (cue.frames.start, cue.frames.end));
        over
    }

    /// What to draw over this frame while `selected` has the focus.
    pub fn scene(
        &self,
        frame: u64,
        selected: Option<&str>,
        guides: StageGuides,
        theme: Theme,
    ) -> ViewerScene {
        let is_shown = |boxes: &&Arc<Boxes>| {
            boxes.frames.contains(frame)
                && match guides.boxes {
                    BoxesShow::Off => false,
                    BoxesShow::Selected => Some(boxes.proposal.as_str()) == selected,
                    BoxesShow::All => true,
                }
        };
        let (show, subtitle_look) = match guides.subtitles {
            SubtitleShow::Off => (false, SubtitleLook::Outline),
            SubtitleShow::Outline => (true, SubtitleLook::Outline),
            SubtitleShow::Box => (true, SubtitleLook::Box),
        };
        let cues = self.cues.iter().filter(|cue| show && cue.frames.contains(frame));
        ViewerScene {
            boxes: self
                .boxes
                .iter()
                .filter(is_shown)
                .flat_map(|boxes| boxes.boxes.iter().cloned())
                .collect(),
            subtitles: cues.map(|cue| cue.subtitle.clone()).collect(),
            subtitle_look,
            timecode: self
                .clock
                .as_ref()
                .filter(|_| guides.timecode)
                .map(|clock| clock.label(frame)),
            name: (guides.name && !self.name.is_empty()).then(|| self.name.clone()),
            safe: SafeAreas {
                action: guides.safe,
                graphics: guides.safe,
            },
            matte: guides
                .matte
                .map(|Matte { width, height }| stage::Matte { width, height }),
            shield: self.shield(frame, guides.shield),
            comparison: guides.compare.map(|compare| Comparison {
                mode: compare.mode.into(),
                split: f32::from(compare.split_permille) / 1000.0,
                label: String::new(),
            }),
            scopes: guides.scopes.into(),
            signal: stage::Signal::default(),
            room_for_corners: false,
            meters: self.meters(guides),
            theme,
        }
    }

    /// Meters that show nothing yet: whoever plays knows what is heard.
    fn meters(&self, guides: StageGuides) -> Option<Meters> {
        let scale = match guides.meters {
            MetersShow::Off => return None,
            MetersShow::Ebu9 => MeterScale::Nine,
            MetersShow::Ebu18 => MeterScale::Eighteen,
        };
        Some(Meters {
            scale,
            target_lufs: guides.loudness_target_lufs.unwrap_or(LOUDNESS_TARGET_LUFS) as f32,
            figures: MeterFigures {
                film_lufs: self.film_lufs,
                ..MeterFigures::default()
            },
            channels: Vec::new(),
            levels: None,
        })
    }

    /// What is covered of a frame.
    fn shield(&self, frame: u64, show: ShieldShow) -> Option<Shield> {
        let here = || {
            self.flagged
                .iter()
                .map(|(_, flag)| flag)
                .filter(|flag| (flag.start..flag.end).contains(&frame))
        };
        let whole = Some(Shield::default());
        match show {
            ShieldShow::Off => None,
            ShieldShow::All => whole,
            ShieldShow::Flagged if here().any(|flag| flag.areas.is_empty()) => whole,
            ShieldShow::Flagged => {
                let areas: Vec<_> = here().flat_map(|flag| &flag.areas).map(part_of).collect();
                (!areas.is_empty()).then_some(Shield { areas })
            }
        }
    }

    /// Whether the shield covers anything of a frame.
    pub fn is_covered(&self, frame: u64, show: ShieldShow) -> bool {
        self.shield(frame, show).is_some()
    }

    /// A frame of this asset in words, for whoever sees it beside another.
    pub fn words(&self, frame: u64) -> String {
        let label = self
            .clock
            .as_ref()
            .map(|clock| clock.label(frame))
            .unwrap_or_default();
        [self.name.as_str(), label.as_str()]
            .into_iter()
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// Frames that are flagged, wherever in the picture.
    pub(crate) fn flagged(&self) -> impl Iterator<Item = FrameRange> {
        self.flagged
            .iter()
            .map(|(_, flag)| FrameRange::new(flag.start, flag.end))
    }

    /// Answers a page.
    pub(crate) fn answer(&self, missing: impl FnOnce(&BTreeSet<&'static str>) -> Vec<String>) -> OverAnswer {
        let ranges = self
            .boxes
            .iter()
            .map(|boxes| boxes.frames)
            .chain(self.cues.iter().map(|cue| cue.frames));
        let changes: BTreeSet<u64> = ranges.flat_map(|frames| [frames.start, frames.end]).collect();
        let written: BTreeSet<&'static str> = self
            .cues
            .iter()
            .flat_map(|cue| cue.subtitle.text.chars())
            .filter_map(stage::script_of)
            .collect();
        OverAnswer {
            changes: changes.into_iter().collect(),
            revision: self.revision(),
            flagged: self.flagged.iter().map(|(_, flag)| flag.clone()).collect(),
            missing_scripts: missing(&written),
        }
    }

    /// The same words, the same pictures.
    pub(crate) fn revision(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for cue in &self.cues {
            hasher.update(format!("{cue:?}").as_bytes());
        }
        for boxes in &self.boxes {
            hasher.update(format!("{boxes:?}").as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }
}

/// Puts what is now said of these proposals where their old words were; what is new comes last.
fn replace<T>(held: &mut Vec<T>, now: Vec<T>, changed: &BTreeSet<&str>, proposal: impl Fn(&T) -> &String) {
    if now.is_empty() {
        held.retain(|one| !changed.contains(proposal(one).as_str()));
        return;
    }
    let mut now: Vec<Option<T>> = now.into_iter().map(Some).collect();
    let mut kept = Vec::with_capacity(held.len() + now.len());
    for one in held.drain(..) {
        if !changed.contains(proposal(&one).as_str()) {
            kept.push(one);
            continue;
        }
        // One proposal has at most one entry.
        let same = |new: &Option<T>| new.as_ref().is_some_and(|new| proposal(new) == proposal(&one));
        kept.extend(now.iter_mut().find(|new| same(new)).and_then(Option::take));
    }
    kept.extend(now.into_iter().flatten());
    *held = kept;
}

/// Whether anything that stands flags this frame.
pub(crate) fn is_flagged_at(rows: &[ProposalRow], frame: u64) -> bool {
    let stands = |row: &&ProposalRow| row.state != ProposalState::Rejected && is_flag(row);
    rows.iter()
        .filter(stands)
        .any(|row| frames_of(row).contains(frame))
}

/// As edited, else as proposed.
fn field<'a>(row: &'a ProposalRow, name: &str) -> Option<&'a Value> {
    row.edit
        .as_ref()
        .and_then(|edit| edit.get(name))
        .or_else(|| row.payload.get(name))
}

fn frames_of(row: &ProposalRow) -> FrameRange {
    let edited = |name: &str| {
        row.edit
            .as_ref()
            .and_then(|edit| edit.get(name))
            .and_then(Value::as_u64)
    };
    FrameRange::new(
        edited("start_frame").unwrap_or(row.start_frame),
        edited("end_frame").unwrap_or(row.end_frame),
    )
}

/// Whether proposals of this kind may flag something.
pub(crate) fn may_flag(kind: &str) -> bool {
    kind == "qc" || kind.starts_with(MODERATION)
}

/// Flashes, and whatever is of a kind that says so itself.
fn is_flag(row: &ProposalRow) -> bool {
    row.kind.starts_with(MODERATION)
        || row.kind == "qc" && field(row, "fault").and_then(Value::as_str) == Some("flash")
}

fn areas_of(row: &ProposalRow) -> Vec<AreaPayload> {
    let many = field(row, "areas")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    many.iter()
        .chain(field(row, "area"))
        .filter_map(|area| AreaPayload::deserialize(area).ok())
        .collect()
}

/// Left, top, width and height in shares of the picture.
fn part_of(area: &AreaPayload) -> [f32; 4] {
    [
        area.left_permille,
        area.top_permille,
        area.width_permille,
        area.height_permille,
    ]
    .map(|permille| f32::from(permille) / 1000.0)
}

fn boxes_of(row: &ProposalRow) -> Vec<ViewerBox> {
    let state = crate::wire::StateWord::from(row.state).into();
    let confidence = row.confidence.map(|c| format!(" {c:.2}")).unwrap_or_default();
    let boxed = |[x, y, width, height]: [f32; 4]| ViewerBox {
        x,
        y,
        width,
        height,
        label: String::new(),
        state,
    };
    let mut boxes: Vec<ViewerBox> = areas_of(row).iter().map(part_of).map(boxed).collect();
    if let Some(first) = boxes.first_mut() {
        first.label = format!("{}{confidence}", row.title);
    }
    boxes
}

/// A cue as its viewers see it.
fn subtitle_of(row: &ProposalRow) -> Option<Subtitle> {
    let text = field(row, "text").and_then(Value::as_str)?;
    let proposed = payload::Cue::deserialize(&row.payload).unwrap_or_default();
    let mut cue = proposed.reworded(text);
    if let Some(styles) = row.edit.as_ref().and_then(|edit| edit.get("styles")) {
        cue.styles = Vec::deserialize(styles).unwrap_or_default();
    }
    if let Some(place) = row.edit.as_ref().and_then(|edit| edit.get("place")) {
        cue.place = payload::CuePlace::deserialize(place).ok();
    }
    Some(Subtitle {
        spans: spans(&cue),
        place: cue.place.map(place_of).unwrap_or_default(),
        text: cue.text,
    })
}

/// Styles by bytes instead of letters; what overlaps an earlier one or lies outside is left out.
fn spans(cue: &payload::Cue) -> Vec<SubtitleSpan> {
    let mut ends: Vec<usize> = cue.text.char_indices().map(|(at, _)| at).collect();
    ends.push(cue.text.len());
    let byte = |letter: u32| {
        let at = usize::try_from(letter).unwrap_or(usize::MAX);
        ends.get(at).copied().unwrap_or(cue.text.len())
    };
    let mut spans: Vec<SubtitleSpan> = Vec::new();
    for style in &cue.styles {
        let (from, to) = (byte(style.start), byte(style.end));
        if from >= to || spans.last().is_some_and(|last| last.to > from) {
            continue;
        }
        spans.push(SubtitleSpan {
            from,
            to,
            italic: style.italic,
            bold: style.bold,
            underline: style.underline,
            colour: style.colour.map(u32::to_be_bytes),
            background: style.background.map(u32::to_be_bytes),
        });
    }
    spans
}

const fn edge(edge: payload::CueEdge) -> SubtitleEdge {
    match edge {
        payload::CueEdge::Start => SubtitleEdge::Start,
        payload::CueEdge::Middle => SubtitleEdge::Middle,
        payload::CueEdge::End => SubtitleEdge::End,
        payload::CueEdge::Left => SubtitleEdge::Left,
        payload::CueEdge::Right => SubtitleEdge::Right,
    }
}

fn place_of(place: payload::CuePlace) -> SubtitlePlace {
    let share = |permille: u16| f32::from(permille) / 1000.0;
    let line_edge = place.line_edge.map_or(SubtitleEdge::Start, edge);
    let line = place
        .line_permille
        .map(|permille| SubtitleLine::Share(share(permille), line_edge));
    SubtitlePlace {
        line: line.or(place.row.map(SubtitleLine::Row)),
        position: place.position_permille.map(share),
        position_edge: place.position_edge.map(edge),
        size: place.size_permille.map(share),
        align: place.align.map(edge).unwrap_or_default(),
        columns: place.columns.map(|columns| match columns {
            payload::CueColumns::ToTheLeft => SubtitleColumns::ToTheLeft,
            payload::CueColumns::ToTheRight => SubtitleColumns::ToTheRight,
        }),
    }
}

#[cfg(test)]
#[path = "over_tests.rs"]
mod tests;
