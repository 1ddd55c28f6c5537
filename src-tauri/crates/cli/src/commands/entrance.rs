//! Signing in, signing out, and who one is.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use async_trait::async_trait;
use console::Term;
use fault::{Code, Fault};
use lake::{
    Cognito, Errand, Found, IdentityCenter, Pin, Principal, Prompter, Question, Right, Role, S3Place, SignIn,
    SignInError, Verdict,
};
use serde_json::{Value, json};
use vault::SecretString;
use workstation::Entrance;

use crate::Ending;
use crate::args::{Command, KindArg, SignInArgs};
use crate::output::{Output, Table, aside};

/// `sign-in`, `sign-out` and `whoami`.
pub fn run(command: &Command, place: Option<S3Place>, home: &Path, output: &Output) -> Result<Ending, Fault> {
    let lake = place.as_ref().map(ToString::to_string);
    let choice = match command {
        Command::SignIn(args) => choice(args)?,
        _ => None,
    };
    let region = place.as_ref().and_then(|place| place.region.clone());
    let entrance = Entrance::open(home, lake.as_deref(), choice.clone(), region, &mut passphrase)?;
    let kind = entrance.badge().choice().kind();
    match command {
        Command::SignIn(_) => {
            let who = entrance.sign_in(&Terminal, place.as_ref())?;
            // Remembered when it has worked.
            if let Some(choice) = choice {
                workstation::choose_sign_in(home, lake.as_deref(), choice)?;
            }
            let mut document = document(kind, lake.as_deref(), &who);
            document["secrets"] = json!(entrance.secrets());
            output.result(&document, || words(kind, &who))?;
        }
        Command::Whoami { rights } => {
            let who = entrance.who(place.as_ref())?;
            let mut document = document(kind, lake.as_deref(), &who);
            let rows = match (rights, place) {
                (false, _) => Vec::new(),
                (true, Some(place)) => entrance.rights(place)?,
                (true, None) => {
                    return Err(Fault::new(
                        Code::BadRequest,
                        "What is allowed is tried in a lake in a bucket.",
                    )
                    .hint("Name it with --lake s3://bucket/prefix."));
                }
            };
            document["rights"] = rows.iter().map(row).collect();
            output.result(&document, || {
                let mut words = words(kind, &who);
                words.extend(table(&rows));
                words
            })?;
        }
        _ => {
            entrance.sign_out()?;
            output.result(&json!({"kind": kind, "lake": lake}), || {
                vec![format!("Signed out ({kind}); nothing of it is kept here.")]
            })?;
        }
    }
    Ok(Ending::Whole)
}

fn choice(args: &SignInArgs) -> Result<Option<SignIn>, Fault> {
    // What a kind cannot do without, the command line's grammar has asked for already.
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let Some(kind) = args.kind else {
        return Ok(None);
    };
    Ok(Some(match kind {
        KindArg::Chain => SignIn::Chain,
        KindArg::Machine => SignIn::Machine,
        KindArg::Keys => SignIn::Keys {
            id: args.key_id.clone(),
        },
        KindArg::Profile => SignIn::Profile {
            name: args
                .named
                .clone()
                .ok_or_else(|| Fault::new(Code::BadRequest, "A profile is named with --named NAME."))?,
        },
        KindArg::IdentityCenter => SignIn::IdentityCenter(IdentityCenter {
            start_url: text(&args.portal),
            region: text(&args.portal_region),
            account: text(&args.account),
            role: text(&args.permission_set),
        }),
        KindArg::Role => SignIn::Role(Role {
            arn: text(&args.role_arn),
            profile: args.named.clone(),
            mfa: args.device.clone(),
            external_id: args.external_id.clone(),
            session_secs: args.session_secs,
        }),
        KindArg::Cognito => SignIn::Cognito(Cognito {
            domain: text(&args.domain),
            client: text(&args.client),
            user_pool: text(&args.user_pool),
            identity_pool: text(&args.identity_pool),
            port: args.port.unwrap_or(Cognito::USUAL_PORT),
        }),
    }))
}

fn document(kind: &str, lake: Option<&str>, who: &Principal) -> Value {
    json!({
        "kind": kind, "lake": lake, "principal": who.id, "name": who.name, "arn": who.arn, "pinned_by": who.pin,
    })
}

fn words(kind: &str, who: &Principal) -> Vec<String> {
    let pinned = match who.pin {
        Pin::UserId => "as aws:userid",
        Pin::CognitoIdentity => "as the identity of the Cognito pool",
        Pin::Nobody => "which nobody vouches for",
    };
    vec![
        format!("Signed in ({kind}) as {}.", who.name),
        format!("In the lake this is {}, {pinned}.", who.id),
    ]
}

fn row(right: &Right) -> Value {
    let missing = match &right.found {
        Found::Denied { missing } => Some(*missing),
        _ => None,
    };
    json!({"act": right.act.name(), "verdict": verdict(right.verdict()), "missing": missing, "words": right.words()})
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Missing => "missing",
        Verdict::ByRole => "by-role",
        Verdict::TooMuch => "too-much",
        Verdict::Unknown => "unknown",
    }
}

fn table(rows: &[Right]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["verdict", "what was tried"]);
    for right in rows {
        table.row([verdict(right.verdict()).to_owned(), right.words()]);
    }
    table.lines("")
}

/// The passphrase of the file of secrets: from a file that is named, or from the terminal; new ones twice.
pub fn passphrase(new: bool) -> Option<SecretString> {
    match workstation::passphrase_of_environment() {
        Ok(Some(given)) => return Some(given),
        Ok(None) => {}
        Err(fault) => {
            aside(&fault.to_string());
            return None;
        }
    }
    if !std::io::stdin().is_terminal() {
        return None;
    }
    if new {
        aside(
            "This machine has no keychain. Secrets can go into a file behind a passphrase; without one they are kept for this run.",
        );
    }
    let given = hidden(if new {
        "New passphrase (empty: none): "
    } else {
        "Passphrase: "
    })?;
    if given.is_empty() {
        return None;
    }
    if new && hidden("Once more: ").as_deref() != Some(given.as_str()) {
        aside("These were two different ones; nothing is kept beyond this run.");
        return None;
    }
    Some(given.into())
}

fn hidden(question: &str) -> Option<String> {
    let term = Term::stderr();
    term.write_str(question).ok()?;
    term.read_secure_line().ok()
}

/// The person at this terminal, or a script that writes to standard input.
struct Terminal;

#[async_trait]
impl Prompter for Terminal {
    async fn send(&self, errand: Errand) -> Result<(), SignInError> {
        let minutes = |holds: &std::time::Duration| holds.as_secs() / 60;
        match &errand {
            Errand::Code { code, holds, .. } => {
                aside(&format!(
                    "Open {} in any browser and confirm the code {code}.",
                    errand.address()
                ));
                aside(&format!(
                    "Waiting, at most {} minutes; Ctrl-C gives up.",
                    minutes(holds)
                ));
            }
            Errand::Page { page, holds } => {
                aside("Open this page in a browser on this machine and sign in:");
                aside(page);
                aside(&format!(
                    "Waiting, at most {} minutes; Ctrl-C gives up.",
                    minutes(holds)
                ));
            }
        }
        Ok(())
    }

    async fn ask(&self, question: Question) -> Result<SecretString, SignInError> {
        let words = match question {
            Question::DeviceCode { device } => format!("Code shown by {device}: "),
            Question::SecretKey { id } => format!("Secret of the access key {id}: "),
        };
        // A terminal is waited for as long as the person takes.
        let answer = tokio::task::spawn_blocking(move || {
            if std::io::stdin().is_terminal() {
                return hidden(&words);
            }
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            read.is_ok_and(|bytes| bytes > 0)
                .then(|| line.trim_end().to_owned())
        });
        match answer.await {
            Ok(Some(answer)) if !answer.is_empty() => Ok(answer.into()),
            Ok(Some(_)) => Err(SignInError::Declined),
            Ok(None) => Err(SignInError::Unattended),
            Err(_stopped) => Err(SignInError::Stopped),
        }
    }
}
