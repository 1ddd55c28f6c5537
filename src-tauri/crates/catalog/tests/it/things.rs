//! Assets, runs and proposals of the small world.

use ledger::{
    AssetEntry, AssetId, Body, Kind, Proposal, ProposalId, Provenance, Run, RunEntry, RunId, RunIdentity,
};
use serde_json::json;
use timebase::FrameRange;

/// A run over asset `n`.
pub fn run(n: u8) -> Run {
    let identity = RunIdentity {
        asset: crate::world::asset(n),
        engine: "local.shots".into(),
        model: "histogram-1".into(),
        version: "1".into(),
        parameters: json!({ "threshold_permille": 300 }),
    };
    Run::new(
        identity,
        Provenance {
            input: "00".into(),
            started_millis: 7,
            cpu_millis: 8,
            cost_micros: 0,
        },
    )
}

pub fn run_entry(n: u8) -> RunEntry {
    let run = run(n);
    RunEntry {
        key: format!("ai/{}/{}.json.zst", run.asset, run.id),
        run,
        proposals: 4,
        blake3: "00".into(),
    }
}

/// The proposal number `n` of the world, as an engine would have made it.
pub fn made(n: u8, kind: Kind, start: u64, confidence_permille: Option<u16>) -> Proposal {
    let run = run(1);
    Proposal {
        id: crate::world::proposal(n),
        asset: run.asset,
        run: run.id,
        kind,
        range: FrameRange::new(start, start + 10),
        confidence_permille,
        payload: json!({ "number": n }),
    }
}

pub fn asset_entry(asset: AssetId, title: &str) -> Body {
    Body::Asset(AssetEntry {
        asset,
        title: title.into(),
        size_bytes: 12,
        media: json!({ "rate": "25/1" }),
    })
}

pub fn run_id() -> RunId {
    run(1).id
}

/// Ids as short names, to compare lists by.
pub fn numbers(ids: &[ProposalId]) -> Vec<u8> {
    ids.iter().map(|id| id.as_bytes()[0]).collect()
}
