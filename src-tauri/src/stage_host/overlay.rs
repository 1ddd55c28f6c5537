//! What lies over the picture in the window: the boxes of the proposal in focus and the cue spoken now. In the browser the
//! page draws them; here the native surface covers the page.

use api::wire::{Matte, ProposalRow, StageGuides, StateWord};
use serde_json::Value;
use stage::{ItemState, SafeAreas, Theme, ViewerBox, ViewerScene};
use timebase::FrameRange;

/// Everything of one asset that may lie over its picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overlay {
    boxes: Vec<Boxes>,
    cues: Vec<(FrameRange, String)>,
}

/// What one proposal marks in the picture.
#[derive(Clone, Debug, PartialEq)]
struct Boxes {
    proposal: String,
    frames: FrameRange,
    boxes: Vec<ViewerBox>,
}

impl Overlay {
    /// From an asset's proposals. Payloads of kinds that a later version makes may hold anything, so every field is looked at
    /// before it is believed.
    pub(crate) fn of(rows: &[ProposalRow]) -> Self {
        let mut overlay = Self::default();
        for row in rows {
            let frames = frames_of(row);
            let boxes = boxes_of(row);
            if !boxes.is_empty() {
                overlay.boxes.push(Boxes {
                    proposal: row.id.clone(),
                    frames,
                    boxes,
                });
            }
            if row.kind == "cues"
                && row.state != StateWord::Rejected
                && let Some(text) = field(row, "text").and_then(Value::as_str)
            {
                overlay.cues.push((frames, text.to_owned()));
            }
        }
        overlay
    }

    /// What to draw over this frame while `selected` has the focus.
    pub(crate) fn scene(
        &self,
        frame: u64,
        selected: Option<&str>,
        guides: StageGuides,
        theme: Theme,
    ) -> ViewerScene {
        let shown = self
            .boxes
            .iter()
            .find(|b| Some(b.proposal.as_str()) == selected && b.frames.contains(frame));
        let cue = self
            .cues
            .iter()
            .find(|(frames, text)| frames.contains(frame) && !text.is_empty());
        ViewerScene {
            boxes: shown.map(|shown| shown.boxes.clone()).unwrap_or_default(),
            cue: cue.map(|(_, text)| text.clone()),
            safe: SafeAreas {
                action: guides.safe,
                graphics: guides.safe,
            },
            matte: guides
                .matte
                .map(|Matte { width, height }| stage::Matte { width, height }),
            theme,
            ..ViewerScene::default()
        }
    }
}

/// As edited, else as proposed.
fn field<'a>(row: &'a ProposalRow, name: &str) -> Option<&'a Value> {
    row.edit
        .as_ref()
        .and_then(|edit| edit.get(name))
        .or_else(|| row.payload.get(name))
}

fn frames_of(row: &ProposalRow) -> FrameRange {
    let edited = |name: &str| {
        row.edit
            .as_ref()
            .and_then(|edit| edit.get(name))
            .and_then(Value::as_u64)
    };
    FrameRange::new(
        edited("start_frame").unwrap_or(row.start_frame),
        edited("end_frame").unwrap_or(row.end_frame),
    )
}

fn boxes_of(row: &ProposalRow) -> Vec<ViewerBox> {
    let many = field(row, "areas")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let state = match row.state {
        StateWord::Open => ItemState::Open,
        StateWord::Circled => ItemState::Circled,
        StateWord::Rejected => ItemState::Rejected,
        StateWord::Conflict => ItemState::Conflict,
    };
    let confidence = row.confidence.map(|c| format!(" {c:.2}")).unwrap_or_default();
    let label = format!("{}{confidence}", row.title);
    let areas = many.iter().chain(field(row, "area"));
    let boxes = areas.filter_map(|area| {
        let part = |name: &str| {
            area.get(name)
                .and_then(Value::as_f64)
                .map(|permille| (permille / 1000.0) as f32)
        };
        Some(ViewerBox {
            x: part("left_permille")?,
            y: part("top_permille")?,
            width: part("width_permille")?,
            height: part("height_permille")?,
            label: String::new(),
            state,
        })
    });
    let mut boxes: Vec<ViewerBox> = boxes.collect();
    if let Some(first) = boxes.first_mut() {
        first.label = label;
    }
    boxes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(kind: &str, state: &str, payload: Value, edit: Value) -> ProposalRow {
        serde_json::from_value(json!({
            "id": "p1", "asset": "a", "kind": kind, "start_frame": 10, "end_frame": 20, "start_secs": 0.4, "end_secs": 0.8,
            "start_timecode": "00:00:00:10", "end_timecode": "00:00:00:20", "state": state, "confidence": 0.97,
            "engine": "e", "model": "m", "version": "1", "run": "r", "payload": payload, "edit": edit, "title": "Face",
            "detail": "", "worth": 1.0, "decided": null
        }))
        .unwrap()
    }

    #[test]
    fn boxes_show_with_their_proposal_and_inside_its_frames_only() {
        let area =
            json!({"left_permille": 250, "top_permille": 100, "width_permille": 500, "height_permille": 50});
        let faces = row(
            "faces",
            "circled",
            json!({"frame": 12, "areas": [area, {"odd": 1}]}),
            Value::Null,
        );
        let overlay = Overlay::of(&[faces]);
        let scene = overlay.scene(12, Some("p1"), StageGuides::default(), Theme::Dark);
        assert_eq!(scene.boxes.len(), 1);
        assert_eq!(
            (scene.boxes[0].x, scene.boxes[0].label.as_str()),
            (0.25, "Face 0.97")
        );
        assert_eq!(scene.boxes[0].state, ItemState::Circled);
        assert!(
            overlay
                .scene(20, Some("p1"), StageGuides::default(), Theme::Dark)
                .boxes
                .is_empty(),
            "the range is half open"
        );
        assert!(
            overlay
                .scene(12, None, StageGuides::default(), Theme::Dark)
                .boxes
                .is_empty()
        );
    }

    #[test]
    fn guides_lie_over_every_frame() {
        let matte = Some(Matte { width: 9, height: 16 });
        let guides = StageGuides { safe: true, matte };
        let scene = Overlay::default().scene(3, None, guides, Theme::Dark);
        assert!(scene.safe.action && scene.safe.graphics);
        assert_eq!(scene.matte.map(|m| (m.width, m.height)), Some((9, 16)));
        assert!(
            Overlay::default()
                .scene(3, None, StageGuides::default(), Theme::Dark)
                .is_empty()
        );
    }

    #[test]
    fn cues_are_shown_as_edited_unless_rejected() {
        let cue = |state: &str| {
            row(
                "cues",
                state,
                json!({"text": "old"}),
                json!({"text": "new", "end_frame": 15}),
            )
        };
        let overlay = Overlay::of(&[cue("open")]);
        assert_eq!(
            overlay
                .scene(14, None, StageGuides::default(), Theme::Dark)
                .cue
                .as_deref(),
            Some("new")
        );
        assert_eq!(
            overlay.scene(15, None, StageGuides::default(), Theme::Dark).cue,
            None
        );
        assert_eq!(
            Overlay::of(&[cue("rejected")])
                .scene(14, None, StageGuides::default(), Theme::Dark)
                .cue,
            None
        );
    }
}
