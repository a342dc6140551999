"""What follows from the chapters themselves: anchors of exercises, the page of all exercises, the time to read.

Every exercise gets an anchor such as `exercise-3-1`. The directive `exercises` lists them all, in the words of the
chapters. Under a chapter's title stands how long it takes to read.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from .cells import prompt
from .parsing import parsed

CHAPTER = re.compile(r"book/(\d\d)_\w+$")
EXERCISE = re.compile(r"\*\*Exercise (\d+)\.(\d+)\*\* \((\w+)\)\. ", re.MULTILINE)
ANCHORED = re.compile(r"Exercise (\d+)\.(\d+)$")
LEVELS = ("easy", "medium", "hard")

# How fast an attentive reader goes, in minutes. Folded code is left out, and so is the time that an exercise takes.
PER_WORD, PER_LINE_OF_CODE, PER_EQUATION = 1 / 200, 1 / 15, 1 / 6


def parts(notebook: dict, kind: str) -> list[dict]:
    """The Markdown or the code cells."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def title(notebook: dict) -> str:
    """The heading at its top."""
    text = "".join(parts(notebook, "markdown")[0]["source"])
    return text.splitlines()[0].removeprefix("# ")


def exercises(notebook: dict) -> list[tuple[str, str, str]]:
    """Number, level and text of each exercise: the text goes to the end of its cell."""
    found = []
    for cell in parts(notebook, "markdown"):
        source = "".join(cell["source"])
        if match := EXERCISE.search(source):
            chapter, number, level = match.groups()
            found.append((f"{chapter}.{number}", level, source[match.end() :]))
    return found


def words(markdown: str) -> int:
    """Words of a text; a formula in a line counts as one."""
    text = re.sub(r"\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"\$[^$]+\$|`[^`]+`", " formula ", text)
    text = re.sub(r"\]\([^)]*\)", " ", text)  # where a link leads
    return len(re.findall(r"[^\W_][\w'’.,-]*", text))


def minutes(notebook: dict) -> int:
    """To read the prose, the captions and the code that is not folded, to the next five minutes."""
    prose = "\n\n".join("".join(c["source"]) for c in parts(notebook, "markdown"))
    code = parts(notebook, "code")
    figures = [c["metadata"].get("mystnb", {}).get("figure", {}) for c in code]
    shown = [c for c in code if not prompt(c)]
    lines = [line for c in shown for line in "".join(c["source"]).splitlines()]
    time = PER_WORD * words(
        "\n".join([prose, *(f.get("caption", "") for f in figures)])
    )
    time += PER_LINE_OF_CODE * sum(bool(line.strip()) for line in lines)
    time += PER_EQUATION * (prose.count("$$") // 2)
    return 5 * max(1, round(time / 5))


class ChapterMarks(SphinxTransform):
    """In a chapter, anchor each exercise and say under the title how long it takes to read."""

    default_priority = 400  # before Sphinx collects the labels

    def apply(self, **kwargs) -> None:
        """Do so for one document."""
        if not CHAPTER.match(self.env.docname):
            return
        for strong in list(self.document.findall(nodes.strong)):
            if match := ANCHORED.match(strong.astext()):
                name = f"exercise-{match[1]}-{match[2]}"
                strong.parent["names"].append(name)
                self.document.note_explicit_target(strong.parent)
        notebook = json.loads(Path(self.env.doc2path(self.env.docname)).read_text())
        heading = next(self.document.findall(nodes.title))
        about = f"About {minutes(notebook)} minutes to read · "
        number = f"{len(exercises(notebook))} exercises"
        link = nodes.reference("", number, refid="exercises", internal=True)
        line = nodes.paragraph(
            "", "", nodes.Text(about), link, classes=["reading-time"]
        )
        heading.parent.insert(heading.parent.index(heading) + 1, line)


class Exercises(SphinxDirective):
    """All exercises, chapter by chapter: number, level, text, and the way to each."""

    def run(self) -> list[nodes.Node]:
        """Read the chapters beside this page."""
        sections = []
        for path in sorted(Path(self.env.srcdir, "book").glob("[0-9]*.ipynb")):
            self.env.note_dependency(str(path))
            notebook, chapter = json.loads(path.read_text()), int(path.stem[:2])
            section = nodes.section(ids=[f"chapter-{chapter}"])
            section += nodes.title(text=f"Chapter {chapter}: {title(notebook)}")
            for number, level, text in exercises(notebook):
                anchor = f"exercise-{number.replace('.', '-')}"
                link = f"**[Exercise {number}](#{anchor})** ({level}). "
                section += parsed(self, (link + text).splitlines())
            sections.append(section)
        return sections


def setup(app: Sphinx) -> None:
    """Register the directive and the marks."""
    app.add_directive("exercises", Exercises)
    app.add_transform(ChapterMarks)
