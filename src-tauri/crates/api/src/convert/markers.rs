use workstation as ws;

use super::{each, role_word};
use crate::wire;

same_fields!(ws::MarkerView => wire::Marker {
    id, asset, start_frame, end_frame, start_secs, end_secs, start_timecode, note, person, role: role_word, millis, disputed,
});

same_fields!(ws::Marked => wire::Marked { marker: Into::into, undo: Into::into });

same_fields!(wire::PutMarker => ws::PutMarker { asset, frame, end_frame, note });

same_fields!(wire::EditMarker => ws::EditMarker { marker, note, start_frame, end_frame });

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
            refused: each(intake.refused),
        }
    }
}
