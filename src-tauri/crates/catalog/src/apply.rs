use ledger::ProposalId;

/// What taking entries in has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Entries that were new.
    pub entries: u64,
    /// Proposals whose standing was computed anew, sorted, without repetition.
    pub proposals: Vec<ProposalId>,
}
