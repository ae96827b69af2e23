"""Networks of torchvision that are offered by name; any other classifier of it can be trained, too.

A test compares the names with torchvision's.
"""

from __future__ import annotations

from typing import Final

TORCHVISION: Final = (
    *("resnet18", "resnet50", "resnet101"),
    *("mobilenet_v3_small", "mobilenet_v3_large"),
    *("efficientnet_b0", "efficientnet_b3", "efficientnet_v2_s"),
    *("convnext_tiny", "convnext_small"),
    *("regnet_y_400mf", "regnet_y_3_2gf"),
    *("densenet121", "vgg16", "swin_t", "vit_b_16"),
)
