//! The queue in which notifications wait: SQS, or whatever speaks as it does.

use std::{fmt, future::Future, pin::pin, str::FromStr, time::Duration};

use async_trait::async_trait;
use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::{
    Client,
    types::{ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry},
};

use crate::{LakeError, PlaceError, s3::check_address, s3::service_error};

/// Messages in one answer, at most: as many as the service gives.
const AT_ONCE: i32 = 10;
/// So long nobody else gets a message that was received here, unless it is held on to.
const HIDDEN: Duration = Duration::from_secs(60);
/// While work goes on, messages are to be held on to so often.
pub const HOLD_EVERY: Duration = Duration::from_secs(20);
/// Beyond the wait for messages, so long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A message of the queue that was received and not deleted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it is deleted with; another one each time it is received.
    pub receipt: String,
    /// What stands in it.
    pub body: String,
}

/// A queue of messages: each comes at least once, in any order, and comes again until it is deleted.
#[async_trait]
pub trait Queue: Send + Sync {
    /// The messages that wait, at most ten; waits for the first one so long (at most 20 s).
    ///
    /// # Errors
    /// Trouble with the service.
    async fn receive(&self, wait: Duration) -> Result<Vec<Held>, LakeError>;

    /// Keeps these messages from coming again for another while.
    ///
    /// # Errors
    /// Trouble with the service. A message that came again meanwhile is no error: it is at most read twice.
    async fn hold(&self, letters: &[Held]) -> Result<(), LakeError>;

    /// Takes these messages out of the queue: what they said is on disk.
    ///
    /// # Errors
    /// Trouble with the service; what was not deleted comes again.
    async fn delete(&self, letters: &[Held]) -> Result<(), LakeError>;
}

/// Does `work` and keeps these messages from coming again meanwhile, by holding on to them so often.
pub async fn hold_while<T>(
    queue: &dyn Queue,
    letters: &[Held],
    every: Duration,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done,
            // At most they are read twice.
            Err(_still_at_it) => {
                if let Err(error) = queue.hold(letters).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "holding messages");
                }
            }
        }
    }
}

/// Where a queue is: its address, and the region that requests to it are signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    url: String,
    region: Option<String>,
}

/// Why a place of a queue is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueuePlaceError {
    /// Neither an address nor an ARN.
    #[error(
        "a queue is written https://sqs.region.amazonaws.com/account/name or arn:aws:sqs:region:account:name, not {0:?}"
    )]
    Form(String),
    /// An address that credentials may not be sent to.
    #[error(transparent)]
    Address(#[from] PlaceError),
}

impl QueuePlace {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The region that its address names.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The server, without the queue.
    fn server(&self) -> &str {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url.get(host..).and_then(|rest| rest.find('/'));
        end.and_then(|end| self.url.get(..host + end))
            .unwrap_or(&self.url)
    }
}

impl fmt::Display for QueuePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl FromStr for QueuePlace {
    type Err = QueuePlaceError;

    fn from_str(text: &str) -> Result<Self, QueuePlaceError> {
        let bad = || QueuePlaceError::Form(text.to_owned());
        if text.starts_with("arn:") {
            return of_arn(text).ok_or_else(bad);
        }
        if !text.contains("://") {
            return Err(bad());
        }
        check_address(text)?;
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let (host, path) = rest.split_once('/').ok_or_else(bad)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if path.is_empty() || path.ends_with('/') || !path.chars().all(plain) {
            return Err(bad());
        }
        Ok(Self {
            url: text.to_owned(),
            region: region_of(host),
        })
    }
}

fn of_arn(text: &str) -> Option<QueuePlace> {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "sqs", region, account, name] = parts.as_slice() else {
        return None;
    };
    let named = |text: &str, more: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let good = named(region, "-") && account.chars().all(|c| c.is_ascii_digit()) && !account.is_empty();
    let ending = match *partition {
        "aws" | "aws-us-gov" => "amazonaws.com",
        "aws-cn" => "amazonaws.com.cn",
        _ => return None,
    };
    (good && named(name, "-_.")).then(|| QueuePlace {
        url: format!("https://sqs.{region}.{ending}/{account}/{name}"),
        region: Some((*region).to_owned()),
    })
}

/// The region in a host of AWS's: `sqs.eu-west-1.amazonaws.com`, `eu-west-1.queue.amazonaws.com`, an endpoint of a network of
/// one's own (`vpce-1.sqs.eu-west-1.vpce.amazonaws.com`).
fn region_of(host: &str) -> Option<String> {
    let aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    let named = aws.iter().find_map(|ending| host.strip_suffix(ending))?;
    let parts: Vec<&str> = named.split('.').collect();
    let is_region =
        |part: &&&str| part.bytes().filter(|byte| *byte == b'-').count() >= 2 && !part.starts_with("vpce-");
    parts.iter().find(is_region).map(|part| (*part).to_owned())
}

/// A queue of SQS.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// Makes ready to ask for the queue at `place`, signing as `config` does. Nothing is sent yet.
    pub(crate) fn new(config: &SdkConfig, place: &QueuePlace) -> Self {
        let mut sqs = aws_sdk_sqs::config::Builder::from(config)
            // Only the place says where requests go: an address in the environment or a profile was not checked.
            .endpoint_url(place.server())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(PATIENCE)
                    .operation_attempt_timeout(Duration::from_secs(20) + PATIENCE)
                    .build(),
            );
        if let Some(region) = place.region() {
            sqs = sqs.region(Region::new(region.to_owned()));
        }
        Self {
            client: Client::from_conf(sqs.build()),
            url: place.url.clone(),
        }
    }
}

fn secs(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

#[async_trait]
impl Queue for SqsQueue {
    async fn receive(&self, wait: Duration) -> Result<Vec<Held>, LakeError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(AT_ONCE)
            .wait_time_seconds(secs(wait).clamp(0, 20))
            .visibility_timeout(secs(HIDDEN))
            .send()
            .await
            .map_err(|error| service_error("read the queue of events", error))?;
        let letters = answer.messages.unwrap_or_default().into_iter();
        Ok(letters
            .filter_map(|message| {
                Some(Held {
                    receipt: message.receipt_handle?,
                    body: message.body.unwrap_or_default(),
                })
            })
            .collect())
    }

    async fn hold(&self, letters: &[Held]) -> Result<(), LakeError> {
        for some in letters.chunks(10) {
            let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (number, letter) in some.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&letter.receipt)
                    .visibility_timeout(secs(HIDDEN))
                    .build();
                request =
                    request.entries(entry.map_err(|error| not_made("hold messages of the queue", error))?);
            }
            // What is not held comes again, and is read twice.
            request
                .send()
                .await
                .map_err(|error| service_error("hold messages of the queue", error))?;
        }
        Ok(())
    }

    async fn delete(&self, letters: &[Held]) -> Result<(), LakeError> {
        for some in letters.chunks(10) {
            let mut request = self.client.delete_message_batch().queue_url(&self.url);
            for (number, letter) in some.iter().enumerate() {
                let entry = DeleteMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&letter.receipt)
                    .build();
                request =
                    request.entries(entry.map_err(|error| not_made("delete messages of the queue", error))?);
            }
            let answer = request
                .send()
                .await
                .map_err(|error| service_error("delete messages of the queue", error))?;
            for failed in answer.failed() {
                tracing::debug!(code = failed.code(), "a message of the queue stays");
            }
        }
        Ok(())
    }
}

fn not_made(action: &'static str, error: aws_smithy_types::error::operation::BuildError) -> LakeError {
    LakeError::Service {
        action,
        code: "the request could not be made".to_owned(),
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::MemoryQueue;

    fn of(text: &str) -> Result<QueuePlace, QueuePlaceError> {
        text.parse()
    }

    #[test]
    fn places_of_queues_are_addresses_or_arns() {
        for (text, url, server, region) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/111122223333/foreign",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/foreign",
                "https://sqs.eu-west-1.amazonaws.com",
                Some("eu-west-1"),
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:foreign",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/foreign",
                "https://sqs.eu-west-1.amazonaws.com",
                Some("eu-west-1"),
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:111122223333:foreign.fifo",
                "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/foreign.fifo",
                "https://sqs.cn-north-1.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "https://vpce-1a-2b.sqs.us-east-1.vpce.amazonaws.com/111122223333/foreign",
                "https://vpce-1a-2b.sqs.us-east-1.vpce.amazonaws.com/111122223333/foreign",
                "https://vpce-1a-2b.sqs.us-east-1.vpce.amazonaws.com",
                Some("us-east-1"),
            ),
            (
                "http://127.0.0.1:5000/123456789012/foreign",
                "http://127.0.0.1:5000/123456789012/foreign",
                "http://127.0.0.1:5000",
                None,
            ),
        ] {
            let place = of(text).unwrap();
            assert_eq!(
                (place.url(), place.server(), place.region()),
                (url, server, region)
            );
        }
    }

    #[test]
    fn what_is_no_place_of_a_queue_is_refused() {
        for text in [
            "",
            "foreign",
            "arn:aws:s3:::media",
            "arn:aws:sqs:eu-west-1:111122223333",
            "arn:aws:sqs::111122223333:foreign",
            "arn:other:sqs:eu-west-1:111122223333:foreign",
            "arn:aws:sqs:eu-west-1:me@example.org/:foreign",
            "https://sqs.eu-west-1.amazonaws.com",
            "https://sqs.eu-west-1.amazonaws.com/",
            "https://sqs.eu-west-1.amazonaws.com/1/a?b=c",
        ] {
            assert!(matches!(of(text), Err(QueuePlaceError::Form(_))), "{text}");
        }
        // Credentials do not go over the air to others.
        for text in [
            "http://10.0.0.5:9324/1/foreign",
            "http://sqs.eu-west-1.amazonaws.com/1/foreign",
        ] {
            assert!(
                matches!(of(text), Err(QueuePlaceError::Address(PlaceError::Unsafe(_)))),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn messages_are_held_as_long_as_the_work_takes() {
        let queue = MemoryQueue::new(Duration::from_secs(3600));
        queue.put("one");
        let letters = queue.receive(Duration::ZERO).await.unwrap();
        let work = async {
            while queue.holds() < 3 {
                tokio::task::yield_now().await;
            }
            queue.receive(Duration::ZERO).await.unwrap()
        };
        let others = hold_while(&queue, &letters, Duration::from_millis(1), work).await;
        assert_eq!(others, [], "nobody else got it meanwhile");
        queue.show_again();
        let again = queue.receive(Duration::ZERO).await.unwrap();
        assert_eq!(again.len(), 1, "what is not deleted comes again");
        queue.delete(&letters).await.unwrap();
        assert_eq!(queue.len(), 1, "with the receipt it was given last");
        queue.delete(&again).await.unwrap();
        assert!(queue.is_empty());
        assert_eq!(queue.receive(Duration::from_millis(1)).await.unwrap(), []);
    }
}
