//! What stands in a message of the queue.
//!
//! S3 sends its records straight to a queue, or to a topic of SNS which wraps them (or passes them on raw); EventBridge sends an
//! event for each object, straight or through a topic. S3 also tries out a connection with a message of its own.

use serde::Deserialize;

use super::{Sequencer, from_notification};
use crate::ETag;

/// Letters in letters, at most: a topic's in a topic's is nobody's wish.
const DEEPEST: u32 = 3;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was written, or came back from an archive.
    Arrived,
    /// It was taken away, or hidden by a delete marker, or one of its versions was.
    Removed,
}

/// A notification of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What happened.
    pub kind: Kind,
    /// The bucket it lies in.
    pub bucket: String,
    /// Its name in the bucket, as it is.
    pub name: String,
    /// Its version, in a bucket that keeps them.
    pub version: Option<String>,
    /// All its bytes, of what arrived.
    pub size_bytes: Option<u64>,
    /// Its tag, of what arrived.
    pub etag: Option<ETag>,
    /// What came before and after, for one name.
    pub sequencer: Option<Sequencer>,
}

/// A message of the queue, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Notifications; none for what neither brings nor takes an object (labels, rights, storage classes).
    News {
        /// Those that were read.
        news: Vec<News>,
        /// Names that are no text, as they were written.
        unread: Vec<String>,
    },
    /// S3 tried the connection out.
    Trial {
        /// For this bucket.
        bucket: String,
    },
    /// A topic asks whether it may send here. Whoever keeps the topic confirms that.
    Subscription {
        /// The topic's ARN.
        topic: String,
    },
}

/// Why a message was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// JSON of another kind.
    #[error("it is no notification of S3's")]
    Other,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventSource", default)]
    source: String,
    #[serde(rename = "eventName")]
    name: String,
    s3: Of,
}

#[derive(Deserialize)]
struct Of {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

/// An object as S3 and as EventBridge spell it.
#[derive(Deserialize)]
struct Object {
    key: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(rename = "eTag", alias = "etag", default)]
    etag: Option<String>,
    #[serde(rename = "versionId", alias = "version-id", default)]
    version: Option<String>,
    #[serde(default)]
    sequencer: Option<String>,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
}

/// Whatever a message may be; which fields there are says what it is.
#[derive(Deserialize)]
struct Any {
    #[serde(rename = "Records")]
    records: Option<Vec<serde_json::Value>>,
    #[serde(rename = "Event")]
    event: Option<String>,
    #[serde(rename = "Bucket")]
    bucket: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "TopicArn")]
    topic: Option<String>,
    source: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    detail: Option<serde_json::Value>,
}

/// Reads a message of the queue.
///
/// # Errors
/// [`LetterError`] for what is none of S3's.
pub fn read(body: &str) -> Result<Letter, LetterError> {
    read_at(body, 1)
}

fn read_at(body: &str, depth: u32) -> Result<Letter, LetterError> {
    let value: serde_json::Value = serde_json::from_str(body).map_err(|_not_json| LetterError::NotJson)?;
    let any: Any = serde_json::from_value(value).map_err(|_another_shape| LetterError::Other)?;
    if let Some(records) = any.records {
        return of_records(records);
    }
    if any.event.as_deref() == Some("s3:TestEvent") {
        let bucket = any.bucket.ok_or(LetterError::Other)?;
        return Ok(Letter::Trial { bucket });
    }
    match (any.kind.as_deref(), any.message, any.topic) {
        (Some("Notification"), Some(message), _) if depth < DEEPEST => return read_at(&message, depth + 1),
        (Some("SubscriptionConfirmation"), _, Some(topic)) => return Ok(Letter::Subscription { topic }),
        _ => {}
    }
    match (any.source.as_deref(), any.detail_type, any.detail) {
        (Some("aws.s3"), Some(kind), Some(detail)) => of_bus(&kind, detail),
        _ => Err(LetterError::Other),
    }
}

/// S3's own records.
fn of_records(records: Vec<serde_json::Value>) -> Result<Letter, LetterError> {
    let (mut news, mut unread) = (Vec::new(), Vec::new());
    for record in records {
        let record: Record = serde_json::from_value(record).map_err(|_another_shape| LetterError::Other)?;
        if !record.source.is_empty() && record.source != "aws:s3" {
            return Err(LetterError::Other);
        }
        let Some(kind) = kind_of_record(&record.name) else {
            continue;
        };
        match from_notification(&record.s3.object.key) {
            Ok(name) => news.push(told(kind, record.s3.bucket, name, record.s3.object)),
            Err(_no_name) => unread.push(record.s3.object.key),
        }
    }
    Ok(Letter::News { news, unread })
}

/// An event of EventBridge's bus.
fn of_bus(kind: &str, detail: serde_json::Value) -> Result<Letter, LetterError> {
    let kind = match kind {
        "Object Created" | "Object Restore Completed" => Kind::Arrived,
        "Object Deleted" => Kind::Removed,
        _ => {
            return Ok(Letter::News {
                news: Vec::new(),
                unread: Vec::new(),
            });
        }
    };
    let detail: Detail = serde_json::from_value(detail).map_err(|_another_shape| LetterError::Other)?;
    let name = detail.object.key.clone();
    Ok(Letter::News {
        news: vec![told(kind, detail.bucket, name, detail.object)],
        unread: Vec::new(),
    })
}

/// What a record of this name means; none for what neither brings nor takes.
fn kind_of_record(name: &str) -> Option<Kind> {
    let name = name.strip_prefix("s3:").unwrap_or(name);
    match name.split_once(':')? {
        ("ObjectCreated", _) | ("ObjectRestore", "Completed") => Some(Kind::Arrived),
        ("ObjectRemoved" | "LifecycleExpiration", _) => Some(Kind::Removed),
        _ => None,
    }
}

fn told(kind: Kind, bucket: Bucket, name: String, object: Object) -> News {
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    News {
        kind,
        bucket: bucket.name,
        name,
        version: said(object.version).filter(|version| version != "null"),
        size_bytes: object.size,
        etag: said(object.etag).map(|etag| ETag::new(etag.trim_matches('"'))),
        sequencer: object.sequencer.as_deref().and_then(Sequencer::new),
    }
}

#[cfg(test)]
mod tests;
