//! What one may do in a lake in a bucket, found out without leaving anything behind.
//!
//! Writes are tried with uploads that are never finished: to begin one takes the right to write, and to finish it with a part
//! that was not sent is refused for the part where writing is allowed and for the right where it is not. So what the bucket
//! demands of a finished write (that it creates and does not replace) is seen too, and no object comes of it.

use bytes::Bytes;

use crate::{ByteRange, ETag, Key, Lake, LakeError, Part, Pin, Principal, Put, S3Lake, Upload, layout};

/// One thing to do in a lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// List who writes here, the ledger and the runs.
    See,
    /// Read objects.
    Read,
    /// Add to one's own ledger.
    WriteLedger,
    /// Move one's own head on.
    MoveHead,
    /// Add proposals of runs.
    AddProposals,
    /// Take originals in.
    TakeIn,
    /// Put proxies and stills there.
    AddProxies,
    /// Put deliverables there.
    Deliver,
    /// Approve in one's own name.
    Approve,
    /// Overwrite what one wrote in the ledger.
    RewriteLedger,
    /// Overwrite an original.
    ReplaceOriginal,
    /// Take something out of the ledger.
    DeleteLedger,
    /// Write in somebody else's name.
    WriteAsOther,
}

/// Who is meant to be able to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// Everybody who works in the lake.
    Everybody,
    /// Some roles.
    SomeRoles,
    /// Nobody, so that nothing that was decided is lost or forged.
    Nobody,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// It would be done.
    Allowed,
    /// It was refused for want of this right.
    Denied {
        /// What is missing, as policies spell it.
        missing: &'static str,
    },
    /// It could not be tried here.
    NotTried {
        /// Why, in words.
        why: &'static str,
    },
    /// The store answered something else.
    Unclear(LakeError),
}

/// What a person has to make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Work here will stop for want of it.
    Missing,
    /// A role has it or has not; both may be meant.
    ByRole,
    /// The lake lets happen what should not be possible.
    TooMuch,
    /// Not known.
    Unknown,
}

/// One row of the answer.
#[derive(Debug)]
pub struct Right {
    /// What was tried.
    pub act: Act,
    /// What came of it.
    pub found: Found,
}

impl Act {
    /// All of them, in the order a person reads them.
    pub const ALL: [Self; 13] = [
        Self::See,
        Self::Read,
        Self::WriteLedger,
        Self::MoveHead,
        Self::AddProposals,
        Self::TakeIn,
        Self::AddProxies,
        Self::Deliver,
        Self::Approve,
        Self::RewriteLedger,
        Self::ReplaceOriginal,
        Self::DeleteLedger,
        Self::WriteAsOther,
    ];

    /// What a person calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::See => "see what is in the lake",
            Self::Read => "read what is in the lake",
            Self::WriteLedger => "write verdicts to the lake",
            Self::MoveHead => "tell the others of them",
            Self::AddProposals => "add proposals",
            Self::TakeIn => "take originals in",
            Self::AddProxies => "add proxies and stills",
            Self::Deliver => "add deliverables and reports",
            Self::Approve => "approve",
            Self::RewriteLedger => "rewrite verdicts that are in the lake",
            Self::ReplaceOriginal => "replace originals",
            Self::DeleteLedger => "delete verdicts from the lake",
            Self::WriteAsOther => "write in somebody else's name",
        }
    }

    /// A short name that does not change, for scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Read => "read",
            Self::WriteLedger => "write-ledger",
            Self::MoveHead => "move-head",
            Self::AddProposals => "add-proposals",
            Self::TakeIn => "take-in",
            Self::AddProxies => "add-proxies",
            Self::Deliver => "deliver",
            Self::Approve => "approve",
            Self::RewriteLedger => "rewrite-ledger",
            Self::ReplaceOriginal => "replace-original",
            Self::DeleteLedger => "delete-ledger",
            Self::WriteAsOther => "write-as-other",
        }
    }

    /// Who is meant to be able to.
    pub const fn meant(self) -> Meant {
        match self {
            Self::See | Self::Read | Self::WriteLedger | Self::MoveHead => Meant::Everybody,
            Self::AddProposals | Self::TakeIn | Self::AddProxies | Self::Deliver | Self::Approve => {
                Meant::SomeRoles
            }
            Self::RewriteLedger | Self::ReplaceOriginal | Self::DeleteLedger | Self::WriteAsOther => {
                Meant::Nobody
            }
        }
    }
}

impl Right {
    /// What a person has to make of it.
    pub const fn verdict(&self) -> Verdict {
        match (&self.found, self.act.meant()) {
            (Found::NotTried { .. } | Found::Unclear(_), _) => Verdict::Unknown,
            (_, Meant::SomeRoles) => Verdict::ByRole,
            (Found::Allowed, Meant::Everybody) | (Found::Denied { .. }, Meant::Nobody) => Verdict::Good,
            (Found::Denied { .. }, Meant::Everybody) => Verdict::Missing,
            (Found::Allowed, Meant::Nobody) => Verdict::TooMuch,
        }
    }

    /// The row in one sentence.
    pub fn words(&self) -> String {
        let act = self.act.words();
        match (&self.found, self.verdict()) {
            (Found::Allowed, Verdict::TooMuch) => {
                format!(
                    "You can {act}, which nobody should be able to: the bucket's policy does not protect the lake."
                )
            }
            (Found::Allowed, _) => format!("You can {act}."),
            (Found::Denied { missing }, Verdict::Missing) => {
                format!("You cannot {act}; what is missing is {missing}.")
            }
            (Found::Denied { missing }, Verdict::ByRole) => {
                format!("You cannot {act}; roles that do have {missing}.")
            }
            (Found::Denied { .. }, _) => format!("You cannot {act}, and nobody should."),
            (Found::NotTried { why }, _) => format!("Whether you can {act} was not tried: {why}."),
            (Found::Unclear(error), _) => format!("Whether you can {act} is not known: {error}."),
        }
    }
}

/// Tries what `who` may do, one after the other, in a few seconds. Nothing is changed; an upload that cannot be taken back for
/// want of that right is left to the bucket's own tidying.
///
/// # Errors
/// When nothing can be found out: no network, no sign-in, no such bucket.
pub async fn rights(lake: &S3Lake, who: &Principal) -> Result<Vec<Right>, LakeError> {
    let mut trial = Trial::new(lake, who)?;
    let mut rows = vec![
        Right {
            act: Act::See,
            found: trial.see().await?,
        },
        Right {
            act: Act::Read,
            found: trial.read().await?,
        },
    ];
    let me = who.id.as_str();
    let name = trial.name.clone();
    let own = Key::of(&["ledger", "v1", me, &name, "trial"])?;
    let (create, replace) = trial.write(&own).await?;
    let (_, head) = trial.write(&layout::head(me, &name)?).await?;
    let (proposals, _) = trial.write(&layout::run(&name, "trial")?).await?;
    let (originals, originals_again) = trial.write(&layout::raw(&name, "trial")?).await?;
    let (proxies, _) = trial.write(&layout::proxy(&name, "trial")?).await?;
    let (deliverables, _) = trial.write(&layout::rendition(&name, "trial", "trial")?).await?;
    let (approvals, _) = trial
        .write(&Key::of(&["approvals", "v1", me, &name, "trial"])?)
        .await?;
    let deleted = trial.delete(&own).await?;
    let other = if who.pin == Pin::Nobody {
        Found::NotTried {
            why: "nobody vouches for names in this store",
        }
    } else {
        trial
            .write(&Key::of(&["ledger", "v1", &name, "trial", "trial"])?)
            .await?
            .0
    };
    rows.extend(
        [
            (Act::WriteLedger, create),
            (Act::MoveHead, head),
            (Act::AddProposals, proposals),
            (Act::TakeIn, originals),
            (Act::AddProxies, proxies),
            (Act::Deliver, deliverables),
            (Act::Approve, approvals),
            (Act::RewriteLedger, replace),
            (Act::ReplaceOriginal, originals_again),
            (Act::DeleteLedger, deleted),
            (Act::WriteAsOther, other),
        ]
        .map(|(act, found)| Right { act, found }),
    );
    Ok(rows)
}

const WRITE: &str = "s3:PutObject, or kms:GenerateDataKey for the lake's key";
const READ: &str = "s3:GetObject, or kms:Decrypt for the lake's key";

const ONE_BYTE: ByteRange = ByteRange {
    start: 0,
    end: Some(1),
};

struct Trial<'a> {
    lake: &'a S3Lake,
    /// A name that nothing in the lake has.
    name: String,
    /// Something that is there to be read.
    there: Option<Key>,
}

impl<'a> Trial<'a> {
    fn new(lake: &'a S3Lake, who: &Principal) -> Result<Self, LakeError> {
        let mut chance = [0_u8; 16];
        getrandom::fill(&mut chance).map_err(|error| LakeError::Service {
            action: "try what is allowed",
            code: "no randomness".to_owned(),
            source: Box::new(error),
        })?;
        let mut named = blake3::Hasher::new();
        named.update(who.id.as_bytes()).update(&chance);
        Ok(Self {
            lake,
            name: format!("trial-{}", &named.finalize().to_hex()[..32]),
            there: None,
        })
    }

    async fn see(&mut self) -> Result<Found, LakeError> {
        for prefix in [layout::HEADS, layout::LEDGER, layout::RUNS] {
            match self.lake.list(prefix, None, 1).await {
                Ok(listing) => {
                    let first = listing.objects.into_iter().next();
                    self.there = self.there.take().or(first.map(|info| info.key));
                }
                Err(LakeError::Forbidden { .. }) => {
                    return Ok(Found::Denied {
                        missing: "s3:ListBucket",
                    });
                }
                Err(error) => return ended(error),
            }
        }
        Ok(Found::Allowed)
    }

    async fn read(&self) -> Result<Found, LakeError> {
        let answer = match &self.there {
            Some(key) => self.lake.get_range(key, ONE_BYTE, None).await.map(drop),
            None => self
                .lake
                .facts(&layout::head(&self.name, "trial")?)
                .await
                .map(drop),
        };
        match answer {
            // An empty object has no first byte; asking for one was allowed.
            Ok(()) | Err(LakeError::NotFound(_) | LakeError::Range { .. } | LakeError::Archived(_)) => {
                Ok(Found::Allowed)
            }
            // So says S3 also of what is not there, to whoever may not list the whole bucket.
            Err(LakeError::Forbidden { .. }) if self.there.is_none() => Ok(Found::NotTried {
                why: "the lake holds nothing yet that could be read",
            }),
            Err(LakeError::Forbidden { .. }) => Ok(Found::Denied { missing: READ }),
            Err(error) => ended(error),
        }
    }

    /// Whether something new may be written under `key`, and whether what lies there may be replaced.
    async fn write(&self, key: &Key) -> Result<(Found, Found), LakeError> {
        let upload = match self.lake.begin_upload(key).await {
            Ok(upload) => upload,
            Err(LakeError::Forbidden { .. }) => return Ok((denied(), denied())),
            Err(error) => {
                return Ok((
                    ended(error)?,
                    Found::NotTried {
                        why: "no upload could be begun",
                    },
                ));
            }
        };
        let found = self.finish(&upload).await;
        if let Err(error) = self.lake.abort_upload(&upload).await {
            tracing::warn!(%key, "a trial's upload stays behind: {error}");
        }
        found
    }

    async fn finish(&self, upload: &Upload) -> Result<(Found, Found), LakeError> {
        // It takes the key to seal a part.
        match self.lake.put_part(upload, 1, Bytes::from_static(&[0])).await {
            Ok(_) => {}
            Err(LakeError::Forbidden { .. }) => return Ok((denied(), denied())),
            Err(error) => {
                return Ok((
                    ended(error)?,
                    Found::NotTried {
                        why: "no part could be sent",
                    },
                ));
            }
        }
        let never_sent = [Part {
            number: 1,
            etag: ETag::new("00000000000000000000000000000000"),
            size_bytes: 1,
        }];
        let create = self
            .lake
            .finish_upload(upload, &never_sent, Put::CreateOnly)
            .await;
        let create = self.refused_for_its_part(upload, create).await?;
        if let Found::Unclear(_) = create {
            return Ok((
                create,
                Found::NotTried {
                    why: "this store does not check parts",
                },
            ));
        }
        let replace = self.lake.finish_upload(upload, &never_sent, Put::Replace).await;
        Ok((create, self.refused_for_its_part(upload, replace).await?))
    }

    async fn refused_for_its_part(
        &self,
        upload: &Upload,
        finished: Result<crate::ObjectInfo, LakeError>,
    ) -> Result<Found, LakeError> {
        match finished {
            Err(LakeError::BadPart { .. }) => Ok(Found::Allowed),
            Err(LakeError::Forbidden { .. }) => Ok(denied()),
            Err(error) => ended(error),
            Ok(_) => {
                // A store that takes parts nobody sent: an object came of it after all.
                self.lake.delete(&upload.key).await?;
                Ok(Found::Unclear(LakeError::Unsupported(
                    "check the parts of an upload",
                )))
            }
        }
    }

    /// Deleting is tried on what is not there, on the condition that it is a version that never was.
    async fn delete(&self, key: &Key) -> Result<Found, LakeError> {
        match self.lake.delete_nothing(key).await {
            Ok(()) => Ok(Found::Allowed),
            Err(LakeError::Forbidden { .. }) => Ok(Found::Denied {
                missing: "s3:DeleteObject",
            }),
            Err(error) => ended(error),
        }
    }
}

const fn denied() -> Found {
    Found::Denied { missing: WRITE }
}

/// What makes further trials pointless ends all of them; anything else is an answer to one.
fn ended(error: LakeError) -> Result<Found, LakeError> {
    match error {
        LakeError::Offline(_)
        | LakeError::Busy(_)
        | LakeError::SignIn(_)
        | LakeError::NoBucket { .. }
        | LakeError::Region { .. }
        | LakeError::Place(_)
        | LakeError::Stopped => Err(error),
        other => Ok(Found::Unclear(other)),
    }
}
