//! Whether the lake elsewhere can be reached, and since when not. Offline is a normal state: who asks while it is known does
//! not wait for a line that is down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fault::Fault;
use lake::LakeError;
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::home::now_millis;

/// The first pause before the lake is tried again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// How the lake stands to this workstation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It lies on this machine.
    Here,
    /// Nobody has asked it yet.
    #[default]
    Unknown,
    /// It answered last time.
    Reached,
    /// It does not answer.
    Offline,
    /// It answers, and wants somebody to sign in.
    SignedOut,
    /// It answers, and does not let this person in, or is not there.
    Refused,
}

/// What is known of the way to the lake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub standing: Standing,
    /// When the standing became what it is, milliseconds since 1970.
    pub since_millis: u64,
    /// When it answered last, milliseconds since 1970.
    pub reached_millis: Option<u64>,
    /// Why it is not reached.
    pub fault: Option<Fault>,
}

impl Known {
    /// Whether it is known not to be reached.
    pub fn is_away(&self) -> bool {
        matches!(
            self.standing,
            Standing::Offline | Standing::SignedOut | Standing::Refused
        )
    }
}

#[derive(Default)]
struct State {
    known: Known,
    tries: u32,
    ask_again: Option<Instant>,
    told: Known,
    #[cfg(test)]
    always: bool,
}

/// Whether the lake can be reached.
#[derive(Default)]
pub(crate) struct Reach {
    state: Mutex<State>,
}

impl Reach {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known.
    pub fn known(&self) -> Known {
        self.lock().known.clone()
    }

    /// Whether it is worth asking now: always, but for a while after it did not answer.
    pub fn may_ask(&self) -> bool {
        let state = self.lock();
        #[cfg(test)]
        if state.always {
            return true;
        }
        state.ask_again.is_none_or(|instant| instant <= Instant::now())
    }

    /// Leaves no pauses between tries.
    #[cfg(test)]
    pub fn always_ask(&self) {
        self.lock().always = true;
    }

    /// Has the lake asked at once, whatever was known of it: the network came back, somebody signed in.
    pub fn try_now(&self) {
        let mut state = self.lock();
        state.ask_again = None;
        state.tries = 0;
    }

    /// Takes note of how a question ended: well, or with an error.
    pub fn note(&self, error: Option<&LakeError>) {
        let standing = match error {
            // Nobody was asked.
            Some(LakeError::Offline(cause)) if cause.is::<KnownAway>() => return,
            // This machine's own trouble says nothing of the lake.
            Some(
                LakeError::Stopped
                | LakeError::Full(_)
                | LakeError::Denied { .. }
                | LakeError::Io { .. }
                | LakeError::Key(_)
                | LakeError::Place(_),
            ) => return,
            Some(LakeError::Offline(_)) => Standing::Offline,
            Some(LakeError::SignIn(_)) => Standing::SignedOut,
            Some(
                LakeError::NoBucket { .. }
                | LakeError::Region { .. }
                | LakeError::Forbidden { key: None, .. },
            ) => Standing::Refused,
            Some(_) | None => Standing::Reached,
        };
        let now = now_millis();
        let mut state = self.lock();
        if standing == Standing::Reached {
            state.known.reached_millis = Some(now);
            state.known.fault = None;
            state.tries = 0;
            state.ask_again = None;
        } else {
            state.known.fault = error.map(faults::from_lake);
            let pause = PAUSES.0.saturating_mul(1 << state.tries.min(8)).min(PAUSES.1);
            state.tries = state.tries.saturating_add(1);
            state.ask_again = Some(Instant::now() + pause);
        }
        if state.known.standing != standing {
            state.known.standing = standing;
            state.known.since_millis = now;
        }
    }

    /// Whether the standing is another than when this was asked last.
    pub fn changed(&self) -> bool {
        let mut state = self.lock();
        let changed = state.known.standing != state.told.standing || state.known.fault != state.told.fault;
        state.told = state.known.clone();
        changed
    }
}

/// The answer to whoever asks while the lake is known to be away.
#[derive(Debug, thiserror::Error)]
#[error("it did not answer a moment ago")]
pub(crate) struct KnownAway;

#[cfg(test)]
mod tests {
    use lake::Key;

    use super::*;

    fn offline() -> LakeError {
        LakeError::Offline("no network".into())
    }

    #[test]
    fn a_lake_that_is_away_is_asked_again_after_a_while_and_comes_back_by_itself() {
        let reach = Reach::default();
        assert_eq!(reach.known().standing, Standing::Unknown);
        assert!(reach.may_ask());
        reach.note(Some(&offline()));
        assert!(!reach.may_ask());
        let known = reach.known();
        assert_eq!((known.standing, known.reached_millis), (Standing::Offline, None));
        assert!(known.since_millis > 0 && known.fault.is_some());
        assert!(reach.changed() && !reach.changed());
        reach.try_now();
        assert!(reach.may_ask());
        reach.note(None);
        let known = reach.known();
        assert_eq!((known.standing, known.fault), (Standing::Reached, None));
        assert!(reach.may_ask() && reach.changed());
    }

    #[test]
    fn an_answer_is_an_answer_whatever_it_says_of_one_object() {
        let reach = Reach::default();
        let key = Key::new("a").unwrap();
        reach.note(Some(&LakeError::NotFound(key.clone())));
        assert_eq!(reach.known().standing, Standing::Reached);
        let denied = |key| LakeError::Forbidden {
            action: "read",
            key,
            source: Box::new(KnownAway),
        };
        reach.note(Some(&denied(Some(key))));
        assert_eq!(reach.known().standing, Standing::Reached);
        reach.note(Some(&denied(None)));
        assert_eq!(reach.known().standing, Standing::Refused);
        reach.note(Some(&LakeError::SignIn(Box::new(KnownAway))));
        assert_eq!(reach.known().standing, Standing::SignedOut);
        // Who was turned away because of that has learnt nothing new.
        reach.note(Some(&LakeError::Offline(Box::new(KnownAway))));
        assert_eq!(reach.known().standing, Standing::SignedOut);
    }
}
