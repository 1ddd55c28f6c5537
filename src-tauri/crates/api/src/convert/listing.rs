//! Rows as columns.

use std::collections::BTreeMap;

use workstation as ws;

use crate::wire;

impl From<ws::ProposalList> for wire::Listing {
    fn from(list: ws::ProposalList) -> Self {
        let many = list.proposals.len();
        let mut listing = Self {
            ids: String::with_capacity(many * 32),
            states: String::with_capacity(many),
            words: String::with_capacity(many * 64),
            payloads: String::with_capacity(many * 96),
            tally: list.tally.into(),
            version: list.version,
            ..Self::default()
        };
        let (mut sources, mut verdicts) = (Places::default(), Places::default());
        for row in list.proposals {
            listing.push(row, &mut sources, &mut verdicts);
        }
        listing.sources = sources.all;
        listing.verdicts = verdicts
            .all
            .into_iter()
            .map(|decided| wire::DecidedBy::from(decided.0))
            .collect();
        listing
    }
}

impl wire::Listing {
    fn push(
        &mut self,
        row: ws::ProposalRow,
        sources: &mut Places<wire::ListedSource>,
        verdicts: &mut Places<Verdict>,
    ) {
        let place = u32::try_from(self.source.len()).unwrap_or(u32::MAX);
        self.ids.push_str(&row.id);
        self.start_frame.push(row.start_frame);
        self.end_frame.push(row.end_frame);
        self.start_secs.push(micros(row.start_secs));
        self.end_secs.push(micros(row.end_secs));
        self.states.push(match row.state {
            ws::ProposalState::Open => 'o',
            ws::ProposalState::Circled => 'c',
            ws::ProposalState::Rejected => 'r',
            ws::ProposalState::Conflict => 'x',
        });
        let permille = row
            .confidence
            .map_or(-1, |confidence| (confidence * 1000.0).round() as i16);
        self.confidence_permille.push(permille);
        self.worth.push(row.worth);
        for (words, end) in [
            (&row.start_timecode, '\t'),
            (&row.end_timecode, '\t'),
            (&row.title, '\t'),
            (&row.detail, '\n'),
        ] {
            self.words
                .extend(words.chars().map(|c| if c.is_control() { ' ' } else { c }));
            self.words.push(end);
        }
        self.payloads.push_str(&row.payload.to_string());
        self.payloads.push('\n');
        if let Some(edit) = row.edit {
            self.edits.insert(place, edit);
        }
        let by = row.decided.map(|decided| verdicts.of(Verdict(decided)));
        self.decided
            .push(by.and_then(|by| i32::try_from(by).ok()).unwrap_or(-1));
        self.source.push(sources.of(wire::ListedSource {
            asset: row.asset,
            kind: row.kind,
            engine: row.engine,
            model: row.model,
            version: row.version,
            run: row.run,
        }));
    }
}

fn micros(secs: f64) -> f64 {
    (secs * 1e6).round() / 1e6
}

/// A verdict by what makes it one of its own.
#[derive(Clone, PartialEq, Eq)]
struct Verdict(ws::DecidedBy);

impl Verdict {
    fn key(&self) -> (u64, &str, &str, &str) {
        let ws::DecidedBy {
            person,
            role,
            millis,
            note,
        } = &self.0;
        (*millis, person, role, note)
    }
}

impl PartialOrd for Verdict {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Verdict {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Values that come again and again, each kept once.
struct Places<T> {
    all: Vec<T>,
    known: BTreeMap<T, u32>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            known: BTreeMap::new(),
        }
    }
}

impl<T: Ord + Clone> Places<T> {
    fn of(&mut self, value: T) -> u32 {
        if let Some(place) = self.known.get(&value) {
            return *place;
        }
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(value.clone());
        self.known.insert(value, place);
        place
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(n: u64) -> ws::ProposalRow {
        ws::ProposalRow {
            id: format!("{n:032x}"),
            asset: "a".to_owned(),
            kind: if n.is_multiple_of(2) { "shots" } else { "cues" }.to_owned(),
            start_frame: n,
            end_frame: n + 9,
            start_secs: n as f64 / 30.0,
            end_secs: (n + 9) as f64 / 30.0,
            start_timecode: "01:00:00;00".to_owned(),
            end_timecode: String::new(),
            state: ws::ProposalState::Conflict,
            confidence: (n > 0).then_some(0.29),
            engine: "local".to_owned(),
            model: "m".to_owned(),
            version: "1".to_owned(),
            run: "r".to_owned(),
            payload: json!({ "text": "two\nlines\tand \"words\"" }),
            edit: (n == 2).then(|| json!({ "end_frame": 8 })),
            title: format!("two\nlines\t{n}"),
            detail: "é".to_owned(),
            worth: 0.5,
            decided: (n > 1).then(|| ws::DecidedBy {
                person: "Mara".to_owned(),
                role: "qc".to_owned(),
                millis: 7,
                note: String::new(),
            }),
        }
    }

    #[test]
    fn every_column_has_an_item_for_each_row() {
        let listing = wire::Listing::from(ws::ProposalList {
            proposals: (0..4).map(row).collect(),
            version: "v".to_owned(),
            ..ws::ProposalList::default()
        });
        assert_eq!((listing.ids.len(), listing.states.as_str()), (4 * 32, "xxxx"));
        assert_eq!((listing.source, listing.sources.len()), (vec![0, 1, 0, 1], 2));
        assert_eq!(listing.decided, [-1, -1, 0, 0]);
        assert_eq!((listing.verdicts.len(), listing.edits.len()), (1, 1));
        assert_eq!(listing.edits[&2], json!({ "end_frame": 8 }));
        assert_eq!(listing.confidence_permille, [-1, 290, 290, 290]);
        assert_eq!(listing.start_secs[1], 0.033_333);
        let lines: Vec<_> = listing.words.lines().collect();
        assert_eq!((lines.len(), lines[3]), (4, "01:00:00;00\t\ttwo lines 3\té"));
        let payloads: Vec<serde_json::Value> = listing
            .payloads
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(payloads[3], row(3).payload);
        assert_eq!(payloads.len(), 4);
    }
}
