//! Markers: a person's notes on frames, kept and taken back like verdicts.

use catalog::MarkerRecord;
use fault::{Code, Fault};
use ledger::{AssetId, Body, MarkerEntry, MarkerId};
use timebase::FrameRange;
use timeline::{MarkersLeft, SourceMarker};

use crate::assets::{check_prefix, one_of};
use crate::decide::{ON_MARKERS, checked_note};
use crate::faults::{OrFault as _, Trouble};
use crate::frames::FrameClock;
use crate::home::now_millis;
use crate::views::{EditMarker, Marked, MarkerView, PutMarker, UndoState};
use crate::workstation::{Workstation, role_word};

impl Workstation {
    /// The markers of an asset in the order of time; none while it is on its way in.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn markers(&self, asset: &str) -> Result<Vec<MarkerView>, Fault> {
        if self.on_its_way(asset)?.is_some() {
            return Ok(Vec::new());
        }
        let asset = self.resolve_asset(asset)?;
        let clock = self.label_clock(asset)?;
        let records = self.catalog.markers(asset).or_fault()?;
        Ok(records.into_iter().map(|record| view(record, &clock)).collect())
    }

    /// Puts a marker. Returns when it is on disk; undo takes it back.
    ///
    /// # Errors
    /// No such asset, frames it does not have, a note that is too long, and trouble with the store.
    pub fn put_marker(&self, put: &PutMarker) -> Result<Marked, Fault> {
        let asset = self.resolve_asset(&put.asset)?;
        let end = put.end_frame.unwrap_or_else(|| put.frame.saturating_add(1));
        let frames = self.label_clock(asset)?.frame_count();
        let range = checked_range(frames, FrameRange::new(put.frame, end))?;
        let note = checked_note(put.note.as_deref())?;
        let entries = self.record(vec![Body::Marker(MarkerEntry::put(asset, range, note))])?;
        let put = entries
            .first()
            .ok_or_else(|| Fault::new(Code::Internal, "The marker was not written."))?;
        self.tell_marked();
        self.marked(put.id.into())
    }

    /// Changes a marker's note or frames. A change that changes nothing is no act.
    ///
    /// # Errors
    /// No such marker, frames its asset does not have, a note that is too long, and trouble with the store.
    pub fn edit_marker(&self, edit: &EditMarker) -> Result<Marked, Fault> {
        let id = self.resolve_marker(&edit.marker)?;
        let note = edit
            .note
            .as_deref()
            .map(|note| checked_note(Some(note)))
            .transpose()?;
        // Before the transaction: what reads the frame index must not hold everybody else's verdicts up.
        self.catalog.catch_up(&self.journal).or_fault()?;
        let known = self.catalog.marker(id).or_fault()?.ok_or_else(|| no_marker(id))?;
        let frames = self.label_clock(known.marker.asset)?.frame_count();
        self.change_marker(id, |stands| {
            let range = FrameRange::new(
                edit.start_frame.unwrap_or(stands.range.start),
                edit.end_frame.unwrap_or(stands.range.end),
            );
            let said = MarkerEntry {
                range: checked_range(frames, range)?,
                note: note.clone().unwrap_or_else(|| stands.note.clone()),
                ..stands.clone()
            };
            Ok((said != *stands).then_some(said))
        })?;
        self.marked(id)
    }

    /// Removes a marker; undo brings it back.
    ///
    /// # Errors
    /// No such marker, and trouble with the store.
    pub fn remove_marker(&self, marker: &str) -> Result<UndoState, Fault> {
        let id = self.resolve_marker(marker)?;
        self.change_marker(id, |stands| {
            Ok(Some(MarkerEntry {
                removed: true,
                ..stands.clone()
            }))
        })?;
        self.undo_state()
    }

    /// The markers of an asset as a cut takes them: a note of one line is a name, of a longer one the first line is.
    pub(crate) fn cut_markers(&self, asset: AssetId) -> Result<Vec<SourceMarker>, Fault> {
        let records = self.catalog.markers(asset).or_fault()?;
        let marker = |MarkerRecord { marker, .. }| {
            let name = marker.note.lines().next().unwrap_or_default().trim().to_owned();
            let note = if name == marker.note {
                String::new()
            } else {
                marker.note
            };
            SourceMarker {
                asset,
                range: marker.range,
                name: if name.is_empty() {
                    "Marker".to_owned()
                } else {
                    name
                },
                note,
            }
        };
        Ok(records.into_iter().map(marker).collect())
    }

    /// Writes what `change` makes of a marker as it stands inside the journal's transaction: what the catalog says then is
    /// what this author saw.
    pub(crate) fn change_marker(
        &self,
        id: MarkerId,
        change: impl FnOnce(&MarkerEntry) -> Result<Option<MarkerEntry>, Fault>,
    ) -> Result<(), Fault> {
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let stands = self.catalog.marker(id)?.ok_or_else(|| no_marker(id))?.marker;
            let mut said = MarkerEntry::put(stands.asset, stands.range, stands.note);
            said.marker = Some(id);
            // Of several versions this one settles which it is, even when it says what one of them says.
            let changed = change(&said)?.or_else(|| stands.disputed.then_some(said));
            let Some(mut said) = changed else {
                return Ok(Vec::new());
            };
            said.supersedes = self.catalog.standing_marker_entries(id)?;
            said.supersedes.sort_unstable();
            Ok(vec![Body::Marker(said)])
        };
        self.journal
            .append_with(&self.author(), now_millis(), compose)
            .map_err(Trouble::into_fault)?;
        self.catalog.catch_up(&self.journal).or_fault()?;
        self.tell_marked();
        Ok(())
    }

    fn tell_marked(&self) {
        self.hub.tell(ON_MARKERS);
    }

    fn marked(&self, id: MarkerId) -> Result<Marked, Fault> {
        let record = self.catalog.marker(id).or_fault()?.ok_or_else(|| no_marker(id))?;
        let clock = self.label_clock(record.marker.asset)?;
        Ok(Marked {
            marker: view(record, &clock),
            undo: self.undo_state()?,
        })
    }

    fn resolve_marker(&self, id: &str) -> Result<MarkerId, Fault> {
        if let Ok(marker) = id.parse::<MarkerId>() {
            return Ok(marker);
        }
        check_prefix(id, "marker")?;
        let found = self
            .catalog
            .markers_with_prefix(&id.to_ascii_lowercase())
            .or_fault()?;
        one_of(found, id, "marker")
    }
}

pub(crate) fn checked_range(frames: u64, range: FrameRange) -> Result<FrameRange, Fault> {
    if range.is_empty() || range.end > frames {
        return Err(Fault::new(
            Code::BadRequest,
            format!(
                "Frames {}–{} are not in this asset, which has {frames}.",
                range.start, range.end
            ),
        ));
    }
    Ok(range)
}

/// What of the markers a cut does not show.
pub(crate) fn left_words(left: MarkersLeft) -> Vec<String> {
    let plural = |count: u64| {
        if count == 1 {
            "1 marker lies".to_owned()
        } else {
            format!("{count} markers lie")
        }
    };
    let mut words = Vec::new();
    if left.outside > 0 {
        words.push(format!("{} outside what was circled", plural(left.outside)));
    }
    if left.in_part > 0 {
        words.push(format!(
            "{} only partly inside what was circled",
            plural(left.in_part)
        ));
    }
    words
}

fn no_marker(id: MarkerId) -> Fault {
    Fault::new(Code::NotFound, format!("There is no marker {id} any more."))
}

fn view(record: MarkerRecord, clock: &FrameClock) -> MarkerView {
    let MarkerRecord {
        marker,
        author,
        clock: when,
    } = record;
    MarkerView {
        id: marker.id.to_string(),
        asset: marker.asset.to_string(),
        start_frame: marker.range.start,
        end_frame: marker.range.end,
        start_secs: clock.start_of(marker.range.start).as_secs_f64(),
        end_secs: clock.end_of_range(marker.range.end).as_secs_f64(),
        start_timecode: clock.label(marker.range.start),
        note: marker.note,
        person: author.person,
        role: role_word(author.role).to_owned(),
        millis: when.millis,
        disputed: marker.disputed,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::changes::Change;
    use crate::import::tests::with_a_recording;
    use crate::views::{Decide, DecideVerdict, ProposalQuery};

    #[test]
    fn a_verdict_leaves_the_markers_as_they_were_told() {
        let dir = tempfile::tempdir().unwrap();
        let (workstation, asset) = with_a_recording(dir.path());
        let words = b"1\n00:00:01,000 --> 00:00:02,000\nOne\n";
        workstation.import_cues(&asset, "words.srt", words).unwrap();
        let rows = workstation.proposals(&ProposalQuery::default()).unwrap();
        let changes = workstation.subscribe();
        let told = |what: &Change| {
            let told = changes.next(Duration::from_secs(20)).unwrap();
            assert!(told.contains(&Change::Undo), "{told:?}");
            told.contains(what)
        };
        workstation
            .decide(&Decide {
                ids: vec![rows.proposals[0].id.clone()],
                verdict: DecideVerdict::Reject,
                edit: None,
                edits: std::collections::BTreeMap::new(),
                note: None,
            })
            .unwrap();
        assert!(!told(&Change::Markers));
        workstation.undo().unwrap();
        assert!(!told(&Change::Markers));
        let put = PutMarker {
            asset,
            frame: 3,
            end_frame: None,
            note: None,
        };
        workstation.put_marker(&put).unwrap();
        assert!(told(&Change::Markers));
        workstation.undo().unwrap();
        assert!(told(&Change::Markers));
    }
}
