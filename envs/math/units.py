r"""Taking the unit off a quantity: known unit words, or one or two words that the answer sets in `\text{}`.

A word that changes the value ("million", "minus", "not") is no unit.
"""

import re

from prorl_rllib.envs.math.normalise import normalise

_UNIT_WORDS = """
    mm cm dm km in inch inches ft foot feet yd yard yards mi mile miles meter meters metre metres centimeter centimeters
    centimetre centimetres millimeter millimeters kilometer kilometers kilometre kilometres mg kg gram grams kilogram
    kilograms milligram milligrams lb lbs pound pounds oz ounce ounces ton tons tonne tonnes ms sec secs second seconds
    min mins minute minutes hr hrs hour hours day days week weeks month months year years ml mL cl dl liter liters litre
    litres gallon gallons quart quarts pint pints cup cups dollar dollars cent cents euro euros USD EUR GBP mph kph Hz
    kHz MHz kW MW mW kN kJ Pa kPa mol degree degrees radian radians rad unit units point points people persons person
    students student ways
"""
UNIT_WORDS = frozenset(_UNIT_WORDS.split())
"""Units that are recognised as plain words."""
LETTER_UNITS = frozenset("mgshlLNJWVAKCF")
r"""Units of one letter: in `\text{}` and after a slash only, since elsewhere they are variables."""
_VALUE_WORDS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
    millions billion billions trillion dozen dozens half halves third thirds quarter quarters fourth fourths fifth
    fifths tenth tenths hundredth hundredths single double triple twice thrice plus minus times over divided by of
    squared cubed factorial root power to not no non never none nor neither either if unless except but is isn was be
    are wrong incorrect false or and than more less least most about approximately around roughly almost under above
    below percent mod modulo choose even odd negative positive inverse pi sqrt sin cos tan log ln exp infinity add
    subtract multiply equals
"""
VALUE_WORDS = frozenset(_VALUE_WORDS.split())
"""Words that change what a number says, and so are no units wherever they stand."""

_SPELLED = """
    mm millimeter millimeters millimetre millimetres|cm centimeter centimeters centimetre centimetres|m meter meters
    metre metres|km kilometer kilometers kilometre kilometres|in inch inches|ft foot feet|yd yard yards|mi mile miles|
    mg milligram milligrams|g gram grams|kg kilogram kilograms|lb lbs pound pounds|oz ounce ounces|ton tons|
    tonne tonnes|s sec secs second seconds|min mins minute minutes|h hr hrs hour hours|day days|week weeks|month months|
    year years|mL ml|L liter liters litre litres|gallon gallons|quart quarts|pint pints|cup cups|dollar dollars USD|
    cent cents|euro euros EUR|rad radian radians|unit units|point points|person persons people|student students
"""
_SYMBOLS = {word: words.split()[0] for words in _SPELLED.split("|") for word in words.split()}
"""One spelling for each way to write a unit."""

_WORD = rf"(?:{'|'.join(sorted(UNIT_WORDS, key=len, reverse=True))})"
_POWER = r"(?: ?\^ ?\{?[23]\}?)?"
_LETTER = f"[{''.join(sorted(LETTER_UNITS))}]"
_BELOW = rf"(?: ?/ ?| per )(?:{_WORD}|{_LETTER}){_POWER}"
_PLAIN = rf"(?:(?:(?:square|cubic|sq|cu)\.? )?{_WORD}{_POWER}(?:{_BELOW})?|{_LETTER}{_BELOW})"
_DEGREES = r"\^ ?\\circ(?: ?[CF])?"
_MONEY = re.compile(r"\s*[+-]?\s*\\\$")
_AMOUNT = r"[^\n]*(?:[\d.)}]|\\pi)"
_ENDS_WITH_PLAIN = re.compile(rf"({_AMOUNT}) ?({_PLAIN}|{_DEGREES})")
_WHOLE = re.compile(_PLAIN)
_ANGLE_OF = re.compile(r"(?:sin|cos|tan|cot|sec|csc)(?![a-zA-Z])")
_ENDS_WITH_TEXT = re.compile(
    r"\\(?:text|textrm|textit|textbf|mathrm|mbox)\s*\{\s*([A-Za-z][A-Za-z /]*?)\s*\}"
    r"(?:\s*\^\s*\{?([23])\}?|([\u00b2\u00b3]))?$"
)


def quantity(text: str) -> tuple[str, str]:
    """Return an answer as its normalised amount and its unit.

    Args:
        text: an answer as written.

    Returns:
        The amount and the unit, case kept; the whole normalised answer and "" when it ends with no unit.
    """
    stripped = text.rstrip(" .$\n")
    match = _ENDS_WITH_TEXT.search(stripped)
    if match and is_unit(match[1]):
        amount = normalise(stripped[: match.start()])
        if re.fullmatch(_AMOUNT, amount):
            power = match[2] or {"\u00b2": "2", "\u00b3": "3"}.get(match[3], "")
            return amount, canonical(match[1] + (f"^{power}" if power else ""))
    whole = normalise(text)
    plain = _ENDS_WITH_PLAIN.fullmatch(whole)
    if plain is None or ("\\circ" in plain[2] and _ANGLE_OF.search(plain[1])):
        return whole, "dollar" if _MONEY.match(text) else ""
    return plain[1], canonical(plain[2])


def is_unit(words: str) -> bool:
    r"""Tell whether the words of a `\text{}` after a number are a unit."""
    if words in LETTER_UNITS or _WHOLE.fullmatch(words):
        return True
    parts = re.split(r"[ /]+", words)
    return len(parts) <= 2 and all(len(part) > 1 and part.lower() not in VALUE_WORDS for part in parts)


def canonical(unit: str) -> str:
    """Return one spelling for the ways to write a unit."""
    unit = re.sub(r" ?(/|\^) ?", r"\1", re.sub(r"[{}]", "", unit.replace(" per ", "/")))
    unit = {"mph": "miles/hour", "kph": "km/hour"}.get(unit, unit)
    if match := re.fullmatch(r"(square|sq|cubic|cu)\.? (\w+)(.*)", unit):
        unit = f"{match[2]}^{2 if match[1].startswith('sq') else 3}{match[3]}"
    if unit in ("degree", "degrees"):
        return "^\\circ"
    return re.sub("[A-Za-z]+", lambda word: _SYMBOLS.get(word[0], word[0]), unit.replace("^\\circ ", "^\\circ"))


def units_agree(gold: tuple[str, str], answer: tuple[str, str]) -> bool:
    """Tell whether two quantities, as `quantity` returns them, may be compared: a missing unit is forgiven."""
    units = [unit or ("%" if amount.endswith("%") else "") for amount, unit in (gold, answer)]
    return units[0] == units[1] or "" in units
