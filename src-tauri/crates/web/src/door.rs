//! Who may come in: a token that opens once, and the sessions it opened.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use fault::{Code, Fault};

/// Browsers that may be signed in at once; the one that came first goes first.
const SESSIONS_MAX: usize = 16;
/// Random bytes in a token or a session.
const SECRET_BYTES: usize = 32;

/// The door of one server. It keeps hashes only, and comparing those takes the same time whatever is in them.
pub(crate) struct Door {
    state: Mutex<State>,
}

struct State {
    token: Option<blake3::Hash>,
    sessions: VecDeque<blake3::Hash>,
}

impl Door {
    /// A shut door.
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                token: None,
                sessions: VecDeque::new(),
            }),
        }
    }

    /// A new token that opens the door once. An older one that nobody used is void.
    pub(crate) fn mint(&self) -> Result<String, Fault> {
        let token = secret()?;
        self.lock().token = Some(blake3::hash(token.as_bytes()));
        Ok(token)
    }

    /// Spends a token: the right one opens a session and is void from then on.
    pub(crate) fn enter(&self, token: &str) -> Result<Option<String>, Fault> {
        let session = secret()?;
        let mut state = self.lock();
        if state
            .token
            .is_none_or(|right| right != blake3::hash(token.as_bytes()))
        {
            return Ok(None);
        }
        state.token = None;
        state.sessions.push_back(blake3::hash(session.as_bytes()));
        if state.sessions.len() > SESSIONS_MAX {
            state.sessions.pop_front();
        }
        Ok(Some(session))
    }

    /// Whether a session is one of ours.
    pub(crate) fn knows(&self, session: &str) -> bool {
        let hash = blake3::hash(session.as_bytes());
        // No early end: every session is looked at.
        self.lock()
            .sessions
            .iter()
            .fold(false, |known, session| known | (*session == hash))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Random bytes of the operating system in hexadecimal.
pub(crate) fn secret() -> Result<String, Fault> {
    let mut bytes = [0u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Fault::new(
            Code::Internal,
            "The system gave no random numbers, so nobody can be let in.",
        )
        .because(&error)
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once() {
        let door = Door::new();
        assert_eq!(door.enter("").unwrap(), None, "a door without a token stays shut");
        let token = door.mint().unwrap();
        assert_eq!(door.enter("wrong").unwrap(), None);
        let session = door.enter(&token).unwrap().unwrap();
        assert!(door.knows(&session));
        assert!(!door.knows(&token) && !door.knows(""));
        assert_eq!(door.enter(&token).unwrap(), None, "spent");
    }

    #[test]
    fn a_new_token_voids_the_one_before_and_old_sessions_go() {
        let door = Door::new();
        let old = door.mint().unwrap();
        let mut sessions = Vec::new();
        for _browser in 0..=SESSIONS_MAX {
            let token = door.mint().unwrap();
            sessions.push(door.enter(&token).unwrap().unwrap());
        }
        assert_eq!(door.enter(&old).unwrap(), None);
        assert!(!door.knows(&sessions[0]));
        assert!(sessions[1..].iter().all(|session| door.knows(session)));
    }
}
