//! Ctrl-C and a polite kill: work is stopped, what was finished stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fault::{Code, Fault};

/// Whether somebody asked this process to stop.
#[derive(Clone)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on. A second request ends the process at once.
    ///
    /// # Errors
    /// When the system gives no thread or no signals.
    pub fn listen() -> Result<Self, Fault> {
        let asked = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&asked);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Fault::new(Code::Internal, "Cannot listen for Ctrl-C.").because(&error))?;
        let body = move || {
            runtime.block_on(async {
                loop {
                    if let Err(error) = next_request().await {
                        tracing::warn!("signals: {error}");
                        return;
                    }
                    if told.swap(true, Ordering::AcqRel) {
                        std::process::exit(1);
                    }
                }
            });
        };
        std::thread::Builder::new()
            .name("interrupt".into())
            .spawn(body)
            .map_err(|error| Fault::new(Code::Internal, "Cannot listen for Ctrl-C.").because(&error))?;
        Ok(Self { asked })
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }
}

#[cfg(unix)]
async fn next_request() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn next_request() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
