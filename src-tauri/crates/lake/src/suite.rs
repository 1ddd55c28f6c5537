//! The conformance suite that every store passes: what the rest of the program relies on, and nothing else. It is public, so
//! that a store in another crate, or somebody else's, is held to the same.
//!
//! ```no_run
//! # async fn check() -> Result<(), lake::suite::Violation> {
//! let lake = std::sync::Arc::new(lake::FolderLake::open("/tmp/lake".as_ref()).unwrap());
//! lake::suite::conforms(lake, "suite/run-1").await
//! # }
//! ```

mod uploads;

use std::{io, path::Path, sync::Arc};

use tokio::task::JoinSet;

use crate::{ByteRange, ETag, Key, KeyError, Lake, LakeError, Object, Put};

/// A promise that a store did not keep.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// It answered something else than promised.
    #[error("{rule}: {found}")]
    Broken {
        /// The promise.
        rule: &'static str,
        /// What was found instead.
        found: String,
    },
    /// It could not do what the suite needs.
    #[error("the store failed while it was tried out")]
    Store(#[from] LakeError),
    /// The suite made a key that is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Trouble with files outside the store.
    #[error("could not use a temporary file")]
    Io(#[from] io::Error),
}

/// Writers that race for one key.
const WRITERS: usize = 16;
/// Objects in the paging trial: as many as an S3 page holds, and one more.
const MANY: usize = 1001;
/// Bytes of the big object: above one multipart part of S3.
const BIG_BYTES: usize = 12 << 20;

/// Keys whose names file systems, URLs and shells trip over, sorted by their bytes.
const ODD: [&str; 26] = [
    " lead",
    "#x",
    "%2e%2e",
    "%41",
    "+",
    "-",
    "...",
    ".hidden",
    "A",
    "CON",
    "a",
    "a b&c=d?e",
    "a!",
    "a+b",
    "a-b",
    "a.b",
    "a/b",
    "a0",
    "con.txt",
    "f1",
    "f1/child",
    "f1/child/grandchild",
    "trail.",
    "x:y*z\"<>|",
    "é",
    "日本/語",
];

/// How one trial of the suite ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was tried, in words.
    pub trial: &'static str,
    /// The first promise that was broken, if one was.
    pub result: Result<(), Violation>,
}

/// Tries a store out under `prefix`, which must be empty and not end in a slash.
///
/// # Errors
/// The first promise that is broken.
pub async fn conforms(lake: Arc<dyn Lake>, prefix: &str) -> Result<(), Violation> {
    outcomes(lake, prefix)
        .await
        .into_iter()
        .try_for_each(|outcome| outcome.result)
}

/// As [`conforms`], and says for every trial how it ended: for stores whose deviations are known and listed.
pub async fn outcomes(lake: Arc<dyn Lake>, prefix: &str) -> Vec<Outcome> {
    let trial = Trial {
        lake,
        prefix: prefix.to_owned(),
    };
    let mut outcomes = Vec::new();
    let mut end = |trial, result| outcomes.push(Outcome { trial, result });
    end(
        "written bytes read back",
        trial.reads_back_what_was_written().await,
    );
    end(
        "create-only keeps what is there",
        trial.create_only_keeps_what_is_there().await,
    );
    end(
        "one of racing creators wins",
        trial.of_racing_creators_one_wins().await,
    );
    end(
        "a replace is whole",
        trial.a_replace_is_never_seen_half_done().await,
    );
    end("ranges of one version", trial.ranges_are_of_one_version().await);
    end("odd keys", trial.odd_keys_are_kept_and_listed_in_order().await);
    end("long keys", trial.long_keys_are_kept().await);
    end("pages join up", trial.pages_join_up().await);
    end(
        "big objects through files",
        trial.big_objects_go_through_files().await,
    );
    end("copies and deletes", trial.copies_and_deletes().await);
    end("uploads in parts", trial.uploads_are_gone_on_with().await);
    end("uploads are abandoned", trial.uploads_are_abandoned().await);
    end("parts are checked", trial.parts_are_what_was_sent().await);
    end(
        "one of racing uploads wins",
        trial.of_racing_uploads_one_wins().await,
    );
    end("labels", trial.labels_belong_to_an_object().await);
    end(
        "restoring",
        trial.restoring_what_can_be_read_changes_nothing().await,
    );
    outcomes
}

struct Trial {
    lake: Arc<dyn Lake>,
    prefix: String,
}

fn broken<T>(rule: &'static str, found: impl std::fmt::Debug) -> Result<T, Violation> {
    Err(Violation::Broken {
        rule,
        found: format!("{found:?}"),
    })
}

fn ensure(holds: bool, rule: &'static str, found: impl std::fmt::Debug) -> Result<(), Violation> {
    if holds { Ok(()) } else { broken(rule, found) }
}

impl Trial {
    fn key(&self, name: &str) -> Result<Key, Violation> {
        Ok(Key::new(format!("{}/{name}", self.prefix))?)
    }

    async fn reads_back_what_was_written(&self) -> Result<(), Violation> {
        let key = self.key("basic/object.bin")?;
        ensure(
            matches!(self.lake.head(&key).await, Err(LakeError::NotFound(_)))
                && matches!(self.lake.get(&key).await, Err(LakeError::NotFound(_))),
            "what is not there is not found",
            &key,
        )?;
        for (body, mode) in [
            (vec![], Put::CreateOnly),
            (vec![0, 255, 10, 13], Put::Replace),
            (vec![1; 70_000], Put::Replace),
        ] {
            let written = self.lake.put(&key, body.clone(), mode).await?;
            let Object { info, bytes } = self.lake.get(&key).await?;
            ensure(bytes == body, "an object is what was written", bytes.len())?;
            ensure(
                info.size_bytes == body.len() as u64 && info.key == key,
                "an object knows its size and key",
                &info,
            )?;
            ensure(
                info.etag == written.etag,
                "a write answers the version that is read",
                (&info, &written),
            )?;
            ensure(self.lake.head(&key).await? == info, "head and get agree", &info)?;
        }
        Ok(())
    }

    async fn create_only_keeps_what_is_there(&self) -> Result<(), Violation> {
        let rule = "a create-only write of what is there changes nothing and names the version that is there";
        let key = self.key("create/one.bin")?;
        let first = self.lake.put(&key, b"first".to_vec(), Put::CreateOnly).await?;
        match self.lake.put(&key, b"second".to_vec(), Put::CreateOnly).await {
            Err(LakeError::Exists { etag, .. }) => ensure(etag == first.etag, rule, etag)?,
            other => return broken(rule, other),
        }
        ensure(self.lake.get(&key).await?.bytes == b"first", rule, &key)?;
        // Deleted, it can be made again.
        self.lake.delete(&key).await?;
        self.lake.put(&key, b"second".to_vec(), Put::CreateOnly).await?;
        ensure(
            self.lake.get(&key).await?.bytes == b"second",
            "a deleted key can be made again",
            &key,
        )
    }

    async fn of_racing_creators_one_wins(&self) -> Result<(), Violation> {
        let rule = "of writers that race to make one key exactly one wins, and its bytes are there";
        for round in 0..12 {
            // In a folder that is not there yet, so that its making is raced for as well.
            let key = self.key(&format!("race/{round}/segment.zst"))?;
            let mut writers = JoinSet::new();
            for writer in 0..WRITERS {
                let (lake, key) = (Arc::clone(&self.lake), key.clone());
                writers.spawn(async move {
                    let body = vec![writer as u8; 10_000];
                    (writer, lake.put(&key, body, Put::CreateOnly).await)
                });
            }
            let mut winners = Vec::new();
            while let Some(done) = writers.join_next().await {
                match done {
                    Ok((writer, Ok(info))) => winners.push((writer, info.etag)),
                    Ok((_, Err(LakeError::Exists { .. }))) => {}
                    other => return broken(rule, other),
                }
            }
            let [(winner, etag)] = &winners[..] else {
                return broken(rule, winners);
            };
            let there = self.lake.get(&key).await?;
            ensure(
                there.bytes == vec![*winner as u8; 10_000] && there.info.etag == *etag,
                rule,
                winner,
            )?;
        }
        Ok(())
    }

    async fn a_replace_is_never_seen_half_done(&self) -> Result<(), Violation> {
        let rule = "a reader sees the old object or the new one, never a mix and never nothing";
        let key = self.key("replace/head.bin")?;
        let body = |version: u8| vec![version; 100_000 + usize::from(version) * 1000];
        self.lake.put(&key, body(0), Put::CreateOnly).await?;
        let mut writers = JoinSet::new();
        for writer in 0..4u8 {
            let (lake, key) = (Arc::clone(&self.lake), key.clone());
            writers.spawn(async move {
                for round in 0..8u8 {
                    lake.put(&key, body(writer * 8 + round), Put::Replace).await?;
                }
                Ok::<(), LakeError>(())
            });
        }
        let mut seen = 0;
        loop {
            let Object { info, bytes } = self.lake.get(&key).await?;
            let whole = bytes.first().is_some_and(|version| bytes == body(*version));
            ensure(
                whole && info.size_bytes == bytes.len() as u64,
                rule,
                (bytes.len(), &info),
            )?;
            seen += 1;
            match writers.try_join_next() {
                Some(Ok(Ok(()))) => {}
                Some(other) => return broken(rule, other),
                None if writers.is_empty() => break,
                None => {}
            }
        }
        ensure(seen > 0, rule, seen)
    }

    async fn ranges_are_of_one_version(&self) -> Result<(), Violation> {
        let key = self.key("range/digits.bin")?;
        let old = self
            .lake
            .put(&key, b"0123456789".to_vec(), Put::CreateOnly)
            .await?;
        let range = |start, end| ByteRange { start, end };
        for (asked, expected) in [
            (range(0, Some(4)), &b"0123"[..]),
            (range(4, Some(5)), b"4"),
            (range(7, None), b"789"),
            (range(8, Some(100)), b"89"),
            (range(0, None), b"0123456789"),
        ] {
            let part = self.lake.get_range(&key, asked, Some(&old.etag)).await?;
            ensure(
                part.bytes == expected,
                "a range is its bytes, cut at the end",
                (asked, &part),
            )?;
            ensure(
                part.info.size_bytes == 10 && part.info.etag == old.etag,
                "a range knows the whole",
                &part,
            )?;
        }
        for beyond in [
            range(10, None),
            range(11, Some(12)),
            range(u64::MAX, None),
            range(5, Some(5)),
        ] {
            let rule = "a range that holds no byte is refused";
            let answer = self.lake.get_range(&key, beyond, None).await;
            ensure(
                matches!(answer, Err(LakeError::Range { size_bytes: 10, .. })),
                rule,
                answer,
            )?;
        }
        let new = self.lake.put(&key, b"9876543210".to_vec(), Put::Replace).await?;
        ensure(
            new.etag != old.etag,
            "other bytes of the same size are another version",
            &new,
        )?;
        let rule = "a range of a version that is no longer there is refused, and names the one that is";
        match self
            .lake
            .get_range(&key, range(0, Some(4)), Some(&old.etag))
            .await
        {
            Err(LakeError::Changed { etag, .. }) => ensure(etag == new.etag, rule, etag)?,
            other => return broken(rule, other),
        }
        let invented = self
            .lake
            .get_range(&key, range(0, None), Some(&ETag::new("invented")))
            .await;
        ensure(matches!(invented, Err(LakeError::Changed { .. })), rule, invented)?;
        let nothing = self
            .lake
            .get_range(&self.key("range/none")?, range(0, None), None)
            .await;
        ensure(
            matches!(nothing, Err(LakeError::NotFound(_))),
            "what is not there is not found",
            nothing,
        )
    }

    /// All keys under a prefix, page by page.
    async fn keys(&self, prefix: &str, page: usize) -> Result<Vec<String>, Violation> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let listing = self
                .lake
                .list(prefix, keys.last().map(String::as_str), page)
                .await?;
            ensure(
                listing.objects.len() <= page,
                "a page holds at most what was asked for",
                listing.objects.len(),
            )?;
            ensure(
                !listing.more || !listing.objects.is_empty(),
                "a page that says more holds something",
                page,
            )?;
            keys.extend(listing.objects.into_iter().map(|info| String::from(info.key)));
            if !listing.more {
                return Ok(keys);
            }
        }
    }

    async fn odd_keys_are_kept_and_listed_in_order(&self) -> Result<(), Violation> {
        // Backwards, so that the order of writing is not the order asked for.
        for name in ODD.iter().rev() {
            let key = self.key(&format!("odd/{name}"))?;
            self.lake
                .put(&key, name.as_bytes().to_vec(), Put::CreateOnly)
                .await?;
        }
        for name in ODD {
            let bytes = self.lake.get(&self.key(&format!("odd/{name}"))?).await?.bytes;
            ensure(
                bytes == name.as_bytes(),
                "keys that look alike are different objects",
                name,
            )?;
        }
        let full = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("{}/odd/{name}", self.prefix))
                .collect::<Vec<_>>()
        };
        let rule = "a listing is sorted by the bytes of the key, whole, at any page size";
        let all = format!("{}/odd/", self.prefix);
        for page in [1, 7, 1000] {
            let keys = self.keys(&all, page).await?;
            ensure(keys == full(&ODD), rule, (page, &keys))?;
        }
        let rule = "a prefix may end anywhere in a key";
        for (prefix, expected) in [
            ("f1", &["f1", "f1/child", "f1/child/grandchild"][..]),
            ("f1/", &["f1/child", "f1/child/grandchild"]),
            ("f1/ch", &["f1/child", "f1/child/grandchild"]),
            ("a", &["a", "a b&c=d?e", "a!", "a+b", "a-b", "a.b", "a/b", "a0"]),
            ("nothing", &[]),
        ] {
            let keys = self.keys(&format!("{all}{prefix}"), 2).await?;
            ensure(keys == full(expected), rule, (prefix, &keys))?;
        }
        let rule = "a listing after a key that is not there begins at the next";
        let listing = self.lake.list(&all, Some(&format!("{all}f1/a")), 1).await?;
        let keys: Vec<&str> = listing.objects.iter().map(|info| info.key.as_str()).collect();
        ensure(keys == [format!("{all}f1/child")] && listing.more, rule, keys)
    }

    async fn long_keys_are_kept(&self) -> Result<(), Violation> {
        let room = 1024 - self.prefix.len() - "/long/".len();
        for name in [
            "k".repeat(room),
            "É".repeat(room / 2),
            "K%".repeat(room / 2),
            ["d"; 200].join("/"),
        ] {
            let key = self.key(&format!("long/{name}"))?;
            self.lake.put(&key, b"long".to_vec(), Put::CreateOnly).await?;
            ensure(
                self.lake.get(&key).await?.bytes == b"long",
                "a key of 1024 bytes is kept",
                name.len(),
            )?;
        }
        let listed = self.keys(&format!("{}/long/", self.prefix), 3).await?;
        ensure(
            listed.len() == 4 && listed.is_sorted(),
            "long keys are listed",
            listed.len(),
        )
    }

    async fn pages_join_up(&self) -> Result<(), Violation> {
        let rule = "pages join up without gap or repetition";
        let mut expected = Vec::with_capacity(MANY);
        let mut writers = JoinSet::new();
        for number in 0..MANY {
            let key = self.key(&format!("many/{number:06}.jsonl.zst"))?;
            expected.push(key.as_str().to_owned());
            let lake = Arc::clone(&self.lake);
            writers.spawn(async move { lake.put(&key, vec![7], Put::CreateOnly).await });
            if writers.len() >= WRITERS
                && let Some(done) = writers.join_next().await
            {
                done.map_err(|_stopped| LakeError::Stopped)??;
            }
        }
        while let Some(done) = writers.join_next().await {
            done.map_err(|_stopped| LakeError::Stopped)??;
        }
        let prefix = format!("{}/many/", self.prefix);
        for page in [100, 1000] {
            ensure(self.keys(&prefix, page).await? == expected, rule, page)?;
        }
        let whole = self.lake.list(&prefix, None, MANY).await?;
        ensure(
            whole.objects.len() == MANY && !whole.more,
            "a page that holds all says so",
            whole.objects.len(),
        )
    }

    async fn big_objects_go_through_files(&self) -> Result<(), Violation> {
        let rule = "a big object comes back byte for byte, through files and in parts";
        let key = self.key("big/film.mp4")?;
        let body: Vec<u8> = (0..BIG_BYTES)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        // Of this trial alone: other stores may be tried under the same prefix at the same time.
        let folder = tempfile::tempdir()?;
        let done = self.big_object(&key, &body, folder.path(), rule).await;
        folder.close()?;
        done
    }

    async fn big_object(
        &self,
        key: &Key,
        body: &[u8],
        folder: &Path,
        rule: &'static str,
    ) -> Result<(), Violation> {
        let (source, target) = (folder.join("source"), folder.join("target"));
        std::fs::write(&source, body)?;
        let written = self.lake.put_file(key, &source, Put::CreateOnly).await?;
        ensure(written.size_bytes == body.len() as u64, rule, &written)?;
        let read = self.lake.get_to_file(key, &target).await?;
        ensure(
            read.etag == written.etag && std::fs::read(&target)? == body,
            rule,
            &read,
        )?;
        let (mut joined, part_bytes) = (Vec::with_capacity(body.len()), 5 << 20);
        while joined.len() < body.len() {
            let start = joined.len() as u64;
            let range = ByteRange {
                start,
                end: Some(start + part_bytes),
            };
            joined.extend(self.lake.get_range(key, range, Some(&written.etag)).await?.bytes);
        }
        ensure(joined == body, rule, joined.len())?;
        if let Some(place) = self.lake.local_file(key) {
            ensure(
                std::fs::read(&place)? == body,
                "an object's own file is its bytes",
                place,
            )?;
        }
        let absent = self
            .lake
            .get_to_file(&self.key("big/none")?, &folder.join("none"))
            .await;
        let nothing = matches!(absent, Err(LakeError::NotFound(_))) && !folder.join("none").exists();
        ensure(nothing, "what is not there leaves no file", absent)
    }

    async fn copies_and_deletes(&self) -> Result<(), Violation> {
        let (from, to) = (self.key("copy/from.bin")?, self.key("copy/below/to.bin")?);
        let written = self.lake.put(&from, b"copied".to_vec(), Put::CreateOnly).await?;
        let copied = self.lake.copy(&from, &to, Put::CreateOnly).await?;
        ensure(
            copied.size_bytes == written.size_bytes,
            "a copy has the size of what it was made from",
            &copied,
        )?;
        ensure(
            self.lake.get(&to).await?.bytes == b"copied",
            "a copy has the bytes of what it was made from",
            &to,
        )?;
        let again = self.lake.copy(&from, &to, Put::CreateOnly).await;
        ensure(
            matches!(again, Err(LakeError::Exists { .. })),
            "a create-only copy replaces nothing",
            again,
        )?;
        self.lake.put(&from, b"changed".to_vec(), Put::Replace).await?;
        ensure(
            self.lake.get(&to).await?.bytes == b"copied",
            "a copy does not change with what it was made from",
            &to,
        )?;
        self.lake.copy(&from, &to, Put::Replace).await?;
        ensure(
            self.lake.get(&to).await?.bytes == b"changed",
            "a replacing copy replaces",
            &to,
        )?;
        let nothing = self.lake.copy(&self.key("copy/none")?, &to, Put::Replace).await;
        ensure(
            matches!(nothing, Err(LakeError::NotFound(_))),
            "what is not there is not found",
            nothing,
        )?;
        for _twice in 0..2 {
            self.lake.delete(&to).await?;
        }
        let gone = self.lake.head(&to).await;
        ensure(
            matches!(gone, Err(LakeError::NotFound(_))),
            "what was deleted is gone",
            gone,
        )?;
        let listed = self.keys(&format!("{}/copy/", self.prefix), 10).await?;
        ensure(
            listed == [from.as_str()],
            "what was deleted is not listed",
            listed,
        )
    }
}
