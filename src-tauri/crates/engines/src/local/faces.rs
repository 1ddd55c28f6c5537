//! Frontal faces in stills, by SeetaFace. Nobody is recognised or named.

use ledger::{
    Kind,
    payload::{Area, Faces},
};
use rustface::{Detector, ImageData};
use serde_json::json;

use super::grey::grey_at_most;
use crate::{EngineError, FacesSeen, Proposed, Shot, Still};

/// The engine's name.
pub const NAME: &str = "local.faces";
/// Its model.
pub const MODEL: &str = "seetaface-frontal-1.0";
/// Its version.
pub const VERSION: &str = "2";

/// The model, as the `rustface` crate ships it (BSD-2-Clause, `models/LICENSE-seetaface`).
const MODEL_BYTES: &[u8] = include_bytes!("../../models/seeta_fd_frontal_v1.0.bin");
/// Stills are looked at this wide: larger ones cost time and bring only faces nobody would cut to.
const WORK_WIDTH: u32 = 640;
/// Smallest face at that width, pixels.
const MIN_FACE: u32 = 40;
/// The model's own score from which a sighting counts. It is no probability, so it is not passed on as a confidence.
const MIN_SCORE: f64 = 2.5;
/// Window step and pyramid factor: coarser than the model's default, which finds the same faces at these sizes.
const STEP: u32 = 4;
const PYRAMID: f32 = 0.75;

/// Looks for faces still by still.
pub struct FaceFinder {
    detector: Box<dyn Detector>,
    seen: Vec<Sighting>,
}

struct Sighting {
    shot: usize,
    frame: u64,
    areas: Vec<Area>,
    score: f64,
}

impl FaceFinder {
    /// Loads the model.
    ///
    /// # Errors
    /// [`EngineError::Model`] when it does not read, which would be a defect of the build.
    pub fn new() -> Result<Self, EngineError> {
        let model = rustface::read_model(MODEL_BYTES)
            .map_err(|source| EngineError::Model { engine: NAME, source })?;
        let mut detector = rustface::create_detector_with_model(model);
        detector.set_min_face_size(MIN_FACE);
        detector.set_score_thresh(MIN_SCORE);
        detector.set_pyramid_scale_factor(PYRAMID);
        detector.set_slide_window_step(STEP, STEP);
        Ok(Self {
            detector,
            seen: Vec::new(),
        })
    }

    /// Looks at one still and answers the faces in it, largest first.
    ///
    /// # Errors
    /// [`EngineError::BadStill`].
    pub fn look(&mut self, still: &Still<'_>) -> Result<&[Area], EngineError> {
        still.check()?;
        let grey = grey_at_most(still, WORK_WIDTH);
        let (width, height) = grey.dimensions();
        let mut score = 0.0;
        let mut areas = Vec::new();
        // smaller than the smallest face: the detector would refuse it
        if width >= MIN_FACE && height >= MIN_FACE {
            for face in self
                .detector
                .detect(&ImageData::new(grey.as_raw(), width, height))
            {
                let found = face.bbox();
                score += face.score();
                areas.push(area_of(
                    (found.x(), found.y(), found.width(), found.height()),
                    (width, height),
                ));
            }
        }
        areas.sort_by_key(|a| (std::cmp::Reverse(surface(a)), a.left_permille, a.top_permille));
        self.seen.push(Sighting {
            shot: still.shot,
            frame: still.frame,
            areas,
            score,
        });
        Ok(self.seen.last().map_or(&[], |sighting| &sighting.areas))
    }

    /// One proposal for every shot with faces, and what was seen for the engines that use it.
    pub fn finish(self, shots: &[Shot]) -> (Proposed, FacesSeen) {
        let parameters = json!({
            "width": WORK_WIDTH, "min_face": MIN_FACE, "min_score_milli": (MIN_SCORE * 1000.0) as u32,
        });
        let mut proposed = Proposed::new(NAME, MODEL, VERSION, parameters);
        for (number, shot) in shots.iter().enumerate() {
            let sightings = self
                .seen
                .iter()
                .filter(|s| s.shot == number && !s.areas.is_empty());
            // the best sighting shows the most faces, then shows them most clearly
            let best = sightings.max_by(|a, b| {
                a.areas
                    .len()
                    .cmp(&b.areas.len())
                    .then(a.score.total_cmp(&b.score))
                    .then(b.frame.cmp(&a.frame))
            });
            if let Some(best) = best {
                let payload = Faces {
                    frame: best.frame,
                    areas: best.areas.clone(),
                };
                proposed.add(Kind::Faces, shot.range, None, &payload);
            }
        }
        let sightings = self
            .seen
            .into_iter()
            .map(|s| (s.shot, s.frame, s.areas))
            .collect();
        (proposed, FacesSeen { sightings })
    }
}

/// A box in thousandths of the picture, cut off at its edges.
fn area_of((x, y, width, height): (i32, i32, u32, u32), (whole_width, whole_height): (u32, u32)) -> Area {
    let permille = |from: i32, length: u32, whole: u32| {
        let whole = i64::from(whole);
        let start = i64::from(from).clamp(0, whole);
        let end = (i64::from(from) + i64::from(length)).clamp(start, whole);
        (
            (start * 1000 / whole) as u16,
            ((end - start) * 1000 / whole) as u16,
        )
    };
    let (left_permille, width_permille) = permille(x, width, whole_width);
    let (top_permille, height_permille) = permille(y, height, whole_height);
    Area {
        left_permille,
        top_permille,
        width_permille,
        height_permille,
    }
}

pub(super) fn surface(area: &Area) -> u32 {
    u32::from(area.width_permille) * u32::from(area.height_permille)
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;
    use timebase::FrameRange;

    use super::*;

    #[test]
    fn a_test_card_has_no_faces() {
        let (width, height) = (320u32, 180u32);
        let rgb: Vec<u8> = (0..width * height)
            .flat_map(|i| {
                if (i % width / 40 + i / width / 40) % 2 == 0 {
                    [200; 3]
                } else {
                    [40; 3]
                }
            })
            .collect();
        let mut finder = FaceFinder::new().unwrap();
        let still = Still {
            frame: 3,
            shot: 0,
            width,
            height,
            rgb: &rgb,
        };
        assert_eq!(finder.look(&still).unwrap(), []);
        let shot = Shot {
            range: FrameRange::new(0, 9),
            transition_in: Transition::Start,
            transition_frames: 0,
        };
        let (proposed, seen) = finder.finish(&[shot]);
        assert_eq!(proposed.drafts, []);
        assert_eq!(seen.sightings, [(0, 3, vec![])]);
    }

    #[test]
    fn a_still_of_the_wrong_size_is_refused_and_a_tiny_one_is_not() {
        let mut finder = FaceFinder::new().unwrap();
        let wrong = Still {
            frame: 0,
            shot: 0,
            width: 10,
            height: 10,
            rgb: &[0; 299],
        };
        assert!(matches!(
            finder.look(&wrong),
            Err(EngineError::BadStill { frame: 0, .. })
        ));
        let tiny = Still {
            frame: 0,
            shot: 0,
            width: 1,
            height: 1,
            rgb: &[0; 3],
        };
        assert_eq!(finder.look(&tiny).unwrap(), []);
    }

    #[test]
    fn boxes_are_cut_off_at_the_edges() {
        let area = area_of((-20, 90, 60, 60), (400, 100));
        assert_eq!((area.left_permille, area.width_permille), (0, 100));
        assert_eq!((area.top_permille, area.height_permille), (900, 100));
    }

    #[test]
    fn the_best_sighting_stands_for_the_shot() {
        let area = |left_permille| Area {
            left_permille,
            top_permille: 0,
            width_permille: 100,
            height_permille: 100,
        };
        let mut finder = FaceFinder::new().unwrap();
        for (shot, frame, count, score) in [(0, 5, 1, 9.0), (0, 20, 2, 6.0), (0, 30, 2, 7.0), (2, 90, 1, 3.0)]
        {
            finder.seen.push(Sighting {
                shot,
                frame,
                areas: (0..count).map(area).collect(),
                score,
            });
        }
        let shot = |start| Shot {
            range: FrameRange::new(start, start + 40),
            transition_in: Transition::Cut,
            transition_frames: 0,
        };
        let (proposed, _) = finder.finish(&[shot(0), shot(40), shot(80)]);
        let frames: Vec<u64> = proposed
            .drafts
            .iter()
            .map(|d| serde_json::from_value::<Faces>(d.payload.clone()).unwrap().frame)
            .collect();
        assert_eq!(frames, [30, 90]);
        assert_eq!(proposed.drafts[1].range, FrameRange::new(80, 120));
    }
}
