//! A contact sheet: all pictures of an export on one page, in order.

use fault::{Code, Fault};
use image::{ImageFormat, Rgb, RgbImage, imageops};

/// Pictures side by side, at most.
const COLUMNS: u32 = 4;
/// Width of one picture on the sheet in pixels.
const TILE_WIDTH: u32 = 480;
/// Space around each picture in pixels.
const GAP: u32 = 16;
/// Pictures on the sheet, at most; a sheet of more is no overview.
const MOST: usize = 200;
/// Neutral, so that colours can be judged beside it.
const PAPER: Rgb<u8> = Rgb([0x14, 0x14, 0x14]);

/// The sheet while its pictures come; it keeps them small.
#[derive(Default)]
pub(crate) struct Sheet {
    tiles: Vec<RgbImage>,
    left_out: usize,
}

impl Sheet {
    /// Puts a picture after the others, as long as there is room.
    pub fn add(&mut self, picture: &RgbImage) {
        if self.tiles.len() < MOST {
            self.tiles.push(tile(picture));
        } else {
            self.left_out += 1;
        }
    }

    /// How many pictures found no room.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The sheet as a PNG; pictures keep their shape.
    pub fn png(&self) -> Result<Vec<u8>, Fault> {
        let count = u32::try_from(self.tiles.len()).unwrap_or(u32::MAX).max(1);
        let columns = count.min(COLUMNS);
        let tile_height = self.tiles.iter().map(RgbImage::height).max().unwrap_or(1);
        let rows = count.div_ceil(columns);
        let mut paper = RgbImage::from_pixel(
            GAP + columns * (TILE_WIDTH + GAP),
            GAP + rows * (tile_height + GAP),
            PAPER,
        );
        for (at, tile) in (0u32..).zip(&self.tiles) {
            let x = GAP + (at % columns) * (TILE_WIDTH + GAP);
            let y = GAP + (at / columns) * (tile_height + GAP) + (tile_height - tile.height()) / 2;
            imageops::replace(&mut paper, tile, i64::from(x), i64::from(y));
        }
        png(&paper)
    }
}

/// A picture as PNG bytes.
pub(crate) fn png(picture: &RgbImage) -> Result<Vec<u8>, Fault> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Fault::new(Code::Internal, "A picture cannot be written as PNG.").because(&error))?;
    Ok(bytes.into_inner())
}

fn tile(picture: &RgbImage) -> RgbImage {
    let (width, height) = (
        u64::from(picture.width().max(1)),
        u64::from(picture.height().max(1)),
    );
    let tile_height = u32::try_from(u64::from(TILE_WIDTH) * height / width)
        .unwrap_or(u32::MAX)
        .clamp(1, TILE_WIDTH * 3);
    imageops::resize(picture, TILE_WIDTH, tile_height, imageops::FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_rows_and_keep_their_shape() {
        let wide = RgbImage::from_pixel(1920, 1080, Rgb([200, 10, 10]));
        let tall = RgbImage::from_pixel(540, 960, Rgb([10, 200, 10]));
        let mut sheet = Sheet::default();
        for picture in [&wide, &wide, &wide, &wide, &tall] {
            sheet.add(picture);
        }
        let bytes = sheet.png().unwrap();
        let read = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(read.dimensions(), (16 + 4 * 496, 16 + 2 * (853 + 16)));
        assert_eq!(*read.get_pixel(16 + 240, 16 + 426), Rgb([200, 10, 10]));
        assert_eq!(*read.get_pixel(16 + 240, 16 + 869 + 426), Rgb([10, 200, 10]));
        assert_eq!(*read.get_pixel(2, 2), PAPER);
    }
}
