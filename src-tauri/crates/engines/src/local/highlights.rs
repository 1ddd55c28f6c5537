//! First-cut highlight moments from what was measured: loudness, motion, cut rate and faces, each with its share.

use ledger::{
    Kind,
    payload::{Area, Highlight, Reason},
};
use serde_json::json;
use timebase::{Flicks, FrameRange};

use super::faces::surface;
use crate::{FacesSeen, FrameClock, Proposed, Shot, SignalSeries};

/// The engine's name.
pub const NAME: &str = "local.highlights";
/// Its method.
pub const MODEL: &str = "signal-rank";
/// Its version.
pub const VERSION: &str = "2";

/// What each signal may contribute, thousandths.
const LOUDNESS: u32 = 320;
const MOTION: u32 = 300;
const CUT_RATE: u32 = 180;
const FACES: u32 = 200;
/// The mark is out of at least this weight, so that one signal alone makes no sure highlight.
const LEAST_WEIGHT: u32 = 500;
/// A moment lasts at least this long when the shots allow, and at most the other.
const MIN_MILLIS: i64 = 3_000;
const MAX_MILLIS: i64 = 12_000;
/// One moment for so much film, at least one and at most the other.
const MILLIS_PER_MOMENT: i64 = 12_000;
const MAX_MOMENTS: usize = 24;
/// Moments under this score are not worth a look.
const MIN_SCORE: u16 = 300;
/// Cuts are counted in a window of this many milliseconds on each side.
const CUT_WINDOW_MILLIS: i64 = 2_500;
/// A face this large, in millionths of the picture, counts whole.
const WHOLE_FACE: u32 = 40_000;

/// What the highlights are chosen from.
#[derive(Clone, Copy, Debug)]
pub struct HighlightInput<'a> {
    /// The shots.
    pub shots: &'a [Shot],
    /// The series of the first pass.
    pub signals: SignalSeries<'a>,
    /// The faces of the second look; empty when nobody looked.
    pub faces: &'a FacesSeen,
}

/// Proposes moments that do not overlap, snapped to shots, in order of time. No confidence: a score is a rank, not a chance.
pub fn propose(input: &HighlightInput<'_>, clock: &FrameClock<'_>) -> Proposed {
    let parameters = json!({
        "loudness": LOUDNESS, "motion": MOTION, "cut_rate": CUT_RATE, "faces": FACES,
        "min_millis": MIN_MILLIS, "max_millis": MAX_MILLIS,
    });
    let mut proposed = Proposed::new(NAME, MODEL, VERSION, parameters);
    let mut moments = candidates(input, clock);
    moments.sort_by_key(|m| {
        (
            std::cmp::Reverse(m.payload.score_permille),
            m.range.start,
            m.range.end,
        )
    });
    let film = clock.duration(FrameRange::new(0, clock.frames)).to_millis_round();
    let wanted = usize::try_from(film / MILLIS_PER_MOMENT)
        .unwrap_or(0)
        .clamp(1, MAX_MOMENTS);
    let mut chosen: Vec<Moment> = Vec::new();
    for moment in moments {
        if chosen.len() == wanted {
            break;
        }
        let free = chosen
            .iter()
            .all(|other| other.range.intersection(moment.range).is_none());
        if free && moment.payload.score_permille >= MIN_SCORE {
            chosen.push(moment);
        }
    }
    chosen.sort_by_key(|moment| moment.range);
    for moment in chosen {
        proposed.add(Kind::Highlights, moment.range, None, &moment.payload);
    }
    proposed
}

struct Moment {
    range: FrameRange,
    payload: Highlight,
}

/// Ranks of every signal at every step, 0 to 1000.
struct Ranks {
    origin: Flicks,
    step_millis: i64,
    loudness: Vec<u32>,
    motion: Vec<u32>,
    cut_rate: Vec<u32>,
}

impl Ranks {
    fn of(signals: &SignalSeries<'_>) -> Self {
        let step_millis = i64::from(signals.step_millis.max(1));
        let reach = (CUT_WINDOW_MILLIS / step_millis) as usize;
        let cuts: Vec<i64> = (0..signals.cuts.len())
            .map(|at| {
                let window = at.saturating_sub(reach)..(at + reach + 1).min(signals.cuts.len());
                signals.cuts[window].iter().map(|&count| i64::from(count)).sum()
            })
            .collect();
        // under -50 LUFS nothing is heard that could be exciting
        let loudness: Vec<i64> = signals
            .loudness_lufs_milli
            .iter()
            .map(|milli| i64::from(milli.unwrap_or(-50_000)).max(-50_000))
            .collect();
        let motion: Vec<i64> = signals.motion.iter().map(|&motion| i64::from(motion)).collect();
        Self {
            origin: signals.origin,
            step_millis,
            loudness: ranks(&loudness, 1_500),
            motion: ranks(&motion, 20),
            cut_rate: ranks(&cuts, 1),
        }
    }

    fn steps(&self, range: FrameRange, clock: &FrameClock<'_>) -> std::ops::Range<usize> {
        let step = |frame| {
            let millis = ((clock.start_of)(frame) - self.origin).to_millis_round().max(0);
            usize::try_from(millis / self.step_millis).unwrap_or(usize::MAX)
        };
        let start = step(range.start);
        start..step(range.end).max(start + 1)
    }
}

/// Where each value stands among all, 0 to 1000. A series that hardly varies says nothing: all its ranks are 0.
fn ranks(values: &[i64], least_spread: i64) -> Vec<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |permille: usize| sorted.get(sorted.len() * permille / 1000).copied().unwrap_or(0);
    let (low, high) = (at(100), sorted.last().copied().unwrap_or(0).min(at(990)));
    if high - low < least_spread {
        return vec![0; values.len()];
    }
    values
        .iter()
        .map(|&value| ((value - low).clamp(0, high - low) * 1000 / (high - low)) as u32)
        .collect()
}

/// Every run of whole shots of a fitting length, and the best stretch of shots that are too long themselves.
fn candidates(input: &HighlightInput<'_>, clock: &FrameClock<'_>) -> Vec<Moment> {
    let ranks = Ranks::of(&input.signals);
    let shots: Vec<FrameRange> = input
        .shots
        .iter()
        .map(|shot| shot.range)
        .filter(|range| !range.is_empty())
        .collect();
    let millis = |range| clock.duration(range).to_millis_round();
    let mut moments = Vec::new();
    for (at, &first) in shots.iter().enumerate() {
        if millis(first) > MAX_MILLIS {
            moments
                .extend(stretch(first, input, &ranks, clock).map(|range| score(range, input, &ranks, clock)));
            continue;
        }
        for last in &shots[at..] {
            let range = FrameRange::new(first.start, last.end);
            if millis(range) > MAX_MILLIS {
                break;
            }
            if millis(range) >= MIN_MILLIS || shots.len() == 1 {
                moments.push(score(range, input, &ranks, clock));
            }
        }
    }
    moments
}

/// The best part of a long shot: as long as a moment may be, beginning at the shot's start or ending at its end when that is near.
fn stretch(
    shot: FrameRange,
    input: &HighlightInput<'_>,
    ranks: &Ranks,
    clock: &FrameClock<'_>,
) -> Option<FrameRange> {
    let length = clock.frames_of(timebase::FlickRange::new(
        (clock.start_of)(shot.start),
        (clock.start_of)(shot.start) + Flicks::from_millis(MAX_MILLIS * 2 / 3),
    ));
    let length = length.len().clamp(1, shot.len());
    let pace = (length / 8).max(1);
    let starts = (0..=(shot.len() - length) / pace).map(|at| shot.start + at * pace);
    let best = starts
        .map(|start| FrameRange::new(start, start + length))
        .max_by_key(|&range| {
            (
                score(range, input, ranks, clock).payload.score_permille,
                std::cmp::Reverse(range.start),
            )
        })?;
    Some(if best.start - shot.start < pace * 2 {
        FrameRange::new(shot.start, shot.start + length)
    } else if shot.end - best.end < pace * 2 {
        FrameRange::new(shot.end - length, shot.end)
    } else {
        best
    })
}

fn score(range: FrameRange, input: &HighlightInput<'_>, ranks: &Ranks, clock: &FrameClock<'_>) -> Moment {
    let steps = ranks.steps(range, clock);
    let level = |series: &[u32]| {
        let part = series
            .get(steps.start.min(series.len())..steps.end.min(series.len()))
            .unwrap_or_default();
        let mean = part.iter().sum::<u32>() / part.len().max(1) as u32;
        // a moment has a peak: half of the mark is the mean, half the best step
        (mean + part.iter().copied().max().unwrap_or(0)) / 2
    };
    let parts = [
        ("loudness", level(&ranks.loudness) * LOUDNESS),
        ("motion", level(&ranks.motion) * MOTION),
        ("cut-rate", level(&ranks.cut_rate) * CUT_RATE),
        ("faces", face_level(range, input.faces) * FACES),
    ];
    let total: u32 = parts.iter().map(|(_, part)| part).sum();
    // a silent film is not less worth seeing: the mark is out of what its signals can say, but one signal alone is not enough
    let varies = |series: &[u32]| series.iter().any(|&rank| rank > 0);
    let can_say: u32 = [
        (LOUDNESS, varies(&ranks.loudness)),
        (MOTION, varies(&ranks.motion)),
        (CUT_RATE, varies(&ranks.cut_rate)),
        (
            FACES,
            input
                .faces
                .sightings
                .iter()
                .any(|(_, _, areas)| !areas.is_empty()),
        ),
    ]
    .iter()
    .map(|&(weight, says)| if says { weight } else { 0 })
    .sum();
    let payload = Highlight {
        score_permille: (total / can_say.max(LEAST_WEIGHT)).min(1000) as u16,
        reasons: reasons(&parts, total),
    };
    Moment { range, payload }
}

/// Shares of a score, strongest first; what adds nothing is left out.
pub(super) fn reasons(parts: &[(&str, u32)], total: u32) -> Vec<Reason> {
    let share = |part: u32| (u64::from(part) * 1000 / u64::from(total.max(1))) as u16;
    let mut reasons: Vec<Reason> = parts
        .iter()
        .map(|&(signal, part)| Reason {
            signal: signal.to_owned(),
            share_permille: share(part),
        })
        .filter(|reason| reason.share_permille >= 10)
        .collect();
    reasons.sort_by(|a, b| {
        b.share_permille
            .cmp(&a.share_permille)
            .then(a.signal.cmp(&b.signal))
    });
    reasons
}

/// How much of the looked-at stills in `range` shows a face, 0 to 1000.
fn face_level(range: FrameRange, faces: &FacesSeen) -> u32 {
    let inside = faces
        .sightings
        .iter()
        .filter(|(_, frame, _)| range.contains(*frame));
    let levels: Vec<u32> = inside.map(|(_, _, areas)| presence(areas)).collect();
    levels.iter().sum::<u32>() / levels.len().max(1) as u32
}

/// 0 without a face, 500 for a small one, up to 1000 for a close one.
pub(super) fn presence(areas: &[Area]) -> u32 {
    let largest = areas.iter().map(surface).max().unwrap_or(0);
    if largest == 0 {
        0
    } else {
        500 + largest.min(WHOLE_FACE) * 500 / WHOLE_FACE
    }
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;

    use super::*;

    /// Shots of the given lengths in seconds at 25 frames per second, a series value per half second.
    fn film(
        seconds: &[u64],
        motion: &[u16],
        loudness: &[Option<i32>],
        faces: &FacesSeen,
    ) -> Vec<(u64, u64, Highlight)> {
        let mut start = 0;
        let mut shots = Vec::new();
        let mut cuts = vec![0u8; motion.len()];
        for length in seconds {
            let range = FrameRange::new(start * 25, (start + length) * 25);
            shots.push(Shot {
                range,
                transition_in: Transition::Cut,
                transition_frames: 0,
            });
            cuts[start as usize * 2] = 1;
            start += length;
        }
        let signals = SignalSeries {
            origin: Flicks::ZERO,
            step_millis: 500,
            motion,
            cuts: &cuts,
            loudness_lufs_milli: loudness,
        };
        let clock = FrameClock {
            frames: start * 25,
            frame_at: &|t| (t.to_millis_round().max(0) / 40) as u64,
            start_of: &|f| Flicks::from_millis(f as i64 * 40),
        };
        let drafts = propose(
            &HighlightInput {
                shots: &shots,
                signals,
                faces,
            },
            &clock,
        )
        .drafts;
        drafts
            .into_iter()
            .map(|d| {
                (
                    d.range.start,
                    d.range.end,
                    serde_json::from_value(d.payload).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn the_loud_and_lively_shot_is_found_whole_with_its_reasons() {
        let mut motion = vec![20u16; 80];
        let mut loudness = vec![Some(-30_000); 80];
        for step in 40..48 {
            motion[step] = 900;
            loudness[step] = Some(-12_000);
        }
        let found = film(&[10, 10, 4, 6, 10], &motion, &loudness, &FacesSeen::default());
        let best = found
            .iter()
            .max_by_key(|(_, _, payload)| payload.score_permille)
            .unwrap();
        assert_eq!((best.0, best.1), (500, 600));
        let signals: Vec<&str> = best
            .2
            .reasons
            .iter()
            .map(|reason| reason.signal.as_str())
            .collect();
        assert!(signals.starts_with(&["loudness", "motion"]), "{signals:?}");
        let shares: u32 = best
            .2
            .reasons
            .iter()
            .map(|reason| u32::from(reason.share_permille))
            .sum();
        assert!((980..=1000).contains(&shares));
    }

    #[test]
    fn moments_do_not_overlap_and_begin_and_end_with_shots() {
        let lengths: Vec<u64> = (0..30).map(|at| 2 + at % 5).collect();
        let total: u64 = lengths.iter().sum();
        let motion: Vec<u16> = (0..total * 2).map(|at| (at * 7919 % 1000) as u16).collect();
        let loudness: Vec<Option<i32>> = (0..total * 2)
            .map(|at| Some(-40_000 + (at * 104_729 % 25_000) as i32))
            .collect();
        let found = film(&lengths, &motion, &loudness, &FacesSeen::default());
        assert!(found.len() >= 4, "{}", found.len());
        let mut starts = vec![0];
        for length in &lengths {
            starts.push(starts[starts.len() - 1] + length * 25);
        }
        for (start, end, _) in &found {
            assert!(starts.contains(start) && starts.contains(end));
            assert!((75..=300).contains(&(end - start)));
        }
        assert!(found.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }

    #[test]
    fn a_long_take_gives_its_best_stretch() {
        let mut motion = vec![10u16; 240];
        motion[120..130].fill(500);
        let found = film(&[120], &motion, &vec![None; 240], &FacesSeen::default());
        assert!(!found.is_empty());
        let best = found
            .iter()
            .max_by_key(|(_, _, payload)| payload.score_permille)
            .unwrap();
        assert!(
            best.0 <= 1500 && best.1 >= 1600 && best.1 - best.0 <= 300,
            "{best:?}"
        );
    }

    #[test]
    fn a_film_in_which_nothing_happens_has_no_highlights() {
        assert_eq!(
            film(&[10, 10], &[5; 40], &[Some(-30_000); 40], &FacesSeen::default()),
            []
        );
        assert_eq!(film(&[10, 10], &[0; 40], &[None; 40], &FacesSeen::default()), []);
    }

    #[test]
    fn faces_count_by_size() {
        let area = |permille| Area {
            left_permille: 0,
            top_permille: 0,
            width_permille: permille,
            height_permille: permille,
        };
        assert_eq!(presence(&[]), 0);
        assert!(presence(&[area(50)]) < presence(&[area(50), area(150)]));
        assert_eq!(presence(&[area(400)]), 1000);
    }
}
