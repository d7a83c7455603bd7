"""What each kind of warning looks at: one row a warning, unit, period and scope, with the numbers its lines are held against.

Every kind gives the same columns (`SUBJECT`); what a kind has no use for is NULL. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from expectations.predicate import parse as predicate
from jobs.formula import parse
from jobs.inputs import Parameters, values
from jobs.rows import Rows
from schemas.calendar import compared_with
from schemas.contract import Form
from schemas.delivered import Warning
from schemas.load import readable
from schemas.period import parse_period
from schemas.rows import PLACE

_FIGURE = "DECIMAL(28,8)"
# subject: which row of the unit, period and scope ('' where there is but one); fired: the lines that hold of a row;
# said: what a row's message may name.
# number: value, or now · other: base · tally: length of a streak, days, findings · flag: also the year before, or turned negative
SUBJECT: Mapping[str, str] = {
    "warning_id": "STRING", **dict.fromkeys(PLACE, "STRING"), "number": _FIGURE, "other": _FIGURE, "shown": _FIGURE,
    "tally": "BIGINT", "flag": "BOOLEAN", "state": "STRING", "due_on": "DATE", "subject_label": "STRING", "subject": "STRING",
    "evidence": "ARRAY<MAP<STRING,STRING>>", "fired": "ARRAY<INT>", "said": "MAP<STRING,STRING>", "maturity": "STRING",
}  # fmt: skip


def figures(statement: DataFrame, warning: Warning, names: Sequence[str]) -> DataFrame:
    """The statement records a warning judges, a column a figure named, with the keys of those figures."""
    inputs = sorted(set(names))
    named = statement.withColumn("input", F.concat_ws("_", "item", "measure"))
    wanted = named.where(F.col("form").isin(list(warning.judges)) & F.col("input").isin(inputs))
    scoped = wanted.where(F.col("scope").isin(list(warning.parameters["scopes"])))
    key = evidence("statement", "form", *PLACE, "item", "measure")
    return scoped.groupBy("form", *PLACE).agg(
        *(F.expr(f"max(CASE WHEN input = '{n}' THEN value END)").alias(n) for n in inputs),
        F.expr(f"sort_array(collect_list(to_json({key})))").alias("keys"),
    )  # fmt: skip


def evidence(mart: str, *columns: str) -> str:
    """SQL of a map that names one row of a mart: `{mart: …, <key>: …}`."""
    return f"map('mart', '{mart}', " + ", ".join(f"'{c}', {c}" for c in columns) + ")"


def of_line(warning: Warning, statement: DataFrame, indicator_value: DataFrame, parameters: Parameters) -> DataFrame:
    if "indicator" in warning.parameters:
        return _subject(_indicator(warning, indicator_value, parameters), warning, number="value", evidence="here")
    formula, shown = warning.parameters["formula"], warning.parameters.get("shown", warning.parameters["formula"])
    found = figures(statement, warning, [*parse(formula).inputs, *parse(shown).inputs])
    return _subject(found, warning, number=parse(formula).sql(_quoted), shown=parse(shown).sql(_quoted), evidence=_KEYS)


def of_change(warning: Warning, statement: DataFrame) -> DataFrame:
    now, base = warning.parameters["now"], warning.parameters["base"]
    enough = f"{base} >= {warning.parameters['base_at_least']}"
    found = figures(statement, warning, [now, base]).where(enough)
    return _subject(found, warning, number=now, other=base, flag=f"{now} < 0", evidence=_KEYS)


def of_streak(warning: Warning, statement: DataFrame, indicator_value: DataFrame, parameters: Parameters) -> DataFrame:
    """Periods in which the condition holds, each with how many stand in a row up to it, and whether it held at last year's end."""
    form = parameters.forms[warning.judges[0]]
    months = warning.parameters.get("months", [m for m in range(1, 13) if m not in form.calendar.combined])
    known = [p for p in map(parse_period, parameters.periods.get(form.name, ())) if p.number in months]
    ends = [str(compared_with(form.calendar, p, "year_end")) for p in known]
    nth = [p.year * len(months) + months.index(p.number) for p in known]
    held = _holding(warning, form, statement, indicator_value, parameters)
    kinds = {"period": "text", "nth": "integer", "year_end": "text"}
    placed = held.join(F.broadcast(values(held, kinds, list(zip(map(str, known), nth, ends, strict=True)))), "period")
    by_unit = Window.partitionBy("unit_id", "scope").orderBy("nth")
    island = Window.partitionBy("unit_id", "scope", "island").orderBy("nth")
    counted = placed.withColumn("island", F.col("nth") - F.row_number().over(by_unit)).withColumn("run", F.row_number().over(island))
    before = held.select("unit_id", "scope", F.col("period").alias("year_end"), F.lit(True).alias("before"))
    joined = counted.join(before, ["unit_id", "scope", "year_end"], "left")
    return _subject(joined, warning, number="value", tally="run", flag="coalesce(before, false)", evidence="here")


def _holding(
    warning: Warning, form: Form, statement: DataFrame, indicator_value: DataFrame, parameters: Parameters
) -> DataFrame:  # fmt: skip
    """Unit, period, scope, value and evidence wherever the condition of a streak holds."""
    if "holds" not in warning.parameters:
        return _indicator(warning, indicator_value, parameters).where(f"value < {warning.parameters['below']}")
    condition, shown = predicate(warning.parameters["holds"], form), warning.parameters["value"]
    found = figures(statement, warning, [*condition.columns, shown]).alias("r").where(condition.sql("spark", {"": "r"}))
    return found.withColumns({"value": F.col(shown), "here": F.expr(_KEYS)})


def of_missing(warning: Warning, coverage: DataFrame) -> DataFrame:
    """Expected reports that came after their due day, or have not come since."""
    found = coverage.where(F.col("form").isin(list(warning.judges)) & F.expr("expected AND (late OR missing)"))
    return _subject(
        found, warning, tally="datediff(coalesce(received_on, as_of), due_on)", state="CASE WHEN received THEN 'late' ELSE 'missing' END",
        due_on="due_on", evidence=f"array({evidence('submission_coverage', 'form', *PLACE)})",
    )  # fmt: skip


def of_finding(warning: Warning, relation_finding: DataFrame, labels: DataFrame) -> DataFrame:
    """Findings of the warning's rules that stand and are not explained, counted; the label is of the first column in order of its name."""
    wanted = relation_finding.where(
        F.col("rule_id").isin(list(warning.parameters["rules"])) & F.col("form").isin(list(warning.judges))
        & F.col("scope").isin(list(warning.parameters["scopes"])) & F.col("explanation").isNull()
    )  # fmt: skip
    key = evidence("relation_finding", "rule_id", "form", *PLACE, "column")
    counted = wanted.join(F.broadcast(labels), ["form", "column"], "left").groupBy(*PLACE).agg(
        F.count("*").alias("n"), F.min_by(F.coalesce("title", "form_title"), F.concat_ws("/", "form", "column")).alias("first"),
        F.expr(f"sort_array(collect_list(to_json({key})))").alias("keys"),
    )  # fmt: skip
    return _subject(counted, warning, tally="n", subject_label="first", evidence=_KEYS)


def of_row(warning: Warning, read: DataFrame, parameters: Parameters, as_of: date) -> DataFrame:
    source = parameters.forms.get(warning.parameters["reads"]) or readable(warning.parameters["reads"])
    found = Rows(warning, source, as_of).subject(read, parameters)
    return _subject(found, warning, **{name: name for name in ("number", "subject", "evidence", "fired", "said", "maturity")})


_KEYS = "transform(keys, k -> from_json(k, 'MAP<STRING,STRING>'))"


def _subject(frame: DataFrame, warning: Warning, **given: str) -> DataFrame:
    known = {"warning_id": f"'{warning.id}'", "subject": "''", **{c: c for c in PLACE}, **given}
    return frame.selectExpr(*(f"CAST({known.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in SUBJECT.items()))


def _indicator(warning: Warning, indicator_value: DataFrame, parameters: Parameters) -> DataFrame:
    """Of the kind of period that the judged form has: the year's value of a monthly indicator is another figure."""
    scopes, wanted = list(warning.parameters["scopes"]), warning.parameters["indicator"]
    digits = {"month": len("2026-03"), "quarter": len("2026Q1"), "year": len("2026")}[parameters.forms[warning.judges[0]].calendar.kind]
    named = indicator_value.where((F.col("indicator_id") == wanted) & F.col("scope").isin(scopes) & F.col("value").isNotNull())
    found = named.where(F.length("period") == digits)
    return found.withColumn("here", F.expr(f"array({evidence('indicator_value', 'indicator_id', *PLACE)})"))


def _quoted(name: str) -> str:
    return f"`{name}`"
