"""A council's year from one seed: the real consumers, ledger and folds, under injected faults.

`script` turns a seed into steps, `council` plays them, `reference` says what must come of them,
`checking` compares, `cutting` makes a failing script short. Nothing waits and nothing reads a
clock, so the same seed is the same run.
"""

from . import broken
from .broken import VARIANTS
from .checking import Disagreement
from .council import Council
from .cutting import as_test, shortest
from .faults import StoreInMemory, StoreOnPostgres, Weather
from .loading import shipped_parts
from .memory_store import Contents, MemoryStore
from .playing import Parts, failure, play, playing_to_the_end
from .projecting import ProjectorOnPostgres
from .script import script_of
from .steps import Ask, BankFile, Check, Clock, Fault, Project, Restart, Send, Take

__all__ = [
    "VARIANTS",
    "Ask",
    "BankFile",
    "Check",
    "Clock",
    "Contents",
    "Council",
    "Disagreement",
    "Fault",
    "MemoryStore",
    "Parts",
    "Project",
    "ProjectorOnPostgres",
    "Restart",
    "Send",
    "StoreInMemory",
    "StoreOnPostgres",
    "Take",
    "Weather",
    "as_test",
    "broken",
    "failure",
    "play",
    "playing_to_the_end",
    "script_of",
    "shipped_parts",
    "shortest",
]
