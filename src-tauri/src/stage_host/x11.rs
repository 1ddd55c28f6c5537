//! The stage's windows on X11: children of the desk's window on a connection of their own. Their input shape is empty, so the
//! page below gets every click; popups are cut out of their bounding shape.

use std::{
    os::fd::AsFd,
    ptr::NonNull,
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustix::{
    fs::{MemfdFlags, ftruncate, memfd_create},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};
use stage::{
    Part, RawWindow,
    rwh::{RawDisplayHandle, RawWindowHandle, XcbDisplayHandle, XcbWindowHandle},
};
use x11rb::{
    connection::{Connection as _, RequestConnection as _},
    protocol::{
        Event,
        shape::{self, ConnectionExt as _, SK, SO},
        shm::{self, ConnectionExt as _},
        xproto::{
            ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask,
            Gravity, ImageFormat, ImageOrder, Rectangle, Screen, StackMode, Window, WindowClass,
        },
    },
    xcb_ffi::XCBConnection,
};

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
        let listen = move || {
            loop {
                match connection.wait_for_event() {
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
        let (connection, screen) = (&self.connection, self.screen());
        let during = "making a window";
        let window = connection.generate_id().map_err(refused(during))?;
        // No background: the server paints nothing of its own when it grows, so nothing flashes. Border and colours of its own,
        // because the desk's window may be of another depth.
        let look = CreateWindowAux::new()
            .border_pixel(0)
            .colormap(screen.default_colormap)
            .bit_gravity(Gravity::NORTH_WEST)
            .event_mask(EventMask::EXPOSURE | EventMask::STRUCTURE_NOTIFY);
        connection
            .create_window(
                screen.root_depth,
                window,
                self.toplevel,
                0,
                0,
                1,
                1,
                0,
                WindowClass::INPUT_OUTPUT,
                screen.root_visual,
                &look,
            )
            .map_err(refused(during))?
            .check()
            .map_err(refused(during))?;
        connection
            .shape_rectangles(SO::SET, SK::INPUT, ClipOrdering::UNSORTED, window, 0, 0, &[])
            .map_err(refused("letting the pointer through"))?;
        let gc = connection.generate_id().map_err(refused(during))?;
        connection
            .create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))
            .map_err(refused(during))?;
        connection.flush().map_err(refused(during))?;
        Ok(Box::new(X11Child {
            connection: Arc::clone(connection),
            screen_number: self.screen_number,
            depth: screen.root_depth,
            visual: screen.root_visual,
            window,
            gc,
            at: None,
            mapped: false,
            holes: Vec::new(),
            memory: None,
            shares_memory: self.shares_memory,
        }))
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

struct X11Child {
    connection: Arc<XCBConnection>,
    screen_number: usize,
    depth: u8,
    visual: u32,
    window: Window,
    gc: u32,
    at: Option<Pixels>,
    mapped: bool,
    holes: Vec<Pixels>,
    memory: Option<Memory>,
    shares_memory: bool,
}

/// A rectangle as the protocol has it; what does not fit is far outside the screen.
fn rectangle(at: &Pixels) -> Rectangle {
    let place = |v: i32| i16::try_from(v).unwrap_or(i16::MAX);
    let side = |v: u32| u16::try_from(v).unwrap_or(u16::MAX);
    Rectangle {
        x: place(at.x),
        y: place(at.y),
        width: side(at.width),
        height: side(at.height),
    }
}

impl Child for X11Child {
    fn place(&mut self, at: Pixels, visible: bool) -> Result<(), HostError> {
        let during = "moving a surface";
        if visible && self.at != Some(at) {
            let place = ConfigureWindowAux::new()
                .x(at.x)
                .y(at.y)
                .width(at.width.max(1))
                .height(at.height.max(1));
            self.connection
                .configure_window(self.window, &place)
                .map_err(refused(during))?;
            self.at = Some(at);
        }
        if visible && !self.mapped {
            self.connection.map_window(self.window).map_err(refused(during))?;
            let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
            self.connection
                .configure_window(self.window, &above)
                .map_err(refused(during))?;
        } else if !visible && self.mapped {
            self.connection
                .unmap_window(self.window)
                .map_err(refused(during))?;
        }
        self.mapped = visible;
        self.connection.flush().map_err(refused(during))
    }

    fn holes(&mut self, holes: &[Pixels]) -> Result<(), HostError> {
        if self.holes == holes {
            return Ok(());
        }
        let during = "cutting a popup out";
        let (connection, window) = (&self.connection, self.window);
        if holes.is_empty() {
            connection
                .shape_mask(SO::SET, SK::BOUNDING, window, 0, 0, x11rb::NONE)
                .map_err(refused(during))?;
        } else {
            // Larger than any window: the surface may grow before the holes change.
            let all = Rectangle {
                x: 0,
                y: 0,
                width: 16_384,
                height: 16_384,
            };
            let cut: Vec<Rectangle> = holes.iter().map(rectangle).collect();
            for (operation, rectangles) in [
                (SO::SET, std::slice::from_ref(&all)),
                (SO::SUBTRACT, cut.as_slice()),
            ] {
                connection
                    .shape_rectangles(
                        operation,
                        SK::BOUNDING,
                        ClipOrdering::UNSORTED,
                        window,
                        0,
                        0,
                        rectangles,
                    )
                    .map_err(refused(during))?;
            }
        }
        connection.flush().map_err(refused(during))?;
        self.holes = holes.to_vec();
        Ok(())
    }

    #[expect(unsafe_code, reason = "a surface is made from raw handles")]
    fn raw(&self) -> RawWindow {
        let screen = i32::try_from(self.screen_number).unwrap_or(0);
        let display = RawDisplayHandle::Xcb(XcbDisplayHandle::new(
            NonNull::new(self.connection.get_raw_xcb_connection()),
            screen,
        ));
        let mut handle =
            XcbWindowHandle::new(std::num::NonZeroU32::new(self.window).unwrap_or(std::num::NonZeroU32::MIN));
        handle.visual_id = std::num::NonZeroU32::new(self.visual);
        // SAFETY: the connection is our own and thread-safe; the drawing thread drops everything made from these handles
        // before it drops this child and the display (see the order of the fields of `Stage`).
        unsafe { RawWindow::new(display, RawWindowHandle::Xcb(handle)) }
    }

    fn put(&mut self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError> {
        self.check_pixels()?;
        if self.shares_memory {
            match self.put_shared(picture, part) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::info!(%error, "no shared memory with this server: rows are sent");
                    self.shares_memory = false;
                }
            }
        }
        self.put_sent(picture, part)
    }

    fn shares_memory(&self) -> bool {
        self.shares_memory
    }
}

impl X11Child {
    /// Rows are B, G, R, X bytes; a server that wants others is told apart here.
    fn check_pixels(&self) -> Result<(), HostError> {
        let setup = self.connection.setup();
        let fits = setup
            .pixmap_formats
            .iter()
            .any(|f| f.depth == self.depth && f.bits_per_pixel == 32);
        if fits && setup.image_byte_order == ImageOrder::LSB_FIRST {
            Ok(())
        } else {
            Err(HostError::Unsupported(
                "does not take 32-bit pixels in little-endian order",
            ))
        }
    }

    fn put_shared(&mut self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError> {
        let during = "sharing a picture";
        let line = picture.size.0 as usize * 4;
        let needed = line * picture.size.1 as usize;
        if self
            .memory
            .as_ref()
            .is_none_or(|memory| memory.size_bytes < needed)
        {
            self.memory = None;
            self.memory = Some(Memory::new(&self.connection, needed)?);
        }
        let Some(memory) = &mut self.memory else {
            return Ok(());
        };
        let from = part.x as usize * 4;
        let rows = memory.bytes().chunks_exact_mut(line).skip(part.y as usize);
        for (to, pixels) in rows.zip(picture.lines(part)) {
            to[from..from + pixels.len()].copy_from_slice(pixels);
        }
        let side = |v: u32| u16::try_from(v).unwrap_or(u16::MAX);
        let place = |v: u32| i16::try_from(v).unwrap_or(i16::MAX);
        self.connection
            .shm_put_image(
                self.window,
                self.gc,
                side(picture.size.0),
                side(picture.size.1),
                side(part.x),
                side(part.y),
                side(part.width),
                side(part.height),
                place(part.x),
                place(part.y),
                self.depth,
                ImageFormat::Z_PIXMAP.into(),
                false,
                memory.segment,
                0,
            )
            .map_err(refused(during))?
            // The server has read the memory when this comes back; only then may the next picture go in.
            .check()
            .map_err(refused(during))
    }

    fn put_sent(&self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError> {
        let during = "sending a picture";
        let line = part.width as usize * 4;
        let room = self
            .connection
            .maximum_request_bytes()
            .saturating_sub(64)
            .min(1 << 20);
        let lines_at_once = (room / line.max(1)).max(1);
        let lines: Vec<&[u8]> = picture.lines(part).collect();
        let place = |v: u32| i16::try_from(v).unwrap_or(i16::MAX);
        let side = |v: usize| u16::try_from(v).unwrap_or(u16::MAX);
        for (strip, some) in lines.chunks(lines_at_once).enumerate() {
            let top = place(part.y).saturating_add(i16::try_from(strip * lines_at_once).unwrap_or(i16::MAX));
            self.connection
                .put_image(
                    ImageFormat::Z_PIXMAP,
                    self.window,
                    self.gc,
                    side(part.width as usize),
                    side(some.len()),
                    place(part.x),
                    top,
                    0,
                    self.depth,
                    &some.concat(),
                )
                .map_err(refused(during))?;
        }
        self.connection.flush().map_err(refused(during))
    }
}

impl Drop for X11Child {
    fn drop(&mut self) {
        // The desk's window may have taken it along already; then there is nothing left to do.
        let gone = self
            .connection
            .destroy_window(self.window)
            .map(|cookie| cookie.ignore_error());
        if gone.is_err() || self.connection.flush().is_err() {
            tracing::debug!("the connection went before the stage's window");
        }
    }
}

/// Memory that the server reads too.
struct Memory {
    connection: Arc<XCBConnection>,
    segment: shm::Seg,
    start: NonNull<u8>,
    size_bytes: usize,
}

#[expect(unsafe_code, reason = "a raw address into memory of our own")]
// SAFETY: the mapping belongs to this value alone; nothing else in the process writes to it.
unsafe impl Send for Memory {}

impl Memory {
    #[expect(unsafe_code, reason = "mapping a file into memory")]
    fn new(connection: &Arc<XCBConnection>, size_bytes: usize) -> Result<Self, HostError> {
        let during = "sharing memory";
        let file = memfd_create(c"circletake-stage", MemfdFlags::CLOEXEC).map_err(refused(during))?;
        ftruncate(&file, size_bytes as u64).map_err(refused(during))?;
        let reach = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a fresh mapping of a file that is exactly this long and that only we and the X server hold.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                size_bytes,
                reach,
                MapFlags::SHARED,
                file.as_fd(),
                0,
            )
        }
        .map_err(refused(during))?;
        let start =
            NonNull::new(start.cast::<u8>()).ok_or(HostError::Unsupported("gave no memory to share"))?;
        let segment = connection.generate_id().map_err(refused(during))?;
        let memory = Self {
            connection: Arc::clone(connection),
            segment,
            start,
            size_bytes,
        };
        connection
            .shm_attach_fd(segment, file, true)
            .map_err(refused(during))?
            .check()
            .map_err(refused(during))?;
        Ok(memory)
    }

    #[expect(unsafe_code, reason = "the mapping as bytes")]
    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: `start` maps `size_bytes` bytes for as long as this value lives, and `&mut self` makes this the only use.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.size_bytes) }
    }
}

impl Drop for Memory {
    #[expect(unsafe_code, reason = "unmapping what `new` mapped")]
    fn drop(&mut self) {
        let told = self
            .connection
            .shm_detach(self.segment)
            .map(|cookie| cookie.ignore_error());
        // SAFETY: mapped in `new` with this length, and nothing borrowed from it outlives this value.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.size_bytes) };
        if told.is_err() || unmapped.is_err() {
            tracing::debug!("shared memory of the stage was not given back");
        }
    }
}
