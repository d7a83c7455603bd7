import pytest

from schemas.labels import normalise
from schemas.load import form, form_names


@pytest.mark.parametrize(
    ("printed", "bare"),
    [
        ("一、营业总收入", "营业总收入"),
        ("　　其中：主营业务收入 ", "主营业务收入"),
        ("其中:营业收入", "营业收入"),
        ("加：其他收益", "其他收益"),
        ("减：营业外支出", "营业外支出"),
        ("四、利润总额（亏损总额以“－”号填列）", "利润总额"),
        ("投资收益（损失－）", "投资收益"),
        ("五、净利润（净亏损－）·本年累计", "净利润·本年累计"),
        ("（一）归属于母公司所有者的净利润", "归属于母公司所有者的净利润"),
        ("1.少数股东损益", "少数股东损益"),
        ("△利息收入", "利息收入"),
        ("货币资金(元)", "货币资金"),
        ("加权平均净资产收益率（％）", "加权平均净资产收益率"),
        ("资产\u200b总计\n", "资产总计"),
        ("营业总收入・本年累计", "营业总收入·本年累计"),
        ("ＵＮＩＴ＿ＩＤ", "unit_id"),
    ],
)
def test_what_printing_adds_does_not_count(printed: str, bare: str) -> None:
    assert normalise(printed) == normalise(bare) == bare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("每10股送红股数", "股送红股数"),
        ("1年内到期的长期借款", "年内到期的长期借款"),
        ("每10股派息数（含税）", "每10股派息数"),
        ("一年内到期的非流动负债", "年内到期的非流动负债"),
        ("应交税费（余额）", "应交税费总额"),
        ("实收资本（股本）", "资本公积"),
        ("其他应收款", "应收款"),
    ],
)
def test_what_belongs_to_the_name_stays(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("text", ["其中", "一、", "（元）", "", "1."])
def test_a_text_of_decoration_alone_is_no_column(text: str) -> None:
    known = {normalise(n) for name in form_names() for c in form(name).columns for n in c.names}
    assert normalise(text) not in known


@pytest.mark.parametrize("name", form_names())
def test_no_two_columns_of_a_form_answer_to_the_same_header(name: str) -> None:
    owner: dict[str, str] = {}
    for column in form(name).columns:
        for text in column.names:
            assert owner.setdefault(normalise(text), column.name) == column.name, text


def test_no_two_lines_of_a_card_answer_to_the_same_label() -> None:
    owner: dict[tuple[str, str], str] = {}
    for item in form("monthly_finance").items:
        for text in (item.label, *item.synonyms):
            assert owner.setdefault((item.kind, normalise(text)), item.name) == item.name, text
