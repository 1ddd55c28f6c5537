//! The doing.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::{Step, Task};
use crate::{
    Cause, Key, Lake, LakeError,
    transfer::{
        Digest, Fetched, Fetching, Line, Pace, Progress, SendState, Sending, Sent, Slip, TransferError,
        landing::{self, Loose},
    },
};

/// Files that have come are brought to disk together when there are so many, or so many bytes, or the first has waited so long.
const TOGETHER: usize = 256;
const TOGETHER_BYTES: u64 = 64 << 20;
const TOGETHER_AFTER: Duration = Duration::from_secs(1);
/// More than the requests that may be made at once, so that the next is ready when one ends.
const AHEAD: u32 = 4;

/// This machine's side of a sync: where files are, and what is remembered of them.
#[async_trait]
pub trait NearSide: Send + Sync {
    /// The file that is sent for a key. It must not change while it is sent.
    ///
    /// # Errors
    /// Trouble with files; the item fails.
    async fn source(&self, key: &Key) -> Result<PathBuf, LakeError>;

    /// The file that a fetched object becomes. Its folder is there when this returns.
    ///
    /// # Errors
    /// Trouble with files; the item fails.
    async fn target(&self, key: &Key) -> Result<PathBuf, LakeError>;

    /// What the bytes of an object must be, where that is known.
    fn digest(&self, _key: &Key) -> Option<Digest> {
        None
    }

    /// What an earlier send of this key kept.
    async fn kept(&self, key: &Key) -> Option<SendState>;

    /// Keeps it, durably; `None` when there is nothing more to go on with.
    ///
    /// # Errors
    /// Whatever hinders it; the sync stops with it.
    async fn keep(&self, key: &Key, state: Option<&SendState>) -> Result<(), Cause>;

    /// These ended well: what was fetched is on disk under its target's name, what was sent is in the lake. Where this is killed
    /// the next comparison finds the same.
    ///
    /// # Errors
    /// Whatever hinders it; the sync stops with it.
    async fn done(&self, done: Vec<Done>) -> Result<(), Cause>;

    /// Hears of every item: for people, not for deciding.
    fn told(&self, _event: Event<'_>) {}
}

/// An item that ended well.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which.
    pub task: Task,
    /// How.
    pub end: End,
}

/// How an item ended well.
#[derive(Clone, Debug)]
pub enum End {
    /// It is in the lake.
    Sent(Sent),
    /// It is here.
    Fetched(Fetched),
}

/// What happens to one item.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// It was begun.
    Began(&'a Task),
    /// Some of its bytes went: first, at most ten times a second, last.
    Moved(&'a Task, Progress),
    /// It ended well.
    Ended(&'a Task),
    /// It did not; others go on.
    Failed(&'a Task, &'a TransferError),
}

/// How a sync went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Items that ended well.
    pub done: u64,
    /// Their bytes.
    pub done_bytes: u64,
    /// Items that did not.
    pub failed: Vec<(Task, TransferError)>,
    /// Items that were not begun, or not ended, or that waited for one that failed.
    pub left: Vec<Task>,
    /// Why it stopped before its end: what would end all the others the same way (no network, no sign-in, no room).
    pub stopped: Option<TransferError>,
}

/// Does the tasks of a plan in their order, several at once, at the lake's pace. One that fails does not hold up the others,
/// unless they wait for it ([`super::Rule::waits`]) or it would happen to all ([`TransferError::is_everybodys`]). Dropped, it stops;
/// whoever compares again goes on where it was.
pub async fn run(tasks: Vec<Task>, far: &Arc<dyn Lake>, pace: &Pace, near: &Arc<dyn NearSide>) -> Outcome {
    let mut run = Run {
        far,
        pace,
        near,
        waiting: tasks.into(),
        going: JoinSet::new(),
        begun: BTreeMap::new(),
        next: 0,
        arrived: Arrived::default(),
        settling: JoinSet::new(),
        failed_order: None,
        outcome: Outcome::default(),
    };
    run.work_off().await;
    let mut outcome = run.outcome;
    outcome.left.extend(run.begun.into_values());
    outcome.left.extend(run.waiting);
    outcome.left.sort_unstable();
    outcome
}

struct Run<'a> {
    far: &'a Arc<dyn Lake>,
    pace: &'a Pace,
    near: &'a Arc<dyn NearSide>,
    waiting: VecDeque<Task>,
    going: JoinSet<(u64, Result<Went, TransferError>)>,
    /// Items that are going or have arrived and are not settled.
    begun: BTreeMap<u64, Task>,
    next: u64,
    arrived: Arrived,
    settling: JoinSet<Settled>,
    /// The lowest order in which an item failed.
    failed_order: Option<u8>,
    outcome: Outcome,
}

/// How one item went before it is settled.
enum Went {
    Sent(Sent),
    Fetched(Fetched, Loose),
}

/// Items that went well and are not settled yet.
#[derive(Default)]
struct Arrived {
    items: Vec<(u64, End)>,
    loose: Vec<Loose>,
    bytes: u64,
    since: Option<Duration>,
}

/// Which items were settled, or why not.
struct Settled {
    items: Vec<u64>,
    result: Result<(), TransferError>,
}

impl Run<'_> {
    async fn work_off(&mut self) {
        loop {
            self.begin();
            self.settle();
            if self.going.is_empty() && self.settling.is_empty() {
                return;
            }
            // Too much waits for the disk: nothing more is taken up.
            let full = self.arrived.items.len() >= 2 * TOGETHER;
            tokio::select! {
                Some(went) = self.going.join_next(), if !full || self.settling.is_empty() => match went {
                    Ok((id, went)) => self.went(id, went),
                    Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
                    Err(_stopped) => self.stop(LakeError::Stopped.into()).await,
                },
                Some(settled) = self.settling.join_next() => match settled {
                    Ok(settled) => self.settled(settled),
                    Err(join) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
                    Err(_stopped) => self.stop(LakeError::Stopped.into()).await,
                },
            }
            if let Some(error) = self.outcome.stopped.take() {
                self.stop(error).await;
            }
        }
    }

    /// Begins as many as may go.
    fn begin(&mut self) {
        let at_once = usize::try_from(self.pace.at_once_max() + AHEAD).unwrap_or(usize::MAX);
        while self.outcome.stopped.is_none()
            && self.going.len() < at_once
            && self.arrived.items.len() < 2 * TOGETHER
            && let Some(task) = self.waiting.pop_front()
        {
            if task.waits {
                if self.failed_order.is_some_and(|order| order < task.order) {
                    self.outcome.left.push(task);
                    continue;
                }
                if self.begun.values().any(|begun| begun.order < task.order) {
                    self.waiting.push_front(task);
                    return;
                }
            }
            let id = self.next;
            self.next += 1;
            self.near.told(Event::Began(&task));
            self.begun.insert(id, task.clone());
            let (far, pace, near) = (Arc::clone(self.far), self.pace.clone(), Arc::clone(self.near));
            self.going
                .spawn(async move { (id, one(&task, &far, &pace, &near).await) });
        }
    }

    fn went(&mut self, id: u64, went: Result<Went, TransferError>) {
        match went {
            Ok(went) => {
                let now = self.pace.clock().now();
                self.arrived.since.get_or_insert(now);
                let end = match went {
                    Went::Sent(sent) => End::Sent(sent),
                    Went::Fetched(fetched, loose) => {
                        self.arrived.bytes += loose.size_bytes;
                        self.arrived.loose.push(loose);
                        End::Fetched(fetched)
                    }
                };
                self.arrived.items.push((id, end));
            }
            Err(error) if error.is_everybodys() => self.outcome.stopped = Some(error),
            Err(error) => self.failed(id, error),
        }
    }

    fn failed(&mut self, id: u64, error: TransferError) {
        let Some(task) = self.begun.remove(&id) else {
            return;
        };
        self.near.told(Event::Failed(&task, &error));
        let lowest = self
            .failed_order
            .map_or(task.order, |order| order.min(task.order));
        self.failed_order = Some(lowest);
        self.outcome.failed.push((task, error));
    }

    /// Brings what has arrived to disk when it is time, beside what is going.
    fn settle(&mut self) {
        let arrived = &self.arrived;
        let now = self.pace.clock().now();
        let due = arrived.items.len() >= TOGETHER
            || arrived.bytes >= TOGETHER_BYTES
            || arrived.since.is_some_and(|since| now >= since + TOGETHER_AFTER)
            || self.going.is_empty();
        if !due || arrived.items.is_empty() || !self.settling.is_empty() {
            return;
        }
        let Arrived { items, loose, .. } = std::mem::take(&mut self.arrived);
        let (ids, ends): (Vec<u64>, Vec<End>) = items.into_iter().unzip();
        let tasks = ids.iter().filter_map(|id| self.begun.get(id).cloned());
        let done: Vec<Done> = tasks.zip(ends).map(|(task, end)| Done { task, end }).collect();
        let near = Arc::clone(self.near);
        self.settling.spawn(async move {
            let result = async {
                if !loose.is_empty() {
                    landing::settle(loose).await?;
                }
                near.done(done).await.map_err(TransferError::Keep)
            };
            Settled {
                result: result.await,
                items: ids,
            }
        });
    }

    fn settled(&mut self, settled: Settled) {
        match settled.result {
            Ok(()) => {
                for task in settled.items.iter().filter_map(|id| self.begun.remove(id)) {
                    self.outcome.done += 1;
                    self.outcome.done_bytes += task.size_bytes;
                    self.near.told(Event::Ended(&task));
                }
            }
            Err(error) => self.outcome.stopped = Some(error),
        }
    }

    /// Ends what is going, and settles what has come.
    async fn stop(&mut self, error: TransferError) {
        self.going.shutdown().await;
        loop {
            self.settle();
            match self.settling.join_next().await {
                Some(Ok(settled)) => self.settled(settled),
                Some(Err(_stopped)) => {}
                None => break,
            }
        }
        // The first reason is the one that counts.
        self.outcome.stopped = Some(error);
    }
}

async fn one(
    task: &Task,
    far: &Arc<dyn Lake>,
    pace: &Pace,
    near: &Arc<dyn NearSide>,
) -> Result<Went, TransferError> {
    let told = |progress| near.told(Event::Moved(task, progress));
    let line = Line {
        lake: far,
        pace,
        told: &told,
    };
    match &task.step {
        Step::Send(mode) => {
            let sending = Sending {
                key: task.key.clone(),
                source: near.source(&task.key).await?,
                mode: *mode,
                digest: near.digest(&task.key),
                urgent: task.urgent,
                resume: near.kept(&task.key).await,
            };
            let slip = SlipOf {
                near: near.as_ref(),
                key: &task.key,
            };
            line.send(&sending, &slip).await.map(Went::Sent)
        }
        Step::Fetch(info) => {
            let fetching = Fetching {
                key: task.key.clone(),
                target: near.target(&task.key).await?,
                digest: near.digest(&task.key),
                size_bytes: Some(info.size_bytes),
                urgent: task.urgent,
                filling: None,
            };
            let (fetched, loose) = line.fetch_loose(&fetching).await?;
            Ok(Went::Fetched(fetched, loose))
        }
    }
}

/// The near side as the keeper of one key's state.
struct SlipOf<'a> {
    near: &'a dyn NearSide,
    key: &'a Key,
}

#[async_trait]
impl Slip for SlipOf<'_> {
    async fn keep(&self, state: Option<&SendState>) -> Result<(), Cause> {
        self.near.keep(self.key, state).await
    }
}
