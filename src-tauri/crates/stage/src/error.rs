/// Why the stage could not draw. None of these is the fault of the material shown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StageError {
    /// No adapter of any allowed kind exists on this machine.
    #[error("this machine has no graphics adapter the stage can draw with ({tried})")]
    NoAdapter {
        /// The kinds tried, in words.
        tried: String,
    },
    /// The adapter exists but gave no device.
    #[error("the graphics adapter {adapter} gave no device: {cause}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        cause: String,
    },
    /// A window refused a surface.
    #[error("the window took no drawing surface: {cause}")]
    NoSurface {
        /// What the driver said.
        cause: String,
    },
    /// The device is gone (driver reset, machine slept): make a new [`crate::Gpu`].
    #[error("the graphics device was lost: {cause}")]
    DeviceLost {
        /// What the driver said.
        cause: String,
    },
    /// A side of the asked size is zero or larger than the device can draw.
    #[error("a picture of {width} × {height} pixels cannot be drawn here")]
    Size {
        /// Asked width in pixels.
        width: u32,
        /// Asked height in pixels.
        height: u32,
    },
    /// The planes of a picture do not fit its size and layout.
    #[error("the picture's planes do not fit its size")]
    Planes,
    /// Text could not be prepared.
    #[error("text could not be drawn: {cause}")]
    Text {
        /// What the text renderer said.
        cause: String,
    },
    /// A picture could not be written or read.
    #[error("a picture could not be encoded or decoded: {cause}")]
    Picture {
        /// What the codec said.
        cause: String,
    },
}
