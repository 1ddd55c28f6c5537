//! The system's own dialogs.

use std::path::PathBuf;

use fault::{Code, Fault};
use tauri::AppHandle;

/// Lets the person choose files to take in; empty when they chose none.
pub(crate) fn open_files(app: &AppHandle, window: &str) -> Result<Vec<PathBuf>, Fault> {
    on_main(app, window, Ask::Open)
}

/// Lets the person choose where to save, proposing a name.
pub(crate) fn save_file(app: &AppHandle, window: &str, name: &str) -> Result<Option<PathBuf>, Fault> {
    on_main(app, window, Ask::Save(name.to_owned())).map(|files| files.into_iter().next())
}

/// Opens a page in the system's browser.
#[cfg(target_os = "linux")]
pub(crate) fn open_page(app: &AppHandle, window: &str, address: &str) -> Result<(), Fault> {
    use gtk::prelude::Cast as _;
    use tauri::Manager as _;
    let parent = app.get_webview_window(window).ok_or_else(no_browser)?;
    let (asked, answer) = std::sync::mpsc::sync_channel(1);
    let address = address.to_owned();
    app.run_on_main_thread(move || {
        let parent = parent.gtk_window().ok();
        let parent = parent.as_ref().map(|parent| parent.upcast_ref::<gtk::Window>());
        let shown = gtk::show_uri_on_window(parent, &address, gtk::gdk::ffi::GDK_CURRENT_TIME as u32);
        if asked
            .send(shown.map_err(|error| no_browser().because(&error)))
            .is_err()
        {
            tracing::debug!("nobody waits for the browser any more");
        }
    })
    .map_err(|error| no_browser().because(&error))?;
    answer.recv().map_err(|error| no_browser().because(&error))?
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn open_page(_app: &AppHandle, _window: &str, _address: &str) -> Result<(), Fault> {
    Err(no_browser())
}

fn no_browser() -> Fault {
    Fault::new(Code::Unsupported, "The system's browser could not be opened.")
        .hint("Copy the address, and open it in any browser on any machine.")
}

enum Ask {
    Open,
    Save(String),
}

/// Dialogs belong to the main thread; the caller waits, on a thread that may.
#[cfg(target_os = "linux")]
fn on_main(app: &AppHandle, window: &str, ask: Ask) -> Result<Vec<PathBuf>, Fault> {
    use tauri::Manager as _;
    let parent = app.get_webview_window(window).ok_or_else(no_dialog)?;
    let (chosen, answer) = std::sync::mpsc::sync_channel(1);
    app.run_on_main_thread(move || {
        let files = parent
            .gtk_window()
            .map(|parent| gtk_dialog(&parent, &ask))
            .unwrap_or_default();
        if chosen.send(files).is_err() {
            tracing::debug!("nobody waits for the dialog any more");
        }
    })
    .map_err(|error| no_dialog().because(&error))?;
    answer.recv().map_err(|error| no_dialog().because(&error))
}

#[cfg(target_os = "linux")]
fn gtk_dialog(parent: &gtk::ApplicationWindow, ask: &Ask) -> Vec<PathBuf> {
    use gtk::{
        FileChooserAction, FileChooserNative, ResponseType,
        prelude::{FileChooserExt as _, NativeDialogExt as _},
    };
    let dialog = match ask {
        Ask::Open => {
            let dialog = FileChooserNative::new(
                Some("Ingest media"),
                Some(parent),
                FileChooserAction::Open,
                Some("Ingest"),
                None,
            );
            dialog.set_select_multiple(true);
            dialog
        }
        Ask::Save(name) => {
            let dialog = FileChooserNative::new(
                Some("Save export"),
                Some(parent),
                FileChooserAction::Save,
                Some("Save"),
                None,
            );
            dialog.set_do_overwrite_confirmation(true);
            dialog.set_current_name(name);
            dialog
        }
    };
    if dialog.run() == ResponseType::Accept {
        dialog.filenames()
    } else {
        Vec::new()
    }
}

#[cfg(not(target_os = "linux"))]
fn on_main(_app: &AppHandle, _window: &str, ask: Ask) -> Result<Vec<PathBuf>, Fault> {
    let words = match ask {
        Ask::Open => "Name files on the command line: circletake ingest PATH.".to_owned(),
        Ask::Save(name) => format!("Use the command line: circletake export … -o {name}"),
    };
    Err(no_dialog().hint(words))
}

fn no_dialog() -> Fault {
    Fault::new(Code::Unsupported, "The file dialog could not be shown.")
}
