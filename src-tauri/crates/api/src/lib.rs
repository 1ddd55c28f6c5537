//! The boundary: every command is declared once, with its request, its answer, what it reads and what it makes stale. The
//! window's `call`, the HTTP router, the tests and the TypeScript types are all made from that list.

mod bench;
pub mod commands;
mod content;
mod convert;
mod desk;
mod dispatch;
mod events;
mod handlers;
mod openings;
mod over;
mod picture;
mod pictures;
mod scene;
pub mod typescript;
mod visiting;
mod window;
pub mod wire;

pub use commands::{COMMANDS, Command, Place, Tag};
pub use content::{Content, decoded};
pub use desk::Desk;
pub use dispatch::{call, call_text, check_opening};
pub use events::{EventStream, all_stale};
pub use over::Over;
pub use picture::stage_picture;
pub use window::Window;
