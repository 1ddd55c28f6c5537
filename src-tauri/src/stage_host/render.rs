//! The drawing thread: one clock, two surfaces, a picture only when something changed.

mod beside;
mod detached;
mod report;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use api::{
    Over,
    wire::{MetersShow, StageGuides, TransportState},
};
use stage::{FramePace, Shown, StageError, TimelineCursor, TimelineScene, TimelineView};

use self::{beside::Reference, detached::Detached, report::REPORT_GAP};
use super::{
    Child, HostError, Listener, Pixels, SURFACES, TIMELINE, VIEWER, Way,
    beside::Reach,
    drawing::{Drawing, Still, TimelineLook},
    inbox::{Inbox, News, Placing},
    meters::Needles,
    platform,
    ways::Ways,
};
use crate::surroundings;

/// Pictures a second at most: what a display shows.
const PICTURES_PER_SEC: u32 = 60;
/// Between two places of the playhead: it moves smoothly on a graphics card, and leaves the processor to the picture and the
/// page where the processor draws.
const PLAYHEAD_GAP: Duration = Duration::from_millis(33);
const PLAYHEAD_GAP_SOFTWARE: Duration = Duration::from_millis(125);
/// When a surface was not ready, how soon it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(30);

/// One surface as the page wants it.
#[derive(Default)]
struct Wanted {
    placing: Option<Placing>,
    /// Something it shows has changed.
    stale: bool,
    /// The window may have lost what it showed.
    lost: bool,
}

impl Wanted {
    fn draw_anew(&mut self) {
        (self.stale, self.lost) = (true, true);
    }
}

struct Stage<'a> {
    // Surfaces go before the windows they stand on, and those before the connection.
    drawing: Option<Drawing>,
    children: Vec<Box<dyn Child>>,
    detached: Option<Detached>,
    display: platform::Display,
    inbox: &'a Inbox,
    listener: &'a dyn Listener,
    ways: Ways,
    wanted: [Wanted; SURFACES],
    holes: Vec<api::wire::StageRect>,
    origin: (i32, i32),
    shown: bool,
    timeline: Option<(Arc<TimelineScene>, TimelineView)>,
    over: Arc<Over>,
    guides: StageGuides,
    cursor: TimelineCursor,
    /// The playhead moved since it was last drawn, and when that was.
    cursor_moved: bool,
    cursor_drawn: Option<Instant>,
    picture: Option<Still>,
    /// What the picture is compared with.
    reference: Option<Reference>,
    needles: Needles,
    /// A film runs: the next picture is soon to come.
    runs: bool,
    pace: FramePace,
    reported: Option<(Instant, TransportState)>,
    report_due: bool,
}

/// Draws until the stage closes.
pub(super) fn run(inbox: Arc<Inbox>, toplevel: u64, ways: &[Way], listener: &dyn Listener) {
    match Stage::open(&inbox, toplevel, ways, listener) {
        Ok(mut stage) => stage.run(),
        Err(error) => {
            tracing::error!(error = fault::chain(&error), "no native stage");
            inbox.note(|facts| facts.fault = Some(error.to_string()));
            listener.presenter("none");
            // Nobody draws, but whoever waits for a tick to be taken must not wait for ever.
            while inbox.take(None).is_some() {}
        }
    }
}

impl<'a> Stage<'a> {
    fn open(
        inbox: &'a Arc<Inbox>,
        toplevel: u64,
        ways: &[Way],
        listener: &'a dyn Listener,
    ) -> Result<Self, HostError> {
        let display = platform::Display::open(toplevel, inbox)?;
        let children = (0..SURFACES)
            .map(|_| display.child())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            drawing: None,
            children,
            detached: None,
            display,
            inbox,
            listener,
            ways: Ways::new(ways),
            wanted: Default::default(),
            holes: Vec::new(),
            origin: (0, 0),
            shown: true,
            timeline: None,
            over: Arc::default(),
            guides: StageGuides::default(),
            cursor: TimelineCursor::default(),
            cursor_moved: false,
            cursor_drawn: None,
            picture: None,
            reference: None,
            needles: Needles::default(),
            runs: false,
            pace: FramePace::new(PICTURES_PER_SEC),
            reported: None,
            report_due: false,
        })
    }

    fn run(&mut self) {
        self.warm_up();
        loop {
            let shows = self.shown || self.detached.as_ref().is_some_and(|own| own.shown);
            let waits = self.wanted.iter().any(|w| w.stale) && shows;
            let loading = self.drawing.as_ref().is_some_and(Drawing::is_loading);
            let at_most = match (waits || loading, self.report_due) {
                (true, _) => Some(TRY_AGAIN),
                (false, true) => Some(REPORT_GAP),
                (false, false) => self.cursor_moved.then_some(PLAYHEAD_GAP),
            };
            let Some(news) = self.inbox.take(at_most) else {
                return;
            };
            let played = news.tick || news.reel_changed;
            if let Err(error) = self.take(news) {
                tracing::warn!(
                    error = fault::chain(&error),
                    "the stage could not follow the page"
                );
            }
            self.draw();
            self.report();
            if played {
                // The pace holds only back what follows another tick; a first one is served at once.
                std::thread::sleep(self.pace.wait(Instant::now()));
            }
        }
    }

    /// Finds the way to show while the page still loads: opening a device and compiling takes as long as that.
    fn warm_up(&mut self) {
        match self.begin() {
            Ok(mut drawing) => {
                if let Err(error) = drawing.rehearse() {
                    tracing::warn!(
                        error = fault::chain(&error),
                        "the stage could not draw at its start"
                    );
                }
                self.drawing = Some(drawing);
            }
            Err(error) => self.give_up(&error),
        }
    }

    fn take(&mut self, news: News) -> Result<(), HostError> {
        if let Some(shown) = news.shown {
            self.shown = shown;
        }
        // A window that is refused keeps nothing else from being followed.
        let followed = self.follow_detached(&news);
        if news.lose_device
            && let Some(drawing) = &self.drawing
        {
            drawing.lose_device();
            self.wanted.iter_mut().for_each(Wanted::draw_anew);
        }
        if news.exposed {
            self.wanted.iter_mut().for_each(Wanted::draw_anew);
        }
        if let Some(timeline) = news.timeline {
            // The selection decides which boxes lie over the picture.
            self.wanted[VIEWER].stale |= self.selected() != timeline.1.selected.as_deref();
            self.timeline = Some(timeline);
            self.wanted[TIMELINE].stale = true;
        }
        if let Some(over) = news.over.filter(|over| *over != self.over) {
            self.over = over;
            self.wanted[VIEWER].stale = true;
        }
        if let Some(guides) = news.guides.filter(|guides| *guides != self.guides) {
            self.guides = guides;
            self.wanted[VIEWER].stale = true;
        }
        if news.grab {
            self.grab();
        }
        if news.beside_changed {
            self.beside_changed();
        }
        if news.reset_meter
            && let Some(reel) = self.inbox.reel()
        {
            reel.player.reset_meter();
            self.needles = Needles::default();
            self.wanted[VIEWER].stale = true;
        }
        if news.reel_changed {
            // The last picture stays until the next is there; an emptied viewer is empty at once.
            if self.inbox.reel().is_none() {
                self.picture = None;
                self.cursor = TimelineCursor::default();
                self.wanted.iter_mut().for_each(|w| w.stale = true);
                if let Some(drawing) = &mut self.drawing {
                    drawing.clear_picture();
                }
                self.inbox.note(|facts| facts.last_frame = None);
            }
        }
        self.play();
        self.follow_beside();
        let moved = news.origin.is_some() || news.shown.is_some() || news.holes.is_some();
        self.origin = news.origin.unwrap_or(self.origin);
        if let Some(holes) = news.holes {
            self.holes = holes;
        }
        for (surface, placing) in news.places.into_iter().enumerate() {
            let changed = placing.is_some();
            if changed {
                self.wanted[surface].placing = placing;
            }
            if changed || moved {
                self.arrange(surface)?;
            }
        }
        followed
    }

    /// The proposal in focus.
    fn selected(&self) -> Option<&str> {
        self.timeline
            .as_ref()
            .and_then(|(_, view)| view.selected.as_deref())
    }

    /// Takes the player's newest picture and moves the playhead with it.
    fn play(&mut self) {
        let Some(reel) = self.inbox.reel() else { return };
        if let Some((frame, picture)) = reel.player.newest() {
            let still = Still { frame, picture };
            if let Some(drawing) = &mut self.drawing
                && let Err(error) = drawing.set_picture(&still)
            {
                tracing::warn!(%error, frame, "a picture cannot be drawn");
            }
            self.picture = Some(still);
            self.wanted[VIEWER].stale = true;
        }
        reel.player.meter(self.guides.meters != MetersShow::Off);
        let runs = reel.player.facts().playing;
        // A picture that stands is drawn with more care than one that runs by.
        self.wanted[VIEWER].stale |= self.runs && !runs;
        self.runs = runs;
        let playhead = Some(reel.player.position());
        if playhead != self.cursor.playhead {
            self.cursor.playhead = playhead;
            self.cursor_moved = true;
        }
        self.report_due = true;
    }

    /// Moves a child to where the page wants it and cuts the holes.
    fn arrange(&mut self, surface: usize) -> Result<(), HostError> {
        let Some((rect, scale, visible)) = self.wanted[surface].placing else {
            return Ok(());
        };
        if surface == VIEWER && self.detached.is_some() {
            return Ok(());
        }
        let scale = if scale.is_finite() {
            scale.clamp(0.5, 4.0)
        } else {
            1.0
        };
        let at = Pixels::of(rect, scale, self.origin);
        let visible = visible && self.shown && at.width > 0 && at.height > 0;
        let holes: Vec<Pixels> = self
            .holes
            .iter()
            .filter_map(|hole| at.under(&Pixels::of(*hole, scale, self.origin)))
            .collect();
        let child = &mut self.children[surface];
        child.holes(&holes)?;
        child.place(at, visible)?;
        if visible {
            self.wanted[surface].draw_anew();
        }
        let place = [at.x, at.y, at.width.cast_signed(), at.height.cast_signed()];
        self.inbox.note(|facts| {
            let facts = if surface == VIEWER {
                &mut facts.viewer
            } else {
                &mut facts.timeline
            };
            (facts.place, facts.visible) = (place, visible);
        });
        Ok(())
    }

    /// Where a surface shows, if it does: its size and the scale.
    fn size(&self, surface: usize) -> Option<((u32, u32), f64)> {
        if let Some(own) = self.detached.as_ref().filter(|_| surface == VIEWER) {
            let scale = self.wanted[VIEWER].placing.map_or(1.0, |(_, scale, _)| scale);
            return (own.shown && own.size.0 > 0 && own.size.1 > 0).then_some((own.size, scale));
        }
        let (rect, scale, visible) = self.wanted[surface].placing?;
        let scale = if scale.is_finite() {
            scale.clamp(0.5, 4.0)
        } else {
            1.0
        };
        let at = Pixels::of(rect, scale, self.origin);
        (visible && self.shown && at.width > 0 && at.height > 0).then_some(((at.width, at.height), scale))
    }

    /// Draws what is stale and shows.
    fn draw(&mut self) {
        if self.ways.left().is_empty() {
            self.wanted.iter_mut().for_each(|w| w.stale = false);
            return;
        }
        // What the windows show stays while a driver comes back.
        if self.ways.wait(Instant::now()).is_some() {
            return;
        }
        self.follow_playhead();
        if self.drawing.as_mut().is_some_and(Drawing::take_loaded) {
            self.wanted[TIMELINE].stale = true;
        }
        for surface in [VIEWER, TIMELINE] {
            let Some((size, scale)) = self.size(surface) else {
                self.wanted[surface].stale = false;
                continue;
            };
            if !self.wanted[surface].stale {
                continue;
            }
            let began = Instant::now();
            match self.draw_one(surface, size, scale) {
                Ok(Shown::Drawn) => {
                    (self.wanted[surface].stale, self.wanted[surface].lost) = (false, false);
                    self.count(surface, began);
                }
                // Hidden says so again when it shows: the window system exposes it.
                Ok(Shown::Hidden) => self.wanted[surface].stale = false,
                Ok(Shown::Later) => {}
                Err(error) => self.give_up(&error),
            }
        }
    }

    /// Asks for the timeline when the playhead moved and its time has come.
    fn follow_playhead(&mut self) {
        let gap = if self.drawing.as_ref().is_some_and(Drawing::redraws_for_playhead) {
            PLAYHEAD_GAP_SOFTWARE
        } else {
            PLAYHEAD_GAP
        };
        let due = self.cursor_drawn.is_none_or(|drawn| drawn.elapsed() >= gap);
        if self.cursor_moved && due {
            self.cursor_moved = false;
            self.cursor_drawn = Some(Instant::now());
            self.wanted[TIMELINE].stale = true;
        }
    }

    fn draw_one(&mut self, surface: usize, size: (u32, u32), scale: f64) -> Result<Shown, HostError> {
        if self.drawing.is_none() {
            self.drawing = Some(self.begin()?);
        }
        let theme = self
            .timeline
            .as_ref()
            .map(|(_, view)| view.theme)
            .unwrap_or_default();
        let frame = self.picture.as_ref().map_or(0, |still| still.frame);
        // Without a picture there is no framing to judge.
        let guides = if self.picture.is_some() {
            self.guides
        } else {
            StageGuides::default()
        };
        let mut over = self.over.scene(frame, self.selected(), guides, theme);
        self.compare(&mut over);
        let reel = self.inbox.reel();
        self.needles.tell(
            &mut over,
            reel.as_ref().map(|reel| reel.player.as_ref()),
            self.runs,
        );
        let (Some(drawing), Some(child)) = (&mut self.drawing, self.children.get_mut(surface)) else {
            return Ok(Shown::Later);
        };
        let child = child.as_mut();
        let lost = self.wanted[surface].lost;
        if surface == VIEWER {
            return drawing.show_viewer(child, (size, scale), over, self.runs, lost);
        }
        let Some((scene, view)) = &self.timeline else {
            return Ok(Shown::Hidden);
        };
        let look = TimelineLook {
            scene,
            view,
            cursor: &self.cursor,
        };
        drawing.show_timeline(child, size, &look, lost)
    }

    /// Finds a way to show, from the first that was not given up.
    fn begin(&mut self) -> Result<Drawing, HostError> {
        let sizes: Vec<(u32, u32)> = (0..SURFACES)
            .map(|s| self.size(s).map_or((16, 16), |(size, _)| size))
            .collect();
        let (found, given_up) = Drawing::find(self.ways.left(), &self.children, &sizes);
        self.inbox.note(|facts| facts.given_up.extend(given_up));
        let mut drawing = found.inspect_err(|_| self.ways.none_found(Instant::now()))?;
        self.ways.found(drawing.way());
        if let Some(still) = &self.picture
            && let Err(error) = drawing.set_picture(still)
        {
            tracing::warn!(%error, frame = still.frame, "a picture cannot be drawn");
        }
        if let Some(reference) = &self.reference {
            drawing.set_reference(&reference.still, reference.is_live);
        }
        self.wanted.iter_mut().for_each(|w| w.lost = true);
        let mut words = drawing.words(self.children[VIEWER].shares_memory());
        if let Some(remote) = surroundings::remote_words() {
            words = format!("{words}, {remote}");
        }
        tracing::info!(presenter = words, "the stage shows by");
        self.listener.presenter(&words);
        self.inbox.note(|facts| {
            facts.presenter = words;
            facts.fault = None;
        });
        Ok(drawing)
    }

    /// A way of showing failed: the next one is tried with the next picture, or the same again when only its device is gone.
    fn give_up(&mut self, error: &HostError) {
        tracing::warn!(error = fault::chain(error), "the stage could not show a picture");
        if let Some(drawing) = self.drawing.take() {
            let way = drawing.way();
            if matches!(error, HostError::Drawing(StageError::DeviceLost { .. })) {
                self.ways.lost(way, Instant::now());
                self.inbox.note(|facts| facts.losses += 1);
                // What was drawn on it went with it.
                self.wanted.iter_mut().for_each(Wanted::draw_anew);
            } else {
                self.ways.failed(way);
            }
            if !self.ways.left().contains(&way) {
                self.inbox
                    .note(|facts| facts.given_up.push(format!("{way:?}: {error}")));
            }
        }
        if self.ways.left().is_empty() {
            self.wanted.iter_mut().for_each(|w| w.stale = false);
            self.inbox.note(|facts| facts.fault = Some(error.to_string()));
            self.listener.presenter("none");
        }
    }

    fn count(&self, surface: usize, began: Instant) {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let frame = self.picture.as_ref().map(|still| still.frame);
        self.inbox.note(|facts| {
            if surface == VIEWER {
                facts.last_frame = frame;
            }
            let facts = if surface == VIEWER {
                &mut facts.viewer
            } else {
                &mut facts.timeline
            };
            facts.drawn += 1;
            facts.last_micros = micros;
        });
    }
}
