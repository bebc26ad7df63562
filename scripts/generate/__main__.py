"""`python -m scripts.generate [--check]`: write the generated documents, or fail if one is stale."""

from __future__ import annotations

import sys

from scripts.generate.documents import ROOT, documents


def main(arguments: list[str]) -> int:
    """Write the stale documents and print their names; with `--check` only print them."""
    check = arguments == ["--check"]
    if arguments and not check:
        sys.stderr.write("usage: python -m scripts.generate [--check]\n")
        return 2
    stale = [(path, text) for path, text in documents() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}\n")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
