//! Paths as text: a `file` URI keeps every byte of a name, the shown form keeps a terminal and a page unharmed.

use std::path::{Path, PathBuf};

/// `file:///…`, with every byte that is not plain escaped, so that any name comes back as it was.
pub(crate) fn to_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in bytes_of(path) {
        let plain = byte.is_ascii_alphanumeric() || b"/-_.~!$&'()*+,;=:@".contains(&byte);
        if plain {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The path of a `file` URI of ours.
pub(crate) fn from_uri(uri: &str) -> Option<PathBuf> {
    let text = uri.strip_prefix("file://")?.as_bytes();
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'%' {
            let digits = std::str::from_utf8(text.get(at + 1..at + 3)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            bytes.push(byte);
            at += 1;
        }
    }
    path_of(bytes)
}

/// What the scheme of an object of the lake is.
const IN_LAKE: &str = "lake:";

/// The place of an object of the lake.
pub(crate) fn in_lake(key: &str) -> String {
    format!("{IN_LAKE}{key}")
}

/// The key in the place of an object of the lake; none for a file.
pub(crate) fn lake_key(place: &str) -> Option<&str> {
    place.strip_prefix(IN_LAKE)
}

/// A path for people: bytes that are not text as `\xNN`, control characters as `\n`, `\u{1b}`.
pub fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in bytes_of(path).utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                text.extend(c.escape_default());
            } else {
                text.push(c);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// The name of a clip: the file name without its extension, in one line.
pub(crate) fn title(path: &Path) -> String {
    let stem = path.file_stem().map(Path::new).map(shown).unwrap_or_default();
    if stem.trim().is_empty() {
        "Untitled".to_owned()
    } else {
        stem
    }
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere not every byte string is a path"
)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_and_none_harms_a_terminal() {
        for bytes in [
            &b"/a/b c.mov"[..],
            b"/a/\xff\xfe.mp4",
            b"/a/%41\n\x1b[31m.mkv",
            b"/\xe2\x98\x83/..hidden",
        ] {
            let path = path_of(bytes.to_vec()).unwrap();
            let uri = to_uri(&path);
            assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
            assert_eq!(from_uri(&uri), Some(path.clone()));
            assert!(!shown(&path).chars().any(char::is_control));
        }
        assert_eq!(from_uri("file:///a%4"), None);
        assert_eq!(from_uri("https://example.org/a"), None);
        assert_eq!(title(Path::new("/x/A001_C002.R3D.mov")), "A001_C002.R3D");
    }
}
