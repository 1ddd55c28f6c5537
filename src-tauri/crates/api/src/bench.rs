//! Threads that make pictures on request. What has been overtaken before it was begun is given up: the newest wins.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

use fault::{Code, Fault};

/// Requests that may wait; more are refused, so that nobody queues for a picture that is long out of sight.
const WAITING_MAX: usize = 64;

/// What a thread makes of one request.
type Made = Result<Vec<u8>, Fault>;

struct Ticket<W> {
    client: String,
    work: W,
    answer: SyncSender<Made>,
}

struct Queue<W> {
    waiting: VecDeque<Ticket<W>>,
    closed: bool,
}

struct Shared<W> {
    queue: Mutex<Queue<W>>,
    arrived: Condvar,
}

impl<W> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, Queue<W>> {
        // The queue is whole between any two of its operations.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Ticket<W>> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(ticket) = queue.waiting.pop_front() {
                return Some(ticket);
            }
            queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A few owned threads with one bounded queue. Dropping it lets each finish what it has begun and joins it.
pub(crate) struct Bench<W: Send + 'static> {
    shared: Arc<Shared<W>>,
    threads: Vec<JoinHandle<()>>,
}

impl<W: Send + 'static> Bench<W> {
    /// `make` is called on each thread and answers what that thread works with.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(crate) fn new<F: FnMut(W) -> Made + 'static>(
        name: &str,
        threads: usize,
        make: impl Fn() -> F + Send + Clone + 'static,
    ) -> Result<Self, Fault> {
        let queue = Mutex::new(Queue {
            waiting: VecDeque::new(),
            closed: false,
        });
        let mut bench = Self {
            shared: Arc::new(Shared {
                queue,
                arrived: Condvar::new(),
            }),
            threads: Vec::new(),
        };
        for number in 1..=threads {
            let (shared, make) = (Arc::clone(&bench.shared), make.clone());
            let thread = Builder::new().name(format!("{name} {number}")).spawn(move || {
                let mut work = make();
                while let Some(ticket) = shared.take() {
                    // A defect in one picture must not leave everybody waiting: the thread goes on with new tools.
                    let made =
                        catch_unwind(AssertUnwindSafe(|| work(ticket.work))).unwrap_or_else(|_panic| {
                            work = make();
                            Err(Fault::new(
                                Code::Internal,
                                "This picture could not be made, by a defect of ours.",
                            ))
                        });
                    // Nobody may be waiting any more, which is no trouble.
                    let _gone = ticket.answer.send(made);
                }
            });
            let thread = thread.map_err(|error| {
                Fault::new(
                    Code::Internal,
                    "A thread that makes pictures could not be started.",
                )
                .because(&error)
            })?;
            bench.threads.push(thread);
        }
        Ok(bench)
    }

    /// Has `work` done and waits for it. What the same `client` still has waiting is given up; a client without a name is
    /// never given up.
    pub(crate) fn ask(&self, client: &str, work: W) -> Made {
        let (answer, made) = sync_channel(1);
        {
            let mut queue = self.shared.lock();
            if !client.is_empty() {
                queue.waiting.retain(|ticket| {
                    let overtaken = ticket.client == client;
                    if overtaken {
                        let _gone = ticket.answer.send(Err(overtaken_fault()));
                    }
                    !overtaken
                });
            }
            if queue.waiting.len() >= WAITING_MAX {
                return Err(
                    Fault::new(Code::Conflict, "Too many pictures are being asked for at once.")
                        .hint("Ask again in a moment."),
                );
            }
            queue.waiting.push_back(Ticket {
                client: client.to_owned(),
                work,
                answer,
            });
        }
        self.shared.arrived.notify_one();
        made.recv().unwrap_or_else(|_closed| Err(overtaken_fault()))
    }
}

fn overtaken_fault() -> Fault {
    Fault::new(Code::Cancelled, "A newer picture was asked for.")
}

impl<W: Send + 'static> Drop for Bench<W> {
    fn drop(&mut self) {
        let waiting = {
            let mut queue = self.shared.lock();
            queue.closed = true;
            std::mem::take(&mut queue.waiting)
        };
        self.shared.arrived.notify_all();
        drop(waiting);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that makes pictures ended in a panic");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// One thread that says when it begins and waits to be let on.
    fn bench() -> (Bench<u8>, mpsc::Receiver<u8>, mpsc::SyncSender<()>) {
        let (began, begins) = mpsc::sync_channel(64);
        let (go, gate) = mpsc::sync_channel::<()>(128);
        let gate = Arc::new(Mutex::new(gate));
        let bench = Bench::new("test", 1, move || {
            let (began, gate) = (began.clone(), Arc::clone(&gate));
            move |work: u8| {
                began.send(work).unwrap();
                gate.lock().unwrap().recv().unwrap();
                Ok(vec![work])
            }
        });
        (bench.unwrap(), begins, go)
    }

    #[test]
    fn the_newest_of_a_client_wins_and_others_keep_their_place() {
        let (bench, begins, go) = bench();
        std::thread::scope(|scope| {
            let first = scope.spawn(|| bench.ask("page", 1));
            assert_eq!(begins.recv().unwrap(), 1, "begun, so it will be finished");
            let waits_for = |count: usize| {
                while bench.shared.lock().waiting.len() < count {
                    std::thread::yield_now();
                }
            };
            let other = scope.spawn(|| bench.ask("another page", 9));
            waits_for(1);
            let second = scope.spawn(|| bench.ask("page", 2));
            waits_for(2);
            let third = scope.spawn(|| bench.ask("page", 3));
            assert_eq!(second.join().unwrap().unwrap_err().code, Code::Cancelled);
            for _picture in 0..3 {
                go.send(()).unwrap();
            }
            assert_eq!(first.join().unwrap().unwrap(), [1]);
            assert_eq!(other.join().unwrap().unwrap(), [9]);
            assert_eq!(third.join().unwrap().unwrap(), [3]);
        });
    }

    #[test]
    fn a_defect_in_one_picture_does_not_stop_the_others() {
        let bench = Bench::new("test", 1, || {
            |work: u8| {
                if work == 0 {
                    panic!("on purpose")
                } else {
                    Ok(vec![work])
                }
            }
        });
        let bench = bench.unwrap();
        assert_eq!(bench.ask("", 0).unwrap_err().code, Code::Internal);
        assert_eq!(bench.ask("", 1).unwrap(), [1]);
    }

    #[test]
    fn the_queue_is_bounded() {
        let (bench, begins, go) = bench();
        std::thread::scope(|scope| {
            let bench = &bench;
            let mut asked = vec![scope.spawn(|| bench.ask("", 0))];
            begins.recv().unwrap();
            for work in 0..WAITING_MAX {
                asked.push(scope.spawn(move || bench.ask("", u8::try_from(work).unwrap())));
            }
            while bench.shared.lock().waiting.len() < WAITING_MAX {
                std::thread::yield_now();
            }
            assert_eq!(bench.ask("", 200).unwrap_err().code, Code::Conflict);
            for _picture in 0..=WAITING_MAX {
                go.send(()).unwrap();
            }
            assert!(asked.into_iter().all(|asked| asked.join().unwrap().is_ok()));
        });
    }
}
