//! The toolkit's own window behind the desk's: its number, and what the stage must hear of it.

use std::sync::Arc;

#[cfg(target_os = "linux")]
use fault::Code;
use fault::Fault;
use tauri::WebviewWindow;

#[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
use crate::shell::no_window;
use crate::stage_host::StageHost;

/// The native number of the window.
#[cfg(target_os = "linux")]
pub(crate) fn toplevel(window: &WebviewWindow) -> Result<u64, Fault> {
    use gtk::{glib::Cast as _, prelude::WidgetExt as _};
    let window = window.gtk_window().map_err(|error| no_window(&error))?;
    window.realize();
    let native = window
        .window()
        .and_then(|native| native.downcast::<gdkx11::X11Window>().ok());
    native
        .map(|native| native.xid())
        .ok_or_else(|| Fault::new(Code::Unsupported, "The window is not an X11 window."))
}

/// The view that holds the page.
#[cfg(target_os = "macos")]
pub(crate) fn toplevel(window: &WebviewWindow) -> Result<u64, Fault> {
    let view = window.ns_view().map_err(|error| no_window(&error))?;
    Ok(view as usize as u64)
}

#[cfg(target_os = "windows")]
pub(crate) fn toplevel(window: &WebviewWindow) -> Result<u64, Fault> {
    let window = window.hwnd().map_err(|error| no_window(&error))?;
    Ok(window.0 as usize as u64)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
pub(crate) fn toplevel(_window: &WebviewWindow) -> Result<u64, Fault> {
    Ok(0)
}

/// Has menus that the toolkit draws itself, as a list of choices is, look like the desk.
#[cfg(target_os = "linux")]
pub(crate) fn dress(app: &tauri::AppHandle, desk: &api::Desk) {
    use gtk::prelude::GtkSettingsExt as _;
    let is_dark = desk.workstation().settings().desk.theme != workstation::Theme::Light;
    let dressed = app.run_on_main_thread(move || {
        if let Some(settings) = gtk::Settings::default() {
            settings.set_gtk_application_prefer_dark_theme(is_dark);
        }
    });
    if let Err(error) = dressed {
        tracing::debug!(%error, "the toolkit keeps its own theme");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn dress(_app: &tauri::AppHandle, _desk: &api::Desk) {}

/// Tells the stage where the page lies inside the window, and when nothing of the window can be seen: put away, or wholly covered
/// where the window system says so.
#[cfg(target_os = "linux")]
pub(crate) fn follow(window: &WebviewWindow, host: &Arc<StageHost>) {
    use gtk::{
        gdk::{EventMask, EventVisibility, VisibilityState, WindowState},
        glib::Propagation,
        prelude::{WidgetExt as _, WidgetExtManual as _},
    };
    use std::{cell::Cell, rc::Rc};
    let put_away = Arc::clone(host);
    match window.gtk_window() {
        Ok(window) => {
            let is_away = Rc::new(Cell::new(false));
            let (away, covered) = (Rc::clone(&is_away), Arc::clone(host));
            window.connect_window_state_event(move |_window, event| {
                let gone = event
                    .new_window_state()
                    .intersects(WindowState::ICONIFIED | WindowState::WITHDRAWN);
                away.set(gone);
                put_away.shown(!gone);
                Propagation::Proceed
            });
            window.add_events(EventMask::VISIBILITY_NOTIFY_MASK);
            window.connect_event(move |_window, event| {
                if let Some(event) = event.downcast_ref::<EventVisibility>() {
                    let unseen = event.state() == VisibilityState::FullyObscured;
                    covered.shown(!unseen && !is_away.get());
                }
                Propagation::Proceed
            });
        }
        Err(error) => tracing::warn!(%error, "the stage cannot see the window being put away"),
    }
    let host = Arc::clone(host);
    let followed = window.with_webview(move |webview| {
        let page = webview.inner();
        page.connect_size_allocate(move |page, _place| {
            let scale = page.scale_factor();
            // Before the first allocation there is no place yet.
            let place = page
                .toplevel()
                .and_then(|top| page.translate_coordinates(&top, 0, 0));
            let (x, y) = place.unwrap_or((0, 0));
            host.origin(x.max(0) * scale, y.max(0) * scale);
        });
    });
    if let Err(error) = followed {
        tracing::warn!(%error, "the stage takes the page to begin at the window's corner");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn follow(window: &WebviewWindow, host: &Arc<StageHost>) {
    let (own, host) = (window.clone(), Arc::clone(host));
    window.on_window_event(move |event| {
        if matches!(
            event,
            tauri::WindowEvent::Resized(_) | tauri::WindowEvent::Focused(_)
        ) {
            host.shown(!own.is_minimized().unwrap_or(false));
        }
    });
}
