r"""Inequalities as intervals: `0 < x \le 1` is (0,1], `x < 2 or x > 3` is a union."""

import re

_SIGN = re.compile(r" ?(\\(?:le|ge|lt|gt)(?![a-zA-Z])|<=?|>=?) ?")
_OR = re.compile(r" or |, ?or ")
_NAMES = {"\\le": "<=", "\\ge": ">=", "\\lt": "<", "\\gt": ">"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SET_OF_ALL = re.compile(
    r"\\\{ ?([a-zA-Z])(?: ?\\in ?\\mathbb ?\{?R\}?)? ?(?::|\\mid(?![a-zA-Z])|\|) ?(.+?) ?\\\}|\{([^{}]+)\}"
)
_VARIABLE = re.compile(r"[a-zA-Z]|\\(?:theta|alpha|beta|lambda|mu)")


def as_intervals(text: str) -> str | None:
    """Return the intervals that a normalised inequality in one variable says, None for any other text."""
    if described := _SET_OF_ALL.fullmatch(text):
        text = described[2] or described[3]
    pieces = [_interval(piece.strip()) for piece in _OR.split(text)]
    variables = {piece[0] for piece in pieces if piece} | ({described[1]} if described and described[1] else set())
    if not all(pieces) or len(variables) != 1:
        return None
    return " \\cup ".join(piece[1] for piece in pieces if piece)


def _interval(text: str) -> tuple[str, str] | None:
    """Return the variable and the interval of one inequality."""
    parts = _SIGN.split(text)
    if len(parts) not in (3, 5):
        return None
    signs = [_NAMES.get(sign, sign) for sign in parts[1::2]]
    sides = [side.strip() for side in parts[::2]]
    if len(sides) == 2 and _VARIABLE.fullmatch(sides[1]):
        sides, signs = sides[::-1], [_MIRRORED[signs[0]]]
    if signs[0][0] == ">" and len(sides) == 3:
        sides, signs = sides[::-1], [_MIRRORED[sign] for sign in signs[::-1]]
    variable = sides[0] if len(sides) == 2 else sides[1]
    bounds = [side for side in sides if side != variable]
    if not _VARIABLE.fullmatch(variable) or len(bounds) != len(sides) - 1 or not _are_bounds(bounds, variable):
        return None
    if len(sides) == 3:
        low, high = ("[" if "=" in signs[0] else "("), ("]" if "=" in signs[1] else ")")
        return (variable, f"{low}{bounds[0]},{bounds[1]}{high}") if signs[1][0] == "<" else None
    if signs[0][0] == "<":
        return variable, f"(-\\infty,{bounds[0]}{']' if '=' in signs[0] else ')'}"
    return variable, f"{'[' if '=' in signs[0] else '('}{bounds[0]},\\infty)"


def _are_bounds(bounds: list[str], variable: str) -> bool:
    """Tell whether the bounds are values without the variable."""
    letters = [re.sub(r"\\[a-zA-Z]+", " ", bound) if len(variable) == 1 else bound for bound in bounds]
    return all(bound and not re.search("[=,]", bound) and variable not in bound for bound in letters)
