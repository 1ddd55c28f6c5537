//! Which small pictures of a film stand where in a view of it.

use timebase::{FLICKS_PER_SEC, Flicks};

use crate::scene::SpriteTrack;
use crate::view::{GUTTER_PX, TimelineView};

/// Shots narrower than this on the screen get no picture of their own, CSS pixels: less of a picture tells nothing.
const NARROWEST_PX: f64 = 24.0;
/// Above and below the pictures, CSS pixels.
pub(crate) const INSET_PX: f64 = 4.0;

/// A picture to draw: which small picture, and the part of the track it fills (device pixels).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slot {
    pub tile: usize,
    pub x: f32,
    pub width: f32,
    /// Share of the tile's width that shows, from its middle when less than 1.
    pub share: f32,
}

/// Which small picture stands where: at each shot its own, repeated as often as it fits.
pub(crate) fn slots(
    track: &SpriteTrack,
    shots: &[Flicks],
    duration: Flicks,
    view: &TimelineView,
    track_px: f64,
) -> Vec<Slot> {
    let mut out = Vec::new();
    if track.times.is_empty() || track.tile_height == 0 {
        return out;
    }
    let height = track_px - 2.0 * INSET_PX;
    let full = height * f64::from(track.tile_width) / f64::from(track.tile_height);
    let from = view.time_at(GUTTER_PX);
    let to = view.time_at(view.width_px);
    let whole = [Flicks::ZERO];
    let starts = if shots.is_empty() { &whole[..] } else { shots };
    let strip = Strip {
        starts,
        duration,
        view,
        full,
    };
    // From the beginning of a cell, so that what is half out of view has the picture it has in view.
    let mut at = starts.partition_point(|&s| s <= from).saturating_sub(1);
    if strip.is_narrow(at) {
        let line = strip.cell_of(starts[at]);
        at = starts.partition_point(|&s| s < line);
    }
    while at < starts.len() && starts[at] < to {
        let start = starts[at];
        let x = view.x_of(start);
        if strip.is_narrow(at) {
            let past = strip.end_of_cell(at);
            let right = (x + full).min(strip.x_of(past));
            if right > GUTTER_PX {
                push_slot(&mut out, track, view, (x, right), full, start);
            }
            at = past;
            continue;
        }
        let width = strip.x_of(at + 1) - x;
        // Repeats stand on the shot's own grid, those left of the view are skipped.
        let skip = ((GUTTER_PX - x) / full).floor().max(0.0);
        let mut left = x + skip * full;
        while left < x + width && left < view.width_px {
            let right = (left + full).min(x + width);
            push_slot(
                &mut out,
                track,
                view,
                (left, right),
                full,
                view.time_at(left).max(start),
            );
            left += full;
        }
        at += 1;
    }
    out
}

/// The shots of a film on a view of it.
struct Strip<'a> {
    starts: &'a [Flicks],
    duration: Flicks,
    view: &'a TimelineView,
    /// Width of a whole small picture, CSS pixels.
    full: f64,
}

impl Strip<'_> {
    /// Where a shot begins; of the one past the last, where the film ends.
    fn x_of(&self, at: usize) -> f64 {
        self.view
            .x_of(self.starts.get(at).copied().unwrap_or(self.duration))
    }

    fn is_narrow(&self, at: usize) -> bool {
        self.x_of(at + 1) - self.x_of(at) < NARROWEST_PX
    }

    fn cell_flicks(&self) -> i64 {
        ((self.full / self.view.px_per_sec * FLICKS_PER_SEC as f64) as i64).max(1)
    }

    /// Narrow shots share pictures that stand on a grid of the film's own, so that a pan moves pictures and changes none.
    fn cell_of(&self, time: Flicks) -> Flicks {
        let cell = self.cell_flicks();
        Flicks(time.0.div_euclid(cell) * cell)
    }

    /// The first shot that is not in the cell of the narrow one `at`: it begins in the next, or has a picture of its own.
    fn end_of_cell(&self, at: usize) -> usize {
        let line = Flicks(self.cell_of(self.starts[at]).0.saturating_add(self.cell_flicks()));
        let mut here = at;
        // In steps of the screen, not of shots: of those that begin within one only the last can be wide.
        loop {
            let reach = self
                .view
                .time_at(self.view.x_of(self.starts[here]) + NARROWEST_PX);
            let next = here + self.starts[here..].partition_point(|&s| s < reach).max(1);
            let last = next - 1;
            if last > at && !self.is_narrow(last) {
                return last;
            }
            if next >= self.starts.len() || self.starts[next] >= line {
                return (at + 1).max(self.starts.partition_point(|&s| s < line).min(next));
            }
            here = next;
        }
    }
}

fn push_slot(
    out: &mut Vec<Slot>,
    track: &SpriteTrack,
    view: &TimelineView,
    (left, right): (f64, f64),
    full: f64,
    at: Flicks,
) {
    // The picture whose moment is in or next after this slot's beginning: at a cut the new shot's, never the old one's.
    let tile = track
        .times
        .partition_point(|&t| t < at)
        .min(track.times.len() - 1);
    let x = (left * view.scale).round() as f32;
    // A gap of one CSS pixel tells pictures apart.
    let end = ((right - 1.0) * view.scale).round() as f32;
    if end > x {
        out.push(Slot {
            tile,
            x,
            width: end - x,
            share: ((right - left) / full).min(1.0) as f32,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(times_secs: impl Iterator<Item = i64>) -> SpriteTrack {
        SpriteTrack {
            tile_width: 160,
            tile_height: 90,
            columns: 10,
            rows: 10,
            times: times_secs.map(|s| Flicks::from_millis(s * 1000)).collect(),
            sheets: Vec::new(),
        }
    }

    fn view(start_secs: f64, px_per_sec: f64) -> TimelineView {
        TimelineView {
            start_secs,
            px_per_sec,
            width_px: GUTTER_PX + 1000.0,
            height_px: 300.0,
            ..TimelineView::default()
        }
    }

    #[test]
    fn each_shot_begins_with_its_own_picture() {
        let track = track(0..100);
        let shots = [0, 10_400, 12_000].map(Flicks::from_millis);
        let slots = slots(
            &track,
            &shots,
            Flicks::from_millis(100_000),
            &view(10.0, 100.0),
            56.0,
        );
        let at = |x: f64| {
            slots
                .iter()
                .find(|s| f64::from(s.x) == GUTTER_PX + x)
                .map(|s| s.tile)
        };
        assert_eq!(
            at(40.0),
            Some(11),
            "the first picture that lies inside the new shot"
        );
        assert_eq!(at(200.0), Some(12));
        assert!(
            slots.windows(2).all(|w| w[0].x + w[0].width < w[1].x + 0.5),
            "none overlap"
        );
    }

    #[test]
    fn a_thousand_short_shots_cost_what_the_screen_shows() {
        let track = track(0..4000);
        let shots: Vec<Flicks> = (0..4000).map(|s| Flicks::from_millis(s * 1000)).collect();
        let slots = slots(
            &track,
            &shots,
            Flicks::from_millis(4_000_000),
            &view(0.0, 0.25),
            56.0,
        );
        assert!((11..=14).contains(&slots.len()), "{}", slots.len());
    }

    #[test]
    fn a_pan_over_short_shots_moves_their_pictures_and_changes_none() {
        let track = track(0..10_800);
        // Some long ones between, with pictures of their own.
        let shots: Vec<Flicks> = (0..10_800)
            .filter(|s| s % 500 < 430)
            .map(|s| Flicks::from_millis(s * 1000))
            .collect();
        let end = Flicks::from_millis(10_800_000);
        let seen = |start_secs: f64| {
            let view = view(start_secs, 0.5);
            let slots = slots(&track, &shots, end, &view, 56.0);
            assert!(
                slots.windows(2).all(|w| w[0].x + w[0].width < w[1].x + 0.5),
                "none overlap"
            );
            let inside = |s: &&Slot| f64::from(s.x) > GUTTER_PX && f64::from(s.x + s.width) < view.width_px;
            let place = |s: &Slot| (s.tile, (f64::from(s.x) + start_secs * 0.5).round() as i64);
            slots.iter().filter(inside).map(place).collect::<Vec<_>>()
        };
        let (here, on) = (seen(1000.0), seen(1300.0));
        let common = here.iter().filter(|place| on.contains(place)).count();
        assert!(here.len() > 10, "{here:?}");
        assert!(common + 3 >= here.len(), "{here:?} and {on:?}");
        assert!(
            here.iter().any(|(tile, _)| tile % 500 == 429),
            "the long shot has its own: {here:?}"
        );
    }
}
