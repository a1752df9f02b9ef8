"""The version, where nothing else is imported."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("pointnemo")
