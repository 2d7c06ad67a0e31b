import csv
import gzip
import json

import pytest


@pytest.fixture
def write_file(tmp_path):
    """Write rows to a file of the kind that its name says; a str among the rows of .jsonl is a line as it stands."""

    def write_rows(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            import pyarrow
            import pyarrow.parquet

            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=2)
        elif name.endswith(".csv"):
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        elif name.endswith(".json"):
            path.write_text(json.dumps(rows))
        else:
            lines = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
            with (gzip.open if name.endswith(".gz") else open)(path, "wb") as stream:
                stream.write(lines.encode())
        return path

    return write_rows


@pytest.fixture
def counts():
    """Return the drops of loaded tasks as reason -> count."""
    return lambda loaded: {reason: drop.count for reason, drop in loaded.dropped.items()}
