//! What machines say about an asset: the runs that come out of the ingest pass itself, and the second looks at kept frames
//! and at the sound, which begin when the proxy is playable.

use std::sync::Arc;

use fault::Fault;
use ledger::{AssetId, ProposalDraft, Run};
use media::IngestReport;

use crate::jobs::{Ending, Reporter};
use crate::views::EngineRow;
use crate::workstation::Workstation;

/// The runs of the ingest pass itself.
#[expect(clippy::unnecessary_wraps, reason = "engines can refuse")]
pub(crate) fn first(
    _asset: AssetId,
    _learned: &IngestReport,
) -> Result<Vec<(Run, Vec<ProposalDraft>)>, Fault> {
    Ok(Vec::new())
}

/// The engines that are wired in.
pub(crate) fn catalogue() -> Vec<EngineRow> {
    Vec::new()
}

impl Workstation {
    /// The work of one `look` job.
    #[expect(clippy::unnecessary_wraps, reason = "engines can refuse")]
    pub(crate) fn run_look(
        self: &Arc<Self>,
        _job: &catalog::Job,
        _report: &mut Reporter,
    ) -> Result<Ending, Fault> {
        Ok(Ending::Done("No engine is wired in yet.".to_owned()))
    }

    /// Queues another look at an asset by the engines of these kinds; all that can run here when none are named. Answers
    /// the job.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn analyze(&self, asset: &str, kinds: &[String]) -> Result<Vec<String>, Fault> {
        let asset = self.resolve_asset(asset)?;
        Ok(vec![self.queue_looks(asset, kinds)?])
    }
}
