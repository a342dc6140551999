"""The addresses that the pages' links, tags and notebooks are made from: of the repository, its branch, and the site.

They are unset in what is committed. The deploy workflow passes those of the repository that it runs in, so that a fork
publishes its own without changing a file:

    BOOK_URL=https://github.com/OWNER/REPO BOOK_BRANCH=main BOOK_SITE=https://owner.github.io/repo/ make book

The build writes them into its own copy of _config.yml. Standard library only, for `publish_notebooks.py`.
"""

import re
from collections.abc import Mapping

RULES = {
    "url": ("https://HOST/OWNER/REPO", r"https://[\w.-]+(:\d+)?/[\w.-]+/[\w.-]+(?<!\.git)"),
    "branch": ("a branch's name of letters, digits and ._-/", r"(?![-/])(?!.*(\.\.|//))[\w./-]+(?<![/.])"),
    "site": ("http(s)://HOST/PATH/", r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/"),
}


def checked(name: str, value: str) -> str:
    """The value.

    Raises:
        ValueError: it is not of the form that the pages' links are made from.
    """
    rule, pattern = RULES[name]
    if not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError(f"{name} must be {rule}, got {value!r}")
    return value


def addressed(config: dict, environment: Mapping[str, str]) -> dict:
    """The configuration with the addresses that the environment gives: all three, or none.

    Raises:
        ValueError: one is missing or of another form.
    """
    given = {name: environment.get(f"BOOK_{name.upper()}", "") for name in RULES}
    if not any(given.values()):
        return config
    given["site"] = given["site"].rstrip("/") + "/"  # GitHub's configure-pages gives it without
    url, branch, site = (checked(name, value) for name, value in given.items())
    sphinx = config["sphinx"] | {"config": config["sphinx"]["config"] | {"html_baseurl": site}}
    return config | {"repository": {"url": url, "branch": branch}, "sphinx": sphinx}
