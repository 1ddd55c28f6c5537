use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Notify, time::Instant};

use super::{Held, Queue};
use crate::LakeError;

/// A queue in memory that keeps a queue's promises and no more: for tests and simulations.
#[derive(Debug)]
pub struct MemoryQueue {
    hidden: Duration,
    state: Mutex<State>,
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    receipts: u64,
    holds: u64,
}

#[derive(Debug)]
struct Message {
    body: String,
    receipt: Option<String>,
    hidden_until: Option<Instant>,
}

impl MemoryQueue {
    /// An empty queue that shows a message again when it was received so long ago and neither held on to nor deleted.
    pub fn new(hidden: Duration) -> Self {
        Self {
            hidden,
            state: Mutex::default(),
            came: Notify::new(),
        }
    }

    /// Puts a message in.
    pub fn put(&self, body: impl Into<String>) {
        self.lock().messages.push_back(Message {
            body: body.into(),
            receipt: None,
            hidden_until: None,
        });
        self.came.notify_waiters();
    }

    /// How many messages are not deleted.
    pub fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// How often messages were held on to.
    pub fn holds(&self) -> u64 {
        self.lock().holds
    }

    /// Whether every message was deleted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shows every message again that was not deleted, as a service does that lost track of who has it.
    pub fn show_again(&self) {
        for message in &mut self.lock().messages {
            message.hidden_until = None;
        }
        self.came.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Held> {
        let mut state = self.lock();
        let State {
            messages, receipts, ..
        } = &mut *state;
        let now = Instant::now();
        let waiting = messages
            .iter_mut()
            .filter(|message| message.hidden_until.is_none_or(|until| until <= now));
        let mut taken = Vec::new();
        for message in waiting.take(10) {
            *receipts += 1;
            let receipt = receipts.to_string();
            message.receipt = Some(receipt.clone());
            message.hidden_until = Some(now + self.hidden);
            taken.push(Held {
                receipt,
                body: message.body.clone(),
            });
        }
        taken
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn receive(&self, wait: Duration) -> Result<Vec<Held>, LakeError> {
        let until = Instant::now() + wait;
        loop {
            let came = self.came.notified();
            let taken = self.take();
            if !taken.is_empty() || tokio::time::timeout_at(until, came).await.is_err() {
                return Ok(taken);
            }
        }
    }

    async fn hold(&self, letters: &[Held]) -> Result<(), LakeError> {
        let until = Instant::now() + self.hidden;
        let mut state = self.lock();
        state.holds += 1;
        for message in &mut state.messages {
            if letters
                .iter()
                .any(|letter| message.receipt.as_ref() == Some(&letter.receipt))
            {
                message.hidden_until = Some(until);
            }
        }
        Ok(())
    }

    async fn delete(&self, letters: &[Held]) -> Result<(), LakeError> {
        self.lock().messages.retain(|message| {
            !letters
                .iter()
                .any(|letter| message.receipt.as_ref() == Some(&letter.receipt))
        });
        Ok(())
    }
}
