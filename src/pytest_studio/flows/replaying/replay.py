"""A recorded Execution, run again: what people and servers said then is fed to the Flow as it is now."""

from __future__ import annotations

from pytest_studio.flows.model import Program
from pytest_studio.flows.replaying.playback import Player
from pytest_studio.flows.replaying.recording import Difference, Recorded, Recording, told
from pytest_studio.flows.situation import Situation, Visit, World
from pytest_studio.wording import counted

__all__ = ["Difference", "Recorded", "Recording", "Replay", "replay"]

#: Steps that a report shows before a difference.
AROUND = 4


class Replay:
    """What came of replaying a recording.

    Attributes:
        recording: what was replayed.
        visits: the widgets that finished, in order.
        first_difference: where the replay first departs from the recording; None if it does not.
        assumed: what the recording does not say, and was assumed.
        situation: where the replay stands at its end.
    """

    def __init__(self, program: Program, world: World, recording: Recording) -> None:
        self.program = program
        self.recording = recording
        player = Player(program, world, recording)
        self.situation: Situation = player.run()
        self.visits: list[Visit] = player.visits
        self.first_difference: Difference | None = player.first_difference
        self.assumed: list[str] = player.assumed

    @property
    def path(self) -> list[str]:
        """The widgets that finished in the replay, in order."""
        return [visit.widget for visit in self.visits]

    @property
    def recorded_path(self) -> list[str]:
        """The widgets that finished in the recording, in order."""
        return [step.widget for step in self.recording.steps]

    @property
    def waiting_at(self) -> str | None:
        """The widget that waits at the end of the replay."""
        state = self.situation.state
        return None if state is None else state.name

    def check(self) -> Replay:
        """Assert that there is no difference.

        Returns:
            The replay itself.

        Raises:
            AssertionError: there is; the message says where, and what decided it.
        """
        __tracebackhide__ = True
        if self.first_difference is not None:
            raise AssertionError(str(self))
        return self

    def __repr__(self) -> str:
        differs = "no difference" if self.first_difference is None else str(self.first_difference)
        return f"<Replay of {self.recording.execution_sid}: {counted(len(self.visits), 'widget')}, {differs}>"

    def __str__(self) -> str:
        found = self.first_difference
        steps = self.recording.steps
        lines = [
            f"Replay of {self.recording.execution_sid} on {self.program.title!r}, revision {self.program.revision}:"
        ]
        if found is None:
            lines.append(f"  no difference in {counted(len(steps), 'Step')}: {' > '.join(self.recorded_path)}")
        else:
            for index, step in enumerate(steps[: found.index + 1]):
                if index > found.index - AROUND:
                    lines.append(f"  {'recorded' if index == found.index else '   as then':>9}  {index}  {step}")
            if found.replayed is not None:
                lines.append(f"   replayed  {found.index}  {told(found.replayed)}")
            lines.append(f"  {found}")
        lines += [f"  assumed: {one}" for one in self.assumed]
        return "\n".join(lines)


def replay(program: Program, world: World, recording: Recording) -> Replay:
    """Run a recorded Execution again.

    Args:
        program: the Flow as it is now.
        world: what there is outside of it; the time is the recording's.
        recording: what was recorded.

    Raises:
        ValueError: the recording has no Steps.
    """
    if not recording.steps:
        raise ValueError(f"Execution {recording.execution_sid} has no Steps that could be replayed")
    return Replay(program, world, recording)
