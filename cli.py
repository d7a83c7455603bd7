"""The front door: `guozi …`. What a command does is in `commands/`, imported when it is called, so that help is quick."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

EPILOG = """退出码 · exit codes：0 正常 fine · 1 有审核问题、退回或不一致 findings, returned or disagreeing ·
2 用法不对 usage · 3 环境或配置不可用 environment · 4 被拒绝的操作 refused · 5 扣留或失败 held or failed"""

app = typer.Typer(
    name="guozi",
    help="国资大数据在线监管系统 · reports of state-owned enterprises: collect, prove, publish",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

catalogue = typer.Typer(help="目录：接口说明与自测包 · what a sender must implement", no_args_is_help=True)
app.add_typer(catalogue, name="catalog")
HANDLING = "assess、dismiss、merge、assign、refuse、answer、treat、review、reject、close、clue、direct 或 reopen"

rulings = typer.Typer(help="封账、延期与免报 · periods closed, due days moved, units exempt", no_args_is_help=True)
app.add_typer(rulings, name="rule")

Json = Annotated[bool, typer.Option("--json", help="输出 JSON · machine-readable")]
FormOption = Annotated[str, typer.Option("--form", help="报表代码 · form")]
UnitOption = Annotated[str, typer.Option("--unit", help="填报单位编码 · unit id")]
PeriodOption = Annotated[str, typer.Option("--period", help="报告期，如 2025-03 · reporting period")]
RevisionOption = Annotated[int, typer.Option("--revision", help="修订号 · revision")]
SupersedesOption = Annotated[str, typer.Option("--supersedes", help="所替代的回执号 · receipt it replaces")]
ByOption = Annotated[str, typer.Option(help="由谁 · who")]
ReasonOption = Annotated[str, typer.Option(help="理由 · why")]
FormArgument = Annotated[str, typer.Argument(help="报表代码 · form", metavar="FORM")]
PeriodArgument = Annotated[str, typer.Argument(help="报告期 · period", metavar="PERIOD")]
UnitRequired = Annotated[str, typer.Option("--unit", help="填报单位编码 · unit id")]
HeldIsFine = Annotated[bool, typer.Option("--held-is-fine", help="有扣留也以 0 结束 · exit 0 though something is held")]


@app.callback()
def _common(debug: Annotated[bool, typer.Option("--debug", help="出错时显示完整堆栈 · tracebacks")] = False) -> None:
    """`--debug` may stand anywhere; `main` takes it, since it sees every exception."""


@app.command("init-env", help="写出生产部署的 .env，密钥随机 · settings of docker-compose.yml with random secrets")
def init_env(out: Annotated[Path, typer.Option(help="写到哪里，已有的不覆盖 · never overwritten")] = Path(".env")) -> int:
    from commands.deployment import init_env

    return init_env(out)


@app.command(help="夜间任务失败时告诉值班的人 · tell people that a scheduled task failed")
def alert(
    dag: Annotated[str, typer.Option(help="DAG")],
    task: Annotated[str, typer.Option(help="任务 · task")],
    run: Annotated[str, typer.Option(help="运行编号 · run")],
) -> int:
    from commands.alerting import alert

    return alert(dag, task, run)


@app.command(help="到点还没有做完一夜，就告诉值班的人 · tell people when the night has not run by its hour")
def watch(by: Annotated[str, typer.Option(help="应在几点前做完，如 06:00 · the hour")] = "06:00", json: Json = False) -> int:
    from commands.alerting import watch

    return watch(by, as_json=json)


@app.command(help="检查本机是否具备运行条件 · is this machine fit to run")
def doctor(
    json: Json = False,
    only: Annotated[list[str] | None, typer.Option(help="只查这一项，可重复 · only this check")] = None,
    init: Annotated[bool, typer.Option("--init", help="建立目录、桶、调度库和资源池 · folders, buckets, scheduler's database")] = False,
) -> int:
    from commands.machine import doctor

    return doctor(only or [], as_json=json, init=init)


@app.command(help="生成样例城市的报送文件和答案 · generate a city's submissions and their truth")
def samples(
    out: Annotated[Path, typer.Option(help="输出目录 · folder")],
    seed: Annotated[int, typer.Option(help="随机种子 · same seed, same bytes")] = 1,
    size: Annotated[str, typer.Option(help="small 或 city")] = "small",
    domains: Annotated[str, typer.Option(help="只报这些领域，逗号分开，如 finance,funds；不写为全部 · domains to send")] = "",
) -> int:
    from commands.machine import samples

    return samples(out, seed, size, domains)


@app.command(help="报送文件并立即审核，打印回执 · send files, judge them, print receipts")
def submit(
    paths: Annotated[list[Path], typer.Argument(help="文件或目录 · files or folders", metavar="PATH…")],
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    revision: RevisionOption = 0,
    supersedes: SupersedesOption = "",
    put_only: Annotated[bool, typer.Option("--put-only", help="只放入收件目录，不审核 · leave the judging to the night")] = False,
    json: Json = False,
) -> int:
    from commands.sending import submit

    given = {"form": form, "unit": unit, "period": period, "revision": revision, "supersedes": supersedes}
    return submit(paths, {k: v for k, v in given.items() if v}, put_only=put_only, as_json=json)


@app.command(help="预审一个文件：与报送结论一致，什么都不保存 · the verdict a submission would get, nothing stored")
def check(
    path: Annotated[Path, typer.Argument(help="文件 · file")],
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    revision: RevisionOption = 0,
    supersedes: SupersedesOption = "",
    json: Json = False,
) -> int:
    from intake.pool import Pool

    given = {"form": form, "unit": unit, "period": period, "revision": revision, "supersedes": supersedes}
    with Pool(1) as pool:  # the child gets ready while this process does: half a second less to wait
        from commands.sending import check

        return check(path, {k: v for k, v in given.items() if v}, pool=pool, as_json=json)


@catalogue.command(help="由合同写出报送接口说明、模板、OpenAPI 和自测包 · the interface specification, from the contracts")
def interface(
    out: Annotated[Path, typer.Option(help="输出目录 · folder")],
    since: Annotated[int, typer.Option(help="与第几次发布时的合同比较 · differences since this release")] = 0,
    json: Json = False,
) -> int:
    from commands.interface import interface

    return interface(out, since, as_json=json)


@catalogue.command(help="用自测包检验本机的审核 · check an installation against the self-test kit")
def selftest(
    folder: Annotated[Path, typer.Argument(help="catalog interface 写出的目录 · folder it was written to")],
    json: Json = False,
) -> int:
    from commands.interface import selftest

    return selftest(folder, as_json=json)


@app.command(help="再看一份回执，或其中一家单位的 · a receipt again, or one unit's part of it")
def receipt(
    number: Annotated[str, typer.Argument(help="回执号，如 R00000012 或 R00000012-003 · receipt number")],
    unit: UnitOption = "",
    out: Annotated[Path | None, typer.Option(help="把各单位的回执写入这个目录 · write one file a unit")] = None,
    workbook: Annotated[Path | None, typer.Option(help="把问题逐格批注在原件上，写成 xlsx · the sender's workbook, annotated")] = None,
    json: Json = False,
) -> int:
    from commands.receipts import receipt

    return receipt(number, unit, out, workbook, as_json=json)


@app.command(help="登记、归档并审核收件目录中的文件 · receive, archive and judge what lies in incoming/")
def land(
    plan: Annotated[int, typer.Option(help="只登记归档，分成至多 N 组 · only receive; at most N groups")] = 0,
    group: Annotated[str, typer.Option(help="只审核这一组（--plan 给出）· judge one group")] = "",
    json: Json = False,
) -> int:
    from commands.stages import land

    return land(plan, group, as_json=json)


@app.command(help="装载、核验，决定哪些数据生效 · load, audit, settle what is in force")
def refine(held_is_fine: HeldIsFine = False, json: Json = False) -> int:
    from commands.stages import refine

    return refine(as_json=json, held_is_fine=held_is_fine)


@app.command(help="计算主题表（Spark）· compute the gold tables")
def build(
    held_is_fine: HeldIsFine = False,
    as_known: Annotated[str, typer.Option(metavar="DAY", help="按这一天所知重算到草稿区，与当时的发布比较 · recompute as known then")] = "",
    mart: Annotated[list[str] | None, typer.Option(help="与 --as-known 同用：只重算这张表，可重复 · only this mart")] = None,
    json: Json = False,
) -> int:
    from commands.stages import as_known as recompute
    from commands.stages import build

    if as_known:
        return recompute(as_known, mart or [], as_json=json)
    return build(as_json=json, held_is_fine=held_is_fine)


@app.command(help="发布一组一致的主题表版本 · publish one consistent set of versions")
def publish(
    official: Annotated[bool, typer.Option("--official", help="作为正式发布按哈希留存 · keep it for good")] = False,
    by: Annotated[str, typer.Option(help="正式发布由谁作出 · who")] = "",
    reason: Annotated[str, typer.Option(help="理由或文号 · why")] = "",
    json: Json = False,
) -> int:
    from commands.stages import publish

    return publish(official, by, reason, as_json=json)


@app.command(help="一夜：land、refine、build、publish · all four stages in one process")
def night(json: Json = False) -> int:
    from commands.stages import night

    return night(as_json=json)


@app.command(help="人工裁定一份回执（或被扣留的主题表）· a person's decision on a receipt or a held mart")
def decide(
    receipt: Annotated[str, typer.Argument(help="回执号或主题表 · receipt or mart")],
    action: Annotated[str, typer.Argument(help="accept、return、withdraw、revert、adopt、release、review 或 approve")],
    by: Annotated[str, typer.Option(help="裁定人 · who decides")],
    reason: Annotated[str, typer.Option(help="理由 · why")],
    json: Json = False,
) -> int:
    from commands.stages import decide

    return decide(receipt, action, by, reason, as_json=json)


@app.command(help="每周维护：合并小文件、写检查点、清理过期版本 · compact, checkpoint, clear what is past retention")
def upkeep(
    scheduler: Annotated[bool, typer.Option("--scheduler", help="只清理调度器的旧记录和日志 · the scheduler's own records")] = False,
    json: Json = False,
) -> int:
    from commands.safekeeping import forget, upkeep

    return forget(as_json=json) if scheduler else upkeep(as_json=json)


@app.command(help="备份台账和湖；同样的文件不重复复制 · ledger and lake, each file once")
def backup(
    folder: Annotated[Path, typer.Argument(help="备份目录，放在另一块磁盘 · folder on another disk", metavar="DIR")],
    json: Json = False,
) -> int:
    from commands.safekeeping import backup

    return backup(folder, as_json=json)


@app.command(help="从备份恢复到空的 GUOZI_HOME，逐个文件核对 · restore into an empty home, every hash compared")
def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录 · folder of backups", metavar="DIR")],
    number: Annotated[int, typer.Option(help="第几次备份，默认最近一次 · which backup")] = 0,
    json: Json = False,
) -> int:
    from commands.safekeeping import restore

    return restore(folder, number, as_json=json)


@app.command(help="按令清除本不该报来的文件：两人决定，只留哈希 · what must never have come, by order of two people")
def purge(
    receipt: Annotated[str, typer.Argument(help="回执号 · receipt")],
    order: Annotated[str, typer.Option(help="命令文号 · number of the order")],
    reason: ReasonOption,
    a: Annotated[str, typer.Option("--a", help="决定人之一 · first person")],
    b: Annotated[str, typer.Option("--b", help="决定人之二 · second person")],
    backup: Annotated[list[Path] | None, typer.Option(help="也从这个备份目录清除，可重复 · this folder of backups too")] = None,
    json: Json = False,
) -> int:
    from commands.safekeeping import purge

    return purge(receipt, order, reason, (a, b), backup or [], as_json=json)


@app.command("rebuild-ledger", help="台账丢失时，由湖里的流水和归档重建 · a lost ledger from the lake's journal and the archive")
def rebuild_ledger(json: Json = False) -> int:
    from commands.safekeeping import rebuild

    return rebuild(as_json=json)


@app.command(help="恢复演练：在别处恢复最近一次备份并与发布比较 · restore elsewhere and compare with what was published")
def drill(
    folder: Annotated[Path, typer.Argument(help="备份目录 · folder of backups", metavar="DIR")],
    json: Json = False,
) -> int:
    from commands.safekeeping import drill

    return drill(folder, as_json=json)


@app.command(help="收到什么、采用什么、发布什么 · what was received, what stands, what is released")
def status(json: Json = False) -> int:
    from commands.status import status

    return status(as_json=json)


@app.command(help="运行指标，Prometheus 文本格式 · metrics as Prometheus reads them")
def metrics(json: Json = False) -> int:
    from commands.telemetry import metrics

    return metrics(as_json=json)


@app.command(help="按现行规则重新审核归档的文件，结果先作影子 · judge archived files again, as shadows")
def replay(form: FormOption = "", unit: UnitOption = "", period: PeriodOption = "", json: Json = False) -> int:
    from commands.changes import replay

    return replay(form=form, unit=unit, period=period, as_json=json)


@app.command(help="预演改动的合同或预警文件：新增和消失的问题 · what a changed contract or warning file would find")
def rehearse(path: Annotated[Path, typer.Argument(help="改动后的文件 · the changed file")], json: Json = False) -> int:
    from commands.changes import rehearse

    return rehearse(path, as_json=json)


@app.command(help="两次发布或两份报送之间变了什么 · what moved between two releases or two submissions")
def diff(
    before: Annotated[str, typer.Argument(help="发布号或回执号 · release or receipt")],
    after: Annotated[str, typer.Argument(help="发布号或回执号 · release or receipt")],
    json: Json = False,
) -> int:
    from commands.changes import diff

    return diff(before, after, as_json=json)


@app.command(help="查询审核问题 · findings, with cell, value seen and value expected")
def findings(
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    rule: Annotated[str, typer.Option(help="规则编号 · rule id")] = "",
    receipt: Annotated[str, typer.Option(help="回执号 · receipt")] = "",
    limit: Annotated[int, typer.Option(help="最多显示几条，0 为全部 · rows shown, 0 for all")] = 100,
    sheet: Annotated[Path | None, typer.Option(help="把待说明的问题写成 xlsx 清单 · open queries as a sheet to fill in")] = None,
    json: Json = False,
) -> int:
    from commands.answers import sheet as write
    from commands.reading import findings

    if sheet is not None:
        return write(sheet, form=form, unit=unit, period=period, rule=rule, receipt=receipt, as_json=json)
    return findings(form=form, unit=unit, period=period, rule=rule, receipt=receipt, limit=limit, as_json=json)


@app.command(help="说明核实类问题：单个编号，或填好的清单 · answer a finding, or return the sheet")
def explain(
    target: Annotated[str, typer.Argument(help="问题编号，或 findings --sheet 写出的清单 · number or sheet")],
    by: ByOption,
    code: Annotated[str, typer.Option(help="原因代码（explanation_reason）· reason code")] = "",
    text: Annotated[str, typer.Option(help="说明 · words")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="归口处室认可这条说明 · the office accepts it")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="归口处室不认可这条说明 · the office refuses it")] = False,
    reason: Annotated[str, typer.Option(help="认可或不认可的理由 · why")] = "",
    json: Json = False,
) -> int:
    from commands.answers import explain

    verdict = "accepted" if accept else "refused" if refuse else ""
    return explain(target, {"by": by, "code": code, "text": text, "verdict": verdict, "reason": reason}, as_json=json)


@app.command(help="预警及其处理 · warnings and what is done about them")
def warnings(
    state: Annotated[str, typer.Option(help="处理状态，如 found · state")] = "",
    level: Annotated[str, typer.Option(help="红、黄或蓝 · level")] = "",
    rule: Annotated[str, typer.Option(help="预警规则 · warning rule")] = "",
    unit: UnitOption = "",
    owner: Annotated[str, typer.Option(help="承办处室或人员 · owner")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期未办结的 · overdue ones alone")] = False,
    json: Json = False,
) -> int:
    from commands.cases import warnings

    return warnings({"state": state, "level": level, "warning_id": rule, "unit_id": unit, "owner": owner}, overdue, as_json=json)


@app.command(help="处理一条预警 · one step in the handling of a warning")
def handle(
    warning: Annotated[str, typer.Argument(help="预警编号（guozi warnings 给出）· number")],
    action: Annotated[str, typer.Argument(help=HANDLING)],
    by: ByOption,
    reason: ReasonOption,
    to: Annotated[str, typer.Option(help="承办处室、所并入的编号或线索编号 · owner, case or clue")] = "",
    due: Annotated[str, typer.Option(help="办结日 · day by which")] = "",
    json: Json = False,
) -> int:
    from commands.cases import handle

    return handle(warning, action, to, due, by, reason, as_json=json)


@rulings.command("list", help="列出全部 · all of them")
def rule_list(json: Json = False) -> int:
    from commands.answers import rulings

    return rulings(as_json=json)


@rulings.command("close", help="封账：这一期不再接受报送 · nothing new counts in this period")
def rule_close(form: FormArgument, period: PeriodArgument, by: ByOption, reason: ReasonOption, json: Json = False) -> int:
    from commands.answers import rule

    return rule("close", {"form": form, "period": period, "unit": "", "until": ""}, by, reason, as_json=json)


@rulings.command("extend", help="延期：一个单位的截止日改到某日 · a unit's due day moves")
def rule_extend(
    form: FormArgument,
    period: PeriodArgument,
    unit: UnitRequired,
    until: Annotated[str, typer.Option(help="新的截止日 · new due day")],
    by: ByOption,
    reason: ReasonOption,
    json: Json = False,
) -> int:
    from commands.answers import rule

    return rule("extend", {"form": form, "period": period, "unit": unit, "until": until}, by, reason, as_json=json)


@rulings.command("exempt", help="免报：一个单位这一期不必报 · a unit need not report")
def rule_exempt(
    form: FormArgument, period: PeriodArgument, unit: UnitRequired, by: ByOption, reason: ReasonOption, json: Json = False
) -> int:
    from commands.answers import rule

    return rule("exempt", {"form": form, "period": period, "unit": unit, "until": ""}, by, reason, as_json=json)


@rulings.command("lift", help="解锁、撤销延期或免报 · unlock, or take back")
def rule_lift(
    number: Annotated[str, typer.Argument(help="编号（rule list 给出）· number")], by: ByOption, reason: ReasonOption, json: Json = False
) -> int:
    from commands.answers import rule

    return rule("lift", {"number": number}, by, reason, as_json=json)


@app.command(help="追溯一个数字到原始单元格并重算 · walk a number back to its cells and recompute it")
def trace(
    mart: Annotated[str, typer.Argument(help="主题表 · mart")],
    keys: Annotated[list[str], typer.Argument(help="主键，如 period=2025-03 · key", metavar="KEY=VALUE…")],
    release: Annotated[int, typer.Option(help="发布号，默认最近一次 · release")] = 0,
    json: Json = False,
) -> int:
    from commands.reading import trace

    return trace(mart, keys, release or None, as_json=json)


@app.command(help="用 SQL 查询已发布的主题表 · query the released tables")
def sql(
    query: Annotated[str, typer.Argument(help="一条查询；省略则列出各表 · one query; none lists the tables")] = "",
    release: Annotated[int, typer.Option(help="发布号，默认最近一次 · release")] = 0,
    as_known: Annotated[str, typer.Option(metavar="DAY", help="这一天所知的重算结果 · what build --as-known made")] = "",
    format: Annotated[str, typer.Option("--format", help="table、csv 或 json")] = "table",
    json: Json = False,
) -> int:
    from commands.reading import sql

    return sql(query, release or None, "json" if json else format, as_known)


def main(arguments: list[str] | None = None) -> Any:
    """Runs a command and exits with its code; what went wrong is told in one sentence, with `--debug` in full."""
    given = sys.argv[1:] if arguments is None else arguments
    started, failed = time.monotonic(), None
    try:
        code = app(args=[a for a in given if a != "--debug"], prog_name="guozi", standalone_mode=False)
    except Exception as problem:
        from commands.failure import tell

        if "--debug" in given:
            raise
        code, failed = tell(problem), problem
    ended = code if isinstance(code, int) else 0
    if not {"-h", "--help"} & {*given}:
        from commands.telemetry import noted

        noted(given, ended, time.monotonic() - started, failed)
    sys.exit(ended)


if __name__ == "__main__":
    main()
