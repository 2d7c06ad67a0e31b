"""Scorers that replace Reasoning Gym's own: where those execute the model's text, or reward what is no answer."""

from collections.abc import Callable
from typing import Any

from prorl_rllib.envs.logic.own_scorers.arithmetic import score_countdown, score_puzzle24
from prorl_rllib.envs.logic.own_scorers.cell_boards import score_cell_board
from prorl_rllib.envs.logic.own_scorers.complex_numbers import score_complex
from prorl_rllib.envs.logic.own_scorers.durations import score_duration
from prorl_rllib.envs.logic.own_scorers.integrals import score_antiderivative
from prorl_rllib.envs.logic.own_scorers.jumbled_words import score_jumbled_words
from prorl_rllib.envs.logic.own_scorers.matrices import (
    score_binary_matrix,
    score_manipulated_matrix,
    score_n_queens,
    score_spiral_matrix,
    score_string_insertion,
)
from prorl_rllib.envs.logic.own_scorers.number_grids import score_number_grid
from prorl_rllib.envs.logic.own_scorers.number_lists import score_number_list
from prorl_rllib.envs.logic.own_scorers.polynomials import score_polynomial
from prorl_rllib.envs.logic.own_scorers.prime_factors import score_prime_factors
from prorl_rllib.envs.logic.own_scorers.probabilities import score_probability
from prorl_rllib.envs.logic.own_scorers.program_results import score_program_result
from prorl_rllib.envs.logic.own_scorers.propositions import score_conclusion
from prorl_rllib.envs.logic.own_scorers.real_roots import score_real_roots
from prorl_rllib.envs.logic.own_scorers.single_numbers import score_single_number
from prorl_rllib.envs.logic.own_scorers.truth_values import score_truth_value

OWN_SCORERS: dict[str, Callable[[str, dict[str, Any]], float]] = {
    "binary_matrix": score_binary_matrix,
    "codeio": score_program_result,
    "coin_flip": score_probability,
    "complex_arithmetic": score_complex,
    "countdown": score_countdown,
    "futoshiki": score_number_grid,
    "game_of_life": score_cell_board,
    "game_of_life_halting": score_truth_value,
    "gsm_symbolic": score_single_number,
    "intermediate_integration": score_antiderivative,
    "letter_jumble": score_jumbled_words,
    "manipulate_matrix": score_manipulated_matrix,
    "mini_sudoku": score_number_grid,
    "n_queens": score_n_queens,
    "number_sorting": score_number_list,
    "polynomial_equations": score_real_roots,
    "polynomial_multiplication": score_polynomial,
    "prime_factorization": score_prime_factors,
    "propositional_logic": score_conclusion,
    "puzzle24": score_puzzle24,
    "simple_integration": score_antiderivative,
    "spiral_matrix": score_spiral_matrix,
    "string_insertion": score_string_insertion,
    "sudoku": score_number_grid,
    "time_intervals": score_duration,
}
"""Data set -> the scorer used instead of Reasoning Gym's."""

__all__ = ["OWN_SCORERS"]
