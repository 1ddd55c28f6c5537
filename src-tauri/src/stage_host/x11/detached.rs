//! The viewer in a window of its own, for a second display: one of the window manager's, which never takes the keys, so that
//! they stay with the desk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use stage::{Part, RawWindow};
use x11rb::{
    connection::Connection as _,
    properties::{WmHints, WmSizeHints, WmSizeHintsSpecification},
    protocol::{
        Event,
        randr::ConnectionExt as _,
        xproto::{
            AtomEnum, ButtonPressEvent, ClientMessageEvent, ConnectionExt as _, EventMask, PropMode, Window,
        },
    },
    wrapper::ConnectionExt as _,
    xcb_ffi::XCBConnection,
};

use super::{super::OwnWindow, Child, Display, HostError, Inbox, Pixels, Sheet, child::X11Child, refused};

/// Two clicks within this are one double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);
/// Smaller is no viewer.
const LEAST: (i32, i32) = (320, 180);

x11rb::atom_manager! {
    /// Names that the window manager and we agree on.
    Atoms: AtomsCookie {
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        _NET_WM_NAME,
        UTF8_STRING,
        _NET_WM_STATE,
        _NET_WM_STATE_FULLSCREEN,
    }
}

fn atoms(connection: &XCBConnection) -> Result<Atoms, HostError> {
    let during = "asking for names";
    Atoms::new(connection)
        .map_err(refused(during))?
        .reply()
        .map_err(refused(during))
}

impl Display {
    /// A window for the viewer and its size: all of another display than the desk's, or part of this one. At most one at a time.
    pub(in super::super) fn detached(&self) -> Result<OwnWindow, HostError> {
        let during = "making the viewer's window";
        let (at, whole) = place_for(&self.monitors()?, self.middle()?);
        let events = EventMask::EXPOSURE | EventMask::STRUCTURE_NOTIFY | EventMask::BUTTON_PRESS;
        let look = self.look(events).background_pixel(self.screen().black_pixel);
        let child = self.make(self.screen().root, &at, &look)?;
        let (connection, window) = (&self.connection, child.window());
        let atoms = atoms(connection)?;
        let title = "Viewer · Circle Take";
        for (property, kind) in [
            (AtomEnum::WM_NAME.into(), AtomEnum::STRING.into()),
            (atoms._NET_WM_NAME, atoms.UTF8_STRING),
        ] {
            connection
                .change_property8(PropMode::REPLACE, window, property, kind, title.as_bytes())
                .map_err(refused(during))?;
        }
        connection
            .change_property8(
                PropMode::REPLACE,
                window,
                AtomEnum::WM_CLASS,
                AtomEnum::STRING,
                b"circletake-viewer\0Circletake\0",
            )
            .map_err(refused(during))?;
        connection
            .change_property32(
                PropMode::REPLACE,
                window,
                atoms.WM_PROTOCOLS,
                AtomEnum::ATOM,
                &[atoms.WM_DELETE_WINDOW],
            )
            .map_err(refused(during))?;
        let mut hints = WmHints::new();
        hints.input = Some(false);
        hints.set(connection.as_ref(), window).map_err(refused(during))?;
        let user = WmSizeHintsSpecification::UserSpecified;
        let mut sizes = WmSizeHints::new();
        sizes.position = Some((user, at.x, at.y));
        sizes.size = Some((user, at.width.cast_signed(), at.height.cast_signed()));
        sizes.min_size = Some(LEAST);
        sizes
            .set_normal_hints(connection.as_ref(), window)
            .map_err(refused(during))?;
        if whole {
            connection
                .change_property32(
                    PropMode::REPLACE,
                    window,
                    atoms._NET_WM_STATE,
                    AtomEnum::ATOM,
                    &[atoms._NET_WM_STATE_FULLSCREEN],
                )
                .map_err(refused(during))?;
        }
        connection.flush().map_err(refused(during))?;
        self.detached.store(window, Ordering::Release);
        let number = Arc::clone(&self.detached);
        Ok((Box::new(DetachedWindow { child, number }), (at.width, at.height)))
    }

    /// Asks the window manager to give the viewer's window the whole display, or to take it back.
    pub(in super::super) fn fill_detached(&self) -> Result<(), HostError> {
        match self.detached.load(Ordering::Acquire) {
            0 => Ok(()),
            window => fill(
                &self.connection,
                self.screen().root,
                window,
                &atoms(&self.connection)?,
            ),
        }
    }

    /// The displays, as rectangles of the root window.
    fn monitors(&self) -> Result<Vec<Pixels>, HostError> {
        let screen = self.screen();
        let all = Pixels {
            x: 0,
            y: 0,
            width: u32::from(screen.width_in_pixels),
            height: u32::from(screen.height_in_pixels),
        };
        let answer = self
            .connection
            .randr_get_monitors(screen.root, true)
            .map_err(refused("asking for displays"))?
            .reply();
        // A server without the extension has one display.
        let Ok(answer) = answer else { return Ok(vec![all]) };
        let found: Vec<Pixels> = answer
            .monitors
            .iter()
            .map(|monitor| Pixels {
                x: i32::from(monitor.x),
                y: i32::from(monitor.y),
                width: u32::from(monitor.width),
                height: u32::from(monitor.height),
            })
            .collect();
        Ok(if found.is_empty() { vec![all] } else { found })
    }

    /// The middle of the desk's window on the root window.
    fn middle(&self) -> Result<(i32, i32), HostError> {
        let during = "asking where the desk is";
        let size = self
            .connection
            .get_geometry(self.toplevel)
            .map_err(refused(during))?;
        let size = size.reply().map_err(refused(during))?;
        let (right, down) = (size.width / 2, size.height / 2);
        let middle = self
            .connection
            .translate_coordinates(
                self.toplevel,
                self.screen().root,
                i16::try_from(right).unwrap_or(i16::MAX),
                i16::try_from(down).unwrap_or(i16::MAX),
            )
            .map_err(refused(during))?
            .reply()
            .map_err(refused(during))?;
        Ok((i32::from(middle.dst_x), i32::from(middle.dst_y)))
    }
}

/// Where the viewer's window goes, and whether it fills a display: the first on which the desk is not, else the middle of its own.
fn place_for(monitors: &[Pixels], desk: (i32, i32)) -> (Pixels, bool) {
    let holds = |monitor: &&Pixels| {
        (monitor.x..monitor.x + monitor.width.cast_signed()).contains(&desk.0)
            && (monitor.y..monitor.y + monitor.height.cast_signed()).contains(&desk.1)
    };
    let own = monitors.iter().find(holds).or(monitors.first());
    if let Some(other) = monitors.iter().find(|monitor| Some(*monitor) != own) {
        return (*other, true);
    }
    let whole = own.copied().unwrap_or(Pixels {
        x: 0,
        y: 0,
        width: 1280,
        height: 720,
    });
    let width = (whole.width * 2 / 3).max(LEAST.0.cast_unsigned());
    let height = (width * 9 / 16).max(LEAST.1.cast_unsigned());
    let middle = |from: i32, all: u32, part: u32| from + (all.cast_signed() - part.cast_signed()).max(0) / 2;
    let at = Pixels {
        x: middle(whole.x, whole.width, width),
        y: middle(whole.y, whole.height, height),
        width,
        height,
    };
    (at, false)
}

fn fill(connection: &XCBConnection, root: Window, window: Window, atoms: &Atoms) -> Result<(), HostError> {
    const TOGGLE: u32 = 2;
    const AN_APPLICATION: u32 = 1;
    let during = "filling a display";
    let data = [TOGGLE, atoms._NET_WM_STATE_FULLSCREEN, 0, AN_APPLICATION, 0];
    let wish = ClientMessageEvent::new(32, window, atoms._NET_WM_STATE, data);
    connection
        .send_event(
            false,
            root,
            EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY,
            wish,
        )
        .map_err(refused(during))?;
    connection.flush().map_err(refused(during))
}

/// The viewer's window as a surface. Where it stands and how large it is belong to its user.
struct DetachedWindow {
    child: X11Child,
    number: Arc<AtomicU32>,
}

impl Child for DetachedWindow {
    fn place(&mut self, _at: Pixels, visible: bool) -> Result<(), HostError> {
        let during = "showing the viewer's window";
        let (connection, window) = (self.child.connection(), self.child.window());
        if visible {
            connection.map_window(window).map_err(refused(during))?;
        } else {
            connection.unmap_window(window).map_err(refused(during))?;
        }
        connection.flush().map_err(refused(during))
    }

    /// The page's popups are elsewhere.
    fn holes(&mut self, _holes: &[Pixels]) -> Result<(), HostError> {
        Ok(())
    }

    fn raw(&self) -> RawWindow {
        self.child.raw()
    }

    fn put(&mut self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError> {
        self.child.put(picture, part)
    }

    fn lend(&mut self, size: (u32, u32)) -> Option<(&mut [u8], bool)> {
        self.child.lend(size)
    }

    fn put_lent(&mut self, part: Part) -> Result<(), HostError> {
        self.child.put_lent(part)
    }

    fn shares_memory(&self) -> bool {
        self.child.shares_memory()
    }
}

impl Drop for DetachedWindow {
    fn drop(&mut self) {
        self.number.store(0, Ordering::Release);
    }
}

/// What the window system says of the viewer's window, for the thread that listens.
pub(super) struct DetachedEvents {
    connection: Arc<XCBConnection>,
    root: Window,
    atoms: Atoms,
    number: Arc<AtomicU32>,
    clicked: Option<Instant>,
}

impl DetachedEvents {
    pub(super) fn new(
        connection: &Arc<XCBConnection>,
        root: Window,
        number: Arc<AtomicU32>,
    ) -> Result<Self, HostError> {
        Ok(Self {
            connection: Arc::clone(connection),
            root,
            atoms: atoms(connection)?,
            number,
            clicked: None,
        })
    }

    /// True when the event was about that window and is dealt with.
    pub(super) fn take(&mut self, event: &Event, inbox: &Inbox, now: Instant) -> bool {
        let number = self.number.load(Ordering::Acquire);
        if number == 0 {
            return false;
        }
        match event {
            Event::ConfigureNotify(at) if at.window == number => {
                let size = (u32::from(at.width), u32::from(at.height));
                inbox.change(|news| news.detached_size = Some(size));
            }
            Event::MapNotify(shown) if shown.window == number => {
                inbox.change(|news| news.detached_shown = Some(true));
            }
            Event::UnmapNotify(hidden) if hidden.window == number => {
                inbox.change(|news| news.detached_shown = Some(false));
            }
            Event::ClientMessage(wish)
                if wish.window == number && wish.data.as_data32()[0] == self.atoms.WM_DELETE_WINDOW =>
            {
                inbox.change(|news| news.detach = Some(false));
            }
            Event::ButtonPress(click) if click.event == number => self.click(click, number, now),
            _other => return false,
        }
        true
    }

    fn click(&mut self, click: &ButtonPressEvent, number: Window, now: Instant) {
        if click.detail != 1 {
            return;
        }
        let again = self
            .clicked
            .take()
            .is_some_and(|before| now.saturating_duration_since(before) < DOUBLE_CLICK);
        if !again {
            self.clicked = Some(now);
        } else if let Err(error) = fill(&self.connection, self.root, number, &self.atoms) {
            tracing::warn!(%error, "the viewer's window does not fill its display");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn monitor(x: i32, width: u32) -> Pixels {
        Pixels {
            x,
            y: 0,
            width,
            height: 1080,
        }
    }

    #[test]
    fn the_viewer_goes_to_the_display_on_which_the_desk_is_not() {
        let monitors = [monitor(0, 1920), monitor(1920, 2560)];
        assert_eq!(place_for(&monitors, (900, 500)), (monitors[1], true));
        assert_eq!(place_for(&monitors, (3000, 500)), (monitors[0], true));
        let nowhere = (-50, 5000);
        assert_eq!(place_for(&monitors, nowhere), (monitors[1], true));
    }

    #[test]
    fn with_one_display_it_is_a_window_in_the_middle() {
        let (at, whole) = place_for(&[monitor(0, 1920)], (900, 500));
        assert!(!whole);
        assert_eq!((at.x, at.y, at.width, at.height), (320, 180, 1280, 720));
        let (small, _) = place_for(&[], (0, 0));
        assert!(small.width >= 320 && small.height >= 180);
    }
}
