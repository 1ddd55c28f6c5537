//! Decodes sheets of small pictures beside the drawing, so that scrolling into a new one does not stutter.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use crate::error::StageError;
use crate::picture::Picture;

/// Sheets asked for and not decoded yet; more are asked for again at a later picture.
const WAITING: usize = 4;

/// A sheet of small pictures, encoded (JPEG, PNG or WebP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// In memory.
    Bytes(Vec<u8>),
    /// A file, read when one of its pictures comes into view: a film of three hours has some hundred and fifty.
    File(PathBuf),
}

impl Sheet {
    /// # Errors
    /// [`StageError::Picture`] when it cannot be read.
    pub(crate) fn decode(&self) -> Result<Picture, StageError> {
        match self {
            Self::Bytes(bytes) => Picture::decode(bytes),
            Self::File(path) => Picture::open(path),
        }
    }
}

/// A sheet and what it decodes to.
pub(crate) type Decoded = (Arc<Sheet>, Result<Picture, StageError>);

/// The decoding thread; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct SheetLoader {
    asked: Option<SyncSender<Arc<Sheet>>>,
    done: Receiver<Decoded>,
    thread: Option<JoinHandle<()>>,
    pending: Vec<Arc<Sheet>>,
}

impl SheetLoader {
    /// Nothing when the system gives no thread: then sheets are decoded while drawing.
    pub fn start() -> Option<Self> {
        let (asked, requests) = sync_channel::<Arc<Sheet>>(WAITING);
        let (finished, done) = sync_channel(WAITING * 2);
        let thread = std::thread::Builder::new()
            .name("stage-sheets".to_owned())
            .spawn(move || {
                while let Ok(source) = requests.recv() {
                    let picture = source.decode();
                    if finished.send((source, picture)).is_err() {
                        return;
                    }
                }
            })
            .inspect_err(|error| tracing::warn!(%error, "sheets are decoded while drawing"))
            .ok()?;
        Some(Self {
            asked: Some(asked),
            done,
            thread: Some(thread),
            pending: Vec::new(),
        })
    }

    /// Asks for a sheet, unless that was done already or too many wait.
    pub fn ask(&mut self, source: &Arc<Sheet>) {
        if self.pending.iter().any(|p| Arc::ptr_eq(p, source)) {
            return;
        }
        match self
            .asked
            .as_ref()
            .map(|asked| asked.try_send(Arc::clone(source)))
        {
            Some(Ok(())) => self.pending.push(Arc::clone(source)),
            // Too many wait, or the thread is gone: the next picture asks again.
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => {}
        }
    }

    /// A sheet that is ready, if any.
    pub fn ready(&mut self) -> Option<Decoded> {
        let decoded = self.done.try_recv().ok()?;
        self.pending.retain(|p| !Arc::ptr_eq(p, &decoded.0));
        Some(decoded)
    }

    /// Whether sheets are on their way.
    pub fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }
}

impl Drop for SheetLoader {
    fn drop(&mut self) {
        // The thread ends when nobody can ask any more and its last answer is taken or refused.
        self.asked = None;
        while self.done.recv().is_ok() {}
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that decodes sheets panicked");
        }
    }
}
