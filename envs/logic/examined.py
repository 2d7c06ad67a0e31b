"""Which of Reasoning Gym's data sets were examined: their scorers execute nothing of an answer, or are replaced."""

EXAMINED_VERSION = "0.1.25"
_NAMES = """
    ab acre advanced_geometry aiw arc_1d arc_agi base_conversion basic_arithmetic bf binary_alternation
    binary_matrix bitwise_arithmetic boxnet caesar_cipher calendar_arithmetic chain_sum circuit_logic codeio
    coin_flip color_cube_rotation complex_arithmetic composite count_bits count_primes countdown
    course_schedule cryptarithm decimal_arithmetic decimal_chain_sum dice emoji_mystery family_relationships
    figlet_font fraction_simplification futoshiki game_of_life game_of_life_halting gcd graph_color
    group_anagrams gsm_symbolic intermediate_integration isomorphic_strings jugs kakurasu knight_swap
    knights_knaves largest_island lcm leg_counting letter_counting letter_jumble list_functions mahjong_puzzle
    manipulate_matrix maze mini_sudoku modulo_grid n_queens needle_haystack number_filtering number_format
    number_sequence number_sorting palindrome_generation palindrome_partitioning path_star
    polynomial_equations polynomial_multiplication pool_matrix power_function prime_factorization products
    propositional_logic puzzle24 quantum_lock ransom_note rearc rectangle_count rotate_matrix rotten_oranges
    rubiks_cube rush_hour self_reference sentence_reordering shortest_path simple_equations simple_geometry
    simple_integration sokoban spell_backward spiral_matrix string_insertion string_manipulation
    string_splitting string_synthesis sudoku survo syllogism time_intervals tower_of_hanoi tsumego word_ladder
    word_sequence_reversal word_sorting zebra_puzzles
"""
EXAMINED = frozenset(_NAMES.split())
"""Data sets whose generators and scorers were read; a newer release may bring others, which are refused."""
EXECUTE_ANSWERS = {
    "binary_matrix": "eval",
    "countdown": "sympy.parse_expr",
    "intermediate_integration": "sympy.parse_expr",
    "n_queens": "eval",
    "polynomial_multiplication": "sympy.parse_expr",
    "puzzle24": "sympy.parse_expr",
    "simple_integration": "sympy.parse_expr",
    "spiral_matrix": "eval",
    "string_insertion": "eval",
}
"""Data set -> the function by which its scorer executes the model's answer as Python.

Those scorers are replaced and never called, not even for comparison.
"""
HELD_OUT_DATASETS = ("acre", "boxnet", "game_of_life_halting")
"""Out-of-distribution data sets of the paper: usable by name, not among the default."""
BLEND = "composite"
"""The data set that blends others: usable by name with a config, not among the default."""


def refusal(name: str) -> str | None:
    """Return why a data set of the installed Reasoning Gym cannot be used, None when it can."""
    if name in EXAMINED:
        return None
    return f"its scorer was not examined, only those of reasoning-gym {EXAMINED_VERSION} were"
