"""What is refused before anyone looks at a figure, with published ids; and the limits within which a file is read.

`RULES` is the published list: id → (why, what to do). Every refusal of `intake.readers` and `intake.pool` goes
through `refused`, so that no id exists that is not in the list.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from intake.readers import Rejected

_OPEN_AND_SAVE = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新报送"
_SEND_AGAIN = "请核对文件能正常打开，重新导出后报送"
_AS_VALUES = "请选中公式单元格，复制后“粘贴为数值”，保存后重新报送"
_SPLIT = "请按单位或报告期拆成几份报送"

RULES: Mapping[str, tuple[str, str]] = {
    "GRD-EMPTY": ("文件是空的", _SEND_AGAIN),
    "GRD-SYMLINK": ("这不是一个普通文件", "请报送文件本身，不要报送快捷方式或链接"),
    "GRD-NAME": ("文件名或压缩包内的名称不合规", "名称中不要有 ..、盘符、开头的斜杠、叹号和控制字符"),
    "GRD-FORMAT": ("这种文件不在受理范围", "请报送 .xlsx、.csv、.json、.parquet 或装有这些文件的 .zip"),
    "GRD-XLS": ("这是旧版 Office 文件（.xls 一类）", _OPEN_AND_SAVE),
    "GRD-ENCRYPTED": ("文件加了密码", "请去掉打开密码后重新报送"),
    "GRD-TRUNCATED": ("文件不完整或已损坏", _SEND_AGAIN),
    "GRD-SIZE": ("文件（展开后）过大", _SPLIT),
    "GRD-RATIO": ("压缩比异常，像压缩炸弹", "请用 Excel 或压缩软件重新保存后报送"),
    "GRD-ENTRIES": ("压缩包内文件过多", _SPLIT),
    "GRD-DEPTH": ("压缩包嵌套过深", "请不要在压缩包里再放多层压缩包"),
    "GRD-ENTITY": ("XML 中有文档类型或实体声明", _OPEN_AND_SAVE),
    "GRD-XML": ("XML 内容有误，无法读取", _OPEN_AND_SAVE),
    "GRD-ROW": ("行号或列号超出表格的最大范围", "请删除数据区以外的单元格后重新报送"),
    "GRD-RANGE": ("表格范围过大：可能在很远的角落有一个多余的单元格", "请删除数据区以外的行和列，保存后重新报送"),
    "GRD-CELL": ("单元格没有位置，或位置重复、次序错乱", _OPEN_AND_SAVE),
    "GRD-MACRO": ("文件含有宏", "请另存为不含宏的 .xlsx 后重新报送"),
    "GRD-EXTERNAL": ("文件引用了外部数据", "请在“数据—编辑链接”中断开链接，改为数值后重新报送"),
    "GRD-DDE": ("含有会启动外部程序的内容（DDE）", "请删除这个单元格的公式，改为数值后重新报送"),
    "GRD-EMBEDDED": ("文件嵌入了其他文件或控件", "请删除嵌入的对象，另行提交附件"),
    "GRD-FORMULA": ("公式没有算出的结果", "请用 Excel 或 WPS 打开并保存一次，或粘贴为数值后重新报送"),
    "GRD-STALE": ("有公式，而文件声明其结果打开时才重新计算，现存的结果不可信", _AS_VALUES),
    "GRD-ERROR": ("单元格是错误值（#REF!、#DIV/0! 一类）", "请改正公式或填入数值后重新报送"),
    "GRD-MERGED": ("合并单元格盖住了数据行，无法确定数属于哪一格", "请取消数据区的合并单元格，逐格填写后重新报送"),
    "GRD-DIGITS": ("数字超过 15 位有效数字，表格软件已不能准确保存", "编号一类请设为文本格式；金额请核对位数"),
    "GRD-ENCODING": ("文字编码混杂或无法识别", "请统一保存为 UTF-8（或 GB18030）后重新报送"),
    "GRD-NUL": ("文本中有空字符（NUL）：不是文本文件，或编码有误", "请另存为 UTF-8 编码的 CSV，或报送 .xlsx"),
    "GRD-CONTROL": ("文本中有看不见的控制字符", "请删除这个字符，或重新导出后报送"),
    "GRD-QUOTES": ("引号没有成对，无法确定各列的界线", "请检查这一行的引号；含逗号、换行的内容应整体用一对英文引号括起"),
    "GRD-RAGGED": ("这一行的列数与表头不一致", "请检查这一行是否缺少分隔符，或千分位逗号没有加引号"),
    "GRD-COLUMNS": ("列数过多", "请核对分隔符和表格范围"),
    "GRD-JSON": ("JSON 内容有误", "请用程序重新生成并校验后报送"),
    "GRD-JSON-KEY": ("JSON 中同一个键出现了两次", "请删除重复的键，每个键只写一次"),
    "GRD-JSON-NUMBER": ("JSON 中的数不是有限的十进制数", "请填写普通的数；没有数据填 null"),
    "GRD-JSON-NESTED": ("JSON 记录里又嵌套了对象或数组", "每条记录只能是“键: 文本、数或 null”"),
    "GRD-JSON-SHAPE": ("JSON 的结构不对", "应为对象数组，或含 records 数组的对象"),
    "GRD-PARQUET-TYPE": ("Parquet 的这一列不是文本、数、日期或是否", "请把这一列转为文本、整数、定点数（decimal）、日期或布尔后重新报送"),
    "GRD-PARQUET-NUMBER": ("Parquet 中的浮点数不是普通的数", "金额请用定点数（decimal）；没有数据填空值"),
    "GRD-CRASH": ("读取程序在这个文件上异常退出", "文件可能已损坏；请重新导出后报送，仍不行请联系管理员"),
    "GRD-MEMORY": ("读取这个文件所需的内存超过上限", _SPLIT),
    "GRD-TIME": ("读取这个文件所需的时间超过上限", _SPLIT),
}


@dataclass(frozen=True)
class Limits:
    """Bounds of one file. Defaults decided 2026-11 (docs/decisions): a group's year of monthly reports is under a tenth of each.

    `ratio` counts only members that unpack to at least `ratio_from` bytes: a short file of zeros packs well and is harmless.
    `cells` bounds the dense range calamine allocates; a range of more than `sparse_from` cells of which fewer than one in
    `sparse` is filled is a stray cell, not a table. `depth` 2: a zip, and zips in it.
    """

    file_bytes: int = 1 << 30
    unpacked_bytes: int = 2 << 30
    json_bytes: int = 64 << 20
    entries: int = 2_000
    ratio: int = 200
    ratio_from: int = 10 << 20
    depth: int = 2
    rows: int = 1_048_576
    columns: int = 16_384
    cells: int = 20_000_000
    sparse: int = 500
    sparse_from: int = 1_000_000
    batch_rows: int = 50_000


@dataclass
class Unpacked:
    """What one submission has unpacked so far, archives within archives together."""

    depth: int = 0
    entries: int = 0
    bytes: int = 0


LIMITS = Limits()
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def refused(rule_id: str, where: str, detail: str = "") -> Rejected:
    """The refusal `rule_id` of the published list; `detail` (what exactly was seen, never a value) follows the reason."""
    why, todo = RULES[rule_id]
    return Rejected(rule_id, where, f"{why}（{detail}）" if detail else why, todo)


def check_name(name: str, where: str) -> None:
    """Refuses a name that climbs out of its folder, hides characters, or would make an address ambiguous."""
    shown = _UNSAFE.sub("�", name)
    parts = name.replace("\\", "/").split("/")
    if _UNSAFE.search(name):
        raise refused("GRD-NAME", where, f"“{shown}”含控制字符或不可见字符")
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise refused("GRD-NAME", where, f"“{shown}”指向文件夹之外")
    if "!" in name:
        raise refused("GRD-NAME", where, f"“{shown}”含叹号")


def check_file(path: Path, name: str, limits: Limits = LIMITS) -> None:
    """Refuses a name that hides something, what is no plain file, or is larger than any report.

    Raises OSError when there is none: our fault.
    """
    if _UNSAFE.search(name):
        raise refused("GRD-NAME", _UNSAFE.sub("�", name), "含控制字符、不可见字符，或不是 UTF-8 编码")
    seen = path.lstat()
    if not stat.S_ISREG(seen.st_mode):
        raise refused("GRD-SYMLINK", name)
    if seen.st_size > limits.file_bytes:
        raise refused("GRD-SIZE", name, f"上限 {limits.file_bytes >> 20} MB")
