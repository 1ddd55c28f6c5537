//! The one list of commands. Routers, tests and the TypeScript types are made from it; nothing else names a command twice.

/// Where a command can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the window and over HTTP.
    Anywhere,
    /// Only in the window: it moves the native stage or opens a dialog.
    Window,
}

/// What a command depends on, or makes out of date. The desk refreshes from these; nobody writes refetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// The list of assets.
    Assets,
    /// One asset: the one that the request names, `asset:<id>` on the wire.
    Asset,
    /// Proposals and where they stand.
    Proposals,
    /// Markers of any asset.
    Markers,
    /// Comments on any asset.
    Comments,
    /// The jobs.
    Jobs,
    /// Undo and redo.
    Undo,
    /// Settings and keymap.
    Settings,
    /// Whether the lake can be reached, and what is on its way.
    Lake,
    /// The sign-in under way.
    SignIn,
}

impl Tag {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Assets,
        Self::Asset,
        Self::Proposals,
        Self::Markers,
        Self::Comments,
        Self::Jobs,
        Self::Undo,
        Self::Settings,
        Self::Lake,
        Self::SignIn,
    ];

    /// The spelling on the wire; `asset` is followed by `:<id>` there.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Asset => "asset",
            Self::Proposals => "proposals",
            Self::Markers => "markers",
            Self::Comments => "comments",
            Self::Jobs => "jobs",
            Self::Undo => "undo",
            Self::Settings => "settings",
            Self::Lake => "lake",
            Self::SignIn => "sign_in",
        }
    }
}

/// One command as routers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// `POST /api/<name>`, or the `name` of the window's `call`.
    pub name: &'static str,
    /// What it does, in words.
    pub words: &'static str,
    /// Where it can be answered.
    pub place: Place,
    /// What its answer depends on.
    pub reads: &'static [Tag],
    /// What it makes out of date.
    pub stales: &'static [Tag],
}

/// Hands the list to the macro `$then`. A line is: words, place, name, request, response, what it reads, what it makes stale.
macro_rules! for_each_command {
    ($then:ident) => {
        $then! {
            "What the desk needs to draw its first picture.",
            Anywhere hello(Empty) -> Hello, reads [Settings, Undo], stales [];
            "A window of the library, newest first, and how much there is.",
            Anywhere assets(AssetsRequest) -> Assets, reads [Assets, Comments], stales [];
            "Everything the inspector shows of one asset.",
            Anywhere asset(AssetRequest) -> AssetDetail, reads [Asset], stales [];
            "Proposals, filtered and ordered.",
            Anywhere proposals(ProposalsRequest) -> Proposals, reads [Proposals], stales [];
            "The same in columns, for a list that may be long.",
            Anywhere listing(ProposalsRequest) -> Listing, reads [Proposals], stales [];
            "Why a proposal is there and what became of it.",
            Anywhere provenance(ProvenanceRequest) -> Provenance, reads [Proposals], stales [];
            "What a bulk verdict would touch.",
            Anywhere preview(PreviewRequest) -> Preview, reads [Proposals], stales [];
            "A verdict on one or many proposals; answered once it is on the disk.",
            Anywhere decide(Decide) -> Decided, reads [], stales [Proposals, Assets, Undo];
            "Takes back this workstation's last act.",
            Anywhere undo(Empty) -> Undone, reads [], stales [Proposals, Markers, Comments, Assets, Undo];
            "Does again what was last taken back.",
            Anywhere redo(Empty) -> Undone, reads [], stales [Proposals, Markers, Comments, Assets, Undo];
            "The markers of an asset, in the order of time.",
            Anywhere markers(AssetRequest) -> Markers, reads [Markers], stales [];
            "Puts a marker; answered once it is on the disk.",
            Anywhere put_marker(PutMarker) -> Marked, reads [], stales [Markers, Undo];
            "Changes a marker's note or frames.",
            Anywhere edit_marker(EditMarker) -> Marked, reads [], stales [Markers, Undo];
            "Removes a marker; undo brings it back.",
            Anywhere remove_marker(MarkerRequest) -> Unmarked, reads [], stales [Markers, Undo];
            "The comments on an asset by thread, in the order of time.",
            Anywhere comments(AssetRequest) -> Comments, reads [Comments], stales [];
            "Writes a comment; answered once it is on the disk.",
            Anywhere put_comment(PutComment) -> Commented, reads [], stales [Comments, Undo];
            "Answers a comment.",
            Anywhere answer_comment(AnswerComment) -> Commented, reads [], stales [Comments, Undo];
            "Changes the words or the frames of one's own comment.",
            Anywhere edit_comment(EditComment) -> Commented, reads [], stales [Comments, Undo];
            "Removes one's own comment; undo brings it back.",
            Anywhere remove_comment(CommentRequest) -> Commented, reads [], stales [Comments, Undo];
            "Settles a thread of comments, or opens it again.",
            Anywhere resolve_comments(ResolveComments) -> Commented, reads [], stales [Comments, Undo];
            "What undo and redo walk along.",
            Anywhere history(Empty) -> Steps, reads [Undo], stales [];
            "Long work: running first, then the newest.",
            Anywhere jobs(Empty) -> Jobs, reads [Jobs], stales [];
            "Stops a job at once.",
            Anywhere cancel_job(JobRequest) -> Empty, reads [], stales [Jobs, Assets];
            "Queues a failed or cancelled job again.",
            Anywhere retry_job(JobRequest) -> Empty, reads [], stales [Jobs, Assets];
            "Takes a failed or cancelled job out of the list, and its file out of the library.",
            Anywhere forget_job(JobRequest) -> Empty, reads [], stales [Jobs, Assets];
            "Asks engines to look again.",
            Anywhere analyze(Analyze) -> Started, reads [], stales [Jobs];
            "Who could propose something here, and how to get the others.",
            Anywhere engines(Empty) -> Engines, reads [], stales [];
            "What this machine can do, in words.",
            Anywhere doctor(Empty) -> Checks, reads [], stales [];
            "What a person can change.",
            Anywhere settings(Empty) -> Settings, reads [Settings], stales [];
            "Changes the fields given.",
            Anywhere set_settings(SettingsChange) -> Settings, reads [], stales [Settings];
            "How the lake stands to this workstation, and what is on its way.",
            Anywhere lake_state(Empty) -> LakeState, reads [Lake, Settings], stales [];
            "Asks the lake again at once, and sends what it did not take once more.",
            Anywhere try_lake(Empty) -> Empty, reads [], stales [Lake];
            "The lakes that were opened here, the last one first, with what waits in each.",
            Anywhere lakes(Empty) -> KnownLakes, reads [Lake], stales [];
            "Goes over to another lake of the list, for all who look at this desk.",
            Anywhere open_lake(LakeRequest) -> Empty, reads [], stales [Assets, Proposals, Markers, Comments, Jobs, Undo, Settings, Lake];
            "Takes a lake off the list; what waits to be sent there stays in this home.",
            Anywhere forget_lake(LakeRequest) -> Empty, reads [], stales [Lake];
            "What a lake's address means, and how one signs in there.",
            Anywhere read_lake(LakeAddress) -> LakeRead, reads [], stales [];
            "The profiles in AWS's own configuration files, by name.",
            Anywhere aws_profiles(Empty) -> Profiles, reads [], stales [];
            "Begins to sign in to a lake; a sign-in under way is given up.",
            Anywhere sign_in(SignInRequest) -> SignInState, reads [], stales [SignIn];
            "How far the sign-in has come, and what it asks.",
            Anywhere sign_in_state(Empty) -> SignInState, reads [SignIn], stales [];
            "Answers what the sign-in asks.",
            Anywhere answer_sign_in(SignInAnswer) -> Empty, reads [], stales [SignIn];
            "Gives the sign-in up.",
            Anywhere end_sign_in(Empty) -> Empty, reads [], stales [SignIn];
            "What one may do in a lake, tried without leaving anything behind, and what it looks like.",
            Anywhere lake_outlook(LakeAddress) -> LakeOutlook, reads [], stales [];
            "Opens the lake that one signed in to, for all who look at this desk.",
            Anywhere connect_lake(LakeAddress) -> Empty, reads [], stales [Assets, Proposals, Markers, Comments, Jobs, Undo, Settings, Lake, SignIn];
            "Keeps an asset's files on this machine, or lets them go with the others.",
            Anywhere keep_asset(KeepAsset) -> Empty, reads [], stales [Lake, Assets];
            "Brings an asset's files, or its original, from the lake to this machine.",
            Anywhere bring_asset(BringAsset) -> Empty, reads [], stales [Lake];
            "A preset of keys and what was bound differently.",
            Anywhere keymap(Empty) -> Keymap, reads [Settings], stales [];
            "Changes the keymap.",
            Anywhere set_keymap(KeymapChange) -> Keymap, reads [], stales [Settings];
            "Makes a file for elsewhere and reads it back.",
            Anywhere export(ExportRequest) -> Exported, reads [], stales [];
            "A subtitle file as circled cues.",
            Anywhere import_cues(ImportCues) -> ImportedCues, reads [], stales [Proposals, Assets, Undo];
            "Where everything lies that the stage draws for a view.",
            Anywhere timeline(TimelineRequest) -> TimelineLayout, reads [Proposals, Markers, Comments, Asset], stales [];
            "What could lie over an asset's picture, and when it changes.",
            Anywhere over(OverRequest) -> OverAnswer, reads [Proposals, Asset], stales [];
            "The placeholder in the page moved, so the surface moves.",
            Window stage_place(StagePlace) -> Empty, reads [], stales [];
            "Popups over a surface are cut out of it.",
            Window stage_holes(StageHoles) -> Empty, reads [], stales [];
            "What lies over the picture and beside it.",
            Window stage_guides(StageGuides) -> Empty, reads [], stales [];
            "The picture in a window of its own, or back in the desk's.",
            Window stage_detach(StageDetach) -> Empty, reads [], stales [];
            "Keeps the picture shown now as the still that others are compared with.",
            Window stage_grab(Empty) -> Empty, reads [], stales [];
            "Another film follows the one in the viewer, to be compared with it.",
            Window stage_compare(StageCompare) -> Empty, reads [], stales [];
            "Measures the loudness of what is heard anew.",
            Window stage_meter_reset(Empty) -> Empty, reads [], stales [];
            "What the viewer shows.",
            Window stage_open(StageOpen) -> Empty, reads [], stales [];
            "Which channels of the sound are heard, and where; answers their names.",
            Window stage_mix(StageMix) -> StageChannels, reads [], stales [];
            "What the timeline surface shows.",
            Window stage_view(StageView) -> Empty, reads [], stales [];
            "The keys of the stage.",
            Window transport(Transport) -> Empty, reads [], stales [];
            "A dialog for files to ingest.",
            Window pick_files(Empty) -> Picked, reads [], stales [Jobs, Assets];
            "Opens the page that the sign-in sends the person to in the system's browser.",
            Window open_errand(Empty) -> Empty, reads [], stales [];
            "A dialog to save a file that `export` made.",
            Window save_export(SaveExport) -> Saved, reads [], stales [];
        }
    };
}
pub(crate) use for_each_command;

macro_rules! table {
    ($($words:literal, $place:ident $name:ident($request:ty) -> $response:ty, reads [$($read:ident),*], stales [$($stale:ident),*];)*) => {
        /// Every command, in the order of the list.
        pub const COMMANDS: &[Command] = &[$(Command {
            name: stringify!($name),
            words: $words,
            place: Place::$place,
            reads: &[$(Tag::$read),*],
            stales: &[$(Tag::$stale),*],
        }),*];
    };
}

for_each_command!(table);
