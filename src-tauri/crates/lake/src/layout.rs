//! Where things lie in a lake. Every key is built here, so that no other code spells a path.

use crate::{Key, KeyError};

/// `raw/<asset>/<file>`: an original, never overwritten.
///
/// # Errors
/// When `file` cannot stand in a key.
pub fn raw(asset: &str, file: &str) -> Result<Key, KeyError> {
    Key::of(&["raw", asset, file])
}

/// `mezzanine/<asset>/<file>`: a high-quality intermediate.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn mezzanine(asset: &str, file: &str) -> Result<Key, KeyError> {
    Key::of(&["mezzanine", asset, file])
}

/// `proxy/<asset>/<settings>.mp4`: an editing proxy; `settings` is a hash of what it was made with.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn proxy(asset: &str, settings: &str) -> Result<Key, KeyError> {
    Key::of(&["proxy", asset, &format!("{settings}.mp4")])
}

/// `thumbnails/<asset>/<file>`: sprites, stills, waveform, the PTS index.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn thumbnails(asset: &str, file: &str) -> Result<Key, KeyError> {
    Key::of(&["thumbnails", asset, file])
}

/// `renditions/<asset>/<name>/<file>`: a deliverable.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn rendition(asset: &str, name: &str, file: &str) -> Result<Key, KeyError> {
    Key::of(&["renditions", asset, name, file])
}

/// `ai/<asset>/<run>.json.zst`: the proposals of one run and its raw answer.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn run(asset: &str, run: &str) -> Result<Key, KeyError> {
    Key::of(&["ai", asset, &format!("{run}.json.zst")])
}

/// `ledger/v1/<principal>/<workstation>/<sequence>.jsonl.zst`: one append-only segment. The sequence is padded to twelve
/// digits, so that the listing's order is the order of writing.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn segment(principal: &str, workstation: &str, sequence: u64) -> Result<Key, KeyError> {
    Key::of(&[
        "ledger",
        "v1",
        principal,
        workstation,
        &format!("{sequence:012}.jsonl.zst"),
    ])
}

/// `approvals/v1/<principal>/<workstation>/<sequence>.jsonl.zst`: the same for approvals, apart so that a store's own
/// rules can decide who may approve.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn approvals(principal: &str, workstation: &str, sequence: u64) -> Result<Key, KeyError> {
    Key::of(&[
        "approvals",
        "v1",
        principal,
        workstation,
        &format!("{sequence:012}.jsonl.zst"),
    ])
}

/// `heads/v1/<principal>/<workstation>`: the one small object its single writer overwrites.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn head(principal: &str, workstation: &str) -> Result<Key, KeyError> {
    Key::of(&["heads", "v1", principal, workstation])
}

/// `snapshots/v1/<principal>/<id>.sqlite.zst`: a checkpoint, derived and re-checkable, under the name of who made it.
///
/// # Errors
/// When a part cannot stand in a key.
pub fn snapshot(principal: &str, id: &str) -> Result<Key, KeyError> {
    Key::of(&["snapshots", "v1", principal, &format!("{id}.sqlite.zst")])
}

/// The prefix under which all snapshots are listed.
pub const SNAPSHOTS: &str = "snapshots/v1/";

/// Maker and id of a snapshot's key, or `None` when it is not one of a snapshot.
pub fn parse_snapshot(key: &Key) -> Option<(&str, &str)> {
    let rest = key
        .as_str()
        .strip_prefix(SNAPSHOTS)?
        .strip_suffix(".sqlite.zst")?;
    let (principal, id) = rest.split_once('/')?;
    (!id.is_empty() && !id.contains('/')).then_some((principal, id))
}

/// `claims/v1/<object>/<number>`: who takes in an object that somebody else put into the lake; `object` names it in one version.
/// The first is written by whoever begins, the next by whoever finds it given up. The number is padded to six digits.
///
/// # Errors
/// When `object` cannot stand in a key.
pub fn claim(object: &str, number: u32) -> Result<Key, KeyError> {
    Key::of(&["claims", "v1", object, &format!("{number:06}")])
}

/// The last segment of [`taken`].
pub const TAKEN: &str = "taken";

/// `claims/v1/<object>/taken`: what became of it, once it was taken in.
///
/// # Errors
/// When `object` cannot stand in a key.
pub fn taken(object: &str) -> Result<Key, KeyError> {
    Key::of(&["claims", "v1", object, TAKEN])
}

/// The prefix under which the claims on one object are listed.
pub fn claims(object: &str) -> String {
    format!("claims/v1/{object}/")
}

/// What the lake's own keys begin with, in the order of a listing. Everything else was put there by somebody else.
pub const ROOTS: [&str; 12] = [
    "ai/",
    "approvals/",
    "claims/",
    "data-lake/",
    "heads/",
    "ledger/",
    "mezzanine/",
    "proxy/",
    "raw/",
    "renditions/",
    "snapshots/",
    "thumbnails/",
];

/// Which part of the lake's own a key lies in; none for what somebody else put there.
pub fn root_of(key: &Key) -> Option<&'static str> {
    ROOTS.into_iter().find(|root| key.as_str().starts_with(root))
}

/// The prefix under which all heads are listed.
pub const HEADS: &str = "heads/v1/";
/// The prefix under which all segments are listed.
pub const LEDGER: &str = "ledger/v1/";
/// The prefix under which all runs' proposals are listed.
pub const RUNS: &str = "ai/";

/// Writer and sequence of a segment's key, or `None` when it is not one of a segment.
pub fn parse_segment(key: &Key) -> Option<(&str, &str, u64)> {
    let rest = key.as_str().strip_prefix(LEDGER)?.strip_suffix(".jsonl.zst")?;
    let mut parts = rest.split('/');
    let (principal, workstation, sequence) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = sequence.len() >= 12 && sequence.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !plain {
        return None;
    }
    Some((principal, workstation, sequence.parse().ok()?))
}

/// Writer of a head's key, or `None` when it is not one of a head.
pub fn parse_head(key: &Key) -> Option<(&str, &str)> {
    let (principal, workstation) = key.as_str().strip_prefix(HEADS)?.split_once('/')?;
    (!workstation.contains('/')).then_some((principal, workstation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_architecture() {
        let shown = |key: Result<Key, KeyError>| key.unwrap().as_str().to_owned();
        assert_eq!(shown(raw("ab12", "A001 C002.mov")), "raw/ab12/A001 C002.mov");
        assert_eq!(shown(proxy("ab12", "5e")), "proxy/ab12/5e.mp4");
        assert_eq!(
            shown(rendition("ab12", "promo", "film.mp4")),
            "renditions/ab12/promo/film.mp4"
        );
        assert_eq!(shown(run("ab12", "77")), "ai/ab12/77.json.zst");
        assert_eq!(
            shown(segment("anna", "w1", 42)),
            "ledger/v1/anna/w1/000000000042.jsonl.zst"
        );
        assert_eq!(
            shown(approvals("anna", "w1", 42)),
            "approvals/v1/anna/w1/000000000042.jsonl.zst"
        );
        assert_eq!(shown(head("anna", "w1")), "heads/v1/anna/w1");
        assert_eq!(shown(snapshot("anna", "s9")), "snapshots/v1/anna/s9.sqlite.zst");
        let key = snapshot("anna", "s9").unwrap();
        assert_eq!(parse_snapshot(&key), Some(("anna", "s9")));
        for other in [
            "snapshots/v1/s9.sqlite.zst",
            "snapshots/v1/a/b/s9.sqlite.zst",
            "snapshots/v1/a/s9.zst",
        ] {
            assert_eq!(parse_snapshot(&Key::new(other).unwrap()), None, "{other}");
        }
        assert_eq!(
            shown(thumbnails("ab12", "sprites-000.jpg")),
            "thumbnails/ab12/sprites-000.jpg"
        );
        assert_eq!(shown(mezzanine("ab12", "m.mxf")), "mezzanine/ab12/m.mxf");
    }

    #[test]
    fn all_that_is_built_here_is_the_lakes_own() {
        assert!(ROOTS.is_sorted());
        let own = [
            raw("a", "f"),
            mezzanine("a", "f"),
            proxy("a", "f"),
            thumbnails("a", "f"),
            rendition("a", "n", "f"),
            run("a", "r"),
            segment("p", "w", 1),
            approvals("p", "w", 1),
            head("p", "w"),
            snapshot("p", "s"),
            claim("o", 1),
            taken("o"),
        ];
        for key in own.map(Result::unwrap) {
            assert!(root_of(&key).is_some(), "{key}");
        }
        for foreign in ["incoming/a.mov", "a.mov", "rawhide/a.mov", "raw.mov", "ai0"] {
            assert_eq!(root_of(&Key::new(foreign).unwrap()), None, "{foreign}");
        }
        let key = claim("0f", 1).unwrap();
        assert!(key.as_str().starts_with(&claims("0f")), "{key}");
    }

    #[test]
    fn a_part_cannot_reach_out_of_its_place() {
        for part in ["..", ".", "", "a/../../b", "a/b", "a\0b", "a\nb"] {
            assert!(raw("ab12", part).is_err(), "{part:?}");
            assert!(segment(part, "w1", 1).is_err(), "{part:?}");
        }
    }

    #[test]
    fn segments_and_heads_are_read_back() {
        let key = segment("anna", "w1", 42).unwrap();
        assert_eq!(parse_segment(&key), Some(("anna", "w1", 42)));
        assert_eq!(parse_head(&head("anna", "w1").unwrap()), Some(("anna", "w1")));
        for other in [
            "ledger/v1/anna/w1/42.jsonl.zst",
            "ledger/v1/anna/w1/000000000042.json",
            "ai/a/b.json.zst",
        ] {
            assert_eq!(parse_segment(&Key::new(other).unwrap()), None, "{other}");
        }
        assert_eq!(parse_head(&key), None);
    }
}
