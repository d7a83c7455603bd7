"""The machines of the ledger in one table: what may follow what, and what each state tells its reader to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

START = ""
PURGED = "purged"
STANDING = ("in force", "to explain")


class IllegalMove(ValueError):
    """A change of state that the table does not list; nothing was written."""


@dataclass(frozen=True)
class State:
    """`label` is what a person reads, `advice` what to do next, `moves` the states that may follow."""

    subject: str
    name: str
    label: str
    advice: str
    moves: tuple[str, ...] = ()


SUBJECTS: Mapping[str, str] = {
    "submission": "报送", "batch": "批次", "entry": "报表条目", "load": "装载", "mart": "主题表", "release": "发布",
    "case": "预警", "case act": "预警事项",
    "explanation": "说明", "review": "审核环节", "closing": "封账", "extension": "延期", "exemption": "免报",
}  # fmt: skip

_TABLE = (
    State("submission", START, "未登记", "把文件放入 incoming 后运行 guozi land。", ("received",)),
    State("submission", "received", "已接收", "原件已归档，等待审核；无需操作，下一次 guozi land 会审核它。",
          ("rejected", "judged", "purged")),
    State("submission", "rejected", "拒收", "文件无法审核或与已报文件相同：按回执中的原因改正后重新报送。", ("purged",)),
    State("submission", "judged", "已审核", "审核完成：逐条状态和问题见 guozi findings --receipt 回执号。", ("purged",)),
    State("submission", "purged", "按令清除", "内容已按命令删除，只留哈希和台账；不得再次报送。"),
    State("batch", START, "未建立", "等待审核。", ("staged",)),
    State("batch", "staged", "已暂存", "审核结果已冻结，等待装载；下一次 guozi refine 会装载它。", ("loaded",)),
    State("batch", "loaded", "已装载", "数据已入库，等待核验；下一次 guozi refine 会核验它。", ("audited", "held")),
    State("batch", "audited", "核验通过", "入库数据与报送一致，无需操作。"),
    State("batch", "held", "扣留", "入库数据与报送对不上，暂不生效：查看 ops/evidence 的核验记录，查明后由负责人执行 "
          "guozi decide 回执号 release --by 姓名 --reason 理由。", ("audited",)),
    State("entry", START, "未建立", "等待审核。", ("pending",)),
    State("entry", "pending", "待生效", "审核完成，等待装载和核验；无需操作。",
          ("returned", "to explain", "to review", "shadow", "in force", "superseded", "purged")),
    State("entry", "returned", "退回", "按问题清单改正后重新报送，并写明修订号或所替代的回执号。", ("purged",)),
    State("entry", "to explain", "待说明", "数据已采用，但有核实类问题：请用 guozi findings --sheet 取得问题清单，填好原因后执行 "
          "guozi explain 清单 --by 姓名；归口处室也可执行 guozi decide 回执号 accept。",
          ("in force", "returned", "superseded", "withdrawn", "purged")),
    State("entry", "to review", "待裁定", "与另一份修订冲突，未采用：请归口处室裁定，执行 "
          "guozi decide 回执号 accept 或 return。",
          ("in force", "to explain", "returned", "superseded", "withdrawn", "purged")),
    State("entry", "shadow", "影子", "按新规则重新审核的结果，未采用：比较后执行 "
          "guozi decide 回执号 adopt 采用，或 withdraw 放弃。",
          ("in force", "to explain", "superseded", "withdrawn", "purged")),
    State("entry", "in force", "生效", "数据已采用，无需操作；如需更正，报送下一个修订。",
          ("superseded", "withdrawn", "returned", "to explain", "purged")),
    State("entry", "superseded", "被替代", "已有更新的修订生效；如需恢复这一份，执行 guozi decide 回执号 revert。", ("purged",)),
    State("entry", "withdrawn", "撤回", "数据已撤回，不再计入；请重新报送，或执行 guozi decide 回执号 revert 恢复。", ("purged",)),
    State("entry", "purged", "按令清除", "内容已按命令删除，不再计入，也不能恢复。"),
    State("explanation", START, "未说明", "请填写原因代码和说明：guozi explain 编号 --code 原因代码 --text 说明 --by 姓名。", ("given",)),
    State("explanation", "given", "已说明", "问题不再计入预警；归口处室不认可时执行 guozi explain 编号 --refuse --reason 理由 --by 姓名。",
          ("accepted", "refused")),
    State("explanation", "accepted", "说明已认可", "无需操作；下一次报送中同一问题、同一数值沿用这份说明。", ("refused",)),
    State("explanation", "refused", "说明未认可", "请补充后重新说明，或更正数据后报送下一个修订。"),
    State("review", START, "未审核", "等待集团审核：guozi decide 回执号 review --by 姓名 --reason 意见。", ("reviewed", "accepted")),
    State("review", "reviewed", "集团已审核", "等待归口处室受理：guozi decide 回执号 approve --by 姓名 --reason 意见。", ("accepted",)),
    State("review", "accepted", "已受理", "无需操作。"),
    State("closing", START, "未封账", "可以报送和更正。", ("in effect",)),
    State("closing", "in effect", "已封账", "这一期不再接受报送；确需更正，由归口处室解锁：guozi rule lift 编号 --by 姓名 --reason 理由。",
          ("lifted",)),
    State("closing", "lifted", "已解锁", "可以报送和更正；完成后请重新封账。"),
    State("extension", START, "未延期", "按报送日历报送。", ("in effect",)),
    State("extension", "in effect", "已延期", "请在延期后的截止日前报送。", ("lifted",)),
    State("extension", "lifted", "延期已撤销", "仍按报送日历的截止日报送。"),
    State("exemption", START, "应报", "按报送日历报送。", ("in effect",)),
    State("exemption", "in effect", "已免报", "本期无需报送，不计缺报。", ("lifted",)),
    State("exemption", "lifted", "免报已撤销", "请按报送日历报送。"),
    State("case", START, "未发现", "没有预警，无需操作。", ("found",)),
    State("case", "found", "已发现", "请研判：guozi handle 编号 assess（属实）、dismiss（误报）或 merge --to 另一编号（合并）。",
          ("assessed", "false alarm", "merged", "clue")),
    State("case", "assessed", "已研判", "请派发：guozi handle 编号 assign --to 承办处室 --due 办结日。",
          ("assigned", "false alarm", "merged", "clue")),
    State("case", "assigned", "已派发", "请承办处室核实后反馈：guozi handle 编号 answer；不属本处室职责的 refuse。",
          ("answered", "refused", "assigned", "clue")),
    State("case", "refused", "已退办", "请重新派发：guozi handle 编号 assign --to 承办处室 --due 办结日。",
          ("assigned", "false alarm", "clue")),
    State("case", "answered", "已反馈", "请处置：guozi handle 编号 treat；反馈不清的 reject 退回承办。",
          ("treated", "assigned", "false alarm", "clue")),
    State("case", "treated", "已处置", "请复核：guozi handle 编号 review；处置不到位的 reject 退回承办。",
          ("reviewed", "assigned", "clue")),
    State("case", "reviewed", "已复核", "请销号：guozi handle 编号 close。", ("closed", "assigned", "clue")),
    State("case", "closed", "已销号", "无需操作；同一预警再次出现时自动重新打开。", ("found",)),
    State("case", "false alarm", "误报", "无需操作；同一预警再次出现时自动重新打开。", ("found",)),
    State("case", "merged", "已合并", "在所并入的预警中处理。", ("found",)),
    State("case", "clue", "已转线索", "在追责线索中处理；同一预警再次出现时自动重新打开。", ("found",)),
    State("case act", START, "无事项", "无需操作。", ("directive", "escalated", "recurred", "vanished")),
    State("case act", "directive", "领导批示", "请承办处室按批示办理并反馈。"),
    State("case act", "escalated", "逾期上报", "已逾期：请承办处室立即办理，或由派发人改期（guozi handle 编号 assign）。"),
    State("case act", "recurred", "再次出现", "请结合新的一期研判。"),
    State("case act", "vanished", "不再出现", "最近的发布中已没有这条预警；处理仍须逐步办结。"),
    State("load", START, "未建立", "等待装载。", ("open",)),
    State("load", "open", "进行中", "装载清单已冻结，尚未完成；下一次 guozi refine 会先完成它。", ("done",)),
    State("load", "done", "完成", "清单内的批次都已入库，无需操作。"),
    State("mart", START, "未计算", "运行 guozi build。", ("built", "audited", "held")),
    State("mart", "built", "已计算", "等待核验；下一次 guozi build 会核验它。", ("audited", "held")),
    State("mart", "audited", "核验通过", "可以发布：运行 guozi publish。"),
    State("mart", "held", "扣留", "核验未通过，发布沿用上一个合格版本：查看 ops/evidence，查明后重新运行 guozi build。",
          ("audited",)),
    State("release", START, "未发布", "运行 guozi publish。", ("published",)),
    State("release", "published", "已发布", "读者看到的就是这一组版本；要长期留存，执行 guozi publish --official --by 姓名 --reason 理由。",
          ("official",)),
    State("release", "official", "正式发布", "各主题表已按哈希留存，guozi sql --release 发布号 随时可查，无需操作。", ("official",)),
)  # fmt: skip

STATES: Mapping[tuple[str, str], State] = {(s.subject, s.name): s for s in _TABLE}


def state(subject: str, name: str) -> State:
    """Raises KeyError for a state the table does not know."""
    return STATES[(subject, name)]


def check(subject: str, before: str, after: str) -> None:
    """Raises IllegalMove unless the table lists the move."""
    known = STATES.get((subject, before))
    if known is None or after not in known.moves:
        label = known.label if known else before
        other = STATES.get((subject, after))
        raise IllegalMove(
            f"{SUBJECTS.get(subject, subject)}不能从“{label}”变为“{other.label if other else after}”；"
            f"允许：{'、'.join(STATES[(subject, m)].label for m in known.moves) if known and known.moves else '无'}"
        )
