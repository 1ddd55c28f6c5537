//! The viewer in a window of its own: what changes for the drawing thread.

use super::{
    super::{Child, HostError, Pixels, VIEWER},
    Stage, Wanted,
};

/// The viewer's own window stands in the list of surfaces while it is there.
pub(super) struct Detached {
    /// The viewer's surface in the desk's window, kept to come back to.
    home: Box<dyn Child>,
    /// Device pixels: width, height.
    pub(super) size: (u32, u32),
    /// Whether it is on a screen.
    pub(super) shown: bool,
}

/// It shows and hides; its place is its user's.
const ANYWHERE: Pixels = Pixels {
    x: 0,
    y: 0,
    width: 1,
    height: 1,
};

impl Stage<'_> {
    /// Follows what the page and the window system say of the viewer's own window.
    pub(super) fn follow_detached(&mut self, news: &super::News) -> Result<(), HostError> {
        if let Some(detached) = &mut self.detached {
            detached.size = news.detached_size.unwrap_or(detached.size);
            detached.shown = news.detached_shown.unwrap_or(detached.shown);
            if news.detached_size.is_some() || news.detached_shown == Some(true) {
                self.wanted[VIEWER].draw_anew();
            }
        }
        match news.detach {
            Some(true) if self.detached.is_none() => {
                if let Err(error) = self.detach() {
                    self.listener.detached(false, true);
                    return Err(error);
                }
            }
            Some(false) => self.attach()?,
            _as_it_is => {}
        }
        if news.fill_detached {
            self.display.fill_detached()?;
        }
        Ok(())
    }

    fn detach(&mut self) -> Result<(), HostError> {
        let (mut own, size) = self.display.detached()?;
        own.place(ANYWHERE, true)?;
        if let Some(drawing) = &mut self.drawing {
            drawing.move_viewer(own.as_ref(), size)?;
        }
        let mut home = std::mem::replace(&mut self.children[VIEWER], own);
        home.place(ANYWHERE, false)?;
        self.detached = Some(Detached {
            home,
            size,
            shown: true,
        });
        self.say_detached(true);
        Ok(())
    }

    fn attach(&mut self) -> Result<(), HostError> {
        let Some(Detached { home, .. }) = self.detached.take() else {
            return Ok(());
        };
        let size = self.size(VIEWER).map_or((16, 16), |(size, _)| size);
        let own = std::mem::replace(&mut self.children[VIEWER], home);
        let moved = match &mut self.drawing {
            Some(drawing) => drawing.move_viewer(self.children[VIEWER].as_ref(), size),
            None => Ok(()),
        };
        if moved.is_err() {
            // A surface on a window that goes would be worse than none.
            self.drawing = None;
        }
        drop(own);
        self.arrange(VIEWER)?;
        self.say_detached(false);
        moved
    }

    fn say_detached(&mut self, detached: bool) {
        self.wanted.iter_mut().for_each(Wanted::draw_anew);
        self.inbox.note(|facts| facts.detached = detached);
        self.listener.detached(detached, false);
    }
}
