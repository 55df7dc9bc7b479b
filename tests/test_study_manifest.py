from __future__ import annotations

import shutil
import subprocess

import pytest

from chatsim.policy import compile_row
from chatsim.study.manifest import commit, compiled_policies, versions
from tests.studies import FIVE, UNCAPPED


def test_policies_are_listed_with_the_row_that_decides():
    listed = compiled_policies([UNCAPPED, FIVE])
    assert [each.name for each in listed] == ["uncapped", "cap-5"]
    assert listed[1].row == compile_row(FIVE)


def test_versions_name_python_and_what_decides_numbers():
    named = {each.name: each.version for each in versions()}
    assert {"python", "numpy", "numba", "scipy", "polars", "msgpack", "trio", "format"} <= set(
        named
    )
    assert named["numpy"] != "not installed"


@pytest.fixture
def package(tmp_path):
    """A checkout with a package in it, committed."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").touch()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "package")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")
    return folder


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-C", folder, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_checkout_has_a_commit(package):
    assert commit(package) == git(package, "rev-parse", "HEAD")


def test_changed_files_show_behind_the_commit(package):
    (package / "__init__.py").write_text("changed = True\n")
    assert commit(package) == git(package, "rev-parse", "HEAD") + "+changes"


def test_a_package_installed_below_another_checkout_has_no_commit(package):
    installed = package.parent / "site-packages"
    installed.mkdir()
    (installed / "__init__.py").touch()
    assert commit(installed) is None


def test_outside_of_a_checkout_there_is_no_commit(tmp_path):
    assert commit(tmp_path) is None


def test_without_git_there_is_no_commit(package, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit(package) is None
