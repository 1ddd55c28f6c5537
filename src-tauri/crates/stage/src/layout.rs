//! Where everything on a timeline stands: pure, only what is visible, and cheap however many items there are.

use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks};

use crate::chosen::{Chosen, LaneChosen};
use crate::ruler::{RulerTick, ticks};
use crate::scene::{ItemState, Lane, Row, TimelineScene};
use crate::view::{GUTTER_PX, RULER_PX, TimelineView};

/// Height of a lane with one row of items.
const LANE_PX: f64 = 28.0;
/// From one row to the next inside a lane.
const ROW_PX: f64 = 23.0;
/// Above and below an item.
const ITEM_INSET_PX: f64 = 4.0;
const ITEM_PX: f64 = LANE_PX - 2.0 * ITEM_INSET_PX;
/// Height of the track with the small pictures.
const VIDEO_PX: f64 = 56.0;
/// Where not everything fits, lanes and tracks shrink to this share of their height before they scroll: sound stays in sight on a
/// small screen, and labels can still be read.
const LOWEST: f64 = 0.7;

/// Height per sound channel and the air around them.
const CHANNEL_PX: f64 = 30.0;
const AUDIO_INSET_PX: f64 = 5.0;
/// Items narrower than this are drawn together with their neighbours.
const BUNDLE_PX: f64 = 3.0;
/// Names of the tracks that hold no items.
pub(crate) const VIDEO_LANE: &str = "video";
pub(crate) const AUDIO_LANE: &str = "audio";

/// One lane's place on the picture, CSS pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutLane {
    /// Stable name.
    pub id: String,
    /// Drawn in the gutter.
    pub label: String,
    /// Top edge, scrolling applied; may be above the ruler's lower edge when scrolled away.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// One item's place on the picture, CSS pixels, not clipped to the visible part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutItem {
    /// The proposal; of a bundle its first one.
    pub proposal: String,
    /// Picks the colour.
    pub kind: String,
    /// The lane's stable name.
    pub lane: String,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What is written inside; of a bundle how many there are.
    pub label: String,
    /// The mark.
    pub state: ItemState,
    /// 1, or how many items too narrow to draw apart are bundled here.
    pub count: u32,
    /// Wears the selection ring.
    pub selected: bool,
}

/// The visible part of a timeline, CSS pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineLayout {
    /// Top to bottom.
    pub lanes: Vec<LayoutLane>,
    /// Lane by lane, row by row, left to right.
    pub items: Vec<LayoutItem>,
    /// Left to right.
    pub ruler: Vec<RulerTick>,
    /// Height of ruler and lanes together: more than the view means it scrolls.
    pub content_height: f64,
    /// Where time begins.
    pub gutter_width: f64,
    /// Height of the ruler.
    pub ruler_height: f64,
}

impl TimelineLayout {
    /// The item under a point, the selected and then the later drawn first.
    pub fn hit(&self, x: f64, y: f64) -> Option<&LayoutItem> {
        if x < GUTTER_PX || y < RULER_PX {
            return None;
        }
        let inside = |i: &&LayoutItem| x >= i.x && x < i.x + i.width && y >= i.y && y < i.y + i.height;
        self.items.iter().filter(inside).max_by_key(|i| i.selected)
    }
}

/// An item's place without copies of its texts: what the renderer uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub lane: u32,
    /// Index of the (first) item in its lane.
    pub item: u32,
    pub count: u32,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub state: ItemState,
    /// How many of each state are here.
    pub counts: [u32; 4],
    pub selected: bool,
}

/// A lane or track's vertical place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    pub y: f64,
    pub height: f64,
}

/// Vertical places of the lanes, then of the video and the audio track where the scene has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bands {
    pub lanes: Vec<Band>,
    pub video: Option<Band>,
    pub audio: Option<Band>,
    pub content_height: f64,
    /// How tall everything is against the usual.
    pub tall: f64,
}

impl Bands {
    /// Height of an item.
    pub fn item_height(&self) -> f64 {
        ITEM_PX * self.tall
    }
}

pub(crate) fn bands(scene: &TimelineScene, view: &TimelineView) -> Bands {
    let audio_px = scene
        .waveform
        .as_ref()
        .map(|wave| 2.0 * AUDIO_INSET_PX + CHANNEL_PX * wave.shown_channels().max(1) as f64);
    let video_px = scene.sprites.as_ref().map(|_sprites| VIDEO_PX);
    let usual: f64 = scene.lanes.iter().map(|lane| lane_height(lane)).sum::<f64>()
        + video_px.unwrap_or_default()
        + audio_px.unwrap_or_default();
    let fits = (view.height_px - RULER_PX) / (usual * view.lane_zoom).max(1.0);
    let tall = view.lane_zoom * fits.clamp(LOWEST, 1.0);
    let mut y = RULER_PX - view.scroll_px;
    let mut take = |usual: f64| {
        // Whole pixels, so that lines stay sharp.
        let height = (usual * tall).round();
        let band = Band { y, height };
        y += height;
        band
    };
    let lanes = scene.lanes.iter().map(|lane| take(lane_height(lane))).collect();
    let video = video_px.map(&mut take);
    let audio = audio_px.map(&mut take);
    Bands {
        lanes,
        video,
        audio,
        content_height: y + view.scroll_px,
        tall,
    }
}

fn lane_height(lane: &Lane) -> f64 {
    LANE_PX + ROW_PX * lane.rows.len().saturating_sub(1) as f64
}

/// The part of the audio band that waves fill.
pub(crate) fn audio_inner(band: Band) -> Band {
    Band {
        y: band.y + AUDIO_INSET_PX,
        height: band.height - 2.0 * AUDIO_INSET_PX,
    }
}

/// Items that show, in drawing order except that the selected one is flagged, not moved.
pub(crate) fn place(scene: &TimelineScene, view: &TimelineView, bands: &Bands, out: &mut Vec<Placed>) {
    out.clear();
    let chosen = Chosen::of(scene, view);
    // One bundle of air on both sides, so that borders cut by the edge are drawn too.
    let from = view.time_at(GUTTER_PX - BUNDLE_PX);
    let to = view.time_at(view.width_px + BUNDLE_PX);
    for (lane_at, (lane, band)) in scene.lanes.iter().zip(&bands.lanes).enumerate() {
        if band.y + band.height < RULER_PX || band.y > view.height_px {
            continue;
        }
        let chosen = chosen.in_lane(lane_at as u32);
        let (inset, step) = (ITEM_INSET_PX * bands.tall, ROW_PX * bands.tall);
        let height = bands.item_height();
        for (row_at, row) in lane.rows.iter().enumerate() {
            let y = band.y + inset + step * row_at as f64;
            // A row of air on both sides, so that borders cut by the edge are drawn too.
            if y + height + step < RULER_PX || y - step > view.height_px {
                continue;
            }
            let row = RowPlace {
                lane,
                row,
                lane_at: lane_at as u32,
                y,
                height,
                chosen,
            };
            row.place(view, from, to, out);
        }
    }
}

struct RowPlace<'a> {
    lane: &'a Lane,
    row: &'a Row,
    lane_at: u32,
    y: f64,
    height: f64,
    chosen: LaneChosen<'a>,
}

impl RowPlace<'_> {
    fn place(&self, view: &TimelineView, from: Flicks, to: Flicks, out: &mut Vec<Placed>) {
        let row = self.row;
        let bundle_flicks = (BUNDLE_PX / view.px_per_sec * FLICKS_PER_SEC as f64) as i64;
        let narrow = |at: usize| row.ends[at] - row.starts[at] < bundle_flicks;
        let mut at = row.reach.partition_point(|&end| end <= from.0);
        while at < row.starts.len() && row.starts[at] < to.0 {
            // Everything that starts in this cell goes into one bundle. Beside a narrow item a wide one, which may only be
            // the last, can be told apart; wide ones that begin together lie over each other, in the row that deep
            // overlaps share.
            let cell_end = row.starts[at] + bundle_flicks;
            let mut next = at + 1 + row.starts[at + 1..].partition_point(|&start| start < cell_end);
            if narrow(at) && next - 1 > at && !narrow(next - 1) {
                next -= 1;
            }
            out.push(self.placed(view, at, next));
            at = next;
        }
    }

    fn placed(&self, view: &TimelineView, from: usize, to: usize) -> Placed {
        let row = self.row;
        let first = row.items[from];
        let x = view.x_of(Flicks(row.starts[from]));
        // In the row that deep overlaps share a later item may end before an earlier one.
        let last = row.ends[from..to].iter().copied().max().unwrap_or(row.ends[from]);
        let end = view.x_of(Flicks(last));
        let chosen_here = self.chosen.among(row, from, to);
        let counts = row.counts(from, to);
        let state = if to - from == 1 {
            self.lane.items[first as usize].state
        } else {
            ItemState::of_bundle(counts)
        };
        Placed {
            lane: self.lane_at,
            item: chosen_here.unwrap_or(first),
            count: (to - from) as u32,
            x,
            y: self.y,
            width: (end - x).max(BUNDLE_PX),
            height: self.height,
            state,
            counts,
            selected: chosen_here.is_some(),
        }
    }
}

/// Where everything visible stands. Cost follows what is on the screen, not the length of the lanes.
pub fn layout(scene: &TimelineScene, view: &TimelineView) -> TimelineLayout {
    let view = view.sane();
    let bands = bands(scene, &view);
    let mut placed = Vec::new();
    place(scene, &view, &bands, &mut placed);
    let items = placed.iter().map(|p| to_layout_item(scene, p)).collect();
    let lane = |id: &str, label: &str, band: Band| LayoutLane {
        id: id.to_owned(),
        label: label.to_owned(),
        y: band.y,
        height: band.height,
    };
    let mut lanes: Vec<LayoutLane> = scene
        .lanes
        .iter()
        .zip(&bands.lanes)
        .map(|(l, &band)| lane(&l.id, &l.label, band))
        .collect();
    lanes.extend(bands.video.map(|band| lane(VIDEO_LANE, "V1", band)));
    lanes.extend(
        bands
            .audio
            .map(|band| lane(AUDIO_LANE, &audio_label(scene), band)),
    );
    TimelineLayout {
        lanes,
        items,
        ruler: ticks(scene.ruler, &view),
        content_height: bands.content_height,
        gutter_width: GUTTER_PX,
        ruler_height: RULER_PX,
    }
}

pub(crate) fn audio_label(scene: &TimelineScene) -> String {
    let channels = scene.waveform.as_ref().map_or(0, |w| w.shown_channels());
    (1..=channels.max(1))
        .map(|n| format!("A{n}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn to_layout_item(scene: &TimelineScene, placed: &Placed) -> LayoutItem {
    let lane = &scene.lanes[placed.lane as usize];
    let item = &lane.items[placed.item as usize];
    LayoutItem {
        proposal: item.proposal.clone(),
        kind: item.kind.clone(),
        lane: lane.id.clone(),
        x: placed.x,
        y: placed.y,
        width: placed.width,
        height: placed.height,
        label: if placed.count == 1 {
            item.label.clone()
        } else {
            placed.count.to_string()
        },
        state: placed.state,
        count: placed.count,
        selected: placed.selected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Item, LaneParts, RulerBase, TimelineParts};

    fn scene(spans: &[(f64, f64, ItemState)]) -> TimelineScene {
        let secs = |s: f64| Flicks((s * FLICKS_PER_SEC as f64) as i64);
        let items = spans
            .iter()
            .enumerate()
            .map(|(n, &(start, end, state))| Item {
                proposal: format!("p{n}"),
                kind: "faces".into(),
                start: secs(start),
                end: secs(end),
                state,
                label: format!("n{n}"),
            })
            .collect();
        TimelineScene::new(TimelineParts {
            asset: "a".into(),
            duration: secs(3600.0),
            ruler: RulerBase::Time,
            lanes: vec![LaneParts {
                id: "faces".into(),
                label: "Faces".into(),
                items,
            }],
            shots: Vec::new(),
            markers: Vec::new(),
            comments: Vec::new(),
            flagged: Vec::new(),
            sprites: None,
            waveform: None,
        })
    }

    fn view(start_secs: f64, px_per_sec: f64) -> TimelineView {
        TimelineView {
            asset: "a".into(),
            start_secs,
            px_per_sec,
            width_px: GUTTER_PX + 1000.0,
            height_px: 200.0,
            ..TimelineView::default()
        }
    }

    #[test]
    fn only_what_shows_is_laid_out_and_hit() {
        use ItemState::Open;
        let scene = scene(&[
            (0.0, 2.0, Open),
            (10.0, 12.0, Open),
            (19.1, 25.0, Open),
            (100.0, 101.0, Open),
        ]);
        let layout = layout(&scene, &view(9.0, 100.0));
        let seen: Vec<&str> = layout.items.iter().map(|i| i.proposal.as_str()).collect();
        assert_eq!(seen, ["p1"], "p2 starts right of the view");
        let item = &layout.items[0];
        assert_eq!((item.x, item.width), (GUTTER_PX + 100.0, 200.0));
        assert_eq!(
            layout
                .hit(GUTTER_PX + 150.0, item.y + 1.0)
                .map(|i| i.proposal.as_str()),
            Some("p1")
        );
        assert_eq!(layout.hit(GUTTER_PX + 99.0, item.y + 1.0), None);
        assert_eq!(
            layout.hit(item.x + 1.0, RULER_PX - 1.0),
            None,
            "the ruler is not an item"
        );
    }

    #[test]
    fn a_long_item_that_began_before_the_view_shows() {
        let scene = scene(&[(0.0, 1000.0, ItemState::Open), (2.0, 3.0, ItemState::Open)]);
        let layout = layout(&scene, &view(500.0, 10.0));
        assert_eq!(layout.items.len(), 1);
        assert!(layout.items[0].x < 0.0);
    }

    #[test]
    fn narrow_neighbours_become_one_bundle_in_the_most_urgent_state() {
        use ItemState::{Circled, Conflict, Open, Rejected};
        let scene = scene(&[
            (1.0, 1.01, Circled),
            (1.01, 1.02, Conflict),
            (1.02, 1.03, Rejected),
            (1.5, 1.6, Open),
        ]);
        let mut v = view(0.0, 100.0);
        v.selected = Some("p2".into());
        let layout = layout(&scene, &v);
        assert_eq!(layout.items.len(), 2);
        assert_eq!((layout.items[0].count, layout.items[0].state), (3, Conflict));
        assert!(layout.items[0].selected && layout.items[0].proposal == "p2");
        assert_eq!(layout.items[0].label, "3");
        assert_eq!(layout.items[1].count, 1);
    }

    #[test]
    fn a_hundred_thousand_items_cost_what_the_screen_shows() {
        let spans: Vec<_> = (0..100_000)
            .map(|n| (f64::from(n), f64::from(n) + 0.9, ItemState::Open))
            .collect();
        let scene = scene(&spans);
        let near = layout(&scene, &view(50_000.0, 50.0));
        assert!(near.items.len() <= 22, "{}", near.items.len());
        let far = layout(&scene, &view(0.0, 0.01));
        assert!(far.items.len() <= 1000 / 3 + 2, "{}", far.items.len());
        let bundled: u32 = far.items.iter().map(|i| i.count).sum();
        assert!(
            bundled >= 99_000,
            "nothing that is in view is left out ({bundled})"
        );
    }

    #[test]
    fn ten_thousand_items_over_each_other_cost_what_the_screen_shows() {
        let spans: Vec<_> = (0..10_000)
            .map(|n| (f64::from(n) * 0.005, f64::from(n) * 0.005 + 0.9, ItemState::Open))
            .collect();
        let scene = scene(&spans);
        let whole = layout(&scene, &view(0.0, 20.0));
        assert!(whole.items.len() < 1000, "{}", whole.items.len());
        let bundled: u32 = whole.items.iter().map(|i| i.count).sum();
        assert_eq!(bundled, 10_000, "nothing that is in view is left out");
        let mut low = view(0.0, 20.0);
        low.height_px = RULER_PX + 10.0;
        let low = layout(&scene, &low);
        assert!(
            low.items.len() < whole.items.len(),
            "rows below the view are left out"
        );
    }

    #[test]
    fn a_long_item_among_short_ones_over_it_keeps_its_length() {
        use ItemState::Open;
        let scene = scene(&[
            (0.0, 600.0, Open),
            (0.0, 600.0, Open),
            (0.0, 600.0, Open),
            (1.0, 5.0, Open),
        ]);
        for (start_secs, sees) in [(0.0, GUTTER_PX), (100.0, GUTTER_PX - 200.0)] {
            let layout = layout(&scene, &view(start_secs, 2.0));
            let long = layout
                .items
                .iter()
                .filter(|item| item.x == sees && item.width == 1200.0);
            assert_eq!(long.count(), 3, "from {start_secs} s: {:?}", layout.items);
        }
    }

    #[test]
    fn scrolled_lanes_keep_under_the_ruler_and_content_height_stays() {
        let scene = scene(&[(0.0, 2.0, ItemState::Open)]);
        let mut v = view(0.0, 100.0);
        let still = layout(&scene, &v);
        v.scroll_px = 10.0;
        let scrolled = layout(&scene, &v);
        assert_eq!(still.content_height, scrolled.content_height);
        assert_eq!(still.lanes[0].y - 10.0, scrolled.lanes[0].y);
    }

    #[test]
    fn lanes_are_lower_where_they_do_not_fit_and_as_tall_as_asked() {
        let scene = scene(&[(0.0, 2.0, ItemState::Open)]);
        let height = |height_px: f64, lane_zoom: f64| {
            let mut v = view(0.0, 100.0);
            (v.height_px, v.lane_zoom) = (height_px, lane_zoom);
            let layout = layout(&scene, &v);
            assert!(layout.items[0].y + layout.items[0].height <= layout.lanes[0].y + layout.lanes[0].height);
            (layout.lanes[0].height, layout.content_height <= height_px)
        };
        assert_eq!(height(200.0, 1.0), (LANE_PX, true));
        assert_eq!(height(RULER_PX + 23.0, 1.0), (23.0, true));
        assert_eq!(height(RULER_PX + 4.0, 1.0), ((LANE_PX * LOWEST).round(), false));
        assert_eq!(height(400.0, 2.0), (2.0 * LANE_PX, true));
    }

    #[test]
    fn everything_selected_is_flagged_also_inside_bundles() {
        use ItemState::Open;
        let spans: Vec<_> = (0..2000)
            .map(|n| (f64::from(n), f64::from(n) + 0.9, Open))
            .chain([(0.0, 400.0, Open), (0.5, 0.6, Open)])
            .collect();
        let scene = scene(&spans);
        let mut v = view(0.0, 0.5);
        v.selected = Some("p1000".into());
        v.selection = ["p3", "p998", "p1000", "p2000", "p2001", "gone"]
            .map(str::to_owned)
            .to_vec();
        let far = layout(&scene, &v);
        let chosen: Vec<&str> = far
            .items
            .iter()
            .filter(|i| i.selected)
            .map(|i| i.proposal.as_str())
            .collect();
        assert_eq!(
            chosen,
            ["p3", "p1000", "p2000", "p2001"],
            "of one bundle the one looked at"
        );
        v.px_per_sec = 50.0;
        v.start_secs = 990.0;
        let near = layout(&scene, &v);
        assert_eq!(near.items.iter().filter(|i| i.selected).count(), 2);
    }

    #[test]
    fn numbers_from_a_page_cannot_break_it() {
        let scene = scene(&[(0.0, 2.0, ItemState::Open)]);
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            let mut v = view(bad, bad);
            v.width_px = bad;
            v.height_px = bad;
            v.scale = bad;
            v.scroll_px = bad;
            let layout = layout(&scene, &v);
            assert!(layout.content_height.is_finite() && layout.ruler.len() < 2000);
        }
    }
}
