//! Object layout and the stores that hold it. One trait, [`Lake`]; every store passes the same public suite ([`suite`]).
//!
//! A lake needs little of its store: create-only writes, atomic replace, ranged reads that hold on to one version, and a
//! sorted listing. There is no compare-and-swap, because every object is immutable or has one writer.

mod chance;
mod clock;
mod endpoint;
mod error;
mod escape;
pub mod events;
pub mod faults;
mod folder;
mod key;
pub mod layout;
mod look;
mod memory;
mod parts;
mod rights;
mod s3;
mod sign_in;
mod store;
pub mod suite;
pub mod transfer;

pub use clock::{Clock, MachineClock, VirtualClock};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Cause, LakeError};
pub use folder::{FolderLake, Footing};
pub use key::{Key, KeyError};
pub use look::{Look, look};
pub use memory::MemoryLake;
pub use parts::{LEAST_PART_BYTES, MOST_PARTS, Part, Upload, part_bytes};
pub use rights::{Act, Found, Meant, Right, Verdict, rights};
pub use s3::{Checksums, Keys, PlaceError, S3Lake, S3Place};
pub use sign_in::{
    Badge, Cognito, Errand, IdentityCenter, PersonalBadge, Pin, Principal, Prompter, Question, Role,
    Services, SignIn, SignInError, Unattended, profiles,
};
pub use store::{
    ByteRange, ETag, Labels, Lake, Listing, Object, ObjectInfo, Put, RestoreSpeed, Shelf, Whose,
};
