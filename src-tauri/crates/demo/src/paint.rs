//! The picture and the quick brushes: whole-frame work that must take about a millisecond, so it is written as plain loops
//! over bytes instead of going through a path renderer.

use tiny_skia::PixmapMut;

use crate::noise;

/// Width of the film, px.
pub const WIDTH: usize = 1280;
/// Height of the film, px.
pub const HEIGHT: usize = 720;

/// A colour, sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// `0xRRGGBB`.
    pub(crate) const fn hex(value: u32) -> Self {
        Self(
            (value >> 16 & 255) as u8,
            (value >> 8 & 255) as u8,
            (value & 255) as u8,
        )
    }

    /// Part way to `other`.
    pub(crate) fn toward(self, other: Self, part: f32) -> Self {
        let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    pub(crate) fn floats(self) -> [f32; 3] {
        [f32::from(self.0), f32::from(self.1), f32::from(self.2)]
    }
}

/// One finished or growing frame: opaque RGBA, rows without padding.
pub(crate) struct Picture {
    pub(crate) pixels: Vec<u8>,
}

/// A drawn sheet that moves over the picture: premultiplied RGBA. `rows` holds where each row has anything at all.
pub(crate) struct Layer {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    rows: Vec<(usize, usize)>,
}

impl Layer {
    /// A sheet painted with paths.
    pub(crate) fn painted(width: usize, height: usize, paint: impl FnOnce(&mut PixmapMut<'_>)) -> Self {
        let mut pixels = vec![0; width * height * 4];
        if let Some(mut sheet) = PixmapMut::from_bytes(&mut pixels, width as u32, height as u32) {
            paint(&mut sheet);
        }
        Self::of(width, height, pixels)
    }

    /// A sheet whose every pixel is computed: premultiplied RGBA as 0..255 floats, dithered so that soft slopes do not band.
    pub(crate) fn computed(width: usize, height: usize, colour: impl Fn(usize, usize) -> [f32; 4]) -> Self {
        let mut pixels = Vec::with_capacity(width * height * 4);
        for y in 0..height {
            for x in 0..width {
                let dither = noise::at(11, (y * width + x) as i64);
                pixels.extend(colour(x, y).map(|v| (v + dither).clamp(0.0, 255.0) as u8));
            }
        }
        // Dithering may not lift a colour over its own coverage, or the blend would brighten.
        for pixel in pixels.as_chunks_mut::<4>().0 {
            for channel in 0..3 {
                pixel[channel] = pixel[channel].min(pixel[3]);
            }
        }
        Self::of(width, height, pixels)
    }

    /// A ridge: everything below `top(x)` (px from the top, antialiased), coloured from `high` at the ridge to `low` at
    /// `depth` px below it.
    pub(crate) fn ridge(width: usize, top: impl Fn(f32) -> f32, high: Rgb, low: Rgb, depth: f32) -> Self {
        let tops: Vec<f32> = (0..width).map(|x| top(x as f32)).collect();
        Self::computed(width, HEIGHT, |x, y| {
            let below = y as f32 + 1.0 - tops[x];
            let cover = below.clamp(0.0, 1.0);
            let part = noise::ease(below / depth);
            let (a, b) = (high.floats(), low.floats());
            let channel = |c: usize| (a[c] + (b[c] - a[c]) * part) * cover;
            [channel(0), channel(1), channel(2), cover * 255.0]
        })
    }

    /// Drifting mist: `thickness(y)` 0..1 by row, its shreds `stretch` px wide.
    pub(crate) fn mist(
        width: usize,
        seed: u64,
        stretch: f32,
        colour: Rgb,
        thickness: impl Fn(f32) -> f32,
    ) -> Self {
        let [red, green, blue] = colour.floats();
        let rows: Vec<f32> = (0..HEIGHT).map(|y| thickness(y as f32)).collect();
        Self::computed(width, HEIGHT, |x, y| {
            if rows[y] <= 0.0 {
                return [-1.0; 4];
            }
            let shred = noise::plane(seed, x as f32 / stretch, y as f32 / (stretch * 0.28), 4);
            let cover = (rows[y] * noise::ease((shred - 0.22) * 1.9)).clamp(0.0, 1.0);
            [red * cover, green * cover, blue * cover, 255.0 * cover]
        })
    }

    /// A sky or any other backdrop that only changes from top to bottom: colour stops by height 0..1.
    pub(crate) fn slope(width: usize, stops: &[(f32, Rgb)]) -> Self {
        let rows: Vec<[f32; 4]> = (0..HEIGHT)
            .map(|y| stop_at(stops, y as f32 / HEIGHT as f32))
            .collect();
        Self::computed(width, HEIGHT, |_, y| rows[y])
    }

    fn of(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        let rows = pixels
            .chunks_exact(width * 4)
            .map(|row| {
                let filled = |pixel: &[u8; 4]| pixel[3] != 0;
                let (row, _) = row.as_chunks::<4>();
                let first = row.iter().position(filled).unwrap_or(width);
                let last = row.iter().rposition(filled).map_or(first, |at| at + 1);
                (first, last)
            })
            .collect();
        Self {
            width,
            height,
            pixels,
            rows,
        }
    }

    /// Paints more on the sheet.
    pub(crate) fn with(mut self, paint: impl FnOnce(&mut PixmapMut<'_>)) -> Self {
        if let Some(mut sheet) =
            PixmapMut::from_bytes(&mut self.pixels, self.width as u32, self.height as u32)
        {
            paint(&mut sheet);
        }
        Self::of(self.width, self.height, self.pixels)
    }
}

fn stop_at(stops: &[(f32, Rgb)], at: f32) -> [f32; 4] {
    let next = stops
        .iter()
        .position(|(place, _)| *place >= at)
        .unwrap_or(stops.len().saturating_sub(1));
    let (to_place, to) = stops[next];
    let (from_place, from) = stops[next.saturating_sub(1)];
    let part = if to_place > from_place {
        ((at - from_place) / (to_place - from_place)).clamp(0.0, 1.0)
    } else {
        1.0
    };
    let (a, b) = (from.floats(), to.floats());
    let channel = |c: usize| a[c] + (b[c] - a[c]) * part;
    [channel(0), channel(1), channel(2), 255.0]
}

impl Picture {
    /// Black.
    pub(crate) fn black() -> Self {
        let mut pixels = vec![0; WIDTH * HEIGHT * 4];
        pixels
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|pixel| pixel[3] = 255);
        Self { pixels }
    }

    /// Paints paths straight on the picture.
    pub(crate) fn paint(&mut self, paint: impl FnOnce(&mut PixmapMut<'_>)) {
        if let Some(mut sheet) = PixmapMut::from_bytes(&mut self.pixels, WIDTH as u32, HEIGHT as u32) {
            paint(&mut sheet);
        }
    }

    /// Lays a sheet over the picture with its left edge at `x` (fractions of a pixel count, so slow pans do not step) and its
    /// top at row `y`.
    pub(crate) fn lay(&mut self, layer: &Layer, x: f32, y: isize) {
        let shift = x.floor();
        // Between two source pixels: `near` is the weight of the right one.
        let near = ((1.0 - (x - shift)) * 256.0).round() as u32 & 255;
        let left = shift as isize + isize::from(near != 0);
        for row in 0..layer.height {
            let target = y + row as isize;
            let (first, last) = layer.rows[row];
            if first >= last || target < 0 || target >= HEIGHT as isize {
                continue;
            }
            // With a fraction each target pixel reads source pixels `s` and `s + 1`.
            let from = (first as isize - isize::from(near != 0) + left).max(left).max(0);
            let to = (last as isize + left)
                .min(WIDTH as isize)
                .min(left + layer.width as isize - isize::from(near != 0));
            if from >= to {
                continue;
            }
            let source = &layer.pixels[row * layer.width * 4..(row + 1) * layer.width * 4];
            let source = &source[(from - left) as usize * 4..];
            let start = (target as usize * WIDTH + from as usize) * 4;
            let goal = &mut self.pixels[start..start + (to - from) as usize * 4];
            if near == 0 {
                lay_row(goal, source);
            } else {
                lay_row_between(goal, source, near);
            }
        }
    }

    /// Adds light: a soft round glow that is full at the centre and nothing at `radius` px.
    pub(crate) fn glow(&mut self, x: f32, y: f32, radius: f32, colour: Rgb, strength: f32) {
        self.glow_oval(x, y, radius, radius, colour, strength);
    }

    /// Adds light in an oval.
    pub(crate) fn glow_oval(&mut self, x: f32, y: f32, across: f32, down: f32, colour: Rgb, strength: f32) {
        let light = colour.floats().map(|v| v * strength);
        let (left, right) = clip(x - across, x + across, WIDTH);
        let (top, bottom) = clip(y - down, y + down, HEIGHT);
        for row in top..bottom {
            let dy = (row as f32 + 0.5 - y) / down;
            let line = &mut self.pixels[(row * WIDTH + left) * 4..(row * WIDTH + right.max(left)) * 4];
            for (at, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let dx = ((left + at) as f32 + 0.5 - x) / across;
                let inside = (1.0 - dx * dx - dy * dy).max(0.0);
                let amount = inside * inside * inside;
                for channel in 0..3 {
                    pixel[channel] = (f32::from(pixel[channel]) + light[channel] * amount).min(255.0) as u8;
                }
            }
        }
    }

    /// Adds a wedge of light from (x, y): unit direction, length in px, half width per px of length.
    pub(crate) fn beam(
        &mut self,
        from: (f32, f32),
        toward: (f32, f32),
        length: f32,
        spread: f32,
        light: (Rgb, f32),
    ) {
        let colour = light.0.floats().map(|v| v * light.1);
        let (dx, dy) = toward;
        for row in 0..HEIGHT {
            let py = row as f32 + 0.5 - from.1;
            let line = &mut self.pixels[row * WIDTH * 4..(row + 1) * WIDTH * 4];
            for (at, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let px = at as f32 + 0.5 - from.0;
                let along = px * dx + py * dy;
                let aside = (px * dy - py * dx).abs();
                let half = spread * along + 3.0;
                if along <= 0.0 || along >= length || aside >= half {
                    continue;
                }
                let edge = 1.0 - aside / half;
                let far = 1.0 - along / length;
                let amount = edge * edge * far * far;
                for channel in 0..3 {
                    pixel[channel] = (f32::from(pixel[channel]) + colour[channel] * amount).min(255.0) as u8;
                }
            }
        }
    }

    /// A thin falling line of light, `length` px down, leaning `lean` px per px.
    pub(crate) fn streak(&mut self, x: f32, y: f32, length: f32, lean: f32, light: f32) {
        let steps = length as usize;
        for step in 0..steps {
            let row = y + step as f32;
            if row < 0.0 || row >= HEIGHT as f32 {
                continue;
            }
            let column = x + lean * step as f32;
            let whole = column.floor();
            // Brightest in the middle of the drop.
            let part = step as f32 / length;
            let amount = light * 4.0 * part * (1.0 - part);
            for (offset, weight) in [(0.0, 1.0 - (column - whole)), (1.0, column - whole)] {
                let at = whole + offset;
                if at < 0.0 || at >= WIDTH as f32 {
                    continue;
                }
                let start = (row as usize * WIDTH + at as usize) * 4;
                for channel in &mut self.pixels[start..start + 3] {
                    *channel = channel.saturating_add((amount * weight) as u8);
                }
            }
        }
    }

    /// Water below `shore`: the picture above is mirrored, squeezed by `squeeze`, rippled and tinted.
    pub(crate) fn mirror(
        &mut self,
        shore: usize,
        squeeze: f32,
        ripple: f32,
        time_secs: f32,
        tint: (Rgb, f32),
    ) {
        let (above, below) = self.pixels.split_at_mut(shore * WIDTH * 4);
        let keep = ((1.0 - tint.1) * 256.0) as u32;
        let add = tint.0.floats().map(|v| (v * tint.1) as u32);
        for (depth, line) in below.chunks_exact_mut(WIDTH * 4).enumerate() {
            let deep = depth as f32;
            let near = 0.25 + deep / (HEIGHT - shore) as f32;
            let wave = (deep * 0.55 / near.sqrt() + time_secs * 2.1).sin()
                + 0.6 * (deep * 0.23 + time_secs * 1.3).sin();
            let lift = 1.5 * near * (deep * 0.31 - time_secs * 2.7).sin();
            let source = shore as f32 - 1.0 - deep * squeeze - lift;
            let source = source.clamp(0.0, shore as f32 - 1.0) as usize;
            let shift = (wave * ripple * near).round() as isize;
            let from = &above[source * WIDTH * 4..(source + 1) * WIDTH * 4];
            let glint = 1.0 + 0.16 * (deep * 0.9 / near - time_secs * 3.0).sin();
            let keep = (keep as f32 * glint) as u32;
            for (at, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let column = (at as isize + shift).clamp(0, WIDTH as isize - 1) as usize * 4;
                for channel in 0..3 {
                    pixel[channel] =
                        (((u32::from(from[column + channel]) * keep) >> 8) + add[channel]).min(255) as u8;
                }
            }
        }
    }

    /// Moves the whole picture toward a colour.
    pub(crate) fn wash(&mut self, colour: Rgb, part: f32) {
        let weight = (part.clamp(0.0, 1.0) * 256.0) as u32;
        let add = [colour.0, colour.1, colour.2].map(|v| u32::from(v) * weight);
        for pixel in self.pixels.as_chunks_mut::<4>().0 {
            for channel in 0..3 {
                pixel[channel] = ((u32::from(pixel[channel]) * (256 - weight) + add[channel]) >> 8) as u8;
            }
        }
    }

    /// Mixes `other` in.
    pub(crate) fn dissolve(&mut self, other: &Self, part: f32) {
        let weight = (part.clamp(0.0, 1.0) * 256.0) as u32;
        for (mine, theirs) in self.pixels.iter_mut().zip(&other.pixels) {
            *mine = ((u32::from(*mine) * (256 - weight) + u32::from(*theirs) * weight) >> 8) as u8;
        }
    }
}

fn clip(from: f32, to: f32, limit: usize) -> (usize, usize) {
    (
        from.floor().clamp(0.0, limit as f32) as usize,
        to.ceil().clamp(0.0, limit as f32) as usize,
    )
}

fn lay_row(goal: &mut [u8], source: &[u8]) {
    for (to, from) in goal
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(source.as_chunks::<4>().0)
    {
        match from[3] {
            0 => {}
            255 => *to = *from,
            cover => {
                let keep = 255 - u32::from(cover);
                for channel in 0..3 {
                    to[channel] = (u32::from(from[channel]) + (u32::from(to[channel]) * keep + 127) / 255)
                        .min(255) as u8;
                }
            }
        }
    }
}

/// Two channels of a pixel in one word, sixteen bits each, so that one multiplication serves both.
const PAIR: u32 = 0x00ff_00ff;

fn lay_row_between(goal: &mut [u8], source: &[u8], near: u32) {
    let (source, _) = source.as_chunks::<4>();
    let far = 256 - near;
    let mix = |a: u32, b: u32| (a & PAIR) * far + (b & PAIR) * near;
    for (at, to) in goal.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let a = u32::from_le_bytes(source[at]);
        let b = u32::from_le_bytes(source[(at + 1).min(source.len() - 1)]);
        if (a | b) >> 24 == 0 {
            continue;
        }
        let even = mix(a, b) >> 8 & PAIR;
        let odd = mix(a >> 8, b >> 8) >> 8 & PAIR;
        let cover = odd >> 16;
        // 255 must leave nothing of what was there, 0 everything: 256 - cover, one less from the middle up.
        let keep = 256 - cover - (cover >> 7);
        let under = u32::from_le_bytes(*to);
        let even = even + (((under & PAIR) * keep) >> 8 & PAIR);
        let odd = odd + (((under >> 8 & PAIR) * keep) >> 8 & PAIR);
        *to = (even | odd << 8 | 0xff00_0000).to_le_bytes();
    }
}

/// The last touch on every frame: darker corners and film grain, both the same for the same frame.
pub(crate) struct Print {
    corners: Vec<u8>,
    grain: Vec<i8>,
}

/// Side of the square grain tile, px; a power of two.
const TILE: usize = 256;

impl Print {
    pub(crate) fn new() -> Self {
        let corners = (0..WIDTH * HEIGHT)
            .map(|at| {
                let x = (at % WIDTH) as f32 / WIDTH as f32 - 0.5;
                let y = (at / WIDTH) as f32 / HEIGHT as f32 - 0.5;
                let away = (x * x * 1.5 + y * y * 1.7).min(1.0);
                (255.0 * (1.0 - 0.42 * noise::ease(away * 1.35))) as u8
            })
            .collect();
        // The sum of three throws is close to a bell curve; four levels of swing hide banding and read as film.
        let grain = (0..TILE * TILE)
            .map(|at| {
                let throws: f32 = (0..3).map(|k| noise::at(91 + k, at as i64) - 0.5).sum();
                (throws * 3.6).round() as i8
            })
            .collect();
        Self { corners, grain }
    }

    pub(crate) fn finish(&self, picture: &mut Picture, frame: u32) {
        let roll = noise::scramble(u64::from(frame));
        let (across, down) = (roll as usize % TILE, (roll >> 20) as usize % TILE);
        for (row, line) in picture.pixels.chunks_exact_mut(WIDTH * 4).enumerate() {
            let corners = &self.corners[row * WIDTH..(row + 1) * WIDTH];
            let tile = ((row + down) % TILE) * TILE;
            for (at, (pixel, corner)) in line.as_chunks_mut::<4>().0.iter_mut().zip(corners).enumerate() {
                let grain = i32::from(self.grain[tile + (at + across) % TILE]);
                for channel in &mut pixel[..3] {
                    let shaded = (i32::from(*channel) * (i32::from(*corner) + 1)) >> 8;
                    *channel = (shaded + grain).clamp(0, 255) as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot() -> Layer {
        Layer::computed(8, 1, |x, _| {
            if x == 4 {
                [200.0, 100.0, 50.0, 255.0]
            } else {
                [-1.0; 4]
            }
        })
    }

    #[test]
    fn a_whole_pixel_move_copies_and_half_a_pixel_splits_evenly() {
        let mut picture = Picture::black();
        picture.lay(&dot(), 10.0, 3);
        let pixel = |picture: &Picture, x: usize| picture.pixels[(3 * WIDTH + x) * 4];
        assert_eq!(
            (pixel(&picture, 13), pixel(&picture, 14), pixel(&picture, 15)),
            (0, 200, 0)
        );
        let mut picture = Picture::black();
        picture.lay(&dot(), 10.5, 3);
        let (left, right) = (pixel(&picture, 14), pixel(&picture, 15));
        assert!(
            left.abs_diff(100) <= 1 && right.abs_diff(100) <= 1,
            "{left} {right}"
        );
    }

    #[test]
    fn layers_may_hang_over_every_edge() {
        let big = Layer::slope(
            WIDTH + 40,
            &[(0.0, Rgb::hex(0x102030)), (1.0, Rgb::hex(0xf0e0d0))],
        );
        for (x, y) in [
            (-39.5, -5),
            (0.25, 700),
            (1279.5, 0),
            (-2000.0, 0),
            (3000.0, 5),
            (-1320.0, 719),
        ] {
            let mut picture = Picture::black();
            picture.lay(&big, x, y);
            picture.glow(x, y as f32, 60.0, Rgb::hex(0xffffff), 1.0);
        }
    }

    #[test]
    fn the_print_is_the_same_for_the_same_frame_and_leaves_alpha_alone() {
        let print = Print::new();
        let mut frames = [5, 5, 6].map(|frame| {
            let mut picture = Picture::black();
            picture.wash(Rgb::hex(0x808080), 1.0);
            print.finish(&mut picture, frame);
            picture.pixels
        });
        assert_eq!(frames[0], frames[1]);
        assert_ne!(frames[0], frames[2]);
        assert!(
            frames[0]
                .as_chunks_mut::<4>()
                .0
                .iter()
                .all(|pixel| pixel[3] == 255)
        );
    }
}
