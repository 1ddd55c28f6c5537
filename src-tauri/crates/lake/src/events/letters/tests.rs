//! The forms that AWS publishes, each as it comes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::events::names::to_notification;

/// A record of S3's own.
fn record(event: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-11-20T08:30:00.000Z",
        "eventName": event,
        "userIdentity": { "principalId": "AWS:AROAEXAMPLE:camera" },
        "requestParameters": { "sourceIPAddress": "192.0.2.3" },
        "responseElements": { "x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8" },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "foreign",
            "bucket": {
                "name": "media",
                "ownerIdentity": { "principalId": "A3NL1KOZZKExample" },
                "arn": "arn:aws:s3:::media"
            },
            "object": {
                "key": key,
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5"
            }
        }
    })
}

fn bus(detail_type: &str, key: &str) -> Value {
    json!({
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-11-20T08:30:00Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:s3:::media"],
        "detail": {
            "version": "0",
            "bucket": { "name": "media" },
            "object": {
                "key": key,
                "size": 1024,
                "etag": "d41d8cd98f00b204e9800998ecf8427e",
                "version-id": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5"
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.3",
            "reason": "PutObject"
        }
    })
}

fn topic(message: &Value) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:media",
        "Subject": "Amazon S3 Notification",
        "Message": message.to_string(),
        "Timestamp": "2026-11-20T08:30:01.000Z",
        "SignatureVersion": "1",
        "Signature": "none",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe"
    })
}

fn expected(kind: Kind, name: &str) -> Letter {
    Letter::News {
        news: vec![News {
            kind,
            bucket: "media".to_owned(),
            name: name.to_owned(),
            version: Some("096fKKXTRTtl3on89fVO.nfljtsv6qko".to_owned()),
            size_bytes: Some(1024),
            etag: Some(ETag::new("d41d8cd98f00b204e9800998ecf8427e")),
            sequencer: Sequencer::new("0055AED6DCD90281E5"),
        }],
        unread: Vec::new(),
    }
}

fn of(value: &Value) -> Letter {
    read(&value.to_string()).unwrap()
}

#[test]
fn every_way_to_the_queue_brings_the_same_news() {
    let records = json!({ "Records": [record("ObjectCreated:Put", "incoming/A001+C002.mov")] });
    let event = bus("Object Created", "incoming/A001 C002.mov");
    let arrived = expected(Kind::Arrived, "incoming/A001 C002.mov");
    for (way, body) in [
        ("S3 to SQS, and SNS with raw delivery", records.clone()),
        ("S3 to SNS to SQS", topic(&records)),
        ("EventBridge to SQS", event.clone()),
        ("EventBridge to SNS to SQS", topic(&event)),
    ] {
        assert_eq!(of(&body), arrived, "{way}");
    }
}

#[test]
fn kinds_of_events_mean_what_they_do_to_the_object() {
    let none = Letter::News {
        news: Vec::new(),
        unread: Vec::new(),
    };
    for (name, kind) in [
        ("ObjectCreated:Put", Some(Kind::Arrived)),
        ("ObjectCreated:Post", Some(Kind::Arrived)),
        ("ObjectCreated:Copy", Some(Kind::Arrived)),
        ("ObjectCreated:CompleteMultipartUpload", Some(Kind::Arrived)),
        ("s3:ObjectCreated:Put", Some(Kind::Arrived)),
        ("ObjectRestore:Completed", Some(Kind::Arrived)),
        ("ObjectRestore:Post", None),
        ("ObjectRestore:Delete", None),
        ("ObjectRemoved:Delete", Some(Kind::Removed)),
        ("ObjectRemoved:DeleteMarkerCreated", Some(Kind::Removed)),
        ("LifecycleExpiration:Delete", Some(Kind::Removed)),
        ("LifecycleExpiration:DeleteMarkerCreated", Some(Kind::Removed)),
        ("LifecycleTransition", None),
        ("ObjectTagging:Put", None),
        ("ObjectAcl:Put", None),
        ("SomethingNew:Altogether", None),
    ] {
        let body = json!({ "Records": [record(name, "a.mov")] });
        let letter = kind.map_or_else(|| none.clone(), |kind| expected(kind, "a.mov"));
        assert_eq!(of(&body), letter, "{name}");
    }
    for (name, kind) in [
        ("Object Created", Some(Kind::Arrived)),
        ("Object Restore Completed", Some(Kind::Arrived)),
        ("Object Deleted", Some(Kind::Removed)),
        ("Object Restore Expired", None),
        ("Object Tags Added", None),
        ("Object Storage Class Changed", None),
    ] {
        let letter = kind.map_or_else(|| none.clone(), |kind| expected(kind, "a.mov"));
        assert_eq!(of(&bus(name, "a.mov")), letter, "{name}");
    }
}

#[test]
fn what_is_not_said_is_not_made_up() {
    // A delete marker and a removal say neither size nor tag; a bucket without versions says no version.
    let mut removed = record("ObjectRemoved:Delete", "a.mov");
    removed["s3"]["object"] = json!({ "key": "a.mov", "sequencer": "0055AED6DCD90281E6" });
    let Letter::News { news, .. } = of(&json!({ "Records": [removed] })) else {
        panic!("no news");
    };
    assert_eq!(
        (news[0].size_bytes, &news[0].etag, &news[0].version),
        (None, &None, &None)
    );
    let mut event = bus("Object Deleted", "a.mov");
    event["detail"]["object"] =
        json!({ "key": "a.mov", "etag": "", "version-id": "null", "sequencer": "no" });
    event["detail"]["deletion-type"] = json!("Delete Marker Created");
    let Letter::News { news, .. } = of(&event) else {
        panic!("no news")
    };
    assert_eq!(
        (&news[0].etag, &news[0].version, &news[0].sequencer),
        (&None, &None, &None)
    );
}

#[test]
fn what_is_no_news_is_told_apart() {
    let trial = json!({
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-20T08:30:00.000Z", "Bucket": "media",
        "RequestId": "5582815E1AEA5ADF", "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR"
    });
    let tried = Letter::Trial {
        bucket: "media".to_owned(),
    };
    assert_eq!(of(&trial), tried);
    assert_eq!(of(&topic(&trial)), tried);
    let confirm = json!({
        "Type": "SubscriptionConfirmation", "MessageId": "165545c9", "Token": "2336412f37",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:media",
        "Message": "You have chosen to subscribe to the topic.", "SubscribeURL": "https://sns.example/confirm"
    });
    let topic_arn = "arn:aws:sns:eu-west-1:111122223333:media".to_owned();
    assert_eq!(of(&confirm), Letter::Subscription { topic: topic_arn });

    assert_eq!(read("hello"), Err(LetterError::NotJson));
    assert_eq!(read(""), Err(LetterError::NotJson));
    let mut kinesis = record("aws:kinesis:record", "a.mov");
    kinesis["eventSource"] = json!("aws:kinesis");
    let deep = topic(&topic(&topic(&bus("Object Created", "a.mov"))));
    for other in [
        json!([]),
        json!(null),
        json!({}),
        json!({ "Records": [{}] }),
        json!({ "Records": [kinesis] }),
        json!({ "Records": 3 }),
        json!({ "source": "aws.ec2", "detail-type": "Object Created", "detail": {} }),
        json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": {} }),
        deep,
    ] {
        assert_eq!(read(&other.to_string()), Err(LetterError::Other), "{other}");
    }
}

#[test]
fn one_name_that_does_not_read_does_not_hold_the_others_up() {
    let body = json!({ "Records": [
        record("ObjectCreated:Put", "a.mov"),
        record("ObjectCreated:Put", "%FF%FE"),
        record("ObjectRemoved:Delete", "b.mov"),
    ] });
    let Letter::News { news, unread } = of(&body) else {
        panic!("no news")
    };
    let names: Vec<_> = news.iter().map(|news| (news.kind, news.name.as_str())).collect();
    assert_eq!(names, [(Kind::Arrived, "a.mov"), (Kind::Removed, "b.mov")]);
    assert_eq!(unread, ["%FF%FE"]);
}

proptest! {
    #[test]
    fn every_name_comes_as_it_is(name in "\\PC{1,40}|[\u{0}-\u{7f}]{1,40}|[a-z +%/]{1,30}") {
        let records = json!({ "Records": [record("ObjectCreated:Put", &to_notification(&name))] });
        for body in [records.clone(), topic(&records), bus("Object Created", &name)] {
            prop_assert_eq!(of(&body), expected(Kind::Arrived, &name));
        }
    }

    #[test]
    fn no_message_breaks_it(body in ".{0,200}") {
        let _read = read(&body);
    }
}
