//! Object layout and the stores that hold it. One trait, [`Lake`]; every store passes the same public suite ([`suite`]).
//!
//! A lake needs little of its store: create-only writes, atomic replace, ranged reads that hold on to one version, and a
//! sorted listing. There is no compare-and-swap, because every object is immutable or has one writer.

mod error;
mod folder;
mod key;
pub mod layout;
mod store;
pub mod suite;

pub use error::LakeError;
pub use folder::{FolderLake, Footing};
pub use key::{Key, KeyError};
pub use store::{ByteRange, ETag, Lake, Listing, Object, ObjectInfo, Put};
