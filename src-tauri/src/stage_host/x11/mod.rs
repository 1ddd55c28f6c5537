//! The stage's windows on X11: children of the desk's window on a connection of their own. Their input shape is empty, so the
//! page below gets every click; popups are cut out of their bounding shape.

mod child;
mod detached;
mod memory;

use std::{
    sync::{Arc, atomic::AtomicU32},
    thread::{self, JoinHandle},
    time::Instant,
};

use x11rb::{
    connection::{Connection as _, RequestConnection as _},
    protocol::{
        Event,
        shape::{self, ConnectionExt as _, SK, SO},
        shm::{self, ConnectionExt as _},
        xproto::{
            ClipOrdering, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gravity, Screen,
            Window, WindowClass,
        },
    },
    xcb_ffi::XCBConnection,
};

use self::{child::X11Child, detached::DetachedEvents};
use super::{Child, HostError, Pixels, Sheet, inbox::Inbox};

fn refused<E: std::error::Error + Send + Sync + 'static>(
    during: &'static str,
) -> impl FnOnce(E) -> HostError {
    move |error| HostError::Window {
        during,
        source: Box::new(error),
    }
}

/// The connection and the thread that listens on it.
pub(super) struct Display {
    connection: Arc<XCBConnection>,
    screen_number: usize,
    toplevel: Window,
    shares_memory: bool,
    /// Never shown; its end tells the listening thread to end.
    bell: Window,
    /// The viewer's own window, 0 while it is in the desk's.
    detached: Arc<AtomicU32>,
    listener: Option<JoinHandle<()>>,
}

impl Display {
    pub(super) fn open(toplevel: u64, inbox: &Arc<Inbox>) -> Result<Self, HostError> {
        let toplevel = u32::try_from(toplevel).map_err(refused("reading the window's number"))?;
        let (connection, screen_number) = XCBConnection::connect(None).map_err(refused("connecting"))?;
        let connection = Arc::new(connection);
        let present = connection
            .extension_information(shape::X11_EXTENSION_NAME)
            .map_err(refused("asking for shapes"))?;
        if present.is_none() {
            return Err(HostError::Unsupported(
                "has no window shapes: the page could not be reached below the stage",
            ));
        }
        let shares_memory = can_share(&connection);
        let bell = make_bell(&connection, screen_number)?;
        let mut display = Self {
            connection,
            screen_number,
            toplevel,
            shares_memory,
            bell,
            detached: Arc::default(),
            listener: None,
        };
        display.listener = Some(display.listen(inbox)?);
        Ok(display)
    }

    fn screen(&self) -> &Screen {
        &self.connection.setup().roots[self.screen_number]
    }

    /// Lost contents come back as events: a thread waits for them until the bell goes.
    fn listen(&self, inbox: &Arc<Inbox>) -> Result<JoinHandle<()>, HostError> {
        let (connection, inbox, bell) = (Arc::clone(&self.connection), Arc::clone(inbox), self.bell);
        let mut own = DetachedEvents::new(&self.connection, self.screen().root, Arc::clone(&self.detached))?;
        let listen = move || {
            loop {
                match connection.wait_for_event() {
                    Ok(event) if own.take(&event, &inbox, Instant::now()) => {}
                    Ok(Event::Expose(_)) => inbox.change(|news| news.exposed = true),
                    Ok(Event::DestroyNotify(gone)) if gone.window == bell => return,
                    Ok(Event::Error(error)) => {
                        tracing::warn!(?error, "the window system refused a request of the stage");
                    }
                    Ok(_other) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the stage lost its connection");
                        return;
                    }
                }
            }
        };
        thread::Builder::new()
            .name("stage-x11".to_owned())
            .spawn(listen)
            .map_err(refused("starting a thread"))
    }

    pub(super) fn child(&self) -> Result<Box<dyn Child>, HostError> {
        let nowhere = Pixels {
            x: 0,
            y: 0,
            width: 1,
            height: 1,
        };
        // No background: the server paints nothing of its own when it grows, so nothing flashes.
        let look = self.look(EventMask::EXPOSURE | EventMask::STRUCTURE_NOTIFY);
        let child = self.make(self.toplevel, &nowhere, &look)?;
        self.connection
            .shape_rectangles(
                SO::SET,
                SK::INPUT,
                ClipOrdering::UNSORTED,
                child.window(),
                0,
                0,
                &[],
            )
            .map_err(refused("letting the pointer through"))?;
        self.connection.flush().map_err(refused("making a window"))?;
        Ok(Box::new(child))
    }

    /// Border and colours of its own, because the desk's window may be of another depth.
    fn look(&self, events: EventMask) -> CreateWindowAux {
        CreateWindowAux::new()
            .border_pixel(0)
            .colormap(self.screen().default_colormap)
            .bit_gravity(Gravity::NORTH_WEST)
            .event_mask(events)
    }

    /// A window that is not shown yet.
    fn make(&self, parent: Window, at: &Pixels, look: &CreateWindowAux) -> Result<X11Child, HostError> {
        let (connection, screen) = (&self.connection, self.screen());
        let during = "making a window";
        let window = connection.generate_id().map_err(refused(during))?;
        let at = child::rectangle(at);
        connection
            .create_window(
                screen.root_depth,
                window,
                parent,
                at.x,
                at.y,
                at.width,
                at.height,
                0,
                WindowClass::INPUT_OUTPUT,
                screen.root_visual,
                look,
            )
            .map_err(refused(during))?
            .check()
            .map_err(refused(during))?;
        let gc = connection.generate_id().map_err(refused(during))?;
        connection
            .create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))
            .map_err(refused(during))?;
        Ok(X11Child::new(self, window, gc))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let rung = self.connection.destroy_window(self.bell).is_ok() && self.connection.flush().is_ok();
        let Some(listener) = self.listener.take() else {
            return;
        };
        // Without a connection there is nobody to ring, and the listener has ended by itself.
        if !rung {
            tracing::debug!("the connection went before the stage");
        }
        if listener.join().is_err() {
            tracing::error!("the thread that listens to the window system panicked");
        }
    }
}

/// A window that nobody sees, whose end is an event.
fn make_bell(connection: &XCBConnection, screen_number: usize) -> Result<Window, HostError> {
    let during = "making a window";
    let screen = &connection.setup().roots[screen_number];
    let bell = connection.generate_id().map_err(refused(during))?;
    let look = CreateWindowAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
    connection
        .create_window(
            0,
            bell,
            screen.root,
            -1,
            -1,
            1,
            1,
            0,
            WindowClass::INPUT_ONLY,
            x11rb::COPY_FROM_PARENT,
            &look,
        )
        .map_err(refused(during))?
        .check()
        .map_err(refused(during))?;
    Ok(bell)
}

/// Shared memory needs a server on this machine that takes a file descriptor.
fn can_share(connection: &XCBConnection) -> bool {
    let known = connection
        .extension_information(shm::X11_EXTENSION_NAME)
        .ok()
        .flatten()
        .is_some();
    let version = known
        .then(|| connection.shm_query_version().ok()?.reply().ok())
        .flatten();
    version.is_some_and(|version| (version.major_version, version.minor_version) >= (1, 2))
}
