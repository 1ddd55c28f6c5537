use std::io::Cursor;
use std::path::Path;

use crate::error::StageError;

/// A drawn picture: rows of opaque RGBA bytes without padding, sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// As PNG.
    ///
    /// # Errors
    /// [`StageError::Picture`] when the bytes do not fit the size.
    pub fn to_png(&self) -> Result<Vec<u8>, StageError> {
        let mut out = Vec::new();
        let failed = |e: image::ImageError| StageError::Picture { cause: e.to_string() };
        image::write_buffer_with_format(
            &mut Cursor::new(&mut out),
            &self.rgba,
            self.width,
            self.height,
            image::ExtendedColorType::Rgba8,
            image::ImageFormat::Png,
        )
        .map_err(failed)?;
        Ok(out)
    }

    /// Reads a picture file of any format built in.
    ///
    /// # Errors
    /// [`StageError::Picture`] when it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StageError> {
        let image = image::open(path)
            .map_err(|e| StageError::Picture { cause: e.to_string() })?
            .to_rgba8();
        Ok(Self {
            width: image.width(),
            height: image.height(),
            rgba: image.into_raw(),
        })
    }

    /// Decodes an encoded picture.
    ///
    /// # Errors
    /// [`StageError::Picture`] when it cannot be read.
    pub fn decode(bytes: &[u8]) -> Result<Self, StageError> {
        let image =
            image::load_from_memory(bytes).map_err(|e| StageError::Picture { cause: e.to_string() })?;
        let image = image.to_rgba8();
        Ok(Self {
            width: image.width(),
            height: image.height(),
            rgba: image.into_raw(),
        })
    }

    /// The four bytes of a pixel, or nothing outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (y as usize * self.width as usize + x as usize) * 4;
        self.rgba.get(at..at + 4).and_then(|p| p.try_into().ok())
    }
}
