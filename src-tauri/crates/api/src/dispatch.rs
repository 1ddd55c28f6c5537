use fault::{Code, Fault};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    commands::{COMMANDS, for_each_command},
    desk::Desk,
    handlers,
    wire::*,
};

macro_rules! route {
    ($($words:literal, $place:ident $name:ident($request:ty) -> $response:ty, reads [$($read:ident),*], stales [$($stale:ident),*];)*) => {
        /// Answers one command of the list. It may block on the disk: call it off the event loop.
        ///
        /// # Errors
        /// The command's own faults; [`Code::NotFound`] for a name that is not in the list, [`Code::BadRequest`] for a
        /// request that does not fit.
        pub fn call(desk: &Desk, name: &str, request: Value) -> Result<Value, Fault> {
            answer::<Value>(desk, name, request)
        }

        /// As [`call`], as JSON: a long list is written down as it is, and no tree is built of it first.
        ///
        /// # Errors
        /// As [`call`].
        pub fn call_text(desk: &Desk, name: &str, request: Value) -> Result<String, Fault> {
            answer::<String>(desk, name, request)
        }

        fn answer<T: Written>(desk: &Desk, name: &str, request: Value) -> Result<T, Fault> {
            let written = match name {
                $(stringify!($name) => {
                    let response: $response = handlers::$name(desk, decode::<$request>(name, request)?)?;
                    T::of(&response)
                })*
                _ => return Err(Fault::new(Code::NotFound, format!("There is no command called {name:?}."))),
            };
            written.map_err(|error| {
                let words = format!("The answer to {name} could not be written down.");
                Fault::new(Code::Internal, words).because(&error)
            })
        }
    };
}

for_each_command!(route);

/// Whether a call may be answered that a page made while it showed the opening of this number (`hello` counts them). Reading always
/// may; what writes was meant for the lake that the page showed.
///
/// # Errors
/// [`Code::Conflict`] when another lake was opened since.
pub fn check_opening(desk: &Desk, name: &str, shown: Option<u64>) -> Result<(), Fault> {
    let writes = COMMANDS
        .iter()
        .any(|command| command.name == name && !command.stales.is_empty());
    match shown {
        Some(shown) if writes && shown != desk.opened().number => {
            let message = "Another lake was opened on this desk meanwhile, so this was not done.";
            Err(Fault::new(Code::Conflict, message).hint("Nothing was written, in neither of the two."))
        }
        _ => Ok(()),
    }
}

fn decode<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, Fault> {
    // A command that needs nothing may be called with nothing.
    let request = if request.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        request
    };
    serde_json::from_value(request).map_err(|error| {
        Fault::new(Code::BadRequest, format!("This is not a request for {name}.")).because(&error)
    })
}

/// What an answer is written down as.
trait Written: Sized {
    fn of<T: Serialize>(response: &T) -> serde_json::Result<Self>;
}

impl Written for Value {
    fn of<T: Serialize>(response: &T) -> serde_json::Result<Self> {
        serde_json::to_value(response)
    }
}

impl Written for String {
    fn of<T: Serialize>(response: &T) -> serde_json::Result<Self> {
        serde_json::to_string(response)
    }
}
