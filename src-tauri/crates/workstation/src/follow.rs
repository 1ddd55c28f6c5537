//! What other workstations wrote into the lake, on its way into the catalog.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use catalog::{WriterRecord, WriterTrouble, segment};
use fault::{Code, Fault};
use lake::layout;
use ledger::Entry;
use serde::{Deserialize, Serialize};

use crate::faults::OrFault as _;
use crate::home::now_millis;
use crate::workstation::Workstation;

/// The version of heads that this build reads.
const HEAD_VERSION: u32 = 1;
/// Heads in one page of the listing.
const PAGE: usize = 1000;

/// Principal and workstation.
type WriterName = (String, String);

/// The small object that says how far a writer has come.
#[derive(Serialize, Deserialize)]
pub(crate) struct HeadForm {
    pub version: u32,
    pub sequence: u64,
    pub chain: String,
}

/// A head that does not read, or is of a later version.
pub(crate) struct Unreadable;

/// What following the others found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Segments that were new.
    pub segments: u64,
    /// Entries in them that were new.
    pub entries: u64,
    /// Writers that cannot be followed to their head, and why.
    pub troubles: Vec<WriterView>,
}

/// A writer that cannot be followed to its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterView {
    /// The lake prefix it writes under.
    pub principal: String,
    /// Its workstation id.
    pub workstation: String,
    /// `gap`, `tampered`, `behind`, `unreadable` or `impostor`.
    pub trouble: String,
    /// The same in words.
    pub words: String,
}

impl WriterView {
    fn of(record: &WriterRecord) -> Option<Self> {
        let trouble = record.trouble?;
        let words = match trouble {
            WriterTrouble::Gap => format!("segment {} is missing in the lake", record.sequence + 1),
            WriterTrouble::Tampered => format!(
                "what lies in the lake after segment {} is not what was written there",
                record.sequence
            ),
            WriterTrouble::Behind => format!(
                "the lake has gone back behind segment {}, which was taken in before",
                record.sequence
            ),
            WriterTrouble::Unreadable => format!("what follows segment {} does not read", record.sequence),
            WriterTrouble::Impostor => {
                "some of its entries claim another's name and were left out".to_owned()
            }
        };
        Some(Self {
            principal: record.principal.clone(),
            workstation: record.workstation.clone(),
            trouble: trouble.word().to_owned(),
            words,
        })
    }
}

impl Workstation {
    /// Takes in what other workstations wrote into the lake since the last call: one listing of heads, then the segments that
    /// are new. A segment counts only when the chain of all new ones ends in what the head says; entries count only under the
    /// name of the prefix they lie under. A writer whose segments do not fit is followed no further and named; the others are.
    ///
    /// # Errors
    /// Trouble with the lake or the store; what was taken in before stays, the next call goes on.
    pub fn follow(&self) -> Result<Followed, Fault> {
        let known: BTreeMap<WriterName, WriterRecord> = self
            .catalog
            .writers()
            .or_fault()?
            .into_iter()
            .map(|record| ((record.principal.clone(), record.workstation.clone()), record))
            .collect();
        let mut followed = Followed::default();
        for (name, version) in self.heads()? {
            let mut record = match known.get(&name) {
                Some(record) => record.clone(),
                None => self.unknown_writer(&name)?,
            };
            if record.head != version || may_heal(record.trouble) {
                self.follow_writer(&mut record, version, &mut followed)?;
            }
            followed.troubles.extend(WriterView::of(&record));
        }
        if followed.entries > 0 || self.misses_runs.load(Ordering::Acquire) {
            self.fetch_missing_proposals()?;
        }
        Ok(followed)
    }

    /// Takes in what lies in the lake behind the heads: its writer died between a segment and its head, and for good, or is just
    /// at it. One request for every writer, so this is for a start and for now and then.
    ///
    /// # Errors
    /// As [`Self::follow`].
    pub fn follow_beyond_heads(&self) -> Result<Followed, Fault> {
        let mut followed = Followed::default();
        for mut record in self.catalog.writers().or_fault()? {
            let own = self.author();
            if record.trouble.is_some()
                || (&own.principal, &own.workstation) == (&record.principal, &record.workstation)
            {
                continue;
            }
            while let Some(bytes) = self.segment_bytes(&record)? {
                let Ok(entries) = segment::unpack(&bytes) else {
                    break;
                };
                self.take_segment(&mut record, &blake3::hash(&bytes), entries, &mut followed)?;
            }
        }
        if followed.entries > 0 {
            self.fetch_missing_proposals()?;
        }
        Ok(followed)
    }

    /// Who writes into the lake, with the version of each head.
    fn heads(&self) -> Result<Vec<(WriterName, String)>, Fault> {
        let mut heads = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.lake.list(layout::HEADS, after.as_deref(), PAGE)?;
            for object in &page.objects {
                if let Some((principal, workstation)) = layout::parse_head(&object.key) {
                    let name = (principal.to_owned(), workstation.to_owned());
                    heads.push((name, object.etag.as_str().to_owned()));
                }
            }
            after = page.objects.last().map(|object| object.key.as_str().to_owned());
            if !page.more {
                return Ok(heads);
            }
        }
    }

    /// A writer that was not followed yet. What this workstation sent itself is not read back; what the lake has of it beyond
    /// that (the home was brought back from a copy) is.
    fn unknown_writer(&self, (principal, workstation): &WriterName) -> Result<WriterRecord, Fault> {
        let mut record = WriterRecord {
            principal: principal.clone(),
            workstation: workstation.clone(),
            ..WriterRecord::default()
        };
        let own = self.author();
        if (&own.principal, &own.workstation) == (principal, workstation) {
            let head = self.journal.head(workstation).or_fault()?;
            record.sequence = head.sequence;
            record.chain = head.chain;
        }
        Ok(record)
    }

    fn follow_writer(
        &self,
        record: &mut WriterRecord,
        version: String,
        followed: &mut Followed,
    ) -> Result<(), Fault> {
        record.trouble = None;
        let head = match self.told_head(&record.principal, &record.workstation)? {
            // Taken away since the listing.
            None => return Ok(()),
            Some(Err(Unreadable)) => {
                record.head = version;
                return self.stop_following(record, WriterTrouble::Unreadable);
            }
            Some(Ok(head)) => head,
        };
        if self.tells_more(record, &head)? {
            return Ok(());
        }
        let followed_to = self.follow_to(record, &head, followed)?;
        // Only now: whoever is interrupted before looks at the same head again.
        record.head = version;
        match followed_to {
            Some(trouble) => self.stop_following(record, trouble),
            None => self.catalog.apply_of(record, &[]).map(drop).or_fault(),
        }
    }

    /// The head of a writer as it lies in the lake; none where it is not there.
    pub(crate) fn told_head(
        &self,
        principal: &str,
        workstation: &str,
    ) -> Result<Option<Result<HeadForm, Unreadable>>, Fault> {
        let key = layout::head(principal, workstation).or_fault()?;
        match self.lake.get(&key) {
            Ok(bytes) => {
                let head = serde_json::from_slice::<HeadForm>(&bytes).ok();
                let head = head.filter(|head| head.version <= HEAD_VERSION);
                Ok(Some(head.ok_or(Unreadable)))
            }
            Err(fault) if fault.code == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Whether this home has sent more under that name than the head says: then the head was written by a copy of this home that
    /// was behind, and is put right.
    fn tells_more(&self, record: &WriterRecord, head: &HeadForm) -> Result<bool, Fault> {
        if self.author().principal != record.principal {
            return Ok(false);
        }
        let sent = self.journal.head(&record.workstation).or_fault()?;
        if sent.sequence <= head.sequence {
            return Ok(false);
        }
        self.put_head(&record.principal, &record.workstation, &sent)?;
        Ok(true)
    }

    /// Follows a writer to its head, or as far as what lies there fits.
    fn follow_to(
        &self,
        record: &mut WriterRecord,
        head: &HeadForm,
        followed: &mut Followed,
    ) -> Result<Option<WriterTrouble>, Fault> {
        let own = self.author();
        if own.principal == record.principal && own.workstation == record.workstation {
            // Its own head moves with what it sends.
            let sent = self.journal.head(&own.workstation).or_fault()?;
            if sent.sequence >= record.sequence {
                record.sequence = sent.sequence;
                record.chain = sent.chain;
            }
        }
        if head.sequence < record.told {
            return Ok(Some(WriterTrouble::Behind));
        }
        record.told = head.sequence;
        if head.sequence < record.sequence {
            // What lies beyond it was taken in already.
            return Ok(None);
        }
        if head.sequence == record.sequence && head.chain != record.chain {
            return Ok(Some(WriterTrouble::Tampered));
        }
        let hashes = match self.new_hashes(record, head)? {
            Ok(hashes) => hashes,
            Err(trouble) => return Ok(Some(trouble)),
        };
        for hash in hashes {
            let bytes = self.segment_bytes(record)?;
            let Some(bytes) = bytes.filter(|bytes| blake3::hash(bytes) == hash) else {
                return Ok(Some(WriterTrouble::Tampered));
            };
            let Ok(entries) = segment::unpack(&bytes) else {
                return Ok(Some(WriterTrouble::Unreadable));
            };
            let key = layout::segment(&record.principal, &record.workstation, record.sequence + 1);
            // Known to be what was written: from now on it can be read without a network.
            self.lake.keep(&key.or_fault()?, &bytes)?;
            self.take_segment(record, &hash, entries, followed)?;
        }
        Ok(record.trouble)
    }

    /// The hashes of the segments up to the head, when their chain ends in the head's.
    fn new_hashes(
        &self,
        record: &WriterRecord,
        head: &HeadForm,
    ) -> Result<Result<Vec<blake3::Hash>, WriterTrouble>, Fault> {
        let mut reached = record.clone();
        let mut hashes = Vec::new();
        while reached.sequence < head.sequence {
            let Some(bytes) = self.segment_bytes(&reached)? else {
                return Ok(Err(WriterTrouble::Gap));
            };
            let hash = blake3::hash(&bytes);
            reached.chain = segment::chain_after(&reached.chain, hash.to_hex().as_str());
            reached.sequence += 1;
            hashes.push(hash);
        }
        if reached.chain == head.chain {
            Ok(Ok(hashes))
        } else {
            Ok(Err(WriterTrouble::Tampered))
        }
    }

    /// The segment after those taken in; none where it is not there.
    fn segment_bytes(&self, record: &WriterRecord) -> Result<Option<Vec<u8>>, Fault> {
        let next = record.sequence + 1;
        let key = layout::segment(&record.principal, &record.workstation, next).or_fault()?;
        match self.lake.get_kept(&key) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(fault) if fault.code == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn take_segment(
        &self,
        record: &mut WriterRecord,
        hash: &blake3::Hash,
        entries: Vec<Entry>,
        followed: &mut Followed,
    ) -> Result<(), Fault> {
        let all = entries.len();
        let theirs: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| entry.author.principal == record.principal)
            .collect();
        if theirs.len() < all {
            tracing::warn!(
                principal = record.principal,
                workstation = record.workstation,
                "{} entries claim another's name and are left out",
                all - theirs.len()
            );
            record.trouble = Some(WriterTrouble::Impostor);
        }
        record.sequence += 1;
        record.chain = segment::chain_after(&record.chain, hash.to_hex().as_str());
        followed.entries += self.catalog.apply_of(record, &theirs).or_fault()?.entries;
        followed.segments += 1;
        // What is written here from now on is ordered after what was seen.
        if let Some(latest) = theirs.iter().map(|entry| entry.clock).max() {
            self.journal.observe_clock(latest, now_millis()).or_fault()?;
        }
        Ok(())
    }

    fn stop_following(&self, record: &mut WriterRecord, trouble: WriterTrouble) -> Result<(), Fault> {
        tracing::warn!(
            principal = record.principal,
            workstation = record.workstation,
            "followed up to segment {} only: {}",
            record.sequence,
            trouble.word()
        );
        record.trouble = Some(trouble);
        self.catalog.apply_of(record, &[]).map(drop).or_fault()
    }

    /// Writers that cannot be followed to their head, as the last call found them.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn writers_in_trouble(&self) -> Result<Vec<WriterView>, Fault> {
        let writers = self.catalog.writers().or_fault()?;
        Ok(writers.iter().filter_map(WriterView::of).collect())
    }
}

/// Whether a look may find the trouble gone though the head is the same: a segment came late, a disk was mended.
const fn may_heal(trouble: Option<WriterTrouble>) -> bool {
    matches!(
        trouble,
        Some(WriterTrouble::Gap | WriterTrouble::Tampered | WriterTrouble::Unreadable)
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use lake::Key;
    use ledger::{Author, Body, Hlc, Location};

    use super::*;
    use crate::workstation::OpenOptions;

    /// Workstations of several people at one lake in a folder.
    fn at_lake(dir: &Path, home: &str) -> Arc<Workstation> {
        let mut options = OpenOptions::new(dir.join(home));
        options.lake = Some(dir.join("lake").into());
        Workstation::open(options).unwrap()
    }

    fn found(name: &str) -> Body {
        Body::Location(Location {
            asset: ledger::AssetId::from_hash(blake3::hash(b"a film")),
            place: format!("file:///{name}"),
        })
    }

    /// Writes one entry and sends it.
    fn note(workstation: &Workstation, name: &str) {
        workstation.record(vec![found(name)]).unwrap();
        workstation.publish().unwrap();
    }

    fn knows(workstation: &Workstation, name: &str) -> bool {
        !workstation
            .catalog
            .locations_of_place(&format!("file:///{name}"))
            .unwrap()
            .is_empty()
    }

    fn segment_key(author: &Author, sequence: u64) -> Key {
        layout::segment(&author.principal, &author.workstation, sequence).unwrap()
    }

    fn head_of(workstation: &Workstation, author: &Author) -> (Key, HeadForm) {
        let key = layout::head(&author.principal, &author.workstation).unwrap();
        let head = serde_json::from_slice(&workstation.lake.get(&key).unwrap()).unwrap();
        (key, head)
    }

    fn put_head(workstation: &Workstation, key: &Key, head: &HeadForm) {
        workstation
            .lake
            .replace(key, serde_json::to_vec(head).unwrap())
            .unwrap();
    }

    fn troubles(followed: &Followed) -> Vec<&str> {
        followed
            .troubles
            .iter()
            .map(|writer| writer.trouble.as_str())
            .collect()
    }

    #[test]
    fn what_one_writes_the_others_take_in_once() {
        let dir = tempfile::tempdir().unwrap();
        let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
        for name in ["a.mov", "b.mov", "c.mov"] {
            note(&anna, name);
        }
        let followed = ben.follow().unwrap();
        assert_eq!(
            (followed.segments, followed.entries, troubles(&followed).len()),
            (3, 3, 0)
        );
        assert!(knows(&ben, "a.mov") && knows(&ben, "c.mov"));
        assert_eq!(
            ben.follow().unwrap(),
            Followed::default(),
            "nothing is read twice"
        );
        assert_eq!(
            anna.follow().unwrap(),
            Followed::default(),
            "one's own is not read back"
        );
        note(&ben, "d.mov");
        assert_eq!(anna.follow().unwrap().entries, 1);
        // A catalog that was thrown away knows all of it again.
        ben.rebuild().unwrap();
        assert!(knows(&ben, "a.mov") && knows(&ben, "d.mov"));
        assert_eq!(ben.follow().unwrap().entries, 0);
    }

    #[test]
    fn a_segment_that_is_missing_or_was_changed_stops_its_writer_and_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
        let carol = at_lake(dir.path(), "carol");
        note(&anna, "a.mov");
        assert_eq!(ben.follow().unwrap().entries, 1);
        note(&anna, "b.mov");
        note(&anna, "c.mov");
        note(&carol, "d.mov");
        let key = segment_key(&anna.author(), 2);
        let bytes = anna.lake.get(&key).unwrap();

        let place = anna.lake.local_file(&key).unwrap();
        std::fs::remove_file(&place).unwrap();
        let followed = ben.follow().unwrap();
        assert_eq!(troubles(&followed), ["gap"]);
        assert!(knows(&ben, "a.mov") && knows(&ben, "d.mov") && !knows(&ben, "c.mov"));

        let forged = segment::pack(&anna.journal.entries().unwrap()).unwrap();
        std::fs::write(&place, forged).unwrap();
        assert_eq!(troubles(&ben.follow().unwrap()), ["tampered"]);
        assert!(!knows(&ben, "b.mov") && !knows(&ben, "c.mov"));
        assert!(
            ben.doctor(Vec::new())
                .iter()
                .any(|check| check.title == "Other workstations")
        );

        // Brought back, it is followed on without anybody doing anything.
        std::fs::write(&place, bytes).unwrap();
        let followed = ben.follow().unwrap();
        assert_eq!((followed.entries, troubles(&followed).len()), (2, 0));
        assert!(knows(&ben, "c.mov"));
        assert_eq!(ben.writers_in_trouble().unwrap(), []);
    }

    #[test]
    fn a_head_that_goes_back_or_names_another_past_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
        note(&anna, "a.mov");
        let (key, before) = head_of(&anna, &anna.author());
        note(&anna, "b.mov");
        let (_, after) = head_of(&anna, &anna.author());
        assert_eq!(ben.follow().unwrap().entries, 2);
        put_head(&anna, &key, &before);
        assert_eq!(troubles(&ben.follow().unwrap()), ["behind"]);
        let other = HeadForm {
            chain: before.chain,
            ..after
        };
        put_head(&anna, &key, &other);
        assert_eq!(troubles(&ben.follow().unwrap()), ["tampered"]);
        let later = HeadForm {
            version: HEAD_VERSION + 1,
            ..other
        };
        put_head(&anna, &key, &later);
        assert_eq!(troubles(&ben.follow().unwrap()), ["unreadable"]);
        assert!(
            knows(&ben, "a.mov") && knows(&ben, "b.mov"),
            "what was taken in stays"
        );
    }

    #[test]
    fn entries_under_another_name_than_their_prefix_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let (anna, ben) = (at_lake(dir.path(), "anna"), at_lake(dir.path(), "ben"));
        note(&anna, "a.mov");
        let mut forger = anna.author();
        forger.principal = "somebody-else".to_owned();
        let honest = Entry::new(
            Hlc {
                millis: 1,
                counter: 0,
            },
            forger.clone(),
            found("theirs.mov"),
        );
        let claimed = Entry::new(
            Hlc {
                millis: 2,
                counter: 0,
            },
            anna.author(),
            found("claimed.mov"),
        );
        let bytes = segment::pack(&[honest, claimed]).unwrap();
        let chain = segment::chain_after("", blake3::hash(&bytes).to_hex().as_str());
        ben.lake.create(&segment_key(&forger, 1), bytes).unwrap();
        let key = layout::head(&forger.principal, &forger.workstation).unwrap();
        let head = HeadForm {
            version: HEAD_VERSION,
            sequence: 1,
            chain,
        };
        put_head(&ben, &key, &head);
        assert_eq!(troubles(&ben.follow().unwrap()), ["impostor"]);
        assert!(knows(&ben, "a.mov") && knows(&ben, "theirs.mov") && !knows(&ben, "claimed.mov"));
        ben.rebuild().unwrap();
        assert!(knows(&ben, "theirs.mov") && !knows(&ben, "claimed.mov"));
    }

    #[test]
    fn a_home_brought_back_from_a_copy_finds_what_it_had_sent_since() {
        let dir = tempfile::tempdir().unwrap();
        let anna = at_lake(dir.path(), "anna");
        note(&anna, "a.mov");
        drop(anna);
        let copy = |from: &str, to: &str| {
            std::fs::create_dir_all(dir.path().join(to)).unwrap();
            for name in ["journal.db", "catalog.db", "workstation.toml"] {
                std::fs::copy(dir.path().join(from).join(name), dir.path().join(to).join(name)).unwrap();
            }
        };
        copy("anna", "copy");
        let anna = at_lake(dir.path(), "anna");
        note(&anna, "b.mov");
        drop(anna);
        copy("copy", "restored");
        let restored = at_lake(dir.path(), "restored");
        assert!(!knows(&restored, "b.mov"));
        assert_eq!(restored.follow().unwrap().entries, 1);
        assert!(knows(&restored, "b.mov"));
        note(&restored, "c.mov");
        let ben = at_lake(dir.path(), "ben");
        assert_eq!(ben.follow().unwrap().troubles, []);
        assert!(["a.mov", "b.mov", "c.mov"].iter().all(|name| knows(&ben, name)));
    }
}
