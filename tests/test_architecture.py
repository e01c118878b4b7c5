"""Arrows point one way, each library has one importer, and the numbers of the house are held."""

import ast
import statistics
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("onedoor", "kiosk", "display", "broker", "reports", "demo", "firmware_config")

MAY_USE = {
    "onedoor": {"onedoor"},
    "kiosk": {"kiosk", "onedoor"},
    "display": {"display", "onedoor"},
    "broker": {"broker", "onedoor"},
    "reports": {"reports", "onedoor"},
    "firmware_config": {"firmware_config", "onedoor"},
    "demo": {"demo", "onedoor", "reports"},
}
FLOORS = {
    "onedoor.hall": {"onedoor.hall"},
    "onedoor.wire": {"onedoor.wire", "onedoor.hall"},
    "onedoor.look": {"onedoor.look"},
}
PURE = ("onedoor/hall/", "onedoor/wire/")
WORLD = {
    "time", "random", "os", "pathlib", "socket", "sqlite3", "subprocess", "threading", "asyncio", "logging",
    "secrets", "queue", "select", "signal", "tempfile", "shutil", "uuid", "urllib", "http",
}  # fmt: skip
ONE_IMPORTER = {
    "cryptography": {"onedoor/device/sealing.py"},
    "paho": {"onedoor/device/link.py"},
    "escpos": {"kiosk/printer/driver.py"},
    "usb": {"kiosk/printer/usb_line.py"},
    "gpiozero": {"onedoor/device/gpio.py"},
    "sqlite3": {
        "onedoor/device/journal.py",
        "onedoor/device/joining.py",
        "broker/sqlite_store.py",
        "broker/mending.py",
        "reports/",
    },
    "kivy": {"onedoor/screen/", "kiosk/screen/", "display/screen/"},
    "time": {"onedoor/device/clock.py", "reports/witness.py"},  # the latter runs alone, at a district
    "datetime": {
        "onedoor/device/clock.py",
        "onedoor/hall/zone.py",
        "onedoor/hall/hours.py",
        "reports/dates.py",
        "reports/evaluator_verify.py",
    },
    "zoneinfo": {"onedoor/hall/zone.py", "reports/dates.py", "reports/evaluator_verify.py"},
    "pyarrow": {"reports/export_tables.py"},
    "xlsxwriter": {"reports/export_tables.py", "reports/sheet.py"},
    "prometheus_client": {"reports/export_live.py"},
    "matplotlib": {"reports/charts.py"},
    "weasyprint": {"reports/page.py"},
    "jinja2": {"reports/page.py"},
    "rich": {"reports/terminal.py"},
    "luma": {"display/sign_led.py"},
    "zxingcpp": {"demo/results.py"},
    "tomli_w": {"firmware_config/center.py"},
}
SIZES_EXCEPT: dict[str, str] = {
    "reports/evaluator_verify.py": "one file by its purpose: a stranger reads and runs it alone"
}
"""Functions over 70 lines or modules over 500, by name, with the reason."""


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            found[str(path.relative_to(ROOT))] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.Module) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.append((node.module or "", node.lineno))
    return found


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_arrows_point_one_way():
    wrong = []
    for path, tree in modules().items():
        package = path.split("/")[0]
        floor = next((f for f in FLOORS if dotted(path).startswith(f)), None)
        for name, line in imports(tree):
            top = name.split(".")[0]
            if top in PACKAGES and top not in MAY_USE[package]:
                wrong.append(f"{path}:{line} imports {name}")
            if floor and top == "onedoor" and not any(name.startswith(ok) for ok in FLOORS[floor]):
                wrong.append(f"{path}:{line} imports {name} above its floor")
            if top == "tests":
                wrong.append(f"{path}:{line} imports tests")
    assert wrong == []


def test_the_rules_and_the_wire_read_nothing_of_the_world():
    wrong = []
    for path, tree in modules().items():
        if path.startswith(PURE):
            for name, line in imports(tree):
                top = name.split(".")[0]
                allowed = top in sys.stdlib_module_names or top == "onedoor" or (top == "msgspec" and "/wire/" in path)
                if top in WORLD or not allowed:
                    wrong.append(f"{path}:{line} imports {name}")
    assert wrong == []


def test_each_library_has_one_importer():
    wrong = []
    for path, tree in modules().items():
        for name, line in imports(tree):
            places = ONE_IMPORTER.get(name.split(".")[0])
            if places is not None and not any(path == p or (p.endswith("/") and path.startswith(p)) for p in places):
                wrong.append(f"{path}:{line} imports {name}")
    assert wrong == []


def test_only_apps_and_mains_put_real_parts_together():
    concrete = {"PahoLink", "SqliteJournal", "SqliteStore", "SystemClock", "VirtualPrinter", "EscposPrinter"}
    composers = (
        "app.py",
        "__main__.py",
        "onedoor/device/boxes.py",
        "onedoor/device/card.py",
        "broker/mending.py",
        "kiosk/printer/driver.py",
    )
    wrong = []
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in concrete:
                if not path.endswith(composers) and not path.endswith("_app.py"):
                    wrong.append(f"{path}:{node.lineno} makes a {node.func.id}")
    assert wrong == []


def functions() -> list[tuple[str, ast.FunctionDef, int]]:
    return [
        (f"{path}:{node.name}", node, (node.end_lineno or 0) - node.lineno + 1)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]


def test_sizes():
    lengths = [length for _, _, length in functions()]
    assert [name for name, _, n in functions() if n > 70 and name not in SIZES_EXCEPT] == []
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[8] <= 30
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in modules()}
    assert {p: n for p, n in lines.items() if n > 500 and p not in SIZES_EXCEPT} == {}
    assert statistics.median(lines.values()) <= 150


def test_every_module_states_its_policy_and_every_public_name_its_duty():
    wrong = []
    for path, tree in modules().items():
        if not ast.get_docstring(tree):
            wrong.append(path)
        public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
        for node in public:
            if not ast.get_docstring(node):
                wrong.append(f"{path}:{node.name}")
            if isinstance(node, ast.ClassDef):
                wrong += [
                    f"{path}:{node.name}.{m.name}"
                    for m in node.body
                    if isinstance(m, ast.FunctionDef) and not m.name.startswith("_") and not ast.get_docstring(m)
                ]
    assert wrong == []


def test_tests_do_not_sleep():
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep"):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_our_generic_names_are_ours_alone(package):
    assert package not in sys.stdlib_module_names
    owners = set(metadata.packages_distributions().get(package, []))
    assert owners <= {"onedoor-queue"}
    module = __import__(package)
    assert Path(module.__file__).resolve().is_relative_to(ROOT)


def test_locks_hold_hashes_and_no_addresses():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if "==" in line]
        assert pins
        assert all(line.rstrip().endswith("\\") for line in pins), "every pin carries hashes"


def test_each_dependency_says_why_it_is_there():
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    for line in block.splitlines():
        if line.strip().startswith('"'):
            assert "#" in line, line


def test_each_kind_of_row_says_in_the_published_definitions_which_step_it_makes():
    from reports.definitions import TOLD, page
    from reports.reading_acts import ACTS, STEPS

    told = page()
    assert all(f"| `{kind}` | " in told for kind in (*ACTS, *STEPS))
    assert all(act.__doc__ for act in ACTS.values()) and set(STEPS.values()) == set(TOLD)
