use ledger::{AssetId, RunEntry, RunId};

use crate::{AssetRecord, Catalog, CatalogError, Sighting};

impl Catalog {
    /// All assets, the latest added first.
    pub fn assets(&self) -> Result<Vec<AssetRecord>, CatalogError> {
        todo!()
    }

    /// One asset.
    pub fn asset(&self, id: AssetId) -> Result<Option<AssetRecord>, CatalogError> {
        todo!("{id}")
    }

    /// Ids that begin with these hexadecimal digits; none when `prefix` is not hexadecimal.
    pub fn assets_with_prefix(&self, prefix: &str) -> Result<Vec<AssetId>, CatalogError> {
        todo!("{prefix}")
    }

    /// Assets declared the same as `id`, itself included.
    pub fn aliases(&self, id: AssetId) -> Result<Vec<AssetId>, CatalogError> {
        todo!("{id}")
    }

    /// Assets that were found at `place`.
    pub fn locations_of_place(&self, place: &str) -> Result<Vec<AssetId>, CatalogError> {
        todo!("{place}")
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<RunEntry>, CatalogError> {
        todo!("{id}")
    }

    /// Remembers a file that was ingested whole.
    pub fn remember_sighting(&self, sighting: &Sighting) -> Result<(), CatalogError> {
        todo!("{sighting:?}")
    }

    /// What was remembered for `place`.
    pub fn sighting(&self, place: &str) -> Result<Option<Sighting>, CatalogError> {
        todo!("{place}")
    }
}
