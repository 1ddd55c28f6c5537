//! Measurements of the picture and its sound.

use serde::{Deserialize, Serialize};

/// Which measurements stand beside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeSet {
    /// None.
    #[default]
    Off,
    /// Luma by place.
    Waveform,
    /// Red, green and blue by place.
    Parade,
    /// Colour by hue and saturation.
    Vectorscope,
    /// All of them.
    All,
}
