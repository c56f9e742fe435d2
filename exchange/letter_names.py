"""Every name in a template of letters, held against what a letter has: also in branches that no sample takes.

It follows loops, `set`, `with`, macros and filters. What it cannot follow, such as a key that is made up at run time, counts
as known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, nodes

from calendars.messages import Message, Wording
from calendars.nearest import nearest
from exchange.letter_kinds import ANYTHING, NUMBER, WORD, Kind, either, elements, kind_of, many, part
from exchange.letter_views import LetterView

NO_NAME = Wording(zh="没有“{found}”这个名称{near}", en="there is no {found!r}{near}")
NO_FIELD = Wording(zh="“{of}”没有“{found}”{near}", en="{of!r} has no {found!r}{near}")
NO_FILTER = Wording(zh="没有“{found}”这个过滤器{near}", en="there is no filter {found!r}{near}")
NO_TEST = Wording(zh="没有“{found}”这个判断{near}", en="there is no test {found!r}{near}")
NO_LIST = Wording(zh="“{found}”不是列表，不能逐项列出", en="{found!r} is no list to go through")
NO_OTHERS = Wording(
    zh="模板不能引用别的模板：每个文件各自完整",
    en="a text cannot take in another: each file is whole by itself",
)

_LOOP = frozenset(
    [
        "index",
        "index0",
        "revindex",
        "revindex0",
        "first",
        "last",
        "length",
        "depth",
        "depth0",
        "previtem",
        "nextitem",
        "cycle",
        "changed",
    ]
)
# What a filter makes of a list: the same list, one of it, or lists of it.
_SAME = frozenset(["list", "sort", "reverse", "unique", "select", "reject", "selectattr", "rejectattr"])
_ONE = frozenset(["first", "last", "random", "max", "min"])
_WORDS = frozenset(
    [
        "upper",
        "lower",
        "title",
        "capitalize",
        "trim",
        "join",
        "replace",
        "e",
        "escape",
        "string",
        "truncate",
        "wordwrap",
        "indent",
    ]
)
_NUMBERS = frozenset(["length", "count", "int", "round", "abs", "sum"])
_BY_FIRST = frozenset(["selectattr", "rejectattr", "groupby"])  # whose first argument names a field
_BY_KEYWORD = frozenset(
    ["sort", "unique", "map", "sum", "max", "min", "join"]
)  # that take one as `attribute`


@dataclass
class _Scope:
    """Which names stand for what, in a block and in those around it."""

    names: dict[str, Kind]
    above: _Scope | None = None

    def find(self, name: str) -> Kind | None:
        if name in self.names:
            return self.names[name]
        return self.above.find(name) if self.above else None

    def known(self) -> list[str]:
        return [*self.names, *(self.above.known() if self.above else ())]


@dataclass
class _Walk:
    """One template being read, and what is wrong in it: line and message."""

    environment: Environment
    macros: dict[str, nodes.Macro] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    found: dict[tuple[int, Message], None] = field(default_factory=dict)

    def wrong(self, node: nodes.Node, message: Message) -> None:
        self.found[node.lineno, message] = None

    # statements

    def walk(self, node: nodes.Node, scope: _Scope) -> None:
        handler = getattr(self, f"_on_{type(node).__name__.lower()}", None)
        if handler is not None:
            handler(node, scope)
        elif isinstance(node, nodes.Expr):
            self.kind(node, scope)
        else:
            for child in node.iter_child_nodes():
                self.walk(child, scope)

    def _inside(self, body: list[nodes.Node], scope: _Scope) -> None:
        for child in body:
            self.walk(child, scope)

    def _on_for(self, node: nodes.For, scope: _Scope) -> None:
        inner = _Scope({"loop": ANYTHING}, scope)
        self.bind(node.target, self.gone_through(node.iter, scope), inner)
        if node.test is not None:
            self.kind(node.test, inner)
        self._loop_names(node.body)
        self._inside(node.body, inner)
        self._inside(node.else_, _Scope({}, scope))

    def gone_through(self, node: nodes.Node, scope: _Scope) -> Kind:
        found = elements(self.kind(node, scope))
        if found is None:
            self.wrong(node, NO_LIST(found=written(node)))
        return found or ANYTHING

    def _loop_names(self, body: list[nodes.Node]) -> None:
        for child in body:
            for one in child.find_all(nodes.Getattr):
                is_loop = isinstance(one.node, nodes.Name) and one.node.name == "loop"
                if is_loop and one.attr not in _LOOP:
                    self.wrong(one, NO_FIELD(of="loop", found=one.attr, near=nearest(one.attr, _LOOP)))

    def _on_assign(self, node: nodes.Assign, scope: _Scope) -> None:
        self.bind(node.target, self.kind(node.node, scope), scope)

    def _on_assignblock(self, node: nodes.AssignBlock, scope: _Scope) -> None:
        self._inside(node.body, _Scope({}, scope))
        self.bind(node.target, WORD, scope)

    def _on_with(self, node: nodes.With, scope: _Scope) -> None:
        inner = _Scope({}, scope)
        for target, value in zip(node.targets, node.values, strict=True):
            self.bind(target, self.kind(value, scope), inner)
        self._inside(node.body, inner)

    def _on_macro(self, node: nodes.Macro, scope: _Scope) -> None:
        """What is wrong in it is found where it is called; one that nobody calls is read as it stands."""
        self.macros[node.name] = node
        scope.names[node.name] = ANYTHING
        self._macro(node, [], scope)

    def _macro(self, node: nodes.Macro, given: list[Kind], scope: _Scope) -> None:
        if node.name in self.running:
            return
        self.running.add(node.name)
        names = dict.fromkeys(("caller", "varargs", "kwargs"), ANYTHING)
        for at, argument in enumerate(node.args):
            names[argument.name] = given[at] if at < len(given) else ANYTHING
        self._inside(node.body, _Scope(names, scope))
        self.running.discard(node.name)

    def _on_callblock(self, node: nodes.CallBlock, scope: _Scope) -> None:
        self.kind(node.call, scope)
        self._inside(node.body, _Scope({one.name: ANYTHING for one in node.args}, scope))

    def _no_others(self, node: nodes.Node, scope: _Scope) -> None:
        self.wrong(node, NO_OTHERS())

    _on_include = _on_import = _on_fromimport = _on_extends = _no_others

    def bind(self, target: nodes.Node, kind: Kind, scope: _Scope) -> None:
        if isinstance(target, nodes.Name):
            before = scope.names.get(target.name)
            scope.names[target.name] = either(before, kind) if before is not None else kind
        elif isinstance(target, nodes.Tuple):
            for one in target.items:
                self.bind(one, ANYTHING, scope)

    # expressions

    def kind(self, node: nodes.Node | None, scope: _Scope) -> Kind:
        """What an expression can be; every name in it is looked up on the way."""
        handler = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        if handler is not None:
            return handler(node, scope)
        for child in node.iter_child_nodes() if node is not None else ():
            self.kind(child, scope)
        return ANYTHING

    def _of_name(self, node: nodes.Name, scope: _Scope) -> Kind:
        found = scope.find(node.name)
        if found is None and node.name not in self.environment.globals:
            self.wrong(node, NO_NAME(found=node.name, near=nearest(node.name, scope.known())))
        return found if found is not None else ANYTHING

    def _of_const(self, node: nodes.Const, scope: _Scope) -> Kind:
        return frozenset({type(node.value)})

    def _of_getattr(self, node: nodes.Getattr, scope: _Scope) -> Kind:
        return self.field(node, self.kind(node.node, scope), node.attr, written(node.node))

    def _of_getitem(self, node: nodes.Getitem, scope: _Scope) -> Kind:
        of = self.kind(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            self.kind(node.arg, scope)
            return of
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self.field(node, of, node.arg.value, written(node.node))
        self.kind(node.arg, scope)
        return elements(of) or ANYTHING

    def field(self, node: nodes.Node, of: Kind, name: str, called: str) -> Kind:
        found, known = part(of, name)
        if known:
            self.wrong(node, NO_FIELD(of=called, found=name, near=nearest(name, known)))
        return found

    def _of_condexpr(self, node: nodes.CondExpr, scope: _Scope) -> Kind:
        self.kind(node.test, scope)
        other = self.kind(node.expr2, scope) if node.expr2 is not None else WORD
        return either(self.kind(node.expr1, scope), other)

    def _of_or(self, node: nodes.Or, scope: _Scope) -> Kind:
        return either(self.kind(node.left, scope), self.kind(node.right, scope))

    _of_and = _of_or

    def _of_add(self, node: nodes.Add, scope: _Scope) -> Kind:
        left, right = self.kind(node.left, scope), self.kind(node.right, scope)
        return left if left == right else ANYTHING

    def _of_list(self, node: nodes.List, scope: _Scope) -> Kind:
        kinds = [self.kind(item, scope) for item in node.items]
        return many(either(*kinds) if kinds else ANYTHING)

    _of_tuple = _of_list

    def _of_concat(self, node: nodes.Concat, scope: _Scope) -> Kind:
        for one in node.nodes:
            self.kind(one, scope)
        return WORD

    def _of_call(self, node: nodes.Call, scope: _Scope) -> Kind:
        given = [self.kind(one, scope) for one in node.args]
        for one in node.kwargs:
            self.kind(one.value, scope)
        self.kind(node.node, scope)
        if isinstance(node.node, nodes.Name) and node.node.name in self.macros:
            self._macro(self.macros[node.node.name], given, scope)
            return WORD
        return ANYTHING

    def _of_test(self, node: nodes.Test, scope: _Scope) -> Kind:
        if node.name not in self.environment.tests:
            self.wrong(node, NO_TEST(found=node.name, near=nearest(node.name, self.environment.tests)))
        for child in node.iter_child_nodes():
            self.kind(child, scope)
        return frozenset({bool})

    def _of_filter(self, node: nodes.Filter, scope: _Scope) -> Kind:
        if node.name not in self.environment.filters:
            self.wrong(node, NO_FILTER(found=node.name, near=nearest(node.name, self.environment.filters)))
        of = self.kind(node.node, scope)
        for argument in (*node.args, *(one.value for one in node.kwargs)):
            self.kind(argument, scope)
        by = self._field_named_by(node, elements(of) or ANYTHING)
        if node.name == "default":
            return either(of, *(self.kind(one, scope) for one in node.args))
        if node.name == "map":
            return many(by)
        return self._made_by(node.name, of)

    def _field_named_by(self, node: nodes.Filter, of: Kind) -> Kind:
        """The kind of the field that a filter of lists is told by name, such as `map(attribute="name")`."""
        named = [one.value for one in node.kwargs if one.key == "attribute" and node.name in _BY_KEYWORD]
        if node.name in _BY_FIRST:
            named += node.args[:1]
        for one in named:
            if isinstance(one, nodes.Const) and isinstance(one.value, str):
                for name in one.value.split("."):
                    of = self.field(node, of, name, written(node.node))
                return of
        return ANYTHING

    def _made_by(self, name: str, of: Kind) -> Kind:
        if name in _SAME:
            return of
        if name in _ONE:
            return elements(of) or ANYTHING
        if name in ("batch", "slice"):
            return many(of)
        return WORD if name in _WORDS else NUMBER if name in _NUMBERS else ANYTHING


def written(node: nodes.Node | None) -> str:
    """An expression as it stands in the text, as far as it is one of names."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{written(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{written(node.node)}[…]"
        case nodes.Filter():
            return f"{written(node.node)}|{node.name}"
    return "…"


def unknown_names(
    tree: nodes.Template, environment: Environment, sees: Mapping[str, type] | None = None
) -> Iterator[tuple[int, Message]]:
    """Each name that a template uses and a letter does not have: its line, and what is wrong with it."""
    names = {name: kind_of(view) for name, view in (sees or {"letter": LetterView}).items()}
    walk = _Walk(environment)
    walk.walk(tree, _Scope(names))
    yield from sorted(walk.found, key=lambda one: one[0])
