"""
The classifiers that `exports.py` writes: image size and a function that builds the network.

Weights are random; there are ten classes.
Widths and depths are reduced where the constructor allows it,
so that a file stays below 25 MB and an export takes seconds.
The kind of every layer and the structure of every block stay those of the library.
"""

from functools import partial

import timm
from timm.layers import set_fused_attn

from exports_built import BUILT, CLASSES, TORCHVISION

# name: (image size, name in timm, arguments)
SHALLOW = dict(layers=(1, 1, 1, 1))
PLAIN = dict(patch_size=8, embed_dim=48, depth=3, num_heads=4)
TIMM = {
    "vit_tiny": (32, "vit_tiny_patch16_224", PLAIN),
    "vit_relpos": (32, "vit_relpos_small_patch16_224", PLAIN),
    "deit_tiny": (32, "deit_tiny_patch16_224", PLAIN),
    "deit_distilled": (32, "deit_tiny_distilled_patch16_224", PLAIN),
    "deit3": (32, "deit3_small_patch16_224", PLAIN),
    "timm_swin": (
        32,
        "swin_tiny_patch4_window7_224",
        dict(window_size=4, embed_dim=24, depths=(2, 2), num_heads=(2, 4)),
    ),
    "timm_swinv2": (
        64,
        "swinv2_tiny_window8_256",
        dict(window_size=4, embed_dim=24, depths=(2, 2), num_heads=(2, 4)),
    ),
    "pit": (64, "pit_ti_224", dict(base_dims=(16, 16, 16), depth=(1, 2, 1))),
    "levit": (64, "levit_128s", dict(embed_dim=(32, 48, 64), depth=(1, 2, 1), num_heads=(2, 3, 4))),
    "coat": (
        32,
        "coat_mini",
        dict(
            embed_dims=(16, 32, 32, 32),
            serial_depths=(1, 1, 1, 1),
            parallel_depth=1,
            num_heads=4,
            crpe_window={3: 1, 5: 1, 7: 2},
        ),
    ),
    "coat_lite": (
        32,
        "coat_lite_tiny",
        dict(
            embed_dims=(16, 32, 48, 64),
            serial_depths=(1, 1, 1, 1),
            num_heads=4,
            crpe_window={3: 1, 5: 1, 7: 2},
        ),
    ),
    "xcit": (32, "xcit_nano_12_p8_224", dict(embed_dim=48, depth=2, cls_attn_layers=1)),
    "tiny_vit": (
        64,
        "tiny_vit_5m_224",
        dict(
            embed_dims=(16, 32, 48, 64),
            depths=(1, 1, 2, 1),
            num_heads=(1, 2, 3, 4),
            window_sizes=(4, 4, 4, 2),
        ),
    ),
    "cait": (32, "cait_xxs24_224", dict(PLAIN, depth=2, depth_token_only=1)),
    "beit": (32, "beit_base_patch16_224", PLAIN),
    "beitv2": (32, "beitv2_base_patch16_224", PLAIN),
    "eva": (32, "eva02_tiny_patch14_224", dict(PLAIN)),
    "convit": (32, "convit_tiny", dict(PLAIN, local_up_to_layer=2)),
    "convnextv2": (64, "convnextv2_atto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 48, 64))),
    "efficientformer": (224, "efficientformer_l1", dict(depths=(1, 1, 2, 2), embed_dims=(16, 32, 48, 64))),
    "efficientformerv2": (64, "efficientformerv2_s0", dict(depths=(1, 1, 2, 2), embed_dims=(16, 32, 48, 64))),
    "efficientvit": (64, "efficientvit_b0", {}),
    "efficientvit_m0": (64, "efficientvit_m0", {}),
    "mobilevit": (64, "mobilevit_xxs", {}),
    "mobilevitv2": (64, "mobilevitv2_050", {}),
    "mobileone": (64, "mobileone_s0", {}),
    "mobilenetv4": (64, "mobilenetv4_conv_small_035", {}),
    "repvit": (64, "repvit_m0_9", {}),
    "ghostnet": (64, "ghostnet_050", {}),
    "ghostnetv2": (64, "ghostnetv2_100", {}),
    "hardcorenas": (64, "hardcorenas_a", {}),
    "lcnet": (64, "lcnet_035", {}),
    "efficientnet_lite": (64, "tf_efficientnet_lite0", {}),
    "res2net": (64, "res2net50_26w_4s", dict(SHALLOW, base_width=8)),
    "resnest": (64, "resnest14d", dict(base_width=16)),
    "sknet": (64, "skresnet18", SHALLOW),
    "seresnet": (64, "seresnet50", dict(SHALLOW, base_width=16)),
    "resnet_blur": (64, "resnetblur50", dict(SHALLOW, base_width=16)),
    "resnet_v2": (64, "resnetv2_50", dict(SHALLOW, channels=(32, 64, 96, 128))),
    "ecaresnet": (64, "ecaresnet50t", dict(SHALLOW, base_width=16)),
    "tresnet": (64, "tresnet_m", dict(SHALLOW, width_factor=0.5)),
    "vovnet": (64, "vovnet39a", dict(stage_out_chs=[64, 96, 128, 160], block_per_stage=[1, 1, 1, 1])),
    "ese_vovnet": (64, "ese_vovnet19b_slim", {}),
    "dla": (64, "dla46_c", {}),
    "hrnet": (64, "hrnet_w18_small", {}),
    "cspdarknet": (64, "cs3darknet_focus_s", {}),
    "twins_pcpvt": (
        64,
        "twins_pcpvt_small",
        dict(embed_dims=(16, 32, 48, 64), depths=(1, 1, 1, 1), num_heads=(1, 2, 3, 4)),
    ),
    "twins_svt": (
        64,
        "twins_svt_small",
        dict(embed_dims=(16, 32, 64, 64), depths=(1, 1, 2, 2), wss=(4, 4, 4, 2), num_heads=(1, 2, 4, 4)),
    ),
    "crossvit": (
        48,
        "crossvit_tiny_240",
        dict(
            img_scale=(1.0, 1.0), patch_size=(8, 12), embed_dim=(24, 48), depth=((1, 2, 0),), num_heads=(4, 4)
        ),
    ),
    "visformer": (64, "visformer_tiny", dict(embed_dim=96, depth=(1, 1, 1), num_heads=4, init_channels=16)),
    "davit": (
        64,
        "davit_tiny",
        dict(depths=(1, 1, 1, 1), embed_dims=(16, 32, 48, 64), num_heads=(1, 2, 3, 4), window_size=4),
    ),
    "edgenext": (64, "edgenext_xx_small", {}),
    "fastvit": (64, "fastvit_t8", {}),
    "hiera": (
        64,
        "hiera_tiny_224",
        dict(embed_dim=24, num_heads=1, stages=(1, 1, 2, 1), mask_unit_size=(4, 4)),
    ),
    "hgnet": (64, "hgnetv2_b0", {}),
    "inception_next": (64, "inception_next_atto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 64, 96))),
    "rdnet": (
        64,
        "rdnet_tiny",
        dict(
            num_init_features=32,
            growth_rates=(16, 24, 32, 32),
            num_blocks_list=(2, 2, 2, 2),
            is_downsample_block=(None, True, True, True),
            block_type=("Block", "Block", "BlockESE", "BlockESE"),
        ),
    ),
    "sequencer2d": (
        64,
        "sequencer2d_s",
        dict(layers=(1, 1, 1, 1), embed_dims=(24, 48, 48, 48), hidden_sizes=(12, 24, 24, 24)),
    ),
    "tnt": (
        32,
        "tnt_s_patch16_224",
        dict(
            patch_size=8,
            embed_dim=48,
            inner_dim=12,
            depth=2,
            num_heads_inner=2,
            num_heads_outer=4,
            first_stride=4,
        ),
    ),
    "coatnet": (64, "coatnet_nano_rw_224", dict(embed_dim=(32, 32, 64, 64), depths=(1, 1, 1, 1))),
    "starnet": (64, "starnet_s1", {}),
    "shvit": (64, "shvit_s1", {}),
    "mambaout": (64, "mambaout_femto", dict(depths=(1, 1, 2, 1), dims=(16, 32, 64, 96))),
    "swiftformer": (64, "swiftformer_xs", {}),
    "repghost": (64, "repghostnet_050", {}),
}

# Attention written out: the exporters refuse the fused operator with five dimensions,
# or with a flag that is a tensor.
UNFUSED = ("nest", "twins_svt", "hiera", "eva")

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


def built(name, build):
    set_fused_attn(name not in UNFUSED)
    return build()


def catalog():
    """name -> (image size, function that builds the network)."""
    theirs = {
        name: (size, partial(timm_model, model, size, options))
        for name, (size, model, options) in TIMM.items()
    }
    everything = {**TORCHVISION, **BUILT, **theirs}
    return {name: (size, partial(built, name, build)) for name, (size, build) in everything.items()}
