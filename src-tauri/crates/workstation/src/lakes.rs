//! Where lakes are.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use fault::{Code, Fault};
use lake::transfer::{Pace, PaceLimits};
use lake::{Lake, MachineClock, S3Place};

use crate::{faults, place};

/// How often one request is made before its fault counts: then the lake is away, and what is sent waits until it is back.
const TRIES: u32 = 4;

/// Where a lake is.
#[derive(Clone, Debug)]
pub enum LakePlace {
    /// In a folder of this machine or of a share.
    Folder(PathBuf),
    /// In an S3 bucket, or in whatever speaks S3.
    Bucket(S3Place),
    /// In a store that the caller has opened.
    Given(GivenLake),
}

/// How a bucket is reached, where AWS's own configuration does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Another server than AWS's own, for example `http://127.0.0.1:9000`.
    pub endpoint_url: Option<String>,
    /// The profile in AWS's own configuration files.
    pub profile: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
}

/// A store that the caller has opened, elsewhere than this machine.
#[derive(Clone)]
pub struct GivenLake {
    /// The store.
    pub store: Arc<dyn Lake>,
    /// What tells it from other lakes.
    pub name: String,
    /// How hard it may be worked; the usual way when not given.
    pub pace: Option<Pace>,
}

impl fmt::Debug for GivenLake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GivenLake").field(&self.name).finish()
    }
}

impl From<PathBuf> for LakePlace {
    fn from(dir: PathBuf) -> Self {
        Self::Folder(dir)
    }
}

impl LakePlace {
    /// A place as it is typed: a folder, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// An address of another kind, a name that no bucket can have, and access given to a folder.
    pub fn read(text: &OsStr, access: &Access) -> Result<Self, Fault> {
        let shown = text.to_string_lossy();
        if !shown.contains("://") {
            if *access != Access::default() {
                return Err(Fault::new(
                    Code::BadRequest,
                    "An endpoint, a profile and a region belong to a lake in a bucket.",
                )
                .hint("Give the bucket with --lake s3://bucket/prefix."));
            }
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        let mut place: S3Place = shown
            .parse()
            .map_err(|error| faults::from_lake(&lake::LakeError::Place(error)))?;
        place.endpoint_url.clone_from(&access.endpoint_url);
        place.profile.clone_from(&access.profile);
        place.region.clone_from(&access.region);
        Ok(Self::Bucket(place))
    }

    /// The lake that a program was told to open: the one it was given, else the one that the environment names
    /// (`CIRCLETAKE_LAKE`, and `CIRCLETAKE_ENDPOINT_URL` for one in a bucket).
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn told(given: Option<&OsStr>, mut access: Access) -> Result<Option<Self>, Fault> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let Some(text) = given.map(OsStr::to_owned).or_else(|| set("CIRCLETAKE_LAKE")) else {
            return Ok(None);
        };
        if access.endpoint_url.is_none() && text.to_string_lossy().contains("://") {
            access.endpoint_url =
                set("CIRCLETAKE_ENDPOINT_URL").map(|url| url.to_string_lossy().into_owned());
        }
        Self::read(&text, &access).map(Some)
    }

    /// Checks where credentials would go.
    ///
    /// # Errors
    /// An endpoint that is none, or that they may not be sent to.
    pub fn check(&self) -> Result<(), Fault> {
        let checked = self.bucket().map_or(Ok(()), S3Place::check_endpoint);
        checked.map_err(|error| faults::from_lake(&lake::LakeError::Place(error)))
    }

    /// The bucket, for a lake in one.
    pub const fn bucket(&self) -> Option<&S3Place> {
        match self {
            Self::Bucket(place) => Some(place),
            Self::Folder(_) | Self::Given(_) => None,
        }
    }

    /// Address and access, to come back by: nothing secret. None for a store that the caller has opened.
    pub(crate) fn written(&self) -> Option<(String, Access)> {
        match self {
            Self::Folder(dir) => Some((place::to_uri(dir), Access::default())),
            Self::Bucket(place) => Some((
                place.to_string(),
                Access {
                    endpoint_url: place.endpoint_url.clone(),
                    profile: place.profile.clone(),
                    region: place.region.clone(),
                },
            )),
            Self::Given(_) => None,
        }
    }

    /// What tells this lake from others, and where that is, in one line.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Folder(dir) => place::shown(dir),
            Self::Bucket(place) => match &place.endpoint_url {
                Some(url) => format!("{place} at {url}"),
                None => place.to_string(),
            },
            Self::Given(given) => given.name.clone(),
        }
    }

    /// A short name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Folder(dir) => place::title(dir),
            Self::Bucket(place) => place.to_string().trim_start_matches("s3://").to_owned(),
            Self::Given(given) => given.name.clone(),
        }
    }

    /// `folder` or `s3`.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Bucket(_) | Self::Given(_) => "s3",
        }
    }

    /// How hard it may be worked.
    pub(crate) fn pace(&self) -> Pace {
        match self {
            Self::Given(GivenLake { pace: Some(pace), .. }) => pace.clone(),
            _ => {
                let limits = PaceLimits {
                    tries_max: TRIES,
                    ..PaceLimits::default()
                };
                // Desks that lost the lake together come back at different moments.
                let seed = u64::from(std::process::id());
                Pace::new(limits, Arc::new(MachineClock::default()), seed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_typed() {
        let none = Access::default();
        let read = |text: &str| LakePlace::read(OsStr::new(text), &none);
        assert!(matches!(read("/media/lake").unwrap(), LakePlace::Folder(_)));
        assert_eq!(read("s3://media/shows/").unwrap().line(), "s3://media/shows");
        assert_eq!(read("gs://media").unwrap_err().code, Code::BadRequest);
        assert_eq!(read("s3://X").unwrap_err().code, Code::BadRequest);
        let access = Access {
            profile: Some("work".to_owned()),
            ..none
        };
        let fault = LakePlace::read(OsStr::new("/media/lake"), &access).unwrap_err();
        assert_eq!(fault.code, Code::BadRequest);
    }
}
