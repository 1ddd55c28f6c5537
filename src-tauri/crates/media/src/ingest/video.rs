use std::path::Path;

use timebase::{Flicks, FrameRange, Rate, TimeBase, Timecode};

use super::{
    IngestOptions, PROXY_GOP_FRAMES, ToneMap,
    sprites::{Sprites, SpritesInfo},
    upright::{self, Turn},
};
use crate::{
    FieldOrder, FrameIndex, MediaError, VideoInfo,
    analysis::{PictureAnalyst, PictureFindings},
    av::{
        AvError, Colour, Decoder, Frame, Input, Output, Packet, Picture, PixelFormat, Received, Scaler,
        Source, StreamView, VideoEncoder, VideoEncoderSpec, ffi, matrix_number,
    },
    convert, detect, limits, probe,
};

const YUV420P: ffi::AVPixelFormat = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;

/// The main picture on its way to the index, the proxy, the thumbnails and the detectors.
pub(crate) struct VideoTrack {
    stream: usize,
    decoder: Decoder,
    frame: Frame,
    clock: Clock,
    scale: ProxyScale,
    encoder: VideoEncoder,
    out_stream: usize,
    analyst: PictureAnalyst,
    sprites: Sprites,
    corrupt: Vec<FrameRange>,
    undecodable: u64,
    interlaced: Option<FieldOrder>,
    /// An upper bound on frames: 1 for stills.
    frames_max: u64,
}

/// What the track gave.
pub(crate) struct VideoResult {
    pub index: FrameIndex,
    pub findings: PictureFindings,
    pub sprites: SpritesInfo,
    pub corrupt: Vec<FrameRange>,
    pub undecodable: u64,
    pub field_order: Option<FieldOrder>,
    pub encoder: &'static str,
    pub width: u32,
    pub height: u32,
    pub tone_mapped: bool,
    pub deinterlaced: bool,
}

impl VideoTrack {
    /// Opens decoder and encoder and adds the stream to the proxy.
    pub(crate) fn open(
        input: &Input,
        stream: &StreamView<'_>,
        info: &VideoInfo,
        still: bool,
        options: &IngestOptions,
        out: (&mut Output, &Path),
    ) -> Result<Self, MediaError> {
        let (output, dir) = out;
        let decoder = Decoder::open(stream, options.threads)?;
        // A still lasts one picture of 25 a second, whatever its demuxer pretends.
        let time_base = if still {
            Rate::PAL.frame_duration()
        } else {
            info.time_base
        };
        let size = proxy_size(info.display_width, info.display_height, options.proxy_height_max);
        let scale = ProxyScale::new(stream, info, size)?;
        let encoder = VideoEncoder::open(&VideoEncoderSpec {
            coding: crate::FilmCoding::default(),
            width: size.0,
            height: size.1,
            time_base: (1, time_base.den()),
            rate: info.rate,
            gop_frames: PROXY_GOP_FRAMES,
            quality: options.proxy_quality,
            matrix: scale.tags.0,
            primaries: scale.tags.1,
            transfer: scale.tags.2,
        })?;
        let rate = info.rate.or_else(|| still.then_some(Rate::PAL));
        let out_stream = encoder.add_to(output, rate)?;
        let sprites = Sprites::new(dir, size.0, size.1, input.duration())?;
        Ok(Self {
            stream: stream.index(),
            decoder,
            frame: Frame::empty().map_err(|e| e.during("opening a decoder"))?,
            clock: Clock::new(time_base, info.rate),
            scale,
            encoder,
            out_stream,
            analyst: PictureAnalyst::new(),
            sprites,
            corrupt: Vec::new(),
            undecodable: 0,
            interlaced: None,
            frames_max: if still { 1 } else { limits::FRAMES_MAX },
        })
    }

    pub(crate) fn stream(&self) -> usize {
        self.stream
    }

    /// Index of the stream in the proxy.
    pub(crate) fn out_stream(&self) -> usize {
        self.out_stream
    }

    /// Frames done.
    pub(crate) fn frames(&self) -> u64 {
        self.clock.times.len() as u64
    }

    /// Native time of frame 0 in flicks, once it is decoded.
    pub(crate) fn origin(&self) -> Option<Flicks> {
        self.clock
            .times
            .first()
            .map(|t| Flicks::from_ticks(*t, self.clock.time_base))
    }

    /// Instant of asset time reached.
    pub(crate) fn position(&self) -> Flicks {
        self.clock.asset_time(self.clock.last)
    }

    /// Decodes a packet (`None` at the end).
    pub(crate) fn push(&mut self, packet: Option<&Packet>, output: &mut Output) -> Result<(), MediaError> {
        if let Err(error) = self.decoder.send(packet) {
            tracing::debug!("a packet cannot be decoded: {}", error.words());
            self.undecodable += 1;
        }
        loop {
            match self.decoder.receive(&mut self.frame) {
                Received::Frame => self.take(output)?,
                Received::Undecodable => self.undecodable += 1,
                Received::Hungry | Received::End => return Ok(()),
            }
        }
    }

    fn take(&mut self, output: &mut Output) -> Result<(), MediaError> {
        let number = self.frames();
        if number >= self.frames_max {
            if self.frames_max == 1 {
                return Ok(());
            }
            return Err(MediaError::BeyondLimits {
                what: format!("more than {} frames", self.frames_max),
            });
        }
        probe::check_picture_size(self.frame.width(), self.frame.height())?;
        let time = self.clock.next(&self.frame);
        if self.frame.is_key() {
            self.clock.keyframes.push(number);
        }
        if self.frame.is_corrupt() {
            match self.corrupt.last_mut() {
                Some(range) if range.end == number => range.end += 1,
                _ => self.corrupt.push(FrameRange::new(number, number + 1)),
            }
        }
        if self.frame.is_interlaced() {
            let top = self.frame.top_field_first();
            self.interlaced = Some(if top {
                FieldOrder::TopFirst
            } else {
                FieldOrder::BottomFirst
            });
        }
        let at = self.clock.asset_time(time);
        let colour = self.scale.target_colour;
        let scaled = self.scale.run(&self.frame);
        let picture = scaled.map_err(|e| e.during("scaling the picture"))?;
        self.analyst.push(&detect::planes(picture, (1, 1), false), at);
        self.sprites.push(number, at, picture, colour)?;
        let ticks = self.clock.proxy_ticks(time);
        let estimate = self.clock.duration_estimate();
        let picture = self.scale.picture();
        picture.set_timestamp(ticks);
        self.encoder
            .encode(Some(picture), output, self.out_stream, &mut |_pts| estimate)
    }

    /// Drains the encoder and answers what was seen. [`MediaError::Damaged`] is the caller's when there is no frame.
    pub(crate) fn finish(mut self, output: &mut Output) -> Result<VideoResult, MediaError> {
        let estimate = self.clock.duration_estimate();
        self.encoder
            .encode(None, output, self.out_stream, &mut |_pts| estimate)?;
        let last_duration = self.clock.last_duration();
        let clock = self.clock;
        let index = FrameIndex::new(clock.time_base, clock.times, clock.keyframes, last_duration);
        let findings = self.analyst.finish(index.duration());
        let (width, height) = (self.scale.picture().width(), self.scale.picture().height());
        Ok(VideoResult {
            findings,
            sprites: self.sprites.finish()?,
            corrupt: self.corrupt,
            undecodable: self.undecodable,
            field_order: self.interlaced,
            encoder: self.encoder.name(),
            width,
            height,
            tone_mapped: self.scale.tone.is_some(),
            deinterlaced: self.scale.deinterlaced,
            index,
        })
    }
}

/// Times of the frames as they come out of the decoder.
struct Clock {
    time_base: TimeBase,
    /// As the decoder gave them; the index corrects what does not increase.
    times: Vec<i64>,
    keyframes: Vec<u64>,
    /// The last time after correction.
    last: i64,
    /// The last frame's own duration, 0 when unknown.
    stated: i64,
    /// The step before.
    step: i64,
    nominal: i64,
}

impl Clock {
    fn new(time_base: TimeBase, rate: Option<Rate>) -> Self {
        let nominal = rate
            .map_or(1, |r| Flicks::from_frame(1, r).to_ticks(time_base))
            .max(1);
        Self {
            time_base,
            times: Vec::new(),
            keyframes: Vec::new(),
            last: 0,
            stated: 0,
            step: nominal,
            nominal,
        }
    }

    /// Notes the next frame and answers its corrected time.
    fn next(&mut self, frame: &Frame) -> i64 {
        let first = self.times.is_empty();
        let expected = self
            .last
            .saturating_add(if self.stated > 0 { self.stated } else { self.step });
        let given = frame.timestamp().unwrap_or(if first { 0 } else { expected });
        let time = if first {
            given
        } else {
            given.max(self.last.saturating_add(1))
        };
        if !first {
            self.step = time - self.last;
        }
        self.times.push(given);
        self.last = time;
        self.stated = frame.duration();
        time
    }

    fn asset_time(&self, ticks: i64) -> Flicks {
        let origin = self.times.first().copied().unwrap_or(0);
        Flicks::from_ticks(ticks.saturating_sub(origin), self.time_base)
    }

    /// A time in ticks of the proxy: 1/den seconds from frame 0.
    fn proxy_ticks(&self, ticks: i64) -> i64 {
        let origin = self.times.first().copied().unwrap_or(0);
        ticks
            .saturating_sub(origin)
            .saturating_mul(i64::from(self.time_base.num()))
    }

    fn last_duration(&self) -> i64 {
        if self.stated > 0 {
            self.stated
        } else if self.times.len() > 1 {
            self.step
        } else {
            self.nominal
        }
    }

    fn duration_estimate(&self) -> i64 {
        self.last_duration()
            .saturating_mul(i64::from(self.time_base.num()))
            .max(1)
    }
}

/// From a decoded frame to the upright, square-pixel, 8-bit 4:2:0, video-range picture of the proxy.
struct ProxyScale {
    scaler: Scaler,
    /// Lays what lets something through over black.
    solidifier: Scaler,
    /// Scaled, before it is turned.
    flat: Frame,
    /// Turned; absent when nothing is to be turned.
    upright: Option<Frame>,
    turn: Turn,
    tone: Option<Tone>,
    target_colour: Colour,
    tags: (
        ffi::AVColorSpace,
        ffi::AVColorPrimaries,
        ffi::AVColorTransferCharacteristic,
    ),
    deinterlaced: bool,
}

/// What HDR needs on the way.
struct Tone {
    map: ToneMap,
    deep: Frame,
    rgb: Frame,
    packed: Vec<u8>,
    to_yuv: Scaler,
}

impl ProxyScale {
    fn new(stream: &StreamView<'_>, info: &VideoInfo, size: (u32, u32)) -> Result<Self, MediaError> {
        let failed = |e: AvError| e.during("preparing the proxy");
        let codec = stream.codec();
        let turn = Turn::of(info);
        let flat_size = if turn.swaps() { (size.1, size.0) } else { size };
        let rgb = PixelFormat::of(codec.format).is_rgb();
        let code = if rgb || info.hdr.is_some() {
            ffi::SWS_CS_ITU709
        } else {
            matrix_number(codec.color_space, info.height)
        };
        let tone = match info.hdr {
            Some(hdr) => {
                let wide = codec.color_primaries == ffi::AVColorPrimaries::AVCOL_PRI_BT2020;
                let (w, h) = flat_size;
                let deep = Frame::picture(w, h, ffi::AVPixelFormat::AV_PIX_FMT_RGB48LE).map_err(failed)?;
                let rgb = Frame::picture(w, h, ffi::AVPixelFormat::AV_PIX_FMT_RGB24).map_err(failed)?;
                let packed = vec![0; w as usize * h as usize * 3];
                Some(Tone {
                    map: ToneMap::new(hdr, wide),
                    deep,
                    rgb,
                    packed,
                    to_yuv: Scaler::fast(),
                })
            }
            None => None,
        };
        let tags = if info.hdr.is_some() {
            (
                ffi::AVColorSpace::AVCOL_SPC_BT709,
                ffi::AVColorPrimaries::AVCOL_PRI_BT709,
                ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709,
            )
        } else {
            (matrix_tag(code), codec.color_primaries, codec.color_trc)
        };
        Ok(Self {
            scaler: Scaler::fast(),
            solidifier: Scaler::exact(),
            flat: Frame::picture(flat_size.0, flat_size.1, YUV420P).map_err(failed)?,
            upright: if turn.is_none() {
                None
            } else {
                Some(Frame::picture(size.0, size.1, YUV420P).map_err(failed)?)
            },
            turn,
            tone,
            target_colour: Colour {
                matrix: code,
                full_range: false,
            },
            tags,
            deinterlaced: false,
        })
    }

    fn run(&mut self, frame: &Frame) -> Result<&Frame, AvError> {
        let picture = if frame.is_interlaced() && frame.height() >= 4 {
            self.deinterlaced = true;
            if frame.top_field_first() {
                Picture::TopField
            } else {
                Picture::BottomField
            }
        } else {
            Picture::Whole
        };
        let solid = convert::over_black(frame, &mut self.solidifier)?;
        let from = match &solid {
            Some(_) => convert::colour_of(frame, &PixelFormat::of(frame.format())),
            None => Colour::of(frame),
        };
        let source = Source::frame(solid.as_ref().unwrap_or(frame), picture);
        self.flat.make_writable()?;
        if let Some(tone) = &mut self.tone {
            let full = Colour {
                full_range: true,
                ..from
            };
            self.scaler.scale(source, from, &mut tone.deep, full)?;
            tone.map.apply(&tone.deep, &mut tone.packed);
            let line = tone.rgb.width() as usize * 3;
            let stride = usize::try_from(tone.rgb.stride(0)).unwrap_or(0).max(1);
            for (to, from) in tone
                .rgb
                .plane_mut(0)
                .chunks_mut(stride)
                .zip(tone.packed.chunks(line))
            {
                to[..line].copy_from_slice(from);
            }
            let rgb = Source::frame(&tone.rgb, Picture::Whole);
            let full = Colour {
                full_range: true,
                ..Colour::BT709
            };
            tone.to_yuv.scale(rgb, full, &mut self.flat, self.target_colour)?;
        } else {
            self.scaler
                .scale(source, from, &mut self.flat, self.target_colour)?;
        }
        if let Some(upright) = &mut self.upright {
            upright.make_writable()?;
            upright::turn(&self.flat, upright, self.turn);
        }
        Ok(self.upright.as_ref().unwrap_or(&self.flat))
    }

    /// The picture made last.
    fn picture(&mut self) -> &mut Frame {
        self.upright.as_mut().unwrap_or(&mut self.flat)
    }
}

fn matrix_tag(code: i32) -> ffi::AVColorSpace {
    match code {
        ffi::SWS_CS_ITU709 => ffi::AVColorSpace::AVCOL_SPC_BT709,
        ffi::SWS_CS_FCC => ffi::AVColorSpace::AVCOL_SPC_FCC,
        ffi::SWS_CS_SMPTE240M => ffi::AVColorSpace::AVCOL_SPC_SMPTE240M,
        ffi::SWS_CS_BT2020 => ffi::AVColorSpace::AVCOL_SPC_BT2020_NCL,
        _ => ffi::AVColorSpace::AVCOL_SPC_SMPTE170M,
    }
}

/// Size of the proxy: even, not larger than the source as shown, at most `height_max` high and four times that wide.
pub(crate) fn proxy_size(width: u32, height: u32, height_max: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let height_max = u64::from(height_max.clamp(2, 720));
    // As a fraction of the source, so that each side is rounded once: height first, then the width limit.
    let (mut num, mut den) = (height_max.min(height), height);
    if width * num > height_max * 4 * den {
        (num, den) = (height_max * 4, width);
    }
    let even = |side: u64| {
        let nearest = (side * num + den) / (2 * den) * 2;
        // 16 is the smallest picture every encoder takes.
        u32::try_from(nearest.min(side / 2 * 2))
            .unwrap_or(u32::MAX)
            .max(16)
    };
    (even(width), even(height))
}

/// The label of frame 0 as the muxer wants it.
pub(crate) fn timecode_text(timecode: Timecode) -> String {
    timecode.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_even_and_never_larger_than_the_source() {
        assert_eq!(proxy_size(1920, 1080, 540), (960, 540));
        assert_eq!(proxy_size(1920, 1080, 9999), (1280, 720));
        assert_eq!(proxy_size(640, 360, 720), (640, 360));
        assert_eq!(proxy_size(427, 360, 720), (426, 360));
        assert_eq!(proxy_size(854, 480, 360), (640, 360));
        assert_eq!(proxy_size(1080, 1920, 720), (406, 720));
        assert_eq!(proxy_size(16_000, 200, 720), (2880, 36));
        assert_eq!(proxy_size(1, 1, 720), (16, 16));
    }
}
