"""What a chapter's outputs depend on: its code, the modules of supertoy that it reaches, their data, and versions.

Code counts as a syntax tree without docstrings, so that a changed word in a comment runs nothing. A module is reached
by a name that leads to it, and so is what it imports: `from supertoy import train` reaches the module that defines
`train`, and `widgets.Trainer` the widget alone. Modules that do more than define names when they are imported are
always reached. The scripts and style sheets of widgets get into the pages when these are built: no output holds them.
"""

import ast
import hashlib
import io
import json
import platform
import re
import tokenize
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = Path(__file__).resolve().parent.parent / "supertoy"
OF_PAGES = {".js", ".css"}
DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
# Code that asks for these sees docstrings and comments.
READING = {"__doc__", "help", "inspect", "getdoc", "getsource", "getcomments"}
# A chapter that asks for these may reach anything; a test holds that the package does not.
COMPUTED = {"__import__", "import_module", "resolve_name", "run_module", "run_path"}
BUILT_IN = {"exec", "eval", "compile"}  # by themselves: `model.eval()` is something else
MAGIC = re.compile(r"^([ \t]*)((?:%(?!%)|!).*)$", re.MULTILINE)
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def short(text: str | bytes) -> str:
    """A hash that fits on a line."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring or its like, which does nothing."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def without_docstrings(tree: ast.AST, *, shown: bool = False) -> str:
    """The tree as text, from a copy of it. A cell's text at its end is `shown`."""
    tree = ast.parse(ast.unparse(tree))
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list) and not (shown and node is tree):
            node.body = [statement for statement in node.body if not is_text(statement)] or [ast.Pass()]
    return ast.dump(tree)


def words(tree: ast.AST) -> set[str]:
    """Every name and attribute in the code."""
    nodes = list(ast.walk(tree))
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    found |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return found | {part for node in nodes if isinstance(node, ast.alias) for part in node.name.split(".")}


def computes_names(tree: ast.AST) -> bool:
    """Whether the code may import what it does not name."""
    alone = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(words(tree) & COMPUTED or alone & BUILT_IN)


class Package:
    """A package's modules, and which of them a piece of code leads to."""

    def __init__(self, folder: Path = PACKAGE):
        self.root = folder.name
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        self.texts = {self._dotted(folder, path): path.read_text("utf8") for path in files if path.suffix == ".py"}
        self.trees = {name: ast.parse(text) for name, text in self.texts.items()}
        self.packages = {self._dotted(folder, path) for path in files if path.name == "__init__.py"}
        self.data = {path.name: path.read_bytes() for path in files if path.suffix not in OF_PAGES | {".py"}}
        self.led_to, self.digest = cache(self._led_to), cache(self._digest)
        self.acting = {name for name, tree in self.trees.items() if not all(map(self._defines, tree.body))}
        self.reading = {name for name, tree in self.trees.items() if words(tree) & READING}

    @staticmethod
    def _dotted(folder: Path, path: Path) -> str:
        parts = path.relative_to(folder.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @staticmethod
    def _defines(statement: ast.stmt) -> bool:
        """Whether a statement only gives names to things."""
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        entered = any("register" in words(decorator) for decorator in getattr(statement, "decorator_list", []))
        if entered or any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in targets):
            return False
        return is_text(statement) or isinstance(statement, DEFINING)

    def imports(self, tree: ast.AST) -> list[tuple[str, str, str]]:
        """The modules of this package that the code imports from: module, name in it (or nothing), name in the code."""
        found = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [(a.name, "", a.asname or "") for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found += [(module, a.name, a.asname or a.name) for a in node.names]
        return [entry for entry in found if entry[0].split(".")[0] in (self.root, "")]

    def origin(self, module: str, name: str) -> str:
        """The module or package that a name of a module stands for or comes from."""
        if module not in self.packages:
            return module
        for source, theirs, ours in self.imports(self.trees[module]):
            if theirs and ours == name and source in self.trees:
                return self.origin(source, theirs)
        return f"{module}.{name}" if f"{module}.{name}" in self.trees else module

    def below(self, package: str) -> set[str]:
        """A package and everything in it."""
        return {name for name in self.trees if f"{name}.".startswith(f"{package}.")}

    def inside(self, module: str) -> ast.AST:
        """The code that a module runs itself: what a package only passes on is found by name."""
        tree = self.trees[module]
        if module not in self.packages:
            return tree
        passed_on = [s for s in tree.body if isinstance(s, ast.ImportFrom) and self.imports(s) and not s.level]
        listed = [s for s in tree.body if isinstance(s, ast.Assign) and "__all__" in words(s.targets[0])]
        return ast.Module([s for s in tree.body if s not in passed_on + listed], [])

    def named(self, tree: ast.AST) -> set[str]:
        """The modules that a piece of code names."""
        follow = _Names(self)
        for module, name, ours in self.imports(tree):
            if module not in self.trees or name == "*":  # a relative import, or everything
                return set(self.trees)
            leads = self.origin(module, name) if name else module
            follow.found.add(leads)
            if not name or (leads in self.packages and leads != module):
                follow.bound[ours or self.root] = leads if ours else self.root
        follow.visit(tree)
        return follow.found

    def reached(self, tree: ast.AST) -> set[str]:
        """The modules that a piece of code leads to, those that they lead to, and the packages around them."""
        found, todo = set(), self.named(tree)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            todo |= self.led_to(name)
        return found

    def _led_to(self, name: str) -> set[str]:
        """What a module leads to by itself."""
        inside = self.inside(name)
        found = self.named(inside) | ({name.rpartition(".")[0]} - {""})
        if name == self.root:
            found |= self.acting
        if name in self.packages:  # names of its imports that its own code uses
            found |= {self.origin(name, word) for word in words(inside)}
        return found

    def _digest(self, name: str, literal: bool) -> str:
        """Of a module, as it is or as it acts."""
        return short(self.texts[name] if literal else without_docstrings(self.inside(name)))

    def parts(self, modules: set[str], *, literal: bool) -> dict[str, str]:
        """A digest for each module, and for each file that a module names, or that none does."""
        found = {name: self.digest(name, literal) for name in sorted(modules)}
        for name, content in self.data.items():
            readers = {module for module, text in self.texts.items() if name in text}
            if not readers or readers & modules:
                found[name] = short(content)
        return found


class _Names(ast.NodeVisitor):
    """Follows `widgets.Trainer` and `supertoy.plots` to modules; a package that is used otherwise is reached whole."""

    def __init__(self, package: Package):
        self.package = package
        self.bound: dict[str, str] = {}
        self.found: set[str] = set()

    def leads(self, node: ast.AST) -> str:
        """The package that an expression stands for, or nothing."""
        if isinstance(node, ast.Name):
            return self.bound.get(node.id, "")
        if isinstance(node, ast.Attribute) and (base := self.leads(node.value)):
            origin = self.package.origin(base, node.attr)
            return origin if origin in self.package.packages and origin != base else ""
        return ""

    def visit_Name(self, node: ast.Name) -> None:
        """A package by itself: what becomes of it cannot be followed."""
        if package := self.leads(node):
            self.found |= self.package.below(package)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A name in a package."""
        if package := self.leads(node):
            self.found |= self.package.below(package)
        elif base := self.leads(node.value):
            self.found.add(self.package.origin(base, node.attr))
        else:
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A module's name as text."""
        if isinstance(node.value, str) and "." in node.value and node.value in self.package.trees:
            self.found |= self.package.below(node.value)


def parsed(source: str) -> ast.Module | None:
    """A cell's code, its lines for IPython as texts; None for what is no Python otherwise."""
    for text in (source, MAGIC.sub(lambda line: f"{line[1]}{line[2]!r}", source)):
        try:
            return ast.parse(text)
        except SyntaxError:
            continue
    return None


def shows_nothing(source: str) -> bool:
    """Whether the cell ends in a semicolon, which keeps IPython from showing its value."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type not in SILENT][-1:] == [";"]


@cache
def versions() -> dict[str, str]:
    """The installed versions of all that chapters can import: what supertoy requires, and the kernel."""
    found, names = {}, ["supertoy[lens,cluster]", "ipykernel"]
    while names:
        wanted = Requirement(names.pop())
        name = canonicalize_name(wanted.name)
        if found.get(name, set()) >= wanted.extras | {""}:
            continue
        found[name] = found.get(name, set()) | wanted.extras | {""}
        for line in requires(name) or []:
            marker = Requirement(line).marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in found[name]):
                names.append(line.split(";")[0])
    return {"Python": platform.python_version()} | {name: version(name) for name in sorted(found)}


def parts(cells: list[dict], package: Package) -> dict[str, str]:
    """What the outputs of these cells depend on, by name: digests of code and data, and versions."""
    sources = ["".join(cell["source"]) for cell in cells]
    trees = [parsed(source) for source in sources]
    tags = [sorted({"raises-exception", "skip-execution"} & {*cell["metadata"].get("tags", [])}) for cell in cells]
    known = ast.Module([statement for tree in trees if tree for statement in tree.body], [])
    anything = None in trees or computes_names(known)
    modules = set(package.trees) if anything else package.reached(known)
    reading = bool(words(known) & READING or modules & package.reading)
    literal = reading or None in trees or any(tags)  # an error shows the lines that it came from
    pairs = zip(trees, sources, strict=True)
    code = sources if literal else [(without_docstrings(tree, shown=True), shows_nothing(s)) for tree, s in pairs]
    return {"its code": short(json.dumps([code, tags]))} | package.parts(modules, literal=literal) | versions()


def why(before: dict[str, str] | None, now: dict[str, str]) -> str:
    """What makes a chapter run again, in words; nothing if nothing does."""
    if before is None:
        return "it has not run here"
    said = []
    for name in sorted({*before, *now}, key=lambda name: (name not in now, name != "its code", name)):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if name in versions():
            said.append(f"{name} {old or 'not there'} → {new or 'not there'}")
        else:
            said.append(f"{name} {'changed' if old and new else 'is new to it' if new else 'is no longer reached'}")
    return ", ".join(said[:3]) + (f" and {len(said) - 3} more" if len(said) > 3 else "")
