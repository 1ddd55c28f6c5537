//! A folder lake for programs that speak only S3.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use fault::{Code, Fault};
use lake::{Endpoint, FolderLake, Keys};
use tokio::sync::oneshot;

use crate::faults::{self, OrFault as _};

/// How long work on files may go on when the lake closes.
const LAST_FILES: Duration = Duration::from_secs(5);

/// A lake that is being served. It closes when this is dropped; requests under way get a little time to end.
pub struct LentLake {
    url: String,
    keys: Keys,
    close: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LentLake {
    /// Where it is, for example `http://127.0.0.1:9000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The id of the key that requests are signed with.
    pub fn key_id(&self) -> &str {
        &self.keys.id
    }

    /// The secret that requests are signed with.
    pub fn secret(&self) -> &str {
        &self.keys.secret
    }
}

impl Drop for LentLake {
    fn drop(&mut self) {
        if let Some(close) = self.close.take() {
            let _ended_already = close.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that serves the lake died");
        }
    }
}

/// Serves the lake in `dir` as the one bucket of an S3 endpoint on this machine. Keys that are not given are made up, for this
/// run only.
///
/// # Errors
/// A folder that is no lake, a port that is taken, a name that no bucket can have.
pub fn lend_lake(
    dir: &Path,
    bucket: &str,
    keys: Option<(String, String)>,
    port: u16,
) -> Result<LentLake, Fault> {
    let keys = match keys {
        Some((id, secret)) => Keys { id, secret },
        None => Keys {
            id: "CIRCLETAKE".to_owned(),
            secret: made_up_secret()?,
        },
    };
    let lake = Arc::new(FolderLake::open(dir).or_fault()?);
    let starting = |error| {
        faults::from_io(
            &error,
            Code::Internal,
            "Cannot start the threads that serve the lake.",
        )
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("lent-lake")
        .enable_all()
        .build()
        .map_err(starting)?;
    let endpoint = runtime
        .block_on(Endpoint::open(lake, bucket, keys.clone(), port))
        .map_err(|error| faults::from_endpoint(&error))?;
    let url = endpoint.url();
    let (close, closed) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("lent-lake".to_owned())
        .spawn(move || {
            runtime.block_on(endpoint.serve(async move {
                let _closed_or_dropped = closed.await;
            }));
            // Work on a large file may be under way; what it leaves half-written is swept by the next start.
            runtime.shutdown_timeout(LAST_FILES);
        })
        .map_err(starting)?;
    Ok(LentLake {
        url,
        keys,
        close: Some(close),
        thread: Some(thread),
    })
}

fn made_up_secret() -> Result<String, Fault> {
    let mut bytes = [0u8; 20];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(Code::Internal, "The system gives no random numbers.").because(&error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
