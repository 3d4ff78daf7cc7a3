from nets.conv import ConvNet
from nets.mlp import MLP
