//! Platforms whose native stage is not built yet.

use std::sync::Arc;

use super::{Child, HostError, OwnWindow, inbox::Inbox};

/// What the drawing thread holds of the platform.
pub(super) struct Display;

impl Display {
    pub(super) fn open(_toplevel: u64, _inbox: &Arc<Inbox>) -> Result<Self, HostError> {
        Err(HostError::Unsupported(
            "has no native stage in this version: use `circletake serve` and a browser",
        ))
    }

    pub(super) fn child(&self) -> Result<Box<dyn Child>, HostError> {
        Err(HostError::Unsupported("has no native stage in this version"))
    }

    pub(super) fn detached(&self) -> Result<OwnWindow, HostError> {
        Err(HostError::Unsupported("has no native stage in this version"))
    }

    pub(super) fn fill_detached(&self) -> Result<(), HostError> {
        Ok(())
    }
}
