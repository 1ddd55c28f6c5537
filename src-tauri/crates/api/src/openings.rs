//! Which lake a desk has open, and going over to another one. The other is opened first; the one before is closed behind the
//! answer, so nobody waits for a film that is being read there, and nothing is left open that failed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError},
    thread::{self, JoinHandle},
};

use fault::{Code, Fault};
use workstation::Workstation;

use crate::scene::Scenes;

/// A workstation and the scenes of its films. Whoever holds it may go on with it, also after another lake was opened: what is
/// written is on the disk of the lake that it was meant for.
pub(crate) struct Opened {
    pub(crate) workstation: Arc<Workstation>,
    pub(crate) scenes: Scenes,
    /// 1 for the first.
    pub(crate) number: u64,
}

impl Opened {
    fn new(workstation: Arc<Workstation>, number: u64) -> Arc<Self> {
        let scenes = Scenes::new(&workstation);
        Arc::new(Self {
            workstation,
            scenes,
            number,
        })
    }
}

/// What is open now, and what is being closed.
pub(crate) struct Openings {
    now: RwLock<Arc<Opened>>,
    /// Held while one goes over; the thread that closes the lake before.
    closing: Mutex<Option<JoinHandle<()>>>,
}

impl Openings {
    pub(crate) fn new(workstation: Arc<Workstation>) -> Self {
        Self {
            now: RwLock::new(Opened::new(workstation, 1)),
            closing: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Arc<Opened> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes over to what `open` opens beside what is open; nothing changes when it opens nothing, and
    /// the answer says so.
    pub(crate) fn go(
        &self,
        open: impl FnOnce(&Workstation) -> Result<Option<Arc<Workstation>>, Fault>,
    ) -> Result<bool, Fault> {
        let mut closing = self.alone()?;
        let before = self.now();
        let Some(workstation) = open(&before.workstation)? else {
            return Ok(false);
        };
        let now = Opened::new(workstation, before.number + 1);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = now;
        // Whoever listened to it hears of the end, and finds the other in its place.
        let work = move || before.workstation.close();
        match thread::Builder::new().name("lake-close".to_owned()).spawn(work) {
            Ok(thread) => *closing = Some(thread),
            // Its threads end with its last owner.
            Err(error) => tracing::warn!(%error, "no thread to close a lake with"),
        }
        Ok(true)
    }

    /// One at a time: a lake that is still being closed must not be opened again meanwhile.
    fn alone(&self) -> Result<MutexGuard<'_, Option<JoinHandle<()>>>, Fault> {
        let busy = || {
            Fault::new(Code::Conflict, "The desk is just going over to another lake.")
                .hint("Try again in a moment; nothing was changed.")
        };
        let mut closing = match self.closing.try_lock() {
            Ok(closing) => closing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(busy()),
        };
        match closing.take() {
            Some(thread) if !thread.is_finished() => {
                *closing = Some(thread);
                Err(Fault::new(
                    Code::Conflict,
                    "The lake that was open before is still being closed.",
                )
                .hint(
                    "What is read there comes to its end first. Try again in a moment; nothing was changed.",
                ))
            }
            ended => {
                if let Some(thread) = ended {
                    join(thread);
                }
                Ok(closing)
            }
        }
    }

    /// Waits until what was gone from is closed.
    pub(crate) fn settle(&self) {
        let thread = self.closing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            join(thread);
        }
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("closing a lake panicked");
    }
}
