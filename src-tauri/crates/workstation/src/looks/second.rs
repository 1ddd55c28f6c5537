//! The second look: one pass over the kept frames for faces, text and posters together, one over the sound for speech, then
//! the moments, which need the faces.

use std::ops::ControlFlow;

use catalog::Progress;
use engines::{EngineError, FacesSeen, Proposed, Shot, Still, frames_to_look_at, local};
use fault::{Code, Fault};
use ledger::{AssetId, Kind};
use media::IngestReport;
use timebase::Flicks;

use super::material;
use crate::faults::OrFault as _;
use crate::jobs::Reporter;
use crate::workstation::Workstation;

/// Share of the job that looking at pictures takes, thousandths; listening takes the rest.
const PICTURES_PERMILLE: u64 = 850;

/// What a second look brought.
pub(super) struct Seen {
    /// What each engine said, and the CPU time it took.
    pub proposed: Vec<(Proposed, u64)>,
    /// BLAKE3 of the proxy that was looked at.
    pub input: String,
    /// What could not be done and why, in words.
    pub notes: Vec<String>,
}

/// Looks and listens; `None` when it was told to stop.
pub(super) fn look(
    workstation: &Workstation,
    asset: AssetId,
    wanted: &[Kind],
    report: &mut Reporter,
) -> Result<Option<Seen>, Fault> {
    let record = workstation.asset_record(asset)?;
    let learned = workstation.report(asset)?;
    let clock = workstation.frame_clock(asset)?;
    let shots = material::shots(&learned);
    let proxy = record
        .renditions
        .iter()
        .find(|rendition| rendition.name == "proxy");
    let input = proxy
        .map(|rendition| rendition.blake3.clone())
        .unwrap_or_default();
    let mut seen = Seen {
        proposed: Vec::new(),
        input,
        notes: Vec::new(),
    };
    let wants = |kind: &Kind| wanted.contains(kind);
    let mut faces = FacesSeen::default();
    let has_picture = learned.media.video.is_some();
    if has_picture {
        let mut eyes = Eyes::open(wanted, learned.media.still, &mut seen.notes)?;
        if eyes.look(workstation, asset, &shots, report)?.is_break() {
            return Ok(None);
        }
        faces = eyes.finish(&shots, &mut seen.proposed);
    }
    if wants(&Kind::Cues) && !learned.media.audio.is_empty() {
        let Some(proposed) = listen(workstation, asset, &learned, &clock, report)? else {
            return Ok(None);
        };
        seen.proposed.push(proposed);
    }
    if wants(&Kind::Highlights) && has_picture && !learned.media.still {
        let input = local::highlights::HighlightInput {
            shots: &shots,
            signals: material::series(&learned.signals),
            faces: &faces,
        };
        let began = cpu_millis();
        let proposed = material::with_clock(&clock, |clock| local::highlights::propose(&input, clock));
        seen.proposed.push((proposed, cpu_millis().saturating_sub(began)));
    }
    Ok(Some(seen))
}

/// The engines that look at pictures, fed from one decoding.
struct Eyes {
    faces: Option<local::faces::FaceFinder>,
    text: Option<local::text::TextReader>,
    posters: Option<local::posters::PosterScout>,
    spent_millis: [u64; 3],
}

impl Eyes {
    fn open(wanted: &[Kind], still: bool, notes: &mut Vec<String>) -> Result<Self, Fault> {
        let wants = |kind: &Kind| wanted.contains(kind);
        // Moments and posters weigh faces, whether or not faces themselves were asked for.
        let faces = wants(&Kind::Faces) || wants(&Kind::Highlights) || wants(&Kind::Posters);
        let faces = if faces {
            Some(local::faces::FaceFinder::new().map_err(|error| from_engine(&error))?)
        } else {
            None
        };
        let text = match wants(&Kind::Text).then(local::text::TextReader::new) {
            Some(Ok(reader)) => Some(reader),
            Some(Err(error @ EngineError::Missing { .. })) => {
                notes.push(format!("Text was not looked for: {error}."));
                None
            }
            Some(Err(error)) => return Err(from_engine(&error)),
            None => None,
        };
        let posters = (wants(&Kind::Posters) && !still).then(local::posters::PosterScout::new);
        Ok(Self {
            faces,
            text,
            posters,
            spent_millis: [0; 3],
        })
    }

    fn look(
        &mut self,
        workstation: &Workstation,
        asset: AssetId,
        shots: &[Shot],
        report: &mut Reporter,
    ) -> Result<ControlFlow<()>, Fault> {
        if self.faces.is_none() && self.text.is_none() && self.posters.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        let frames = frames_to_look_at(shots);
        let mut reader = workstation.proxy_reader(asset)?;
        for (at, (frame, shot)) in frames.iter().copied().enumerate() {
            let done = at as u64 * PICTURES_PERMILLE / frames.len().max(1) as u64;
            let progress = Progress {
                permille: u16::try_from(done).ok(),
                message: format!("Picture {} of {}", at + 1, frames.len()),
                ..Progress::default()
            };
            if report.say(progress).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let decoded = reader.frame(frame).or_fault()?;
            let picture = decoded.to_rgb8(decoded.width, decoded.height).or_fault()?;
            let still = Still {
                frame,
                shot,
                width: picture.width,
                height: picture.height,
                rgb: &picture.data,
            };
            self.see(&still).map_err(|error| from_engine(&error))?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn see(&mut self, still: &Still<'_>) -> Result<(), EngineError> {
        let began = cpu_millis();
        let areas = match &mut self.faces {
            Some(faces) => faces.look(still)?.to_vec(),
            None => Vec::new(),
        };
        let after_faces = cpu_millis();
        if let Some(text) = &mut self.text {
            text.look(still)?;
        }
        let after_text = cpu_millis();
        if let Some(posters) = &mut self.posters {
            posters.look(still, &areas)?;
        }
        let spans = [
            (began, after_faces),
            (after_faces, after_text),
            (after_text, cpu_millis()),
        ];
        for (spent, (from, to)) in self.spent_millis.iter_mut().zip(spans) {
            *spent += to.saturating_sub(from);
        }
        Ok(())
    }

    fn finish(self, shots: &[Shot], proposed: &mut Vec<(Proposed, u64)>) -> FacesSeen {
        let mut seen = FacesSeen::default();
        if let Some(faces) = self.faces {
            let (said, sightings) = faces.finish(shots);
            seen = sightings;
            proposed.push((said, self.spent_millis[0]));
        }
        if let Some(text) = self.text {
            proposed.push((text.finish(shots), self.spent_millis[1]));
        }
        if let Some(posters) = self.posters {
            proposed.push((posters.finish(shots), self.spent_millis[2]));
        }
        seen
    }
}

/// Speech regions from the proxy's sound, which begins where the picture does.
fn listen(
    workstation: &Workstation,
    asset: AssetId,
    learned: &IngestReport,
    clock: &crate::FrameClock,
    report: &mut Reporter,
) -> Result<Option<(Proposed, u64)>, Fault> {
    let proxy = workstation.rendition_path(asset, "proxy")?;
    let expected = learned.duration.as_secs_f64() * f64::from(local::speech::SAMPLE_RATE);
    let mut listener = local::speech::SpeechListener::new(Flicks::ZERO);
    let mut heard = 0usize;
    let mut stopped = false;
    let began = cpu_millis();
    let mut sink = |samples: &[f32]| {
        listener.push(samples);
        heard += samples.len();
        let share = if expected > 0.0 {
            (heard as f64 / expected).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let permille = PICTURES_PERMILLE + (share * (1000 - PICTURES_PERMILLE) as f64) as u64;
        let progress = Progress {
            permille: u16::try_from(permille).ok(),
            message: "Listening".to_owned(),
            ..Progress::default()
        };
        let flow = report.say(progress);
        stopped |= flow.is_break();
        flow
    };
    match media::read_mono_16k(&proxy, &mut sink) {
        Ok(_) | Err(media::MediaError::Cancelled) if stopped => Ok(None),
        Ok(_) => {
            let proposed = material::with_clock(clock, |clock| listener.finish(clock));
            Ok(Some((proposed, cpu_millis().saturating_sub(began))))
        }
        Err(error) => Err(crate::faults::from_media(&error)),
    }
}

fn from_engine(error: &EngineError) -> Fault {
    let (code, hint) = match error {
        EngineError::Missing { .. } => (Code::Missing, "`circletake doctor` says how to get it."),
        EngineError::TimedOut { .. } | EngineError::Program { .. } => (
            Code::Missing,
            "The asset is playable all the same. `circletake doctor` says what is here; analyse it again afterwards.",
        ),
        _ => (Code::Internal, "The asset is playable all the same."),
    };
    Fault::new(code, format!("A second look stopped: {error}."))
        .hint(hint)
        .because(error)
}

/// CPU time of this thread so far.
fn cpu_millis() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        u64::try_from(time.tv_sec).unwrap_or(0) * 1000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000_000
    }
    #[cfg(not(target_os = "linux"))]
    {
        // Not measured, which provenance says as zero.
        0
    }
}
