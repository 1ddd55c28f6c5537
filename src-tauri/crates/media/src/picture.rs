use std::path::Path;

use bytes::Bytes;

use crate::{
    Hdr, MediaError,
    av::{Colour, Frame, Scaler, Source, ffi},
    convert,
};

/// How the components of a [`VideoFrame`] lie. Ten-bit layouts hold little-endian 16-bit words with values up to 1023.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelLayout {
    /// 8 bits, chroma halved both ways.
    Yuv420p,
    /// 8 bits, chroma halved horizontally.
    Yuv422p,
    /// 8 bits, full chroma.
    Yuv444p,
    /// 10 bits, chroma halved both ways.
    Yuv420p10,
    /// 10 bits, chroma halved horizontally.
    Yuv422p10,
    /// 10 bits, full chroma.
    Yuv444p10,
}

impl PixelLayout {
    /// Bytes of one component: 1 or 2.
    pub const fn sample_bytes(self) -> usize {
        match self {
            Self::Yuv420p | Self::Yuv422p | Self::Yuv444p => 1,
            Self::Yuv420p10 | Self::Yuv422p10 | Self::Yuv444p10 => 2,
        }
    }

    /// By how much chroma is halved: horizontal and vertical shift.
    pub const fn chroma_shift(self) -> (u32, u32) {
        match self {
            Self::Yuv420p | Self::Yuv420p10 => (1, 1),
            Self::Yuv422p | Self::Yuv422p10 => (1, 0),
            Self::Yuv444p | Self::Yuv444p10 => (0, 0),
        }
    }

    /// Width and height of plane 0 to 2 of a picture of this size.
    pub const fn plane_size(self, plane: usize, width: u32, height: u32) -> (u32, u32) {
        if plane == 0 {
            return (width, height);
        }
        let (x, y) = self.chroma_shift();
        (width.div_ceil(1 << x), height.div_ceil(1 << y))
    }
}

/// One plane of samples.
#[derive(Clone, Debug)]
pub struct Plane {
    /// The bytes, `stride` per line, all lines whole. Shared with the decoder where it made this layout itself: nobody copies a
    /// picture that is only looked at.
    pub data: Bytes,
    /// Bytes from one line to the next.
    pub stride: usize,
}

/// Matrix from Y'CbCr to R'G'B'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// BT.601 (also SMPTE 170M and BT.470BG).
    Bt601,
    /// BT.709.
    Bt709,
    /// SMPTE 240M.
    Smpte240m,
    /// BT.2020 non-constant luminance.
    Bt2020,
}

/// Transfer characteristic, as far as it changes how a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transfer {
    /// BT.709, BT.601, sRGB and everything like them.
    Sdr,
    /// SMPTE ST 2084.
    Pq,
    /// ARIB STD-B67.
    Hlg,
}

/// One decoded picture as it is in the file: not turned, not squared, both fields woven.
#[derive(Clone, Debug)]
pub struct VideoFrame {
    /// Its number.
    pub number: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How samples lie.
    pub layout: PixelLayout,
    /// Y', Cb, Cr.
    pub planes: [Plane; 3],
    /// Matrix, from the tags or by the usual rule (BT.601 up to 576 lines, BT.709 above).
    pub matrix: Matrix,
    /// Whether components use the full range.
    pub full_range: bool,
    /// Transfer characteristic.
    pub transfer: Transfer,
    /// Whether primaries are BT.2020's.
    pub wide_primaries: bool,
    /// Whether the decoder concealed errors.
    pub corrupt: bool,
}

/// An 8-bit R'G'B' picture, three bytes a pixel, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub data: Vec<u8>,
}

impl VideoFrame {
    /// High dynamic range, if any.
    pub fn hdr(&self) -> Option<Hdr> {
        match self.transfer {
            Transfer::Sdr => None,
            Transfer::Pq => Some(Hdr::Pq),
            Transfer::Hlg => Some(Hdr::Hlg),
        }
    }

    /// Bytes held by the planes.
    pub fn size_bytes(&self) -> usize {
        self.planes.iter().map(|p| p.data.len()).sum()
    }

    /// The planes for a scaler, and what they mean.
    fn source(&self) -> Option<(Source<'_>, Colour)> {
        let planes: [(&[u8], usize); 3] =
            std::array::from_fn(|n| (&*self.planes[n].data, self.planes[n].stride));
        let source = Source::planes(&planes, self.width, self.height, convert::format_of(self.layout))?;
        let colour = Colour {
            matrix: convert::matrix_code(self.matrix),
            full_range: self.full_range,
        };
        Some((source, colour))
    }

    /// The picture as R'G'B' of any size, with its own matrix and range; HDR is brought down by the proxy's tone rule.
    ///
    /// # Errors
    /// [`MediaError::Ffmpeg`] when the size is zero or absurd.
    pub fn to_rgb8(&self, width: u32, height: u32) -> Result<RgbPicture, MediaError> {
        crate::probe::check_picture_size(width, height)?;
        let during = "converting a picture";
        let deep = self.transfer != Transfer::Sdr;
        let format = if deep {
            ffi::AVPixelFormat::AV_PIX_FMT_RGB48LE
        } else {
            ffi::AVPixelFormat::AV_PIX_FMT_RGB24
        };
        let mut target = Frame::picture(width, height, format).map_err(|e| e.during(during))?;
        let (source, from) = self.source().ok_or(MediaError::Ffmpeg {
            during,
            message: "planes shorter than the picture".into(),
        })?;
        Scaler::exact()
            .scale(source, from, &mut target, FULL)
            .map_err(|e| e.during(during))?;
        let mut data = vec![0; width as usize * height as usize * 3];
        if let Some(hdr) = self.hdr() {
            crate::ingest::ToneMap::new(hdr, self.wide_primaries).apply(&target, &mut data);
        } else {
            let stride = usize::try_from(target.stride(0)).unwrap_or(0).max(1);
            let line = width as usize * 3;
            for (out, from) in data.chunks_mut(line).zip(target.plane(0).chunks(stride)) {
                out.copy_from_slice(&from[..line]);
            }
        }
        Ok(RgbPicture { width, height, data })
    }
}

/// Brings pictures to the size and the byte order of a screen, where the processor has to. Keeps its tables while sizes stay the
/// same, so whoever shows a film keeps it.
pub struct ScreenScaler {
    fast: Scaler,
    exact: Scaler,
    target: Option<Frame>,
}

/// How carefully a [`ScreenScaler`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenQuality {
    /// For a film that runs.
    Fast,
    /// For a picture that stands.
    Exact,
}

impl Default for ScreenScaler {
    fn default() -> Self {
        Self {
            fast: Scaler::fast(),
            exact: Scaler::exact(),
            target: None,
        }
    }
}

impl ScreenScaler {
    /// Writes the picture, `width` × `height`, as B, G, R, X bytes into `rows`, which lie `stride_bytes` apart; what lies between
    /// and after them stays. The picture's own matrix and range hold; HDR is not brought down, proxies have none.
    ///
    /// # Errors
    /// [`MediaError::Ffmpeg`] when the size is zero or absurd, or `rows` is too short for it.
    pub fn to_bgrx(
        &mut self,
        frame: &VideoFrame,
        quality: ScreenQuality,
        (width, height): (u32, u32),
        rows: &mut [u8],
        stride_bytes: usize,
    ) -> Result<(), MediaError> {
        crate::probe::check_picture_size(width, height)?;
        let during = "scaling a picture for the screen";
        let wrong = |message: &str| MediaError::Ffmpeg {
            during,
            message: message.into(),
        };
        let line = width as usize * 4;
        let needed = stride_bytes * (height as usize - 1) + line;
        if stride_bytes < line || rows.len() < needed {
            return Err(wrong("less room than the picture needs"));
        }
        let kept = self
            .target
            .take()
            .filter(|t| (t.width(), t.height()) == (width, height));
        let mut target = match kept {
            Some(kept) => kept,
            None => Frame::picture(width, height, ffi::AVPixelFormat::AV_PIX_FMT_BGR0)
                .map_err(|e| e.during(during))?,
        };
        let scaler = match quality {
            ScreenQuality::Fast => &mut self.fast,
            ScreenQuality::Exact => &mut self.exact,
        };
        let (source, from) = frame
            .source()
            .ok_or_else(|| wrong("planes shorter than the picture"))?;
        scaler
            .scale(source, from, &mut target, FULL)
            .map_err(|e| e.during(during))?;
        let stride = usize::try_from(target.stride(0)).unwrap_or(0).max(1);
        let lines = rows.chunks_mut(stride_bytes).zip(target.plane(0).chunks(stride));
        for (out, from) in lines.take(height as usize) {
            out[..line].copy_from_slice(&from[..line]);
        }
        self.target = Some(target);
        Ok(())
    }
}

/// What a screen takes.
const FULL: Colour = Colour {
    full_range: true,
    ..Colour::BT709
};

impl RgbPicture {
    /// Writes a PNG.
    ///
    /// # Errors
    /// [`MediaError::Write`] or [`MediaError::DiskFull`].
    pub fn save_png(&self, path: &Path) -> Result<(), MediaError> {
        save_png(path, &self.data, self.width, self.height)
    }

    /// Writes a JPEG of this quality, 1 to 100.
    ///
    /// # Errors
    /// As [`Self::save_png`].
    pub fn save_jpeg(&self, path: &Path, quality: u8) -> Result<(), MediaError> {
        save_jpeg(path, &self.data, self.width, self.height, quality)
    }

    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// [`MediaError::Ffmpeg`] when the data does not fit the size.
    pub fn to_png(&self) -> Result<Vec<u8>, MediaError> {
        let mut bytes = Vec::new();
        encode_png(&mut bytes, &self.data, self.width, self.height).map_err(|e| MediaError::Ffmpeg {
            during: "encoding a PNG",
            message: e.to_string(),
        })?;
        Ok(bytes)
    }
}

/// Writes 8-bit R'G'B' bytes (three a pixel, no padding) as a PNG.
///
/// # Errors
/// [`MediaError::Write`] or [`MediaError::DiskFull`].
pub fn save_png(path: &Path, rgb: &[u8], width: u32, height: u32) -> Result<(), MediaError> {
    let mut bytes = Vec::new();
    encode_png(&mut bytes, rgb, width, height).map_err(|e| image_error(path, e))?;
    std::fs::write(path, bytes).map_err(|e| MediaError::writing(path, e))
}

/// Writes 8-bit R'G'B' bytes (three a pixel, no padding) as a JPEG of this quality, 1 to 100.
///
/// # Errors
/// [`MediaError::Write`] or [`MediaError::DiskFull`].
pub fn save_jpeg(path: &Path, rgb: &[u8], width: u32, height: u32, quality: u8) -> Result<(), MediaError> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(rgb, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|e| image_error(path, e))?;
    std::fs::write(path, bytes).map_err(|e| MediaError::writing(path, e))
}

fn encode_png(bytes: &mut Vec<u8>, rgb: &[u8], width: u32, height: u32) -> image::ImageResult<()> {
    let encoder = image::codecs::png::PngEncoder::new(bytes);
    image::ImageEncoder::write_image(encoder, rgb, width, height, image::ExtendedColorType::Rgb8)
}

fn image_error(path: &Path, error: image::ImageError) -> MediaError {
    match error {
        image::ImageError::IoError(e) => MediaError::writing(path, e),
        other => MediaError::writing(path, std::io::Error::other(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> VideoFrame {
        let plane = |width: usize, height: usize, from: u8| Plane {
            data: (0..width * height)
                .map(|n| from + (n % width * 100 / width) as u8)
                .collect(),
            stride: width,
        };
        VideoFrame {
            number: 0,
            width: 64,
            height: 32,
            layout: PixelLayout::Yuv420p,
            planes: [plane(64, 32, 60), plane(32, 16, 80), plane(32, 16, 90)],
            matrix: Matrix::Bt709,
            full_range: false,
            transfer: Transfer::Sdr,
            wide_primaries: false,
            corrupt: false,
        }
    }

    #[test]
    fn a_screen_gets_the_colours_a_picture_has_and_nothing_beyond_its_rows() {
        let (frame, stride) = (ramp(), 48 * 4 + 20);
        let rgb = frame.to_rgb8(48, 24).unwrap();
        let mut scaler = ScreenScaler::default();
        for (quality, most) in [(ScreenQuality::Exact, 1), (ScreenQuality::Fast, 12)] {
            let mut rows = vec![7u8; stride * 24];
            scaler
                .to_bgrx(&frame, quality, (48, 24), &mut rows, stride)
                .unwrap();
            for (row, wanted) in rows.chunks(stride).zip(rgb.data.chunks(48 * 3)) {
                assert!(row[48 * 4..].iter().all(|byte| *byte == 7), "beyond the picture");
                for (pixel, wanted) in row[..48 * 4].chunks(4).zip(wanted.chunks(3)) {
                    for (have, want) in [pixel[2], pixel[1], pixel[0]].iter().zip(wanted) {
                        assert!(have.abs_diff(*want) <= most, "{quality:?}: {pixel:?} {wanted:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn rows_too_short_for_the_picture_are_refused() {
        let mut rows = vec![0u8; 48 * 4 * 24 - 1];
        let mut scaler = ScreenScaler::default();
        let mut put = |stride| scaler.to_bgrx(&ramp(), ScreenQuality::Fast, (48, 24), &mut rows, stride);
        assert!(put(48 * 4).is_err());
        assert!(put(48 * 4 - 4).is_err(), "rows that overlap");
    }
}
