"""The image's definition: runs as nobody in particular, and holds no file that it should not."""

from __future__ import annotations

from tests.project import ROOT

LINES = [line.split() for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if line.strip()]
ALLOWED = {
    line.removeprefix("!")
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line.startswith("!")
}


def test_image_runs_as_a_numbered_user_that_is_not_root() -> None:
    # Numbered, so that Kubernetes' runAsNonRoot can tell.
    instructions = [line[0] for line in LINES]
    (user,) = (line[1] for line in LINES if line[0] == "USER")
    assert int(user) > 0
    assert instructions.index("USER") < instructions.index("COPY") < instructions.index("ENTRYPOINT")


def test_image_copies_what_there_is_and_nothing_else() -> None:
    copied = {source for line in LINES if line[0] == "COPY" for source in line[2:-1]}
    assert copied == ALLOWED
    assert all((ROOT / source).exists() for source in copied)


def test_everything_is_kept_from_the_image_unless_it_is_named() -> None:
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").startswith("*\n")
    assert ".env" not in ALLOWED
