"""Which parameters a forward pass uses, in which order and role, however it is written."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from autograder.deep_learning.probes.usage import Watch


class Net(nn.Module):
    """A network made of a forward function over parameters, modules and buffers given by name."""

    def __init__(self, forward, **parts):
        super().__init__()
        for name, part in parts.items():
            if isinstance(part, nn.Module | nn.Parameter):
                setattr(self, name, part)
            else:
                self.register_buffer(name, part)
        self.run = forward

    def forward(self, x):
        return self.run(self, x)


def weight(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(shape))


def watched(net: nn.Module, *shape: int) -> Watch:
    net.eval()
    watch = Watch(net)
    with torch.no_grad(), watch:
        net(torch.ones(shape))
    return watch


def uses(watch: Watch) -> list[tuple[str, tuple[int, ...]]]:
    return [(use.role, tuple(use.tensor.shape)) for use in watch.uses]


LINEAR = [("linear.weight", (3, 4)), ("linear.bias", (3,))]


def test_modules_are_seen_in_the_order_in_which_they_are_used_not_declared():
    net = Net(lambda self, x: self.second(self.first(x)), second=nn.Linear(5, 3), first=nn.Linear(4, 5))
    watch = watched(net, 2, 4)
    assert uses(watch) == [
        ("linear.weight", (5, 4)),
        ("linear.bias", (5,)),
        ("linear.weight", (3, 5)),
        ("linear.bias", (3,)),
    ]
    assert [use.layer for use in watch.uses] == [0, 0, 1, 1]
    assert [(layer.kind, layer.output) for layer in watch.layers] == [("linear", [2, 5]), ("linear", [2, 3])]


def test_every_way_to_write_a_linear_layer_is_the_same_layer():
    ways = {
        "F.linear": lambda self, x: F.linear(x, self.w, self.b),
        "F.linear by name": lambda self, x: F.linear(x, bias=self.b, weight=self.w),
        "x @ W.t() + b": lambda self, x: x @ self.w.t() + self.b,
        "b + x @ W.T": lambda self, x: self.b + x @ self.w.T,
        "matmul": lambda self, x: torch.matmul(x, self.w.transpose(0, 1)).add(self.b),
        "mm and +=": lambda self, x: x.mm(self.w.t()).add_(self.b),
        "addmm": lambda self, x: torch.addmm(self.b, x, self.w.t()),
        "addmm method": lambda self, x: self.b.addmm(x, self.w.t()),
        "addmm by name": lambda self, x: torch.addmm(self.b, x, mat2=self.w.t()),
    }
    for name, forward in ways.items():
        watch = watched(Net(forward, w=weight(3, 4), b=weight(3)), 2, 4)
        assert uses(watch) == LINEAR, name
        assert watch.backwards == [], name
        assert [(layer.kind, layer.output) for layer in watch.layers] == [("linear", [2, 3])], name
        assert watch.layers[0].shapes == {"weight": [3, 4], "bias": [3]}, name


def test_a_weight_that_lies_transposed_is_flagged():
    ways = {
        "x @ W": lambda self, x: x @ self.w,
        "matmul": lambda self, x: torch.matmul(x, self.w),
        "addmm": lambda self, x: torch.addmm(self.b, x, self.w),
        "F.linear of W.t()": lambda self, x: F.linear(x, self.w.t()),
        "twice transposed": lambda self, x: x @ self.w.t().t(),
    }
    for name, forward in ways.items():
        watch = watched(Net(forward, w=weight(4, 3), b=weight(3)), 2, 4)
        assert watch.backwards == ["linear.weight"], name


def test_functional_convolution_and_batch_norm_have_the_roles_of_the_modules():
    def functional(self, x):
        x = F.conv2d(x, self.w, self.c, padding=1)
        return F.batch_norm(x, self.mean, self.var, self.g, self.b)

    net = Net(
        functional, b=weight(3), g=weight(3), c=weight(3), w=weight(3, 2, 3, 3), mean=torch.zeros(3), var=torch.ones(3)
    )
    modules = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3))
    expected = [
        ("conv.weight", (3, 2, 3, 3)),
        ("conv.bias", (3,)),
        ("norm.weight", (3,)),
        ("norm.bias", (3,)),
        ("norm.mean", (3,)),
        ("norm.var", (3,)),
    ]
    assert uses(watched(net, 2, 2, 5, 5)) == expected
    assert uses(watched(modules, 2, 2, 5, 5)) == expected


def test_a_convolution_without_bias_has_none():
    watch = watched(nn.Conv2d(2, 3, 3, bias=False), 1, 2, 5, 5)
    assert uses(watch) == [("conv.weight", (3, 2, 3, 3))]


def test_a_convolutions_bias_that_is_added_by_hand_belongs_to_it():
    forward = lambda self, x: F.conv2d(x, self.w) + self.b.view(1, -1, 1, 1)  # noqa: E731
    watch = watched(Net(forward, w=weight(3, 2, 3, 3), b=weight(3)), 1, 2, 5, 5)
    assert uses(watch) == [("conv.weight", (3, 2, 3, 3)), ("conv.bias", (3,))]


def test_lazy_layers_are_seen_once_they_have_their_shapes():
    net = nn.Sequential(nn.Flatten(), nn.LazyLinear(3))
    net(torch.ones(2, 2, 2))
    assert uses(watched(net, 2, 2, 2)) == LINEAR


def test_a_shared_layer_is_filled_once_and_seen_as_used_again():
    shared = nn.Linear(4, 4)
    watch = watched(nn.Sequential(shared, nn.ReLU(), shared), 2, 4)
    assert uses(watch) == [("linear.weight", (4, 4)), ("linear.bias", (4,))]
    assert [layer.again for layer in watch.layers] == [False, True]


def test_two_modules_that_share_a_tensor_share_its_place():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    watch = watched(nn.Sequential(first, second), 2, 4)
    assert uses(watch) == [("linear.weight", (4, 4)), ("linear.bias", (4,)), ("linear.bias", (4,))]
    assert [layer.again for layer in watch.layers] == [False, False]


def test_what_forward_does_not_use_is_not_seen():
    net = Net(lambda self, x: self.used(x), used=nn.Linear(4, 3), spare=nn.Linear(9, 9))
    assert uses(watched(net, 2, 4)) == LINEAR


def test_a_parameter_that_is_not_registered_is_seen_all_the_same():
    hidden = [weight(3, 4), weight(3)]
    net = Net(lambda self, x: F.linear(x, *hidden))
    assert uses(watched(net, 2, 4)) == LINEAR


def test_views_and_copies_of_a_parameter_are_that_parameter():
    forward = lambda self, x: F.linear(x, self.w.view(3, 4).float(), self.b.data.reshape(3))  # noqa: E731
    watch = watched(Net(forward, w=weight(12), b=weight(3, 1)), 2, 4)
    assert [(role, tensor.numel()) for role, tensor in ((u.role, u.tensor) for u in watch.uses)] == [
        ("linear.weight", 12),
        ("linear.bias", 3),
    ]


def test_a_constant_buffer_is_no_parameter():
    net = Net(lambda self, x: self.fc(x - self.mean), fc=nn.Linear(4, 3), mean=torch.ones(4))
    assert uses(watched(net, 2, 4)) == LINEAR


def test_adding_two_activations_is_no_bias():
    net = Net(lambda self, x: self.fc(x) + x, fc=nn.Linear(4, 4, bias=False))
    watch = watched(net, 2, 4)
    assert uses(watch) == [("linear.weight", (4, 4))]
    assert len(watch.layers) == 1


def test_steps_tell_layers_activations_and_poolings_in_their_order():
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 10), nn.Sigmoid()
    )
    assert watched(net, 2, 1, 6, 6).steps == [
        ("conv", [2, 2, 4, 4]),
        ("norm", [2, 2, 4, 4]),
        ("ReLU", [2, 2, 4, 4]),
        ("max-pool", [2, 2, 2, 2]),
        ("flatten", [2, 8]),
        ("linear", [2, 10]),
        ("sigmoid", [2, 10]),
    ]


def test_the_kinds_of_activation_and_pooling_are_told_apart():
    calls = {
        "ReLU": (torch.relu, F.relu, lambda x: x.clamp(min=0), lambda x: x.relu()),
        "sigmoid": (torch.sigmoid, lambda x: x.sigmoid()),
        "tanh": (torch.tanh,),
        "softmax": (lambda x: F.softmax(x, 1), lambda x: x.softmax(1)),
        "log-softmax": (lambda x: F.log_softmax(x, 1),),
        "leaky ReLU": (F.leaky_relu,),
        "max-pool": (lambda x: F.max_pool2d(x, 2), nn.MaxPool2d(2)),
        "average-pool": (lambda x: F.avg_pool2d(x, 2),),
        "adaptive average-pool": (lambda x: F.adaptive_avg_pool2d(x, 1),),
    }
    for name, ways in calls.items():
        for call in ways:
            watch = watched(Net(lambda self, x, call=call: call(x)), 1, 1, 4, 4)
            assert [what for what, _ in watch.steps] == [name], name


def test_a_trace_without_an_end_is_cut():
    def forward(self, x):
        for _ in range(1000):
            x = torch.relu(x)
        return x

    assert len(watched(Net(forward), 1, 1).steps) == 400
