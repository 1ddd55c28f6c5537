//! One file per group of commands.

pub mod comment;
pub mod decide;
pub mod entrance;
pub mod exchange;
pub mod ingest;
pub mod lake;
pub mod library;
pub mod pages;
pub mod system;
