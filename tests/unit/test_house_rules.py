"""Rules of this project that the linters do not know; each list of exceptions may only shrink."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bedplate", "blocks", "tasks", "flows", "deployments")

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# Where a wait may really wait, where the environment may be read, which folders hold Python.
MAY_SLEEP = ("bedplate/adapters/", "bedplate/simulation/")
MAY_READ_ENVIRONMENT = ("blocks/", "deployments/")
PLACED = {*PACKAGES, "benchmarks", "docs", "examples", "lab", "requirements", "tests"}

# What means something on one machine only: folders, and places to download packages from.
LOCAL = re.compile(
    r"(?<![\w.$}/-])/(?:work|farm)/\w"
    r"|\b(?:pypi|pythonhosted|npmjs|crates|proxy\.golang|maven)[\w.]*\.(?:org|com|io)\b"
)
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".sh", ".ini", ".json", ".html", ""}


def visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files that people wrote: nothing in .venv, .git or a tool's cache."""
    for path in sorted(folder.iterdir()):
        if (path.name.startswith(".") and path.name != ".ci") or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from visible_files(path)
        else:
            yield path


FILES = tuple(visible_files(ROOT))
PYTHON = tuple(path for path in FILES if path.suffix == ".py")
CODE = tuple(path for path in PYTHON if path.relative_to(ROOT).parts[0] in PACKAGES)
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def places(node_type, wrong, paths=CODE) -> list[str]:
    """Return file:line of each syntax node of this type for which `wrong` holds."""
    return [
        f"{name(path)}:{node.lineno}"
        for path in paths
        for node in ast.walk(tree(path))
        if isinstance(node, node_type) and wrong(node)
    ]


def uses(path: Path, forbidden: set[str]) -> list[str]:
    """Return file:line of each use of these dotted names, whatever they are imported as."""
    imported = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}

    def is_use(node: ast.Attribute | ast.Name) -> bool:
        first, dot, rest = ast.unparse(node).partition(".")
        return imported.get(first, first) + dot + rest in forbidden

    return places(ast.Attribute | ast.Name, is_use, [path])


def test_the_rules_look_at_the_code():
    assert {name(path) for path in CODE} >= {"bedplate/errors.py", "bedplate/engine/operation.py"}


def test_no_file_is_too_long_to_read_in_one_sitting():
    lengths = {name(path): len(path.read_text().splitlines()) for path in PYTHON}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    def is_long(function) -> bool:
        return function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION

    assert places(ast.FunctionDef | ast.AsyncFunctionDef, is_long) == []


def test_no_handler_catches_everything():
    everything = {"Exception", "BaseException"}

    def catches_everything(handler) -> bool:
        caught = re.findall(r"\w+", ast.unparse(handler.type)) if handler.type else everything
        return not everything.isdisjoint(caught)

    assert places(ast.ExceptHandler, catches_everything) == []


def test_nothing_but_a_clock_sleeps():
    others = [path for path in CODE if not name(path).startswith(MAY_SLEEP)]
    assert [place for path in others for place in uses(path, {"time.sleep"})] == []


def test_only_the_doors_and_blocks_read_the_environment():
    readers = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    others = [path for path in CODE if not name(path).startswith(MAY_READ_ENVIRONMENT)]
    assert [place for path in others for place in uses(path, readers)] == []


def test_every_module_says_what_it_is_for():
    assert [name(path) for path in CODE if not ast.get_docstring(tree(path))] == []


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b")
    assert [name(path) for path in CODE if left.search(path.read_text())] == []


def test_no_provider_imports_another():
    folder = ROOT / "bedplate" / "providers"
    providers = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}

    def imported_names(node: ast.Import | ast.ImportFrom) -> set[str]:
        prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        return {f"{prefix}{alias.name}." for alias in node.names}

    crossings = []
    for own in providers:
        others = tuple(f"bedplate.providers.{other}." for other in providers - {own})
        files = [path for path in CODE if path.is_relative_to(folder / own)]
        crossings += places(
            ast.Import | ast.ImportFrom,
            lambda node, others=others: any(n.startswith(others) for n in imported_names(node)),
            files,
        )
    assert crossings == []


def test_every_folder_with_python_in_it_has_a_place_in_the_design():
    assert {path.relative_to(ROOT).parts[0] for path in PYTHON if path.parent != ROOT} <= PLACED


def test_the_requirement_files_are_there():
    assert {path.name for path in REQUIREMENTS} == {"base.txt", "test.txt", "lint.txt"}


@pytest.mark.parametrize("path", REQUIREMENTS, ids=name)
def test_requirements_name_no_place_to_download_from(path):
    options = r"https?:|@ |^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b"
    assert re.findall(options, path.read_text(), flags=re.MULTILINE) == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=name)
def test_every_requirement_is_pinned_and_hashed(path):
    without_comments = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    requirements = without_comments.replace("\\\n", " ").strip().splitlines()
    assert requirements
    pinned = re.compile(r"^[\w.-]+(?:\[[\w,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}")
    assert [line for line in requirements if not pinned.match(line)] == []


def test_a_package_has_one_version_in_all_requirement_files():
    versions: dict[str, set[str]] = {}
    for path in REQUIREMENTS:
        for package, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE):
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_no_text_names_what_only_one_machine_has():
    texts = [path for path in FILES if path.suffix in TEXTS]
    found = {name(path): LOCAL.findall(path.read_text(errors="replace")) for path in texts}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.xdist_group("of-its-own")
def test_tests_that_belong_together_are_given_to_one_process(request):
    """Or each starts servers of its own; xdist says nothing where it no longer sees groups."""
    is_one_of_several = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@of-its-own") or not is_one_of_several
