"""Functions that no file holds: made by exec, given to -c, typed at a prompt, piped in, defined in IPython."""

from __future__ import annotations

import code
import importlib.util
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cobra.compiler.frontend.source import find_source
from cobra.errors import SourceUnavailable

ROOT = Path(__file__).resolve().parents[3]
NUMBER = 12

Keep = Callable[[Any], Any]
Maker = Callable[[dict[str, Any]], object]


class _Holder:
    def __init__(self) -> None:
        self.text = "@keep\ndef kernel(x):\n    return x + 21"

    def run(self, namespace: dict[str, Any]) -> None:
        exec(self.text, namespace)


def _from_variable(namespace: dict[str, Any]) -> None:
    text = "\n@keep\ndef kernel(x):\n    return x + 22"
    exec(text, namespace)


def _from_lines(namespace: dict[str, Any]) -> None:
    lines = ["@keep", "def kernel(x):", "    return x + 23"]
    exec("\n".join(lines), namespace)


def _from_octets(namespace: dict[str, Any]) -> None:
    octets = b"keep(lambda x: x + 24)"
    exec(octets, namespace)


def _after_exec(namespace: dict[str, Any]) -> None:
    texts = {"kernel": "def kernel(x):\r\n    return x + 25\r\n"}
    exec(texts["kernel"], namespace)
    namespace["keep"](namespace["kernel"])


def _in_a_thread(namespace: dict[str, Any]) -> None:
    thread = threading.Thread(target=_from_variable, args=(namespace,))
    thread.start()
    thread.join()


def _at_a_console(namespace: dict[str, Any]) -> None:
    console = code.InteractiveConsole(namespace)
    for line in ("@keep", "def kernel(x):", "    return x + 26", ""):
        console.push(line)


def _over_lines(namespace: dict[str, Any]) -> None:
    exec(
        "keep(lambda x: x + %d)"  # noqa: UP031
        % NUMBER,
        namespace,
    )  # fmt: skip


EXECUTED: dict[str, tuple[Maker, str]] = {
    "constant": (lambda names: exec("@keep\ndef kernel(x):\n    return x + 11", names), "def kernel(x):\n    return x + 11"),
    "variable": (_from_variable, "def kernel(x):\n    return x + 22"),
    "attribute": (lambda names: _Holder().run(names), "def kernel(x):\n    return x + 21"),
    "lines": (_from_lines, "def kernel(x):\n    return x + 23"),
    "octets": (_from_octets, "lambda x: x + 24"),
    "formatted": (lambda names: exec(f"keep(lambda x: x + {NUMBER})", names), "lambda x: x + 12"),
    "template": (lambda names: exec("keep(lambda x: x - {})".format(NUMBER), names), "lambda x: x - 12"),  # noqa: UP032
    "percent over lines": (_over_lines, "lambda x: x + 12"),
    "dedented": (
        lambda names: exec(
            textwrap.dedent(f"""
            @keep
            def kernel(x):
                return x * {NUMBER}
            """),
            names,
        ),
        "def kernel(x):\n    return x * 12",
    ),
    "compiled": (lambda names: exec(compile(f"keep(lambda x: x / {NUMBER})", "<made>", "exec"), names), "lambda x: x / 12"),
    "evaluated": (lambda names: names["keep"](eval(f"lambda x: x // {NUMBER}")), "lambda x: x // 12"),
    "after exec": (_after_exec, "def kernel(x):\n    return x + 25"),
    "thread": (_in_a_thread, "def kernel(x):\n    return x + 22"),
    "console": (_at_a_console, "def kernel(x):\n    return x + 26"),
}


@pytest.mark.parametrize(("make", "text"), EXECUTED.values(), ids=EXECUTED)
def test_finds_what_exec_was_given(make: Maker, text: str) -> None:
    found: list[str] = []
    make({"keep": lambda function: found.append(find_source(function).text) or function})
    assert found == [text]


def test_finds_the_file_that_exec_read(tmp_path: Path) -> None:
    path, found = tmp_path / "executed.py", SimpleNamespace()
    path.write_text("found.source = find(lambda x: x + 31)\n")
    exec(path.read_text(), {"found": found, "find": find_source})
    assert (found.source.text, found.source.column) == ("lambda x: x + 31", 20)


def test_a_text_with_a_side_effect_is_not_computed_again() -> None:
    texts = iter(["first = 1", f"keep(lambda x: x + 4{NUMBER})", "third = 3"])
    left: list[object] = []

    def keep(function: Any) -> None:
        with pytest.raises(SourceUnavailable):
            find_source(function)
        left.append(next(texts, None))

    next(texts)
    exec(next(texts), {"keep": keep})
    assert left == ["third = 3"]


def test_says_what_would_work_when_nothing_holds_the_text() -> None:
    def vanished() -> Any:
        names: dict[str, Any] = {}
        exec("".join(chr(ord(letter) - 1) for letter in "gvodujpo!>!mbnceb!y;!y!+!88"), names)
        return names["function"]

    with pytest.raises(SourceUnavailable) as raised:
        find_source(vanished())
    message = str(raised.value)
    assert "'<lambda>' (<string>:1) is not available: no file, notebook cell or reachable text holds it" in message
    assert "keep the text given to exec in a variable" in message and "source=" in message
    assert isinstance(raised.value, OSError)


def test_texts_that_differ_only_in_what_python_ignores_are_not_guessed_between() -> None:
    texts = [f"def kernel(x):\n    y: float{bits} = x\n    return y + 51" for bits in (32, 64)]
    for text in texts:
        names: dict[str, Any] = {}
        exec(text, names)
        with pytest.raises(SourceUnavailable, match="differ in the types of local variables"):
            find_source(names["kernel"])
        assert find_source(names["kernel"], text).text == text


# a package without its own start, so that a process costs no more than Python's
START = """
import sys, types
package = types.ModuleType("cobra"); package.__path__ = [{path!r}]; sys.modules["cobra"] = package
from cobra.compiler.frontend.source import find_source
show = lambda function: print("FOUND", repr(find_source(function).text), find_source(function).first_line) or function
"""
START = START.format(path=str(ROOT / "cobra"))
TYPED = "@show\ndef kernel(x):\n    y = x\n    return y + 61\n\nother = show(lambda x: x * 62)\n"
KERNEL, LAMBDA = "'def kernel(x):\\n    y = x\\n    return y + 61'", "'lambda x: x * 62'"
AT_A_PROMPT = [f"FOUND {KERNEL} 2", f"FOUND {LAMBDA} 1"]
IN_A_SCRIPT = [f"FOUND {KERNEL} 7", f"FOUND {LAMBDA} 11"]


def _found(output: str) -> list[str]:
    lines = (line[line.find("FOUND") :].strip() for line in output.splitlines())
    return [line for line in lines if line.startswith("FOUND '")]


def _run(arguments: Sequence[str], **keywords: Any) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-q", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60, **keywords)
    assert _found(result.stdout), result.stderr
    return _found(result.stdout)


def test_finds_what_was_given_to_the_command_line() -> None:
    assert _run(["-c", START + TYPED]) == IN_A_SCRIPT


def test_finds_a_redirected_script(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(START + TYPED)
    with script.open() as stream:
        assert _run(["-"], stdin=stream) == IN_A_SCRIPT


on_glibc = pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()), reason="the buffer is glibc's")


@on_glibc
@pytest.mark.parametrize("arguments", [["-"], ["-i"]], ids=["script", "prompt"])
def test_finds_a_piped_script(arguments: list[str]) -> None:
    expected = IN_A_SCRIPT if arguments == ["-"] else AT_A_PROMPT
    assert _run(arguments, input=START + TYPED) == expected


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_finds_what_was_typed_at_the_prompt(tmp_path: Path) -> None:
    pytest.importorskip("readline")
    start = tmp_path / "start.py"
    start.write_text(START)
    environment = {**os.environ, "TERM": "dumb", "PYTHONSTARTUP": str(start), "HOME": str(tmp_path), "PYTHON_BASIC_REPL": "1"}
    controller, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-q"], stdin=terminal, stdout=terminal, stderr=terminal, env=environment, close_fds=True
    )
    os.close(terminal)
    os.write(controller, (TYPED + "show(kernel)\nexit()\n").encode())
    output = b""
    try:
        while chunk := os.read(controller, 1 << 16):
            output += chunk
    except OSError:  # the other side has closed
        pass
    finally:
        os.close(controller)
        process.wait(timeout=60)
    assert _found(output.decode()) == [*AT_A_PROMPT, AT_A_PROMPT[0]]


@pytest.mark.skipif(importlib.util.find_spec("IPython") is None, reason="IPython is not installed")
def test_finds_what_ipython_ran() -> None:
    cells = [START, TYPED, "%time show(lambda x: x + 63)", "%%timeit -n1 -r1\nshow(lambda x: x + 64)"]
    shell = "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
    found = _run(["-c", shell + "".join(f"shell.run_cell({cell!r})\n" for cell in cells)])
    assert found == [*AT_A_PROMPT[:1], f"FOUND {LAMBDA} 6", "FOUND 'lambda x: x + 63' 1", "FOUND 'lambda x: x + 64' 1"]
