//! Opening what may not answer, such as a film on a share: on threads of their own, so that nothing waits for them. Of several that
//! are asked for the newest is shown.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use media::Patience;

/// Openings at once. More are under way only when as many files do not answer, and each keeps two threads until it does. Where the next
/// one lies is not asked: it may well answer, and is refused all the same, so that a share that is gone costs no more than this.
const AT_ONCE: usize = 4;
/// What takes longer to open is worth a word.
const LONG: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(crate) struct State {
    newest: u64,
    running: usize,
}

impl State {
    /// Says that nothing that is being opened is wanted any more.
    pub(crate) fn forget(&mut self) {
        self.newest += 1;
    }
}

/// Why nothing is being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotBegun {
    /// As many as may be opened at once do not answer.
    OthersHang,
    /// The system gave no thread.
    NoThread,
}

/// Where the openings meet.
#[derive(Default)]
pub(crate) struct Opener {
    state: Mutex<State>,
}

/// Counts an opening as long as it runs, however it ends.
struct Running(Arc<Opener>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.hold().running -= 1;
    }
}

impl Opener {
    /// Keeps what is shown from being exchanged for something that was opened, for as long as the answer is held.
    pub(crate) fn hold(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain numbers here that are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that nothing that is being opened is wanted any more.
    pub(crate) fn forget(&self) {
        self.hold().forget();
    }

    /// Opens on a thread of its own, and shows what came of it unless something newer is wanted by then; `slow` is called when that
    /// takes long.
    ///
    /// # Errors
    /// When there is no thread for it, or too many others do not answer.
    pub(crate) fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        open: impl FnOnce() -> T + Send + 'static,
        slow: impl FnOnce() + Send + 'static,
        show: impl FnOnce(T) + Send + 'static,
    ) -> Result<(), NotBegun> {
        self.begin_patiently(|_patience| open(), slow, show)
    }

    /// The same for what may be on its way: it is waited for as long as nothing newer is wanted.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(crate) fn begin_patiently<T: Send + 'static>(
        self: &Arc<Self>,
        open: impl FnOnce(Patience) -> T + Send + 'static,
        slow: impl FnOnce() + Send + 'static,
        show: impl FnOnce(T) + Send + 'static,
    ) -> Result<(), NotBegun> {
        let mut state = self.hold();
        state.newest += 1;
        let own = state.newest;
        if state.running >= AT_ONCE {
            tracing::warn!("originals do not answer: another is not opened");
            return Err(NotBegun::OthersHang);
        }
        state.running += 1;
        drop(state);
        let running = Running(Arc::clone(self));
        let (opened, comes) = sync_channel(1);
        let wait = move || {
            let first = match comes.recv_timeout(LONG) {
                Err(RecvTimeoutError::Timeout) => {
                    running.0.while_newest(own, slow);
                    comes.recv().ok()
                }
                came => came.ok(),
            };
            // Nothing comes when opening panicked, which says so itself.
            if let Some(opened) = first {
                running.0.while_newest(own, || show(opened));
            }
        };
        // Both end by themselves, or with the program: what does not answer cannot be waited for.
        let opener = Arc::clone(self);
        let patience = Patience::while_it(move || opener.hold().newest == own);
        start("desk-open", move || opened.send(open(patience)).is_ok())?;
        start("desk-opened", wait)
    }

    /// Does it if what was begun with this number is still wanted.
    fn while_newest(&self, own: u64, act: impl FnOnce()) {
        let state = self.hold();
        if state.newest == own {
            act();
        }
        drop(state);
    }
}

fn start<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<(), NotBegun> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .inspect_err(|error| tracing::warn!(%error, name, "no thread to open an original with"))
        .map(|_ends_by_itself| ())
        .map_err(|_said| NotBegun::NoThread)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs::OpenOptions, path::Path, sync::mpsc};

    use super::*;

    /// Only a test that hangs waits so long.
    const LIMIT: Duration = Duration::from_secs(60);

    /// A file that keeps whoever opens it waiting until somebody writes to it.
    fn pipe(at: &Path) {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, at, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
    }

    #[test]
    fn a_film_that_does_not_answer_keeps_no_other_from_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let hangs = folder.path().join("hangs.mp4");
        pipe(&hangs);
        let opener = Arc::new(Opener::default());
        let (shown, shows) = mpsc::sync_channel(2 * AT_ONCE);
        let (begun, begins) = mpsc::sync_channel(2 * AT_ONCE);
        let (slow, slows) = mpsc::sync_channel(2 * AT_ONCE);
        for _ in 0..AT_ONCE {
            let (hangs, shown, begun) = (hangs.clone(), shown.clone(), begun.clone());
            let said = slow.clone();
            let open = move || {
                begun.send(()).unwrap();
                std::fs::read(&hangs).is_ok()
            };
            let slow = move || said.send(()).unwrap();
            let show = move |opened| shown.send(("hangs", opened)).unwrap();
            assert_eq!(opener.begin(open, slow, show), Ok(()));
        }
        for _ in 0..AT_ONCE {
            begins.recv_timeout(LIMIT).unwrap();
        }
        slows
            .recv_timeout(LIMIT)
            .expect("the last one says that it waits");
        let late = shown.clone();
        assert_eq!(
            opener.begin(|| (), || (), move |()| late.send(("one too many", true)).unwrap()),
            Err(NotBegun::OthersHang),
            "it is not tried again and again, and the reason is told"
        );
        assert!(shows.try_recv().is_err(), "nothing is shown, and nobody waited");
        // The share answers: a writer comes and goes, when nobody wants what was read any more.
        opener.forget();
        while opener.hold().running > 0 {
            drop(OpenOptions::new().read(true).write(true).open(&hangs).unwrap());
            thread::yield_now();
        }
        assert!(
            shows.try_recv().is_err(),
            "what nobody wants any more is not shown"
        );
        let show = move |opened| shown.send(("answers", opened)).unwrap();
        assert_eq!(opener.begin(|| true, || (), show), Ok(()));
        assert_eq!(shows.recv_timeout(LIMIT).unwrap(), ("answers", true));
    }

    #[test]
    fn the_newest_is_shown_and_an_older_one_that_comes_later_is_not() {
        let opener = Arc::new(Opener::default());
        let (answer, answers) = mpsc::sync_channel::<()>(1);
        let (shown, shows) = mpsc::sync_channel(2 * AT_ONCE);
        let older = shown.clone();
        let open = move || answers.recv().unwrap();
        let begun = [
            opener.begin(open, || (), move |()| older.send("older").unwrap()),
            opener.begin(|| (), || (), move |()| shown.send("newer").unwrap()),
        ];
        assert_eq!(begun, [Ok(()), Ok(())]);
        assert_eq!(shows.recv_timeout(LIMIT).unwrap(), "newer");
        answer.send(()).unwrap();
        assert_eq!(
            shows.recv_timeout(LIMIT),
            Err(mpsc::RecvTimeoutError::Disconnected),
            "its sender goes without a word"
        );
    }
}
