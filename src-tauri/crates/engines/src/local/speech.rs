//! Speech regions as empty cue slots, by the earshot voice-activity network and by whether the sound has the manner of speech.

mod manner;

use earshot::Detector;
use ledger::{Kind, payload::Cue};
use serde_json::json;
use timebase::{FlickRange, Flicks, FrameRange};

use self::manner::{BLOCK, Ear, Manner};
use crate::{FrameClock, Proposed};

/// The engine's name.
pub const NAME: &str = "local.speech";
/// Its model.
pub const MODEL: &str = "earshot-1.2";
/// Its version.
pub const VERSION: &str = "2";

/// Samples per second that [`SpeechListener::push`] takes.
pub const SAMPLE_RATE: u32 = 16_000;
/// How long the [`BLOCK`] is that the network judges at once.
const BLOCK_MILLIS: usize = 16;
/// Speech begins at this score (thousandths) and ends under the lower one.
const BEGIN: u16 = 600;
const END: u16 = 350;
/// Pauses shorter than this stay inside a region, and shorter regions are clicks, milliseconds.
const PAUSE_MILLIS: usize = 320;
const MIN_SPEECH_MILLIS: usize = 240;
/// A slot opens a little before the first sound and closes a little after the last, milliseconds.
const LEAD_MILLIS: usize = 80;
const TAIL_MILLIS: usize = 160;
/// A cue stands at least 5/6 s and at most 7 s, and two frames lie between two cues.
const MIN_SLOT_MILLIS: i64 = 834;
const MAX_SLOT_MILLIS: usize = 7000;
const GAP_FRAMES: u64 = 2;

/// Listens to mono sound at 16 kHz.
pub struct SpeechListener {
    detector: Box<Detector>,
    origin: Flicks,
    waiting: Vec<f32>,
    scores: Vec<u16>,
    ear: Ear,
}

/// Blocks `start..end` that hold speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    start: usize,
    end: usize,
}

impl SpeechListener {
    /// A listener for sound whose first sample is heard at `origin`.
    pub fn new(origin: Flicks) -> Self {
        Self {
            detector: Box::default(),
            origin,
            waiting: Vec::with_capacity(BLOCK),
            scores: Vec::new(),
            ear: Ear::default(),
        }
    }

    /// Takes the next samples, full scale 1.0.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            // the network is undefined beyond full scale and for what is no number
            self.waiting.push(if sample.is_finite() {
                sample.clamp(-1.0, 1.0)
            } else {
                0.0
            });
            if self.waiting.len() == BLOCK {
                let score = self.detector.predict_f32(&self.waiting);
                self.scores.push((score.clamp(0.0, 1.0) * 1000.0) as u16);
                self.ear.push(&self.waiting);
                self.waiting.clear();
            }
        }
    }

    /// The cue slots. The confidence is the network's mean score over the slot.
    pub fn finish(self, clock: &FrameClock<'_>) -> Proposed {
        let manners = self.ear.judge(&self.scores);
        propose(self.origin, &self.scores, &manners, clock)
    }
}

fn propose(origin: Flicks, scores: &[u16], manners: &[Manner], clock: &FrameClock<'_>) -> Proposed {
    let parameters = json!({
        "begin_permille": BEGIN, "end_permille": END, "pause_millis": PAUSE_MILLIS,
        "max_slot_millis": MAX_SLOT_MILLIS, "min_slot_millis": MIN_SLOT_MILLIS, "gap_frames": GAP_FRAMES,
    });
    let mut proposed = Proposed::new(NAME, MODEL, VERSION, parameters);
    if clock.frames == 0 {
        return proposed;
    }
    let regions: Vec<Region> = regions(scores, manners)
        .into_iter()
        .flat_map(|region| split(scores, region))
        .collect();
    let mut slots: Vec<(FrameRange, u16)> = Vec::new();
    for region in regions {
        let range = clock.frames_of(region.heard_from(origin));
        let floor = slots.last().map_or(0, |(before, _)| before.end + GAP_FRAMES);
        let range = FrameRange::new(range.start.max(floor), range.end);
        if !range.is_empty() {
            slots.push((range, mean(&scores[region.start..region.end])));
        }
    }
    lengthen(&mut slots, clock);
    for (range, confidence) in slots {
        proposed.add(Kind::Cues, range, Some(confidence), &Cue::default());
    }
    proposed
}

impl Region {
    /// When it is heard, with its lead and tail.
    fn heard_from(self, origin: Flicks) -> FlickRange {
        let millis = |blocks: usize| (blocks * BLOCK_MILLIS) as i64;
        let start = (millis(self.start) - LEAD_MILLIS as i64).max(0);
        let end = millis(self.end) + TAIL_MILLIS as i64;
        FlickRange::new(
            origin + Flicks::from_millis(start),
            origin + Flicks::from_millis(end),
        )
    }
}

fn mean(scores: &[u16]) -> u16 {
    let sum: u64 = scores.iter().map(|&score| u64::from(score)).sum();
    (sum / scores.len().max(1) as u64) as u16
}

/// Stretches that begin loud and clear and end when the score, or the manner of speech, stays low for a pause.
fn regions(scores: &[u16], manners: &[Manner]) -> Vec<Region> {
    let mut found: Vec<Region> = Vec::new();
    let mut open: Option<Region> = None;
    for (at, (&score, &manner)) in scores.iter().zip(manners).enumerate() {
        open = match open {
            None if score >= BEGIN && manner == Manner::Speech => Some(Region {
                start: at,
                end: at + 1,
            }),
            Some(region) if score >= END && manner != Manner::Other => Some(Region {
                end: at + 1,
                ..region
            }),
            Some(region) if (at - region.end) * BLOCK_MILLIS >= PAUSE_MILLIS => {
                found.push(region);
                None
            }
            other => other,
        };
    }
    found.extend(open);
    found.retain(|region| (region.end - region.start) * BLOCK_MILLIS >= MIN_SPEECH_MILLIS);
    found
}

/// Cuts a region that is too long for one cue where the voice is weakest, in the second half of the longest cue.
fn split(scores: &[u16], region: Region) -> Vec<Region> {
    let longest = (MAX_SLOT_MILLIS - LEAD_MILLIS - TAIL_MILLIS) / BLOCK_MILLIS;
    let mut parts = Vec::new();
    let mut rest = region;
    while rest.end - rest.start > longest {
        let from = rest.start + longest / 2;
        // the weakest stretch of five blocks, so that one weak consonant does not decide
        let weakest = (from..rest.start + longest - 5)
            .min_by_key(|&at| scores[at..at + 5].iter().map(|&s| u32::from(s)).sum::<u32>())
            .unwrap_or(from);
        let cut = weakest + 2;
        parts.push(Region {
            start: rest.start,
            end: cut,
        });
        rest.start = cut;
    }
    parts.push(rest);
    parts
}

/// Gives short slots the time a reader needs, as far as the next slot allows.
fn lengthen(slots: &mut [(FrameRange, u16)], clock: &FrameClock<'_>) {
    for at in 0..slots.len() {
        let limit = slots
            .get(at + 1)
            .map_or(clock.frames, |(next, _)| next.start.saturating_sub(GAP_FRAMES));
        let range = &mut slots[at].0;
        let wanted = (clock.start_of)(range.start) + Flicks::from_millis(MIN_SLOT_MILLIS);
        let end = clock.frames_of(FlickRange::new(wanted, wanted)).start + 1;
        range.end = range.end.max(end.min(limit));
        range.end = range.end.min(limit.max(range.start + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(scores: &[u16]) -> Vec<(u64, u64, Option<u16>)> {
        let clock = FrameClock {
            frames: 2500,
            frame_at: &|t| (t.to_millis_round().max(0) / 40) as u64,
            start_of: &|f| Flicks::from_millis(f as i64 * 40),
        };
        let manners = vec![Manner::Speech; scores.len()];
        let drafts = propose(Flicks::ZERO, scores, &manners, &clock).drafts;
        drafts
            .iter()
            .map(|d| (d.range.start, d.range.end, d.confidence_permille))
            .collect()
    }

    /// Scores for stretches given in milliseconds.
    fn scores(parts: &[(usize, u16)]) -> Vec<u16> {
        parts
            .iter()
            .flat_map(|&(millis, score)| std::iter::repeat_n(score, millis / BLOCK_MILLIS))
            .collect()
    }

    #[test]
    fn phrases_become_slots_and_clicks_do_not() {
        let found = slots(&scores(&[
            (1600, 50),
            (2000, 900),
            (160, 100),
            (800, 800),
            (2000, 20),
            (96, 950),
            (800, 10),
        ]));
        assert_eq!(found.len(), 1, "{found:?}");
        let (start, end, confidence) = found[0];
        assert_eq!(start, 38, "a lead before 1.6 s");
        assert_eq!(end, 118, "a tail after 4.56 s");
        assert!(confidence.is_some_and(|c| (800..900).contains(&c)));
    }

    #[test]
    fn a_short_word_gets_five_sixths_of_a_second() {
        let found = slots(&scores(&[(4000, 0), (320, 900), (4000, 0)]));
        assert_eq!(found.len(), 1);
        let frames = found[0].1 - found[0].0;
        assert!((21..=22).contains(&frames), "{found:?}");
    }

    #[test]
    fn slots_never_overlap_are_short_enough_and_keep_two_frames() {
        let mut parts = vec![(320, 0)];
        for at in 0..60 {
            parts.extend([
                (700 + at * 37 % 1900, 900),
                (if at % 3 == 0 { 400 } else { 200 }, 200),
            ]);
        }
        let found = slots(&scores(&parts));
        assert!(found.len() > 15, "{}", found.len());
        for pair in found.windows(2) {
            assert!(pair[0].1 + GAP_FRAMES <= pair[1].0, "{pair:?}");
        }
        assert!(
            found
                .iter()
                .all(|(start, end, _)| start < end && end - start <= 176),
            "{found:?}"
        );
    }

    #[test]
    fn a_long_speech_is_cut_where_the_voice_is_weak() {
        let found = slots(&scores(&[(5600, 900), (160, 400), (5600, 900)]));
        assert_eq!(found.len(), 2);
        let cut_millis = found[0].1 as i64 * 40;
        assert!((5500..=5900).contains(&cut_millis), "{found:?}");
    }

    #[test]
    fn a_region_needs_the_manner_of_speech_to_begin_and_something_of_it_to_go_on() {
        let scores = vec![900; 300];
        let mut manners = vec![Manner::Other; 300];
        manners[100..150].fill(Manner::Speech);
        manners[150..200].fill(Manner::Maybe);
        assert_eq!(regions(&scores, &manners), [Region { start: 100, end: 200 }]);
        manners.fill(Manner::Maybe);
        assert_eq!(regions(&scores, &manners), []);
    }

    #[test]
    fn silence_and_odd_samples_are_no_speech() {
        let mut listener = SpeechListener::new(Flicks::ZERO);
        listener.push(&[0.0; 16_000]);
        listener.push(&[f32::NAN; 700]);
        listener.push(&[f32::INFINITY; 300]);
        assert!(
            listener.scores.iter().take(60).all(|&score| score < BEGIN),
            "{:?}",
            listener.scores
        );
        assert_eq!(listener.waiting.len(), 17_000 % BLOCK);
    }
}
