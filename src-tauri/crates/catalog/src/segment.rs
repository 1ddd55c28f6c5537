//! The bytes of a ledger segment: entries as JSON lines, packed with zstd.

use std::io::{Error, ErrorKind, Read};

use ledger::Entry;

use crate::CatalogError;

/// The most a segment may unpack to. A bulk verdict on 100 000 proposals is a line of 4 MB; far beyond that it is no segment
/// of ours but something made to fill the memory.
const UNPACKED_LIMIT_BYTES: u64 = 1 << 30;

/// Fast, and within a few per cent of the slow levels on short JSON lines.
const LEVEL: i32 = 3;

/// Entries as the bytes of a segment.
///
/// # Errors
/// When packing fails (no memory).
pub fn pack(entries: &[Entry]) -> Result<Vec<u8>, CatalogError> {
    let mut lines = String::new();
    for entry in entries {
        lines.push_str(&entry.to_line());
        lines.push('\n');
    }
    pack_lines(&lines)
}

pub(crate) fn pack_lines(lines: &str) -> Result<Vec<u8>, CatalogError> {
    zstd::encode_all(lines.as_bytes(), LEVEL).map_err(CatalogError::Segment)
}

/// The entries of a segment, each checked against its id.
///
/// # Errors
/// [`CatalogError::Segment`] when it is not zstd or unpacks to more than the stated limit, [`CatalogError::Entry`] when a
/// line does not read.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Entry>, CatalogError> {
    let mut lines = String::new();
    let decoder = zstd::Decoder::new(bytes).map_err(CatalogError::Segment)?;
    let read = decoder
        .take(UNPACKED_LIMIT_BYTES + 1)
        .read_to_string(&mut lines)
        .map_err(CatalogError::Segment)?;
    if read as u64 > UNPACKED_LIMIT_BYTES {
        return Err(CatalogError::Segment(Error::new(
            ErrorKind::InvalidData,
            "unpacks to more than a segment may",
        )));
    }
    lines
        .lines()
        .map(|line| Entry::from_line(line).map_err(CatalogError::Entry))
        .collect()
}

/// The chain hash after one more segment: BLAKE3 of the chain before (empty for the first) followed by the BLAKE3 of the
/// segment's bytes, both as text; 64 hexadecimal digits.
pub fn chain_after(chain: &str, blake3: &str) -> String {
    blake3::hash(format!("{chain}{blake3}").as_bytes())
        .to_hex()
        .to_string()
}
