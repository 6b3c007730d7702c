_base_ = ['../mstcnpp/mstcnpp_1xb4-512-50e_ut-interaction-untrimmed-feature.py']

classes = ['background', 'shake hands', 'hug', 'kick', 'point', 'punch', 'push']

model = dict(
    _delete_=True,
    type='ASFormer',
    in_channels=512,
    num_classes=7,
    num_layers=8,
    num_decoders=2,
    classes=classes,
)
