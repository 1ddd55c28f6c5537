//! The command line: the same acts as the desk, for terminals and scripts. `circletake --help` is the contract.

mod args;
mod commands;
mod condition;
mod interrupt;
mod output;
mod progress;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use fault::Fault;
use workstation::{Access, LakePlace, OpenOptions, Passphrase, Workstation};

use crate::args::{Cli, Command, LakeCommand};
use crate::output::Output;

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything asked for was done.
    Whole,
    /// Some of it was; what is missing was listed.
    Part,
    /// Nothing was, which the one document that is printed says already.
    Nothing,
}

fn main() -> ExitCode {
    if let Some(ended) = workstation::serve_apart() {
        return ended;
    }
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    match run(&cli, &output) {
        Ok(Ending::Whole) => ExitCode::SUCCESS,
        Ok(Ending::Part) => ExitCode::from(3),
        Ok(Ending::Nothing) => ExitCode::from(1),
        Err(fault) => {
            output.fault(&fault);
            ExitCode::from(1)
        }
    }
}

fn run(cli: &Cli, output: &Output) -> Result<Ending, Fault> {
    match &cli.command {
        Command::Man { dir } => return commands::pages::man(dir.as_deref()),
        Command::Completions { shell } => return commands::pages::completions(*shell),
        Command::Lake(LakeCommand::Serve { dir, port, bucket }) => {
            workstation::start_log(&home_of(cli)?, false);
            return commands::lake::serve(dir, port.unwrap_or(0), bucket, output);
        }
        Command::SignIn(_) | Command::SignOut | Command::Whoami { .. } => {
            let home = home_of(cli)?;
            workstation::start_log(&home, false);
            let lake = lake_of(cli)?;
            // Nobody signs in to a lake in a folder.
            let place = lake.as_ref().and_then(LakePlace::bucket).cloned();
            return commands::entrance::run(&cli.command, place, &home, output);
        }
        _ => {}
    }
    let workstation = open(cli)?;
    let ending = dispatch(cli, &workstation, output);
    // What was decided is on disk already; a lake that cannot be reached now gets it later.
    if let Err(fault) = workstation.publish() {
        tracing::warn!("publishing to the lake: {fault}");
    }
    // What takes media in leaves them in the lake; a verdict does not wait for a film.
    if matches!(
        cli.command,
        Command::Ingest(_) | Command::Analyze(_) | Command::Demo
    ) && let Err(fault) = workstation.send_objects()
    {
        tracing::warn!("sending to the lake: {fault}");
    }
    workstation.close();
    ending
}

fn dispatch(cli: &Cli, workstation: &Arc<Workstation>, output: &Output) -> Result<Ending, Fault> {
    match &cli.command {
        Command::Ingest(args) => commands::ingest::ingest(workstation, args, output),
        Command::Assets => commands::library::assets(workstation, output),
        Command::Show { asset } => commands::library::show(workstation, asset, output),
        Command::Analyze(args) => commands::ingest::analyze(workstation, args, output),
        Command::Proposals(args) => commands::library::proposals(workstation, args, output),
        Command::Decide(args) => commands::decide::decide(workstation, args, output),
        Command::Undo => commands::decide::undo(workstation, output),
        Command::Redo => commands::decide::redo(workstation, output),
        Command::Comment(command) => commands::comment::run(workstation, command, output),
        Command::Import { asset, file } => commands::exchange::import(workstation, asset, file, output),
        Command::Export(args) => commands::exchange::export(workstation, args, output),
        Command::Serve { port } => commands::system::serve(workstation, *port, output),
        Command::Sync { watch } => commands::lake::sync(workstation, *watch, output),
        Command::Doctor { rebuild, bundle } => {
            commands::system::doctor(workstation, *rebuild, bundle.as_deref(), output)
        }
        Command::Demo => commands::ingest::demo(workstation, output),
        // Answered before anything was opened.
        Command::Man { .. }
        | Command::Completions { .. }
        | Command::Lake(_)
        | Command::SignIn(_)
        | Command::SignOut
        | Command::Whoami { .. } => Ok(Ending::Whole),
    }
}

fn open(cli: &Cli) -> Result<Arc<Workstation>, Fault> {
    let home = home_of(cli)?;
    workstation::start_log(&home, false);
    let mut options = OpenOptions::new(home).reading_apart();
    options.lake = lake_of(cli)?;
    options.passphrase = Some(Passphrase::new(commands::entrance::passphrase));
    // A desk goes on where it was left; what a script asks for does not depend on that.
    options.comes_back = matches!(cli.command, Command::Serve { .. });
    Workstation::open(options)
}

/// The lake that is meant; none for the home's own.
fn lake_of(cli: &Cli) -> Result<Option<LakePlace>, Fault> {
    let access = Access {
        endpoint_url: cli.endpoint_url.clone(),
        profile: cli.profile.clone(),
        region: cli.region.clone(),
    };
    LakePlace::told(cli.lake.as_deref(), access)
}

fn home_of(cli: &Cli) -> Result<PathBuf, Fault> {
    match cli
        .home
        .clone()
        .or_else(|| set("CIRCLETAKE_HOME").map(PathBuf::from))
    {
        Some(home) => Ok(home),
        None => workstation::default_home(),
    }
}

/// A variable of the environment that is set to something.
fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
