//! Proposals as they are listed and explained.

use std::collections::BTreeMap;

use catalog::ProposalRecord;
use fault::{Code, Fault};
use ledger::{AssetId, Body, Kind, ProposalId, Standing, Verdict};
use serde_json::Value;

use crate::assets::tally_view;
use crate::faults::OrFault as _;
use crate::frames::FrameClock;
use crate::views::{
    DecidedBy, Filter, HistoryEntry, Order, Preview, ProposalList, ProposalQuery, ProposalRow, ProposalState,
    ProvenanceView,
};
use crate::words;
use crate::workstation::{Workstation, role_word};

impl Workstation {
    /// Proposals that match, or those of them that changed since, with the tally of what matched before `state`. Of an asset
    /// on its way in there are none yet.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn proposals(&self, query: &ProposalQuery) -> Result<ProposalList, Fault> {
        if let Some(asset) = &query.asset
            && self.on_its_way(asset)?.is_some()
        {
            return Ok(ProposalList {
                whole: true,
                ..ProposalList::default()
            });
        }
        let asset = query
            .asset
            .as_deref()
            .map(|id| self.resolve_asset(id))
            .transpose()?;
        if let Some(asset) = asset {
            self.asset_record(asset)?;
        }
        let filter = catalog::Filter {
            asset,
            states: query.state.iter().map(|state| to_catalog(*state)).collect(),
            kinds: query.kind.iter().map(|kind| Kind::from(kind.clone())).collect(),
            order: match query.order.unwrap_or_default() {
                Order::Worth => catalog::Order::Worth,
                Order::Time => catalog::Order::Time,
            },
            ..catalog::Filter::default()
        };
        let since = query.since.as_deref().and_then(catalog::ListVersion::parse);
        let list = self.catalog.proposals_since(&filter, since.as_ref()).or_fault()?;
        Ok(ProposalList {
            proposals: self.rows(&list.records)?,
            tally: tally_view(list.tally),
            version: list.version.to_string(),
            whole: list.whole,
            gone: list.gone.iter().map(ProposalId::to_string).collect(),
        })
    }

    /// Those of an asset whose kind is wanted, in time order.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn proposals_of_kinds(
        &self,
        asset: AssetId,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<ProposalRow>, Fault> {
        let whole = catalog::Filter {
            asset: Some(asset),
            ..catalog::Filter::default()
        };
        let counted = self.catalog.count_by_kind(&whole).or_fault()?;
        let kinds: Vec<Kind> = counted
            .into_keys()
            .filter(|kind| is_wanted(kind.as_str()))
            .collect();
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        self.rows(
            &self
                .catalog
                .proposals(&catalog::Filter { kinds, ..whole })
                .or_fault()?,
        )
    }

    /// The rows of explicit proposals, in time order; one that is not known is left out.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn proposals_of(&self, ids: &[ProposalId]) -> Result<Vec<ProposalRow>, Fault> {
        let filter = catalog::Filter {
            ids: Some(ids.to_vec()),
            ..catalog::Filter::default()
        };
        self.rows(&self.catalog.proposals(&filter).or_fault()?)
    }

    /// What a bulk act on this choice would touch, as explicit ids.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn preview(&self, filter: &Filter) -> Result<Preview, Fault> {
        let permille = |value: f64| (value.clamp(0.0, 1.0) * 1000.0).round() as u16;
        let filter = catalog::Filter {
            asset: filter
                .asset
                .as_deref()
                .map(|id| self.resolve_asset(id))
                .transpose()?,
            kinds: filter.kinds.iter().map(|kind| Kind::from(kind.clone())).collect(),
            states: filter.states.iter().map(|state| to_catalog(*state)).collect(),
            min_confidence_permille: filter.min_confidence.map(permille),
            max_confidence_permille: filter.max_confidence.map(permille),
            ..catalog::Filter::default()
        };
        let ids = self.catalog.proposal_ids(&filter).or_fault()?;
        let by_kind = self.catalog.count_by_kind(&filter).or_fault()?;
        Ok(Preview {
            ids: ids.iter().map(ProposalId::to_string).collect(),
            by_kind: by_kind
                .into_iter()
                .map(|(kind, count)| (kind.to_string(), count))
                .collect(),
        })
    }

    /// Where a proposal came from, and every verdict on it, oldest first.
    ///
    /// # Errors
    /// No such proposal, and trouble with the store.
    pub fn provenance(&self, id: &str) -> Result<ProvenanceView, Fault> {
        let id = self.resolve_proposal(id)?;
        let record = self.proposal_record(id)?;
        let run = self.catalog.run(record.proposal.run).or_fault()?;
        let run = run
            .ok_or_else(|| {
                Fault::new(
                    Code::NotFound,
                    format!("The run of proposal {id} is not known here."),
                )
            })?
            .run;
        let history = self.catalog.history_of(id).or_fault()?;
        Ok(ProvenanceView {
            engine: run.engine,
            model: run.model,
            version: run.version,
            parameters: run.parameters,
            input: run.provenance.input,
            started_millis: run.provenance.started_millis,
            cpu_millis: run.provenance.cpu_millis,
            cost_micros: run.provenance.cost_micros,
            run: run.id.to_string(),
            history: history.into_iter().map(history_entry).collect(),
        })
    }

    pub(crate) fn proposal_record(&self, id: ProposalId) -> Result<ProposalRecord, Fault> {
        let filter = catalog::Filter {
            ids: Some(vec![id]),
            ..catalog::Filter::default()
        };
        let found = self.catalog.proposals(&filter).or_fault()?.pop();
        found.ok_or_else(|| Fault::new(Code::NotFound, format!("There is no proposal {id}.")))
    }

    fn rows(&self, records: &[ProposalRecord]) -> Result<Vec<ProposalRow>, Fault> {
        let mut clocks: BTreeMap<AssetId, FrameClock> = BTreeMap::new();
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let asset = record.proposal.asset;
            if let std::collections::btree_map::Entry::Vacant(vacant) = clocks.entry(asset) {
                // A proposal may be known before its asset is: then it is not shown yet.
                match self.label_clock(asset) {
                    Ok(clock) => vacant.insert(clock),
                    Err(fault) if fault.code == Code::NotFound => continue,
                    Err(fault) => return Err(fault),
                };
            }
            if let Some(clock) = clocks.get(&asset) {
                rows.push(row(record, clock));
            }
        }
        Ok(rows)
    }
}

fn row(record: &ProposalRecord, clock: &FrameClock) -> ProposalRow {
    let proposal = &record.proposal;
    let edit = match &record.standing {
        Standing::Circled { edit } => edit.clone(),
        _ => None,
    };
    let applied = Applied::of(record, edit.as_ref());
    let (start_secs, end_secs) = (
        clock.start_of(applied.start_frame).as_secs_f64(),
        clock.end_of_range(applied.end_frame).as_secs_f64(),
    );
    let start_timecode = clock.label(applied.start_frame);
    let (title, detail) = words::of(&words::Subject {
        kind: &proposal.kind,
        payload: &applied.payload,
        secs: (end_secs - start_secs).max(0.0),
        start: &start_timecode,
    });
    ProposalRow {
        id: proposal.id.to_string(),
        asset: proposal.asset.to_string(),
        kind: proposal.kind.to_string(),
        start_frame: applied.start_frame,
        end_frame: applied.end_frame,
        start_secs,
        end_secs,
        start_timecode,
        end_timecode: clock.label(applied.end_frame),
        state: from_catalog(catalog::ProposalState::of(&record.standing)),
        confidence: proposal
            .confidence_permille
            .map(|permille| f64::from(permille) / 1000.0),
        engine: record.engine.clone(),
        model: record.model.clone(),
        version: record.version.clone(),
        run: proposal.run.to_string(),
        payload: applied.payload,
        edit,
        title,
        detail,
        worth: record.worth as f64,
        decided: record
            .decided
            .as_ref()
            .filter(|decided| decided.verdict != Verdict::Retracted)
            .map(|decided| DecidedBy {
                person: decided.author.person.clone(),
                role: role_word(decided.author.role).to_owned(),
                millis: decided.clock.millis,
                note: decided.note.clone(),
            }),
    }
}

/// A proposal with a person's edit over it.
pub(crate) struct Applied {
    /// First frame inside.
    pub start_frame: u64,
    /// First frame after.
    pub end_frame: u64,
    /// The kind's own fields.
    pub payload: Value,
}

impl Applied {
    /// With `edit`, whose fields replace the payload's.
    pub fn of(record: &ProposalRecord, edit: Option<&Value>) -> Self {
        let range = record.proposal.range;
        let mut applied = Self {
            start_frame: range.start,
            end_frame: range.end,
            payload: record.proposal.payload.clone(),
        };
        for (key, value) in edit.and_then(Value::as_object).into_iter().flatten() {
            match (key.as_str(), value.as_u64()) {
                ("start_frame", Some(frame)) => applied.start_frame = frame,
                ("end_frame", Some(frame)) => applied.end_frame = frame,
                _ => {
                    if let Some(payload) = applied.payload.as_object_mut() {
                        payload.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        applied
    }

    /// As it stands now.
    pub fn standing(record: &ProposalRecord) -> Self {
        match &record.standing {
            Standing::Circled { edit } => Self::of(record, edit.as_ref()),
            _ => Self::of(record, None),
        }
    }
}

fn history_entry(record: catalog::VerdictRecord) -> HistoryEntry {
    let (verdict, note) = match &record.entry.body {
        Body::Decision(decision) => (verdict_word(decision.verdict), decision.note.clone()),
        _ => ("", String::new()),
    };
    HistoryEntry {
        entry: record.entry.id.to_string(),
        person: record.entry.author.person,
        role: role_word(record.entry.author.role).to_owned(),
        millis: record.entry.clock.millis,
        verdict: verdict.to_owned(),
        note,
        standing: record.standing,
        undone: record.void,
    }
}

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Circled => "circled",
        Verdict::Rejected => "rejected",
        Verdict::Retracted => "retracted",
    }
}

pub(crate) const fn to_catalog(state: ProposalState) -> catalog::ProposalState {
    match state {
        ProposalState::Open => catalog::ProposalState::Open,
        ProposalState::Circled => catalog::ProposalState::Circled,
        ProposalState::Rejected => catalog::ProposalState::Rejected,
        ProposalState::Conflict => catalog::ProposalState::Conflict,
    }
}

pub(crate) const fn from_catalog(state: catalog::ProposalState) -> ProposalState {
    match state {
        catalog::ProposalState::Open => ProposalState::Open,
        catalog::ProposalState::Circled => ProposalState::Circled,
        catalog::ProposalState::Rejected => ProposalState::Rejected,
        catalog::ProposalState::Conflict => ProposalState::Conflict,
    }
}
