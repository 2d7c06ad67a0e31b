"""Formula templates of heat, fluids and chemistry. Constants are stated in the problems, as rounded there."""

from decimal import Decimal as D

from prorl_rllib.envs.stem.formula import Formula as F
from prorl_rllib.envs.stem.formula import Given as G
from prorl_rllib.envs.stem.formulas_physics import GAS, GRAVITY, WATER

FUSION = D("334000")
GAS_L_ATM = D("0.08206")
WATER_DENSITY = D("1000")
TWO = D(2)

_G = " Use g = 9.81 m/s^2."
_W = " The specific heat capacity of water is 4186 J/(kg K)."
_ICE = " The latent heat of fusion of ice is 334000 J/kg, the specific heat capacity of water 4186 J/(kg K)."
_RHO = " The density of water is 1000 kg/m^3."
_R = " Use R = 0.08206 L atm/(mol K)."

HEAT = (
    F(
        "heat_capacity",
        1,
        "How much heat warms {m} of water by {k}?" + _W,
        "J",
        {"m": G("0.1", "9", "kg"), "k": G("2", "80", "K")},
        lambda m, k: m * WATER * k,
        (lambda m, k: m * WATER / k, lambda m, k: m * k, lambda m, k: WATER * k / m),
    ),
    F(
        "carnot",
        1,
        "An ideal heat engine works between {h} and {c}. Find its efficiency in percent.",
        "%",
        {"h": G("450", "900", "K"), "c": G("250", "400", "K")},
        lambda h, c: (1 - c / h) * 100,
        (lambda h, c: c / h * 100, lambda h, c: (h / c - 1) * 100),
    ),
    F(
        "charles",
        1,
        "A gas takes up {v} at {t}. What volume does it take up at {u}, at the same pressure?",
        "L",
        {"v": G("0.5", "20", "L"), "t": G("250", "320", "K"), "u": G("340", "600", "K")},
        lambda v, t, u: v * u / t,
        (lambda v, t, u: v * t / u, lambda v, t, u: v * (u - t) / t),
    ),
    F(
        "thermal_expansion",
        1,
        "A steel rail of length {y} warms by {k}. By how much does it lengthen? The coefficient of linear expansion "
        "is 1.2e-5 1/K.",
        "m",
        {"y": G("5", "90", "m"), "k": G("10", "60", "K")},
        lambda y, k: D("1.2e-5") * y * k,
        (lambda y, k: D("3.6e-5") * y * k, lambda y, k: D("1.2e-5") * y / k),
    ),
    F(
        "mixing",
        2,
        "{m} of water at {a} \u00b0C is mixed with {n} of water at {b} \u00b0C, without losses. Find the final "
        "temperature.",
        "\u00b0C",
        {"m": G("0.2", "4", "kg"), "a": G("50", "95"), "n": G("0.2", "4", "kg"), "b": G("5", "25")},
        lambda m, a, n, b: (m * a + n * b) / (m + n),
        (lambda m, a, n, b: (a + b) / 2, lambda m, a, n, b: (m * b + n * a) / (m + n)),
    ),
    F(
        "melt_and_warm",
        2,
        "How much heat turns {m} of ice at 0 \u00b0C into water at {t} \u00b0C?" + _ICE,
        "J",
        {"m": G("0.1", "5", "kg"), "t": G("5", "90")},
        lambda m, t: m * (FUSION + WATER * t),
        (lambda m, t: m * FUSION, lambda m, t: m * WATER * t, lambda m, t: m * (FUSION - WATER * t)),
    ),
    F(
        "combined_gas_law",
        2,
        "A gas at {p}, {v} and {t} is brought to {q} and {u}. Find its new volume.",
        "L",
        {
            "p": G("0.5", "5", "atm"),
            "v": G("1", "20", "L"),
            "t": G("250", "320", "K"),
            "q": G("0.5", "5", "atm"),
            "u": G("330", "600", "K"),
        },
        lambda p, v, t, q, u: p * v * u / (t * q),
        (lambda p, v, t, q, u: p * v * t / (u * q), lambda p, v, t, q, u: q * v * u / (t * p)),
    ),
    F(
        "heater_melting",
        3,
        "A heater of {p} with an efficiency of {e} turns {m} of ice at 0 \u00b0C into water at {t} \u00b0C. How long "
        "does it take?" + _ICE,
        "s",
        {"p": G("500", "3000", "W"), "e": G("50", "95", "%"), "m": G("0.2", "3", "kg"), "t": G("10", "90")},
        lambda p, e, m, t: m * (FUSION + WATER * t) / (p * e / 100),
        (lambda p, e, m, t: m * (FUSION + WATER * t) / p, lambda p, e, m, t: m * WATER * t / (p * e / 100)),
    ),
    F(
        "gas_heating",
        3,
        "A monatomic ideal gas fills {v} m^3 at {p} and {t}. How much heat raises it to {u} at constant volume?",
        "J",
        {
            "v": G("0.01", "0.9"),
            "p": G("80000", "400000", "Pa"),
            "t": G("250", "320", "K"),
            "u": G("340", "600", "K"),
        },
        lambda v, p, t, u: D("1.5") * p * v / t * (u - t),
        (lambda v, p, t, u: D("2.5") * p * v / t * (u - t), lambda v, p, t, u: p * v / t * (u - t)),
    ),
)

FLUIDS = (
    F(
        "density",
        1,
        "A stone of mass {m} has a volume of {v}. Find its density.",
        "kg/m^3",
        {"m": G("2", "90", "kg"), "v": G("0.001", "0.03", "m^3")},
        lambda m, v: m / v,
        (lambda m, v: v / m, lambda m, v: m * v),
    ),
    F(
        "hydrostatic_pressure",
        1,
        "By how much does the pressure grow from the surface of a lake to a depth of {h}?" + _G + _RHO,
        "Pa",
        {"h": G("0.5", "90", "m")},
        lambda h: WATER_DENSITY * GRAVITY * h,
        (lambda h: WATER_DENSITY * h, lambda h: WATER_DENSITY * GRAVITY / h),
    ),
    F(
        "buoyancy",
        1,
        "Find the buoyant force on a body with a volume of {v} that is wholly under water." + _G + _RHO,
        "N",
        {"v": G("0.002", "0.9", "m^3")},
        lambda v: WATER_DENSITY * GRAVITY * v,
        (lambda v: WATER_DENSITY * v, lambda v: WATER_DENSITY * GRAVITY * v / 2),
    ),
    F(
        "continuity",
        1,
        "Water flows at {v} through a pipe with a cross-section of {a}. How fast is it where the cross-section is {b}?",
        "m/s",
        {"v": G("0.2", "5", "m/s"), "a": G("0.01", "0.09", "m^2"), "b": G("0.002", "0.009", "m^2")},
        lambda v, a, b: v * a / b,
        (lambda v, a, b: v * b / a, lambda v, a, b: v * (a / b) ** 2),
    ),
    F(
        "hydraulic_press",
        2,
        "A hydraulic press has pistons with diameters of {d} and {e}. A force of {f} pushes the smaller one. What "
        "force does the larger one give?",
        "N",
        {"d": G("1", "5", "cm"), "e": G("10", "60", "cm"), "f": G("20", "500", "N")},
        lambda d, e, f: f * (e / d) ** 2,
        (lambda d, e, f: f * e / d, lambda d, e, f: f * (d / e) ** 2),
    ),
    F(
        "apparent_weight",
        2,
        "A body of mass {m} and volume {v} hangs from a thread, wholly under water. Find the tension." + _G + _RHO,
        "N",
        {"m": G("20", "90", "kg"), "v": G("0.002", "0.015", "m^3")},
        lambda m, v: (m - WATER_DENSITY * v) * GRAVITY,
        (lambda m, v: m * GRAVITY, lambda m, v: (m + WATER_DENSITY * v) * GRAVITY),
    ),
    F(
        "torricelli",
        2,
        "An open tank is filled with water to a height of {h} above a hole of {a}. Find the initial flow in litres per "
        "second, without losses." + _G,
        "L/s",
        {"h": G("0.5", "9", "m"), "a": G("0.0002", "0.005", "m^2")},
        lambda h, a: (2 * GRAVITY * h).sqrt() * a * 1000,
        (lambda h, a: (GRAVITY * h).sqrt() * a * 1000, lambda h, a: 2 * GRAVITY * h * a * 1000),
    ),
    F(
        "venturi",
        3,
        "Water flows at {v} in a level pipe with a diameter of {d}, which narrows to {e}. By how much does the "
        "pressure drop there, without losses?" + _RHO,
        "Pa",
        {"v": G("0.5", "4", "m/s"), "d": G("6", "20", "cm"), "e": G("2", "5", "cm")},
        lambda v, d, e: WATER_DENSITY / 2 * v * v * ((d / e) ** 4 - 1),
        (
            lambda v, d, e: WATER_DENSITY / 2 * v * v * ((d / e) ** 2 - 1),
            lambda v, d, e: WATER_DENSITY / 2 * v * v * (d / e) ** 4,
            lambda v, d, e: WATER_DENSITY * v * v * ((d / e) ** 4 - 1),
        ),
    ),
    F(
        "pump_power",
        3,
        "A pump with an efficiency of {e} lifts {q} litres of water a second by {h}, and it leaves at {v}. Find the "
        "power it needs." + _G + " A litre of water has a mass of 1 kg.",
        "W",
        {"e": G("40", "90", "%"), "q": G("2", "60"), "h": G("2", "40", "m"), "v": G("2", "15", "m/s")},
        lambda e, q, h, v: q * (GRAVITY * h + v * v / 2) / (e / 100),
        (
            lambda e, q, h, v: q * (GRAVITY * h + v * v / 2),
            lambda e, q, h, v: q * GRAVITY * h / (e / 100),
            lambda e, q, h, v: q * (GRAVITY * h + v * v) / (e / 100),
        ),
    ),
)

CHEMISTRY = (
    F(
        "moles",
        1,
        "How many moles are {m} of sodium chloride, with a molar mass of 58.44 g/mol?",
        "mol",
        {"m": G("2", "900", "g")},
        lambda m: m / D("58.44"),
        (lambda m: m * D("58.44"), lambda m: D("58.44") / m),
    ),
    F(
        "molarity",
        1,
        "{n} of glucose is dissolved to give {v} of solution. Find its concentration.",
        "mol/L",
        {"n": G("0.05", "5", "mol"), "v": G("0.1", "4", "L")},
        lambda n, v: n / v,
        (lambda n, v: v / n, lambda n, v: n * v),
    ),
    F(
        "dilution",
        1,
        "To what volume must {v} of a solution of {c} be diluted to reach {d}?",
        "mL",
        {"v": G("5", "90", "mL"), "c": G("2", "12", "mol/L"), "d": G("0.1", "1.5", "mol/L")},
        lambda v, c, d: v * c / d,
        (lambda v, c, d: v * d / c, lambda v, c, d: v * c / d - v),
    ),
    F(
        "ideal_gas_volume",
        1,
        "What volume do {n} of an ideal gas take up at {p} and {t}?" + _R,
        "L",
        {"n": G("0.1", "9", "mol"), "p": G("0.5", "9", "atm"), "t": G("250", "500", "K")},
        lambda n, p, t: n * GAS_L_ATM * t / p,
        (lambda n, p, t: n * GAS_L_ATM * t * p, lambda n, p, t: n * GAS * t / p),
    ),
    F(
        "ph",
        1,
        "Find the pH of a solution of {c}e-3 mol/L of hydrochloric acid, a strong acid.",
        "",
        {"c": G("0.12", "95")},
        lambda c: -(c * D("1e-3")).log10(),
        (lambda c: 14 + (c * D("1e-3")).log10(), lambda c: -(c * D("1e-3")).ln()),
    ),
    F(
        "half_life",
        1,
        "A radioactive isotope has a half-life of {h}. How much of {m} is left after {t}?",
        "g",
        {"h": G("2", "20", "h"), "m": G("5", "90", "g"), "t": G("3", "50", "h")},
        lambda h, m, t: m * TWO ** (-t / h),
        (lambda h, m, t: m * (1 - TWO ** (-t / h)), lambda h, m, t: m * (-t / h).exp()),
    ),
    F(
        "solute_mass",
        2,
        "What mass of sodium hydroxide, with a molar mass of 40.00 g/mol, is in {v} of a solution of {c}?",
        "g",
        {"v": G("20", "900", "mL"), "c": G("0.05", "6", "mol/L")},
        lambda v, c: v / 1000 * c * 40,
        (lambda v, c: v * c * 40, lambda v, c: v / 1000 / c * 40, lambda v, c: v / 1000 * c / 40),
    ),
    F(
        "combustion_mass",
        2,
        "What mass of water forms when {m} of methane burns completely, CH4 + 2 O2 -> CO2 + 2 H2O? The molar masses "
        "are 16.04 g/mol for CH4 and 18.02 g/mol for H2O.",
        "g",
        {"m": G("2", "90", "g")},
        lambda m: m / D("16.04") * 2 * D("18.02"),
        (lambda m: m / D("16.04") * D("18.02"), lambda m: m / D("18.02") * 2 * D("16.04")),
    ),
    F(
        "diluted_acid_ph",
        2,
        "{v} of hydrochloric acid of {c} is diluted to {w}. Find the pH of the solution, taking the acid as strong.",
        "",
        {"v": G("2", "50", "mL"), "c": G("0.05", "0.9", "mol/L"), "w": G("200", "950", "mL")},
        lambda v, c, w: -(v * c / w).log10(),
        (lambda v, c, w: -c.log10(), lambda v, c, w: 14 + (v * c / w).log10()),
    ),
    F(
        "gas_from_carbonate",
        3,
        "What volume of CO2 at {p} and {t} does {m} of calcium carbonate give, CaCO3 -> CaO + CO2, at a yield of {e}? "
        "The molar mass of CaCO3 is 100.09 g/mol." + _R,
        "L",
        {"p": G("0.5", "3", "atm"), "t": G("280", "500", "K"), "m": G("5", "900", "g"), "e": G("50", "98", "%")},
        lambda p, t, m, e: m / D("100.09") * e / 100 * GAS_L_ATM * t / p,
        (
            lambda p, t, m, e: m / D("100.09") * GAS_L_ATM * t / p,
            lambda p, t, m, e: m / D("100.09") / (e / 100) * GAS_L_ATM * t / p,
        ),
    ),
    F(
        "titration_mass",
        3,
        "{v} of sodium hydroxide solution of {c} neutralises a sample with {x} of sulfuric acid by mass, "
        "H2SO4 + 2 NaOH -> Na2SO4 + 2 H2O. Find the mass of the sample. The molar mass of H2SO4 is 98.08 g/mol.",
        "g",
        {"v": G("10", "90", "mL"), "c": G("0.1", "3", "mol/L"), "x": G("10", "95", "%")},
        lambda v, c, x: v / 1000 * c / 2 * D("98.08") / (x / 100),
        (
            lambda v, c, x: v / 1000 * c * D("98.08") / (x / 100),
            lambda v, c, x: v / 1000 * c / 2 * D("98.08"),
            lambda v, c, x: v / 1000 * c * 2 * D("98.08") / (x / 100),
        ),
    ),
)
