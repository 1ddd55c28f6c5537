//! Cognito's user pool with its hosted pages, and the identity pool.

use lake::{Cognito, Pin};
use sha2::{Digest as _, Sha256};

use super::*;

const POOL: &str = "eu-west-1_AbCdEfGhI";
const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
const IDENTITY: &str = "eu-west-1:12345678-90ab-cdef-1234-567890abcdef";

fn identified() -> String {
    json!({"IdentityId": IDENTITY}).to_string()
}

fn given() -> String {
    let end = in_an_hour_millis() / 1000;
    json!({"IdentityId": IDENTITY, "Credentials": {
        "AccessKeyId": "ASIACOGNITO", "SecretKey": "a secret", "SessionToken": "a session", "Expiration": end,
    }})
    .to_string()
}

fn token(claims: &Value) -> String {
    let part = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
    format!(
        "{}.{}.{}",
        part("{\"alg\":\"RS256\"}"),
        part(&claims.to_string()),
        part("a signature")
    )
}

/// What the browser was sent off with: the pool compares it with what the program says later.
#[derive(Clone, Default)]
struct Sent {
    challenge: Option<String>,
    nonce: Option<String>,
    back: Option<String>,
}

/// A pool; `forge` may change what it says of the person.
async fn pool(sent: Arc<Mutex<Sent>>, forge: fn(&mut Value)) -> Fake {
    Fake::new(move |asked| {
        match (asked.path.as_str(), asked.header("x-amz-target")) {
            ("/oauth2/token", _) => {
                let sent = sent.lock().unwrap().clone();
                let mut claims = json!({
                    "aud": "app", "iss": ISSUER, "token_use": "id", "sub": "subject", "email": "anna@example.org",
                    "cognito:username": "anna",
                });
                if asked.field("grant_type").as_deref() == Some("refresh_token") {
                    if asked.field("refresh_token").as_deref() != Some("refresh") {
                        return (400, json!({"error": "invalid_grant"}).to_string());
                    }
                } else {
                    let verifier = asked.field("code_verifier").unwrap_or_default();
                    let shown = base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(verifier));
                    let good = asked.field("code").as_deref() == Some("the code")
                        && sent.challenge == Some(shown)
                        && sent.back == asked.field("redirect_uri")
                        && asked.field("client_id").as_deref() == Some("app");
                    if !good {
                        return (400, json!({"error": "invalid_grant"}).to_string());
                    }
                    claims["nonce"] = json!(sent.nonce);
                }
                forge(&mut claims);
                let mut answer = json!({"id_token": token(&claims), "access_token": "a", "token_type": "Bearer", "expires_in": 3600});
                if asked.field("grant_type").as_deref() != Some("refresh_token") {
                    answer["refresh_token"] = json!("refresh");
                }
                (200, answer.to_string())
            }
            ("/oauth2/revoke", _) => (200, "{}".to_owned()),
            (_, "AWSCognitoIdentityService.GetId") => (200, identified()),
            (_, "AWSCognitoIdentityService.GetCredentialsForIdentity") => (200, given()),
            _ => (404, "{}".to_owned()),
        }
    })
    .await
}

async fn badge(fake: &Fake, vault: Arc<ThisRun>) -> Badge {
    let choice = Cognito {
        domain: fake.url.clone(),
        client: "app".to_owned(),
        user_pool: POOL.to_owned(),
        identity_pool: "eu-west-1:11111111-2222-3333-4444-555555555555".to_owned(),
        port: 0,
    };
    let services = Services {
        identities: Some(fake.url.clone()),
        ..Services::default()
    };
    Badge::new(SignIn::Cognito(choice), services, vault)
        .await
        .unwrap()
}

/// A browser: notes what it was sent off with, and comes back through the door as `comes` says.
fn browser(sent: Arc<Mutex<Sent>>, comes: fn(&Asked) -> Vec<String>) -> Person {
    Person::new("", move |errand| {
        let page = Asked {
            method: "GET".to_owned(),
            path: errand.address().to_owned(),
            headers: [].into(),
            body: String::new(),
        };
        assert_eq!(page.field("response_type").as_deref(), Some("code"));
        assert_eq!(page.field("code_challenge_method").as_deref(), Some("S256"));
        let back = page.field("redirect_uri").unwrap();
        *sent.lock().unwrap() = Sent {
            challenge: page.field("code_challenge"),
            nonce: page.field("nonce"),
            back: Some(back.clone()),
        };
        let port = back
            .strip_prefix("http://localhost:")
            .unwrap()
            .strip_suffix("/circletake")
            .unwrap();
        let (port, calls) = (port.parse::<u16>().unwrap(), comes(&page));
        let work = move || {
            use std::io::{Read as _, Write as _};
            for query in calls {
                let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
                write!(
                    stream,
                    "GET /circletake?{query} HTTP/1.1\r\nhost: localhost\r\n\r\n"
                )
                .unwrap();
                let mut said = String::new();
                stream.read_to_string(&mut said).unwrap();
            }
        };
        std::thread::Builder::new()
            .name("browser".to_owned())
            .spawn(work)
            .unwrap();
    })
}

fn state(page: &Asked) -> String {
    page.field("state").unwrap()
}

#[test]
fn what_the_identity_pool_stands_in_for_fits_its_model() {
    let case = |operation: &str, answer: String| json!({"service": "cognito-identity", "operation": operation, "status": 200, "answer": answer});
    fits_the_models(
        "what_the_identity_pool_stands_in_for_fits_its_model",
        &json!([
            case("GetId", identified()),
            case("GetCredentialsForIdentity", given())
        ]),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_through_the_browser_and_is_named_by_the_identity_pool() {
    let sent = Arc::new(Mutex::default());
    let fake = pool(Arc::clone(&sent), |_| {}).await;
    let vault = vault();
    let badge = super::cognito::badge(&fake, vault.clone()).await;
    // Somebody else on this machine calls first, without knowing the state.
    let person = browser(sent, |page| {
        vec![
            "code=theirs&state=guess".to_owned(),
            format!("code=the+code&state={}", state(page)),
        ]
    });
    badge.sign_in(&person).await.unwrap();
    let who = badge.principal(None).await.unwrap();
    assert_eq!(
        (who.id.as_str(), who.name.as_str(), who.pin),
        (IDENTITY, "anna@example.org", Pin::CognitoIdentity)
    );
    let asked = fake.asked();
    let of = |operation: &str, answer: String| {
        let target = format!("AWSCognitoIdentityService.{operation}");
        let asked = asked
            .iter()
            .find(|asked| asked.header("x-amz-target") == target)
            .unwrap()
            .json();
        json!({"service": "cognito-identity", "operation": operation, "status": 200, "answer": answer, "asked": asked})
    };
    let logins = of("GetId", identified())["asked"]["Logins"].clone();
    assert!(
        logins[ISSUER.strip_prefix("https://").unwrap()].is_string(),
        "{logins}"
    );
    fits_the_models(
        "a_person_signs_in_through_the_browser_and_is_named_by_the_identity_pool",
        &json!([
            of("GetId", identified()),
            of("GetCredentialsForIdentity", given())
        ]),
    );
    // Another start renews by itself.
    let again = super::cognito::badge(&fake, vault.clone()).await;
    assert_eq!(again.principal(None).await.unwrap().id, IDENTITY);
    again.sign_out().await.unwrap();
    assert_eq!(fake.count("/oauth2/revoke"), 1);
    assert!(matches!(again.principal(None).await, Err(SignInError::NotYet)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_somebody_else_is_not_taken() {
    let forgeries: [fn(&mut Value); 4] = [
        |claims| claims["nonce"] = json!("of another sign-in"),
        |claims| claims["aud"] = json!("another app"),
        |claims| claims["iss"] = json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another"),
        |claims| claims["token_use"] = json!("access"),
    ];
    for forge in forgeries {
        let sent = Arc::new(Mutex::default());
        let fake = pool(Arc::clone(&sent), forge).await;
        let vault = vault();
        let badge = badge(&fake, vault).await;
        let person = browser(sent, |page| vec![format!("code=the+code&state={}", state(page))]);
        let refused = badge.sign_in(&person).await.unwrap_err();
        assert!(matches!(refused, SignInError::Answer(_)), "{refused:?}");
        assert_eq!(fake.count("/oauth2/token"), 1);
        assert!(matches!(badge.principal(None).await, Err(SignInError::NotYet)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_in_the_browser_and_an_ended_sign_in_say_so() {
    let sent = Arc::new(Mutex::default());
    let fake = pool(Arc::clone(&sent), |_| {}).await;
    let vault = vault();
    let badge = badge(&fake, vault.clone()).await;
    let person = browser(sent, |page| {
        vec![format!("error=access_denied&state={}", state(page))]
    });
    let declined = badge.sign_in(&person).await.unwrap_err();
    assert!(matches!(declined, SignInError::Declined), "{declined:?}");
    assert_eq!(fake.count("/oauth2/token"), 0);
    let kept = json!({"refresh": "taken back", "identity": IDENTITY, "name": "anna"}).to_string();
    vault
        .put(&format!("cognito {} app", fake.url), &kept.as_str().into())
        .unwrap();
    assert!(matches!(badge.principal(None).await, Err(SignInError::Ended)));
}
