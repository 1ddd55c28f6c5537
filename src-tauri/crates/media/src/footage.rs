//! Files to be read: on this machine, or still on their way to it.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A file whose bytes are still on their way to this machine. Those that are here can be read; the others are waited for.
pub trait Coming: Send + Sync + fmt::Debug {
    /// All its bytes.
    fn size_bytes(&self) -> u64;

    /// Reads what is here from `offset` on, as many bytes as are together; 0 at the end only. `None` when the byte at `offset` is
    /// not here yet: whatever brings it knows then that it is waited for.
    ///
    /// # Errors
    /// When it will not come.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<Option<usize>>;

    /// Waits until the byte at `offset` is here or will not come, and no longer than `at_most`.
    fn wait(&self, offset: u64, at_most: Duration);
}

/// How long a reader waits before it asks again whether it is to go on.
const PATIENCE: Duration = Duration::from_millis(50);

type Lasts = Box<dyn Fn() -> bool + Send + Sync>;

/// Whether whoever reads footage that is on its way goes on waiting, and whether it waits now. Clones are the same one.
#[derive(Clone, Default)]
pub struct Patience(Arc<Inner>);

#[derive(Default)]
struct Inner {
    lasts: Mutex<Option<Arc<Lasts>>>,
    waiting: AtomicBool,
}

impl Patience {
    /// It lasts for as long as `lasts` says so. It is asked while bytes are waited for, twenty times a second.
    pub fn while_it(lasts: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let patience = Self::default();
        patience.change(lasts);
        patience
    }

    /// From now on somebody else says how long it lasts.
    pub fn change(&self, lasts: impl Fn() -> bool + Send + Sync + 'static) {
        *self.0.lasts.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Box::new(lasts)));
    }

    /// Another one that lasts as long as this one until somebody changes it.
    #[must_use]
    pub fn own(&self) -> Self {
        let lasts = self
            .0
            .lasts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Self(Arc::new(Inner {
            lasts: Mutex::new(lasts),
            waiting: AtomicBool::new(false),
        }))
    }

    fn lasts(&self) -> bool {
        let lasts = self
            .0
            .lasts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        lasts.is_none_or(|lasts| lasts())
    }

    /// Whether bytes are waited for at this moment.
    pub fn is_waiting(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience")
            .field("waiting", &self.is_waiting())
            .finish_non_exhaustive()
    }
}

/// A file to be read, wherever its bytes are.
#[derive(Clone, Debug)]
pub struct Footage {
    path: PathBuf,
    coming: Option<Arc<dyn Coming>>,
    patience: Patience,
}

/// Of the same file.
impl PartialEq for Footage {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Footage {}

impl From<&Path> for Footage {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

impl From<&PathBuf> for Footage {
    fn from(path: &PathBuf) -> Self {
        path.clone().into()
    }
}

impl From<PathBuf> for Footage {
    fn from(path: PathBuf) -> Self {
        Self {
            path,
            coming: None,
            patience: Patience::default(),
        }
    }
}

impl Footage {
    /// A file that is on its way here, and the name it is spoken of by.
    pub fn coming(name: PathBuf, coming: Arc<dyn Coming>) -> Self {
        Self {
            path: name,
            coming: Some(coming),
            patience: Patience::default(),
        }
    }

    /// The same, for whoever waits no longer than this.
    #[must_use]
    pub fn for_as_long_as(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Where it lies, or the name it is spoken of by while it is on its way.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its bytes come from, when they are not all here.
    pub fn on_its_way(&self) -> Option<&Arc<dyn Coming>> {
        self.coming.as_ref()
    }

    /// How long whoever reads it waits for what is not here.
    pub fn patience(&self) -> &Patience {
        &self.patience
    }
}

/// What became of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// So many bytes; 0 at the end.
    Bytes(usize),
    /// Nobody waits for them any more.
    GivenUp,
}

/// Reads from `offset` on, waiting for the first of these bytes as long as `patience` lasts.
///
/// # Errors
/// When they will not come.
pub fn read_as_it_comes(
    coming: &dyn Coming,
    patience: &Patience,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<Came> {
    let read = loop {
        match coming.read_at(buffer, offset) {
            Ok(None) if patience.lasts() => {
                patience.0.waiting.store(true, Ordering::Relaxed);
                coming.wait(offset, PATIENCE);
            }
            Ok(None) => break Ok(Came::GivenUp),
            Ok(Some(count)) => break Ok(Came::Bytes(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    patience.0.waiting.store(false, Ordering::Relaxed);
    read
}
