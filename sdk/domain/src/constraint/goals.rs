//! What must hold of goals (INV-78).

use super::Scene;
use super::catalogue::named;
use crate::body::text;

/// A goal and the one above it have one metric.
pub(crate) fn measured_alike(scene: &Scene<'_>) -> bool {
    named("goal", scene.part, "parent_goal", scene.records)
        .is_none_or(|parent| text(&parent, "metric").is_none() || text(&parent, "metric") == text(scene.part, "metric"))
}
