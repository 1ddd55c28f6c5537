//! What machines say about an asset: the runs that come out of the ingest pass itself, and the second looks at kept frames
//! and at the sound, which begin when the proxy is playable.

mod material;
mod second;

use catalog::Progress;
use engines::{Proposed, local};
use fault::{Code, Fault};
use ledger::{AssetId, Kind, ProposalDraft, Provenance, Run};
use media::IngestReport;
use std::sync::Arc;

use crate::changes::Subject;
use crate::home::now_millis;
use crate::jobs::{Ending, Reporter};
use crate::views::EngineRow;
use crate::workstation::Workstation;

/// Kinds that a second look can make.
const SECOND: [Kind; 5] = [
    Kind::Faces,
    Kind::Text,
    Kind::Cues,
    Kind::Highlights,
    Kind::Posters,
];

/// The runs of the ingest pass itself: shots and technical faults.
pub(crate) fn first(
    asset: AssetId,
    learned: &IngestReport,
    clock: &crate::FrameClock,
) -> Vec<(Run, Vec<ProposalDraft>)> {
    let shots = material::shots(learned);
    let mut runs = Vec::new();
    if learned.media.video.is_some() && !learned.media.still {
        runs.push(local::shots::propose(&shots));
    }
    material::with_clock(clock, |clock| {
        runs.push(local::qc::propose(&material::findings(learned), clock));
    });
    let started_millis = now_millis();
    runs.into_iter()
        .map(|proposed| as_run(asset, proposed, &learned.blake3, started_millis, 0))
        .collect()
}

/// Whether runs of this engine come out of a second look.
pub(crate) fn is_second(engine: &str) -> bool {
    const SECOND_ENGINES: [&str; 5] = [
        local::faces::NAME,
        local::text::NAME,
        local::speech::NAME,
        local::highlights::NAME,
        local::posters::NAME,
    ];
    SECOND_ENGINES.contains(&engine)
}

/// A run and its drafts from what an engine said.
fn as_run(
    asset: AssetId,
    mut proposed: Proposed,
    input: &str,
    started_millis: u64,
    cpu_millis: u64,
) -> (Run, Vec<ProposalDraft>) {
    let drafts = std::mem::take(&mut proposed.drafts);
    let provenance = Provenance {
        input: input.to_owned(),
        started_millis,
        cpu_millis,
        cost_micros: 0,
    };
    (Run::new(proposed.identity(asset), provenance), drafts)
}

/// The engines, and how to get those that are missing.
pub(crate) fn catalogue() -> Vec<EngineRow> {
    let row = |card: engines::EngineCard| EngineRow {
        name: card.name,
        kinds: card.kinds,
        available: card.available,
        words: card.words,
        how_to_get: card.how_to_get,
        model: card.model,
        version: card.version,
    };
    engines::catalogue().into_iter().map(row).collect()
}

impl Workstation {
    /// Queues another look at an asset by the engines of these kinds; all that can run here when none are named. Answers
    /// the job.
    ///
    /// # Errors
    /// No such asset, a kind that no second look makes, and trouble with the store.
    pub fn analyze(&self, asset: &str, kinds: &[String]) -> Result<Vec<String>, Fault> {
        let asset = self.resolve_asset(asset)?;
        let known: Vec<&str> = SECOND.iter().map(Kind::as_str).collect();
        if let Some(unknown) = kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
            return Err(
                Fault::new(Code::BadRequest, format!("No engine here looks for {unknown}.")).hint(format!(
                    "There are: {}. Shots and QC are made while a file is taken in.",
                    known.join(", ")
                )),
            );
        }
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(vec![self.queue_looks(asset, &kinds)?])
    }

    /// The work of one `look` job.
    pub(crate) fn run_look(
        self: &Arc<Self>,
        job: &catalog::Job,
        report: &mut Reporter,
    ) -> Result<Ending, Fault> {
        let asset = job
            .new
            .asset
            .ok_or_else(|| Fault::new(Code::BadRequest, "This job names no asset."))?;
        let named = job.new.request.get("kinds").and_then(|kinds| kinds.as_array());
        let named: Vec<&str> = named
            .into_iter()
            .flatten()
            .filter_map(|kind| kind.as_str())
            .collect();
        let wanted: Vec<Kind> = SECOND
            .iter()
            .filter(|kind| named.is_empty() || named.contains(&kind.as_str()))
            .cloned()
            .collect();
        let _going = report.say(Progress {
            permille: Some(0),
            message: "Looking".to_owned(),
            ..Progress::default()
        });
        let started_millis = now_millis();
        let Some(seen) = second::look(self, asset, &wanted, report)? else {
            return report.broken_off();
        };
        let mut runs = Vec::new();
        for (proposed, cpu_millis) in seen.proposed {
            let (run, drafts) = as_run(asset, proposed, &seen.input, started_millis, cpu_millis);
            runs.push(self.store_drafts(run, drafts)?);
        }
        self.record_runs(Vec::new(), &runs)?;
        let proposals: u64 = runs.iter().map(|settled| settled.entry.proposals).sum();
        self.hub.tell([
            Subject::Proposals,
            Subject::Assets,
            Subject::Asset(asset.to_string()),
        ]);
        let words = match proposals {
            1 => "1 proposal.".to_owned(),
            many => format!("{many} proposals."),
        };
        Ok(Ending::Done(if seen.notes.is_empty() {
            words
        } else {
            format!("{words} {}", seen.notes.join(" "))
        }))
    }
}
