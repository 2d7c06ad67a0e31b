"""The files of a report: made of a small report in which no two figures are equal."""

import itertools
import re
from html.parser import HTMLParser

import matplotlib.image
import pytest
from markdown_it import MarkdownIt

from prorl_rllib.evaluation.boundary.render import render_report
from prorl_rllib.evaluation.boundary.render_plots import panels
from prorl_rllib.evaluation.boundary.report import (
    BoundaryReport,
    Counts,
    Difference,
    DifficultyCurve,
    FamilyReport,
    GainCorrelation,
    GainPoint,
    HistogramBin,
    Interval,
    ModelFacts,
    ModelFigures,
    Novelty,
    Regime,
    Settings,
    TaskOutcome,
)

KS = (1, 2, 8)
HOSTILE = "<img src=x onerror=alert(1)>|`x`*b* [a](http://evil.test) $\\frac$ www.evil.test \x1b[31m\u202e\x00\n# x"


class Made:
    """Makes records; each figure is another."""

    def __init__(self):
        self.numbers = (0.101 + 0.0017 * index for index in itertools.count())

    def share(self):
        return Interval(mean=(low := next(self.numbers) % 0.97) + 0.01, low=low, high=low + 0.02)

    def model(self, role):
        bins = [(0.0, 0.0), *((tenth / 10, tenth / 10 + 0.1) for tenth in range(10)), (1.0, 1.0)]
        novelty = Novelty(
            reference="base_samples",
            num_solutions=12,
            correct_only=True,
            longest_overlap=Interval(mean=7.25, low=6.5, high=8.0),
            uniqueness={5: self.share(), 6: self.share()},
            index=self.share(),
        )
        return ModelFigures(
            role=role,
            num_samples=1016,
            num_failed=3,
            pass_at={k: self.share() for k in KS},
            pass_at_bound={k: self.share().mean for k in KS if k > 1},
            pass_at_1_variance=0.0421,
            mean_at_n=self.share(),
            majority_at_n=None if role == "base" else self.share(),
            solved_share=Interval(mean=0.0, low=0.0, high=0.3085) if role == "base" else self.share(),
            reward=self.share(),
            histogram=tuple(HistogramBin(low=low, high=high, count=i) for i, (low, high) in enumerate(bins)),
            entropy=self.share(),
            tokens=Interval(mean=1234.56, low=1200.0, high=1300.0),
            characters=Interval(mean=4321.0, low=4300.0, high=4400.0),
            truncated_share=self.share(),
            duplicate_share=self.share(),
            novelty=(novelty,),
        )

    def family(self, name, roles, difficulty, task_id):
        pairs = [(a, b) for a, b in (("trained", "base"), ("mid", "base"), ("trained", "mid")) if {a, b} <= set(roles)]
        outcomes = ("gained", "lost", "kept", "unsolved", "gained", "gained")
        return FamilyReport(
            name=name,
            env="prorl/Logic-v0",
            env_config={"datasets": ["graph_color"]},
            training="trained",
            difficulty=difficulty,
            num_tasks=6,
            models={role: self.model(role) for role in roles},
            differences=tuple(
                Difference(first=a, second=b, num_tasks=dict.fromkeys(KS, 6), pass_at={k: self.share() for k in KS})
                for a, b in pairs
            ),
            outcome_counts={"gained": 3, "lost": 1, "kept": 1, "unsolved": 1},
            tasks=tuple(
                TaskOutcome(
                    task_id=f"{task_id}{index}",
                    prompt_index=index,
                    counts={role: Counts(samples=16, correct=index + place) for place, role in enumerate(roles)},
                    outcome=outcome,
                )
                for index, outcome in enumerate(outcomes)
            ),
            regime=Regime(
                name="sustained",
                rule="The rule.",
                reason=f"Because of {name}.",
                pass_at_1=self.share(),
                trained_minus_base=self.share(),
                trained_minus_mid=self.share() if "mid" in roles else None,
            ),
        )


def made_report(names=("size-6", "size-10"), roles=("base", "mid", "trained"), text="task-", notes=("A note.",)):
    made = Made()
    families = tuple(made.family(name, roles, 6.0 + index, text) for index, name in enumerate(names))
    points = tuple(
        GainPoint(label=name, family=name, base=0.2 * index, gain=0.5 - 0.1 * index) for index, name in enumerate(names)
    )
    curve = DifficultyCurve(env="prorl/Logic-v0", difficulties=(6.0, 7.0), families=tuple(names[:2]))
    return BoundaryReport(
        models={
            role: ModelFacts(
                role=role,
                label=f"models/{role}{text if text != 'task-' else ''}",
                kind=f"hugging_face{text if text != 'task-' else ''}",
                training_iteration=None,
                weights_sha256="0123456789abcdef",
                same_tokenizer=True,
                same_chat_template=None,
            )
            for role in roles
        },
        settings=Settings(
            samples_per_task=16,
            temperature=0.6,
            top_p=0.95,
            max_completion_length=64,
            seed=7,
            ks=KS,
            boundary_k=8,
            tolerance=0.02,
            interval_level=0.95,
            resamples=100,
            bootstrap_seed=3,
        ),
        families=families,
        correlations=(
            GainCorrelation(
                over="families",
                method="split_half",
                k=8,
                points=points,
                pearson=Interval(mean=-0.8123, low=-0.95, high=-0.4),
                pearson_p=0.0001,
                spearman=None,
                spearman_p=None,
            ),
        ),
        difficulty_curves=(curve,) if len(names) > 1 else (),
        versions={"torch": "2.13.0"},
        notes=notes,
    )


class Page(HTMLParser):
    """Collects a page's tables by caption, its tags, attributes and texts."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.attributes, self.texts, self.cell = {}, [], [], [], None
        self.spans = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([self.name] if self.spans else [])
            self.spans -= bool(self.spans)
        elif tag in ("th", "td", "caption"):
            self.cell = ""
            self.spans = int(dict(attrs)["rowspan"]) - 1 if "rowspan" in dict(attrs) else self.spans

    def handle_endtag(self, tag):
        if tag == "caption":
            self.caption = self.cell
        elif tag in ("th", "td"):
            self.rows[-1].append(self.cell.strip())
            self.name = self.rows[-1][0]
        elif tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data):
        self.texts.append(data)
        self.cell = None if self.cell is None else self.cell + data


@pytest.fixture(scope="module")
def report():
    return made_report()


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    written = render_report(report, folder / "new" / "folder")
    assert {path.parent for path in written} == {folder / "new" / "folder"}
    return folder / "new" / "folder"


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    text = HOSTILE + "A" * 100_000
    render_report(made_report([HOSTILE], ("base", "trained"), text, (HOSTILE, "> x", "1. x")), folder)
    return folder


def shown(interval, form=".3f"):
    return f"{interval.mean:{form}} [{interval.low:{form}}, {interval.high:{form}}]"


def test_page_shows_the_report_s_pass_at_k_bounds_and_differences(report, page):
    passed, bounds, differences = (
        page.tables[caption][1:]
        for caption in ("pass@k", "pass@k / its bound", "Differences of pass@k, paired by task")
    )
    for family in report.families:
        for role, figures in family.models.items():
            assert [family.name, role, *(shown(figures.pass_at[k]) for k in KS)] in passed
            first = [family.name, role, f"{figures.mean_at_n.mean:.3f}", "0.0421"]
            assert [
                *first,
                *(f"{figures.pass_at[k].mean:.3f} / {figures.pass_at_bound[k]:.3f}" for k in (2, 8)),
            ] in bounds
        for each in family.differences:
            row = [family.name, f"{each.first} - {each.second}", *(shown(each.pass_at[k], "+.3f") for k in KS)]
            assert row in differences
    assert [len(passed), len(bounds), len(differences)] == [6, 6, 6]


def test_page_shows_the_report_s_outcomes_regimes_and_tasks(report, page):
    for family in report.families:
        solved = [family.models[role].solved_share for role in ("mid", "trained")]
        counts = ["6", "3", "1", "1", "1", "0.000 [0.000, 0.308]"]
        assert [family.name, *counts, *map(shown, solved)] in page.tables["Tasks by outcome"]
        regime = family.regime
        differences = [regime.pass_at_1, regime.trained_minus_base, regime.trained_minus_mid]
        row = [family.name, "sustained", *(shown(each, "+.3f") for each in differences), regime.reason]
        assert row in page.tables["Regimes"]
        tasks = page.tables[f"Tasks of {family.name}"]
        assert tasks[1:3] == [
            ["task-0", "gained", "0 / 16", "1 / 16", "2 / 16"],
            ["task-1", "lost", "1 / 16", "2 / 16", "3 / 16"],
        ]
        assert len(tasks) == 7


def test_page_shows_the_report_s_answers_novelty_correlation_and_settings(report, page):
    for family in report.families:
        figures = family.models["trained"]
        shares = [figures.reward, figures.mean_at_n, figures.majority_at_n, figures.entropy]
        rest = [shown(figures.truncated_share), shown(figures.duplicate_share)]
        lengths = ["1,234.6 [1,200.0, 1,300.0]", "4,321.0 [4,300.0, 4,400.0]"]
        assert [family.name, "trained", "1,016", "3", *map(shown, shares), *lengths, *rest] in page.tables[
            "The answers"
        ]
        novelty = figures.novelty[0]
        by_length = [shown(novelty.uniqueness[length]) for length in (5, 6)]
        first = [family.name, "trained", "the base's samples", "12", "yes", shown(novelty.index), "7.2 [6.5, 8.0]"]
        assert first + by_length in page.tables["Novelty"]
    correlation = ["families", "split half", "8", "2", "-0.812 [-0.950, -0.400]", "<0.001", "n/a", "n/a"]
    assert correlation in page.tables["Gain against strength of the base"]
    assert {"temperature": "0.6", "tolerance of the regimes": "0.02", "seed of the bootstrap": "3"}.items() <= dict(
        page.tables["Settings"]
    ).items()


def test_markdown_has_the_tables_of_the_page(folder, page):
    parser = MarkdownIt().enable("table")
    tables, cells = [], []
    for token in parser.parse((folder / "report.md").read_text()):
        if token.type == "tr_open":
            cells.append([])
        elif token.type == "inline" and cells:
            cells[-1].append("".join(child.content for child in token.children))
        elif token.type == "table_close":
            tables.append(cells)
            cells = []
    captions = ["Overview", "pass@k", "Tasks by outcome", "Regimes", "Gain against strength of the base"]
    assert tables == [page.tables[caption] for caption in (*captions, "Families", "Models", "Settings")]


def test_pictures_are_files_that_show_something(folder):
    for name in ("pass_at_k", "outcomes", "gain", "difficulty", "pass_at_1"):
        pixels = matplotlib.image.imread(folder / f"{name}.png")[..., :3]
        assert pixels.shape[0] > 200 and pixels.shape[1] > 300
        assert 0.005 < (pixels.min(axis=2) < 0.9).mean() < 0.9
        assert f"![{name.replace('_', ' ')}]({name}.png)" in (folder / "report.md").read_text()


def test_page_loads_nothing_and_runs_nothing(folder, page):
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    links = [value for _, name, value in page.attributes if name in ("href", "src", "xlink:href", "action")]
    assert links and all(value.startswith("#") for value in links)
    text = (folder / "report.html").read_text()
    assert "@import" not in text and not re.search(r"url\((?!#)", text)
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_every_picture_of_the_page_says_what_it_shows(page):
    described = [value for tag, name, value in page.attributes if (tag, name) == ("div", "aria-label")]
    base = page.tables["pass@k"][1]
    curves = next(each for each in described if each.startswith("Curves of pass@k over k of size-6"))
    assert f"base {base[2].split()[0]} at k = 1 and {base[4].split()[0]} at k = 8" in curves
    assert [(tag, value) for tag, name, value in page.attributes if name == "role"].count(("div", "img")) == 8


def test_ids_of_the_page_are_unique_and_its_links_lead_to_them(page):
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in page.attributes if name in ("href", "xlink:href")} <= set(ids)


def test_foreign_texts_are_shown_and_not_obeyed_by_the_page(hostile, page):
    text = (hostile / "report.html").read_text()
    parsed = Page(text)
    assert set(parsed.tags) <= set(page.tags)
    assert not [name for _, name, _ in parsed.attributes if name.startswith("on")]
    assert any("<img src=x onerror=alert(1)>|`x`*b*" in each for each in parsed.texts)
    assert r"\x1b[31m\u202e\x00\x0a# x" in text
    assert not set(text) & set("\x1b\u202e\x00")
    assert "A" * 200 not in text and "more characters)" in text


def test_foreign_texts_are_shown_and_not_obeyed_by_markdown(hostile):
    text = (hostile / "report.md").read_text()
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    blocks = parser.parse(text)
    inline = [child for block in blocks for child in block.children or []]
    assert {child.type for child in inline} <= {"text", "text_special", "image"}
    assert {child.attrs["src"] for child in inline if child.type == "image"} <= {
        path.name for path in hostile.glob("*.png")
    }
    assert not {block.type for block in blocks} & {"html_block", "blockquote_open", "ordered_list_open", "code_block"}
    # GitHub makes links of bare addresses.
    assert "www.evil" not in text and "http://" not in text
    # No cell of a row is torn in two.
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


def test_without_middle_model_and_difficulty_nothing_is_said_of_them(hostile):
    names = ["report.md", "report.html", "pass_at_k.png", "outcomes.png", "gain.png", "pass_at_1.png"]
    assert {path.name for path in hostile.iterdir()} == set(names)
    parsed = Page((hostile / "report.html").read_text())
    assert [row[1] for row in parsed.tables["pass@k"][1:]] == ["base", "trained"]
    assert "difficulty" not in [value for _, name, value in parsed.attributes if name == "id"]
    assert parsed.tables["Regimes"][1][4] == "n/a"


def test_equal_reports_give_equal_files(hostile, tmp_path):
    text = HOSTILE + "A" * 100_000
    again = render_report(made_report([HOSTILE], ("base", "trained"), text, (HOSTILE, "> x", "1. x")), tmp_path)
    assert all(path.read_bytes() == (hostile / path.name).read_bytes() for path in again)


def test_a_report_without_correlation_has_no_picture_of_the_gain(report):
    assert "gain" not in panels(report.model_copy(update={"correlations": (), "difficulty_curves": ()}))
