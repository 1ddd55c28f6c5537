//! What moves over a timeline: the marks and the playhead.

use crate::quads::{Quad, Style};
use crate::theme::Palette;
use crate::view::{GUTTER_PX, RULER_PX, TimelineCursor, TimelineView};

/// The range between the marks, their brackets, and the playhead.
pub(crate) fn cursor_quads(view: &TimelineView, cursor: &TimelineCursor, palette: &Palette) -> Vec<Quad> {
    let px = |css: f64| (css * view.scale).round() as f32;
    let (left, right) = (px(GUTTER_PX), px(view.width_px));
    let height = px(view.height_px);
    let mut quads = Vec::new();
    let at = |secs: Option<f64>| secs.map(|secs| px(view.x_of_secs(secs)));
    let (mark_in, mark_out) = (at(view.mark_in_secs), at(view.mark_out_secs));
    if mark_in.is_some() || mark_out.is_some() {
        let from = mark_in.unwrap_or(left).max(left);
        let to = mark_out.unwrap_or(right).min(right);
        if to > from {
            quads.push(Quad::fill(from, 0.0, to - from, height, palette.marked));
        }
    }
    let (post, foot) = (px(2.0).max(1.0), px(6.0));
    for (x, inward) in [(mark_in, 1.0), (mark_out, -1.0)] {
        let Some(x) = x.filter(|&x| x >= left && x <= right) else {
            continue;
        };
        // A bracket that opens towards what is kept.
        let post_x = if inward > 0.0 { x } else { x - post };
        let foot_x = if inward > 0.0 { x } else { x - foot };
        quads.push(Quad::fill(
            post_x,
            px(3.0),
            post,
            px(RULER_PX - 6.0),
            palette.text,
        ));
        for y in [px(3.0), px(RULER_PX - 3.0) - post] {
            quads.push(Quad::fill(foot_x, y, foot, post, palette.text));
        }
    }
    if let Some(x) = playhead_x(view, cursor) {
        quads.extend(playhead_quads(x, view, height, palette));
    }
    quads
}

/// Where the playhead stands, device pixels, when it is in view.
pub(crate) fn playhead_x(view: &TimelineView, cursor: &TimelineCursor) -> Option<f32> {
    let px = |css: f64| (css * view.scale).round() as f32;
    let x = px(view.x_of(cursor.playhead?));
    (x >= px(GUTTER_PX) && x <= px(view.width_px)).then_some(x)
}

/// How far the playhead reaches to either side, device pixels, with room to spare.
pub(crate) fn playhead_reach(scale: f64) -> u32 {
    (10.0 * scale).ceil() as u32
}

/// The playhead's line and head at `x`, in device pixels.
pub(crate) fn playhead_quads(x: f32, view: &TimelineView, height: f32, palette: &Palette) -> [Quad; 2] {
    let px = |css: f64| (css * view.scale).round() as f32;
    let wide = px(2.0).max(1.0);
    let line_x = x - (wide / 2.0).floor();
    let line = Quad::fill(line_x, px(6.0), wide, height, palette.pencil);
    let head = px(11.0);
    let middle = line_x + wide / 2.0;
    let head = if (head as i64 - wide as i64) % 2 == 0 {
        head
    } else {
        head + 1.0
    };
    let shield = Quad::fill(middle - head / 2.0, 0.0, head, px(11.0), palette.pencil);
    [line, shield.style(Style::Head)]
}
