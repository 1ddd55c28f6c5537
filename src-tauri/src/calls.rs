//! The one Tauri command. What moves the stage is answered in the order the page asked; everything else beside one another.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
};

use api::{
    Desk,
    wire::{Check, CheckState},
};
use fault::{Code, Fault};
use serde::Deserialize;
use serde_json::Value;
use tauri::{
    Wry,
    ipc::{Invoke, InvokeBody, InvokeResolver, InvokeResponseBody, IpcResponse},
};

use crate::{shell::Shell, surroundings};

/// Stage calls that may wait. A page that is so far ahead of the stage is told to slow down.
const WAITING: usize = 256;

/// `invoke('call', {name, request, opening})`.
#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    request: Value,
    /// Which opening of a lake the page shows, as `hello` told it.
    #[serde(default)]
    opening: Option<u64>,
}

/// A call and where its answer goes.
struct Waiting {
    call: Call,
    resolver: InvokeResolver<Wry>,
}

/// Answers calls one after the other.
pub(crate) struct Lane {
    /// Where calls go, and the thread that answers them; nothing once the lane is closed.
    open: Mutex<Option<(SyncSender<Waiting>, JoinHandle<()>)>>,
}

impl Lane {
    /// Starts the thread; [`Self::close`] ends it.
    pub(crate) fn start(desk: Arc<Desk>) -> Result<Self, Fault> {
        let (calls, waiting) = sync_channel(WAITING);
        let work = move || serve(&desk, &waiting);
        let started = thread::Builder::new().name("desk-stage".to_owned()).spawn(work);
        let thread = started.map_err(|error| {
            Fault::new(Code::Internal, "No thread for the stage's calls.").because(&error)
        })?;
        Ok(Self {
            open: Mutex::new(Some((calls, thread))),
        })
    }

    /// Puts a call into the lane, or answers it at once when the lane is full or closed.
    fn put(&self, call: Waiting) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a lane the desk is closing, and the page with it.
        let Some((calls, _thread)) = open.as_ref() else {
            return;
        };
        let refused = match calls.try_send(call) {
            Ok(()) => return,
            Err(TrySendError::Full(call) | TrySendError::Disconnected(call)) => call,
        };
        drop(open);
        settle(
            refused.resolver,
            Err::<Value, _>(Fault::new(Code::Internal, "The stage is too far behind.")),
        );
    }

    /// Answers what waits, then ends the thread.
    pub(crate) fn close(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((calls, thread)) = open else { return };
        drop(calls);
        if thread.join().is_err() {
            tracing::error!("the thread of the stage's calls panicked");
        }
    }
}

fn serve(desk: &Desk, waiting: &Receiver<Waiting>) {
    while let Ok(Waiting { call, resolver }) = waiting.recv() {
        settle(resolver, api::call(desk, &call.name, call.request));
    }
}

fn settle(resolver: InvokeResolver<Wry>, answer: Result<impl IpcResponse, Fault>) {
    match answer {
        Ok(value) => resolver.resolve(value),
        Err(fault) => resolver.reject(fault),
    }
}

/// Whether the order of calls with this name matters.
fn is_ordered(name: &str) -> bool {
    name.starts_with("stage_") || name == "transport"
}

/// Takes a call from the page. False for a command that is not ours.
pub(crate) fn answer(shell: &Arc<Shell>, invoke: Invoke<Wry>) -> bool {
    if invoke.message.command() != "call" {
        return false;
    }
    let call = match invoke.message.payload() {
        InvokeBody::Json(value) => Call::deserialize(value).ok(),
        InvokeBody::Raw(_) => None,
    };
    let resolver = invoke.resolver;
    let Some(call) = call else {
        settle(
            resolver,
            Err::<Value, _>(Fault::new(Code::BadRequest, "A call has a name and a request.")),
        );
        return true;
    };
    if call.name == "stage_facts" {
        settle(resolver, facts(shell));
    } else if call.name == "stage_lose_device" && shell.is_tested {
        shell.lose_device();
        settle(resolver, Ok(Value::Null));
    } else if is_ordered(&call.name) {
        shell.lane.put(Waiting { call, resolver });
    } else {
        let shell = Arc::clone(shell);
        tauri::async_runtime::spawn_blocking(move || {
            if call.name == "doctor" {
                settle(resolver, doctor(&shell, call));
            } else {
                let answer = api::check_opening(&shell.desk, &call.name, call.opening)
                    .and_then(|()| api::call_text(&shell.desk, &call.name, call.request));
                settle(resolver, answer.map(InvokeResponseBody::Json));
            }
        });
    }
    true
}

/// Counters of the native stage: for tests, which cannot see it in the page's own pictures, and for a bundle of diagnostics.
fn facts(shell: &Shell) -> Result<Value, Fault> {
    serde_json::to_value(shell.stage_facts()).map_err(|error| {
        Fault::new(Code::Internal, "The stage's figures could not be written down.").because(&error)
    })
}

/// What any desk knows of the machine, and what only the window does.
fn doctor(shell: &Shell, call: Call) -> Result<Value, Fault> {
    let mut answer = api::call(&shell.desk, &call.name, call.request)?;
    if let Some(checks) = answer.get_mut("checks").and_then(Value::as_array_mut) {
        for check in std::iter::once(stage_check(shell)).chain(surroundings::checks()) {
            let check = serde_json::to_value(check).map_err(|error| {
                Fault::new(Code::Internal, "A check could not be written down.").because(&error)
            })?;
            checks.push(check);
        }
    }
    Ok(answer)
}

/// What the window knows and a command line does not: how pictures really reach the screen.
fn stage_check(shell: &Shell) -> Check {
    let (state, words, hint) = match shell.stage_facts() {
        Some(facts) if facts.fault.is_none() && !facts.presenter.is_empty() => {
            let hint = facts.given_up.join("; ");
            (CheckState::Ok, facts.presenter, hint)
        }
        Some(facts) if facts.fault.is_none() => (
            CheckState::Warn,
            "Nothing was drawn yet.".to_owned(),
            String::new(),
        ),
        Some(facts) => (
            CheckState::Missing,
            facts.fault.unwrap_or_default(),
            "Install a Vulkan or OpenGL driver; mesa-vulkan-drivers draws without a graphics card."
                .to_owned(),
        ),
        None => (
            CheckState::Missing,
            "This window has no native stage.".to_owned(),
            String::new(),
        ),
    };
    Check {
        area: "stage".to_owned(),
        title: "Pictures in this window".to_owned(),
        state,
        words,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_moves_the_stage_keeps_its_order() {
        let ordered: Vec<&str> = api::COMMANDS
            .iter()
            .map(|command| command.name)
            .filter(|name| is_ordered(name))
            .collect();
        assert_eq!(
            ordered,
            [
                "stage_place",
                "stage_holes",
                "stage_guides",
                "stage_detach",
                "stage_grab",
                "stage_compare",
                "stage_meter_reset",
                "stage_open",
                "stage_mix",
                "stage_view",
                "transport"
            ]
        );
    }
}
