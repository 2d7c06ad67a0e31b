"""Formula templates of biology, astronomy and engineering. Constants are stated in the problems, as rounded there."""

from decimal import Decimal as D

from prorl_rllib.envs.stem.formula import Formula as F
from prorl_rllib.envs.stem.formula import Given as G
from prorl_rllib.envs.stem.formulas_physics import LIGHT, PI

NEWTON = D("6.674e-11")
TWO = D(2)
_N = " Use G = 6.674e-11 N m^2/kg^2."

BIOLOGY = (
    F(
        "hardy_weinberg_carriers",
        1,
        "In a population in Hardy-Weinberg equilibrium the recessive allele has a frequency of {q}. What share of the "
        "population is heterozygous?",
        "",
        {"q": G("0.02", "0.46")},
        lambda q: 2 * q * (1 - q),
        (lambda q: q * (1 - q), lambda q: q * q, lambda q: (1 - q) ** 2),
    ),
    F(
        "exponential_growth",
        1,
        "A population of {n} animals grows continuously, by dN/dt = r N with r = {r} a year. How many are there after "
        "{t} years?",
        "",
        {"n": G("50", "900", whole=True), "r": G("0.02", "0.4"), "t": G("2", "15")},
        lambda n, r, t: n * (r * t).exp(),
        (lambda n, r, t: n * (1 + r * t), lambda n, r, t: n * r * t),
    ),
    F(
        "doubling",
        1,
        "A culture of {n} bacteria doubles every {d}. How many bacteria are there after {t}?",
        "",
        {"n": G("100", "9000", whole=True), "d": G("15", "60", "min"), "t": G("90", "400", "min")},
        lambda n, d, t: n * TWO ** (t / d),
        (lambda n, d, t: n * 2 * t / d, lambda n, d, t: n * (t / d).exp()),
    ),
    F(
        "magnification",
        1,
        "A cell measures {i} in a micrograph with a magnification of {k}. How long is the cell, in micrometres?",
        "\u03bcm",
        {"i": G("5", "90", "mm"), "k": G("200", "9000", whole=True)},
        lambda i, k: i * 1000 / k,
        (lambda i, k: i / k, lambda i, k: k / (i * 1000)),
    ),
    F(
        "cardiac_output",
        1,
        "A heart beats {f} times a minute and pumps {v} with each beat. Find the cardiac output in litres per minute.",
        "L/min",
        {"f": G("45", "180", whole=True), "v": G("50", "120", "mL")},
        lambda f, v: f * v / 1000,
        (lambda f, v: v / f, lambda f, v: f * v / 60),
    ),
    F(
        "mark_and_recapture",
        1,
        "{m} fish are marked and released. Of {c} fish caught later, {k} are marked. Estimate the population, taking "
        "the share of marked fish in it as that in the catch.",
        "",
        {"m": G("40", "500", whole=True), "c": G("90", "300", whole=True), "k": G("5", "60", whole=True)},
        lambda m, c, k: m * c / k,
        (lambda m, c, k: m * k / c, lambda m, c, k: c * k / m, lambda m, c, k: m + c - k),
    ),
    F(
        "hardy_weinberg_affected",
        2,
        "A recessive disease affects {x} of every 10000 people, in Hardy-Weinberg equilibrium. What share of the "
        "population carries one copy of the allele?",
        "",
        {"x": G("2", "400", whole=True)},
        lambda x: 2 * (x / 10000).sqrt() * (1 - (x / 10000).sqrt()),
        (
            lambda x: (x / 10000).sqrt(),
            lambda x: 2 * (x / 10000) * (1 - x / 10000),
            lambda x: (x / 10000).sqrt() * (1 - (x / 10000).sqrt()),
        ),
    ),
    F(
        "logistic_growth",
        2,
        "A population of {n} with a carrying capacity of {k} grows logistically, with an intrinsic rate of {r} a year, "
        "and loses {h} animals a year to hunting. How fast does it grow at present, in animals a year?",
        "",
        {
            "n": G("300", "900", whole=True),
            "k": G("1200", "6000", whole=True),
            "r": G("0.3", "1.2"),
            "h": G("5", "35", whole=True),
        },
        lambda n, k, r, h: r * n * (1 - n / k) - h,
        (lambda n, k, r, h: r * n - h, lambda n, k, r, h: r * n * (1 - n / k), lambda n, k, r, h: r * n * n / k - h),
    ),
    F(
        "culture_dilution",
        3,
        "A culture of {n} bacteria per millilitre doubles every {d} for {t}; then {v} of it is diluted to {w}. How "
        "many bacteria per millilitre does the dilution hold?",
        "",
        {
            "n": G("100", "9000", whole=True),
            "d": G("15", "60", "min"),
            "t": G("90", "300", "min"),
            "v": G("0.5", "9", "mL"),
            "w": G("50", "500", "mL"),
        },
        lambda n, d, t, v, w: n * TWO ** (t / d) * v / w,
        (lambda n, d, t, v, w: n * TWO ** (t / d) * w / v, lambda n, d, t, v, w: n * 2 * t / d * v / w),
    ),
)

ASTRONOMY = (
    F(
        "kepler",
        1,
        "A planet orbits the Sun at a mean distance of {a} astronomical units. Find its orbital period.",
        "years",
        {"a": G("0.3", "45")},
        lambda a: (a**3).sqrt(),
        (lambda a: a * a, lambda a: a, lambda a: (a * a) ** (D(1) / 3)),
    ),
    F(
        "parallax",
        1,
        "A star has a parallax of {p} arcseconds. How far away is it?",
        "pc",
        {"p": G("0.01", "0.8")},
        lambda p: 1 / p,
        (lambda p: D("3.26") / p, lambda p: p, lambda p: 1 / (p * p)),
    ),
    F(
        "surface_gravity",
        1,
        "A planet has a mass of {m}e24 kg and a radius of {r}e6 m. Find the acceleration of free fall at its surface."
        + _N,
        "m/s^2",
        {"m": G("0.2", "90"), "r": G("2", "30")},
        lambda m, r: NEWTON * m * D("1e24") / (r * D("1e6")) ** 2,
        (
            lambda m, r: NEWTON * m * D("1e24") / (2 * r * D("1e6")) ** 2,
            lambda m, r: NEWTON * m * D("1e24") / (r * D("1e6")),
        ),
    ),
    F(
        "redshift",
        1,
        "A galaxy has a redshift of {z}. How fast does it recede, to first order? Use c = 2.998e8 m/s.",
        "m/s",
        {"z": G("0.002", "0.09")},
        lambda z: z * LIGHT,
        (lambda z: (1 + z) * LIGHT, lambda z: z * LIGHT / 2),
    ),
    F(
        "escape_velocity",
        2,
        "Find the escape velocity from a planet with a mass of {m}e24 kg and a radius of {r}e6 m." + _N,
        "m/s",
        {"m": G("0.2", "90"), "r": G("2", "30")},
        lambda m, r: (2 * NEWTON * m * D("1e24") / (r * D("1e6"))).sqrt(),
        (
            lambda m, r: (NEWTON * m * D("1e24") / (r * D("1e6"))).sqrt(),
            lambda m, r: 2 * (NEWTON * m * D("1e24") / (r * D("1e6"))).sqrt(),
        ),
    ),
    F(
        "satellite_period",
        3,
        "A satellite circles a planet with a mass of {m}e24 kg and a radius of {r}e6 m at a height of {h} above the "
        "ground. Find its period of revolution." + _N,
        "min",
        {"m": G("0.5", "9"), "r": G("3", "9"), "h": G("200", "9000", "km")},
        lambda m, r, h: 2 * PI * ((r * D("1e6") + h * D("1e3")) ** 3 / (NEWTON * m * D("1e24"))).sqrt() / 60,
        (
            lambda m, r, h: 2 * PI * ((r * D("1e6")) ** 3 / (NEWTON * m * D("1e24"))).sqrt() / 60,
            lambda m, r, h: ((r * D("1e6") + h * D("1e3")) ** 3 / (NEWTON * m * D("1e24"))).sqrt() / 60,
        ),
    ),
)

ENGINEERING = (
    F(
        "stress",
        1,
        "A bar with a cross-section of {a} is pulled with {f}. Find the tensile stress.",
        "Pa",
        {"a": G("0.0001", "0.004", "m^2"), "f": G("500", "90000", "N")},
        lambda a, f: f / a,
        (lambda a, f: f * a, lambda a, f: a / f),
    ),
    F(
        "gear_ratio",
        1,
        "A gear with a diameter of {d} turns at {n} revolutions per minute and drives one with a diameter of {e}. How "
        "fast does that one turn?",
        "rpm",
        {"d": G("5", "40", "cm"), "n": G("60", "3000", whole=True), "e": G("5", "40", "cm")},
        lambda d, n, e: n * d / e,
        (lambda d, n, e: n * e / d, lambda d, n, e: n * (d / e) ** 2),
    ),
    F(
        "heat_conduction",
        1,
        "A wall of {a} and a thickness of {d} has a thermal conductivity of {k} W/(m K). The temperatures of its faces "
        "differ by {t}. Find the heat flow.",
        "W",
        {"a": G("4", "60", "m^2"), "d": G("0.08", "0.5", "m"), "k": G("0.03", "1.5"), "t": G("5", "40", "K")},
        lambda a, d, k, t: k * a * t / d,
        (lambda a, d, k, t: k * a * t * d, lambda a, d, k, t: k * t / d),
    ),
    F(
        "torque_power",
        2,
        "A shaft transmits a torque of {m} N m at {n} revolutions per minute. Find the power.",
        "W",
        {"m": G("5", "900"), "n": G("60", "6000", whole=True)},
        lambda m, n: m * 2 * PI * n / 60,
        (lambda m, n: m * n / 60, lambda m, n: m * 2 * PI * n, lambda m, n: m * PI * n / 60),
    ),
    F(
        "elongation",
        2,
        "A rod of length {y} and cross-section {a}, with a Young's modulus of 2.00e11 Pa, is pulled with {f}. By how "
        "much does it lengthen?",
        "mm",
        {"y": G("0.5", "9", "m"), "a": G("0.00005", "0.0009", "m^2"), "f": G("1000", "90000", "N")},
        lambda y, a, f: f * y / (a * D("2e11")) * 1000,
        (lambda y, a, f: f / (a * D("2e11")) * 1000, lambda y, a, f: f * y / a * D("2e-11") * 1000),
    ),
    F(
        "hanging_rod",
        3,
        "A load of {m} hangs from a wire of length {y} and diameter {d}, with a Young's modulus of 2.00e11 Pa. By how "
        "much does the wire lengthen? Use g = 9.81 m/s^2.",
        "mm",
        {"m": G("5", "200", "kg"), "y": G("0.5", "9", "m"), "d": G("0.6", "4", "mm")},
        lambda m, y, d: m * D("9.81") * y / (PI * (d / 2000) ** 2 * D("2e11")) * 1000,
        (
            lambda m, y, d: m * D("9.81") * y / (PI * (d / 1000) ** 2 * D("2e11")) * 1000,
            lambda m, y, d: m * y / (PI * (d / 2000) ** 2 * D("2e11")) * 1000,
        ),
    ),
)
