use std::path::Path;

use timebase::Flicks;

use crate::{
    FrameIndex, MediaError,
    analysis::{Boundary, PictureAnalyst, Planes},
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
    let mut input = Input::open(path)?;
    let stream = probe::main_video(&input).ok_or(MediaError::Empty {
        what: "it has no picture",
    })?;
    let time_base = stream
        .time_base()
        .ok_or_else(|| input.damaged("the picture has no time base"))?;
    let (number, mut decoder) = (stream.index(), Decoder::open(&stream, 0)?);
    input.keep_only(&[number]);
    let during = "decoding";
    let mut packet = Packet::empty().map_err(|e| e.during(during))?;
    let mut frame = Frame::empty().map_err(|e| e.during(during))?;
    let mut looker = Looker {
        analyst: PictureAnalyst::new(),
        small: None,
        scaler: Scaler::fast(),
    };
    let mut times: Vec<i64> = Vec::new();
    let mut duration = 1;
    let mut take = |frame: &Frame, looker: &mut Looker| -> Result<(), MediaError> {
        let previous = times.last().copied();
        let time = frame.timestamp().or(previous.map(|p| p + duration)).unwrap_or(0);
        let time = previous.map_or(time, |p| time.max(p + 1));
        duration = frame.duration().max(previous.map_or(1, |p| time - p));
        times.push(time);
        let origin = times.first().copied().unwrap_or(0);
        looker.look(frame, Flicks::from_ticks(time - origin, time_base))
    };
    loop {
        let more = match input.read(&mut packet) {
            ReadEnd::Packet if packet.stream() != number => continue,
            ReadEnd::Packet => decoder.send(Some(&packet)).is_ok(),
            ReadEnd::End | ReadEnd::Broken(_) => {
                decoder.send(None).map_err(|e| e.during(during))?;
                false
            }
        };
        loop {
            match decoder.receive(&mut frame) {
                Received::Frame => take(&frame, &mut looker)?,
                Received::Undecodable => {}
                Received::Hungry => break,
                Received::End => {
                    let index = FrameIndex::new(time_base, times, Vec::new(), duration);
                    return Ok(looker.analyst.finish(index.duration()).transitions);
                }
            }
        }
        let _undecodable_is_skipped = more;
    }
}

/// Shows decoded frames to the analysis, directly when their layout allows it.
struct Looker {
    analyst: PictureAnalyst,
    small: Option<Frame>,
    scaler: Scaler,
}

impl Looker {
    fn look(&mut self, frame: &Frame, at: Flicks) -> Result<(), MediaError> {
        let format = PixelFormat::of(frame.format());
        let colour = Colour::of(frame);
        let name = format.name();
        let direct = [
            "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p",
        ];
        if direct.contains(&name.as_str()) && (0..3).all(|n| frame.stride(n) > 0) {
            self.analyst
                .push(&planes(frame, format.chroma_shift(), colour.full_range), at);
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
            self.analyst.push(&planes(small, (1, 1), false), at);
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
