"""Table of VideoMAE and VideoMAE V2, pre-trained or fine-tuned."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

_BLOCK = r'(?:encoder\.)?blocks\.(\d+)\.'
AUTHORS = RenameTable(
    source='VideoMAE, VideoMAE V2 or UMT',
    mark=r'(^|\.)blocks\.\d+\.mlp\.fc1\.weight$',
    rules=(
        # of a pre-trained model, only the encoder
        (r'decoder\..*|encoder_to_decoder\..*|mask_token', None),
        (_BLOCK + r'mlp\.fc1\.(.+)', r'blocks.\1.mlp.layers.0.0.\2'),
        (_BLOCK + r'mlp\.fc2\.(.+)', r'blocks.\1.mlp.layers.1.\2'),
        (_BLOCK + r'((?:norm[12]|attn)\..+|gamma_[12])', r'blocks.\1.\2'),
        (r'(?:encoder\.)?patch_embed\.proj\.(.+)', r'patch_embed.projection.\1'),
        (r'(?:encoder\.)?(pos_embed|(?:fc_)?norm\..+)', r'\1'),
        (r'(?:encoder\.)?head\.(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
)
