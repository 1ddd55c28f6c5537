//! What a bucket's owner tells of its objects: notifications in all forms in which they reach a queue, lists made by S3
//! Inventory, and the queue itself.
//!
//! A notification is a hint. It comes at least once, in any order, or never; what counts is what the store answers when it is
//! asked for the object. So nothing here decides anything: it says where to look.

pub mod inventory;
mod letters;
mod memory;
mod names;
mod queue;
mod sequencer;

pub use letters::{Kind, Letter, LetterError, News, read};
pub use memory::MemoryQueue;
pub use names::{NameError, from_notification};
pub use queue::{HOLD_EVERY, Held, Queue, QueuePlace, QueuePlaceError, SqsQueue, hold_while};
pub use sequencer::Sequencer;
