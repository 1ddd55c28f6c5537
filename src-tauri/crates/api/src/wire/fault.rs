use fault::{Code, Fault};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! codes {
    ($($name:ident),* $(,)?) => {
        /// What kind of thing went wrong, for the desk to match on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        #[expect(missing_docs, reason = "each one is described where it is defined, in `fault::Code`")]
        pub enum FaultCode {
            $($name),*
        }

        // Exhaustive, so that a code added to `fault` cannot be forgotten here.
        impl From<Code> for FaultCode {
            fn from(code: Code) -> Self {
                match code {
                    $(Code::$name => Self::$name),*
                }
            }
        }
    };
}

codes!(
    BadRequest,
    NotFound,
    Unreadable,
    NotMedia,
    EmptyMedia,
    DamagedMedia,
    BeyondLimits,
    Unsupported,
    HostileName,
    Cancelled,
    DiskFull,
    NotAllowed,
    Lake,
    Away,
    Store,
    Conflict,
    Missing,
    Settings,
    Internal,
);

/// One error as a person sees it: what happened, what is safe and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Fault")]
pub struct FaultWords {
    /// For machines.
    pub code: FaultCode,
    /// What happened, one sentence.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// Technical causes, folded away.
    pub detail: String,
}

impl From<&Fault> for FaultWords {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.code.into(),
            message: fault.message.clone(),
            hint: fault.hint.clone(),
            detail: fault.detail.clone(),
        }
    }
}

impl From<Fault> for FaultWords {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.into(),
            message: fault.message,
            hint: fault.hint,
            detail: fault.detail,
        }
    }
}
