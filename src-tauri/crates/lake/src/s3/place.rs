//! Where an S3 lake is, in words a person types.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::{Key, Whose};

/// A bucket and the prefix in it that is the lake, and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Place {
    bucket: String,
    /// Empty, or without a slash at either end.
    prefix: String,
    /// Another server than AWS's own, for example `http://127.0.0.1:9000`.
    pub endpoint_url: Option<String>,
    /// The bucket's region; found in the environment or the profile when not given.
    pub region: Option<String>,
    /// The profile in AWS's own configuration files.
    pub profile: Option<String>,
    /// When checksums are sent along.
    pub checksums: Checksums,
}

/// When requests carry a checksum that the store verifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// Always, so that damage on the way is refused.
    #[default]
    Always,
    /// Only where the operation cannot do without: for stores that know none.
    WhenRequired,
}

/// Why a place is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Not `s3://bucket` or `s3://bucket/prefix`.
    #[error("an S3 lake is written s3://bucket/prefix, not {0:?}")]
    Form(String),
    /// Not a name that a bucket can have.
    #[error("{0:?} is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens")]
    Bucket(String),
    /// A prefix that could not stand before a key.
    #[error("the prefix of the lake cannot be used: {0}")]
    Prefix(#[source] crate::KeyError),
    /// Not `http://host` or `https://host`.
    #[error("an endpoint is written https://host or http://127.0.0.1:port, not {0:?}")]
    Endpoint(String),
    /// Plain HTTP to another machine: whoever is on the way could read what is sent and who sends it.
    #[error(
        "{0} is not encrypted and not on this machine; credentials are only sent to https:// or to this machine"
    )]
    Unsafe(String),
}

impl S3Place {
    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What stands before every key: empty, or ending in a slash.
    pub(crate) fn before_keys(&self) -> String {
        if self.prefix.is_empty() {
            String::new()
        } else {
            format!("{}/", self.prefix)
        }
    }

    /// What the name of an object in `bucket` is in this lake.
    pub(crate) fn whose(&self, bucket: &str, name: &str) -> Whose {
        if bucket != self.bucket {
            return Whose::OtherBucket;
        }
        match name.strip_prefix(&self.before_keys()) {
            Some(rest) => Key::new(rest).map_or_else(Whose::NoKey, Whose::Ours),
            None => Whose::Beside,
        }
    }

    /// Checks where requests would go.
    ///
    /// # Errors
    /// [`PlaceError::Endpoint`] and [`PlaceError::Unsafe`].
    pub fn check_endpoint(&self) -> Result<(), PlaceError> {
        self.endpoint_url.as_deref().map_or(Ok(()), check_address)
    }
}

/// Whether credentials, or what one gets them with, may be sent to `url`.
///
/// # Errors
/// [`PlaceError::Endpoint`] and [`PlaceError::Unsafe`].
pub(crate) fn check_address(url: &str) -> Result<(), PlaceError> {
    let bad = || PlaceError::Endpoint(url.to_owned());
    let parsed: hyper::Uri = url.parse().map_err(|_not_a_url| bad())?;
    let host = parsed.host().ok_or_else(bad)?;
    match parsed.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_this_machine(host) => Ok(()),
        Some("http") => Err(PlaceError::Unsafe(url.to_owned())),
        _ => Err(bad()),
    }
}

/// By address or by the one name that cannot be pointed elsewhere from outside.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for S3Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let rest = text
            .strip_prefix("s3://")
            .ok_or_else(|| PlaceError::Form(text.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let named = (3..=63).contains(&bucket.len())
            && bucket
                .bytes()
                .all(|byte| plain(byte) || matches!(byte, b'.' | b'-'))
            && bucket.bytes().next().is_some_and(plain)
            && bucket.bytes().last().is_some_and(plain)
            && !bucket.contains("..");
        if !named {
            return Err(PlaceError::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.trim_end_matches('/');
        if !prefix.is_empty() {
            crate::Key::new(prefix).map_err(PlaceError::Prefix)?;
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint_url: None,
            region: None,
            profile: None,
            checksums: Checksums::default(),
        })
    }
}

impl fmt::Display for S3Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() {
            Ok(())
        } else {
            write!(f, "/{}", self.prefix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_back() {
        for (text, bucket, before) in [
            ("s3://media-lake", "media-lake", ""),
            ("s3://media-lake/", "media-lake", ""),
            (
                "s3://media.lake-2/shows/first light",
                "media.lake-2",
                "shows/first light/",
            ),
        ] {
            let place: S3Place = text.parse().unwrap();
            assert_eq!((place.bucket(), place.before_keys().as_str()), (bucket, before));
            assert_eq!(place.to_string(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn names_in_a_bucket_are_the_lakes_or_not() {
        let place: S3Place = "s3://media/shows/first light".parse().unwrap();
        let ours = |text: &str| Whose::Ours(Key::new(text).unwrap());
        assert_eq!(
            place.whose("media", "shows/first light/in/a b.mov"),
            ours("in/a b.mov")
        );
        assert_eq!(
            place.whose("other", "shows/first light/in/a.mov"),
            Whose::OtherBucket
        );
        for beside in [
            "shows/second/a.mov",
            "shows/first light",
            "shows/first lights/a.mov",
        ] {
            assert_eq!(place.whose("media", beside), Whose::Beside, "{beside}");
        }
        for none in ["", "in//a.mov", "in/", "bell\u{7}.mov", "../a.mov"] {
            let name = format!("shows/first light/{none}");
            assert!(matches!(place.whose("media", &name), Whose::NoKey(_)), "{name}");
        }
        let whole: S3Place = "s3://media".parse().unwrap();
        assert_eq!(whole.whose("media", "a.mov"), ours("a.mov"));
    }

    #[test]
    fn what_is_no_place_is_refused_with_its_reason() {
        let refused = |text: &str| text.parse::<S3Place>().expect_err(text);
        assert!(matches!(refused("/srv/lake"), PlaceError::Form(_)));
        assert!(matches!(refused("http://bucket/x"), PlaceError::Form(_)));
        for text in [
            "s3://",
            "s3://ab",
            "s3://Media",
            "s3://a_b/c",
            "s3://-ab",
            "s3://ab-",
            "s3://a..b",
        ] {
            assert!(matches!(refused(text), PlaceError::Bucket(_)), "{text}");
        }
        for text in ["s3://bucket//x", "s3://bucket/a/../b", "s3://bucket/a\nb"] {
            assert!(matches!(refused(text), PlaceError::Prefix(_)), "{text}");
        }
    }

    #[test]
    fn credentials_go_to_encrypted_endpoints_and_to_this_machine_only() {
        let check = |url: &str| {
            let place = S3Place {
                endpoint_url: Some(url.to_owned()),
                ..S3Place::from_str("s3://bucket").unwrap()
            };
            place.check_endpoint()
        };
        for fine in [
            "https://s3.example.org",
            "http://127.0.0.1:9000",
            "http://localhost:9000",
            "http://[::1]:9000",
        ] {
            check(fine).unwrap();
        }
        for plain in [
            "http://10.0.0.5:9000",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org:80",
        ] {
            assert_eq!(check(plain), Err(PlaceError::Unsafe(plain.to_owned())));
        }
        for bad in ["ftp://x", "127.0.0.1:9000", "not a url"] {
            assert_eq!(check(bad), Err(PlaceError::Endpoint(bad.to_owned())));
        }
    }
}
