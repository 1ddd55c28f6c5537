use std::{
    ffi::{CString, c_int},
    path::{Path, PathBuf},
    ptr,
};

use super::{AvError, Packet, check, ffi};
use crate::MediaError;

/// A file being muxed.
pub(crate) struct Output {
    context: *mut ffi::AVFormatContext,
    path: PathBuf,
    /// Time base of each stream's encoder, in which packets come.
    encoder_bases: Vec<ffi::AVRational>,
    header_written: bool,
}

#[expect(unsafe_code, reason = "a format context has one owner")]
// SAFETY: as for Input.
unsafe impl Send for Output {}

#[expect(unsafe_code, reason = "owned AVFormatContext")]
impl Output {
    /// Creates a file (by FFmpeg's muxer name). The path is given to FFmpeg as bytes behind `file:`, so that no
    /// name is taken for a protocol.
    pub(crate) fn create(path: &Path, muxer: &str) -> Result<Self, MediaError> {
        super::init();
        let url = file_url(path)?;
        let muxer = CString::new(muxer).unwrap_or_default();
        let mut output = Self {
            context: ptr::null_mut(),
            path: path.to_owned(),
            encoder_bases: Vec::new(),
            header_written: false,
        };
        // SAFETY: out parameters are ours; the strings live during the calls.
        unsafe {
            check(ffi::avformat_alloc_output_context2(
                &raw mut output.context,
                ptr::null(),
                muxer.as_ptr(),
                url.as_ptr(),
            ))
            .map_err(|e| e.during("creating a file"))?;
            let flags = ffi::AVIO_FLAG_WRITE;
            check(ffi::avio_open(&raw mut (*output.context).pb, url.as_ptr(), flags))
                .map_err(|e| output.failed(e))?;
        }
        Ok(output)
    }

    /// Adds a stream for an open encoder; answers its index.
    ///
    /// # Safety
    /// `encoder` is an open encoder context that lives during the call.
    pub(crate) unsafe fn add_stream(
        &mut self,
        encoder: *const ffi::AVCodecContext,
        rate: Option<ffi::AVRational>,
    ) -> Result<usize, MediaError> {
        // SAFETY: live contexts; the stream belongs to the format context.
        unsafe {
            let stream = ffi::avformat_new_stream(self.context, ptr::null());
            if stream.is_null() {
                return Err(AvError(ffi::AVERROR(ffi::ENOMEM)).during("adding a stream"));
            }
            check(ffi::avcodec_parameters_from_context((*stream).codecpar, encoder))
                .map_err(|e| e.during("adding a stream"))?;
            (*stream).time_base = (*encoder).time_base;
            if let Some(rate) = rate {
                (*stream).avg_frame_rate = rate;
                (*stream).r_frame_rate = rate;
            }
            self.encoder_bases.push((*encoder).time_base);
        }
        Ok(self.encoder_bases.len() - 1)
    }

    /// Sets a value of a stream's metadata, or of the file's when `stream` is `None`.
    pub(crate) fn set_metadata(
        &mut self,
        stream: Option<usize>,
        key: &str,
        value: &str,
    ) -> Result<(), MediaError> {
        let (Ok(key), Ok(value)) = (CString::new(key), CString::new(value)) else {
            return Ok(());
        };
        // SAFETY: the stream index comes from add_stream; FFmpeg copies both strings.
        let answer = unsafe {
            let dictionary = match stream {
                Some(index) if index < self.encoder_bases.len() => {
                    &raw mut (**(*self.context).streams.add(index)).metadata
                }
                _ => &raw mut (*self.context).metadata,
            };
            ffi::av_dict_set(dictionary, key.as_ptr(), value.as_ptr(), 0)
        };
        check(answer).map(drop).map_err(|e| e.during("writing metadata"))
    }

    /// Writes the head. `options` are the muxer's own, by name.
    pub(crate) fn begin(&mut self, options: &[(&str, String)]) -> Result<(), MediaError> {
        let mut dictionary: *mut ffi::AVDictionary = ptr::null_mut();
        // SAFETY: strings are copied; the dictionary is freed below whatever happens.
        let answer = unsafe {
            for (key, value) in options {
                if let (Ok(key), Ok(value)) = (CString::new(*key), CString::new(value.as_str())) {
                    ffi::av_dict_set(&raw mut dictionary, key.as_ptr(), value.as_ptr(), 0);
                }
            }
            let answer = ffi::avformat_write_header(self.context, &raw mut dictionary);
            ffi::av_dict_free(&raw mut dictionary);
            answer
        };
        check(answer).map_err(|e| self.failed(e))?;
        self.header_written = true;
        Ok(())
    }

    /// Writes a packet whose times count in its encoder's time base, interleaved with the other streams.
    pub(crate) fn write(&mut self, stream: usize, packet: &mut Packet) -> Result<(), MediaError> {
        let Some(base) = self.encoder_bases.get(stream).copied() else {
            return Err(AvError(ffi::AVERROR(ffi::EINVAL)).during("writing a packet"));
        };
        // SAFETY: live context and packet; FFmpeg takes the packet's reference and blanks it.
        let answer = unsafe {
            let target = (**(*self.context).streams.add(stream)).time_base;
            let raw = packet.as_mut_ptr();
            (*raw).stream_index = c_int::try_from(stream).unwrap_or(0);
            ffi::av_packet_rescale_ts(raw, base, target);
            ffi::av_interleaved_write_frame(self.context, raw)
        };
        check(answer).map(drop).map_err(|e| self.failed(e))
    }

    /// Writes the tail and closes the file.
    pub(crate) fn finish(self) -> Result<(), MediaError> {
        // SAFETY: the head was written.
        check(unsafe { ffi::av_write_trailer(self.context) }).map_err(|e| self.failed(e))?;
        // SAFETY: pb was opened by us and is closed once; the answer tells of errors while flushing.
        let closed = unsafe { ffi::avio_closep(&raw mut (*self.context).pb) };
        check(closed).map(drop).map_err(|e| self.failed(e))
    }

    fn failed(&self, error: AvError) -> MediaError {
        if error.is_disk_full() {
            return MediaError::DiskFull {
                path: self.path.clone(),
            };
        }
        let source = std::io::Error::other(error.words());
        MediaError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.context.is_null() {
            return;
        }
        #[expect(unsafe_code, reason = "frees what this value owns")]
        // SAFETY: allocated by avformat_alloc_output_context2; pb is null or open and ours.
        unsafe {
            ffi::avio_closep(&raw mut (*self.context).pb);
            ffi::avformat_free_context(self.context);
        }
    }
}

/// `file:` and the path's own bytes.
#[cfg(unix)]
fn file_url(path: &Path) -> Result<CString, MediaError> {
    use std::os::unix::ffi::OsStrExt;
    let mut url = b"file:".to_vec();
    url.extend_from_slice(path.as_os_str().as_bytes());
    CString::new(url).map_err(|e| MediaError::writing(path, std::io::Error::other(e)))
}

/// `file:` and the path in UTF-8, which FFmpeg expects on Windows.
#[cfg(not(unix))]
fn file_url(path: &Path) -> Result<CString, MediaError> {
    CString::new(format!("file:{}", path.display()))
        .map_err(|e| MediaError::writing(path, std::io::Error::other(e)))
}
