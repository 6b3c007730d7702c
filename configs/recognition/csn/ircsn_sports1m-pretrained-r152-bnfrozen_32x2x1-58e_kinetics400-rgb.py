_base_ = 'ircsn_r152_32x2x1-180e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        pretrained='https://download.openmmlab.com/mmaction/recognition/csn/ircsn_from_scratch_r152_sports1m_20210617-bcc9c0dd.pth'
    )
)
