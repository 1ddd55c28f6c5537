//! A file into the lake.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{
    Claim, Digest, Line, Meter, TransferError, Turn, Way,
    source::{Source, Stamp},
    tree::{self, Branch},
};
use crate::{
    ByteRange, Cause, ETag, Key, LEAST_PART_BYTES, Lake, LakeError, MOST_PARTS, ObjectInfo, Part, Put,
    Upload, part_bytes,
};

/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 4;
/// An upload that is gone, or whose parts are, is begun anew so many times.
const BEGINNINGS: u32 = 3;
/// The state is kept when so large a share of the parts is new: a part of its own would write long lists too often.
const KEPT_SHARE: u64 = 64;
/// Read back at a time when what lies in the lake must be compared.
const COMPARED_BYTES: u64 = 8 << 20;

/// A file that is to go into the lake.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Where to.
    pub key: Key,
    /// Which file. It must not change while it is sent; when it does, nothing of it reaches the lake.
    pub source: PathBuf,
    /// Whether it may replace what is there.
    pub mode: Put,
    /// What its bytes must be, where that is known.
    pub digest: Option<Digest>,
    /// Before all that are not.
    pub urgent: bool,
    /// What an earlier run kept for the same key and file; ignored when the file has changed since.
    pub resume: Option<SendState>,
}

/// All that is needed to go on with a send, also from another process. Opaque; write it down as serde does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendState {
    upload: Upload,
    part_bytes: u64,
    source: Stamp,
    parts: Vec<KeptPart>,
}

/// A part that the lake acknowledged, and what its bytes were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptPart {
    part: Part,
    branch: Branch,
}

/// A file that is in the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What is there.
    pub info: ObjectInfo,
    /// The hash of its bytes.
    pub hash: blake3::Hash,
    /// Whether the same bytes lay there already: somebody else's, or one's own whose acknowledgement was lost.
    pub was_there: bool,
}

/// Keeps what a send needs to go on after the process has ended.
#[async_trait]
pub trait Slip: Send + Sync {
    /// Durable when it returns. `None` when there is nothing more to go on with.
    ///
    /// # Errors
    /// Whatever hinders it; the send ends with it.
    async fn keep(&self, state: Option<&SendState>) -> Result<(), Cause>;
}

/// For sends that begin anew after the process has ended. Parts that it had sent stay in the lake until its own rules take
/// them away.
#[derive(Clone, Copy, Debug)]
pub struct NoSlip;

#[async_trait]
impl Slip for NoSlip {
    async fn keep(&self, _state: Option<&SendState>) -> Result<(), Cause> {
        Ok(())
    }
}

/// How an attempt to send in parts ended.
enum End {
    Sent(Sent),
    /// The upload is no more, and nothing is there: from the beginning.
    Anew,
}

impl Line<'_> {
    /// Sends a file: a small one with one request, a larger one in parts, several at once. What is in the lake afterwards is the
    /// file byte for byte, or nothing of it is.
    ///
    /// # Errors
    /// [`TransferError`]; after [`LakeError::Stopped`], passing faults and an ended sign-in the same send with the kept state
    /// goes on where it was.
    pub async fn send(&self, sending: &Sending, slip: &dyn Slip) -> Result<Sent, TransferError> {
        let source = Source::open(&sending.source).await?;
        let stamp = source.stamp;
        let mut state = sending.resume.clone();
        if let Some(old) = &state
            && (old.source != stamp || old.upload.key != sending.key)
        {
            self.give_up(old).await?;
            keep(slip, None).await?;
            state = None;
        }
        let mut meter = Meter::new(*self, stamp.size_bytes);
        if state.is_none() && stamp.size_bytes <= self.part_bytes(stamp.size_bytes) {
            return self.send_whole(sending, &source, &mut meter).await;
        }
        for _beginning in 0..BEGINNINGS {
            match self
                .send_in_parts(sending, &source, state.take(), slip, &mut meter)
                .await?
            {
                End::Sent(sent) => {
                    meter.set(stamp.size_bytes);
                    keep(slip, None).await?;
                    return Ok(sent);
                }
                End::Anew => keep(slip, None).await?,
            }
        }
        Err(LakeError::NoUpload {
            key: sending.key.clone(),
        }
        .into())
    }

    /// Takes away what a send that will not go on has left in the lake.
    ///
    /// # Errors
    /// Trouble with the lake.
    pub async fn give_up(&self, state: &SendState) -> Result<(), TransferError> {
        let abort = || self.lake.abort_upload(&state.upload);
        self.pace.attempt(asking(false), abort).await?;
        Ok(())
    }

    async fn send_whole(
        &self,
        sending: &Sending,
        source: &Source,
        meter: &mut Meter<'_>,
    ) -> Result<Sent, TransferError> {
        let size_bytes = source.stamp.size_bytes;
        let claim = sends(size_bytes, sending.urgent);
        let turn = self.pace.turn(claim).await;
        meter.set(0);
        let (bytes, hash) = source
            .piece(0, size_bytes, |bytes, _start| blake3::hash(bytes))
            .await?;
        source.is_same().await?;
        check(sending, &hash)?;
        let put = || self.lake.put(&sending.key, bytes.to_vec(), sending.mode);
        let sent = match turn.attempt(claim, put).await {
            Ok(info) => Sent {
                info,
                hash,
                was_there: false,
            },
            Err(LakeError::Exists { .. }) => self.same_there(sending, size_bytes, hash).await?,
            Err(error) => return Err(error.into()),
        };
        meter.set(size_bytes);
        Ok(sent)
    }

    async fn send_in_parts(
        &self,
        sending: &Sending,
        source: &Source,
        state: Option<SendState>,
        slip: &dyn Slip,
        meter: &mut Meter<'_>,
    ) -> Result<End, TransferError> {
        let stamp = source.stamp;
        let mut state = match state {
            Some(state) => state,
            None => {
                if sending.mode == Put::CreateOnly
                    && let Some(sent) = self.is_there_before(sending, source).await?
                {
                    return Ok(End::Sent(sent));
                }
                let begin = || self.lake.begin_upload(&sending.key);
                let state = SendState {
                    upload: self.pace.attempt(asking(sending.urgent), begin).await?,
                    part_bytes: self.part_bytes(stamp.size_bytes),
                    source: stamp,
                    parts: Vec::new(),
                };
                keep(slip, Some(&state)).await?;
                state
            }
        };
        if !state.parts.is_empty() {
            let parts = || self.lake.parts(&state.upload);
            match self.pace.attempt(asking(sending.urgent), parts).await {
                Ok(there) => state.parts.retain(|kept| there.contains(&kept.part)),
                Err(LakeError::NoUpload { .. }) => return self.after_the_end(sending, source).await,
                // A store whose list cannot be read, or may not be: what it acknowledged is trusted until the end tells.
                Err(
                    error @ (LakeError::Service { .. }
                    | LakeError::Unsupported(_)
                    | LakeError::Forbidden { .. }),
                ) => tracing::debug!(key = %sending.key, "no list of parts: {error}"),
                Err(error) => return Err(error.into()),
            }
        }
        match self.pass(sending, source, &mut state, slip, meter).await {
            Ok(hash) => self.finish(sending, source, &state, hash).await,
            Err(TransferError::Lake(LakeError::NoUpload { .. })) => self.after_the_end(sending, source).await,
            Err(error @ (TransferError::SourceChanged(_) | TransferError::OtherBytes { .. })) => {
                self.give_up(&state).await?;
                keep(slip, None).await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Most sends that lose a race lose it long before; those need not send a film first.
    async fn is_there_before(
        &self,
        sending: &Sending,
        source: &Source,
    ) -> Result<Option<Sent>, TransferError> {
        let head = || self.lake.head(&sending.key);
        let there = found(self.pace.attempt(asking(sending.urgent), head).await)?;
        match there {
            None => Ok(None),
            Some(info) if info.size_bytes != source.stamp.size_bytes => {
                Err(TransferError::Clash(sending.key.clone()))
            }
            Some(_) => {
                let hash = self.hash(sending, source).await?;
                match self.compare(sending, source.stamp.size_bytes, hash).await? {
                    None => Ok(None),
                    Some((info, true)) => Ok(Some(Sent {
                        info,
                        hash,
                        was_there: true,
                    })),
                    Some((_, false)) => Err(TransferError::Clash(sending.key.clone())),
                }
            }
        }
    }

    /// One pass over the file: sends the parts that are not there, reads those that are, hashes all.
    async fn pass(
        &self,
        sending: &Sending,
        source: &Source,
        state: &mut SendState,
        slip: &dyn Slip,
        meter: &mut Meter<'_>,
    ) -> Result<blake3::Hash, TransferError> {
        let size_bytes = source.stamp.size_bytes;
        let mut known: BTreeMap<u32, KeptPart> = state
            .parts
            .drain(..)
            .map(|kept| (kept.part.number, kept))
            .collect();
        let keep_every = (size_bytes.div_ceil(state.part_bytes) / KEPT_SHARE).max(1);
        meter.set(known.values().map(|kept| kept.part.size_bytes).sum());
        let mut sends: JoinSet<Result<KeptPart, TransferError>> = JoinSet::new();
        let (mut number, mut start, mut unkept) = (0u32, 0u64, 0u64);
        while start < size_bytes || !sends.is_empty() {
            if start < size_bytes && sends.len() < PARTS_AT_ONCE {
                number += 1;
                let part = PartOf {
                    upload: state.upload.clone(),
                    number,
                    start,
                    length: state.part_bytes.min(size_bytes - start),
                    urgent: sending.urgent,
                };
                start += part.length;
                let (source, known) = (source.clone(), known.get(&number).cloned());
                if let Some(known) = known {
                    sends.spawn(async move { part.read_again(&source, known).await });
                } else {
                    let (lake, turn) = (Arc::clone(self.lake), self.pace.turn(part.claim()).await);
                    sends.spawn(async move { part.send(&source, lake.as_ref(), turn).await });
                }
                continue;
            }
            let kept = match sends.join_next().await {
                Some(Ok(sent)) => sent?,
                _ => return Err(LakeError::Stopped.into()),
            };
            let size_bytes = kept.part.size_bytes;
            if known.insert(kept.part.number, kept).is_none() {
                meter.add(size_bytes);
                unkept += 1;
            }
            if unkept >= keep_every {
                unkept = 0;
                state.parts = known.values().cloned().collect();
                keep(slip, Some(state)).await?;
            }
        }
        state.parts = known.into_values().collect();
        source.is_same().await?;
        let branches: Vec<Branch> = state.parts.iter().map(|kept| kept.branch).collect();
        let hash = tree::root(&branches).ok_or(LakeError::Stopped)?;
        check(sending, &hash)?;
        Ok(hash)
    }

    async fn finish(
        &self,
        sending: &Sending,
        source: &Source,
        state: &SendState,
        hash: blake3::Hash,
    ) -> Result<End, TransferError> {
        let stamp = source.stamp;
        let named: Vec<Part> = state.parts.iter().map(|kept| kept.part.clone()).collect();
        let finish = || self.lake.finish_upload(&state.upload, &named, sending.mode);
        match self.pace.attempt(asking(sending.urgent), finish).await {
            Ok(info) => Ok(End::Sent(Sent {
                info,
                hash,
                was_there: false,
            })),
            Err(LakeError::Exists { .. }) => {
                let sent = self.same_there(sending, stamp.size_bytes, hash).await;
                // Whether it is one's own or somebody else's, these parts become nothing.
                if matches!(sent, Ok(_) | Err(TransferError::Clash(_))) {
                    self.give_up(state).await?;
                }
                sent.map(End::Sent)
            }
            Err(LakeError::NoUpload { .. }) => match self.compare(sending, stamp.size_bytes, hash).await? {
                Some((info, true)) => Ok(End::Sent(Sent {
                    info,
                    hash,
                    was_there: true,
                })),
                Some((_, false)) if sending.mode == Put::CreateOnly => {
                    Err(TransferError::Clash(sending.key.clone()))
                }
                Some(_) | None => Ok(End::Anew),
            },
            // Somebody took a part away or wrote another: these are not to be trusted any more.
            Err(LakeError::BadPart { .. }) => {
                self.give_up(state).await?;
                Ok(End::Anew)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The upload is no more before its parts were all sent by this run: an earlier one finished it and was not told, or
    /// somebody aborted it.
    async fn after_the_end(&self, sending: &Sending, source: &Source) -> Result<End, TransferError> {
        let hash = self.hash(sending, source).await?;
        Ok(
            match self.compare(sending, source.stamp.size_bytes, hash).await? {
                Some((info, true)) => End::Sent(Sent {
                    info,
                    hash,
                    was_there: true,
                }),
                _ => End::Anew,
            },
        )
    }

    /// The hash of the file, without sending anything.
    async fn hash(&self, sending: &Sending, source: &Source) -> Result<blake3::Hash, TransferError> {
        let size_bytes = source.stamp.size_bytes;
        let mut branches = Vec::new();
        let mut start = 0;
        while start < size_bytes {
            let length = COMPARED_BYTES.min(size_bytes - start);
            let (_, branch) = source.piece(start, length, Branch::of).await?;
            branches.push(branch);
            start += length;
        }
        let hash = match tree::root(&branches) {
            Some(hash) => hash,
            None => {
                source
                    .piece(0, size_bytes, |bytes, _start| blake3::hash(bytes))
                    .await?
                    .1
            }
        };
        source.is_same().await?;
        check(sending, &hash)?;
        Ok(hash)
    }

    /// What lies under the key must be the same bytes.
    async fn same_there(
        &self,
        sending: &Sending,
        size_bytes: u64,
        hash: blake3::Hash,
    ) -> Result<Sent, TransferError> {
        match self.compare(sending, size_bytes, hash).await? {
            Some((info, true)) => Ok(Sent {
                info,
                hash,
                was_there: true,
            }),
            _ => Err(TransferError::Clash(sending.key.clone())),
        }
    }

    /// What lies under the key, and whether it is these bytes. Where the store's tag does not say, they are read back: that is
    /// dear, and happens only when an answer was lost or somebody else was first.
    async fn compare(
        &self,
        sending: &Sending,
        size_bytes: u64,
        hash: blake3::Hash,
    ) -> Result<Option<(ObjectInfo, bool)>, TransferError> {
        let key = &sending.key;
        'version: loop {
            let head = || self.lake.head(key);
            let Some(info) = found(self.pace.attempt(asking(sending.urgent), head).await)? else {
                return Ok(None);
            };
            if info.size_bytes != size_bytes {
                return Ok(Some((info, false)));
            }
            // A tag that is the hash of these bytes can only be theirs.
            if info.etag == ETag::new(hash.to_hex().as_str()) {
                return Ok(Some((info, true)));
            }
            let mut hasher = blake3::Hasher::new();
            let mut start = 0;
            while start < size_bytes {
                let end = size_bytes.min(start + COMPARED_BYTES);
                let range = ByteRange {
                    start,
                    end: Some(end),
                };
                let claim = Claim {
                    way: Way::Down,
                    bytes: end - start,
                    urgent: sending.urgent,
                };
                let read = || self.lake.get_range(key, range, Some(&info.etag));
                match self.pace.attempt(claim, read).await {
                    Ok(object) => hasher.update(&object.bytes),
                    Err(LakeError::Changed { .. } | LakeError::NotFound(_)) => continue 'version,
                    Err(error) => return Err(error.into()),
                };
                start = end;
            }
            return Ok(Some((info, hasher.finalize() == hash)));
        }
    }

    /// A power of two, for the hash. Under a cap parts are small, so that it is not reached in bursts.
    fn part_bytes(&self, size_bytes: u64) -> u64 {
        let small = LEAST_PART_BYTES.next_power_of_two();
        if self.pace.cap(Way::Up).is_some() && small * u64::from(MOST_PARTS) >= size_bytes {
            small
        } else {
            part_bytes(size_bytes).next_power_of_two()
        }
    }
}

/// One part of a file.
struct PartOf {
    upload: Upload,
    number: u32,
    start: u64,
    length: u64,
    urgent: bool,
}

impl PartOf {
    const fn claim(&self) -> Claim {
        sends(self.length, self.urgent)
    }

    async fn send(self, source: &Source, lake: &dyn Lake, turn: Turn) -> Result<KeptPart, TransferError> {
        let (bytes, branch) = source.piece(self.start, self.length, Branch::of).await?;
        let put = || lake.put_part(&self.upload, self.number, bytes.clone());
        let part = turn.attempt(self.claim(), put).await?;
        Ok(KeptPart { part, branch })
    }

    /// Same size, same time, other bytes: then what was sent is of another file.
    async fn read_again(self, source: &Source, known: KeptPart) -> Result<KeptPart, TransferError> {
        let (_, branch) = source.piece(self.start, self.length, Branch::of).await?;
        if branch == known.branch {
            Ok(known)
        } else {
            Err(TransferError::SourceChanged(source.place.to_path_buf()))
        }
    }
}

fn check(sending: &Sending, hash: &blake3::Hash) -> Result<(), TransferError> {
    match &sending.digest {
        Some(wanted) if !wanted.matches(hash) => Err(TransferError::OtherBytes {
            key: sending.key.clone(),
            wanted: wanted.clone(),
            found: Digest::from(*hash),
        }),
        _ => Ok(()),
    }
}

async fn keep(slip: &dyn Slip, state: Option<&SendState>) -> Result<(), TransferError> {
    slip.keep(state).await.map_err(TransferError::Keep)
}

/// What is not there is an answer.
pub(super) fn found(answer: Result<ObjectInfo, LakeError>) -> Result<Option<ObjectInfo>, LakeError> {
    match answer {
        Ok(info) => Ok(Some(info)),
        Err(LakeError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A request without a body.
pub(super) const fn asking(urgent: bool) -> Claim {
    Claim {
        way: Way::Up,
        bytes: 0,
        urgent,
    }
}

const fn sends(bytes: u64, urgent: bool) -> Claim {
    Claim {
        way: Way::Up,
        bytes,
        urgent,
    }
}
