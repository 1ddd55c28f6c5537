//! The S3 store against the same suite: over our own endpoint in front of a folder lake, over moto, and over `s3s-fs`, whose
//! deviations are listed. A real bucket is tried where somebody names one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what a test sets up may fail it, and one that was not run says so"
)]

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use lake::{
    Checksums, Endpoint, FolderLake, Key, Keys, Lake, LakeError, Put, RestoreSpeed, S3Lake, S3Place, Shelf,
    suite,
};
use tokio::{sync::oneshot, task::JoinHandle};

pub const BUCKET: &str = "lake";

pub fn keys() -> Keys {
    Keys {
        id: "EDITOR".to_owned(),
        secret: "a secret of this run".to_owned(),
    }
}

pub fn place(url: &str) -> S3Place {
    place_of(url, "")
}

fn place_of(url: &str, prefix: &str) -> S3Place {
    let mut place: S3Place = format!("s3://{BUCKET}/{prefix}").parse().unwrap();
    place.endpoint_url = Some(url.to_owned());
    place.region = Some("us-east-1".to_owned());
    place
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// Our own endpoint in front of a folder lake.
pub struct Served {
    pub url: String,
    close: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Served {
    pub async fn open(dir: &Path) -> Self {
        let lake = Arc::new(FolderLake::open(dir).unwrap());
        let endpoint = Endpoint::open(lake, BUCKET, keys(), 0).await.unwrap();
        let (close, closed) = oneshot::channel();
        Self {
            url: endpoint.url(),
            close: Some(close),
            serving: tokio::spawn(endpoint.serve(async move {
                let _closed = closed.await;
            })),
        }
    }

    pub async fn close(mut self) {
        self.close.take().unwrap().send(()).unwrap();
        self.serving.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_our_own_endpoint_it_passes_the_suite() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::open(dir.path()).await;
    let lake = S3Lake::open(place(&served.url), Some(keys())).await.unwrap();
    suite::conforms(Arc::new(lake), "suite").await.unwrap();
    let mut plain = place(&served.url);
    plain.checksums = Checksums::WhenRequired;
    let lake = S3Lake::open(plain, Some(keys())).await.unwrap();
    lake.put(&key("plain.txt"), b"plain".to_vec(), Put::CreateOnly)
        .await
        .unwrap();
    assert_eq!(lake.get(&key("plain.txt")).await.unwrap().bytes, b"plain");
    served.close().await;
    for folder in ["staging", "uploads"] {
        let left = std::fs::read_dir(dir.path().join(".lake").join(folder))
            .unwrap()
            .count();
        assert_eq!(left, 0, "nothing stays in {folder}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lakes_in_one_bucket_do_not_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::open(dir.path()).await;
    let mut lakes = Vec::new();
    for prefix in ["shows", "shows/first light", "shows/first light too"] {
        let lake = S3Lake::open(place_of(&served.url, prefix), Some(keys()))
            .await
            .unwrap();
        let body = prefix.as_bytes().to_vec();
        lake.put(&key("raw/a b+c.mov"), body.clone(), Put::CreateOnly)
            .await
            .unwrap();
        let copied = lake
            .copy(&key("raw/a b+c.mov"), &key("raw/copy.mov"), Put::CreateOnly)
            .await;
        assert_eq!(copied.unwrap().size_bytes, body.len() as u64);
        lakes.push((lake, body));
    }
    for (lake, body) in &lakes[1..] {
        assert_eq!(lake.get(&key("raw/copy.mov")).await.unwrap().bytes, *body);
        let listed = lake.list("", None, 10).await.unwrap().objects;
        let names: Vec<&str> = listed.iter().map(|info| info.key.as_str()).collect();
        assert_eq!(names, ["raw/a b+c.mov", "raw/copy.mov"]);
        let long = lake
            .put(&key(&"k".repeat(1024)), vec![1], Put::CreateOnly)
            .await
            .unwrap_err();
        assert!(matches!(long, LakeError::Key(_)), "{long:?}");
    }
    served.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hold_the_keys_learns_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::open(dir.path()).await;
    let owner = S3Lake::open(place(&served.url), Some(keys())).await.unwrap();
    owner
        .put(&key("a.txt"), b"mine".to_vec(), Put::CreateOnly)
        .await
        .unwrap();
    let wrong_secret = Keys {
        secret: "a guess".to_owned(),
        ..keys()
    };
    let unknown = Keys {
        id: "SOMEBODY".to_owned(),
        ..keys()
    };
    for keys in [wrong_secret, unknown] {
        let stranger = S3Lake::open(place(&served.url), Some(keys)).await.unwrap();
        let read = stranger.get(&key("a.txt")).await.unwrap_err();
        assert!(
            matches!(read, LakeError::SignIn(_) | LakeError::Forbidden { .. }),
            "{read:?}"
        );
        let write = stranger
            .put(&key("a.txt"), b"theirs".to_vec(), Put::Replace)
            .await;
        assert!(write.is_err());
        assert!(stranger.list("", None, 10).await.is_err());
    }
    assert_eq!(owner.get(&key("a.txt")).await.unwrap().bytes, b"mine");
    let mut elsewhere: S3Place = format!("s3://{BUCKET}-of-others").parse().unwrap();
    elsewhere.endpoint_url = Some(served.url.clone());
    elsewhere.region = Some("us-east-1".to_owned());
    // One version is kept: who names another is not given this one, and does not lose it.
    let client = bare_client(&served.url);
    let other = || {
        client
            .delete_object()
            .bucket(BUCKET)
            .key("a.txt")
            .version_id("another")
    };
    assert!(other().send().await.is_err());
    let named = client
        .get_object()
        .bucket(BUCKET)
        .key("a.txt")
        .version_id("another");
    assert!(named.send().await.is_err());
    assert_eq!(owner.get(&key("a.txt")).await.unwrap().bytes, b"mine");
    let elsewhere = S3Lake::open(elsewhere, Some(keys())).await.unwrap();
    let answer = elsewhere.list("", None, 10).await.unwrap_err();
    assert!(matches!(answer, LakeError::NoBucket { .. }), "{answer:?}");
    served.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_not_there_is_offline_and_not_broken() {
    // Bound and closed at once to whoever comes: nobody else can have the port meanwhile.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let work = move || {
        for stream in listener.incoming() {
            drop(stream);
        }
    };
    std::thread::Builder::new()
        .name("bad-server".to_owned())
        .spawn(work)
        .unwrap();
    let lake = S3Lake::open(place(&url), Some(keys())).await.unwrap();
    let answer = lake.head(&key("a.txt")).await.unwrap_err();
    assert!(
        matches!(answer, LakeError::Offline(_)) && answer.is_passing(),
        "{answer:?}"
    );
}

/// A server that answers reads badly: each connection gets the next answer.
fn answering(answers: Vec<String>) -> String {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let work = move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                request.push(byte[0]);
            }
            let _gone = stream.write_all(answer.as_bytes());
        }
    };
    std::thread::Builder::new()
        .name("bad-server".to_owned())
        .spawn(work)
        .unwrap();
    url
}

/// The head of an answer and a body that may be shorter than it says.
fn answer(status: &str, etag: &str, range: Option<&str>, length: usize, body: &str) -> String {
    let range = range
        .map(|range| format!("content-range: bytes {range}\r\n"))
        .unwrap_or_default();
    format!(
        "HTTP/1.1 {status}\r\netag: \"{etag}\"\r\nlast-modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n{range}\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

async fn read_from(answers: Vec<String>) -> Result<Vec<u8>, LakeError> {
    let lake = S3Lake::open(place(&answering(answers)), Some(keys()))
        .await
        .unwrap();
    lake.get(&key("film.mov")).await.map(|object| object.bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_breaks_off_goes_on_where_it_was() {
    let broken = || answer("200 OK", "one", None, 10, "01234");
    let rest = answer("206 Partial Content", "one", Some("5-9/10"), 5, "56789");
    assert_eq!(read_from(vec![broken(), rest]).await.unwrap(), b"0123456789");
    // Broken off again, in the middle of the rest.
    let more = answer("206 Partial Content", "one", Some("5-9/10"), 5, "56");
    let last = answer("206 Partial Content", "one", Some("7-9/10"), 3, "789");
    assert_eq!(
        read_from(vec![broken(), more, last]).await.unwrap(),
        b"0123456789"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_careless_server_answers_is_not_taken_for_the_rest() {
    let broken = || answer("200 OK", "one", None, 10, "01234");
    // It looks at no range: the whole again would be put behind the half.
    let whole = answer("200 OK", "one", None, 10, "0123456789");
    let taken = read_from(vec![broken(), whole]).await.unwrap_err();
    assert!(matches!(taken, LakeError::Broken(_)), "{taken:?}");
    // It looks at no condition: the rest is another version's.
    let other = answer("206 Partial Content", "two", Some("5-9/10"), 5, "fghij");
    let taken = read_from(vec![broken(), other]).await.unwrap_err();
    assert!(matches!(taken, LakeError::Broken(_)), "{taken:?}");
    // It says so, and what is there now is read from its beginning.
    let gone = answer("412 Precondition Failed", "two", None, 0, "");
    let facts = answer("200 OK", "two", None, 10, "");
    let now = answer("200 OK", "two", None, 10, "abcdefghij");
    assert_eq!(
        read_from(vec![broken(), gone, facts, now]).await.unwrap(),
        b"abcdefghij"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told_from_what_may_not_be_read() {
    let forbidden = || answer("403 Forbidden", "", None, 0, "");
    let listing = |keys: &[&str]| {
        let contents = keys.iter().map(|key| {
            format!("<Contents><Key>{key}</Key><Size>1</Size><ETag>&quot;one&quot;</ETag><LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>")
        });
        let xml = format!(
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{}</ListBucketResult>",
            contents.collect::<String>()
        );
        answer("200 OK", "", None, xml.len(), &xml)
    };
    let read = read_from(vec![forbidden(), listing(&[])]).await.unwrap_err();
    assert!(matches!(read, LakeError::NotFound(_)), "{read:?}");
    let read = read_from(vec![forbidden(), listing(&["film.mov.part"])])
        .await
        .unwrap_err();
    assert!(matches!(read, LakeError::NotFound(_)), "{read:?}");
    let read = read_from(vec![forbidden(), listing(&["film.mov"])])
        .await
        .unwrap_err();
    assert!(matches!(read, LakeError::Forbidden { .. }), "{read:?}");
    let read = read_from(vec![forbidden(), forbidden()]).await.unwrap_err();
    assert!(matches!(read, LakeError::Forbidden { .. }), "{read:?}");
}

#[tokio::test]
async fn keys_are_not_shown() {
    let shown = format!("{:?}", keys());
    assert!(
        shown.contains("EDITOR") && !shown.contains("secret of this run"),
        "{shown}"
    );
}

/// A server that is another program; it ends with the test.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

async fn listening(port: u16) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(
            std::time::Instant::now() < deadline,
            "the server does not come up"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The moto server, or `None` after saying that the test was not run. Under CI its absence is a failure.
pub async fn moto(test: &str) -> Option<(Program, String)> {
    let Some(program) = std::env::var_os("CIRCLETAKE_MOTO") else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{test} needs CIRCLETAKE_MOTO under CI"
        );
        println!("{test}: not run, CIRCLETAKE_MOTO does not name a moto_server");
        return None;
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let program = Program(child);
    listening(port).await;
    Some((program, format!("http://127.0.0.1:{port}")))
}

/// The client that a lake does not have: it makes buckets and archives objects.
pub fn bare_client(url: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::v2026_01_12())
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .endpoint_url(url)
        .force_path_style(true)
        .credentials_provider(aws_sdk_s3::config::Credentials::new(
            "EDITOR",
            "a secret of this run",
            None,
            None,
            "test",
        ))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_moto_it_passes_the_suite() {
    let Some((_moto, url)) = moto("over_moto_it_passes_the_suite").await else {
        return;
    };
    bare_client(&url)
        .create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    // It answers a listing of parts under another name than S3's, which no strict client reads, and has an error of its own (500)
    // for a part of an upload that was aborted and for the labels of what is not there.
    deviates_only_in(
        &url,
        &["uploads in parts", "uploads are abandoned", "labels"],
        &[],
    )
    .await;
}

/// Tries a store whose deviations are known: what it does not keep is what is listed, no more and no less; `chance` are those
/// that a race decides, which the store may win.
async fn deviates_only_in(url: &str, known: &[&str], chance: &[&str]) {
    let lake = S3Lake::open(place(url), Some(keys())).await.unwrap();
    let outcomes = suite::outcomes(Arc::new(lake), "suite").await;
    let broken: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.result.is_err())
        .collect();
    let names: Vec<_> = broken
        .iter()
        .map(|outcome| outcome.trial)
        .filter(|name| !chance.contains(name))
        .collect();
    assert_eq!(names, known, "{broken:#?}");
}

/// A sample store that checks signatures and checksums and keeps few of a lake's promises. It shows that the suite finds what
/// is missing, and that the client reads another server than our own.
#[tokio::test(flavor = "multi_thread")]
async fn over_a_sample_store_its_deviations_are_found() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(BUCKET)).unwrap();
    let mut service = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir.path()).unwrap());
    service.set_auth(s3s::auth::SimpleAuth::from_single(
        "EDITOR",
        "a secret of this run",
    ));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let stream = hyper_util::rt::TokioIo::new(stream);
                let connection = hyper::server::conn::http1::Builder::new().serve_connection(stream, service);
                let _gone = connection.await;
            });
        }
    });
    let known = [
        "ranges of one version", // the condition of a read is not looked at
        "odd keys",              // some are changed, and one key below another is refused
        "long keys",
        "uploads in parts", // a finished upload can be listed again
        "uploads are abandoned",
        "parts are checked", // any part is taken for the one that was named
        "labels",
    ];
    // It looks whether something is there, then writes.
    let chance = [
        "one of racing creators wins",
        "a replace is whole",
        "one of racing uploads wins",
    ];
    deviates_only_in(&url, &known, &chance).await;
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_an_archive_says_so_and_comes_back() {
    let Some((_moto, url)) = moto("what_lies_in_an_archive_says_so_and_comes_back").await else {
        return;
    };
    let client = bare_client(&url);
    client.create_bucket().bucket(BUCKET).send().await.unwrap();
    client
        .put_object()
        .bucket(BUCKET)
        .key("raw/old.mov")
        .storage_class(aws_sdk_s3::types::StorageClass::Glacier)
        .body(b"old".to_vec().into())
        .send()
        .await
        .unwrap();
    let lake = S3Lake::open(place(&url), Some(keys())).await.unwrap();
    let key = key("raw/old.mov");
    assert_eq!(lake.head(&key).await.unwrap().shelf, Shelf::Archived);
    assert_eq!(
        lake.list("raw/", None, 10).await.unwrap().objects[0].shelf,
        Shelf::Archived
    );
    let read = lake.get(&key).await.unwrap_err();
    assert!(matches!(read, LakeError::Archived(_)), "{read:?}");
    lake.restore(&key, 3, RestoreSpeed::Bulk).await.unwrap();
    lake.restore(&key, 3, RestoreSpeed::Bulk).await.unwrap();
    let shelf = lake.head(&key).await.unwrap().shelf;
    assert!(
        matches!(shelf, Shelf::Restored { until_millis: 1.. }),
        "{shelf:?}"
    );
    assert_eq!(lake.get(&key).await.unwrap().bytes, b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_bucket_passes_the_suite() {
    let Ok(text) = std::env::var("CIRCLETAKE_S3") else {
        println!("a_real_bucket_passes_the_suite: not run, CIRCLETAKE_S3 names no s3://bucket/prefix");
        return;
    };
    let lake = S3Lake::open(text.parse().unwrap(), None).await.unwrap();
    let run = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let lake = Arc::new(lake);
    let prefix = format!("suite/{run}");
    suite::conforms(lake.clone(), &prefix).await.unwrap();
    while let Some(first) = lake.list(&prefix, None, 1).await.unwrap().objects.first() {
        lake.delete(&first.key).await.unwrap();
    }
}
