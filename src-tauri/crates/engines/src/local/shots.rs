//! One proposal per shot of the first pass.

use ledger::{Kind, payload};
use serde_json::json;

use crate::{Proposed, Shot};

/// The engine's name.
pub const NAME: &str = "local.shots";
/// Its method.
pub const MODEL: &str = "block-correlation";
/// Its version: changes when the same film would be cut differently.
pub const VERSION: &str = "1";

/// Proposes every shot. No confidence is given: the detector decides, it does not weigh.
pub fn propose(shots: &[Shot]) -> Proposed {
    let mut proposed = Proposed::new(NAME, MODEL, VERSION, json!({}));
    for (at, shot) in shots.iter().filter(|shot| !shot.range.is_empty()).enumerate() {
        let payload = payload::Shot {
            number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            transition_in: shot.transition_in,
            transition_frames: shot.transition_frames,
        };
        proposed.add(Kind::Shots, shot.range, None, &payload);
    }
    proposed
}

#[cfg(test)]
mod tests {
    use ledger::payload::Transition;
    use timebase::FrameRange;

    use super::*;

    #[test]
    fn shots_are_numbered_from_one_and_read_back() {
        let shot = |start, end, transition_in| Shot {
            range: FrameRange::new(start, end),
            transition_in,
            transition_frames: 7,
        };
        let shots = [
            shot(0, 30, Transition::Start),
            shot(30, 30, Transition::Cut),
            shot(30, 90, Transition::Dissolve),
        ];
        let proposed = propose(&shots);
        assert_eq!(proposed.drafts.len(), 2);
        let second: payload::Shot = serde_json::from_value(proposed.drafts[1].payload.clone()).unwrap();
        assert_eq!((second.number, second.transition_in), (2, Transition::Dissolve));
        assert_eq!(proposed.drafts[1].range, FrameRange::new(30, 90));
        assert_eq!(proposed.drafts[1].confidence_permille, None);
    }
}
