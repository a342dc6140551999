"""What runs on GitHub is valid, asks for no more than it needs, and calls what exists; the deploy workflow's tools."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import _ext
import build
import publish_notebooks
import pytest
import yaml
from _ext import doi_links
from addresses import addressed
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
ACTIONS = sorted(GITHUB.glob("actions/*/action.yml"))
PINNED = r"[\w-]+/[\w.-]+(/[\w.-]+)*@[0-9a-f]{40} # v\d+\.\d+\.\d+"
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-actions": ACTIONS,
    "dependabot": [GITHUB / "dependabot.yml"],
    "github-issue-forms": sorted(GITHUB.glob("ISSUE_TEMPLATE/*.yml")),
}

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)


def jobs(path):
    return yaml.safe_load(path.read_text())["jobs"]


def commands(path):
    return "\n".join(step.get("run", "") for job in jobs(path).values() for step in job["steps"])


def make_targets(text):
    return set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_github_reads_is_valid_by_its_schema(schema):
    assert SCHEMAS[schema]
    result = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *map(str, SCHEMAS[schema])])
    assert result.exit_code == 0, result.output


def test_a_security_linter_finds_nothing():
    linter = Path(sys.executable).with_name("zizmor")
    result = subprocess.run([linter, "--offline", "--quiet", GITHUB], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda p: str(p.relative_to(GITHUB)))
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path):
    uses = re.findall(r"\buses: (.+)", path.read_text())
    assert uses
    for action in uses:
        if action.startswith("./"):
            assert (ROOT / action / "action.yml").exists(), action
        else:
            assert re.fullmatch(PINNED, action), action


def test_an_action_has_the_same_version_everywhere():
    text = "".join(path.read_text() for path in [*WORKFLOWS, *ACTIONS])
    pins = set(re.findall(r"\buses: ([^.\s]\S+)@(\S+ # \S+)", text))
    assert len(pins) == len({action for action, _ in pins})


@each_workflow
def test_a_workflow_has_no_permission_but_what_a_job_asks_for(path):
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    writing = {
        (path.stem, name, what)
        for name, job in jobs(path).items()
        for what, access in job["permissions"].items()
        if access != "read"
    }
    allowed = {
        ("deploy", "pages", "pages"),
        ("deploy", "pages", "id-token"),
        ("deploy", "notebooks", "contents"),
    }
    assert writing == {entry for entry in allowed if entry[0] == path.stem}


@each_workflow
def test_every_job_ends_in_time_and_no_checkout_keeps_its_token(path):
    for job in jobs(path).values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    assert yaml.safe_load(path.read_text())["concurrency"]["group"]


def test_the_versions_of_python_are_those_that_the_package_is_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tested = jobs(GITHUB / "workflows/test.yml")["test"]["strategy"]["matrix"]["python"]
    named = set(re.findall(r"(?<=\")3\.\d+(?=\")", "".join(path.read_text() for path in WORKFLOWS)))
    assert all(version in SpecifierSet(project["requires-python"]) for version in named)
    assert named == set(tested)  # what is deployed and checked elsewhere is tested as well
    assert tested[0] == re.search(r"3\.\d+", project["requires-python"])[0]


@each_workflow
def test_every_target_that_a_workflow_makes_is_in_the_makefile(path):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = make_targets(commands(path))
    assert called
    assert called <= known


def test_github_runs_what_the_projects_own_ci_runs():
    own = make_targets((ROOT / ".ci" / "run").read_text())
    assert {"test", "lint", "test-colab"} <= own
    assert make_targets(commands(GITHUB / "workflows/test.yml")) == own


def test_the_makefile_takes_any_chromium_that_the_browser_tests_take():
    names = re.findall(r'which\("([\w-]+)"\)', (ROOT / "tools/headless.py").read_text())
    recipe = (ROOT / "Makefile").read_text().split(".work/chromium:\n")[1]
    assert len(names) == 3
    assert re.findall(r"command -v ([\w-]+)", recipe) == names


def test_the_link_check_asks_the_registry_about_a_doi_and_leaves_other_addresses():
    address = "https://doi.org/10.1016/0893-6080(89)90014-2"
    asked = doi_links.ask_the_registry(None, address)
    assert asked == "https://doi.org/api/handles/10.1016/0893-6080(89)90014-2"
    assert doi_links.ask_the_registry(None, asked) is None
    assert doi_links.ask_the_registry(None, "https://arxiv.org/abs/2209.10652") is None
    extensions = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]["extensions"]
    assert "_ext" in extensions
    assert doi_links in _ext.PARTS


# ------------------------------------------------------------------------------------------------------------ addresses

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
GOOD = {"url": "https://github.com/some-one/a.book", "branch": "v1/main", "site": "https://some-one.github.io/a.book"}


def given(addresses):
    """The environment that the deploy workflow passes."""
    return {f"BOOK_{name.upper()}": value for name, value in addresses.items()}


def test_the_committed_addresses_are_unset():
    assert CONFIG["repository"] == {"url": "", "branch": "main"}
    assert CONFIG["sphinx"]["config"]["html_baseurl"] == ""
    assert addressed(CONFIG, {}) == CONFIG


def test_what_is_built_has_three_values_set_and_nothing_else_changed():
    before = json.dumps(CONFIG)
    built = addressed(CONFIG, given(GOOD))
    assert json.dumps(CONFIG) == before
    assert addressed(built, given(GOOD)) == built
    assert addressed(CONFIG, given(GOOD | {"site": GOOD["site"] + "/"})) == built
    want = json.loads(before)
    want["repository"] = {"url": GOOD["url"], "branch": GOOD["branch"]}
    want["sphinx"]["config"]["html_baseurl"] = GOOD["site"] + "/"
    assert built == want
    assert json.dumps(built) == json.dumps(want)  # in the same order


SITE = "https://o.github.io/"
BAD = {
    "url": ["", "github.com/o/r", "http://github.com/o/r", "https://github.com/o"]
    + [f"https://github.com/o/r{end}" for end in ("/", ".git", "\nx: 1", '"', "#a", "/tree/main")],
    "branch": ["", "-f", "/a", "a/", "a..b", "a b", 'a"', "a#b", "a."],
    "site": ["", "o.github.io", "ftp://o.github.io/", f"{SITE}a b/", f"{SITE}?q", f"{SITE}#x", f'{SITE}"'],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_a_bad_address_is_refused_by_name_rule_and_value(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be .+, got "):
        addressed(CONFIG, given(GOOD | {name: value}))


def test_the_build_says_what_is_wrong_with_an_address(monkeypatch):
    for name, value in given(GOOD).items():
        monkeypatch.setenv(name, value)
    assert yaml.safe_load(build.configuration()) == addressed(CONFIG, given(GOOD))
    monkeypatch.setenv("BOOK_URL", "git@github.com:o/r")
    with pytest.raises(SystemExit, match=r"^build: url must be https://HOST/OWNER/REPO, got 'git@github.com:o/r'$"):
        build.configuration()


def test_the_deploy_workflow_passes_every_address_to_the_step_that_builds():
    steps = [step for job in jobs(GITHUB / "workflows/deploy.yml").values() for step in job["steps"]]
    building = [step for step in steps if step.get("run", "").startswith("make ")]
    assert building
    assert all(set(given(GOOD)) == set(step["env"]) for step in building)


# ------------------------------------------------------------------------------------------------------------ notebooks


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small repository that has supertoy and a README, a folder of notebooks, and a bare repository to push to."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setattr(publish_notebooks, "ROOT", tmp_path)
    for name in ("supertoy/a.py", "pyproject.toml", "README.md", "notebooks/01_a.ipynb", "notebooks/README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    git = publish_notebooks.git
    git("init", "--quiet", where=tmp_path)
    git("init", "--quiet", "--bare", "remote.git", where=tmp_path)
    commit(tmp_path, "supertoy", "pyproject.toml")
    return tmp_path


def commit(where, *files):
    publish_notebooks.git("add", *files, where=where)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    publish_notebooks.git(*who, "commit", "--quiet", "--message", "change", where=where)
    return publish_notebooks.git("rev-parse", "HEAD", where=where)


def push(project):
    publish_notebooks.add_binder(project / "notebooks", GOOD["url"])
    return publish_notebooks.publish(project / "notebooks", (project / "remote.git").as_uri(), "notebooks", "now")


def on_remote(project, *arguments):
    return publish_notebooks.git(*arguments, where=project / "remote.git")


def test_notebooks_are_the_only_commit_of_their_branch(project):
    assert push(project)
    first = on_remote(project, "rev-parse", "notebooks")
    files = ["01_a.ipynb", "README.md", "binder/requirements.txt", "binder/runtime.txt"]
    assert on_remote(project, "ls-tree", "-r", "--name-only", "notebooks").splitlines() == files
    (project / "notebooks" / "01_a.ipynb").write_text("new")
    assert push(project)
    assert on_remote(project, "rev-parse", "notebooks") != first
    assert on_remote(project, "rev-list", "--count", "notebooks") == "1"
    assert on_remote(project, "show", "notebooks:01_a.ipynb") == "new"


def test_a_branch_that_would_not_change_is_left_alone(project):
    assert push(project)
    first = on_remote(project, "rev-parse", "notebooks")
    commit(project, "README.md")
    assert not push(project)
    assert on_remote(project, "rev-parse", "notebooks") == first
    (project / "supertoy" / "a.py").write_text("new")
    commit(project, "supertoy")
    assert push(project)


def test_binder_installs_supertoy_as_of_the_commit_that_last_changed_it(project):
    changed = publish_notebooks.git("rev-parse", "HEAD", where=project)
    assert commit(project, "README.md") != changed
    for _ in range(2):  # the second time finds the first time's files
        publish_notebooks.add_binder(project / "notebooks", GOOD["url"])
    lines = (project / "notebooks" / "binder" / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if "supertoy" in line and "@" in line] == [
        f"supertoy[lens] @ {GOOD['url']}/archive/{changed}.zip"
    ]


def test_git_gets_the_token_by_asking(project, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "a-secret")
    ask = ["git", "-c", f"credential.helper={publish_notebooks.TOKEN}", "credential", "fill"]
    asked = "protocol=https\nhost=github.com\n\n"
    answer = subprocess.run(ask, input=asked, capture_output=True, text=True, check=True, cwd=project).stdout
    assert "username=x-access-token\npassword=a-secret\n" in answer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["notebooks", "--url", "github.com/o/r"], "url must be https://HOST/OWNER/REPO, got 'github.com/o/r'"),
        (["supertoy", "--url", GOOD["url"]], "folder must hold notebooks, got 'supertoy'"),
        (
            ["notebooks", "--url", GOOD["url"], "--branch", "main"],
            "branch must be one that may be replaced, got 'main'",
        ),
    ],
)
def test_a_push_that_would_destroy_something_is_refused(project, arguments, message):
    command = [sys.executable, ROOT / "tools" / "publish_notebooks.py", *arguments, "--remote", "remote.git"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=project)
    assert (result.returncode, result.stderr) == (1, f"publish: {message}\n")
    assert on_remote(project, "branch", "--list") == ""


def test_binder_has_the_books_versions():
    pins = set((ROOT / "constraints.txt").read_text().splitlines())
    lines = (ROOT / "tools" / "binder" / "requirements.txt").read_text().splitlines()
    exact = {line for line in lines if "==" in line}
    assert len(exact) >= 6
    assert exact <= pins
    imported = {"torch", "numpy", "matplotlib", "joblib", "transformers", "anywidget"}
    assert imported <= {line.split("==")[0] for line in exact}
    runtime = (ROOT / "tools" / "binder" / "runtime.txt").read_text().strip()
    assert runtime.removeprefix("python-") in json.dumps(jobs(GITHUB / "workflows/test.yml"))
