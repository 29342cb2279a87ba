"""Loads the shared Kafka fixtures by path; other folders get them through tests/conftest.py."""

import importlib.util
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[1] / "plugins" / "kafka_broker.py"
NAME = "tallystick_test_plugin_kafka_broker"


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.has_plugin(NAME):
        return
    spec = importlib.util.spec_from_file_location(NAME, PLUGIN)
    if spec is None or spec.loader is None:
        raise ImportError(str(PLUGIN))
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    config.pluginmanager.register(module, NAME)
