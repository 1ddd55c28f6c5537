use std::ptr::{self, NonNull};

use super::{AvError, Device, DeviceKind, Frame, Packet, StreamView, check, ffi, hardware};
use crate::{MediaError, limits};

/// What a decoder had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The frame was filled.
    Frame,
    /// It wants another packet first.
    Hungry,
    /// Nothing more will come.
    End,
    /// A packet could not be decoded; the next call may go on.
    Undecodable,
}

/// An open decoder.
pub(crate) struct Decoder {
    context: NonNull<ffi::AVCodecContext>,
    can_thin: bool,
    aid: Option<Aid>,
}

/// What decodes beside the processor.
struct Aid {
    /// Its name, for people.
    name: String,
    /// The format of pictures that still lie there.
    format: ffi::AVPixelFormat,
    /// Where a picture lies until it is in memory.
    there: Frame,
    /// Pictures after which a stand-in for tests fails.
    #[cfg(test)]
    fails_after: Option<u64>,
}

#[expect(unsafe_code, reason = "a decoder has one owner")]
// SAFETY: a codec context may be used from any thread, by one at a time; this value is its only owner.
unsafe impl Send for Decoder {}

/// How many threads a decoder may use. On a busy machine FFmpeg's VP3 family was seen to give another picture of the same
/// frame when several threads decoded ahead; it is small enough for one.
const fn threads_for(codec: ffi::AVCodecID, wanted: u32) -> u32 {
    match codec {
        ffi::AVCodecID::AV_CODEC_ID_VP3
        | ffi::AVCodecID::AV_CODEC_ID_VP4
        | ffi::AVCodecID::AV_CODEC_ID_THEORA => 1,
        _ => wanted,
    }
}

/// Whether FFmpeg's word for a picture without followers can be trusted: in HEVC it holds within one temporal layer only, and
/// other codecs are not known well enough.
#[expect(unsafe_code, reason = "codec parameters are C")]
fn can_thin(parameters: &ffi::AVCodecParameters) -> bool {
    match parameters.codec_id {
        ffi::AVCodecID::AV_CODEC_ID_H264 | ffi::AVCodecID::AV_CODEC_ID_MPEG2VIDEO => true,
        ffi::AVCodecID::AV_CODEC_ID_HEVC => {
            let length = usize::try_from(parameters.extradata_size).unwrap_or(0);
            if parameters.extradata.is_null() || length < HVCC_LAYERS_AT + 1 {
                return false;
            }
            // SAFETY: extradata holds extradata_size bytes for as long as the parameters live.
            let head = unsafe { std::slice::from_raw_parts(parameters.extradata, length) };
            head[0] == 1 && head[HVCC_LAYERS_AT] >> 3 & 7 == 1
        }
        _ => false,
    }
}

/// Where an HEVC configuration record (ISO/IEC 14496-15) says how many temporal layers there are.
const HVCC_LAYERS_AT: usize = 21;

#[expect(unsafe_code, reason = "owned AVCodecContext")]
impl Decoder {
    /// Opens the decoder FFmpeg prefers for a stream. `threads` 0 lets FFmpeg choose one per core. Frames the edit list
    /// hides are dropped by FFmpeg inside; frames with errors come out marked.
    pub(crate) fn open(stream: &StreamView<'_>, threads: u32) -> Result<Self, MediaError> {
        Self::open_on(stream, threads, None)
    }

    /// As [`Self::open`], on a device. Whether pictures really come from there shows with the first: see [`Self::receive`].
    pub(crate) fn open_on(
        stream: &StreamView<'_>,
        threads: u32,
        device: Option<(&Device, DeviceKind)>,
    ) -> Result<Self, MediaError> {
        let parameters = stream.parameters();
        // SAFETY: parameters belong to a live format context; the codec is static; the context is ours from here on.
        unsafe {
            let codec = ffi::avcodec_find_decoder((*parameters).codec_id);
            if codec.is_null() {
                let what = format!("this FFmpeg has no decoder for {}", stream.codec_name());
                return Err(MediaError::Unsupported { what });
            }
            let context = NonNull::new(ffi::avcodec_alloc_context3(codec))
                .ok_or_else(|| AvError(ffi::AVERROR(ffi::ENOMEM)).during("opening a decoder"))?;
            let mut decoder = Self {
                context,
                can_thin: can_thin(&*parameters),
                aid: None,
            };
            let raw = context.as_ptr();
            check(ffi::avcodec_parameters_to_context(raw, parameters))
                .map_err(|e| e.during("reading codec parameters"))?;
            (*raw).pkt_timebase = stream.raw_time_base();
            (*raw).thread_count = i32::try_from(threads_for((*parameters).codec_id, threads)).unwrap_or(0);
            (*raw).thread_type = ffi::FF_THREAD_FRAME | ffi::FF_THREAD_SLICE;
            (*raw).flags |= ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as i32;
            (*raw).max_pixels = limits::PIXELS_MAX.cast_signed();
            if let Some((device, kind)) = device {
                (*raw).hw_device_ctx = device.share();
                (*raw).opaque = kind.format as usize as *mut std::ffi::c_void;
                (*raw).get_format = Some(hardware::choose_format);
                decoder.aid = Some(Aid {
                    name: kind.name(),
                    format: kind.format,
                    there: Frame::empty().map_err(|e| e.during("opening a decoder"))?,
                    #[cfg(test)]
                    fails_after: None,
                });
            }
            check(ffi::avcodec_open2(raw, codec, ptr::null_mut())).map_err(|e| {
                let what = format!(
                    "the decoder for {} does not open: {}",
                    stream.codec_name(),
                    e.words()
                );
                MediaError::Unsupported { what }
            })?;
            Ok(decoder)
        }
    }

    /// What decodes beside the processor, by name.
    pub(crate) fn aid(&self) -> Option<&str> {
        self.aid.as_ref().map(|aid| aid.name.as_str())
    }

    /// Leaves out the smoothing of block edges in pictures that no other picture is made from: for who looks at averages
    /// alone. Nothing drifts, and pictures that others are made from are whole.
    pub(crate) fn skim(&mut self) {
        // SAFETY: a live decoder; read by FFmpeg before each picture.
        unsafe { (*self.context.as_ptr()).skip_loop_filter = ffi::AVDiscard::AVDISCARD_NONREF };
    }

    /// Whether [`Self::thin`] leaves out only what nothing else is made from, for this codec and stream.
    pub(crate) fn can_thin(&self) -> bool {
        self.can_thin
    }

    /// Whether pictures that no other is made from are left undecoded from the next packet on. The rest stays exact.
    pub(crate) fn thin(&mut self, thin: bool) {
        let discard = if thin && self.can_thin {
            ffi::AVDiscard::AVDISCARD_NONREF
        } else {
            ffi::AVDiscard::AVDISCARD_DEFAULT
        };
        // SAFETY: a live decoder; FFmpeg hands the value to its threads with each packet.
        unsafe { (*self.context.as_ptr()).skip_frame = discard };
    }

    /// Gives a packet; `None` says that no more will come. `Ok(false)` when frames must be received first.
    pub(crate) fn send(&mut self, packet: Option<&Packet>) -> Result<bool, AvError> {
        let raw = packet.map_or(ptr::null(), Packet::as_ptr);
        // SAFETY: a live decoder and a live packet or null.
        match check(unsafe { ffi::avcodec_send_packet(self.context.as_ptr(), raw) }) {
            Ok(_) | Err(AvError::EOF) => Ok(true),
            Err(AvError::AGAIN) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes the next frame in presentation order, in memory wherever it was decoded.
    pub(crate) fn receive(&mut self, frame: &mut Frame) -> Received {
        // SAFETY: live decoder and frame; FFmpeg unrefs the frame first.
        match check(unsafe { ffi::avcodec_receive_frame(self.context.as_ptr(), frame.as_mut_ptr()) }) {
            Ok(_) => self.bring(frame),
            Err(AvError::AGAIN) => Received::Hungry,
            Err(AvError::EOF) => Received::End,
            Err(_) => Received::Undecodable,
        }
    }

    /// Brings a picture that was decoded elsewhere into memory.
    fn bring(&mut self, frame: &mut Frame) -> Received {
        let Some(aid) = &mut self.aid else {
            return Received::Frame;
        };
        #[cfg(test)]
        if let Some(left) = &mut aid.fails_after {
            let Some(fewer) = left.checked_sub(1) else {
                return Received::Undecodable;
            };
            *left = fewer;
            return Received::Frame;
        }
        if frame.format() != aid.format as std::ffi::c_int {
            // FFmpeg found that the device cannot do this after all and decodes by itself.
            self.aid = None;
            return Received::Frame;
        }
        std::mem::swap(frame, &mut aid.there);
        frame.clear();
        let brought = frame.bring_from(&aid.there);
        aid.there.clear();
        match brought {
            Ok(()) => Received::Frame,
            Err(error) => {
                tracing::debug!("a picture stays on its device: {}", error.words());
                Received::Undecodable
            }
        }
    }

    /// Makes it pass for one that a device decodes for, which fails after some pictures.
    #[cfg(test)]
    pub(crate) fn stand_in(&mut self, name: &str, fails_after: u64) {
        self.aid = Frame::empty().ok().map(|there| Aid {
            name: name.to_owned(),
            format: ffi::AVPixelFormat::AV_PIX_FMT_NONE,
            there,
            fails_after: Some(fails_after),
        });
    }

    /// Forgets everything, after a seek.
    pub(crate) fn flush(&mut self) {
        // SAFETY: a live, open decoder.
        unsafe { ffi::avcodec_flush_buffers(self.context.as_ptr()) }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let mut raw = self.context.as_ptr();
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by avcodec_alloc_context3, freed once.
        unsafe {
            ffi::avcodec_free_context(&raw mut raw);
        }
    }
}
