use std::path::Path;

use timebase::{Rate, TimeBase, Timecode};

use crate::{
    MediaError,
    av::{
        AudioEncoder, AvError, Colour, Frame, Output, Picture, Scaler, Source, VideoEncoder,
        VideoEncoderSpec, ffi,
    },
    probe,
};

/// What a [`FilmWriter`] writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmSpec {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Frames per second.
    pub rate: Rate,
    /// Ticks the pictures' times count in; `None` is one tick per frame. Needed for variable rate.
    pub time_base: Option<TimeBase>,
    /// Label of the first frame, written as a timecode track.
    pub start_timecode: Option<Timecode>,
    /// Samples per second of the sound; `None` for a film without sound.
    pub audio_rate: Option<u32>,
    /// x264's constant rate factor, lower is better; 18 is visually transparent.
    pub quality: u32,
    /// Frames from one keyframe to the next at most.
    pub gop_frames: u32,
    /// How pictures are made from each other.
    pub coding: FilmCoding,
}

/// How the pictures of a film are made from each other. The default is what every player takes: H.264, each picture made from
/// earlier ones only, whole pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilmCoding {
    /// MPEG-2 instead of H.264.
    pub mpeg2: bool,
    /// Pictures in a row at most that are made from later ones too.
    pub b_frames: u32,
    /// Whether such pictures may stand before a keyframe and be made from the group before it.
    pub open_groups: bool,
    /// Whether a picture is two fields, the upper one first.
    pub interlaced: bool,
}

impl FilmSpec {
    /// A silent film of good quality.
    pub fn new(width: u32, height: u32, rate: Rate) -> Self {
        Self {
            width,
            height,
            rate,
            time_base: None,
            start_timecode: None,
            audio_rate: None,
            quality: 18,
            gop_frames: 48,
            coding: FilmCoding::default(),
        }
    }
}

/// Writes a film: H.264 with BT.709 tags and stereo AAC, in MP4; in MOV, Matroska or an MPEG transport stream when the name ends
/// in `mov`, `mkv` or `ts`.
pub struct FilmWriter {
    output: Output,
    video: VideoEncoder,
    video_stream: usize,
    audio: Option<Sound>,
    scaler: Scaler,
    rgba: Frame,
    picture: Frame,
    interlaced: bool,
    ticks_per_frame: i64,
    frames: u64,
    last: Option<i64>,
}

struct Sound {
    encoder: AudioEncoder,
    stream: usize,
    block: Frame,
    waiting: Vec<f32>,
    written: i64,
}

impl FilmWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// [`MediaError::NoEncoder`], [`MediaError::Write`], [`MediaError::BeyondLimits`] for sizes that are absurd or odd.
    pub fn create(path: &Path, spec: FilmSpec) -> Result<Self, MediaError> {
        probe::check_picture_size(spec.width, spec.height)?;
        if !spec.width.is_multiple_of(2)
            || !spec.height.is_multiple_of(2)
            || spec.width < 16
            || spec.height < 16
        {
            let what = format!(
                "a film of {}×{}: sides must be even and at least 16",
                spec.width, spec.height
            );
            return Err(MediaError::BeyondLimits { what });
        }
        let failed = |e: AvError| e.during("preparing a film");
        let mut output = Output::create(path, muxer_for(path))?;
        let base = spec.time_base.unwrap_or(spec.rate.frame_duration());
        let video = VideoEncoder::open(&VideoEncoderSpec {
            width: spec.width,
            height: spec.height,
            time_base: (base.num(), base.den()),
            rate: Some(spec.rate),
            gop_frames: spec.gop_frames,
            coding: spec.coding,
            quality: spec.quality,
            matrix: ffi::AVColorSpace::AVCOL_SPC_BT709,
            primaries: ffi::AVColorPrimaries::AVCOL_PRI_BT709,
            transfer: ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709,
        })?;
        let video_stream = video.add_to(&mut output, Some(spec.rate))?;
        let audio = spec
            .audio_rate
            .map(|rate| Sound::open(rate, &mut output))
            .transpose()?;
        if let Some(timecode) = spec.start_timecode {
            output.set_metadata(Some(video_stream), "timecode", &timecode.to_string())?;
        }
        output.begin(&[
            ("movflags", "+faststart".to_owned()),
            ("video_track_timescale", base.den().to_string()),
        ])?;
        let ticks = timebase::Flicks::from_frame(1, spec.rate).to_ticks(base).max(1);
        Ok(Self {
            output,
            video,
            video_stream,
            audio,
            scaler: Scaler::exact(),
            rgba: Frame::picture(spec.width, spec.height, ffi::AVPixelFormat::AV_PIX_FMT_RGBA)
                .map_err(failed)?,
            picture: Frame::picture(spec.width, spec.height, ffi::AVPixelFormat::AV_PIX_FMT_YUV420P)
                .map_err(failed)?,
            interlaced: spec.coding.interlaced,
            ticks_per_frame: ticks,
            frames: 0,
            last: None,
        })
    }

    /// Adds the next picture, one frame after the last: `width * height * 4` bytes of R'G'B'A, alpha unused.
    ///
    /// # Errors
    /// [`MediaError::BeyondLimits`] when the bytes do not fit the size, [`MediaError::DiskFull`], [`MediaError::Write`].
    pub fn push_rgba(&mut self, rgba: &[u8]) -> Result<(), MediaError> {
        let at = self.last.map_or(0, |last| last + self.ticks_per_frame);
        self.push_rgba_at(rgba, at)
    }

    /// Adds the next picture at a time of one's own, in ticks of the film's time base, after the last one's.
    ///
    /// # Errors
    /// As [`Self::push_rgba`]; [`MediaError::BeyondLimits`] when the time does not increase.
    pub fn push_rgba_at(&mut self, rgba: &[u8], ticks: i64) -> Result<(), MediaError> {
        let line = self.rgba.width() as usize * 4;
        if rgba.len() != line * self.rgba.height() as usize || self.last.is_some_and(|last| ticks <= last) {
            let what = format!("a picture of {} bytes at tick {ticks}", rgba.len());
            return Err(MediaError::BeyondLimits { what });
        }
        let failed = |e: AvError| e.during("converting a picture");
        let stride = usize::try_from(self.rgba.stride(0)).unwrap_or(0).max(1);
        for (to, from) in self.rgba.plane_mut(0).chunks_mut(stride).zip(rgba.chunks(line)) {
            to[..line].copy_from_slice(from);
        }
        self.picture.make_writable().map_err(failed)?;
        let full = Colour {
            full_range: true,
            ..Colour::BT709
        };
        let source = Source::frame(&self.rgba, Picture::Whole);
        self.scaler
            .scale(source, full, &mut self.picture, Colour::BT709)
            .map_err(failed)?;
        self.picture.set_timestamp(ticks);
        self.picture.set_interlaced(self.interlaced);
        self.last = Some(ticks);
        self.frames += 1;
        let duration = self.ticks_per_frame;
        self.video.encode(
            Some(&self.picture),
            &mut self.output,
            self.video_stream,
            &mut |_pts| duration,
        )
    }

    /// Adds interleaved stereo samples; ignored in a film without sound.
    ///
    /// # Errors
    /// [`MediaError::DiskFull`], [`MediaError::Write`].
    pub fn push_audio(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        match &mut self.audio {
            Some(sound) => sound.push(samples, &mut self.output),
            None => Ok(()),
        }
    }

    /// Frames added so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Writes what is left and closes the file. Without it the file does not play.
    ///
    /// # Errors
    /// [`MediaError::DiskFull`], [`MediaError::Write`].
    pub fn finish(mut self) -> Result<(), MediaError> {
        let duration = self.ticks_per_frame;
        self.video
            .encode(None, &mut self.output, self.video_stream, &mut |_pts| duration)?;
        if let Some(mut sound) = self.audio.take() {
            sound.finish(&mut self.output)?;
        }
        self.output.finish()
    }
}

/// FFmpeg's name of the muxer for a file name.
fn muxer_for(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "mov" => "mov",
        "mkv" => "matroska",
        "ts" => "mpegts",
        _ => "mp4",
    }
}

impl Sound {
    fn open(rate: u32, output: &mut Output) -> Result<Self, MediaError> {
        let encoder = AudioEncoder::open(rate, 192_000)?;
        let stream = encoder.add_to(output)?;
        let block = Frame::stereo(encoder.frame_samples(), rate).map_err(|e| e.during("preparing a film"))?;
        Ok(Self {
            encoder,
            stream,
            block,
            waiting: Vec::new(),
            written: 0,
        })
    }

    fn push(&mut self, samples: &[f32], output: &mut Output) -> Result<(), MediaError> {
        self.waiting.extend_from_slice(samples);
        let length = self.block.samples() * 2;
        let mut taken = 0;
        while self.waiting.len() - taken >= length {
            self.encode(taken, output)?;
            taken += length;
        }
        self.waiting.drain(..taken);
        Ok(())
    }

    fn encode(&mut self, start: usize, output: &mut Output) -> Result<(), MediaError> {
        self.block
            .make_writable()
            .map_err(|e| e.during("encoding the sound"))?;
        for channel in 0..2 {
            let target = self.block.channel_mut(channel);
            target.fill(0.0);
            let source = self.waiting[start..].chunks_exact(2).map(|s| s[channel]);
            target
                .iter_mut()
                .zip(source)
                .for_each(|(out, value)| *out = value);
        }
        self.block.set_timestamp(self.written);
        self.written += self.block.samples() as i64;
        self.encoder.encode(Some(&self.block), output, self.stream)
    }

    fn finish(&mut self, output: &mut Output) -> Result<(), MediaError> {
        if self.waiting.len() >= 2 {
            self.encode(0, output)?;
        }
        self.encoder.encode(None, output, self.stream)
    }
}
