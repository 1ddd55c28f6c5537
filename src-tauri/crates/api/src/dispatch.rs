use fault::{Code, Fault};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{commands::for_each_command, desk::Desk, handlers, wire::*};

macro_rules! route {
    ($($words:literal, $place:ident $name:ident($request:ty) -> $response:ty, reads [$($read:ident),*], stales [$($stale:ident),*];)*) => {
        /// Answers one command of the list. It may block on the disk: call it off the event loop.
        ///
        /// # Errors
        /// The command's own faults; [`Code::NotFound`] for a name that is not in the list, [`Code::BadRequest`] for a
        /// request that does not fit.
        pub fn call(desk: &Desk, name: &str, request: Value) -> Result<Value, Fault> {
            match name {
                $(stringify!($name) => {
                    let response: $response = handlers::$name(desk, decode::<$request>(name, request)?)?;
                    encode(name, &response)
                })*
                _ => Err(Fault::new(Code::NotFound, format!("There is no command called {name:?}."))),
            }
        }
    };
}

for_each_command!(route);

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

fn encode<T: Serialize>(name: &str, response: &T) -> Result<Value, Fault> {
    serde_json::to_value(response).map_err(|error| {
        Fault::new(
            Code::Internal,
            format!("The answer to {name} could not be written down."),
        )
        .because(&error)
    })
}
