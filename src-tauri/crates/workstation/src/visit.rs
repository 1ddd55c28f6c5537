//! The way to a lake that is not open yet: who one is there, asked of the person step by step, and what one may do. A visit belongs
//! to whoever shows it; what comes of it is an [`Entrance`] that the lake is opened with. Secrets go from the person's answer into the
//! sign-in, and stay nowhere on the way.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use fault::{Code, Fault};
use lake::{Errand, Look, Principal, Prompter, Question, Right, S3Place, SignIn, SignInError};
use tokio::sync::{oneshot, watch};
use vault::SecretString;

use crate::changes::{Hub, Subject};
use crate::entrance::{self, Entrance};
use crate::faults;
use crate::home::now_millis;
use crate::workstation::Workstation;
use crate::{LakePlace, place};

/// How long it is looked whether one is signed in already, before the person is asked.
const QUIETLY: Duration = Duration::from_secs(20);

/// How far a visit has come.
#[derive(Clone, Debug)]
pub enum VisitStep {
    /// Somebody is being asked who is not the person at the desk.
    Working,
    /// The person has to do something elsewhere, until then: milliseconds since 1970.
    Errand(Errand, u64),
    /// The person is asked.
    Asked(VisitQuestion),
    /// Signed in.
    Done(Principal),
    /// Not signed in, and why.
    Failed(Fault),
}

/// What the person at the desk is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitQuestion {
    /// For the passphrase of the file of secrets; a new one when there is no file yet.
    Passphrase {
        /// Whether it is to be made up.
        new: bool,
    },
    /// For what the sign-in needs.
    SignIn(Question),
}

/// A sign-in to a lake in a bucket, under way or done. Dropping it gives it up.
pub struct Visit {
    work: Arc<Work>,
    place: S3Place,
    thread: Option<JoinHandle<()>>,
}

/// What the visit's thread and its owner share.
struct Work {
    hub: Arc<Hub>,
    home: PathBuf,
    state: Mutex<State>,
    given_up: watch::Sender<bool>,
}

struct State {
    step: VisitStep,
    /// Where the answer to a question goes.
    answer: Option<oneshot::Sender<SecretString>>,
    entrance: Option<Arc<Entrance>>,
}

impl Visit {
    /// Begins to sign in to the lake at `place` as `choice` says. Who is signed in that way already is not asked again, unless
    /// everything shall be done `anew`.
    ///
    /// # Errors
    /// When the system gives no thread. What is wrong with the choice is a step of the visit.
    pub fn begin(
        workstation: &Workstation,
        place: S3Place,
        choice: SignIn,
        anew: bool,
    ) -> Result<Self, Fault> {
        let work = Arc::new(Work {
            hub: Arc::clone(&workstation.hub),
            home: workstation.home().to_owned(),
            state: Mutex::new(State {
                step: VisitStep::Working,
                answer: None,
                entrance: None,
            }),
            given_up: watch::Sender::new(false),
        });
        let (own, at) = (Arc::clone(&work), place.clone());
        let body = move || {
            let ended = own.sign_in(&at, choice, anew);
            own.step(match ended {
                Ok(who) => VisitStep::Done(who),
                Err(fault) => VisitStep::Failed(fault),
            });
        };
        let thread = std::thread::Builder::new()
            .name("lake-visit".to_owned())
            .spawn(body)
            .map_err(|error| {
                faults::from_io(&error, Code::Internal, "Cannot start the thread of a sign-in.")
            })?;
        Ok(Self {
            work,
            place,
            thread: Some(thread),
        })
    }

    /// Which lake it leads to.
    pub const fn place(&self) -> &S3Place {
        &self.place
    }

    /// How far it has come.
    pub fn step(&self) -> VisitStep {
        self.work.lock().step.clone()
    }

    /// Answers the question that is asked now.
    ///
    /// # Errors
    /// [`Code::Conflict`] when nothing is asked.
    pub fn answer(&self, answer: SecretString) -> Result<(), Fault> {
        let gone = || {
            Fault::new(
                Code::Conflict,
                "Nothing is asked any more. Begin the sign-in again.",
            )
        };
        let asked = {
            let mut state = self.work.lock();
            let asked = state.answer.take().ok_or_else(gone)?;
            state.step = VisitStep::Working;
            asked
        };
        self.work.hub.tell([Subject::SignIn]);
        asked.send(answer).map_err(|_unread| gone())
    }

    /// Does without what is asked now: without a passphrase secrets are kept until the program ends; without anything else the
    /// sign-in is declined.
    pub fn decline(&self) {
        self.work.lock().answer = None;
    }

    /// Gives it up. What one was signed in as before stays in force.
    pub fn give_up(&self) {
        self.work.given_up.send_replace(true);
        self.decline();
    }

    /// The way into the lake, once one is signed in.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] before that.
    pub fn entrance(&self) -> Result<Arc<Entrance>, Fault> {
        let state = self.work.lock();
        let done = matches!(state.step, VisitStep::Done(_)).then(|| state.entrance.clone());
        done.flatten()
            .ok_or_else(|| Fault::new(Code::NotAllowed, "Nobody has signed in to this lake yet."))
    }

    /// What one may do in the lake, and what it looks like; tried without leaving anything behind.
    ///
    /// # Errors
    /// When nothing can be found out.
    pub fn outlook(&self) -> Result<(Vec<Right>, Look), Fault> {
        let entrance = self.entrance()?;
        let look = entrance.look(self.place.clone())?;
        Ok((entrance.rights(self.place.clone())?, look))
    }

    /// Remembers how one signed in, for the next time.
    ///
    /// # Errors
    /// A file of choices that cannot be written.
    pub fn remember(&self) -> Result<(), Fault> {
        let choice = self.entrance()?.badge().choice().clone();
        entrance::choose(&self.work.home, Some(&self.place.to_string()), choice)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.give_up();
        // It ends by itself: a keychain's own dialog may keep it for as long as it is open.
        drop(self.thread.take());
    }
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, step: VisitStep) {
        let mut state = self.lock();
        state.step = step;
        state.answer = None;
        drop(state);
        self.hub.tell([Subject::SignIn]);
    }

    /// Asks the person at the desk; whoever waits for the answer hears of it, or that there is none.
    fn ask(&self, question: VisitQuestion) -> oneshot::Receiver<SecretString> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.lock();
        if !*self.given_up.borrow() {
            state.step = VisitStep::Asked(question);
            state.answer = Some(answer);
        }
        drop(state);
        self.hub.tell([Subject::SignIn]);
        answered
    }

    fn sign_in(&self, place: &S3Place, choice: SignIn, anew: bool) -> Result<Principal, Fault> {
        let keeps_secrets = choice.asks_a_person();
        let mut passphrase = |new| {
            let answered = self.ask(VisitQuestion::Passphrase { new });
            answered.blocking_recv().ok()
        };
        let entrance = Arc::new(Entrance::towards(
            &self.home,
            choice,
            place,
            keeps_secrets.then_some(&mut passphrase),
        )?);
        self.lock().entrance = Some(Arc::clone(&entrance));
        if *self.given_up.borrow() {
            return Err(given_up());
        }
        self.step(VisitStep::Working);
        if !anew && let Ok(who) = entrance.who_soon(place, QUIETLY) {
            return Ok(who);
        }
        let mut stop = self.given_up.subscribe();
        let until = async move {
            let _owner_gone = stop.wait_for(|given_up| *given_up).await;
        };
        let signed = entrance.sign_in_unless(&Asking(self), Some(place), until)?;
        signed.ok_or_else(given_up)
    }
}

fn given_up() -> Fault {
    Fault::new(Code::Cancelled, "The sign-in was given up.").hint("Nothing was changed.")
}

/// The person at the desk, for a sign-in.
struct Asking<'a>(&'a Work);

#[async_trait]
impl Prompter for Asking<'_> {
    async fn send(&self, errand: Errand) -> Result<(), SignInError> {
        let (Errand::Code { holds, .. } | Errand::Page { holds, .. }) = &errand;
        let until = now_millis().saturating_add(u64::try_from(holds.as_millis()).unwrap_or(u64::MAX));
        self.0.step(VisitStep::Errand(errand, until));
        Ok(())
    }

    async fn ask(&self, question: Question) -> Result<SecretString, SignInError> {
        let answered = self.0.ask(VisitQuestion::SignIn(question));
        answered.await.map_err(|_no_answer| SignInError::Declined)
    }
}

/// What a folder looks like, without making anything in it.
///
/// # Errors
/// A folder that cannot be read, and a file in its place.
pub fn look_at_folder(dir: &Path) -> Result<Option<Look>, Fault> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let what = format!("Cannot look into {}", place::shown(dir));
            return Err(faults::from_io(&error, Code::Lake, what)
                .hint("Choose a folder that you may read and write."));
        }
    };
    let names: Vec<String> = entries
        .flatten()
        .map(|entry| place::shown(Path::new(&entry.file_name())))
        .filter(|name| !name.starts_with('.'))
        .collect();
    let has = |folder: &str| dir.join(folder).is_dir();
    Ok(Some(if names.is_empty() {
        Look::Empty
    } else if ["heads", "ledger", "proxy", "thumbnails", "raw"]
        .iter()
        .any(|name| has(name))
    {
        let people = std::fs::read_dir(dir.join("heads").join("v1"));
        Look::Lake {
            people: people.map_or(0, Iterator::count),
            and_more: false,
        }
    } else {
        let example = names.into_iter().next().unwrap_or_default();
        Look::Other { example }
    }))
}

impl LakePlace {
    /// The folder, for a lake in one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(dir) => Some(dir),
            Self::Bucket(_) | Self::Given(_) => None,
        }
    }
}
