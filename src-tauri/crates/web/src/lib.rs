//! The desk served to a browser on this machine.
//!
//! Whoever can open the printed address once may work here: a one-time token in it becomes a cookie that scripts cannot read
//! and other sites cannot send. Every other request needs that cookie, names this very address as its host, and writes only
//! from the desk's own pages. No command takes a path.

mod body;
mod desk_files;
mod door;
mod events;
mod files;
mod guard;
mod respond;
mod routes;
mod serve;
mod upload;

pub use serve::{ServeOptions, Served, serve};
