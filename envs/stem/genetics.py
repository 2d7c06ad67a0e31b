"""The family `genetics`: crosses of independent genes, with exact probabilities."""

import random
from fractions import Fraction
from itertools import product

from pydantic import Field

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.settings import Integer
from prorl_rllib.envs.stem.family import Family, FamilyConfig

LETTERS = "ABDEFGHKLMNQRT"
"""Letters of genes; capital and small ones are easy to tell apart."""


class GeneticsConfig(FamilyConfig):
    """Config of `genetics`.

    Attributes:
        max_genes: most genes of a cross; the fewest are one less.
    """

    max_genes: Integer = Field(ge=1, le=8)


def make_genetics(config: GeneticsConfig, rng: random.Random) -> Draft:
    """Make "In a cross Aa Bb x Aa bb ...": the probability of a genotype or of a phenotype, as a fraction."""
    genes = rng.sample(LETTERS, rng.randint(max(1, config.max_genes - 1), config.max_genes))
    mother, father = ([_genotype(rng.choice(("AA", "Aa", "aa")), gene) for gene in genes] for _ in range(2))
    child = [rng.choice(offspring(first, second)) for first, second in zip(mother, father, strict=True)]
    phenotype = rng.random() < 0.5
    probability = Fraction(1)
    for first, second, wanted in zip(mother, father, child, strict=True):
        probability *= share(first, second, wanted, phenotype)
    if phenotype:
        kinds = [f"{'dominant' if pair[0].isupper() else 'recessive'} for gene {pair[0].upper()}" for pair in child]
        asked = f"whose phenotype is {', '.join(kinds)}"
    else:
        asked = f"with the genotype {' '.join(child)}"
    prompt = (
        f"In a cross {' '.join(mother)} x {' '.join(father)} the genes assort independently and capital letters are "
        f"fully dominant. What is the probability of an offspring {asked}? Answer with a fraction in lowest terms."
    )
    return Draft(prompt, {"answer": str(probability)}, {"formula": "punnett_square", "genes": len(genes)})


def offspring(first: str, second: str) -> list[str]:
    """Return the four equally likely genotypes of one gene, capital letters first."""
    return ["".join(sorted(pair)) for pair in product(first, second)]


def share(first: str, second: str, wanted: str, phenotype: bool) -> Fraction:
    """Return the probability that the offspring of two genotypes has a genotype, or looks like it."""
    made = offspring(first, second)
    return Fraction(sum(pair[0] == wanted[0] if phenotype else pair == wanted for pair in made), len(made))


def _genotype(pattern: str, gene: str) -> str:
    """Return a pattern of A and a with a gene's letters."""
    return "".join(gene if letter == "A" else gene.lower() for letter in pattern)


def genetics_defaults(difficulty: int) -> dict[str, int]:
    """Return up to two genes at difficulty 1 and one more every two levels."""
    return {"max_genes": 2 + difficulty // 2}


GENETICS = Family(GeneticsConfig, genetics_defaults, make_genetics)
