//! Finishing elsewhere: what was circled leaves as a cut, as cues or as pictures, with a list of what could not be carried.

mod names;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use catalog::{AssetRecord, ProposalRecord, ProposalState};
use fault::{Code, Fault};
use interchange::{Cue, CueFormat, CutFormat, WriteError, Written};
use ledger::{AssetId, Kind, payload};
use serde::Deserialize as _;
use timebase::{FlickRange, FrameRange};
use timeline::{Cut, Selection, Source};

use crate::faults::{self, OrFault as _};
use crate::frames::{AssetHead, FrameClock};
use crate::pictures::Pictures;
use crate::proposals::Applied;
use crate::views::{ExportFormat, ExportResult, ExportWhat};
use crate::workstation::Workstation;
use crate::zip::Archive;
use crate::{contact, overlay, place, words};
use names::{losses_beside, name_apart, plain_name, source_name};

/// Exports that nobody fetched are removed after so long.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);
/// Where what could not be carried waits beside an export's file.
const LOSSES: &str = "losses";

/// What is to leave, checked.
struct Order {
    record: AssetRecord,
    circled: Vec<ProposalRecord>,
    /// Name of what is written, without its ending.
    stem: String,
    form: Form,
}

/// How it leaves.
#[derive(Clone, Copy)]
enum Form {
    Cut(CutFormat),
    Cues(CueFormat),
    /// Several pictures and a sheet of them.
    Posters,
}

/// What was written.
struct Rendered {
    losses: Vec<String>,
    items: u64,
}

/// Takes one file of an export after the other.
type Take<'a> = dyn FnMut(&str, &[u8]) -> Result<(), Failed> + 'a;

/// Why an export is not whole: what it is made of, or where it goes.
enum Failed {
    Fault(Fault),
    Disk(std::io::Error),
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Failed {
    fn at(self, path: &Path) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Disk(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                Fault::new(Code::BeyondLimits, "This is too much for one file.")
                    .hint("Export into a folder, or fewer pictures at once.")
                    .because(&error)
            }
            Self::Disk(error) => faults::from_io(
                &error,
                Code::NotAllowed,
                format!("Cannot write {}", place::shown(path)),
            ),
        }
    }
}

impl Workstation {
    /// Writes what was circled of an asset into the home's `exports` folder, read back and compared. One file stands for
    /// itself, several come as a ZIP.
    ///
    /// # Errors
    /// No such asset, nothing circled, a format that does not carry this, and trouble with the store or the disk.
    pub fn export(&self, asset: &str, what: ExportWhat, to: ExportFormat) -> Result<ExportResult, Fault> {
        let order = self.order(asset, what, to)?;
        let export_id = new_export_id()?;
        let path = self.home.exports().join(&export_id).join(order.file_name());
        self.forget_old_exports();
        let rendered = self.write_one(&order, &path)?;
        if !rendered.losses.is_empty() {
            let waiting = path.with_file_name(LOSSES).join("losses.json");
            save(&waiting, interchange::losses_json(&rendered.losses).as_bytes())?;
        }
        result(export_id, &path, std::slice::from_ref(&path), rendered)
    }

    /// Writes an export where a person wants it: into `target` when it is a folder, otherwise as that file. What could not
    /// be carried is written beside it as `FILE.losses.json`. Answers the files written.
    ///
    /// # Errors
    /// As [`Self::export`]; several pictures into a file that is no ZIP by its name; a folder that is not there.
    pub fn export_to(
        &self,
        asset: &str,
        what: ExportWhat,
        to: ExportFormat,
        target: &Path,
    ) -> Result<(ExportResult, Vec<PathBuf>), Fault> {
        check_folder(target)?;
        let order = self.order(asset, what, to)?;
        let mut written = Vec::new();
        let rendered = if target.is_dir() {
            let mut take = |name: &str, bytes: &[u8]| {
                let path = target.join(name);
                save(&path, bytes)?;
                written.push(path);
                Ok(())
            };
            self.fill(&order, &mut take).map_err(|failed| failed.at(target))?
        } else {
            order.fits(target)?;
            let rendered = self.write_one(&order, target)?;
            written.push(target.to_owned());
            rendered
        };
        let first = written.first().cloned().unwrap_or_else(|| target.to_owned());
        let losses = interchange::losses_json(&rendered.losses);
        let result = result(String::new(), &first, &written, rendered)?;
        if !result.losses.is_empty() {
            let path = losses_beside(&first);
            save(&path, losses.as_bytes())?;
            written.push(path);
        }
        Ok((result, written))
    }

    /// Copies an export to where a person wants it, and what it could not carry beside it as `FILE.losses.json`. A copy
    /// that does not succeed leaves what was there. Answers the files written.
    ///
    /// # Errors
    /// No export of this id, and trouble with either disk.
    pub fn save_export(&self, export_id: &str, target: &Path) -> Result<Vec<PathBuf>, Fault> {
        let source = self.export_path(export_id)?;
        let copied = overlay::write_whole_with(target, |file| {
            std::io::copy(&mut File::open(&source)?, file).map(drop)
        });
        copied.map_err(|error| Failed::Disk(error).at(target))?;
        let mut written = vec![target.to_owned()];
        match std::fs::read(source.with_file_name(LOSSES).join("losses.json")) {
            Ok(losses) => {
                let path = losses_beside(target);
                save(&path, &losses)?;
                written.push(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(faults::from_io(
                    &error,
                    Code::Store,
                    "Cannot read what this export could not carry.",
                ));
            }
        }
        Ok(written)
    }

    /// The file of an export.
    ///
    /// # Errors
    /// When there is none with this id.
    pub fn export_path(&self, export_id: &str) -> Result<PathBuf, Fault> {
        let unknown =
            || Fault::new(Code::NotFound, "This export is not there any more.").hint("Export it again.");
        if export_id.len() != 32 || !export_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let entries = std::fs::read_dir(self.home.exports().join(export_id))
            .map_err(|error| unknown().because(&error))?;
        entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.is_file())
            .ok_or_else(unknown)
    }

    /// The list of what an export could not carry, and the name it has beside the export's file.
    ///
    /// # Errors
    /// When there is no such export, or it carries everything.
    pub fn export_losses(&self, export_id: &str) -> Result<(PathBuf, String), Fault> {
        let file = self.export_path(export_id)?;
        let losses = file.with_file_name(LOSSES).join("losses.json");
        if !losses.is_file() {
            return Err(Fault::new(Code::NotFound, "This export carries everything."));
        }
        let beside = losses_beside(&file);
        let name = beside.file_name().unwrap_or_default().to_string_lossy();
        Ok((losses, name.into_owned()))
    }

    fn forget_old_exports(&self) {
        let Ok(entries) = std::fs::read_dir(self.home.exports()) else {
            return;
        };
        let Some(oldest) = SystemTime::now().checked_sub(KEEP) else {
            return;
        };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|meta| meta.modified());
            if modified.is_ok_and(|modified| modified < oldest)
                && let Err(error) = std::fs::remove_dir_all(entry.path())
            {
                tracing::debug!("old export: {error}");
            }
        }
    }

    fn order(&self, asset: &str, what: ExportWhat, to: ExportFormat) -> Result<Order, Fault> {
        let asset = self.resolve_asset(asset)?;
        let record = self.asset_record(asset)?;
        let kind = match what {
            ExportWhat::Shots => Kind::Shots,
            ExportWhat::Highlights => Kind::Highlights,
            ExportWhat::Cues => Kind::Cues,
            ExportWhat::Posters => Kind::Posters,
        };
        let circled = self.circled(asset, &kind)?;
        if circled.is_empty() {
            return Err(Fault::new(
                Code::NotFound,
                format!("Nothing among the {kind} of {} is circled.", record.entry.title),
            )
            .hint("Only what a person circled leaves the house: circle at least one, then export."));
        }
        let form = match (what, to) {
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Edl) => Form::Cut(CutFormat::Edl),
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Otio) => Form::Cut(CutFormat::Otio),
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Fcpxml) => {
                Form::Cut(CutFormat::Fcpxml)
            }
            (ExportWhat::Cues, ExportFormat::Srt) => Form::Cues(CueFormat::Srt),
            (ExportWhat::Cues, ExportFormat::Vtt) => Form::Cues(CueFormat::Vtt),
            (ExportWhat::Cues, ExportFormat::Ttml) => Form::Cues(CueFormat::Ttml),
            (ExportWhat::Posters, ExportFormat::Png) => Form::Posters,
            _ => {
                return Err(
                    Fault::new(Code::BadRequest, format!("{kind} do not go into this format."))
                        .hint("Shots and highlights: edl, otio, fcpxml. Cues: srt, vtt, ttml. Posters: png."),
                );
            }
        };
        Ok(Order {
            stem: format!("{} {kind}", plain_name(&record.entry.title)),
            record,
            circled,
            form,
        })
    }

    /// Everything an order consists of as one file.
    fn write_one(&self, order: &Order, path: &Path) -> Result<Rendered, Fault> {
        let mut rendered = None;
        let written = overlay::write_whole_with(path, |file| {
            if matches!(order.form, Form::Posters) {
                let mut archive = Archive::new(file);
                let mut take = |name: &str, bytes: &[u8]| Ok(archive.add(name, bytes)?);
                rendered = Some(self.fill(order, &mut take)?);
                archive.finish()?;
            } else {
                let mut take = |_name: &str, bytes: &[u8]| Ok(file.write_all(bytes)?);
                rendered = Some(self.fill(order, &mut take)?);
            }
            Ok(())
        });
        written.map_err(|failed: Failed| failed.at(path))?;
        rendered.ok_or_else(|| Fault::new(Code::Internal, "An export was written by nobody."))
    }

    fn fill(&self, order: &Order, take: &mut Take<'_>) -> Result<Rendered, Failed> {
        match order.form {
            Form::Cut(format) => self.cut(order, format, take),
            Form::Cues(format) => self.cues(order, format, take),
            Form::Posters => self.posters(order, take),
        }
    }

    fn circled(&self, asset: AssetId, kind: &Kind) -> Result<Vec<ProposalRecord>, Fault> {
        let filter = catalog::Filter {
            asset: Some(asset),
            kinds: vec![kind.clone()],
            states: vec![ProposalState::Circled],
            ..catalog::Filter::default()
        };
        let mut circled = self.catalog.proposals(&filter).or_fault()?;
        circled.sort_by_key(|record| Applied::standing(record).start_frame);
        Ok(circled)
    }

    fn cut(&self, order: &Order, format: CutFormat, take: &mut Take<'_>) -> Result<Rendered, Failed> {
        let clock = self.frame_clock(order.record.entry.asset)?;
        let source = self.source_of(&order.record, &clock)?;
        let selection = |record: &ProposalRecord| {
            let applied = Applied::standing(record);
            let label = clock.label(applied.start_frame);
            let secs = clock.end_of_range(applied.end_frame).as_secs_f64()
                - clock.start_of(applied.start_frame).as_secs_f64();
            let subject = words::Subject {
                kind: &record.proposal.kind,
                payload: &applied.payload,
                secs: secs.max(0.0),
                start: &label,
            };
            Selection {
                asset: record.proposal.asset,
                range: FrameRange::new(applied.start_frame, applied.end_frame),
                name: words::of(&subject).0,
                note: record
                    .decided
                    .as_ref()
                    .map(|decided| decided.note.clone())
                    .unwrap_or_default(),
            }
        };
        let selections: Vec<Selection> = order.circled.iter().map(selection).collect();
        let rate = source.rate();
        let fps = i64::from(rate.nominal_fps());
        let start = timebase::Timecode::from_fields(1, 0, 0, 0, rate, source.start.is_drop_frame())
            .unwrap_or_else(|_zero| timebase::Timecode::zero(rate).offset(3600 * fps));
        let cut = Cut::assemble(&order.stem, start, vec![source], &selections).map_err(|error| {
            Fault::new(Code::Unsupported, "These selections do not make a cut.").because(&error)
        })?;
        let (cut, left) = cut.with_source_markers(&self.cut_markers(order.record.entry.asset)?);
        let mut rendered = settled(format.write(&cut), format.name(), &order.file_name(), take)?;
        rendered.losses.extend(crate::markers::left_words(left));
        Ok(rendered)
    }

    fn cues(&self, order: &Order, format: CueFormat, take: &mut Take<'_>) -> Result<Rendered, Failed> {
        let clock = self.frame_clock(order.record.entry.asset)?;
        let cue = |record: &ProposalRecord| {
            let applied = Applied::standing(record);
            let cue = standing_cue(&record.proposal.payload, &applied.payload);
            let (text, place, styles) = cue
                .map(|cue| (cue.text, cue.place, cue.styles))
                .unwrap_or_default();
            let range = FlickRange::new(
                clock.start_of(applied.start_frame),
                clock.end_of_range(applied.end_frame),
            );
            Cue {
                range,
                text,
                place,
                styles,
            }
        };
        let cues: Vec<Cue> = order.circled.iter().map(cue).collect();
        if cues.iter().all(|cue| cue.text.trim().is_empty()) {
            let fault = Fault::new(Code::NotFound, "The circled cues are speech slots without words.")
                .hint("Write their words (edit a cue) or import a subtitle file first.");
            return Err(fault.into());
        }
        settled(format.write(&cues), format.name(), &order.file_name(), take)
    }

    fn posters(&self, order: &Order, take: &mut Take<'_>) -> Result<Rendered, Failed> {
        let clock = self.frame_clock(order.record.entry.asset)?;
        let mut pictures = Pictures::open(self, &order.record)?;
        let (mut names, mut sheet) = (BTreeSet::new(), contact::Sheet::default());
        for record in &order.circled {
            let applied = Applied::standing(record);
            let poster = payload::Poster::deserialize(&applied.payload);
            let frame = poster.map_or(applied.start_frame, |poster| poster.frame);
            let picture = pictures.picture(frame)?;
            let label = match clock.label(frame) {
                label if label.is_empty() => format!("{frame:06}"),
                label => label.replace([':', ';'], "-"),
            };
            let name = name_apart(&format!("{} {label}", order.stem), &mut names);
            take(&name, &contact::png(&picture)?)?;
            sheet.add(&picture);
        }
        take(&format!("{} contact sheet.png", order.stem), &sheet.png()?)?;
        let mut losses = pictures.losses;
        if sheet.left_out() > 0 {
            losses.push(format!(
                "the contact sheet has no room for the last {} pictures",
                sheet.left_out()
            ));
        }
        Ok(Rendered {
            losses,
            items: names.len() as u64,
        })
    }

    fn source_of(&self, record: &AssetRecord, clock: &FrameClock) -> Result<Source, Fault> {
        let head = AssetHead::of(record)?;
        let no_rate = || {
            Fault::new(
                Code::Unsupported,
                "This asset has no frame rate, so no cut can be made of it.",
            )
        };
        let sound = head.media.audio.iter().find(|track| track.main);
        let video = head.media.video.as_ref().ok_or_else(no_rate)?;
        let path = match self.source_path(record.entry.asset)? {
            Some(path) => Some(path),
            None => self.last_known_place(record),
        };
        Ok(Source {
            asset: record.entry.asset,
            name: source_name(record, path.as_deref()),
            // As a URI, which keeps every byte of a name.
            place: path.map(|path| place::to_uri(&path)).unwrap_or_default(),
            start: clock.timecode(0).ok_or_else(no_rate)?,
            frame_count: clock.frame_count(),
            vfr: video.vfr,
            width: video.display_width,
            height: video.display_height,
            audio_channels: sound.map_or(0, |track| track.channels),
            audio_rate: sound.map_or(0, |track| track.sample_rate),
        })
    }

    /// Where an original lay that cannot be reached now: this workstation's own word before that of others, the latest
    /// first.
    fn last_known_place(&self, record: &AssetRecord) -> Option<PathBuf> {
        let here = self.author().workstation;
        let mut places: Vec<_> = record.locations.iter().collect();
        places.sort_by_key(|place| (place.author.workstation == here, place.clock));
        places
            .into_iter()
            .rev()
            .find_map(|place| place::from_uri(&place.location.place))
    }
}

impl Order {
    /// The name of the one file it comes as.
    fn file_name(&self) -> String {
        let ending = match self.form {
            Form::Cut(format) => format.extension(),
            Form::Cues(format) => format.extension(),
            Form::Posters => "zip",
        };
        format!("{}.{ending}", self.stem)
    }

    /// Several pictures in a file that calls itself one would be opened by nothing.
    fn fits(&self, target: &Path) -> Result<(), Fault> {
        let is_zip = target
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
        if !matches!(self.form, Form::Posters) || is_zip {
            return Ok(());
        }
        Err(Fault::new(
            Code::BadRequest,
            format!(
                "The circled posters and their contact sheet are several pictures: {}",
                place::shown(target)
            ),
        )
        .hint("Name a folder that is there, or a file that ends in .zip."))
    }
}

/// A cue with the words a person gave it, in the styles that still hold.
fn standing_cue(proposed: &serde_json::Value, standing: &serde_json::Value) -> Option<payload::Cue> {
    let standing = payload::Cue::deserialize(standing).ok()?;
    let styles = match payload::Cue::deserialize(proposed) {
        Ok(proposed) if proposed.styles == standing.styles => proposed.reworded(&standing.text).styles,
        _ => standing.styles,
    };
    Some(payload::Cue { styles, ..standing })
}

/// Hands a file over that was read back and found to say what was meant.
fn settled(
    written: Result<Written, WriteError>,
    format: &str,
    file_name: &str,
    take: &mut Take<'_>,
) -> Result<Rendered, Failed> {
    let written = written.map_err(|error| {
        Fault::new(
            Code::Internal,
            format!("The {format} file does not read back; nothing was written."),
        )
        .because(&error)
    })?;
    take(file_name, written.text.as_bytes())?;
    Ok(Rendered {
        losses: written.losses,
        items: written.items as u64,
    })
}

fn result(
    export_id: String,
    first: &Path,
    written: &[PathBuf],
    rendered: Rendered,
) -> Result<ExportResult, Fault> {
    let mut size_bytes = 0;
    for path in written {
        size_bytes += std::fs::metadata(path)
            .map_err(|error| Failed::Disk(error).at(path))?
            .len();
    }
    Ok(ExportResult {
        export_id,
        file_name: place::shown(Path::new(first.file_name().unwrap_or_default())),
        size_bytes,
        losses: rendered.losses,
        items: rendered.items,
    })
}

/// Folders are not made on the way: a slip of the keyboard would leave one, and a film in it that nobody finds.
fn check_folder(target: &Path) -> Result<(), Fault> {
    let names_folder = target.as_os_str().as_encoded_bytes().ends_with(b"/");
    let folder = if names_folder {
        target
    } else {
        overlay::folder_of(target)
    };
    if folder.is_dir() {
        return Ok(());
    }
    let words = format!("There is no folder {} to write into.", folder.display());
    Err(Fault::new(Code::NotFound, words).hint("Make it first, or name a file in a folder that is there."))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    overlay::write_whole(path, bytes).map_err(|error| Failed::Disk(error).at(path))
}

fn new_export_id() -> Result<String, Fault> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(Code::Internal, "The system gives no random numbers.").because(&error))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
