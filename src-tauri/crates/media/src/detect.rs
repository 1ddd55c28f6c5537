use std::path::Path;

use crate::{
    MediaError,
    analysis::{Boundary, Planes, Sampler, ShotDetector, Thumb},
    av::{
        Colour, Decoder, Frame, Input, Packet, Picture, PixelFormat, ReadEnd, Received, Scaler, Source, ffi,
    },
    probe,
};

/// Finds the shot boundaries of a file by decoding it alone: no proxy, no sound, nothing is written. The pass of
/// [`crate::ingest`] finds the same from the proxy's pictures.
///
/// # Errors
/// As [`crate::probe`].
pub fn detect_shots(path: &Path) -> Result<Vec<Boundary>, MediaError> {
    let mut input = Input::open(&path.into())?;
    let stream = probe::main_video(&input).ok_or(MediaError::Empty {
        what: "it has no picture",
    })?;
    let (number, mut decoder) = (stream.index(), Decoder::open(&stream, 0)?);
    decoder.skim();
    input.keep_only(&[number]);
    let during = "decoding";
    let mut packet = Packet::empty().map_err(|e| e.during(during))?;
    let mut frame = Frame::empty().map_err(|e| e.during(during))?;
    let mut looker = Looker {
        sampler: Sampler::new(),
        thumb: Thumb::default(),
        shots: ShotDetector::new(),
        small: None,
        scaler: Scaler::fast(),
    };
    loop {
        let sent = match input.read(&mut packet) {
            ReadEnd::Packet if packet.stream() != number => continue,
            ReadEnd::Packet => decoder.send(Some(&packet)),
            ReadEnd::End | ReadEnd::Broken | ReadEnd::GivenUp => decoder.send(None),
        };
        if let Err(error) = sent {
            tracing::debug!("a packet cannot be decoded: {}", error.words());
        }
        loop {
            match decoder.receive(&mut frame) {
                Received::Frame => looker.look(&frame)?,
                Received::Undecodable => {}
                Received::Hungry => break,
                Received::End => return Ok(looker.shots.finish()),
            }
        }
    }
}

/// Shows decoded frames to the analysis, directly when their layout allows it.
struct Looker {
    sampler: Sampler,
    thumb: Thumb,
    shots: ShotDetector,
    small: Option<Frame>,
    scaler: Scaler,
}

impl Looker {
    fn look(&mut self, frame: &Frame) -> Result<(), MediaError> {
        let format = PixelFormat::of(frame.format());
        let colour = Colour::of(frame);
        let name = format.name();
        let direct = [
            "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p",
        ];
        if direct.contains(&name.as_str()) && (0..3).all(|n| frame.stride(n) > 0) {
            let planes = planes(frame, format.chroma_shift(), colour.full_range);
            self.sampler.sample(&planes, &mut self.thumb);
            self.shots.push(&self.thumb);
            return Ok(());
        }
        let during = "shrinking a picture";
        let (width, height) = small_size(frame.width(), frame.height());
        let fits = self
            .small
            .as_ref()
            .is_some_and(|s| (s.width(), s.height()) == (width, height));
        if !fits {
            let made = Frame::picture(width, height, ffi::AVPixelFormat::AV_PIX_FMT_YUV420P);
            self.small = Some(made.map_err(|e| e.during(during))?);
        }
        if let Some(small) = &mut self.small {
            let to = Colour {
                full_range: false,
                ..colour
            };
            let source = Source::frame(frame, Picture::Whole);
            self.scaler
                .scale(source, colour, small, to)
                .map_err(|e| e.during(during))?;
            self.sampler
                .sample(&planes(small, (1, 1), false), &mut self.thumb);
            self.shots.push(&self.thumb);
        }
        Ok(())
    }
}

/// A third of the size or so: what deep formats are brought down to before the analysis looks at them.
fn small_size(width: u32, height: u32) -> (u32, u32) {
    let shrink = (width / 384).max(1);
    ((width / shrink).max(2), (height / shrink).max(2))
}

/// An 8-bit planar frame as the analysis reads it.
pub(crate) fn planes(frame: &Frame, chroma_shift: (u8, u8), full_range: bool) -> Planes<'_> {
    let plane = |n: usize| crate::analysis::Plane {
        data: frame.plane(n),
        stride: usize::try_from(frame.stride(n)).unwrap_or(0),
    };
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    Planes {
        width,
        height,
        chroma_width: width.div_ceil(1 << chroma_shift.0),
        chroma_height: height.div_ceil(1 << chroma_shift.1),
        full_range,
        y: plane(0),
        u: Some(plane(1)),
        v: Some(plane(2)),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use timebase::Rate;

    use super::*;
    use crate::{FilmSpec, FilmWriter, ingest};

    #[test]
    fn shots_alone_are_the_shots_of_the_ingest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("film.mp4");
        let (width, height) = (320, 180);
        let mut writer = FilmWriter::create(&path, FilmSpec::new(width, height, Rate::PAL)).unwrap();
        // Five scenes of moving texture, a second each.
        for n in 0..125_u32 {
            let (scene, at) = (n / 25, n % 25);
            let pixel = |x: u32, y: u32| {
                let level = (((x + at) * (3 + scene) / 7) ^ (y * (2 + scene) / 5)) % 64 * 3 + scene * 10;
                [level as u8, (level / 2) as u8, (scene * 50) as u8, 255]
            };
            let rgba: Vec<u8> = (0..height)
                .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
                .collect();
            writer.push_rgba(&rgba).unwrap();
        }
        writer.finish().unwrap();
        let alone = detect_shots(&path).unwrap();
        let options = ingest::IngestOptions::default();
        let outcome =
            ingest::ingest(&path, dir.path(), &options, &mut |_| ControlFlow::Continue(())).unwrap();
        let cuts: Vec<u64> = alone.iter().map(|boundary| boundary.at).collect();
        assert_eq!(cuts, [25, 50, 75, 100]);
        assert_eq!(alone, outcome.transitions);
    }
}
