//! The lake: what goes there and comes from there, and the lake as such.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fault::{Code, Fault};
use serde_json::json;

use workstation::{Followed, SentObjects, Workstation};

use crate::Ending;
use crate::interrupt::Interrupt;
use crate::output::{Output, aside};

/// How often a serving process looks whether it should end.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Between two rounds of `sync --watch`.
const ROUND_EVERY: Duration = Duration::from_secs(3);

/// `sync`.
pub fn sync(workstation: &Arc<Workstation>, watch: bool, output: &Output) -> Result<Ending, Fault> {
    let interrupt = watch.then(Interrupt::listen).transpose()?;
    let mut sent = workstation.publish()?;
    let mut objects = workstation.send_objects()?;
    let mut all = workstation.follow()?;
    let beyond = workstation.follow_beyond_heads()?;
    all.segments += beyond.segments;
    all.entries += beyond.entries;
    while let Some(interrupt) = &interrupt {
        aside(&words(sent, &objects, &all).join(" "));
        let until = std::time::Instant::now() + ROUND_EVERY;
        while !interrupt.is_asked() && std::time::Instant::now() < until {
            std::thread::park_timeout(LOOK_EVERY);
        }
        if interrupt.is_asked() {
            break;
        }
        sent += workstation.publish()?;
        let more = workstation.send_objects()?;
        objects.objects += more.objects;
        objects.bytes += more.bytes;
        (objects.refused, objects.waiting) = (more.refused, more.waiting);
        let round = workstation.follow()?;
        all.segments += round.segments;
        all.entries += round.entries;
        all.troubles = round.troubles;
    }
    let document = json!({
        "sent": sent, "objects": objects, "segments": all.segments, "entries": all.entries, "troubles": all.troubles,
    });
    output.result(&document, || words(sent, &objects, &all))?;
    Ok(if all.troubles.is_empty() && objects.refused == 0 {
        Ending::Whole
    } else {
        Ending::Part
    })
}

fn words(sent: u64, objects: &SentObjects, followed: &Followed) -> Vec<String> {
    let mut words = vec![format!("{sent} entries sent, {} taken in.", followed.entries)];
    if objects.objects > 0 {
        words.push(format!(
            "{} files sent, {} MB.",
            objects.objects,
            objects.bytes.div_ceil(1_000_000)
        ));
    }
    if objects.waiting > 0 {
        words.push(format!("{} files wait.", objects.waiting));
    }
    if objects.refused > 0 {
        words.push(format!("{} files are not taken by the lake.", objects.refused));
    }
    words.extend(followed.troubles.iter().map(|writer| {
        format!(
            "{} on {}: {}.",
            writer.principal, writer.workstation, writer.words
        )
    }));
    words
}

/// `lake serve`.
pub fn serve(dir: &Path, port: u16, bucket: &str, output: &Output) -> Result<Ending, Fault> {
    let interrupt = Interrupt::listen()?;
    let given = keys(named("CIRCLETAKE_LAKE_KEY"), named("CIRCLETAKE_LAKE_SECRET"))?;
    let made_up = given.is_none();
    let lent = workstation::lend_lake(dir, bucket, given, port)?;
    let secret = made_up.then(|| lent.secret().to_owned());
    let document = json!({
        "url": lent.url(), "bucket": bucket, "access_key_id": lent.key_id(), "secret_access_key": secret,
    });
    output.result(&document, || {
        let mut words = vec![format!(
            "The lake in {} is served at {} as bucket {bucket}, on this machine only.",
            workstation::shown_path(dir),
            lent.url()
        )];
        match &secret {
            Some(secret) => words.push(format!(
                "Keys of this run: AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={secret}",
                lent.key_id()
            )),
            None => words.push(format!("Requests are signed with the key {}.", lent.key_id())),
        }
        words.push("Ctrl-C ends it.".to_owned());
        words
    })?;
    while !interrupt.is_asked() {
        std::thread::park_timeout(LOOK_EVERY);
    }
    aside("Closing.");
    drop(lent);
    Ok(Ending::Whole)
}

/// Keys are given whole or not at all: half of a pair is a mistake that made-up keys would hide.
fn keys(id: Option<String>, secret: Option<String>) -> Result<Option<(String, String)>, Fault> {
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some((id, secret))),
        (None, None) => Ok(None),
        _ => Err(Fault::new(
            Code::BadRequest,
            "Of CIRCLETAKE_LAKE_KEY and CIRCLETAKE_LAKE_SECRET only one is set.",
        )
        .hint("Set both, or neither for keys that are made up.")),
    }
}

fn named(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_of_keys_is_refused() {
        let some = || Some("x".to_owned());
        assert_eq!(keys(None, None).unwrap(), None);
        assert!(keys(some(), some()).unwrap().is_some());
        for (id, secret) in [(some(), None), (None, some())] {
            assert_eq!(keys(id, secret).unwrap_err().code, Code::BadRequest);
        }
    }
}
