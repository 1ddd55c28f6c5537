//! What is to be done, and in which order.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, BinaryHeap},
};

use super::{Difference, Near};
use crate::{Key, ObjectInfo, Put, Shelf};

/// Clashes that are named; more are only counted.
const CLASHES_NAMED: usize = 1000;

/// Who may change an object after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody: objects are made once. Two that differ are a clash.
    Nobody,
    /// This machine: its version goes into the lake, whatever is there.
    Near,
    /// Others: the lake's version comes here.
    Far,
    /// Both sides; two changes that did not see each other are a clash.
    Both,
}

/// What holds for keys that begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How they begin; empty for all.
    pub prefix: String,
    /// Whether what only this machine has goes into the lake.
    pub up: bool,
    /// Whether what only the lake has comes here; otherwise it is fetched when somebody asks for it.
    pub down: bool,
    /// Who may change them.
    pub owner: Owner,
    /// Lower ones come first.
    pub order: u8,
    /// Nothing of it is begun before everything of lower order has ended well: for what speaks of other objects.
    pub waits: bool,
}

/// Rules; of those that fit a key the longest holds. Keys that no rule fits are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// By length, the longest first.
    rules: Vec<Rule>,
}

impl Rules {
    /// In any order.
    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.prefix.len()));
        Self { rules }
    }

    /// The rule for a key.
    pub fn of(&self, key: &Key) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| key.as_str().starts_with(&rule.prefix))
    }
}

/// What is done with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the lake.
    Send(Put),
    /// Here, this version or a later one.
    Fetch(ObjectInfo),
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Which object.
    pub key: Key,
    /// What is done.
    pub step: Step,
    /// How many bytes go.
    pub size_bytes: u64,
    /// Somebody looks at it.
    pub urgent: bool,
    /// The order of its rule.
    pub order: u8,
    /// Whether it waits for all of lower order.
    pub waits: bool,
}

impl Task {
    fn rank(&self) -> (u8, bool, u64, &Key) {
        (self.order, !self.urgent, self.size_bytes, &self.key)
    }
}

impl Ord for Task {
    fn cmp(&self, other: &Self) -> Ordering {
        // No key stands twice in a plan.
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Task {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Two objects that cannot both stand. Both stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Where.
    pub key: Key,
    /// How.
    pub kind: ClashKind,
}

/// How two sides clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClashKind {
    /// An object that is made once has other bytes on the other side.
    OtherBytes,
    /// Both were changed since they were the same.
    BothChanged,
    /// It was in the lake and is there no more. It is not sent again by itself: somebody may have meant it.
    GoneFar,
}

/// What a comparison found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The same on both sides.
    pub alike: u64,
    /// To be sent.
    pub sends: u64,
    /// Their bytes.
    pub send_bytes: u64,
    /// To be fetched.
    pub fetches: u64,
    /// Their bytes.
    pub fetch_bytes: u64,
    /// Left where they are: fetched when asked for, or nobody's business.
    pub left: u64,
    /// In an archive; they must be asked back first.
    pub archived: u64,
    /// Clashes.
    pub clashes: u64,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub tasks: Vec<Task>,
    /// Whether there is more to do than the plan had room for: compare again when it is done.
    pub more: bool,
    /// What a person must settle, as far as it was named.
    pub clashes: Vec<Clash>,
    /// Everything that was found, also what had no room.
    pub tally: Tally,
}

/// Makes a plan of differences. It has room for so many steps, and keeps those that come first.
#[derive(Debug)]
pub struct Planner<'a> {
    rules: &'a Rules,
    looked_at: &'a BTreeSet<Key>,
    room: usize,
    /// The last in order on top, to make room for those before it.
    tasks: BinaryHeap<Task>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    /// `looked_at` are the keys that somebody waits for.
    pub fn new(rules: &'a Rules, looked_at: &'a BTreeSet<Key>, room: usize) -> Self {
        Self {
            rules,
            looked_at,
            room,
            tasks: BinaryHeap::new(),
            plan: Plan::default(),
        }
    }

    /// Takes one difference.
    pub fn add(&mut self, difference: Difference) {
        match difference {
            Difference::OnlyNear(near) => self.only_near(near),
            Difference::OnlyFar(far) => self.only_far(far),
            Difference::Both(near, far) => self.both(near, far),
        }
    }

    /// What is to be done.
    pub fn finish(self) -> Plan {
        Plan {
            tasks: self.tasks.into_sorted_vec(),
            ..self.plan
        }
    }

    fn only_near(&mut self, near: Near) {
        let rules = self.rules;
        match rules.of(&near.key) {
            Some(rule) if rule.up && near.base.is_some() && rule.owner != Owner::Near => {
                self.clash(near.key, ClashKind::GoneFar);
            }
            Some(rule) if rule.up => {
                // Not in place of what somebody else put there since the listing.
                let mode = match rule.owner {
                    Owner::Near => Put::Replace,
                    _ => Put::CreateOnly,
                };
                self.task(rule, near.key, Step::Send(mode), near.size_bytes);
            }
            _ => self.plan.tally.left += 1,
        }
    }

    fn only_far(&mut self, far: ObjectInfo) {
        let rules = self.rules;
        match rules.of(&far.key) {
            Some(rule) if rule.down || self.looked_at.contains(&far.key) => self.fetch(rule, far),
            _ => self.plan.tally.left += 1,
        }
    }

    fn both(&mut self, near: Near, far: ObjectInfo) {
        let rules = self.rules;
        let Some(rule) = rules.of(&near.key) else {
            self.plan.tally.left += 1;
            return;
        };
        let (near_changed, far_changed) = match &near.base {
            Some(base) => (base.near_changed, base.far != far.etag),
            // Nothing is remembered: what is made once and has the same size is the same, and of the rest the owner's is the newer.
            None => {
                let differs = near.size_bytes != far.size_bytes;
                match rule.owner {
                    Owner::Nobody | Owner::Both => (differs, differs),
                    Owner::Near => (differs, false),
                    Owner::Far => (false, differs),
                }
            }
        };
        match (rule.owner, near_changed, far_changed) {
            (_, false, false) => self.plan.tally.alike += 1,
            (Owner::Nobody, _, _) => self.clash(near.key, ClashKind::OtherBytes),
            (Owner::Near, _, _) | (Owner::Both, true, false) if rule.up => {
                self.task(rule, near.key, Step::Send(Put::Replace), near.size_bytes);
            }
            (Owner::Far, _, _) | (Owner::Both, false, true) if rule.down => self.fetch(rule, far),
            (Owner::Both, true, true) => self.clash(near.key, ClashKind::BothChanged),
            _ => self.plan.tally.left += 1,
        }
    }

    fn fetch(&mut self, rule: &Rule, far: ObjectInfo) {
        if matches!(far.shelf, Shelf::Archived | Shelf::Restoring) {
            self.plan.tally.archived += 1;
            return;
        }
        let size_bytes = far.size_bytes;
        self.task(rule, far.key.clone(), Step::Fetch(far), size_bytes);
    }

    fn task(&mut self, rule: &Rule, key: Key, step: Step, size_bytes: u64) {
        let tally = &mut self.plan.tally;
        let (count, bytes) = match step {
            Step::Send(_) => (&mut tally.sends, &mut tally.send_bytes),
            Step::Fetch(_) => (&mut tally.fetches, &mut tally.fetch_bytes),
        };
        *count += 1;
        *bytes = bytes.saturating_add(size_bytes);
        self.tasks.push(Task {
            urgent: self.looked_at.contains(&key),
            key,
            step,
            size_bytes,
            order: rule.order,
            waits: rule.waits,
        });
        if self.tasks.len() > self.room {
            self.tasks.pop();
            self.plan.more = true;
        }
    }

    fn clash(&mut self, key: Key, kind: ClashKind) {
        self.plan.tally.clashes += 1;
        if self.plan.clashes.len() < CLASHES_NAMED {
            self.plan.clashes.push(Clash { key, kind });
        }
    }
}
