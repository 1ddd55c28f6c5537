use std::fmt;

use crate::arrange::{Beside, arrange, panel, scopes_room};
use crate::error::StageError;
use crate::gpu::Gpu;
use crate::over::ViewerScene;
use crate::picture::Picture;
use crate::presenter::{OffscreenPresenter, Presenter};
use crate::scene::TimelineScene;
use crate::scopes::{ScopeSet, Signal, Trace};
use crate::scripts::Missing;
use crate::text::Typefaces;
use crate::timeline::TimelineRenderer;
use crate::view::{TimelineCursor, TimelineView};
use crate::viewer::ViewerRenderer;
use crate::yuv::YuvPicture;

/// Draws picture after picture off-screen and keeps what the next one needs too: pipelines, letters, sheets. Making one is
/// the slow part (shaders are compiled), so whoever serves pictures keeps it.
pub struct Easel {
    gpu: Gpu,
    canvas: OffscreenPresenter,
    timeline: TimelineRenderer,
    viewer: ViewerRenderer,
}

impl fmt::Debug for Easel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Easel")
            .field("gpu", &self.gpu.words())
            .finish_non_exhaustive()
    }
}

impl Easel {
    /// An easel on this device.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn new(gpu: Gpu, faces: Typefaces) -> Result<Self, StageError> {
        let canvas = OffscreenPresenter::new(&gpu, 64, 64)?;
        let timeline = TimelineRenderer::new(&gpu, canvas.format(), faces);
        let viewer = ViewerRenderer::new(&gpu, canvas.format(), faces);
        Ok(Self {
            gpu,
            canvas,
            timeline,
            viewer,
        })
    }

    /// What draws.
    pub const fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Scripts of words over pictures that no face at hand has.
    pub fn missing(&self) -> &Missing {
        self.viewer.missing()
    }

    /// A timeline, as large as the view says.
    ///
    /// # Errors
    /// A size that cannot be drawn, or text that cannot be set.
    pub fn timeline(
        &mut self,
        scene: &TimelineScene,
        view: &TimelineView,
        cursor: &TimelineCursor,
    ) -> Result<Picture, StageError> {
        let (width, height) = view.sane().size();
        self.canvas.resize(&self.gpu, width, height)?;
        let (gpu, renderer) = (&self.gpu, &mut self.timeline);
        self.canvas
            .present(gpu, &mut |target| renderer.draw(gpu, target, scene, view, cursor))?;
        self.canvas.picture(gpu)
    }

    /// Gives the still that pictures are compared with from now on, or takes it away.
    ///
    /// # Errors
    /// Planes that do not fit.
    pub fn set_still(&mut self, still: Option<&YuvPicture>) -> Result<(), StageError> {
        self.viewer.set_still(&self.gpu, still)
    }

    /// Only what lies over a picture that is `size` device pixels large, on nothing.
    ///
    /// # Errors
    /// As [`Self::viewer`].
    pub fn over(&mut self, scene: &ViewerScene, size: (u32, u32), scale: f64) -> Result<Picture, StageError> {
        self.canvas.resize(&self.gpu, size.0, size.1)?;
        let (gpu, renderer) = (&self.gpu, &mut self.viewer);
        let filled = arrange(size, None, None, None, Beside::default());
        self.canvas.present(gpu, &mut |target| {
            renderer.draw_over(gpu, target, scene, &filled, scale)
        })?;
        self.canvas.layer(gpu)
    }

    /// Scopes of a picture, as large as a panel for them.
    ///
    /// # Errors
    /// As [`Self::viewer`].
    pub fn scopes(
        &mut self,
        picture: &YuvPicture,
        set: ScopeSet,
        size: (u32, u32),
        scale: f64,
    ) -> Result<Picture, StageError> {
        self.canvas.resize(&self.gpu, size.0, size.1)?;
        self.viewer.set_trace(&self.gpu, &Trace::of(picture, set, size));
        let scene = ViewerScene {
            scopes: set,
            signal: Signal::of(picture),
            ..ViewerScene::default()
        };
        let panel = panel(size);
        let (gpu, renderer) = (&self.gpu, &mut self.viewer);
        self.canvas.present(gpu, &mut |target| {
            renderer.draw_over(gpu, target, &scene, &panel, scale)
        })?;
        self.canvas.picture(gpu)
    }

    /// A picture with what lies over it, fitted into `size` device pixels; `scale` of them are a CSS pixel.
    ///
    /// # Errors
    /// A size that cannot be drawn, planes that do not fit, or text that cannot be set.
    pub fn viewer(
        &mut self,
        picture: Option<&YuvPicture>,
        scene: &ViewerScene,
        size: (u32, u32),
        scale: f64,
    ) -> Result<Picture, StageError> {
        self.canvas.resize(&self.gpu, size.0, size.1)?;
        match picture {
            Some(picture) => self.viewer.set_picture(&self.gpu, picture)?,
            None => self.viewer.clear_picture(),
        }
        if let (Some(picture), Some(room)) = (picture, scopes_room(size, scene.scopes)) {
            let trace = Trace::of(picture, scene.scopes, room);
            self.viewer.set_trace(&self.gpu, &trace);
        }
        let (gpu, renderer) = (&self.gpu, &mut self.viewer);
        self.canvas
            .present(gpu, &mut |target| renderer.draw(gpu, target, scene, scale))?;
        self.canvas.picture(gpu)
    }
}

/// One timeline by an easel of its own, for whoever draws a single one.
///
/// # Errors
/// As [`Easel::timeline`].
pub fn draw_timeline(
    gpu: &Gpu,
    scene: &TimelineScene,
    view: &TimelineView,
    cursor: &TimelineCursor,
    faces: Typefaces,
) -> Result<Picture, StageError> {
    Easel::new(gpu.clone(), faces)?.timeline(scene, view, cursor)
}

/// One viewer picture by an easel of its own, for whoever draws a single one.
///
/// # Errors
/// As [`Easel::viewer`].
pub fn draw_viewer(
    gpu: &Gpu,
    picture: Option<&YuvPicture>,
    scene: &ViewerScene,
    size: (u32, u32),
    scale: f64,
    faces: Typefaces,
) -> Result<Picture, StageError> {
    Easel::new(gpu.clone(), faces)?.viewer(picture, scene, size, scale)
}
