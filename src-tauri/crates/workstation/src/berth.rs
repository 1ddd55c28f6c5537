//! What of a home belongs to which lake, and to whom. A journal belongs to one lake and one writer's name: what was decided on the
//! films of one lake has no business in another, and what one person decided is sent by that person and nobody else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use lake::{Lake, Principal, S3Place};
use serde::{Deserialize, Serialize};

use crate::entrance::{AskPassphrase, Entrance};
use crate::faults;
use crate::home::{self, Home, Identity};
use crate::lakes::LakePlace;
use crate::{overlay, place};

/// How long it may take to learn who is signed in where it was learnt before; then the desk opens with what it knew.
const PATIENCE: Duration = Duration::from_secs(2);
/// And where it was not.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);
/// The lake inside the home, in what is written down of it.
pub(crate) const EMBEDDED: &str = "embedded";

/// Where journal, catalog and copies of a lake lie in a home, and what opens the lake.
pub(crate) struct Berth {
    pub dir: PathBuf,
    /// Which workstation this is, in a file.
    pub identity: PathBuf,
    /// Who works here, where the lake says so.
    pub signed: Option<Signed>,
    pub entrance: Option<Arc<Entrance>>,
    /// The store of a lake elsewhere.
    pub far: Option<Arc<dyn Lake>>,
}

/// Who a lake says that one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signed {
    /// The segment of the lake's keys.
    pub principal: String,
    /// For people.
    pub name: String,
}

impl From<Principal> for Signed {
    fn from(who: Principal) -> Self {
        Self {
            principal: who.id,
            name: who.name,
        }
    }
}

/// What is written down of a lake.
#[derive(Serialize, Deserialize)]
struct Bound {
    /// The lake, in one line.
    lake: String,
    /// Who worked here last, where the lake says who that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed: Option<Signed>,
}

impl Berth {
    /// The berth of a lake in a home, made when it is not there, entered by `entrance` or as was chosen for it. Of a lake in a bucket it is the signed-in person's own. When nobody
    /// can be asked who that is, it is the last one's, whose badge then signs for that person only.
    ///
    /// # Errors
    /// When the home cannot be written; when nobody ever opened this lake here and nobody is signed in.
    pub fn take(
        home: &Home,
        place: &LakePlace,
        entrance: Option<Arc<Entrance>>,
        passphrase: &mut AskPassphrase<'_>,
    ) -> Result<Self, Fault> {
        match place {
            LakePlace::Folder(_) => Ok(Self::plain(home, folder_of(home, place)?, None)),
            LakePlace::Given(given) => Ok(Self::plain(
                home,
                folder_of(home, place)?,
                Some(Arc::clone(&given.store)),
            )),
            LakePlace::Bucket(bucket) => {
                let entrance = match entrance {
                    Some(entrance) => entrance,
                    None => Arc::new(Entrance::at(home.root(), bucket, passphrase)?),
                };
                Self::signed(home, place, bucket, entrance)
            }
        }
    }

    fn plain(home: &Home, dir: PathBuf, far: Option<Arc<dyn Lake>>) -> Self {
        Self {
            dir,
            identity: home.identity(),
            signed: None,
            entrance: None,
            far,
        }
    }

    fn signed(
        home: &Home,
        place: &LakePlace,
        bucket: &S3Place,
        entrance: Arc<Entrance>,
    ) -> Result<Self, Fault> {
        let folder = folder_of(home, place)?;
        let file = folder.join("lake.toml");
        let before = bound(&file)?.and_then(|bound| bound.signed);
        let patience = before.as_ref().map_or(FIRST_PATIENCE, |_| PATIENCE);
        let signed = match (entrance.who_soon(bucket, patience), before) {
            (Ok(who), before) => {
                let signed = Signed::from(who);
                if before.as_ref() != Some(&signed) {
                    write_bound(&file, place.line(), Some(signed.clone()))?;
                }
                signed
            }
            (Err(fault), Some(before)) => {
                tracing::info!("who is signed in cannot be learnt now: {fault}");
                before
            }
            (Err(fault), None) => return Err(never_opened(bucket, fault)),
        };
        let far = entrance.lake(bucket.clone(), signed.principal.clone())?;
        let dir = folder.join(short_hash("circletake 2026 principal", &signed.principal));
        home::make_folder(&dir)?;
        Ok(Self {
            identity: dir.join("workstation.toml"),
            dir,
            signed: Some(signed),
            entrance: Some(entrance),
            far: Some(far),
        })
    }

    /// Which workstation this is.
    ///
    /// # Errors
    /// An identity that does not read or cannot be written.
    pub fn identity(&self) -> Result<Identity, Fault> {
        let principal = self.signed.as_ref().map(|signed| signed.principal.as_str());
        Identity::bind(&self.identity, principal)
    }
}

fn never_opened(bucket: &S3Place, fault: Fault) -> Fault {
    Fault {
        message: format!(
            "{bucket} was never opened here, and it is not known who you are there: {}",
            fault.message
        ),
        ..fault
    }
    .hint("Sign in with `circletake sign-in` while the lake can be reached. Once it was opened, it works without a network.")
}

/// The first lake in a folder has the home itself, each other one a folder under `lakes/`.
fn folder_of(home: &Home, place: &LakePlace) -> Result<PathBuf, Fault> {
    let line = line_of(home, place);
    let Some(folder) = found(home, place)? else {
        write_bound(&own_file(home), line, None)?;
        return Ok(home.root().to_owned());
    };
    if folder == home.root() {
        return Ok(folder);
    }
    home::make_folder(&folder)?;
    let file = folder.join("lake.toml");
    if !file.exists() {
        write_bound(&file, line, None)?;
    }
    Ok(folder)
}

/// The same without making anything; none for a folder in a home that has no lake yet.
fn found(home: &Home, place: &LakePlace) -> Result<Option<PathBuf>, Fault> {
    let line = line_of(home, place);
    if let LakePlace::Folder(_) = place {
        match bound(&own_file(home))? {
            None => return Ok(None),
            Some(bound) if bound.lake == line => return Ok(Some(home.root().to_owned())),
            Some(_other) => {}
        }
    }
    Ok(Some(home.lakes().join(short_hash("circletake 2026 lake", &line))))
}

/// Where the journals of a lake lie that were begun in this home: one, or one for each person who signed in to it here.
///
/// # Errors
/// When what the home says of its own lake does not read.
pub(crate) fn journals(home: &Home, place: &LakePlace) -> Result<Vec<PathBuf>, Fault> {
    let Some(folder) = found(home, place)? else {
        return Ok(Vec::new());
    };
    let mut dirs = vec![folder.clone()];
    if place.bucket().is_some() {
        let persons = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        dirs.extend(persons.map(|entry| entry.path()));
    }
    dirs.retain(|dir| dir.join("journal.db").exists());
    Ok(dirs)
}

/// Where a home says which lake its own journal belongs to.
fn own_file(home: &Home) -> PathBuf {
    home.root().join("lake.toml")
}

/// What tells a lake from the others of a home: wherever the home lies, the lake inside it moves with it.
pub(crate) fn line_of(home: &Home, place: &LakePlace) -> String {
    match place {
        place if home.is_own(place) => EMBEDDED.to_owned(),
        LakePlace::Folder(dir) => {
            let dir = std::path::absolute(dir).unwrap_or_else(|_unknown| dir.clone());
            place::to_uri(&dir)
        }
        other => other.line(),
    }
}

/// A short name that stands for a line of text.
pub(crate) fn short_hash(context: &str, line: &str) -> String {
    let hash = blake3::Hasher::new_derive_key(context)
        .update(line.as_bytes())
        .finalize();
    hash.to_hex().chars().take(16).collect()
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

fn write_bound(file: &Path, lake: String, signed: Option<Signed>) -> Result<(), Fault> {
    let text = toml::to_string(&Bound { lake, signed }).map_err(|error| {
        Fault::new(Code::Internal, "The name of a lake cannot be written.").because(&error)
    })?;
    overlay::write_whole(file, text.as_bytes())
        .map_err(|error| faults::from_io(&error, Code::Store, format!("Cannot save {}", file.display())))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::lakes::Access;

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
        let first = folder_of(&home, &folder("a")).unwrap();
        assert_eq!(first, home.root());
        let berths = [
            first,
            folder_of(&home, &folder("b")).unwrap(),
            folder_of(&home, &bucket("s3://media", None)).unwrap(),
            folder_of(&home, &bucket("s3://media/show", None)).unwrap(),
            folder_of(&home, &bucket("s3://media", Some("http://127.0.0.1:1"))).unwrap(),
        ];
        let distinct: std::collections::BTreeSet<_> = berths.iter().collect();
        assert_eq!(distinct.len(), berths.len());
        assert_eq!(
            folder_of(&home, &folder("a")).unwrap(),
            berths[0],
            "again the same"
        );
        assert_eq!(folder_of(&home, &bucket("s3://media", None)).unwrap(), berths[2]);
    }

    #[test]
    fn every_person_has_a_journal_of_their_own_and_nobody_is_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let access = Access {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            ..Access::default()
        };
        let place = LakePlace::read(OsStr::new("s3://media"), &access).unwrap();
        let choose = |id: &str| {
            let choice = lake::SignIn::Keys {
                id: Some(id.to_owned()),
            };
            crate::choose_sign_in(home.root(), Some("s3://media"), choice).unwrap();
        };
        let passphrase = "a passphrase of this test";
        let keep = |id: &str| {
            let vault =
                vault::FileVault::open(home.root().join("secrets.vault"), &passphrase.into()).unwrap();
            vault::Vault::put(&vault, &format!("keys {id}"), &"a secret".into()).unwrap();
        };
        let take = || Berth::take(&home, &place, None, &mut |_| Some(passphrase.into()));

        keep("SOMEBODY");
        choose("ANNA");
        let fault = take().err().unwrap();
        assert_eq!(fault.code, Code::NotAllowed, "{fault:?}");
        keep("ANNA");
        let annas = take().unwrap();
        assert_eq!(annas.identity().unwrap().principal, "ANNA");
        choose("BEN");
        // Not signed in yet: it is still the desk of who was here last, and signs for her only.
        assert_eq!(take().unwrap().dir, annas.dir);
        keep("BEN");
        let bens = take().unwrap();
        assert_eq!(bens.identity().unwrap().principal, "BEN");
        assert_ne!(bens.dir, annas.dir);
        assert_ne!(
            bens.identity().unwrap().workstation,
            annas.identity().unwrap().workstation
        );
        choose("ANNA");
        assert_eq!(take().unwrap().dir, annas.dir);
    }
}
