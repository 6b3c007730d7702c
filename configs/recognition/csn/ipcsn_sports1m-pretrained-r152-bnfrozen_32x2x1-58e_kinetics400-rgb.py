_base_ = 'ipcsn_r152_32x2x1-180e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        pretrained='https://download.openmmlab.com/mmaction/recognition/csn/ipcsn_from_scratch_r152_sports1m_20210617-7a7cc5b9.pth'
    )
)
