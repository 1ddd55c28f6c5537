use workstation as ws;

use super::role;
use crate::wire;

impl From<ws::MarkerView> for wire::Marker {
    fn from(view: ws::MarkerView) -> Self {
        let ws::MarkerView {
            id,
            asset,
            start_frame,
            end_frame,
            start_secs,
            end_secs,
            start_timecode,
            note,
            person,
            role: word,
            millis,
            disputed,
        } = view;
        Self {
            id,
            asset,
            start_frame,
            end_frame,
            start_secs,
            end_secs,
            start_timecode,
            note,
            person,
            role: role(&word),
            millis,
            disputed,
        }
    }
}

impl From<ws::Marked> for wire::Marked {
    fn from(marked: ws::Marked) -> Self {
        Self {
            marker: marked.marker.into(),
            undo: marked.undo.into(),
        }
    }
}

impl From<wire::PutMarker> for ws::PutMarker {
    fn from(put: wire::PutMarker) -> Self {
        Self {
            asset: put.asset,
            frame: put.frame,
            end_frame: put.end_frame,
            note: put.note,
        }
    }
}

impl From<wire::EditMarker> for ws::EditMarker {
    fn from(edit: wire::EditMarker) -> Self {
        Self {
            marker: edit.marker,
            note: edit.note,
            start_frame: edit.start_frame,
            end_frame: edit.end_frame,
        }
    }
}

impl From<ws::Refused> for wire::Refusal {
    fn from(refused: ws::Refused) -> Self {
        Self {
            fault: wire::FaultWords {
                code: refused.code.into(),
                message: refused.message,
                hint: refused.hint,
                detail: String::new(),
            },
            name: refused.path,
        }
    }
}

impl From<ws::Intake> for wire::Picked {
    fn from(intake: ws::Intake) -> Self {
        Self {
            jobs: intake.jobs.into_iter().map(|queued| queued.job).collect(),
            already: intake.already.into_iter().map(|already| already.asset).collect(),
            refused: intake.refused.into_iter().map(Into::into).collect(),
        }
    }
}
