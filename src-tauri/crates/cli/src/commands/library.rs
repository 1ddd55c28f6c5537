//! Listing what there is.

use std::sync::Arc;

use fault::Fault;
use serde::Serialize;
use workstation::{
    AssetDetail, AssetRow, AssetState, CommentList, MarkerView, Order, ProposalQuery, ProposalRow,
    ProposalState, Workstation,
};

use crate::Ending;
use crate::args::{OrderArg, Proposals, StateArg};
use crate::commands::comment;
use crate::condition::state_word;
use crate::output::{Output, Table, count, short};

/// `assets`.
pub fn assets(workstation: &Arc<Workstation>, output: &Output) -> Result<Ending, Fault> {
    let assets = workstation.assets()?;
    output.result(&assets, || {
        let mut table = Table::new(&["id", "title", ">length", ">frames", "rate", "size", "codec", "state", ">open", ">circled"]);
        for asset in &assets {
            let known = |fact: String| if asset.state == AssetState::Ready { fact } else { String::new() };
            table.row([
                short(&asset.id),
                asset.title.clone(),
                known(length(asset)),
                known(asset.frame_count.to_string()),
                known(rate(asset)),
                known(size(asset)),
                asset.video_codec.clone(),
                state(asset.state).to_owned(),
                asset.tally.open.to_string(),
                asset.tally.circled.to_string(),
            ]);
        }
        table.lines("The library is empty. Take something in with `circletake ingest PATH`, or see `circletake demo`.")
    })?;
    Ok(Ending::Whole)
}

/// `show`.
pub fn show(workstation: &Arc<Workstation>, asset: &str, output: &Output) -> Result<Ending, Fault> {
    let shown = Shown {
        asset: workstation.asset(asset)?,
        markers: workstation.markers(asset)?,
        comments: workstation.comments(asset)?,
    };
    output.result(&shown, || {
        let mut lines = detail(&shown.asset);
        lines.extend(shown.markers.iter().map(marker));
        lines.extend(shown.comments.threads.iter().flat_map(comment::thread));
        lines
    })?;
    Ok(Ending::Whole)
}

/// What `show` prints.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    asset: AssetDetail,
    markers: Vec<MarkerView>,
    comments: CommentList,
}

fn marker(marker: &MarkerView) -> String {
    let place = if marker.start_timecode.is_empty() {
        format!("frame {}", marker.start_frame)
    } else {
        marker.start_timecode.clone()
    };
    let frames = marker.end_frame.saturating_sub(marker.start_frame);
    let length = if frames > 1 {
        format!(" ({})", count(frames as usize, "frame", "frames"))
    } else {
        String::new()
    };
    let disputed = if marker.disputed { " (disputed)" } else { "" };
    let said = format!("{place}{length} {} {}", marker.person, marker.note);
    format!("{:<10} {}{disputed}", "marker", said.trim_end())
}

fn detail(asset: &AssetDetail) -> Vec<String> {
    let row = &asset.row;
    let mut facts: Vec<(&str, String)> = vec![
        ("id", row.id.clone()),
        ("title", row.title.clone()),
        ("place", row.source.clone()),
        (
            "length",
            format!("{}, {} frames at {}", length(row), row.frame_count, rate(row)),
        ),
    ];
    if let (Some(start), Some(end)) = (&row.start_timecode, &asset.end_timecode) {
        facts.push((
            "timecode",
            format!("{start} to {end}{}", if row.vfr { " (nominal)" } else { "" }),
        ));
    }
    if let Some(video) = &asset.video {
        let colour = [&video.primaries, &video.transfer, &video.matrix]
            .map(|name| if name.is_empty() { "?" } else { name });
        facts.push((
            "picture",
            format!(
                "{} {} {}, {} bit, {}",
                video.codec,
                size(row),
                video.pixel_format,
                video.bit_depth,
                colour.join("/")
            ),
        ));
    }
    for audio in &asset.audio {
        facts.push((
            "sound",
            format!(
                "{} {} ch {} Hz {}",
                audio.codec, audio.channels, audio.sample_rate, audio.language
            ),
        ));
    }
    if let Some(lufs) = asset
        .loudness
        .as_ref()
        .and_then(|loudness| loudness.integrated_lufs)
    {
        facts.push(("loudness", format!("{lufs:.1} LUFS")));
    }
    if let Some(proxy) = &asset.proxy {
        facts.push((
            "proxy",
            format!(
                "{} × {}, {:.1} MB",
                proxy.width,
                proxy.height,
                proxy.size_bytes as f64 / 1e6
            ),
        ));
    }
    let tally = row.tally;
    facts.push((
        "proposals",
        format!(
            "{} open, {} circled, {} rejected, {} in conflict",
            tally.open, tally.circled, tally.rejected, tally.conflict
        ),
    ));
    facts.extend(asset.notes.iter().map(|note| ("note", note.clone())));
    facts
        .into_iter()
        .map(|(name, value)| format!("{name:<10} {value}"))
        .collect()
}

/// `proposals`.
pub fn proposals(workstation: &Arc<Workstation>, args: &Proposals, output: &Output) -> Result<Ending, Fault> {
    let query = ProposalQuery {
        asset: args.asset.clone(),
        kind: args.kind.clone(),
        state: args.state.map(|state| match state {
            StateArg::Open => ProposalState::Open,
            StateArg::Circled => ProposalState::Circled,
            StateArg::Rejected => ProposalState::Rejected,
            StateArg::Conflict => ProposalState::Conflict,
        }),
        order: Some(match args.order {
            OrderArg::Time => Order::Time,
            OrderArg::Worth => Order::Worth,
        }),
        since: None,
    };
    let list = workstation.proposals(&query)?;
    output.result(&list.proposals, || {
        let mut lines = table(&list.proposals).lines("No proposals match.");
        let tally = list.tally;
        lines.push(format!(
            "{} open, {} circled, {} rejected, {} in conflict",
            tally.open, tally.circled, tally.rejected, tally.conflict
        ));
        lines
    })?;
    Ok(Ending::Whole)
}

/// Proposals as a table.
pub fn table(rows: &[ProposalRow]) -> Table {
    let mut table = Table::new(&["id", "kind", "from", "to", "state", ">sure", "what", ""]);
    for row in rows {
        let place = |label: &str, frame: u64| {
            if label.is_empty() {
                frame.to_string()
            } else {
                label.to_owned()
            }
        };
        table.row([
            short(&row.id),
            row.kind.clone(),
            place(&row.start_timecode, row.start_frame),
            place(&row.end_timecode, row.end_frame),
            state_word(row.state).to_owned(),
            row.confidence
                .map(|sure| format!("{sure:.2}"))
                .unwrap_or_default(),
            row.title.clone(),
            row.detail.clone(),
        ]);
    }
    table
}

fn length(asset: &AssetRow) -> String {
    if asset.still {
        return "still".to_owned();
    }
    let secs = asset.duration_secs.max(0.0);
    let whole = secs as u64;
    if whole < 3600 {
        format!("{}:{:04.1}", whole / 60, secs - (whole / 60 * 60) as f64)
    } else {
        format!("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60)
    }
}

fn rate(asset: &AssetRow) -> String {
    let rate = asset
        .frame_rate
        .as_deref()
        .and_then(|rate| rate.parse::<timebase::Rate>().ok());
    let name = rate
        .map(timebase::Rate::short_name)
        .unwrap_or_else(|| "–".to_owned());
    let kind = if asset.vfr {
        " VFR"
    } else if asset.drop_frame {
        " DF"
    } else {
        ""
    };
    format!("{name}{kind}")
}

fn size(asset: &AssetRow) -> String {
    if asset.width == 0 {
        "sound".to_owned()
    } else {
        format!("{}×{}", asset.width, asset.height)
    }
}

fn state(state: AssetState) -> &'static str {
    match state {
        AssetState::Queued => "queued",
        AssetState::Ingesting => "ingesting",
        AssetState::Ready => "ready",
        AssetState::Failed => "failed",
    }
}
