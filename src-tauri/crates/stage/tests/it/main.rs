//! Pictures: drawn on whatever adapter is here, compared with the blessed ones.
#![expect(clippy::print_stdout, reason = "what was not run is said")]

mod colour;
mod golden;
mod marks;
mod meters;
mod scenes;
mod scopes;
mod soft;
mod strip;
mod subtitles;
#[cfg(target_os = "linux")]
mod window;

use std::sync::{Mutex, MutexGuard, OnceLock};

use stage::{Easel, Gpu, Typefaces, Want};

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

/// The easel all tests share: shaders are compiled once.
fn easel() -> Option<MutexGuard<'static, Easel>> {
    static EASEL: OnceLock<Option<Mutex<Easel>>> = OnceLock::new();
    let easel = EASEL
        .get_or_init(|| gpu().map(|gpu| Mutex::new(Easel::new(gpu, Typefaces::Bundled).expect("an easel"))));
    // A test that failed while drawing leaves an easel that still draws.
    easel
        .as_ref()
        .map(|easel| easel.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}
