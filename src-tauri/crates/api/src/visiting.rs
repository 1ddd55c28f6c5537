//! The connection wizard's side of the desk: the sign-in under way, and the lake it leads to.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fault::{Code, Fault};
use workstation::{Access, LakePlace, SignIn, Visit, VisitStep};

use crate::{
    convert::look_words,
    desk::Desk,
    wire::{Host, LakeAddress, LakeOutlook, LakeRead, SignInAnswer, SignInState, SignInStep},
};

/// The one sign-in of a desk; a newer one takes its place.
#[derive(Default)]
pub(crate) struct Visiting(Mutex<(u64, Option<Arc<Visit>>)>);

impl Visiting {
    fn lock(&self) -> MutexGuard<'_, (u64, Option<Arc<Visit>>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> (u64, Option<Arc<Visit>>) {
        let state = self.lock();
        (state.0, state.1.clone())
    }

    fn take_place(&self, visit: Option<Visit>) {
        let before = {
            let mut state = self.lock();
            state.0 += u64::from(visit.is_some());
            std::mem::replace(&mut state.1, visit.map(Arc::new))
        };
        // Others may hold it for an answer still: it ends now.
        if let Some(before) = before {
            before.give_up();
        }
    }

    /// Nobody goes on with it: the desk is at another lake.
    pub(crate) fn end(&self) {
        self.take_place(None);
    }
}

impl Desk {
    /// What an address means, checked as every other way to name a lake.
    pub(crate) fn lake_at(&self, lake: &LakeAddress) -> Result<LakePlace, Fault> {
        let filled = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let access = Access {
            endpoint_url: filled(&lake.endpoint_url),
            profile: None,
            region: filled(&lake.region),
        };
        let address = lake.address.trim();
        if address.is_empty() {
            return Err(Fault::new(Code::BadRequest, "A lake has an address.")
                .hint("Type s3://bucket/prefix, or a folder's whole path in the desktop window."));
        }
        let place = LakePlace::read(address.as_ref(), &access)?;
        if let Some(dir) = place.folder() {
            self.may_name_folder(dir)?;
        }
        place.check()?;
        Ok(place)
    }

    /// What a page sends may come from elsewhere than the person: over HTTP nothing takes a path.
    fn may_name_folder(&self, dir: &Path) -> Result<(), Fault> {
        if self.host == Host::Browser {
            return Err(Fault::new(Code::NotAllowed, "A page in a browser names no folders of this machine.")
                .hint("Open the folder once in the desktop window or with --lake; then it is in the list of lakes. A bucket is written s3://bucket/prefix."));
        }
        if !dir.is_absolute() {
            return Err(Fault::new(
                Code::BadRequest,
                "A folder is named by its whole path, from / on.",
            )
            .hint("A bucket is written s3://bucket/prefix."));
        }
        Ok(())
    }

    pub(crate) fn read_lake(&self, lake: &LakeAddress) -> Result<LakeRead, Fault> {
        let place = self.lake_at(lake)?;
        let workstation = self.workstation();
        let (id, view) = workstation.name_lake(&place);
        let known = workstation.known_lakes()?;
        let before = known.into_iter().find(|known| known.id == id);
        let named = before
            .as_ref()
            .and_then(|known| known.place.bucket()?.profile.clone());
        let choice = match (named, place.bucket()) {
            (Some(name), _) => SignIn::Profile { name },
            (None, Some(bucket)) => {
                workstation::chosen_sign_in(workstation.home(), Some(&bucket.to_string()))?
            }
            (None, None) => SignIn::Chain,
        };
        let view: crate::wire::LakePlace = view.into();
        Ok(LakeRead {
            name: view.name,
            place: view.place,
            kind: view.kind,
            asks_who: place.bucket().is_some(),
            known: before.map(|known| known.id),
            choice: choice.into(),
        })
    }

    pub(crate) fn begin_visit(&self, lake: &LakeAddress, choice: SignIn, anew: bool) -> Result<(), Fault> {
        let place = self.lake_at(lake)?;
        let bucket = place
            .bucket()
            .ok_or_else(|| Fault::new(Code::BadRequest, "Nobody signs in to a lake in a folder."))?;
        let visit = Visit::begin(&self.workstation(), bucket.clone(), choice, anew)?;
        self.visiting.take_place(Some(visit));
        Ok(())
    }

    pub(crate) fn visit_state(&self) -> SignInState {
        let (number, visit) = self.visiting.now();
        let step = match &visit {
            None => SignInStep::Nothing,
            Some(visit) => {
                let secrets = visit.entrance().map(|entrance| entrance.secrets());
                SignInStep::of(visit.step(), secrets.unwrap_or_default())
            }
        };
        SignInState {
            visit: if visit.is_some() { number } else { 0 },
            step,
        }
    }

    pub(crate) fn answer_visit(&self, request: SignInAnswer) -> Result<(), Fault> {
        let (number, visit) = self.visiting.now();
        let visit = visit
            .filter(|_| number == request.visit)
            .ok_or_else(|| Fault::new(Code::Conflict, "This sign-in was ended, here or on another page."))?;
        match request.answer {
            Some(answer) => visit.answer(answer.into()),
            None => {
                visit.decline();
                Ok(())
            }
        }
    }

    /// The page that the sign-in under way sends the person to.
    pub(crate) fn errand_address(&self) -> Result<String, Fault> {
        let step = self.visiting.now().1.map(|visit| visit.step());
        match step {
            Some(VisitStep::Errand(errand, _)) => Ok(errand.address().to_owned()),
            _ => Err(Fault::new(
                Code::Conflict,
                "The sign-in waits for no page any more.",
            )),
        }
    }

    /// The visit that leads to this lake, once somebody signed in.
    fn visit_to(&self, place: &LakePlace) -> Result<Arc<Visit>, Fault> {
        let visit = self
            .visiting
            .now()
            .1
            .filter(|visit| Some(visit.place()) == place.bucket());
        visit.ok_or_else(|| Fault::new(Code::NotAllowed, "Nobody has signed in to this lake yet."))
    }

    pub(crate) fn outlook(&self, lake: &LakeAddress) -> Result<LakeOutlook, Fault> {
        let place = self.lake_at(lake)?;
        let (rights, look) = match place.folder() {
            Some(dir) => (Vec::new(), workstation::look_at_folder(dir)?),
            None => {
                let (rights, look) = self.visit_to(&place)?.outlook()?;
                (rights, Some(look))
            }
        };
        Ok(LakeOutlook {
            rights: rights.into_iter().map(Into::into).collect(),
            foreign: matches!(look, Some(workstation::Look::Other { .. })),
            look: look_words(look.as_ref()),
        })
    }

    /// Opens the lake that the wizard led to, and remembers how one signed in.
    pub(crate) fn connect(&self, lake: &LakeAddress) -> Result<(), Fault> {
        let place = self.lake_at(lake)?;
        let visit = match place.bucket() {
            Some(_) => Some(self.visit_to(&place)?),
            None => None,
        };
        let entrance = visit.as_ref().map(|visit| visit.entrance()).transpose()?;
        self.go_over(|workstation| {
            if entrance.is_none() && workstation.name_lake(&place).0 == workstation.lake_id() {
                return Ok(None);
            }
            let opened = workstation.open_beside(place, entrance)?;
            if let Some(visit) = &visit {
                visit.remember()?;
            }
            Ok(Some(opened))
        })?;
        self.visiting.end();
        Ok(())
    }
}
