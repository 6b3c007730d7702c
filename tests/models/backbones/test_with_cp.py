"""Activation checkpointing of the transformers: equal gradients, fewer tensors kept for the backward pass."""

import pytest
import torch

from mmaction.models.backbones.vit.clip import CLIPImageEncoder
from mmaction.models.backbones.vit.internvideo2 import InternVideo2
from mmaction.models.backbones.vit.mvit import MViT
from mmaction.models.backbones.vit.swin import SwinTransformer3D
from mmaction.models.backbones.vit.timesformer import TimeSformer
from mmaction.models.backbones.vit.uniformer import UniFormer
from mmaction.models.backbones.vit.uniformerv2 import UniFormerV2
from mmaction.models.backbones.vit.vit_mae import VisionTransformer
from mmaction.models.backbones.vit.vjepa2 import VJEPA2

MVIT = dict(embed_dims=8, num_layers=3, num_heads=1, downscale_indices=[1])
V2 = dict(input_resolution=32, patch_size=8, width=16, layers=3, heads=2, t_size=4, return_list=[1, 2])
V2 |= dict(n_layers=2, n_dim=16, n_head=2, mlp_dropout=[0.5, 0.5], drop_path_rate=0.3, clip_pretrained=False)
VIT = dict(img_size=32, patch_size=8, embed_dims=24, depth=3, num_heads=4, num_frames=4, drop_path_rate=0.3)
NETS = {
    MViT: (dict(arch=MVIT, spatial_size=32, temporal_size=4, drop_path_rate=0.3), (2, 3, 4, 32, 32)),
    SwinTransformer3D: (
        dict(arch=dict(embed_dims=8, depths=(2, 2), num_heads=(2, 4)), window_size=(2, 3, 3), out_indices=(1,)),
        (2, 3, 8, 32, 32),
    ),
    TimeSformer: (
        dict(num_frames=3, img_size=32, patch_size=16, embed_dims=24, num_heads=4, num_transformer_layers=3),
        (2, 3, 3, 32, 32),
    ),
    UniFormer: (dict(depth=[1, 1, 2, 1], embed_dim=[8, 8, 16, 24], head_dim=8), (2, 3, 4, 64, 32)),
    UniFormerV2: (V2, (2, 3, 4, 32, 32)),
    InternVideo2: (dict(img_size=28, num_frames=2, embed_dims=24, depth=3, num_heads=4), (2, 3, 2, 28, 28)),
    VJEPA2: (dict(patch_size=8, embed_dims=24, depth=3, num_heads=2, drop_path_rate=0.3), (2, 3, 4, 32, 32)),
    VisionTransformer: (VIT, (2, 3, 4, 32, 32)),
    CLIPImageEncoder: (dict(embed_dim=8, image_size=32, patch_size=8, width=16, layers=3, heads=2), (2, 3, 32, 32)),
}


def tensors_in(output):
    return [output] if isinstance(output, torch.Tensor) else [x for part in output for x in tensors_in(part)]


def step(net, x):
    """Gradients of the parameters, statistics of the norms, and bytes that wait for the backward pass."""
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = (storage.nbytes(), tensor)  # holding it keeps its address from another one
        return tensor

    torch.manual_seed(1)  # of dropout and stochastic depth
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = tensors_in(net(x))
    loss = sum(out.square().mean() for out in outputs)
    loss.backward()
    return {name: p.grad for name, p in net.named_parameters()}, dict(net.named_buffers()), kept


@pytest.mark.parametrize('kind', NETS, ids=lambda kind: kind.__name__)
def test_checkpointing_changes_memory_alone(kind):
    keywords, shape = NETS[kind]
    torch.manual_seed(0)
    plain = kind(**keywords).train()
    saving = kind(**keywords, with_cp=True).train()
    saving.load_state_dict(plain.state_dict())
    x = torch.randn(shape)
    gradients, buffers, kept = step(plain, x)
    gradients_cp, buffers_cp, kept_cp = step(saving, x)
    assert gradients_cp.keys() == gradients.keys()
    torch.testing.assert_close(gradients_cp, gradients, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(buffers_cp, buffers, rtol=1e-4, atol=1e-6)
    parameters = {p.untyped_storage().data_ptr() for p in plain.parameters()}
    parameters |= {p.untyped_storage().data_ptr() for p in saving.parameters()}

    def activations(kept):
        return sum(size for address, (size, _) in kept.items() if address not in parameters)

    assert activations(kept_cp) < 0.6 * activations(kept)
