//! Listing: folders in the order of keys, without holding the whole lake in memory.

use std::ffi::CStr;

use rustix::fs::{AtFlags, Dir, FileType, statat};

use super::{
    disk::{Disk, OWN},
    name::{self, Read, Stands},
};
use crate::{Key, LakeError, Listing};

/// What is in one folder, by segment.
struct Item {
    /// The segment; a folder's with `/` at the end, so that items sort as their keys do: `a-b` before `a/b` before `a0`.
    segment: String,
    /// Names from the lake's folder to it.
    names: Vec<String>,
    is_folder: bool,
}

/// A listing under way.
struct Walk<'a> {
    disk: &'a Disk,
    prefix: &'a str,
    after: Option<&'a str>,
    limit: usize,
    listing: Listing,
}

pub fn list(disk: &Disk, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError> {
    let mut walk = Walk {
        disk,
        prefix,
        after,
        limit,
        listing: Listing::default(),
    };
    walk.folder("", &[])?;
    Ok(walk.listing)
}

impl Walk<'_> {
    /// Lists what is below a folder; `base` is the beginning its keys share.
    fn folder(&mut self, base: &str, names: &[String]) -> Result<(), LakeError> {
        let mut items = Vec::new();
        self.read(names, "", &mut items)?;
        items.sort_unstable_by(|a, b| a.segment.cmp(&b.segment));
        for item in items {
            if self.listing.more {
                return Ok(());
            }
            let key = format!("{base}{}", item.segment);
            if item.is_folder {
                if self.may_hold(&key) {
                    self.folder(&key, &item.names)?;
                }
            } else if key.starts_with(self.prefix) && self.after.is_none_or(|after| key.as_str() > after) {
                self.object(key, &item.names)?;
            }
        }
        Ok(())
    }

    /// Whether keys that begin with `base` (which ends in `/`) are asked for.
    fn may_hold(&self, base: &str) -> bool {
        let in_prefix = base.starts_with(self.prefix) || self.prefix.starts_with(base);
        in_prefix
            && self
                .after
                .is_none_or(|after| base > after || after.starts_with(base))
    }

    fn object(&mut self, key: String, names: &[String]) -> Result<(), LakeError> {
        let Ok(key) = Key::new(key) else { return Ok(()) };
        // One that was deleted meanwhile is not listed; what is no file is not the lake's.
        let opened = match self.disk.open_names(&key, names) {
            Ok(Some(opened)) => opened,
            Ok(None) | Err(LakeError::Foreign { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        if self.listing.objects.len() < self.limit {
            self.listing.objects.push(opened.info);
        } else {
            self.listing.more = true;
        }
        Ok(())
    }

    /// Reads one folder, and those that long names go on in; `before` is the part of the segment read so far.
    fn read(&self, names: &[String], before: &str, items: &mut Vec<Item>) -> Result<(), LakeError> {
        let place = || self.disk.dir().join(names.iter().collect::<std::path::PathBuf>());
        let io = |error| LakeError::io("list", place(), error);
        let Some(folder) = self.disk.folder(names, false).or_else(absent).map_err(io)? else {
            return Ok(());
        };
        for entry in Dir::read_from(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if matches!(name, "." | "..") || (names.is_empty() && name == OWN) {
                continue;
            }
            let is_folder = match kind(&folder, entry.file_name(), entry.file_type()) {
                FileType::Directory => true,
                FileType::RegularFile => false,
                _ => continue,
            };
            let path = || names.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
            match name::read(before, name) {
                Read::Piece(piece) if is_folder => self.read(&path(), &piece, items)?,
                Read::Segment(segment, Stands::ForFolder) if is_folder => {
                    items.push(Item {
                        segment: segment + "/",
                        names: path(),
                        is_folder,
                    });
                }
                Read::Segment(segment, Stands::ForFile) if !is_folder => {
                    items.push(Item {
                        segment,
                        names: path(),
                        is_folder,
                    });
                }
                _ => tracing::trace!(name, "not the lake's own"),
            }
        }
        Ok(())
    }
}

/// A folder that became something else while the listing ran has nothing to list.
fn absent(error: rustix::io::Errno) -> rustix::io::Result<Option<std::os::fd::OwnedFd>> {
    use rustix::io::Errno;
    match error {
        Errno::LOOP | Errno::NOTDIR => Ok(None),
        other => Err(other),
    }
}

/// Some file systems leave the kind out of a listing.
fn kind(folder: &std::os::fd::OwnedFd, name: &CStr, listed: FileType) -> FileType {
    match listed {
        FileType::Unknown => statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
        known => known,
    }
}
