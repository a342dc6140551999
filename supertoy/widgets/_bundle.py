"""From ES modules that import each other to one text: as Jupyter wants a widget, and as a page without a server does.

The modules stand in files of their own and import by name: `import { a, b } from "./other.js";`. A bundle wraps each in
a function, in order, so that names stay apart, and leaves comments out. That is all that these modules need; there is
nothing to install.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|function|class) )", re.MULTILINE)
NAMES = re.compile(r"^export (?:function|class|const) (\w+)|^export const \[([^\]]+)\]", re.MULTILINE)
COMMENT = re.compile(r"^ *(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
SHARED = ("numerics", "drawing", "motion", "controls", "bind", "page")
"""Modules that every page with a widget loads."""


@cache
def wrapped(name: str) -> str:
    """One module as an assignment to `modules.name` of an object with its exports."""
    text = COMMENT.sub("", (FOLDER / f"{name}.js").read_text(encoding="utf8"))
    names = ", ".join(one or several for one, several in NAMES.findall(text))
    body = EXPORT.sub("", IMPORT.sub(r"const {\1} = modules.\2;\n", text))
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n"


def needs(name: str) -> list[str]:
    """A module and all that it imports, each after what it needs."""
    order: list[str] = []
    for _, other in IMPORT.findall((FOLDER / f"{name}.js").read_text(encoding="utf8")):
        order += [module for module in needs(other) if module not in order]
    return [*order, name]


def esm(name: str) -> str:
    """The ES module that anywidget loads: `render` of the module, with all that it needs."""
    parts = "".join(wrapped(module) for module in needs(name))
    return f"const modules = {{}};\n{parts}export default {{ render: modules.{name}.render }};\n"


def page_script(*names: str) -> str:
    """A classic script for pages, also from `file://`, that adds modules to those the page has."""
    parts = "".join(wrapped(name) for name in names)
    return f"(() => {{\nconst modules = (window.supertoyModules ??= {{}});\n{parts}}})();\n"


def page_start() -> str:
    """The script that brings a page's widgets to life, after all others."""
    return "supertoyModules.page.mountAll(supertoyModules);\n"
