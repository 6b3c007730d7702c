"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.uniformerv2 import *  # noqa: F403

PREFIXES = ('backbone.', 'visual.')  # once public here; the table of CLIP's names replaces it
