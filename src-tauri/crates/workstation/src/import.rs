//! Taking in what a person brings: a subtitle file becomes cues that are circled in the same act, because choosing the file
//! was the decision.

use std::collections::BTreeSet;

use fault::{Code, Fault};
use interchange::{Cue, CueFormat};
use ledger::{
    Body, Decision, EntryId, Kind, Proposal, ProposalDraft, ProposalId, Provenance, Run, RunIdentity,
    Verdict, payload,
};
use serde_json::json;
use timebase::{FlickRange, Flicks, FrameRange};

use crate::changes::Subject;
use crate::faults::{self, OrFault as _, Trouble};
use crate::frames::FrameClock;
use crate::home::now_millis;
use crate::views::ImportedCues;
use crate::workstation::Workstation;

/// Size of a subtitle file, at most.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Cues of one file, at most.
const MAX_CUES: usize = 50_000;

impl Workstation {
    /// Takes a subtitle file in as circled cues, in one act that one undo takes back. Times are mapped to the nearest
    /// frame start of the asset. The same file taken in again circles only what nobody has decided on since.
    ///
    /// # Errors
    /// No such asset, a file that is no SubRip, WebVTT or TTML, and trouble with the store.
    pub fn import_cues(&self, asset: &str, file_name: &str, bytes: &[u8]) -> Result<ImportedCues, Fault> {
        let asset = self.resolve_asset(asset)?;
        let clock = self.frame_clock(asset)?;
        let format = CueFormat::of_file_name(file_name).ok_or_else(|| {
            Fault::new(
                Code::Unsupported,
                format!("Not a subtitle file by its ending: {file_name}"),
            )
            .hint("SubRip (.srt), WebVTT (.vtt) and TTML (.ttml, .dfxp, .itt, .xml) are taken in.")
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(Fault::new(
                Code::BeyondLimits,
                "A subtitle file has at most 16 MB.",
            ));
        }
        let reading = format.read(bytes).map_err(|error| {
            Fault::new(
                Code::BadRequest,
                format!("This {} file does not read: {file_name}", format.name()),
            )
            .because(&error)
        })?;
        if reading.cues.len() > MAX_CUES {
            return Err(Fault::new(
                Code::BeyondLimits,
                format!("A subtitle file has at most {MAX_CUES} cues."),
            ));
        }
        let mut losses = reading.notes;
        let mut cues = reading.cues;
        if reading.is_timecode {
            count_from_first_frame(&mut cues, &clock, &mut losses);
        }
        let drafts = drafts(&cues, &clock, &mut losses);
        if drafts.is_empty() {
            return Err(Fault::new(
                Code::BadRequest,
                "All cues of this file lie after the end of the asset.",
            )
            .hint("Is it the subtitle file of another cut?"));
        }
        let content = blake3::hash(bytes).to_hex().to_string();
        let run = Run::new(
            RunIdentity {
                asset,
                engine: "person.import".to_owned(),
                model: format.extension().to_owned(),
                // 1 kept no places and styles.
                version: "2".to_owned(),
                parameters: json!({ "file": content }),
            },
            Provenance {
                input: content,
                started_millis: now_millis(),
                ..Provenance::default()
            },
        );
        let mut ids: Vec<ProposalId> = drafts
            .iter()
            .map(|draft| Proposal::new(&run, draft.clone()).id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        self.circle_import(run, drafts, &ids, file_name)?;
        Ok(ImportedCues {
            cues: ids.len() as u64,
            losses,
        })
    }

    /// Run and verdict in one entry of the journal, then they are shown: the run lies in the lake before.
    fn circle_import(
        &self,
        run: Run,
        drafts: Vec<ProposalDraft>,
        ids: &[ProposalId],
        file_name: &str,
    ) -> Result<(), Fault> {
        let known = self.catalog.run(run.id).or_fault()?.is_some();
        let settled = self.store_drafts(run, drafts)?;
        let plain = file_name.chars().filter(|c| !c.is_control());
        let note = format!("From {}", plain.take(200).collect::<String>());
        let compose = || -> Result<Vec<Body>, Trouble> {
            self.catalog.catch_up(&self.journal)?;
            let mut bodies = Vec::new();
            if !known {
                bodies.push(Body::Run(settled.entry.clone()));
            }
            let (open, supersedes) = self.open_of(ids, known)?;
            if !open.is_empty() {
                let mut decision = Decision::new(open, Verdict::Circled, supersedes);
                decision.note = note;
                bodies.push(Body::Decision(decision));
            }
            Ok(bodies)
        };
        self.journal
            .append_with(&self.author(), now_millis(), compose)
            .map_err(Trouble::into_fault)?;
        self.show_runs(std::slice::from_ref(&settled))?;
        self.hub
            .tell([Subject::Proposals, Subject::Undo, Subject::Assets]);
        Ok(())
    }

    /// Those that nobody has decided on, and the entries that stand there (retractions): what a person rejected or argues
    /// about since is not this file's to circle.
    fn open_of(&self, ids: &[ProposalId], known: bool) -> Result<(Vec<ProposalId>, Vec<EntryId>), Trouble> {
        let standing = self.catalog.standing_entries(ids)?;
        if !known {
            // Not listed before their run is written; somebody may have decided on them elsewhere all the same.
            let undecided = standing.into_iter().filter(|(_, entries)| entries.is_empty());
            return Ok((undecided.map(|(id, _)| id).collect(), Vec::new()));
        }
        let filter = catalog::Filter {
            ids: Some(ids.to_vec()),
            states: vec![catalog::ProposalState::Open],
            ..catalog::Filter::default()
        };
        let open: BTreeSet<ProposalId> = self.catalog.proposal_ids(&filter)?.into_iter().collect();
        let seen = standing.into_iter().filter(|(id, _)| open.contains(id));
        let supersedes = seen.flat_map(|(_, entries)| entries).collect();
        Ok((open.into_iter().collect(), supersedes))
    }
}

/// Turns labels into times: what a file says in timecode counts as the asset's own labels do.
fn count_from_first_frame(cues: &mut Vec<Cue>, clock: &FrameClock, losses: &mut Vec<String>) {
    let Some(start) = clock.timecode(0) else {
        losses.push("the asset has no timecode: the file's counts from its first frame".to_owned());
        return;
    };
    let origin = Flicks::from_frame(start.frames(), start.rate());
    let before = cues.len();
    cues.retain_mut(|cue| {
        cue.range = FlickRange::new(
            (cue.range.start - origin).max(Flicks::ZERO),
            cue.range.end - origin,
        );
        cue.range.start < cue.range.end
    });
    if cues.len() < before {
        losses.push(format!(
            "{} cues before the asset's first timecode were left out",
            before - cues.len()
        ));
    }
}

fn drafts(cues: &[Cue], clock: &FrameClock, losses: &mut Vec<String>) -> Vec<ProposalDraft> {
    let mut drafts = Vec::new();
    let (mut beyond, mut unwritten) = (0u64, 0u64);
    for cue in cues {
        let start = nearest_frame(clock, cue.range.start);
        if start >= clock.frame_count() {
            beyond += 1;
            continue;
        }
        let end = nearest_frame(clock, cue.range.end).clamp(start + 1, clock.frame_count());
        let payload = payload::Cue {
            text: cue.text.clone(),
            language: String::new(),
            place: cue.place,
            styles: cue.styles.clone(),
        };
        let Ok(payload) = serde_json::to_value(payload) else {
            unwritten += 1;
            continue;
        };
        drafts.push(ProposalDraft {
            kind: Kind::Cues,
            range: FrameRange::new(start, end),
            confidence_permille: None,
            payload,
        });
    }
    if beyond > 0 {
        losses.push(format!("{beyond} cues after the end of the asset were left out"));
    }
    if unwritten > 0 {
        losses.push(format!("{unwritten} cues could not be kept"));
    }
    drafts
}

/// The frame whose start is nearest; the number after the last one for what lies after the end.
fn nearest_frame(clock: &FrameClock, at: Flicks) -> u64 {
    let shown = clock.frame_at(at);
    let (before, after) = (clock.start_of(shown), clock.end_of_range(shown + 1));
    if at - before > after - at {
        shown + 1
    } else {
        shown
    }
}

/// Reads a file a person named for import, refusing what is too large before reading it.
///
/// # Errors
/// When it cannot be read or is larger than a subtitle file can be.
pub fn read_sidecar(path: &std::path::Path) -> Result<Vec<u8>, Fault> {
    let cannot = |error: &std::io::Error| {
        faults::from_io(
            error,
            Code::Unreadable,
            format!("Cannot read {}", crate::place::shown(path)),
        )
    };
    let meta = std::fs::metadata(path).map_err(|error| cannot(&error))?;
    if !meta.is_file() || meta.len() > MAX_BYTES as u64 {
        return Err(Fault::new(
            Code::BeyondLimits,
            format!(
                "Not a subtitle file of at most 16 MB: {}",
                crate::place::shown(path)
            ),
        ));
    }
    std::fs::read(path).map_err(|error| cannot(&error))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::frames::AssetHead;
    use crate::views::{Decide, DecideVerdict, ExportFormat, ExportWhat, ProposalQuery, ProposalState};
    use crate::workstation::OpenOptions;

    const WORDS: &[u8] = b"1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n";

    /// A workstation that knows a recording of ten seconds.
    pub(crate) fn with_a_recording(home: &std::path::Path) -> (Arc<Workstation>, String) {
        let workstation = Workstation::open(OpenOptions::new(home)).unwrap();
        let head = AssetHead {
            media: media::MediaInfo {
                container: "wav".to_owned(),
                duration: None,
                start_timecode: None,
                video: None,
                audio: Vec::new(),
                other_streams: Vec::new(),
                size_bytes: 8,
                still: false,
            },
            duration: Flicks::from_frame(250, crate::SOUND_RATE),
            frame_count: 0,
        };
        let asset = ledger::AssetId::from_hash(blake3::hash(b"a recording"));
        let entry = ledger::AssetEntry {
            asset,
            title: "Room tone".to_owned(),
            size_bytes: 8,
            media: serde_json::to_value(head).unwrap(),
        };
        workstation.record(vec![Body::Asset(entry)]).unwrap();
        (workstation, asset.to_string())
    }

    fn states(workstation: &Workstation) -> Vec<ProposalState> {
        let rows = workstation.proposals(&ProposalQuery::default()).unwrap();
        rows.proposals.into_iter().map(|row| row.state).collect()
    }

    #[test]
    fn the_same_file_again_leaves_alone_what_was_rejected_since() {
        let dir = tempfile::tempdir().unwrap();
        let (workstation, asset) = with_a_recording(dir.path());
        workstation.import_cues(&asset, "words.srt", WORDS).unwrap();
        assert_eq!(states(&workstation), [ProposalState::Circled; 2]);
        let rows = workstation.proposals(&ProposalQuery::default()).unwrap();
        workstation
            .decide(&Decide {
                ids: vec![rows.proposals[0].id.clone()],
                verdict: DecideVerdict::Reject,
                edit: None,
                edits: std::collections::BTreeMap::new(),
                note: None,
            })
            .unwrap();
        let before = states(&workstation);
        assert!(before.contains(&ProposalState::Rejected));
        workstation.import_cues(&asset, "words.srt", WORDS).unwrap();
        assert_eq!(states(&workstation), before);
    }

    #[test]
    fn cues_of_a_file_are_listed_only_with_their_run_and_circled_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let (workstation, asset) = with_a_recording(dir.path());
        let before = workstation.journal.last_sequence().unwrap();
        workstation.import_cues(&asset, "words.srt", WORDS).unwrap();
        let entries = workstation.journal.entries_after(before, 10).unwrap();
        let kinds: Vec<_> = entries.iter().map(|entry| entry.entry.body.kind()).collect();
        assert_eq!(kinds, ["run", "decision"]);
        assert!(workstation.catalog.runs_without_proposals().unwrap().is_empty());
        assert_eq!(workstation.undo().unwrap().changed.len(), 2);
        assert_eq!(states(&workstation), [ProposalState::Open; 2]);
        // Killed between the journal and the list: the next opening shows what the journal says.
        drop(workstation);
        let catalog = dir.path().join("catalog.db");
        std::fs::remove_file(&catalog).unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path())).unwrap();
        assert_eq!(states(&workstation), [ProposalState::Open; 2]);
        workstation.redo().unwrap();
        assert_eq!(states(&workstation), [ProposalState::Circled; 2]);
    }

    #[test]
    fn a_saved_export_replaces_what_was_there_with_the_whole_file() {
        let dir = tempfile::tempdir().unwrap();
        let (workstation, asset) = with_a_recording(&dir.path().join("home"));
        workstation.import_cues(&asset, "words.srt", WORDS).unwrap();
        let exported = workstation
            .export(&asset, ExportWhat::Cues, ExportFormat::Srt)
            .unwrap();
        assert_eq!(
            (exported.items, exported.file_name.as_str()),
            (2, "Room tone cues.srt")
        );
        let target = dir.path().join("mine.srt");
        std::fs::write(&target, b"an older one").unwrap();
        let written = workstation.save_export(&exported.export_id, &target).unwrap();
        assert_eq!(written[0], target);
        assert_eq!(written.len(), 1 + usize::from(!exported.losses.is_empty()));
        let text = std::fs::read_to_string(&target).unwrap();
        assert!(text.contains("One") && text.contains("Two"), "{text}");
        assert_eq!(text.len() as u64, exported.size_bytes);
        workstation
            .save_export("0123456789abcdef0123456789abcdef", &target)
            .unwrap_err();
    }
}
