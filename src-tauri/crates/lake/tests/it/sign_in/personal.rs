//! A desk signs for the person who opened it, and for nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};

use lake::PersonalBadge;

use super::*;

/// A portal, a token service and a bucket: whoever confirms a code is the one whose number is set.
async fn studio(who: Arc<AtomicUsize>) -> Fake {
    Fake::new(move |asked| match asked.path.as_str() {
        "/client/register" => (200, center::REGISTERED.to_owned()),
        "/device_authorization" => (200, center::BEGAN.to_owned()),
        "/token" => (200, center::GIVEN.to_owned()),
        path if path.starts_with("/federation/credentials") => {
            let keys = lake::Keys {
                id: format!("ASIA{}", who.load(Ordering::SeqCst)),
                secret: "a secret of this run".to_owned(),
            };
            (200, center::role_of(&keys))
        }
        "/" => {
            let signed = asked.header("authorization");
            let number = usize::from(!signed.contains("Credential=ASIA0/"));
            let name = ["anna", "ben"][number];
            let arn = format!("arn:aws:sts::111122223333:assumed-role/Editor/{name}");
            (200, caller(&format!("AROA:{name}"), &arn))
        }
        _ => (404, String::new()),
    })
    .await
}

fn reached(fake: &Fake) -> usize {
    let asked = fake.asked().into_iter();
    asked.filter(|asked| asked.path.starts_with("/lake/")).count()
}

#[tokio::test]
async fn nothing_is_signed_by_somebody_else_than_who_opened_the_desk() {
    let who = Arc::new(AtomicUsize::new(0));
    let fake = studio(Arc::clone(&who)).await;
    let services = Services {
        center_tokens: Some(fake.url.clone()),
        center_portal: Some(fake.url.clone()),
        roles: Some(fake.url.clone()),
        ..Services::default()
    };
    let choice = SignIn::IdentityCenter(center::choice());
    let badge = Badge::new(choice, services, vault()).await.unwrap();
    let mut place: S3Place = "s3://lake".parse().unwrap();
    place.endpoint_url = Some(fake.url.clone());
    let annas = PersonalBadge::new(badge.clone(), place.clone(), "AROA:anna".to_owned());
    let lake = S3Lake::open_as(place, annas).await.unwrap();
    let key = Key::new("a.txt").unwrap();
    let person = Person::new("", |_| {});

    badge.sign_in(&person).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(lake.head(&key).await, Err(LakeError::NotFound(_))));
    }
    let by_anna = reached(&fake);
    assert_eq!(by_anna, 2);
    let asked_who = |fake: &Fake| fake.asked().iter().filter(|asked| asked.path == "/").count();
    assert_eq!(asked_who(&fake), 1, "the same credentials are the same person's");

    who.store(1, Ordering::SeqCst);
    badge.sign_in(&person).await.unwrap();
    let refused = lake.head(&key).await.unwrap_err();
    assert!(matches!(refused, LakeError::SignIn(_)), "{refused:?}");
    let Some(SignInError::SomebodyElse { now, opened_by }) = refused.sign_in() else {
        panic!("{refused:?}");
    };
    assert_eq!((now.as_str(), opened_by.as_str()), ("AROA:ben", "AROA:anna"));
    assert_eq!(reached(&fake), by_anna, "nothing went to the lake");

    who.store(0, Ordering::SeqCst);
    badge.sign_in(&person).await.unwrap();
    assert!(matches!(lake.head(&key).await, Err(LakeError::NotFound(_))));
}
