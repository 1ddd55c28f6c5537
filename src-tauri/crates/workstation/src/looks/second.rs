//! The second look: one pass over the kept frames for faces, text and posters together, one over the sound for speech, then
//! the moments, which need the faces.

use std::ops::ControlFlow;

use catalog::Progress;
use engines::{Allowance, EngineError, FacesSeen, Proposed, Shot, Still, local};
use fault::{Code, Fault};
use ledger::{AssetId, Kind};
use media::IngestReport;
use timebase::Flicks;

use super::material;
use crate::jobs::Reporter;
use crate::workstation::Workstation;

/// Share of the job that looking at pictures takes, thousandths; listening takes the rest.
const PICTURES_PERMILLE: u64 = 850;

/// What a note says of an engine that was left out.
const NO_FACES: &str = "Faces were not looked for";
const NO_TEXT: &str = "Text was not looked for";
const NO_POSTERS: &str = "Posters were not looked for";

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
    let mut trouble = Trouble::default();
    let mut faces = FacesSeen::default();
    let has_picture = learned.media.video.is_some();
    if has_picture {
        let allowance = Allowance::of(material::extent(&learned), &shots);
        let mut eyes = Eyes::open(wanted, learned.media.still, &allowance, &mut trouble);
        if eyes
            .look(workstation, asset, &allowance.stills, report, &mut trouble)?
            .is_break()
        {
            return Ok(None);
        }
        faces = eyes.finish(&shots, &mut seen.proposed, &mut trouble);
    }
    if wants(&Kind::Cues) && !learned.media.audio.is_empty() {
        match listen(workstation, asset, &learned, &clock, report) {
            Ok(Some(proposed)) => seen.proposed.push(proposed),
            Ok(None) => return Ok(None),
            Err(fault) => trouble.note("Speech was not listened for", fault),
        }
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
    seen.notes = trouble.into_notes(!seen.proposed.is_empty())?;
    Ok(Some(seen))
}

/// What single engines could not do. One engine's trouble leaves the others' findings as they are.
#[derive(Default)]
struct Trouble {
    notes: Vec<String>,
    first: Option<Fault>,
}

impl Trouble {
    fn note(&mut self, what: &str, fault: Fault) {
        tracing::warn!(
            code = fault.code.as_str(),
            "{what}: {} {}",
            fault.message,
            fault.detail
        );
        self.notes.push(format!("{what}: {}", fault.message));
        self.first.get_or_insert(fault);
    }

    fn engine(&mut self, what: &str, error: &EngineError) {
        self.note(what, from_engine(error));
    }

    /// The notes, or the first fault when nothing at all came out.
    fn into_notes(self, anything: bool) -> Result<Vec<String>, Fault> {
        match self.first {
            Some(fault) if !anything => Err(fault),
            _ => Ok(self.notes),
        }
    }
}

/// The engines that look at pictures, fed from one decoding.
struct Eyes {
    faces: Option<local::faces::FaceFinder>,
    text: Option<local::text::TextReader>,
    posters: Option<local::posters::PosterScout>,
    /// Whether faces were asked for themselves, not only to weigh moments and posters by.
    proposes_faces: bool,
    spent_millis: [u64; 3],
}

impl Eyes {
    fn open(wanted: &[Kind], still: bool, allowance: &Allowance, trouble: &mut Trouble) -> Self {
        let wants = |kind: &Kind| wanted.contains(kind);
        // Moments and posters weigh faces, whether or not faces themselves were asked for.
        let faces = wants(&Kind::Faces) || wants(&Kind::Highlights) || wants(&Kind::Posters);
        let mut opened =
            |engine: Result<_, EngineError>| engine.inspect_err(|error| trouble.engine(NO_FACES, error)).ok();
        let faces = faces.then(local::faces::FaceFinder::new).and_then(&mut opened);
        let text = match wants(&Kind::Text).then(|| local::text::TextReader::new(allowance)) {
            Some(Ok(reader)) => Some(reader),
            Some(Err(error @ EngineError::Missing { .. })) => {
                // Nothing is broken; the doctor says how to get it.
                trouble.notes.push(format!("{NO_TEXT}: {error}."));
                None
            }
            Some(Err(error)) => {
                trouble.engine(NO_TEXT, &error);
                None
            }
            None => None,
        };
        let posters = (wants(&Kind::Posters) && !still).then(local::posters::PosterScout::new);
        Self {
            faces,
            text,
            posters,
            proposes_faces: wants(&Kind::Faces),
            spent_millis: [0; 3],
        }
    }

    fn is_blind(&self) -> bool {
        self.faces.is_none() && self.text.is_none() && self.posters.is_none()
    }

    fn look(
        &mut self,
        workstation: &Workstation,
        asset: AssetId,
        frames: &[(u64, usize)],
        report: &mut Reporter,
        trouble: &mut Trouble,
    ) -> Result<ControlFlow<()>, Fault> {
        if self.is_blind() {
            return Ok(ControlFlow::Continue(()));
        }
        let mut reader = workstation.proxy_reader(asset)?;
        let (mut seen, mut unreadable) = (0u64, 0u64);
        let mut why = None;
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
            let picture = reader
                .frame(frame)
                .and_then(|decoded| decoded.to_rgb8(decoded.width, decoded.height));
            let picture = match picture {
                Ok(picture) => picture,
                Err(error) => {
                    tracing::warn!("frame {frame} is left out: {}", fault::chain(&error));
                    unreadable += 1;
                    why = Some(error);
                    continue;
                }
            };
            seen += 1;
            let still = Still {
                frame,
                shot,
                width: picture.width,
                height: picture.height,
                rgb: &picture.data,
            };
            self.see(&still, trouble);
            if self.is_blind() {
                break;
            }
        }
        match why {
            Some(error) if seen == 0 => return Err(crate::faults::from_media(&error)),
            Some(_) => trouble.notes.push(format!(
                "{unreadable} pictures could not be read and were left out."
            )),
            None => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Shows a picture to all; who fails at one is left out from then on, with all it said before.
    fn see(&mut self, still: &Still<'_>, trouble: &mut Trouble) {
        let began = cpu_millis();
        let mut areas = Vec::new();
        match self.faces.as_mut().map(|faces| faces.look(still)) {
            Some(Ok(found)) => areas = found.to_vec(),
            Some(Err(error)) => {
                trouble.engine(NO_FACES, &error);
                self.faces = None;
            }
            None => {}
        }
        let after_faces = cpu_millis();
        if let Some(Err(error)) = self.text.as_mut().map(|text| text.look(still)) {
            trouble.engine(NO_TEXT, &error);
            self.text = None;
        }
        let after_text = cpu_millis();
        if let Some(Err(error)) = self.posters.as_mut().map(|posters| posters.look(still, &areas)) {
            trouble.engine(NO_POSTERS, &error);
            self.posters = None;
        }
        let spans = [
            (began, after_faces),
            (after_faces, after_text),
            (after_text, cpu_millis()),
        ];
        for (spent, (from, to)) in self.spent_millis.iter_mut().zip(spans) {
            *spent += to.saturating_sub(from);
        }
    }

    fn finish(self, shots: &[Shot], proposed: &mut Vec<(Proposed, u64)>, trouble: &mut Trouble) -> FacesSeen {
        let mut seen = FacesSeen::default();
        if let Some(faces) = self.faces {
            let (said, sightings) = faces.finish(shots);
            seen = sightings;
            if self.proposes_faces {
                proposed.push((said, self.spent_millis[0]));
            }
        }
        match self.text.map(|text| text.finish(shots)) {
            Some(Ok((said, cpu_millis))) => proposed.push((said, self.spent_millis[1] + cpu_millis)),
            Some(Err(error)) => trouble.engine(NO_TEXT, &error),
            None => {}
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
    let proxy = workstation.rendition_awaited(asset, "proxy")?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use timebase::FrameRange;

    fn shot() -> Shot {
        Shot {
            range: FrameRange::new(0, 10),
            transition_in: ledger::payload::Transition::Start,
            transition_frames: 0,
        }
    }

    fn allowance() -> Allowance {
        let stills = vec![(5, 0)];
        Allowance {
            stills,
            reading_micros: 90_000,
        }
    }

    #[test]
    fn an_engine_that_fails_is_left_out_and_noted_and_the_job_fails_only_without_any() {
        let mut trouble = Trouble::default();
        let mut eyes = Eyes::open(&[Kind::Faces, Kind::Posters], false, &allowance(), &mut trouble);
        // Fewer bytes than its size says: every engine that looks at it refuses it.
        let bad = Still {
            frame: 3,
            shot: 0,
            width: 64,
            height: 48,
            rgb: &[0; 12],
        };
        eyes.see(&bad, &mut trouble);
        assert!(eyes.is_blind());
        assert_eq!(trouble.notes.len(), 2, "{:?}", trouble.notes);
        let mut proposed = Vec::new();
        eyes.finish(&[shot()], &mut proposed, &mut trouble);
        assert!(proposed.is_empty(), "half a look is no finding");
        let trouble_again = Trouble {
            notes: trouble.notes.clone(),
            first: trouble.first.clone(),
        };
        assert_eq!(trouble.into_notes(true).unwrap().len(), 2);
        trouble_again.into_notes(false).unwrap_err();
    }

    #[test]
    fn faces_that_only_weigh_moments_are_not_proposed() {
        for (wanted, engines) in [(Kind::Highlights, 0), (Kind::Faces, 1)] {
            let mut trouble = Trouble::default();
            let eyes = Eyes::open(std::slice::from_ref(&wanted), false, &allowance(), &mut trouble);
            let mut proposed = Vec::new();
            eyes.finish(&[shot()], &mut proposed, &mut trouble);
            assert_eq!(proposed.len(), engines, "{wanted:?}");
        }
    }
}
