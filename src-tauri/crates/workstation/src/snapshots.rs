//! Snapshots: what the ledger comes to, folded up to some place in every writer's segments, as one object of the lake. Whoever is new,
//! or was away for long, begins with one and reads on from there. They are derived: one that is missing, damaged, of another
//! schema or not made from these segments is left aside, and the segments, which are never deleted, are read instead.

mod checking;
mod making;
mod taking;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use catalog::{Checkpoint, Covered};
use fault::{Code, Fault};
use lake::{Key, ObjectInfo, layout};
use serde::{Deserialize, Serialize};

pub use checking::Checked;

use crate::doctor::{missing, ok, warn};
use crate::faults;
use crate::home;
use crate::lakeside::GoOn;
use crate::views::Check;
use crate::workstation::Workstation;

/// The version of manifests that this build writes and reads.
const MANIFEST_VERSION: u32 = 1;
/// A manifest of a hundred thousand writers has some 15 MB.
const MANIFEST_MAX_BYTES: u32 = 64 << 20;
/// Before the manifest: zstd's sign of a frame that decoders pass over, so that the object is a plain `.sqlite.zst`.
const SKIPPED_FRAME: u32 = 0x184D_2A5C;
/// The sign and the length of the manifest.
const PREFACE_BYTES: usize = 8;
/// Fast, and within a few per cent of the slow levels.
const LEVEL: i32 = 3;
/// Read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// What this process knows of snapshots.
#[derive(Default)]
pub(crate) struct Snapshots {
    /// Whether it was looked, since the start, whether one would save reading segments.
    considered: AtomicBool,
    /// Held by who makes, takes or checks one.
    alone: Mutex<()>,
}

impl Snapshots {
    /// For who makes, takes or checks one, unless another is at it.
    fn alone(&self) -> Option<MutexGuard<'_, ()>> {
        match self.alone.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// What stands before a snapshot's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    version: u32,
    schema: u32,
    entries: u64,
    clock_millis: u64,
    clock_counter: u32,
    unpacked_bytes: u64,
    covered: Vec<Covered>,
}

impl Manifest {
    fn of(checkpoint: &Checkpoint, unpacked_bytes: u64) -> Self {
        Self {
            version: MANIFEST_VERSION,
            schema: checkpoint.schema,
            entries: checkpoint.entries,
            clock_millis: checkpoint.latest.millis,
            clock_counter: checkpoint.latest.counter,
            unpacked_bytes,
            covered: checkpoint.covered.clone(),
        }
    }
}

/// What a snapshot's key says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    key: Key,
    size_bytes: u64,
    principal: String,
    schema: u32,
    entries: u64,
    hash: String,
}

impl Named {
    /// The last part of a key: its schema, the entries in it, and the hash of its bytes.
    fn id(schema: u32, entries: u64, hash: &blake3::Hash) -> String {
        let hash = hash.to_hex();
        format!("{schema}-{entries:012}-{}", hash.get(..32).unwrap_or_default())
    }

    fn of(info: &ObjectInfo) -> Option<Self> {
        let (principal, id) = layout::parse_snapshot(&info.key)?;
        let mut parts = id.split('-');
        let (schema, entries, hash) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || hash.len() != 32 {
            return None;
        }
        Some(Self {
            principal: principal.to_owned(),
            schema: schema.parse().ok()?,
            entries: entries.parse().ok()?,
            hash: hash.to_owned(),
            key: info.key.clone(),
            size_bytes: info.size_bytes,
        })
    }
}

impl Workstation {
    /// The snapshots that lie in the lake, the one with the most entries first.
    fn snapshots_in_lake(&self) -> Result<Vec<Named>, Fault> {
        let mut found = Vec::new();
        self.lake
            .each_shared(layout::SNAPSHOTS, |info| found.extend(Named::of(info)))?;
        found.sort_by(|a, b| (b.entries, &b.hash).cmp(&(a.entries, &a.hash)));
        Ok(found)
    }

    /// What became of the snapshots that were looked at here.
    fn snapshot_states(&self) -> Result<BTreeMap<String, State>, Fault> {
        use crate::faults::OrFault as _;
        let notes = self.catalog.snapshot_notes().or_fault()?;
        let read = notes
            .into_iter()
            .map(|(key, state, _)| (key, State::of_word(&state)));
        Ok(read.collect())
    }

    /// Compares the one this catalog began with, if that is not done; else makes one, if enough is new.
    pub(crate) fn tend_snapshots(&self) -> Result<(), Fault> {
        match self.check_snapshot()? {
            Checked::NotYet => Ok(()),
            Checked::Nothing | Checked::Agreed | Checked::Replaced => self.make_snapshot().map(drop),
        }
    }

    /// What there is to say of them, for the doctor.
    pub(crate) fn snapshot_checks(&self) -> Vec<Check> {
        const TITLE: &str = "Snapshots";
        let notes = match self.catalog.snapshot_notes() {
            Ok(notes) => notes,
            Err(error) => return vec![missing("lake", TITLE, fault::chain(&error), "")],
        };
        let check = |(key, state, words): (String, String, String)| match State::of_word(&state) {
            State::Taken => ok(
                "lake",
                TITLE,
                format!(
                    "This catalog began with one that {words} made; it is still being compared with the ledger: {key}"
                ),
            ),
            State::Agreed => ok(
                "lake",
                TITLE,
                format!(
                    "This catalog began with one that {words} made, and it was what the ledger comes to: {key}"
                ),
            ),
            State::Refused => warn(
                "lake",
                TITLE,
                format!("One was left aside, because {words}: {key}"),
                "Nothing is missing: the ledger itself was read. See who wrote it, and take it away.",
            ),
        };
        notes.into_iter().map(check).collect()
    }

    /// The folder in which snapshots are put together and taken apart, empty.
    fn snapshot_folder(&self, name: &str) -> Result<PathBuf, Fault> {
        let folder = self.home.snapshots().join(name);
        remove_folder(&folder)?;
        home::make_folder(&folder)?;
        Ok(folder)
    }

    fn go_on(&self) -> ControlFlow<()> {
        if self.stopping.load(Ordering::Acquire) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// What became of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This catalog began with it, and it is still to be compared with the segments.
    Taken,
    /// This catalog began with it, and it is what the segments come to.
    Agreed,
    /// It was not taken, or it was dropped again.
    Refused,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
        }
    }

    fn of_word(word: &str) -> Self {
        match word {
            "taken" => Self::Taken,
            "agreed" => Self::Agreed,
            _ => Self::Refused,
        }
    }
}

fn remove_folder(folder: &Path) -> Result<(), Fault> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot(&error, "remove", folder)),
        _ => Ok(()),
    }
}

fn cannot(error: &std::io::Error, what: &str, place: &Path) -> Fault {
    faults::from_io(error, Code::Store, format!("Cannot {what} {}", place.display()))
}

fn stopped() -> Fault {
    Fault::new(Code::Cancelled, "Stopped.")
}

/// Packs the database at `source` behind its manifest into a new file, and answers the hash of that.
fn pack(
    source: &Path,
    checkpoint: &Checkpoint,
    target: &Path,
    go_on: &mut GoOn<'_>,
) -> Result<blake3::Hash, Fault> {
    let size = std::fs::metadata(source)
        .map_err(|error| cannot(&error, "read", source))?
        .len();
    let manifest = serde_json::to_vec(&Manifest::of(checkpoint, size))
        .map_err(|error| faults::from_json(&error, "The manifest of a snapshot"))?;
    let write = |error: std::io::Error| cannot(&error, "write", target);
    let mut from = File::open(source).map_err(|error| cannot(&error, "read", source))?;
    let file = File::create(target).map_err(write)?;
    let mut out = Hashing {
        file: BufWriter::with_capacity(BUFFER_BYTES, file),
        hasher: blake3::Hasher::new(),
    };
    let length = u32::try_from(manifest.len()).unwrap_or(u32::MAX);
    out.write_all(&SKIPPED_FRAME.to_le_bytes())
        .and_then(|()| out.write_all(&length.to_le_bytes()))
        .and_then(|()| out.write_all(&manifest))
        .map_err(write)?;
    let mut encoder = zstd::Encoder::new(&mut out, LEVEL).map_err(write)?;
    encoder.include_checksum(true).map_err(write)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from
            .read(&mut buffer)
            .map_err(|error| cannot(&error, "read", source))?;
        if read == 0 {
            break;
        }
        encoder
            .write_all(buffer.get(..read).unwrap_or_default())
            .map_err(write)?;
        if go_on().is_break() {
            return Err(stopped());
        }
    }
    encoder.finish().map_err(write)?;
    out.flush().map_err(write)?;
    Ok(out.hasher.finalize())
}

/// Hashes what goes into a file.
struct Hashing {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The manifest at the beginning of a snapshot, of which `bytes` are the first; or how many are needed to read it. `None` when this is
/// no snapshot that this build reads.
fn manifest_of(bytes: &[u8]) -> Option<Result<Manifest, u64>> {
    let number = |at: usize| -> Option<u32> {
        let bytes = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let length = number(4)?;
    if number(0)? != SKIPPED_FRAME || length > MANIFEST_MAX_BYTES {
        return None;
    }
    let end = PREFACE_BYTES + usize::try_from(length).ok()?;
    let Some(text) = bytes.get(PREFACE_BYTES..end) else {
        return Some(Err(end as u64));
    };
    let manifest: Manifest = serde_json::from_slice(text).ok()?;
    (manifest.version == MANIFEST_VERSION).then_some(Ok(manifest))
}

/// Unpacks a snapshot into a new file. Answers whether it was as long as it says; what goes beyond is not written.
fn unpack(source: &Path, manifest: &Manifest, target: &Path, go_on: &mut GoOn<'_>) -> Result<bool, Fault> {
    let read = |error: std::io::Error| cannot(&error, "read", source);
    let mut file = File::open(source).map_err(read)?;
    let mut preface = [0; PREFACE_BYTES];
    file.read_exact(&mut preface).map_err(read)?;
    let [_, _, _, _, length @ ..] = preface;
    std::io::copy(
        &mut (&mut file).take(u64::from(u32::from_le_bytes(length))),
        &mut std::io::sink(),
    )
    .map_err(read)?;
    let decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(BUFFER_BYTES, file)).map_err(read)?;
    let mut decoder = decoder.take(manifest.unpacked_bytes.saturating_add(1));
    let mut out = File::create(target).map_err(|error| cannot(&error, "write", target))?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut total = 0u64;
    loop {
        // What does not unpack is not this machine's trouble.
        let Ok(count) = decoder.read(&mut buffer) else {
            return Ok(false);
        };
        if count == 0 {
            return Ok(total == manifest.unpacked_bytes);
        }
        total += count as u64;
        if total > manifest.unpacked_bytes {
            return Ok(false);
        }
        out.write_all(buffer.get(..count).unwrap_or_default())
            .map_err(|error| cannot(&error, "write", target))?;
        if go_on().is_break() {
            return Err(stopped());
        }
    }
}

#[cfg(test)]
mod tests;
