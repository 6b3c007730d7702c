"""Classes as people wrote them for MMAction2 0.x."""

import mmcv
import torch.nn as nn
import torch.nn.functional as F
from mmaction.datasets.builder import PIPELINES

from mmaction.models.builder import BACKBONES, RECOGNIZERS
from mmaction.models.recognizers.base import BaseRecognizer


@BACKBONES.register_module()
class OldNet(nn.Module):
    def __init__(self, channels, pretrained=None):
        super().__init__()
        self.pretrained = pretrained
        self.conv = nn.Conv3d(3, channels, 3, stride=2)
        self.bn = nn.BatchNorm3d(channels)

    def init_weights(self):
        nn.init.constant_(self.bn.weight, 0.5)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


@RECOGNIZERS.register_module()
class OldRecognizer(BaseRecognizer):
    def forward_train(self, imgs, labels, **kwargs):
        imgs = imgs.reshape((-1,) + imgs.shape[2:])
        x = self.extract_feat(imgs)
        cls_score = self.cls_head(x)
        return dict(loss_cls=F.cross_entropy(cls_score, labels.squeeze()))

    def forward_test(self, imgs):
        num_segs = imgs.shape[1]
        imgs = imgs.reshape((-1,) + imgs.shape[2:])
        cls_score = self.cls_head(self.extract_feat(imgs))
        return self.average_clip(cls_score, num_segs).cpu().numpy()

    def average_clip(self, cls_score, num_segs):
        return F.softmax(cls_score.view(-1, num_segs, cls_score.shape[1]), dim=2).mean(dim=1)


@PIPELINES.register_module()
class OldResize:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, results):
        results['imgs'] = [mmcv.imresize(img, self.scale) for img in results['imgs']]
        results['img_shape'] = results['imgs'][0].shape[:2]
        return results
