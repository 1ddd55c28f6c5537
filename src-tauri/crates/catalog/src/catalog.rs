use std::path::Path;

use ledger::{Entry, Proposal, RunId};

use crate::{Applied, CatalogError, Journal};

/// The catalog: a derived view of every entry and proposal known here, made for listing and filtering quickly.
pub struct Catalog {}

/// Counts of writes by subject. A number that differs from the one seen before means that subject is stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Assets, locations, renditions, runs.
    pub assets: i64,
    /// Proposals and where they stand.
    pub proposals: i64,
    /// Jobs.
    pub jobs: i64,
}

impl Catalog {
    /// Opens `catalog.db` in `dir`, making or migrating it as needed.
    ///
    /// # Errors
    /// [`CatalogError::TooNew`], [`CatalogError::Damaged`], and trouble with the file.
    pub fn open(dir: &Path) -> Result<Self, CatalogError> {
        todo!("{}", dir.display())
    }

    /// A number that changes whenever anybody, in this process or another, has written to the catalog. Cheap: poll it.
    pub fn data_version(&self) -> Result<i64, CatalogError> {
        todo!()
    }

    /// What has been written so far, by subject.
    pub fn revisions(&self) -> Result<Revisions, CatalogError> {
        todo!()
    }

    /// Takes entries in, in any order; repetitions change nothing.
    pub fn apply(&self, entries: &[Entry]) -> Result<Applied, CatalogError> {
        todo!("{}", entries.len())
    }

    /// Applies what the journal holds and the catalog has not seen: after an append, at start, and when another process
    /// has written.
    pub fn catch_up(&self, journal: &Journal) -> Result<Applied, CatalogError> {
        todo!("{:?}", journal.last_sequence())
    }

    /// Takes the proposals of one run in; repetitions change nothing. Answers how many were new.
    pub fn apply_proposals(&self, run: RunId, proposals: &[Proposal]) -> Result<u64, CatalogError> {
        todo!("{run} {}", proposals.len())
    }

    /// Drops everything derived and derives it again. Jobs and sightings stay. Readers see the old view until the new one
    /// is whole.
    pub fn rebuild<E: From<CatalogError>>(
        &self,
        journal: &Journal,
        entries: impl IntoIterator<Item = Result<Entry, E>>,
        proposals: impl IntoIterator<Item = Result<Proposal, E>>,
    ) -> Result<(), E> {
        let _ = (journal.last_sequence()?, entries.into_iter().count(), proposals.into_iter().count());
        todo!()
    }
}
