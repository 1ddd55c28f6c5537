//! Places in a panel of meters, on whole pixels: bars of loudness, a bar for each channel of the source and for each of the two it is
//! mixed to, and figures.
//!
//! Channels stand beside each other as long as their names fit below them. More of them lie in rows below each other, behind their
//! names, and where there is no height for that in columns of rows.

/// Rows of channels are at least so high, in CSS pixels: a name can be read.
const ROW_MIN: f32 = 11.0;
/// And at most so high.
const ROW_MAX: f32 = 18.0;
/// Columns of rows, at most.
const COLUMNS_MAX: usize = 3;
/// What the names of the output take in front of their rows, in CSS pixels.
const OUTPUT_NAME: f32 = 25.0;
/// What a letter of a channel's name takes, in CSS pixels, at most.
const LETTER: f32 = 6.5;

/// Where a bar fills up: upwards, or to the right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    pub rect: [f32; 4],
    pub lies: bool,
}

impl Bar {
    /// What lies between two shares of its length, counted from where it begins to fill.
    pub fn part(&self, from: f32, to: f32) -> [f32; 4] {
        let [x, y, w, h] = self.rect;
        let (from, to) = (from.clamp(0.0, 1.0), to.clamp(0.0, 1.0));
        if self.lies {
            let (left, right) = ((x + from * w).round(), (x + to * w).round());
            [left, y, right - left, h]
        } else {
            let (top, bottom) = ((y + (1.0 - to) * h).round(), (y + (1.0 - from) * h).round());
            [x, top, w, bottom - top]
        }
    }

    /// A line of so many pixels at a share of its length, inside it.
    pub fn line(&self, at: f32, thick: f32) -> [f32; 4] {
        let [x, y, w, h] = self.rect;
        let at = at.clamp(0.0, 1.0);
        if self.lies {
            [(x + at * w).round().min(x + w - thick), y, thick, h]
        } else {
            [x, (y + (1.0 - at) * h).round().min(y + h - thick), w, thick]
        }
    }
}

/// Places in a panel.
pub(super) struct Panel {
    /// The bars of momentary and short-term loudness.
    pub loudness: [Bar; 2],
    /// A bar for each of the source's channels.
    pub channels: Vec<Bar>,
    /// And for each of those it is mixed to.
    pub output: Vec<Bar>,
    /// What the lines of their scale cross; one for each column of rows.
    pub scales: Vec<Bar>,
    /// Left edge, top and width of the figures.
    pub figures: (f32, f32, f32),
    /// Height of a line of figures.
    pub row: f32,
}

impl Panel {
    /// Arranges a panel at `rect` for so many channels of the source, whose longest name has `letters`, and of the output.
    pub fn of(rect: [f32; 4], scale: f32, (channels, letters): (usize, usize), output: usize) -> Self {
        let css = |v: f32| (v * scale).round();
        let [x, y, w, h] = rect;
        let row = css(16.0);
        let figures_high = 6.0 * row + css(6.0);
        let is_lying = w > h;
        let figures_wide = css(150.0).min(w / 2.0).floor();
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
        let (top, height) = ((y + head).round(), (bars_high - head - foot).max(4.0).round());
        let left = (x + pad + numbers).round();
        let right = (x + bars_wide - pad).round();
        let gap = css(2.0).max(1.0);
        let name_wide = css(LETTER * letters.max(1) as f32);
        // As wide as the whole leaves them, beside channels that stand.
        let wide = ((bars_wide - 2.0 * pad - 2.0 * numbers).max(8.0) * 0.21)
            .floor()
            .max(1.0);
        let beside = left + 2.0 * wide + gap + numbers;
        let standing = Standing {
            area: [beside, top, (right - beside).max(2.0), height],
            gap,
            apart: css(6.0),
            most: css(24.0),
        };
        let mut panel = Self {
            loudness: loudness([left, top, wide, height], gap),
            channels: Vec::new(),
            output: Vec::new(),
            scales: Vec::new(),
            figures,
            row,
        };
        if channels == 0 || standing.each(channels, output) >= name_wide {
            (panel.channels, panel.output) = standing.bars(channels, output);
            panel.scales = vec![Bar {
                rect: standing.area,
                lies: false,
            }];
            return panel;
        }
        let narrow = css(10.0).min(wide);
        panel.loudness = loudness([left, top, narrow, height], gap);
        let beside = left + 2.0 * narrow + gap + css(8.0);
        let lying = Lying {
            area: [beside, top, (right - beside).max(2.0), height],
            name_wide: name_wide.max(css(OUTPUT_NAME)),
            gap,
            apart: css(4.0),
            least: css(ROW_MIN),
            most: css(ROW_MAX),
        };
        (panel.channels, panel.output, panel.scales) = lying.bars(channels, output);
        panel
    }

    /// Whether channels lie in rows.
    pub fn lies(&self) -> bool {
        self.scales.iter().any(|scale| scale.lies)
    }
}

fn loudness([x, y, w, h]: [f32; 4], gap: f32) -> [Bar; 2] {
    [x, x + w + gap].map(|x| Bar {
        rect: [x, y, w, h],
        lies: false,
    })
}

/// Channels beside each other: the source's, and apart from them the output's.
struct Standing {
    area: [f32; 4],
    gap: f32,
    apart: f32,
    most: f32,
}

impl Standing {
    fn apart(&self, channels: usize, output: usize) -> f32 {
        if channels > 0 && output > 0 {
            self.apart
        } else {
            0.0
        }
    }

    /// Width of each.
    fn each(&self, channels: usize, output: usize) -> f32 {
        let count = (channels + output).max(1) as f32;
        let room = self.area[2] - self.gap * (count - 1.0) - self.apart(channels, output);
        (room / count).floor().clamp(1.0, self.most)
    }

    fn bars(&self, channels: usize, output: usize) -> (Vec<Bar>, Vec<Bar>) {
        let [x, y, _, h] = self.area;
        let each = self.each(channels, output);
        let bar = |at: usize, apart: f32| Bar {
            rect: [(x + at as f32 * (each + self.gap) + apart).round(), y, each, h],
            lies: false,
        };
        let apart = self.apart(channels, output);
        (
            (0..channels).map(|at| bar(at, 0.0)).collect(),
            (channels..channels + output).map(|at| bar(at, apart)).collect(),
        )
    }
}

/// Channels below each other, behind their names, the output's last.
struct Lying {
    area: [f32; 4],
    name_wide: f32,
    gap: f32,
    /// Between the source's and the output's where both are in one column, and between columns.
    apart: f32,
    least: f32,
    most: f32,
}

impl Lying {
    fn bars(&self, channels: usize, output: usize) -> (Vec<Bar>, Vec<Bar>, Vec<Bar>) {
        let [x, y, w, h] = self.area;
        let count = channels + output;
        let rows_of = |columns: usize| count.div_ceil(columns);
        let columns = (1..COLUMNS_MAX)
            .find(|columns| h / rows_of(*columns) as f32 >= self.least)
            .unwrap_or(COLUMNS_MAX);
        let rows = rows_of(columns);
        let apart = if columns == 1 { self.apart } else { 0.0 };
        let pitch = ((h - apart) / rows as f32).floor().clamp(2.0, self.most);
        let wide = ((w - self.apart * (columns - 1) as f32) / columns as f32).floor();
        let bar_wide = (wide - self.name_wide - self.gap).max(2.0);
        let left =
            |column: usize| (x + column as f32 * (wide + self.apart) + self.name_wide + self.gap).round();
        let bars: Vec<Bar> = (0..count)
            .map(|at| Bar {
                rect: [
                    left(at / rows),
                    y + (at % rows) as f32 * pitch + if at < channels { 0.0 } else { apart },
                    bar_wide,
                    (pitch - self.gap.min(pitch / 3.0).round()).max(1.0),
                ],
                lies: true,
            })
            .collect();
        let scales = (0..columns)
            .map(|column| Bar {
                rect: [left(column), y, bar_wide, rows as f32 * pitch + apart],
                lies: true,
            })
            .collect();
        let output = bars[channels..].to_vec();
        (bars[..channels].to_vec(), output, scales)
    }
}
