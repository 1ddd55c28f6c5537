//! The BLAKE3 hash of a file from the hashes of its pieces, in whatever order they come and by whichever run: BLAKE3 is a tree,
//! and a piece of a power of two is one of its branches. So nothing is hashed twice and nobody waits for the piece before.

use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// A branch of the tree. In text, 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch(ChainingValue);

impl Branch {
    /// Of the piece that begins at byte `start` of the whole. Pieces have a power of two of KiB each, but for the last.
    pub fn of(bytes: &[u8], start: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(start).update(bytes);
        Self(hasher.finalize_non_root())
    }
}

impl From<Branch> for String {
    fn from(branch: Branch) -> Self {
        blake3::Hash::from_bytes(branch.0).to_hex().as_str().to_owned()
    }
}

impl TryFrom<String> for Branch {
    type Error = blake3::HexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(*blake3::Hash::from_hex(text)?.as_bytes()))
    }
}

impl serde::Serialize for Branch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from(*self))
    }
}

impl<'de> serde::Deserialize<'de> for Branch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::try_from(text).map_err(serde::de::Error::custom)
    }
}

/// The hash of the whole, from all its pieces in order. `None` for a single one, which is no branch but the tree.
pub fn root(pieces: &[Branch]) -> Option<blake3::Hash> {
    let (left, right) = halves(pieces)?;
    Some(merge_subtrees_root(&subtree(left)?, &subtree(right)?, Mode::Hash))
}

fn subtree(pieces: &[Branch]) -> Option<ChainingValue> {
    match pieces {
        [] => None,
        [one] => Some(one.0),
        _ => {
            let (left, right) = halves(pieces)?;
            Some(merge_subtrees_non_root(
                &subtree(left)?,
                &subtree(right)?,
                Mode::Hash,
            ))
        }
    }
}

/// The left half of a tree is the largest power of two that leaves something for the right.
fn halves(pieces: &[Branch]) -> Option<(&[Branch], &[Branch])> {
    (pieces.len() > 1).then(|| pieces.split_at(pieces.len().next_power_of_two() / 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_make_the_hash_of_the_whole(
            length in 2usize..40_000,
            kib_log in 0u32..4,
            seed in any::<u8>(),
        ) {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 + usize::from(seed)) as u8).collect();
            let piece = 1024 << kib_log;
            let branches: Vec<Branch> = bytes
                .chunks(piece)
                .enumerate()
                .map(|(at, chunk)| Branch::of(chunk, (at * piece) as u64))
                .collect();
            let expected = (length > piece).then(|| blake3::hash(&bytes));
            prop_assert_eq!(root(&branches), expected);
        }
    }

    #[test]
    fn a_branch_is_kept_as_text() {
        let branch = Branch::of(b"piece", 1024);
        let text = serde_json::to_string(&branch).unwrap();
        assert_eq!(text.len(), 66);
        assert_eq!(serde_json::from_str::<Branch>(&text).unwrap(), branch);
        assert!(serde_json::from_str::<Branch>("\"abc\"").is_err());
    }
}
