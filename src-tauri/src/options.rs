use std::path::PathBuf;

use clap::Parser;

/// Opens the desk in a window. Files and folders named are taken in first; the first start without any makes a demo film.
#[derive(Clone, Debug, Parser)]
#[command(name = "circletake-desk", version)]
pub(crate) struct Options {
    /// Where settings, journal and catalog are kept.
    #[arg(long, value_name = "DIR", env = "CIRCLETAKE_HOME")]
    pub(crate) home: Option<PathBuf>,
    /// The lake's folder, when it is not inside the home.
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: Option<PathBuf>,
    /// Media to take in.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}
