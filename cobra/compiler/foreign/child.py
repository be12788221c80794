"""The program of a child process: LLVM text in, an object or the reason why there is none out.

LLVM ends or hangs the process it runs in over many a text that somebody wrote by hand, so this runs in a process of its own,
under limits, and imports nothing of Cobra's. It is run as a script with the folder of llvmlite as its argument; the request
comes as JSON on standard input, the answer goes to standard output in a frame, and what LLVM itself prints to standard error.
No parser of assembly is set up: one could read files of the machine into the object.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

MAGIC = b"cobra\0\1\n"
OBJECT, REFUSAL = b"O", b"R"

_OPERAND = r'%"[^"]*"|<[^<>]*>|splat \([^()]*\)|[^\s,]+'
_DIVISION = re.compile(
    r'  (?P<result>%"[^"]*"|%\S+) = (?P<sign>[su])(?P<what>div|rem)(?: exact)? (?P<type>i\d+|<[^<>]*>) '
    rf"(?P<left>{_OPERAND}), (?P<right>{_OPERAND})(?:, !.*)?"
)
_DIVIDES = re.compile(r'\s*(?:%"[^"]*"|%\S+) = [su](?:div|rem) ')
_ENDS_THE_PROCESS = re.compile(r"@llvm\.(?:trap|debugtrap|ubsantrap|[su]div\.fix[.\w]*|vp\.[su](?:div|rem)[.\w]*)")


def _limit_self(seconds: int, memory: int) -> None:
    """Limit the time and the memory of this process, and end it with its parent, as far as the system lets it."""
    try:
        import resource
    except ImportError:
        return
    with open("/proc/self/statm", encoding="ascii") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    wanted = [
        (resource.RLIMIT_AS, now + memory), (resource.RLIMIT_CPU, seconds + 1), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ]  # fmt: skip
    for what, limit in wanted:
        _, most = resource.getrlimit(what)
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(what, (limit, limit))


def _end_with_parent() -> None:
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _compile(request: dict[str, Any]) -> bytes:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if sys.platform == "linux":
        _end_with_parent()
        _limit_self(request["seconds"], request["memory"])
    cpu, features = request["cpu"], ""
    if cpu is None:
        cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_triple(request["triple"] or llvm.get_process_triple()).create_target_machine(
        cpu=cpu, features=features, opt=2, reloc="pic", codemodel="small"
    )
    module = llvm.parse_assembly(request["text"])
    module.verify()
    module = llvm.parse_assembly(_guarded(str(module)))
    module.verify()
    _check_names(module, request["functions"])
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def _guarded(text: str) -> str:
    """Return a module as LLVM prints it with divisions that end no process: by zero they give 0, and beyond the type they wrap."""
    found = _ENDS_THE_PROCESS.search(text)
    if found is not None:
        raise RuntimeError(f"{found[0]} can end the process")
    return "\n".join(_guarded_division(line, k) if _DIVIDES.match(line) else line for k, line in enumerate(text.split("\n")))


def _guarded_division(line: str, number: int) -> str:
    found = _DIVISION.fullmatch(line)
    if found is None:
        raise RuntimeError(f"a division that can end the process: {line.strip()}")
    result, sign, what, kind, left, right = found.group("result", "sign", "what", "type", "left", "right")
    is_vector = kind[0] == "<"
    many = f"{kind.rpartition(' ')[0]} i1>" if is_vector else "i1"
    one, less = (f"splat ({kind[1:-1].rpartition(' ')[2]} {value})" if is_vector else value for value in ("1", "-1"))
    by, zero, minus, odd, fit, made, turned, whole = (f"%cobra.{k}.{number}" for k in range(8))
    nothing = "zeroinitializer" if is_vector else "0"
    lines = [
        f"{by} = freeze {kind} {right}",
        f"{zero} = icmp eq {kind} {by}, {nothing}",
        f"{minus} = icmp eq {kind} {by}, {less}",
        f"{odd} = or {many} {zero}, {minus if sign == 's' else zero}",
        f"{fit} = select {many} {odd}, {kind} {one}, {kind} {by}",
        f"{made} = {sign}{what} {kind} {left}, {fit}",
        f"{turned} = sub {kind} {nothing}, {made}",
        f"{whole} = select {many} {minus}, {kind} {turned if (sign, what) == ('s', 'div') else made}, {kind} {made}",
        f"{result} = select {many} {zero}, {kind} {nothing}, {kind} {whole}",  # also of a remainder, which by 1 is 0
    ]
    return "\n".join(f"  {each}" for each in lines)


def _check_names(module: Any, functions: list[str]) -> None:
    defined = sorted(function.name for function in module.functions if not function.is_declaration)
    variables = [variable.name for variable in module.global_variables]
    if defined != sorted(functions) or variables:
        raise RuntimeError(f"the text defines more than the inside of a function: {', '.join([*defined, *variables])}")


def main() -> None:
    """Answer the one request."""
    sys.path.append(sys.argv[1])
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever LLVM prints must not get between the parts of the answer.
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.read())
    try:
        kind, content = OBJECT, _compile(request)
    except Exception as error:
        kind, content = REFUSAL, str(error).encode("utf-8", "replace")
    answers.write(MAGIC + kind + len(content).to_bytes(8, "little") + content)
    answers.flush()
    # The destructors of LLVM's data have nothing to do here that could matter, and could only fail.
    os._exit(0)


if __name__ == "__main__":
    main()
