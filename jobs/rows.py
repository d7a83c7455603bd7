"""Row warnings: the rows of a mart, or of a form in force, for which a line's `when` is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.predicate import Predicate, parse_when
from jobs.dated import PERIOD_END
from jobs.formula import parse
from jobs.inputs import Parameters, values
from jobs.telling import told
from schemas import rows
from schemas.calendar import compared_with
from schemas.contract import Form
from schemas.delivered import Mart, Warning
from schemas.period import parse_period

_ALIASES = {"": "r", rows.PREVIOUS: "p"}
_NOT_JUDGED = {"maturity": ("未到期", "免报"), "status": ("source_down",)}
# Placeholders that `jobs.lines` fills in, beside the values of the line.
SAID_OF_ALL = ("unit_name", "period", "value")


@dataclass(frozen=True)
class Rows:
    """The rows that a row warning reads, on the day `as_of`."""

    warning: Warning
    source: Form | Mart
    as_of: date

    @cached_property
    def _reading(self) -> rows.Reading:
        return rows.Reading(self.warning, self.source)

    def _condition(self, text: str, given: Mapping[str, object]) -> Predicate:
        return parse_when(text, self._reading, {"as_of": self.as_of, **given})

    def subject(self, read: DataFrame, parameters: Parameters) -> DataFrame:
        """One row a row that some line holds of. `fired`: the numbers of these lines; `said`: what the message may name."""
        kept = self._worked(self._standing(read)).alias("r")
        joined = kept.join(self._earlier(read, parameters).alias("p"), self._pair, "left") if self._compare else kept
        where = self.warning.parameters.get("where", "")
        narrowed = joined.where(self._condition(where, {}).sql("spark", _ALIASES)) if where else joined
        found = narrowed.withColumn("fired", F.expr(f"filter(array({', '.join(self._fired())}), n -> n IS NOT NULL)"))
        return found.where("size(fired) > 0").selectExpr(*self._columns())

    @property
    def _compare(self) -> str:
        return str(self.warning.parameters.get("compare", ""))

    @cached_property
    def _pair(self) -> list[str]:
        return ["unit_id", "period", "scope", *self.source.own_key]

    def _standing(self, read: DataFrame) -> DataFrame:
        """Rows of what was due, came, and was there to be asked; a mart without a scope has the scope ''."""
        scoped = read if "scope" in read.columns else read.withColumn("scope", F.lit(""))
        for name in rows.standing(self.source):
            scoped = scoped.where(f"{name} IS NULL OR {name} NOT IN ({', '.join(map(repr, _NOT_JUDGED[name]))})")
        return scoped.withColumn("period_end", F.expr(PERIOD_END))

    def _worked(self, read: DataFrame) -> DataFrame:
        """With the warning's own figures; a line of a statement that may be left blank counts as 0 in them."""
        blank = {i.name for i in self.source.items if not i.required} if isinstance(self.source, Form) else set()

        def filled(name: str) -> str:
            return f"coalesce(`{name}`, 0)" if self.source.by_name[name].item in blank else f"`{name}`"

        made = {name: F.expr(parse(f["formula"]).sql(filled)) for name, f in rows.figures(self.warning).items()}
        return read.withColumns(made) if made else read

    def _earlier(self, read: DataFrame, parameters: Parameters) -> DataFrame:
        """The rows that are compared with, under the period of those compared with them."""
        calendar = parameters.forms[self.warning.judges[0]].calendar
        known = [parse_period(p) for p in parameters.periods.get(self.warning.judges[0], ())]
        pairs = ((p, compared_with(calendar, p, self._compare)) for p in known)
        moved = values(read, {"later": "text", "period": "text"}, [(str(p), str(o)) for p, o in pairs if o is not None])
        worked = self._worked(self._standing(read))
        return worked.join(F.broadcast(moved), "period").withColumn("period", F.col("later")).drop("later")

    def _fired(self) -> Iterator[str]:
        for number, line in enumerate(self.warning.lines):
            yield f"CASE WHEN {self._condition(line.when, line.values).sql('spark', _ALIASES)} THEN {number} END"

    def _columns(self) -> Iterator[str]:
        shown = self.warning.parameters.get("value")
        yield from (f"r.`{name}` AS {name}" for name in rows.PLACE)
        yield f"'{self.warning.id}' AS warning_id"
        yield f"CAST({f'r.`{shown}`' if shown else 'NULL'} AS DECIMAL(28,8)) AS number"
        yield f"{self._subject()} AS subject"
        yield f"array({self._evidence()}) AS evidence"
        yield "fired"
        yield f"{'r.maturity' if 'maturity' in rows.standing(self.source) else 'CAST(NULL AS STRING)'} AS maturity"
        yield f"{self._said()} AS said"

    def _subject(self) -> str:
        parts = [f"concat('{k}=', coalesce(CAST(r.`{k}` AS STRING), ''))" for k in self.source.own_key]
        return f"concat_ws(';', {', '.join(parts)})" if parts else "''"

    def _evidence(self) -> str:
        texts = (f", '{k}', CAST(r.`{k}` AS STRING)" for k in self.source.key)
        return f"map('mart', '{self.source.name}'{''.join(texts)})"

    def _said(self) -> str:
        given = {*SAID_OF_ALL, *(name for line in self.warning.lines for name in line.values)}
        named = [n for n in rows.spoken(self.warning) if n not in given]
        pairs = (f"'{name}', {self._told(name)}" for name in named)
        return f"CAST(map({', '.join(pairs)}) AS MAP<STRING,STRING>)"

    def _told(self, name: str) -> str:
        alias, _, plain = name.rpartition(".")
        if plain == "as_of":
            return f"'{self.as_of}'"
        if plain == "period_end":
            return "CAST(r.period_end AS STRING)"
        return told(f"{'p' if alias else 'r'}.`{plain}`", self._reading.by_name[plain])
