//! Bringing media in from a browser: a file is streamed into the home, made durable, and then ingested like any other.

use std::{
    future::poll_fn,
    path::{Path, PathBuf},
    pin::Pin,
};

use axum::body::{Body, Bytes};
use fault::{Code, Fault};
use futures_core::Stream as _;
use tokio::{fs::File, io::AsyncWriteExt as _};

use crate::{door::secret, routes::blocking};

/// Bytes of a name; the longest that file systems agree on is 255, and a part's ending is added.
const NAME_BYTES_MAX: usize = 200;

/// A name that is a name: one part, visible, shown as it is written.
///
/// # Errors
/// [`Code::HostileName`] for anything else.
pub(crate) fn checked_name(name: &str) -> Result<&str, Fault> {
    let hostile = name.is_empty()
        || name.len() > NAME_BYTES_MAX
        || name.starts_with('.')
        || name.ends_with(['.', ' '])
        || name
            .chars()
            .any(|c| c.is_control() || "/\\:*?\"<>|\u{2028}\u{2029}".contains(c) || is_unseen(c));
    if hostile {
        return Err(
            Fault::new(Code::HostileName, "A file of this name cannot be taken in.")
                .hint("Rename it: letters, digits, spaces, dots, and at most 200 bytes."),
        );
    }
    Ok(name)
}

/// Marks that make a name read as another one.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// A file that came whole, in a folder of its own. The folder goes again unless somebody keeps it: also when the browser goes
/// away in the middle, and when nobody waits for the answer any more.
#[derive(Debug)]
pub(crate) struct Received {
    folder: PathBuf,
    /// The file.
    pub(crate) path: PathBuf,
    kept: bool,
}

impl Received {
    /// From here on the file belongs to an ingest.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }

    /// Makes the folder and the file to write into, whose name says that it is not whole.
    fn begin(incoming: &Path, name: &str) -> Result<(Self, std::fs::File), Fault> {
        let folder = incoming.join(&secret()?[..16]);
        let received = Self {
            path: folder.join(name),
            folder,
            kept: false,
        };
        std::fs::create_dir_all(&received.folder).map_err(|error| not_kept(&error))?;
        let file = std::fs::File::create_new(received.part()).map_err(|error| not_kept(&error))?;
        Ok((received, file))
    }

    fn part(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".part");
        name.into()
    }

    /// Makes the bytes, the name and the folder durable.
    fn settle(self, file: &std::fs::File) -> Result<Self, Fault> {
        let settled = || {
            file.sync_all()?;
            std::fs::rename(self.part(), &self.path)?;
            // The name is on disk when its folder is, and the folder when the one above it is.
            for folder in [
                self.folder.as_path(),
                self.folder.parent().unwrap_or(&self.folder),
            ] {
                std::fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        settled().map_err(|error| not_kept(&error))?;
        Ok(self)
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "what is left of an upload could not be removed");
        }
    }
}

/// Streams `body` into a folder of its own below `incoming`. Nothing half-written stays.
///
/// # Errors
/// [`Code::BeyondLimits`] over `limit_bytes`, [`Code::DiskFull`], [`Code::EmptyMedia`], or when the browser breaks off.
pub(crate) async fn receive(
    incoming: PathBuf,
    name: &str,
    body: Body,
    limit_bytes: u64,
) -> Result<Received, Fault> {
    let name = checked_name(name)?.to_owned();
    // What touches names is done on a thread that hands over what is removed when nobody takes it, so that a browser that goes
    // away cannot leave a folder that was just being made.
    let (received, file) = blocking(move || Received::begin(&incoming, &name)).await?;
    let mut file = File::from_std(file);
    let mut stream = body.into_data_stream();
    let mut count = 0u64;
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        let chunk: Bytes = chunk.map_err(|error| {
            Fault::new(Code::Cancelled, "The upload broke off.")
                .hint("Nothing was kept. Try again.")
                .because(&error)
        })?;
        count += chunk.len() as u64;
        if count > limit_bytes {
            return Err(too_large(limit_bytes));
        }
        file.write_all(&chunk).await.map_err(|error| not_kept(&error))?;
    }
    if count == 0 {
        return Err(Fault::new(Code::EmptyMedia, "This file is empty."));
    }
    file.flush().await.map_err(|error| not_kept(&error))?;
    let file = file.into_std().await;
    blocking(move || received.settle(&file)).await
}

/// What a browser is told whose file is too large.
pub(crate) fn too_large(limit_bytes: u64) -> Fault {
    let gib = limit_bytes / (1 << 30);
    let limit = if gib > 0 {
        format!("{gib} GiB")
    } else {
        format!("{limit_bytes} bytes")
    };
    Fault::new(
        Code::BeyondLimits,
        format!("A file brought in through the browser may have {limit}."),
    )
    .hint("Larger ones come in with circletake ingest, or through a watched folder.")
}

fn not_kept(error: &std::io::Error) -> Fault {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull,
        _ => Code::Store,
    };
    Fault::new(code, "This file could not be kept.")
        .hint("Nothing of it stays. Look at the room on the disk.")
        .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["A001.mov", "Take 3 – final.mp4", "日本.mkv", "a.tar.gz", "-rf"] {
            assert_eq!(checked_name(name).unwrap(), name);
        }
        let long = "x".repeat(201);
        for name in [
            "",
            ".",
            "..",
            "../a.mov",
            "a/b.mov",
            "a\\b.mov",
            "C:a.mov",
            ".hidden",
            "a\nb",
            "a\0",
            "nul.",
            "a\u{202E}vom.exe",
            long.as_str(),
        ] {
            assert_eq!(
                checked_name(name).unwrap_err().code,
                Code::HostileName,
                "{name:?}"
            );
        }
    }
}
