from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import types

import pointnemo as pn

VERBS = (
    "plan",
    "track",
    "track_files",
    "windows",
    "replay",
    "operate",
    "descend",
    "reenter",
    "reenter_object",
    "assess",
    "uncontrolled",
    "compare",
    "load_scenario",
)


def test_all_is_what_a_user_sees() -> None:
    assert pn.__all__ == sorted(pn.__all__)
    assert set(dir(pn)) == set(pn.__all__)
    for name in pn.__all__:
        assert getattr(pn, name) is not None
    assert set(VERBS) <= set(pn.__all__)


def test_type_checkers_see_the_same_names() -> None:
    """The imports under TYPE_CHECKING, the table of homes and __all__ are one list."""
    import ast
    import inspect

    tree = ast.parse(inspect.getsource(pn))
    guarded = next(
        node for node in tree.body if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    )
    seen = {
        alias.name: node.module for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert seen == pn._HOME
    assert set(seen) == set(pn.__all__)


def test_no_room_shadows_a_verb() -> None:
    """After every submodule has been imported, each verb is still the function, on every access."""
    for module in pkgutil.walk_packages(pn.__path__, "pointnemo."):
        importlib.import_module(module.name)
    rooms = {module.name for module in pkgutil.iter_modules(pn.__path__)}
    assert not rooms & set(pn.__all__)
    for _ in range(2):
        for verb in VERBS:
            assert isinstance(getattr(pn, verb), types.FunctionType), verb


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(pn, "boost")


def test_importing_costs_nothing() -> None:
    code = "import sys, pointnemo; print(sorted({'numpy', 'pydantic', 'numba', 'typer'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "[]"


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert pn.__version__ == version("pointnemo")
