use std::path::{Path, PathBuf};

use crate::{
    FrameIndex, MediaError, VideoFrame,
    av::{Decoder, Frame, Input, Packet, ReadEnd, Received, Scaler},
    convert, ingest, probe,
};

/// Frames decoded forward rather than seeking, when no keyframe lies between.
const FORWARD_FRAMES_MAX: u64 = 512;
/// Frames in a row that seeking did not lead to, after which it is not tried any more.
const LOST_SEEKS_MAX: u32 = 3;

/// Gives any frame of an original or a proxy by its number, exactly: the picture that has this number in the index, proved
/// by its timestamp. Goes on decoding forward when that is nearer than the keyframe.
pub struct FrameReader {
    path: PathBuf,
    index: FrameIndex,
    proxy: bool,
    source: Source,
    scaler: Scaler,
    /// The frame delivered last.
    current: Option<VideoFrame>,
    /// Number of the frame the decoder gave last.
    at: Option<u64>,
    /// Whether numbers come from counting since the start instead of timestamps, until the next seek.
    counting: bool,
    /// Frames in a row that seeking did not lead to.
    lost_seeks: u32,
}

struct Source {
    input: Input,
    stream: usize,
    decoder: Decoder,
    packet: Packet,
    frame: Frame,
    /// Ticks of the stream per tick of the index: (multiply, divide).
    scale: (i64, i64),
    draining: bool,
    decoded: u64,
}

impl FrameReader {
    /// Opens a file with the index of its asset. A proxy is recognised by its own mark and read with the same index.
    ///
    /// # Errors
    /// As [`crate::probe`]; [`MediaError::Empty`] when the file has no picture.
    pub fn open(path: &Path, index: FrameIndex) -> Result<Self, MediaError> {
        Self::open_with(path, index, 0)
    }

    /// As [`Self::open`] with a number of decoder threads; 0 is one per core, 1 gives the least delay for single frames.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, index: FrameIndex, threads: u32) -> Result<Self, MediaError> {
        let (source, proxy) = Source::open(path, &index, threads)?;
        let index = if proxy { index.of_proxy() } else { index };
        Ok(Self {
            path: path.to_owned(),
            index,
            proxy,
            source,
            scaler: Scaler::exact(),
            current: None,
            at: None,
            counting: false,
            lost_seeks: 0,
        })
    }

    /// The index in use (the proxy's own when this is a proxy).
    pub fn index(&self) -> &FrameIndex {
        &self.index
    }

    /// Frame `n`.
    ///
    /// # Errors
    /// [`MediaError::NoSuchFrame`] past the end, [`MediaError::Damaged`] when the file no longer gives this frame.
    pub fn frame(&mut self, n: u64) -> Result<VideoFrame, MediaError> {
        let last = self.index.len().checked_sub(1).ok_or(MediaError::Empty {
            what: "it has no frames",
        })?;
        if n > last {
            return Err(MediaError::NoSuchFrame { frame: n, last });
        }
        if let Some(current) = self.current.as_ref().filter(|c| c.number == n) {
            return Ok(current.clone());
        }
        if self.forward_is_cheap(n) && self.decode_to(n, true)? {
            return self.deliver(n);
        }
        if self.times_lead_to(n) {
            for back in [0, 1, 4, 16] {
                if self.seek(n, back) && self.decode_to(n, false)? {
                    self.lost_seeks = 0;
                    return self.deliver(n);
                }
            }
            self.lost_seeks += 1;
        }
        // Timestamps did not lead there: count from the start.
        self.restart()?;
        self.counting = true;
        if self.decode_to(n, true)? {
            return self.deliver(n);
        }
        Err(self
            .source
            .input
            .damaged(&format!("frame {n} cannot be decoded any more")))
    }

    /// Whether frame `n` may be looked for by its timestamp.
    fn times_lead_to(&self, n: u64) -> bool {
        self.lost_seeks < LOST_SEEKS_MAX && self.index.time_identifies(n)
    }

    fn forward_is_cheap(&self, n: u64) -> bool {
        let timed = self.times_lead_to(n);
        let Some(at) = self.at.filter(|at| *at < n && (timed || self.counting)) else {
            return false;
        };
        let key = if self.proxy {
            n.saturating_sub(u64::from(ingest::PROXY_GOP_FRAMES))
        } else {
            self.index.keyframe_before(n)
        };
        !timed || (key <= at + 1 && n - at <= FORWARD_FRAMES_MAX) || n - at <= 3
    }

    /// Decodes forward until frame `n` is in the decoder's frame. `armed` says that everything from here on is sound;
    /// otherwise pictures before the first keyframe are passed over. `Ok(false)` when `n` was missed.
    fn decode_to(&mut self, n: u64, armed: bool) -> Result<bool, MediaError> {
        let mut armed = armed;
        while self.source.next()? {
            let number = if self.counting {
                Some(self.source.decoded - 1)
            } else {
                self.source
                    .timestamp()
                    .and_then(|t| self.index.frame_with_time(t))
            };
            // A picture the index does not know (hidden by the edit list, or without a time after a seek) has no number.
            let Some(number) = number else { continue };
            self.at = Some(number);
            let key = self.source.frame.is_key()
                || number == 0
                || self.index.keyframes().binary_search(&number).is_ok();
            armed |= key;
            if number == n {
                return Ok(armed);
            }
            if number > n {
                return Ok(false);
            }
        }
        self.at = None;
        Ok(false)
    }

    /// Goes to the keyframe for `n`, or `back` keyframes earlier. `false` when the container cannot.
    fn seek(&mut self, n: u64, back: usize) -> bool {
        let target = if self.proxy {
            n.saturating_sub(back as u64 * u64::from(ingest::PROXY_GOP_FRAMES))
        } else {
            let keys = self.index.keyframes();
            let here = keys
                .partition_point(|k| *k <= n)
                .saturating_sub(1)
                .saturating_sub(back);
            keys.get(here).copied().unwrap_or(0)
        };
        let ticks = usize::try_from(target)
            .ok()
            .and_then(|t| self.index.pts().get(t))
            .copied()
            .unwrap_or(0);
        self.at = None;
        self.counting = false;
        self.source.seek(ticks).is_ok()
    }

    fn restart(&mut self) -> Result<(), MediaError> {
        let (source, _) = Source::open(&self.path, &self.index, 0)?;
        self.source = source;
        self.at = None;
        Ok(())
    }

    fn deliver(&mut self, n: u64) -> Result<VideoFrame, MediaError> {
        let frame = convert::video_frame(n, &self.source.frame, &mut self.scaler)?;
        self.current = Some(frame.clone());
        Ok(frame)
    }
}

impl Source {
    fn open(path: &Path, index: &FrameIndex, threads: u32) -> Result<(Self, bool), MediaError> {
        let mut input = Input::open(path)?;
        let proxy = input.metadata("comment").is_some_and(|c| c == ingest::PROXY_MARK);
        let none = MediaError::Empty {
            what: "it has no picture",
        };
        let stream = probe::main_video(&input).ok_or(none)?;
        let (number, decoder) = (stream.index(), Decoder::open(&stream, threads)?);
        let here = stream.time_base().unwrap_or(index.time_base());
        let there = if proxy {
            index.of_proxy().time_base()
        } else {
            index.time_base()
        };
        // stream tick * here = index tick * there
        let scale = (
            i64::from(there.num()) * i64::from(here.den()),
            i64::from(there.den()) * i64::from(here.num()),
        );
        input.keep_only(&[number]);
        let during = "opening a decoder";
        let source = Self {
            input,
            stream: number,
            decoder,
            packet: Packet::empty().map_err(|e| e.during(during))?,
            frame: Frame::empty().map_err(|e| e.during(during))?,
            scale,
            draining: false,
            decoded: 0,
        };
        Ok((source, proxy))
    }

    /// Decodes the next picture; `Ok(false)` at the end.
    fn next(&mut self) -> Result<bool, MediaError> {
        loop {
            match self.decoder.receive(&mut self.frame) {
                Received::Frame => {
                    self.decoded += 1;
                    return Ok(true);
                }
                Received::End => return Ok(false),
                Received::Undecodable => {}
                Received::Hungry if self.draining => return Ok(false),
                Received::Hungry => self.feed(),
            }
        }
    }

    fn feed(&mut self) {
        loop {
            match self.input.read(&mut self.packet) {
                ReadEnd::Packet if self.packet.stream() == self.stream => {
                    // A packet that cannot be decoded gives no frame, here as in the pass that numbered them.
                    if let Err(error) = self.decoder.send(Some(&self.packet)) {
                        tracing::debug!("a packet cannot be decoded: {}", error.words());
                    }
                    return;
                }
                ReadEnd::Packet => {}
                ReadEnd::End | ReadEnd::Broken => {
                    self.draining = true;
                    if let Err(error) = self.decoder.send(None) {
                        tracing::debug!("the decoder does not drain: {}", error.words());
                    }
                    return;
                }
            }
        }
    }

    /// Time of the decoded picture in ticks of the index, when it is a whole one.
    fn timestamp(&self) -> Option<i64> {
        let (there, here) = self.scale;
        let wide = i128::from(self.frame.timestamp()?) * i128::from(here);
        (wide % i128::from(there) == 0)
            .then(|| i64::try_from(wide / i128::from(there)).ok())
            .flatten()
    }

    fn seek(&mut self, ticks: i64) -> Result<(), crate::av::AvError> {
        let (there, here) = self.scale;
        let wide = i128::from(ticks) * i128::from(there) / i128::from(here).max(1);
        let ticks = i64::try_from(wide).unwrap_or(0);
        self.input.seek(self.stream, ticks)?;
        self.decoder.flush();
        self.draining = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use timebase::Rate;

    use super::*;
    use crate::{FilmSpec, FilmWriter};

    #[test]
    fn one_moved_time_makes_only_what_follows_it_be_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("film.mp4");
        let mut writer = FilmWriter::create(&path, FilmSpec::new(64, 64, Rate::PAL)).unwrap();
        for n in 0..60_u8 {
            writer
                .push_rgba(&[n * 4, n * 4, n * 4, 255].repeat(64 * 64))
                .unwrap();
        }
        writer.finish().unwrap();
        let options = ingest::IngestOptions::default();
        ingest::ingest(&path, dir.path(), &options, &mut |_| ControlFlow::Continue(())).unwrap();
        let exact = FrameIndex::load(&dir.path().join(ingest::FRAMES_FILE)).unwrap();
        let mut times = exact.pts().to_vec();
        times[50] = times[49];
        let moved = FrameIndex::new(exact.time_base(), times, exact.keyframes().to_vec(), 1);
        let mut reader = FrameReader::open(&path, moved).unwrap();
        let luma = |frame: &VideoFrame| i32::from(frame.planes[0].data[frame.planes[0].stride * 32 + 32]);
        for (n, counted) in [
            (55, true),
            (30, false),
            (56, true),
            (57, true),
            (10, false),
            (31, false),
        ] {
            let frame = reader.frame(n).unwrap();
            let expected = 16 + n as i32 * 4 * 219 / 255;
            assert!(
                (luma(&frame) - expected).abs() < 3,
                "frame {n} is {}",
                luma(&frame)
            );
            assert_eq!(reader.counting, counted, "frame {n}");
        }
    }
}
