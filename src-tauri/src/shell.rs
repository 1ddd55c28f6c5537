//! What the parts of the shell share: the desk, the window, the stage.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use api::{
    Desk, Window,
    wire::{
        Host, StageChannels, StageCompare, StageDetach, StageGuides, StageHoles, StageMix, StageOpen,
        StagePlace, StageSurface, TimelineView, Transport, TransportAct, TransportState, ViewerPlace,
    },
};
use fault::{Code, Fault};
use media::Patience;
use playback::{Act, Player};
use tauri::{App, AppHandle, Emitter as _, Manager as _};
use workstation::{Access, LakePlace, OpenOptions, Passphrase, Workstation, default_home};

use crate::{
    calls::Lane,
    comparison, dialogs, intake, native, notices,
    opener::Opener,
    options::Options,
    reels::{self, Originals},
    stage_host::{self, HostFacts, Listener, StageHost},
};

/// The one window's label in the configuration.
const WINDOW: &str = "main";
/// How long closing waits for running work to be handed back. What takes longer (one still that is being read) is handed back
/// by the next start instead.
const CLOSE_WITHIN: Duration = Duration::from_secs(8);

/// Set to `1` by test runs alone: the page may then break the stage's device.
const TESTING: &str = "CIRCLETAKE_TESTING";

/// The desk in a window.
pub(crate) struct Shell {
    pub(crate) desk: Arc<Desk>,
    /// Calls that must be answered in the order the page made them.
    pub(crate) lane: Lane,
    window: OnceLock<Arc<DeskWindow>>,
    /// Whether a test may break things through the page: [`TESTING`] was set.
    pub(crate) is_tested: bool,
    /// Joined when the desk closes.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shell {
    /// Opens the workstation; no window yet.
    ///
    /// # Errors
    /// Whatever keeps the home or the lake from opening.
    pub(crate) fn open(options: &Options) -> Result<Self, Fault> {
        let home = match &options.home {
            Some(home) => home.clone(),
            None => default_home()?,
        };
        workstation::start_log(&home, true);
        let mut open = OpenOptions::new(home).reading_apart().coming_back();
        let access = Access {
            endpoint_url: options.endpoint_url.clone(),
            profile: options.profile.clone(),
            region: options.region.clone(),
        };
        open.lake = LakePlace::told(options.lake.as_deref(), access)?;
        open.passphrase = Some(Passphrase::of_environment());
        open.workers = true;
        let desk = Arc::new(Desk::new(Workstation::open(open)?, Host::Window)?);
        let lane = Lane::start(Arc::clone(&desk))?;
        Ok(Self {
            desk,
            lane,
            window: OnceLock::new(),
            is_tested: std::env::var_os(TESTING).is_some_and(|set| set == "1"),
            threads: Mutex::default(),
        })
    }

    /// The window is there: puts the stage into it, starts the notices and what is to be taken in.
    ///
    /// # Errors
    /// When the window or a thread is missing. A stage that cannot be had is no error: the desk works without.
    pub(crate) fn begin(&self, app: &App, paths: Vec<PathBuf>) -> Result<(), Fault> {
        let window = app
            .get_webview_window(WINDOW)
            .ok_or_else(|| Fault::new(Code::Internal, "The desk has no window."))?;
        let teller = Arc::new(Teller {
            app: app.handle().clone(),
            desk: Arc::clone(&self.desk),
        });
        let host = match native::toplevel(&window) {
            Ok(number) => Some(Arc::new(StageHost::open(number, teller)?)),
            Err(fault) => {
                tracing::error!(message = fault.message, "no native stage");
                self.desk.set_presenter("none");
                None
            }
        };
        if let Some(host) = &host {
            native::follow(&window, host);
        }
        let desk_window = Arc::new(DeskWindow {
            app: app.handle().clone(),
            desk: Arc::clone(&self.desk),
            host,
            view: Mutex::default(),
            originals: Originals::default(),
            compared: Arc::default(),
        });
        self.desk.set_window(Arc::clone(&desk_window) as Arc<dyn Window>);
        self.own(notices::start(
            app.handle().clone(),
            Arc::clone(&self.desk),
            Arc::clone(&desk_window),
        )?);
        if self.window.set(desk_window).is_err() {
            return Err(Fault::new(Code::Internal, "The desk began twice."));
        }
        self.own(intake::take_in(
            app.handle().clone(),
            Arc::clone(&self.desk),
            paths,
        )?);
        end_when_asked(app.handle());
        Ok(())
    }

    fn own(&self, thread: JoinHandle<()>) {
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
    }

    /// What the stage is doing, if there is one.
    pub(crate) fn stage_facts(&self) -> Option<HostFacts> {
        self.window.get()?.host.as_ref().map(|host| host.facts())
    }

    /// Breaks the stage's graphics device, as a driver's reset does: for tests of what follows.
    pub(crate) fn lose_device(&self) {
        if let Some(host) = self.window.get().and_then(|window| window.host.as_ref()) {
            host.lose_device();
        }
    }

    /// Takes the stage away, before the window that it stands on goes. May be called more than once.
    pub(crate) fn take_stage_away(&self) {
        if let Some(host) = self.window.get().and_then(|window| window.host.as_ref()) {
            host.close();
        }
    }

    /// Hands running work back and ends every thread, waiting [`CLOSE_WITHIN`] at most.
    pub(crate) fn close(self: &Arc<Self>) {
        self.take_stage_away();
        let (done, waited) = mpsc::sync_channel(1);
        let shell = Arc::clone(self);
        let work = move || {
            shell.end_threads();
            // Nobody waits any more when it took too long.
            let _late = done.send(());
        };
        let closing = thread::Builder::new().name("desk-close".to_owned()).spawn(work);
        match closing {
            Ok(closing) if waited.recv_timeout(CLOSE_WITHIN).is_ok() => {
                if closing.join().is_err() {
                    tracing::error!("closing panicked");
                }
            }
            Ok(_still_at_it) => {
                tracing::warn!("work was still running when the desk closed: the next start goes on with it");
            }
            Err(error) => tracing::error!(%error, "no thread to close the desk with"),
        }
    }

    fn end_threads(&self) {
        self.lane.close();
        // Notices end with the workstation.
        self.desk.workstation().close();
        self.desk.settle();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!(name, "a thread of the desk panicked");
            }
        }
    }
}

/// Closes the desk as its window would, when the session or a terminal asks it to end. Asked twice, it ends at once.
#[cfg(target_os = "linux")]
fn end_when_asked(app: &AppHandle) {
    use gtk::glib;
    use rustix::process::Signal;
    // Whoever starts it with `nohup` or in a script's background has asked for these to be ignored.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        if is_ignored(&status, signal.as_raw()) {
            continue;
        }
        let app = app.clone();
        glib::unix_signal_add_local(signal.as_raw(), move || {
            app.exit(0);
            glib::ControlFlow::Break
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn end_when_asked(_app: &AppHandle) {}

/// Whether a process ignores a signal, by what the kernel says of it.
#[cfg(target_os = "linux")]
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = signal
        .checked_sub(1)
        .and_then(|at| 1u64.checked_shl(at.cast_unsigned()));
    mask.zip(bit).is_some_and(|(mask, bit)| mask & bit != 0)
}

/// Why there is no window, for a person.
pub(crate) fn no_window(error: &dyn std::error::Error) -> Fault {
    Fault::new(Code::Missing, "The desk's window could not be opened.")
        .hint("Without a display, `circletake serve` gives the same desk to a browser.")
        .because(error)
}

/// Carries the stage's news to the page.
struct Teller {
    app: AppHandle,
    desk: Arc<Desk>,
}

impl Listener for Teller {
    fn presenter(&self, words: &str) {
        self.desk.set_presenter(words);
    }

    fn detached(&self, detached: bool, refused: bool) {
        if let Err(error) = self.app.emit("viewer", ViewerPlace { detached, refused }) {
            tracing::debug!(%error, "the page is not there to hear where the viewer is");
        }
    }

    fn transport(&self, state: &TransportState) {
        if let Err(error) = self.app.emit("transport", state) {
            tracing::debug!(%error, "the page is not there to hear what plays");
        }
    }
}

/// What of the stage an event makes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redraw {
    Nothing,
    /// Markers and comments stand in the ruler only.
    Timeline,
    TimelineAndOverlay,
}

impl Redraw {
    fn of(stale: &[String], asset: &str) -> Self {
        let own = format!("asset:{asset}");
        if stale.iter().any(|tag| tag == "proposals" || *tag == own) {
            Self::TimelineAndOverlay
        } else if stale.iter().any(|tag| tag == "markers" || tag == "comments") {
            Self::Timeline
        } else {
            Self::Nothing
        }
    }
}

/// The window as the commands see it.
pub(crate) struct DeskWindow {
    app: AppHandle,
    desk: Arc<Desk>,
    host: Option<Arc<StageHost>>,
    /// What the timeline shows, to be drawn again when its asset changes.
    view: Mutex<Option<TimelineView>>,
    originals: Originals,
    /// Originals of films that are compared with the one in the viewer.
    compared: Arc<Opener>,
}

impl DeskWindow {
    fn host(&self) -> Result<&Arc<StageHost>, Fault> {
        self.host.as_ref().ok_or_else(|| {
            Fault::new(Code::Unsupported, "This window has no native stage.")
                .hint("`circletake serve` shows pictures in a browser.")
        })
    }

    /// Gives the timeline the scene as it stands now, when one of these tags is about it.
    pub(crate) fn refresh(&self, stale: &[String]) {
        let view = self.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(host), Some(view)) = (&self.host, view) else {
            return;
        };
        match Redraw::of(stale, &view.asset) {
            Redraw::Nothing => return,
            Redraw::Timeline => {}
            Redraw::TimelineAndOverlay => self.lay_over(host, &view.asset),
        }
        match self.desk.scene(&view.asset) {
            Ok(scene) => host.timeline(scene, (&view).into()),
            Err(fault) => tracing::warn!(message = fault.message, "the timeline could not be drawn anew"),
        }
    }

    /// Gives the viewer what may lie over the asset's picture.
    fn lay_over(&self, host: &StageHost, asset: &str) {
        match self.desk.over(asset) {
            Ok(over) => host.over(over),
            Err(fault) => tracing::warn!(message = fault.message, "nothing lies over the picture"),
        }
    }
}

impl DeskWindow {
    /// Goes to a frame under a hand.
    fn scrub(&self, player: &Player, frame: u64) {
        let sounds = self.desk.workstation().settings().desk.sound_while_scrubbing;
        player.act(if sounds {
            Act::Scrub(frame)
        } else {
            Act::Seek(frame)
        });
    }
}

impl Window for DeskWindow {
    fn stage_place(&self, place: StagePlace) -> Result<(), Fault> {
        let surface = match place.surface {
            StageSurface::Viewer => stage_host::VIEWER,
            StageSurface::Timeline => stage_host::TIMELINE,
        };
        let rect = api::wire::StageRect {
            x: place.x,
            y: place.y,
            width: place.width,
            height: place.height,
        };
        self.host()?.place(surface, rect, place.scale, place.visible);
        Ok(())
    }

    fn stage_holes(&self, holes: StageHoles) -> Result<(), Fault> {
        self.host()?.holes(holes.rects);
        Ok(())
    }

    fn stage_guides(&self, guides: StageGuides) -> Result<(), Fault> {
        self.host()?.guides(guides);
        Ok(())
    }

    fn stage_detach(&self, wish: StageDetach) -> Result<(), Fault> {
        let host = self.host()?;
        host.detach(wish.detached);
        if wish.fill {
            host.fill_detached();
        }
        Ok(())
    }

    fn stage_grab(&self) -> Result<(), Fault> {
        self.host()?.grab();
        Ok(())
    }

    fn stage_compare(&self, compare: StageCompare) -> Result<(), Fault> {
        comparison::set(&self.desk, self.host()?, &self.compared, compare.film)
    }

    fn stage_meter_reset(&self) -> Result<(), Fault> {
        self.host()?.reset_meter();
        Ok(())
    }

    fn stage_open(&self, open: StageOpen) -> Result<(), Fault> {
        let host = self.host()?;
        let Some(asset) = open.asset else {
            self.originals.forget();
            host.play(None);
            return Ok(());
        };
        // An original that is shown between the two would make what is here the player before it, which stands still.
        let mut held = self.originals.hold();
        let before = host.reel().filter(|reel| reel.asset == asset);
        let is_open = before
            .as_ref()
            .is_some_and(|before| before.original == open.original);
        if is_open || self.originals.is_awaited(&asset, open.original) {
            return Ok(());
        }
        held.forget();
        drop(held);
        self.originals.await_none();
        // What lies over the picture lies over the other one too.
        if before.is_none() {
            self.lay_over(host, &asset);
        }
        let (reel, is_more_there) = match before {
            // What plays is the proxy: it goes on until the original is there.
            Some(before) if open.original => (before.asked_for_original(), true),
            None if !self.desk.workstation().is_proxy_here(&asset)? => {
                host.play(None);
                return self
                    .originals
                    .await_near(&self.desk, host, (asset, open.original));
            }
            before => {
                let at = before.as_ref().map_or(0, |before| before.player.facts().frame);
                let near = reels::near(
                    &self.desk.workstation(),
                    &asset,
                    open.original,
                    at,
                    Patience::default(),
                )?;
                let Some((reel, is_more_there)) = near else {
                    host.play(None);
                    return Ok(());
                };
                if let Some(before) = before {
                    reel.player.take_over(&before.player);
                }
                self.originals.mix(&reel);
                (reel, is_more_there)
            }
        };
        let at = reel.player.facts().frame;
        host.play(Some(reel));
        if is_more_there {
            let what = (asset, open.original, at);
            self.originals.ask(&self.desk, host, what);
        }
        Ok(())
    }

    fn stage_mix(&self, mix: StageMix) -> Result<StageChannels, Fault> {
        let host = self.host()?;
        let _held = self.originals.hold();
        let Some(reel) = host.reel().filter(|reel| reel.asset == mix.asset) else {
            return Ok(StageChannels::default());
        };
        if let Some(channels) = mix.channels {
            self.originals.set_mix(&reel, channels);
        }
        Ok(StageChannels {
            names: reel.player.channels(),
        })
    }

    fn stage_view(&self, view: TimelineView) -> Result<(), Fault> {
        let host = self.host()?;
        let scene = self.desk.scene(&view.asset)?;
        host.timeline(scene, (&view).into());
        *self.view.lock().unwrap_or_else(PoisonError::into_inner) = Some(view);
        Ok(())
    }

    fn lake_changed(&self) {
        self.originals.forget();
        self.compared.forget();
        *self.view.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(host) = &self.host {
            host.set_beside(None);
            host.play(None);
        }
    }

    fn transport(&self, transport: Transport) -> Result<(), Fault> {
        let host = self.host()?;
        let _held = self.originals.hold();
        let value = transport.value.filter(|value| value.is_finite()).unwrap_or(0.0);
        let Some(reel) = host.reel() else {
            if self.originals.act_then(transport.act, value) {
                return Ok(());
            }
            return Err(Fault::new(Code::NotFound, "Nothing is open in the viewer."));
        };
        match transport.act {
            TransportAct::Play => reel.player.act(Act::Play),
            // The device is let go of with the player; until then holding is all there is to do.
            TransportAct::Pause | TransportAct::Stop => reel.player.act(Act::Pause),
            TransportAct::Toggle => reel.player.act(Act::Toggle),
            TransportAct::Seek => reel.player.act(Act::Seek(value.round().max(0.0) as u64)),
            TransportAct::Scrub => self.scrub(&reel.player, value.round().max(0.0) as u64),
            TransportAct::Step => {
                reel.player.act(Act::Pause);
                let here = reel.player.facts().frame;
                self.scrub(&reel.player, here.saturating_add_signed(value.round() as i64));
            }
            TransportAct::Loop => stage_host::set_loop(&reel.player, transport.range),
            TransportAct::Around => {
                let range = transport.range.ok_or_else(|| {
                    Fault::new(
                        Code::BadRequest,
                        "Playing around a place needs the frames to play.",
                    )
                })?;
                reel.player.act(Act::Around {
                    first: range.start,
                    last: range.end.saturating_sub(1),
                });
            }
            TransportAct::Shuttle => reel.player.act(Act::Speed(value.round().clamp(-8.0, 8.0) as i8)),
        }
        Ok(())
    }

    fn pick_files(&self) -> Result<Vec<PathBuf>, Fault> {
        dialogs::open_files(&self.app, WINDOW)
    }

    fn open_page(&self, address: &str) -> Result<(), Fault> {
        dialogs::open_page(&self.app, WINDOW, address)
    }

    fn save_export(&self, export_id: &str, name: &str) -> Result<bool, Fault> {
        let Some(goal) = dialogs::save_file(&self.app, WINDOW, name)? else {
            return Ok(false);
        };
        let saved = self.desk.workstation().save_export(export_id, &goal);
        saved.map_err(|fault| fault.hint("Choose another folder; the export is still there."))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_draw_the_timeline_and_verdicts_also_what_lies_over_the_picture() {
        let of = |tags: &[&str]| {
            let stale: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            Redraw::of(&stale, "a1")
        };
        assert_eq!(of(&["markers", "undo"]), Redraw::Timeline);
        assert_eq!(of(&["comments", "undo"]), Redraw::Timeline);
        assert_eq!(of(&["markers", "proposals"]), Redraw::TimelineAndOverlay);
        assert_eq!(of(&["asset:a1"]), Redraw::TimelineAndOverlay);
        assert_eq!(of(&["asset:a2", "jobs", "undo"]), Redraw::Nothing);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_that_was_ignored_at_the_start_is_left_alone() {
        use rustix::process::Signal;
        let status = "Name:\tdesk\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n";
        assert!(is_ignored(status, Signal::HUP.as_raw()));
        assert!(!is_ignored(status, Signal::INT.as_raw()));
        assert!(!is_ignored(status, Signal::TERM.as_raw()));
        assert!(!is_ignored("", Signal::HUP.as_raw()));
        let own = std::fs::read_to_string("/proc/self/status").unwrap();
        // The runtime of every Rust program ignores it.
        assert!(is_ignored(&own, Signal::PIPE.as_raw()));
    }
}
