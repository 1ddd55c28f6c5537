use std::{
    ffi::{CStr, CString, c_char, c_int},
    marker::PhantomData,
    path::Path,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use timebase::{Flicks, Rate, TimeBase};

use super::{AvError, Packet, check, ffi, io::SourceIo, owned_text};
use crate::{Footage, MediaError};

/// Demuxers that read text, lists of other files or devices rather than one file of media.
const REFUSED_FORMATS: [&str; 13] = [
    "tty",
    "hls",
    "concat",
    "concatf",
    "dash",
    "sdp",
    "rtsp",
    "lavfi",
    "bin",
    "xbin",
    "adf",
    "idf",
    "ffmetadata",
];
/// Below this probe score FFmpeg is guessing (random bytes "are" MP3).
const PROBE_SCORE_MIN: c_int = 13;
/// At this score the head of the file carries a format's signature.
const PROBE_SCORE_SIGNATURE: c_int = 50;

/// An open source file with its streams.
pub(crate) struct Input {
    context: *mut ffi::AVFormatContext,
    io: SourceIo,
}

#[expect(unsafe_code, reason = "a format context has one owner")]
// SAFETY: FFmpeg lets a format context be used from any thread, by one at a time; this value is its only owner.
unsafe impl Send for Input {}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    /// A picture attached to a file, such as cover art.
    Cover,
    Audio,
    Subtitle,
    Attachment,
    Other,
}

/// Read errors in a row after which the rest of a file is given up.
const BROKEN_READS_MAX: u32 = 16;

/// How reading went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadEnd {
    /// The packet was filled.
    Packet,
    /// The file is over.
    End,
    /// The container breaks off or cannot be followed further: this is the end of what can be read.
    Broken,
    /// What comes next is on its way, and nobody waits for it any more. Where the container stands then nobody knows.
    GivenUp,
}

#[expect(unsafe_code, reason = "owned AVFormatContext")]
impl Input {
    /// Opens a file and finds its streams. Never opens anything else, whatever the file says: references to other files
    /// and addresses are refused.
    pub(crate) fn open(footage: &Footage) -> Result<Self, MediaError> {
        super::init();
        let mut io = SourceIo::open(footage)?;
        // SAFETY: the context is ours until avformat_open_input takes it (it frees it on failure); io outlives it.
        let context = unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(AvError(ffi::AVERROR(ffi::ENOMEM)).during("opening a file"));
            }
            (*context).pb = io.as_mut_ptr();
            (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
            (*context).io_open = Some(refuse_open);
            let opened =
                ffi::avformat_open_input(&raw mut context, c"".as_ptr(), ptr::null(), ptr::null_mut());
            if let Err(error) = check(opened) {
                return Err(if io.gave_up() {
                    MediaError::Cancelled
                } else {
                    refusal(footage.path(), error)
                });
            }
            context
        };
        let input = Self { context, io };
        let score = input.raw().probe_score;
        let name = input.format_name();
        if score < PROBE_SCORE_MIN || REFUSED_FORMATS.iter().any(|f| name.split(',').any(|n| n == *f)) {
            return Err(MediaError::NotMedia);
        }
        // SAFETY: a live context without options.
        let found = unsafe { ffi::avformat_find_stream_info(input.context, ptr::null_mut()) };
        check(found).map_err(|e| input.damaged(&e.words()))?;
        if input.io.gave_up() {
            return Err(MediaError::Cancelled);
        }
        Ok(input)
    }

    fn raw(&self) -> &ffi::AVFormatContext {
        // SAFETY: a live context, borrowed as long as self.
        unsafe { &*self.context }
    }

    /// A [`MediaError::Damaged`] about this file.
    pub(crate) fn damaged(&self, what: &str) -> MediaError {
        MediaError::Damaged {
            container: self.container(),
            what: what.to_owned(),
        }
    }

    /// FFmpeg's names of the demuxer, separated by commas.
    pub(crate) fn format_name(&self) -> String {
        // SAFETY: iformat is static and set after opening.
        unsafe { self.raw().iformat.as_ref().and_then(|f| owned_text(f.name)) }.unwrap_or_default()
    }

    /// The first of the demuxer's names.
    pub(crate) fn container(&self) -> String {
        self.format_name()
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether the demuxer reads single pictures.
    pub(crate) fn is_image_format(&self) -> bool {
        let name = self.container();
        name.ends_with("_pipe") || name == "image2"
    }

    /// Length the container states.
    pub(crate) fn duration(&self) -> Option<Flicks> {
        let duration = self.raw().duration;
        let micros = TimeBase::new(1, 1_000_000).ok()?;
        (duration != ffi::AV_NOPTS_VALUE && duration > 0).then(|| Flicks::from_ticks(duration, micros))
    }

    pub(crate) fn size(&self) -> u64 {
        self.io.size()
    }

    /// Whether the last read or seek ended because nobody waited any more for what is on its way.
    pub(crate) fn gave_up(&self) -> bool {
        self.io.gave_up()
    }

    /// Where in the file FFmpeg reads, in bytes; shared.
    pub(crate) fn position(&self) -> &Arc<AtomicU64> {
        self.io.position()
    }

    pub(crate) fn streams(&self) -> impl Iterator<Item = StreamView<'_>> {
        let count = usize::try_from(self.raw().nb_streams).unwrap_or(0);
        (0..count).filter_map(|index| self.stream(index))
    }

    pub(crate) fn stream(&self, index: usize) -> Option<StreamView<'_>> {
        let count = usize::try_from(self.raw().nb_streams).unwrap_or(0);
        // SAFETY: streams holds nb_streams live pointers.
        let raw = (index < count).then(|| unsafe { *self.raw().streams.add(index) })?;
        Some(StreamView { raw, of: PhantomData })
    }

    /// A value of the container's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        lookup(self.raw().metadata, key)
    }

    /// Leaves packets of all streams but these unread.
    pub(crate) fn keep_only(&mut self, wanted: &[usize]) {
        for stream in self.streams() {
            let discard = if wanted.contains(&stream.index()) {
                ffi::AVDiscard::AVDISCARD_DEFAULT
            } else {
                ffi::AVDiscard::AVDISCARD_ALL
            };
            // SAFETY: a live stream; nobody reads it during this call.
            unsafe { (*stream.raw).discard = discard };
        }
    }

    /// The next packet of any wanted stream.
    ///
    /// A read that fails is passed over, since packets may follow behind the damage; everyone who reads a file does the same,
    /// so that all count the same frames.
    pub(crate) fn read(&mut self, packet: &mut Packet) -> ReadEnd {
        self.io.go_on();
        for _ in 0..BROKEN_READS_MAX {
            packet.clear();
            // SAFETY: live context and blank packet.
            let read = check(unsafe { ffi::av_read_frame(self.context, packet.as_mut_ptr()) });
            // A packet that broke off there is given as if it were whole.
            if self.io.gave_up() {
                packet.clear();
                return ReadEnd::GivenUp;
            }
            match read {
                Ok(_) => return ReadEnd::Packet,
                Err(AvError::EOF) => return ReadEnd::End,
                // Not damage: the demuxer asks to be called again, also when the whole of a short file is in its buffers.
                Err(AvError::AGAIN) => continue,
                Err(error) => tracing::debug!("reading goes on after: {}", error.words()),
            }
            if self.at_end() {
                break;
            }
        }
        ReadEnd::Broken
    }

    /// Whether everything up to the end of the file was read.
    pub(crate) fn at_end(&self) -> bool {
        self.position().load(Ordering::Relaxed) >= self.size()
    }

    /// Goes to the last keyframe at or before `timestamp` of a stream, as far as the container knows.
    pub(crate) fn seek(&mut self, stream: usize, timestamp: i64) -> Result<(), AvError> {
        self.io.go_on();
        let index = c_int::try_from(stream).map_err(|_wide| AvError(ffi::AVERROR(ffi::EINVAL)))?;
        // SAFETY: a live context; the index was taken from it.
        check(unsafe { ffi::av_seek_frame(self.context, index, timestamp, ffi::AVSEEK_FLAG_BACKWARD) })
            .map(drop)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: opened by avformat_open_input, closed once; with custom IO the file stays ours and is closed by `io`.
        unsafe {
            ffi::avformat_close_input(&raw mut self.context);
        }
    }
}

/// Not media, or media too damaged to open: told by whether the head of the file carries a known signature.
#[expect(unsafe_code, reason = "probing a buffer")]
fn refusal(path: &Path, error: AvError) -> MediaError {
    let mut head = vec![0_u8; 64 * 1024];
    let count = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read(&mut file, &mut head))
        .unwrap_or(0);
    // FFmpeg wants zero padding behind the data.
    let padding = ffi::AVPROBE_PADDING_SIZE as usize;
    head.truncate(count);
    head.resize(count + padding, 0);
    let mut score = 0;
    // SAFETY: the buffer is padded as AVProbeData asks; the answer is null or static.
    let name = unsafe {
        let data = ffi::AVProbeData {
            filename: c"".as_ptr(),
            buf: head.as_mut_ptr(),
            buf_size: c_int::try_from(count).unwrap_or(0),
            mime_type: ptr::null(),
        };
        let format = ffi::av_probe_input_format3(&raw const data, 1, &raw mut score);
        format.as_ref().and_then(|f| owned_text(f.name))
    };
    match name {
        Some(name) if score >= PROBE_SCORE_SIGNATURE => {
            let container = name.split(',').next().unwrap_or_default().to_owned();
            if REFUSED_FORMATS.contains(&container.as_str()) {
                return MediaError::NotMedia;
            }
            MediaError::Damaged {
                container,
                what: error.words(),
            }
        }
        _ => MediaError::NotMedia,
    }
}

/// FFmpeg asks to open another file or address: never.
#[expect(unsafe_code, reason = "C callback")]
unsafe extern "C" fn refuse_open(
    _context: *mut ffi::AVFormatContext,
    _io: *mut *mut ffi::AVIOContext,
    _url: *const c_char,
    _flags: c_int,
    _options: *mut *mut ffi::AVDictionary,
) -> c_int {
    ffi::AVERROR(ffi::EPERM)
}

#[expect(unsafe_code, reason = "FFmpeg dictionaries")]
fn lookup(dictionary: *const ffi::AVDictionary, key: &str) -> Option<String> {
    let key = CString::new(key).ok()?;
    // SAFETY: the dictionary is null or lives with its owner, which the callers borrow.
    unsafe {
        let entry = ffi::av_dict_get(dictionary.cast_mut(), key.as_ptr(), ptr::null(), 0);
        entry.as_ref().and_then(|e| owned_text(e.value))
    }
}

/// One stream of an [`Input`].
#[derive(Clone, Copy)]
pub(crate) struct StreamView<'a> {
    raw: *mut ffi::AVStream,
    of: PhantomData<&'a Input>,
}

#[expect(unsafe_code, reason = "fields of a live AVStream")]
impl StreamView<'_> {
    fn get(&self) -> &ffi::AVStream {
        // SAFETY: the stream lives as long as the borrowed Input.
        unsafe { &*self.raw }
    }

    pub(crate) fn parameters(&self) -> *const ffi::AVCodecParameters {
        self.get().codecpar
    }

    /// The codec parameters as a reference.
    pub(crate) fn codec(&self) -> &ffi::AVCodecParameters {
        // SAFETY: every stream has parameters for as long as it lives.
        unsafe { &*self.get().codecpar }
    }

    pub(crate) fn index(&self) -> usize {
        usize::try_from(self.get().index).unwrap_or(usize::MAX)
    }

    pub(crate) fn kind(&self) -> Kind {
        let attached = ffi::AV_DISPOSITION_ATTACHED_PIC | ffi::AV_DISPOSITION_TIMED_THUMBNAILS;
        match self.codec().codec_type {
            ffi::AVMediaType::AVMEDIA_TYPE_VIDEO if self.get().disposition & attached != 0 => Kind::Cover,
            ffi::AVMediaType::AVMEDIA_TYPE_VIDEO => Kind::Video,
            ffi::AVMediaType::AVMEDIA_TYPE_AUDIO => Kind::Audio,
            ffi::AVMediaType::AVMEDIA_TYPE_SUBTITLE => Kind::Subtitle,
            ffi::AVMediaType::AVMEDIA_TYPE_ATTACHMENT => Kind::Attachment,
            _ => Kind::Other,
        }
    }

    pub(crate) fn is_default(&self) -> bool {
        self.get().disposition & ffi::AV_DISPOSITION_DEFAULT != 0
    }

    /// FFmpeg's name of the codec.
    pub(crate) fn codec_name(&self) -> String {
        // SAFETY: the answer is a static string.
        let name = unsafe { CStr::from_ptr(ffi::avcodec_get_name(self.codec().codec_id)) };
        name.to_string_lossy().into_owned()
    }

    /// The profile in words.
    pub(crate) fn profile(&self) -> Option<String> {
        let codec = self.codec();
        // SAFETY: the answer is null or static.
        unsafe { owned_text(ffi::avcodec_profile_name(codec.codec_id, codec.profile)) }
    }

    pub(crate) fn raw_time_base(&self) -> ffi::AVRational {
        self.get().time_base
    }

    /// Native time base; `None` when the file states nonsense.
    pub(crate) fn time_base(&self) -> Option<TimeBase> {
        let raw = self.get().time_base;
        TimeBase::new(u32::try_from(raw.num).ok()?, u32::try_from(raw.den).ok()?).ok()
    }

    /// Timestamp of the first frame, in ticks of the time base.
    pub(crate) fn start(&self) -> Option<i64> {
        Some(self.get().start_time).filter(|t| *t != ffi::AV_NOPTS_VALUE)
    }

    /// Frames the container says there are; 0 when it does not say.
    pub(crate) fn stated_frames(&self) -> u64 {
        u64::try_from(self.get().nb_frames).unwrap_or(0)
    }

    pub(crate) fn average_rate(&self) -> Option<Rate> {
        rate(self.get().avg_frame_rate)
    }

    /// The lowest rate all timestamps fit, as FFmpeg guesses it.
    pub(crate) fn base_rate(&self) -> Option<Rate> {
        rate(self.get().r_frame_rate)
    }

    /// Sample aspect ratio from the container or the codec.
    pub(crate) fn sample_aspect(&self) -> (u32, u32) {
        let of = |r: ffi::AVRational| Some((u32::try_from(r.num).ok()?, u32::try_from(r.den).ok()?));
        let stated = |r| of(r).filter(|(n, d)| *n > 0 && *d > 0);
        stated(self.get().sample_aspect_ratio)
            .or_else(|| stated(self.codec().sample_aspect_ratio))
            .unwrap_or((1, 1))
    }

    /// The 3×3 display matrix, when the container carries one.
    pub(crate) fn display_matrix(&self) -> Option<[i32; 9]> {
        let mut size = 0_usize;
        let kind = ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX;
        // SAFETY: the answer is null or `size` bytes owned by the stream; FFmpeg aligns side data for any type.
        unsafe {
            let data = ffi::av_stream_get_side_data(self.raw, kind, &raw mut size);
            if data.is_null() || size < 36 {
                return None;
            }
            Some(ptr::read_unaligned(data.cast::<[i32; 9]>()))
        }
    }

    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        lookup(self.get().metadata, key)
    }

    /// Highest byte the container's own index points at; `None` when it has no index.
    pub(crate) fn indexed_end(&self) -> Option<u64> {
        // SAFETY: the stream is live and its index does not change during the loop.
        unsafe {
            let count = ffi::avformat_index_get_entries_count(self.raw);
            (0..count)
                .filter_map(|n| ffi::avformat_index_get_entry(self.raw, n).as_ref())
                .filter_map(|e| u64::try_from(e.pos.checked_add(i64::from(e.size()))?).ok())
                .max()
        }
    }
}

fn rate(raw: ffi::AVRational) -> Option<Rate> {
    Rate::new(u32::try_from(raw.num).ok()?, u32::try_from(raw.den).ok()?).ok()
}
