//! The ten scenes. Each builds its sheets once and then draws any of its frames in a few milliseconds; a frame depends on its
//! number only, so two threads may draw different frames of one scene.

mod actors;
mod forest;
mod hills;
mod river;
mod sea;
mod town;
mod window;
mod words;

use crate::{DemoError, paint::Picture, script::Scene};

/// A scene that is ready to draw.
pub(crate) trait Drawn: Send + Sync {
    /// Draws frame `frame` of the scene (24 a second) over the whole picture.
    fn draw(&self, picture: &mut Picture, frame: u32);
}

/// Builds a scene.
///
/// # Errors
/// When the embedded type does not read.
pub(crate) fn build(scene: Scene) -> Result<Box<dyn Drawn>, DemoError> {
    Ok(match scene {
        Scene::Title => Box::new(words::Title::new()?),
        Scene::City => Box::new(town::City::new()),
        Scene::Window => Box::new(window::Window::new()),
        Scene::Boat => Box::new(river::River::new()),
        Scene::Forest => Box::new(forest::Forest::new()),
        Scene::Storm => Box::new(sea::Storm::new()),
        Scene::Keeper => Box::new(sea::Keeper::new()),
        Scene::Dawn => Box::new(hills::Dawn::new()),
        Scene::Balloon => Box::new(hills::Balloon::new()),
        Scene::Closing => Box::new(words::Closing::new()?),
    })
}

/// Seconds into a scene; the drawings move by this, not by frame counts.
fn secs(frame: u32) -> f32 {
    frame as f32 * 1001.0 / 24000.0
}
