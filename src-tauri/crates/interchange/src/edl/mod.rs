//! CMX3600 edit decision lists.
//!
//! What we write: `FCM` for the record side, a `;` before the frames of every drop-frame label (so that a source that counts
//! unlike the list is still plain), the file name in `FROM CLIP NAME`, and comments of ours that other programs pass over:
//! `* FRAME RATE`, `* SOURCE RATE`, `* CLIP`, `* COMMENT`, `* LOC`.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

#[cfg(test)]
mod tests;
