//! Frames that would stand as a poster: sharp, well lit, composed, with a face where there is one, and unlike each other.

use ledger::{
    Kind,
    payload::{Area, Poster},
};
use serde_json::json;
use timebase::FrameRange;

use super::highlights::{presence, reasons};
use crate::{EngineError, Proposed, Shot, Still};

/// The engine's name.
pub const NAME: &str = "local.posters";
/// Its method.
pub const MODEL: &str = "still-rank";
/// Its version.
pub const VERSION: &str = "2";

/// What each property may contribute, thousandths.
const SHARPNESS: u32 = 320;
const FACES: u32 = 260;
const COMPOSITION: u32 = 220;
const VARIETY: u32 = 200;
/// Proposals per film: one for every three shots, at least three where there are as many, at most this.
const MAX_POSTERS: usize = 9;
const SHOTS_PER_POSTER: usize = 3;
const MIN_POSTERS: usize = 3;
/// Stills are judged this large.
const WIDTH: usize = 96;
const HEIGHT: usize = 54;
/// A still darker or flatter than this is no poster, levels.
const MIN_MEAN: u32 = 24;
const MIN_SPREAD: u32 = 14;
/// Two stills whose histograms share less than this many thousandths are as unlike as can be.
const UNLIKE: u32 = 350;

/// Judges stills one by one.
#[derive(Default)]
pub struct PosterScout {
    judged: Vec<Judged>,
}

struct Judged {
    shot: usize,
    frame: u64,
    /// See [`sharpness`].
    sharpness: u32,
    face: u32,
    composition: u32,
    histogram: Vec<u16>,
}

impl PosterScout {
    /// A scout before the first still.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at one still and the faces that were found in it.
    ///
    /// # Errors
    /// [`EngineError::BadStill`].
    pub fn look(&mut self, still: &Still<'_>, faces: &[Area]) -> Result<(), EngineError> {
        still.check()?;
        let small = Small::of(still);
        let (mean, spread) = small.mean_and_spread();
        // white, black and fog tell nothing
        if mean >= MIN_MEAN && spread >= MIN_SPREAD {
            self.judged.push(Judged {
                shot: still.shot,
                frame: still.frame,
                sharpness: sharpness(still),
                face: presence(faces),
                composition: small.composition(faces),
                histogram: small.histogram(),
            });
        }
        Ok(())
    }

    /// The best stills of distinct shots, best first. No confidence: a score is a rank, not a chance.
    pub fn finish(self, shots: &[Shot]) -> Proposed {
        let parameters = json!({
            "sharpness": SHARPNESS, "faces": FACES, "composition": COMPOSITION, "variety": VARIETY,
            "max": MAX_POSTERS,
        });
        let mut proposed = Proposed::new(NAME, MODEL, VERSION, parameters);
        let wanted = (shots.len() / SHOTS_PER_POSTER).clamp(MIN_POSTERS, MAX_POSTERS);
        let sharpest = self.judged.iter().map(|j| j.sharpness).max().unwrap_or(0).max(1);
        let mut left: Vec<Judged> = self.judged.into_iter().filter(|j| j.shot < shots.len()).collect();
        let mut taken: Vec<Judged> = Vec::new();
        while taken.len() < wanted {
            let parts = |judged: &Judged| {
                let variety = taken
                    .iter()
                    .map(|other| unlikeness(judged, other))
                    .min()
                    .unwrap_or(1000);
                [
                    ("sharpness", judged.sharpness * 1000 / sharpest * SHARPNESS),
                    ("faces", judged.face * FACES),
                    ("composition", judged.composition * COMPOSITION),
                    ("variety", variety * VARIETY),
                ]
            };
            let total = |judged: &Judged| parts(judged).iter().map(|(_, part)| part).sum::<u32>();
            let best =
                (0..left.len()).max_by_key(|&at| (total(&left[at]), std::cmp::Reverse(left[at].frame)));
            let Some(best) = best else { break };
            let (parts, total) = (parts(&left[best]), total(&left[best]));
            let frame = left[best].frame;
            let payload = Poster {
                frame,
                score_permille: (total / 1000).min(1000) as u16,
                reasons: reasons(&parts, total),
            };
            proposed.add(Kind::Posters, FrameRange::new(frame, frame + 1), None, &payload);
            let chosen = left.swap_remove(best);
            left.retain(|judged| judged.shot != chosen.shot);
            // swapping must not decide the next tie
            left.sort_by_key(|judged| judged.frame);
            taken.push(chosen);
        }
        proposed
    }
}

/// A still reduced for judging.
struct Small {
    rgb: Vec<[u8; 3]>,
    luma: Vec<u8>,
}

impl Small {
    fn of(still: &Still<'_>) -> Self {
        let (width, height) = (still.width as usize, still.height as usize);
        let at = |x: usize, y: usize| {
            let byte = (y * width + x) * 3;
            [still.rgb[byte], still.rgb[byte + 1], still.rgb[byte + 2]]
        };
        let rgb: Vec<[u8; 3]> = (0..WIDTH * HEIGHT)
            .map(|i| {
                let middle = |at: usize, of: usize, len: usize| ((2 * at + 1) * len / (2 * of)).min(len - 1);
                at(middle(i % WIDTH, WIDTH, width), middle(i / WIDTH, HEIGHT, height))
            })
            .collect();
        let luma = rgb.iter().map(|pixel| luma(pixel)).collect();
        Self { rgb, luma }
    }

    fn mean_and_spread(&self) -> (u32, u32) {
        let mean = self.luma.iter().map(|&y| u32::from(y)).sum::<u32>() / self.luma.len() as u32;
        let spread = self
            .luma
            .iter()
            .map(|&y| u32::from(y).abs_diff(mean))
            .sum::<u32>()
            / self.luma.len() as u32;
        (mean, spread)
    }

    /// Where the interest lies: on the crossings of the thirds or in the middle rather than at the edges, 0 to 1000. A face
    /// is the interest where there is one.
    fn composition(&self, faces: &[Area]) -> u32 {
        if let Some(face) = faces.first() {
            let x = i64::from(face.left_permille) + i64::from(face.width_permille) / 2;
            let y = i64::from(face.top_permille) + i64::from(face.height_permille) / 2;
            return placement(x, y);
        }
        let (mut total, mut sum) = (0u64, 0u64);
        for y in 1..HEIGHT - 1 {
            for x in 1..WIDTH - 1 {
                let level = |dx: usize, dy: usize| i64::from(self.luma[(y + dy - 1) * WIDTH + x + dx - 1]);
                let edge =
                    (level(2, 1) - level(0, 1)).unsigned_abs() + (level(1, 2) - level(1, 0)).unsigned_abs();
                let place = placement((x * 1000 / WIDTH) as i64, (y * 1000 / HEIGHT) as i64);
                total += edge;
                sum += edge * u64::from(place);
            }
        }
        // evenly spread detail gives about 450: say how much better than that it is
        let mean = (sum / total.max(1)) as u32;
        (mean.saturating_sub(300) * 2).min(1000)
    }

    /// 4 × 4 × 4 colours, counts.
    fn histogram(&self) -> Vec<u16> {
        let mut counts = vec![0u16; 64];
        for [r, g, b] in &self.rgb {
            counts[usize::from(r / 64) * 16 + usize::from(g / 64) * 4 + usize::from(b / 64)] += 1;
        }
        counts
    }
}

/// 1000 on a crossing of the thirds, 850 in the middle, falling with the distance; thousandths of the picture.
fn placement(x: i64, y: i64) -> u32 {
    let near = |px: i64, py: i64, best: i64| {
        let (dx, dy) = (x - px, y - py);
        best - ((dx * dx + dy * dy) as f64).sqrt() as i64 * 2
    };
    let crossings = [(333, 333), (667, 333), (333, 667), (667, 667)].map(|(px, py)| near(px, py, 1000));
    crossings
        .into_iter()
        .chain([near(500, 450, 850)])
        .max()
        .unwrap_or(0)
        .max(0) as u32
}

fn luma(pixel: &[u8]) -> u8 {
    ((u32::from(pixel[0]) * 77 + u32::from(pixel[1]) * 150 + u32::from(pixel[2]) * 29) >> 8) as u8
}

/// Root mean square step between horizontal neighbours in the sharpest quarter of 16 × 9 blocks, 1/100 level: a face in focus
/// before a soft ground is sharp. Squares, because a blurred edge climbs as far as a sharp one, only in more steps.
fn sharpness(still: &Still<'_>) -> u32 {
    let (width, height) = (still.width as usize, still.height as usize);
    let mut blocks = vec![(0u64, 0u64); 16 * 9];
    for y in (0..height).step_by(2) {
        let row = &still.rgb[y * width * 3..][..width * 3];
        let mut before = luma(&row[..3]);
        for (x, pixel) in row.chunks_exact(3).enumerate().skip(1) {
            let now = luma(pixel);
            let block = &mut blocks[y * 9 / height * 16 + x * 16 / width];
            block.0 += u64::from(now.abs_diff(before)).pow(2);
            block.1 += 1;
            before = now;
        }
    }
    let mut means: Vec<u64> = blocks
        .iter()
        .map(|(sum, count)| (sum * 10_000 / (*count).max(1)).isqrt())
        .collect();
    means.sort_unstable_by(|a, b| b.cmp(a));
    let quarter = means.len() / 4;
    // beyond 40 levels it is noise or a test card, not focus
    ((means[..quarter].iter().sum::<u64>() / quarter as u64) as u32).min(4_000)
}

fn unlikeness(a: &Judged, b: &Judged) -> u32 {
    let shared: u32 = a
        .histogram
        .iter()
        .zip(&b.histogram)
        .map(|(x, y)| u32::from(*x.min(y)))
        .sum();
    let shared = shared * 1000 / (WIDTH * HEIGHT) as u32;
    ((1000 - shared.min(1000)) * 1000 / (1000 - UNLIKE)).min(1000)
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;

    use super::*;

    const SIZE: (u32, u32) = (192, 108);

    fn picture(paint: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
        (0..SIZE.0 * SIZE.1)
            .flat_map(|i| paint(i % SIZE.0, i / SIZE.0))
            .collect()
    }

    /// Bars whose edges are `soft` pixels wide.
    fn bars(soft: u32, tint: [u8; 3]) -> Vec<u8> {
        picture(|x, y| {
            let phase = (x + y / 4) % 48;
            let level = if phase < 24 {
                (phase * 220 / soft.max(1)).min(220)
            } else {
                220 - ((phase - 24) * 220 / soft.max(1)).min(220)
            };
            tint.map(|t| (level * u32::from(t) / 255) as u8)
        })
    }

    fn run(stills: &[(usize, u64, Vec<u8>, Vec<Area>)], shots: usize) -> Vec<Poster> {
        let mut scout = PosterScout::new();
        for (shot, frame, rgb, faces) in stills {
            scout
                .look(
                    &Still {
                        frame: *frame,
                        shot: *shot,
                        width: SIZE.0,
                        height: SIZE.1,
                        rgb,
                    },
                    faces,
                )
                .unwrap();
        }
        let shots: Vec<Shot> = (0..shots as u64)
            .map(|at| Shot {
                range: FrameRange::new(at * 100, at * 100 + 100),
                transition_in: Transition::Cut,
                transition_frames: 0,
            })
            .collect();
        let drafts = scout.finish(&shots).drafts;
        drafts
            .into_iter()
            .map(|d| serde_json::from_value(d.payload).unwrap())
            .collect()
    }

    #[test]
    fn the_sharp_still_of_a_shot_is_taken_and_only_one_of_each_shot() {
        let grey = [255; 3];
        let posters = run(
            &[
                (0, 10, bars(20, grey), vec![]),
                (0, 50, bars(2, grey), vec![]),
                (0, 90, bars(12, grey), vec![]),
                (1, 150, bars(16, [255, 80, 40]), vec![]),
            ],
            2,
        );
        let frames: Vec<u64> = posters.iter().map(|p| p.frame).collect();
        assert_eq!(frames, [50, 150]);
        assert!(posters[0].score_permille >= posters[1].score_permille);
    }

    #[test]
    fn a_face_wins_over_none_and_says_so() {
        let face = Area {
            left_permille: 280,
            top_permille: 250,
            width_permille: 200,
            height_permille: 250,
        };
        let posters = run(
            &[
                (0, 10, bars(6, [255; 3]), vec![]),
                (1, 110, bars(6, [255; 3]), vec![face]),
            ],
            2,
        );
        assert_eq!(posters[0].frame, 110);
        assert!(posters[0].reasons.iter().any(|reason| reason.signal == "faces"));
        assert!(posters[1].reasons.iter().all(|reason| reason.signal != "faces"));
    }

    #[test]
    fn likeness_costs_the_second_its_place() {
        let (warm, cold) = ([255, 90, 30], [30, 90, 255]);
        let posters = run(
            &[
                (0, 10, bars(3, warm), vec![]),
                (1, 110, bars(4, warm), vec![]),
                (2, 210, bars(6, cold), vec![]),
            ],
            3,
        );
        assert_eq!(posters[0].frame, 10);
        assert_eq!(posters[1].frame, 210, "{posters:?}");
    }

    #[test]
    fn black_white_and_fog_are_no_posters() {
        let flat = |level: u8| picture(|_, _| [level; 3]);
        assert_eq!(
            run(
                &[
                    (0, 1, flat(0), vec![]),
                    (0, 2, flat(255), vec![]),
                    (0, 3, flat(120), vec![])
                ],
                1
            ),
            []
        );
    }

    #[test]
    fn thirds_are_better_than_corners() {
        assert!(placement(333, 333) > placement(500, 450));
        assert!(placement(500, 450) > placement(20, 20));
    }
}
