//! Trying out what a file system does, because what a share promises is known only by asking.

use std::{fs::File, io::Write as _, os::fd::OwnedFd, path::Path, process};

use rustix::{
    fs::{self, AtFlags, Mode, OFlags, RenameFlags, XattrFlags},
    io::Errno,
};

use crate::LakeError;

/// What the file system under a folder lake was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footing {
    /// Hard links work, and a second one to the same name is refused.
    pub links: bool,
    /// Renaming without replacing works, and is refused when something is there.
    pub rename_no_replace: bool,
    /// A rename replaces what is there.
    pub rename_replaces: bool,
    /// Names that differ only in case are different files. The lake's names do not need it.
    pub case_sensitive: bool,
    /// A folder can be synchronised to disk.
    pub directory_sync: bool,
    /// Files carry extended attributes, so a version tag is read instead of computed.
    pub attributes: bool,
    /// Files lie on another machine (NFS, SMB, a FUSE mount, …).
    pub network: bool,
}

impl Footing {
    /// Whether of writers that race exactly one wins.
    pub const fn create_only(&self) -> bool {
        self.links || self.rename_no_replace
    }

    /// Whether several machines may write to this lake at once.
    pub const fn shared_use(&self) -> bool {
        self.create_only() && self.rename_replaces && self.directory_sync
    }

    /// Why no lake can be kept here, when none can. A folder on another machine is one that others reach too.
    pub const fn unfit(&self) -> Option<&'static str> {
        if !self.create_only() {
            Some(
                "two writers of one name would overwrite each other (neither hard links nor renaming without replacing work here)",
            )
        } else if self.network && !self.shared_use() {
            Some(
                "it lies on another machine, where replacing a file or synchronising a folder does not hold: what is written here, another workstation may never see",
            )
        } else {
            None
        }
    }
}

pub fn probe(own: &OwnedFd, dir: &Path) -> Result<Footing, LakeError> {
    let io = |error: Errno| LakeError::io("try out the file system of", dir, error);
    let name = format!("probe-{}-{:?}", process::id(), std::thread::current().id());
    match fs::mkdirat(own, &name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(io(error)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = fs::openat(own, &name, flags, Mode::empty()).map_err(io)?;
    let seen = trials(&folder);
    for file in FILES {
        match fs::unlinkat(&folder, file, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => tracing::debug!(%error, file, "a trial file stays"),
        }
    }
    if let Err(error) = fs::unlinkat(own, &name, AtFlags::REMOVEDIR) {
        tracing::debug!(%error, "the folder of the trial stays");
    }
    seen.map_err(io)
}

const FILES: [&str; 6] = ["one", "two", "link", "moved", "case", "CASE"];

fn trials(folder: &OwnedFd) -> rustix::io::Result<Footing> {
    let file = |name: &str, text: &str| -> rustix::io::Result<File> {
        let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(folder, name, flags, Mode::from_raw_mode(0o644))?);
        file.write_all(text.as_bytes())
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        Ok(file)
    };
    let length = |name: &str| {
        fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
            .map(|stat| stat.st_size)
            .ok()
    };
    let one = file("one", "1")?;
    file("two", "22")?;
    let links = fs::linkat(folder, "one", folder, "link", AtFlags::empty()).is_ok()
        && fs::linkat(folder, "two", folder, "link", AtFlags::empty()) == Err(Errno::EXIST)
        && length("link") == Some(1);
    let no_replace =
        |from: &str, to: &str| fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE);
    let rename_no_replace = no_replace("one", "two") == Err(Errno::EXIST)
        && length("two") == Some(2)
        && no_replace("two", "moved").is_ok()
        && length("moved") == Some(2)
        && length("two").is_none();
    file("two", "22")?;
    let rename_replaces = fs::renameat(folder, "one", folder, "two").is_ok() && length("two") == Some(1);
    file("case", "333")?;
    let case_sensitive = length("CASE").is_none();
    Ok(Footing {
        links,
        rename_no_replace,
        rename_replaces,
        case_sensitive,
        directory_sync: fs::fsync(folder).is_ok(),
        attributes: fs::fsetxattr(&one, "user.circletake.probe", b"1", XattrFlags::empty()).is_ok(),
        network: is_network(folder),
    })
}

#[cfg(target_os = "linux")]
fn is_network(folder: &OwnedFd) -> bool {
    // From linux/magic.h: NFS, SMB1, CIFS, SMB2, FUSE, 9P, Ceph, AFS.
    const NETWORK: [u32; 8] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x6573_5546,
        0x0102_1997,
        0x00c3_6400,
        0x5346_414f,
    ];
    fs::fstatfs(folder).is_ok_and(|stat| NETWORK.contains(&(stat.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_network(_folder: &OwnedFd) -> bool {
    false
}
