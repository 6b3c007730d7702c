_base_ = 'tsn_r18_audio.py'

model = dict(
    backbone=dict(_delete_=True, type='ResNetAudio', depth=50, in_channels=1, norm_eval=False, pretrained=None),
    cls_head=dict(in_channels=1024),
)
