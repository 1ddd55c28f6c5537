//! The desktop shell: the window, its dialogs and its native stage. Everything else is behind `api::call`.

mod calls;
mod dialogs;
mod notices;
mod options;
mod pages;
mod shell;
mod stage_host;

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use fault::Fault;
use tauri::{RunEvent, WindowEvent};

use options::Options;
use shell::Shell;

fn main() -> ExitCode {
    use_x11();
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(&fault);
            ExitCode::FAILURE
        }
    }
}

/// The stage is an X11 window inside the desk's, so the desk must be one too, under Wayland as well.
#[expect(
    unsafe_code,
    reason = "the toolkit takes its backend from the environment only"
)]
fn use_x11() {
    if cfg!(target_os = "linux") {
        // SAFETY: the first thing the program does: no other thread runs that could read the environment meanwhile.
        unsafe { std::env::set_var("GDK_BACKEND", "x11") };
    }
}

#[expect(clippy::print_stderr, reason = "the program has no window to say it in")]
fn say(fault: &Fault) {
    eprintln!("circletake-desk: {}", fault.message);
    if !fault.hint.is_empty() {
        eprintln!("{}", fault.hint);
    }
    if !fault.detail.is_empty() {
        eprintln!("({})", fault.detail);
    }
}

fn run(options: &Options) -> Result<(), Fault> {
    let shell = Arc::new(Shell::open(options)?);
    let (calls, scheme, begun, ended) = (
        Arc::clone(&shell),
        Arc::clone(&shell),
        Arc::clone(&shell),
        Arc::clone(&shell),
    );
    let first = options.paths.clone();
    let app = tauri::Builder::default()
        .invoke_handler(move |invoke| calls::answer(&calls, invoke))
        .register_asynchronous_uri_scheme_protocol("media", move |_context, request, responder| {
            pages::answer(&scheme, request, responder);
        })
        .setup(move |app| {
            begun.begin(app, first)?;
            Ok(())
        })
        .on_window_event(move |_window, event| {
            if matches!(event, WindowEvent::CloseRequested { .. } | WindowEvent::Destroyed) {
                ended.end();
            }
        })
        .build(tauri::generate_context!())
        .map_err(|error| shell::no_window(&error))?;
    app.run(move |_app, event| {
        if matches!(event, RunEvent::Exit) {
            shell.end();
        }
    });
    Ok(())
}
