r"""Names, short phrases, yes and no, and chemical formulas: compared as text.

Case does not matter for words. It does for formulas: CO is carbon monoxide, Co is cobalt.
"""

import re

from prorl_rllib.envs.stem.notation import plain

_ELEMENTS = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo
    Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl
    Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og D
"""
ELEMENTS = frozenset(_ELEMENTS.split())
"""Symbols of the elements, deuterium among them."""
_SHORT_WORDS = "yes no true false i he in as at be of on us"
WORDS_NOT_FORMULAS = frozenset(_SHORT_WORDS.split())
"""Words that could be read as formulas."""

MAX_FORMULA_CHARS = 80

_ATOM = r"[A-Z][a-z]?"
_FORMULA = re.compile(r"(?:[A-Za-z0-9()\[\]]|[*.](?=\d{0,2}H2O))+")
_STATE = re.compile(r" ?\((?:s|l|g|aq)\)$")
_CHARGE = re.compile(r"\^?(?:(\d)([+-])|([+-])(\d)|([+-]+))$")
_ARROW = re.compile(r"\u2192|\u21cc|\u21c4|<=>")
_PLUS = re.compile(r"\+(?=\s*\d{0,2}\s*[A-Z(\[])")
_CASED = re.compile(
    r"(?:([A-Za-z])(?i:\1))+"  # genotypes: AaBb
    r"|sp\d?(?:d\d?)?"  # hybrid orbitals: sp3d2
    r"|(?:\[[A-Z][a-z]?\])?(?:[1-7][spdf]\d{1,2})+"  # electron configurations: [Ne]3s2
)
_ARTICLE = re.compile(r"^(?:the|an?) ")
_ASSIGNED = re.compile(r"^(?:the )?(?:final )?(?:answer|result|name|formula)(?: is|:) ")
_SPELLINGS = (
    ("aluminum", "aluminium"),
    ("cesium", "caesium"),
    ("sulph", "sulf"),
    ("bicarbonate", "hydrogencarbonate"),
    ("hydrogen carbonate", "hydrogencarbonate"),
)
"""Spellings and names in common use, and those of IUPAC."""
_MARKS = re.compile(r"[\"'`\u2018\u2019\u201c\u201d*]")
_PARENTHESES = re.compile(r"(.+\S) \(([^()]+)\)")
_RATIO = re.compile(r"[\d.]+(?: ?: ?[\d.]+)+")
_FUNCTION_NAMES = "sin cos tan cot sec csc log ln exp sqrt frac max min lim pi"
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())


def formula(text: str) -> str | None:
    """Return a chemical formula in one notation, the charge after `^`; None for a text that is no formula.

    Args:
        text: an answer as written.
    """
    bare = _STATE.sub("", plain(text).strip())
    bare = re.sub(r"[_{}\s]|\\(?=[\[\]])", "", bare)
    match = _CHARGE.search(bare)
    core = bare[: match.start()] if match else bare
    if len(core) > MAX_FORMULA_CHARS or not _FORMULA.fullmatch(core):
        return None
    atoms, other = re.findall(_ATOM, core), re.sub(_ATOM, "", core)
    if not atoms or any(symbol not in ELEMENTS for symbol in atoms) or re.search("[a-z]", other):
        return None
    return core.replace(".", "*") + ("" if match is None else _charge(match))


def reaction(text: str) -> tuple[tuple[str, ...], ...] | None:
    """Return both sides of a chemical equation, the substances of each sorted; None for any other text.

    Args:
        text: an answer as written.
    """
    parts = _ARROW.split(plain(text))
    if len(parts) != 2:
        return None
    substances = [[formula(substance) for substance in _PLUS.split(part)] for part in parts]
    if any(None in side for side in substances):
        return None
    return tuple(tuple(sorted(map(str, side))) for side in substances)


def is_formula(text: str) -> bool:
    """Tell whether a reference answer is a chemical formula or equation."""
    if plain(text) == "NO" or reaction(text) is not None:
        return True
    return formula(text) is not None and plain(text).casefold() not in WORDS_NOT_FORMULAS


def same_formula(gold: str, answer: str) -> bool:
    """Tell whether an answer is a formula or an equation that is written as the reference, notation aside."""
    if (equation := reaction(gold)) is not None:
        return reaction(answer) == equation
    expected, found = formula(gold), formula(answer)
    if expected is None or found is None:
        return False
    if "^" in plain(gold) and "^" in plain(answer):
        return expected == found
    return expected.replace("^", "") == found.replace("^", "")


def _charge(match: re.Match[str]) -> str:
    """Return a charge as `^2-`, a single one as `^-`."""
    if match[5]:
        count, sign = len(match[5]), match[5][0]
    else:
        count, sign = int(match[1] or match[4]), match[2] or match[3]
    return f"^{count if count > 1 else ''}{sign}"


def is_text(gold: str) -> bool:
    """Tell whether a reference answer is a word, a phrase or a ratio such as 3:1, not mathematics."""
    text = plain(gold)
    if _RATIO.fullmatch(text) or _CASED.fullmatch(_cased(gold)):
        return True
    if re.search(r"[\\^_=<>{}|+]|\d ?[*/]|[*/] ?\d", text):
        return False
    words = re.findall("[A-Za-z]{3,}", text)
    return text.casefold() in WORDS_NOT_FORMULAS or any(word.lower() not in _FUNCTIONS for word in words)


def same_text(gold: str, answer: str) -> bool:
    """Tell whether an answer is a reference word or phrase.

    Of a reference "X or Y" either will do, and of "X (Y)" as well.
    """
    if _CASED.fullmatch(_cased(gold)):
        return _cased(gold) == _cased(answer)
    found = _words(answer)
    return any(found == _words(form) for form in accepted_forms(plain(gold)))


def _cased(text: str) -> str:
    """Return a symbol without spaces and without what raises or lowers its digits; its case stays."""
    return re.sub(r"[\s^_{}]", "", plain(text))


def accepted_forms(gold: str) -> list[str]:
    """Return the texts that a reference accepts, itself first."""
    forms = [gold]
    if (parentheses := _PARENTHESES.fullmatch(gold)) and not re.search(r"\d", gold):
        forms += [parentheses[1], parentheses[2]]
    if re.fullmatch(r"[^,]+(?:, [^,]+)*,? or [^,]+", gold):
        forms += re.split(r",? or |, ", gold)
    return forms


def _words(text: str) -> str:
    """Return a phrase without case, article, quotation marks and the space around signs, in IUPAC's spelling."""
    text = _ASSIGNED.sub("", plain(text).casefold())
    for usual, standard in _SPELLINGS:
        text = text.replace(usual, standard)
    text = _ARTICLE.sub("", _MARKS.sub("", text).strip())
    text = re.sub(r"\s*([-/,:;()])\s*", r"\1", text)
    return re.sub(r"\s+", " ", text).strip(" .!,;")
