_base_ = 'ircsn_ig65m-pretrained-r152_8xb12-32x2x1-58e_kinetics400-rgb.py'

model = dict(backbone=dict(norm_eval=True, bn_frozen=True))
