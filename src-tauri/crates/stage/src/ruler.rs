//! The ruler's ticks: source timecode where there is one, frames, or time, which is all there is where the rate varies.

use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks, Rate, Timecode};

use crate::scene::RulerBase;
use crate::view::{GUTTER_PX, RulerUnit, TimelineView};

/// Labels stand at least this far apart, CSS pixels.
const LABEL_PX: f64 = 104.0;
/// Small ticks stand at least this far apart, CSS pixels.
const MINOR_PX: f64 = 9.0;
/// No picture has more ticks than this, whatever is asked.
const MOST: usize = 1024;

/// One tick of the ruler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulerTick {
    /// CSS pixels from the left edge of the timeline.
    pub x: f64,
    /// What is written beside it; empty for the small ticks between.
    pub label: String,
}

/// Steps between labels in whole seconds, and into how many parts the small ticks split each.
const SECOND_STEPS: [(i64, i64); 14] = [
    (1, 4),
    (2, 4),
    (4, 4),
    (5, 5),
    (8, 4),
    (10, 5),
    (15, 3),
    (20, 4),
    (30, 6),
    (60, 6),
    (120, 4),
    (300, 5),
    (600, 5),
    (1800, 6),
];

/// Ticks in view, left to right.
pub(crate) fn ticks(base: RulerBase, view: &TimelineView) -> Vec<RulerTick> {
    match (base, view.ruler) {
        (RulerBase::Timecode(start), RulerUnit::Timecode) => timecode_ticks(start, view),
        (RulerBase::Timecode(start), RulerUnit::Frames) => numbered_ticks(start.rate(), view),
        (RulerBase::Time, _) | (_, RulerUnit::Seconds) => time_ticks(view),
    }
}

/// Frames counted from the first, on round numbers.
fn numbered_ticks(rate: Rate, view: &TimelineView) -> Vec<RulerTick> {
    let frame_px = view.px_per_sec / rate.as_f64();
    let mut steps = (0..9).flat_map(|power| [1, 2, 5].map(|first| first * 10_i64.pow(power)));
    let step = steps
        .find(|&step| step as f64 * frame_px >= LABEL_PX)
        .unwrap_or(1_000_000_000);
    // A fifth of 5, 10, 50 …, a half of 2, 20 …: whole frames, as long as they can be told apart.
    let parts = [5, 2]
        .into_iter()
        .find(|&parts| step % parts == 0 && (step / parts) as f64 * frame_px >= MINOR_PX)
        .unwrap_or(1);
    let part = step / parts;
    let (first, last) = frames_in_view(rate, view);
    let mut out = Vec::new();
    for n in (first.div_euclid(part)..)
        .take_while(|n| n * part <= last)
        .take(MOST)
    {
        let frame = n * part;
        let label = (frame % step == 0).then(|| frame.to_string());
        push_frame(&mut out, view, rate, frame, label);
    }
    out
}

fn second_step(view: &TimelineView) -> (i64, i64) {
    let long = (3600, 6);
    let mut steps = SECOND_STEPS.into_iter().chain([long]);
    let fits = |&(step, _): &(i64, i64)| step as f64 * view.px_per_sec >= LABEL_PX;
    let (step, parts) = steps.find(fits).unwrap_or_else(|| {
        let hours = (LABEL_PX / view.px_per_sec / 3600.0).ceil() as i64;
        (hours.max(1) * 3600, 6)
    });
    let parts = if step as f64 * view.px_per_sec / parts as f64 >= MINOR_PX {
        parts
    } else {
        1
    };
    (step, parts)
}

fn time_ticks(view: &TimelineView) -> Vec<RulerTick> {
    let (step_millis, parts) = if view.px_per_sec >= LABEL_PX {
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
            .into_iter()
            .find(|&ms| f64::from(ms) / 1000.0 * view.px_per_sec >= LABEL_PX)
            .unwrap_or(1000);
        (i64::from(step), 5)
    } else {
        let (step, parts) = second_step(view);
        (step * 1000, parts)
    };
    let first = view.time_at(GUTTER_PX).to_millis_round().div_euclid(step_millis);
    let last = view.time_at(view.width_px).to_millis_round();
    let mut out = Vec::new();
    for n in (first..).take_while(|n| n * step_millis <= last).take(MOST) {
        for part in 0..parts {
            let micros = n * step_millis * 1000 + step_millis * 1000 * part / parts;
            let x = view.x_of(Flicks(micros.saturating_mul(FLICKS_PER_SEC / 100_000) / 10));
            let label = if part == 0 {
                time_label(n * step_millis, step_millis < 1000)
            } else {
                String::new()
            };
            push(&mut out, view, x, label, n >= 0);
        }
    }
    out
}

fn time_label(millis: i64, fraction: bool) -> String {
    let secs = millis.div_euclid(1000);
    let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
    if fraction {
        format!("{h:02}:{m:02}:{s:02}.{:03}", millis.rem_euclid(1000))
    } else {
        format!("{h:02}:{m:02}:{s:02}")
    }
}

fn push(out: &mut Vec<RulerTick>, view: &TimelineView, x: f64, label: String, inside: bool) {
    // A label left of the gutter's edge may still reach into view; its own tick is hidden by the gutter.
    if inside && x > GUTTER_PX - LABEL_PX && x <= view.width_px && out.len() < MOST {
        out.push(RulerTick { x, label });
    }
}

/// The first and the last frame whose tick or label may show.
fn frames_in_view(rate: Rate, view: &TimelineView) -> (i64, i64) {
    (
        view.time_at(GUTTER_PX - LABEL_PX).to_frame_floor(rate).max(0),
        view.time_at(view.width_px).to_frame_floor(rate),
    )
}

/// The tick of a frame; without a label a small one.
fn push_frame(out: &mut Vec<RulerTick>, view: &TimelineView, rate: Rate, frame: i64, label: Option<String>) {
    let x = view.x_of(Flicks::from_frame(frame, rate));
    push(out, view, x, label.unwrap_or_default(), true);
}

fn timecode_ticks(start: Timecode, view: &TimelineView) -> Vec<RulerTick> {
    let rate = start.rate();
    let frame_px = view.px_per_sec / rate.as_f64();
    let fps = i64::from(rate.nominal_fps());
    let whole_second = fps as f64 * frame_px;
    if whole_second >= LABEL_PX * 2.0 {
        frame_ticks(start, view, frame_px, fps)
    } else {
        second_ticks(start, view)
    }
}

/// Steps of frames inside a second: labels stand on multiples of the step in each second, so `:00` always has one.
fn frame_ticks(start: Timecode, view: &TimelineView, frame_px: f64, fps: i64) -> Vec<RulerTick> {
    let step = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 24, 25, 30]
        .into_iter()
        .find(|&n| n <= fps && fps % n == 0 && n as f64 * frame_px >= LABEL_PX)
        .unwrap_or(fps);
    let minor = if frame_px >= MINOR_PX { 1 } else { step };
    let rate = start.rate();
    let (first, last) = frames_in_view(rate, view);
    let mut out = Vec::new();
    for frame in (first..=last).take(MOST * 4) {
        let label = start.offset(frame);
        let in_second = i64::from(label.fields().3);
        if in_second % minor != 0 {
            continue;
        }
        let text = (in_second % step == 0).then(|| label.to_string());
        push_frame(&mut out, view, rate, frame, text);
    }
    out
}

/// Steps of whole seconds of labels. With drop-frame a label that does not exist gives way to the next that does.
fn second_ticks(start: Timecode, view: &TimelineView) -> Vec<RulerTick> {
    let rate = start.rate();
    let (step, parts) = second_step(view);
    let seconds_of = |frame: i64| {
        let (h, m, s, _) = start.offset(frame).fields();
        (i64::from(h) * 60 + i64::from(m)) * 60 + i64::from(s)
    };
    let first_frame = view.time_at(GUTTER_PX).to_frame_floor(rate).max(0);
    let last = view.time_at(view.width_px);
    // Label seconds are counted on from the first one in view, so that a label passing midnight does not jump back.
    let first_second = seconds_of(first_frame);
    let mut out = Vec::new();
    for second in (first_second.div_euclid(step)..).map(|n| n * step).take(MOST) {
        for part in 0..parts {
            let at = second + step * part / parts;
            let exact = step * part % parts == 0;
            let Some(frame) = frame_of_second(start, rate, at, first_frame, first_second) else {
                continue;
            };
            let instant = Flicks::from_frame(frame, rate);
            if instant > last {
                return out;
            }
            let text = if part == 0 {
                start.offset(frame).to_string()
            } else {
                String::new()
            };
            let between = if exact {
                0.0
            } else {
                fraction_px(view, step * part, parts)
            };
            push(&mut out, view, view.x_of(instant) + between, text, frame >= 0);
        }
    }
    out
}

fn fraction_px(view: &TimelineView, value: i64, parts: i64) -> f64 {
    (value % parts) as f64 / parts as f64 * view.px_per_sec
}

/// Frame (from 0 of the material) whose label is the first of label second `second`.
fn frame_of_second(
    start: Timecode,
    rate: Rate,
    second: i64,
    near_frame: i64,
    near_second: i64,
) -> Option<i64> {
    let day = 86_400;
    let wrapped = second.rem_euclid(day);
    let field = |v: i64| u32::try_from(v).unwrap_or(0);
    let (h, m, s) = (
        field(wrapped / 3600),
        field(wrapped / 60 % 60),
        field(wrapped % 60),
    );
    let drop = start.is_drop_frame();
    let label = (0..=4).find_map(|f| Timecode::from_fields(h, m, s, f, rate, drop).ok())?;
    let fps = i64::from(rate.nominal_fps());
    // Which day the label lies in follows from the frame known to be near it.
    let guess = near_frame + (second - near_second) * fps;
    let day_frames = Timecode::from_fields(24, 0, 0, 0, rate, drop).ok()?.frames();
    let raw = label.frames() - start.frames();
    let days = (guess - raw + day_frames / 2).div_euclid(day_frames);
    Some(raw + days * day_frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(start_secs: f64, px_per_sec: f64) -> TimelineView {
        TimelineView {
            start_secs,
            px_per_sec,
            width_px: GUTTER_PX + 1000.0,
            height_px: 100.0,
            ..TimelineView::default()
        }
    }

    fn labels(base: RulerBase, view: &TimelineView) -> Vec<String> {
        ticks(base, view)
            .into_iter()
            .filter(|t| !t.label.is_empty())
            .map(|t| t.label)
            .collect()
    }

    #[test]
    fn labels_are_source_timecode_and_stand_on_their_frames() {
        let start = Timecode::from_fields(1, 0, 0, 0, Rate::PAL, false).expect("a timecode");
        let v = view(3.0, 50.0);
        let ticks = ticks(RulerBase::Timecode(start), &v);
        let named: Vec<_> = ticks.iter().filter(|t| !t.label.is_empty()).collect();
        assert_eq!(named[0].label, "01:00:04:00");
        let five = named.iter().find(|t| t.label == "01:00:08:00").map(|t| t.x);
        assert_eq!(five, Some(GUTTER_PX + 5.0 * 50.0));
    }

    #[test]
    fn a_dropped_label_gives_way_to_the_next_one_that_exists() {
        let start = Timecode::from_fields(0, 0, 0, 0, Rate::NTSC, true).expect("a timecode");
        let base = RulerBase::Timecode(start);
        let seen = labels(base, &view(50.0, 52.0));
        assert!(seen.contains(&"00:01:00;02".to_owned()), "{seen:?}");
        assert!(seen.contains(&"00:00:58;00".to_owned()), "{seen:?}");
        let tick = ticks(base, &view(50.0, 52.0))
            .into_iter()
            .find(|t| t.label == "00:01:00;02")
            .expect("tick");
        let exact = view(50.0, 52.0).x_of(Flicks::from_frame(1800, Rate::NTSC));
        assert!((tick.x - exact).abs() < 1e-6);
    }

    #[test]
    fn frames_are_labelled_when_there_is_room() {
        let start = Timecode::from_fields(10, 0, 0, 0, Rate::FILM, false).expect("a timecode");
        let seen = labels(RulerBase::Timecode(start), &view(0.0, 24.0 * 110.0));
        assert_eq!(seen[..3], ["10:00:00:00", "10:00:00:01", "10:00:00:02"]);
    }

    #[test]
    fn labels_pass_midnight() {
        let start = Timecode::from_fields(23, 59, 50, 0, Rate::PAL, false).expect("a timecode");
        let seen = labels(RulerBase::Timecode(start), &view(0.0, 60.0));
        assert_eq!(
            seen[..4],
            ["23:59:50:00", "23:59:52:00", "23:59:54:00", "23:59:56:00"]
        );
        assert!(seen.contains(&"00:00:02:00".to_owned()), "{seen:?}");
    }

    #[test]
    fn ticks_ascend_at_every_zoom_and_never_flood() {
        let drop = Timecode::from_fields(0, 58, 0, 4, Rate::NTSC_DOUBLE, true).expect("a timecode");
        for (base, unit) in [
            (RulerBase::Timecode(drop), RulerUnit::Timecode),
            (RulerBase::Timecode(drop), RulerUnit::Frames),
            (RulerBase::Time, RulerUnit::Seconds),
        ] {
            for zoom in [0.0005, 0.01, 0.3, 1.0, 7.0, 33.0, 120.0, 700.0, 5000.0, 100_000.0] {
                let v = TimelineView {
                    ruler: unit,
                    ..view(130.0, zoom)
                };
                let ticks = ticks(base, &v);
                assert!(ticks.len() <= 400, "{} ticks at {zoom}", ticks.len());
                assert!(
                    ticks.windows(2).all(|w| w[0].x < w[1].x),
                    "not ascending at {zoom} {base:?}"
                );
                let named: Vec<f64> = ticks
                    .iter()
                    .filter(|t| !t.label.is_empty())
                    .map(|t| t.x)
                    .collect();
                assert!(
                    named.windows(2).all(|w| w[1] - w[0] > 90.0),
                    "labels collide at {zoom} {base:?}"
                );
            }
        }
    }

    #[test]
    fn frames_are_counted_from_the_first_on_round_numbers() {
        let start = Timecode::from_fields(10, 0, 0, 0, Rate::NTSC, true).expect("a timecode");
        let base = RulerBase::Timecode(start);
        let in_frames = |start_secs: f64, px_per_sec: f64| TimelineView {
            ruler: RulerUnit::Frames,
            ..view(start_secs, px_per_sec)
        };
        assert_eq!(labels(base, &in_frames(0.0, 30.0))[..3], ["0", "200", "400"]);
        assert_eq!(labels(base, &in_frames(0.0, 3200.0))[..3], ["0", "1", "2"]);
        let near = in_frames(33.0, 300.0);
        let tick = ticks(base, &near).into_iter().find(|tick| tick.label == "1000");
        let exact = near.x_of(Flicks::from_frame(1000, Rate::NTSC));
        assert!(tick.is_some_and(|tick| (tick.x - exact).abs() < 1e-6));
        let small = ticks(base, &near)
            .windows(2)
            .all(|pair| pair[1].x - pair[0].x >= MINOR_PX);
        assert!(small, "small ticks can be told apart");
        let seconds = TimelineView {
            ruler: RulerUnit::Seconds,
            ..view(0.0, 52.0)
        };
        assert_eq!(labels(base, &seconds)[..2], ["00:00:00", "00:00:02"]);
        let varying = labels(RulerBase::Time, &in_frames(0.0, 52.0));
        assert_eq!(varying[..2], ["00:00:00", "00:00:02"]);
    }

    #[test]
    fn variable_rate_counts_time() {
        assert_eq!(
            labels(RulerBase::Time, &view(0.0, 52.0))[..3],
            ["00:00:00", "00:00:02", "00:00:04"]
        );
    }
}
