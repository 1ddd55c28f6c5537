//! A plain ZIP archive of a few files, stored without packing: what is inside is packed already (PNG) or small.

use std::io::{Error, ErrorKind, Write};

/// One file of an archive.
pub(crate) struct Member {
    /// Name inside, with `/` between folders.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The bytes of an archive of a few small files.
pub(crate) fn archive(members: &[Member]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut archive = Archive::new(&mut out);
    for member in members {
        archive.add(&member.name, &member.bytes)?;
    }
    archive.finish()?;
    Ok(out)
}

/// An archive that is written file by file, so that only one of them is in memory.
pub(crate) struct Archive<W> {
    out: W,
    /// Bytes written so far.
    length: usize,
    directory: Vec<u8>,
    count: u16,
}

impl<W: Write> Archive<W> {
    /// An empty archive.
    pub fn new(out: W) -> Self {
        Self {
            out,
            length: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// Writes one file. [`ErrorKind::FileTooLarge`] when the archive would pass 4 GB.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let offset = small(self.length)?;
        small(self.length + bytes.len())?;
        self.count = self.count.checked_add(1).ok_or_else(too_large)?;
        let head = header(name, bytes)?;
        self.put(&[0x50, 0x4b, 3, 4])?;
        self.put(&head)?;
        self.put(name.as_bytes())?;
        self.put(bytes)?;
        // Version made by: 2.0, file attributes of Unix; then what the local header says, then where it lies.
        self.directory.extend([0x50, 0x4b, 1, 2, 20, 3]);
        self.directory.extend(head);
        self.directory.extend([0; 8]);
        self.directory
            .extend(&0o100_644_u32.wrapping_shl(16).to_le_bytes()[2..]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        Ok(())
    }

    /// Writes the directory; without it there is no archive.
    pub fn finish(mut self) -> std::io::Result<()> {
        let (start, size) = (small(self.length)?, small(self.directory.len())?);
        let count = self.count.to_le_bytes();
        let mut end = std::mem::take(&mut self.directory);
        end.extend([0x50, 0x4b, 5, 6, 0, 0, 0, 0]);
        end.extend(count);
        end.extend(count);
        end.extend(size.to_le_bytes());
        end.extend(start.to_le_bytes());
        end.extend([0, 0]);
        self.put(&end)
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.length += bytes.len();
        self.out.write_all(bytes)
    }
}

/// What local header and directory share: version 2.0, UTF-8 names, stored, 1980-01-01, checksum, sizes, name length.
fn header(name: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let size = small(bytes.len())?.to_le_bytes();
    let name = u16::try_from(name.len()).map_err(|_long| too_large())?;
    let mut head = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
    head.extend(crc32(bytes).to_le_bytes());
    head.extend(size);
    head.extend(size);
    head.extend(name.to_le_bytes());
    head.extend([0, 0]);
    Ok(head)
}

fn small(length: usize) -> std::io::Result<u32> {
    u32::try_from(length).map_err(|_large| too_large())
}

fn too_large() -> Error {
    Error::new(ErrorKind::FileTooLarge, "an archive of this form ends at 4 GB")
}

/// CRC-32 of ISO-HDLC, as ZIP wants it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc >>= 1;
            if low == 1 {
                crc ^= 0xedb8_8320;
            }
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn another_program_reads_the_archive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        let members = [
            Member {
                name: "a.txt".into(),
                bytes: b"hello".to_vec(),
            },
            Member {
                name: "dir/é.bin".into(),
                bytes: vec![7; 70_000],
            },
        ];
        std::fs::write(&path, archive(&members).unwrap()).unwrap();
        let script = "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                      assert z.namelist()==['a.txt','dir/é.bin'],z.namelist()\nassert z.read('a.txt')==b'hello'\n\
                      assert z.read('dir/é.bin')==bytes([7])*70000\n";
        match std::process::Command::new("python3")
            .arg("-X")
            .arg("utf8")
            .arg("-c")
            .arg(script)
            .arg(&path)
            .status()
        {
            Ok(status) => assert!(status.success()),
            Err(error) => println!("not run: no python3 ({error})"),
        }
    }
}
