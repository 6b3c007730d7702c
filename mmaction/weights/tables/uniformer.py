"""Table of UniFormer, whose authors' names are ours but for the classifier."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

AUTHORS = RenameTable(
    source="UniFormer's authors",
    mark=r'^head\.weight$',
    rules=(
        (r'head\.(weight|bias)', r'cls_head.fc_cls.\1'),
        (r'pre_logits\..+', None),
        (r'((?:patch_embed|blocks)\d\..+|norm\..+)', r'\1'),
    ),
)
