//! Pictures: drawn on whatever adapter is here, compared with the blessed ones.

mod colour;
mod golden;
mod marks;
mod scenes;

use std::sync::OnceLock;

use stage::{Gpu, Want};

/// The device all tests share, or nothing where there is none: said, and an error under CI.
fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(|| match Gpu::new(Want::Best) {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            assert!(
                std::env::var_os("CI").is_none_or(|v| v != "true"),
                "CI must have an adapter: {error}"
            );
            println!("not run: {error}");
            None
        }
    })
    .clone()
}
