//! Signing in to lakes: the choice for each, kept in the home without secrets; the vault that has the secrets; and the badge
//! that comes of both.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use lake::{
    Badge, Lake, Look, PersonalBadge, Principal, Prompter, Right, S3Lake, S3Place, Services, SignIn,
    SignInError,
};
use vault::{FileVault, Keychain, SecretString, ThisRun, Vault};

use crate::faults::{self, OrFault as _};
use crate::home;

/// The choice for lakes that have none of their own.
const EVERY_LAKE: &str = "every lake";

/// Asked for the passphrase of the file of secrets; `true` when there is none yet and a new one is to be made up. `None`
/// does without: then secrets are kept until the program ends.
pub type AskPassphrase<'a> = dyn FnMut(bool) -> Option<SecretString> + 'a;

/// What gives the passphrase of the file of secrets when it is needed.
#[derive(Clone)]
pub struct Passphrase(Arc<dyn Fn(bool) -> Option<SecretString> + Send + Sync>);

impl Passphrase {
    /// Asks `ask` each time; `true` when there is no file yet and a new passphrase is to be made up.
    pub fn new(ask: impl Fn(bool) -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    /// The one of [`passphrase_of_environment`], and none where that cannot be read, which is logged.
    pub fn of_environment() -> Self {
        Self::new(|_new| {
            passphrase_of_environment().unwrap_or_else(|fault| {
                tracing::warn!("{fault}");
                None
            })
        })
    }

    pub(crate) fn ask(&self, new: bool) -> Option<SecretString> {
        (self.0)(new)
    }
}

impl Default for Passphrase {
    fn default() -> Self {
        Self::new(|_new| None)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// The passphrase in the file that `CIRCLETAKE_PASSPHRASE_FILE` names; none when it names none.
///
/// # Errors
/// A file that cannot be read.
pub fn passphrase_of_environment() -> Result<Option<SecretString>, Fault> {
    let Some(path) = std::env::var_os("CIRCLETAKE_PASSPHRASE_FILE") else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim_end_matches(['\r', '\n']).into())),
        Err(error) => {
            let what = format!("Cannot read the passphrase from {}", path.to_string_lossy());
            Err(faults::from_io(&error, Code::Settings, what))
        }
    }
}

/// One way into lakes.
pub struct Entrance {
    badge: Badge,
    vault: Arc<dyn Vault>,
    runtime: Option<tokio::runtime::Runtime>,
    handle: tokio::runtime::Handle,
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entrance").field(&self.badge).finish()
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        // The last owner may stand in an asynchronous context, where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Entrance {
    /// Makes ready to sign in as `choice` says, or as was chosen before for `lake` (its address, `s3://bucket/prefix`) or for
    /// every lake. Nothing is sent yet.
    ///
    /// # Errors
    /// A choice that cannot work, a file of choices that does not read, a vault that does not open.
    pub fn open(
        home: &Path,
        lake: Option<&str>,
        choice: Option<SignIn>,
        region: Option<String>,
        passphrase: &mut AskPassphrase<'_>,
    ) -> Result<Self, Fault> {
        let choice = match choice {
            Some(choice) => choice,
            None => chosen(home, lake)?,
        };
        let vault = open_vault(home, passphrase)?;
        Self::with(choice, vault, region)
    }

    /// Makes ready to work in the lake at `place`: with the profile that was named for it, else as was chosen before. A vault is
    /// opened only where the choice keeps something in it, and never made.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn at(
        home: &Path,
        place: &S3Place,
        passphrase: &mut AskPassphrase<'_>,
    ) -> Result<Self, Fault> {
        let choice = match &place.profile {
            Some(name) => SignIn::Profile { name: name.clone() },
            None => chosen(home, Some(&place.to_string()))?,
        };
        let vault: Arc<dyn Vault> = if choice.asks_a_person() {
            open_vault(home, &mut |new| if new { None } else { passphrase(new) })?
        } else {
            Arc::new(ThisRun::default())
        };
        Self::with(choice, vault, place.region.clone())
    }

    /// Makes ready to sign in to the lake at `place` as `choice` says, with a vault only where there is somebody to ask for its
    /// passphrase.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn towards(
        home: &Path,
        choice: SignIn,
        place: &S3Place,
        passphrase: Option<&mut AskPassphrase<'_>>,
    ) -> Result<Self, Fault> {
        let vault: Arc<dyn Vault> = match passphrase {
            Some(passphrase) => open_vault(home, passphrase)?,
            None => Arc::new(ThisRun::default()),
        };
        Self::with(choice, vault, place.region.clone())
    }

    fn with(choice: SignIn, vault: Arc<dyn Vault>, region: Option<String>) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sign-in")
            .enable_all()
            .build()
            .map_err(|error| {
                faults::from_io(&error, Code::Internal, "Cannot start the threads of a sign-in.")
            })?;
        let services = Services {
            region,
            ..Services::of_environment()
        };
        let badge = runtime
            .block_on(Badge::new(choice, services, Arc::clone(&vault)))
            .map_err(|error| faults::from_sign_in(&error))?;
        Ok(Self {
            badge,
            vault,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// The lake at `place` as a store that signs for `principal` and nobody else.
    pub(crate) fn lake(&self, place: S3Place, principal: String) -> Result<Arc<dyn Lake>, Fault> {
        let badge = PersonalBadge::new(self.badge(), place.clone(), principal);
        let lake = self.handle.block_on(S3Lake::open_as(place, badge)).or_fault()?;
        Ok(Arc::new(lake))
    }

    /// What signs requests; lakes opened with it go on when somebody signs in anew.
    pub fn badge(&self) -> Badge {
        self.badge.clone()
    }

    /// Where secrets are kept, in words.
    pub fn secrets(&self) -> String {
        self.vault.place()
    }

    /// Signs in, asking the person for what it takes, and says who that is at `place`.
    ///
    /// # Errors
    /// Who refused, or that nobody answered.
    pub fn sign_in(&self, prompter: &dyn Prompter, place: Option<&S3Place>) -> Result<Principal, Fault> {
        self.handle
            .block_on(self.signed_in(prompter, place))
            .map_err(|error| faults::from_sign_in(&error))
    }

    async fn signed_in(
        &self,
        prompter: &dyn Prompter,
        place: Option<&S3Place>,
    ) -> Result<Principal, SignInError> {
        self.badge.sign_in(prompter).await?;
        self.badge.principal(place).await
    }

    /// The same unless `given_up` comes first; then nobody else is signed in than before, and there is no answer.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub fn sign_in_unless(
        &self,
        prompter: &dyn Prompter,
        place: Option<&S3Place>,
        given_up: impl Future<Output = ()>,
    ) -> Result<Option<Principal>, Fault> {
        let raced = async {
            tokio::select! {
                () = given_up => None,
                done = self.signed_in(prompter, place) => Some(done),
            }
        };
        let done = self.handle.block_on(raced).transpose();
        done.map_err(|error| faults::from_sign_in(&error))
    }

    /// Forgets the sign-in here, and ends it at the service where that is possible.
    ///
    /// # Errors
    /// When the vault cannot be changed.
    pub fn sign_out(&self) -> Result<(), Fault> {
        let done = self.handle.block_on(self.badge.sign_out());
        done.map_err(|error| faults::from_sign_in(&error))
    }

    /// Who one is at `place`, without asking the person.
    ///
    /// # Errors
    /// When a person has to sign in first; trouble with the service.
    pub fn who(&self, place: Option<&S3Place>) -> Result<Principal, Fault> {
        let who = self.handle.block_on(self.badge.principal(place));
        who.map_err(|error| faults::from_sign_in(&error))
    }

    /// The same, when it can be learnt in time.
    pub(crate) fn who_soon(&self, place: &S3Place, patience: Duration) -> Result<Principal, Fault> {
        let asking = async { tokio::time::timeout(patience, self.badge.principal(Some(place))).await };
        match self.handle.block_on(asking) {
            Ok(who) => who.map_err(|error| faults::from_sign_in(&error)),
            Err(_elapsed) => Err(Fault::new(
                Code::Lake,
                "The service that says who one is did not answer in time.",
            )
            .hint("Try again in a moment; nothing was lost.")),
        }
    }

    /// What the lake at `place` looks like.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn look(&self, place: S3Place) -> Result<Look, Fault> {
        let work = async {
            let lake = S3Lake::open_as(place, self.badge.clone()).await?;
            lake::look(&lake).await
        };
        self.handle.block_on(work).or_fault()
    }

    /// What one may do in the lake at `place`, tried without leaving anything behind.
    ///
    /// # Errors
    /// When nothing can be found out.
    pub fn rights(&self, place: S3Place) -> Result<Vec<Right>, Fault> {
        let who = self.who(Some(&place))?;
        let work = async {
            let lake = S3Lake::open_as(place, self.badge.clone()).await?;
            lake::rights(&lake, &who).await
        };
        self.handle.block_on(work).or_fault()
    }
}

fn choices_file(home: &Path) -> PathBuf {
    home.join("sign-in.json")
}

fn choices(home: &Path) -> Result<BTreeMap<String, SignIn>, Fault> {
    let path = choices_file(home);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            let what = format!("Cannot read {}", path.display());
            return Err(faults::from_io(&error, Code::Settings, what));
        }
    };
    serde_json::from_str(&text).map_err(|error| {
        Fault::new(
            Code::Settings,
            format!("How to sign in does not read: {}", path.display()),
        )
        .hint("Correct it or take the file away, then sign in again; it holds no secret.")
        .because(&error)
    })
}

/// How to sign in to `lake`: its own choice, else that for every lake, else what AWS's own tools find.
///
/// # Errors
/// A file of choices that does not read.
pub fn chosen(home: &Path, lake: Option<&str>) -> Result<SignIn, Fault> {
    let choices = choices(home)?;
    let own = lake.and_then(|lake| choices.get(lake.trim_end_matches('/')));
    Ok(own
        .or_else(|| choices.get(EVERY_LAKE))
        .cloned()
        .unwrap_or_default())
}

/// Remembers how to sign in to `lake`, or to every lake that has no choice of its own.
///
/// # Errors
/// A file of choices that does not read or cannot be written.
pub fn choose(home: &Path, lake: Option<&str>, choice: SignIn) -> Result<(), Fault> {
    let mut choices = choices(home)?;
    let lake = lake.unwrap_or(EVERY_LAKE).trim_end_matches('/');
    choices.insert(lake.to_owned(), choice);
    let path = choices_file(home);
    let written = || -> std::io::Result<()> {
        home::make_private(home)?;
        let text = serde_json::to_string_pretty(&choices).map_err(std::io::Error::other)?;
        let staged = path.with_extension("json.new");
        let mut file = std::fs::File::create(&staged)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&staged, &path)
    };
    written().map_err(|error| {
        let what = format!("Cannot write {}", path.display());
        faults::from_io(&error, Code::Settings, what)
    })
}

/// The file behind a passphrase where somebody made one, else the keychain, else a new file if the person gives a passphrase,
/// else memory.
fn open_vault(home: &Path, passphrase: &mut AskPassphrase<'_>) -> Result<Arc<dyn Vault>, Fault> {
    let path = home.join("secrets.vault");
    if FileVault::exists(&path) {
        // Without the passphrase the rest still works; only what lies in the file does not.
        return match passphrase(false) {
            Some(given) => open_file(&path, &given),
            None => Ok(Arc::new(ThisRun::default())),
        };
    }
    match Keychain::open() {
        Ok(keychain) => Ok(Arc::new(keychain)),
        Err(error) => {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "secrets cannot go to a keychain"
            );
            match passphrase(true) {
                Some(given) => {
                    let private = home::make_private(home);
                    private.map_err(|error| {
                        faults::from_io(
                            &error,
                            Code::Store,
                            format!("Cannot make the folder {}", home.display()),
                        )
                    })?;
                    open_file(&path, &given)
                }
                None => Ok(Arc::new(ThisRun::default())),
            }
        }
    }
}

fn open_file(path: &Path, passphrase: &SecretString) -> Result<Arc<dyn Vault>, Fault> {
    match FileVault::open(path, passphrase) {
        Ok(vault) => Ok(Arc::new(vault)),
        Err(error) => Err(faults::from_vault(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> SignIn {
        SignIn::Profile {
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_lake_has_its_own_choice_and_else_that_of_every_lake() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        assert_eq!(chosen(&home, None).unwrap(), SignIn::Chain);
        choose(&home, None, profile("studio")).unwrap();
        choose(&home, Some("s3://one/lake/"), SignIn::Machine).unwrap();
        assert_eq!(chosen(&home, None).unwrap(), profile("studio"));
        assert_eq!(chosen(&home, Some("s3://one/lake")).unwrap(), SignIn::Machine);
        assert_eq!(chosen(&home, Some("s3://two")).unwrap(), profile("studio"));
        std::fs::write(home.join("sign-in.json"), "{").unwrap();
        assert_eq!(chosen(&home, None).unwrap_err().code, Code::Settings);
        let refused = choose(&home, None, SignIn::Chain).unwrap_err();
        assert_eq!(refused.code, Code::Settings);
        assert_eq!(std::fs::read_to_string(home.join("sign-in.json")).unwrap(), "{");
    }

    #[test]
    fn a_file_of_secrets_is_opened_where_one_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.vault");
        FileVault::open(&path, &"right".into()).unwrap();
        let mut asked = Vec::new();
        let mut answer = |new: bool| {
            asked.push(new);
            Some("right".into())
        };
        let vault = open_vault(dir.path(), &mut answer).unwrap();
        assert!(vault.place().contains("secrets.vault"), "{}", vault.place());
        assert_eq!(asked, [false]);
        let wrong = open_vault(dir.path(), &mut |_| Some("wrong".into()))
            .err()
            .unwrap();
        assert_eq!(wrong.code, Code::NotAllowed);
        let without = open_vault(dir.path(), &mut |_| None).unwrap();
        assert!(without.place().starts_with("memory"), "{}", without.place());
    }
}
