use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::FaultWords;

/// Where a lake is, as it is typed. Only the window may name a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct LakeAddress {
    /// `s3://bucket/prefix`, or a folder's whole path.
    pub address: String,
    /// Another server than AWS's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// The bucket's region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// `read_lake`: what an address means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LakeRead {
    /// Name shown.
    pub name: String,
    /// Where it lies, as text to show.
    pub place: String,
    /// What it is.
    pub kind: super::LakeKind,
    /// Whether somebody signs in to it.
    pub asks_who: bool,
    /// Its name among the known lakes, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// How one signed in last, to it or to every lake.
    pub choice: SignInChoice,
}

/// How one signs in to a lake; nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[ts(optional_fields)]
pub enum SignInChoice {
    /// Whatever AWS's own tools find.
    Chain,
    /// A profile of AWS's own configuration files.
    Profile {
        /// Its name.
        name: String,
    },
    /// IAM Identity Center.
    IdentityCenter {
        /// The portal.
        start_url: String,
        /// The region the portal lives in.
        region: String,
        /// The account, twelve digits.
        account: String,
        /// The permission set's name there.
        role: String,
    },
    /// A role, taken with what a profile or the environment holds.
    Role {
        /// The role.
        arn: String,
        /// The profile that takes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// The device whose code is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mfa: Option<String>,
        /// What the role's owner agreed on with those who take it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Seconds until it has to be taken again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_secs: Option<u32>,
    },
    /// The role of the EC2 machine this runs on.
    Machine,
    /// A Cognito user pool and the identity pool behind it.
    Cognito {
        /// Where people sign in.
        domain: String,
        /// The app client's id.
        client: String,
        /// The user pool.
        user_pool: String,
        /// The identity pool.
        identity_pool: String,
        /// The port that the browser comes back to; the usual one when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// Keys typed by hand, or those of the environment when no id is given.
    Keys {
        /// The access key's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
}

/// `aws_profiles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Profiles {
    /// Their names, sorted.
    pub profiles: Vec<String>,
}

/// `sign_in`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// To which lake.
    pub lake: LakeAddress,
    /// How.
    pub choice: SignInChoice,
    /// Whether also who is signed in already is asked again.
    pub anew: bool,
}

/// `sign_in_state`: how far the sign-in has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignInState {
    /// Which sign-in, counted since the program was started; 0 when there is none.
    pub visit: u64,
    /// Its step.
    pub step: SignInStep,
}

/// How far a sign-in has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
#[ts(optional_fields)]
pub enum SignInStep {
    /// There is none.
    Nothing,
    /// A service is being asked.
    Working,
    /// A code has to be confirmed in any browser.
    Code {
        /// The page that asks for it.
        page: String,
        /// The page to open; with the code in it where there is one.
        address: String,
        /// What the page has to show.
        code: String,
        /// Until when it holds, milliseconds since 1970.
        until_millis: u64,
    },
    /// Somebody has to sign in on a page in a browser of this machine, which comes back by itself.
    Page {
        /// The page.
        address: String,
        /// Until when its answer is waited for, milliseconds since 1970.
        until_millis: u64,
    },
    /// The passphrase of the file of secrets is asked for.
    Passphrase {
        /// Whether it is to be made up: there is no file yet.
        new: bool,
    },
    /// The six digits that a device shows are asked for.
    DeviceCode {
        /// Its serial number or ARN.
        device: String,
    },
    /// The secret of an access key is asked for.
    SecretKey {
        /// The access key's id.
        id: String,
    },
    /// Signed in.
    Done {
        /// As people are called.
        name: String,
        /// What the lake's keys have of it.
        principal: String,
        /// Whether the lake can hold one to that name.
        vouched: bool,
        /// Where secrets are kept, in words.
        secrets: String,
    },
    /// Not signed in, and why.
    Failed {
        /// What happened and what to do.
        fault: FaultWords,
    },
}

/// Something typed that nobody may read: it is in no log and no fault.
#[derive(Clone, Deserialize, TS)]
#[ts(type = "string")]
pub struct Typed(String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed")
    }
}

impl From<Typed> for workstation::SecretString {
    fn from(typed: Typed) -> Self {
        typed.0.into()
    }
}

/// `answer_sign_in`.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SignInAnswer {
    /// Which sign-in.
    pub visit: u64,
    /// What was asked for; none does without.
    #[serde(default)]
    pub answer: Option<Typed>,
}

/// `lake_outlook`: what one may do in the lake, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LakeOutlook {
    /// What was tried.
    pub rights: Vec<LakeRight>,
    /// What it looks like, in words.
    pub look: String,
    /// Whether something lies there that is no lake of ours.
    pub foreign: bool,
}

/// How a right came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RightVerdict")]
pub enum RightWord {
    /// As it should be.
    Good,
    /// Work will stop for want of it.
    Missing,
    /// A role has it.
    Has,
    /// A role has it not; that may be meant.
    HasNot,
    /// The lake lets happen what nobody should do.
    TooMuch,
    /// Not known.
    Unknown,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LakeRight {
    /// A short name that does not change.
    pub act: String,
    /// What a person calls it.
    pub title: String,
    /// How it came out.
    pub verdict: RightWord,
    /// The row in one sentence.
    pub words: String,
    /// What is missing, as policies spell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}
