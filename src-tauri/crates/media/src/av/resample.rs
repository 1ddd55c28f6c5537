use std::{ffi::c_int, ptr};

use super::{AvError, Frame, check, ffi};
use crate::{ChannelMix, mix};

/// Turns decoded samples of any format into interleaved floats of one rate and channel count.
pub(crate) struct Resampler {
    context: *mut ffi::SwrContext,
    channels: usize,
    out_rate: u32,
    in_rate: u32,
}

#[expect(unsafe_code, reason = "a resampler has one owner")]
// SAFETY: an SwrContext has no ties to a thread; this value is its only owner.
unsafe impl Send for Resampler {}

#[expect(unsafe_code, reason = "owned SwrContext")]
impl Resampler {
    /// For frames like `frame`. `channels` of the output: the same number passes channels through in their order, another
    /// number mixes by FFmpeg's default matrix (ITU-style downmix, normalised so that it cannot clip).
    ///
    /// A `mix` that changes anything takes the place of the usual one, for two channels out.
    pub(crate) fn new(
        frame: &Frame,
        out_rate: u32,
        channels: u32,
        mix: &[ChannelMix],
    ) -> Result<Self, AvError> {
        let mut context: *mut ffi::SwrContext = ptr::null_mut();
        // SAFETY: layouts are initialised before use and hold no allocation for default layouts; the frame is live.
        unsafe {
            let raw = frame.as_ptr();
            let mut out: ffi::AVChannelLayout = std::mem::zeroed();
            let mut source: ffi::AVChannelLayout = std::mem::zeroed();
            let mixes = channels == 2 && !mix::is_usual(mix);
            if channels == frame.channels() && !mixes {
                check(ffi::av_channel_layout_copy(
                    &raw mut out,
                    &raw const (*raw).ch_layout,
                ))?;
            } else {
                ffi::av_channel_layout_default(&raw mut out, channels.cast_signed());
            }
            check(ffi::av_channel_layout_copy(
                &raw mut source,
                &raw const (*raw).ch_layout,
            ))?;
            if source.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC
                && (channels != frame.channels() || mixes)
            {
                // A mix needs to know which channel is which; without a statement the usual order of that many holds.
                ffi::av_channel_layout_default(&raw mut source, frame.channels().cast_signed());
            }
            let format: ffi::AVSampleFormat = sample_format(frame.format());
            let made = ffi::swr_alloc_set_opts2(
                &raw mut context,
                &raw mut out,
                ffi::AVSampleFormat::AV_SAMPLE_FMT_FLT,
                out_rate.cast_signed(),
                &raw mut source,
                format,
                frame.sample_rate().cast_signed(),
                0,
                ptr::null_mut(),
            );
            let gains = mixes.then(|| {
                let laid = laid_gains(&raw const source, &raw const out, frame.channels() as usize);
                mix::gains(&laid, mix)
            });
            ffi::av_channel_layout_uninit(&raw mut out);
            ffi::av_channel_layout_uninit(&raw mut source);
            check(made)?;
            let resampler = Self {
                context,
                channels: channels as usize,
                out_rate,
                in_rate: frame.sample_rate(),
            };
            if let Some(gains) = gains {
                // Left's gains for every channel, then right's.
                let matrix: Vec<f64> = [0, 1]
                    .iter()
                    .flat_map(|side| gains.iter().map(|g| g[*side]))
                    .collect();
                let stride = c_int::try_from(gains.len()).unwrap_or(0);
                check(ffi::swr_set_matrix(context, matrix.as_ptr(), stride))?;
            }
            check(ffi::swr_init(context))?;
            Ok(resampler)
        }
    }

    /// Appends the frame's samples to `out`.
    pub(crate) fn push(&mut self, frame: &Frame, out: &mut Vec<f32>) -> Result<(), AvError> {
        // SAFETY: extended_data of a live audio frame points at its planes.
        let data = unsafe { (*frame.as_ptr()).extended_data }.cast::<*const u8>();
        self.convert(data, frame.samples(), out)
    }

    /// Appends what the resampling filter still holds.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), AvError> {
        self.convert(ptr::null_mut(), 0, out)
    }

    fn convert(&mut self, data: *mut *const u8, samples: usize, out: &mut Vec<f32>) -> Result<(), AvError> {
        let in_count = c_int::try_from(samples).map_err(|_wide| AvError(ffi::AVERROR(ffi::EINVAL)))?;
        // SAFETY: an initialised resampler.
        let delay = unsafe { ffi::swr_get_delay(self.context, i64::from(self.in_rate)) };
        let waiting = u64::try_from(delay).unwrap_or(0) + samples as u64;
        let room = waiting * u64::from(self.out_rate) / u64::from(self.in_rate.max(1)) + 64;
        let room = usize::try_from(room).unwrap_or(0);
        let start = out.len();
        out.resize(start + room * self.channels, 0.0);
        let mut target = out[start..].as_mut_ptr().cast::<u8>();
        // SAFETY: target holds `room` samples of every channel; data is null or the frame's planes.
        let written = check(unsafe {
            ffi::swr_convert(
                self.context,
                &raw mut target,
                c_int::try_from(room).unwrap_or(0),
                data,
                in_count,
            )
        });
        let kept = written.map_or(0, |n| usize::try_from(n).unwrap_or(0));
        out.truncate(start + kept * self.channels);
        written.map(drop)
    }
}

/// What FFmpeg's own mix to two channels gives each channel of a layout: left and right. Where it knows no mix, in turn.
///
/// # Safety
/// Both are initialised layouts.
#[expect(unsafe_code, reason = "FFmpeg's mix matrix")]
unsafe fn laid_gains(
    source: *const ffi::AVChannelLayout,
    out: *const ffi::AVChannelLayout,
    channels: usize,
) -> Vec<[f64; 2]> {
    let mut matrix = vec![0.0; channels * 2];
    // FFmpeg's own levels of centre and surround; floats are not scaled down.
    let level = std::f64::consts::FRAC_1_SQRT_2;
    // SAFETY: the matrix has a row of `channels` for each of two outputs; the caller promises the layouts.
    let built = check(unsafe {
        ffi::swr_build_matrix2(
            source,
            out,
            level,
            level,
            0.0,
            f64::from(c_int::MAX),
            1.0,
            matrix.as_mut_ptr(),
            channels.cast_signed(),
            ffi::AVMatrixEncoding::AV_MATRIX_ENCODING_NONE,
            ptr::null_mut(),
        )
    });
    match built {
        Ok(_) => (0..channels)
            .map(|at| [matrix[at], matrix[channels + at]])
            .collect(),
        Err(_unknown) => mix::in_turn(channels),
    }
}

impl Drop for Resampler {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by swr_alloc_set_opts2, freed once.
        unsafe {
            ffi::swr_free(&raw mut self.context);
        }
    }
}

#[expect(unsafe_code, reason = "number to enum")]
fn sample_format(format: c_int) -> ffi::AVSampleFormat {
    if (0..ffi::AVSampleFormat::AV_SAMPLE_FMT_NB as c_int).contains(&format) {
        // SAFETY: the formats are dense between 0 and AV_SAMPLE_FMT_NB.
        unsafe { std::mem::transmute::<c_int, ffi::AVSampleFormat>(format) }
    } else {
        ffi::AVSampleFormat::AV_SAMPLE_FMT_NONE
    }
}
