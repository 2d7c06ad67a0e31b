"""The words and phrases that generated instructions ask for. None of them holds the rare letters j, q, x and z."""

KEYWORDS = (
    "river", "bridge", "lantern", "harbour", "copper", "velvet", "thunder", "meadow", "pepper", "marble", "compass",
    "feather", "ladder", "mirror", "orchard", "pebble", "ribbon", "saddle", "timber", "valley", "whistle", "blanket",
    "candle", "dolphin", "engine", "forest", "glacier", "hammer", "island", "kettle", "lemon", "magnet", "needle",
    "ocean", "pencil", "rocket", "silver", "tunnel", "umbrella", "violin", "window", "basket", "carpet", "dragon",
    "elbow", "falcon", "ginger", "helmet", "insect", "kitchen", "lobster", "mustard", "nutmeg", "oyster", "parrot",
    "reptile", "spinach", "turtle", "village", "walnut",
)  # fmt: skip
RARE_LETTERS = ("j", "q", "x", "z")
COMMON_LETTERS = ("a", "c", "d", "e", "g", "h", "l", "m", "n", "o", "p", "r", "s", "t", "u", "w")
FIRST_WORDS = (
    "today", "imagine", "consider", "meanwhile", "finally", "perhaps", "however", "sometimes", "everyone", "nobody",
    "first", "later", "again", "there", "when", "still", "often", "long",
)  # fmt: skip
END_PHRASES = (
    "Is there anything else I can help with?", "That is all for today.", "Thank you for reading.",
    "Please tell me what you think.", "And so it goes on.", "Let me know if you need more.",
    "The rest is up to you.", "More will follow soon.", "Have a good day.", "This is where the text ends.",
)  # fmt: skip
SECTION_MARKS = ("Section", "SECTION", "Part", "Chapter", "Day", "Step")
POSTSCRIPT_MARKS = ("P.S.", "P.P.S")
LANGUAGES = ("es", "fr", "de", "it", "pt", "nl")
LETTER_WORDS = {
    "a": "banana", "b": "bubble", "c": "circus", "d": "daddy", "e": "evergreen", "f": "fluffy", "g": "giggle",
    "h": "hitch", "i": "initial", "j": "jam", "k": "kick", "l": "lullaby", "m": "mammal", "n": "nineteen",
    "o": "bedroom", "p": "puppet", "q": "quilt", "r": "mirroring", "s": "success", "t": "tattle", "u": "unusual",
    "v": "vivid", "w": "willow", "x": "box", "y": "yearly", "z": "pizza",
}  # fmt: skip
"""A word rich in each letter."""
FREQUENT_WORDS = (
    "very", "people", "good", "time", "many", "also", "because", "always", "never", "great", "important", "day",
    "world", "life", "really", "small", "old", "new", "make", "often", "some", "there", "with", "from",
)  # fmt: skip
"""Words that a text seldom does without."""
