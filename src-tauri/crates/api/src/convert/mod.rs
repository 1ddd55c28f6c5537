//! From what the workstation answers to what crosses the boundary, and back. Field by field, so that a change on one side
//! does not compile until the other side has it.

use serde_json::Value;
use workstation as ws;

use crate::wire;

macro_rules! same_names {
    ($from:ty => $to:ty { $($name:ident),* $(,)? }) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value {
                    $(<$from>::$name => Self::$name),*
                }
            }
        }
    };
}

/// Takes over every field of one struct into another by its name, as it is or through what is said behind it. Neither side
/// may have a field the other lacks: the pattern and the struct both name them all.
macro_rules! same_fields {
    (@turned $field:ident) => { $field };
    (@turned $field:ident $turn:expr) => { $turn($field) };
    ($from:path => $to:path { $($field:ident $(: $turn:expr)?),* $(,)? }) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                let $from { $($field),* } = value;
                Self { $($field: same_fields!(@turned $field $($turn)?)),* }
            }
        }
    };
}

same_names!(ws::AssetState => wire::AssetState { Queued, Ingesting, Ready, Failed });
same_names!(ws::ProposalState => wire::StateWord { Open, Circled, Rejected, Conflict });
same_names!(wire::StateWord => ws::ProposalState { Open, Circled, Rejected, Conflict });
same_names!(wire::VerdictWord => ws::DecideVerdict { Circle, Reject, Retract });
same_names!(wire::Order => ws::Order { Worth, Time });
same_names!(ws::JobState => wire::JobState { Queued, Running, Done, Failed, Cancelled });
same_names!(ws::CheckState => wire::CheckState { Ok, Warn, Missing });
same_names!(ws::Theme => wire::Theme { Dark, Light, Contrast });
same_names!(wire::Theme => stage::Theme { Dark, Light, Contrast });
same_names!(wire::RulerUnit => stage::RulerUnit { Timecode, Frames, Seconds });
same_names!(stage::ItemState => wire::StateWord { Open, Circled, Rejected, Conflict });
same_names!(wire::StateWord => stage::ItemState { Open, Circled, Rejected, Conflict });
same_names!(wire::ExportWhat => ws::ExportWhat { Shots, Highlights, Cues, Posters });
same_names!(wire::ExportFormat => ws::ExportFormat { Edl, Otio, Fcpxml, Srt, Vtt, Ttml, Png });

same_names!(wire::ShieldShow => stage::SmallShield { Off, Flagged, All });
same_names!(wire::ScopesShow => stage::ScopeSet { Off, Waveform, Parade, Vectorscope, All });
same_names!(wire::CompareMode => stage::CompareMode { SideBySide, Wipe, Difference, Still });

mod comments;
mod listing;
mod markers;
mod preferences;
mod sign_in;

pub(crate) use sign_in::look_words;

/// Every one of a list, as the other side has it.
fn each<A, B: From<A>>(all: Vec<A>) -> Vec<B> {
    all.into_iter().map(Into::into).collect()
}

/// What there is, as the other side has it.
fn given<A, B: From<A>>(one: Option<A>) -> Option<B> {
    one.map(Into::into)
}

fn verdict_given(word: String) -> wire::VerdictGiven {
    match word.as_str() {
        "circled" => wire::VerdictGiven::Circled,
        "rejected" => wire::VerdictGiven::Rejected,
        _ => wire::VerdictGiven::Retracted,
    }
}

fn job_kind(word: String) -> wire::JobKind {
    match word.as_str() {
        "ingest" => wire::JobKind::Ingest,
        "look" => wire::JobKind::Look,
        "demo" => wire::JobKind::Demo,
        _ => wire::JobKind::Other,
    }
}

/// Roles of the ledger as their words; a word of a later version counts as an editor's, who may do the least.
fn role_word(word: String) -> wire::RoleWord {
    match word.as_str() {
        "qc" => wire::RoleWord::Qc,
        "producer" => wire::RoleWord::Producer,
        _ => wire::RoleWord::Editor,
    }
}

same_fields!(ws::TallyView => wire::TallyCounts { open, circled, rejected, conflict });

same_fields!(ws::AssetRow => wire::AssetRow {
    id, title, source, duration_secs, frame_count, frame_rate, vfr, start_timecode, drop_frame, width, height,
    video_codec, audio_channels, state: Into::into, job, progress, tally: Into::into, open_threads, added_millis, hdr, still,
    interlaced,
});

same_names!(wire::AssetFilter => ws::LibraryFilter { All, Open, Circled, Flagged, Ready });
same_fields!(ws::LibraryList => wire::Assets { assets: each, count, more, total, tally: Into::into, place });

impl From<wire::AssetsRequest> for ws::LibraryQuery {
    fn from(request: wire::AssetsRequest) -> Self {
        Self {
            filter: request.filter.unwrap_or_default().into(),
            words: request.words.unwrap_or_default(),
            ids: request.ids,
            place_of: request.place_of,
            offset: request.offset.unwrap_or_default(),
            limit: request.limit,
        }
    }
}

same_fields!(ws::LoudnessView => wire::LoudnessFigures { integrated_lufs, range_lu, true_peak_dbtp });
same_fields!(ws::ProxyView => wire::ProxyFigures { width, height, size_bytes });
same_fields!(ws::AssetDetail => wire::AssetDetail {
    row: Into::into, size_bytes, video: given, audio: each, sprites: given, proxy: given, loudness: given, notes,
    end_timecode, container, places, kept: given,
});
same_fields!(ws::KeptView => wire::Kept { here_bytes, total_bytes, proxy_here, pinned, original_away });

same_fields!(ws::VideoTrack => wire::VideoTrack {
    codec, profile, coded_width, coded_height, pixel_aspect, rotation_degrees, pixel_format, bit_depth, primaries,
    transfer, matrix, full_range, field_order,
});

same_fields!(ws::AudioTrack => wire::AudioTrack { codec, channels, sample_rate, language, title });

same_fields!(ws::SpriteView => wire::SpriteSheets { tile_width, tile_height, columns, rows, sheets, frames });

same_fields!(ws::DecidedBy => wire::DecidedBy { person, role: role_word, millis, note });
same_fields!(ws::ProposalRow => wire::ProposalRow {
    id, asset, kind, start_frame, end_frame, start_secs, end_secs, start_timecode, end_timecode, state: Into::into,
    confidence, engine, model, version, run, payload, edit, title, detail, worth, decided: given,
});

impl From<wire::ProposalsRequest> for ws::ProposalQuery {
    fn from(request: wire::ProposalsRequest) -> Self {
        Self {
            asset: request.asset,
            kind: request.kind,
            state: request.state.map(Into::into),
            // The desk works through what is worth most; a script that asks the workstation itself gets the order of time.
            order: Some(request.order.unwrap_or_default().into()),
            since: request.since,
        }
    }
}

same_fields!(ws::ProposalList => wire::Proposals { proposals: each, tally: Into::into, version, whole, gone });

same_fields!(ws::HistoryEntry => wire::HistoryEntry {
    entry, person, role: role_word, millis, verdict: verdict_given, note, standing, undone,
});
same_fields!(ws::ProvenanceView => wire::Provenance {
    engine, model, version, parameters, input, started_millis, cpu_millis, cost_micros, run, history: each,
});

impl From<wire::PreviewFilter> for ws::Filter {
    fn from(filter: wire::PreviewFilter) -> Self {
        let open = || vec![wire::StateWord::Open];
        Self {
            asset: filter.asset,
            kinds: filter.kinds.unwrap_or_default(),
            states: filter
                .states
                .unwrap_or_else(open)
                .into_iter()
                .map(Into::into)
                .collect(),
            min_confidence: filter.min_confidence,
            max_confidence: filter.max_confidence,
        }
    }
}

same_fields!(ws::Preview => wire::Preview { ids, by_kind });

impl From<wire::Decide> for ws::Decide {
    fn from(request: wire::Decide) -> Self {
        Self {
            ids: request.ids,
            verdict: request.verdict.into(),
            edit: request.edit.map(Value::Object),
            edits: request
                .edits
                .unwrap_or_default()
                .into_iter()
                .map(|(id, edit)| (id, Value::Object(edit)))
                .collect(),
            note: request.note,
        }
    }
}

same_fields!(ws::UndoState => wire::UndoState {
    can_undo, can_redo, undo_label, redo_label, undo_overtaken, undo_words, redo_overtaken, redo_words,
});

same_fields!(ws::Changed => wire::Changed { id, state: Into::into });

same_fields!(ws::Decided => wire::Decided { changed: each, undo: Into::into });

same_fields!(ws::Undone => wire::Undone { label, overtaken, words, changed: each, undo: Into::into });

same_fields!(ws::HistoryStep => wire::HistoryStep { label, film, millis, person });
same_fields!(ws::HistoryView => wire::Steps { done: each, undone: each });

same_fields!(ws::Job => wire::Job {
    id, kind: job_kind, title, asset, state: Into::into, progress, rate, left_secs, message, fault: given,
    started_millis, ended_millis,
});

same_fields!(ws::PersonView => wire::Person { name, role: role_word });

fn lake_kind(word: String) -> wire::LakeKind {
    match word.as_str() {
        "s3" => wire::LakeKind::S3,
        _ => wire::LakeKind::Folder,
    }
}

same_fields!(ws::LakeView => wire::LakePlace { name, place, kind: lake_kind });
impl wire::KnownLake {
    /// As it is shown beside the one that is open.
    pub(crate) fn of(lake: ws::KnownLake, open: &str) -> Self {
        Self {
            address: lake.place.bucket().map(|place| wire::LakeAddress {
                address: place.to_string(),
                endpoint_url: place.endpoint_url.clone(),
                region: place.region.clone(),
            }),
            open: lake.id == open,
            id: lake.id,
            name: lake.view.name,
            place: lake.view.place,
            kind: lake_kind(lake.view.kind),
            embedded: lake.is_embedded,
            opened_millis: lake.opened_millis,
            waiting_entries: lake.waiting.entries,
            waiting_objects: lake.waiting.objects,
            waiting_bytes: lake.waiting.bytes,
        }
    }
}

same_names!(ws::Standing => wire::StandingWord { Here, Unknown, Reached, Offline, SignedOut, Refused });
same_fields!(ws::WriterView => wire::Writer { principal, workstation, trouble, words });
same_fields!(ws::TransferView => wire::Transfer { key, asset, size_bytes, done_bytes, refused });
same_fields!(ws::LakeState => wire::LakeState {
    standing: Into::into, since_millis, reached_millis, fault: given, waiting_entries, waiting_objects, waiting_bytes,
    refused_objects, paused, sending: each, fetching: each, kept_bytes, budget_bytes, writers: each,
    foreign: Into::into,
});
same_fields!(ws::ForeignView => wire::Foreign {
    on, queue, trouble: given, event: given, left: given, listing: given, waiting, taken, refused, archived, gone,
    objects: each,
});
same_fields!(ws::Heard => wire::Heard { millis, words });
same_names!(ws::ForeignStanding => wire::ForeignStanding { Waiting, Taken, Refused, Archived, Gone });
same_fields!(ws::ForeignRow => wire::ForeignObject { key, size_bytes, state: Into::into, asset, why, since_millis });

same_fields!(ws::EngineRow => wire::Engine { name, kinds, available, words, how_to_get, model, version });

same_fields!(ws::Check => wire::Check { area, title, state: Into::into, words, hint });

same_fields!(ws::ExportResult => wire::Exported { export_id, file_name, size_bytes, losses, items });

same_fields!(ws::ImportedCues => wire::ImportedCues { cues, losses });

impl From<&wire::TimelineView> for stage::TimelineView {
    fn from(view: &wire::TimelineView) -> Self {
        Self {
            asset: view.asset.clone(),
            start_secs: view.start_secs,
            px_per_sec: view.px_per_sec,
            width_px: f64::from(view.width_px),
            height_px: f64::from(view.height_px),
            scale: view.scale,
            scroll_px: view.scroll_px,
            selected: view.selected.clone(),
            selection: view.selection.clone(),
            lane_zoom: view.lane_zoom,
            hand: view.hand.clone().map(Into::into),
            focus: view.focus.clone(),
            mark_in_secs: view.mark_in_secs,
            mark_out_secs: view.mark_out_secs,
            ruler: view.ruler.into(),
            shield: view.shield.into(),
            theme: view.theme.into(),
        }
    }
}

same_fields!(wire::Ghost => stage::Ghost { id, start_secs, end_secs, y, height });
same_fields!(wire::Tip => stage::Tip { x, y, lines });
same_fields!(wire::Hand => stage::Hand { ghosts: each, snap_secs, marquee, tip: given });

same_fields!(stage::LayoutLane => wire::Lane { id, label, y, height });

impl From<stage::LayoutItem> for wire::TimelineItem {
    fn from(item: stage::LayoutItem) -> Self {
        Self {
            proposal: item.proposal,
            kind: item.kind,
            lane: item.lane,
            x: item.x,
            y: item.y,
            width: item.width,
            height: item.height,
            label: item.label,
            state: item.state.into(),
            count: item.count,
        }
    }
}

same_fields!(stage::RulerTick => wire::RulerMark { x, label });
same_fields!(stage::TimelineLayout => wire::TimelineLayout {
    lanes: each, items: each, ruler: each, content_height, gutter_width, ruler_height,
});
