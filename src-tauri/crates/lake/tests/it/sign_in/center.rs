//! IAM Identity Center.

use std::sync::atomic::{AtomicUsize, Ordering};

use lake::{Endpoint, FolderLake, IdentityCenter, Keys, Unattended};
use tokio::sync::oneshot;

use super::*;

pub fn choice() -> IdentityCenter {
    IdentityCenter {
        start_url: "https://studio.awsapps.com/start".to_owned(),
        region: "eu-west-1".to_owned(),
        account: "111122223333".to_owned(),
        role: "Editor".to_owned(),
    }
}

/// As a program before this one left it in the vault.
pub fn signed_in_before(vault: &dyn Vault, holds_secs: u64) {
    let now = in_an_hour_millis() / 1000 - 3600;
    let kept = json!({
        "client": {"id": "client", "secret": "client secret", "until_secs": now + 1_000_000},
        "access": "old access",
        "refresh": "old refresh",
        "until_secs": now + holds_secs,
    });
    let name = format!("identity-center {} {}", choice().region, choice().start_url);
    vault.put(&name, &kept.to_string().as_str().into()).unwrap();
}

pub const REGISTERED: &str = r#"{"clientId":"client","clientSecret":"client secret","clientIdIssuedAt":1700000000,"clientSecretExpiresAt":4000000000}"#;
pub const BEGAN: &str = r#"{"deviceCode":"device","userCode":"ABCD-EFGH","verificationUri":"https://device.sso.eu-west-1.amazonaws.com/","verificationUriComplete":"https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH","expiresIn":600,"interval":1}"#;
const PENDING: &str = r#"{"__type":"AuthorizationPendingException","error":"authorization_pending","error_description":"not yet"}"#;
pub const GIVEN: &str =
    r#"{"accessToken":"access","tokenType":"Bearer","expiresIn":28800,"refreshToken":"refresh"}"#;
const OVER: &str = r#"{"__type":"InvalidGrantException","error":"invalid_grant","error_description":"over"}"#;
const EXPIRED: &str =
    r#"{"__type":"ExpiredTokenException","error":"expired_token","error_description":"late"}"#;
const DENIED: &str = r#"{"__type":"AccessDeniedException","error":"access_denied","error_description":"no"}"#;
const UNKNOWN: &str = r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#;

pub fn role_of(keys: &Keys) -> String {
    json!({"roleCredentials": {
        "accessKeyId": keys.id, "secretAccessKey": keys.secret, "sessionToken": "session",
        "expiration": in_an_hour_millis(),
    }})
    .to_string()
}

fn keys() -> Keys {
    Keys {
        id: "ASIAEDITOR".to_owned(),
        secret: "a secret of this run".to_owned(),
    }
}

/// How the portal behaves in one test.
struct Portal {
    /// Answers to a device's question whether it was confirmed; the last one stays.
    confirmed: Vec<(u16, &'static str)>,
    /// The answer to a refresh.
    refreshed: (u16, &'static str),
    /// Tokens that give a role.
    good: &'static [&'static str],
}

async fn portal(portal: Portal) -> Fake {
    let polls = AtomicUsize::new(0);
    Fake::new(move |asked| match asked.path.as_str() {
        "/client/register" => (200, REGISTERED.to_owned()),
        "/device_authorization" => (200, BEGAN.to_owned()),
        "/token" if asked.json()["grantType"] == "refresh_token" => {
            let (status, body) = portal.refreshed;
            (status, body.to_owned())
        }
        "/token" => {
            let poll = polls
                .fetch_add(1, Ordering::Relaxed)
                .min(portal.confirmed.len() - 1);
            let (status, body) = portal.confirmed[poll];
            (status, body.to_owned())
        }
        path if path.starts_with("/federation/credentials") => {
            if portal.good.contains(&asked.header("x-amz-sso_bearer_token")) {
                (200, role_of(&keys()))
            } else {
                (401, UNKNOWN.to_owned())
            }
        }
        "/logout" => (200, "{}".to_owned()),
        other => (404, format!("{{\"message\":\"{other}\"}}")),
    })
    .await
}

async fn badge(fake: &Fake, vault: Arc<ThisRun>) -> Badge {
    let services = Services {
        center_tokens: Some(fake.url.clone()),
        center_portal: Some(fake.url.clone()),
        ..Services::default()
    };
    Badge::new(SignIn::IdentityCenter(choice()), services, vault)
        .await
        .unwrap()
}

/// Our own endpoint, which takes the portal's credentials and no others.
async fn lake(dir: &Path, badge: Badge) -> (S3Lake, oneshot::Sender<()>) {
    let folder = Arc::new(FolderLake::open(dir).unwrap());
    let endpoint = Endpoint::open(folder, "lake", keys(), 0).await.unwrap();
    let mut place: S3Place = "s3://lake".parse().unwrap();
    place.endpoint_url = Some(endpoint.url());
    let (close, closed) = oneshot::channel();
    tokio::spawn(endpoint.serve(async move {
        let _closed = closed.await;
    }));
    (S3Lake::open_as(place, badge).await.unwrap(), close)
}

#[test]
fn what_the_portal_stands_in_for_fits_its_model() {
    let case = |operation: &str, status: u16, answer: &str| json!({"service": "sso-oidc", "operation": operation, "status": status, "answer": answer});
    let role = role_of(&keys());
    let of_portal = |status: u16, answer: &str| json!({"service": "sso", "operation": "GetRoleCredentials", "status": status, "answer": answer});
    fits_the_models(
        "what_the_portal_stands_in_for_fits_its_model",
        &json!([
            case("RegisterClient", 200, REGISTERED),
            case("StartDeviceAuthorization", 200, BEGAN),
            case("CreateToken", 200, GIVEN),
            case("CreateToken", 400, PENDING),
            case("CreateToken", 400, OVER),
            case("CreateToken", 400, EXPIRED),
            case("CreateToken", 400, DENIED),
            of_portal(200, &role),
            of_portal(401, UNKNOWN),
        ]),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_confirmed_elsewhere_and_the_lake_opens() {
    let fake = portal(Portal {
        confirmed: vec![(400, PENDING), (200, GIVEN)],
        refreshed: (400, OVER),
        good: &["access"],
    })
    .await;
    let (vault, dir) = (vault(), tempfile::tempdir().unwrap());
    let badge = badge(&fake, vault.clone()).await;
    let (lake, _open) = lake(dir.path(), badge.clone()).await;
    let key = Key::new("raw/a/film.mov").unwrap();
    let before = lake.put(&key, vec![1], Put::CreateOnly).await.unwrap_err();
    assert!(matches!(before, LakeError::SignIn(_)), "{before:?}");
    let person = Person::new("", |_| {});
    badge.sign_in(&person).await.unwrap();
    // The same lake goes on without being opened again.
    lake.put(&key, vec![1], Put::CreateOnly).await.unwrap();
    assert_eq!(lake.get(&key).await.unwrap().bytes, [1]);
    let errands = person.errands.lock().unwrap().clone();
    assert!(
        matches!(&errands[..], [Errand::Code { code, .. }] if code == "ABCD-EFGH"),
        "{errands:?}"
    );
    assert!(errands[0].address().ends_with("?user_code=ABCD-EFGH"));
    assert_eq!(fake.count("/federation"), 1, "what is held is used again");
    let asked = fake.asked();
    let of = |operation: &str, path: &str, answer: &str| {
        let asked = asked.iter().find(|asked| asked.path == path).unwrap().json();
        json!({"service": "sso-oidc", "operation": operation, "status": 200, "answer": answer, "asked": asked})
    };
    fits_the_models(
        "a_code_is_confirmed_elsewhere_and_the_lake_opens",
        &json!([
            of("RegisterClient", "/client/register", REGISTERED),
            of("StartDeviceAuthorization", "/device_authorization", BEGAN),
            of("CreateToken", "/token", GIVEN),
        ]),
    );
    // Another start with the same vault asks nobody.
    let again = super::center::badge(&fake, vault.clone()).await;
    again.sign_out().await.unwrap();
    assert_eq!(fake.count("/logout"), 1);
    let ended = again.principal(None).await.unwrap_err();
    assert!(matches!(ended, SignInError::NotYet), "{ended:?}");
}

#[tokio::test]
async fn a_token_is_renewed_without_the_person_until_the_portal_says_no() {
    let vault = vault();
    signed_in_before(&*vault, 0);
    let fake = portal(Portal {
        confirmed: vec![(400, PENDING)],
        refreshed: (200, GIVEN),
        good: &["access"],
    })
    .await;
    let place: S3Place = "s3://lake".parse().unwrap();
    let mut elsewhere = place.clone();
    elsewhere.endpoint_url = Some(fake.url.clone());
    let who = badge(&fake, vault.clone())
        .await
        .principal(Some(&elsewhere))
        .await
        .unwrap();
    assert_eq!(who.id, "ASIAEDITOR");
    assert_eq!(fake.count("/token"), 1);
    // What came of it is kept: the next start does not renew again.
    badge(&fake, vault.clone())
        .await
        .principal(Some(&elsewhere))
        .await
        .unwrap();
    assert_eq!(fake.count("/token"), 1);

    let vault = super::vault();
    // Good for another hour by its own word, and ended at the portal.
    signed_in_before(&*vault, 3600);
    let strict = portal(Portal {
        confirmed: vec![(400, PENDING)],
        refreshed: (400, OVER),
        good: &[],
    })
    .await;
    let ended = badge(&strict, vault)
        .await
        .principal(Some(&elsewhere))
        .await
        .unwrap_err();
    assert!(matches!(ended, SignInError::Ended), "{ended:?}");
    assert_eq!((strict.count("/federation"), strict.count("/token")), (1, 1));
}

#[tokio::test]
async fn nobody_a_no_and_a_late_yes_are_told_apart() {
    for (answer, expected) in [
        (DENIED, "the sign-in was declined"),
        (EXPIRED, "the sign-in was not confirmed in time"),
    ] {
        let fake = portal(Portal {
            confirmed: vec![(400, answer)],
            refreshed: (400, OVER),
            good: &[],
        })
        .await;
        let vault = vault();
        let badge = badge(&fake, vault.clone()).await;
        let error = badge.sign_in(&Person::new("", |_| {})).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        let nobody = badge.sign_in(&Unattended).await.unwrap_err();
        assert!(matches!(nobody, SignInError::Unattended), "{nobody:?}");
        let name = format!("identity-center {} {}", choice().region, choice().start_url);
        assert!(vault.get(&name).unwrap().is_none(), "nothing half is kept");
    }
}

#[tokio::test]
async fn many_at_once_renew_once() {
    let vault = vault();
    signed_in_before(&*vault, 0);
    let fake = portal(Portal {
        confirmed: vec![(400, PENDING)],
        refreshed: (200, GIVEN),
        good: &["access"],
    })
    .await;
    let badge = badge(&fake, vault).await;
    let mut elsewhere: S3Place = "s3://lake".parse().unwrap();
    elsewhere.endpoint_url = Some(fake.url.clone());
    let asking = (0..8).map(|_| {
        let (badge, elsewhere) = (badge.clone(), elsewhere.clone());
        tokio::spawn(async move { badge.principal(Some(&elsewhere)).await })
    });
    for asking in asking.collect::<Vec<_>>() {
        tokio::time::timeout(Duration::from_secs(30), asking)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
    assert_eq!((fake.count("/token"), fake.count("/federation")), (1, 1));
}
