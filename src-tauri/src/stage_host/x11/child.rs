//! One window of the stage: moved, cut, drawn into.

use std::{ptr::NonNull, sync::Arc};

use stage::{
    Part, RawWindow,
    rwh::{RawDisplayHandle, RawWindowHandle, XcbDisplayHandle, XcbWindowHandle},
};
use x11rb::{
    connection::{Connection as _, RequestConnection as _},
    protocol::{
        shape::{ConnectionExt as _, SK, SO},
        shm::{ConnectionExt as _, Seg},
        xproto::{
            ClipOrdering, ConfigureWindowAux, ConnectionExt as _, ImageFormat, ImageOrder, Rectangle,
            StackMode, Window,
        },
    },
    xcb_ffi::XCBConnection,
};

use super::{Child, Display, HostError, Pixels, Sheet, memory::Memory, refused};

pub(super) struct X11Child {
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
    /// The size of the picture that was drawn into the memory itself and lies there still.
    lent: Option<(u32, u32)>,
    shares_memory: bool,
}

/// Bytes of a picture of this size.
const fn bytes_of(size: (u32, u32)) -> usize {
    size.0 as usize * size.1 as usize * 4
}

/// A rectangle as the protocol has it; what does not fit is far outside the screen.
pub(super) fn rectangle(at: &Pixels) -> Rectangle {
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

    fn lend(&mut self, size: (u32, u32)) -> Option<(&mut [u8], bool)> {
        if !self.shares_memory {
            return None;
        }
        if let Err(error) = self.check_pixels().and_then(|()| self.make_room(size)) {
            tracing::info!(%error, "no shared memory with this server: rows are sent");
            self.shares_memory = false;
            return None;
        }
        let is_kept = self.lent.replace(size) == Some(size);
        let bytes = self.memory.as_mut()?.bytes().get_mut(..bytes_of(size))?;
        Some((bytes, is_kept))
    }

    fn put_lent(&mut self, part: Part) -> Result<(), HostError> {
        let (Some(size), Some(memory)) = (self.lent, &mut self.memory) else {
            return Ok(());
        };
        let segment = memory.segment;
        let Err(error) = self.show_shared(segment, size, part) else {
            return Ok(());
        };
        tracing::info!(%error, "no shared memory with this server: rows are sent");
        self.shares_memory = false;
        self.lent = None;
        let Some(mut memory) = self.memory.take() else {
            return Ok(());
        };
        let sheet = Sheet {
            rows: memory.bytes(),
            stride_bytes: size.0 as usize * 4,
            size,
        };
        self.put_sent(&sheet, part)
    }

    fn shares_memory(&self) -> bool {
        self.shares_memory
    }
}

impl X11Child {
    pub(super) fn new(display: &Display, window: Window, gc: u32) -> Self {
        Self {
            connection: Arc::clone(&display.connection),
            screen_number: display.screen_number,
            depth: display.screen().root_depth,
            visual: display.screen().root_visual,
            window,
            gc,
            at: None,
            mapped: false,
            holes: Vec::new(),
            memory: None,
            lent: None,
            shares_memory: display.shares_memory,
        }
    }

    pub(super) const fn window(&self) -> Window {
        self.window
    }

    pub(super) const fn connection(&self) -> &Arc<XCBConnection> {
        &self.connection
    }

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
        self.make_room(picture.size)?;
        self.lent = None;
        let line = picture.size.0 as usize * 4;
        let Some(memory) = &mut self.memory else {
            return Ok(());
        };
        let from = part.x as usize * 4;
        let rows = memory.bytes().chunks_exact_mut(line).skip(part.y as usize);
        for (to, pixels) in rows.zip(picture.lines(part)) {
            to[from..from + pixels.len()].copy_from_slice(pixels);
        }
        let segment = memory.segment;
        self.show_shared(segment, picture.size, part)
    }

    /// Has shared memory for a picture of this size; what was in it is lost when there was too little.
    fn make_room(&mut self, size: (u32, u32)) -> Result<(), HostError> {
        let needed = bytes_of(size);
        if self
            .memory
            .as_ref()
            .is_none_or(|memory| memory.size_bytes < needed)
        {
            (self.memory, self.lent) = (None, None);
            self.memory = Some(Memory::new(&self.connection, needed)?);
        }
        Ok(())
    }

    /// Shows a part of a picture of this size that lies in shared memory.
    fn show_shared(&self, segment: Seg, size: (u32, u32), part: Part) -> Result<(), HostError> {
        let during = "sharing a picture";
        let side = |v: u32| u16::try_from(v).unwrap_or(u16::MAX);
        let place = |v: u32| i16::try_from(v).unwrap_or(i16::MAX);
        self.connection
            .shm_put_image(
                self.window,
                self.gc,
                side(size.0),
                side(size.1),
                side(part.x),
                side(part.y),
                side(part.width),
                side(part.height),
                place(part.x),
                place(part.y),
                self.depth,
                ImageFormat::Z_PIXMAP.into(),
                false,
                segment,
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
