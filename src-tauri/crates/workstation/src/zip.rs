//! A plain ZIP archive of a few files, stored without packing: what is inside is packed already (PNG) or small.

use std::io::Write;

use fault::{Code, Fault};

/// One file of an archive.
pub(crate) struct Member {
    /// Name inside, with `/` between folders.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The archive's bytes.
pub(crate) fn archive(members: &[Member]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for member in members {
        let offset = small(out.len())?;
        let head = header(member)?;
        put(&mut out, &[0x50, 0x4b, 3, 4])?;
        put(&mut out, &head)?;
        put(&mut out, member.name.as_bytes())?;
        put(&mut out, &member.bytes)?;
        // Version made by: 2.0, file attributes of Unix; then what the local header says, then where it lies.
        put(&mut directory, &[0x50, 0x4b, 1, 2, 20, 3])?;
        put(&mut directory, &head)?;
        put(&mut directory, &[0; 8])?;
        put(&mut directory, &0o100_644_u32.wrapping_shl(16).to_le_bytes()[2..])?;
        put(&mut directory, &offset.to_le_bytes())?;
        put(&mut directory, member.name.as_bytes())?;
    }
    let (start, size) = (small(out.len())?, small(directory.len())?);
    let count = u16::try_from(members.len())
        .map_err(|error| too_large().because(&error))?
        .to_le_bytes();
    put(&mut out, &directory)?;
    put(&mut out, &[0x50, 0x4b, 5, 6, 0, 0, 0, 0])?;
    put(&mut out, &count)?;
    put(&mut out, &count)?;
    put(&mut out, &size.to_le_bytes())?;
    put(&mut out, &start.to_le_bytes())?;
    put(&mut out, &[0, 0])?;
    Ok(out)
}

/// What local header and directory share: version 2.0, UTF-8 names, stored, 1980-01-01, checksum, sizes, name length.
fn header(member: &Member) -> Result<Vec<u8>, Fault> {
    let size = small(member.bytes.len())?.to_le_bytes();
    let name = u16::try_from(member.name.len()).map_err(|error| too_large().because(&error))?;
    let mut head = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
    head.extend(crc32(&member.bytes).to_le_bytes());
    head.extend(size);
    head.extend(size);
    head.extend(name.to_le_bytes());
    head.extend([0, 0]);
    Ok(head)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Fault> {
    out.write_all(bytes)
        .map_err(|error| crate::faults::from_io(&error, Code::Internal, "Cannot make an archive."))
}

fn small(length: usize) -> Result<u32, Fault> {
    u32::try_from(length).map_err(|error| too_large().because(&error))
}

fn too_large() -> Fault {
    Fault::new(Code::BeyondLimits, "This is too much for one archive (4 GB).")
        .hint("Export fewer pictures at once.")
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
