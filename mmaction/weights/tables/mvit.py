"""Tables of MViT: torchvision's and PySlowFast's names."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

# mvit_v2_s; not mvit_v1_b, which has absolute positions and pools channels of all heads at once
TORCHVISION = RenameTable(
    source="torchvision's mvit_v2_s",
    mark=r'^conv_proj\.weight$',
    rules=(
        (r'conv_proj\.(weight|bias)', r'patch_embed.projection.\1'),
        (r'pos_encoding\.class_token', r'cls_token'),
        (r'(blocks\.\d+\.(?:norm[12]\..+|attn\.(?:qkv\..+|rel_pos_[thw])))', r'\1'),
        (r'(blocks\.\d+\.attn)\.project\.0\.(weight|bias)', r'\1.proj.\2'),
        (r'(blocks\.\d+\.attn\.pool_[qkv])\.pool\.weight', r'\1.weight'),
        (r'(blocks\.\d+\.attn)\.pool_([qkv])\.norm_act\.0\.(weight|bias)', r'\1.norm_\2.\3'),
        (r'(blocks\.\d+\.mlp)\.0\.(weight|bias)', r'\1.fc1.\2'),
        (r'(blocks\.\d+\.mlp)\.3\.(weight|bias)', r'\1.fc2.\2'),
        (r'(blocks\.\d+)\.project\.(weight|bias)', r'\1.proj.\2'),
        (r'norm\.(weight|bias)', r'norm3.\1'),
        (r'head\.1\.(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
)
PYSLOWFAST = RenameTable(
    source="PySlowFast's MViT",
    mark=r'^patch_embed\.proj\.weight$',
    rules=(
        (r'patch_embed\.proj\.(weight|bias)', r'patch_embed.projection.\1'),
        (r'(cls_token|blocks\.\d+\..+)', r'\1'),
        (r'norm\.(weight|bias)', r'norm3.\1'),
        (r'head\.projection\.(weight|bias)', r'cls_head.fc_cls.\1'),
    ),
)
