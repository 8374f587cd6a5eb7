"""Networks built from the classes of torchvision and timm, because their functions fix the size."""

from dataclasses import replace
from functools import partial

import timm
import torchvision.models as tv
from timm.layers import GatedMlp
from timm.models import cspnet, metaformer, mlp_mixer, nfnet
from timm.models import mvitv2 as mvit
from timm.models.convmixer import ConvMixer
from timm.models.dpn import DPN
from timm.models.focalnet import FocalNet
from timm.models.gcvit import GlobalContextVit
from timm.models.nest import Nest
from timm.models.selecsls import SelecSls, SelecSlsBlock
from timm.models.volo import VOLO
from timm.models.xception_aligned import XceptionAligned
from torch import nn
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.swin_transformer import (
    PatchMergingV2,
    SwinTransformer,
    SwinTransformerBlockV2,
)
from torchvision.models.vgg import VGG, make_layers
from torchvision.models.vision_transformer import VisionTransformer

CLASSES = 10


def alexnet():
    model = tv.AlexNet(CLASSES)
    model.classifier = nn.Sequential(nn.Dropout(), nn.Linear(9216, 64), nn.ReLU(True), nn.Linear(64, CLASSES))
    return model


def vgg11_bn():
    widths = [16, "M", 32, "M", 64, 64, "M", 64, 64, "M", 64, 64, "M"]
    model = VGG(make_layers(widths, batch_norm=True), CLASSES, init_weights=False)
    model.avgpool = nn.AdaptiveAvgPool2d(1)
    model.classifier = nn.Sequential(nn.Linear(64, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, CLASSES))
    return model


def resnet(block=BasicBlock, **options):
    return ResNet(block, [1, 1, 1, 1], num_classes=CLASSES, zero_init_residual=True, **options)


def efficientnet_v2():
    stages = [
        FusedMBConvConfig(1, 3, 1, 16, 16, 1),
        FusedMBConvConfig(4, 3, 2, 16, 24, 2),
        MBConvConfig(4, 3, 2, 24, 48, 2),
        MBConvConfig(6, 3, 1, 48, 64, 1),
    ]
    return tv.EfficientNet(stages, dropout=0.2, last_channel=256, num_classes=CLASSES)


def convnext():
    stages = [
        CNBlockConfig(32, 64, 1),
        CNBlockConfig(64, 96, 1),
        CNBlockConfig(96, 128, 2),
        CNBlockConfig(128, None, 1),
    ]
    return tv.ConvNeXt(stages, num_classes=CLASSES)


def swin(**options):
    return SwinTransformer(
        [4, 4],
        24,
        [2, 2],
        [2, 4],
        window_size=[4, 4],
        stochastic_depth_prob=0.0,
        num_classes=CLASSES,
        **options,
    )


def maxvit():
    return tv.MaxVit((64, 64), 16, 2, [16, 32], [1, 1], 8, stochastic_depth_prob=0.0, num_classes=CLASSES)


def inception_v3():
    model = tv.Inception3(CLASSES, aux_logits=False, init_weights=False)
    model.Mixed_6c = model.Mixed_6d = model.Mixed_7c = nn.Identity()  # repetitions of the module before
    return model


TORCHVISION = {
    "alexnet": (224, alexnet),
    "vgg11_bn": (64, vgg11_bn),
    "resnet18": (64, resnet),
    "resnext": (64, partial(resnet, Bottleneck, groups=8, width_per_group=4)),
    "wide_resnet": (64, partial(resnet, Bottleneck, width_per_group=72)),
    "densenet": (64, partial(DenseNet, 16, (2, 3, 2, 2), 32, num_classes=CLASSES)),
    "googlenet": (64, partial(tv.GoogLeNet, CLASSES, aux_logits=False, init_weights=False)),
    "inception_v3": (96, inception_v3),
    "squeezenet1_1": (64, partial(tv.squeezenet1_1, num_classes=CLASSES)),
    "shufflenet_v2": (64, partial(tv.shufflenet_v2_x0_5, num_classes=CLASSES)),
    "mobilenet_v2": (64, partial(tv.mobilenet_v2, num_classes=CLASSES, width_mult=0.35)),
    "mobilenet_v3": (64, partial(tv.mobilenet_v3_small, num_classes=CLASSES)),
    "mnasnet": (64, partial(tv.mnasnet0_5, num_classes=CLASSES)),
    "efficientnet_b0": (64, partial(tv.efficientnet_b0, num_classes=CLASSES)),
    "efficientnet_v2": (64, efficientnet_v2),
    "regnet_y": (64, partial(tv.regnet_y_400mf, num_classes=CLASSES)),
    "convnext": (64, convnext),
    "swin": (32, partial(swin, dropout=0.0)),
    "swin_v2": (32, partial(swin, block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)),
    "maxvit": (64, maxvit),
    "vit": (32, partial(VisionTransformer, 32, 8, 3, 4, 48, 96, num_classes=CLASSES)),
}


def poolformer():
    return metaformer.MetaFormer(
        depths=(1, 1, 2, 1),
        dims=(16, 32, 48, 64),
        downsample_norm=None,
        mlp_act=nn.GELU,
        mlp_bias=True,
        norm_layers=metaformer.GroupNorm1,
        layer_scale_init_values=1e-5,
        res_scale_init_values=None,
        use_mlp_head=False,
        num_classes=CLASSES,
    )


def caformer():
    mixers = [metaformer.SepConv] * 2 + [metaformer.Attention] * 2
    norms = [metaformer.LayerNorm2dNoBias] * 2 + [metaformer.LayerNormNoBias] * 2
    return metaformer.MetaFormer(
        depths=(1, 1, 1, 1),
        dims=(16, 32, 64, 96),
        token_mixers=mixers,
        norm_layers=norms,
        num_classes=CLASSES,
    )


def mixer(**options):
    return mlp_mixer.MlpMixer(CLASSES, 32, patch_size=8, num_blocks=3, embed_dim=48, **options)


def normalizer_free(name):
    config = replace(nfnet.model_cfgs[name], depths=(1, 1, 1, 1), channels=(64, 64, 128, 128), group_size=8)
    return nfnet.NormFreeNet(config, num_classes=CLASSES)


def cspresnet():
    config = cspnet.model_cfgs["cspresnet50"]
    stages = replace(config.stages, depth=(1, 1, 1, 1), out_chs=(32, 64, 96, 128))
    return cspnet.CspNet(replace(config, stages=stages), num_classes=CLASSES)


def selecsls():
    config = dict(
        block=SelecSlsBlock,
        num_features=128,
        features=[(32, 0, 32, 32, True, 2), (32, 32, 32, 64, False, 1), (64, 0, 64, 64, True, 2)],
        head=[(64, 96, 3, 2), (96, 128, 3, 1), (128, 128, 3, 2), (128, 128, 1, 1)],
        feature_info=[],
    )
    return SelecSls(config, CLASSES)


def xception():
    blocks = [
        dict(in_chs=64, out_chs=64, stride=2),
        dict(in_chs=64, out_chs=96, stride=1),
        dict(in_chs=96, out_chs=(96, 128, 128), stride=2),
        dict(in_chs=128, out_chs=(128, 128, 256), stride=1, no_skip=True, start_with_relu=False),
    ]
    return XceptionAligned(blocks, CLASSES)


def mvitv2():
    config = mvit.MultiScaleVitCfg(depths=(1, 1, 2, 1), embed_dim=(24, 48, 48, 48), num_heads=(1, 2, 2, 2))
    return mvit.MultiScaleVit(config, img_size=64, num_classes=CLASSES)


def byob(name, **attention):
    """A network of blocks with a quarter of the channels, each stage once."""
    config = timm.models.byoanet.model_cfgs.get(name) or timm.models.byobnet.model_cfgs[name]

    def smaller(block):
        return tuple(map(smaller, block)) if isinstance(block, tuple) else replace(block, c=block.c // 4)

    blocks = tuple(smaller(block) for block in config.blocks)
    config = replace(config, blocks=blocks, self_attn_kwargs=dict(config.self_attn_kwargs or {}, **attention))
    sized = dict(img_size=64) if config.fixed_input_size else {}
    return timm.models.byobnet.ByobNet(config, num_classes=CLASSES, **sized)


BUILT = {
    "convmixer": (32, partial(ConvMixer, 48, 3, num_classes=CLASSES)),
    "mixer": (32, mixer),
    "gmlp": (32, partial(mixer, mlp_ratio=6, block_layer=mlp_mixer.SpatialGatingBlock, mlp_layer=GatedMlp)),
    "resmlp": (32, partial(mixer, mlp_ratio=4, block_layer=mlp_mixer.ResBlock, norm_layer=mlp_mixer.Affine)),
    "poolformer": (64, poolformer),
    "caformer": (64, caformer),
    "nfnet": (64, partial(normalizer_free, "nfnet_l0")),
    "nf_resnet": (64, partial(normalizer_free, "nf_resnet26")),
    "dpn": (
        64,
        partial(
            DPN, (1, 1, 1, 1), (16, 32, 32, 64), 64, 32, CLASSES, small=True, num_init_features=10, b=True
        ),
    ),
    "selecsls": (64, selecsls),
    "xception": (96, xception),
    "cspresnet": (64, cspresnet),
    "mvitv2": (64, mvitv2),
    "volo": (
        64,
        partial(
            VOLO, (1, 1, 1, 1), 64, num_classes=CLASSES, embed_dims=(24, 48, 48, 48), num_heads=(2, 4, 4, 4)
        ),
    ),
    "nest": (
        64,
        partial(
            Nest, 64, embed_dims=(24, 48, 48), num_heads=(2, 4, 4), depths=(1, 1, 1), num_classes=CLASSES
        ),
    ),
    "focalnet": (64, partial(FocalNet, num_classes=CLASSES, embed_dim=24, depths=(1, 1, 1, 1))),
    "gcvit": (
        64,
        partial(
            GlobalContextVit,
            num_classes=CLASSES,
            img_size=64,
            window_size=(8, 4, 2, 2),
            embed_dim=16,
            depths=(1, 1, 1, 1),
            num_heads=(1, 2, 2, 4),
        ),
    ),
    "botnet": (64, partial(byob, "botnet26t")),
    "halonet": (64, partial(byob, "halonet26t", block_size=2, halo_size=1)),
    "lambda_resnet": (64, partial(byob, "lambda_resnet26t")),
    "repvgg": (64, partial(byob, "repvgg_a0")),
}
