//! The desktop shell: the window, its dialogs and its native stage. Everything else is behind `api::call`.

mod calls;
mod comparison;
mod dialogs;
mod intake;
mod native;
mod notices;
mod opener;
mod options;
mod pages;
mod reels;
mod shell;
mod stage_host;
mod surroundings;

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use fault::Fault;
use tauri::{RunEvent, WindowEvent};

use options::Options;
use shell::Shell;

fn main() -> ExitCode {
    if let Some(ended) = workstation::serve_apart() {
        return ended;
    }
    surroundings::prepare();
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(&fault);
            ExitCode::FAILURE
        }
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
    surroundings::check()?;
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
                ended.take_stage_away();
            }
        })
        .build(tauri::generate_context!())
        .map_err(|error| shell::no_window(&error))?;
    app.run(move |_app, event| {
        if matches!(event, RunEvent::Exit) {
            shell.close();
        }
    });
    Ok(())
}
