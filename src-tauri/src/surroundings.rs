//! What the toolkit must be told before it starts, from the environment alone: it offers no other way.

use fault::{Code, Fault};

/// Prepares the environment. To be called before there is any other thread.
#[expect(
    unsafe_code,
    reason = "the toolkit takes its backend from the environment only"
)]
pub(crate) fn prepare() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let software = !has_graphics_card();
    for (name, value) in wanted(software) {
        // The stage cannot do without X11; in everything else the person's own word counts.
        if name == "GDK_BACKEND" || std::env::var_os(name).is_none() {
            // SAFETY: the first thing the program does: no other thread runs that could read the environment meanwhile.
            unsafe { std::env::set_var(name, value) };
        }
    }
}

/// Whether there is a screen to open a window on.
///
/// # Errors
/// When there is none: the toolkit itself would panic.
pub(crate) fn check() -> Result<(), Fault> {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none_or(|name| name.is_empty()) {
        let none = Fault::new(
            Code::Missing,
            "There is no screen to open the desk on: DISPLAY is not set.",
        );
        return Err(none.hint(
            "Start it inside a desktop session with X11, or serve the desk to a browser: circletake serve",
        ));
    }
    Ok(())
}

/// The stage is an X11 window inside the desk's, so the desk must be one too, under Wayland as well. Without a graphics card the
/// page is painted by the processor either way: directly, it takes half the time and memory of pretending to be one.
fn wanted(software: bool) -> Vec<(&'static str, &'static str)> {
    // Scroll bars that fade in and out would have every list painted again for two seconds, and hide how much more there is.
    let mut wanted = vec![("GDK_BACKEND", "x11"), ("GTK_OVERLAY_SCROLLING", "0")];
    if software {
        wanted.push(("WEBKIT_DISABLE_COMPOSITING_MODE", "1"));
        wanted.push(("GDK_GL", "disable"));
    }
    wanted
}

/// Whether the kernel offers a card that programs may draw with.
pub(crate) fn has_graphics_card() -> bool {
    let cards = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    cards
        .into_iter()
        .any(|entry| is_render_node(&entry.file_name().to_string_lossy()))
        || ["/dev/nvidia0", "/dev/dxg"]
            .iter()
            .any(|place| std::path::Path::new(place).exists())
}

fn is_render_node(name: &str) -> bool {
    name.strip_prefix("renderD")
        .is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_without_a_renderer_is_no_graphics_card() {
        assert!(is_render_node("renderD128"));
        for other in ["card0", "renderD", "by-path", "renderDx"] {
            assert!(!is_render_node(other), "{other}");
        }
    }

    #[test]
    fn with_a_graphics_card_the_page_keeps_using_it() {
        assert!(!wanted(false).iter().any(|(name, _)| name.starts_with("WEBKIT")));
        assert!(wanted(true).contains(&("WEBKIT_DISABLE_COMPOSITING_MODE", "1")));
    }
}
