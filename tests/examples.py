"""How many examples Hypothesis tries: a quarter by day, all with `./run test --thorough`, and more at night."""

from typing import Any

from hypothesis import settings

ALL = 100
DAILY, THOROUGH, NIGHTLY = 25, ALL, 400

# No deadline, because a test that fails on a busy machine is no test: what takes long is for the benchmarks to say.
settings.register_profile("daily", deadline=None, max_examples=DAILY)
settings.register_profile("thorough", deadline=None, max_examples=THOROUGH)
settings.register_profile("nightly", deadline=None, max_examples=NIGHTLY)


def examples(number: int, **more: Any) -> settings:
    """Return settings for `number` examples, or the share of it that the profile asks for; `more`: other settings."""
    return settings(max_examples=max(number * (settings.default or settings()).max_examples // ALL, 1), **more)
