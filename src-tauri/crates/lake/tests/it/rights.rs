//! What one may do, found out without leaving anything behind: against a store that refuses as the policies of `installer/cloud`
//! have it refuse, against our own endpoint and moto, which refuse nothing, and against one that takes any part.
#![expect(clippy::unwrap_used, reason = "what a test sets up may fail it")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use lake::{Act, Keys, Lake as _, LakeError, Pin, Principal, Right, S3Lake, S3Place, Verdict, rights};

use crate::{
    fake::{Answer, Asked, Fake},
    s3::{Served, bare_client, moto},
};

const ME: &str = "AROAEXAMPLE:anna@example.org";

fn me(pin: Pin) -> Principal {
    Principal {
        id: ME.to_owned(),
        name: "anna".to_owned(),
        arn: None,
        pin,
    }
}

async fn open(url: &str) -> S3Lake {
    let mut place: S3Place = "s3://lake/first-light".parse().unwrap();
    place.endpoint_url = Some(url.to_owned());
    place.region = Some("us-east-1".to_owned());
    let keys = Keys {
        id: "EDITOR".to_owned(),
        secret: "a secret of this run".to_owned(),
    };
    S3Lake::open(place, Some(keys)).await.unwrap()
}

fn verdicts(rows: &[Right]) -> BTreeMap<Act, Verdict> {
    rows.iter().map(|row| (row.act, row.verdict())).collect()
}

/// What is asked, as a policy would name it, and the key behind the lake's prefix.
#[derive(Debug)]
struct Wanted {
    action: &'static str,
    key: String,
    creates: bool,
    finishes: bool,
}

fn wanted(asked: &Asked) -> Wanted {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let path = percent_encoding::percent_decode_str(path)
        .decode_utf8()
        .unwrap()
        .into_owned();
    let action = match (asked.method.as_str(), query) {
        ("GET", query) if query.contains("list-type=2") => "s3:ListBucket",
        ("GET", query) if query.contains("uploadId") => "s3:ListMultipartUploadParts",
        ("GET" | "HEAD", _) => "s3:GetObject",
        ("DELETE", query) if query.contains("uploadId") => "s3:AbortMultipartUpload",
        ("DELETE", _) => "s3:DeleteObject",
        _ => "s3:PutObject",
    };
    let listed = asked.field("prefix").unwrap_or_default();
    let key = if action == "s3:ListBucket" {
        listed
    } else {
        path.replacen("/lake/", "", 1)
    };
    Wanted {
        action,
        key: key.strip_prefix("first-light/").unwrap_or_default().to_owned(),
        creates: asked.header("if-none-match") == "*",
        finishes: asked.method == "POST" && query.contains("uploadId"),
    }
}

/// A store that holds nothing, and allows what `allows` says.
async fn store(allows: fn(&Wanted) -> bool) -> Fake {
    Fake::new(move |asked| answer(asked, &wanted(asked), allows)).await
}

fn answer(asked: &Asked, wanted: &Wanted, allows: fn(&Wanted) -> bool) -> Answer {
    let error = |code: &str| format!("<Error><Code>{code}</Code><Message>said so</Message></Error>");
    if !allows(wanted) {
        return (403, error("AccessDenied"));
    }
    match (wanted.action, asked.method.as_str()) {
        ("s3:ListBucket", _) => (
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".to_owned(),
        ),
        ("s3:GetObject", _) | ("s3:DeleteObject", _) => (404, error("NoSuchKey")),
        ("s3:AbortMultipartUpload", _) => (204, String::new()),
        ("s3:ListMultipartUploadParts", _) => (200, "<ListPartsResult></ListPartsResult>".to_owned()),
        (_, "PUT") => (200, String::new()),
        _ if wanted.finishes => (400, error("InvalidPart")),
        _ => (
            200,
            "<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>"
                .to_owned(),
        ),
    }
}

/// As `installer/cloud/policies` have it for an editor.
fn editor(wanted: &Wanted) -> bool {
    let key = wanted.key.as_str();
    let once = ["ledger/v1/", "approvals/v1/", "raw/"];
    if wanted.finishes && !wanted.creates && once.iter().any(|prefix| key.starts_with(prefix)) {
        return false;
    }
    let own = [format!("ledger/v1/{ME}/"), format!("heads/v1/{ME}/")];
    let media = ["raw/", "proxy/", "renditions/", "ai/"];
    match wanted.action {
        "s3:ListBucket" | "s3:GetObject" => true,
        "s3:DeleteObject" => false,
        _ => {
            own.iter().any(|prefix| key.starts_with(prefix))
                || media.iter().any(|prefix| key.starts_with(prefix))
        }
    }
}

#[tokio::test]
async fn an_editor_in_a_protected_lake_has_what_it_takes_and_no_more() {
    let fake = store(editor).await;
    let rows = rights(&open(&fake.url).await, &me(Pin::UserId)).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.act).collect::<Vec<_>>(), Act::ALL);
    let words: Vec<String> = rows.iter().map(Right::words).collect();
    for (act, verdict) in verdicts(&rows) {
        let expected = match act {
            Act::AddProposals | Act::TakeIn | Act::AddProxies | Act::Deliver | Act::Approve => {
                Verdict::ByRole
            }
            _ => Verdict::Good,
        };
        assert_eq!(verdict, expected, "{act:?} {words:#?}");
    }
    assert!(
        words.contains(&"You can take originals in.".to_owned()),
        "{words:#?}"
    );
    assert!(
        words
            .iter()
            .any(|line| line.starts_with("You cannot approve; roles that do have s3:PutObject")),
        "{words:#?}"
    );
    assert!(
        words.contains(&"You cannot replace originals, and nobody should.".to_owned()),
        "{words:#?}"
    );
    // Whatever was begun was taken back.
    let asked: Vec<Wanted> = fake.asked().iter().map(wanted).collect();
    let begun = fake
        .asked()
        .iter()
        .filter(|asked| asked.path.contains("uploads"))
        .filter(|asked| editor(&wanted(asked)))
        .count();
    let aborted = asked
        .iter()
        .filter(|wanted| wanted.action == "s3:AbortMultipartUpload")
        .count();
    assert_eq!(begun, aborted);
    assert!(begun > 4, "{asked:#?}");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let fake = store(|wanted| {
        editor(wanted) && !wanted.key.starts_with("heads/") && wanted.action != "s3:ListBucket"
    })
    .await;
    let rows = rights(&open(&fake.url).await, &me(Pin::UserId)).await.unwrap();
    let found = verdicts(&rows);
    assert_eq!(found[&Act::See], Verdict::Missing);
    assert_eq!(found[&Act::MoveHead], Verdict::Missing);
    assert_eq!(found[&Act::WriteLedger], Verdict::Good);
    let see = rows.iter().find(|row| row.act == Act::See).unwrap().words();
    assert_eq!(
        see,
        "You cannot see what is in the lake; what is missing is s3:ListBucket."
    );
}

#[tokio::test]
async fn a_bucket_without_protection_is_said_to_be_one() {
    let fake = store(|_| true).await;
    let lake = open(&fake.url).await;
    let found = verdicts(&rights(&lake, &me(Pin::UserId)).await.unwrap());
    for act in [
        Act::RewriteLedger,
        Act::ReplaceOriginal,
        Act::DeleteLedger,
        Act::WriteAsOther,
    ] {
        assert_eq!(found[&act], Verdict::TooMuch, "{act:?}");
    }
    // Where nobody vouches for names, there is nothing to protect them with.
    let found = verdicts(&rights(&lake, &me(Pin::Nobody)).await.unwrap());
    assert_eq!(found[&Act::WriteAsOther], Verdict::Unknown);
}

#[tokio::test]
async fn no_network_and_no_sign_in_are_no_answer() {
    let fake = Fake::new(|_| (403, "<Error><Code>ExpiredToken</Code></Error>".to_owned())).await;
    let ended = rights(&open(&fake.url).await, &me(Pin::UserId))
        .await
        .unwrap_err();
    assert!(matches!(ended, LakeError::SignIn(_)), "{ended:?}");
    let url = fake.url.clone();
    drop(fake);
    let offline = rights(&open(&url).await, &me(Pin::UserId)).await.unwrap_err();
    assert!(matches!(offline, LakeError::Offline(_)), "{offline:?}");
}

/// `unknown`: what this store cannot be asked.
async fn leaves_nothing(url: &str, unknown: &[Act]) {
    let lake = open(url).await;
    let rows = rights(&lake, &me(Pin::UserId)).await.unwrap();
    for row in &rows {
        let verdict = row.verdict();
        assert_ne!(verdict, Verdict::Missing, "{row:?}");
        assert_eq!(verdict == Verdict::Unknown, unknown.contains(&row.act), "{row:?}");
    }
    assert!(lake.list("", None, 10).await.unwrap().objects.is_empty());
    assert!(lake.uploads("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_our_own_endpoint_nothing_stays_behind() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::open(dir.path()).await;
    // It deletes what it is told to, and knows no condition for that.
    leaves_nothing(&served.url, &[Act::DeleteLedger]).await;
    served.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_moto_nothing_stays_behind() {
    let Some((_moto, url)) = moto("over_moto_nothing_stays_behind").await else {
        return;
    };
    bare_client(&url)
        .create_bucket()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    leaves_nothing(&url, &[]).await;
}

#[tokio::test]
async fn a_store_that_takes_any_part_is_tidied_up_after() {
    let deleted = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&deleted);
    let careless = Fake::new(move |asked| {
        let wanted = wanted(asked);
        if wanted.action == "s3:DeleteObject" {
            noted.lock().unwrap().push(wanted.key.clone());
        }
        if wanted.finishes {
            return (
                200,
                "<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>"
                    .to_owned(),
            );
        }
        answer(asked, &wanted, |_| true)
    })
    .await;
    let found = verdicts(
        &rights(&open(&careless.url).await, &me(Pin::UserId))
            .await
            .unwrap(),
    );
    assert_eq!(found[&Act::WriteLedger], Verdict::Unknown);
    let deleted = deleted.lock().unwrap();
    assert!(
        deleted.iter().any(|key| key.starts_with("heads/v1/")),
        "{deleted:?}"
    );
    assert!(deleted.iter().any(|key| key.starts_with("raw/")), "{deleted:?}");
}
