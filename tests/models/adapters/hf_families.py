"""Tiny models of each family of transformers, as the dicts that build them without a file."""

from __future__ import annotations

_COMMON = dict(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, num_labels=5
)
FAMILIES = {
    'videomae': dict(_COMMON, model_type='videomae', patch_size=16, num_frames=4, tubelet_size=2),
    'timesformer': dict(_COMMON, model_type='timesformer', patch_size=16, num_frames=4),
    'vivit': dict(_COMMON, model_type='vivit', num_frames=4, tubelet_size=[2, 16, 16]),
    'vjepa2': dict(
        _COMMON,
        model_type='vjepa2',
        crop_size=32,
        frames_per_clip=4,
        patch_size=16,
        tubelet_size=2,
        mlp_ratio=2.0,
        num_pooler_layers=1,
        pred_hidden_size=32,
        pred_num_hidden_layers=1,
        pred_num_attention_heads=4,
    ),
    'videoprism': dict(
        _COMMON,
        model_type='videoprism_vision_model',
        num_frames=4,
        patch_size=16,
        tubelet_size=[1, 16, 16],
        num_spatial_layers=2,
        num_temporal_layers=1,
    ),
}
XCLIP = dict(
    model_type='xclip',
    projection_dim=16,
    prompt_num_attention_heads=2,
    prompt_layers=1,
    text_config=dict(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, vocab_size=30, eos_token_id=29
    ),
    vision_config=dict(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        mit_hidden_size=16,
        mit_intermediate_size=32,
        mit_num_hidden_layers=1,
        mit_num_attention_heads=2,
        image_size=32,
        patch_size=16,
        num_frames=4,
    ),
)
PROMPTS = [[1, 5, 29], [1, 6, 29], [1, 7, 29]]
# Tokens of a 32 x 32 clip of 4 frames in patches of 16, as (frames or tubelets, height, width).
GRIDS = {'videomae': 2, 'timesformer': 4, 'vivit': 2, 'vjepa2': 2, 'videoprism': 4}
