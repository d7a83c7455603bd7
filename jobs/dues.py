"""What of a loan no money is set aside for, and the kinds of loans that are bonds: one reading for all marts of debts."""

BOND = "kind IN ('公司债', '企业债', '中票', '短融', '超短融', '定向工具', 'ABS', '永续债', '境外债')"


def unfunded(due: str) -> str:
    """SQL of what is left of a loan's dues; one that names its source and gives no amount set aside counts as provided for."""
    return f"CASE WHEN secured IS NULL AND repayment_source IS NOT NULL THEN 0 ELSE greatest({due} - coalesce(secured, 0), 0) END"
