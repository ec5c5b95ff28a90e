"""What is used of Mesa; no other file imports it.

``import mesa`` makes the whole process start its children by 'spawn'. Whoever imports the economy has not
chosen that, so the choice made before is restored; `mesa.batch_run` with several processes then starts them
as the platform does.
"""

import multiprocessing

_chosen = multiprocessing.get_start_method(allow_none=True)

from mesa import Agent, DataCollector, Model  # noqa: E402 - the choice must be read first
from mesa.agent import AgentSet, GroupBy  # noqa: E402

multiprocessing.set_start_method(_chosen, force=True)

__all__ = ["Agent", "AgentSet", "DataCollector", "GroupBy", "Model"]
