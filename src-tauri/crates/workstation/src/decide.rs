//! Verdicts, and taking them back. What a person decided is on disk before anybody sees it, and it replaces exactly what
//! they saw.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use catalog::{Act, ProposalRecord, Said};
use fault::{Code, Fault};
use ledger::payload::{Cue, Faces, Highlight, Poster, Qc, Shot, Text};
use ledger::{AssetId, Body, Decision, Kind, Proposal, ProposalId, Standing, Undo, Verdict};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::changes::Subject;
use crate::faults::{OrFault as _, Trouble};
use crate::home::now_millis;
use crate::outlook::Overtaken;
use crate::proposals::{Applied, from_catalog};
use crate::views::{Changed, Decide, DecideVerdict, Decided, HistoryStep, HistoryView, UndoState, Undone};
use crate::words;
use crate::workstation::Workstation;

/// Proposals in one act, at most; more is a mistake and would make an entry of megabytes.
const MAX_IN_ONE_ACT: usize = 50_000;
/// Acts that the history shows.
const HISTORY: u32 = 200;
/// What a verdict makes stale.
const ON_PROPOSALS: [Subject; 3] = [Subject::Proposals, Subject::Undo, Subject::Assets];
/// What an act on a marker makes stale.
pub(crate) const ON_MARKERS: [Subject; 2] = [Subject::Markers, Subject::Undo];
/// What an act on a comment makes stale.
pub(crate) const ON_COMMENTS: [Subject; 2] = [Subject::Comments, Subject::Undo];
/// Characters of a note.
const MAX_NOTE: usize = 4000;

impl Workstation {
    /// A person's verdict on explicit proposals: one entry, one undo. Proposals that already stand so are left alone.
    /// Returns when it is on disk.
    ///
    /// # Errors
    /// No or too many ids, an unknown one, an edit that does not fit its kind, and trouble with the store.
    pub fn decide(&self, request: &Decide) -> Result<Decided, Fault> {
        let ids = self.named(&request.ids)?;
        let note = checked_note(request.note.as_deref())?;
        let verdict = match request.verdict {
            DecideVerdict::Circle => Verdict::Circled,
            DecideVerdict::Reject => Verdict::Rejected,
            DecideVerdict::Retract => Verdict::Retracted,
        };
        let edits = self.checked_edits(request, &ids, verdict)?;
        self.decide_on(&ids, verdict, edits, note)?;
        Ok(Decided {
            changed: self.standing_of(&ids)?,
            undo: self.undo_state()?,
        })
    }

    pub(crate) fn decide_on(
        &self,
        ids: &[ProposalId],
        verdict: Verdict,
        edits: BTreeMap<ProposalId, Value>,
        note: String,
    ) -> Result<(), Fault> {
        // Composed inside the journal's transaction: what the catalog says then is what this author saw.
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let filter = catalog::Filter {
                ids: Some(ids.to_vec()),
                ..catalog::Filter::default()
            };
            let records = self.catalog.proposals(&filter)?;
            let wanted = |record: &&ProposalRecord| {
                let edit = edits.get(&record.proposal.id);
                !note.is_empty() || !stands_so(record, verdict, edit)
            };
            let mut open: Vec<ProposalId> = records
                .iter()
                .filter(wanted)
                .map(|record| record.proposal.id)
                .collect();
            if open.is_empty() {
                return Ok(Vec::new());
            }
            open.sort_unstable();
            let seen = self.catalog.standing_entries(&open)?;
            let supersedes: BTreeSet<_> = seen.into_iter().flat_map(|(_, entries)| entries).collect();
            let mut own = edits.clone();
            own.retain(|id, _| open.binary_search(id).is_ok());
            // One alone is written as it always was.
            let edit = match open.as_slice() {
                [one] => own.remove(one),
                _several => None,
            };
            Ok(vec![Body::Decision(Decision {
                proposals: open,
                verdict,
                edit,
                edits: own,
                note: note.clone(),
                supersedes: supersedes.into_iter().collect(),
            })])
        };
        self.journal
            .append_with(&self.author(), now_millis(), compose)
            .map_err(Trouble::into_fault)?;
        self.after_acts(&ON_PROPOSALS)
    }

    /// Takes the last act of this workstation back that still stands.
    ///
    /// # Errors
    /// When there is none, and trouble with the store.
    pub fn undo(&self) -> Result<Undone, Fault> {
        self.walk_history(true)
    }

    /// Does the act taken back last again.
    ///
    /// # Errors
    /// When there is none, and trouble with the store.
    pub fn redo(&self) -> Result<Undone, Fault> {
        self.walk_history(false)
    }

    fn walk_history(&self, back: bool) -> Result<Undone, Fault> {
        let author = self.author();
        let mut met = None;
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let mut acts = self.catalog.acts(&author.principal, &author.workstation, 1)?;
            let next = if back { acts.done.pop() } else { acts.undone.pop() };
            let Some(next) = next else {
                let word = if back {
                    "There is nothing to undo."
                } else {
                    "There is nothing to redo."
                };
                return Err(Fault::new(Code::Conflict, word).into());
            };
            let body = Body::Undo(Undo {
                entry: next.step.target,
            });
            let overtaken = self.overtaken(&next, back)?;
            met = Some((next, overtaken));
            Ok(vec![body])
        };
        self.journal
            .append_with(&author, now_millis(), compose)
            .map_err(Trouble::into_fault)?;
        let Some((act, overtaken)) = met else {
            return Err(Fault::new(Code::Internal, "The undo was not composed."));
        };
        self.after_acts(match act.said {
            Said::Verdict { .. } => &ON_PROPOSALS,
            Said::Marker { .. } => &ON_MARKERS,
            Said::Comment { .. } => &ON_COMMENTS,
        })?;
        let entry = self.catalog.entry(act.step.act).or_fault()?;
        let ids = match entry.map(|entry| entry.body) {
            Some(Body::Decision(decision)) => decision.proposals,
            _ => Vec::new(),
        };
        Ok(Undone {
            label: self.label(&act)?,
            overtaken: overtaken.count,
            words: overtaken.words,
            changed: self.standing_of(&ids)?,
            undo: self.undo_state()?,
        })
    }

    /// What undo and redo would do next.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn undo_state(&self) -> Result<UndoState, Fault> {
        let author = self.author();
        let acts = self
            .catalog
            .acts(&author.principal, &author.workstation, 1)
            .or_fault()?;
        let label = |act: Option<&Act>| act.map_or(Ok(String::new()), |act| self.label(act));
        let overtaken =
            |act: Option<&Act>, back| act.map_or(Ok(Overtaken::default()), |act| self.overtaken(act, back));
        let (undo, redo) = (
            overtaken(acts.done.last(), true)?,
            overtaken(acts.undone.last(), false)?,
        );
        Ok(UndoState {
            can_undo: !acts.done.is_empty(),
            can_redo: !acts.undone.is_empty(),
            undo_label: label(acts.done.last())?,
            redo_label: label(acts.undone.last())?,
            undo_overtaken: undo.count,
            undo_words: undo.words,
            redo_overtaken: redo.count,
            redo_words: redo.words,
        })
    }

    /// What this workstation did and took back, oldest first.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn history(&self) -> Result<HistoryView, Fault> {
        let author = self.author();
        let acts = self
            .catalog
            .acts(&author.principal, &author.workstation, HISTORY)
            .or_fault()?;
        let mut films = BTreeMap::new();
        let mut steps = |acts: &[Act]| {
            acts.iter()
                .map(|act| self.step(act, &mut films))
                .collect::<Result<Vec<_>, Fault>>()
        };
        Ok(HistoryView {
            done: steps(&acts.done)?,
            undone: steps(&acts.undone)?,
        })
    }

    fn step(&self, act: &Act, films: &mut BTreeMap<AssetId, String>) -> Result<HistoryStep, Fault> {
        Ok(HistoryStep {
            label: self.label(act)?,
            film: match self.asset_of_act(act)? {
                Some(asset) => match films.entry(asset) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(fresh) => {
                        let record = self.catalog.asset(asset).or_fault()?;
                        fresh
                            .insert(record.map(|record| record.entry.title).unwrap_or_default())
                            .clone()
                    }
                },
                None => String::new(),
            },
            millis: act.clock.millis,
            person: act.author.person.clone(),
        })
    }

    fn label(&self, act: &Act) -> Result<String, Fault> {
        match &act.said {
            Said::Verdict {
                verdict,
                edited,
                proposals,
                example,
                ..
            } => {
                let kind = example.map_or(Ok(None), |example| self.kind_of(example))?;
                Ok(words::act(*verdict, *edited, *proposals, kind.as_ref()))
            }
            Said::Marker { change, .. } => Ok(words::marker_act(*change).to_owned()),
            Said::Comment { change, .. } => Ok(words::comment_act(*change).to_owned()),
        }
    }

    fn kind_of(&self, id: ProposalId) -> Result<Option<Kind>, Fault> {
        Ok(self.known(id)?.map(|proposal| proposal.kind))
    }

    /// What an act was about; of several assets one.
    fn asset_of_act(&self, act: &Act) -> Result<Option<AssetId>, Fault> {
        match &act.said {
            Said::Verdict { example: None, .. } => Ok(None),
            Said::Verdict {
                example: Some(example),
                ..
            } => Ok(self.known(*example)?.map(|proposal| proposal.asset)),
            Said::Marker { asset, .. } | Said::Comment { asset, .. } => Ok(Some(*asset)),
        }
    }

    fn known(&self, id: ProposalId) -> Result<Option<Proposal>, Fault> {
        let filter = catalog::Filter {
            ids: Some(vec![id]),
            ..catalog::Filter::default()
        };
        let found = self.catalog.proposals(&filter).or_fault()?.pop();
        Ok(found.map(|record| record.proposal))
    }

    /// Shows what the journal now holds and tells everybody what that made stale.
    fn after_acts(&self, stale: &[Subject]) -> Result<(), Fault> {
        self.catalog.catch_up(&self.journal).or_fault()?;
        self.hub.tell(stale.iter().cloned());
        Ok(())
    }

    fn standing_of(&self, ids: &[ProposalId]) -> Result<Vec<Changed>, Fault> {
        let filter = catalog::Filter {
            ids: Some(ids.to_vec()),
            ..catalog::Filter::default()
        };
        let changed = |record: ProposalRecord| Changed {
            id: record.proposal.id.to_string(),
            state: from_catalog(catalog::ProposalState::of(&record.standing)),
        };
        Ok(self
            .catalog
            .proposals(&filter)
            .or_fault()?
            .into_iter()
            .map(changed)
            .collect())
    }

    /// Ids as a person gave them: whole or shortened, each once, all known.
    fn named(&self, ids: &[String]) -> Result<Vec<ProposalId>, Fault> {
        if ids.is_empty() {
            return Err(Fault::new(Code::BadRequest, "Name at least one proposal."));
        }
        if ids.len() > MAX_IN_ONE_ACT {
            return Err(Fault::new(
                Code::BeyondLimits,
                format!("At most {MAX_IN_ONE_ACT} proposals in one act."),
            ));
        }
        let named = ids
            .iter()
            .map(|id| self.resolve_proposal(id))
            .collect::<Result<BTreeSet<_>, Fault>>()?;
        let named: Vec<ProposalId> = named.into_iter().collect();
        let filter = catalog::Filter {
            ids: Some(named.clone()),
            ..catalog::Filter::default()
        };
        let known: BTreeSet<ProposalId> = self
            .catalog
            .proposal_ids(&filter)
            .or_fault()?
            .into_iter()
            .collect();
        match named.iter().find(|id| !known.contains(id)) {
            Some(unknown) => Err(Fault::new(
                Code::NotFound,
                format!("There is no proposal {unknown}."),
            )),
            None => Ok(named),
        }
    }

    /// The edits of a request by proposal: `edit` belongs to one proposal, `edits` names whose each is.
    fn checked_edits(
        &self,
        request: &Decide,
        ids: &[ProposalId],
        verdict: Verdict,
    ) -> Result<BTreeMap<ProposalId, Value>, Fault> {
        let refuse = |message: &str| Err(Fault::new(Code::BadRequest, message));
        let mut edits = BTreeMap::new();
        if let Some(edit) = request.edit.as_ref().filter(|edit| !edit.is_null()) {
            let [id] = ids else {
                return refuse("An edit goes with circling exactly one proposal.");
            };
            edits.insert(*id, edit.clone());
        }
        let named: BTreeSet<&ProposalId> = ids.iter().collect();
        for (id, edit) in &request.edits {
            let id = self.resolve_proposal(id)?;
            if !named.contains(&id) {
                return refuse("An edit names a proposal that the verdict does not.");
            }
            edits.insert(id, edit.clone());
        }
        if !edits.is_empty() && verdict != Verdict::Circled {
            return refuse("An edit goes with circling.");
        }
        for (id, edit) in &edits {
            self.check_edit(*id, edit)?;
        }
        Ok(edits)
    }

    /// The edited proposal must still be one of its kind, on frames its asset has.
    fn check_edit(&self, id: ProposalId, edit: &Value) -> Result<(), Fault> {
        let refuse = |message: String| Err(Fault::new(Code::BadRequest, message));
        let Some(fields) = edit.as_object() else {
            return refuse("An edit must be a JSON object.".into());
        };
        let record = self.proposal_record(id)?;
        for (key, value) in fields {
            let is_frame = key == "start_frame" || key == "end_frame";
            if is_frame && !value.is_u64() {
                return refuse(format!("{key} must be a frame number, not {value}."));
            }
            if !is_frame && record.proposal.payload.get(key).is_none() && key != "language" {
                return refuse(format!("{} have no field {key}.", record.proposal.kind));
            }
        }
        let applied = Applied::of(&record, Some(edit));
        let frames = self.label_clock(record.proposal.asset)?.frame_count();
        if applied.start_frame >= applied.end_frame || applied.end_frame > frames {
            return refuse(format!(
                "Frames {}–{} are not a range of this asset's {frames} frames.",
                applied.start_frame, applied.end_frame
            ));
        }
        fits(&record.proposal.kind, &applied.payload)
    }
}

/// A word from a person as it is kept.
pub(crate) fn checked_note(note: Option<&str>) -> Result<String, Fault> {
    let note = note.unwrap_or_default().trim();
    if note.chars().count() > MAX_NOTE {
        return Err(Fault::new(
            Code::BadRequest,
            format!("A note has at most {MAX_NOTE} characters."),
        ));
    }
    Ok(note.to_owned())
}

/// Whether a payload reads as what its kind holds.
fn fits(kind: &Kind, payload: &Value) -> Result<(), Fault> {
    fn read<T: DeserializeOwned>(payload: &Value) -> Result<(), serde_json::Error> {
        T::deserialize(payload).map(drop)
    }
    let read = match kind {
        Kind::Shots => read::<Shot>(payload),
        Kind::Qc => read::<Qc>(payload),
        Kind::Faces => read::<Faces>(payload),
        Kind::Text => read::<Text>(payload),
        Kind::Cues => read::<Cue>(payload),
        Kind::Highlights => read::<Highlight>(payload),
        Kind::Posters => read::<Poster>(payload),
        Kind::Other(_) => Ok(()),
    };
    read.map_err(|error| {
        Fault::new(Code::BadRequest, format!("This edit does not fit {kind}.")).because(&error)
    })
}

/// Whether a verdict would change nothing.
fn stands_so(record: &ProposalRecord, verdict: Verdict, edit: Option<&Value>) -> bool {
    match (&record.standing, verdict) {
        (Standing::Open, Verdict::Retracted) | (Standing::Rejected, Verdict::Rejected) => true,
        (Standing::Circled { edit: standing }, Verdict::Circled) => standing.as_ref() == edit,
        _ => false,
    }
}
