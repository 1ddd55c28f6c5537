//! Signing in over the wire, against stand-ins of the services. What the stand-ins answer is held against botocore's models of the
//! services (`models.py`, with the Python that moto came with), so that they do not drift into our own idea of them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what a test sets up may fail it, and one that was not run says so"
)]

mod center;
mod cognito;
mod personal;
mod standing;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use lake::{
    Badge, Errand, Key, Lake as _, LakeError, Prompter, Put, Question, S3Lake, S3Place, Services, SignIn,
    SignInError,
};
use serde_json::{Value, json};
use vault::{SecretString, ThisRun, Vault};

use crate::fake::{Asked, Fake};

/// A person who does what a test says.
type Act = Box<dyn Fn(&Errand) + Send + Sync>;

struct Person {
    errands: Mutex<Vec<Errand>>,
    questions: Mutex<Vec<Question>>,
    says: &'static str,
    act: Act,
}

impl Person {
    fn new(says: &'static str, act: impl Fn(&Errand) + Send + Sync + 'static) -> Self {
        Self {
            errands: Mutex::default(),
            questions: Mutex::default(),
            says,
            act: Box::new(act),
        }
    }
}

#[async_trait]
impl Prompter for Person {
    async fn send(&self, errand: Errand) -> Result<(), SignInError> {
        (self.act)(&errand);
        self.errands.lock().unwrap().push(errand);
        Ok(())
    }

    async fn ask(&self, question: Question) -> Result<SecretString, SignInError> {
        self.questions.lock().unwrap().push(question);
        Ok(self.says.into())
    }
}

fn vault() -> Arc<ThisRun> {
    Arc::new(ThisRun::default())
}

fn in_an_hour_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap() + 3_600_000
}

fn caller(user: &str, arn: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>{user}</UserId><Account>111122223333</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
}

/// A token service that says the same of everybody, and gives a role.
fn roles(asked: &Asked) -> (u16, String) {
    match asked.field("Action").as_deref() {
        Some("GetCallerIdentity") => (
            200,
            caller("AIDAEXAMPLE", "arn:aws:iam::111122223333:user/crew/anna"),
        ),
        Some("AssumeRole") if asked.field("TokenCode").is_some_and(|code| code != "123456") => (
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed</Message>\
             </Error><RequestId>1</RequestId></ErrorResponse>"
                .to_owned(),
        ),
        Some("AssumeRole") => (
            200,
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIATAKENEXAMPLE00</AccessKeyId><SecretAccessKey>a secret</SecretAccessKey><SessionToken>a session</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
             <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>"
                .to_owned(),
        ),
        _ => (400, String::new()),
    }
}

/// Holds answers against botocore's models, or says that it was not done. Under CI that is a failure.
fn fits_the_models(test: &str, cases: &Value) {
    let Some(moto) = std::env::var_os("CIRCLETAKE_MOTO").map(PathBuf::from) else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{test} needs CIRCLETAKE_MOTO under CI"
        );
        println!("{test}: not run, CIRCLETAKE_MOTO does not name a moto_server");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/models.py");
    let mut python = Command::new(moto.with_file_name("python"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(cases.to_string().as_bytes())
        .unwrap();
    let said = python.wait_with_output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn what_the_token_service_stands_in_for_fits_its_model() {
    let asked = |action: &str| Asked {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: [].into(),
        body: format!("Action={action}"),
    };
    let case = |operation: &str| json!({"service": "sts", "operation": operation, "status": 200, "answer": roles(&asked(operation)).1});
    fits_the_models(
        "what_the_token_service_stands_in_for_fits_its_model",
        &json!([case("GetCallerIdentity"), case("AssumeRole")]),
    );
}

#[tokio::test]
async fn who_is_not_signed_in_or_cannot_ask_is_told_apart() {
    // Nothing listens there: closed at once.
    let gone = Fake::new(|_| (500, String::new())).await;
    let url = gone.url.clone();
    drop(gone);
    let choice = SignIn::IdentityCenter(center::choice());
    let services = Services {
        center_tokens: Some(url.clone()),
        center_portal: Some(url.clone()),
        ..Services::default()
    };
    let vault = vault();
    let badge = Badge::new(choice, services, vault.clone()).await.unwrap();
    let mut place: S3Place = "s3://lake".parse().unwrap();
    place.endpoint_url = Some(url);
    let lake = S3Lake::open_as(place, badge).await.unwrap();
    let key = Key::new("a.txt").unwrap();
    let nobody = lake.head(&key).await.unwrap_err();
    assert!(matches!(nobody, LakeError::SignIn(_)), "{nobody:?}");
    // Signed in, and the portal is not there: that passes by itself.
    center::signed_in_before(&*vault, 3600);
    let offline = lake.put(&key, vec![1], Put::CreateOnly).await.unwrap_err();
    assert!(
        matches!(offline, LakeError::Offline(_)) && offline.is_passing(),
        "{offline:?}"
    );
}
