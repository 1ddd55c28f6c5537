//! Bodies on their way in and out.

use std::{
    future::poll_fn,
    io::Write as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use s3s::{
    Body, S3Error, S3ErrorCode, S3Result, TrailingHeaders,
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Md5},
    dto, s3_error,
};
use tempfile::NamedTempFile;

use super::said;
use crate::{ByteRange, Lake, ObjectInfo};

/// A body up to this size is kept in memory; a larger one goes through a file.
const IN_MEMORY_BYTES: usize = 8 << 20;
/// Read from the store at a time.
const PIECE_BYTES: u64 = 2 << 20;

/// What a client says the checksums of its body are.
#[derive(Default)]
pub struct Declared {
    pub algorithm: Option<dto::ChecksumAlgorithm>,
    pub crc32: Option<String>,
    pub crc32c: Option<String>,
    pub crc64nvme: Option<String>,
    pub sha1: Option<String>,
    pub sha256: Option<String>,
    pub md5: Option<String>,
}

/// What the input of an operation declares: writing an object and writing a part have the same fields and no type in common.
macro_rules! declared {
    ($input:expr) => {
        $crate::endpoint::bodies::Declared {
            algorithm: $input.checksum_algorithm,
            crc32: $input.checksum_crc32,
            crc32c: $input.checksum_crc32c,
            crc64nvme: $input.checksum_crc64nvme,
            sha1: $input.checksum_sha1,
            sha256: $input.checksum_sha256,
            md5: $input.content_md5,
        }
    };
}
pub(super) use declared;

/// A body that came whole and is what its checksums say.
pub enum Received {
    Memory(Vec<u8>),
    File(NamedTempFile),
}

/// What becomes of a body that is large.
#[derive(Clone, Copy)]
pub enum Large {
    /// It goes through a file.
    Spooled,
    /// Beyond this many bytes it is refused.
    Refused(usize),
}

/// Takes a body in and checks it. `announced` is what the header `x-amz-trailer` says comes after it.
pub async fn receive(
    body: Option<dto::StreamingBlob>,
    declared: Declared,
    announced: &str,
    trailers: Option<TrailingHeaders>,
    large: Large,
) -> S3Result<Received> {
    let most_in_memory = match large {
        Large::Spooled => IN_MEMORY_BYTES,
        Large::Refused(most) => most,
    };
    let mut sums = Sums::of(&declared, announced);
    let mut memory = Vec::new();
    let mut file: Option<NamedTempFile> = None;
    if let Some(mut body) = body {
        while let Some(piece) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            let piece = piece.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
            sums.update(&piece);
            if file.is_none() && memory.len() + piece.len() > most_in_memory {
                if matches!(large, Large::Refused(_)) {
                    return Err(s3_error!(EntityTooLarge));
                }
                file = Some(spool(std::mem::take(&mut memory)).await?);
            }
            match file.take() {
                None => memory.extend_from_slice(&piece),
                Some(mut spooled) => {
                    let written =
                        tokio::task::spawn_blocking(move || spooled.write_all(&piece).map(|()| spooled));
                    file = Some(
                        written
                            .await
                            .map_err(|error| s3_error!(error, InternalError))?
                            .map_err(|error| s3_error!(error, InternalError))?,
                    );
                }
            }
        }
    }
    sums.check(declared, trailers)?;
    Ok(file.map_or(Received::Memory(memory), Received::File))
}

async fn spool(begun: Vec<u8>) -> S3Result<NamedTempFile> {
    let made = tokio::task::spawn_blocking(move || {
        let mut file = NamedTempFile::new()?;
        file.write_all(&begun)?;
        Ok::<_, std::io::Error>(file)
    });
    made.await
        .map_err(|error| s3_error!(error, InternalError))?
        .map_err(|error| s3_error!(error, InternalError))
}

/// The checksums that were declared, over what comes.
struct Sums {
    hasher: ChecksumHasher,
    md5: Option<Md5>,
}

impl Sums {
    fn of(declared: &Declared, announced: &str) -> Self {
        let mut hasher = ChecksumHasher::default();
        let asked = declared.algorithm.as_ref().map(dto::ChecksumAlgorithm::as_str);
        let wanted = |value: &Option<String>, name: &str| {
            let after = || {
                announced
                    .to_ascii_lowercase()
                    .contains(&format!("checksum-{}", name.to_ascii_lowercase()))
            };
            value.is_some() || asked == Some(name) || after()
        };
        if wanted(&declared.crc32, dto::ChecksumAlgorithm::CRC32) {
            hasher.crc32 = Some(Default::default());
        }
        if wanted(&declared.crc32c, dto::ChecksumAlgorithm::CRC32C) {
            hasher.crc32c = Some(Default::default());
        }
        if wanted(&declared.crc64nvme, dto::ChecksumAlgorithm::CRC64NVME) {
            hasher.crc64nvme = Some(Default::default());
        }
        if wanted(&declared.sha1, dto::ChecksumAlgorithm::SHA1) {
            hasher.sha1 = Some(Default::default());
        }
        if wanted(&declared.sha256, dto::ChecksumAlgorithm::SHA256) {
            hasher.sha256 = Some(Default::default());
        }
        Self {
            hasher,
            md5: declared.md5.as_ref().map(|_| Md5::new()),
        }
    }

    fn update(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        if let Some(md5) = &mut self.md5 {
            md5.update(piece);
        }
    }

    /// A checksum may also come after the body.
    fn check(self, declared: Declared, trailers: Option<TrailingHeaders>) -> S3Result<()> {
        let after = trailers.and_then(|trailers| trailers.take());
        let value = |before: Option<String>, name: &str| {
            let after = after.as_ref().and_then(|headers| headers.get(name));
            before.or_else(|| Some(after?.to_str().ok()?.to_owned()))
        };
        let found = self.hasher.finalize();
        for (name, declared, found) in [
            ("x-amz-checksum-crc32", declared.crc32, found.checksum_crc32),
            ("x-amz-checksum-crc32c", declared.crc32c, found.checksum_crc32c),
            (
                "x-amz-checksum-crc64nvme",
                declared.crc64nvme,
                found.checksum_crc64nvme,
            ),
            ("x-amz-checksum-sha1", declared.sha1, found.checksum_sha1),
            ("x-amz-checksum-sha256", declared.sha256, found.checksum_sha256),
        ] {
            if let Some(declared) = value(declared, name)
                && found.is_some_and(|found| found != declared)
            {
                return Err(s3_error!(BadDigest, "{name} is not that of the body"));
            }
        }
        if let (Some(declared), Some(md5)) = (declared.md5, self.md5)
            && base64(md5.finalize().as_ref()) != declared
        {
            return Err(s3_error!(BadDigest, "Content-MD5 is not that of the body"));
        }
        Ok(())
    }
}

/// Standard base 64, for the sixteen bytes of one header.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let index = bits >> (18 - 6 * digit) & 63;
            let shown = digit <= group.len();
            text.push(if shown {
                char::from(DIGITS[index as usize])
            } else {
                '='
            });
        }
    }
    text
}

/// Bytes `start..end` of one version of an object. The first piece is read before this returns, so that what is wrong with it
/// is still said in the answer's status.
pub async fn send(
    lake: Arc<dyn Lake>,
    info: ObjectInfo,
    start: u64,
    end: u64,
) -> S3Result<dto::StreamingBlob> {
    if start >= end {
        return Ok(dto::StreamingBlob::from(Body::empty()));
    }
    let piece = |start: u64| ByteRange {
        start,
        end: Some((start + PIECE_BYTES).min(end)),
    };
    let first = lake
        .get_range(&info.key, piece(start), Some(&info.etag))
        .await
        .map_err(said)?;
    let mut next = start + first.bytes.len() as u64;
    if next >= end {
        return Ok(dto::StreamingBlob::from(Body::from(Bytes::from(first.bytes))));
    }
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    // Ends when the client goes away, because nobody takes its pieces then.
    tokio::spawn(async move {
        let mut ready = Ok(Bytes::from(first.bytes));
        loop {
            let broken = ready.is_err();
            if sender.send(ready).await.is_err() || broken || next >= end {
                return;
            }
            let range = ByteRange {
                start: next,
                end: Some((next + PIECE_BYTES).min(end)),
            };
            ready = match lake.get_range(&info.key, range, Some(&info.etag)).await {
                Ok(object) => {
                    next += object.bytes.len() as u64;
                    Ok(Bytes::from(object.bytes))
                }
                Err(error) => Err(std::io::Error::other(error)),
            };
        }
    });
    Ok(dto::StreamingBlob::wrap(Pieces(receiver)))
}

struct Pieces(tokio::sync::mpsc::Receiver<std::io::Result<Bytes>>);

impl Stream for Pieces {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base_64_is_the_standard_one() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fooba", "Zm9vYmE="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
