//! The boundary: every command is declared once, with its request, its answer, what it reads and what it makes stale. The
//! window's `call`, the HTTP router, the tests and the TypeScript types are all made from that list.

pub mod commands;
pub mod typescript;
pub mod wire;

pub use commands::{COMMANDS, Command, Place, Tag};
