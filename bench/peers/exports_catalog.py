"""
The classifiers that `exports.py` writes: image size, and a function that builds the network with random weights and ten classes.

Widths and depths are reduced where the constructor allows it, so that a file stays below 25 MB and an export takes seconds.
The kind of every layer and the structure of every block stay those of the library.
"""

from functools import partial

import timm
import torchvision.models as tv
from torch import nn
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2
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
    model.classifier = nn.Sequential(nn.Linear(3136, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, CLASSES))
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
    stages = [CNBlockConfig(32, 64, 1), CNBlockConfig(64, 96, 1), CNBlockConfig(96, 128, 2), CNBlockConfig(128, None, 1)]
    return tv.ConvNeXt(stages, num_classes=CLASSES)


def swin(**options):
    return SwinTransformer(
        [4, 4], 24, [2, 2], [2, 4], window_size=[4, 4], stochastic_depth_prob=0.0, num_classes=CLASSES, **options
    )


def maxvit():
    return tv.MaxVit(
        (64, 64), 16, 2, [16, 32], [1, 1], 8, stochastic_depth_prob=0.0, num_classes=CLASSES
    )


TORCHVISION = {
    "alexnet": (224, alexnet),
    "vgg11_bn": (224, vgg11_bn),
    "resnet18": (64, resnet),
    "resnext": (64, partial(resnet, Bottleneck, groups=8, width_per_group=4)),
    "wide_resnet": (64, partial(resnet, Bottleneck, width_per_group=72)),
    "densenet": (64, partial(DenseNet, 16, (2, 3, 2, 2), 32, num_classes=CLASSES)),
    "googlenet": (64, partial(tv.GoogLeNet, CLASSES, aux_logits=False, init_weights=False)),
    "inception_v3": (96, partial(tv.Inception3, CLASSES, aux_logits=False, init_weights=False)),
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

# name: (image size, name in timm, arguments)
PLAIN = dict(patch_size=8, embed_dim=48, depth=3, num_heads=4)
TIMM = {
    "vit_tiny": (32, "vit_tiny_patch16_224", PLAIN),
    "vit_relpos": (32, "vit_relpos_small_patch16_224", PLAIN),
    "deit_tiny": (32, "deit_tiny_patch16_224", PLAIN),
    "deit_distilled": (32, "deit_tiny_distilled_patch16_224", PLAIN),
    "deit3": (32, "deit3_small_patch16_224", PLAIN),
    "timm_swin": (32, "swin_tiny_patch4_window7_224",
                  dict(window_size=4, embed_dim=24, depths=(2, 2), num_heads=(2, 4))),
    "timm_swinv2": (64, "swinv2_tiny_window8_256",
                    dict(window_size=4, embed_dim=24, depths=(2, 2), num_heads=(2, 4))),
    "pit": (64, "pit_ti_224", dict(base_dims=(16, 16, 16), depths=(1, 2, 1))),
    "levit": (64, "levit_128s", dict(embed_dim=(32, 48, 64), depth=(1, 2, 1), num_heads=(2, 3, 4))),
    "coat": (32, "coat_mini", dict(embed_dims=(16, 32, 32, 32), serial_depths=(1, 1, 1, 1), parallel_depth=1,
                                   num_heads=4)),
    "coat_lite": (32, "coat_lite_tiny", dict(embed_dims=(16, 32, 48, 64), serial_depths=(1, 1, 1, 1), num_heads=4)),
    "xcit": (32, "xcit_nano_12_p8_224", dict(embed_dim=48, depth=2, cls_attn_layers=1)),
    "tiny_vit": (64, "tiny_vit_5m_224", dict(embed_dims=(16, 32, 48, 64), depths=(1, 1, 2, 1),
                                             num_heads=(1, 2, 3, 4), window_sizes=(4, 4, 4, 2))),
    "cait": (32, "cait_xxs24_224", dict(PLAIN, depth=2, depth_token_only=1)),
    "beit": (32, "beit_base_patch16_224", PLAIN),
    "beitv2": (32, "beitv2_base_patch16_224", PLAIN),
    "eva": (32, "eva02_tiny_patch14_224", dict(PLAIN)),
    "convit": (32, "convit_tiny", dict(PLAIN, local_up_to_layer=2)),
    "convmixer": (32, "convmixer_768_32", dict(dim=48, depth=3)),
    "mixer": (32, "mixer_s16_224", dict(patch_size=8, embed_dim=48, num_blocks=3)),
    "gmlp": (32, "gmlp_ti16_224", dict(patch_size=8, embed_dim=48, num_blocks=3)),
    "resmlp": (32, "resmlp_12_224", dict(patch_size=8, embed_dim=48, num_blocks=3)),
    "poolformer": (64, "poolformer_s12", dict(depths=(1, 1, 2, 1), dims=(16, 32, 48, 64))),
    "poolformerv2": (64, "poolformerv2_s12", dict(depths=(1, 1, 2, 1), dims=(16, 32, 48, 64))),
    "caformer": (64, "caformer_s18", dict(depths=(1, 1, 2, 1), dims=(16, 32, 64, 96))),
    "convnextv2": (64, "convnextv2_atto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 48, 64))),
    "efficientformer": (64, "efficientformer_l1", dict(depths=(1, 1, 2, 2), embed_dims=(16, 32, 48, 64))),
    "efficientformerv2": (64, "efficientformerv2_s0", dict(depths=(1, 1, 2, 2), embed_dims=(16, 32, 48, 64))),
    "efficientvit": (64, "efficientvit_b0", {}),
    "efficientvit_m0": (64, "efficientvit_m0", {}),
    "mobilevit": (64, "mobilevit_xxs", {}),
    "mobilevitv2": (64, "mobilevitv2_050", {}),
    "mobileone": (64, "mobileone_s0", {}),
    "mobilenetv4": (64, "mobilenetv4_conv_small_035", {}),
    "mobilenetv4_hybrid": (64, "mobilenetv4_hybrid_medium", {}),
    "repvgg": (64, "repvgg_a0", {}),
    "repvit": (64, "repvit_m0_9", {}),
    "ghostnet": (64, "ghostnet_050", {}),
    "ghostnetv2": (64, "ghostnetv2_100", {}),
    "hardcorenas": (64, "hardcorenas_a", {}),
    "lcnet": (64, "lcnet_035", {}),
    "efficientnet_lite": (64, "tf_efficientnet_lite0", {}),
    "nfnet": (64, "nfnet_l0", {}),
    "nf_resnet": (64, "nf_resnet26", {}),
    "res2net": (64, "res2net50_26w_4s", dict(layers=(1, 1, 1, 1))),
    "resnest": (64, "resnest14d", {}),
    "sknet": (64, "skresnet18", {}),
    "seresnet": (64, "seresnet50", dict(layers=(1, 1, 1, 1))),
    "resnet_blur": (64, "resnetblur50", dict(layers=(1, 1, 1, 1))),
    "resnet_v2": (64, "resnetv2_50", dict(layers=(1, 1, 1, 1))),
    "ecaresnet": (64, "ecaresnet50t", dict(layers=(1, 1, 1, 1))),
    "tresnet": (64, "tresnet_m", dict(layers=(1, 1, 1, 1))),
    "vovnet": (64, "vovnet39a", dict(stage_out_chs=(64, 96, 128, 160), block_per_stage=(1, 1, 1, 1))),
    "ese_vovnet": (64, "ese_vovnet19b_slim", {}),
    "dla": (64, "dla46_c", {}),
    "dpn": (64, "dpn48b", {}),
    "hrnet": (64, "hrnet_w18_small", {}),
    "selecsls": (64, "selecsls42b", {}),
    "xception": (96, "xception41", {}),
    "legacy_xception": (96, "legacy_xception", {}),
    "cspresnet": (64, "cspresnet50", {}),
    "cspdarknet": (64, "cs3darknet_focus_s", {}),
    "volo": (64, "volo_d1_224", dict(layers=(1, 1, 1, 0), embed_dims=(24, 48, 48, 48), num_heads=(2, 4, 4, 4))),
    "twins_pcpvt": (64, "twins_pcpvt_small", dict(embed_dims=(16, 32, 48, 64), depths=(1, 1, 1, 1),
                                                  num_heads=(1, 2, 3, 4))),
    "twins_svt": (64, "twins_svt_small", dict(embed_dims=(16, 32, 64, 64), depths=(1, 1, 2, 2), wss=(4, 4, 4, 2),
                                              num_heads=(1, 2, 4, 4))),
    "nest": (64, "nest_tiny", dict(patch_size=4, embed_dims=(24, 48, 48), num_heads=(2, 4, 4), depths=(1, 1, 1))),
    "crossvit": (48, "crossvit_tiny_240", dict(img_scale=(1.0, 1.0), patch_size=(8, 12), embed_dim=(24, 48),
                                               depth=((1, 2, 0),), num_heads=(4, 4))),
    "visformer": (64, "visformer_tiny", dict(embed_dim=96, depth=(1, 1, 1), num_heads=4, init_channels=16)),
    "davit": (64, "davit_tiny", dict(depths=(1, 1, 1, 1), embed_dims=(16, 32, 48, 64), num_heads=(1, 2, 3, 4),
                                     window_size=4)),
    "edgenext": (64, "edgenext_xx_small", {}),
    "fastvit": (64, "fastvit_t8", {}),
    "hiera": (64, "hiera_tiny_224", dict(embed_dim=24, num_heads=1, stages=(1, 1, 2, 1), mask_unit_size=(4, 4))),
    "hgnet": (64, "hgnetv2_b0", {}),
    "inception_next": (64, "inception_next_atto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 64, 96))),
    "mvitv2": (64, "mvitv2_tiny", dict(depths=(1, 1, 2, 1), embed_dim=(24, 48, 48, 48), num_heads=(1, 2, 2, 2))),
    "rdnet": (64, "rdnet_tiny", dict(num_init_features=32, growth_rates=(16, 24, 32, 32), num_blocks_list=(2, 2, 2, 2),
                                     is_downsample_block=(None, True, True, True),
                                     block_type=("Block", "Block", "BlockESE", "BlockESE"))),
    "sequencer2d": (64, "sequencer2d_s", dict(layers=(1, 1, 1, 1), embed_dims=(24, 48, 48, 48),
                                              hidden_sizes=(12, 24, 24, 24))),
    "focalnet": (64, "focalnet_tiny_srf", dict(depths=(1, 1, 2, 1), embed_dim=24)),
    "gcvit": (64, "gcvit_xxtiny", dict(depths=(1, 1, 2, 1), num_heads=(1, 2, 2, 4), embed_dim=16,
                                       window_ratio=(8, 4, 2, 2))),
    "tnt": (32, "tnt_s_patch16_224", dict(patch_size=8, embed_dim=48, inner_dim=12, depth=2, num_heads_inner=2,
                                          num_heads_outer=4, first_stride=4)),
    "coatnet": (64, "coatnet_nano_rw_224", dict(embed_dim=(32, 32, 64, 64), depths=(1, 1, 1, 1))),
    "botnet": (64, "botnet26t_256", {}),
    "halonet": (64, "halonet26t", {}),
    "lambda_resnet": (64, "lambda_resnet26t", {}),
    "starnet": (64, "starnet_s1", {}),
    "shvit": (64, "shvit_s1", {}),
    "mambaout": (64, "mambaout_femto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 64, 96))),
    "swiftformer": (64, "swiftformer_xs", {}),
    "repghost": (64, "repghostnet_050", {}),
}

# Written a second time for images one at a time.
ALSO_FIXED = ("resnet18", "mobilenet_v3", "vit", "swin", "levit", "coat", "xcit", "sequencer2d")


def timm_model(name, size, options):
    """A network of timm; size is given to those that have one, the others take any."""
    try:
        return timm.create_model(name, num_classes=CLASSES, img_size=size, **options)
    except TypeError as error:
        if "img_size" not in str(error):
            raise
        return timm.create_model(name, num_classes=CLASSES, **options)


def catalog():
    """name -> (image size, function that builds the network)."""
    theirs = {name: (size, partial(timm_model, model, size, options)) for name, (size, model, options) in TIMM.items()}
    return {**TORCHVISION, **theirs}
