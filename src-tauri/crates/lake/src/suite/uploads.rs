//! Uploads in parts, labels and the archive.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Trial, Violation, broken, ensure};
use crate::{ETag, LEAST_PART_BYTES, Labels, LakeError, Part, Put, RestoreSpeed, Shelf};

/// Uploads that race to one key.
const UPLOADERS: u8 = 4;

impl Trial {
    fn part(byte: u8) -> Vec<u8> {
        vec![byte; LEAST_PART_BYTES as usize]
    }

    pub(super) async fn uploads_are_gone_on_with(&self) -> Result<(), Violation> {
        let key = self.key("parts/film.mov")?;
        let begun = self.lake.begin_upload(&key).await?;
        let rule = "an upload is not seen before it is finished";
        // Whoever goes on has only what was kept of it.
        let kept = serde_json::to_string(&begun).map_err(std::io::Error::other)?;
        self.lake.put_part(&begun, 2, b"the end".to_vec().into()).await?;
        let upload = serde_json::from_str(&kept).map_err(std::io::Error::other)?;
        ensure(begun == upload, "an upload is what was kept of it", &kept)?;
        self.lake.put_part(&upload, 1, Self::part(1).into()).await?;
        self.lake.put_part(&upload, 1, Self::part(9).into()).await?;
        let there = self.lake.head(&key).await;
        ensure(matches!(there, Err(LakeError::NotFound(_))), rule, there)?;
        let listed = self.keys(&format!("{}/parts/", self.prefix), 10).await?;
        ensure(listed.is_empty(), rule, listed)?;
        let parts = self.lake.parts(&upload).await?;
        let sizes: Vec<(u32, u64)> = parts.iter().map(|part| (part.number, part.size_bytes)).collect();
        ensure(
            sizes == [(1, LEAST_PART_BYTES), (2, 7)],
            "the parts are listed by number, one each",
            sizes,
        )?;
        let written = self.lake.finish_upload(&upload, &parts, Put::CreateOnly).await?;
        let read = self.lake.get(&key).await?;
        let expected: Vec<u8> = [Self::part(9), b"the end".to_vec()].concat();
        ensure(
            read.bytes == expected
                && read.info.etag == written.etag
                && written.size_bytes == expected.len() as u64,
            "an upload is its parts, the last of each number, in order",
            (&written, read.bytes.len()),
        )?;
        let after = self.lake.parts(&upload).await;
        ensure(
            matches!(after, Err(LakeError::NoUpload { .. })),
            "a finished upload is none any more",
            after,
        )
    }

    pub(super) async fn uploads_are_abandoned(&self) -> Result<(), Violation> {
        let prefix = format!("{}/left/", self.prefix);
        let (first, second) = (
            self.lake.begin_upload(&self.key("left/a b+c.mov")?).await?,
            self.lake.begin_upload(&self.key("left/d.mov")?).await?,
        );
        self.lake.put_part(&first, 1, b"half".to_vec().into()).await?;
        let rule = "uploads that were left are listed until they are aborted";
        let mut left = self.lake.uploads(&prefix).await?;
        left.sort_unstable();
        ensure(left == [first.clone(), second.clone()], rule, &left)?;
        let other = self.lake.uploads(&format!("{prefix}d")).await?;
        ensure(other == [second.clone()], "uploads are listed by prefix", other)?;
        for _twice in 0..2 {
            self.lake.abort_upload(&first).await?;
        }
        let left = self.lake.uploads(&prefix).await?;
        ensure(left == [second.clone()], rule, left)?;
        let late = self.lake.put_part(&first, 2, b"late".to_vec().into()).await;
        ensure(
            matches!(late, Err(LakeError::NoUpload { .. })),
            "an aborted upload takes no part",
            late,
        )?;
        self.lake.abort_upload(&second).await?;
        Ok(())
    }

    pub(super) async fn parts_are_what_was_sent(&self) -> Result<(), Violation> {
        let key = self.key("checked/film.mov")?;
        let upload = self.lake.begin_upload(&key).await?;
        let sent = self.lake.put_part(&upload, 1, b"whole".to_vec().into()).await?;
        let rule = "a part that is not there as it is named is refused";
        let other = Part {
            etag: ETag::new("00000000000000000000000000000000"),
            ..sent.clone()
        };
        let missing = Part {
            number: 2,
            ..sent.clone()
        };
        for bad in [vec![other], vec![sent.clone(), missing], vec![]] {
            let answer = self.lake.finish_upload(&upload, &bad, Put::Replace).await;
            ensure(
                answer.is_err() && matches!(self.lake.head(&key).await, Err(LakeError::NotFound(_))),
                rule,
                (bad, answer),
            )?;
        }
        for number in [0, crate::MOST_PARTS + 1] {
            let answer = self.lake.put_part(&upload, number, vec![1].into()).await;
            ensure(
                matches!(answer, Err(LakeError::BadPart { .. })),
                "a part has a number from 1 to 10 000",
                answer,
            )?;
        }
        self.lake.finish_upload(&upload, &[sent], Put::Replace).await?;
        ensure(
            self.lake.get(&key).await?.bytes == b"whole",
            "after a refusal the upload can still be finished",
            &key,
        )
    }

    pub(super) async fn of_racing_uploads_one_wins(&self) -> Result<(), Violation> {
        let rule = "of create-only uploads that race to one key exactly one wins, and its bytes are there";
        let key = self.key("raced/film.mov")?;
        let mut racing = JoinSet::new();
        for byte in 0..UPLOADERS {
            let (lake, key) = (Arc::clone(&self.lake), key.clone());
            racing.spawn(async move {
                let upload = lake.begin_upload(&key).await?;
                let part = lake.put_part(&upload, 1, vec![byte; 50_000].into()).await?;
                match lake.finish_upload(&upload, &[part], Put::CreateOnly).await {
                    Ok(info) => Ok(Some((byte, info.etag))),
                    Err(LakeError::Exists { .. }) => lake.abort_upload(&upload).await.map(|()| None),
                    Err(error) => Err(error),
                }
            });
        }
        let mut winners = Vec::new();
        while let Some(done) = racing.join_next().await {
            winners.extend(done.map_err(|_stopped| LakeError::Stopped)??);
        }
        let [(byte, etag)] = &winners[..] else {
            return broken(rule, winners);
        };
        let there = self.lake.get(&key).await?;
        ensure(
            there.bytes == vec![*byte; 50_000] && there.info.etag == *etag,
            rule,
            byte,
        )
    }

    pub(super) async fn labels_belong_to_an_object(&self) -> Result<(), Violation> {
        let key = self.key("labels/still.png")?;
        let nothing = self.lake.labels(&key).await;
        ensure(
            matches!(nothing, Err(LakeError::NotFound(_))),
            "what is not there has no labels",
            nothing,
        )?;
        let written = self.lake.put(&key, b"picture".to_vec(), Put::CreateOnly).await?;
        let rule = "an object has the labels it was last given";
        let label = |pairs: &[(&str, &str)]| -> Labels {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        for labels in [
            label(&[]),
            label(&[("title", "First Light"), ("hold", "")]),
            label(&[("keep", "2 a+b")]),
        ] {
            self.lake.set_labels(&key, &labels).await?;
            let found = self.lake.labels(&key).await?;
            ensure(found == labels, rule, found)?;
        }
        let after = self.lake.get(&key).await?;
        ensure(
            after.info.etag == written.etag && after.bytes == b"picture",
            "labels are no other version",
            after.info,
        )
    }

    pub(super) async fn restoring_what_can_be_read_changes_nothing(&self) -> Result<(), Violation> {
        let key = self.key("restored/film.mov")?;
        let nothing = self.lake.restore(&key, 1, RestoreSpeed::Bulk).await;
        ensure(
            matches!(nothing, Err(LakeError::NotFound(_))),
            "what is not there is not restored",
            nothing,
        )?;
        self.lake.put(&key, b"here".to_vec(), Put::CreateOnly).await?;
        self.lake.restore(&key, 1, RestoreSpeed::Standard).await?;
        let info = self.lake.head(&key).await?;
        ensure(
            info.shelf == Shelf::Ready && self.lake.get(&key).await?.bytes == b"here",
            "what can be read stays as it is",
            info,
        )
    }
}
