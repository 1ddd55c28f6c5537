//! The lakes that were opened in a home, for a person to come back to. Nothing in the list is secret.

use std::path::PathBuf;
use std::sync::Arc;

use catalog::Journal;
use fault::{Code, Fault};
use serde::{Deserialize, Serialize};

use crate::changes::Subject;
use crate::entrance::{Entrance, Passphrase};
use crate::faults::{self, OrFault as _};
use crate::home::{Home, now_millis};
use crate::views::LakeView;
use crate::workstation::{OpenOptions, Workstation};
use crate::{Access, LakePlace, berth, overlay, place};

/// More lakes than anybody keeps apart; the one opened longest ago is left out first.
const MOST: usize = 200;

/// The file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    #[serde(default, rename = "lake", skip_serializing_if = "Vec::is_empty")]
    lakes: Vec<Written>,
    /// What a later version wrote.
    #[serde(flatten)]
    other: toml::Table,
}

/// One lake as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    /// `embedded`, a `file` URI or `s3://bucket/prefix`.
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// Milliseconds since 1970.
    opened_millis: u64,
    /// What a later version wrote.
    #[serde(flatten)]
    other: toml::Table,
}

/// A lake that was opened here.
#[derive(Clone, Debug)]
pub struct KnownLake {
    /// Its name in calls; the same as long as its address and its server are.
    pub id: String,
    /// As it is shown.
    pub view: LakeView,
    /// Where it is.
    pub place: LakePlace,
    /// When it was opened last, milliseconds since 1970; 0 for the embedded one before its first time.
    pub opened_millis: u64,
    /// Whether it is the one inside the home.
    pub is_embedded: bool,
    /// What waits in its journal.
    pub waiting: Waiting,
}

/// What a lake has not been sent yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Entries.
    pub entries: u64,
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Waiting {
    /// Whether everything is in the lake.
    pub const fn is_nothing(self) -> bool {
        self.entries == 0 && self.objects == 0
    }

    pub(crate) fn of(journal: &Journal) -> Result<Self, Fault> {
        let owed = journal.owed().or_fault()?;
        Ok(Self {
            entries: journal.unsent_entries().or_fault()?,
            objects: owed.objects,
            bytes: owed.bytes,
        })
    }
}

impl Written {
    fn of(home: &Home, place: &LakePlace) -> Option<Self> {
        let (address, access) = place.written()?;
        Some(Self {
            address: if home.is_own(place) {
                berth::EMBEDDED.to_owned()
            } else {
                address
            },
            endpoint_url: access.endpoint_url,
            profile: access.profile,
            region: access.region,
            opened_millis: now_millis(),
            other: toml::Table::new(),
        })
    }

    fn place(&self, home: &Home) -> Result<LakePlace, Fault> {
        if self.address == berth::EMBEDDED {
            return Ok(LakePlace::Folder(home.lake()));
        }
        if let Some(dir) = place::from_uri(&self.address) {
            return Ok(LakePlace::Folder(dir));
        }
        let access = Access {
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
        };
        LakePlace::read(self.address.as_ref(), &access)
    }
}

/// The lakes known in a home, the one opened last first; the one inside the home is always among them.
///
/// # Errors
/// A list that does not read.
pub(crate) fn list(home: &Home) -> Result<Vec<KnownLake>, Fault> {
    let mut all: Vec<KnownLake> = Vec::new();
    for written in read(home)?.lakes {
        match written.place(home) {
            Ok(place) => all.push(known(home, place, written.opened_millis)),
            Err(fault) => tracing::warn!("a lake in the list is none: {fault}"),
        }
    }
    if !all.iter().any(|lake| lake.is_embedded) {
        all.push(known(home, LakePlace::Folder(home.lake()), 0));
    }
    all.sort_by_key(|lake| std::cmp::Reverse(lake.opened_millis));
    Ok(all)
}

fn known(home: &Home, place: LakePlace, opened_millis: u64) -> KnownLake {
    let waiting = waiting(home, &place).unwrap_or_else(|fault| {
        tracing::warn!("what waits for {}: {fault}", place.line());
        Waiting::default()
    });
    KnownLake {
        id: id_of(home, &place),
        view: view(home, &place),
        is_embedded: home.is_own(&place),
        place,
        opened_millis,
        waiting,
    }
}

/// A lake as it is shown.
pub(crate) fn view(home: &Home, place: &LakePlace) -> LakeView {
    LakeView {
        name: if home.is_own(place) {
            "Embedded lake".to_owned()
        } else {
            place.name()
        },
        place: place.line(),
        kind: place.kind().to_owned(),
    }
}

/// What a lake is called in calls: never its path.
pub(crate) fn id_of(home: &Home, place: &LakePlace) -> String {
    berth::short_hash("circletake 2026 known lake", &berth::line_of(home, place))
}

/// What waits in it, whoever of this home decided it.
fn waiting(home: &Home, place: &LakePlace) -> Result<Waiting, Fault> {
    let mut all = Waiting::default();
    for dir in berth::journals(home, place)? {
        let one = Waiting::of(&Journal::open(&dir).or_fault()?)?;
        all.entries += one.entries;
        all.objects += one.objects;
        all.bytes += one.bytes;
    }
    Ok(all)
}

/// Takes note that a lake was opened.
///
/// # Errors
/// A list that does not read or cannot be written.
pub(crate) fn note(home: &Home, place: &LakePlace) -> Result<(), Fault> {
    let Some(mut now) = Written::of(home, place) else {
        return Ok(());
    };
    let mut list = read(home)?;
    if let Some(before) = list.take(home, &id_of(home, place)) {
        // Two that were opened within a millisecond keep their order.
        now.opened_millis = now.opened_millis.max(before.opened_millis);
        now.other = before.other;
    }
    let latest = list.lakes.iter().map(|lake| lake.opened_millis).max();
    now.opened_millis = now.opened_millis.max(latest.map_or(0, |latest| latest + 1));
    list.lakes.push(now);
    list.lakes
        .sort_by_key(|lake| std::cmp::Reverse(lake.opened_millis));
    list.lakes.truncate(MOST);
    write(home, &list)
}

/// Takes a lake off the list. What the home keeps of it stays where it is.
///
/// # Errors
/// A list that does not read or cannot be written.
pub(crate) fn forget(home: &Home, id: &str) -> Result<(), Fault> {
    let mut list = read(home)?;
    match list.take(home, id) {
        Some(_forgotten) => write(home, &list),
        None => Ok(()),
    }
}

/// The lake to come back to: the one opened last, if its folder is still there.
///
/// # Errors
/// A list that does not read; a folder that is away, which must not be made anew in an empty mount point.
pub(crate) fn last(home: &Home) -> Result<Option<LakePlace>, Fault> {
    let latest = read(home)?
        .lakes
        .into_iter()
        .max_by_key(|lake| lake.opened_millis);
    let Some(latest) = latest else { return Ok(None) };
    let place = latest.place(home)?;
    is_there(home, &place)?;
    Ok(Some(place))
}

/// Whether a lake that was open before can be opened again without making a new one.
///
/// # Errors
/// [`Code::NotFound`] for a folder that is away.
pub(crate) fn is_there(home: &Home, place: &LakePlace) -> Result<(), Fault> {
    match place {
        LakePlace::Folder(dir) if !home.is_own(place) && !dir.is_dir() => Err(Fault::new(
            Code::NotFound,
            format!("The folder of this lake is not there: {}", place::shown(dir)),
        )
        .hint("Connect the disk or the share it lies on, then open it again. What was decided there is kept in this home.")),
        _ => Ok(()),
    }
}

impl Workstation {
    /// Opens another lake in the same home, as this workstation was opened, entered by `entrance` or as was chosen for it; nobody sits at a terminal to be asked for a passphrase then. This one stays open: whoever holds it goes over to the
    /// other and closes it.
    ///
    /// # Errors
    /// As [`Self::open`]; [`Code::NotFound`] for a known folder that is away.
    pub fn open_beside(&self, lake: LakePlace, entrance: Option<Arc<Entrance>>) -> Result<Arc<Self>, Fault> {
        Self::open(OpenOptions {
            home: self.home.root().to_owned(),
            lake: Some(lake),
            entrance,
            passphrase: Some(Passphrase::of_environment()),
            comes_back: self.comes_back,
            workers: self.threads.has_workers(),
            reader: self.reader.clone(),
        })
    }

    /// The lakes that were opened in this home, the one opened last first, and what waits in each.
    ///
    /// # Errors
    /// A list that does not read.
    pub fn known_lakes(&self) -> Result<Vec<KnownLake>, Fault> {
        list(&self.home)
    }

    /// Whether the lake is the one inside the home.
    pub fn is_embedded(&self) -> bool {
        self.home.is_own(&self.place)
    }

    /// What this lake is called among the known ones.
    pub fn lake_id(&self) -> String {
        id_of(&self.home, &self.place)
    }

    /// What a lake is called among the known ones, and as it is shown.
    pub fn name_lake(&self, place: &LakePlace) -> (String, LakeView) {
        (id_of(&self.home, place), view(&self.home, place))
    }

    /// A known lake, to be opened again.
    ///
    /// # Errors
    /// [`Code::NotFound`] for one that is not known, and for a folder that is away.
    pub fn known_lake(&self, id: &str) -> Result<LakePlace, Fault> {
        let lake = self.known_lakes()?.into_iter().find(|lake| lake.id == id);
        let lake =
            lake.ok_or_else(|| Fault::new(Code::NotFound, "This lake is not in the list any more."))?;
        is_there(&self.home, &lake.place)?;
        Ok(lake.place)
    }

    /// Takes a lake off the list. What the home keeps of it (its journal, and what waits to be sent) stays, and is there again when
    /// the lake is.
    ///
    /// # Errors
    /// [`Code::Conflict`] for the lake that is open and the one inside the home; a list that cannot be written.
    pub fn forget_lake(&self, id: &str) -> Result<(), Fault> {
        let stays = if id == self.lake_id() {
            Some("the one that is open")
        } else if id == id_of(&self.home, &LakePlace::Folder(self.home.lake())) {
            Some("the one inside this home")
        } else {
            None
        };
        if let Some(which) = stays {
            return Err(Fault::new(
                Code::Conflict,
                format!("This lake is {which}, so it stays in the list."),
            ));
        }
        forget(&self.home, id)?;
        self.hub.tell([Subject::Lake]);
        Ok(())
    }

    /// Why the lake opened last is not the one that is open, when it is not.
    pub fn not_come_back(&self) -> Option<&Fault> {
        self.not_come_back.as_ref()
    }
}

impl List {
    fn take(&mut self, home: &Home, id: &str) -> Option<Written> {
        let at = self
            .lakes
            .iter()
            .position(|lake| lake.place(home).is_ok_and(|place| id_of(home, &place) == id))?;
        Some(self.lakes.remove(at))
    }
}

fn read(home: &Home) -> Result<List, Fault> {
    let path: PathBuf = home.known_lakes();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(List::default()),
        Err(error) => {
            let what = format!("Cannot read {}", path.display());
            return Err(faults::from_io(&error, Code::Settings, what));
        }
    };
    toml::from_str(&text).map_err(|error| {
        Fault::new(
            Code::Settings,
            format!("The list of lakes does not read: {}", path.display()),
        )
        .hint("Correct it or move the file away: it holds addresses only, nothing that was decided.")
        .because(&error)
    })
}

fn write(home: &Home, list: &List) -> Result<(), Fault> {
    let path = home.known_lakes();
    let text = toml::to_string(list).map_err(|error| {
        Fault::new(Code::Internal, "The list of lakes cannot be written.").because(&error)
    })?;
    overlay::write_whole(&path, text.as_bytes())
        .map_err(|error| faults::from_io(&error, Code::Settings, format!("Cannot save {}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn bucket(text: &str, profile: Option<&str>) -> LakePlace {
        let access = Access {
            endpoint_url: Some("http://127.0.0.1:9000".to_owned()),
            profile: profile.map(str::to_owned),
            region: None,
        };
        LakePlace::read(OsStr::new(text), &access).unwrap()
    }

    #[test]
    fn the_lake_opened_last_stands_first_and_a_changed_profile_replaces_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let names = || -> Vec<String> {
            list(&home)
                .unwrap()
                .into_iter()
                .map(|lake| lake.view.name)
                .collect()
        };
        assert_eq!(names(), ["Embedded lake"], "that one is always there");
        assert!(last(&home).unwrap().is_none());
        let places = [
            LakePlace::Folder(home.lake()),
            bucket("s3://media/one", None),
            bucket("s3://media/two", None),
        ];
        for place in &places {
            note(&home, place).unwrap();
        }
        assert_eq!(names(), ["media/two", "media/one", "Embedded lake"]);
        note(&home, &bucket("s3://media/one", Some("studio"))).unwrap();
        assert_eq!(names(), ["media/one", "media/two", "Embedded lake"]);
        let (address, access) = last(&home).unwrap().unwrap().written().unwrap();
        assert_eq!(
            (&*address, access.profile.as_deref()),
            ("s3://media/one", Some("studio"))
        );
        let text = std::fs::read_to_string(home.known_lakes()).unwrap();
        assert!(text.contains("embedded") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn a_lake_is_forgotten_from_the_list_alone_and_what_a_later_version_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let place = bucket("s3://media/one", None);
        std::fs::write(home.known_lakes(), "later = 1\n").unwrap();
        note(&home, &place).unwrap();
        let folder = home.lakes().join(berth::short_hash(
            "circletake 2026 lake",
            &berth::line_of(&home, &place),
        ));
        std::fs::create_dir_all(folder.join("anna")).unwrap();
        let journal = Journal::open(&folder.join("anna")).unwrap();
        journal.owe("raw/a/b.mov", 7, catalog::Urgency::Original).unwrap();
        let known = list(&home).unwrap().remove(0);
        assert_eq!((known.waiting.objects, known.waiting.bytes), (1, 7));
        forget(&home, &known.id).unwrap();
        assert_eq!(list(&home).unwrap().len(), 1);
        assert_eq!(Waiting::of(&journal).unwrap().objects, 1);
        assert!(
            std::fs::read_to_string(home.known_lakes())
                .unwrap()
                .contains("later = 1")
        );
        note(&home, &place).unwrap();
        assert_eq!(
            list(&home).unwrap()[0].waiting.objects,
            1,
            "it is there again with the lake"
        );
    }

    #[test]
    fn a_folder_that_is_away_is_not_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(&dir.path().join("home")).unwrap();
        let share = dir.path().join("share");
        std::fs::create_dir(&share).unwrap();
        note(&home, &LakePlace::Folder(share.clone())).unwrap();
        assert!(matches!(last(&home).unwrap(), Some(LakePlace::Folder(dir)) if dir == share));
        std::fs::remove_dir(&share).unwrap();
        assert_eq!(last(&home).unwrap_err().code, Code::NotFound);
        assert!(!share.exists());
    }
}
