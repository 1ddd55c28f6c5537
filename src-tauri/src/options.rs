use std::{ffi::OsString, path::PathBuf};

use clap::Parser;

/// Opens the desk in a window. Files and folders named are taken in first; the first start without any makes a demo film.
#[derive(Clone, Debug, Parser)]
#[command(name = "circletake-desk", version)]
pub(crate) struct Options {
    /// Where settings, journal and catalog are kept.
    #[arg(long, value_name = "DIR", env = "CIRCLETAKE_HOME")]
    pub(crate) home: Option<PathBuf>,
    /// The lake, when it is not inside the home: a folder, or s3://bucket/prefix.
    #[arg(long, value_name = "DIR|s3://BUCKET/PREFIX", env = "CIRCLETAKE_LAKE")]
    pub(crate) lake: Option<OsString>,
    /// Another server than AWS's own, for a lake in a bucket.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The profile in AWS's configuration files, for a lake in a bucket.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The bucket's region.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Media to take in.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}
