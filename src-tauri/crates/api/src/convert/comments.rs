use workstation as ws;

use super::{each, given, role_word};
use crate::wire;

same_fields!(ws::CommentView => wire::Comment {
    id, text, person, role: role_word, millis, changed_millis, own, disputed,
});

same_fields!(ws::ThreadView => wire::Thread {
    id, asset, start_frame, end_frame, start_secs, end_secs, start_timecode, head: given, replies: each, resolved,
    resolved_person, resolved_millis, disputed,
});

same_fields!(ws::CommentList => wire::Comments { threads: each, open });

same_fields!(ws::Commented => wire::Commented { thread: given, undo: Into::into });

same_fields!(wire::PutComment => ws::PutComment { asset, frame, end_frame, text });

same_fields!(wire::AnswerComment => ws::AnswerComment { comment, text });

same_fields!(wire::EditComment => ws::EditComment { comment, text, start_frame, end_frame });
