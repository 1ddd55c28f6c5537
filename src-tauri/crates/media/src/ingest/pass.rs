use std::{ops::ControlFlow, path::Path, sync::atomic::Ordering};

use timebase::{FLICKS_PER_SEC, Flicks};

use super::{
    AppliedRule, FRAMES_FILE, IngestOptions, IngestProgress, IngestReport, PROXY_FILE, PROXY_GOP_FRAMES,
    PROXY_MARK, ProxyInfo, REPORT_VERSION, Shortfall, WAVEFORM_FILE,
    hash::Hashing,
    sound::{self, SoundResult, SoundTrack},
    video::{VideoResult, VideoTrack, timecode_text},
};
use crate::{
    FieldOrder, FrameIndex, MediaError, MediaInfo,
    analysis::{PictureAnalyst, Signals},
    av::{Input, Output, Packet, ReadEnd},
    probe,
};

/// The caller's progress and the wish to stop.
struct Reporter<'a> {
    progress: &'a mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
    duration: Option<Flicks>,
    bytes_total: u64,
    /// Position, frames and bytes told last.
    told: (Flicks, u64, u64),
}

impl Reporter<'_> {
    fn tell(&mut self, position: Flicks, frames: u64, bytes_read: u64) -> Result<(), MediaError> {
        let bytes_read = bytes_read.min(self.bytes_total);
        self.told = (position, frames, bytes_read);
        let progress = IngestProgress {
            position,
            duration: self.duration,
            frames,
            bytes_read,
            bytes_total: self.bytes_total,
        };
        match (self.progress)(&progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(MediaError::Cancelled),
        }
    }

    /// Tells that the work goes on where it was.
    fn again(&mut self) -> Result<(), MediaError> {
        let (position, frames, bytes_read) = self.told;
        self.tell(position, frames, bytes_read)
    }
}

/// Everything that is open during the pass.
struct Pass<'a> {
    input: Input,
    output: Output,
    info: MediaInfo,
    video: Option<VideoTrack>,
    sound: Option<SoundTrack>,
    hashing: Hashing,
    reporter: Reporter<'a>,
    notes: Vec<String>,
    /// Whether the container broke off or handed out incomplete packets at its end.
    broken_off: bool,
}

/// The whole pass; see [`super::ingest`].
pub(crate) fn run(
    source: &Path,
    out_dir: &Path,
    options: &IngestOptions,
    progress: &mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
) -> Result<IngestReport, MediaError> {
    let mut pass = Pass::open(source, out_dir, options, progress)?;
    pass.read_all()?;
    pass.drain()?;
    pass.finish(source, out_dir)
}

impl<'a> Pass<'a> {
    fn open(
        source: &Path,
        out_dir: &Path,
        options: &IngestOptions,
        progress: &'a mut dyn FnMut(&IngestProgress) -> ControlFlow<()>,
    ) -> Result<Self, MediaError> {
        let mut input = Input::open(&source.into())?;
        let info = probe::describe(&input, source)?;
        let mut reporter = Reporter {
            progress,
            duration: info.duration,
            bytes_total: info.size_bytes,
            told: (Flicks::ZERO, 0, 0),
        };
        reporter.tell(Flicks::ZERO, 0, 0)?;
        let mut output = Output::create(&out_dir.join(PROXY_FILE), "mp4")?;
        let mut notes = Vec::new();
        let video = match (&info.video, probe::main_video(&input)) {
            (Some(video), Some(stream)) => {
                let out = (&mut output, out_dir);
                Some(VideoTrack::open(
                    &input, &stream, video, info.still, options, out,
                )?)
            }
            _ => None,
        };
        let sound = match SoundTrack::open(&input, &mut output) {
            Ok(sound) => sound,
            // A track without a decoder is no reason to refuse the picture.
            Err(MediaError::Unsupported { what }) if video.is_some() => {
                notes.push(format!("The sound is left out: {what}."));
                None
            }
            Err(error) => return Err(error),
        };
        if video.is_none() && sound.is_none() {
            return Err(MediaError::Empty {
                what: "its only track has no channels",
            });
        }
        let wanted: Vec<usize> = video
            .iter()
            .map(VideoTrack::stream)
            .chain(sound.iter().map(SoundTrack::stream))
            .collect();
        input.keep_only(&wanted);
        begin(&mut output, &info, video.as_ref())?;
        let hashing = Hashing::start(source)?;
        let broken_off = wanted
            .iter()
            .filter_map(|index| input.stream(*index)?.indexed_end())
            .any(|end| end > info.size_bytes);
        Ok(Self {
            input,
            output,
            info,
            video,
            sound,
            hashing,
            reporter,
            notes,
            broken_off,
        })
    }

    fn read_all(&mut self) -> Result<(), MediaError> {
        let mut packet = Packet::empty().map_err(|e| e.during("reading"))?;
        loop {
            match self.input.read(&mut packet) {
                ReadEnd::Packet => {
                    self.broken_off |= packet.is_corrupt() && self.input.at_end();
                    self.dispatch(&packet)?;
                }
                ReadEnd::End => return Ok(()),
                ReadEnd::GivenUp => return Err(MediaError::Cancelled),
                ReadEnd::Broken => {
                    self.broken_off = true;
                    return Ok(());
                }
            }
            self.tell()?;
        }
    }

    fn tell(&mut self) -> Result<(), MediaError> {
        let at = self.input.position().load(Ordering::Relaxed);
        self.hashing.follow(at);
        let position = match (&self.video, &self.sound) {
            (Some(video), _) => video.position(),
            (None, Some(sound)) => sound.position(),
            (None, None) => Flicks::ZERO,
        };
        let frames = self.video.as_ref().map_or(0, VideoTrack::frames);
        self.reporter
            .tell(position, frames, at.min(self.hashing.done_bytes()))
    }

    fn dispatch(&mut self, packet: &Packet) -> Result<(), MediaError> {
        if let Some(video) = self.video.as_mut().filter(|v| v.stream() == packet.stream()) {
            let waiting = video.frames() == 0;
            video.push(Some(packet), &mut self.output)?;
            if waiting {
                self.share_origin(false)?;
            }
        } else if let Some(sound) = self.sound.as_mut().filter(|s| s.stream() == packet.stream()) {
            let reporter = &mut self.reporter;
            sound.push(Some(packet), &mut self.output, &mut || reporter.again())?;
            if sound.waits_too_long() || self.video.is_none() {
                self.share_origin(true)?;
            }
        }
        Ok(())
    }

    /// Tells the sound when frame 0 is. `force` settles it without a frame: by the container's word, or by the first sample.
    fn share_origin(&mut self, force: bool) -> Result<(), MediaError> {
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        let known = self.video.as_ref().and_then(VideoTrack::origin);
        let origin = if known.is_some() || !force {
            known
        } else {
            let stated = self.video.as_ref().and_then(|v| {
                let stream = self.input.stream(v.stream())?;
                Some(Flicks::from_ticks(stream.start()?, stream.time_base()?))
            });
            stated.or_else(|| sound.first_time())
        };
        match origin {
            Some(origin) => {
                let reporter = &mut self.reporter;
                sound.set_origin(origin, &mut self.output, &mut || reporter.again())
            }
            None => Ok(()),
        }
    }

    fn drain(&mut self) -> Result<(), MediaError> {
        if let Some(video) = &mut self.video {
            video.push(None, &mut self.output)?;
        }
        self.share_origin(false)?;
        if let Some(sound) = &mut self.sound {
            let reporter = &mut self.reporter;
            sound.push(None, &mut self.output, &mut || reporter.again())?;
        }
        self.share_origin(true)?;
        self.tell()
    }

    fn finish(mut self, source: &Path, out_dir: &Path) -> Result<IngestReport, MediaError> {
        let seen = self
            .video
            .take()
            .map(|v| v.finish(&mut self.output))
            .transpose()?;
        let heard = self
            .sound
            .take()
            .map(|s| s.finish(&mut self.output))
            .transpose()?;
        let no_frames = seen.as_ref().is_some_and(|s| s.index.is_empty());
        let no_samples = heard.as_ref().is_none_or(|h| h.duration == Flicks::ZERO);
        if (no_frames || seen.is_none()) && no_samples || (no_frames && self.info.audio.is_empty()) {
            return Err(self.input.damaged("not one frame or sample of it can be decoded"));
        }
        if no_frames {
            // Keeping the sound of a film whose picture is gone would pass a wreck off as an asset.
            return Err(self.input.damaged("not one frame of its picture can be decoded"));
        }
        self.output.finish()?;
        let index = match &seen {
            Some(seen) => seen.index.clone(),
            None => FrameIndex::new(timebase::Rate::PAL.frame_duration(), Vec::new(), Vec::new(), 0),
        };
        index.save(&out_dir.join(FRAMES_FILE))?;
        if let Some(findings) = heard.as_ref().and_then(|h| h.findings.as_ref()) {
            sound::save_waveform(findings, &out_dir.join(WAVEFORM_FILE))?;
        }
        let (position, frames) = (index.duration(), index.len());
        let reporter = &mut self.reporter;
        let blake3 = self.hashing.finish(source, &mut |bytes| {
            reporter.tell(position, frames, bytes).is_err()
        })?;
        let proxy_path = out_dir.join(PROXY_FILE);
        let size = std::fs::metadata(&proxy_path)
            .map_err(|e| MediaError::writing(&proxy_path, e))?
            .len();
        let media = described(self.info, &index, seen.as_ref());
        let made = Made {
            media,
            index,
            seen,
            heard,
            blake3,
            size,
        };
        Ok(made.report(self.notes, self.broken_off))
    }
}

/// Writes the head of the proxy: timecode, mark, the source's clock.
fn begin(output: &mut Output, info: &MediaInfo, video: Option<&VideoTrack>) -> Result<(), MediaError> {
    output.set_metadata(None, "comment", PROXY_MARK)?;
    if let (Some(timecode), Some(video)) = (info.start_timecode, video) {
        output.set_metadata(Some(video.out_stream()), "timecode", &timecode_text(timecode))?;
    }
    let mut options = vec![("movflags", "+faststart".to_owned())];
    if let Some(video) = info.video.as_ref() {
        let scale = if info.still { 25 } else { video.time_base.den() };
        options.push(("video_track_timescale", scale.to_string()));
    }
    output.begin(&options)
}

/// What the file is, with what only decoding could tell.
fn described(mut info: MediaInfo, index: &FrameIndex, seen: Option<&VideoResult>) -> MediaInfo {
    if let Some(video) = &mut info.video {
        video.vfr = !index.is_constant_rate();
        if let Some(order) = seen.and_then(|s| s.field_order) {
            video.field_order = order;
        }
        if video.vfr || video.rate.is_none() {
            // On variable rate, and where nothing usable is stated, the frames themselves say what the average is.
            video.rate = index.average_rate().or(video.rate);
        }
    }
    info
}

/// Everything the report is made of.
struct Made {
    media: MediaInfo,
    index: FrameIndex,
    seen: Option<VideoResult>,
    heard: Option<SoundResult>,
    blake3: String,
    size: u64,
}

impl Made {
    fn report(self, mut notes: Vec<String>, broken_off: bool) -> IngestReport {
        let heard_length = self.heard.as_ref().map_or(Flicks::ZERO, |h| h.duration);
        let duration = if self.seen.is_some() {
            self.index.duration()
        } else {
            heard_length
        };
        let shortfall = shortfall(&self.media, duration.max(heard_length), broken_off);
        self.add_notes(&mut notes, shortfall.as_ref());
        let rules = self.rules();
        let findings = self.heard.as_ref().and_then(|h| h.findings.as_ref());
        let signals = Signals::join(self.seen.as_ref().map(|s| &s.findings), findings);
        let sound = findings.map(crate::analysis::SoundFindings::report);
        let undecodable = self.seen.as_ref().map_or(0, |s| s.undecodable)
            + self.heard.as_ref().map_or(0, |h| h.undecodable);
        let proxy = ProxyInfo {
            width: self.seen.as_ref().map_or(0, |s| s.width),
            height: self.seen.as_ref().map_or(0, |s| s.height),
            encoder: self.seen.as_ref().map_or(String::new(), |s| s.encoder.to_owned()),
            size_bytes: self.size,
            gop_frames: PROXY_GOP_FRAMES,
            audio: self.heard.is_some(),
            tone_mapped: self.seen.as_ref().is_some_and(|s| s.tone_mapped),
            deinterlaced: self.seen.as_ref().is_some_and(|s| s.deinterlaced),
        };
        let (found, sprites, corrupt_frames) = match self.seen {
            Some(seen) => (seen.findings, Some(seen.sprites), seen.corrupt),
            None => (PictureAnalyst::new().finish(Flicks::ZERO), None, Vec::new()),
        };
        let (silence, loud, loudness) = sound.map_or((Vec::new(), Vec::new(), None), |s| {
            (s.silence, s.loud, Some(s.loudness))
        });
        IngestReport {
            version: REPORT_VERSION,
            blake3: self.blake3,
            media: self.media,
            duration,
            frame_count: self.index.len(),
            proxy,
            sprites,
            shots: found.shots,
            transitions: found.transitions,
            black: found.black,
            freeze: found.freeze,
            flashes: found.flashes,
            silence,
            loud,
            loudness,
            signals,
            corrupt_frames,
            undecodable_packets: undecodable,
            corrected_times: self.index.corrected_frames().count() as u64,
            shortfall,
            notes,
            rules,
        }
    }

    fn add_notes(&self, notes: &mut Vec<String>, shortfall: Option<&Shortfall>) {
        let secs = |f: Flicks| format!("{:.2} s", f.as_secs_f64());
        if let Some(shortfall) = shortfall {
            let stated = shortfall
                .stated
                .map_or(String::new(), |s| format!(" of the {} it states", secs(s)));
            notes.push(format!(
                "The file breaks off: {}{stated} could be read.",
                secs(shortfall.read)
            ));
        }
        if let Some(seen) = &self.seen {
            let damaged: u64 = seen.corrupt.iter().map(|r| r.len()).sum();
            if damaged > 0 {
                notes.push(format!(
                    "{damaged} frames were decoded with errors; they keep their numbers."
                ));
            }
            if seen.tone_mapped {
                notes.push(
                    "HDR: the proxy shows it brought down to SDR; judge colour on the original.".to_owned(),
                );
            }
        }
        let corrected = self.index.corrected_frames().count();
        if corrected > 0 {
            notes.push(format!(
                "{corrected} frames had times that do not increase; they were moved by ticks."
            ));
        }
        if let Some(note) = self.heard.as_ref().and_then(|h| h.note.clone()) {
            notes.push(note);
        }
        let more = self
            .media
            .other_streams
            .iter()
            .filter(|s| s.kind == "video")
            .count();
        if more > 0 {
            notes.push(format!("{more} further video streams are noted and not used."));
        }
    }

    fn rules(&self) -> Vec<AppliedRule> {
        let mut rules = Vec::new();
        if let Some(seen) = &self.seen {
            rules.push(AppliedRule::EditListHides);
            if !seen.corrupt.is_empty() {
                rules.push(AppliedRule::CorruptFramesKept);
            }
            if seen.undecodable > 0 {
                rules.push(AppliedRule::UndecodablePacketsSkipped);
            }
            if seen.field_order.is_some_and(|f| f != FieldOrder::Progressive) {
                rules.push(AppliedRule::FieldPairsAreOneFrame);
            }
            if self.index.corrected_frames().next().is_some() {
                rules.push(AppliedRule::TimesIncrease);
            }
            if seen.tone_mapped {
                rules.push(AppliedRule::ToneMapped);
            }
            let turned = self.media.video.as_ref();
            if turned.is_some_and(|v| v.rotation_degrees != 0 || v.mirrored || v.sample_aspect != (1, 1)) {
                rules.push(AppliedRule::Upright);
            }
        }
        if self.heard.is_some() {
            rules.push(AppliedRule::StereoMix);
            if self.seen.is_some() {
                rules.push(AppliedRule::SoundFollowsFrameZero);
            }
        }
        rules
    }
}

/// Whether the file ended before it should: its index points past its end, packets were incomplete there, or much less came
/// out of a container with a reliable length than it states.
fn shortfall(info: &MediaInfo, read: Flicks, broken_off: bool) -> Option<Shortfall> {
    let reliable = matches!(
        info.container.as_str(),
        "matroska" | "mxf" | "wav" | "avi" | "w64" | "aiff"
    );
    let short = info
        .duration
        .filter(|_| reliable && !info.still)
        .is_some_and(|stated| {
            let slack = (stated.0 / 50).max(FLICKS_PER_SEC);
            stated.0.saturating_sub(read.0) > slack
        });
    (short || broken_off).then_some(Shortfall {
        stated: info.duration,
        read,
    })
}
