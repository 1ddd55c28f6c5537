//! Viewer and timeline drawing on wgpu, off-screen or on a window's surface.
//!
//! The pure half (scene, view, layout, ruler, waveform, colour) knows no GPU and is what the boundary and the accessible list
//! beside the picture use. The drawing half is the only place in the program that knows wgpu.

mod chosen;
mod cursor;
mod easel;
mod error;
mod gpu;
mod hand;
mod layout;
mod loader;
mod over;
mod pencil;
mod picture;
mod presenter;
mod quads;
mod ruler;
mod scene;
mod sheets;
mod soft;
mod text;
mod theme;
mod timeline;
mod view;
mod viewer;
mod waveform;
mod waves;
mod yuv;

pub use easel::{Easel, draw_timeline, draw_viewer};
pub use error::StageError;
pub use gpu::{Backend, Gpu, RawWindow, Want};
pub use hand::{Ghost, Hand, Tip};
pub use layout::{LayoutItem, LayoutLane, TimelineLayout, layout};
pub use over::{Matte, SafeAreas, ViewerBox, ViewerScene};
pub use pencil::{PencilPoint, circle_stroke, circle_svg_path};
pub use picture::Picture;
pub use presenter::{FramePace, OffscreenPresenter, Presenter, Shown, SurfacePresenter, Target};
pub use ruler::RulerTick;
pub use scene::{
    Item, ItemState, LaneParts, MAX_ROWS, RulerBase, SceneMarker, SpriteTrack, TimelineParts, TimelineScene,
};
pub use soft::{Paint, Part, Rows, SoftTimeline, SoftViewer};
pub use text::Typefaces;
pub use theme::{Colour, Palette, Theme};
pub use timeline::TimelineRenderer;
pub use view::{FOCUS_RULER, GUTTER_PX, RULER_PX, RulerUnit, TimelineCursor, TimelineView};
pub use viewer::ViewerRenderer;
pub use waveform::{WaveBucket, WaveLevel, Waveform};
pub use wgpu::rwh;
pub use yuv::{ChromaLayout, Matrix, PictureLook, PlaneData, Transfer, Turn, YuvPicture};
