//! The use cases: what a person or a script can ask of a workstation, blocking and safe to call from any thread.

mod apart;
mod arrivals;
mod assets;
mod berth;
mod bundle;
mod changes;
mod coming;
mod comments;
mod contact;
mod decide;
mod demo;
mod doctor;
mod entrance;
mod export;
mod faults;
mod follow;
mod foreign;
mod frames;
mod home;
mod import;
mod incoming;
mod ingest;
mod intake;
mod jobs;
mod keeping;
mod keymap;
mod known;
mod lakes;
mod lakeside;
mod lend;
mod library;
mod log;
mod looks;
mod markers;
mod outgoing;
mod outlook;
mod overlay;
mod owner;
mod pictures;
mod place;
mod proposals;
mod publish;
mod reach;
mod settings;
#[cfg(test)]
mod simulation;
mod snapshots;
mod staging;
mod threads;
mod views;
mod visit;
mod watch;
mod wishes;
mod words;
mod workstation;
mod zip;

pub use apart::serve_apart;
pub use changes::{Change, Changes};
pub use doctor::letters_check;
pub use entrance::{
    AskPassphrase, Entrance, Passphrase, choose as choose_sign_in, chosen as chosen_sign_in,
    passphrase_of_environment,
};
pub use follow::{Followed, WriterView};
pub use frames::{FrameClock, SOUND_RATE};
pub use import::read_sidecar;
pub use intake::{Already, Intake, Queued};
pub use known::{KnownLake, Waiting};
/// What a sign-in and its rights are made of.
pub use lake::{
    Cognito, Errand, Found, IdentityCenter, Look, Pin, Principal, Question, Right, Role as SignInRole,
    S3Place, SignIn, Verdict, profiles,
};
pub use lakes::{Access, GivenLake, LakePlace};
pub use lend::{LentLake, lend_lake};
pub use log::start_log;
pub use outgoing::SentObjects;
pub use place::shown as shown_path;
pub use publish::Rebuilt;
pub use reach::Standing;
pub use settings::{
    DeskSettings, IngestSettings, LakeSettings, LogLevel, LogSettings, Originals, PersonSettings, Settings,
    Theme, WatchSettings,
};
pub use snapshots::Checked;
/// What a person types and nobody may read.
pub use vault::SecretString;
pub use views::*;
pub use visit::{Visit, VisitQuestion, VisitStep, look_at_folder};
pub use workstation::{OpenOptions, Workstation, default_home};
