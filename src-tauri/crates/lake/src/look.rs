//! What a lake looks like before it is opened.

use std::collections::BTreeSet;

use crate::{Lake, LakeError, layout};

/// Heads read; more people than this are "and more".
const HEADS_READ: usize = 1000;
/// Objects looked at where there are no heads.
const GLANCED_AT: usize = 100;
/// What the keys of a lake begin with.
const OURS: [&str; 10] = [
    "raw/",
    "mezzanine/",
    "proxy/",
    "thumbnails/",
    "renditions/",
    "ai/",
    "ledger/",
    "approvals/",
    "heads/",
    "snapshots/",
];

/// What lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing: the first one who writes begins a new lake.
    Empty,
    /// A lake of ours.
    Lake {
        /// People whose ledgers are there.
        people: usize,
        /// Whether there are more than were read.
        and_more: bool,
    },
    /// Something else; what is in the way of nothing stays as it is.
    Other {
        /// One of its objects.
        example: String,
    },
}

/// Looks at a lake: one or two listings, nothing is changed.
///
/// # Errors
/// When it cannot be listed.
pub async fn look(lake: &dyn Lake) -> Result<Look, LakeError> {
    let heads = lake.list(layout::HEADS, None, HEADS_READ).await?;
    let people: BTreeSet<&str> = heads
        .objects
        .iter()
        .filter_map(|head| head.key.as_str().strip_prefix(layout::HEADS)?.split('/').next())
        .collect();
    if !people.is_empty() {
        return Ok(Look::Lake {
            people: people.len(),
            and_more: heads.more,
        });
    }
    let first = lake.list("", None, GLANCED_AT).await?;
    let is_ours = |key: &str| OURS.iter().any(|prefix| key.starts_with(prefix));
    Ok(match first.objects.first() {
        None => Look::Empty,
        Some(_) if first.objects.iter().any(|object| is_ours(object.key.as_str())) => Look::Lake {
            people: 0,
            and_more: false,
        },
        Some(object) => Look::Other {
            example: object.key.to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, MemoryLake, Put};

    #[tokio::test]
    async fn a_lake_is_told_from_an_empty_place_and_from_something_else() {
        let put = async |lake: &MemoryLake, key: &str| {
            lake.put(&Key::new(key).unwrap(), vec![1], Put::CreateOnly)
                .await
                .unwrap();
        };
        let lake = MemoryLake::default();
        assert_eq!(look(&lake).await.unwrap(), Look::Empty);
        put(&lake, "holiday/beach.jpg").await;
        let example = "holiday/beach.jpg".to_owned();
        assert_eq!(look(&lake).await.unwrap(), Look::Other { example });
        put(&lake, "proxy/a/1.mp4").await;
        let of = |people| Look::Lake {
            people,
            and_more: false,
        };
        assert_eq!(look(&lake).await.unwrap(), of(0));
        for head in ["anna/w1", "anna/w2", "ben/w1"] {
            put(&lake, &format!("heads/v1/{head}")).await;
        }
        assert_eq!(look(&lake).await.unwrap(), of(2));
    }
}
