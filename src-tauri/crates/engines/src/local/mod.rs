//! The engines of this device.

pub mod faces;
mod grey;
pub mod highlights;
pub mod posters;
pub mod qc;
pub mod shots;
pub mod speech;
pub mod text;
