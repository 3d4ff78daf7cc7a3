from torch import nn

from nets import MLP, ConvNet


class Exp1(MLP):
    def __init__(self):
        super().__init__([30], nn.Sigmoid())


class Exp2(MLP):
    def __init__(self):
        super().__init__([30], nn.ReLU())


class Exp3(MLP):
    def __init__(self):
        super().__init__([50, 30], nn.Sigmoid())


class Exp4(MLP):
    def __init__(self):
        super().__init__([50, 30], nn.ReLU())


class Exp5(MLP):
    def __init__(self, hidden=(50, 30)):
        super().__init__(list(hidden))


class Exp6(MLP):
    def __init__(self, hidden=(30,)):
        super().__init__(list(hidden))


class Exp7(MLP):
    def __init__(self, hidden=(30,)):
        super().__init__(list(hidden), batch_norm=True)


class Exp8(MLP):
    def __init__(self, hidden=(50, 30)):
        super().__init__(list(hidden), batch_norm=True)


class Exp9(ConvNet):
    pass


class Exp10(ConvNet):
    def __init__(self):
        super().__init__(pool=2)
