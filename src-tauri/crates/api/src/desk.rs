use std::sync::{Arc, PoisonError, RwLock};

use fault::{Code, Fault};
use workstation::Workstation;

use crate::{
    content::Contents,
    events::EventStream,
    over::Over,
    scene::Scenes,
    window::Window,
    wire::{Host, Refusal},
};

/// One desk: a workstation with what its pictures need. Everything here may be called from any thread and may block.
pub struct Desk {
    pub(crate) workstation: Arc<Workstation>,
    pub(crate) host: Host,
    pub(crate) scenes: Scenes,
    pub(crate) contents: Contents,
    window: RwLock<Option<Arc<dyn Window>>>,
    presenter: RwLock<String>,
    refused: RwLock<Vec<Refusal>>,
}

impl Desk {
    /// A desk over an open workstation.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn new(workstation: Arc<Workstation>, host: Host) -> Result<Self, Fault> {
        let contents = Contents::new()?;
        let scenes = Scenes::new(&workstation);
        let presenter = match host {
            Host::Browser => "browser",
            Host::Window => "off-screen",
        };
        Ok(Self {
            workstation,
            host,
            scenes,
            contents,
            window: RwLock::default(),
            presenter: RwLock::new(presenter.to_owned()),
            refused: RwLock::default(),
        })
    }

    /// Lends the desk its window. The shell calls it once the window is there.
    pub fn set_window(&self, window: Arc<dyn Window>) {
        *self.window.write().unwrap_or_else(PoisonError::into_inner) = Some(window);
    }

    /// How pictures reach the screen, for `hello`.
    pub fn set_presenter(&self, words: impl Into<String>) {
        *self.presenter.write().unwrap_or_else(PoisonError::into_inner) = words.into();
    }

    /// Files named at the start that were not taken in, for `hello`: the person who named them sits before the desk.
    pub fn set_refused(&self, refused: Vec<Refusal>) {
        *self.refused.write().unwrap_or_else(PoisonError::into_inner) = refused;
    }

    pub(crate) fn refused(&self) -> Vec<Refusal> {
        self.refused
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The workstation underneath.
    pub fn workstation(&self) -> &Arc<Workstation> {
        &self.workstation
    }

    /// What becomes stale from now on, and how jobs go.
    pub fn events(&self) -> EventStream {
        EventStream::new(self.workstation.subscribe())
    }

    /// The scene of an asset's timeline as it stands now, for the window's own stage.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn scene(&self, asset: &str) -> Result<Arc<stage::TimelineScene>, Fault> {
        Ok(self.scenes.of(&self.workstation, asset)?.scene)
    }

    /// What may lie over an asset's picture as it stands now.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn over(&self, asset: &str) -> Result<Arc<Over>, Fault> {
        Ok(self.scenes.of(&self.workstation, asset)?.over)
    }

    pub(crate) fn presenter(&self) -> String {
        self.presenter
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn window(&self) -> Result<Arc<dyn Window>, Fault> {
        self.window
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| {
                Fault::new(Code::Unsupported, "Only the desktop window can do this.")
                    .hint("In a browser the page plays the proxy itself.")
            })
    }
}
