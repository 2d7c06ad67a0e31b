"""What generated prompts ask for before their instructions. No request holds a comma, so that it can be repeated."""

import random

TOPICS = (
    "a walk in the mountains", "a lighthouse on a cold coast", "a small bakery", "the first day at a new school",
    "a garden in spring", "the history of bicycles", "how bridges are built", "keeping a diary", "a night train",
    "learning to swim", "the life of bees", "a village market", "old maps", "cooking for friends", "the tides",
    "a broken clock", "growing tomatoes on a balcony", "public libraries", "a storm at sea", "moving to a new city",
    "the colours of autumn", "learning a musical instrument", "a forgotten painting", "how paper is made",
    "feeding birds in winter", "a trip to the desert", "the first telephones", "making soap at home",
    "a chess tournament", "the habits of cats", "repairing old furniture", "a day without electricity",
    "street musicians", "the water cycle", "running in the rain", "a letter from a friend", "wooden toys",
    "the night sky", "saving energy at home", "a family recipe", "travelling by boat", "working from home",
    "the taste of bread", "planting trees in a town", "a museum of science", "how rivers shape the land",
    "a robot that paints", "teaching children to read", "life in a small flat", "the sound of the sea",
    "harvest time on a farm", "a visit to the dentist", "coffee houses", "the invention of the wheel",
    "a football match on a muddy field", "glaciers", "sleeping well", "a lost umbrella", "volcanoes",
    "the work of a nurse", "caring for an old dog", "a picnic by the lake", "spiders and their webs",
    "buying a second-hand car", "the rules of good manners", "a concert in the park",
)  # fmt: skip
REQUESTS = (
    "Write a short text about {topic}.", "Write a letter to a friend about {topic}.", "Tell a story about {topic}.",
    "Describe {topic} to someone who knows nothing of the subject.", "Write a blog post about {topic}.",
    "Explain to a child what is interesting about {topic}.", "Write a speech about {topic}.",
    "Give some advice that has to do with {topic}.", "Write a newspaper report about {topic}.",
    "Write an advertisement inspired by {topic}.", "Write a dialogue between two people about {topic}.",
    "Write down your thoughts on {topic}.", "Write a short lecture on {topic}.", "Write an email about {topic}.",
    "Write an introduction to {topic}.", "Write a diary entry about {topic}.", "Prepare notes for a talk on {topic}.",
)  # fmt: skip
QUESTIONS = (
    "Would you like to know more about {topic}?", "Would a children's book about {topic} be a good idea?",
    "Could one write a whole novel about {topic}?", "Should a school magazine have an article on {topic}?",
    "Do most people like to hear about {topic}?", "Would you watch a film about {topic}?",
)  # fmt: skip
"""Requests that can be answered with yes, no or maybe."""
LIST_OPENINGS = (
    "Follow these instructions:", "Keep to these rules:", "Your response has to meet these requirements:",
    "Please observe the following:",
)  # fmt: skip


def draw_request(rng: random.Random, is_question: bool) -> str:
    """Return a request on a topic.

    Args:
        rng: the source of chance.
        is_question: whether it has to be answered with yes, no or maybe.
    """
    return rng.choice(QUESTIONS if is_question else REQUESTS).format(topic=rng.choice(TOPICS))


def draw_prompt(rng: random.Random, request: str, wordings: list[str]) -> str:
    """Return a request with its instructions, one after the other or as a list.

    An instruction that ends with a sign to be written, such as ***, has nothing after it on its line.

    Args:
        rng: the source of chance.
        request: what to write about.
        wordings: of the instructions.
    """
    in_a_row = rng.random() < 0.5 and all(wording.endswith((".", '"')) for wording in wordings[:-1])
    if len(wordings) == 1 or in_a_row:
        return " ".join([request, *wordings])
    lines = [f"{number}. {wording}" for number, wording in enumerate(wordings, 1)]
    return "\n".join([request, rng.choice(LIST_OPENINGS), *lines])
