//! Viewer and timeline drawing on wgpu, off-screen or on a window's surface.
//!
//! The pure half (scene, view, layout, ruler, waveform, colour) knows no GPU and is what the boundary and the accessible list
//! beside the picture use. The drawing half is the only place in the program that knows wgpu.

mod arrange;
mod bundles;
mod chosen;
mod cursor;
mod easel;
mod error;
mod flags;
mod gpu;
mod hand;
mod layout;
mod loader;
mod meters;
mod mix;
mod mixer;
mod over;
mod pencil;
mod picture;
mod presenter;
mod quads;
mod rows;
mod ruler;
mod scene;
mod scopes;
mod scripts;
mod sheets;
mod soft;
mod strip;
mod subtitle;
mod subtitle_draw;
mod text;
mod theme;
mod timeline;
mod traces;
mod view;
mod viewer;
mod waveform;
mod waves;
mod yuv;

pub use arrange::{Beside, scopes_room};
pub use easel::{Easel, draw_timeline, draw_viewer};
pub use error::StageError;
pub use gpu::{Backend, Gpu, RawWindow, Want};
pub use hand::{Ghost, Hand, Tip};
pub use layout::{LayoutItem, LayoutLane, TimelineLayout, layout};
pub use loader::Sheet;
pub use meters::{MeterChannel, MeterFigures, MeterLevels, MeterScale, Meters};
pub use mix::{CompareMode, Comparison, Shield};
pub use over::{Matte, SafeAreas, ViewerBox, ViewerScene};
pub use pencil::{PencilPoint, circle_stroke, circle_svg_path};
pub use picture::Picture;
pub use presenter::{FramePace, OffscreenPresenter, Presenter, Shown, SurfacePresenter, Target};
pub use rows::{Canvas, Part, Rows};
pub use ruler::RulerTick;
pub use scene::{
    Item, ItemState, LaneParts, MAX_ROWS, RulerBase, SceneChange, SceneComment, SceneMarker, SpriteTrack,
    TimelineParts, TimelineScene,
};
pub use scopes::{ScopeSet, Signal, Trace};
pub use scripts::{Missing, script_of, scripts_at_hand};
pub use soft::{Paint, SoftStill, SoftTimeline, SoftViewer};
pub use subtitle::{
    Subtitle, SubtitleColumns, SubtitleEdge, SubtitleLine, SubtitleLook, SubtitlePlace, SubtitleSpan,
};
pub use text::Typefaces;
pub use theme::{Colour, Palette, Theme};
pub use timeline::TimelineRenderer;
pub use view::{FOCUS_RULER, GUTTER_PX, RULER_PX, RulerUnit, SmallShield, TimelineCursor, TimelineView};
pub use viewer::ViewerRenderer;
pub use waveform::{WaveBucket, WaveLevel, Waveform};
pub use wgpu::rwh;
pub use yuv::{ChromaLayout, Matrix, PictureLook, PlaneData, Transfer, Turn, YuvPicture};
