//! Facts, bytes and listings.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_s3::{
    operation::{get_object::GetObjectOutput, head_object::HeadObjectOutput},
    primitives::DateTime,
    types::{EncodingType, StorageClass},
};
use tokio::task::JoinSet;

use super::{
    S3Lake,
    answers::{of_body, sorted, status},
};
use crate::{ByteRange, ETag, Key, LakeError, Listing, Object, ObjectInfo, Shelf, folder::write_beside};

/// Keys in one answer of the service, at most.
const PAGE: usize = 1000;
/// A body that breaks off is asked for again from there so many times.
const RESUMES: u32 = 4;
/// A larger object is fetched in pieces of this size, several at once.
const PIECE_BYTES: u64 = 16 << 20;
/// Pieces on their way at once.
const PIECES_AT_ONCE: usize = 4;

impl S3Lake {
    /// To whoever may list the bucket by prefixes only, as the policies of `installer/cloud` have it, S3 says of what is not there
    /// that it is forbidden. The listing knows which of both it is.
    pub(super) async fn found_out<T>(&self, key: &Key, read: Result<T, LakeError>) -> Result<T, LakeError> {
        let Err(LakeError::Forbidden { .. }) = read else {
            return read;
        };
        match self.page(key.as_str(), None, 1).await {
            Ok(listing) if listing.objects.first().is_none_or(|first| first.key != *key) => {
                Err(LakeError::NotFound(key.clone()))
            }
            _ => read,
        }
    }

    /// What the service says of an object, and nothing else.
    pub(crate) async fn facts(&self, key: &Key) -> Result<ObjectInfo, LakeError> {
        let answer = self
            .client
            .head_object()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .send()
            .await
            .map_err(|error| sorted(self.attempt("look at an object", Some(key)), error))?;
        Ok(facts_of_head(key, &answer))
    }

    pub(super) async fn read_whole(&self, key: &Key) -> Result<Object, LakeError> {
        let (info, bytes) = self.fetch(key, None, None).await?;
        Ok(Object { info, bytes })
    }

    pub(super) async fn read_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError> {
        // No object is as large as what not every server can read in a header.
        if range.end.is_some_and(|end| end <= range.start) || i64::try_from(range.start).is_err() {
            return Err(self.beyond(key, range.start, if_match).await);
        }
        let (info, bytes) = self.fetch(key, Some(range), if_match).await?;
        Ok(Object { info, bytes })
    }

    /// One object or a part of it. A body that breaks off is gone on with where it was, of the same version.
    async fn fetch(
        &self,
        key: &Key,
        range: Option<ByteRange>,
        if_match: Option<&ETag>,
    ) -> Result<(ObjectInfo, Vec<u8>), LakeError> {
        let mut bytes = Vec::new();
        let mut known: Option<ObjectInfo> = None;
        for resumed in 0..=RESUMES {
            let start = range.map_or(0, |range| range.start) + bytes.len() as u64;
            // From the beginning it is asked for whole: only then does the service say the checksum of all of it.
            let wanted = (range.is_some() || !bytes.is_empty()).then(|| ByteRange {
                start,
                end: range.and_then(|range| range.end),
            });
            let version = known.as_ref().map(|info| &info.etag).or(if_match).cloned();
            let mut answer = match self.ask(key, wanted, version.as_ref()).await {
                Ok(answer) => answer,
                // The first try says so; after a break it is one more break.
                Err(error) if resumed > 0 && error.is_passing() => continue,
                // Nobody asked for the version that broke off, and it is gone: the one that is there is read from its beginning.
                Err(LakeError::Changed { .. }) if resumed > 0 && if_match.is_none() => {
                    bytes.clear();
                    known = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let said = facts_of_get(key, &answer);
            // A server that looks at neither the range nor the condition would have its bytes put in the wrong place.
            let other_part = wanted.is_some_and(|range| !begins_at(answer.content_range(), range.start));
            if other_part || version.is_some_and(|version| version != said.etag) {
                return Err(LakeError::Broken(key.clone()));
            }
            let expected = answer
                .content_length()
                .and_then(|length| usize::try_from(length).ok());
            bytes.reserve_exact(expected.unwrap_or_default());
            let info = known.get_or_insert(said).clone();
            let before = bytes.len();
            loop {
                match answer.body.next().await {
                    Some(Ok(piece)) => bytes.extend_from_slice(&piece),
                    None if expected.is_none_or(|expected| bytes.len() - before == expected) => {
                        return Ok((info, bytes));
                    }
                    None => break,
                    Some(Err(error)) => {
                        tracing::debug!("{}", of_body(key, &error));
                        break;
                    }
                }
            }
            // What failed its checksum is known when its last byte has come: all of it is asked for again.
            if expected.is_some_and(|expected| bytes.len() - before >= expected) {
                bytes.truncate(before);
            }
        }
        Err(LakeError::Broken(key.clone()))
    }

    async fn ask(
        &self,
        key: &Key,
        range: Option<ByteRange>,
        if_match: Option<&ETag>,
    ) -> Result<GetObjectOutput, LakeError> {
        let mut request = self
            .client
            .get_object()
            .bucket(self.place.bucket())
            .key(self.name(key));
        if let Some(ByteRange { start, end }) = range {
            request = request.range(match end {
                // The header names the last byte, not the first after.
                Some(end) => format!("bytes={start}-{}", end - 1),
                None => format!("bytes={start}-"),
            });
        }
        if let Some(etag) = if_match {
            request = request.if_match(quoted(etag));
        }
        match request.send().await {
            Ok(answer) => Ok(answer),
            Err(error) => match (status(&error), range) {
                (Some(416), Some(range)) => Err(self.beyond(key, range.start, if_match).await),
                (Some(412), _) => Err(self.changed(key).await),
                _ => Err(sorted(self.attempt("read an object", Some(key)), error)),
            },
        }
    }

    /// Why a range that holds no byte cannot be read.
    async fn beyond(&self, key: &Key, start: u64, if_match: Option<&ETag>) -> LakeError {
        match self.facts(key).await {
            Ok(info) if if_match.is_some_and(|wanted| *wanted != info.etag) => LakeError::Changed {
                key: key.clone(),
                etag: info.etag,
            },
            Ok(info) => LakeError::Range {
                key: key.clone(),
                start,
                size_bytes: info.size_bytes,
            },
            Err(error) => error,
        }
    }

    async fn changed(&self, key: &Key) -> LakeError {
        match self.facts(key).await {
            Ok(info) => LakeError::Changed {
                key: key.clone(),
                etag: info.etag,
            },
            Err(error) => error,
        }
    }

    pub(super) async fn read_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError> {
        let io = |error| LakeError::io("write", target, error);
        let first = ByteRange {
            start: 0,
            end: Some(PIECE_BYTES),
        };
        // The first piece tells the size; an empty object has none.
        let (info, head) = match self.fetch(key, Some(first), None).await {
            Err(LakeError::Range { size_bytes: 0, .. }) => self.fetch(key, None, None).await?,
            other => other?,
        };
        let (sender, receiver) = tokio::sync::mpsc::channel::<(u64, Vec<u8>)>(PIECES_AT_ONCE);
        let writing = {
            let target = target.to_path_buf();
            let size_bytes = info.size_bytes;
            tokio::task::spawn_blocking(move || {
                write_beside(&target, |file| write_pieces(file, head, size_bytes, receiver))
            })
        };
        let fetched = self.fetch_pieces(&info, sender).await;
        let written = writing.await.map_err(|_stopped| LakeError::Stopped)?;
        // Trouble of the lake ends the writing too, and is the cause.
        fetched?;
        written.map_err(io)?;
        Ok(info)
    }

    /// All pieces but the first, in any order.
    async fn fetch_pieces(
        &self,
        info: &ObjectInfo,
        sender: tokio::sync::mpsc::Sender<(u64, Vec<u8>)>,
    ) -> Result<(), LakeError> {
        let mut pieces = JoinSet::new();
        let mut start = PIECE_BYTES;
        while start < info.size_bytes || !pieces.is_empty() {
            if start >= info.size_bytes || pieces.len() >= PIECES_AT_ONCE {
                match pieces.join_next().await {
                    // Whoever writes has given up, and says why: nothing more is fetched for it.
                    Some(Ok(Ok(true))) => {}
                    Some(Ok(Ok(false))) => return Ok(()),
                    Some(Ok(Err(error))) => return Err(error),
                    Some(Err(_stopped)) => return Err(LakeError::Stopped),
                    None => {}
                }
                continue;
            }
            let (lake, info, sender) = (self.clone(), info.clone(), sender.clone());
            let range = ByteRange {
                start,
                end: Some(start + PIECE_BYTES),
            };
            pieces.spawn(async move {
                let (_, bytes) = lake.fetch(&info.key, Some(range), Some(&info.etag)).await?;
                Ok::<bool, LakeError>(sender.send((range.start, bytes)).await.is_ok())
            });
            start += PIECE_BYTES;
        }
        Ok(())
    }

    pub(super) async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Listing, LakeError> {
        let mut listing = Listing::default();
        let mut token: Option<String> = None;
        loop {
            let room = limit - listing.objects.len();
            let mut request = self
                .client
                .list_objects_v2()
                .bucket(self.place.bucket())
                .prefix(format!("{}{prefix}", self.before))
                // Not every key can stand in XML as it is.
                .encoding_type(EncodingType::Url)
                .max_keys(i32::try_from(room.clamp(1, PAGE)).unwrap_or(i32::MAX));
            request = match (&token, after) {
                (Some(token), _) => request.continuation_token(token),
                (None, Some(after)) => request.start_after(format!("{}{after}", self.before)),
                (None, None) => request,
            };
            let answer = request
                .send()
                .await
                .map_err(|error| sorted(self.attempt("list", None), error))?;
            let encoded = answer.encoding_type() == Some(&EncodingType::Url);
            for object in answer.contents() {
                if let Some(info) = self.listed(object, encoded) {
                    if listing.objects.len() == limit {
                        listing.more = true;
                        return Ok(listing);
                    }
                    listing.objects.push(info);
                }
            }
            match answer.next_continuation_token() {
                Some(next) if answer.is_truncated() == Some(true) => token = Some(next.to_owned()),
                _ => return Ok(listing),
            }
            // What somebody else put there under a name that is no key is passed over, so a page may hold nothing of ours.
            if listing.objects.len() == limit {
                listing.more = true;
                return Ok(listing);
            }
        }
    }

    /// One line of a listing; none for what is no key of the lake's.
    fn listed(&self, object: &aws_sdk_s3::types::Object, encoded: bool) -> Option<ObjectInfo> {
        let name = object.key()?;
        let name = if encoded { decoded(name)? } else { name.to_owned() };
        let key = Key::new(name.strip_prefix(&self.before)?).ok()?;
        let archived = object
            .storage_class()
            .is_some_and(|class| is_archive(class.as_str()));
        let restored = object.restore_status();
        let shelf = match restored.and_then(|status| status.is_restore_in_progress()) {
            Some(true) => Shelf::Restoring,
            Some(false) if restored.is_some_and(|status| status.restore_expiry_date().is_some()) => {
                Shelf::Restored {
                    until_millis: millis(restored.and_then(|status| status.restore_expiry_date())),
                }
            }
            _ if archived => Shelf::Archived,
            _ => Shelf::Ready,
        };
        Some(ObjectInfo {
            key,
            size_bytes: object.size().and_then(|size| u64::try_from(size).ok())?,
            etag: plain(object.e_tag()),
            modified_millis: millis(object.last_modified()),
            shelf,
        })
    }
}

/// Writes pieces as they come, until all have come.
fn write_pieces(
    file: &mut File,
    first: Vec<u8>,
    size_bytes: u64,
    mut pieces: tokio::sync::mpsc::Receiver<(u64, Vec<u8>)>,
) -> std::io::Result<()> {
    file.write_all_at(&first, 0)?;
    let mut written = first.len() as u64;
    drop(first);
    while let Some((start, bytes)) = pieces.blocking_recv() {
        file.write_all_at(&bytes, start)?;
        written += bytes.len() as u64;
    }
    if written == size_bytes {
        Ok(())
    } else {
        // The lake's own trouble is what is told; this only keeps the file from getting its name.
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Whether an answer is of the bytes from `start` on: `bytes 5-9/10`.
fn begins_at(content_range: Option<&str>, start: u64) -> bool {
    content_range
        .and_then(|range| range.strip_prefix("bytes "))
        .and_then(|range| range.split_once('-'))
        .is_some_and(|(first, _)| first.parse() == Ok(start))
}

fn facts_of_head(key: &Key, answer: &HeadObjectOutput) -> ObjectInfo {
    ObjectInfo {
        key: key.clone(),
        size_bytes: answer
            .content_length()
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or_default(),
        etag: plain(answer.e_tag()),
        modified_millis: millis(answer.last_modified()),
        shelf: shelf(answer.storage_class(), answer.restore()),
    }
}

fn facts_of_get(key: &Key, answer: &GetObjectOutput) -> ObjectInfo {
    let length = answer
        .content_length()
        .and_then(|length| u64::try_from(length).ok());
    // `bytes 0-4/10`: a part names the whole.
    let whole = answer
        .content_range()
        .and_then(|range| range.rsplit_once('/'))
        .and_then(|(_, whole)| whole.parse().ok());
    ObjectInfo {
        key: key.clone(),
        size_bytes: whole.or(length).unwrap_or_default(),
        etag: plain(answer.e_tag()),
        modified_millis: millis(answer.last_modified()),
        shelf: shelf(answer.storage_class(), answer.restore()),
    }
}

fn is_archive(class: &str) -> bool {
    class == StorageClass::Glacier.as_str() || class == StorageClass::DeepArchive.as_str()
}

/// From the class and the header `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`.
fn shelf(class: Option<&StorageClass>, restore: Option<&str>) -> Shelf {
    match restore {
        Some(said) if said.contains("ongoing-request=\"true\"") => Shelf::Restoring,
        Some(said) if said.contains("ongoing-request=\"false\"") => {
            let until = said
                .split_once("expiry-date=\"")
                .and_then(|(_, rest)| rest.split_once('"'))
                .and_then(|(date, _)| {
                    DateTime::from_str(date, aws_sdk_s3::primitives::DateTimeFormat::HttpDate).ok()
                });
            Shelf::Restored {
                until_millis: millis(until.as_ref()),
            }
        }
        _ if class.is_some_and(|class| is_archive(class.as_str())) => Shelf::Archived,
        _ => Shelf::Ready,
    }
}

fn millis(at: Option<&DateTime>) -> u64 {
    at.and_then(|at| at.to_millis().ok())
        .and_then(|millis| u64::try_from(millis).ok())
        .unwrap_or_default()
}

/// This machine's time, for answers to writes, which say none.
pub(super) fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A tag as it stands in a header.
pub(super) fn quoted(etag: &ETag) -> String {
    format!("\"{etag}\"")
}

/// A tag without the quotes of the header.
pub(super) fn plain(etag: Option<&str>) -> ETag {
    ETag::new(etag.unwrap_or_default().trim_matches('"'))
}

/// A name of a listing with `encoding-type=url`, where a plus is a space.
fn decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_listings_are_decoded() {
        assert_eq!(decoded("a+b%2Bc/%E6%97%A5.mov").as_deref(), Some("a b+c/日.mov"));
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_part_is_told_from_another() {
        assert!(begins_at(Some("bytes 5-9/10"), 5) && begins_at(Some("bytes 0-0/*"), 0));
        for other in [None, Some("bytes 4-9/10"), Some("5-9/10"), Some("bytes */10")] {
            assert!(!begins_at(other, 5), "{other:?}");
        }
    }

    #[test]
    fn the_shelf_is_read_from_class_and_restore() {
        let glacier = Some(&StorageClass::Glacier);
        assert_eq!(shelf(None, None), Shelf::Ready);
        assert_eq!(shelf(Some(&StorageClass::GlacierIr), None), Shelf::Ready);
        assert_eq!(shelf(glacier, None), Shelf::Archived);
        assert_eq!(shelf(glacier, Some("ongoing-request=\"true\"")), Shelf::Restoring);
        let done = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\"";
        let until_millis = 1_356_048_000_000;
        assert_eq!(shelf(glacier, Some(done)), Shelf::Restored { until_millis });
    }
}
