use std::{ffi::c_int, marker::PhantomData, ptr};

use super::{AvError, Frame, check, ffi, frame::descriptor};
use crate::ChromaSite;

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
    /// Where chroma lies, across and down, in parts of a 256th of a luma sample; `None` leaves it to swscale's habit.
    chroma_at: [Option<c_int>; 2],
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
            chroma_at: [None; 2],
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
            chroma_at: [None; 2],
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

    /// The same planes with their chroma at a stated place, in the directions in which there is less of it.
    pub(crate) fn with_chroma_at(mut self, site: ChromaSite) -> Self {
        let shift = descriptor(self.format).map_or((0, 0), |d| (d.log2_chroma_w, d.log2_chroma_h));
        let at = |shift: u8, halves: u8| (shift > 0).then(|| c_int::from(halves) * 128);
        self.chroma_at = [at(shift.0, site.across_halves), at(shift.1, site.down_halves)];
        self
    }
}

/// Where a picture is written, borrowed.
pub(crate) struct Goal<'a> {
    data: [*mut u8; 4],
    stride: [c_int; 4],
    width: c_int,
    height: c_int,
    format: c_int,
    of: PhantomData<&'a mut [u8]>,
}

/// swscale writes packed pixels in blocks of eight, from addresses it likes to be multiples of sixteen.
const BLOCK_BYTES: usize = 64;
const ALIGNMENT_BYTES: usize = 16;

impl<'a> Goal<'a> {
    /// A writable frame with its size and format set.
    #[expect(unsafe_code, reason = "plane pointers of a live frame")]
    pub(crate) fn frame(frame: &'a mut Frame) -> Self {
        // SAFETY: a live frame, exclusively borrowed.
        let raw = unsafe { &*frame.as_mut_ptr() };
        Self {
            data: std::array::from_fn(|n| raw.data[n]),
            stride: std::array::from_fn(|n| raw.linesize[n]),
            width: raw.width,
            height: raw.height,
            format: raw.format,
            of: PhantomData,
        }
    }

    /// Rows of B, G, R, X bytes in somebody's memory. `None` where swscale could not keep to them: it would write beyond the end of a
    /// row whose pixels are no whole blocks, and is slow where rows are not aligned.
    pub(crate) fn bgrx(rows: &'a mut [u8], stride_bytes: usize, (width, height): (u32, u32)) -> Option<Self> {
        let line = (width as usize).checked_mul(4)?;
        let lines = (height as usize).checked_sub(1)?;
        let needed = stride_bytes.checked_mul(lines)?.checked_add(line)?;
        let is_whole = line > 0 && line.is_multiple_of(BLOCK_BYTES) && line <= stride_bytes;
        let is_aligned = stride_bytes.is_multiple_of(ALIGNMENT_BYTES)
            && rows.as_ptr().addr().is_multiple_of(ALIGNMENT_BYTES);
        if !is_whole || !is_aligned || rows.len() < needed {
            return None;
        }
        let none = ptr::null_mut();
        Some(Self {
            data: [rows.as_mut_ptr(), none, none, none],
            stride: [c_int::try_from(stride_bytes).ok()?, 0, 0, 0],
            width: c_int::try_from(width).ok()?,
            height: c_int::try_from(height).ok()?,
            format: ffi::AVPixelFormat::AV_PIX_FMT_BGR0 as c_int,
            of: PhantomData,
        })
    }
}

/// What a scaler's tables are made for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    from: (c_int, c_int, c_int),
    to: (c_int, c_int, c_int),
    chroma_at: [Option<c_int>; 2],
}

/// Scales and converts pictures; keeps its tables while sizes and formats stay the same.
pub(crate) struct Scaler {
    context: *mut ffi::SwsContext,
    shape: Option<Shape>,
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
            shape: None,
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
            shape: None,
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
        self.scale_into(source, from, Goal::frame(target), to)
    }

    /// Fills `goal` from `source`.
    pub(crate) fn scale_into(
        &mut self,
        source: Source<'_>,
        from: Colour,
        goal: Goal<'_>,
        to: Colour,
    ) -> Result<(), AvError> {
        let invalid = AvError(ffi::AVERROR(ffi::EINVAL));
        let known = |format| super::frame::pixel_format(format).ok_or(invalid);
        known(source.format)?;
        known(goal.format)?;
        let shape = Shape {
            from: (source.width, source.height, source.format),
            to: (goal.width, goal.height, goal.format),
            chroma_at: source.chroma_at,
        };
        if self.shape != Some(shape) {
            self.prepare(shape)?;
        }
        // SAFETY: the context is live and made for these sizes; source and target planes are live and as large as the sizes
        // say, which Source and Goal guarantee.
        unsafe {
            if self.colours != Some((from, to)) {
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
                goal.data.as_ptr(),
                goal.stride.as_ptr(),
            );
            if lines <= 0 { Err(invalid) } else { Ok(()) }
        }
    }

    /// Makes the tables for a shape.
    fn prepare(&mut self, shape: Shape) -> Result<(), AvError> {
        let Shape { from, to, chroma_at } = shape;
        self.shape = None;
        self.colours = None;
        // SAFETY: the old context is ours or null and freed once; the new one is live, and every option is one of swscale's own.
        unsafe {
            ffi::sws_freeContext(self.context);
            self.context = ffi::sws_alloc_context();
            if self.context.is_null() {
                return Err(AvError(ffi::AVERROR(ffi::ENOMEM)));
            }
            let options = [
                (c"srcw", Some(from.0)),
                (c"srch", Some(from.1)),
                (c"src_format", Some(from.2)),
                (c"dstw", Some(to.0)),
                (c"dsth", Some(to.1)),
                (c"dst_format", Some(to.2)),
                (c"sws_flags", Some(self.flags)),
                (c"src_h_chr_pos", chroma_at[0]),
                (c"src_v_chr_pos", chroma_at[1]),
            ];
            for (name, value) in options {
                let Some(value) = value else { continue };
                check(ffi::av_opt_set_int(
                    self.context.cast(),
                    name.as_ptr(),
                    i64::from(value),
                    0,
                ))?;
            }
            check(ffi::sws_init_context(
                self.context,
                ptr::null_mut(),
                ptr::null_mut(),
            ))?;
        }
        self.shape = Some(shape);
        Ok(())
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: null or allocated by sws_alloc_context, freed once.
        unsafe {
            ffi::sws_freeContext(self.context);
        }
    }
}
