//! The lake's listing, read ahead.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use tokio::{sync::mpsc, task::JoinHandle};

use super::Pages;
use crate::{
    Key, Lake, LakeError, ObjectInfo,
    transfer::{Claim, Pace, Way},
};

/// Objects a page: as many as S3 gives in one answer.
const PAGE: usize = 1000;
/// Stretches of the listing that are read at once.
const AT_ONCE: usize = 8;
/// A cut after so many keys lets a stretch be one page, and leaves room in it for some that are new.
const CUT_EVERY: usize = PAGE - 40;
/// Pages of each that are read ahead.
const AHEAD: usize = 2;

/// A lake's listing in pages, read ahead; and, where the caller knows places to cut it, several stretches of it at once, since
/// the pages of one stretch can only be asked for one after the other.
pub struct FarPages {
    lake: Arc<dyn Lake>,
    pace: Pace,
    prefix: String,
    /// Stretches that are not begun yet: after which key, and up to which.
    waiting: VecDeque<(Option<String>, Option<String>)>,
    under_way: VecDeque<Stretch>,
}

struct Stretch {
    pages: mpsc::Receiver<Result<Vec<ObjectInfo>, LakeError>>,
    reading: JoinHandle<()>,
}

impl Drop for Stretch {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl FarPages {
    /// All keys that begin with `prefix`. `cuts` are texts that keys may be compared with; they need not be keys, and where they
    /// lie only matters to how soon it is done.
    pub fn new(lake: Arc<dyn Lake>, pace: Pace, prefix: impl Into<String>, cuts: &[String]) -> Self {
        let prefix = prefix.into();
        let mut cuts: Vec<&String> = cuts.iter().filter(|cut| **cut > prefix).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut waiting = VecDeque::new();
        let mut after = None;
        for cut in cuts {
            waiting.push_back((after.replace(cut.clone()), Some(cut.clone())));
        }
        waiting.push_back((after, None));
        Self {
            lake,
            pace,
            prefix,
            waiting,
            under_way: VecDeque::new(),
        }
    }

    /// Good places to cut a listing that is likely to be like this one: what was there when it was compared last, in order.
    pub fn cuts<'a>(likely: impl IntoIterator<Item = &'a Key>) -> Vec<String> {
        likely
            .into_iter()
            .skip(CUT_EVERY - 1)
            .step_by(CUT_EVERY)
            .map(|key| key.as_str().to_owned())
            .collect()
    }

    fn begin(&mut self) {
        while self.under_way.len() < AT_ONCE
            && let Some((after, until)) = self.waiting.pop_front()
        {
            let (sender, pages) = mpsc::channel(AHEAD);
            let (lake, pace, prefix) = (Arc::clone(&self.lake), self.pace.clone(), self.prefix.clone());
            let reading = tokio::spawn(read(lake, pace, prefix, after, until, sender));
            self.under_way.push_back(Stretch { pages, reading });
        }
    }
}

#[async_trait]
impl Pages<ObjectInfo> for FarPages {
    async fn next(&mut self) -> Result<Option<Vec<ObjectInfo>>, LakeError> {
        loop {
            self.begin();
            let Some(stretch) = self.under_way.front_mut() else {
                return Ok(None);
            };
            match stretch.pages.recv().await {
                Some(page) => return page.map(Some),
                None => self.under_way.pop_front(),
            };
        }
    }
}

async fn read(
    lake: Arc<dyn Lake>,
    pace: Pace,
    prefix: String,
    mut after: Option<String>,
    until: Option<String>,
    pages: mpsc::Sender<Result<Vec<ObjectInfo>, LakeError>>,
) {
    let claim = Claim {
        way: Way::Down,
        bytes: 0,
        urgent: false,
    };
    loop {
        let list = || lake.list(&prefix, after.as_deref(), PAGE);
        let (mut objects, mut more) = match pace.attempt(claim, list).await {
            Ok(listing) => (listing.objects, listing.more),
            Err(error) => {
                // Nobody listens any more when this cannot be sent.
                drop(pages.send(Err(error)).await);
                return;
            }
        };
        if let Some(until) = &until {
            let inside = objects.partition_point(|info| info.key.as_str() < until.as_str());
            if let Some(past) = objects.get(inside) {
                more = false;
                let is_last = past.key.as_str() == until;
                objects.truncate(inside + usize::from(is_last));
            }
        }
        after = objects.last().map(|info| info.key.as_str().to_owned()).or(after);
        let empty = objects.is_empty();
        if pages.send(Ok(objects)).await.is_err() || !more || empty {
            return;
        }
    }
}
