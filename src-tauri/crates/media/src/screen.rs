//! From decoded pictures to the rows of a screen, where the processor has to do it.

use crate::{
    Hdr, MediaError, Turn, VideoFrame,
    av::{Colour, Frame, Goal, Scaler, ffi},
    ingest::ToneMap,
};

/// What a screen takes.
pub(crate) const FULL: Colour = Colour {
    full_range: true,
    ..Colour::BT709
};

/// Bytes of a screen's pixel.
const PIXEL_BYTES: usize = 4;

/// Brings pictures to the size and the byte order of a screen, where the processor has to. Keeps its tables while sizes stay the
/// same, so whoever shows a film keeps it.
pub struct ScreenScaler {
    fast: Scaler,
    exact: Scaler,
    target: Option<Frame>,
    /// Scaled HDR, before it is brought down.
    deep: Option<Frame>,
    tone: Option<(Hdr, bool, ToneMap)>,
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
            deep: None,
            tone: None,
        }
    }
}

impl ScreenScaler {
    /// Writes the picture, upright and `width` × `height`, as B, G, R, X bytes into `rows`, which lie `stride_bytes` apart; what
    /// lies between and after them stays. The picture's own matrix, range and chroma place hold; HDR is brought down by the proxy's
    /// tone rule.
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
        let line = width as usize * PIXEL_BYTES;
        let needed = stride_bytes * (height as usize - 1) + line;
        if stride_bytes < line || rows.len() < needed {
            return Err(wrong("less room than the picture needs"));
        }
        let lying = if frame.turn.swaps() {
            (height, width)
        } else {
            (width, height)
        };
        let goes_in_as_it_is = frame.hdr().is_none() && frame.turn.is_none();
        if goes_in_as_it_is && let Some(goal) = Goal::bgrx(rows, stride_bytes, lying) {
            return self.scale_into(frame, quality, goal);
        }
        let target = match frame.hdr() {
            Some(hdr) => self.bring_down(frame, hdr, quality, lying)?,
            None => self.convert(frame, quality, lying)?,
        };
        let stride = usize::try_from(target.stride(0)).unwrap_or(0).max(1);
        let out = rows.chunks_mut(stride_bytes).take(height as usize);
        if frame.turn.is_none() {
            for (out, from) in out.zip(target.plane(0).chunks(stride)) {
                out[..line].copy_from_slice(&from[..line]);
            }
        } else {
            turn_pixels(target.plane(0), stride, lying, out, line, frame.turn);
        }
        self.target = Some(target);
        Ok(())
    }

    fn scale(
        &mut self,
        frame: &VideoFrame,
        quality: ScreenQuality,
        target: &mut Frame,
    ) -> Result<(), MediaError> {
        self.scale_into(frame, quality, Goal::frame(target))
    }

    fn scale_into(
        &mut self,
        frame: &VideoFrame,
        quality: ScreenQuality,
        goal: Goal<'_>,
    ) -> Result<(), MediaError> {
        let scaler = match quality {
            ScreenQuality::Fast => &mut self.fast,
            ScreenQuality::Exact => &mut self.exact,
        };
        let (source, from) = frame
            .source()
            .ok_or_else(|| wrong("planes shorter than the picture"))?;
        scaler
            .scale_into(source, from, goal, FULL)
            .map_err(|e| e.during(DURING))
    }

    fn convert(
        &mut self,
        frame: &VideoFrame,
        quality: ScreenQuality,
        size: (u32, u32),
    ) -> Result<Frame, MediaError> {
        let mut target = kept(self.target.take(), size, ffi::AVPixelFormat::AV_PIX_FMT_BGR0)?;
        self.scale(frame, quality, &mut target)?;
        Ok(target)
    }

    /// Scales as the file has it, and brings what is on the screen then down: so the proxy is made too.
    fn bring_down(
        &mut self,
        frame: &VideoFrame,
        hdr: Hdr,
        quality: ScreenQuality,
        size: (u32, u32),
    ) -> Result<Frame, MediaError> {
        let mut deep = kept(self.deep.take(), size, ffi::AVPixelFormat::AV_PIX_FMT_RGB48LE)?;
        let mut target = kept(self.target.take(), size, ffi::AVPixelFormat::AV_PIX_FMT_BGR0)?;
        self.scale(frame, quality, &mut deep)?;
        let wide = frame.wide_primaries;
        let tone = match self.tone.take() {
            Some(tone) if (tone.0, tone.1) == (hdr, wide) => tone,
            _another => (hdr, wide, ToneMap::new(hdr, wide)),
        };
        tone.2.apply_bgrx(&deep, &mut target);
        self.tone = Some(tone);
        self.deep = Some(deep);
        Ok(target)
    }
}

const DURING: &str = "scaling a picture for the screen";

fn wrong(message: &str) -> MediaError {
    MediaError::Ffmpeg {
        during: DURING,
        message: message.into(),
    }
}

/// A picture of this size and format: the old one, if it is that.
fn kept(old: Option<Frame>, size: (u32, u32), format: ffi::AVPixelFormat) -> Result<Frame, MediaError> {
    match old.filter(|old| (old.width(), old.height()) == size) {
        Some(old) => Ok(old),
        None => Frame::picture(size.0, size.1, format).map_err(|e| e.during(DURING)),
    }
}

/// Writes pixels that lie upright. `size` is that of the lying picture, `line` the bytes of an upright row.
fn turn_pixels<'a>(
    from: &[u8],
    stride: usize,
    size: (u32, u32),
    rows: impl Iterator<Item = &'a mut [u8]>,
    line: usize,
    turn: Turn,
) {
    let size = (size.0 as usize, size.1 as usize);
    for (y, row) in rows.enumerate() {
        for (x, out) in row[..line].chunks_exact_mut(PIXEL_BYTES).enumerate() {
            let (sx, sy) = turn.source_of((x, y), size);
            let at = sy * stride + sx * PIXEL_BYTES;
            out.copy_from_slice(&from[at..at + PIXEL_BYTES]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChromaSite, FieldOrder, Matrix, PixelLayout, Plane, Transfer};

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
            chroma_site: ChromaSite::LEFT,
            fields: FieldOrder::Progressive,
            turn: Turn::default(),
            sample_aspect: (1, 1),
            corrupt: false,
        }
    }

    #[test]
    fn a_screen_gets_the_colours_a_picture_has_and_nothing_beyond_its_rows() {
        let frame = ramp();
        let mut scaler = ScreenScaler::default();
        // Through a picture of our own, and straight into the rows where those are whole blocks; as large as it is and not.
        let shapes = [
            (48, 24, 20),
            (32, 18, 32),
            (64, 32, 64),
            (64, 32, 0),
            (50, 32, 24),
        ];
        for (width, height, beyond) in shapes {
            let (line, stride) = (width as usize * 4, width as usize * 4 + beyond);
            let rgb = frame.to_rgb8(width, height).unwrap();
            for (quality, most) in [(ScreenQuality::Exact, 1), (ScreenQuality::Fast, 12)] {
                let words = format!("{quality:?} {width}x{height}");
                let mut rows = vec![7u8; stride * height as usize + 256];
                scaler
                    .to_bgrx(&frame, quality, (width, height), &mut rows, stride)
                    .unwrap();
                let (picture, after) = rows.split_at(stride * height as usize);
                assert!(after.iter().all(|byte| *byte == 7), "{words}: after the picture");
                for (row, wanted) in picture.chunks(stride).zip(rgb.data.chunks(width as usize * 3)) {
                    assert!(row[line..].iter().all(|byte| *byte == 7), "{words}: beyond it");
                    for (pixel, wanted) in row[..line].chunks(4).zip(wanted.chunks(3)) {
                        for (have, want) in [pixel[2], pixel[1], pixel[0]].iter().zip(wanted) {
                            assert!(have.abs_diff(*want) <= most, "{words}: {pixel:?} {wanted:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn only_rows_of_whole_blocks_are_written_straight_into() {
        let mut rows = vec![0u8; 64 * 4 * 8 + 16];
        let from = rows.as_ptr().align_offset(16);
        let mut goes =
            |at: usize, stride: usize, size| Goal::bgrx(&mut rows[from + at..], stride, size).is_some();
        assert!(goes(0, 256, (64, 8)));
        assert!(goes(0, 256, (48, 8)), "a narrower one inside");
        assert!(!goes(0, 256, (50, 8)), "no whole blocks");
        assert!(!goes(4, 256, (48, 7)), "not aligned");
        assert!(!goes(0, 256, (64, 9)), "too few rows");
        assert!(!goes(0, 192, (64, 8)), "rows that overlap");
        assert!(!goes(0, 256, (0, 8)) && !goes(0, 256, (64, 0)), "nothing");
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
