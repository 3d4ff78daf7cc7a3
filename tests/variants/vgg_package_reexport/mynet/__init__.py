from .blocks import ConvBlock1, ConvBlock2
from .models import VGG19, PretrainedVGG
