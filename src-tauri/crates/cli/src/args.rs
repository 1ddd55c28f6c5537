//! What can be typed. The help texts are the manual page's text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// In a film lab the circled takes are the ones worth keeping. Machines propose, you circle.
#[derive(Debug, Parser)]
#[command(
    name = "circletake",
    version,
    about = "Machines propose and people circle: ingest media, review proposals, finish elsewhere",
    after_long_help = AFTER,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// The lake: a folder, or s3://bucket/prefix. Default: CIRCLETAKE_LAKE, or the one inside the home.
    #[arg(long, global = true, value_name = "DIR|s3://BUCKET/PREFIX")]
    pub lake: Option<OsString>,
    /// Another server than AWS's own, for a lake in a bucket. Default: CIRCLETAKE_ENDPOINT_URL.
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The profile in AWS's configuration files, for a lake in a bucket. Default: AWS's own chain of sign-ins.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The bucket's region. Default: what the environment or the profile says.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Where settings, journal and catalog are kept. Default: CIRCLETAKE_HOME, or the data folder of this user.
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print one JSON document with stable field names instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "Exit status: 0 done, 1 failed (message and hint on standard error), 2 usage, 3 done in part (what is missing is listed).

With --json every command prints exactly one document on standard output; a failure prints {\"fault\":{code,message,hint,detail}}:
  ingest     {done:[{path,asset,title,already}],refused:[{path,code,message,hint}]}
  assets     [{id,title,source,duration_secs,frame_count,frame_rate,vfr,start_timecode,drop_frame,width,height,video_codec,audio_channels,state,tally,…}]
  show       one of those with {size_bytes,container,video,audio,sprites,proxy,loudness,notes,end_timecode,places,markers:[{id,start_frame,end_frame,start_secs,end_secs,start_timecode,note,person,role,millis,disputed}],comments:{threads,open}}
  analyze    {jobs:[{id,kind,title,state,message,fault,…}]}
  proposals  [{id,asset,kind,start_frame,end_frame,start_secs,end_secs,start_timecode,end_timecode,state,confidence,engine,model,version,run,payload,edit,title,detail,worth,decided}]
  decide     {changed:[{id,state}],undo:{can_undo,can_redo,undo_label,redo_label,undo_overtaken,undo_words,redo_overtaken,redo_words}}; with --dry-run {ids,by_kind}
  undo, redo {label,overtaken,words,changed,undo}
  comment    {thread,undo}; list {threads:[{id,asset,start_frame,end_frame,start_secs,end_secs,start_timecode,head:{id,text,person,role,millis,own,disputed},replies,resolved,resolved_person,resolved_millis,disputed}],open}
  import     {cues,losses}
  export     {files,size_bytes,losses,items}
  sync       {sent,objects:{objects,bytes,refused,waiting},segments,entries,troubles:[{principal,workstation,trouble,words}]}
  lake serve {url,bucket,access_key_id,secret_access_key}
  sign-in    {kind,lake,principal,name,arn,pinned_by,secrets}
  sign-out   {kind,lake}
  whoami     {kind,lake,principal,name,arn,pinned_by,rights:[{act,verdict,missing,words}]}
  doctor     {checks:[{area,title,state,words,hint}],rebuilt,bundle}
  demo       {asset}
Ids may be shortened to their first six digits or more.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take files and folders in: probe, proxy, analyse in one pass. Files that were finished before are not read again.
    Ingest(Ingest),
    /// List the library.
    Assets,
    /// Show one asset.
    Show {
        /// Its id.
        asset: String,
    },
    /// Look at assets again: faces, text, speech, highlights, posters.
    Analyze(Analyze),
    /// List what machines proposed.
    Proposals(Proposals),
    /// Circle, reject or retract proposals. One act, one undo.
    Decide(Decide),
    /// Take the last act of this workstation back.
    Undo,
    /// Do the act taken back last again.
    Redo,
    /// Say something about frames of an asset, or answer it. One act, one undo.
    #[command(subcommand)]
    Comment(CommentCommand),
    /// Take a subtitle file in as circled cues: choosing the file is the decision.
    Import {
        /// The asset it belongs to.
        asset: String,
        /// SubRip (.srt), WebVTT (.vtt) or TTML (.ttml, .dfxp, .itt, .xml).
        file: PathBuf,
    },
    /// Write what was circled for other programs.
    Export(Export),
    /// Serve the desk to a browser on this machine.
    Serve {
        /// The port; one that is free when not given.
        #[arg(long, value_name = "N")]
        port: Option<u16>,
    },
    /// Send what was decided here to the lake, and take in what others wrote there.
    Sync {
        /// Go on until Ctrl-C.
        #[arg(long)]
        watch: bool,
    },
    /// Work on a lake as such.
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Sign in to lakes in buckets, and remember how: for the lake given with --lake, or for every lake.
    SignIn(Box<SignInArgs>),
    /// Forget the sign-in here, and end it at the service where that is possible.
    SignOut,
    /// Say who one is to a lake, and with --rights what one may do there.
    Whoami {
        /// Try what is allowed in the lake given with --lake, without leaving anything behind.
        #[arg(long)]
        rights: bool,
    },
    /// Say in words what this machine can do, and what to do about what it cannot.
    Doctor {
        /// Derive the catalog again from the lake and the journal.
        #[arg(long)]
        rebuild: bool,
        /// Write a diagnostics bundle (ZIP) without names of persons and paths.
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
    },
    /// Make the demo film and take it in.
    Demo,
    /// Print the manual page, or write all pages into a folder.
    #[command(hide = true)]
    Man {
        /// The folder.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print completions for a shell.
    #[command(hide = true)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `ingest`.
#[derive(Debug, Args)]
pub struct Ingest {
    /// Files, or folders with everything in them.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not wait for the second looks; the desk or the next ingest goes on with them.
    #[arg(long)]
    pub proxies_only: bool,
}

/// `analyze`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["assets", "all"])))]
pub struct Analyze {
    /// Ids of assets.
    #[arg(value_name = "ASSET")]
    pub assets: Vec<String>,
    /// Every asset.
    #[arg(long)]
    pub all: bool,
    /// Only these, separated by commas; all that can run here when not given.
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    pub kinds: Vec<String>,
}

/// `proposals`.
#[derive(Debug, Args)]
pub struct Proposals {
    /// Of this asset.
    pub asset: Option<String>,
    /// shots, qc, faces, text, cues, highlights or posters.
    #[arg(long)]
    pub kind: Option<String>,
    /// In this state.
    #[arg(long, value_enum)]
    pub state: Option<StateArg>,
    /// In this order.
    #[arg(long, value_enum, default_value = "time")]
    pub order: OrderArg,
}

/// A state as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StateArg {
    /// Undecided.
    Open,
    /// Accepted.
    Circled,
    /// Not wanted.
    Rejected,
    /// Two verdicts that did not see each other.
    Conflict,
}

/// An order as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OrderArg {
    /// By asset and first frame.
    Time,
    /// What a decision is worth first.
    Worth,
}

/// `decide`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("which").required(true).args(["ids", "condition"])),
    group(ArgGroup::new("verdict").required(true).args(["circle", "reject", "retract"]))
)]
pub struct Decide {
    /// Ids of proposals.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All that match, for example: kind=text and confidence>=0.9 and state=open
    #[arg(
        long = "where",
        value_name = "EXPR",
        long_help = "All proposals that match. Fields: id, asset, kind, state, engine, model, title (text: = != ~, where ~ means contains, \
                     and id and asset match by their first digits) and confidence, start_frame, end_frame, start_secs, end_secs, worth \
                     (numbers: = != < <= > >=). Combine with and, or, not and brackets. Quote text with spaces: title ~ \"JEFF STEEN\"."
    )]
    pub condition: Option<String>,
    /// Say what would be decided, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Accept.
    #[arg(long, action = ArgAction::SetTrue)]
    pub circle: bool,
    /// Do not want.
    #[arg(long, action = ArgAction::SetTrue)]
    pub reject: bool,
    /// Back to undecided.
    #[arg(long, action = ArgAction::SetTrue)]
    pub retract: bool,
    /// With --circle and one ID: fields that replace those of the proposal, plus start_frame and end_frame.
    #[arg(long, value_name = "JSON", requires = "circle")]
    pub edit: Option<String>,
    /// A word to go with it.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// What is done with comments.
#[derive(Debug, Subcommand)]
pub enum CommentCommand {
    /// What is said about an asset, by thread, in the order of time.
    List {
        /// The asset.
        asset: String,
    },
    /// Say something about a frame or a range.
    Put {
        /// The asset.
        asset: String,
        /// What to say.
        text: String,
        /// The frame, counted from 0.
        #[arg(long, value_name = "N")]
        frame: u64,
        /// The first frame after it; one frame when not given.
        #[arg(long, value_name = "N")]
        end_frame: Option<u64>,
    },
    /// Answer a comment.
    Answer {
        /// The comment, or another one of its thread.
        comment: String,
        /// What to say.
        text: String,
    },
    /// Settle a thread.
    Resolve {
        /// A comment of the thread.
        comment: String,
    },
    /// Open a thread again.
    Reopen {
        /// A comment of the thread.
        comment: String,
    },
    /// Remove a comment of one's own; answers of others stay.
    Remove {
        /// The comment.
        comment: String,
    },
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The asset.
    pub asset: String,
    /// The format.
    #[arg(long, value_enum)]
    pub to: FormatArg,
    /// What leaves; by default shots for edl, otio and fcpxml, cues for srt, vtt and ttml, posters for png.
    #[arg(long, value_enum)]
    pub what: Option<WhatArg>,
    /// The file to write; for png a folder takes the pictures, another name a ZIP. Its folder must be there. Losses go into FILE.losses.json.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// A format as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// CMX3600.
    Edl,
    /// OpenTimelineIO.
    Otio,
    /// Final Cut Pro XML.
    Fcpxml,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// TTML, as IMSC 1.1 text.
    Ttml,
    /// Pictures with a contact sheet.
    Png,
}

/// A choice as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhatArg {
    /// Circled shots.
    Shots,
    /// Circled highlights.
    Highlights,
    /// Circled cues.
    Cues,
    /// Circled poster frames.
    Posters,
}

/// What is done with a lake as such.
#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// Serve the lake in a folder to programs on this machine that speak S3. Requests are signed (SigV4) with the keys in
    /// CIRCLETAKE_LAKE_KEY and CIRCLETAKE_LAKE_SECRET; without them keys are made up for this run and shown.
    Serve {
        /// The lake's folder; made when it is not there.
        dir: PathBuf,
        /// The port; one that is free when not given.
        #[arg(long, value_name = "N")]
        port: Option<u16>,
        /// The name of the one bucket there is.
        #[arg(long, value_name = "NAME", default_value = "lake")]
        bucket: String,
    },
}

/// A way of signing in as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// What AWS's own tools find: environment, profile, container, machine.
    Chain,
    /// A named profile of AWS's own files.
    Profile,
    /// IAM Identity Center, with a code that is confirmed in any browser.
    IdentityCenter,
    /// A role, with a code from a device where it asks for one.
    Role,
    /// The role of the EC2 machine this runs on.
    Machine,
    /// A Cognito user pool, through a browser on this machine.
    Cognito,
    /// Long-lived keys: the environment's, or with --key-id ones whose secret is asked for and kept with the other secrets.
    Keys,
}

/// `sign-in`.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Secrets go to the system's keychain, or where there is none into a file behind a passphrase. The passphrase is \
asked for, or read from the file that CIRCLETAKE_PASSPHRASE_FILE names."
)]
pub struct SignInArgs {
    /// How; as before when not given.
    #[arg(long, value_enum)]
    pub kind: Option<KindArg>,
    /// profile: its name. role: the profile that takes it.
    #[arg(long, value_name = "NAME")]
    pub named: Option<String>,
    /// identity-center: the portal.
    #[arg(long, value_name = "URL", required_if_eq("kind", "identity-center"))]
    pub portal: Option<String>,
    /// identity-center: the region the portal lives in.
    #[arg(long, value_name = "REGION", required_if_eq("kind", "identity-center"))]
    pub portal_region: Option<String>,
    /// identity-center: the account, twelve digits.
    #[arg(long, value_name = "ID", required_if_eq("kind", "identity-center"))]
    pub account: Option<String>,
    /// identity-center: the permission set.
    #[arg(long, value_name = "NAME", required_if_eq("kind", "identity-center"))]
    pub permission_set: Option<String>,
    /// role: its ARN.
    #[arg(long, value_name = "ARN", required_if_eq("kind", "role"))]
    pub role_arn: Option<String>,
    /// role: the serial number or ARN of the device whose code is asked for.
    #[arg(long, value_name = "ARN")]
    pub device: Option<String>,
    /// role: what its owner agreed on with those who take it.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// role: seconds until it has to be taken again, 900 to 43200.
    #[arg(long, value_name = "N")]
    pub session_secs: Option<u32>,
    /// cognito: where people sign in, https://….auth.REGION.amazoncognito.com.
    #[arg(long, value_name = "URL", required_if_eq("kind", "cognito"))]
    pub domain: Option<String>,
    /// cognito: the app client's id.
    #[arg(long, value_name = "ID", required_if_eq("kind", "cognito"))]
    pub client: Option<String>,
    /// cognito: the user pool's id.
    #[arg(long, value_name = "ID", required_if_eq("kind", "cognito"))]
    pub user_pool: Option<String>,
    /// cognito: the identity pool's id.
    #[arg(long, value_name = "ID", required_if_eq("kind", "cognito"))]
    pub identity_pool: Option<String>,
    /// cognito: the port of http://localhost:PORT/circletake, which the app client has to list.
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// keys: the access key's id.
    #[arg(long, value_name = "ID")]
    pub key_id: Option<String>,
}
