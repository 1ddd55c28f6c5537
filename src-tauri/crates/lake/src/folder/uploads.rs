//! Uploads in parts: a folder each below the lake's own, holding a file for each part and one that says what it will be.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::OwnedFd,
    path::PathBuf,
};

use rustix::{
    fs::{self, AtFlags, Dir, Mode},
    io::Errno,
};

use super::disk::{Disk, FOLDER, OBJECT, OWN, Source, Staged, UPLOADS};
use crate::{ETag, Key, LakeError, MOST_PARTS, ObjectInfo, Part, Put, Upload};

/// Holds the key. It is written last, so an upload without one was never begun.
const KEY_FILE: &str = "key";

pub fn begin(disk: &Disk, key: Key) -> Result<Upload, LakeError> {
    let io = |error: io::Error| LakeError::io("begin an upload to", disk.place_of(&key), error);
    // The name of a staged file is nobody else's, on any machine.
    let (mut file, staged) = disk.stage().map_err(io)?;
    let id = staged.name.clone();
    file.write_all(key.as_str().as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    let made = (|| {
        fs::mkdirat(&disk.uploads, id.as_str(), Mode::from_raw_mode(0o755))?;
        let folder = fs::openat(&disk.uploads, id.as_str(), FOLDER, Mode::empty())?;
        name_staged(disk, &staged, &folder, KEY_FILE)?;
        fs::fsync(&disk.uploads)
    })();
    made.map_err(|error: Errno| io(error.into()))?;
    Ok(Upload { key, id })
}

pub fn put_part(disk: &Disk, upload: &Upload, number: u32, body: &[u8]) -> Result<Part, LakeError> {
    let io = |error: io::Error| LakeError::io("write a part of", disk.place_of(&upload.key), error);
    if !(1..=MOST_PARTS).contains(&number) {
        return Err(LakeError::BadPart {
            key: upload.key.clone(),
            number,
        });
    }
    let folder = open(disk, upload)?;
    let (mut file, staged) = disk.stage().map_err(io)?;
    file.write_all(body).map_err(io)?;
    let (etag, _) = disk.tags.set(&file, blake3::hash(body)).map_err(io)?;
    file.sync_all().map_err(io)?;
    name_staged(disk, &staged, &folder, &part_name(number)).map_err(|error| match error {
        // Aborted meanwhile.
        Errno::NOENT => gone(upload),
        other => io(other.into()),
    })?;
    Ok(Part {
        number,
        etag,
        size_bytes: body.len() as u64,
    })
}

pub fn parts(disk: &Disk, upload: &Upload) -> Result<Vec<Part>, LakeError> {
    let folder = open(disk, upload)?;
    let mut parts = Vec::new();
    for number in part_numbers(&folder).map_err(|error| trouble(disk, upload, error.into()))? {
        if let Some((part, _)) = part(disk, upload, &folder, number)? {
            parts.push(part);
        }
    }
    Ok(parts)
}

pub fn finish(disk: &Disk, upload: &Upload, named: &[Part], mode: Put) -> Result<ObjectInfo, LakeError> {
    let folder = open(disk, upload)?;
    let bad = |number| LakeError::BadPart {
        key: upload.key.clone(),
        number,
    };
    let mut last = 0;
    for wanted in named {
        if wanted.number <= last {
            return Err(bad(wanted.number));
        }
        last = wanted.number;
        same_part(disk, upload, &folder, wanted)?;
    }
    if named.is_empty() {
        return Err(bad(0));
    }
    // Opened again one after the other: a film may have more parts than a process may have files open.
    let mut open_part = |at: usize| match named.get(at) {
        Some(wanted) => same_part(disk, upload, &folder, wanted).map(Some),
        None => Ok(None),
    };
    let written = disk.write(&upload.key, Source::Files(&mut open_part), mode)?;
    if let Err(error) = abort(disk, upload) {
        // The object is there; what is left only takes room and can be aborted later.
        tracing::warn!(key = %upload.key, "the parts of a finished upload stay: {error}");
    }
    Ok(written)
}

/// The part that was named, with its place, when it is there as it was named.
fn same_part(
    disk: &Disk,
    upload: &Upload,
    folder: &OwnedFd,
    wanted: &Part,
) -> Result<(File, PathBuf), LakeError> {
    let there = part(disk, upload, folder, wanted.number)?;
    let same = there.filter(|(there, _)| there.etag == wanted.etag);
    let (_, file) = same.ok_or_else(|| LakeError::BadPart {
        key: upload.key.clone(),
        number: wanted.number,
    })?;
    Ok((file, place(disk, upload).join(part_name(wanted.number))))
}

pub fn abort(disk: &Disk, upload: &Upload) -> Result<(), LakeError> {
    let folder = match open(disk, upload) {
        Err(LakeError::NoUpload { .. }) => return Ok(()),
        other => other?,
    };
    let done = (|| {
        // Without its key it is no upload any more, whatever else stays of it.
        remove(&folder, KEY_FILE)?;
        loop {
            for entry in Dir::read_from(&folder)? {
                let entry = entry?;
                if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                    remove(&folder, entry.file_name())?;
                }
            }
            match fs::unlinkat(&disk.uploads, upload.id.as_str(), AtFlags::REMOVEDIR) {
                // A part that came just now.
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                other => return other,
            }
        }
    })();
    match done {
        // Another abort was first.
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(trouble(disk, upload, error.into())),
    }
}

pub fn list(disk: &Disk, prefix: &str) -> Result<Vec<Upload>, LakeError> {
    let io = |error: Errno| LakeError::io("list the uploads of", disk.dir(), error);
    let mut uploads = Vec::new();
    for entry in Dir::read_from(&disk.uploads).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Ok(id) = entry.file_name().to_str() else {
            continue;
        };
        if id.starts_with('.') {
            continue;
        }
        // One that ended meanwhile, or was never begun, is none.
        if let Some(key) = key_of(disk, id).filter(|key| key.as_str().starts_with(prefix)) {
            uploads.push(Upload {
                key,
                id: id.to_owned(),
            });
        }
    }
    uploads.sort_unstable();
    Ok(uploads)
}

/// The folder of an upload, whose key must be the one it was begun for.
fn open(disk: &Disk, upload: &Upload) -> Result<OwnedFd, LakeError> {
    // The id comes from outside: it must name a folder here and nothing else.
    let plain = !upload.id.is_empty()
        && upload
            .id
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !plain || key_of(disk, &upload.id).as_ref() != Some(&upload.key) {
        return Err(gone(upload));
    }
    match fs::openat(&disk.uploads, upload.id.as_str(), FOLDER, Mode::empty()) {
        Ok(folder) => Ok(folder),
        Err(Errno::NOENT) => Err(gone(upload)),
        Err(error) => Err(trouble(disk, upload, error.into())),
    }
}

fn key_of(disk: &Disk, id: &str) -> Option<Key> {
    let folder = fs::openat(&disk.uploads, id, FOLDER, Mode::empty()).ok()?;
    let file = File::from(fs::openat(&folder, KEY_FILE, OBJECT, Mode::empty()).ok()?);
    let mut text = String::new();
    file.take(crate::key::KEY_LIMIT_BYTES as u64)
        .read_to_string(&mut text)
        .ok()?;
    Key::new(text).ok()
}

fn part(
    disk: &Disk,
    upload: &Upload,
    folder: &OwnedFd,
    number: u32,
) -> Result<Option<(Part, File)>, LakeError> {
    let file = match fs::openat(folder, part_name(number), OBJECT, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(trouble(disk, upload, error.into())),
    };
    let (etag, meta): (ETag, _) = disk
        .tags
        .get(&file)
        .map_err(|error| trouble(disk, upload, error))?;
    let size_bytes = meta.size_bytes;
    Ok(Some((
        Part {
            number,
            etag,
            size_bytes,
        },
        file,
    )))
}

fn part_numbers(folder: &OwnedFd) -> rustix::io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in Dir::read_from(folder)? {
        if let Some(number) = entry?
            .file_name()
            .to_str()
            .ok()
            .and_then(|name| name.parse().ok())
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn part_name(number: u32) -> String {
    format!("{number:05}")
}

/// Moves a staged file to a name in an upload's folder, in place of what has it.
fn name_staged(disk: &Disk, staged: &Staged<'_>, folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    fs::renameat(&disk.staging, staged.name.as_str(), folder, name)?;
    fs::fsync(folder)
}

fn remove(folder: &OwnedFd, name: impl rustix::path::Arg) -> rustix::io::Result<()> {
    match fs::unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

fn gone(upload: &Upload) -> LakeError {
    LakeError::NoUpload {
        key: upload.key.clone(),
    }
}

fn place(disk: &Disk, upload: &Upload) -> PathBuf {
    disk.dir().join(OWN).join(UPLOADS).join(&upload.id)
}

fn trouble(disk: &Disk, upload: &Upload, error: io::Error) -> LakeError {
    LakeError::io("use the upload in", place(disk, upload), error)
}
