use std::{
    ffi::{CString, c_int, c_void},
    ptr::{self, NonNull},
};

use timebase::Rate;

use super::{AvError, Frame, Output, Packet, check, ffi};
use crate::{FilmCoding, MediaError};

/// What the H.264 encoder has to make.
#[derive(Clone, Debug)]
pub(crate) struct VideoEncoderSpec {
    pub width: u32,
    pub height: u32,
    /// Seconds per tick: numerator and denominator.
    pub time_base: (u32, u32),
    pub rate: Option<Rate>,
    /// Frames from one keyframe to the next.
    pub gop_frames: u32,
    pub coding: FilmCoding,
    /// x264's constant rate factor, translated for other encoders.
    pub quality: u32,
    pub matrix: ffi::AVColorSpace,
    pub primaries: ffi::AVColorPrimaries,
    pub transfer: ffi::AVColorTransferCharacteristic,
}

/// H.264 encoders in the order they are tried. The first that FFmpeg has and that opens on this machine is used.
const H264_ENCODERS: [&str; 4] = ["libx264", "h264_nvenc", "h264_videotoolbox", "libopenh264"];

/// An open encoder of pictures.
pub(crate) struct VideoEncoder {
    /// Whether packets come in the order in which pictures are shown.
    in_order: bool,
    context: Context,
    name: &'static str,
}

/// An open stereo AAC encoder.
pub(crate) struct AudioEncoder {
    context: Context,
}

struct Context(NonNull<ffi::AVCodecContext>);

#[expect(unsafe_code, reason = "an encoder has one owner")]
// SAFETY: a codec context may be used from any thread, by one at a time; this value is its only owner.
unsafe impl Send for Context {}

#[expect(unsafe_code, reason = "owned AVCodecContext")]
impl Context {
    fn named(name: &str) -> Option<(Self, *const ffi::AVCodec)> {
        let name = CString::new(name).ok()?;
        // SAFETY: the codec is null or static; the context is ours.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return None;
            }
            Some((Self(NonNull::new(ffi::avcodec_alloc_context3(codec))?), codec))
        }
    }

    /// Sets a private option; options an encoder does not know are left out.
    fn set(&mut self, key: &str, value: &str) {
        if let (Ok(key), Ok(value)) = (CString::new(key), CString::new(value)) {
            // SAFETY: a live context with private data; the strings live during the call.
            unsafe {
                ffi::av_opt_set(
                    (*self.0.as_ptr()).priv_data.cast::<c_void>(),
                    key.as_ptr(),
                    value.as_ptr(),
                    0,
                )
            };
        }
    }

    fn send(&mut self, frame: Option<&Frame>) -> Result<(), AvError> {
        // SAFETY: a live encoder; a live frame or null.
        check(unsafe { ffi::avcodec_send_frame(self.0.as_ptr(), frame.map_or(ptr::null(), Frame::as_ptr)) })
            .map(drop)
    }

    /// The next packet; `None` when the encoder wants more or is done.
    fn receive(&mut self, packet: &mut Packet) -> Result<Option<()>, AvError> {
        // SAFETY: a live encoder and packet.
        match check(unsafe { ffi::avcodec_receive_packet(self.0.as_ptr(), packet.as_mut_ptr()) }) {
            Ok(_) => Ok(Some(())),
            Err(AvError::AGAIN | AvError::EOF) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by avcodec_alloc_context3, freed once.
        unsafe {
            ffi::avcodec_free_context(&raw mut raw);
        }
    }
}

#[expect(unsafe_code, reason = "fields of an owned AVCodecContext")]
impl VideoEncoder {
    /// Opens the first encoder that works.
    pub(crate) fn open(spec: &VideoEncoderSpec) -> Result<Self, MediaError> {
        super::init();
        let names: &[&'static str] = if spec.coding.mpeg2 {
            &["mpeg2video"]
        } else {
            &H264_ENCODERS
        };
        for name in names.iter().copied() {
            let Some((context, codec)) = Context::named(name) else {
                continue;
            };
            match Self::open_named(name, context, codec, spec) {
                Ok(encoder) => return Ok(encoder),
                Err(error) => tracing::debug!("{name} does not open: {}", error.words()),
            }
        }
        let what = if spec.coding.mpeg2 { "MPEG-2" } else { "H.264" };
        Err(MediaError::NoEncoder { what })
    }

    fn open_named(
        name: &'static str,
        mut context: Context,
        codec: *const ffi::AVCodec,
        spec: &VideoEncoderSpec,
    ) -> Result<Self, AvError> {
        // SAFETY: a fresh context that is ours; plain fields.
        unsafe {
            let raw = context.0.as_ptr();
            (*raw).width = spec.width.cast_signed();
            (*raw).height = spec.height.cast_signed();
            (*raw).pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
            (*raw).time_base = rational(spec.time_base);
            if let Some(rate) = spec.rate {
                (*raw).framerate = rational((rate.num(), rate.den()));
            }
            (*raw).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            (*raw).gop_size = spec.gop_frames.cast_signed();
            (*raw).max_b_frames = spec.coding.b_frames.cast_signed();
            (*raw).colorspace = spec.matrix;
            (*raw).color_primaries = spec.primaries;
            (*raw).color_trc = spec.transfer;
            (*raw).color_range = ffi::AVColorRange::AVCOL_RANGE_MPEG;
            (*raw).flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER as i32;
            if !spec.coding.open_groups {
                (*raw).flags |= ffi::AV_CODEC_FLAG_CLOSED_GOP.cast_signed();
            }
            if spec.coding.interlaced {
                (*raw).flags |=
                    (ffi::AV_CODEC_FLAG_INTERLACED_DCT | ffi::AV_CODEC_FLAG_INTERLACED_ME).cast_signed();
            }
        }
        let quality = spec.quality.to_string();
        match name {
            "libx264" => {
                context.set("preset", "veryfast");
                context.set("crf", &quality);
                if spec.coding.b_frames > 0 {
                    // As many as asked for, whatever the picture, and some of them made from each other.
                    context.set("b_strategy", "0");
                    context.set("b-pyramid", "normal");
                }
            }
            "h264_nvenc" => {
                context.set("rc", "vbr");
                context.set("cq", &quality);
            }
            _ => {
                // Without constant quality: 0.1 bit per pixel at 30 pictures a second is close to crf 23 on film.
                let bits = u64::from(spec.width) * u64::from(spec.height) * 3;
                // SAFETY: as above.
                unsafe { (*context.0.as_ptr()).bit_rate = i64::try_from(bits).unwrap_or(8_000_000) };
            }
        }
        // SAFETY: a configured context of this codec.
        check(unsafe { ffi::avcodec_open2(context.0.as_ptr(), codec, ptr::null_mut()) })?;
        Ok(Self {
            in_order: spec.coding.b_frames == 0,
            context,
            name,
        })
    }

    /// FFmpeg's name of the encoder in use.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds this encoder's stream to a file.
    pub(crate) fn add_to(&self, output: &mut Output, rate: Option<Rate>) -> Result<usize, MediaError> {
        // SAFETY: an open encoder, alive during the call.
        unsafe {
            output.add_stream(
                self.context.0.as_ptr(),
                rate.map(|r| rational((r.num(), r.den()))),
            )
        }
    }

    /// Encodes a picture (`None` at the end) and writes the packets that are ready. `duration` is asked for each packet's
    /// timestamp, in ticks: containers of variable rate need it.
    pub(crate) fn encode(
        &mut self,
        frame: Option<&Frame>,
        output: &mut Output,
        stream: usize,
        duration: &mut dyn FnMut(i64) -> i64,
    ) -> Result<(), MediaError> {
        let failed = |e: AvError| e.during("encoding the picture");
        self.context.send(frame).map_err(failed)?;
        let mut packet = Packet::empty().map_err(failed)?;
        while self.context.receive(&mut packet).map_err(failed)?.is_some() {
            // SAFETY: a live packet just filled.
            unsafe {
                let raw = packet.as_mut_ptr();
                (*raw).duration = duration((*raw).pts);
                if self.in_order {
                    // Decoding order is presentation order; some encoders start dts below it.
                    (*raw).dts = (*raw).pts;
                }
            }
            output.write(stream, &mut packet)?;
        }
        Ok(())
    }
}

#[expect(unsafe_code, reason = "fields of an owned AVCodecContext")]
impl AudioEncoder {
    /// Opens FFmpeg's AAC encoder, stereo.
    pub(crate) fn open(sample_rate: u32, bits_per_sec: u32) -> Result<Self, MediaError> {
        super::init();
        let missing = || MediaError::NoEncoder { what: "AAC" };
        let (context, codec) = Context::named("aac").ok_or_else(missing)?;
        // SAFETY: a fresh context that is ours.
        unsafe {
            let raw = context.0.as_ptr();
            (*raw).sample_fmt = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP;
            (*raw).sample_rate = sample_rate.cast_signed();
            ffi::av_channel_layout_default(&raw mut (*raw).ch_layout, 2);
            (*raw).bit_rate = i64::from(bits_per_sec);
            (*raw).time_base = rational((1, sample_rate));
            (*raw).flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER as i32;
            check(ffi::avcodec_open2(raw, codec, ptr::null_mut())).map_err(|_e| missing())?;
        }
        Ok(Self { context })
    }

    /// Samples per channel of every frame but the last.
    pub(crate) fn frame_samples(&self) -> usize {
        // SAFETY: an open encoder.
        usize::try_from(unsafe { self.context.0.as_ref() }.frame_size)
            .unwrap_or(0)
            .max(1)
    }

    /// Adds this encoder's stream to a file.
    pub(crate) fn add_to(&self, output: &mut Output) -> Result<usize, MediaError> {
        // SAFETY: an open encoder, alive during the call.
        unsafe { output.add_stream(self.context.0.as_ptr(), None) }
    }

    /// Encodes a block (`None` at the end) and writes the packets that are ready.
    pub(crate) fn encode(
        &mut self,
        frame: Option<&Frame>,
        output: &mut Output,
        stream: usize,
    ) -> Result<(), MediaError> {
        let failed = |e: AvError| e.during("encoding the sound");
        self.context.send(frame).map_err(failed)?;
        let mut packet = Packet::empty().map_err(failed)?;
        while self.context.receive(&mut packet).map_err(failed)?.is_some() {
            output.write(stream, &mut packet)?;
        }
        Ok(())
    }
}

fn rational((num, den): (u32, u32)) -> ffi::AVRational {
    let int = |v: u32| c_int::try_from(v).unwrap_or(c_int::MAX);
    ffi::AVRational {
        num: int(num),
        den: int(den),
    }
}
