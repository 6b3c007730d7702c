"""The module of :func:`post_processing` in the 0.x line.

The package imports the function from here: to import a module of that name later would put it in the function's place.
"""

from mmaction.models.localizers.utils.proposal_utils import post_processing

__all__ = ['post_processing']
