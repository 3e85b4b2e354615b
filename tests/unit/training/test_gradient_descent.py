"""Gradient descent: AdamW's formula, the same draws for a step, and numbers that are none."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'lexloom[neural]'")

from lexloom.errors import DivergedError  # noqa: E402  # torch may be missing
from lexloom.training.gradient_descent import Descent, GradientDescent  # noqa: E402  # the same


def line() -> torch.nn.Linear:
    module = torch.nn.Linear(3, 2)
    with torch.no_grad():
        module.weight.copy_(torch.arange(6).reshape(2, 3) / 10)
        module.bias.fill_(0.5)
    return module


def loss_of(module: torch.nn.Module, drawn: bool = False):
    data = torch.tensor([[1.0, -2.0, 3.0]])

    def loss() -> torch.Tensor:
        noise = torch.rand(1) if drawn else 1.0
        return (module(data) ** 2).sum() * noise

    return loss


def test_a_step_is_that_of_adamw():
    module = line()
    descent = GradientDescent(
        module, Descent(0.1, n_steps=4, weight_decay=0.5, largest_gradient=1e9)
    )
    before = module.weight.detach().numpy().copy(), module.bias.detach().numpy().copy()
    x = np.array([1.0, -2.0, 3.0], np.float32)
    y = before[0] @ x + before[1]
    assert descent.step(2, loss_of(module)) == pytest.approx((y**2).sum())
    assert descent.rate(2) == pytest.approx(0.05)
    # After one step, a moment over the root of the other is the sign of the gradient.
    signs = np.sign(2 * y[:, None] * x)
    expected = before[0] * (1 - 0.05 * 0.5) - 0.05 * signs
    assert module.weight.detach().numpy() == pytest.approx(expected, abs=1e-6)
    # What is no matrix does not shrink.
    assert module.bias.detach().numpy() == pytest.approx(before[1] - 0.05 * np.sign(y), abs=1e-6)


def test_it_goes_on_from_its_arrays_to_the_same_bytes():
    settings = Descent(0.1, n_steps=6, weight_decay=0.1, seed=7)
    whole, first, second = line(), line(), line()
    descent = GradientDescent(whole, settings)
    losses = [descent.step(n, loss_of(whole, drawn=True)) for n in range(6)]
    begun = GradientDescent(first, settings)
    for n in range(3):
        begun.step(n, loss_of(first, drawn=True))
    torch.manual_seed(99)
    resumed = GradientDescent(second, settings)
    resumed.restore({name: array.copy() for name, array in begun.arrays().items()})
    assert [resumed.step(n, loss_of(second, drawn=True)) for n in (3, 4, 5)] == losses[3:]
    for name, array in resumed.arrays().items():
        assert np.array_equal(array, descent.arrays()[name]), name
    assert descent.arrays()["adam.steps"] == [6]


def test_what_no_loss_looks_at_does_not_make_it_forget_its_steps():
    settings, wholes = Descent(0.1, n_steps=4), []
    for _ in range(2):
        module = line()
        module.unused = torch.nn.Parameter(torch.ones(2))
        wholes.append((module, GradientDescent(module, settings)))
    (whole, descent), (other, resumed) = wholes
    descent.step(0, loss_of(whole))
    resumed.restore({name: array.copy() for name, array in descent.arrays().items()})
    for module, each in wholes:
        each.step(1, loss_of(module))
    assert torch.equal(whole.weight, other.weight)


def test_random_numbers_of_the_caller_are_left_as_they_were():
    module = line()
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    descent = GradientDescent(module, Descent(0.1, n_steps=1))
    descent.step(0, loss_of(module, drawn=True))
    assert torch.equal(torch.rand(2), expected)


def test_a_large_gradient_is_scaled_down():
    module = line()
    descent = GradientDescent(module, Descent(0.1, n_steps=1, largest_gradient=1e-3))
    descent.step(0, loss_of(module))
    norm = torch.cat([p.grad.flatten() for p in module.parameters()]).norm()
    assert float(norm) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_a_number_that_is_none_stops_it_before_the_update(what: str):
    module = line()
    descent = GradientDescent(module, Descent(0.1, n_steps=20))
    before = {name: array.copy() for name, array in descent.arrays().items()}

    def loss() -> torch.Tensor:
        if what == "loss":
            return module.bias.sum() * float("nan")
        # A root at 0 has a finite value and no finite slope.
        return torch.sqrt((module.bias * 0).sum())

    with pytest.raises(DivergedError) as caught:
        descent.step(4, loss)
    assert str(caught.value) == (
        f"the {what} was not finite at step 5 of 20, at learning rate 0.08. "
        "Lower learning_rate, or look at the vectors training began with."
    )
    for name, array in descent.arrays().items():
        assert np.array_equal(array, before[name]), name


def test_the_rate_rises_and_falls():
    even = GradientDescent(line(), Descent(0.8, n_steps=12, warmup_steps=4))
    assert [even.rate(n) for n in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])
    assert even.rate(8) == pytest.approx(0.4)
    assert even.rate(12) == 0
    turning = GradientDescent(line(), Descent(0.8, n_steps=12, warmup_steps=4, decay="cosine"))
    assert [turning.rate(n) for n in (4, 8, 12)] == pytest.approx([0.8, 0.4, 0.0])
    assert turning.rate(6) == pytest.approx(0.4 * (1 + np.cos(np.pi / 4)))


def test_parts_of_a_batch_add_up_to_it():
    whole, parts = line(), line()
    first, second = (GradientDescent(module, Descent(0.1, n_steps=2)) for module in (whole, parts))
    lost = first.step(0, loss_of(whole))
    half = loss_of(parts)
    assert second.step(0, lambda: half() / 2, lambda: half() / 2) == pytest.approx(lost)
    assert parts.weight.detach().numpy() == pytest.approx(whole.weight.detach().numpy())


def test_what_is_late_stands_still_until_then_and_goes_on_the_same():
    settings = Descent(0.1, n_steps=6, late=frozenset({"weight"}), late_from=3)
    module, other = line(), line()
    descent = GradientDescent(module, settings)
    before = module.weight.detach().clone()
    for n in range(3):
        descent.step(n, loss_of(module))
    assert torch.equal(module.weight, before)
    assert not torch.equal(module.bias, line().bias)
    descent.step(3, loss_of(module))
    assert not torch.equal(module.weight, before)
    arrays = {name: array.copy() for name, array in descent.arrays().items()}
    assert (arrays["adam.steps"], arrays["adam.late_steps"]) == ([4], [1])
    descent.step(4, loss_of(module))
    resumed = GradientDescent(other, settings)
    resumed.restore(arrays)
    resumed.step(4, loss_of(other))
    assert torch.equal(module.weight, other.weight)


def test_what_is_late_may_learn_more_slowly():
    settings = Descent(0.1, n_steps=1, late=frozenset({"weight"}), shares={"weight": 0.2})
    module = line()
    GradientDescent(module, settings).step(0, loss_of(module))
    moved = {name: (p - q).abs().max() for (name, p), q in zip(
        module.named_parameters(), line().parameters(), strict=True)}  # fmt: skip
    # The first step of Adam is as long as the rate.
    assert float(moved["bias"].detach()) == pytest.approx(0.1, rel=1e-3)
    assert float(moved["weight"].detach()) == pytest.approx(0.02, rel=1e-3)


def test_half_precision_is_for_products_only():
    module = line()
    kinds = []

    def loss() -> torch.Tensor:
        found = module(torch.ones(1, 3))
        kinds.append(found.dtype)
        return found.float().sum()

    GradientDescent(module, Descent(0.1, n_steps=1, precision="bfloat16")).step(0, loss)
    assert kinds == [torch.bfloat16]
    assert module.weight.dtype == torch.float32
