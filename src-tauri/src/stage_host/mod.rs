//! The native stage: viewer and timeline as output-only surfaces inside the desk's window. The page keeps every input; it
//! says where its placeholders are and what lies over them. One thread draws, and only when something changed.
//!
//! [`Child`] is what a platform gives. X11 is what is tested; macOS and Windows are written to the same trait and not verified.

mod beside;
mod drawing;
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
mod elsewhere;
mod glue;
mod inbox;
#[cfg(target_os = "macos")]
mod macos;
mod measure;
mod meters;
mod present;
mod render;
mod ways;
#[cfg(target_os = "windows")]
mod windows;
#[cfg(target_os = "linux")]
mod x11;

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use api::{
    Over,
    wire::{StageGuides, StageRect, TransportState},
};
use fault::{Code, Fault};
use playback::Player;
use serde::Serialize;
use stage::{Part, TimelineScene, TimelineView};

pub(crate) use beside::{Beside, Tie};
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
use elsewhere as platform;
pub(crate) use glue::{channel_mix, set_loop};
use inbox::Inbox;
#[cfg(target_os = "macos")]
use macos as platform;
#[cfg(target_os = "windows")]
use windows as platform;
#[cfg(target_os = "linux")]
use x11 as platform;

/// How long the pump waits for a resting player before it looks whether it was changed.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Why the stage cannot show.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    target_os = "macos",
    expect(dead_code, reason = "its window system refuses nothing here")
)]
pub(crate) enum HostError {
    /// The window system refused.
    #[error("the window system refused while {during}")]
    Window {
        /// What was being done.
        during: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The window system works, but in a way the stage does not know.
    #[error("the window system {0}")]
    Unsupported(&'static str),
    /// No way of drawing worked.
    #[error("nothing on this machine can draw the stage")]
    Drawing(#[from] stage::StageError),
}

/// A rectangle of the desk's window in device pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Pixels {
    /// CSS pixels to device pixels, edges rounded, so that neighbours meet. Numbers come from a page and may be anything.
    pub(crate) fn of(rect: StageRect, scale: f64, origin: (i32, i32)) -> Self {
        let edge = |v: f64| {
            if v.is_finite() {
                (v * scale).round().clamp(-16_384.0, 16_384.0) as i32
            } else {
                0
            }
        };
        let (left, top) = (edge(rect.x), edge(rect.y));
        let (right, bottom) = (edge(rect.x + rect.width), edge(rect.y + rect.height));
        Self {
            x: left + origin.0,
            y: top + origin.1,
            width: right.saturating_sub(left).clamp(0, 16_384).cast_unsigned(),
            height: bottom.saturating_sub(top).clamp(0, 16_384).cast_unsigned(),
        }
    }

    /// The part of `other` that lies over this one, measured from this one's corner.
    pub(crate) fn under(&self, other: &Self) -> Option<Self> {
        let right = |r: &Self| r.x + r.width.cast_signed();
        let bottom = |r: &Self| r.y + r.height.cast_signed();
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (end_x, end_y) = (right(self).min(right(other)), bottom(self).min(bottom(other)));
        let side = |from: i32, to: i32| u32::try_from(to - from).ok().filter(|v| *v > 0);
        let (width, height) = (side(x, end_x)?, side(y, end_y)?);
        Some(Self {
            x: x - self.x,
            y: y - self.y,
            width,
            height,
        })
    }
}

/// An output-only window of the platform inside the desk's window. Pointer and keys go through it to the page.
pub(crate) trait Child: Send {
    /// Moves, shows or hides it. An empty rectangle hides.
    fn place(&mut self, at: Pixels, visible: bool) -> Result<(), HostError>;
    /// Cuts these rectangles (from its own corner) out of it; all others are closed.
    fn holes(&mut self, holes: &[Pixels]) -> Result<(), HostError>;
    /// Handles for a surface. Anything made from them is dropped before this.
    fn raw(&self) -> stage::RawWindow;
    /// Puts a part of a picture into it: rows of B, G, R, X bytes, `stride_bytes` apart. The window must have had the rest of a
    /// picture of this size before.
    fn put(&mut self, picture: &Sheet<'_>, part: Part) -> Result<(), HostError>;
    /// Memory that the window system shows from, for rows of a picture of this size without padding, and whether it still holds what
    /// was last put from it: who draws there saves bringing rows over. `None` where there is none.
    fn lend(&mut self, size: (u32, u32)) -> Option<(&mut [u8], bool)> {
        let _none_to_lend = size;
        None
    }
    /// Shows a part of what lies in the lent memory. As [`Self::put`].
    fn put_lent(&mut self, part: Part) -> Result<(), HostError> {
        let _nothing_was_lent = part;
        Ok(())
    }
    /// Whether rows go through shared memory.
    fn shares_memory(&self) -> bool;
}

/// A surface in a window of its own, and that window's size in device pixels.
pub(crate) type OwnWindow = (Box<dyn Child>, (u32, u32));

/// A picture in memory, as wide and high as its window.
#[cfg_attr(target_os = "macos", expect(dead_code, reason = "Metal takes no rows"))]
pub(crate) struct Sheet<'a> {
    /// B, G, R, X bytes.
    pub(crate) rows: &'a [u8],
    /// Bytes from one row to the next.
    pub(crate) stride_bytes: usize,
    /// Device pixels: width, height.
    pub(crate) size: (u32, u32),
}

impl Sheet<'_> {
    /// All of it.
    pub(crate) const fn whole(&self) -> Part {
        Part {
            x: 0,
            y: 0,
            width: self.size.0,
            height: self.size.1,
        }
    }

    /// The bytes of a part, row by row.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only X11 takes rows one by one")
    )]
    pub(crate) fn lines(&self, part: Part) -> impl Iterator<Item = &[u8]> {
        let (from, length) = (part.x as usize * 4, part.width as usize * 4);
        self.rows
            .chunks(self.stride_bytes)
            .skip(part.y as usize)
            .take(part.height as usize)
            .filter_map(move |row| row.get(from..from + length))
    }
}

/// The two surfaces, by their place in arrays.
pub(crate) const SURFACES: usize = 2;
pub(crate) const VIEWER: usize = 0;
pub(crate) const TIMELINE: usize = 1;

/// How frames shall reach the screen; tried in this order unless one is forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A surface drawn with Vulkan.
    Vulkan,
    /// A surface drawn with Metal.
    Metal,
    /// An OpenGL surface.
    Gl,
    /// Drawn off-screen, rows put into the window.
    Copy,
}

impl Way {
    /// Reads `CIRCLETAKE_PRESENTER`: `vulkan`, `metal`, `gl` or `shm` try only that one.
    pub(crate) fn wanted() -> Vec<Self> {
        match std::env::var("CIRCLETAKE_PRESENTER").as_deref() {
            Ok("vulkan") => vec![Self::Vulkan],
            Ok("metal") => vec![Self::Metal],
            Ok("gl") => vec![Self::Gl],
            Ok("shm") => vec![Self::Copy],
            Ok(other) => {
                tracing::warn!(
                    presenter = other,
                    "CIRCLETAKE_PRESENTER is none of vulkan, metal, gl, shm: trying all"
                );
                Self::ALL.to_vec()
            }
            Err(_unset) => Self::ALL.to_vec(),
        }
    }

    /// What this platform has, best first. Windows takes rows only: surfaces of a card do not go with windows that the pointer
    /// falls through.
    const ALL: &[Self] = if cfg!(target_os = "macos") {
        &[Self::Metal]
    } else if cfg!(target_os = "windows") {
        &[Self::Copy]
    } else {
        &[Self::Vulkan, Self::Gl, Self::Copy]
    };
}

/// Counters of one surface, for tests and the doctor.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct SurfaceFacts {
    /// Pictures drawn.
    pub(crate) drawn: u64,
    /// Where it stands, device pixels: x, y, width, height.
    pub(crate) place: [i32; 4],
    /// Whether it shows.
    pub(crate) visible: bool,
    /// Microseconds of the last picture, drawing and handing over.
    pub(crate) last_micros: u64,
}

/// What the stage is doing.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct HostFacts {
    /// How pictures reach the screen, in words; empty before the first.
    pub(crate) presenter: String,
    /// Whether the viewer has a window of its own.
    pub(crate) detached: bool,
    /// Why no picture can be shown, in words.
    pub(crate) fault: Option<String>,
    /// Ways that were tried and given up, in words.
    pub(crate) given_up: Vec<String>,
    /// Times the graphics device was lost and asked for again.
    pub(crate) losses: u64,
    /// Film frame that was last drawn.
    pub(crate) last_frame: Option<u64>,
    /// Frame of the film beside it that was last drawn.
    pub(crate) beside_frame: Option<u64>,
    /// The viewer.
    pub(crate) viewer: SurfaceFacts,
    /// The timeline.
    pub(crate) timeline: SurfaceFacts,
}

/// Told of what the stage does; called from its threads.
pub(crate) trait Listener: Send + Sync {
    /// How pictures reach the screen from now on.
    fn presenter(&self, words: &str);
    /// Whether the viewer has a window of its own from now on; `refused` when it shall have one and cannot.
    fn detached(&self, detached: bool, refused: bool);
    /// What plays, at most twenty times a second and always the last.
    fn transport(&self, state: &TransportState);
}

/// What the viewer plays.
#[derive(Clone)]
pub(crate) struct Reel {
    pub(crate) asset: String,
    pub(crate) player: Arc<Player>,
    /// Whether the original was asked for.
    pub(crate) original: bool,
    /// Why it is not there; empty when it is, or was not asked for.
    pub(crate) notice: &'static str,
}

/// The stage and its threads. Dropping it ends them and takes the surfaces away.
pub(crate) struct StageHost {
    inbox: Arc<Inbox>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl StageHost {
    /// Puts a hidden stage into the window of this native number.
    pub(crate) fn open(toplevel: u64, listener: Arc<dyn Listener>) -> Result<Self, Fault> {
        let inbox = Arc::new(Inbox::default());
        let host = Self {
            inbox: Arc::clone(&inbox),
            threads: Mutex::default(),
        };
        let ways = Way::wanted();
        host.start("stage-draw", move |inbox| {
            render::run(inbox, toplevel, &ways, listener.as_ref());
        })?;
        host.start("stage-pump", |inbox| pump(&inbox))?;
        host.start("stage-beside", |inbox| pump_beside(&inbox))?;
        Ok(host)
    }

    fn start(&self, name: &str, work: impl FnOnce(Arc<Inbox>) + Send + 'static) -> Result<(), Fault> {
        let inbox = Arc::clone(&self.inbox);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(inbox))
            .map_err(|error| {
                Fault::new(Code::Internal, "The stage got no thread to draw with.").because(&error)
            })?;
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
        Ok(())
    }

    /// Where a placeholder is now, in CSS pixels of the page.
    pub(crate) fn place(&self, surface: usize, rect: StageRect, scale: f64, visible: bool) {
        self.inbox
            .change(|news| news.places[surface] = Some((rect, scale, visible)));
    }

    /// What lies over the stage, CSS pixels of the page.
    pub(crate) fn holes(&self, rects: Vec<StageRect>) {
        self.inbox.change(|news| news.holes = Some(rects));
    }

    /// Where the page begins inside the native window, device pixels.
    pub(crate) fn origin(&self, x: i32, y: i32) {
        self.inbox.change(|news| news.origin = Some((x, y)));
    }

    /// Whether the window is on screen at all.
    pub(crate) fn shown(&self, shown: bool) {
        self.inbox.change(|news| news.shown = Some(shown));
    }

    /// Gives the viewer something to play, or nothing.
    pub(crate) fn play(&self, reel: Option<Reel>) {
        self.inbox.set_reel(reel);
    }

    /// What the viewer plays.
    pub(crate) fn reel(&self) -> Option<Reel> {
        self.inbox.reel()
    }

    /// Has another film follow the one in the viewer, or none.
    pub(crate) fn set_beside(&self, beside: Option<Beside>) {
        self.inbox.set_beside(beside);
    }

    /// The film that follows the one in the viewer.
    pub(crate) fn beside(&self) -> Option<Beside> {
        self.inbox.beside()
    }

    /// What the timeline shows.
    pub(crate) fn timeline(&self, scene: Arc<TimelineScene>, view: TimelineView) {
        self.inbox.change(|news| news.timeline = Some((scene, view)));
    }

    /// What may lie over the picture.
    pub(crate) fn over(&self, over: Arc<Over>) {
        self.inbox.change(|news| news.over = Some(over));
    }

    /// Keeps the picture shown now as the still that others are compared with.
    pub(crate) fn grab(&self) {
        self.inbox.change(|news| news.grab = true);
    }

    /// Measures the loudness of what is heard anew.
    pub(crate) fn reset_meter(&self) {
        self.inbox.change(|news| news.reset_meter = true);
    }

    /// What lies over the picture and beside it.
    pub(crate) fn guides(&self, guides: StageGuides) {
        self.inbox.change(|news| news.guides = Some(guides));
    }

    /// What the stage is doing.
    pub(crate) fn facts(&self) -> HostFacts {
        self.inbox.facts()
    }

    /// Gives the viewer a window of its own, or takes it back into the desk's.
    pub(crate) fn detach(&self, detached: bool) {
        self.inbox.change(|news| news.detach = Some(detached));
    }

    /// Has the viewer's own window fill its display, or no longer.
    pub(crate) fn fill_detached(&self) {
        self.inbox.change(|news| news.fill_detached = true);
    }

    /// Breaks the graphics device, as a driver's reset does: for tests of what follows.
    pub(crate) fn lose_device(&self) {
        self.inbox.change(|news| news.lose_device = true);
    }

    /// Takes the surfaces away and waits for the threads. To be called before the window goes: surfaces stand on it.
    pub(crate) fn close(&self) {
        self.inbox.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!(name, "a thread of the stage panicked");
            }
        }
    }
}

impl Drop for StageHost {
    fn drop(&mut self) {
        self.close();
    }
}

/// Wakes the drawing thread when the player has something: always while time runs, never at rest.
fn pump(inbox: &Inbox) {
    while let Some(reel) = inbox.wait_for_reel() {
        if reel.player.wait(LOOK_AGAIN) {
            inbox.tick_and_wait();
        }
    }
}

/// Wakes the drawing thread when the film that follows has a picture of its own accord: at rest it comes after the one it follows.
fn pump_beside(inbox: &Inbox) {
    while let Some(beside) = inbox.wait_for_beside() {
        if beside.player.wait(LOOK_AGAIN) {
            inbox.tick_and_wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f64, y: f64, width: f64, height: f64) -> StageRect {
        StageRect { x, y, width, height }
    }

    #[test]
    fn neighbours_meet_at_every_scale() {
        for scale in [1.0, 1.25, 1.5, 1.75, 2.0] {
            let left = Pixels::of(rect(10.0, 5.0, 101.3, 50.0), scale, (0, 0));
            let right = Pixels::of(rect(111.3, 5.0, 40.0, 50.0), scale, (0, 0));
            assert_eq!(left.x + left.width.cast_signed(), right.x, "scale {scale}");
        }
    }

    #[test]
    fn numbers_from_a_page_may_be_anything() {
        for odd in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            let place = Pixels::of(rect(odd, odd, odd, odd), 1.0, (3, 4));
            assert!(place.width <= 16_384 && place.height <= 16_384, "{place:?}");
        }
        assert_eq!(Pixels::of(rect(0.0, 0.0, -5.0, 10.0), 1.0, (0, 0)).width, 0);
    }

    #[test]
    fn holes_are_measured_from_the_surface() {
        let surface = Pixels {
            x: 100,
            y: 50,
            width: 200,
            height: 100,
        };
        let popup = Pixels {
            x: 280,
            y: 40,
            width: 60,
            height: 30,
        };
        assert_eq!(
            surface.under(&popup),
            Some(Pixels {
                x: 180,
                y: 0,
                width: 20,
                height: 20
            })
        );
        assert_eq!(
            surface.under(&Pixels { x: 300, ..popup }),
            None,
            "edges that touch do not overlap"
        );
    }
}
