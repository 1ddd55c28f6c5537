use serde::{Deserialize, Serialize};

use crate::{ETag, Key};

/// The highest number of a part, as in S3.
pub const MOST_PARTS: u32 = 10_000;
/// All parts but the last have at least this many bytes, as in S3.
pub const LEAST_PART_BYTES: u64 = 5 << 20;
/// A part has at least this many bytes unless the file is smaller: fewer answers to wait for, and little to send again.
const USUAL_PART_BYTES: u64 = 16 << 20;
const MIB: u64 = 1 << 20;

/// An upload in parts that was begun. It is all that is needed to go on with it, also from another process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Upload {
    /// What it will be.
    pub key: Key,
    /// The store's own name for it.
    pub id: String,
}

/// A part that lies in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 1 for the first.
    pub number: u32,
    /// Its version.
    pub etag: ETag,
    /// Its bytes.
    pub size_bytes: u64,
}

/// How many bytes the parts of an object of this size have: 16 MiB, and more, in whole MiB, where that would make too many.
pub const fn part_bytes(size_bytes: u64) -> u64 {
    let least = size_bytes.div_ceil(MOST_PARTS as u64).div_ceil(MIB) * MIB;
    if least > USUAL_PART_BYTES {
        least
    } else {
        USUAL_PART_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_large_enough_and_not_too_many() {
        assert_eq!(part_bytes(0), USUAL_PART_BYTES);
        assert_eq!(
            part_bytes(USUAL_PART_BYTES * u64::from(MOST_PARTS)),
            USUAL_PART_BYTES
        );
        for size in [1, 7 << 30, 5 << 40, 50 << 40] {
            let part = part_bytes(size);
            assert!(size.div_ceil(part) <= u64::from(MOST_PARTS), "{size}");
            assert!(part >= LEAST_PART_BYTES && part.is_multiple_of(MIB), "{size}");
        }
    }
}
