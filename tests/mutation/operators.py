"""What a mutant changes: one comparison, constant, statement, argument, entry or branch of a module."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any, TypeAlias

#: A replacement of a node, and what it changes in words.
Changed: TypeAlias = tuple[ast.AST | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a node stands.

    Attributes:
        slot: name of the parent's field, and the index if that is a list.
        statement: the smallest statement around it.
        function: qualified name of the outermost function whose body holds it; None if it runs at import.

    """

    parent: ast.AST
    slot: tuple[str, int | None]
    statement: ast.stmt
    function: str | None

    def holds(self) -> ast.AST:
        name, index = self.slot
        field = getattr(self.parent, name)
        node: ast.AST = field if index is None else field[index]
        return node

    def put(self, node: ast.AST | None) -> None:
        """Put a node there; None takes the entry out of its list."""
        name, index = self.slot
        if index is None:
            setattr(self.parent, name, node)
        else:
            entries = list(getattr(self.parent, name))
            entries[index : index + 1] = [] if node is None else [node]
            setattr(self.parent, name, entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One mutant of a parsed module, which can be made and undone."""

    place: Place
    new: ast.AST | None
    what: str

    def compiled(self, tree: ast.Module, path: str) -> Any:
        """Return the code of the mutated module; the tree is left as it was."""
        name, _ = self.place.slot
        before = getattr(self.place.parent, name)
        self.place.put(self.new)
        try:
            return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
        finally:
            setattr(self.place.parent, name, before)

    def diff(self) -> tuple[str, ...]:
        """Return the changed lines of the statement around it, as `ast.unparse` spells them."""
        name, _ = self.place.slot
        field = getattr(self.place.parent, name)
        old = ast.unparse(self.place.statement)
        if self.place.holds() is self.place.statement:
            new = ast.unparse(self.new) if self.new else ""
        else:
            self.place.put(self.new)
            new = ast.unparse(ast.fix_missing_locations(self.place.statement))
            setattr(self.place.parent, name, field)
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
        changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        return _shortened(*changed) if len(changed) == _ONE_LINE else tuple(changed)


#: One line before, and one after.
_ONE_LINE = 2
#: Characters that are shown around what differs; a whole table is one line.
_AROUND = 50


def _shortened(old: str, new: str) -> tuple[str, str]:
    same = len(commonprefix((old[1:], new[1:])))  # noqa: RUF071 - these are no paths
    end = len(commonprefix((old[:same:-1], new[:same:-1])))  # noqa: RUF071
    begin = max(1, same - _AROUND)
    return old[0] + old[begin : len(old) - end + _AROUND], new[0] + new[begin : len(new) - end + _AROUND]


def edits(tree: ast.Module) -> Iterator[Edit]:
    """Return every mutant of a module, in the order of its source."""
    for index, statement in enumerate(tree.body):
        place = Place(parent=tree, slot=("body", index), statement=statement, function=None)
        yield from _at(statement, place, ())


#: What only says what things are, or what people read in logs.
_NOT_RUN = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.JoinedStr)
#: Fields that hold types, and decorators.
_TYPES = frozenset({"annotation", "returns", "decorator_list", "bases", "keywords_of_class"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _at(node: ast.AST, place: Place, scope: tuple[str, ...]) -> Iterator[Edit]:
    if isinstance(node, _NOT_RUN) or _is_type(node) or _is_docstring(node) or _is_unreachable(node):
        return
    for new, what in _changes(node):
        yield Edit(place=place, new=new, what=what)
    if _is_log(node):
        return
    for name, child, index in _children(node):
        inner = (*scope, node.name) if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) else scope
        within = Place(
            parent=node,
            slot=(name, index),
            statement=child if isinstance(child, ast.stmt) else place.statement,
            function=_function(node, name, place.function, inner),
        )
        if name in _LISTS.get(type(node), ()) and _may_drop(node, child):
            yield Edit(place=within, new=None, what=f"{ast.unparse(child)} is dropped")
        yield from _at(child, within, inner)


def _function(node: ast.AST, field: str, outer: str | None, scope: tuple[str, ...]) -> str | None:
    if outer is None and isinstance(node, _FUNCTIONS) and field == "body":
        return ".".join(scope)
    return outer


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST, int | None]]:
    for name, field in ast.iter_fields(node):
        if name in _TYPES or (name == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        if isinstance(field, ast.AST):
            yield name, field, None
        elif isinstance(field, list):
            yield from ((name, one, at) for at, one in enumerate(field) if isinstance(one, ast.AST))


def _is_type(node: ast.AST) -> bool:
    """Whether it makes a type or a logger, at the top of a module."""
    value = node.value if isinstance(node, ast.Assign) else None
    made = value.func if isinstance(value, ast.Call) else None
    if made is not None and ast.unparse(made) in {"TypeVar", "NewType", "structlog.get_logger"}:
        return True
    if isinstance(value, ast.Subscript):
        return ast.unparse(value.value) in {"dict", "tuple", "list", "frozenset", "Callable"}
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_unreachable(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" in ast.unparse(node.exc)


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("log.")


#: Lists whose entries can be dropped one by one.
_LISTS: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.Call: ("keywords", "args"),
    ast.Set: ("elts",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Match: ("cases",),
    ast.comprehension: ("ifs",),
}
#: Calls that take any number of conditions or values.
_ANY_NUMBER = frozenset({"where", "and_", "or_", "select", "order_by", "chain", "union"})


def _may_drop(node: ast.AST, entry: ast.AST) -> bool:
    if isinstance(node, ast.Call) and not isinstance(entry, ast.keyword):
        several = _called(node) in _ANY_NUMBER and len(node.args) > 1
        return entry in node.args and several
    if isinstance(node, ast.Tuple | ast.List):
        return isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Match) and isinstance(entry, ast.match_case):
        return len(node.cases) > 1 and not _is_unreachable(entry.body[0])
    return True


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _changes(node: ast.AST) -> Iterator[Changed]:
    change = _CHANGES.get(type(node))
    return change(node) if change is not None else iter(())


_OPPOSITES: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def _compare(node: ast.Compare) -> Iterator[Changed]:
    for index, op in enumerate(node.ops):
        for other in _OPPOSITES[type(op)]:
            new = copy(node)
            new.ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            left = node.comparators[index - 1] if index else node.left
            was = ast.Compare(left=left, ops=[op], comparators=[node.comparators[index]])
            now = ast.Compare(left=left, ops=[other()], comparators=[node.comparators[index]])
            yield new, f"{ast.unparse(was)} becomes {ast.unparse(now)}"


def _bool_op(node: ast.BoolOp) -> Iterator[Changed]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(op=other, values=node.values), f"{type(node.op).__name__} becomes {type(other).__name__}"
    for index, value in enumerate(node.values):
        left = [*node.values[:index], *node.values[index + 1 :]]
        kept = left[0] if len(left) == 1 else ast.BoolOp(op=node.op, values=left)
        yield kept, f"{ast.unparse(value)} is dropped"


def _not(node: ast.UnaryOp) -> Iterator[Changed]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand, f"{type(node.op).__name__} is dropped"


def _constant(node: ast.Constant) -> Iterator[Changed]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value), f"{value} becomes {not value}"
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1), f"{value} becomes {value + 1}"
        if value > 0:
            yield ast.Constant(value - 1), f"{value} becomes {value - 1}"
    elif isinstance(value, str) and " " not in value:
        # Sentences are for people, who may get others.
        yield ast.Constant(value + "~"), f"{value!r} becomes another word"


_ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
}


def _arithmetic(node: ast.BinOp) -> Iterator[Changed]:
    other = _ARITHMETIC.get(type(node.op))
    if other is not None:
        new = ast.BinOp(left=node.left, op=other(), right=node.right)
        yield new, f"{type(node.op).__name__} becomes {other.__name__}"


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(op=ast.Not(), operand=test)


def _branches(node: ast.If | ast.While | ast.IfExp) -> Iterator[Changed]:
    new = copy(node)
    new.test = _negated(node.test)
    yield new, "the condition is negated"


#: Methods without which a value stays almost what it is.
_CHAINED = frozenset(
    {"where", "order_by", "limit", "with_for_update", "join", "quantize", "on_conflict_do_nothing"}
)
_COUNTERPARTS: Mapping[str, str] = {"min": "max", "max": "min", "any": "all", "all": "any"}


def _call(node: ast.Call) -> Iterator[Changed]:
    name = _called(node)
    if isinstance(node.func, ast.Attribute) and _is_link(node, name):
        yield node.func.value, f".{name} is dropped"
    if isinstance(node.func, ast.Name) and name in _COUNTERPARTS:
        new = copy(node)
        new.func = ast.Name(id=_COUNTERPARTS[name], ctx=ast.Load())
        yield new, f"{name} becomes {_COUNTERPARTS[name]}"


def _is_link(node: ast.Call, name: str) -> bool:
    return name in _CHAINED or (not node.args and not node.keywords)


def _dict(node: ast.Dict) -> Iterator[Changed]:
    for index, key in enumerate(node.keys):
        keys = [*node.keys[:index], *node.keys[index + 1 :]]
        values = [*node.values[:index], *node.values[index + 1 :]]
        told = ast.unparse(key) if key is not None else f"**{ast.unparse(node.values[index])}"
        yield ast.Dict(keys=keys, values=values), f"{told} is dropped"


def _return(node: ast.Return) -> Iterator[Changed]:
    # False is as much as None to whoever asks whether it is so; it becomes True as a constant.
    nothing = isinstance(node.value, ast.Constant) and (node.value.value is None or node.value.value is False)
    if node.value is not None and not nothing:
        yield ast.Return(value=ast.Constant(None)), "None is returned"


def _removed(node: ast.AST) -> Iterator[Changed]:
    yield ast.Pass(), "the statement is removed"


def _assignment(node: ast.Assign) -> Iterator[Changed]:
    """A name that is bound for the first time is missed at once: only other assignments are worth removing."""
    if any(isinstance(one, ast.Attribute | ast.Subscript) for one in node.targets) or _reads_own(node):
        yield ast.Pass(), "the statement is removed"


def _reads_own(node: ast.Assign) -> bool:
    bound = {one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    read = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
    return bound <= read


def _expression(node: ast.Expr) -> Iterator[Changed]:
    if isinstance(node.value, ast.Call | ast.Await):
        yield ast.Pass(), "the statement is removed"


def _handler(node: ast.ExceptHandler) -> Iterator[Changed]:
    if not isinstance(node.body[0], ast.Raise):
        new = copy(node)
        new.body = [ast.Raise()]
        yield new, "the error is raised again"


_CHANGES: Mapping[type[ast.AST], Callable[[Any], Iterator[Changed]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _not,
    ast.Constant: _constant,
    ast.BinOp: _arithmetic,
    ast.If: _branches,
    ast.While: _branches,
    ast.IfExp: _branches,
    ast.Call: _call,
    ast.Dict: _dict,
    ast.Return: _return,
    ast.Raise: _removed,
    ast.AugAssign: _removed,
    ast.Continue: _removed,
    ast.Break: _removed,
    ast.Assign: _assignment,
    ast.Expr: _expression,
    ast.ExceptHandler: _handler,
}
