//! The open workstation: a home, a lake, what is derived from them, and the threads that work in the background.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use catalog::{Catalog, Journal, Owner};
use fault::{Code, Fault};
use ledger::{Author, Body, Entry};

use crate::berth::{Berth, Signed};
use crate::changes::{Changes, Hub, Subject};
use crate::entrance::{Entrance, Passphrase};
use crate::faults::OrFault as _;
use crate::foreign::Foreign;
use crate::frames::FrameClocks;
use crate::home::{self, Home, Identity, now_millis};
use crate::keymap::KeymapFile;
use crate::known;
use crate::lakeside::Lakeside;
use crate::outgoing::Departures;
use crate::settings::SettingsFile;
use crate::snapshots::Snapshots;
use crate::threads::{Bell, Threads};
use crate::views::{Hello, KeymapView, LakeView, PersonView};
use crate::wishes::Arrivals;
use crate::{LakePlace, Settings, log, owner};

/// How to open a workstation.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The person's home of Circle Take; made when it is not there.
    pub home: PathBuf,
    /// The lake; the one inside the home when not given.
    pub lake: Option<LakePlace>,
    /// The way into it, where somebody has just made one; as was chosen for it when not given.
    pub entrance: Option<Arc<Entrance>>,
    /// Whether the lake is noted as the one to come back to, and the one noted last is come back to when none is given.
    pub comes_back: bool,
    /// Whether this process takes up jobs at once.
    pub workers: bool,
    /// The program that reads foreign files in a process of its own; this process does when there is none. Its `main` begins
    /// with [`crate::serve_apart`].
    pub reader: Option<PathBuf>,
    /// Asked for the passphrase of the file of secrets, where the lake's sign-in needs one; nobody is when there is none.
    pub passphrase: Option<Passphrase>,
}

impl OpenOptions {
    /// A home with its own lake, without workers.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            lake: None,
            entrance: None,
            comes_back: false,
            workers: false,
            reader: None,
            passphrase: None,
        }
    }

    /// As desks do it: the lake opened last comes first, whichever was opened before it.
    #[must_use]
    pub const fn coming_back(mut self) -> Self {
        self.comes_back = true;
        self
    }

    /// Foreign files are read by this program, started again for each: a decoder that crashes takes nothing along.
    #[must_use]
    pub fn reading_apart(mut self) -> Self {
        self.reader = crate::apart::own_program();
        self
    }
}

/// The home of this user when nothing else is said, for example `~/.local/share/circletake`.
///
/// # Errors
/// When the system names no home directory.
pub fn default_home() -> Result<PathBuf, Fault> {
    directories::ProjectDirs::from("org", "", "circletake")
        .map(|dirs| dirs.data_dir().to_owned())
        .ok_or_else(|| {
            Fault::new(
                Code::Settings,
                "The system names no home directory for this user.",
            )
            .hint("Say where to keep things with --home DIR.")
        })
}

/// Everything a person or a script can ask for. All methods block and may be called from any thread.
pub struct Workstation {
    pub(crate) home: Home,
    pub(crate) identity: RwLock<Identity>,
    pub(crate) identity_file: PathBuf,
    signed: Option<Signed>,
    /// Held for its threads, on which the connections are by which a sign-in is renewed.
    _entrance: Option<Arc<Entrance>>,
    pub(crate) journal: Journal,
    pub(crate) catalog: Catalog,
    pub(crate) place: LakePlace,
    pub(crate) lake: Lakeside,
    pub(crate) arrivals: Arrivals,
    pub(crate) departures: Departures,
    pub(crate) foreign: Foreign,
    pub(crate) snapshots: Snapshots,
    /// Held by the thread of this process that sends entries, and by the one that sends objects.
    pub(crate) sends_entries: Mutex<()>,
    pub(crate) sends_objects: Mutex<()>,
    /// Whether there may be runs whose proposals are not here yet.
    pub(crate) misses_runs: AtomicBool,
    pub(crate) reader: Option<PathBuf>,
    pub(crate) comes_back: bool,
    /// Why the lake opened last is not the one that is open.
    pub(crate) not_come_back: Option<Fault>,
    settings: RwLock<SettingsFile>,
    keymap: RwLock<KeymapFile>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) owner: Owner,
    pub(crate) clocks: FrameClocks,
    /// Cancels asked for in this process, so that they act before the next sign of life.
    pub(crate) cancels: Mutex<std::collections::BTreeSet<i64>>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) threads: Threads,
}

impl Workstation {
    /// Opens a home and a lake, making what is missing, and brings the catalog up to date with the journal.
    ///
    /// # Errors
    /// When a folder cannot be made, a database was written by a later version or is damaged, or the lake's folder cannot
    /// keep a lake's promises.
    pub fn open(options: OpenOptions) -> Result<Arc<Self>, Fault> {
        media::init();
        let home = Home::open(&options.home)?;
        let embedded = LakePlace::Folder(home.lake());
        if let Some(place) = options.lake.clone() {
            return Self::open_at(options, home, place, None);
        }
        if !options.comes_back {
            return Self::open_at(options, home, embedded, None);
        }
        let back = known::last(&home).and_then(|last| match last {
            Some(place) => Self::open_at(options.clone(), home.clone(), place, None).map(Some),
            None => Ok(None),
        });
        match back {
            Ok(Some(workstation)) => Ok(workstation),
            Ok(None) => Self::open_at(options, home, embedded, None),
            Err(fault) => {
                tracing::warn!("the lake opened last is not come back to: {fault}");
                Self::open_at(options, home, embedded, Some(fault))
            }
        }
    }

    fn open_at(
        options: OpenOptions,
        home: Home,
        place: LakePlace,
        not_come_back: Option<Fault>,
    ) -> Result<Arc<Self>, Fault> {
        let settings = SettingsFile::load(&home.settings())?;
        log::set_level(settings.settings.log.level);
        let keymap = KeymapFile::load(&home.keymap())?;
        let passphrase = options.passphrase.unwrap_or_default();
        let berth = Berth::take(&home, &place, options.entrance, &mut |new| passphrase.ask(new))?;
        let identity = berth.identity()?;
        let lake = Lakeside::open(&place, &berth.dir, berth.far)?;
        let journal = Journal::open(&berth.dir).or_fault()?;
        let catalog = Catalog::open(&berth.dir).or_fault()?;
        let home = home.moored(berth.dir)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let workstation = Arc::new(Self {
            home,
            identity: RwLock::new(identity),
            identity_file: berth.identity,
            signed: berth.signed,
            _entrance: berth.entrance,
            journal,
            catalog,
            place,
            lake,
            arrivals: Arrivals::default(),
            departures: Departures::default(),
            foreign: Foreign::default(),
            snapshots: Snapshots::default(),
            sends_entries: Mutex::default(),
            sends_objects: Mutex::default(),
            misses_runs: AtomicBool::new(true),
            reader: options.reader,
            comes_back: options.comes_back,
            not_come_back,
            settings: RwLock::new(settings),
            keymap: RwLock::new(keymap),
            hub: Arc::default(),
            owner: owner::this_process(),
            clocks: FrameClocks::default(),
            cancels: Mutex::default(),
            bell: Arc::default(),
            stopping,
            threads: Threads::default(),
        });
        workstation.lake.set_caps(&workstation.settings().lake);
        workstation.catalog.catch_up(&workstation.journal).or_fault()?;
        workstation.count_kept()?;
        if !workstation.lake.is_far() {
            workstation.fetch_missing_proposals()?;
        }
        workstation.clear_the_dead()?;
        workstation.clear_incoming()?;
        if options.comes_back {
            known::note(&workstation.home, &workstation.place)?;
        }
        workstation.threads.start_watch(&workstation)?;
        if options.workers {
            workstation.start_workers()?;
        }
        Ok(workstation)
    }

    /// The home's folder.
    pub fn home(&self) -> &Path {
        self.home.root()
    }

    /// The folder on this machine that holds the lake, or what is kept of one elsewhere.
    pub fn lake_dir(&self) -> &Path {
        self.lake.folder().dir()
    }

    /// Where logs go.
    pub fn logs_dir(&self) -> PathBuf {
        self.home.logs()
    }

    /// Where a shell puts uploaded files before it asks for their ingest.
    pub fn incoming_dir(&self) -> PathBuf {
        self.home.incoming()
    }

    /// Notices of what becomes stale, also through another process, within a second.
    pub fn subscribe(&self) -> Changes {
        let changes = self.hub.subscribe();
        self.bell.ring();
        changes
    }

    /// What a desk asks first.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn hello(&self) -> Result<Hello, Fault> {
        Ok(Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lake: self.lake_view(),
            person: self.person(),
            undo: self.undo_state()?,
            demo_asset: self.demo_asset()?,
        })
    }

    /// The lake as it is shown.
    pub fn lake_view(&self) -> LakeView {
        known::view(&self.home, &self.place)
    }

    /// Who works here, by the settings; where they name nobody, as the lake names who is signed in, or the operating system its user.
    pub fn person(&self) -> PersonView {
        let settings = self.settings_file();
        let named = settings.settings.person.name.trim();
        let name = match &self.signed {
            _ if !named.is_empty() => named.to_owned(),
            Some(signed) => signed.name.clone(),
            None => home::user_name(),
        };
        PersonView {
            name,
            role: role_word(settings.settings.person.role).to_owned(),
        }
    }

    pub(crate) fn author(&self) -> Author {
        let identity = self
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let role = self.settings_file().settings.person.role;
        Author {
            principal: identity.principal,
            workstation: identity.workstation,
            person: self.person().name,
            role,
        }
    }

    /// Writes own entries to disk, then shows them.
    pub(crate) fn record(&self, bodies: Vec<Body>) -> Result<Vec<Entry>, Fault> {
        let entries = self
            .journal
            .append(&self.author(), now_millis(), bodies)
            .or_fault()?;
        self.catalog.catch_up(&self.journal).or_fault()?;
        Ok(entries)
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.settings_file().settings.clone()
    }

    /// Why the settings file was set aside, if it was.
    pub fn settings_fault(&self) -> Option<Fault> {
        self.settings_file().fault.clone()
    }

    /// Changes settings by a partial JSON object, for example `{"desk":{"theme":"light"}}`, and saves what differs from
    /// the defaults.
    ///
    /// # Errors
    /// An unknown setting, a value it cannot have, or a file that cannot be saved; nothing is changed then.
    pub fn set_settings(&self, patch: &serde_json::Value) -> Result<Settings, Fault> {
        let settings = {
            let mut file = self.settings.write().unwrap_or_else(PoisonError::into_inner);
            // Another process may have written since.
            let mut fresh = SettingsFile::load(&self.home.settings())?;
            fresh.change(patch)?;
            *file = fresh;
            file.settings.clone()
        };
        log::set_level(settings.log.level);
        self.lake.set_caps(&settings.lake);
        self.hub.tell([Subject::Settings]);
        // Whoever watches folders looks at the settings when it rings.
        self.bell.ring();
        Ok(settings)
    }

    /// The keys in force.
    pub fn keymap(&self) -> KeymapView {
        self.keymap
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .view
            .clone()
    }

    /// Changes the preset, the bindings or both, and saves what differs.
    ///
    /// # Errors
    /// An unknown preset or act, something that is not a key, or a file that cannot be saved.
    pub fn set_keymap(
        &self,
        preset: Option<&str>,
        bindings: Option<&std::collections::BTreeMap<String, Vec<String>>>,
    ) -> Result<KeymapView, Fault> {
        let view = {
            let mut file = self.keymap.write().unwrap_or_else(PoisonError::into_inner);
            let mut fresh = KeymapFile::load(&self.home.keymap())?;
            fresh.change(preset, bindings)?;
            *file = fresh;
            file.view.clone()
        };
        self.hub.tell([Subject::Settings]);
        Ok(view)
    }

    /// Reads settings and keymap again when somebody changed the files.
    pub(crate) fn reload_settings(&self) -> Result<bool, Fault> {
        let fresh = SettingsFile::load(&self.home.settings())?;
        let keymap = KeymapFile::load(&self.home.keymap())?;
        let mut changed = false;
        let mut file: RwLockWriteGuard<'_, SettingsFile> =
            self.settings.write().unwrap_or_else(PoisonError::into_inner);
        if file.settings != fresh.settings {
            *file = fresh;
            changed = true;
        }
        let (level, lake) = (file.settings.log.level, file.settings.lake.clone());
        drop(file);
        log::set_level(level);
        self.lake.set_caps(&lake);
        let mut keys = self.keymap.write().unwrap_or_else(PoisonError::into_inner);
        if keys.view != keymap.view {
            *keys = keymap;
            changed = true;
        }
        Ok(changed)
    }

    fn settings_file(&self) -> RwLockReadGuard<'_, SettingsFile> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A role as it stands on the wire.
pub(crate) const fn role_word(role: ledger::Role) -> &'static str {
    match role {
        ledger::Role::Editor => "editor",
        ledger::Role::Qc => "qc",
        ledger::Role::Producer => "producer",
    }
}
