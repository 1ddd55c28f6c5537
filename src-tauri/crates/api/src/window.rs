use std::path::PathBuf;

use fault::Fault;

use crate::wire::{
    StageChannels, StageCompare, StageDetach, StageGuides, StageHoles, StageMix, StageOpen, StagePlace,
    TimelineView, Transport,
};

/// What only the desktop window can do. The shell implements it; in a browser there is none.
pub trait Window: Send + Sync {
    /// Moves, shows or hides a native surface.
    ///
    /// # Errors
    /// When the window system refuses.
    fn stage_place(&self, place: StagePlace) -> Result<(), Fault>;

    /// Cuts popups out of the surfaces.
    ///
    /// # Errors
    /// When the window system refuses.
    fn stage_holes(&self, holes: StageHoles) -> Result<(), Fault>;

    /// Says what lies over the picture and beside it.
    ///
    /// # Errors
    /// When the window system refuses.
    fn stage_guides(&self, guides: StageGuides) -> Result<(), Fault>;

    /// Gives the viewer a window of its own, or takes it back.
    ///
    /// # Errors
    /// When there is no native stage.
    fn stage_detach(&self, wish: StageDetach) -> Result<(), Fault>;

    /// Keeps the picture shown now as the still that others are compared with.
    ///
    /// # Errors
    /// When there is no stage.
    fn stage_grab(&self) -> Result<(), Fault>;

    /// Has another film follow the one in the viewer, or no longer.
    ///
    /// # Errors
    /// No such asset, or one that has no pictures to compare.
    fn stage_compare(&self, compare: StageCompare) -> Result<(), Fault>;

    /// Measures the loudness of what is heard anew.
    ///
    /// # Errors
    /// When there is no stage.
    fn stage_meter_reset(&self) -> Result<(), Fault>;

    /// Shows an asset in the viewer, or nothing: its original or its proxy. An original that is away is shown from its proxy, and
    /// the transport's events say so.
    ///
    /// # Errors
    /// No such asset, or one that cannot be played.
    fn stage_open(&self, open: StageOpen) -> Result<(), Fault>;

    /// Says which channels of the sound are heard, and answers their names.
    ///
    /// # Errors
    /// When there is no native stage.
    fn stage_mix(&self, mix: StageMix) -> Result<StageChannels, Fault>;

    /// Shows a part of an asset on the timeline surface.
    ///
    /// # Errors
    /// No such asset.
    fn stage_view(&self, view: TimelineView) -> Result<(), Fault>;

    /// Another lake is open: nothing of the one before is shown or played any more.
    fn lake_changed(&self);

    /// Works the transport.
    ///
    /// # Errors
    /// When there is nothing to play.
    fn transport(&self, transport: Transport) -> Result<(), Fault>;

    /// Lets the person choose files; empty when they chose none.
    ///
    /// # Errors
    /// When the dialog cannot be shown.
    fn pick_files(&self) -> Result<Vec<PathBuf>, Fault>;

    /// Opens a page in the system's browser.
    ///
    /// # Errors
    /// When there is none.
    fn open_page(&self, address: &str) -> Result<(), Fault>;

    /// Lets the person choose where an export goes, proposing `name`, and saves it there with what it could not carry.
    /// False when they chose nothing.
    ///
    /// # Errors
    /// When the dialog cannot be shown or the export cannot be saved.
    fn save_export(&self, export_id: &str, name: &str) -> Result<bool, Fault>;
}
