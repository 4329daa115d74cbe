"""What the README and the page on Python show is run as it stands, but for the names of this server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import SERVER, TOKEN

ROOT = Path(__file__).parents[2]
# What stands there, and what the demo's server has in its place.
HERE = {
    "http://localhost:8000": SERVER.replace("//", f"//tests:{TOKEN}@"),
    "qwen2_5_vl": "nearest-template",
    "mmmu_val": "demo_digits",
    "mmmu_acc": "acc",
    '"mme"': '"demo_shapes"',
    'harness="lm-eval", model="hf"': 'model="nearest-template"',
    "my_model": "nearest-template",
    "max_epochs=3": "max_epochs=1",
    "every_n_train_steps=500": "every_n_train_steps=1",
    "mmlu": "demo_digits",
}


def examples(name: str) -> list[str]:
    """The blocks of Python of a page, for this server."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    for there, here in HERE.items():
        blocks = [block.replace(there, here) for block in blocks]
    return blocks


def shown(block: str, capsys: pytest.CaptureFixture[str]) -> str:
    exec(compile(block, "example", "exec"), {"__name__": "example"})  # noqa: S102  # what it tests
    return capsys.readouterr().out


def test_the_examples_of_the_readme_print_what_jobs_have_found(capsys: pytest.CaptureFixture[str]) -> None:
    loop, with_asyncio = examples("python/README.md")
    assert re.fullmatch(r"completed 0\.\d+\n", shown(loop, capsys))
    assert shown(with_asyncio, capsys) == "['completed', 'completed']\n"


def test_the_examples_of_the_page_on_python_do_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    loop, refused, _, _, table = examples("docs/python.md")
    assert shown(loop, capsys).startswith("completed {'demo_digits':")
    assert shown(refused, capsys).startswith("refused num_gpus ")
    printed = shown(table, capsys)
    assert "demo_digits" in printed
    assert "12000" in printed
