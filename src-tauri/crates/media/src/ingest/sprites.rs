use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use timebase::{FLICKS_PER_SEC, Flicks};

use crate::{
    MediaError,
    av::{Colour, Frame, Picture, Scaler, Source, ffi},
    picture::save_jpeg,
};

/// Width of a tile in pixels.
pub const TILE_WIDTH: u32 = 160;
const COLUMNS: u32 = 10;
const ROWS: u32 = 10;
const QUALITY: u8 = 80;
/// A tile every second, and one where the picture changed much since the last tile.
const STEP: Flicks = Flicks(FLICKS_PER_SEC);
/// Films longer than this get a wider step, so that the sheets stay a few dozen.
const STEPS_MAX: i64 = 4 * 3600;
/// Mean difference to the last tile, in luma levels, that earns a tile of its own.
const CHANGE_LEVELS: u64 = 24;
/// Tiles for changes come no closer than this.
const CHANGE_SPACING: Flicks = Flicks(FLICKS_PER_SEC / 4);

/// Thumbnail sheets: `sprites-000.jpg`, … and `sprites.json`, which is this.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SpritesInfo {
    /// Width of one tile in pixels.
    pub tile_width: u32,
    /// Height of one tile in pixels.
    pub tile_height: u32,
    /// Tiles side by side on a sheet.
    pub columns: u32,
    /// Tiles one above the other on a full sheet; the last sheet may have fewer.
    pub rows: u32,
    /// File names of the sheets in order.
    pub sheets: Vec<String>,
    /// Frame shown by each tile, ascending; tile `i` is on sheet `i / (columns * rows)`, left to right, then down.
    pub frames: Vec<u64>,
}

/// Gathers tiles while frames pass by.
pub(crate) struct Sprites {
    dir: PathBuf,
    info: SpritesInfo,
    step: Flicks,
    next: Flicks,
    last_change: Flicks,
    last_luma: Vec<u8>,
    scaler: Scaler,
    tile: Frame,
    sheet: Vec<u8>,
    on_sheet: u32,
}

impl Sprites {
    /// For pictures of this size. `duration` widens the step of very long films.
    pub(crate) fn new(
        dir: &Path,
        width: u32,
        height: u32,
        duration: Option<Flicks>,
    ) -> Result<Self, MediaError> {
        let tile_width = TILE_WIDTH.min(width);
        let tile_height =
            (u64::from(tile_width) * u64::from(height) / u64::from(width.max(1))).clamp(1, 640) as u32;
        let tile = Frame::picture(tile_width, tile_height, ffi::AVPixelFormat::AV_PIX_FMT_RGB24)
            .map_err(|e| e.during("making thumbnails"))?;
        let info = SpritesInfo {
            tile_width,
            tile_height,
            columns: COLUMNS,
            rows: ROWS,
            sheets: Vec::new(),
            frames: Vec::new(),
        };
        let widened = duration.map_or(0, |d| d.0 / STEPS_MAX);
        Ok(Self {
            dir: dir.to_owned(),
            info,
            step: Flicks(STEP.0.max(widened)),
            next: Flicks::ZERO,
            last_change: Flicks(i64::MIN / 2),
            last_luma: Vec::new(),
            scaler: Scaler::fast(),
            tile,
            sheet: Vec::new(),
            on_sheet: 0,
        })
    }

    /// Looks at a proxy picture and keeps a tile when one is due.
    pub(crate) fn push(
        &mut self,
        frame: u64,
        at: Flicks,
        picture: &Frame,
        colour: Colour,
    ) -> Result<(), MediaError> {
        let luma = sparse_luma(picture);
        let due = at >= self.next;
        let changed = !due && (at - self.last_change).0 >= CHANGE_SPACING.0 && self.differs(&luma);
        if !due && !changed {
            return Ok(());
        }
        if due {
            self.next = Flicks(at.0.saturating_add(self.step.0));
        }
        self.last_change = at;
        self.last_luma = luma;
        let source = Source::frame(picture, Picture::Whole);
        let full = Colour {
            full_range: true,
            ..Colour::BT709
        };
        self.scaler
            .scale(source, colour, &mut self.tile, full)
            .map_err(|e| e.during("making thumbnails"))?;
        self.place(frame)
    }

    fn differs(&self, luma: &[u8]) -> bool {
        let sum: u64 = luma
            .iter()
            .zip(&self.last_luma)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        sum > CHANGE_LEVELS * luma.len() as u64
    }

    fn place(&mut self, frame: u64) -> Result<(), MediaError> {
        let (width, height) = (self.info.tile_width as usize, self.info.tile_height as usize);
        let row_bytes = width * 3 * COLUMNS as usize;
        if self.sheet.is_empty() {
            self.sheet = vec![0; row_bytes * height * ROWS as usize];
        }
        let (column, row) = (self.on_sheet % COLUMNS, self.on_sheet / COLUMNS);
        let left = column as usize * width * 3;
        let top = row as usize * height;
        let stride = usize::try_from(self.tile.stride(0)).unwrap_or(0);
        for (y, line) in self.tile.plane(0).chunks(stride.max(1)).take(height).enumerate() {
            let at = (top + y) * row_bytes + left;
            self.sheet[at..at + width * 3].copy_from_slice(&line[..width * 3]);
        }
        self.info.frames.push(frame);
        self.on_sheet += 1;
        if self.on_sheet == COLUMNS * ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        if self.on_sheet == 0 {
            return Ok(());
        }
        let rows = self.on_sheet.div_ceil(COLUMNS);
        let (width, height) = (self.info.tile_width * COLUMNS, self.info.tile_height * rows);
        let name = format!("sprites-{:03}.jpg", self.info.sheets.len());
        let bytes = &self.sheet[..width as usize * height as usize * 3];
        save_jpeg(&self.dir.join(&name), bytes, width, height, QUALITY)?;
        self.info.sheets.push(name);
        self.on_sheet = 0;
        self.sheet.fill(0);
        Ok(())
    }

    /// Writes the last sheet and `sprites.json`.
    pub(crate) fn finish(mut self) -> Result<SpritesInfo, MediaError> {
        self.flush()?;
        let path = self.dir.join("sprites.json");
        let bytes = serde_json::to_vec(&self.info).map_err(|e| MediaError::writing(&path, e.into()))?;
        std::fs::write(&path, bytes).map_err(|e| MediaError::writing(&path, e))?;
        Ok(self.info)
    }
}

/// A grid of about 32 by 18 luma samples: enough to see a cut, cheap enough for every frame.
fn sparse_luma(picture: &Frame) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let stride = usize::try_from(picture.stride(0)).unwrap_or(0);
    let luma = picture.plane(0);
    let mut out = Vec::with_capacity(32 * 18);
    for row in 0..18 {
        let y = (row * 2 + 1) * height / 36;
        for column in 0..32 {
            let x = (column * 2 + 1) * width / 64;
            out.push(luma.get(y * stride + x).copied().unwrap_or(0));
        }
    }
    out
}
