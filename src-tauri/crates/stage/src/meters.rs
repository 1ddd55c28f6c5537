//! Loudness beside the picture: EBU Mode meters (EBU Tech 3341) round a target, and the peaks of every channel.
//!
//! What changes with every picture is filled rectangles, said once for both ways of drawing; the lines, names and figures over
//! them change rarely.

use serde::{Deserialize, Serialize};

use crate::over::Overlay;
use crate::quads::Quad;
use crate::text::{Face, Line};
use crate::theme::Colour;

/// How far the scale reaches round the target, in LU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MeterScale {
    /// From -18 to +9.
    #[default]
    Nine,
    /// From -36 to +18.
    Eighteen,
}

impl MeterScale {
    const fn ends(self) -> (f32, f32) {
        match self {
            Self::Nine => (-18.0, 9.0),
            Self::Eighteen => (-36.0, 18.0),
        }
    }

    /// The values that are written beside it, from the top.
    fn marks(self) -> Vec<i32> {
        let step = match self {
            Self::Nine => 3,
            Self::Eighteen => 6,
        };
        (-6..=3).rev().map(|n| n * step).collect()
    }
}

/// What the bars show. Loudness in LUFS, `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeterLevels {
    /// Of the last 400 ms.
    pub momentary_lufs: Option<f32>,
    /// Of the last 3 s.
    pub short_term_lufs: Option<f32>,
    /// Since the measurement began.
    pub integrated_lufs: Option<f32>,
    /// Peak and held peak of every channel in dBTP; sixteen are shown.
    pub channels: Vec<(f32, f32)>,
}

/// What is written in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeterFigures {
    /// Loudness of the last 400 ms, LUFS.
    pub momentary_lufs: Option<f32>,
    /// Of the last 3 s.
    pub short_term_lufs: Option<f32>,
    /// Since the measurement began.
    pub integrated_lufs: Option<f32>,
    /// Loudness range, LU.
    pub range_lu: Option<f32>,
    /// Highest true peak, dBTP.
    pub true_peak_dbtp: Option<f32>,
    /// Programme loudness of the whole film, as it was measured when it came in, LUFS.
    pub film_lufs: Option<f32>,
}

/// Meters beside the picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meters {
    /// The scale.
    pub scale: MeterScale,
    /// What the programme shall have, LUFS.
    pub target_lufs: f32,
    /// What is written.
    pub figures: MeterFigures,
    /// What the bars show; nothing where they are drawn by somebody else.
    pub levels: Option<MeterLevels>,
}

/// Ends of the scale of peaks, dBTP.
const PEAKS: (f32, f32) = (-60.0, 3.0);
const PEAK_MARKS: [i32; 8] = [0, -6, -12, -18, -24, -36, -48, -60];
/// The highest true peak that EBU R 128 permits.
const PEAK_MAX_DBTP: f32 = -1.0;
/// Within this of the target loudness is right: EBU R 128 for programmes measured whole.
const TOLERANCE_LU: f32 = 0.5;
/// Within this of the target a bar is right: EBU R 128 for live sound.
const LIVE_TOLERANCE_LU: f32 = 1.0;
/// Channels that have room.
const CHANNELS_MAX: usize = 16;

const GROUND: Colour = Colour([12, 12, 12, 255]);
const EMPTY: Colour = Colour([30, 30, 30, 255]);
const UNDER: Colour = Colour::hex(0x5f_8f_c8);
const RIGHT: Colour = Colour::hex(0x62_b0_6c);
const OVER: Colour = Colour::hex(0xee_8a_34);
const TOO_MUCH: Colour = Colour::hex(0xe5_48_4d);
const PEAK: Colour = Colour::hex(0x9a_a4_ae);
const WHITE: Colour = Colour([255, 255, 255, 255]);
const LINE: Colour = Colour([255, 255, 255, 46]);
const STRONG: Colour = Colour([255, 255, 255, 130]);

/// Places in a panel.
struct Panel {
    /// The bars of momentary and short-term loudness: left and width of each, top and height of all.
    loudness: [(f32, f32); 2],
    /// Where peaks begin and how wide all of them are.
    peaks: (f32, f32),
    top: f32,
    height: f32,
    /// Left edge, top and width of the figures.
    figures: (f32, f32, f32),
    row: f32,
}

impl Panel {
    fn of([x, y, w, h]: [f32; 4], scale: f32) -> Self {
        let css = |v: f32| (v * scale).round();
        let row = css(16.0);
        let figures_high = 6.0 * row + css(6.0);
        let is_lying = w > h;
        let figures_wide = css(150.0).min(w / 2.0);
        let (bars_wide, bars_high) = if is_lying {
            (w - figures_wide, h)
        } else {
            (w, h - figures_high)
        };
        let figures = if is_lying {
            (x + bars_wide, y + css(6.0), figures_wide - css(6.0))
        } else {
            (x + css(6.0), y + bars_high, w - css(12.0))
        };
        let (pad, numbers, head, foot) = (css(6.0), css(22.0), css(20.0), css(16.0));
        let room = (bars_wide - 2.0 * pad - 2.0 * numbers).max(8.0);
        let bar = (room * 0.21).floor().max(1.0);
        let gap = css(2.0);
        let first = x + pad + numbers;
        let after = first + 2.0 * bar + gap;
        let peaks = after + numbers;
        Self {
            loudness: [(first, bar), (first + bar + gap, bar)],
            peaks: (peaks, (x + bars_wide - pad - peaks).max(2.0)),
            top: y + head,
            height: (bars_high - head - foot).max(4.0),
            figures,
            row,
        }
    }

    fn at(&self, value: f32, (low, high): (f32, f32)) -> f32 {
        let share = (high - value.clamp(low, high)) / (high - low);
        (self.top + share * self.height).round()
    }

    fn bottom(&self) -> f32 {
        (self.top + self.height).round()
    }

    /// Left and width of each of so many channels.
    fn channels(&self, count: usize, scale: f32) -> Vec<(f32, f32)> {
        let (left, wide) = self.peaks;
        let gap = if count > 8 {
            1.0
        } else {
            (2.0 * scale).round().max(1.0)
        };
        let each = ((wide - gap * count.saturating_sub(1) as f32) / count.max(1) as f32)
            .floor()
            .clamp(1.0, (24.0 * scale).round());
        (0..count)
            .map(|n| ((left + n as f32 * (each + gap)).round(), each))
            .collect()
    }
}

/// What the meters fill: rectangles on whole pixels, one over the other.
pub(crate) fn fills(meters: &Meters, rect: [f32; 4], scale: f32) -> Vec<([f32; 4], Colour)> {
    let Some(levels) = &meters.levels else {
        return Vec::new();
    };
    let panel = Panel::of(rect, scale);
    let mut fills = vec![(rect, GROUND)];
    let ends = meters.scale.ends();
    let line = (2.0 * scale).round().max(1.0);
    let bottom = panel.bottom();
    let mut bar = |(x, w): (f32, f32), value: Option<f32>, ends: (f32, f32), colours: &[(f32, Colour)]| {
        fills.push(([x, panel.top.round(), w, bottom - panel.top.round()], EMPTY));
        let Some(value) = value.filter(|value| *value > ends.0) else {
            return;
        };
        let mut from = bottom;
        for (up_to, colour) in colours {
            let to = panel.at(value.min(*up_to), ends);
            if to < from {
                fills.push(([x, to, w, from - to], *colour));
                from = to;
            }
        }
    };
    let colours = [
        (-LIVE_TOLERANCE_LU, UNDER),
        (LIVE_TOLERANCE_LU, RIGHT),
        (f32::INFINITY, OVER),
    ];
    for (place, lufs) in panel
        .loudness
        .into_iter()
        .zip([levels.momentary_lufs, levels.short_term_lufs])
    {
        bar(place, lufs.map(|lufs| lufs - meters.target_lufs), ends, &colours);
    }
    let colours = [(PEAK_MAX_DBTP, PEAK), (f32::INFINITY, TOO_MUCH)];
    let channels = &levels.channels[..levels.channels.len().min(CHANNELS_MAX)];
    let places = panel.channels(channels.len(), scale);
    for (place, (level, _)) in places.iter().zip(channels) {
        bar(*place, Some(*level), PEAKS, &colours);
    }
    for ((x, w), (_, held)) in places.into_iter().zip(channels) {
        if *held > PEAKS.0 {
            let colour = if *held > PEAK_MAX_DBTP { TOO_MUCH } else { WHITE };
            fills.push(([x, panel.at(*held, PEAKS), w, line], colour));
        }
    }
    if let Some(lufs) = levels.integrated_lufs {
        let [(x, w), (last, _)] = panel.loudness;
        let at = panel.at(lufs - meters.target_lufs, ends);
        fills.push(([x, at - line / 2.0, last + w - x, line].map(f32::round), WHITE));
    }
    fills
}

/// A figure with one decimal, or dashes.
fn written(value: Option<f32>, unit: &str) -> String {
    value.map_or_else(
        || format!("  --.- {unit}"),
        |value| format!("{value:>6.1} {unit}"),
    )
}

impl Overlay<'_> {
    /// Bars, scales and figures of a panel at `rect`.
    pub fn meters(&mut self, meters: &Meters, rect: [f32; 4]) {
        for ([x, y, w, h], colour) in fills(meters, rect, self.scale) {
            self.quads.push(Quad::fill(x, y, w, h, colour));
        }
        let panel = Panel::of(rect, self.scale);
        self.meter_scales(meters, &panel, rect);
        let figures = meters.figures;
        let judged = |lufs: Option<f32>| {
            lufs.map(|lufs| {
                let apart = lufs - meters.target_lufs;
                let colour = match apart {
                    _ if apart > TOLERANCE_LU => OVER,
                    _ if apart < -TOLERANCE_LU => UNDER,
                    _right => RIGHT,
                };
                (format!("{apart:+.1}"), colour)
            })
        };
        let peak = figures
            .true_peak_dbtp
            .filter(|peak| *peak > PEAK_MAX_DBTP)
            .map(|peak| (format!("{:+.1}", peak - PEAK_MAX_DBTP), TOO_MUCH));
        let lufs = |lufs| written(lufs, "LUFS");
        let rows = [
            (
                "I",
                lufs(figures.integrated_lufs),
                judged(figures.integrated_lufs),
            ),
            ("S", lufs(figures.short_term_lufs), None),
            ("M", lufs(figures.momentary_lufs), None),
            ("LRA", written(figures.range_lu, "LU"), None),
            ("TP", written(figures.true_peak_dbtp, "dBTP"), peak),
            ("Film", lufs(figures.film_lufs), judged(figures.film_lufs)),
        ];
        for (n, (name, words, apart)) in rows.into_iter().enumerate() {
            let y = panel.figures.1 + (n as f32 + 0.5) * panel.row;
            self.meter_row(&panel, y, (name, &words, apart));
        }
    }

    /// One row of figures: its name, its value, and how far it is off.
    fn meter_row(
        &mut self,
        panel: &Panel,
        y: f32,
        (name, words, apart): (&str, &str, Option<(String, Colour)>),
    ) {
        let (left, _, wide) = panel.figures;
        self.small(name, (left, y));
        let size = 11.0 * self.scale;
        let mut at = left + self.hair(26.0);
        let colour = apart.as_ref().map_or(WHITE.alpha(225), |(_, colour)| *colour);
        let width = self.text.measure(words, Face::Mono, size);
        for (words, x) in [(words, at)].into_iter().chain(apart.as_ref().map(|(words, _)| {
            at += width + self.hair(6.0);
            (words.as_str(), at)
        })) {
            self.text.add(Line {
                text: words,
                face: Face::Mono,
                size,
                x,
                y,
                colour,
                max_width: (left + wide - x).max(1.0),
                clip: self.clip(),
            });
        }
    }

    fn meter_scales(&mut self, meters: &Meters, panel: &Panel, [x, y, _, _]: [f32; 4]) {
        let hair = self.hair(1.0);
        let ends = meters.scale.ends();
        let reach = match meters.scale {
            MeterScale::Nine => "+9",
            MeterScale::Eighteen => "+18",
        };
        let title = format!("EBU {reach}  {:.0} LUFS", meters.target_lufs);
        self.small(&title, (x + self.hair(6.0), y + self.hair(9.0)));
        let [(left, _), (last, wide)] = panel.loudness;
        for value in meters.scale.marks() {
            let at = panel.at(value as f32, ends);
            let colour = if value == 0 { STRONG } else { LINE };
            self.quads
                .push(Quad::fill(left, at, last + wide - left, hair, colour));
            let words = if value > 0 {
                format!("+{value}")
            } else {
                value.to_string()
            };
            self.small(&words, (left - self.hair(22.0), at));
        }
        if let Some(lufs) = meters.figures.film_lufs {
            let at = panel.at(lufs - meters.target_lufs, ends);
            let tick = self.hair(5.0);
            self.quads
                .push(Quad::fill(last + wide, at - tick / 2.0, tick, tick, WHITE).radius(tick / 2.0));
        }
        let (peaks, peaks_wide) = panel.peaks;
        for value in PEAK_MARKS {
            let at = panel.at(value as f32, PEAKS);
            self.quads.push(Quad::fill(peaks, at, peaks_wide, hair, LINE));
            self.small(&value.to_string(), (peaks - self.hair(20.0), at));
        }
        let foot = panel.bottom() + self.hair(8.0);
        for ((left, wide), name) in panel.loudness.into_iter().zip(["M", "S"]) {
            self.small(name, (left + wide / 2.0 - self.hair(4.0), foot));
        }
        self.small("dBTP", (peaks, foot));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: [f32; 4] = [100.0, 0.0, 170.0, 400.0];

    fn meters(levels: MeterLevels) -> Meters {
        Meters {
            target_lufs: -23.0,
            levels: Some(levels),
            ..Meters::default()
        }
    }

    fn colours(meters: &Meters) -> Vec<Colour> {
        let used = [UNDER, RIGHT, OVER, PEAK, TOO_MUCH];
        let fills = fills(meters, RECT, 1.0);
        used.into_iter()
            .filter(|colour| fills.iter().any(|(_, fill)| fill == colour))
            .collect()
    }

    #[test]
    fn bars_say_by_their_colour_whether_the_target_is_missed() {
        let at = |lufs: f32| MeterLevels {
            short_term_lufs: Some(lufs),
            ..MeterLevels::default()
        };
        assert_eq!(colours(&meters(at(-30.0))), [UNDER]);
        assert_eq!(colours(&meters(at(-23.5))), [UNDER, RIGHT]);
        assert_eq!(colours(&meters(at(-20.0))), [UNDER, RIGHT, OVER]);
        let louder = Meters {
            target_lufs: -16.0,
            ..meters(at(-20.0))
        };
        assert_eq!(colours(&louder), [UNDER], "another target, another verdict");
        let peaks = |dbtp: f32| MeterLevels {
            channels: vec![(dbtp, dbtp)],
            ..MeterLevels::default()
        };
        assert_eq!(colours(&meters(peaks(-6.0))), [PEAK]);
        assert_eq!(colours(&meters(peaks(-0.5))), [PEAK, TOO_MUCH]);
    }

    #[test]
    fn everything_filled_is_on_whole_pixels_and_in_the_panel() {
        for (count, scale, rect) in [
            (2, 1.0, RECT),
            (16, 1.5, RECT),
            (6, 2.0, [0.0, 300.0, 500.0, 120.0]),
        ] {
            let levels = MeterLevels {
                momentary_lufs: Some(40.0),
                short_term_lufs: Some(-90.0),
                integrated_lufs: Some(-23.04),
                channels: vec![(-7.3, 9.0); count],
            };
            let [x, y, w, h] = rect;
            for (fill, _) in fills(&meters(levels), rect, scale) {
                let [left, top, wide, high] = fill;
                assert!(fill.iter().all(|v| v.fract() == 0.0), "{fill:?}");
                assert!(
                    left >= x && top >= y && left + wide <= x + w && top + high <= y + h,
                    "{fill:?} in {rect:?}"
                );
            }
        }
    }
}
