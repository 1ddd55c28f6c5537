//! What the queue of notifications says. A message is given up when what it says is on disk, and never before; one that is none
//! of S3's, or speaks of another bucket, is left to whom it belongs.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fault::{Code, Fault};
use lake::events::{self, HOLD_EVERY, Held, Kind, Letter, News, QueuePlace};
use lake::{Key, Lake, LakeError, Whose, layout};

use super::{is_media, sight_of, unfit};
use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::workstation::Workstation;

/// How long one request waits for a message: as long as the service lets it.
const WAIT: Duration = Duration::from_secs(20);
/// How soon the queue is tried again when it did not answer as it should.
const AGAIN: Duration = Duration::from_secs(30);

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// What it says is on disk.
    Done,
    /// It is for somebody else.
    Left,
}

impl Workstation {
    /// Listens to the queue that the settings name, until they name another or this workstation closes.
    pub(super) fn hear_of_foreign(workstation: &Arc<Self>) {
        let settings = workstation.settings().lake;
        let due = workstation
            .foreign
            .lock()
            .hear_at
            .is_none_or(|at| at <= Instant::now());
        if !settings.take_in_foreign || settings.event_queue.is_empty() {
            workstation.foreign.set_trouble(None);
            return;
        }
        if !due {
            return;
        }
        let trouble = match workstation.listen(&settings.event_queue) {
            Err(fault) if fault.code != Code::Cancelled => Some(fault),
            _ => None,
        };
        if let Some(fault) = &trouble {
            let mut state = workstation.foreign.lock();
            state.hear_at = Some(Instant::now() + AGAIN);
            // What is not told has to be looked for.
            if state.trouble.is_none() {
                state.list_at = None;
            }
            drop(state);
            tracing::debug!("the queue of the lake's events: {fault}");
        }
        if workstation.foreign.set_trouble(trouble) {
            workstation.hub.tell([Subject::Lake]);
        }
    }

    fn listen(&self, text: &str) -> Result<(), Fault> {
        let place: QueuePlace = text
            .parse()
            .map_err(|error| faults::told(Code::Settings, &error))?;
        let queue = self
            .lake
            .shared()
            .and_then(|shared| shared.queue(&place))
            .or_fault()?;
        let mut closing = self.until_closing();
        loop {
            self.hear_once(&*queue, WAIT, &mut || {
                let settings = self.settings().lake;
                if settings.take_in_foreign && settings.event_queue == text {
                    closing()
                } else {
                    ControlFlow::Break(())
                }
            })?;
            if self.foreign.set_trouble(None) {
                self.hub.tell([Subject::Lake]);
            }
        }
    }

    /// Waits for messages once, and heeds them.
    pub(super) fn hear_once(
        &self,
        queue: &dyn events::Queue,
        wait: Duration,
        go_on: &mut crate::lakeside::GoOn<'_>,
    ) -> Result<(), Fault> {
        let letters = self.lake.wait_while(queue.receive(wait), go_on)?.or_fault()?;
        if letters.is_empty() {
            return Ok(());
        }
        let heeding = events::hold_while(queue, &letters, HOLD_EVERY, self.heed(&letters));
        let (done, ended) = self.lake.wait_while(heeding, go_on)?;
        if !done.is_empty() {
            self.lake.wait_while(queue.delete(&done), go_on)?.or_fault()?;
            self.hub.tell([Subject::Lake]);
            self.bell.ring();
        }
        ended
    }

    /// Heeds messages one after the other. Answers those that may be deleted, and what kept the rest from it.
    async fn heed(&self, letters: &[Held]) -> (Vec<Held>, Result<(), Fault>) {
        let mut done = Vec::new();
        for letter in letters {
            match self.heed_one(&letter.body).await {
                Ok(Fate::Done) => done.push(letter.clone()),
                Ok(Fate::Left) => {}
                // What comes after it waits for the same lake or disk.
                Err(fault) => return (done, Err(fault)),
            }
        }
        (done, Ok(()))
    }

    async fn heed_one(&self, body: &str) -> Result<Fate, Fault> {
        match events::read(body) {
            Ok(Letter::News { news, unread }) => {
                for name in unread {
                    let sight = unfit(&name, &"it is no text");
                    self.journal.foreign_saw(&[sight], now_millis()).or_fault()?;
                }
                let mut fate = Fate::Done;
                for one in &news {
                    if self.heed_news(one).await? == Fate::Left {
                        fate = Fate::Left;
                    }
                }
                Ok(fate)
            }
            Ok(Letter::Trial { bucket }) => {
                let words = format!("S3 tried the connection out, for the bucket {bucket}.");
                self.note("event", &words)?;
                Ok(Fate::Done)
            }
            Ok(Letter::Subscription { topic }) => {
                let words = format!(
                    "The topic {topic} asks whether it may send here. Whoever keeps it confirms that; the message was left in the queue."
                );
                self.note("left", &words)?;
                Ok(Fate::Left)
            }
            Err(error) => {
                let words = format!("A message is none of S3's ({error}). It was left in the queue.");
                self.note("left", &words)?;
                Ok(Fate::Left)
            }
        }
    }

    async fn heed_news(&self, news: &News) -> Result<Fate, Fault> {
        let shared = self.lake.shared().or_fault()?;
        let key = match shared.whose(&news.bucket, &news.name) {
            Whose::Ours(key) => key,
            Whose::Beside => return Ok(Fate::Done),
            Whose::OtherBucket => {
                let words = format!(
                    "A message speaks of the bucket {}, which is not this lake's. It was left in the queue.",
                    news.bucket
                );
                self.note("left", &words)?;
                return Ok(Fate::Left);
            }
            Whose::NoKey(error) => {
                // The name of a folder, as consoles make them, is nothing to tell a person of.
                if news.kind == Kind::Arrived && !news.name.ends_with('/') {
                    let sight = unfit(&news.name, &error);
                    self.journal.foreign_saw(&[sight], now_millis()).or_fault()?;
                }
                return Ok(Fate::Done);
            }
        };
        // Its size is not known of one that went.
        if layout::root_of(&key).is_some() || !is_media(&key, news.size_bytes.unwrap_or(1)) {
            return Ok(Fate::Done);
        }
        if let Some(sequencer) = &news.sequencer
            && self
                .journal
                .foreign_is_old_news(key.as_str(), sequencer.as_str())
                .or_fault()?
        {
            return Ok(Fate::Done);
        }
        self.look_at_foreign(&shared, &key, news).await?;
        let verb = match news.kind {
            Kind::Arrived => "arrived",
            Kind::Removed => "was removed",
        };
        self.note("event", &format!("{key} {verb}"))?;
        Ok(Fate::Done)
    }

    /// Asks the lake for what a message speaks of: of messages that come in any order only the lake knows which is the last, and
    /// of an object with versions which of them stands.
    async fn look_at_foreign(&self, shared: &Arc<dyn Lake>, key: &Key, news: &News) -> Result<(), Fault> {
        let sequencer = news.sequencer.as_ref().map(|text| text.as_str().to_owned());
        let there = shared.head(key).await;
        self.lake.note(there.as_ref().err());
        match there {
            Ok(info) => {
                if let Some(sight) = sight_of(&info, sequencer) {
                    self.journal.foreign_saw(&[sight], now_millis()).or_fault()?;
                }
                Ok(())
            }
            Err(LakeError::NotFound(_)) => self
                .journal
                .foreign_gone(key.as_str(), sequencer.as_deref(), now_millis())
                .or_fault()
                .map(drop),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    fn note(&self, what: &str, words: &str) -> Result<(), Fault> {
        self.journal.foreign_note(what, words, now_millis()).or_fault()
    }
}
