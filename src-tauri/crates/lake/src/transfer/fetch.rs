//! An object into a file.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{
    Claim, Digest, Filling, Line, Meter, TransferError, Turn, Way, blocking,
    landing::{self, Loose, NOTED_FROM_BYTES, Partial},
    send::asking,
    tree::{self, Branch},
};
use crate::{ByteRange, ETag, Key, Lake, LakeError, ObjectInfo};

/// A larger object is fetched in pieces of this size, several at once: powers of two, for the hash, and small, so that a piece is
/// still in the processor's memory when it is hashed and written.
const PIECE_BYTES: u64 = 2 << 20;
/// Not more pieces, so that the note stays short: larger ones instead.
const MOST_PIECES: u64 = 8192;
/// Under a cap pieces are small, so that it is not reached in bursts.
const CAPPED_PIECE_BYTES: u64 = 1 << 20;
/// Pieces on their way at once.
const PIECES_AT_ONCE: usize = 8;
/// The same while somebody reads the object as it comes: what is asked for next shares the line with fewer others. A piece that
/// somebody stands at does not wait for them.
const READ_PIECES_AT_ONCE: usize = 3;
/// Pieces of an object that somebody reads as it comes are small, so that the first one is soon there.
const READ_PIECE_BYTES: u64 = 512 << 10;
/// What was fetched is made durable, and noted, after so many bytes or so much time.
const NOTED_BYTES: u64 = 64 << 20;
const NOTED_EVERY: Duration = Duration::from_secs(2);
/// An object that is replaced while it is fetched, or whose bytes came wrong, is begun anew so many times.
const BEGINNINGS: u32 = 3;
/// A file that somebody else is writing is asked for so often, with such pauses.
const TURNS: u32 = 250;
const TURN: Duration = Duration::from_millis(20);

/// An object that is to become a file.
#[derive(Clone, Debug)]
pub struct Fetching {
    /// Which object.
    pub key: Key,
    /// The file. It appears whole, in place of what has its name. Its folder must be there.
    pub target: PathBuf,
    /// What its bytes must be, where that is known.
    pub digest: Option<Digest>,
    /// Its size, where a listing said it: saves a request for small ones. A wrong one does no harm.
    pub size_bytes: Option<u64>,
    /// Before all that are not.
    pub urgent: bool,
    /// Where it can be read while it comes.
    pub filling: Option<Arc<Filling>>,
}

/// An object that is a file now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What was read.
    pub info: ObjectInfo,
    /// The hash of its bytes.
    pub hash: blake3::Hash,
}

/// What lies beside a file that is not whole yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FetchState {
    key: Key,
    etag: ETag,
    size_bytes: u64,
    piece_bytes: u64,
    /// Of the partial file: one that took its place is another.
    inode: u64,
    /// By number of the piece; `None` for those that are not there yet.
    pieces: Vec<Option<Branch>>,
}

impl FetchState {
    fn new(info: &ObjectInfo, piece_bytes: u64, inode: u64) -> Result<Self, LakeError> {
        let pieces = usize::try_from(info.size_bytes.div_ceil(piece_bytes))
            .map_err(|_too_many| LakeError::Broken(info.key.clone()))?;
        Ok(Self {
            key: info.key.clone(),
            etag: info.etag.clone(),
            size_bytes: info.size_bytes,
            piece_bytes,
            inode,
            pieces: vec![None; pieces],
        })
    }

    /// The bytes of a piece.
    fn range(&self, piece: usize) -> (u64, u64) {
        let start = piece as u64 * self.piece_bytes;
        (start, self.size_bytes.min(start + self.piece_bytes))
    }

    fn done_bytes(&self) -> u64 {
        let there = self
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| piece.is_some());
        there
            .map(|(at, _)| {
                let (start, end) = self.range(at);
                end - start
            })
            .sum()
    }
}

impl Line<'_> {
    /// Fetches an object into a file: a small one with one request, a larger one in pieces, several at once, all of one version.
    /// The file appears by a rename when all of it is on disk. What a broken-off fetch had is gone on with.
    ///
    /// # Errors
    /// [`TransferError`]; what had come stays beside the target, for the next fetch or for [`forget`].
    pub async fn fetch(&self, fetching: &Fetching) -> Result<Fetched, TransferError> {
        let (fetched, loose) = self.fetch_loose(fetching).await?;
        landing::settle(vec![loose]).await?;
        Ok(fetched)
    }

    /// As [`Line::fetch`], but the file has neither its name yet nor is it on disk: many are settled together.
    pub(super) async fn fetch_loose(&self, fetching: &Fetching) -> Result<(Fetched, Loose), TransferError> {
        let mut other = None;
        for _beginning in 0..BEGINNINGS {
            let tried = match fetching.size_bytes {
                Some(size_bytes) if size_bytes <= NOTED_FROM_BYTES => {
                    self.fetch_whole(fetching, size_bytes).await
                }
                _ => self.fetch_in_pieces(fetching).await,
            };
            match tried {
                // Replaced meanwhile: the new one is as good.
                Err(TransferError::Lake(error @ LakeError::Changed { .. })) => {
                    forget(&fetching.target).await?;
                    other = Some(error.into());
                }
                // Wrong on the way, or in the lake; another try tells.
                Err(error @ TransferError::OtherBytes { .. }) => {
                    forget(&fetching.target).await?;
                    other = Some(error);
                }
                done => return done,
            }
        }
        Err(other.unwrap_or_else(|| LakeError::Broken(fetching.key.clone()).into()))
    }

    async fn fetch_whole(
        &self,
        fetching: &Fetching,
        size_bytes: u64,
    ) -> Result<(Fetched, Loose), TransferError> {
        let claim = fetches(size_bytes, fetching.urgent);
        let turn = self.pace.turn(claim).await;
        let get = || async {
            let object = self.lake.get(&fetching.key).await?;
            whole(&fetching.key, &object.info, object.bytes.len() as u64)?;
            Ok(object)
        };
        let mut meter = Meter::new(*self, size_bytes);
        meter.set(0);
        let object = turn.attempt(claim, get).await?;
        meter.progress.total_bytes = object.info.size_bytes;
        let (info, bytes) = (object.info, object.bytes);
        let target = fetching.target.clone();
        // One visit to the disk: there are many small files.
        let written = blocking(move || {
            let Some(partial) = partial_of(&target)? else {
                return Ok(None);
            };
            let hash = blake3::hash(&bytes);
            Ok(Some((partial.write_whole(&bytes)?, hash)))
        });
        let (loose, hash) = written.await?.ok_or_else(|| under_way(fetching))?;
        check(fetching, &hash)?;
        meter.set(info.size_bytes);
        Ok((Fetched { info, hash }, loose))
    }

    async fn fetch_in_pieces(&self, fetching: &Fetching) -> Result<(Fetched, Loose), TransferError> {
        let head = || self.lake.head(&fetching.key);
        let info = self.pace.attempt(asking(fetching.urgent), head).await?;
        if info.size_bytes <= NOTED_FROM_BYTES {
            return self.fetch_whole(fetching, info.size_bytes).await;
        }
        let filling = fetching.filling.as_deref();
        let piece_bytes = if filling.is_some_and(Filling::is_read) {
            READ_PIECE_BYTES
        } else if self.pace.cap(Way::Down).is_some() {
            CAPPED_PIECE_BYTES
        } else {
            PIECE_BYTES
        };
        let piece_bytes = piece_bytes.max((info.size_bytes / MOST_PIECES).next_power_of_two());
        let (partial, state) = gone_on_with(&fetching.target, &info, piece_bytes)
            .await?
            .ok_or_else(|| under_way(fetching))?;
        if let Some(filling) = filling {
            let there = state.pieces.iter().map(Option::is_some).collect();
            // Opened for itself: the lock goes with the fetch, whoever still reads.
            let place = partial.place.clone();
            let open = move || File::open(&place).map_err(|error| LakeError::io("read", place, error));
            let file = blocking(open).await?;
            filling.begin(file, state.size_bytes, state.piece_bytes, there);
        }
        let mut pieces = Pieces {
            line: *self,
            filling,
            urgent: fetching.urgent,
            target: &fetching.target,
            meter: Meter::new(*self, info.size_bytes),
            info,
            partial,
            state: Arc::new(state),
            coming: JoinSet::new(),
            noting: JoinSet::new(),
            unnoted: 0,
            noted_at: self.pace.clock().now(),
        };
        pieces.all().await?;
        let branches: Vec<Branch> = pieces.state.pieces.iter().copied().flatten().collect();
        let hash = tree::root(&branches).ok_or_else(|| LakeError::Broken(fetching.key.clone()))?;
        check(fetching, &hash)?;
        let Pieces { info, partial, .. } = pieces;
        let loose = partial.into_loose(info.size_bytes);
        Ok((Fetched { info, hash }, loose))
    }
}

/// An object on its way into the partial file, piece by piece.
struct Pieces<'a> {
    line: Line<'a>,
    filling: Option<&'a Filling>,
    urgent: bool,
    target: &'a Path,
    meter: Meter<'a>,
    info: ObjectInfo,
    partial: Partial,
    /// Shared with a note that is being written.
    state: Arc<FetchState>,
    coming: JoinSet<Result<(usize, Branch), LakeError>>,
    /// At most one.
    noting: JoinSet<Result<(), TransferError>>,
    unnoted: u64,
    noted_at: Duration,
}

impl Pieces<'_> {
    async fn all(&mut self) -> Result<(), TransferError> {
        self.meter.set(self.state.done_bytes());
        let there = self.state.pieces.iter().enumerate();
        let mut wanted: BTreeSet<usize> = there
            .filter_map(|(at, piece)| piece.is_none().then_some(at))
            .collect();
        loop {
            if let Some((at, urgent)) = self.next(&wanted) {
                wanted.remove(&at);
                self.begin(at, urgent).await;
                continue;
            }
            let came = match self.filling.filter(|_| !wanted.is_empty()) {
                Some(filling) => tokio::select! {
                    came = self.coming.join_next() => came,
                    () = filling.asked() => continue,
                },
                None => self.coming.join_next().await,
            };
            let Some(came) = came else { break };
            let (at, branch) = came.map_err(|_stopped| LakeError::Stopped)??;
            self.came(at, branch);
            self.note_when_due().await?;
        }
        // What is still being noted would be noted after the file has its name.
        match self.noting.join_next().await {
            Some(noted) => noted.map_err(|_stopped| LakeError::Stopped)?,
            None => Ok(()),
        }
    }

    /// The piece to begin with now, and whether somebody stands at it.
    fn next(&self, wanted: &BTreeSet<usize>) -> Option<(usize, bool)> {
        let under_way = self.coming.len();
        let Some(filling) = self.filling.filter(|filling| filling.is_read()) else {
            let next = wanted.first().filter(|_| under_way < PIECES_AT_ONCE);
            return next.map(|at| (*at, self.urgent));
        };
        let (at, stood_at) = filling.next(wanted)?;
        let at_once = if stood_at {
            PIECES_AT_ONCE
        } else {
            READ_PIECES_AT_ONCE
        };
        (under_way < at_once).then_some((at, stood_at || self.urgent))
    }

    async fn begin(&mut self, at: usize, urgent: bool) {
        let (start, end) = self.state.range(at);
        let claim = fetches(end - start, urgent);
        let turn = self.line.pace.turn(claim).await;
        let piece = Piece {
            at,
            range: ByteRange {
                start,
                end: Some(end),
            },
            info: self.info.clone(),
            claim,
        };
        let (lake, file) = (Arc::clone(self.line.lake), Arc::clone(&self.partial.file));
        let place = self.partial.place.clone();
        self.coming
            .spawn(async move { piece.fetch(lake.as_ref(), turn, file, place).await });
    }

    fn came(&mut self, at: usize, branch: Branch) {
        let (start, end) = self.state.range(at);
        if let Some(piece) = Arc::make_mut(&mut self.state).pieces.get_mut(at) {
            *piece = Some(branch);
        }
        if let Some(filling) = self.filling {
            filling.came(at);
        }
        self.meter.add(end - start);
        self.unnoted += end - start;
    }

    /// Notes what came, beside what is coming: the disk is slow.
    async fn note_when_due(&mut self) -> Result<(), TransferError> {
        if let Some(noted) = self.noting.try_join_next() {
            noted.map_err(|_stopped| LakeError::Stopped)??;
        }
        let now = self.line.pace.clock().now();
        let due = self.unnoted >= NOTED_BYTES || now >= self.noted_at + NOTED_EVERY;
        // So much waits for the disk that more would only fill the memory.
        if self.unnoted >= 4 * NOTED_BYTES
            && let Some(noted) = self.noting.join_next().await
        {
            noted.map_err(|_stopped| LakeError::Stopped)??;
        }
        if due && self.noting.is_empty() {
            (self.unnoted, self.noted_at) = (0, now);
            self.noting.spawn(note(
                landing::note_place(self.target),
                Arc::clone(&self.partial.file),
                Arc::clone(&self.state),
            ));
        }
        Ok(())
    }
}

/// Takes away what a fetch that will not go on has left beside its target.
///
/// # Errors
/// Trouble with files.
pub async fn forget(target: &Path) -> Result<(), TransferError> {
    let (note, partial) = (landing::note_place(target), landing::partial_place(target));
    Ok(blocking(move || {
        for place in [note, partial] {
            landing::remove(&place)?;
        }
        Ok(())
    })
    .await?)
}

/// One piece of an object on its way into the partial file.
struct Piece {
    at: usize,
    range: ByteRange,
    info: ObjectInfo,
    claim: Claim,
}

impl Piece {
    async fn fetch(
        self,
        lake: &dyn Lake,
        turn: Turn,
        file: Arc<File>,
        place: PathBuf,
    ) -> Result<(usize, Branch), LakeError> {
        let key = &self.info.key;
        let get = || async {
            let object = lake.get_range(key, self.range, Some(&self.info.etag)).await?;
            let length = object.bytes.len() as u64;
            if length == self.claim.bytes && object.info.etag == self.info.etag {
                Ok(object.bytes)
            } else {
                Err(LakeError::Broken(key.clone()))
            }
        };
        let bytes = turn.attempt(self.claim, get).await?;
        let start = self.range.start;
        let branch = blocking(move || {
            file.write_all_at(&bytes, start)
                .map_err(|error| LakeError::io("write", place, error))?;
            Ok(Branch::of(&bytes, start))
        })
        .await?;
        Ok((self.at, branch))
    }
}

/// The file beside the target, when nobody else has it.
fn partial_of(target: &Path) -> Result<Option<Partial>, LakeError> {
    for _turn in 0..TURNS {
        if let Some(partial) = Partial::open(target)? {
            return Ok(Some(partial));
        }
        // A fetch that was just dropped may still be writing its last piece; the disk knows no other time than the machine's.
        std::thread::sleep(TURN);
    }
    Ok(None)
}

/// What an earlier fetch left of this version, or a beginning.
async fn gone_on_with(
    target: &Path,
    info: &ObjectInfo,
    piece_bytes: u64,
) -> Result<Option<(Partial, FetchState)>, LakeError> {
    let (note, target, info) = (landing::note_place(target), target.to_path_buf(), info.clone());
    blocking(move || {
        let Some(partial) = partial_of(&target)? else {
            return Ok(None);
        };
        let io = |error: io::Error| LakeError::io("write", &partial.place, error);
        let known = std::fs::read(&note)
            .ok()
            .and_then(|text| serde_json::from_slice::<FetchState>(&text).ok());
        let inode = landing::inode(&partial.file).map_err(io)?;
        let length = partial.file.metadata().map_err(io)?.len();
        let usable = known.filter(|state| {
            (&state.key, &state.etag, state.size_bytes) == (&info.key, &info.etag, info.size_bytes)
                && (state.inode, length) == (inode, info.size_bytes)
                && state.piece_bytes.is_power_of_two()
                && state.pieces.len() as u64 == info.size_bytes.div_ceil(state.piece_bytes)
        });
        let state = match usable {
            Some(state) => state,
            None => {
                // Before the file has the right size, or an old note could be taken for one of it.
                landing::remove(&note)?;
                partial
                    .file
                    .set_len(0)
                    .and_then(|()| partial.file.set_len(info.size_bytes))
                    .map_err(io)?;
                FetchState::new(&info, piece_bytes, inode)?
            }
        };
        Ok(Some((partial, state)))
    })
    .await
}

/// Writes down which pieces are there, after they are.
async fn note(note: PathBuf, file: Arc<File>, state: Arc<FetchState>) -> Result<(), TransferError> {
    let text = serde_json::to_vec(&*state).map_err(|error| TransferError::Keep(error.into()))?;
    Ok(blocking(move || {
        file.sync_data()
            .map_err(|error| LakeError::io("synchronise", &note, error))?;
        let io = |error| LakeError::io("write", &note, error);
        let beside = note.with_extension("new");
        File::create(&beside)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| std::fs::rename(&beside, &note))
            .map_err(io)
    })
    .await?)
}

fn under_way(fetching: &Fetching) -> TransferError {
    TransferError::UnderWay(fetching.target.clone())
}

/// A read that gave fewer bytes than it said is none.
fn whole(key: &Key, info: &ObjectInfo, length: u64) -> Result<(), LakeError> {
    if info.size_bytes == length {
        Ok(())
    } else {
        Err(LakeError::Broken(key.clone()))
    }
}

fn check(fetching: &Fetching, hash: &blake3::Hash) -> Result<(), TransferError> {
    match &fetching.digest {
        Some(wanted) if !wanted.matches(hash) => Err(TransferError::OtherBytes {
            key: fetching.key.clone(),
            wanted: wanted.clone(),
            found: Digest::from(*hash),
        }),
        _ => Ok(()),
    }
}

const fn fetches(bytes: u64, urgent: bool) -> Claim {
    Claim {
        way: Way::Down,
        bytes,
        urgent,
    }
}
