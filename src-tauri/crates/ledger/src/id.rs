use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hexadecimal digits, not {0:?}")]
pub struct IdError(pub String);

/// 128 bits of a BLAKE3 hash, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hash128([u8; 16]);

impl Hash128 {
    fn of(domain: &str, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(domain);
        hasher.update(bytes);
        Self::first_half(hasher.finalize())
    }

    fn first_half(hash: blake3::Hash) -> Self {
        let mut half = [0u8; 16];
        half.copy_from_slice(&hash.as_bytes()[..16]);
        Self(half)
    }
}

impl fmt::Display for Hash128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Hash128 {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError(text.to_owned());
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(bad());
        }
        let mut bytes = [0u8; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_digits| bad())?;
        }
        Ok(Self(bytes))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Hash128);

        impl $name {
            /// The 16 bytes, for stores that keep ids compactly.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0.0
            }

            /// From the 16 bytes of [`Self::as_bytes`].
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Hash128(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

id!(
    /// One piece of media: the first 128 bits of the BLAKE3 hash of its bytes, so two people who ingest the same file meet.
    AssetId
);
id!(
    /// One engine's pass over one asset: a hash of asset, engine, version and parameters.
    RunId
);
id!(
    /// One suggestion: a hash of its run and its content.
    ProposalId
);
id!(
    /// One ledger entry: a hash of everything it says.
    EntryId
);

id!(
    /// One marker: named after the entry that put it, so that two people who mark one frame have two markers.
    MarkerId
);

id!(
    /// One comment: named after the entry that wrote it.
    CommentId
);

impl AssetId {
    /// From the plain BLAKE3 hash of the file's bytes.
    pub fn from_hash(hash: blake3::Hash) -> Self {
        Self(Hash128::first_half(hash))
    }
}

impl RunId {
    pub(crate) fn of(canonical: &str) -> Self {
        Self(Hash128::of("circletake 2026 run id", canonical.as_bytes()))
    }
}

impl ProposalId {
    pub(crate) fn of(canonical: &str) -> Self {
        Self(Hash128::of("circletake 2026 proposal id", canonical.as_bytes()))
    }
}

impl EntryId {
    pub(crate) fn of(canonical: &str) -> Self {
        Self(Hash128::of("circletake 2026 entry id", canonical.as_bytes()))
    }
}

impl From<EntryId> for MarkerId {
    fn from(put: EntryId) -> Self {
        Self(put.0)
    }
}

impl From<EntryId> for CommentId {
    fn from(written: EntryId) -> Self {
        Self(written.0)
    }
}

impl From<CommentId> for EntryId {
    fn from(comment: CommentId) -> Self {
        Self(comment.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_lower_case_digits_are_an_id() {
        let text = "00ff00112233445566778899aabbccdd";
        let id: AssetId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(AssetId::from_bytes(*id.as_bytes()), id);
        let upper = text.to_uppercase();
        let accented = "é".repeat(16);
        for bad in [
            "",
            &text[1..],
            &upper,
            "00ff00112233445566778899aabbccdg",
            &accented,
            "+0ff00112233445566778899aabbccdd",
        ] {
            assert_eq!(bad.parse::<AssetId>(), Err(IdError(bad.to_owned())));
        }
    }

    #[test]
    fn ids_of_one_content_differ_by_what_they_name() {
        let (run, proposal, entry) = (RunId::of("{}"), ProposalId::of("{}"), EntryId::of("{}"));
        assert_ne!(run.as_bytes(), proposal.as_bytes());
        assert_ne!(proposal.as_bytes(), entry.as_bytes());
        assert_ne!(run.as_bytes(), entry.as_bytes());
    }
}
