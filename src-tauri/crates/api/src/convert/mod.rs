//! From what the workstation answers to what crosses the boundary, and back. Field by field, so that a change on one side
//! does not compile until the other side has it.

use serde_json::Value;
use workstation as ws;

use crate::wire;

mod markers;
mod preferences;

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

same_names!(ws::AssetState => wire::AssetState { Queued, Ingesting, Ready, Failed });
same_names!(ws::ProposalState => wire::StateWord { Open, Circled, Rejected, Conflict });
same_names!(wire::StateWord => ws::ProposalState { Open, Circled, Rejected, Conflict });
same_names!(wire::VerdictWord => ws::DecideVerdict { Circle, Reject, Retract });
same_names!(wire::Order => ws::Order { Worth, Time });
same_names!(ws::JobState => wire::JobState { Queued, Running, Done, Failed, Cancelled });
same_names!(ws::CheckState => wire::CheckState { Ok, Warn, Missing });
same_names!(ws::Theme => wire::Theme { Dark, Light, Contrast });
same_names!(wire::Theme => stage::Theme { Dark, Light, Contrast });
same_names!(stage::ItemState => wire::StateWord { Open, Circled, Rejected, Conflict });
same_names!(wire::StateWord => stage::ItemState { Open, Circled, Rejected, Conflict });
same_names!(wire::ExportWhat => ws::ExportWhat { Shots, Highlights, Cues, Posters });
same_names!(wire::ExportFormat => ws::ExportFormat { Edl, Otio, Fcpxml, Srt, Vtt, Png });

/// Roles of the ledger as their words; a word of a later version counts as an editor's, who may do the least.
fn role(word: &str) -> wire::RoleWord {
    match word {
        "qc" => wire::RoleWord::Qc,
        "producer" => wire::RoleWord::Producer,
        _ => wire::RoleWord::Editor,
    }
}

impl From<ws::TallyView> for wire::TallyCounts {
    fn from(tally: ws::TallyView) -> Self {
        let ws::TallyView {
            open,
            circled,
            rejected,
            conflict,
        } = tally;
        Self {
            open,
            circled,
            rejected,
            conflict,
        }
    }
}

impl From<ws::AssetRow> for wire::AssetRow {
    fn from(row: ws::AssetRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            source: row.source,
            duration_secs: row.duration_secs,
            frame_count: row.frame_count,
            frame_rate: row.frame_rate,
            vfr: row.vfr,
            start_timecode: row.start_timecode,
            drop_frame: row.drop_frame,
            width: row.width,
            height: row.height,
            video_codec: row.video_codec,
            audio_channels: row.audio_channels,
            state: row.state.into(),
            job: row.job,
            progress: row.progress,
            tally: row.tally.into(),
            added_millis: row.added_millis,
            hdr: row.hdr,
            still: row.still,
            interlaced: row.interlaced,
        }
    }
}

impl From<ws::AssetDetail> for wire::AssetDetail {
    fn from(detail: ws::AssetDetail) -> Self {
        let loudness = |figures: ws::LoudnessView| wire::LoudnessFigures {
            integrated_lufs: figures.integrated_lufs,
            range_lu: figures.range_lu,
            true_peak_dbtp: figures.true_peak_dbtp,
        };
        let proxy = |proxy: ws::ProxyView| wire::ProxyFigures {
            width: proxy.width,
            height: proxy.height,
            size_bytes: proxy.size_bytes,
        };
        Self {
            row: detail.row.into(),
            size_bytes: detail.size_bytes,
            video: detail.video.map(Into::into),
            audio: detail.audio.into_iter().map(Into::into).collect(),
            sprites: detail.sprites.map(Into::into),
            proxy: detail.proxy.map(proxy),
            loudness: detail.loudness.map(loudness),
            notes: detail.notes,
            end_timecode: detail.end_timecode,
            container: detail.container,
            places: detail.places,
        }
    }
}

impl From<ws::VideoTrack> for wire::VideoTrack {
    fn from(track: ws::VideoTrack) -> Self {
        Self {
            codec: track.codec,
            profile: track.profile,
            coded_width: track.coded_width,
            coded_height: track.coded_height,
            pixel_aspect: track.pixel_aspect,
            rotation_degrees: track.rotation_degrees,
            pixel_format: track.pixel_format,
            bit_depth: track.bit_depth,
            primaries: track.primaries,
            transfer: track.transfer,
            matrix: track.matrix,
            full_range: track.full_range,
            field_order: track.field_order,
        }
    }
}

impl From<ws::AudioTrack> for wire::AudioTrack {
    fn from(track: ws::AudioTrack) -> Self {
        let ws::AudioTrack {
            codec,
            channels,
            sample_rate,
            language,
            title,
        } = track;
        Self {
            codec,
            channels,
            sample_rate,
            language,
            title,
        }
    }
}

impl From<ws::SpriteView> for wire::SpriteSheets {
    fn from(view: ws::SpriteView) -> Self {
        let ws::SpriteView {
            tile_width,
            tile_height,
            columns,
            rows,
            sheets,
            frames,
        } = view;
        Self {
            tile_width,
            tile_height,
            columns,
            rows,
            sheets,
            frames,
        }
    }
}

impl From<ws::ProposalRow> for wire::ProposalRow {
    fn from(row: ws::ProposalRow) -> Self {
        let decided = |by: ws::DecidedBy| wire::DecidedBy {
            role: role(&by.role),
            person: by.person,
            millis: by.millis,
            note: by.note,
        };
        Self {
            id: row.id,
            asset: row.asset,
            kind: row.kind,
            start_frame: row.start_frame,
            end_frame: row.end_frame,
            start_secs: row.start_secs,
            end_secs: row.end_secs,
            start_timecode: row.start_timecode,
            end_timecode: row.end_timecode,
            state: row.state.into(),
            confidence: row.confidence,
            engine: row.engine,
            model: row.model,
            version: row.version,
            run: row.run,
            payload: row.payload,
            edit: row.edit,
            title: row.title,
            detail: row.detail,
            worth: row.worth,
            decided: row.decided.map(decided),
        }
    }
}

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

impl From<ws::ProposalList> for wire::Proposals {
    fn from(list: ws::ProposalList) -> Self {
        Self {
            proposals: list.proposals.into_iter().map(Into::into).collect(),
            tally: list.tally.into(),
            version: list.version,
            whole: list.whole,
            gone: list.gone,
        }
    }
}

impl From<ws::ProvenanceView> for wire::Provenance {
    fn from(view: ws::ProvenanceView) -> Self {
        let entry = |entry: ws::HistoryEntry| wire::HistoryEntry {
            verdict: match entry.verdict.as_str() {
                "circled" => wire::VerdictGiven::Circled,
                "rejected" => wire::VerdictGiven::Rejected,
                _ => wire::VerdictGiven::Retracted,
            },
            role: role(&entry.role),
            entry: entry.entry,
            person: entry.person,
            millis: entry.millis,
            note: entry.note,
            standing: entry.standing,
            undone: entry.undone,
        };
        Self {
            engine: view.engine,
            model: view.model,
            version: view.version,
            parameters: view.parameters,
            input: view.input,
            started_millis: view.started_millis,
            cpu_millis: view.cpu_millis,
            cost_micros: view.cost_micros,
            run: view.run,
            history: view.history.into_iter().map(entry).collect(),
        }
    }
}

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

impl From<ws::Preview> for wire::Preview {
    fn from(preview: ws::Preview) -> Self {
        Self {
            ids: preview.ids,
            by_kind: preview.by_kind,
        }
    }
}

impl From<wire::Decide> for ws::Decide {
    fn from(request: wire::Decide) -> Self {
        Self {
            ids: request.ids,
            verdict: request.verdict.into(),
            edit: request.edit.map(Value::Object),
            note: request.note,
        }
    }
}

impl From<ws::UndoState> for wire::UndoState {
    fn from(state: ws::UndoState) -> Self {
        let ws::UndoState {
            can_undo,
            can_redo,
            undo_label,
            redo_label,
            undo_overtaken,
            undo_words,
            redo_overtaken,
            redo_words,
        } = state;
        Self {
            can_undo,
            can_redo,
            undo_label,
            redo_label,
            undo_overtaken,
            undo_words,
            redo_overtaken,
            redo_words,
        }
    }
}

fn changed(all: Vec<ws::Changed>) -> Vec<wire::Changed> {
    all.into_iter()
        .map(|one| wire::Changed {
            id: one.id,
            state: one.state.into(),
        })
        .collect()
}

impl From<ws::Decided> for wire::Decided {
    fn from(decided: ws::Decided) -> Self {
        Self {
            changed: changed(decided.changed),
            undo: decided.undo.into(),
        }
    }
}

impl From<ws::Undone> for wire::Undone {
    fn from(undone: ws::Undone) -> Self {
        Self {
            label: undone.label,
            overtaken: undone.overtaken,
            words: undone.words,
            changed: changed(undone.changed),
            undo: undone.undo.into(),
        }
    }
}

impl From<ws::HistoryView> for wire::Steps {
    fn from(history: ws::HistoryView) -> Self {
        let steps = |steps: Vec<ws::HistoryStep>| {
            let step = |step: ws::HistoryStep| wire::HistoryStep {
                label: step.label,
                millis: step.millis,
                person: step.person,
            };
            steps.into_iter().map(step).collect()
        };
        Self {
            done: steps(history.done),
            undone: steps(history.undone),
        }
    }
}

impl From<ws::Job> for wire::Job {
    fn from(job: ws::Job) -> Self {
        Self {
            kind: match job.kind.as_str() {
                "ingest" => wire::JobKind::Ingest,
                "look" => wire::JobKind::Look,
                "demo" => wire::JobKind::Demo,
                _ => wire::JobKind::Other,
            },
            id: job.id,
            title: job.title,
            asset: job.asset,
            state: job.state.into(),
            progress: job.progress,
            rate: job.rate,
            left_secs: job.left_secs,
            message: job.message,
            fault: job.fault.map(Into::into),
            started_millis: job.started_millis,
            ended_millis: job.ended_millis,
        }
    }
}

impl From<ws::PersonView> for wire::Person {
    fn from(person: ws::PersonView) -> Self {
        Self {
            role: role(&person.role),
            name: person.name,
        }
    }
}

impl From<ws::LakeView> for wire::LakePlace {
    fn from(lake: ws::LakeView) -> Self {
        // The only kind there is; another one will have to be told apart here.
        Self {
            name: lake.name,
            place: lake.place,
            kind: wire::LakeKind::Folder,
        }
    }
}

impl From<ws::EngineRow> for wire::Engine {
    fn from(row: ws::EngineRow) -> Self {
        let ws::EngineRow {
            name,
            kinds,
            available,
            words,
            how_to_get,
            model,
            version,
        } = row;
        Self {
            name,
            kinds,
            available,
            words,
            how_to_get,
            model,
            version,
        }
    }
}

impl From<ws::Check> for wire::Check {
    fn from(check: ws::Check) -> Self {
        let ws::Check {
            area,
            title,
            state,
            words,
            hint,
        } = check;
        Self {
            area,
            title,
            state: state.into(),
            words,
            hint,
        }
    }
}

impl From<ws::ExportResult> for wire::Exported {
    fn from(result: ws::ExportResult) -> Self {
        let ws::ExportResult {
            export_id,
            file_name,
            size_bytes,
            losses,
            items,
        } = result;
        Self {
            export_id,
            file_name,
            size_bytes,
            losses,
            items,
        }
    }
}

impl From<ws::ImportedCues> for wire::ImportedCues {
    fn from(imported: ws::ImportedCues) -> Self {
        Self {
            cues: imported.cues,
            losses: imported.losses,
        }
    }
}

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
            focus: view.focus.clone(),
            mark_in_secs: view.mark_in_secs,
            mark_out_secs: view.mark_out_secs,
            theme: view.theme.into(),
        }
    }
}

impl From<stage::TimelineLayout> for wire::TimelineLayout {
    fn from(layout: stage::TimelineLayout) -> Self {
        let lane = |lane: stage::LayoutLane| wire::Lane {
            id: lane.id,
            label: lane.label,
            y: lane.y,
            height: lane.height,
        };
        let item = |item: stage::LayoutItem| wire::TimelineItem {
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
        };
        let mark = |tick: stage::RulerTick| wire::RulerMark {
            x: tick.x,
            label: tick.label,
        };
        Self {
            lanes: layout.lanes.into_iter().map(lane).collect(),
            items: layout.items.into_iter().map(item).collect(),
            ruler: layout.ruler.into_iter().map(mark).collect(),
            content_height: layout.content_height,
            gutter_width: layout.gutter_width,
            ruler_height: layout.ruler_height,
        }
    }
}
