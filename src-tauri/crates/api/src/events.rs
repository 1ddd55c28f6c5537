//! What the desk hears between its calls: tags that became stale, at once, and jobs, throttled.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use workstation::{Change, Changes};

use crate::{
    Tag,
    openings::Openings,
    wire::{Event, Job, JobState},
};

/// Between two notices of one running job.
const JOB_GAP: Duration = Duration::from_millis(100);

/// Events for one listener. The workstation's mailbox coalesces behind it, so a slow listener costs nothing and misses
/// nothing. When another lake is opened it goes on with that one, and says that everything is stale. Dropping it ends it.
pub struct EventStream {
    openings: Arc<Openings>,
    /// Which opening it listens to.
    number: u64,
    changes: Changes,
    throttle: Throttle,
}

impl EventStream {
    pub(crate) fn new(openings: Arc<Openings>) -> Self {
        let opened = openings.now();
        Self {
            number: opened.number,
            changes: opened.workstation.subscribe(),
            openings,
            throttle: Throttle::default(),
        }
    }

    /// What has come, waiting up to `timeout` for it. Empty after the timeout, `None` when the workstation has closed.
    pub fn next(&mut self, timeout: Duration) -> Option<Vec<Event>> {
        let until = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            let wake = self.throttle.next_due().map_or(until, |due| due.min(until));
            let Some(changes) = self.changes.next(wake.saturating_duration_since(now)) else {
                return self.go_over();
            };
            let events = self.sort(changes, Instant::now());
            if !events.is_empty() || Instant::now() >= until {
                return Some(events);
            }
        }
    }

    /// The lake that was listened to is closed: another one is open, or none any more.
    fn go_over(&mut self) -> Option<Vec<Event>> {
        let opened = self.openings.now();
        if opened.number == self.number {
            return None;
        }
        self.number = opened.number;
        self.changes = opened.workstation.subscribe();
        self.throttle = Throttle::default();
        Some(vec![all_stale()])
    }

    fn sort(&mut self, changes: Vec<Change>, now: Instant) -> Vec<Event> {
        let mut stale = Vec::new();
        let mut jobs = Vec::new();
        for change in changes {
            match change {
                Change::Assets => stale.push(Tag::Assets.as_str().to_owned()),
                Change::Asset(id) => stale.push(format!("{}:{id}", Tag::Asset.as_str())),
                Change::Proposals => stale.push(Tag::Proposals.as_str().to_owned()),
                Change::Markers => stale.push(Tag::Markers.as_str().to_owned()),
                Change::Comments => stale.push(Tag::Comments.as_str().to_owned()),
                Change::Jobs => stale.push(Tag::Jobs.as_str().to_owned()),
                Change::Undo => stale.push(Tag::Undo.as_str().to_owned()),
                Change::Settings => stale.push(Tag::Settings.as_str().to_owned()),
                Change::Lake => stale.push(Tag::Lake.as_str().to_owned()),
                Change::SignIn => stale.push(Tag::SignIn.as_str().to_owned()),
                Change::Job(job) => jobs.extend(self.throttle.offer(job.into(), now)),
            }
        }
        jobs.extend(self.throttle.due(now));
        let stale = (!stale.is_empty()).then_some(Event::Stale { stale });
        stale
            .into_iter()
            .chain(jobs.into_iter().map(|job| Event::Job { job: Box::new(job) }))
            .collect()
    }
}

/// Everything is stale: what a listener is told that could not keep up, or that comes back.
pub fn all_stale() -> Event {
    Event::Stale {
        stale: Tag::ALL.iter().map(|tag| tag.as_str().to_owned()).collect(),
    }
}

/// First, at most ten a second, last: for each job.
#[derive(Default)]
struct Throttle {
    jobs: BTreeMap<String, Told>,
}

struct Told {
    at: Instant,
    state: JobState,
    held: Option<Job>,
}

impl Throttle {
    /// The job, when it may be told now. A change of state always may.
    fn offer(&mut self, job: Job, now: Instant) -> Option<Job> {
        if matches!(job.state, JobState::Done | JobState::Failed | JobState::Cancelled) {
            self.jobs.remove(&job.id);
            return Some(job);
        }
        match self.jobs.get_mut(&job.id) {
            Some(told) if told.state == job.state && now < told.at + JOB_GAP => {
                told.held = Some(job);
                None
            }
            _ => {
                self.jobs.insert(
                    job.id.clone(),
                    Told {
                        at: now,
                        state: job.state,
                        held: None,
                    },
                );
                Some(job)
            }
        }
    }

    /// Jobs that were held back long enough.
    fn due(&mut self, now: Instant) -> Vec<Job> {
        let ready = self.jobs.values_mut().filter(|told| now >= told.at + JOB_GAP);
        ready
            .filter_map(|told| {
                let job = told.held.take()?;
                told.at = now;
                Some(job)
            })
            .collect()
    }

    fn next_due(&self) -> Option<Instant> {
        self.jobs
            .values()
            .filter(|told| told.held.is_some())
            .map(|told| told.at + JOB_GAP)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::JobKind;

    fn job(state: JobState, progress: f64) -> Job {
        Job {
            id: "1".to_owned(),
            kind: JobKind::Ingest,
            title: String::new(),
            asset: None,
            state,
            progress: Some(progress),
            rate: String::new(),
            left_secs: None,
            message: String::new(),
            fault: None,
            started_millis: 0,
            ended_millis: None,
        }
    }

    #[test]
    fn first_at_most_ten_a_second_and_always_the_last() {
        let start = Instant::now();
        let mut throttle = Throttle::default();
        let mut told = Vec::new();
        for step in 0..1000u32 {
            let now = start + Duration::from_millis(u64::from(step));
            told.extend(
                throttle
                    .offer(job(JobState::Running, f64::from(step)), now)
                    .and_then(|job| job.progress),
            );
            told.extend(throttle.due(now).into_iter().filter_map(|job| job.progress));
        }
        assert_eq!(told.len(), 10, "{told:?}");
        assert_eq!(told[0], 0.0);
        let end = throttle.offer(job(JobState::Done, 1.0), start + Duration::from_millis(1000));
        assert_eq!(end.map(|job| job.state), Some(JobState::Done));
        assert!(
            throttle.due(start + Duration::from_secs(9)).is_empty(),
            "nothing is told after the end"
        );
    }

    #[test]
    fn what_was_held_back_is_told_when_it_is_due() {
        let start = Instant::now();
        let mut throttle = Throttle::default();
        assert!(throttle.offer(job(JobState::Queued, 0.0), start).is_some());
        assert!(
            throttle.offer(job(JobState::Running, 0.0), start).is_some(),
            "a new state is told at once"
        );
        assert!(throttle.offer(job(JobState::Running, 0.5), start).is_none());
        assert_eq!(throttle.next_due(), Some(start + JOB_GAP));
        let due = throttle.due(start + JOB_GAP);
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].progress, Some(0.5));
        assert_eq!(throttle.next_due(), None);
    }
}
