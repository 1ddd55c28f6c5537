//! Telling whoever shows something that it is stale. Mailboxes coalesce, so a slow reader costs nothing and misses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::views::Job;

/// What became stale, or a job's latest state.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful at a time; a box would only move the copy"
)]
pub enum Change {
    /// The list of assets.
    Assets,
    /// One asset, by id.
    Asset(String),
    /// Proposals and where they stand.
    Proposals,
    /// The list of jobs.
    Jobs,
    /// Markers.
    Markers,
    /// Comments and which threads are settled.
    Comments,
    /// What undo and redo would do.
    Undo,
    /// Settings or keymap.
    Settings,
    /// Whether the lake can be reached, and what is on its way.
    Lake,
    /// A sign-in under way asks something, or ended.
    SignIn,
    /// A job went on.
    Job(Job),
}

/// A subject without content, in the order they are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Assets,
    Asset(String),
    Proposals,
    Markers,
    Comments,
    Jobs,
    Undo,
    Settings,
    Lake,
    SignIn,
}

impl From<Subject> for Change {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Assets => Self::Assets,
            Subject::Asset(id) => Self::Asset(id),
            Subject::Proposals => Self::Proposals,
            Subject::Markers => Self::Markers,
            Subject::Comments => Self::Comments,
            Subject::Jobs => Self::Jobs,
            Subject::Undo => Self::Undo,
            Subject::Settings => Self::Settings,
            Subject::Lake => Self::Lake,
            Subject::SignIn => Self::SignIn,
        }
    }
}

#[derive(Default)]
struct Post {
    subjects: BTreeSet<Subject>,
    jobs: BTreeMap<String, Job>,
    closed: bool,
}

#[derive(Default)]
struct Mailbox {
    post: Mutex<Post>,
    arrived: Condvar,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Post> {
        // A panic elsewhere leaves a set of notices, which is whole at every instant.
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscription; dropping it ends it.
pub struct Changes {
    mailbox: Arc<Mailbox>,
}

impl Changes {
    /// What has come since the last call, waiting up to `timeout` for something. Empty after the timeout; `None` when the
    /// workstation has closed.
    pub fn next(&self, timeout: Duration) -> Option<Vec<Change>> {
        let until = Instant::now() + timeout;
        let mut post = self.mailbox.lock();
        while post.subjects.is_empty() && post.jobs.is_empty() && !post.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(Vec::new());
            }
            let waited = self.mailbox.arrived.wait_timeout(post, left);
            post = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if post.subjects.is_empty() && post.jobs.is_empty() {
            return None;
        }
        let subjects = std::mem::take(&mut post.subjects).into_iter().map(Change::from);
        let jobs = std::mem::take(&mut post.jobs).into_values().map(Change::Job);
        Some(subjects.chain(jobs).collect())
    }
}

/// Hands notices out to all subscriptions.
#[derive(Default)]
pub(crate) struct Hub {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

impl Hub {
    /// A new subscription.
    pub fn subscribe(&self) -> Changes {
        let mailbox = Arc::new(Mailbox::default());
        self.lock().push(Arc::downgrade(&mailbox));
        Changes { mailbox }
    }

    /// Whether anybody listens.
    pub fn is_heard(&self) -> bool {
        self.lock().iter().any(|mailbox| mailbox.strong_count() > 0)
    }

    /// Tells everybody that these are stale.
    pub fn tell(&self, subjects: impl IntoIterator<Item = Subject>) {
        let subjects: Vec<Subject> = subjects.into_iter().collect();
        self.each(|post| post.subjects.extend(subjects.iter().cloned()));
    }

    /// Tells everybody how far a job is.
    pub fn tell_job(&self, job: &Job) {
        self.each(|post| {
            post.jobs.insert(job.id.clone(), job.clone());
        });
    }

    /// Ends all subscriptions.
    pub fn close(&self) {
        self.each(|post| post.closed = true);
    }

    fn each(&self, write: impl Fn(&mut Post)) {
        self.lock().retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else {
                return false;
            };
            write(&mut mailbox.lock());
            mailbox.arrived.notify_all();
            true
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_coalesce_and_a_dropped_subscription_is_forgotten() {
        let hub = Hub::default();
        let first = hub.subscribe();
        let second = hub.subscribe();
        for _ in 0..1000 {
            hub.tell([Subject::Proposals, Subject::Undo]);
        }
        assert_eq!(
            first.next(Duration::ZERO),
            Some(vec![Change::Proposals, Change::Undo])
        );
        assert_eq!(first.next(Duration::ZERO), Some(Vec::new()));
        drop(second);
        drop(first);
        assert!(!hub.is_heard());
        hub.tell([Subject::Assets]);
        assert!(hub.lock().is_empty());
    }

    #[test]
    fn a_waiting_reader_wakes_for_a_notice_and_for_the_end() {
        let hub = Arc::new(Hub::default());
        let changes = hub.subscribe();
        let teller = Arc::clone(&hub);
        let thread = std::thread::Builder::new().name("teller".into()).spawn(move || {
            teller.tell([Subject::Jobs]);
            teller.close();
        });
        assert_eq!(changes.next(Duration::from_secs(10)), Some(vec![Change::Jobs]));
        assert_eq!(changes.next(Duration::from_secs(10)), None);
        thread.unwrap().join().unwrap();
    }
}
