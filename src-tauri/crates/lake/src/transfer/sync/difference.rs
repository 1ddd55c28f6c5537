//! What differs.

use std::{cmp::Ordering, collections::VecDeque};

use async_trait::async_trait;

use crate::{ETag, Key, LakeError, ObjectInfo};

/// An object on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its key.
    pub key: Key,
    /// Its size.
    pub size_bytes: u64,
    /// What it was when it and the lake's were last the same, where that is remembered.
    pub base: Option<Base>,
}

/// When the objects of both sides were last the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The lake's version then.
    pub far: ETag,
    /// Whether the one on this machine was changed since.
    pub near_changed: bool,
}

/// What is known of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only this machine has it.
    OnlyNear(Near),
    /// Only the lake has it.
    OnlyFar(ObjectInfo),
    /// Both have it, the same or not.
    Both(Near, ObjectInfo),
}

/// A sorted listing that comes in pages.
#[async_trait]
pub trait Pages<T>: Send {
    /// The next page, which may be empty; `None` after the last. Keys grow from page to page.
    ///
    /// # Errors
    /// Trouble with where it comes from.
    async fn next(&mut self) -> Result<Option<Vec<T>>, LakeError>;
}

/// A listing that is there already.
#[async_trait]
impl<T: Send> Pages<T> for VecDeque<Vec<T>> {
    async fn next(&mut self) -> Result<Option<Vec<T>>, LakeError> {
        Ok(self.pop_front())
    }
}

/// Hears of every key of either side once, in the order of keys.
///
/// # Errors
/// Trouble with a listing. What was told until then holds.
pub async fn compare(
    near: &mut dyn Pages<Near>,
    far: &mut dyn Pages<ObjectInfo>,
    told: &mut (dyn FnMut(Difference) + Send),
) -> Result<(), LakeError> {
    let (mut near, mut far) = (Ahead::new(near), Ahead::new(far));
    loop {
        near.fill().await?;
        far.fill().await?;
        // As far as both pages reach, without waiting.
        loop {
            let order = match (near.page.front(), far.page.front()) {
                (Some(near), Some(far)) => near.key.cmp(&far.key),
                (Some(_), None) if far.ended => Ordering::Less,
                (None, Some(_)) if near.ended => Ordering::Greater,
                (None, None) if near.ended && far.ended => return Ok(()),
                _ => break,
            };
            let pair = match order {
                Ordering::Less => (near.page.pop_front(), None),
                Ordering::Greater => (None, far.page.pop_front()),
                Ordering::Equal => (near.page.pop_front(), far.page.pop_front()),
            };
            match pair {
                (Some(near), Some(far)) => told(Difference::Both(near, far)),
                (Some(near), None) => told(Difference::OnlyNear(near)),
                (None, Some(far)) => told(Difference::OnlyFar(far)),
                (None, None) => break,
            }
        }
    }
}

/// A listing and the page it is at.
struct Ahead<'a, T> {
    pages: &'a mut dyn Pages<T>,
    page: VecDeque<T>,
    ended: bool,
}

impl<'a, T> Ahead<'a, T> {
    fn new(pages: &'a mut dyn Pages<T>) -> Self {
        Self {
            pages,
            page: VecDeque::new(),
            ended: false,
        }
    }

    async fn fill(&mut self) -> Result<(), LakeError> {
        while self.page.is_empty() && !self.ended {
            match self.pages.next().await? {
                Some(page) => self.page = page.into(),
                None => self.ended = true,
            }
        }
        Ok(())
    }
}
