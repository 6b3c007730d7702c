model = dict(
    type='RecognizerGCN',
    backbone=dict(type='AAGCN', gcn_attention=False, graph_cfg=dict(layout='coco', mode='spatial')),
    cls_head=dict(type='GCNHead', num_classes=60, in_channels=256),
)
