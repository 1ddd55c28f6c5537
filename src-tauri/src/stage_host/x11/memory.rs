//! Memory that this program and the X server both have.

use std::{os::fd::AsFd, ptr::NonNull, sync::Arc};

use rustix::{
    fs::{MemfdFlags, ftruncate, memfd_create},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};
use x11rb::{
    connection::Connection as _,
    protocol::shm::{self, ConnectionExt as _},
    xcb_ffi::XCBConnection,
};

use super::{HostError, refused};

/// Memory that the server reads too.
pub(super) struct Memory {
    connection: Arc<XCBConnection>,
    pub(super) segment: shm::Seg,
    start: NonNull<u8>,
    pub(super) size_bytes: usize,
}

#[expect(unsafe_code, reason = "a raw address into memory of our own")]
// SAFETY: the mapping belongs to this value alone; nothing else in the process writes to it.
unsafe impl Send for Memory {}

impl Memory {
    #[expect(unsafe_code, reason = "mapping a file into memory")]
    pub(super) fn new(connection: &Arc<XCBConnection>, size_bytes: usize) -> Result<Self, HostError> {
        let during = "sharing memory";
        let file = memfd_create(c"circletake-stage", MemfdFlags::CLOEXEC).map_err(refused(during))?;
        ftruncate(&file, size_bytes as u64).map_err(refused(during))?;
        let reach = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a fresh mapping of a file that is exactly this long and that only we and the X server hold.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                size_bytes,
                reach,
                MapFlags::SHARED,
                file.as_fd(),
                0,
            )
        }
        .map_err(refused(during))?;
        let start =
            NonNull::new(start.cast::<u8>()).ok_or(HostError::Unsupported("gave no memory to share"))?;
        let segment = connection.generate_id().map_err(refused(during))?;
        let memory = Self {
            connection: Arc::clone(connection),
            segment,
            start,
            size_bytes,
        };
        connection
            .shm_attach_fd(segment, file, true)
            .map_err(refused(during))?
            .check()
            .map_err(refused(during))?;
        Ok(memory)
    }

    #[expect(unsafe_code, reason = "the mapping as bytes")]
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: `start` maps `size_bytes` bytes for as long as this value lives, and `&mut self` makes this the only use.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.size_bytes) }
    }
}

impl Drop for Memory {
    #[expect(unsafe_code, reason = "unmapping what `new` mapped")]
    fn drop(&mut self) {
        let told = self
            .connection
            .shm_detach(self.segment)
            .map(|cookie| cookie.ignore_error());
        // SAFETY: mapped in `new` with this length, and nothing borrowed from it outlives this value.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.size_bytes) };
        if told.is_err() || unmapped.is_err() {
            tracing::debug!("shared memory of the stage was not given back");
        }
    }
}
