"""Formula templates of physics. Constants are stated in the problems, as rounded there."""

from decimal import Decimal as D

from prorl_rllib.envs.stem.formula import Formula as F
from prorl_rllib.envs.stem.formula import Given as G

PI = D("3.14159265358979323846264338328")
GRAVITY = D("9.81")
PLANCK, LIGHT, CHARGE = D("6.626e-34"), D("2.998e8"), D("1.602e-19")
COULOMB = D("8.988e9")
GAS = D("8.314")
WATER = D("4186")

_G = " Use g = 9.81 m/s^2."
_C = " Use c = 2.998e8 m/s."
_H = " Use h = 6.626e-34 J s and c = 2.998e8 m/s."
_HE = " Use h = 6.626e-34 J s, c = 2.998e8 m/s and e = 1.602e-19 C."
_W = " The specific heat capacity of water is 4186 J/(kg K)."

MECHANICS = (
    F(
        "average_speed",
        1,
        "A cyclist covers {d} in {t}. Find the average speed.",
        "m/s",
        {"d": G("50", "900", "m"), "t": G("10", "120", "s")},
        lambda d, t: d / t,
        (lambda d, t: t / d, lambda d, t: d * t),
    ),
    F(
        "acceleration",
        1,
        "A car speeds up uniformly from {u} to {v} in {t}. Find its acceleration.",
        "m/s^2",
        {"u": G("1", "9", "m/s"), "v": G("12", "40", "m/s"), "t": G("2", "15", "s")},
        lambda u, v, t: (v - u) / t,
        (lambda u, v, t: v / t, lambda u, v, t: (v + u) / t),
    ),
    F(
        "newton_second_law",
        1,
        "What net force gives a crate of mass {m} an acceleration of {a}?",
        "N",
        {"m": G("1", "80", "kg"), "a": G("0.2", "9", "m/s^2")},
        lambda m, a: m * a,
        (lambda m, a: m / a, lambda m, a: m * a * GRAVITY),
    ),
    F(
        "kinetic_energy",
        1,
        "A body of mass {m} moves at {v}. Find its kinetic energy.",
        "J",
        {"m": G("0.5", "60", "kg"), "v": G("2", "40", "m/s")},
        lambda m, v: m * v * v / 2,
        (lambda m, v: m * v * v, lambda m, v: m * v / 2, lambda m, v: m * v),
    ),
    F(
        "potential_energy",
        1,
        "By how much does the gravitational potential energy of a load of {m} grow when it is lifted by {h}?" + _G,
        "J",
        {"m": G("0.5", "90", "kg"), "h": G("0.5", "60", "m")},
        lambda m, h: m * GRAVITY * h,
        (lambda m, h: m * h, lambda m, h: m * GRAVITY * h / 2),
    ),
    F(
        "momentum",
        1,
        "Find the momentum of a trolley of mass {m} that rolls at {v}.",
        "kg m/s",
        {"m": G("0.5", "90", "kg"), "v": G("0.5", "20", "m/s")},
        lambda m, v: m * v,
        (lambda m, v: m * v * v / 2, lambda m, v: m / v),
    ),
    F(
        "spring_energy",
        1,
        "A spring with a constant of {k} is stretched by {x}. Find the energy stored in it.",
        "J",
        {"k": G("50", "900", "N/m"), "x": G("0.05", "0.6", "m")},
        lambda k, x: k * x * x / 2,
        (lambda k, x: k * x * x, lambda k, x: k * x),
    ),
    F(
        "centripetal_force",
        1,
        "A ball of mass {m} moves on a circle of radius {r} at {v}. Find the centripetal force.",
        "N",
        {"m": G("0.1", "5", "kg"), "r": G("0.3", "6", "m"), "v": G("1", "15", "m/s")},
        lambda m, r, v: m * v * v / r,
        (lambda m, r, v: m * v / r, lambda m, r, v: m * v * v * r),
    ),
    F(
        "fall_time",
        1,
        "A stone falls from rest through {h}, without air resistance. How long does it fall?" + _G,
        "s",
        {"h": G("2", "90", "m")},
        lambda h: (2 * h / GRAVITY).sqrt(),
        (lambda h: (h / GRAVITY).sqrt(), lambda h: 2 * h / GRAVITY, lambda h: (2 * h * GRAVITY).sqrt()),
    ),
    F(
        "pendulum",
        1,
        "Find the period of small swings of a simple pendulum of length {y}." + _G,
        "s",
        {"y": G("0.1", "9", "m")},
        lambda y: 2 * PI * (y / GRAVITY).sqrt(),
        (lambda y: 2 * PI * (GRAVITY / y).sqrt(), lambda y: (y / GRAVITY).sqrt(), lambda y: PI * (y / GRAVITY).sqrt()),
    ),
    F(
        "braking_distance",
        2,
        "A car brakes from {v} with locked wheels; the coefficient of friction with the road is {mu}. "
        "How far does it slide until it stops?" + _G,
        "m",
        {"v": G("8", "40", "m/s"), "mu": G("0.2", "0.9")},
        lambda v, mu: v * v / (2 * mu * GRAVITY),
        (lambda v, mu: v * v / (mu * GRAVITY), lambda v, mu: v / (2 * mu * GRAVITY)),
    ),
    F(
        "horizontal_throw",
        2,
        "A ball is thrown horizontally at {v} from a height of {h}. How far from the foot of the drop does it land, "
        "without air resistance?" + _G,
        "m",
        {"v": G("2", "30", "m/s"), "h": G("1", "60", "m")},
        lambda v, h: v * (2 * h / GRAVITY).sqrt(),
        (lambda v, h: v * (h / GRAVITY).sqrt(), lambda v, h: v * 2 * h / GRAVITY),
    ),
    F(
        "inelastic_collision",
        2,
        "A cart of mass {m} at {v} hits a resting cart of mass {k} and sticks to it. Find the kinetic energy after "
        "the collision.",
        "J",
        {"m": G("1", "20", "kg"), "v": G("1", "15", "m/s"), "k": G("1", "20", "kg")},
        lambda m, v, k: (m * v) ** 2 / (2 * (m + k)),
        (lambda m, v, k: m * v * v / 2, lambda m, v, k: (m * v) ** 2 / (m + k), lambda m, v, k: (m + k) * v * v / 2),
    ),
    F(
        "hoist_power",
        3,
        "A motor lifts a load of {m} by {h} in {t}, with an efficiency of {e}. Find the electric power that it draws."
        + _G,
        "W",
        {"m": G("20", "900", "kg"), "h": G("2", "40", "m"), "t": G("4", "60", "s"), "e": G("40", "95", "%")},
        lambda m, h, t, e: m * GRAVITY * h / t / (e / 100),
        (lambda m, h, t, e: m * GRAVITY * h / t, lambda m, h, t, e: m * GRAVITY * h / t * e / 100),
    ),
    F(
        "acceleration_work",
        3,
        "A net force gives a car of mass {m} a constant acceleration, from rest to {v} in {t}. Find the mean "
        "power of that force.",
        "W",
        {"m": G("600", "2000", "kg"), "v": G("8", "35", "m/s"), "t": G("4", "20", "s")},
        lambda m, v, t: m * v * v / 2 / t,
        (lambda m, v, t: m * v * v / t, lambda m, v, t: m * v / t),
    ),
    F(
        "collision_slide",
        3,
        "A bullet of mass {m} at {v} hits a resting block of mass {k} and stays in it; the block then slides over a "
        "level floor with a coefficient of friction of {mu}. How far does it slide?" + _G,
        "m",
        {"m": G("0.005", "0.05", "kg"), "v": G("100", "500", "m/s"), "k": G("0.5", "4", "kg"), "mu": G("0.2", "0.8")},
        lambda m, v, k, mu: (m * v / (m + k)) ** 2 / (2 * mu * GRAVITY),
        (
            lambda m, v, k, mu: (m * v / (m + k)) ** 2 / (mu * GRAVITY),
            lambda m, v, k, mu: (m * v / (m + k)) / (2 * mu * GRAVITY),
        ),
    ),
)

ELECTRICITY = (
    F(
        "ohm",
        1,
        "What voltage drives a current of {i} through a resistor of {r}?",
        "V",
        {"i": G("0.1", "9", "A"), "r": G("2", "90", "\u03a9")},
        lambda i, r: i * r,
        (lambda i, r: i / r, lambda i, r: i * i * r),
    ),
    F(
        "electric_power",
        1,
        "A heater with a resistance of {r} is connected to {u}. Find the power it draws.",
        "W",
        {"u": G("6", "240", "V"), "r": G("5", "90", "\u03a9")},
        lambda u, r: u * u / r,
        (lambda u, r: u / r, lambda u, r: u * r),
    ),
    F(
        "charge",
        1,
        "What charge flows in {t} when the current is {i}?",
        "C",
        {"i": G("0.1", "9", "A"), "t": G("2", "90", "s")},
        lambda i, t: i * t,
        (lambda i, t: i / t, lambda i, t: t / i),
    ),
    F(
        "coulomb_law",
        1,
        "Two point charges of {p} and {q} are {r} apart. Find the force between them. Use k = 8.988e9 N m^2/C^2.",
        "N",
        {"p": G("1", "9", "\u03bcC"), "q": G("1", "9", "\u03bcC"), "r": G("0.1", "2", "m")},
        lambda p, q, r: COULOMB * p * q * D("1e-12") / (r * r),
        (
            lambda p, q, r: COULOMB * p * q * D("1e-12") / r,
            lambda p, q, r: COULOMB * (p + q) * D("1e-12") / (r * r),
        ),
    ),
    F(
        "capacitor_energy",
        1,
        "A capacitor of {c} is charged to {u}. Find the energy stored in it.",
        "J",
        {"c": G("10", "900", "\u03bcF"), "u": G("10", "400", "V")},
        lambda c, u: c * D("1e-6") * u * u / 2,
        (lambda c, u: c * D("1e-6") * u * u, lambda c, u: c * D("1e-6") * u / 2),
    ),
    F(
        "wire_force",
        1,
        "A straight wire of length {y} carries {i} at right angles to a magnetic field of {b}. Find the force on it.",
        "N",
        {"y": G("0.1", "2", "m"), "i": G("0.5", "20", "A"), "b": G("0.02", "1.5", "T")},
        lambda y, i, b: y * i * b,
        (lambda y, i, b: i * b / y, lambda y, i, b: y * i / b),
    ),
    F(
        "parallel_resistors",
        2,
        "Resistors of {r} and {s} in parallel are connected to {u}. Find the total current.",
        "A",
        {"r": G("5", "90", "\u03a9"), "s": G("5", "90", "\u03a9"), "u": G("3", "60", "V")},
        lambda r, s, u: u / r + u / s,
        (lambda r, s, u: u / (r + s), lambda r, s, u: u / (r * s)),
    ),
    F(
        "wire_resistance",
        2,
        "A wire of length {y} and diameter {d} is made of a material with a resistivity of 1.68e-8 \u03a9 m. Find its "
        "resistance.",
        "\u03a9",
        {"y": G("2", "90", "m"), "d": G("0.2", "3", "mm")},
        lambda y, d: D("1.68e-8") * y / (PI * (d / 2000) ** 2),
        (lambda y, d: D("1.68e-8") * y / (PI * (d / 1000) ** 2), lambda y, d: D("1.68e-8") * y / (d / 1000) ** 2),
    ),
    F(
        "series_parallel_power",
        3,
        "A resistor of {r} is in series with a pair of {s} and {t} in parallel; the whole is connected to {u}. "
        "Find the power in the first resistor.",
        "W",
        {
            "r": G("2", "50", "\u03a9"),
            "s": G("5", "90", "\u03a9"),
            "t": G("5", "90", "\u03a9"),
            "u": G("6", "120", "V"),
        },
        lambda r, s, t, u: (u / (r + s * t / (s + t))) ** 2 * r,
        (
            lambda r, s, t, u: u * u / r,
            lambda r, s, t, u: (u / (r + s + t)) ** 2 * r,
            lambda r, s, t, u: u * u / (r + s * t / (s + t)),
        ),
    ),
    F(
        "kettle_time",
        3,
        "A kettle with a resistance of {r} at {u} heats {m} of water by {k}, without losses. How long does it take?"
        + _W,
        "s",
        {"r": G("20", "60", "\u03a9"), "u": G("110", "240", "V"), "m": G("0.3", "2", "kg"), "k": G("20", "80", "K")},
        lambda r, u, m, k: m * WATER * k * r / (u * u),
        (lambda r, u, m, k: m * WATER * k * r / u, lambda r, u, m, k: m * WATER * k / (u * u)),
    ),
)

WAVES = (
    F(
        "wave_speed",
        1,
        "A wave has a frequency of {f} and a wavelength of {y}. Find its speed.",
        "m/s",
        {"f": G("2", "900", "Hz"), "y": G("0.1", "9", "m")},
        lambda f, y: f * y,
        (lambda f, y: f / y, lambda f, y: y / f),
    ),
    F(
        "photon_energy",
        1,
        "Find the energy of a photon with a frequency of {f}e14 Hz. Use h = 6.626e-34 J s.",
        "J",
        {"f": G("1.2", "9.8")},
        lambda f: PLANCK * f * D("1e14"),
        (lambda f: PLANCK / f * D("1e14"), lambda f: PLANCK * f * D("1e14") / 2),
    ),
    F(
        "refractive_index",
        1,
        "How fast is light in glass with a refractive index of {n}?" + _C,
        "m/s",
        {"n": G("1.15", "2.45")},
        lambda n: LIGHT / n,
        (lambda n: LIGHT * n, lambda n: LIGHT / (n * n)),
    ),
    F(
        "doppler",
        1,
        "A siren of {f} approaches at {v} in air in which sound travels at {c}. What frequency does a listener at rest "
        "hear?",
        "Hz",
        {"f": G("200", "900", "Hz"), "v": G("5", "45", "m/s"), "c": G("330", "350", "m/s")},
        lambda f, v, c: f * c / (c - v),
        (lambda f, v, c: f * c / (c + v), lambda f, v, c: f * (c + v) / c),
    ),
    F(
        "thin_lens",
        1,
        "An object is {g} in front of a converging lens with a focal length of {f}. How far behind the lens is the "
        "image?",
        "cm",
        {"g": G("25", "90", "cm"), "f": G("3", "20", "cm")},
        lambda g, f: f * g / (g - f),
        (lambda g, f: f * g / (g + f), lambda g, f: g - f),
    ),
    F(
        "photon_wavelength",
        2,
        "Find the energy, in electron volts, of a photon of light with a wavelength of {y}." + _HE,
        "eV",
        {"y": G("150", "950", "nm")},
        lambda y: PLANCK * LIGHT / (y * D("1e-9")) / CHARGE,
        (lambda y: PLANCK * LIGHT * y / CHARGE, lambda y: PLANCK * LIGHT / (y * D("1e-9")) / CHARGE / 2),
    ),
    F(
        "image_height",
        2,
        "An object of height {h} is {g} in front of a converging lens with a focal length of {f}. How tall is the "
        "image?",
        "cm",
        {"h": G("1", "9", "cm"), "g": G("25", "90", "cm"), "f": G("3", "20", "cm")},
        lambda h, g, f: h * f / (g - f),
        (lambda h, g, f: h * (g - f) / f, lambda h, g, f: h * f / (g + f)),
    ),
    F(
        "string_fundamental",
        2,
        "A string of length {y} and mass {m} is under a tension of {t}. Find its fundamental frequency.",
        "Hz",
        {"y": G("0.3", "1.5", "m"), "m": G("0.5", "9", "g"), "t": G("20", "300", "N")},
        lambda y, m, t: (t * y / (m / 1000)).sqrt() / (2 * y),
        (lambda y, m, t: (t * y / (m / 1000)).sqrt() / y, lambda y, m, t: (t / (m / 1000)).sqrt() / (2 * y)),
    ),
    F(
        "stopping_potential",
        3,
        "Light with a wavelength of {y} falls on a metal with a work function of {w}. Find the stopping potential of "
        "the electrons." + _HE,
        "V",
        {"y": G("150", "280", "nm"), "w": G("1.9", "3.8", "eV")},
        lambda y, w: PLANCK * LIGHT / (y * D("1e-9")) / CHARGE - w,
        (
            lambda y, w: PLANCK * LIGHT / (y * D("1e-9")) / CHARGE + w,
            lambda y, w: PLANCK * LIGHT / (y * D("1e-9")) / CHARGE,
        ),
    ),
    F(
        "hanging_string",
        3,
        "A string with a mass of {d} per metre is held taut by a hanging weight of mass {m}. The part that swings is "
        "{y} long. Find the frequency of its third harmonic." + _G,
        "Hz",
        {"d": G("0.5", "9", "g"), "m": G("0.5", "9", "kg"), "y": G("0.3", "1.5", "m")},
        lambda d, m, y: 3 * (m * GRAVITY / (d / 1000)).sqrt() / (2 * y),
        (
            lambda d, m, y: (m * GRAVITY / (d / 1000)).sqrt() / (2 * y),
            lambda d, m, y: 3 * (m / (d / 1000)).sqrt() / (2 * y),
            lambda d, m, y: 3 * (m * GRAVITY / (d / 1000)).sqrt() / y,
        ),
    ),
)
