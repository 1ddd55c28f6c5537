use std::{
    ffi::{c_int, c_void},
    fs::File,
    io::{Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::ffi;
use crate::{Came, Coming, Footage, MediaError, Patience, read_as_it_comes};

const BUFFER_BYTES: usize = 64 * 1024;

/// The source file as FFmpeg sees it: bytes and positions of one open file, never a name. So no name can be taken for a
/// protocol, a pattern or an option, whatever bytes it is made of.
pub(crate) struct SourceIo {
    context: NonNull<ffi::AVIOContext>,
    state: NonNull<State>,
    position: Arc<AtomicU64>,
    size: u64,
    given_up: Arc<AtomicBool>,
}

/// Where the bytes are.
enum Bytes {
    Here(File),
    Coming(Arc<dyn Coming>, Patience),
}

struct State {
    from: Bytes,
    /// Whether a read ended because nobody waited for it any more.
    given_up: Arc<AtomicBool>,
    /// What was read last, on its way into FFmpeg's buffer.
    bytes: Box<[u8]>,
    size: u64,
    position: Arc<AtomicU64>,
}

impl SourceIo {
    /// Opens a regular file for reading, or one that is on its way.
    #[expect(unsafe_code, reason = "hands callbacks to FFmpeg")]
    pub(crate) fn open(footage: &Footage) -> Result<Self, MediaError> {
        let (from, size) = bytes_of(footage)?;
        if size == 0 {
            return Err(MediaError::Empty {
                what: "it has zero bytes",
            });
        }
        let (position, given_up) = <(Arc<AtomicU64>, Arc<AtomicBool>)>::default();
        let state = NonNull::from(Box::leak(Box::new(State {
            from,
            given_up: Arc::clone(&given_up),
            bytes: vec![0; BUFFER_BYTES].into_boxed_slice(),
            size,
            position: Arc::clone(&position),
        })));
        // SAFETY: the buffer comes from av_malloc as avio requires; state outlives the context (freed after it in drop).
        let context = unsafe {
            let mut buffer = ffi::av_malloc(BUFFER_BYTES).cast::<u8>();
            let length = BUFFER_BYTES as c_int;
            let opaque = state.as_ptr().cast::<c_void>();
            let context = if buffer.is_null() {
                std::ptr::null_mut()
            } else {
                ffi::avio_alloc_context(buffer, length, 0, opaque, Some(read), None, Some(seek))
            };
            if context.is_null() {
                ffi::av_freep((&raw mut buffer).cast::<c_void>());
            }
            context
        };
        match NonNull::new(context) {
            Some(context) => Ok(Self {
                context,
                state,
                position,
                size,
                given_up,
            }),
            None => {
                // SAFETY: leaked above, not handed to anyone.
                drop(unsafe { Box::from_raw(state.as_ptr()) });
                Err(super::AvError(ffi::AVERROR(ffi::ENOMEM)).during("opening a file"))
            }
        }
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVIOContext {
        self.context.as_ptr()
    }

    /// Where FFmpeg reads now, in bytes; shared with whoever follows the reading.
    pub(crate) fn position(&self) -> &Arc<AtomicU64> {
        &self.position
    }

    /// Size in bytes when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether a read ended because nobody waited for it any more, since the last [`Self::go_on`].
    pub(crate) fn gave_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Reads on after it was given up.
    #[expect(unsafe_code, reason = "FFmpeg keeps what a read ended with")]
    pub(crate) fn go_on(&mut self) {
        if self.given_up.swap(false, Ordering::Relaxed) {
            // SAFETY: a live context that nobody reads with during this call.
            let context = unsafe { self.context.as_mut() };
            (context.error, context.eof_reached) = (0, 0);
        }
    }
}

fn bytes_of(footage: &Footage) -> Result<(Bytes, u64), MediaError> {
    if let Some(coming) = footage.on_its_way() {
        let from = Bytes::Coming(Arc::clone(coming), footage.patience().clone());
        return Ok((from, coming.size_bytes()));
    }
    let path = footage.path();
    let meta = std::fs::metadata(path).map_err(|e| MediaError::reading(path, e))?;
    if !meta.is_file() {
        let e = std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file");
        return Err(MediaError::reading(path, e));
    }
    let file = File::open(path).map_err(|e| MediaError::reading(path, e))?;
    Ok((Bytes::Here(file), meta.len()))
}

impl State {
    fn read(&mut self, wanted: usize) -> std::io::Result<Came> {
        let buffer = self.bytes.get_mut(..wanted).unwrap_or_default();
        match &mut self.from {
            Bytes::Here(file) => loop {
                match file.read(buffer) {
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    read => return read.map(Came::Bytes),
                }
            },
            Bytes::Coming(coming, patience) => {
                let offset = self.position.load(Ordering::Relaxed);
                read_as_it_comes(coming.as_ref(), patience, buffer, offset)
            }
        }
    }

    fn seek(&mut self, target: SeekFrom) -> std::io::Result<u64> {
        match &mut self.from {
            Bytes::Here(file) => file.seek(target),
            Bytes::Coming(..) => {
                let at = match target {
                    SeekFrom::Start(at) => Some(at),
                    SeekFrom::Current(by) => self.position.load(Ordering::Relaxed).checked_add_signed(by),
                    SeekFrom::End(by) => self.size.checked_add_signed(by),
                };
                at.ok_or_else(|| std::io::ErrorKind::InvalidInput.into())
            }
        }
    }
}

impl Drop for SourceIo {
    #[expect(unsafe_code, reason = "frees what this value owns")]
    fn drop(&mut self) {
        let mut context = self.context.as_ptr();
        // SAFETY: the buffer may have been replaced by FFmpeg, so it is freed through the context; both are ours, and the
        // format context that used them is gone (Input drops it first).
        unsafe {
            ffi::av_freep((&raw mut (*context).buffer).cast::<c_void>());
            ffi::avio_context_free(&raw mut context);
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

#[expect(unsafe_code, reason = "C callback")]
unsafe extern "C" fn read(opaque: *mut c_void, buffer: *mut u8, length: c_int) -> c_int {
    let Ok(length) = usize::try_from(length) else {
        return ffi::AVERROR(ffi::EINVAL);
    };
    // SAFETY: opaque is the State given at allocation, used by one thread at a time.
    let state = unsafe { &mut *opaque.cast::<State>() };
    // Unwinding into C would be undefined behaviour.
    catch_unwind(AssertUnwindSafe(|| {
        let wanted = length.min(state.bytes.len());
        match state.read(wanted) {
            Ok(Came::Bytes(0)) => ffi::AVERROR_EOF,
            Ok(Came::Bytes(count)) => {
                let count = count.min(wanted);
                // SAFETY: FFmpeg's buffer holds `length` bytes and `count` is no more. Only what was read is written: the
                // memory may be fresh, and at the end of a file FFmpeg keeps its old bytes there to seek back to.
                unsafe { buffer.copy_from_nonoverlapping(state.bytes.as_ptr(), count) };
                state.position.fetch_add(count as u64, Ordering::Relaxed);
                c_int::try_from(count).unwrap_or(c_int::MAX)
            }
            Ok(Came::GivenUp) => {
                state.given_up.store(true, Ordering::Relaxed);
                ffi::AVERROR_EXIT
            }
            Err(_) => ffi::AVERROR(ffi::EIO),
        }
    }))
    .unwrap_or(ffi::AVERROR(ffi::EIO))
}

#[expect(unsafe_code, reason = "C callback")]
unsafe extern "C" fn seek(opaque: *mut c_void, offset: i64, whence: c_int) -> i64 {
    // SAFETY: as in read.
    let state = unsafe { &mut *opaque.cast::<State>() };
    let failed = i64::from(ffi::AVERROR(ffi::EINVAL));
    catch_unwind(AssertUnwindSafe(|| {
        let target = match whence & !(ffi::AVSEEK_FORCE as c_int) {
            w if w == ffi::AVSEEK_SIZE as c_int => return i64::try_from(state.size).unwrap_or(i64::MAX),
            0 => u64::try_from(offset).ok().map(SeekFrom::Start),
            1 => Some(SeekFrom::Current(offset)),
            2 => Some(SeekFrom::End(offset)),
            _ => None,
        };
        let Some(Ok(at)) = target.map(|target| state.seek(target)) else {
            return failed;
        };
        state.position.store(at, Ordering::Relaxed);
        i64::try_from(at).unwrap_or(failed)
    }))
    .unwrap_or(failed)
}
