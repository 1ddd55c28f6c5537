use std::{ffi::c_int, marker::PhantomData, ptr};

use super::{AvError, Frame, ffi, frame::descriptor};

/// Matrix and range of a YUV picture, as far as scaling needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    /// One of FFmpeg's `SWS_CS_*` numbers.
    pub matrix: c_int,
    pub full_range: bool,
}

impl Colour {
    pub(crate) const BT709: Self = Self {
        matrix: ffi::SWS_CS_ITU709,
        full_range: false,
    };

    /// From a frame's tags; without a matrix tag the usual rule holds: BT.601 up to 576 lines, BT.709 above.
    pub(crate) fn of(frame: &Frame) -> Self {
        Self {
            matrix: matrix_number(frame.matrix(), frame.height()),
            full_range: frame.is_full_range(),
        }
    }
}

/// FFmpeg's scaler number for a matrix tag, with the rule of [`Colour::of`] for missing tags.
pub(crate) fn matrix_number(matrix: ffi::AVColorSpace, height: u32) -> c_int {
    match matrix {
        ffi::AVColorSpace::AVCOL_SPC_BT709 => ffi::SWS_CS_ITU709,
        ffi::AVColorSpace::AVCOL_SPC_FCC => ffi::SWS_CS_FCC,
        ffi::AVColorSpace::AVCOL_SPC_BT470BG | ffi::AVColorSpace::AVCOL_SPC_SMPTE170M => ffi::SWS_CS_ITU601,
        ffi::AVColorSpace::AVCOL_SPC_SMPTE240M => ffi::SWS_CS_SMPTE240M,
        ffi::AVColorSpace::AVCOL_SPC_BT2020_NCL | ffi::AVColorSpace::AVCOL_SPC_BT2020_CL => {
            ffi::SWS_CS_BT2020
        }
        _ if height <= 576 => ffi::SWS_CS_ITU601,
        _ => ffi::SWS_CS_ITU709,
    }
}

/// Which lines of a frame to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Whole,
    TopField,
    BottomField,
}

/// Planes to read from, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    data: [*const u8; 4],
    stride: [c_int; 4],
    width: c_int,
    height: c_int,
    format: c_int,
    of: PhantomData<&'a [u8]>,
}

impl<'a> Source<'a> {
    /// A frame, or one field of it: every second line, at no cost.
    #[expect(unsafe_code, reason = "plane pointers of a live frame")]
    pub(crate) fn frame(frame: &'a Frame, picture: Picture) -> Self {
        // SAFETY: a live frame.
        let raw = unsafe { &*frame.as_ptr() };
        let mut source = Self {
            data: std::array::from_fn(|n| raw.data[n].cast_const()),
            stride: std::array::from_fn(|n| raw.linesize[n]),
            width: raw.width,
            height: raw.height,
            format: raw.format,
            of: PhantomData,
        };
        if picture != Picture::Whole && raw.height >= 2 {
            source.height = if picture == Picture::TopField {
                (raw.height + 1) / 2
            } else {
                raw.height / 2
            };
            let palette = descriptor(raw.format)
                .is_some_and(|d| d.flags & u64::from(ffi::AV_PIX_FMT_FLAG_PAL.cast_unsigned()) != 0);
            for n in 0..if palette { 1 } else { 4 } {
                if picture == Picture::BottomField && !source.data[n].is_null() {
                    // SAFETY: the frame has at least two lines, so the second line lies inside its plane.
                    source.data[n] = unsafe { source.data[n].offset(source.stride[n] as isize) };
                }
                source.stride[n] = source.stride[n].saturating_mul(2);
            }
        }
        source
    }

    /// Up to three planes of a known format. Each plane must hold all lines of its stride; shorter ones are refused.
    pub(crate) fn planes(
        planes: &[(&'a [u8], usize); 3],
        width: u32,
        height: u32,
        format: ffi::AVPixelFormat,
    ) -> Option<Self> {
        let descriptor = descriptor(format as c_int)?;
        let mut source = Self {
            data: [ptr::null(); 4],
            stride: [0; 4],
            width: c_int::try_from(width).ok()?,
            height: c_int::try_from(height).ok()?,
            format: format as c_int,
            of: PhantomData,
        };
        for (n, (data, stride)) in planes.iter().enumerate() {
            let lines = if n == 0 {
                height as usize
            } else {
                (height as usize).div_ceil(1 << descriptor.log2_chroma_h)
            };
            let present = n < usize::from(descriptor.nb_components);
            if present && data.len() < stride.checked_mul(lines)? {
                return None;
            }
            source.data[n] = if present { data.as_ptr() } else { ptr::null() };
            source.stride[n] = c_int::try_from(*stride).ok()?;
        }
        Some(source)
    }
}

/// Scales and converts pictures; keeps its tables while sizes and formats stay the same.
pub(crate) struct Scaler {
    context: *mut ffi::SwsContext,
    colours: Option<(Colour, Colour)>,
    flags: c_int,
}

#[expect(unsafe_code, reason = "a scaler has one owner")]
// SAFETY: an SwsContext has no ties to a thread; this value is its only owner.
unsafe impl Send for Scaler {}

#[expect(unsafe_code, reason = "owned SwsContext")]
impl Scaler {
    /// Bilinear, fast rounding: for proxies and analysis.
    pub(crate) fn fast() -> Self {
        Self {
            context: ptr::null_mut(),
            colours: None,
            flags: ffi::SWS_BILINEAR,
        }
    }

    /// Area-true when shrinking, exact rounding and full chroma: for pictures people look at parked.
    pub(crate) fn exact() -> Self {
        let flags =
            ffi::SWS_BICUBIC | ffi::SWS_ACCURATE_RND | ffi::SWS_FULL_CHR_H_INT | ffi::SWS_FULL_CHR_H_INP;
        Self {
            context: ptr::null_mut(),
            colours: None,
            flags,
        }
    }

    /// Fills `target` (writable, with its size and format set) from `source`.
    pub(crate) fn scale(
        &mut self,
        source: Source<'_>,
        from: Colour,
        target: &mut Frame,
        to: Colour,
    ) -> Result<(), AvError> {
        let invalid = AvError(ffi::AVERROR(ffi::EINVAL));
        let source_format = super::frame::pixel_format(source.format).ok_or(invalid)?;
        let target_format = super::frame::pixel_format(target.format()).ok_or(invalid)?;
        // SAFETY: sws_getCachedContext frees or reuses the given context; source and target planes are live and as large
        // as the sizes say, which Source and Frame guarantee.
        unsafe {
            let previous = self.context;
            let raw = target.as_mut_ptr();
            self.context = ffi::sws_getCachedContext(
                self.context,
                source.width,
                source.height,
                source_format,
                (*raw).width,
                (*raw).height,
                target_format,
                self.flags,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
            );
            if self.context.is_null() {
                return Err(invalid);
            }
            if self.context != previous || self.colours != Some((from, to)) {
                let unity = 1 << 16;
                // Answers -1 where colour does not apply (both sides RGB); then there is nothing to set.
                ffi::sws_setColorspaceDetails(
                    self.context,
                    ffi::sws_getCoefficients(from.matrix),
                    c_int::from(from.full_range),
                    ffi::sws_getCoefficients(to.matrix),
                    c_int::from(to.full_range),
                    0,
                    unity,
                    unity,
                );
                self.colours = Some((from, to));
            }
            let lines = ffi::sws_scale(
                self.context,
                source.data.as_ptr(),
                source.stride.as_ptr(),
                0,
                source.height,
                (&raw const (*raw).data).cast::<*mut u8>(),
                (&raw const (*raw).linesize).cast::<c_int>(),
            );
            if lines <= 0 { Err(invalid) } else { Ok(()) }
        }
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: null or allocated by sws_getCachedContext, freed once.
        unsafe {
            ffi::sws_freeContext(self.context);
        }
    }
}
