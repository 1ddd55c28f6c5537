//! Loudness beside the picture: EBU Mode meters (EBU Tech 3341) round a target, and the peaks of every channel.
//!
//! What changes with every picture is filled rectangles, said once for both ways of drawing; the lines, names and figures over
//! them change rarely.

mod panel;

use panel::{Bar, Panel};
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
    /// Peak and held peak of the source's channels in dBTP, in the order of [`Meters::channels`].
    pub channels: Vec<(f32, f32)>,
    /// And of those they are mixed to: left and right.
    pub output: Vec<(f32, f32)>,
}

/// A channel of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterChannel {
    /// What it is called: `FL`, `LFE`, `7`.
    pub name: String,
    /// Whether the mix lets it be heard; others are dimmed.
    pub heard: bool,
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
    /// The channels of the source, before they are mixed; sixteen are shown.
    pub channels: Vec<MeterChannel>,
    /// What the bars show; nothing where they are drawn by somebody else.
    pub levels: Option<MeterLevels>,
}

/// Ends of the scale of peaks, dBTP.
const PEAKS: (f32, f32) = (-60.0, 3.0);
const PEAK_MARKS: [i32; 8] = [0, -6, -12, -18, -24, -36, -48, -60];
/// Those that have room along a bar that lies.
const PEAK_MARKS_LYING: [i32; 4] = [0, -12, -24, -48];
/// Channels of the output.
const OUTPUT: usize = 2;
/// The highest true peak that EBU R 128 permits.
const PEAK_MAX_DBTP: f32 = -1.0;
/// Within this of the target loudness is right: EBU R 128 for programmes measured whole.
const TOLERANCE_LU: f32 = 0.5;
/// Within this of the target a bar is right: EBU R 128 for live sound.
const LIVE_TOLERANCE_LU: f32 = 1.0;
/// Channels that have room.
const CHANNELS_MAX: usize = 16;
/// Letters of a channel's name that have room.
const LETTERS_MAX: usize = 5;

const GROUND: Colour = Colour([12, 12, 12, 255]);
const EMPTY: Colour = Colour([30, 30, 30, 255]);
const UNDER: Colour = Colour::hex(0x5f_8f_c8);
const RIGHT: Colour = Colour::hex(0x62_b0_6c);
const OVER: Colour = Colour::hex(0xee_8a_34);
const TOO_MUCH: Colour = Colour::hex(0xe5_48_4d);
const PEAK: Colour = Colour::hex(0x9a_a4_ae);
/// Of a channel that is not heard.
const UNHEARD: Colour = Colour::hex(0x4a_50_57);
const WHITE: Colour = Colour([255, 255, 255, 255]);
const LINE: Colour = Colour([255, 255, 255, 46]);
const STRONG: Colour = Colour([255, 255, 255, 130]);

/// Where a value lies on a scale, as a share from its lower end.
fn share(value: f32, (low, high): (f32, f32)) -> f32 {
    (value.clamp(low, high) - low) / (high - low)
}

impl Meters {
    fn shown(&self) -> &[MeterChannel] {
        &self.channels[..self.channels.len().min(CHANNELS_MAX)]
    }

    fn panel(&self, rect: [f32; 4], scale: f32) -> Panel {
        let shown = self.shown();
        let letters = shown.iter().map(|channel| channel.name.chars().count()).max();
        let output = if shown.is_empty() { 0 } else { OUTPUT };
        // `out` stands below the output, or before its rows.
        let letters = letters.unwrap_or(0).clamp(2, LETTERS_MAX);
        Panel::of(rect, scale, (shown.len(), letters), output)
    }
}

/// What the meters fill: rectangles on whole pixels, one over the other.
pub(crate) fn fills(meters: &Meters, rect: [f32; 4], scale: f32) -> Vec<([f32; 4], Colour)> {
    let Some(levels) = &meters.levels else {
        return Vec::new();
    };
    let panel = meters.panel(rect, scale);
    let mut fills = vec![(rect, GROUND)];
    let ends = meters.scale.ends();
    let line = (2.0 * scale).round().max(1.0);
    let mut fill = |bar: &Bar, value: Option<f32>, ends: (f32, f32), colours: &[(f32, Colour)]| {
        fills.push((bar.rect, EMPTY));
        let Some(value) = value.filter(|value| *value > ends.0) else {
            return;
        };
        let mut from = 0.0;
        for (up_to, colour) in colours {
            let to = share(value.min(*up_to), ends);
            let part = bar.part(from, to);
            if to > from && part[2] > 0.0 && part[3] > 0.0 {
                fills.push((part, *colour));
                from = to;
            }
        }
    };
    let colours = [
        (-LIVE_TOLERANCE_LU, UNDER),
        (LIVE_TOLERANCE_LU, RIGHT),
        (f32::INFINITY, OVER),
    ];
    for (bar, lufs) in panel
        .loudness
        .iter()
        .zip([levels.momentary_lufs, levels.short_term_lufs])
    {
        fill(bar, lufs.map(|lufs| lufs - meters.target_lufs), ends, &colours);
    }
    let silent = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    let peak_of = |peaks: &[(f32, f32)], at: usize| peaks.get(at).copied().unwrap_or(silent);
    let channels = panel.channels.iter().zip(meters.shown()).enumerate();
    let output = panel.output.iter().enumerate();
    let bars: Vec<(&Bar, (f32, f32), bool)> = channels
        .map(|(at, (bar, channel))| (bar, peak_of(&levels.channels, at), channel.heard))
        .chain(output.map(|(at, bar)| (bar, peak_of(&levels.output, at), true)))
        .collect();
    for (bar, (level, _), heard) in &bars {
        let colours = if *heard {
            [(PEAK_MAX_DBTP, PEAK), (f32::INFINITY, TOO_MUCH)]
        } else {
            [(PEAK_MAX_DBTP, UNHEARD), (f32::INFINITY, UNHEARD)]
        };
        fill(bar, Some(*level), PEAKS, &colours);
    }
    for (bar, (_, held), heard) in bars {
        if held > PEAKS.0 {
            let colour = match heard {
                false => UNHEARD,
                true if held > PEAK_MAX_DBTP => TOO_MUCH,
                true => WHITE,
            };
            fills.push((bar.line(share(held, PEAKS), line), colour));
        }
    }
    if let Some(lufs) = levels.integrated_lufs {
        let [first, last] = panel.loudness;
        let both = Bar {
            rect: [
                first.rect[0],
                first.rect[1],
                last.rect[0] + last.rect[2] - first.rect[0],
                first.rect[3],
            ],
            lies: false,
        };
        fills.push((both.line(share(lufs - meters.target_lufs, ends), line), WHITE));
    }
    fills
        .into_iter()
        .filter_map(|(fill, colour)| Some((within(fill, rect)?, colour)))
        .collect()
}

/// What of a rectangle lies in another: a panel may be too small for all that it should show.
fn within([x, y, w, h]: [f32; 4], [left, top, wide, high]: [f32; 4]) -> Option<[f32; 4]> {
    let (first, upper) = (x.max(left), y.max(top));
    let (last, lower) = ((x + w).min(left + wide), (y + h).min(top + high));
    (last > first && lower > upper).then_some([first, upper, last - first, lower - upper])
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
        let panel = meters.panel(rect, self.scale);
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

    fn meter_scales(&mut self, meters: &Meters, panel: &Panel, [x, y, w, _]: [f32; 4]) {
        let hair = self.hair(1.0);
        let ends = meters.scale.ends();
        let reach = match meters.scale {
            MeterScale::Nine => "+9",
            MeterScale::Eighteen => "+18",
        };
        let title = format!("EBU {reach}  {:.0} LUFS", meters.target_lufs);
        self.small(&title, (x + self.hair(6.0), y + self.hair(9.0)));
        let [first, last] = panel.loudness;
        let [left, top, _, height] = first.rect;
        let wide = last.rect[0] + last.rect[2] - left;
        let at = |value: f32| (top + (1.0 - share(value, ends)) * height).round();
        for value in meters.scale.marks() {
            let colour = if value == 0 { STRONG } else { LINE };
            let at = at(value as f32);
            self.quads.push(Quad::fill(left, at, wide, hair, colour));
            let words = if value > 0 {
                format!("+{value}")
            } else {
                value.to_string()
            };
            self.small(&words, (left - self.hair(22.0), at));
        }
        if let Some(lufs) = meters.figures.film_lufs {
            let at = at(lufs - meters.target_lufs);
            let tick = self.hair(5.0);
            self.quads
                .push(Quad::fill(left + wide, at - tick / 2.0, tick, tick, WHITE).radius(tick / 2.0));
        }
        let foot = top + height + self.hair(8.0);
        for (bar, name) in [(first, "M"), (last, "S")] {
            self.small(name, (bar.rect[0] + bar.rect[2] / 2.0 - self.hair(4.0), foot));
        }
        let bars_right = panel.scales.iter().map(|scale| scale.rect[0] + scale.rect[2]);
        let right = bars_right.fold(x, f32::max).min(x + w);
        self.small("dBTP", (right - self.hair(25.0), y + self.hair(9.0)));
        self.channel_scales(panel);
        self.channel_names(meters, panel, foot);
    }

    /// Lines and numbers along the bars of the channels.
    fn channel_scales(&mut self, panel: &Panel) {
        let hair = self.hair(1.0);
        let lies = panel.lies();
        for scale in &panel.scales {
            let marks: &[i32] = if lies { &PEAK_MARKS_LYING } else { &PEAK_MARKS };
            let mut free = f32::MAX;
            for value in marks {
                let [x, y, w, h] = scale.line(share(*value as f32, PEAKS), hair);
                self.quads.push(Quad::fill(x, y, w, h, LINE));
                let words = value.to_string();
                let place = if lies {
                    let wide = self.text.measure(&words, Face::Sans, 9.5 * self.scale);
                    let left = (x - wide / 2.0).round();
                    // Numbers that would touch are left out, from full scale down.
                    if left + wide + self.hair(2.0) > free {
                        continue;
                    }
                    free = left;
                    (left, y + h + self.hair(7.0))
                } else {
                    (x - self.hair(20.0), y)
                };
                self.small(&words, place);
            }
        }
    }

    /// What the channels are called: below bars that stand, before those that lie.
    fn channel_names(&mut self, meters: &Meters, panel: &Panel, foot: f32) {
        let lies = panel.lies();
        let sides = ["out L", "out R"];
        let named = meters.shown().iter().zip(&panel.channels);
        let mut names: Vec<(&str, Bar, bool)> = named
            .map(|(channel, bar)| (channel.name.as_str(), *bar, channel.heard))
            .collect();
        if lies {
            let output = sides.into_iter().zip(&panel.output);
            names.extend(output.map(|(side, bar)| (side, *bar, true)));
        } else if let [left, right] = panel.output[..] {
            let [x, y, _, h] = left.rect;
            let rect = [x, y, right.rect[0] + right.rect[2] - x, h];
            names.push(("out", Bar { rect, lies }, true));
        }
        let size = 9.5 * self.scale;
        for (name, bar, heard) in names {
            let [x, y, w, h] = bar.rect;
            let name: String = name.chars().take(LETTERS_MAX).collect();
            let wide = self.text.measure(&name, Face::Sans, size);
            let (x, y) = if lies {
                (x - self.hair(4.0) - wide, y + h / 2.0)
            } else {
                (x + (w - wide) / 2.0, foot)
            };
            self.text.add(Line {
                text: &name,
                face: Face::Sans,
                size,
                x: x.round(),
                y,
                colour: WHITE.alpha(if heard { 200 } else { 80 }),
                max_width: f32::MAX,
                clip: self.clip(),
            });
        }
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

    fn named(count: usize, heard: bool) -> Vec<MeterChannel> {
        let channel = |at: usize| MeterChannel {
            name: (at + 1).to_string(),
            heard,
        };
        (0..count).map(channel).collect()
    }

    fn colours(meters: &Meters) -> Vec<Colour> {
        let used = [UNDER, RIGHT, OVER, PEAK, TOO_MUCH, UNHEARD];
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
        let one = |dbtp: f32, heard: bool| Meters {
            channels: named(1, heard),
            ..meters(peaks(dbtp))
        };
        assert_eq!(colours(&one(-6.0, true)), [PEAK]);
        assert_eq!(colours(&one(-0.5, true)), [PEAK, TOO_MUCH]);
        assert_eq!(colours(&one(-0.5, false)), [UNHEARD], "nobody hears it");
    }

    #[test]
    fn everything_filled_is_on_whole_pixels_and_in_the_panel() {
        for (count, scale, rect) in [
            (0, 1.0, RECT),
            (2, 1.0, RECT),
            (16, 1.0, RECT),
            (16, 1.5, RECT),
            (16, 1.0, [0.0, 0.0, 800.0, 900.0]),
            (16, 1.0, [3.0, 0.0, 60.0, 90.0]),
            (6, 2.0, [0.0, 300.0, 500.0, 120.0]),
            (16, 1.0, [0.0, 640.0, 400.0, 160.0]),
        ] {
            let levels = MeterLevels {
                momentary_lufs: Some(40.0),
                short_term_lufs: Some(-90.0),
                integrated_lufs: Some(-23.04),
                channels: vec![(-7.3, 9.0); count],
                output: vec![(2.0, -50.0); 2],
            };
            let meters = Meters {
                channels: named(count, true),
                ..meters(levels)
            };
            let [x, y, w, h] = rect;
            for (fill, _) in fills(&meters, rect, scale) {
                let [left, top, wide, high] = fill;
                assert!(fill.iter().all(|v| v.fract() == 0.0), "{fill:?}");
                assert!(
                    left >= x && top >= y && left + wide <= x + w && top + high <= y + h,
                    "{fill:?} in {rect:?}"
                );
            }
        }
    }

    #[test]
    fn sixteen_channels_lie_in_rows_whose_names_can_be_read_and_two_stand() {
        for (count, rect) in [(16, RECT), (16, [0.0, 640.0, 400.0, 160.0]), (3, RECT)] {
            let meters = Meters {
                channels: named(count, true),
                ..meters(MeterLevels::default())
            };
            let panel = meters.panel(rect, 1.0);
            assert!(panel.lies(), "{count} in {rect:?}");
            let all: Vec<&Bar> = panel.channels.iter().chain(&panel.output).collect();
            assert_eq!(all.len(), count + 2);
            assert!(
                all.iter().all(|bar| bar.rect[3] >= 9.0 && bar.rect[2] >= 30.0),
                "{all:?}"
            );
        }
        let two = Meters {
            channels: named(2, true),
            ..meters(MeterLevels::default())
        };
        assert!(!two.panel(RECT, 1.0).lies());
        let wide = Meters {
            channels: named(16, true),
            ..two
        };
        assert!(
            !wide.panel([0.0, 0.0, 760.0, 1600.0], 1.0).lies(),
            "a large viewer"
        );
    }
}
