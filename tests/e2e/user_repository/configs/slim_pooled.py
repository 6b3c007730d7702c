# A chain of bases: the other head on the stock recognizer.
_base_ = './slim.py'

model = dict(
    type='Recognizer3D',
    cls_head=dict(type='PooledI3DHead', spatial_type='avg'),
    test_cfg=dict(_delete_=True, max_testing_views=1),
)
val_dataloader = dict(batch_size=1)
test_dataloader = val_dataloader
