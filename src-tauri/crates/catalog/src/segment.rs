//! The bytes of a ledger segment: entries as JSON lines, packed with zstd.

use ledger::Entry;

use crate::CatalogError;

/// Entries as the bytes of a segment.
///
/// # Errors
/// When packing fails (no memory).
pub fn pack(entries: &[Entry]) -> Result<Vec<u8>, CatalogError> {
    todo!("{}", entries.len())
}

/// The entries of a segment, each checked against its id.
///
/// # Errors
/// [`CatalogError::Segment`] when it is not zstd or unpacks to more than the stated limit, [`CatalogError::Entry`] when a
/// line does not read.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Entry>, CatalogError> {
    todo!("{}", bytes.len())
}
