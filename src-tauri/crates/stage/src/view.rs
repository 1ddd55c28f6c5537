use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks};

use crate::hand::Hand;
use crate::theme::Theme;

/// Width of the gutter with the lane names, in CSS pixels. Time begins right of it.
pub const GUTTER_PX: f64 = 92.0;

/// Height of the ruler, in CSS pixels.
pub const RULER_PX: f64 = 30.0;

/// How much taller or lower than usual lanes may be made.
const LANE_ZOOM: (f64, f64) = (0.6, 3.0);

/// Items that wear a ring, at most: more than fit a screen.
const MOST_SELECTED: usize = 4096;

/// [`TimelineView::focus`] when the keyboard stands on the ruler.
pub const FOCUS_RULER: &str = "ruler";

/// What the ruler counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RulerUnit {
    /// Source timecode; time from the start where the rate varies.
    #[default]
    Timecode,
    /// Frames from the first, which is 0; time from the start where the rate varies.
    Frames,
    /// Time from the start, hours to seconds.
    Seconds,
}

/// Which small pictures are blurred and greyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmallShield {
    /// None.
    #[default]
    Off,
    /// Those of flagged moments.
    Flagged,
    /// All.
    All,
}

/// Which part of a timeline is looked at, and how large. Lengths are CSS pixels; `scale` makes device pixels of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineView {
    /// The asset.
    pub asset: String,
    /// Time at the right edge of the gutter, in seconds. For drawing only, hence not exact time.
    pub start_secs: f64,
    /// CSS pixels per second.
    pub px_per_sec: f64,
    /// Width of the whole timeline with its gutter, CSS pixels.
    pub width_px: f64,
    /// Height, CSS pixels.
    pub height_px: f64,
    /// Device pixels per CSS pixel, 1 to 4.
    pub scale: f64,
    /// How far the lanes are scrolled up, CSS pixels.
    pub scroll_px: f64,
    /// Proposal that wears the selection ring.
    pub selected: Option<String>,
    /// Further proposals that are selected with it.
    #[serde(default)]
    pub selection: Vec<String>,
    /// How much taller than usual lanes and tracks are; 1 is usual. Where they do not fit they are lower, down to a limit.
    #[serde(default = "usual")]
    pub lane_zoom: f64,
    /// What the hand does, where the page cannot draw it over the picture.
    #[serde(default)]
    pub hand: Option<Hand>,
    /// What the keyboard stands on: a proposal, or [`FOCUS_RULER`]. Drawn where the page's own ring would lie below the picture.
    #[serde(default)]
    pub focus: Option<String>,
    /// In mark, seconds. For drawing only, hence not exact time.
    #[serde(default)]
    pub mark_in_secs: Option<f64>,
    /// Out mark, seconds: where the range ends.
    #[serde(default)]
    pub mark_out_secs: Option<f64>,
    /// What the ruler counts.
    #[serde(default)]
    pub ruler: RulerUnit,
    /// Which pictures of the video track nobody should have to see.
    #[serde(default)]
    pub shield: SmallShield,
    /// Tokens to draw with.
    pub theme: Theme,
}

fn usual() -> f64 {
    1.0
}

impl Default for TimelineView {
    /// The beginning of no asset, a second a hundred pixels wide, at scale 1 with nothing selected.
    fn default() -> Self {
        Self {
            asset: String::new(),
            start_secs: 0.0,
            px_per_sec: 100.0,
            width_px: 1000.0,
            height_px: 400.0,
            scale: 1.0,
            scroll_px: 0.0,
            selected: None,
            selection: Vec::new(),
            lane_zoom: usual(),
            hand: None,
            focus: None,
            mark_in_secs: None,
            mark_out_secs: None,
            ruler: RulerUnit::default(),
            shield: SmallShield::default(),
            theme: Theme::default(),
        }
    }
}

impl TimelineView {
    /// This view with every number in the range the stage draws: numbers come from a page and may be anything.
    #[must_use]
    pub fn sane(&self) -> Self {
        let within =
            |v: f64, low: f64, high: f64, other: f64| if v.is_finite() { v.clamp(low, high) } else { other };
        let mark = |secs: Option<f64>| secs.filter(|v| v.is_finite()).map(|v| v.clamp(0.0, 864_000.0));
        Self {
            asset: self.asset.clone(),
            start_secs: within(self.start_secs, -86_400.0, 864_000.0, 0.0),
            px_per_sec: within(self.px_per_sec, 1e-4, 100_000.0, 50.0),
            width_px: within(self.width_px, 1.0, 8192.0, 1280.0),
            height_px: within(self.height_px, 1.0, 4096.0, 320.0),
            scale: within(self.scale, 0.5, 4.0, 1.0),
            scroll_px: within(self.scroll_px, 0.0, 100_000.0, 0.0),
            selected: self.selected.clone(),
            selection: self.selection.iter().take(MOST_SELECTED).cloned().collect(),
            lane_zoom: within(self.lane_zoom, LANE_ZOOM.0, LANE_ZOOM.1, 1.0),
            hand: self.hand.as_ref().map(Hand::sane),
            focus: self.focus.clone(),
            mark_in_secs: mark(self.mark_in_secs),
            mark_out_secs: mark(self.mark_out_secs),
            ruler: self.ruler,
            shield: self.shield,
            theme: self.theme,
        }
    }

    /// Device pixels: width, height.
    pub fn size(&self) -> (u32, u32) {
        let side = |v: f64| (v * self.scale).round().max(1.0) as u32;
        (side(self.width_px), side(self.height_px))
    }

    /// CSS pixel position of an instant.
    pub fn x_of(&self, at: Flicks) -> f64 {
        self.x_of_secs(at.0 as f64 / FLICKS_PER_SEC as f64)
    }

    pub(crate) fn x_of_secs(&self, secs: f64) -> f64 {
        GUTTER_PX + (secs - self.start_secs) * self.px_per_sec
    }

    /// The instant under a CSS pixel position.
    pub fn time_at(&self, x: f64) -> Flicks {
        let secs = self.start_secs + (x - GUTTER_PX) / self.px_per_sec;
        Flicks((secs * FLICKS_PER_SEC as f64).round() as i64)
    }
}

/// What moves over a timeline without changing it: cheap to redraw at every frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineCursor {
    /// The instant on the viewer.
    pub playhead: Option<Flicks>,
}
