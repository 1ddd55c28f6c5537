use std::path::Path;

use bytes::Bytes;

use crate::{
    FieldOrder, Hdr, MediaError, Turn,
    av::{Colour, Frame, Scaler, Source, ffi},
    convert,
    screen::FULL,
};

/// How the components of a [`VideoFrame`] lie. Layouts of more than 8 bits hold little-endian 16-bit words with values up to 1023 or
/// 4095.
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
    /// 12 bits, chroma halved both ways.
    Yuv420p12,
    /// 12 bits, chroma halved horizontally.
    Yuv422p12,
    /// 12 bits, full chroma.
    Yuv444p12,
}

impl PixelLayout {
    /// Bits of one component: 8, 10 or 12.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Yuv420p | Self::Yuv422p | Self::Yuv444p => 8,
            Self::Yuv420p10 | Self::Yuv422p10 | Self::Yuv444p10 => 10,
            Self::Yuv420p12 | Self::Yuv422p12 | Self::Yuv444p12 => 12,
        }
    }

    /// Bytes of one component: 1 or 2.
    pub const fn sample_bytes(self) -> usize {
        if self.bits() == 8 { 1 } else { 2 }
    }

    /// What one code of 8 bits is in its own codes.
    pub const fn unit(self) -> u16 {
        1 << (self.bits() - 8)
    }

    /// By how much chroma is halved: horizontal and vertical shift.
    pub const fn chroma_shift(self) -> (u32, u32) {
        match self {
            Self::Yuv420p | Self::Yuv420p10 | Self::Yuv420p12 => (1, 1),
            Self::Yuv422p | Self::Yuv422p10 | Self::Yuv422p12 => (1, 0),
            Self::Yuv444p | Self::Yuv444p10 | Self::Yuv444p12 => (0, 0),
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

/// Where the first chroma sample lies, in halves of a luma sample from the first luma sample. Only directions in which there is less
/// chroma than luma count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChromaSite {
    /// To the right: 0 or 1.
    pub across_halves: u8,
    /// Down: 0, 1 or 2.
    pub down_halves: u8,
}

impl ChromaSite {
    /// On the left luma sample, between two lines: MPEG-2 and everything after it that says nothing else.
    pub const LEFT: Self = Self {
        across_halves: 0,
        down_halves: 1,
    };
    /// In the middle of four luma samples: JPEG, MPEG-1.
    pub const CENTRE: Self = Self {
        across_halves: 1,
        down_halves: 1,
    };
    /// On the first luma sample: most BT.2020 material.
    pub const TOP_LEFT: Self = Self {
        across_halves: 0,
        down_halves: 0,
    };
}

/// One decoded picture as it is in the file: not turned, not squared, both fields woven. What has to be done to show it as it is
/// meant stands beside the samples.
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
    /// Where chroma lies, where there is less of it than of luma.
    pub chroma_site: ChromaSite,
    /// Which of two woven fields comes first; progressive for a picture of one moment.
    pub fields: FieldOrder,
    /// How it is turned and mirrored to stand upright.
    pub turn: Turn,
    /// Width to height of one sample.
    pub sample_aspect: (u32, u32),
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

    /// Width to height as shown: squared and upright.
    pub fn display_aspect(&self) -> f64 {
        let (num, den) = self.sample_aspect;
        let sample = f64::from(num.max(1)) / f64::from(den.max(1));
        let lying = f64::from(self.width.max(1)) / f64::from(self.height.max(1)) * sample;
        if self.turn.swaps() { lying.recip() } else { lying }
    }

    /// Bytes held by the planes.
    pub fn size_bytes(&self) -> usize {
        self.planes.iter().map(|p| p.data.len()).sum()
    }

    /// The planes for a scaler, and what they mean.
    pub(crate) fn source(&self) -> Option<(Source<'_>, Colour)> {
        let planes: [(&[u8], usize); 3] =
            std::array::from_fn(|n| (&*self.planes[n].data, self.planes[n].stride));
        let source = Source::planes(&planes, self.width, self.height, convert::format_of(self.layout))?
            .with_chroma_at(self.chroma_site);
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
