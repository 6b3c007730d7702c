# The network of VideoMAE's ViT-B; the weights come from the distilled VideoMAE V2.
_base_ = '../videomae/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400.py'
