"""Parts of DRN."""

from mmaction.models.localizers.drn.drn_utils.backbone import Backbone
from mmaction.models.localizers.drn.drn_utils.fcos import FCOSModule
from mmaction.models.localizers.drn.drn_utils.FPN import FPN
from mmaction.models.localizers.drn.drn_utils.query_encoder import QueryEncoder

__all__ = ['FPN', 'Backbone', 'FCOSModule', 'QueryEncoder']
