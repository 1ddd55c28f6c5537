//! Version tags: the hash of an object's bytes, kept in an extended attribute of its file.

use std::{collections::BTreeMap, fs::File, io, os::unix::fs::MetadataExt as _, sync::Mutex};

use rustix::{
    fs::{XattrFlags, fgetxattr, fsetxattr},
    io::Errno,
};

use super::disk::lock;
use crate::{ETag, Labels};

/// The attribute: `1 <hash> <size> <seconds>.<nanoseconds>`. Size and time are those of the file when the hash was taken; a
/// file that somebody changed has others.
const ATTRIBUTE: &str = "user.circletake.etag";
/// The labels, as JSON. They are of the object, so one that replaces it begins without.
const LABELS: &str = "user.circletake.labels";
/// Room for labels: S3 allows ten of 128 and 256 characters.
const LABELS_BYTES: usize = 16 << 10;
/// Tags remembered where files carry no attributes; more only cost reading a file again.
const REMEMBERED: usize = 10_000;

/// What says that a file is still what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meta {
    device: u64,
    inode: u64,
    pub size_bytes: u64,
    secs: i64,
    nanos: i64,
}

impl Meta {
    pub fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self {
            device: meta.dev(),
            inode: meta.ino(),
            size_bytes: meta.size(),
            secs: meta.mtime(),
            nanos: meta.mtime_nsec(),
        })
    }

    /// Milliseconds since 1970; zero for a file from before.
    pub fn millis(&self) -> u64 {
        u64::try_from(
            self.secs
                .saturating_mul(1000)
                .saturating_add(self.nanos / 1_000_000),
        )
        .unwrap_or(0)
    }

    fn stamp(&self) -> String {
        format!("{} {}.{:09}", self.size_bytes, self.secs, self.nanos)
    }
}

/// Version tags of files.
#[derive(Debug, Default)]
pub struct Tags {
    /// For file systems without attributes.
    remembered: Mutex<BTreeMap<Meta, ETag>>,
}

impl Tags {
    /// Marks a file that was just written and hashed. It gets no name before this, so no reader sees it unmarked.
    pub fn set(&self, file: &File, hash: blake3::Hash) -> io::Result<(ETag, Meta)> {
        let (etag, meta) = (ETag::new(hash.to_hex().as_str()), Meta::of(file)?);
        self.keep(file, &etag, meta);
        Ok((etag, meta))
    }

    /// The tag of a file, from its attribute or from its bytes.
    pub fn get(&self, file: &File) -> io::Result<(ETag, Meta)> {
        let mut meta = Meta::of(file)?;
        if let Some(etag) = attribute(file, &meta).or_else(|| lock(&self.remembered).get(&meta).cloned()) {
            return Ok((etag, meta));
        }
        loop {
            let hash = hash(file)?;
            let after = Meta::of(file)?;
            // Somebody is writing into it: a tag must be of one version.
            if after == meta {
                let etag = ETag::new(hash.to_hex().as_str());
                self.keep(file, &etag, meta);
                return Ok((etag, meta));
            }
            meta = after;
        }
    }

    fn keep(&self, file: &File, etag: &ETag, meta: Meta) {
        let value = format!("1 {etag} {}", meta.stamp());
        if fsetxattr(file, ATTRIBUTE, value.as_bytes(), XattrFlags::empty()).is_err() {
            // No attributes here, or not our file: remembering is enough until the program ends.
            let mut remembered = lock(&self.remembered);
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            remembered.insert(meta, etag.clone());
        }
    }
}

/// The labels of a file; none where it carries none or cannot.
pub fn labels(file: &File) -> io::Result<Labels> {
    let mut value = vec![0; LABELS_BYTES];
    match fgetxattr(file, LABELS, &mut value) {
        Ok(length) => Ok(serde_json::from_slice(value.get(..length).unwrap_or_default())?),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(Labels::new()),
        Err(error) => Err(error.into()),
    }
}

/// Gives a file these labels and no others.
pub fn set_labels(file: &File, labels: &Labels) -> io::Result<()> {
    let value = serde_json::to_vec(labels)?;
    fsetxattr(file, LABELS, &value, XattrFlags::empty())?;
    file.sync_all()
}

fn attribute(file: &File, meta: &Meta) -> Option<ETag> {
    let mut value = [0; 256];
    let length = fgetxattr(file, ATTRIBUTE, &mut value).ok()?;
    let text = std::str::from_utf8(value.get(..length)?).ok()?;
    let (hash, stamp) = text.strip_prefix("1 ")?.split_once(' ')?;
    let whole = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (whole && stamp == meta.stamp()).then(|| ETag::new(hash))
}

fn hash(file: &File) -> io::Result<blake3::Hash> {
    use std::os::unix::fs::FileExt as _;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        match file.read_at(&mut buffer, at) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
