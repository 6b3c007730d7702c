"""InternVideo2, by its authors."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

# The keys of our blocks are the authors'. The attention pooling and what follows it are not part of the encoder.
INTERNVIDEO2 = RenameTable(
    source='InternVideo2',
    mark=r'^patch_embed\.proj\.weight$',
    rules=(
        (r'patch_embed\.proj\.(.+)', r'patch_embed.projection.\1'),
        (r'(blocks\.\d+\.(?:norm[12]|attn\.(?:qkv|proj|[qk]_norm)|mlp\.fc[12])\..+)', r'\1'),
        (r'(blocks\.\d+\.ls[12]\.gamma)', r'\1'),
        (r'(cls_token|pos_embed)', r'\1'),
        (r'(?:clip_projector|fc_norm|head)\..+', None),
    ),
)
