//! What a timeline shows, as plain data, and the index that makes it cheap to look up.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use timebase::{FlickRange, Flicks, Timecode};

use crate::loader::Sheet;
use crate::waveform::Waveform;

/// Rows a lane may grow to when its items overlap in time; further overlaps share the last row.
pub const MAX_ROWS: usize = 3;

/// Where an item stands. The four marks follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Undecided: dashed.
    #[default]
    Open,
    /// Accepted: solid, with the pencil's circle.
    Circled,
    /// Turned down: struck and faded.
    Rejected,
    /// Two people differ: split.
    Conflict,
}

impl ItemState {
    pub(crate) const fn slot(self) -> usize {
        match self {
            Self::Open => 0,
            Self::Circled => 1,
            Self::Rejected => 2,
            Self::Conflict => 3,
        }
    }

    /// The state a bundle of items too narrow to draw apart is shown in: what asks for attention most wins.
    pub(crate) fn of_bundle(counts: [u32; 4]) -> Self {
        match counts {
            [_, _, _, conflicts] if conflicts > 0 => Self::Conflict,
            [open, _, _, _] if open > 0 => Self::Open,
            [_, circled, _, _] if circled > 0 => Self::Circled,
            _ => Self::Rejected,
        }
    }
}

/// One proposal or fact on a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The proposal's id as text.
    pub proposal: String,
    /// `shots`, `faces`, …: picks the colour.
    pub kind: String,
    /// First instant.
    pub start: Flicks,
    /// First instant after.
    pub end: Flicks,
    /// Its mark.
    pub state: ItemState,
    /// Drawn inside when there is room.
    pub label: String,
}

/// One lane of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaneParts {
    /// Stable name, for example the kind.
    pub id: String,
    /// Drawn in the gutter.
    pub label: String,
    /// In any order.
    pub items: Vec<Item>,
}

/// What the ruler counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulerBase {
    /// Source timecode at a constant rate; the label of frame 0.
    Timecode(Timecode),
    /// Time since the first frame, for material of variable rate or without pictures.
    Time,
}

/// The small pictures of the video track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpriteTrack {
    /// Width of one small picture in pixels.
    pub tile_width: u32,
    /// Height of one small picture in pixels.
    pub tile_height: u32,
    /// Small pictures beside each other on a sheet.
    pub columns: u32,
    /// Rows on a sheet.
    pub rows: u32,
    /// When the frame of each small picture starts, ascending.
    pub times: Vec<Flicks>,
    /// The sheets in order. Not part of the serialised form: they are files.
    #[serde(skip)]
    pub sheets: Vec<Arc<Sheet>>,
}

/// A person's note on a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneMarker {
    /// The marker's id as text.
    pub id: String,
    /// First instant.
    pub start: Flicks,
    /// First instant after.
    pub end: Flicks,
    /// Its note, may be empty.
    pub label: String,
}

/// What somebody says about a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneComment {
    /// The thread's id as text.
    pub id: String,
    /// First instant.
    pub start: Flicks,
    /// First instant after.
    pub end: Flicks,
    /// Whether it is settled.
    pub resolved: bool,
}

/// Everything a timeline of one asset shows, as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineParts {
    /// The asset's id as text.
    pub asset: String,
    /// From the first frame's start to the last one's end.
    pub duration: Flicks,
    /// What the ruler counts.
    pub ruler: RulerBase,
    /// Top to bottom.
    pub lanes: Vec<LaneParts>,
    /// Where shots begin, ascending: the video track shows a new picture at each. May be empty.
    pub shots: Vec<Flicks>,
    /// People's markers, in any order.
    #[serde(default)]
    pub markers: Vec<SceneMarker>,
    /// What people say about moments, in any order.
    #[serde(default)]
    pub comments: Vec<SceneComment>,
    /// Moments that not everybody should have to see, in any order.
    #[serde(default)]
    pub flagged: Vec<FlickRange>,
    /// Small pictures, when the asset has them.
    pub sprites: Option<SpriteTrack>,
    /// Sound, when the asset has any.
    pub waveform: Option<Waveform>,
}

/// What changed in a scene since it was built, all that may lie over it included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneChange {
    /// Items as they are now.
    pub items: Vec<Item>,
    /// All markers, in any order.
    pub markers: Vec<SceneMarker>,
    /// All comments, in any order.
    pub comments: Vec<SceneComment>,
    /// All moments that not everybody should have to see, in any order.
    pub flagged: Vec<FlickRange>,
}

/// A row of items that (up to [`MAX_ROWS`] deep overlaps) do not touch in time, ready for binary search.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Ascending.
    pub starts: Vec<i64>,
    pub ends: Vec<i64>,
    /// The furthest end up to and including this one, ascending whatever overlaps.
    pub reach: Vec<i64>,
    /// Index in the lane's items.
    pub items: Vec<u32>,
    /// How many of each state stand before this one; one longer than the others.
    pub before: Vec<[u32; 4]>,
}

impl Row {
    fn build(lane: &[Arc<Item>], items: Vec<u32>) -> Self {
        let item = |&at: &u32| &lane[at as usize];
        let starts = items.iter().map(|at| item(at).start.0).collect();
        let ends: Vec<i64> = items.iter().map(|at| item(at).end.0).collect();
        let reach = ends
            .iter()
            .scan(i64::MIN, |far, &end| {
                *far = (*far).max(end);
                Some(*far)
            })
            .collect();
        let mut row = Self {
            starts,
            ends,
            reach,
            before: Vec::new(),
            items,
        };
        row.count(lane);
        row
    }

    fn count(&mut self, lane: &[Arc<Item>]) {
        self.before.clear();
        let mut sum = [0u32; 4];
        self.before.push(sum);
        for &at in &self.items {
            sum[lane[at as usize].state.slot()] += 1;
            self.before.push(sum);
        }
    }

    /// How many of each state are in `from..to`.
    pub fn counts(&self, from: usize, to: usize) -> [u32; 4] {
        let (a, b) = (self.before[from], self.before[to]);
        [b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3]]
    }
}

/// A lane with its rows.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub id: String,
    pub label: String,
    pub items: Vec<Arc<Item>>,
    pub rows: Vec<Row>,
}

/// The same moments in order, each once.
fn merged(mut ranges: Vec<FlickRange>) -> Vec<FlickRange> {
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<FlickRange> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// An indexed timeline: made once from its parts, shared, drawn many times.
#[derive(Clone, Debug)]
pub struct TimelineScene {
    pub(crate) asset: String,
    pub(crate) duration: Flicks,
    pub(crate) ruler: RulerBase,
    pub(crate) lanes: Vec<Arc<Lane>>,
    pub(crate) shots: Vec<Flicks>,
    pub(crate) markers: Vec<SceneMarker>,
    pub(crate) comments: Vec<SceneComment>,
    /// In order, none touching another.
    flagged: Vec<FlickRange>,
    pub(crate) sprites: Option<Arc<SpriteTrack>>,
    pub(crate) waveform: Option<Arc<Waveform>>,
    places: Arc<HashMap<String, (u32, u32)>>,
    revision: u64,
}

impl TimelineScene {
    /// Sorts and indexes the parts, O(n log n).
    pub fn new(parts: TimelineParts) -> Self {
        let lanes: Vec<Arc<Lane>> = parts
            .lanes
            .into_iter()
            .map(|lane| {
                let items = lane.items.into_iter().map(Arc::new).collect();
                Arc::new(index_lane(lane.id, lane.label, items))
            })
            .collect();
        let mut places = HashMap::new();
        for (lane_at, lane) in lanes.iter().enumerate() {
            for (at, item) in lane.items.iter().enumerate() {
                places.insert(item.proposal.clone(), (lane_at as u32, at as u32));
            }
        }
        let markers = in_order(parts.markers);
        Self {
            asset: parts.asset,
            duration: parts.duration,
            ruler: parts.ruler,
            lanes,
            shots: parts.shots,
            markers,
            comments: said_in_order(parts.comments),
            flagged: merged(parts.flagged),
            sprites: parts.sprites.map(Arc::new),
            waveform: parts.waveform.map(Arc::new),
            places: Arc::new(places),
            revision: next_revision(),
        }
    }

    /// Whether a moment is flagged.
    pub(crate) fn is_flagged(&self, at: Flicks) -> bool {
        let before = self.flagged.partition_point(|range| range.start <= at);
        before > 0 && at < self.flagged[before - 1].end
    }

    /// The asset shown.
    pub fn asset(&self) -> &str {
        &self.asset
    }

    /// Length of the asset.
    pub fn duration(&self) -> Flicks {
        self.duration
    }

    /// People's markers in the order of time.
    pub fn markers(&self) -> &[SceneMarker] {
        &self.markers
    }

    /// What people say, in the order of time.
    pub fn comments(&self) -> &[SceneComment] {
        &self.comments
    }

    /// The item of a proposal.
    pub fn item(&self, proposal: &str) -> Option<&Item> {
        let &(lane, at) = self.places.get(proposal)?;
        self.lanes
            .get(lane as usize)?
            .items
            .get(at as usize)
            .map(Arc::as_ref)
    }

    /// The scene with what changed in it; what did not is shared with this one. Nothing when there is an item that this one has not, or
    /// that went to another lane: where it stands has to be found out anew.
    pub fn with(&self, change: SceneChange) -> Option<Self> {
        let mut lanes = self.lanes.clone();
        let mut moved = vec![false; lanes.len()];
        let mut touched = vec![false; lanes.len()];
        for item in change.items {
            let &(lane_at, at) = self.places.get(&item.proposal)?;
            let (lane_at, at) = (lane_at as usize, at as usize);
            let lane = Arc::make_mut(lanes.get_mut(lane_at)?);
            let before = lane.items.get_mut(at).filter(|before| before.kind == item.kind)?;
            moved[lane_at] |= (before.start, before.end) != (item.start, item.end);
            touched[lane_at] = true;
            *before = Arc::new(item);
        }
        for (lane, (moved, touched)) in lanes.iter_mut().zip(moved.into_iter().zip(touched)) {
            let lane = if touched { Arc::make_mut(lane) } else { continue };
            if moved {
                *lane = index_lane(
                    std::mem::take(&mut lane.id),
                    std::mem::take(&mut lane.label),
                    std::mem::take(&mut lane.items),
                );
            } else {
                lane.rows.iter_mut().for_each(|row| row.count(&lane.items));
            }
        }
        Some(Self {
            lanes,
            markers: in_order(change.markers),
            comments: said_in_order(change.comments),
            flagged: merged(change.flagged),
            revision: next_revision(),
            ..self.clone()
        })
    }

    /// Says anew where shots begin, ascending.
    pub fn set_shots(&mut self, shots: Vec<Flicks>) {
        self.shots = shots;
    }

    /// Where the items of a lane begin, in the order of time.
    pub fn starts(&self, lane: &str) -> Vec<Flicks> {
        let items = self
            .lanes
            .iter()
            .filter(|found| found.id == lane)
            .flat_map(|found| &found.items);
        let mut starts: Vec<Flicks> = items.map(|item| item.start).collect();
        starts.sort_unstable();
        starts
    }

    /// Differs whenever anything shown may differ.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn place_of(&self, proposal: &str) -> Option<(usize, usize)> {
        self.places
            .get(proposal)
            .map(|&(lane, at)| (lane as usize, at as usize))
    }
}

fn next_revision() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn in_order(mut markers: Vec<SceneMarker>) -> Vec<SceneMarker> {
    markers.sort_by_key(|marker| (marker.start, marker.end));
    markers
}

fn said_in_order(mut comments: Vec<SceneComment>) -> Vec<SceneComment> {
    comments.sort_by_key(|comment| (comment.start, comment.end));
    comments
}

fn index_lane(id: String, label: String, items: Vec<Arc<Item>>) -> Lane {
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    order.sort_by_key(|&at| {
        let item = &items[at as usize];
        (item.start, item.end)
    });
    let mut free_at: Vec<Flicks> = Vec::new();
    let mut rows: Vec<Vec<u32>> = Vec::new();
    for at in order {
        let item = &items[at as usize];
        let row = match free_at.iter().position(|&free| free <= item.start) {
            Some(row) => row,
            None if rows.len() < MAX_ROWS => {
                rows.push(Vec::new());
                free_at.push(Flicks(i64::MIN));
                rows.len() - 1
            }
            None => MAX_ROWS - 1,
        };
        rows[row].push(at);
        free_at[row] = free_at[row].max(item.end);
    }
    let rows = rows.into_iter().map(|row| Row::build(&items, row)).collect();
    Lane {
        id,
        label,
        items,
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, start: i64, end: i64) -> Item {
        Item {
            proposal: id.into(),
            kind: "faces".into(),
            start: Flicks(start),
            end: Flicks(end),
            state: ItemState::Open,
            label: id.into(),
        }
    }

    fn scene(items: Vec<Item>) -> TimelineScene {
        TimelineScene::new(TimelineParts {
            asset: "a".into(),
            duration: Flicks(1000),
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

    #[test]
    fn moments_are_flagged_from_their_start_up_to_their_end() {
        let range = |start, end| FlickRange::new(Flicks(start), Flicks(end));
        let scene = TimelineScene {
            flagged: merged(vec![range(50, 60), range(10, 20), range(15, 30), range(30, 31)]),
            ..scene(Vec::new())
        };
        assert_eq!(scene.flagged, [range(10, 31), range(50, 60)]);
        for (at, is_flagged) in [
            (9, false),
            (10, true),
            (30, true),
            (31, false),
            (59, true),
            (60, false),
        ] {
            assert_eq!(scene.is_flagged(Flicks(at)), is_flagged, "{at}");
        }
    }

    #[test]
    fn overlaps_get_rows_of_their_own_up_to_the_limit() {
        let scene = scene(vec![
            item("d", 12, 40),
            item("a", 0, 10),
            item("b", 5, 15),
            item("c", 6, 16),
            item("e", 7, 9),
            item("f", 10, 12),
        ]);
        let rows: Vec<Vec<&str>> = scene.lanes[0]
            .rows
            .iter()
            .map(|r| {
                r.items
                    .iter()
                    .map(|&at| scene.lanes[0].items[at as usize].label.as_str())
                    .collect()
            })
            .collect();
        assert_eq!(rows, [vec!["a", "f", "d"], vec!["b"], vec!["c", "e"]]);
        assert_eq!(
            scene.lanes[0].rows[2].reach,
            [16, 16],
            "a short item under a long one keeps the long reach"
        );
    }

    #[test]
    fn what_changed_is_shown_and_what_did_not_is_shared() {
        let before = scene(vec![item("a", 0, 10), item("b", 10, 20), item("c", 20, 30)]);
        let change = |items: Vec<Item>| SceneChange {
            items,
            ..SceneChange::default()
        };
        let circled = Item {
            state: ItemState::Circled,
            ..item("b", 10, 20)
        };
        let after = before.with(change(vec![circled])).unwrap();
        assert_ne!(after.revision(), before.revision());
        assert_eq!(after.lanes[0].rows[0].counts(0, 3), [2, 1, 0, 0]);
        assert_eq!(
            before.lanes[0].rows[0].counts(0, 3),
            [3, 0, 0, 0],
            "it is a scene of its own"
        );
        assert!(Arc::ptr_eq(&after.lanes[0].items[0], &before.lanes[0].items[0]));
        // A trim may need another row, and begins elsewhere.
        let trimmed = before.with(change(vec![item("b", 5, 25)])).unwrap();
        assert_eq!(trimmed.lanes[0].rows.len(), 2);
        assert_eq!(trimmed.starts("faces"), [Flicks(0), Flicks(5), Flicks(20)]);
        assert!(before.with(change(vec![item("nobody", 0, 1)])).is_none());
        let elsewhere = Item {
            kind: "shots".into(),
            ..item("b", 10, 20)
        };
        assert!(before.with(change(vec![elsewhere])).is_none());
    }
}
