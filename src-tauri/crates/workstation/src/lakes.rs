//! Where lakes are, and what of a home belongs to which of them.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fault::{Code, Fault};
use lake::transfer::{Pace, PaceLimits};
use lake::{Keys, Lake, MachineClock, S3Place};
use serde::{Deserialize, Serialize};

use crate::faults::{self, OrFault as _};
use crate::home::Home;
use crate::{overlay, place};

/// How often one request is made before its fault counts: then the lake is away, and what is sent waits until it is back.
const TRIES: u32 = 4;

/// Where a lake is.
#[derive(Clone, Debug)]
pub enum LakePlace {
    /// In a folder of this machine or of a share.
    Folder(PathBuf),
    /// In an S3 bucket, or in whatever speaks S3.
    Bucket(Bucket),
    /// In a store that the caller has opened.
    Given(GivenLake),
}

/// A lake in a bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    place: S3Place,
    keys: Option<Keys>,
}

/// How a bucket is reached, where AWS's own configuration does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
        Ok(Self::Bucket(Bucket { place, keys: None }))
    }

    /// The same with keys given by hand; they are kept in memory only.
    #[must_use]
    pub fn with_keys(self, id: &str, secret: &str) -> Self {
        match self {
            Self::Bucket(bucket) => Self::Bucket(Bucket {
                keys: Some(Keys {
                    id: id.to_owned(),
                    secret: secret.to_owned(),
                }),
                ..bucket
            }),
            other => other,
        }
    }

    /// What tells this lake from others, and where that is, in one line.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Folder(dir) => place::shown(dir),
            Self::Bucket(bucket) => match &bucket.place.endpoint_url {
                Some(url) => format!("{} at {url}", bucket.place),
                None => bucket.place.to_string(),
            },
            Self::Given(given) => given.name.clone(),
        }
    }

    /// A short name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Folder(dir) => place::title(dir),
            Self::Bucket(bucket) => bucket.place.to_string().trim_start_matches("s3://").to_owned(),
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

    /// The store of a lake elsewhere; none for a folder.
    pub(crate) async fn store(&self) -> Result<Option<Arc<dyn Lake>>, Fault> {
        match self {
            Self::Folder(_) => Ok(None),
            Self::Bucket(Bucket { place, keys }) => {
                let opened = lake::S3Lake::open(place.clone(), keys.clone()).await.or_fault()?;
                Ok(Some(Arc::new(opened)))
            }
            Self::Given(given) => Ok(Some(Arc::clone(&given.store))),
        }
    }
}

/// The lake inside the home.
const EMBEDDED: &str = "embedded";

/// What a home says of the lake that its own journal belongs to.
#[derive(Serialize, Deserialize)]
struct Bound {
    /// The lake, in one line.
    lake: String,
}

/// Where journal and catalog of a lake lie in a home. A journal belongs to one lake: what was decided on the films of one has no
/// business in another. The first lake in a folder has the home's own, each other one a folder under `lakes/`.
///
/// # Errors
/// When the home cannot be written.
pub(crate) fn berth(home: &Home, place: &LakePlace) -> Result<PathBuf, Fault> {
    let line = match place {
        LakePlace::Folder(dir) => {
            let dir = std::path::absolute(dir).unwrap_or_else(|_unknown| dir.clone());
            place::to_uri(&dir)
        }
        other => other.line(),
    };
    if let LakePlace::Folder(dir) = place {
        let file = home.root().join("lake.toml");
        // Wherever the home lies: its own lake moves with it.
        let line = if *dir == home.lake() {
            EMBEDDED.to_owned()
        } else {
            line.clone()
        };
        match bound(&file)? {
            None => {
                write_bound(&file, line)?;
                return Ok(home.root().to_owned());
            }
            Some(bound) if bound.lake == line => return Ok(home.root().to_owned()),
            Some(_other) => {}
        }
    }
    let hash = blake3::Hasher::new_derive_key("circletake 2026 lake")
        .update(line.as_bytes())
        .finalize();
    let name: String = hash.to_hex().chars().take(16).collect();
    let folder = home.lakes().join(name);
    crate::home::make_folder(&folder)?;
    let file = folder.join("lake.toml");
    if !file.exists() {
        write_bound(&file, line)?;
    }
    Ok(folder)
}

/// The lake that a journal belongs to; none where nobody has said.
fn bound(file: &Path) -> Result<Option<Bound>, Fault> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(faults::from_io(
                &error,
                Code::Store,
                format!("Cannot read {}", file.display()),
            ));
        }
    };
    toml::from_str(&text).map(Some).map_err(|error| {
        Fault::new(
            Code::Settings,
            format!("The name of this home's lake does not read: {}", file.display()),
        )
        .hint("Move the file away; the journal then belongs to the lake that is opened next.")
        .because(&error)
    })
}

fn write_bound(file: &Path, lake: String) -> Result<(), Fault> {
    let text = toml::to_string(&Bound { lake }).map_err(|error| {
        Fault::new(Code::Internal, "The name of a lake cannot be written.").because(&error)
    })?;
    overlay::write_whole(file, text.as_bytes())
        .map_err(|error| faults::from_io(&error, Code::Store, format!("Cannot save {}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lake_has_a_journal_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let folder = |name: &str| LakePlace::Folder(dir.path().join(name));
        let bucket = |text: &str, endpoint: Option<&str>| {
            let access = Access {
                endpoint_url: endpoint.map(str::to_owned),
                ..Access::default()
            };
            LakePlace::read(OsStr::new(text), &access).unwrap()
        };
        let first = berth(&home, &folder("a")).unwrap();
        assert_eq!(first, home.root());
        let berths = [
            first,
            berth(&home, &folder("b")).unwrap(),
            berth(&home, &bucket("s3://media", None)).unwrap(),
            berth(&home, &bucket("s3://media/show", None)).unwrap(),
            berth(&home, &bucket("s3://media", Some("http://127.0.0.1:1"))).unwrap(),
        ];
        let distinct: std::collections::BTreeSet<_> = berths.iter().collect();
        assert_eq!(distinct.len(), berths.len());
        assert_eq!(berth(&home, &folder("a")).unwrap(), berths[0], "again the same");
        assert_eq!(berth(&home, &bucket("s3://media", None)).unwrap(), berths[2]);
    }

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
