"""Changing a part of a variable: ``v[i] = x``, ``p.x = x``, ``v += w``.

A kernel computes with values, plain Python with arrays and records that several names may share. A change is translated only
where no other name can see it, so that both agree: not of what came as an argument, not of what another variable may hold too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from cobra.compiler.frontend import compound_parts, expressions
from cobra.compiler.frontend.exits import HIDDEN
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import origins_in
from cobra.compiler.frontend.terms import Compound, Term
from cobra.compounds import FieldType, StructType
from cobra.errors import Location, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType


def holder(frame: Frame, target: ast.expr) -> str | None:
    """Return the variable of which a target is a part, if that variable holds a compound."""
    name = root_name(target)
    binding = frame.variables.get(name) if name is not None else None
    return name if binding is not None and isinstance(binding.term, Compound) else None


def root_name(target: ast.expr) -> str | None:
    """Return the variable at the start of ``v.x[i].y``."""
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def changed_names(frame: Frame, nodes: Iterable[ast.AST]) -> list[str]:
    """Return the variables that hold compounds of which statements change parts, in order of appearance."""
    inner = (node for outer in nodes for node in ast.walk(outer))
    stores = (node for node in inner if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store))
    return list(dict.fromkeys(name for node in stores if (name := holder(frame, node)) is not None))


def change(frame: Frame, target: ast.expr, term: Term) -> None:
    """Assign to a part of a variable."""
    owner, steps = _located(frame, target)
    _store(frame, target, owner, steps, term)


def augment(frame: Frame, statement: ast.AugAssign) -> None:
    """Translate ``v += w`` and ``v[i] += x``, which keep the type of what they change; indices are evaluated once."""
    target, location = statement.target, frame.location(statement)
    owner, steps = _located(frame, target)
    current = compound_parts.read(frame, owner, steps, location)
    value = expressions.binary(frame, statement, current, expressions.evaluate(frame, statement.value))
    _store(frame, target, owner, steps, value)


@contextmanager
def reading(frame: Frame, terms: Iterable[Term]) -> Iterator[None]:
    """Refuse changes of what terms give access to, as plain Python would read the changed values."""
    before = frame.in_use
    frame.in_use = before.union(*map(origins_in, terms))
    yield
    frame.in_use = before


def _located(frame: Frame, target: ast.expr) -> tuple[Compound, list[compound_parts.Step]]:
    """Return the compound at the start of a target, and the steps to the part."""
    chain: list[ast.Attribute | ast.Subscript] = []
    node = target
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        chain.append(node)
        node = node.value
    assert isinstance(node, ast.Name)
    owner = expressions.evaluate(frame, ast.copy_location(ast.Name(node.id, ast.Load()), node))
    assert isinstance(owner, Compound)
    steps: list[compound_parts.Step] = []
    kind: FieldType = owner.type
    for link in reversed(chain):
        for step in _steps(frame, kind, link):
            assert not isinstance(kind, ScalarType)
            steps.append(step)
            kind = compound_parts.kind_after(kind, step)
    if any(isinstance(step, compound_parts.Several) for step in steps[:-1]):
        raise UnsupportedSyntax("a kernel cannot assign to a part of a slice", frame.location(target), "Index it directly.")
    return owner, steps


def _steps(frame: Frame, kind: FieldType, link: ast.Attribute | ast.Subscript) -> Sequence[compound_parts.Step]:
    location = frame.location(link)
    if isinstance(link, ast.Subscript):
        return compound_parts.index_steps(frame, kind, link)
    if not isinstance(kind, StructType):
        raise TypeMismatch(f"a kernel cannot assign to an attribute of {kind}", location, "Assign to its elements: v[i] = x.")
    return [compound_parts.field_step(kind, link.attr, location)]


def _store(frame: Frame, target: ast.expr, owner: Compound, steps: Sequence[compound_parts.Step], term: Term) -> None:
    name, location = root_name(target), frame.location(target)
    assert name is not None
    _expect_unshared(frame, name, owner, location)
    made = compound_parts.changed(frame, owner, steps, term, location, ast.unparse(target))
    assert isinstance(made, Compound)
    binding = frame.variables[name]
    frame.variables[name] = replace(binding, term=replace(made, origins=owner.origins), location=location)


def _expect_unshared(frame: Frame, name: str, owner: Compound, location: Location) -> None:
    hint = f"Copy it first: {name} = {name}.copy()."
    if owner.origins & frame.borrowed:
        raise ReadOnlyArgument(f"this would change an argument of {frame.spec.name!r} for its caller", location, hint)
    if owner.origins & frame.in_use:
        message = f"this changes {name!r}, which the statement around it has still to read"
        raise TypeMismatch(message, location, f"Let it read a copy: {name}.copy().")
    for other, binding in frame.variables.items():
        if other != name and other not in HIDDEN and owner.origins & origins_in(binding.term):
            message = f"{name!r} and {other!r} may be one and the same here, and this would change both"
            raise TypeMismatch(message, location, hint)
