use std::sync::{Arc, PoisonError, RwLock};

use fault::{Code, Fault};
use workstation::Workstation;

use crate::{
    content::Contents,
    events::EventStream,
    openings::{Opened, Openings},
    over::Over,
    scene::Drawn,
    visiting::Visiting,
    window::Window,
    wire::{Host, Refusal},
};

/// One desk: a workstation with what its pictures need. Which lake is open may change while it lives; whoever works on one call
/// asks once and stays with that workstation. Everything here may be called from any thread and may block.
pub struct Desk {
    pub(crate) openings: Arc<Openings>,
    pub(crate) host: Host,
    pub(crate) contents: Contents,
    pub(crate) visiting: Visiting,
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
        let presenter = match host {
            Host::Browser => "browser",
            Host::Window => "off-screen",
        };
        Ok(Self {
            openings: Arc::new(Openings::new(workstation)),
            host,
            contents,
            visiting: Visiting::default(),
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

    /// The workstation of the lake that is open now.
    pub fn workstation(&self) -> Arc<Workstation> {
        Arc::clone(&self.opened().workstation)
    }

    pub(crate) fn opened(&self) -> Arc<Opened> {
        self.openings.now()
    }

    pub(crate) fn drawn(&self, asset: &str) -> Result<Drawn, Fault> {
        let opened = self.opened();
        opened.scenes.of(&opened.workstation, asset)
    }

    /// Goes over to another lake of the list, for all who look at this desk: the other is opened, every page hears that everything
    /// is stale, and the one before is closed in good order behind that. What was open stays open when the other cannot be.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a lake that is not known or away, [`Code::Conflict`] while another is being opened or closed, and
    /// whatever keeps a lake from opening.
    pub fn open_known_lake(&self, id: &str) -> Result<(), Fault> {
        self.go_over(|workstation| {
            if workstation.lake_id() == id {
                return Ok(None);
            }
            let lake = workstation.known_lake(id)?;
            workstation.open_beside(lake, None).map(Some)
        })
    }

    pub(crate) fn go_over(
        &self,
        open: impl FnOnce(&Workstation) -> Result<Option<Arc<Workstation>>, Fault>,
    ) -> Result<(), Fault> {
        if !self.openings.go(open)? {
            return Ok(());
        }
        self.visiting.end();
        if let Ok(window) = self.window() {
            window.lake_changed();
        }
        Ok(())
    }

    /// Waits until lakes that were gone from are closed. To be called when the desk itself closes, after the workstation that is
    /// open was closed.
    pub fn settle(&self) {
        self.openings.settle();
    }

    /// What becomes stale from now on, and how jobs go.
    pub fn events(&self) -> EventStream {
        EventStream::new(Arc::clone(&self.openings))
    }

    /// The scene of an asset's timeline as it stands now, for the window's own stage.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn scene(&self, asset: &str) -> Result<Arc<stage::TimelineScene>, Fault> {
        Ok(self.drawn(asset)?.scene)
    }

    /// What may lie over an asset's picture as it stands now.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn over(&self, asset: &str) -> Result<Arc<Over>, Fault> {
        Ok(self.drawn(asset)?.over)
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
