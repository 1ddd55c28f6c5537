//! The stage's surfaces on Windows: layered child windows above the page that take no input; popups are cut out by a region.
//! Pictures are drawn off-screen and put into them as rows, because surfaces of a card do not go with windows the pointer falls
//! through. Written to the same trait as X11 and checked by the compiler by itself; **not
//! verified**: the lake's folder store, written for Unix, keeps the desk from being compiled for Windows, so nobody has run it.

use std::{
    num::NonZeroIsize,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use stage::{
    Part, RawWindow,
    rwh::{RawDisplayHandle, RawWindowHandle, Win32WindowHandle, WindowsDisplayHandle},
};
use windows_sys::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, WPARAM},
        Graphics::Gdi::{
            BI_RGB, BITMAPINFO, BITMAPINFOHEADER, CombineRgn, CreateRectRgn, DIB_RGB_COLORS, DeleteObject,
            GetDC, RGN_DIFF, ReleaseDC, SRCCOPY, SetWindowRgn, StretchDIBits, ValidateRect,
        },
        System::{LibraryLoader::GetModuleHandleW, Threading::GetCurrentThreadId},
        UI::WindowsAndMessaging::{
            CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GWLP_USERDATA, GetMessageW,
            GetWindowLongPtrW, HTTRANSPARENT, HWND_TOP, LWA_ALPHA, MSG, PM_NOREMOVE, PeekMessageW,
            PostThreadMessageW, RegisterClassW, SWP_ASYNCWINDOWPOS, SWP_HIDEWINDOW, SWP_NOACTIVATE,
            SWP_NOMOVE, SWP_NOSIZE, SWP_SHOWWINDOW, SetLayeredWindowAttributes, SetWindowLongPtrW,
            SetWindowPos, WM_APP, WM_ERASEBKGND, WM_NCHITTEST, WM_PAINT, WM_QUIT, WNDCLASSW, WS_CHILD,
            WS_CLIPSIBLINGS, WS_EX_LAYERED, WS_EX_NOACTIVATE, WS_EX_NOPARENTNOTIFY, WS_EX_TRANSPARENT,
        },
    },
    w,
};

use super::{Child, HostError, OwnWindow, Pixels, Sheet, inbox::Inbox};

const CLASS: *const u16 = w!("CircleTakeStage");
/// Wakes the thread of the windows: there is a request.
const REQUEST: u32 = WM_APP;
const MADE_WITHIN: Duration = Duration::from_secs(5);

/// What is asked of the thread of the windows, which alone may make and end them.
enum Request {
    Make(SyncSender<Option<isize>>),
    End(isize),
}

/// What the drawing thread holds of the platform.
pub(super) struct Display {
    requests: Requests,
    pump: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Requests {
    queue: SyncSender<Request>,
    thread: u32,
}

impl Requests {
    #[expect(unsafe_code, reason = "a message to a thread")]
    fn ask(&self, request: Request) {
        if self.queue.send(request).is_ok() {
            // SAFETY: a plain message; a thread that has ended refuses it.
            unsafe { PostThreadMessageW(self.thread, REQUEST, 0, 0) };
        }
    }
}

impl Display {
    pub(super) fn open(toplevel: u64, inbox: &Arc<Inbox>) -> Result<Self, HostError> {
        let parent = isize::try_from(toplevel).map_err(|error| HostError::Window {
            during: "reading the window's number",
            source: Box::new(error),
        })?;
        let (queue, asked) = sync_channel(16);
        let (begun, number) = sync_channel(1);
        let inbox = Arc::clone(inbox);
        let pump = thread::Builder::new()
            .name("stage-win32".to_owned())
            .spawn(move || pump(parent, &asked, &begun, &inbox))
            .map_err(|error| HostError::Window {
                during: "starting a thread",
                source: Box::new(error),
            })?;
        let thread = number
            .recv_timeout(MADE_WITHIN)
            .map_err(|error| HostError::Window {
                during: "starting a thread",
                source: Box::new(error),
            })?;
        Ok(Self {
            requests: Requests { queue, thread },
            pump: Some(pump),
        })
    }

    pub(super) fn child(&self) -> Result<Box<dyn Child>, HostError> {
        let (made, waited) = sync_channel(1);
        self.requests.ask(Request::Make(made));
        match waited.recv_timeout(MADE_WITHIN) {
            Ok(Some(window)) => Ok(Box::new(WindowsChild {
                window,
                requests: self.requests.clone(),
            })),
            Ok(None) | Err(_) => Err(HostError::Unsupported("made no window for the stage")),
        }
    }

    pub(super) fn detached(&self) -> Result<OwnWindow, HostError> {
        Err(HostError::Unsupported(
            "has no window for the viewer alone in this version",
        ))
    }

    pub(super) fn fill_detached(&self) -> Result<(), HostError> {
        Ok(())
    }
}

impl Drop for Display {
    #[expect(unsafe_code, reason = "a message to a thread")]
    fn drop(&mut self) {
        // SAFETY: a plain message; a thread that has ended refuses it.
        unsafe { PostThreadMessageW(self.requests.thread, WM_QUIT, 0, 0) };
        if let Some(pump) = self.pump.take()
            && pump.join().is_err()
        {
            tracing::error!("the thread of the stage's windows panicked");
        }
    }
}

/// The thread of the windows: makes them, answers their messages, ends them.
#[expect(unsafe_code, reason = "the message loop of a C interface")]
fn pump(parent: isize, asked: &Receiver<Request>, begun: &SyncSender<u32>, inbox: &Arc<Inbox>) {
    let mut message = MSG::default();
    // SAFETY: the first look at messages makes this thread's queue; all pointers are to values of our own.
    unsafe {
        PeekMessageW(&raw mut message, std::ptr::null_mut(), 0, 0, PM_NOREMOVE);
        register();
    }
    // SAFETY: no arguments.
    if begun.send(unsafe { GetCurrentThreadId() }).is_err() {
        return;
    }
    // SAFETY: as above.
    while unsafe { GetMessageW(&raw mut message, std::ptr::null_mut(), 0, 0) } > 0 {
        if message.hwnd.is_null() && message.message == REQUEST {
            for request in asked.try_iter() {
                match request {
                    Request::Make(answer) => {
                        let _nobody_waits = answer.send(make(parent, inbox));
                    }
                    // SAFETY: a window of this thread.
                    Request::End(window) => unsafe {
                        DestroyWindow(window as HWND);
                    },
                }
            }
            continue;
        }
        // SAFETY: a message that was just received.
        unsafe { DispatchMessageW(&raw const message) };
    }
}

#[expect(unsafe_code, reason = "a window class of a C interface")]
// SAFETY: to be called with nothing kept from it; registering twice is refused and harmless.
unsafe fn register() {
    let class = WNDCLASSW {
        lpfnWndProc: Some(answer),
        // SAFETY: no name means this program.
        hInstance: unsafe { GetModuleHandleW(std::ptr::null()) },
        lpszClassName: CLASS,
        ..WNDCLASSW::default()
    };
    // SAFETY: the class and its name live through the call.
    unsafe { RegisterClassW(&raw const class) };
}

/// A layered child above its siblings, hidden. The inbox stands behind its user data for as long as the pump runs.
#[expect(unsafe_code, reason = "a window of a C interface")]
fn make(parent: isize, inbox: &Arc<Inbox>) -> Option<isize> {
    // SAFETY: the parent is the desk's window, which outlives the stage; the inbox outlives this thread's windows.
    unsafe {
        let window = CreateWindowExW(
            WS_EX_LAYERED | WS_EX_TRANSPARENT | WS_EX_NOACTIVATE | WS_EX_NOPARENTNOTIFY,
            CLASS,
            w!(""),
            WS_CHILD | WS_CLIPSIBLINGS,
            0,
            0,
            1,
            1,
            parent as HWND,
            std::ptr::null_mut(),
            GetModuleHandleW(std::ptr::null()),
            std::ptr::null(),
        );
        if window.is_null() {
            return None;
        }
        SetWindowLongPtrW(window, GWLP_USERDATA, Arc::as_ptr(inbox) as isize);
        SetLayeredWindowAttributes(window, 0, 255, LWA_ALPHA);
        Some(window as isize)
    }
}

#[expect(unsafe_code, reason = "the window procedure of a C interface")]
// SAFETY: called by the system for our own windows, on the thread that made them.
unsafe extern "system" fn answer(window: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    match message {
        WM_NCHITTEST => HTTRANSPARENT as LRESULT,
        WM_ERASEBKGND => 1,
        WM_PAINT => {
            // SAFETY: set in `make` to the inbox, which outlives the windows; before that it is null.
            unsafe {
                ValidateRect(window, std::ptr::null());
                if let Some(inbox) = (GetWindowLongPtrW(window, GWLP_USERDATA) as *const Inbox).as_ref() {
                    inbox.change(|news| news.exposed = true);
                }
            }
            0
        }
        // SAFETY: the arguments as they came.
        _ => unsafe { DefWindowProcW(window, message, wide, long) },
    }
}

struct WindowsChild {
    window: isize,
    requests: Requests,
}

impl Child for WindowsChild {
    #[expect(unsafe_code, reason = "a call of a C interface")]
    fn place(&mut self, at: Pixels, visible: bool) -> Result<(), HostError> {
        let quietly = SWP_NOACTIVATE | SWP_ASYNCWINDOWPOS;
        let (width, height) = (at.width.cast_signed(), at.height.cast_signed());
        let how = if visible {
            quietly | SWP_SHOWWINDOW
        } else {
            quietly | SWP_HIDEWINDOW | SWP_NOMOVE | SWP_NOSIZE
        };
        // SAFETY: our own window; asynchronous, so that the thread of the windows need not answer now.
        unsafe { SetWindowPos(self.window as HWND, HWND_TOP, at.x, at.y, width, height, how) };
        Ok(())
    }

    #[expect(unsafe_code, reason = "regions of a C interface")]
    fn holes(&mut self, holes: &[Pixels]) -> Result<(), HostError> {
        // SAFETY: regions of our own; the window owns the last one from the call on.
        unsafe {
            if holes.is_empty() {
                SetWindowRgn(self.window as HWND, std::ptr::null_mut(), 1);
                return Ok(());
            }
            // Larger than any window: the surface may grow before the holes change.
            let all = CreateRectRgn(0, 0, 16_384, 16_384);
            for hole in holes {
                let (right, bottom) = (
                    hole.x + hole.width.cast_signed(),
                    hole.y + hole.height.cast_signed(),
                );
                let cut = CreateRectRgn(hole.x, hole.y, right, bottom);
                CombineRgn(all, all, cut, RGN_DIFF);
                DeleteObject(cut);
            }
            SetWindowRgn(self.window as HWND, all, 1);
        }
        Ok(())
    }

    #[expect(unsafe_code, reason = "a surface is made from raw handles")]
    fn raw(&self) -> RawWindow {
        let window = Win32WindowHandle::new(NonZeroIsize::new(self.window).unwrap_or(NonZeroIsize::MIN));
        let display = RawDisplayHandle::Windows(WindowsDisplayHandle::new());
        // SAFETY: the window is this child's own, and what is made from it goes first (see the order of the fields of `Stage`).
        unsafe { RawWindow::new(display, RawWindowHandle::Win32(window)) }
    }

    #[expect(unsafe_code, reason = "pixels through a C interface")]
    fn put(&mut self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError> {
        let sizes = (
            i32::try_from(picture.stride_bytes / 4),
            i32::try_from(part.width),
            i32::try_from(part.height),
        );
        let (Ok(across), Ok(width), Ok(height)) = sizes else {
            return Err(HostError::Unsupported("takes no picture of this size"));
        };
        let (Ok(x), Ok(y)) = (i32::try_from(part.x), i32::try_from(part.y)) else {
            return Err(HostError::Unsupported("takes no picture of this size"));
        };
        let from = part.y as usize * picture.stride_bytes;
        let needed = (part.height as usize).saturating_sub(1) * picture.stride_bytes
            + (part.x + part.width) as usize * 4;
        let Some(rows) = picture.rows.get(from..).filter(|rows| rows.len() >= needed) else {
            return Err(HostError::Unsupported("got fewer rows than the picture has"));
        };
        let header = BITMAPINFOHEADER {
            biSize: size_of::<BITMAPINFOHEADER>() as u32,
            biWidth: across,
            // Negative: the first row is the upper one.
            biHeight: -height,
            biPlanes: 1,
            biBitCount: 32,
            biCompression: BI_RGB,
            ..BITMAPINFOHEADER::default()
        };
        let info = BITMAPINFO {
            bmiHeader: header,
            ..BITMAPINFO::default()
        };
        // SAFETY: our own window; the rows are as many and as long as the header says (checked above), only read, and only now.
        let drawn = unsafe {
            let context = GetDC(self.window as HWND);
            let drawn = StretchDIBits(
                context,
                x,
                y,
                width,
                height,
                x,
                0,
                width,
                height,
                rows.as_ptr().cast(),
                &raw const info,
                DIB_RGB_COLORS,
                SRCCOPY,
            );
            ReleaseDC(self.window as HWND, context);
            drawn
        };
        if drawn == 0 {
            return Err(HostError::Unsupported("took no picture of the stage"));
        }
        Ok(())
    }

    fn shares_memory(&self) -> bool {
        false
    }
}

impl Drop for WindowsChild {
    fn drop(&mut self) {
        self.requests.ask(Request::End(self.window));
    }
}
