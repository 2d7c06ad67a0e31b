"""Plain sentences that example responses are made of: no commas, no words in capitals, letters such as z are rare."""

from dataclasses import dataclass

ENGLISH = (
    "The morning starts with a soft light over the hills.", "Many people walk slowly and talk about small things.",
    "There is always something new to see at the corner.", "The old houses have stories that only a few remember.",
    "Children run along the path and laugh at the wind.", "Some visitors come back each year to the same place.",
    "The air smells of wet leaves after the rain.", "Good plans need time and a little patience.",
    "Every detail has a reason to be there.", "The best part is often the one nobody expects.",
    "Friends help each other when the work gets hard.", "The light changes from hour to hour.",
    "Small steps lead to a long and happy road.", "Nothing here is made in a hurry.",
    "The people who live nearby know each stone by name.", "Birds gather on the roof before the sun goes down.",
    "Most of the work is done by hand.", "The sound of water is never far away.",
    "Some days are loud and others are very calm.", "There are many ways to tell the same story.",
    "The first rule is to look closely and to listen well.", "Warm bread and fresh fruit wait on the table.",
    "The road turns left behind the tall trees.", "People often forget how much they have learned.",
    "The colours seem brighter in the cold months.", "Nobody knows who built the wall by the field.",
    "Even a short visit can leave a strong memory.", "The answer depends on the weather and on the mood.",
    "New ideas grow where people meet and share.", "The night brings a different kind of beauty.",
    "Some questions have more than one good answer.", "The tools are simple but they last for a lifetime.",
    "There is a quiet charm in doing things slowly.", "The smallest room holds the finest treasures.",
    "Neighbours greet each other with a smile.", "The story begins long before the first page.",
    "Older people like to sit in the shade and watch.", "The wind carries the smell of salt and grass.",
    "Learning takes practice and a bit of courage.", "The market opens early and closes before noon.",
    "Everyone has a favourite place to rest.", "The path is narrow but the view is wide.",
    "Some parts are easy to love and others take time.", "The world looks different from up there.",
    "There was a time when all of this was new.", "The seasons give the year its shape.",
    "Hard work and good luck often come together.", "The evening ends with a song that all of them know.",
    "Each of these things deserves a closer look.", "The last light of the day falls on the garden.",
)  # fmt: skip
SHORT = (
    "The light is soft.", "Time moves on.", "Small things matter.", "The day is young.", "People smile.",
    "Good things last.", "The road is long.", "Birds sing.", "The wind turns.", "Nothing is lost.",
    "All is calm.", "The sun comes up.",
)  # fmt: skip
"""For responses that have to be short."""


@dataclass(frozen=True)
class Voice:
    """What a response is made of in one language.

    Attributes:
        sentences: several words each.
        titles: without angular brackets.
        placeholders: words for square brackets.
        highlights: words or phrases for asterisks.
        frame: a sentence around a list of words.
        joiner: between the words of such a list.
    """

    sentences: tuple[str, ...]
    titles: tuple[str, ...]
    placeholders: tuple[str, ...]
    highlights: tuple[str, ...]
    frames: tuple[str, ...]
    joiner: str


VOICES = {
    "en": Voice(
        ENGLISH,
        ("Some Short Notes", "The Other Side", "Under the Open Sky", "What Remains"),
        ("name", "place", "date", "address", "time", "title", "number", "colour"),
        ("good plans", "the light", "hard work", "the view", "new ideas", "the road", "warm bread", "a smile"),
        ("Think of {}.", "Here we also meet {}.", "Note {}.", "Look at {}.", "Add {}."),
        " and ",
    ),
    "de": Voice(
        (
            "Der Morgen beginnt mit einem weichen Licht über den Hügeln.", "Viele Menschen gehen langsam in die Stadt.",
            "Die alten Häuser haben Geschichten zu erzählen.", "Nach dem Regen riecht die Luft nach nassem Laub.",
            "Die Kinder laufen den Weg entlang und lachen.", "Am Abend sitzen alle zusammen am Tisch.",
            "Manche Fragen haben mehr als eine gute Antwort.", "Der Weg ist schmal und die Aussicht ist weit.",
            "Gute Pläne brauchen Zeit und ein wenig Geduld.", "Die Nachbarn grüßen einander mit einem Lächeln.",
            "Das Wasser ist hier nie weit entfernt.", "Niemand weiß genau wer die Mauer gebaut hat.",
        ),
        ("Ein kurzer Gedanke", "Unter freiem Himmel"),
        ("Name", "Ort", "Datum", "Adresse", "Uhrzeit", "Straße", "Farbe", "Betrag"),
        ("das Licht", "gute Pläne", "der Weg", "die Aussicht", "ein Lächeln", "die Geduld", "der Morgen", "das Wasser"),
        ("Wir denken hier auch an {}.",),
        " und ",
    ),
    "es": Voice(
        (
            "La mañana empieza con una luz suave sobre las colinas.", "Mucha gente camina despacio por la ciudad.",
            "Las casas antiguas tienen historias que contar.", "Después de la lluvia el aire huele a hojas mojadas.",
            "Los niños corren por el camino y se ríen.", "Por la noche todos se sientan juntos a la mesa.",
            "Algunas preguntas tienen más de una buena respuesta.", "El camino es estrecho y la vista es amplia.",
            "Los buenos planes necesitan tiempo y un poco de paciencia.", "Los vecinos se saludan con una sonrisa.",
            "El agua nunca está muy lejos de aquí.", "Nadie sabe quién construyó el muro.",
        ),
        ("Una idea breve", "Bajo el cielo abierto"),
        ("nombre", "lugar", "fecha", "dirección", "hora", "calle", "color", "cantidad"),
        ("la luz", "los planes", "el camino", "la vista", "una sonrisa", "la paciencia", "la mañana", "el agua"),
        ("Aquí pensamos también en {}.",),
        " y ",
    ),
    "fr": Voice(
        (
            "Le matin commence avec une lumière douce sur les collines.", "Beaucoup de gens marchent lentement.",
            "Les vieilles maisons ont des histoires à raconter.", "Après la pluie il y a une odeur de feuilles.",
            "Les enfants courent sur le chemin et ils rient.", "Le soir tout le monde se retrouve autour de la table.",
            "Certaines questions ont plus d'une bonne réponse.", "Le chemin est étroit et la vue est large.",
            "Les bons projets demandent du temps et un peu de patience.", "Les voisins se saluent avec un sourire.",
            "La mer n'est jamais très loin de cet endroit.", "Personne ne sait qui a construit le mur.",
        ),
        ("Une petite pensée", "Sous le ciel ouvert"),
        ("nom", "lieu", "date", "adresse", "heure", "rue", "couleur", "montant"),
        ("la lumière", "les projets", "le chemin", "la vue", "un sourire", "la patience", "le matin", "la mer"),
        ("Nous pensons aussi à {}.",),
        " et ",
    ),
    "it": Voice(
        (
            "La mattina comincia con una luce dolce sulle colline.", "Molte persone camminano piano per la città.",
            "Le vecchie case hanno delle storie da raccontare.", "Dopo la pioggia si sente il profumo delle foglie.",
            "I bambini corrono lungo la strada e ridono.", "La sera tutti si siedono insieme a tavola.",
            "Alcune domande hanno più di una buona risposta.", "Il sentiero è stretto e la vista è ampia.",
            "I buoni progetti hanno bisogno di tempo e di un po' di pazienza.", "I vicini si salutano con un sorriso.",
            "Il mare non è mai molto lontano da qui.", "Nessuno sa chi ha costruito il muro.",
        ),
        ("Un breve pensiero", "Sotto il cielo aperto"),
        ("nome", "luogo", "data", "indirizzo", "ora", "strada", "colore", "importo"),
        ("la luce", "i progetti", "il sentiero", "la vista", "un sorriso", "la mattina", "la strada", "il mare"),
        ("Qui pensiamo anche a {}.",),
        " e ",
    ),
    "nl": Voice(
        (
            "De ochtend begint met een zacht licht over de heuvels.", "Veel mensen lopen langzaam door de stad.",
            "De oude huizen hebben verhalen om te vertellen.", "Na de regen ruikt de lucht naar natte bladeren.",
            "De kinderen rennen over het pad en lachen.", "In de avond zit iedereen samen aan tafel.",
            "Sommige vragen hebben meer dan een goed antwoord.", "Het pad is smal en het uitzicht is weids.",
            "Goede plannen hebben tijd en een beetje geduld nodig.", "De buren groeten elkaar met een glimlach.",
            "Het water is hier nooit ver weg.", "Niemand weet wie de muur gebouwd heeft.",
        ),
        ("Een korte gedachte", "Onder de open hemel"),
        ("naam", "plaats", "datum", "adres", "tijdstip", "straat", "kleur", "bedrag"),
        ("het licht", "goede plannen", "het pad", "het uitzicht", "een glimlach", "het geduld", "de stad", "het water"),
        ("Hier denken wij ook aan {}.",),
        " en ",
    ),
    "pt": Voice(
        (
            "A manhã começa com uma luz suave sobre as colinas.", "Muitas pessoas caminham devagar pela cidade.",
            "As casas antigas têm histórias para contar.", "Depois da chuva o ar cheira a folhas molhadas.",
            "As crianças correm pelo caminho e riem muito.", "À noite todos se sentam juntos à mesa.",
            "Algumas perguntas têm mais de uma boa resposta.", "O caminho é estreito e a vista não tem fim.",
            "Os bons planos precisam de tempo e de um pouco de paciência.", "Os vizinhos cumprimentam com um sorriso.",
            "A água nunca está muito longe daqui.", "Ninguém sabe quem construiu o muro.",
        ),
        ("Uma breve ideia", "Sob o céu aberto"),
        ("nome", "lugar", "data", "endereço", "hora", "rua", "cor", "quantia"),
        ("a luz", "os planos", "o caminho", "a vista", "um sorriso", "a paciência", "a manhã", "a água"),
        ("Aqui pensamos também em {}.",),
        " e ",
    ),
}  # fmt: skip
