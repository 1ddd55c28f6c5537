//! Stills as grey pictures of a working size.

use image::GrayImage;

use crate::Still;

/// Bits of a weight between two pixels.
const WEIGHT_BITS: u32 = 8;

/// The light of a still, made `width` wide when it is wider. The still's length must have been checked.
pub(super) fn grey_at_most(still: &Still<'_>, width: u32) -> GrayImage {
    let luma = |p: &[u8]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8;
    let bytes: Vec<u8> = still.rgb.chunks_exact(3).map(luma).collect();
    // the length was checked, so the buffer always fits
    let mut grey = GrayImage::from_raw(still.width, still.height, bytes).unwrap_or_default();
    while grey.width() / 2 >= width && grey.height() > 1 {
        grey = halved(&grey);
    }
    if grey.width() <= width {
        return grey;
    }
    let height = (u64::from(grey.height()) * u64::from(width) / u64::from(grey.width())).max(1) as u32;
    between_pixels(&grey, width, height)
}

/// Means of two by two pixels; an odd last column or row is left out.
pub(super) fn halved(grey: &GrayImage) -> GrayImage {
    let (width, height) = (grey.width() / 2, grey.height() / 2);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    let line = grey.width().max(1) as usize;
    for pair in grey.as_raw().chunks_exact(2 * line).take(height as usize) {
        let (upper, lower) = pair.split_at(line);
        let columns = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        pixels.extend(columns.map(|(a, b)| {
            let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
            ((sum + 2) / 4) as u8
        }));
    }
    // as many pixels as its size says, by construction
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// A picture of another size, each pixel between the four that lie around its place. Good down to half of the size.
fn between_pixels(grey: &GrayImage, width: u32, height: u32) -> GrayImage {
    let columns: Vec<_> = places(grey.width(), width).collect();
    let line = grey.width() as usize;
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for (y, below) in places(grey.height(), height) {
        let upper = &grey.as_raw()[y * line..][..line];
        let next = (y + 1).min(grey.height() as usize - 1);
        let lower = &grey.as_raw()[next * line..][..line];
        for &(x, right) in &columns {
            let beside = (x + 1).min(line - 1);
            let mix = |a: u32, b: u32, share: u32| a * ((1 << WEIGHT_BITS) - share) + b * share;
            let top = mix(u32::from(upper[x]), u32::from(upper[beside]), right);
            let bottom = mix(u32::from(lower[x]), u32::from(lower[beside]), right);
            let half = 1 << (2 * WEIGHT_BITS - 1);
            pixels.push(((mix(top, bottom, below) + half) >> (2 * WEIGHT_BITS)) as u8);
        }
    }
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// For each of `to` pixels the one of `from` before its middle, and the weight of the one after.
fn places(from: u32, to: u32) -> impl Iterator<Item = (usize, u32)> {
    let (from, to) = (u64::from(from), u64::from(to));
    (0..to).map(move |at| {
        let middle = (((2 * at + 1) * from) << WEIGHT_BITS) / (2 * to);
        let before = middle.saturating_sub(1 << (WEIGHT_BITS - 1));
        let pixel = (before >> WEIGHT_BITS) as usize;
        (pixel, (before & ((1 << WEIGHT_BITS) - 1)) as u32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_means_and_lose_odd_edges() {
        let grey = GrayImage::from_raw(3, 3, vec![10, 20, 99, 30, 42, 99, 99, 99, 99]).unwrap();
        assert_eq!(halved(&grey), GrayImage::from_raw(1, 1, vec![26]).unwrap());
        assert_eq!(halved(&GrayImage::new(0, 0)).dimensions(), (0, 0));
    }

    #[test]
    fn stills_keep_their_light_and_shape_at_every_size() {
        for (width, height) in [(1280, 720), (1279, 721), (3840, 2160), (640, 360), (961, 1)] {
            // light rises from left to right
            let rgb: Vec<u8> = (0..width * height)
                .flat_map(|at| [((at % width) * 200 / width) as u8; 3])
                .collect();
            let still = Still {
                frame: 0,
                shot: 0,
                width,
                height,
                rgb: &rgb,
            };
            let grey = grey_at_most(&still, 960);
            assert!(
                grey.width() <= 960 && grey.width() >= 640,
                "{:?}",
                grey.dimensions()
            );
            let wanted = u64::from(height) * u64::from(grey.width()) / u64::from(width);
            assert!(
                u64::from(grey.height()).abs_diff(wanted.max(1)) <= 1,
                "{:?}",
                grey.dimensions()
            );
            for (x, _, level) in grey.enumerate_pixels() {
                let expected = x * 200 / grey.width();
                assert!(u32::from(level.0[0]).abs_diff(expected) <= 2, "{x}: {level:?}");
            }
        }
    }
}
