use std::collections::BTreeMap;

use ledger::{Entry, EntryId, Kind, ProposalId, Tally};

use crate::{Catalog, CatalogError, Filter, ProposalRecord, VerdictRecord};

impl Catalog {
    /// Proposals that match, in the filter's order.
    pub fn proposals(&self, filter: &Filter) -> Result<Vec<ProposalRecord>, CatalogError> {
        todo!("{filter:?}")
    }

    /// Ids alone, for previews of bulk verdicts.
    pub fn proposal_ids(&self, filter: &Filter) -> Result<Vec<ProposalId>, CatalogError> {
        todo!("{filter:?}")
    }

    /// How many that match stand where; limit and offset do not count.
    pub fn tally(&self, filter: &Filter) -> Result<Tally, CatalogError> {
        todo!("{filter:?}")
    }

    /// How many match, by kind; limit and offset do not count.
    pub fn count_by_kind(&self, filter: &Filter) -> Result<BTreeMap<Kind, u64>, CatalogError> {
        todo!("{filter:?}")
    }

    /// Ids that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    pub fn proposals_with_prefix(&self, prefix: &str) -> Result<Vec<ProposalId>, CatalogError> {
        todo!("{prefix}")
    }

    /// The entries that stand for each of these: what an author who decides now has seen and replaces.
    pub fn standing_entries(&self, ids: &[ProposalId]) -> Result<Vec<(ProposalId, Vec<EntryId>)>, CatalogError> {
        todo!("{ids:?}")
    }

    /// All decisions that name `id`, oldest first.
    pub fn history_of(&self, id: ProposalId) -> Result<Vec<VerdictRecord>, CatalogError> {
        todo!("{id}")
    }

    /// One entry.
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, CatalogError> {
        todo!("{id}")
    }
}
