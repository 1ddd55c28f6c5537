//! Measurements of the picture: luma by place, red, green and blue by place, and colour by hue and saturation.
//!
//! They are counted from the decoded planes, a bounded number of points of each picture, and drawn as a trace; the lines and
//! words around it are laid over it with everything else.

use serde::{Deserialize, Serialize};

use crate::over::Overlay;
use crate::quads::Quad;
use crate::theme::Colour;
use crate::yuv::{Matrix, YuvPicture, to_rgb_rows};

/// Which measurements stand beside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeSet {
    /// None.
    #[default]
    Off,
    /// Luma by place.
    Waveform,
    /// Red, green and blue by place.
    Parade,
    /// Colour by hue and saturation.
    Vectorscope,
    /// All of them.
    All,
}

/// Points that a picture is measured at, at most.
const POINTS: u32 = 80_000;
/// Columns that a picture is measured in, at most.
const COLUMNS: f32 = 1280.0;
/// Levels that a waveform shows, in shares of the range from black to white.
const LEVELS: (f32, f32) = (-0.07, 1.09);
/// Share of a vectorscope's half side that full saturation takes.
const REACH: f32 = 0.92;
/// Direction of skin, whatever its shade: the I axis of NTSC, from the axis of blue.
const SKIN_DEGREES: f32 = 123.0;
const GROUND: [u8; 4] = [12, 12, 12, 255];
const LINE: Colour = Colour([255, 255, 255, 46]);
const STRONG: Colour = Colour([255, 255, 255, 92]);

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Waveform,
    Parade,
    Vectorscope,
}

/// What the numbers of a picture mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The colour matrix: it says where a vectorscope's targets stand.
    pub matrix: Matrix,
    /// Whether black and white are the first and the last code.
    pub full_range: bool,
}

impl Signal {
    /// Of this picture.
    pub const fn of(picture: &YuvPicture) -> Self {
        Self {
            matrix: picture.matrix,
            full_range: picture.full_range,
        }
    }

    /// Codes of black and white, at 10 bits.
    const fn codes(self) -> (u16, u16) {
        if self.full_range { (0, 1023) } else { (64, 940) }
    }
}

/// What measurements show of one picture: red, green, blue and opacity of each pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Rows without padding.
    pub rgba: Vec<u8>,
    /// Device pixels: width, height.
    pub size: (u32, u32),
}

/// The measurements of a set and their places in `[left, top, width, height]`.
fn panes(set: ScopeSet, [x, y, w, h]: [f32; 4]) -> Vec<(Scope, [f32; 4])> {
    let scopes: &[Scope] = match set {
        ScopeSet::Off => &[],
        ScopeSet::Waveform => &[Scope::Waveform],
        ScopeSet::Parade => &[Scope::Parade],
        ScopeSet::Vectorscope => &[Scope::Vectorscope],
        ScopeSet::All => &[Scope::Waveform, Scope::Parade, Scope::Vectorscope],
    };
    let count = scopes.len().max(1) as f32;
    let place = |at: usize| {
        let at = at as f32;
        if h >= w {
            let high = (h / count).floor();
            [x, y + at * high, w, high]
        } else {
            let wide = (w / count).floor();
            [x + at * wide, y, wide, h]
        }
    };
    let inset = |[x, y, w, h]: [f32; 4]| [x + 6.0, y + 6.0, (w - 12.0).max(1.0), (h - 12.0).max(1.0)];
    scopes
        .iter()
        .enumerate()
        .map(|(at, scope)| (*scope, inset(place(at))))
        .collect()
}

/// Where a level stands in a pane.
fn level_y(level: f32, [_, y, _, h]: [f32; 4]) -> f32 {
    let share = (LEVELS.1 - level) / (LEVELS.1 - LEVELS.0);
    y + share * h
}

/// Where a colour difference (each −0.5 to 0.5) stands in a pane.
fn vector_at((blue, red): (f32, f32), [x, y, w, h]: [f32; 4]) -> (f32, f32) {
    let half = w.min(h) / 2.0 * REACH;
    (x + w / 2.0 + blue * 2.0 * half, y + h / 2.0 - red * 2.0 * half)
}

/// Colour differences of a colour.
fn difference(matrix: Matrix, [red, green, blue]: [f32; 3]) -> (f32, f32) {
    let (kr, kb) = matrix.weights();
    let (kr, kb) = (kr as f32, kb as f32);
    let luma = kr * red + (1.0 - kr - kb) * green + kb * blue;
    (
        (blue - luma) / (2.0 * (1.0 - kb)),
        (red - luma) / (2.0 * (1.0 - kr)),
    )
}

/// Names of the colours of bars and what they are made of.
const BARS: [(&str, [f32; 3]); 6] = [
    ("R", [1.0, 0.0, 0.0]),
    ("Yl", [1.0, 1.0, 0.0]),
    ("G", [0.0, 1.0, 0.0]),
    ("Cy", [0.0, 1.0, 1.0]),
    ("B", [0.0, 0.0, 1.0]),
    ("Mg", [1.0, 0.0, 1.0]),
];

impl Trace {
    /// Measures a picture for a panel of `size` device pixels. Planes that do not fit their size measure as nothing.
    pub fn of(picture: &YuvPicture, set: ScopeSet, size: (u32, u32)) -> Self {
        let rect = [0.0, 0.0, size.0 as f32, size.1 as f32];
        let mut canvas = Canvas::new(size);
        if picture.check().is_ok() {
            for (scope, pane) in panes(set, rect) {
                canvas.measure(picture, scope, pane);
            }
        }
        Self {
            rgba: canvas.developed(),
            size,
        }
    }
}

/// How often each colour fell on each pixel.
struct Canvas {
    light: Vec<[f32; 3]>,
    size: (u32, u32),
}

impl Canvas {
    fn new(size: (u32, u32)) -> Self {
        Self {
            light: vec![[0.0; 3]; size.0 as usize * size.1 as usize],
            size,
        }
    }

    fn measure(&mut self, picture: &YuvPicture, scope: Scope, pane: [f32; 4]) {
        let reader = Reader::of(picture);
        let [x, _, w, h] = pane;
        // At least one column of points for each of pixels, so that a flat field is a line without gaps.
        let columns = match scope {
            Scope::Parade => w / 3.0,
            Scope::Waveform | Scope::Vectorscope => w,
        };
        let across = columns.ceil().clamp(64.0, COLUMNS) as u32;
        let upright = if reader.lies() {
            picture.width
        } else {
            picture.height
        };
        let down = (POINTS / across).clamp(1, upright);
        // As bright however many points and pixels there are.
        let room = match scope {
            Scope::Waveform => 0.16 * w * h,
            Scope::Parade => 0.16 * w * h / 3.0,
            Scope::Vectorscope => 0.13 * w.min(h).powi(2),
        };
        let exposure = room / (across * down) as f32;
        for row in 0..down {
            for column in 0..across {
                let share = (column as f32 + 0.5) / across as f32;
                let [luma, blue, red] = reader.at(share, (row as f32 + 0.5) / down as f32);
                match scope {
                    Scope::Waveform => {
                        let at = (x + share * w, level_y(luma, pane));
                        self.expose(at, [0.75 * exposure, exposure, 0.8 * exposure]);
                    }
                    Scope::Parade => {
                        for (channel, level) in reader.rgb([luma, blue, red]).into_iter().enumerate() {
                            let mut light = [0.28 * exposure; 3];
                            light[channel] = exposure;
                            let at = x + (channel as f32 + 0.02 + share * 0.96) * w / 3.0;
                            self.expose((at, level_y(level, pane)), light);
                        }
                    }
                    Scope::Vectorscope => {
                        let [r, g, b] = reader
                            .rgb([0.55, blue, red])
                            .map(|v| v.clamp(0.15, 1.0) * exposure);
                        self.expose(vector_at((blue, red), pane), [r, g, b]);
                    }
                }
            }
        }
    }

    fn expose(&mut self, (x, y): (f32, f32), light: [f32; 3]) {
        let (x, y) = (x.floor(), y.floor());
        if x < 0.0 || y < 0.0 || x >= self.size.0 as f32 || y >= self.size.1 as f32 {
            return;
        }
        let at = y as usize * self.size.0 as usize + x as usize;
        for (sum, more) in self.light[at].iter_mut().zip(light) {
            *sum += more;
        }
    }

    fn developed(&self) -> Vec<u8> {
        let mut rgba = Vec::with_capacity(self.light.len() * 4);
        for light in &self.light {
            if *light == [0.0; 3] {
                rgba.extend_from_slice(&GROUND);
                continue;
            }
            // The colour stays however bright it is, so that a parade's red never turns white.
            let most = light.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
            let share = 1.0 - (-most).exp();
            for (channel, ground) in light.iter().zip(GROUND) {
                let ground = f32::from(ground);
                rgba.push((ground + share * channel / most * (255.0 - ground)) as u8);
            }
            rgba.push(255);
        }
        rgba
    }
}

/// Reads samples of a picture as levels: luma 0 to 1, colour differences −0.5 to 0.5.
struct Reader<'a> {
    picture: &'a YuvPicture,
    rows: [[f32; 4]; 3],
    sizes: [(u32, u32); 3],
    wide: bool,
}

impl<'a> Reader<'a> {
    fn of(picture: &'a YuvPicture) -> Self {
        Self {
            picture,
            rows: to_rgb_rows(picture.matrix, true, 8).map(|row| row.map(|v| v as f32)),
            sizes: [0, 1, 2].map(|plane| picture.plane_size(plane)),
            wide: picture.bits > 8,
        }
    }

    /// Whether the picture lies on its side in its planes.
    const fn lies(&self) -> bool {
        self.picture.look.turn.quarters % 2 == 1
    }

    /// Luma and colour differences at a place of the upright picture, 0 to 1 across and down.
    fn at(&self, across: f32, down: f32) -> [f32; 3] {
        let turn = self.picture.look.turn;
        let (x, y) = match turn.quarters % 4 {
            0 => (across, down),
            1 => (down, 1.0 - across),
            2 => (1.0 - across, 1.0 - down),
            _ => (1.0 - down, across),
        };
        let x = if turn.mirrored { 1.0 - x } else { x };
        [0, 1, 2].map(|plane| {
            let (w, h) = self.sizes[plane];
            let index = |share: f32, count: u32| ((share * count as f32) as u32).min(count - 1);
            self.level(plane, self.code(plane, index(x, w), index(y, h)))
        })
    }

    fn code(&self, plane: usize, x: u32, y: u32) -> f32 {
        let data = &self.picture.planes[plane];
        let at = y as usize * data.stride_bytes as usize;
        if self.wide {
            let at = at + x as usize * 2;
            let low = data.bytes.get(at).copied().unwrap_or(0);
            let high = data.bytes.get(at + 1).copied().unwrap_or(0);
            f32::from(u16::from_le_bytes([low, high]))
        } else {
            data.bytes.get(at + x as usize).copied().map_or(0.0, f32::from)
        }
    }

    fn level(&self, plane: usize, code: f32) -> f32 {
        let steps = f32::from(1u16 << (self.picture.bits - 8));
        let (zero, whole) = match (plane, self.picture.full_range) {
            (0, true) => (0.0, 256.0 * steps - 1.0),
            (0, false) => (16.0 * steps, 219.0 * steps),
            (_, true) => (128.0 * steps, 256.0 * steps - 1.0),
            (_, false) => (128.0 * steps, 224.0 * steps),
        };
        (code - zero) / whole
    }

    /// Red, green and blue, 0 to 1, of what [`Self::at`] read.
    fn rgb(&self, [luma, blue, red]: [f32; 3]) -> [f32; 3] {
        let codes = [luma * 255.0, blue * 255.0 + 128.0, red * 255.0 + 128.0];
        self.rows
            .map(|[a, b, c, d]| a * codes[0] + b * codes[1] + c * codes[2] + d)
    }
}

impl Overlay<'_> {
    /// Lines and words around the traces of a panel at `rect`.
    pub fn scopes(&mut self, set: ScopeSet, rect: [f32; 4]) {
        for (scope, pane) in panes(set, rect) {
            match scope {
                Scope::Waveform => self.levels("Luma", pane),
                Scope::Parade => {
                    self.levels("R  G  B", pane);
                    let [x, y, w, h] = pane;
                    for third in [1.0, 2.0] {
                        let at = (x + third * w / 3.0).round();
                        self.quads.push(Quad::fill(at, y, self.hair(1.0), h, LINE));
                    }
                }
                Scope::Vectorscope => self.vectors(pane),
            }
        }
    }

    fn levels(&mut self, name: &str, pane: [f32; 4]) {
        let [x, y, w, _] = pane;
        for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
            let at = level_y(percent / 100.0, pane).round();
            let is_edge = percent == 0.0 || percent == 100.0;
            let colour = if is_edge { STRONG } else { LINE };
            self.quads.push(Quad::fill(x, at, w, self.hair(1.0), colour));
            let (black, white) = self.signal.codes();
            let words = match percent {
                0.0 => format!("0 %  {black}"),
                100.0 => format!("100 %  {white}"),
                _ => format!("{percent:.0}"),
            };
            self.small(&words, (x + self.hair(2.0), at - self.hair(6.0)));
        }
        self.small(name, (x + w - self.hair(46.0), y + self.hair(7.0)));
    }

    fn vectors(&mut self, pane: [f32; 4]) {
        let [x, y, w, h] = pane;
        let hair = self.hair(1.0);
        let (middle_x, middle_y) = (x + w / 2.0, y + h / 2.0);
        let half = w.min(h) / 2.0 * REACH;
        self.quads.push(Quad::fill(
            middle_x - half,
            middle_y.round(),
            2.0 * half,
            hair,
            LINE,
        ));
        self.quads.push(Quad::fill(
            middle_x.round(),
            middle_y - half,
            hair,
            2.0 * half,
            LINE,
        ));
        let ring = Quad::fill(
            middle_x - half,
            middle_y - half,
            2.0 * half,
            2.0 * half,
            Colour::CLEAR,
        );
        self.quads.push(ring.radius(half).border(LINE, hair));
        let (sine, cosine) = SKIN_DEGREES.to_radians().sin_cos();
        let dots = (half / (3.0 * hair)).max(1.0) as u32;
        for dot in 0..dots {
            let far = half * dot as f32 / dots as f32;
            let (at_x, at_y) = (middle_x + far * cosine, middle_y - far * sine);
            self.quads
                .push(Quad::fill(at_x.round(), at_y.round(), hair, hair, STRONG));
        }
        let side = self.hair(9.0);
        for (name, colour) in BARS {
            let target = difference(self.signal.matrix, colour.map(|v| v * 0.75));
            let (at_x, at_y) = vector_at(target, pane);
            let quad = Quad::fill(at_x - side / 2.0, at_y - side / 2.0, side, side, Colour::CLEAR);
            self.quads.push(quad.border(STRONG, hair));
            self.small(name, (at_x + side * 0.7, at_y - side * 0.6));
        }
    }
}

#[cfg(test)]
mod tests;
