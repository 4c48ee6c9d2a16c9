"""What of a studio can be set once it is made, and what cannot."""

from __future__ import annotations

import pytest

from pytest_studio import FakeStudio


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "retention_days",
            "retention_days is set when a studio is made, by @pytest.mark.studio(retention_days=…) or ini "
            "studio_retention_days or FakeStudio(retention_days=…)",
        ),
        ("now", "FakeStudio(now=…); `studio.advance(…)` moves the clock"),
        ("strict", "FakeStudio(strict=…); `with studio.lenient():` lets the calls of a block pass"),
        ("account_sid", "account_sid is set when a studio is made, by @pytest.mark.studio(account_sid=…) or ini"),
        ("vintage", "vintage is set when a studio is made"),
        ("seed", "@pytest.mark.studio(seed=…) or --studio-seed or FakeStudio(seed=…)"),
        ("env", "env is set when a studio is made, by FakeStudio(env=…)"),
        ("retention_day", "a FakeStudio has no attribute 'retention_day' (did you mean 'retention_days'?)"),
        ("foo", "has no attribute 'foo': keep what is yours in a variable of your own, or in a subclass"),
    ],
)
def test_what_would_have_no_effect_cannot_be_set(fake: FakeStudio, name: str, words: str) -> None:
    """A setting of a studio that is there, or a slip of the pen."""
    with pytest.raises(AttributeError) as caught:
        setattr(fake, name, 3)
    assert words in str(caught.value)


def test_a_method_can_be_replaced(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a mock does."""
    with monkeypatch.context() as patch:
        patch.setattr(fake, "knows", lambda header: True)
        assert fake.knows(None)
    assert not fake.knows(None)


def test_a_subclass_has_names_of_its_own_but_no_settings_that_do_nothing() -> None:
    """Unless it defines what they do."""

    class Mine(FakeStudio):
        allow = ()

        def __init__(self) -> None:
            super().__init__()
            self.survey = self.add_flow()

    mine = Mine()
    mine.allow = ("a",)  # type: ignore[assignment]
    assert list(mine.flows) == [mine.survey.sid]
    with pytest.raises(AttributeError, match="retention_days is set when a studio is made"):
        mine.retention_days = 3  # type: ignore[attr-defined]
