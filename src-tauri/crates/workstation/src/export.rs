//! Finishing elsewhere: what was circled leaves as a cut, as cues or as pictures, with a list of what could not be carried.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use catalog::{AssetRecord, ProposalRecord, ProposalState};
use fault::{Code, Fault};
use image::RgbImage;
use interchange::{Cue, CueFormat, CutFormat};
use ledger::{AssetId, Kind, payload};
use serde::Deserialize as _;
use timebase::{FlickRange, FrameRange};
use timeline::{Cut, Selection, Source};

use crate::faults::{self, OrFault as _};
use crate::frames::{AssetHead, FrameClock};
use crate::proposals::Applied;
use crate::views::{ExportFormat, ExportResult, ExportWhat};
use crate::workstation::Workstation;
use crate::zip::{Member, archive};
use crate::{contact, overlay, place, words};

/// Exports that nobody fetched are removed after so long.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);

/// What an export consists of.
struct Rendered {
    files: Vec<Member>,
    losses: Vec<String>,
    items: u64,
}

impl Workstation {
    /// Writes what was circled of an asset into the home's `exports` folder, read back and compared. One file stands for
    /// itself, several come as a ZIP.
    ///
    /// # Errors
    /// No such asset, nothing circled, a format that does not carry this, and trouble with the store or the disk.
    pub fn export(&self, asset: &str, what: ExportWhat, to: ExportFormat) -> Result<ExportResult, Fault> {
        let rendered = self.render(asset, what, to)?;
        let (file_name, bytes) = packed(rendered.files)?;
        let export_id = new_export_id()?;
        let dir = self.home.exports().join(&export_id);
        self.forget_old_exports();
        save(&dir.join(&file_name), &bytes)?;
        let size_bytes = bytes.len() as u64;
        Ok(ExportResult {
            export_id,
            file_name,
            size_bytes,
            losses: rendered.losses,
            items: rendered.items,
        })
    }

    /// Writes an export where a person wants it: into `target` when it is a folder, otherwise as that file. What could not
    /// be carried is written beside it as `FILE.losses.json`. Answers the files written.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub fn export_to(
        &self,
        asset: &str,
        what: ExportWhat,
        to: ExportFormat,
        target: &Path,
    ) -> Result<(ExportResult, Vec<PathBuf>), Fault> {
        let rendered = self.render(asset, what, to)?;
        let mut written = Vec::new();
        let mut size_bytes = 0;
        let losses_beside = if target.is_dir() {
            for member in &rendered.files {
                save(&target.join(&member.name), &member.bytes)?;
                size_bytes += member.bytes.len() as u64;
                written.push(target.join(&member.name));
            }
            written.first().cloned().unwrap_or_else(|| target.to_owned())
        } else {
            let (_, bytes) = packed(rendered.files)?;
            save(target, &bytes)?;
            size_bytes = bytes.len() as u64;
            written.push(target.to_owned());
            target.to_owned()
        };
        if !rendered.losses.is_empty() {
            let mut name = losses_beside.file_name().unwrap_or_default().to_owned();
            name.push(".losses.json");
            let path = losses_beside.with_file_name(name);
            save(&path, interchange::losses_json(&rendered.losses).as_bytes())?;
            written.push(path);
        }
        let file_name = written
            .first()
            .map(|path| place::shown(Path::new(path.file_name().unwrap_or_default())));
        let result = ExportResult {
            export_id: String::new(),
            file_name: file_name.unwrap_or_default(),
            size_bytes,
            losses: rendered.losses,
            items: rendered.items,
        };
        Ok((result, written))
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

    fn render(&self, asset: &str, what: ExportWhat, to: ExportFormat) -> Result<Rendered, Fault> {
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
        let stem = format!("{} {kind}", plain_name(&record.entry.title));
        match (what, to) {
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Edl) => {
                self.cut(&record, &circled, &stem, CutFormat::Edl)
            }
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Otio) => {
                self.cut(&record, &circled, &stem, CutFormat::Otio)
            }
            (ExportWhat::Shots | ExportWhat::Highlights, ExportFormat::Fcpxml) => {
                self.cut(&record, &circled, &stem, CutFormat::Fcpxml)
            }
            (ExportWhat::Cues, ExportFormat::Srt) => self.cues(asset, &circled, &stem, CueFormat::Srt),
            (ExportWhat::Cues, ExportFormat::Vtt) => self.cues(asset, &circled, &stem, CueFormat::Vtt),
            (ExportWhat::Posters, ExportFormat::Png) => self.posters(&record, &circled, &stem),
            _ => Err(
                Fault::new(Code::BadRequest, format!("{kind} do not go into this format."))
                    .hint("Shots and highlights: edl, otio, fcpxml. Cues: srt, vtt. Posters: png."),
            ),
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

    fn cut(
        &self,
        record: &AssetRecord,
        circled: &[ProposalRecord],
        stem: &str,
        format: CutFormat,
    ) -> Result<Rendered, Fault> {
        let clock = self.frame_clock(record.entry.asset)?;
        let source = source_of(record, &clock)?;
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
        let selections: Vec<Selection> = circled.iter().map(selection).collect();
        let rate = source.rate();
        let fps = i64::from(rate.nominal_fps());
        let start = timebase::Timecode::from_fields(1, 0, 0, 0, rate, source.start.is_drop_frame())
            .unwrap_or_else(|_zero| timebase::Timecode::zero(rate).offset(3600 * fps));
        let cut = Cut::assemble(stem, start, vec![source], &selections).map_err(|error| {
            Fault::new(Code::Unsupported, "These selections do not make a cut.").because(&error)
        })?;
        let written = format.write(&cut).map_err(|error| {
            Fault::new(
                Code::Internal,
                format!(
                    "The {} file does not read back; nothing was written.",
                    format.name()
                ),
            )
            .because(&error)
        })?;
        let file = Member {
            name: format!("{stem}.{}", format.extension()),
            bytes: written.text.into_bytes(),
        };
        Ok(Rendered {
            files: vec![file],
            losses: written.losses,
            items: written.items as u64,
        })
    }

    fn cues(
        &self,
        asset: AssetId,
        circled: &[ProposalRecord],
        stem: &str,
        format: CueFormat,
    ) -> Result<Rendered, Fault> {
        let clock = self.frame_clock(asset)?;
        let cue = |record: &ProposalRecord| {
            let applied = Applied::standing(record);
            let text = payload::Cue::deserialize(&applied.payload)
                .map(|cue| cue.text)
                .unwrap_or_default();
            let range = FlickRange::new(
                clock.start_of(applied.start_frame),
                clock.end_of_range(applied.end_frame),
            );
            Cue { range, text }
        };
        let cues: Vec<Cue> = circled.iter().map(cue).collect();
        if cues.iter().all(|cue| cue.text.trim().is_empty()) {
            return Err(
                Fault::new(Code::NotFound, "The circled cues are speech slots without words.")
                    .hint("Write their words (edit a cue) or import a subtitle file first."),
            );
        }
        let written = format.write(&cues).map_err(|error| {
            Fault::new(
                Code::Internal,
                format!(
                    "The {} file does not read back; nothing was written.",
                    format.name()
                ),
            )
            .because(&error)
        })?;
        let file = Member {
            name: format!("{stem}.{}", format.extension()),
            bytes: written.text.into_bytes(),
        };
        Ok(Rendered {
            files: vec![file],
            losses: written.losses,
            items: written.items as u64,
        })
    }

    fn posters(
        &self,
        record: &AssetRecord,
        circled: &[ProposalRecord],
        stem: &str,
    ) -> Result<Rendered, Fault> {
        let asset = record.entry.asset;
        let clock = self.frame_clock(asset)?;
        let mut pictures = Pictures::open(self, record)?;
        let (mut files, mut sheet) = (Vec::new(), Vec::new());
        for record in circled {
            let applied = Applied::standing(record);
            let poster = payload::Poster::deserialize(&applied.payload);
            let frame = poster.map_or(applied.start_frame, |poster| poster.frame);
            let picture = pictures.picture(frame)?;
            let label = clock.label(frame).replace([':', ';'], "-");
            let name = if label.is_empty() {
                format!("{stem} {frame:06}.png")
            } else {
                format!("{stem} {label}.png")
            };
            files.push(Member {
                name,
                bytes: contact::png(&picture)?,
            });
            sheet.push(picture);
        }
        let items = files.len() as u64;
        files.push(Member {
            name: format!("{stem} contact sheet.png"),
            bytes: contact::sheet(&sheet)?,
        });
        Ok(Rendered {
            files,
            losses: pictures.losses,
            items,
        })
    }
}

/// Exact frames, from the original where it can be reached and shown as it is, otherwise from the proxy.
struct Pictures {
    reader: media::FrameReader,
    size: Option<(u32, u32)>,
    losses: Vec<String>,
}

impl Pictures {
    fn open(workstation: &Workstation, record: &AssetRecord) -> Result<Self, Fault> {
        let asset = record.entry.asset;
        let head = AssetHead::of(record)?;
        let plain = head.media.video.as_ref().filter(|video| {
            video.rotation_degrees == 0
                && !video.mirrored
                && video.field_order == media::FieldOrder::Progressive
        });
        let original = workstation.source_path(asset)?;
        if let (Some(video), Some(path)) = (plain, original.as_ref()) {
            let index = workstation.frame_index(asset)?;
            let reader = media::FrameReader::open(path, (*index).clone()).or_fault()?;
            return Ok(Self {
                reader,
                size: Some((video.display_width, video.display_height)),
                losses: Vec::new(),
            });
        }
        let why = if original.is_none() {
            "the original cannot be reached from here"
        } else {
            "the original is interlaced or turned"
        };
        let losses = vec![format!("pictures were taken from the proxy, because {why}")];
        Ok(Self {
            reader: workstation.proxy_reader(asset)?,
            size: None,
            losses,
        })
    }

    fn picture(&mut self, frame: u64) -> Result<RgbImage, Fault> {
        let decoded = self.reader.frame(frame).or_fault()?;
        let (width, height) = self.size.unwrap_or((decoded.width, decoded.height));
        let rgb = decoded.to_rgb8(width, height).or_fault()?;
        RgbImage::from_raw(rgb.width, rgb.height, rgb.data)
            .ok_or_else(|| Fault::new(Code::Internal, "A picture has another size than it says."))
    }
}

fn source_of(record: &AssetRecord, clock: &FrameClock) -> Result<Source, Fault> {
    let head = AssetHead::of(record)?;
    let no_rate = || {
        Fault::new(
            Code::Unsupported,
            "This asset has no frame rate, so no cut can be made of it.",
        )
    };
    let sound = head.media.audio.iter().find(|track| track.main);
    let video = head.media.video.as_ref().ok_or_else(no_rate)?;
    let path = record
        .locations
        .first()
        .and_then(|location| place::from_uri(&location.location.place));
    let name = path
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| place::shown(Path::new(name)));
    Ok(Source {
        asset: record.entry.asset,
        name: name.unwrap_or_else(|| record.entry.title.clone()),
        place: path.map(|path| place::shown(&path)).unwrap_or_default(),
        start: clock.timecode(0).ok_or_else(no_rate)?,
        frame_count: clock.frame_count(),
        vfr: video.vfr,
        width: video.display_width,
        height: video.display_height,
        audio_channels: sound.map_or(0, |track| track.channels),
        audio_rate: sound.map_or(0, |track| track.sample_rate),
    })
}

/// One file as it is, several as an archive.
fn packed(mut files: Vec<Member>) -> Result<(String, Vec<u8>), Fault> {
    if files.len() == 1
        && let Some(file) = files.pop()
    {
        return Ok((file.name, file.bytes));
    }
    let name = files
        .last()
        .map(|file| file.name.trim_end_matches(" contact sheet.png").to_owned());
    Ok((format!("{}.zip", name.unwrap_or_default()), archive(&files)?))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    overlay::write_whole(path, bytes).map_err(|error| {
        faults::from_io(
            &error,
            Code::NotAllowed,
            format!("Cannot write {}", place::shown(path)),
        )
    })
}

/// A title as part of a file name that every system takes.
fn plain_name(title: &str) -> String {
    let plain = |c: char| {
        if c.is_control() || "/\\:*?\"<>|".contains(c) {
            '-'
        } else {
            c
        }
    };
    let name: String = title.chars().map(plain).take(80).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() {
        "export".to_owned()
    } else {
        name.to_owned()
    }
}

fn new_export_id() -> Result<String, Fault> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(Code::Internal, "The system gives no random numbers.").because(&error))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
