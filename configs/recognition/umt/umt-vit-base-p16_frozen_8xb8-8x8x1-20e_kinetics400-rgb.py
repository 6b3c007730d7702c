# The data of InternVideo2; the network of VideoMAE, with tokens of single frames.
_base_ = '../internvideo2/internvideo2-vit-base-p14_frozen_8xb8-8x8x1-20e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        img_size=224,
        patch_size=16,
        embed_dims=768,
        depth=12,
        num_heads=12,
        num_frames=8,
        tubelet_size=1,
        return_feat_map=True,
        frozen_stages=12,
    ),
)
