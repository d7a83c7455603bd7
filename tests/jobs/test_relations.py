"""Many checks as one expression give what each gives alone."""

from random import Random

from pyspark.sql import SparkSession

from jobs.vector import references, together


def test_checks_of_one_shape_give_what_each_gives_alone(spark: SparkSession) -> None:
    random = Random(3)
    names = [f"c{i}" for i in range(12)]
    values = [", ".join(random.choice(("NULL", "1.5BD", "2.5BD", "-1.5BD")) for _ in [*names, *names, "k"]) for _ in range(40)]
    columns = ", ".join([*names, *(f"p_{n}" for n in names), "k"])
    spark.sql(f"SELECT * FROM VALUES {', '.join(f'({v})' for v in values)} AS t({columns})").createOrReplaceTempView("both")
    source = spark.sql(f"SELECT {', '.join(names)}, k FROM both").alias("r").join(
        spark.sql(f"SELECT {', '.join(f'p_{n} AS {n}' for n in names)}, k AS pk FROM both").alias("p"), on=None, how="cross"
    )  # fmt: skip

    def check(name: str, sign: str) -> str:
        return f"CASE WHEN r.`{name}` {sign} `p`.`{name}` + r.`k` IS FALSE THEN named_struct('c', '{name}', 'v', r.`{name}`) END"

    checks = [check(name, "<=" if i % 3 else ">") for i, name in enumerate(names)]
    alone = source.selectExpr(*(f"array_sort(filter(array({', '.join(checks)}), x -> x IS NOT NULL)) AS found" for _ in "1"))
    as_one = source.selectExpr(f"array_sort({together(checks)}) AS found")
    assert as_one.exceptAll(alone).count() == 0 and alone.exceptAll(as_one).count() == 0
    assert alone.where("size(found) > 0").count() > 100


def test_checks_name_the_columns_they_refer_to() -> None:
    checks = ["r.`a` = `p`.`b`", "`r`.`c` IS NULL AND 'p.x' = ''"]
    assert references(checks, "r") == ["a", "c"] and references(checks, "p") == ["b"]


def test_checks_of_one_shape_over_columns_of_other_types_stay_apart(spark: SparkSession) -> None:
    source = spark.sql("SELECT DATE'2020-01-02' AS opened, 'CNY' AS currency").alias("r")
    checks = [f"CASE WHEN r.`{name}` IS NOT NULL THEN named_struct('v', CAST(r.`{name}` AS STRING)) END" for name in ("opened", "currency")]
    found = source.selectExpr(f"inline({together(checks, lambda reference: reference)})").collect()
    assert sorted(row.v for row in found) == ["2020-01-02", "CNY"]
