"""Tables into files that other programs open: CSV, Parquet, XLSX.

Policy. Types are said where the format can say them. In CSV and XLSX no cell can be taken for a formula; Parquet
keeps every text as it is, because nothing computes it there. Rows are written as they come, so a year needs no more
memory than a day.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from reports.cells import plain_cell, printable
from reports.dates import stamp
from reports.tables import Columns, Row, Table

BATCH = 20_000
XLSX_ROWS = 1_048_575
"""A spreadsheet ends there."""
PM4PY = {"visit": "case:concept:name", "activity": "concept:name", "time": "time:timestamp", "counter": "org:resource",
         "lifecycle": "lifecycle:transition"}  # fmt: skip
"""Names by which process miners know the columns of the step table."""
NO_NAMES: Mapping[str, str] = {}


class TooLong(Exception):
    """The table does not fit into this format; the message says what does."""


def write_csv(table: Table, path: Path) -> int:
    """A CSV in UTF-8 with standard names of process mining for the step table; how many rows."""
    count = 0
    with csv_rows(table.columns, path, PM4PY if table.name == "steps" else {}) as put:
        for row in table.rows:
            put(row)
            count += 1
    return count


@contextmanager
def csv_rows(
    columns: Columns, path: Path, names: Mapping[str, str] = NO_NAMES, *, headed: bool = True
) -> Iterator[Callable[[Row], None]]:
    """Writes a CSV row by row, as they are put. Without a head it is the end of another one."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        # As RFC 4180 has it; a line end of both characters also makes a lonely one in a cell be quoted.
        out = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
        if headed:
            out.writerow([names.get(name, name) for name, _ in columns])
        spell = [_CSV[kind] for _, kind in columns]
        yield lambda row: out.writerow(
            [None if value is None else of(value) for of, value in zip(spell, row, strict=True)]
        )


_CSV: dict[str, Callable[[Any], Any]] = {
    "text": plain_cell,
    "whole": int,
    "number": lambda value: value,
    "yes": lambda value: "true" if value else "false",
    "moment": lambda value: value if isinstance(value, str) else stamp(value),
    "day": str,
}


def write_parquet(table: Table, path: Path) -> int:
    """A Parquet file with types; how many rows."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "yes": pa.bool_(),
        "moment": pa.timestamp("s", "UTC"),
        "day": pa.date32(),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in table.columns])
    count, rows = 0, iter(table.rows)
    with parquet.ParquetWriter(path, schema, compression="zstd") as out:
        while some := list(islice(rows, BATCH)):
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            out.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(some)
        if not count:
            out.write_table(schema.empty_table())
    return count


def write_xlsx(table: Table, path: Path) -> int:
    """A spreadsheet with types, a frozen and filtered head; how many rows. TooLong for more than it can hold."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                    "strings_to_numbers": False, "remove_timezone": True}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet = book.add_worksheet(table.name)
        for i, (name, kind) in enumerate(table.columns):
            sheet.write_string(0, i, name + (" (UTC)" if kind == "moment" else ""), bold)
            sheet.set_column(i, i, {"moment": 19, "day": 11, "whole": 10, "yes": 8}.get(kind, 14))
        sheet.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(_fitting(table.rows, path), 1):
            for i, (value, (_, kind)) in enumerate(zip(row, table.columns, strict=True)):
                if value is not None and value != "":
                    _WRITE[kind](sheet, count, i, value, formats.get(kind))
        sheet.autofilter(0, 0, max(1, count), len(table.columns) - 1)
    return count


def _fitting(rows: Any, path: Path) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        if number > XLSX_ROWS:
            raise TooLong(f"{path}: a spreadsheet ends at {XLSX_ROWS} rows. Use parquet or csv, or fewer days.")
        yield row


_WRITE: dict[str, Callable[..., Any]] = {
    "text": lambda sheet, r, c, value, _: sheet.write_string(r, c, plain_cell(printable(value))[:32_767]),
    "whole": lambda sheet, r, c, value, _: sheet.write_number(r, c, value),
    "number": lambda sheet, r, c, value, _: sheet.write_number(r, c, value),
    "yes": lambda sheet, r, c, value, _: sheet.write_boolean(r, c, value),
    "moment": lambda sheet, r, c, value, form: sheet.write_datetime(r, c, value, form),
    "day": lambda sheet, r, c, value, form: sheet.write_datetime(r, c, value, form),
}

WRITERS: dict[str, Callable[[Table, Path], int]] = {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}
