//! What AWS's own tools find, the machine's role, and roles that are taken. The environment is read by the client library, so what
//! needs one runs in a process of its own.

use std::time::Instant;

use lake::{Pin, Role, Unattended};

use super::*;

const INSIDE: &str = "CIRCLETAKE_TEST_SIGN_IN";
const SERVICES: &str = "CIRCLETAKE_TEST_SERVICES";

fn is_inside(trial: &str) -> bool {
    std::env::var(INSIDE).is_ok_and(|name| name == trial)
}

/// Runs the trial again in a process with this environment, and nothing of ours that AWS's tools would read.
async fn inside(trial: &str, services: &str, environment: &[(&str, &str)]) {
    let mut program = tokio::process::Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", &format!("sign_in::standing::{trial}"), "--nocapture"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        program.env_remove(name);
    }
    let output = program
        .env(INSIDE, trial)
        .env(SERVICES, services)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .envs(environment.iter().copied())
        .output()
        .await
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn badge_inside(choice: SignIn, vault: Arc<ThisRun>) -> Badge {
    let services = Services {
        roles: std::env::var(SERVICES).ok(),
        ..Services::default()
    };
    Badge::new(choice, services, vault).await.unwrap()
}

#[tokio::test]
async fn keys_of_the_environment_sign_and_name_who_one_is() {
    const TRIAL: &str = "keys_of_the_environment_sign_and_name_who_one_is";
    if is_inside(TRIAL) {
        for choice in [SignIn::Chain, SignIn::Keys { id: None }] {
            let who = badge_inside(choice, vault()).await.principal(None).await.unwrap();
            assert_eq!(
                (who.id.as_str(), who.name.as_str(), who.pin),
                ("AIDAEXAMPLE", "anna", Pin::UserId)
            );
        }
        return;
    }
    let fake = Fake::new(roles).await;
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "a secret"),
    ];
    inside(TRIAL, &fake.url, &keys).await;
    let asked = fake.asked();
    assert!(!asked.is_empty());
    for asked in asked {
        let signed = asked.header("authorization").to_owned();
        assert!(signed.contains("Credential=AKIAENV/"), "{signed}");
    }
}

#[tokio::test]
async fn a_named_profile_is_the_one_and_its_role_is_taken() {
    const TRIAL: &str = "a_named_profile_is_the_one_and_its_role_is_taken";
    if is_inside(TRIAL) {
        let choice = SignIn::Profile {
            name: "studio".to_owned(),
        };
        let who = badge_inside(choice, vault()).await.principal(None).await.unwrap();
        assert_eq!(who.id, "AIDAEXAMPLE");
        let absent = SignIn::Profile {
            name: "absent".to_owned(),
        };
        let error = badge_inside(absent, vault())
            .await
            .principal(None)
            .await
            .unwrap_err();
        assert!(matches!(error, SignInError::Standing(_)), "{error:?}");
        return;
    }
    let fake = Fake::new(roles).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    std::fs::write(
        &file,
        "[profile studio]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nregion = eu-west-1\n",
    )
    .unwrap();
    let environment = [
        ("AWS_CONFIG_FILE", file.to_str().unwrap()),
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "another"),
    ];
    inside(TRIAL, &fake.url, &environment).await;
    let signed = fake.asked()[0].header("authorization").to_owned();
    assert!(signed.contains("Credential=AKIAPROFILE/"), "{signed}");
}

#[tokio::test]
async fn a_role_is_taken_with_a_code_under_the_takers_own_name() {
    const TRIAL: &str = "a_role_is_taken_with_a_code_under_the_takers_own_name";
    if is_inside(TRIAL) {
        return take_a_role().await;
    }
    let fake = Fake::new(roles).await;
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "a secret"),
    ];
    inside(TRIAL, &fake.url, &keys).await;
    let taken: Vec<Asked> = fake
        .asked()
        .into_iter()
        .filter(|asked| asked.body.contains("Action=AssumeRole"))
        .collect();
    assert_eq!(
        taken.len(),
        2,
        "the wrong code and the right one; a kept session asks for none"
    );
    for asked in taken {
        assert_eq!(asked.field("RoleSessionName").as_deref(), Some("anna"));
        assert_eq!(
            asked.field("SerialNumber").as_deref(),
            Some("arn:aws:iam::111122223333:mfa/anna")
        );
        assert_eq!(asked.field("ExternalId").as_deref(), Some("agreed"));
        assert_eq!(asked.field("DurationSeconds").as_deref(), Some("7200"));
    }
}

async fn take_a_role() {
    let choice = SignIn::Role(Role {
        arn: "arn:aws:iam::111122223333:role/Editor".to_owned(),
        profile: None,
        mfa: Some("arn:aws:iam::111122223333:mfa/anna".to_owned()),
        external_id: Some("agreed".to_owned()),
        session_secs: Some(7200),
    });
    let vault = vault();
    let badge = badge_inside(choice.clone(), vault.clone()).await;
    assert!(matches!(badge.principal(None).await, Err(SignInError::NotYet)));
    assert!(matches!(
        badge.sign_in(&Unattended).await,
        Err(SignInError::Unattended)
    ));
    let letters = badge.sign_in(&Person::new("12 456", |_| {})).await.unwrap_err();
    assert!(matches!(letters, SignInError::Unfit(_)), "{letters:?}");
    let wrong = badge.sign_in(&Person::new("000000", |_| {})).await.unwrap_err();
    assert!(
        matches!(&wrong, SignInError::Refused { code, .. } if code == "AccessDenied"),
        "{wrong:?}"
    );
    let person = Person::new("123456 ", |_| {});
    badge.sign_in(&person).await.unwrap();
    assert!(matches!(
        &person.questions.lock().unwrap()[..],
        [Question::DeviceCode { .. }]
    ));
    // The next start goes on with the session that was taken.
    let again = badge_inside(choice, vault.clone()).await;
    again.principal(None).await.unwrap();
    again.sign_out().await.unwrap();
    assert!(matches!(again.principal(None).await, Err(SignInError::NotYet)));
}

/// The machine's metadata; without sessions it is the first version.
async fn machine(sessions: bool) -> Fake {
    Fake::new(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", "/latest/api/token") if sessions => (200, "a session".to_owned()),
        ("PUT", _) => (403, String::new()),
        (_, _) if sessions && asked.header("x-aws-ec2-metadata-token") != "a session" => (401, String::new()),
        (_, "/latest/meta-data/iam/security-credentials/") => (200, "Worker".to_owned()),
        (_, "/latest/meta-data/iam/security-credentials/Worker") => (
            200,
            json!({
                "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIAMACHINE", "SecretAccessKey": "s", "Token": "t",
                "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "2099-01-01T00:00:00Z",
            })
            .to_string(),
        ),
        _ => (404, String::new()),
    })
    .await
}

#[tokio::test]
async fn a_machine_is_asked_in_the_second_version_only() {
    let tokens = Fake::new(roles).await;
    let badge = |machine: &Fake| {
        let services = Services {
            machine: Some(machine.url.clone()),
            roles: Some(tokens.url.clone()),
            ..Services::default()
        };
        Badge::new(SignIn::Machine, services, vault())
    };
    let second = machine(true).await;
    badge(&second).await.unwrap().principal(None).await.unwrap();
    let signed = tokens.asked()[0].header("authorization").to_owned();
    assert!(signed.contains("Credential=ASIAMACHINE/"), "{signed}");
    // One that gives credentials to whoever asks without a session is not asked for them.
    let first = machine(false).await;
    let refused = badge(&first).await.unwrap().principal(None).await.unwrap_err();
    assert!(matches!(refused, SignInError::Standing(_)), "{refused:?}");
    assert_eq!(first.count("/latest/meta-data"), 0);
}

#[tokio::test]
async fn a_laptop_does_not_wait_for_a_machine_that_it_is_not() {
    // It takes the connection and says nothing, as a network does that swallows what goes to the metadata's address.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let services = Services {
        machine: Some(format!("http://{}", silent.local_addr().unwrap())),
        ..Services::default()
    };
    let badge = Badge::new(SignIn::Machine, services, vault()).await.unwrap();
    let began = Instant::now();
    let error = badge.principal(None).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(!matches!(error, SignInError::NotYet), "{error:?}");
}

#[tokio::test]
async fn kept_keys_lie_in_the_vault_alone() {
    let fake = Fake::new(roles).await;
    let services = Services {
        roles: Some(fake.url.clone()),
        ..Services::default()
    };
    let (vault, choice) = (
        vault(),
        SignIn::Keys {
            id: Some("AKIAKEPT".to_owned()),
        },
    );
    let badge = Badge::new(choice, services, vault.clone()).await.unwrap();
    assert!(matches!(badge.principal(None).await, Err(SignInError::NotYet)));
    badge.sign_in(&Person::new("the secret", |_| {})).await.unwrap();
    badge.principal(None).await.unwrap();
    assert!(vault.get("keys AKIAKEPT").unwrap().is_some());
    assert!(!format!("{badge:?}").contains("the secret"));
    // A store of somebody else knows an access key and nothing more.
    let mut place: S3Place = "s3://lake".parse().unwrap();
    place.endpoint_url = Some("https://s3.example.org".to_owned());
    let plain = Badge::new(badge.choice().clone(), Services::default(), vault.clone())
        .await
        .unwrap();
    let who = plain.principal(Some(&place)).await.unwrap();
    assert_eq!((who.id.as_str(), who.pin), ("AKIAKEPT", Pin::Nobody));
    badge.sign_out().await.unwrap();
    assert!(vault.get("keys AKIAKEPT").unwrap().is_none());
    assert!(matches!(badge.principal(None).await, Err(SignInError::NotYet)));
}
