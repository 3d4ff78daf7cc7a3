from mynet import VGG19, ConvBlock1, ConvBlock2, PretrainedVGG

__all__ = ["ConvBlock1", "ConvBlock2", "VGG19", "PretrainedVGG"]
