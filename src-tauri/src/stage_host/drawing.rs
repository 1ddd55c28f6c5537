//! What draws: a graphics card through its presenters, or the processor straight into the window's rows.

use std::sync::Arc;

use media::{ScreenQuality, ScreenScaler, VideoFrame};
use stage::{
    Canvas, Gpu, Item, ItemState, LaneParts, Part, Rows, RulerBase, Shown, SoftTimeline, SoftViewer,
    StageError, TimelineCursor, TimelineParts, TimelineRenderer, TimelineScene, TimelineView, Typefaces,
    ViewerRenderer, ViewerScene,
};
use timebase::Flicks;

use super::{Child, HostError, Sheet, TIMELINE, VIEWER, Way, measure::Measure, present::Showing};
use crate::surroundings;

/// A picture of the film and its number.
#[derive(Clone)]
pub(super) struct Still {
    pub(super) frame: u64,
    pub(super) picture: Arc<VideoFrame>,
}

/// What belongs to a way of showing and goes with it.
pub(super) enum Drawing {
    Card(Box<CardDrawing>),
    Processor(Box<ProcessorDrawing>),
}

pub(super) struct CardDrawing {
    // Dropped in this order: what draws, then the surfaces it drew on.
    viewer: ViewerRenderer,
    timeline: TimelineRenderer,
    measure: Measure,
    showing: Showing,
}

pub(super) struct ProcessorDrawing {
    viewer: SoftViewer,
    /// What the viewer shows, where the window system lends no memory to draw into.
    rows: Rows,
    timeline: SoftTimeline,
    scaler: ScreenScaler,
    still: Option<Still>,
    /// What pictures are compared with.
    reference: Option<Compared>,
    /// A scaler of its own: pictures of two films may be of two sizes.
    reference_scaler: ScreenScaler,
    measure: Measure,
    /// Draws what changes rarely: letters, boxes, the timeline without its playhead.
    gpu: Gpu,
    way: Way,
}

/// What pictures are compared with on the processor.
struct Compared {
    /// Another one for every other picture.
    number: u64,
    still: Still,
    /// Another picture may be there soon.
    is_live: bool,
}

/// What the timeline shows.
pub(super) struct TimelineLook<'a> {
    pub(super) scene: &'a TimelineScene,
    pub(super) view: &'a TimelineView,
    pub(super) cursor: &'a TimelineCursor,
}

impl Drawing {
    /// The first of the ways that works for all children, and why the others did not.
    pub(super) fn find(
        ways: &[Way],
        children: &[Box<dyn Child>],
        sizes: &[(u32, u32)],
    ) -> (Result<Self, HostError>, Vec<String>) {
        let mut given_up = Vec::new();
        let mut last = HostError::Unsupported("offers no way to show pictures");
        for way in ways {
            let opened = Showing::open(*way, children, sizes).map_err(HostError::from);
            match opened.and_then(|showing| Self::on(showing, ways)) {
                Ok(Some(drawing)) => return (Ok(drawing), given_up),
                Ok(None) => given_up.push(format!("{way:?}: only the processor")),
                Err(error) => {
                    tracing::info!(?way, %error, "the stage cannot show this way");
                    given_up.push(format!("{way:?}: {error}"));
                    last = error;
                }
            }
        }
        (Err(last), given_up)
    }

    /// Draws with what was opened; nothing when another of the ways may have a graphics card.
    fn on(showing: Showing, ways: &[Way]) -> Result<Option<Self>, HostError> {
        // Whoever asks for one way only gets it, for comparison.
        let is_forced = ways.len() == 1 && showing.way != Way::Copy;
        if !showing.gpu.is_software() || is_forced {
            return Ok(Some(Self::Card(Box::new(CardDrawing::on(showing)))));
        }
        let card_elsewhere = showing.way == Way::Vulkan && ways.contains(&Way::Gl);
        if card_elsewhere && surroundings::has_graphics_card() {
            return Ok(None);
        }
        let Showing { gpu, presenters, .. } = showing;
        drop(presenters);
        let timeline = SoftTimeline::new(&gpu, Typefaces::WithSystem)?;
        Ok(Some(Self::Processor(Box::new(ProcessorDrawing {
            viewer: SoftViewer::new(Typefaces::WithSystem),
            rows: Rows::default(),
            timeline,
            scaler: ScreenScaler::default(),
            still: None,
            reference: None,
            reference_scaler: ScreenScaler::default(),
            measure: Measure::default(),
            gpu,
            way: Way::Copy,
        }))))
    }

    /// Draws a timeline that nobody sees, so that a rasteriser has compiled most of what the first real one needs.
    pub(super) fn rehearse(&mut self) -> Result<(), HostError> {
        let Self::Processor(processor) = self else {
            return Ok(());
        };
        let (scene, view) = rehearsal();
        let cursor = TimelineCursor {
            playhead: Some(Flicks::ZERO),
        };
        processor
            .timeline
            .draw(&processor.gpu, view.size(), &scene, &view, &cursor)?;
        Ok(())
    }

    /// The way it shows by.
    pub(super) fn way(&self) -> Way {
        match self {
            Self::Card(card) => card.showing.way,
            Self::Processor(processor) => processor.way,
        }
    }

    /// Shows the viewer in another window from now on.
    pub(super) fn move_viewer(&mut self, child: &dyn Child, size: (u32, u32)) -> Result<(), HostError> {
        match self {
            Self::Card(card) => card.showing.move_to(VIEWER, child, size).map_err(HostError::from),
            // Rows go into any window.
            Self::Processor(processor) => {
                processor.viewer.forget();
                Ok(())
            }
        }
    }

    /// Breaks the device, as a driver's reset does.
    pub(super) fn lose_device(&self) {
        match self {
            Self::Card(card) => card.showing.gpu.lose(),
            Self::Processor(processor) => processor.gpu.lose(),
        }
    }

    /// How pictures reach the screen, in words.
    pub(super) fn words(&self, shares_memory: bool) -> String {
        match self {
            Self::Card(card) => card.showing.words(shares_memory),
            Self::Processor(_) if shares_memory => "processor, shared memory".to_owned(),
            Self::Processor(_) => "processor, copied".to_owned(),
        }
    }

    /// Whether moving the playhead means that a processor draws the whole timeline again.
    pub(super) fn redraws_for_playhead(&self) -> bool {
        matches!(self, Self::Card(card) if card.showing.gpu.is_software())
    }

    /// Gives the viewer its picture.
    pub(super) fn set_picture(&mut self, still: &Still) -> Result<(), StageError> {
        match self {
            Self::Card(card) => {
                let picture = api::stage_picture(&still.picture);
                card.viewer.set_picture(&card.showing.gpu, &picture)?;
                card.measure.set_picture(Some(picture));
                Ok(())
            }
            Self::Processor(processor) => {
                processor
                    .measure
                    .set_picture(Some(api::stage_picture(&still.picture)));
                processor.still = Some(still.clone());
                Ok(())
            }
        }
    }

    /// Gives the viewer what it compares its picture with; `is_live` when another may follow soon.
    pub(super) fn set_reference(&mut self, reference: &Still, is_live: bool) {
        match self {
            Self::Card(card) => {
                let picture = api::stage_picture(&reference.picture);
                if let Err(error) = card.viewer.set_still(&card.showing.gpu, Some(&picture)) {
                    tracing::warn!(%error, frame = reference.frame, "a still cannot be compared with");
                }
            }
            Self::Processor(processor) => {
                let number = processor.reference.as_ref().map_or(0, |before| before.number + 1);
                processor.reference = Some(Compared {
                    number,
                    still: reference.clone(),
                    is_live,
                });
            }
        }
    }

    /// Empties the viewer.
    pub(super) fn clear_picture(&mut self) {
        match self {
            Self::Card(card) => {
                card.measure.set_picture(None);
                card.viewer.clear_picture();
            }
            Self::Processor(processor) => {
                processor.measure.set_picture(None);
                processor.still = None;
            }
        }
    }

    /// Takes small pictures that were decoded meanwhile; true when the timeline should be drawn for them.
    pub(super) fn take_loaded(&mut self) -> bool {
        match self {
            Self::Card(card) => card.timeline.take_loaded(&card.showing.gpu),
            Self::Processor(processor) => processor.timeline.take_loaded(&processor.gpu),
        }
    }

    /// Whether small pictures are on their way.
    pub(super) fn is_loading(&self) -> bool {
        match self {
            Self::Card(card) => card.timeline.is_loading(),
            Self::Processor(processor) => processor.timeline.is_loading(),
        }
    }

    /// Draws the viewer at a size and scale. `runs` when a film runs and the next picture is soon to come, `lost` when the window
    /// may have lost what it showed.
    pub(super) fn show_viewer(
        &mut self,
        child: &mut dyn Child,
        (size, scale): ((u32, u32), f64),
        mut over: ViewerScene,
        runs: bool,
        lost: bool,
    ) -> Result<Shown, HostError> {
        match self {
            Self::Card(card) => {
                let Showing { gpu, presenters, .. } = &mut card.showing;
                let viewer = &mut card.viewer;
                card.measure.tell(&mut over);
                if let Some(trace) = card.measure.due(over.scopes, size, runs) {
                    viewer.set_trace(gpu, &trace);
                }
                presenters[VIEWER].show(gpu, child, size, &mut |target| {
                    viewer.draw(gpu, target, &over, scale)
                })
            }
            Self::Processor(processor) => {
                processor.measure.tell(&mut over);
                if let Some(trace) = processor.measure.due(over.scopes, size, runs) {
                    processor.viewer.set_trace(trace);
                }
                processor.show_viewer(child, (size, scale), &over, runs, lost)
            }
        }
    }

    /// Draws the timeline; `lost` when the window may have lost what it showed.
    pub(super) fn show_timeline(
        &mut self,
        child: &mut dyn Child,
        size: (u32, u32),
        look: &TimelineLook<'_>,
        lost: bool,
    ) -> Result<Shown, HostError> {
        let TimelineLook { scene, view, cursor } = look;
        match self {
            Self::Card(card) => {
                let Showing { gpu, presenters, .. } = &mut card.showing;
                let timeline = &mut card.timeline;
                presenters[TIMELINE].show(gpu, child, size, &mut |target| {
                    timeline.draw(gpu, target, scene, view, cursor)
                })
            }
            Self::Processor(processor) => processor.show_timeline(child, size, look, lost),
        }
    }
}

impl CardDrawing {
    fn on(showing: Showing) -> Self {
        let viewer = showing.presenters[VIEWER].viewer(&showing.gpu);
        let mut timeline = showing.presenters[TIMELINE].timeline(&showing.gpu);
        timeline.load_pictures_later();
        Self {
            viewer,
            timeline,
            measure: Measure::default(),
            showing,
        }
    }
}

impl ProcessorDrawing {
    fn show_viewer(
        &mut self,
        child: &mut dyn Child,
        (size, scale): ((u32, u32), f64),
        over: &ViewerScene,
        runs: bool,
        lost: bool,
    ) -> Result<Shown, HostError> {
        let quality = if runs {
            ScreenQuality::Fast
        } else {
            ScreenQuality::Exact
        };
        let Self {
            viewer,
            rows,
            scaler,
            still,
            reference,
            reference_scaler,
            gpu,
            ..
        } = self;
        let mut live = still.as_ref().map(|still| {
            let paint = |rows: &mut [u8], stride: usize, size| {
                scale_to(scaler, still, quality, rows, stride, size);
                Ok(())
            };
            (still.picture.display_aspect(), paint)
        });
        let mut other = reference.as_ref().map(|reference| {
            let Compared {
                number,
                still,
                is_live,
            } = reference;
            let quality = if *is_live { quality } else { ScreenQuality::Exact };
            let paint = move |rows: &mut [u8], stride: usize, size| {
                scale_to(reference_scaler, still, quality, rows, stride, size);
                Ok(())
            };
            // Scaled in haste it is another picture than scaled with care.
            let id = number * 2 + u64::from(quality == ScreenQuality::Fast);
            (id, still.picture.display_aspect(), paint)
        });
        let picture = live
            .as_mut()
            .map(|(aspect, paint)| (*aspect, paint as &mut stage::Paint<'_>));
        let compared = other.as_mut().map(|(id, aspect, paint)| stage::SoftStill {
            id: *id,
            aspect: *aspect,
            paint,
        });
        let whole = Part {
            x: 0,
            y: 0,
            width: size.0,
            height: size.1,
        };
        let lent = child
            .lend(size)
            .and_then(|(bytes, is_kept)| Canvas::new(bytes, size, is_kept));
        let is_lent = lent.is_some();
        let canvas = lent.unwrap_or_else(|| rows.canvas(size));
        let part = viewer.draw(gpu, canvas, picture, compared, (over, scale))?;
        let part = if lost { whole } else { part };
        if is_lent {
            child.put_lent(part)?;
        } else {
            put(child, rows, part)?;
        }
        Ok(Shown::Drawn)
    }

    fn show_timeline(
        &mut self,
        child: &mut dyn Child,
        size: (u32, u32),
        look: &TimelineLook<'_>,
        lost: bool,
    ) -> Result<Shown, HostError> {
        let TimelineLook { scene, view, cursor } = look;
        let parts = self.timeline.draw(&self.gpu, size, scene, view, cursor)?;
        let rows = self.timeline.rows();
        if lost {
            put(child, rows, rows.whole())?;
        } else {
            for part in parts {
                put(child, rows, part)?;
            }
        }
        Ok(Shown::Drawn)
    }
}

/// Scales a picture into rows. One that cannot be scaled says nothing of the next: what was there stays.
fn scale_to(
    scaler: &mut ScreenScaler,
    still: &Still,
    quality: ScreenQuality,
    rows: &mut [u8],
    stride: usize,
    size: (u32, u32),
) {
    if let Err(error) = scaler.to_bgrx(&still.picture, quality, size, rows, stride) {
        tracing::warn!(%error, frame = still.frame, "a picture cannot be drawn");
    }
}

/// A timeline with what every film has: a ruler, a lane with an item, letters. A waveform, small pictures and markers are left to
/// the first film that has them.
fn rehearsal() -> (TimelineScene, TimelineView) {
    let second = Flicks::from_millis(1000);
    let item = Item {
        proposal: "r".to_owned(),
        kind: "shots".to_owned(),
        start: Flicks::ZERO,
        end: second,
        state: ItemState::Circled,
        label: "1".to_owned(),
    };
    let scene = TimelineScene::new(TimelineParts {
        asset: String::new(),
        duration: second,
        ruler: RulerBase::Time,
        lanes: vec![LaneParts {
            id: "shots".to_owned(),
            label: "Shots".to_owned(),
            items: vec![item],
        }],
        shots: Vec::new(),
        markers: Vec::new(),
        comments: Vec::new(),
        flagged: Vec::new(),
        sprites: None,
        waveform: None,
    });
    let view = TimelineView {
        start_secs: 0.0,
        px_per_sec: 100.0,
        width_px: 240.0,
        height_px: 80.0,
        ..TimelineView::default()
    };
    (scene, view)
}

fn put(child: &mut dyn Child, rows: &Rows, part: Part) -> Result<(), HostError> {
    let sheet = Sheet {
        rows: rows.bytes(),
        stride_bytes: rows.stride_bytes(),
        size: rows.size(),
    };
    child.put(&sheet, part)
}
