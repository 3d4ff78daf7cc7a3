"""What asks for a GPU gets the CPU, and is counted."""

import pytest
import torch
from torch import nn

from autograder.sandbox.torch.devices import RunOn

REQUESTS = {
    "tensor.cuda()": lambda x: x.cuda(),
    "tensor.cuda(0)": lambda x: x.cuda(0),
    "tensor.to('cuda')": lambda x: x.to("cuda"),
    "tensor.to('cuda:0')": lambda x: x.to("cuda:0"),
    "tensor.to(device)": lambda x: x.to(torch.device("cuda")),
    "tensor.to(device=)": lambda x: x.to(device="cuda"),
    "tensor.to('mps')": lambda x: x.to("mps"),
    "zeros(device=)": lambda x: torch.zeros(2, device="cuda"),
    "zeros(device=device)": lambda x: torch.zeros(2, device=torch.device("cuda", 0)),
    "tensor(device=)": lambda x: torch.tensor([1.0, 2.0], device="cuda"),
    "zeros_like(device=)": lambda x: torch.zeros_like(x, device="cuda"),
    "net.cuda()": lambda x: nn.Linear(2, 2).cuda()(x),
    "net.to('cuda')": lambda x: nn.Linear(2, 2).to("cuda")(x),
    "net.to(device)": lambda x: nn.Linear(2, 2).to(torch.device("cuda:0"))(x),
    "Linear(device=)": lambda x: nn.Linear(2, 2, device="cuda")(x),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_way_to_ask_for_a_gpu_is_answered_with_the_cpu_and_counted(name):
    with RunOn() as device:
        found = REQUESTS[name](torch.ones(2))
    assert found.device.type == "cpu"
    assert found.shape == (2,)
    assert device.redirected >= 1


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.to("cpu"),
        lambda x: x.to(torch.float64),
        lambda x: x.to(x.device, torch.float64),
        lambda x: torch.zeros(2, device="cpu"),
        lambda x: torch.zeros(2, device=None),
        lambda x: nn.Linear(2, 2)(x),
        lambda x: x.cpu(),
    ],
)
def test_what_asks_for_no_gpu_is_not_counted(call):
    with RunOn() as device:
        assert call(torch.ones(2)).device.type == "cpu"
    assert device.redirected == 0


def test_a_type_that_is_asked_for_beside_the_device_is_given():
    with RunOn():
        assert torch.ones(2).to("cuda", torch.float64).dtype == torch.float64


def test_moving_a_network_keeps_its_parameters():
    net = nn.Linear(2, 2)
    before = [id(p) for p in net.parameters()]
    with RunOn():
        net.cuda()
        net.to("cuda")
    assert [id(p) for p in net.parameters()] == before


def test_afterwards_calls_are_as_before():
    with RunOn() as device:
        pass
    torch.ones(2).to("cpu")
    assert device.redirected == 0
