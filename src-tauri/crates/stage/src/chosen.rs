//! What of a timeline is selected.

use crate::scene::{Row, TimelineScene};
use crate::view::TimelineView;

/// What is selected, ready to be asked for stretches of a row: a row may hold any number of items, the selection is small.
pub(crate) struct Chosen {
    /// Lane, start, item; in that order. The one looked at is named apart.
    all: Vec<(u32, i64, u32)>,
    current: Option<(usize, usize)>,
}

impl Chosen {
    pub fn of(scene: &TimelineScene, view: &TimelineView) -> Self {
        let current = view.selected.as_deref().and_then(|id| scene.place_of(id));
        let named = view.selection.iter().filter_map(|id| scene.place_of(id));
        let mut all: Vec<_> = named
            .chain(current)
            .map(|(lane, item)| {
                let start = scene.lanes[lane].items[item].start.0;
                (lane as u32, start, item as u32)
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        Self { all, current }
    }

    pub fn in_lane(&self, lane: u32) -> LaneChosen<'_> {
        let from = self.all.partition_point(|&(l, ..)| l < lane);
        let to = self.all.partition_point(|&(l, ..)| l <= lane);
        LaneChosen {
            all: &self.all[from..to],
            current: self
                .current
                .filter(|&(l, _)| l == lane as usize)
                .map(|(_, item)| item as u32),
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct LaneChosen<'a> {
    all: &'a [(u32, i64, u32)],
    current: Option<u32>,
}

impl LaneChosen<'_> {
    /// The selected item among those of a row from `from` to `to`; the one looked at first.
    pub fn among(self, row: &Row, from: usize, to: usize) -> Option<u32> {
        let starts = &row.starts[from..to];
        let (first, last) = (*starts.first()?, *starts.last()?);
        let low = self.all.partition_point(|&(_, start, _)| start < first);
        let mut found = None;
        for &(_, start, item) in self.all[low..].iter().take_while(|&&(_, start, _)| start <= last) {
            let at = from + starts.partition_point(|&s| s < start);
            let here = (at..to)
                .take_while(|&at| row.starts[at] == start)
                .any(|at| row.items[at] == item);
            if here && self.current == Some(item) {
                return Some(item);
            }
            found = found.or(here.then_some(item));
        }
        found
    }
}
