"""Names of units that a reference answer may hold without saying so, and the spellings that pint does not know.

What is listed here tells `5 m` (five metres) from `5 x` (five times x). Other units count where a reference names them
in its `unit`, and in answers, where pint decides.
"""

PHRASES = {
    "mm of hg": "mmHg",
    "mm hg": "mmHg",
    "cm hg": "cmHg",
    "light years": "light_year",
    "light year": "light_year",
    "light-years": "light_year",
    "light-year": "light_year",
    "astronomical units": "astronomical_unit",
    "astronomical unit": "astronomical_unit",
    "solar masses": "solar_mass",
    "solar mass": "solar_mass",
    "electron volts": "eV",
    "electron volt": "eV",
    "electronvolts": "eV",
    "electronvolt": "eV",
    "parts per million": "ppm",
    "parts per billion": "ppb",
    "atomic mass units": "amu",
    "atomic mass unit": "amu",
    "metric tons": "tonne",
    "metric ton": "tonne",
    "nautical miles": "nautical_mile",
    "nautical mile": "nautical_mile",
    "base pairs": "base_pair",
    "base pair": "base_pair",
    "revolutions per minute": "rpm",
    "kilowatt hours": "kWh",
    "kilowatt-hours": "kWh",
    "kilowatt hour": "kWh",
    "kilowatt-hour": "kWh",
    "degrees": "degree",
}
"""Units of several words, in lower case -> one name."""

ALIASES = {
    "\u00b0C": "degree_Celsius",
    "degC": "degree_Celsius",
    "celsius": "degree_Celsius",
    "Celsius": "degree_Celsius",
    "\u00b0F": "degree_Fahrenheit",
    "degF": "degree_Fahrenheit",
    "fahrenheit": "degree_Fahrenheit",
    "Fahrenheit": "degree_Fahrenheit",
    "\u00b0K": "kelvin",
    "K": "kelvin",
    "\u00b0": "degree",
    "deg": "degree",
    "%": "percent",
    "l": "liter",
    "L": "liter",
    "mL": "milliliter",
    "ml": "milliliter",
    "\u00c5": "angstrom",
    "A": "ampere",
    "amps": "ampere",
    "\u03a9": "ohm",
    "sec": "second",
    "secs": "second",
    "s": "second",
    "m": "meter",
    "g": "gram",
    "gm": "gram",
    "gms": "gram",
    "N": "newton",
    "J": "joule",
    "W": "watt",
    "V": "volt",
    "C": "coulomb",
    "F": "farad",
    "T": "tesla",
    "H": "henry",
    "S": "siemens",
    "Pa": "pascal",
    "Hz": "hertz",
    "rad": "radian",
    "M": "molar",
    "mol": "mole",
    "mins": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "yr": "year",
    "yrs": "year",
    "wk": "week",
    "wks": "week",
    "AU": "astronomical_unit",
    "amu": "unified_atomic_mass_unit",
    "u": "unified_atomic_mass_unit",
    "Da": "dalton",
    "rev": "turn",
    "revs": "turn",
    "Torr": "torr",
    "Cal": "kilocalorie",
    "Cals": "kilocalorie",
    "atmospheres": "atm",
    "kmph": "kph",
    "dioptre": "diopter",
    "dioptres": "diopter",
}
"""Spelling -> pint's name. What both sides spell alike needs no pint."""

_COUNTED = """
    atom molecule ion electron proton neutron photon nucleus nucleon particle cell individual person organism bacterium
    offspring gene allele chromosome codon nucleotide base_pair residue neuron bond orbital isomer node antinode cycle
    time unit point dollar
"""
COUNTED = frozenset(_COUNTED.split())
"""Things that are counted; a number of them is a plain number."""
PLURALS = {"nuclei": "nucleus", "people": "person", "persons": "person", "bacteria": "bacterium"}

_PREFIXED = "m g s A K mol L l N J W V C F T H S Pa Hz eV M \u03a9 bar cal Bq Gy Sv Wb pc Da B rad sr atm"
_PREFIXES = ["", *"kMGTmn\u03bcpfcdu", "h"]
_OTHERS = """
    min h hr hrs mins sec secs day days d yr yrs year years month months week weeks hour hours minute minutes second
    seconds in ft yd mi inch inches foot feet yard yards mile miles lb lbs oz lbf psi mph kph kmph rpm hp gal gallon
    gallons au AU ly light_year astronomical_unit solar_mass parsec parsecs amu u Da ppm ppb mmHg cmHg torr Torr atm
    bar percent % \u00b0 \u00b0C \u00b0F \u00b0K \u00c5 degree rad radian radians rev turn turns dB D G Ci lm lx cd
    kWh Wh Cal Btu BTU erg dyn dyne cP poise ha acre acres cc tonne tonnes ton tons knot knots nautical_mile ohm
    ohms amp amps molar siemens hertz lux lumen lumens diopter diopters dioptre dioptres bit bits byte bytes gauss
    angstrom angstroms micron microns celsius kelvin fahrenheit Celsius Kelvin Fahrenheit
"""
_LONG = """
    meter metre gram liter litre newton joule watt volt ampere coulomb farad tesla henry pascal mole electron_volt
    calorie gray sievert becquerel weber
"""
_WRITTEN_OUT = """
    kelvin kelvins hertz kilohertz megahertz gigahertz siemens second seconds minute minutes hour hours day days year
    years degree radian radians
"""
_LONG_PREFIXES = ("", "kilo", "mega", "giga", "milli", "micro", "nano", "pico", "femto", "centi", "deci")

LONG_NAMES = frozenset(
    prefix + name + end for name in _LONG.split() for prefix in _LONG_PREFIXES for end in ("", "s")
) | frozenset(_WRITTEN_OUT.split())
"""Unit names that are written out."""
KNOWN = (
    frozenset(prefix + name for name in _PREFIXED.split() for prefix in _PREFIXES)
    | frozenset(_OTHERS.split())
    | LONG_NAMES
) - {"pH"}
"""Units that are recognised without a word that says so."""
