"""How well LifeLane judges, measured against ground truth: events, not boxes."""

from pipeline.evaluate.events import evaluate_suite
from pipeline.evaluate.report import EventReport
from pipeline.evaluate.simulated import Simulation, simulate
from pipeline.evaluate.suite import Clip, Suite, load_suite
from pipeline.evaluate.truth import Claim, TrueEvent

__all__ = [
    "Claim",
    "Clip",
    "EventReport",
    "Simulation",
    "Suite",
    "TrueEvent",
    "evaluate_suite",
    "load_suite",
    "simulate",
]
