use std::{ffi::c_int, ptr::NonNull};

use super::{AvError, check, ffi};

/// One decoded picture or block of samples, freed with the value.
pub(crate) struct Frame(NonNull<ffi::AVFrame>);

#[expect(unsafe_code, reason = "a frame has one owner")]
// SAFETY: the frame and its references are owned by this value alone; FFmpeg's buffer reference counts are atomic.
unsafe impl Send for Frame {}

#[expect(unsafe_code, reason = "a frame may be looked at from several threads")]
// SAFETY: through a shared reference this value only reads the frame's fields and samples, or takes another reference, whose
// count is atomic; a decoder that still holds the samples reads them too and never writes them again once it gave them out.
unsafe impl Sync for Frame {}

#[expect(unsafe_code, reason = "owned AVFrame")]
impl Frame {
    /// A frame without data.
    pub(crate) fn empty() -> Result<Self, AvError> {
        // SAFETY: av_frame_alloc has no preconditions.
        NonNull::new(unsafe { ffi::av_frame_alloc() })
            .map(Self)
            .ok_or(AvError(ffi::AVERROR(ffi::ENOMEM)))
    }

    /// A writable picture of this size.
    pub(crate) fn picture(width: u32, height: u32, format: ffi::AVPixelFormat) -> Result<Self, AvError> {
        let frame = Self::empty()?;
        // SAFETY: the pointer is a live frame; av_frame_get_buffer reads the three fields just set.
        unsafe {
            let raw = frame.0.as_ptr();
            (*raw).width = clamp_size(width);
            (*raw).height = clamp_size(height);
            (*raw).format = format as c_int;
            check(ffi::av_frame_get_buffer(raw, 0))?;
        }
        Ok(frame)
    }

    /// A writable block of planar float samples, stereo.
    pub(crate) fn stereo(samples: usize, sample_rate: u32) -> Result<Self, AvError> {
        let frame = Self::empty()?;
        // SAFETY: as above, for the audio fields.
        unsafe {
            let raw = frame.0.as_ptr();
            (*raw).nb_samples = c_int::try_from(samples).unwrap_or(c_int::MAX);
            (*raw).sample_rate = clamp_size(sample_rate);
            (*raw).format = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP as c_int;
            ffi::av_channel_layout_default(&raw mut (*raw).ch_layout, 2);
            check(ffi::av_frame_get_buffer(raw, 0))?;
        }
        Ok(frame)
    }

    /// Makes the data ours to write, copying when somebody else still holds it.
    pub(crate) fn make_writable(&mut self) -> Result<(), AvError> {
        // SAFETY: a live frame.
        check(unsafe { ffi::av_frame_make_writable(self.0.as_ptr()) }).map(drop)
    }

    /// Another reference to the same data.
    pub(crate) fn share(&self) -> Result<Self, AvError> {
        let copy = Self::empty()?;
        // SAFETY: both are live frames and the target is empty.
        check(unsafe { ffi::av_frame_ref(copy.0.as_ptr(), self.0.as_ptr()) })?;
        Ok(copy)
    }

    /// Takes over what another frame says of itself beside its samples: times, colour, fields.
    pub(crate) fn copy_properties(&mut self, from: &Self) -> Result<(), AvError> {
        // SAFETY: both are live frames.
        check(unsafe { ffi::av_frame_copy_props(self.0.as_ptr(), from.0.as_ptr()) }).map(drop)
    }

    /// Fills this empty frame with a picture that lies on a device.
    pub(crate) fn bring_from(&mut self, there: &Self) -> Result<(), AvError> {
        // SAFETY: both are live frames and this one is empty.
        check(unsafe { ffi::av_hwframe_transfer_data(self.0.as_ptr(), there.0.as_ptr(), 0) })?;
        self.copy_properties(there)
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVFrame {
        self.0.as_ptr()
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVFrame {
        self.0.as_ptr()
    }

    fn raw(&self) -> &ffi::AVFrame {
        // SAFETY: a live frame, borrowed as long as self.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn width(&self) -> u32 {
        u32::try_from(self.raw().width).unwrap_or(0)
    }

    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.raw().height).unwrap_or(0)
    }

    pub(crate) fn samples(&self) -> usize {
        usize::try_from(self.raw().nb_samples).unwrap_or(0)
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        u32::try_from(self.raw().sample_rate).unwrap_or(0)
    }

    pub(crate) fn channels(&self) -> u32 {
        u32::try_from(self.raw().ch_layout.nb_channels).unwrap_or(0)
    }

    /// FFmpeg's number of the pixel or sample format.
    pub(crate) fn format(&self) -> c_int {
        self.raw().format
    }

    /// FFmpeg's name of the pixel format.
    pub(crate) fn pixel_format_name(&self) -> String {
        descriptor(self.format())
            .and_then(|d| {
                // SAFETY: names in FFmpeg's static table are NUL-terminated.
                unsafe { super::owned_text(d.name) }
            })
            .unwrap_or_default()
    }

    /// Presentation timestamp in the stream's time base: the decoder's best effort.
    pub(crate) fn timestamp(&self) -> Option<i64> {
        let raw = self.raw();
        [raw.best_effort_timestamp, raw.pts]
            .into_iter()
            .find(|t| *t != ffi::AV_NOPTS_VALUE)
    }

    /// Duration in the stream's time base; 0 when unknown.
    pub(crate) fn duration(&self) -> i64 {
        self.raw().pkt_duration.max(0)
    }

    pub(crate) fn set_timestamp(&mut self, pts: i64) {
        // SAFETY: a live frame, exclusively borrowed.
        let raw = unsafe { self.0.as_mut() };
        raw.pts = pts;
        raw.pict_type = ffi::AVPictureType::AV_PICTURE_TYPE_NONE;
    }

    /// Says whether the picture is two fields, the upper one first.
    pub(crate) fn set_interlaced(&mut self, interlaced: bool) {
        // SAFETY: a live frame, exclusively borrowed.
        let raw = unsafe { self.0.as_mut() };
        raw.interlaced_frame = interlaced.into();
        raw.top_field_first = interlaced.into();
    }

    pub(crate) fn is_key(&self) -> bool {
        self.raw().key_frame != 0
    }

    /// Whether the decoder concealed or missed something in this frame.
    pub(crate) fn is_corrupt(&self) -> bool {
        self.raw().flags & ffi::AV_FRAME_FLAG_CORRUPT != 0 || self.raw().decode_error_flags != 0
    }

    pub(crate) fn is_interlaced(&self) -> bool {
        self.raw().interlaced_frame != 0
    }

    pub(crate) fn top_field_first(&self) -> bool {
        self.raw().top_field_first != 0
    }

    pub(crate) fn primaries(&self) -> ffi::AVColorPrimaries {
        self.raw().color_primaries
    }

    pub(crate) fn transfer(&self) -> ffi::AVColorTransferCharacteristic {
        self.raw().color_trc
    }

    pub(crate) fn matrix(&self) -> ffi::AVColorSpace {
        self.raw().colorspace
    }

    pub(crate) fn chroma_location(&self) -> ffi::AVChromaLocation {
        self.raw().chroma_location
    }

    /// Whether luma runs over 0 to 255. Grey pictures that do not say do, as everywhere in FFmpeg.
    pub(crate) fn is_full_range(&self) -> bool {
        let name = self.pixel_format_name();
        match self.raw().color_range {
            ffi::AVColorRange::AVCOL_RANGE_JPEG => true,
            ffi::AVColorRange::AVCOL_RANGE_MPEG => name.starts_with("yuvj"),
            _ => name.starts_with("yuvj") || name.starts_with("gray"),
        }
    }

    /// Bytes per line of a plane; 0 when the plane is absent, negative when the picture lies upside down.
    pub(crate) fn stride(&self, plane: usize) -> isize {
        self.raw().linesize.get(plane).map_or(0, |s| *s as isize)
    }

    /// Lines of a plane.
    pub(crate) fn plane_height(&self, plane: usize) -> usize {
        let height = self.height() as usize;
        match descriptor(self.format()) {
            Some(d) if plane == 1 || plane == 2 => height.div_ceil(1 << d.log2_chroma_h),
            _ => height,
        }
    }

    /// Bytes of a plane, line by line with [`Self::stride`]; empty when absent or upside down.
    pub(crate) fn plane(&self, plane: usize) -> &[u8] {
        let length = self.plane_len(plane);
        let data = self
            .raw()
            .data
            .get(plane)
            .copied()
            .unwrap_or(std::ptr::null_mut());
        if data.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: FFmpeg allocates stride * lines bytes for each plane of a picture with a positive stride, and where a decoder
        // moved the pointer to crop, it is the lines cut off (and the padding behind them) that keep the last one inside.
        unsafe { std::slice::from_raw_parts(data, length) }
    }

    /// As [`Self::plane`], to write. The frame must be writable (ours, or after [`Self::make_writable`]).
    pub(crate) fn plane_mut(&mut self, plane: usize) -> &mut [u8] {
        let length = self.plane_len(plane);
        let data = self
            .raw()
            .data
            .get(plane)
            .copied()
            .unwrap_or(std::ptr::null_mut());
        if data.is_null() || length == 0 {
            return &mut [];
        }
        // SAFETY: as in plane; the exclusive borrow keeps other Rust views away.
        unsafe { std::slice::from_raw_parts_mut(data, length) }
    }

    fn plane_len(&self, plane: usize) -> usize {
        usize::try_from(self.stride(plane)).unwrap_or(0) * self.plane_height(plane)
    }

    /// One channel of planar float samples, to write.
    pub(crate) fn channel_mut(&mut self, channel: usize) -> &mut [f32] {
        let samples = self.samples();
        let data = self
            .raw()
            .data
            .get(channel)
            .copied()
            .unwrap_or(std::ptr::null_mut());
        if data.is_null() || self.format() != ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP as c_int {
            return &mut [];
        }
        // SAFETY: a planar float frame holds nb_samples aligned floats in each of its first eight channel planes.
        unsafe { std::slice::from_raw_parts_mut(data.cast::<f32>(), samples) }
    }

    /// Drops the data and keeps the empty frame.
    pub(crate) fn clear(&mut self) {
        // SAFETY: a live frame.
        unsafe { ffi::av_frame_unref(self.0.as_ptr()) }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by av_frame_alloc, freed once.
        unsafe {
            ffi::av_frame_free(&raw mut raw);
        }
    }
}

/// One encoded packet, freed with the value.
pub(crate) struct Packet(NonNull<ffi::AVPacket>);

#[expect(unsafe_code, reason = "a packet has one owner")]
// SAFETY: as for Frame.
unsafe impl Send for Packet {}

#[expect(unsafe_code, reason = "owned AVPacket")]
impl Packet {
    pub(crate) fn empty() -> Result<Self, AvError> {
        // SAFETY: no preconditions.
        NonNull::new(unsafe { ffi::av_packet_alloc() })
            .map(Self)
            .ok_or(AvError(ffi::AVERROR(ffi::ENOMEM)))
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVPacket {
        self.0.as_ptr()
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVPacket {
        self.0.as_ptr()
    }

    pub(crate) fn stream(&self) -> usize {
        // SAFETY: a live packet.
        usize::try_from(unsafe { self.0.as_ref() }.stream_index).unwrap_or(usize::MAX)
    }

    /// When the picture is shown, in ticks of the stream, when the container says so.
    pub(crate) fn presentation(&self) -> Option<i64> {
        // SAFETY: a live packet.
        Some(unsafe { self.0.as_ref() }.pts).filter(|t| *t != ffi::AV_NOPTS_VALUE)
    }

    /// Whether the demuxer says that bytes are missing or damaged.
    pub(crate) fn is_corrupt(&self) -> bool {
        // SAFETY: a live packet.
        unsafe { self.0.as_ref() }.flags & ffi::AV_PKT_FLAG_CORRUPT != 0
    }

    pub(crate) fn clear(&mut self) {
        // SAFETY: a live packet.
        unsafe { ffi::av_packet_unref(self.0.as_ptr()) }
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by av_packet_alloc, freed once.
        unsafe {
            ffi::av_packet_free(&raw mut raw);
        }
    }
}

/// FFmpeg's description of a pixel format.
#[expect(unsafe_code, reason = "FFmpeg's static table")]
pub(crate) fn descriptor(format: c_int) -> Option<&'static ffi::AVPixFmtDescriptor> {
    pixel_format(format).and_then(|format| {
        // SAFETY: the answer is null or points into a static table.
        unsafe { ffi::av_pix_fmt_desc_get(format).as_ref() }
    })
}

/// The pixel format of a number from FFmpeg, when it is one.
#[expect(unsafe_code, reason = "number to enum")]
pub(crate) fn pixel_format(format: c_int) -> Option<ffi::AVPixelFormat> {
    let known = 0..ffi::AVPixelFormat::AV_PIX_FMT_NB as c_int;
    // SAFETY: the bindings were generated from this FFmpeg, whose formats are dense between 0 and AV_PIX_FMT_NB.
    known
        .contains(&format)
        .then(|| unsafe { std::mem::transmute::<c_int, ffi::AVPixelFormat>(format) })
}

fn clamp_size(size: u32) -> c_int {
    c_int::try_from(size).unwrap_or(c_int::MAX)
}
