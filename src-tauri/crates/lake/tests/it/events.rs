//! Notifications of a bucket, over all ways to a queue, in moto, which keeps buckets, topics, buses and queues.
#![expect(clippy::unwrap_used, reason = "what a test sets up may fail it")]

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, NotificationConfiguration, QueueConfiguration, TopicConfiguration,
};
use lake::{
    Key, Lake as _, LakeError, Put, S3Lake, S3Place, Whose,
    events::{self, Held, Kind, Letter, Queue},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::s3::{BUCKET, bare_client, keys, moto, place};

const ACCOUNT: &str = "123456789012";
const WAIT: Duration = Duration::from_secs(2);

/// A stand-in's services that have no client here, asked over a bare line.
struct Bare<'a> {
    url: &'a str,
}

impl Bare<'_> {
    async fn ask(&self, service: &str, header: &str, body: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut line = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{header}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=EDITOR/20261122/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=none\r\n\r\n{body}",
            body.len()
        );
        line.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{service}: {answer}");
        answer
    }

    /// SNS.
    async fn topics(&self, action: &str, more: &[(&str, &str)]) {
        let mut body = format!("Action={action}&Version=2010-03-31");
        for (name, value) in more {
            body.push_str(&format!(
                "&{name}={}",
                value.replace(':', "%3A").replace('/', "%2F")
            ));
        }
        let header = "Content-Type: application/x-www-form-urlencoded";
        self.ask("sns", header, &body).await;
    }

    /// EventBridge.
    async fn bus(&self, action: &str, body: &serde_json::Value) {
        let header = format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AWSEvents.{action}");
        self.ask("events", &header, &body.to_string()).await;
    }
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:us-east-1:{ACCOUNT}:{name}")
}

fn sqs_client(url: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(aws_sdk_sqs::config::BehaviorVersion::v2026_01_12())
        .region(aws_sdk_sqs::config::Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(aws_sdk_sqs::config::Credentials::new(
            "EDITOR", "a secret", None, None, "test",
        ))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

async fn make_queue(url: &str, name: &str) {
    sqs_client(url)
        .create_queue()
        .queue_name(name)
        .send()
        .await
        .unwrap();
}

/// Has what happens in the bucket sent over this way.
async fn connect(url: &str, way: &str) {
    let bare = Bare { url };
    make_queue(url, way).await;
    let events = [Event::S3ObjectCreated, Event::S3ObjectRemoved];
    let config = NotificationConfiguration::builder();
    let config = match way {
        "straight" => {
            let queue = QueueConfiguration::builder()
                .queue_arn(arn("sqs", way))
                .set_events(Some(events.to_vec()));
            config.queue_configurations(queue.build().unwrap())
        }
        "bus" => {
            let pattern = serde_json::json!({ "source": ["aws.s3"] }).to_string();
            bare.bus(
                "PutRule",
                &serde_json::json!({ "Name": "media", "EventPattern": pattern }),
            )
            .await;
            let targets = serde_json::json!([{ "Id": "1", "Arn": arn("sqs", way) }]);
            bare.bus(
                "PutTargets",
                &serde_json::json!({ "Rule": "media", "Targets": targets }),
            )
            .await;
            config.event_bridge_configuration(EventBridgeConfiguration::builder().build())
        }
        _ => {
            bare.topics("CreateTopic", &[("Name", way)]).await;
            let mut subscription = vec![
                ("TopicArn", arn("sns", way)),
                ("Protocol", "sqs".to_owned()),
                ("Endpoint", arn("sqs", way)),
            ];
            if way == "topic-raw" {
                subscription.push(("Attributes.entry.1.key", "RawMessageDelivery".to_owned()));
                subscription.push(("Attributes.entry.1.value", "true".to_owned()));
            }
            let named: Vec<(&str, &str)> = subscription
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            bare.topics("Subscribe", &named).await;
            let topic = TopicConfiguration::builder()
                .topic_arn(arn("sns", way))
                .set_events(Some(events.to_vec()));
            config.topic_configurations(topic.build().unwrap())
        }
    };
    bare_client(url)
        .put_bucket_notification_configuration()
        .bucket(BUCKET)
        .notification_configuration(config.build())
        .send()
        .await
        .unwrap();
}

/// Reads the queue until it gives no more, and deletes what was read. What happened to which of the lake's keys, and how often
/// S3 tried the connection.
async fn drain(lake: &S3Lake, queue: &dyn Queue) -> (BTreeMap<Key, Kind>, u32) {
    let (mut seen, mut trials) = (BTreeMap::new(), 0);
    loop {
        let letters: Vec<Held> = queue.receive(WAIT).await.unwrap();
        if letters.is_empty() {
            return (seen, trials);
        }
        for letter in &letters {
            match events::read(&letter.body).unwrap_or_else(|error| panic!("{error}: {}", letter.body)) {
                Letter::News { news, unread } => {
                    assert_eq!(unread, [""; 0]);
                    for one in news {
                        let Whose::Ours(key) = lake.whose(&one.bucket, &one.name) else {
                            panic!("{one:?}");
                        };
                        seen.insert(key, one.kind);
                    }
                }
                Letter::Trial { bucket } => {
                    assert_eq!(bucket, BUCKET);
                    trials += 1;
                }
                other @ Letter::Subscription { .. } => panic!("{other:?}"),
            }
        }
        queue.hold(&letters).await.unwrap();
        queue.delete(&letters).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_into_a_bucket_is_told_over_every_way() {
    let Some((_moto, url)) = moto("what_others_put_into_a_bucket_is_told_over_every_way").await else {
        return;
    };
    let client = bare_client(&url);
    client.create_bucket().bucket(BUCKET).send().await.unwrap();
    let mut at: S3Place = format!("s3://{BUCKET}/a show").parse().unwrap();
    at.endpoint_url.clone_from(&place(&url).endpoint_url);
    at.region = Some("us-east-1".to_owned());
    let lake = S3Lake::open(at, Some(keys())).await.unwrap();
    let key = Key::new("incoming/A001 b+c%20é 日.mov").unwrap();
    for way in ["straight", "topic", "topic-raw", "bus"] {
        connect(&url, way).await;
        let queue = lake
            .queue(&format!("{url}/{ACCOUNT}/{way}").parse().unwrap())
            .unwrap();
        lake.put(&key, b"a film".to_vec(), Put::Replace).await.unwrap();
        let (seen, _) = drain(&lake, &*queue).await;
        assert_eq!(seen, BTreeMap::from([(key.clone(), Kind::Arrived)]), "{way}");
        lake.delete(&key).await.unwrap();
        let (seen, _) = drain(&lake, &*queue).await;
        assert_eq!(seen, BTreeMap::from([(key.clone(), Kind::Removed)]), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_not_there_says_so() {
    let Some((_moto, url)) = moto("a_queue_that_is_not_there_says_so").await else {
        return;
    };
    let lake = S3Lake::open(place(&url), Some(keys())).await.unwrap();
    let queue = lake
        .queue(&format!("{url}/{ACCOUNT}/nowhere").parse().unwrap())
        .unwrap();
    let error = queue.receive(Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, LakeError::Service { .. }), "{error:?}");
}
