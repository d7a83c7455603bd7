from stdnum.cn import uscc

from samples.ids import credit_code, organisation_digit, outer_digit, wrong_digit


def test_check_digits_are_those_of_a_published_code() -> None:
    published = "91110000600037341L"
    assert outer_digit(published[:17]) == published[17]
    assert organisation_digit(published[8:16]) == published[16]


def test_made_up_codes_are_valid_and_all_different() -> None:
    codes = [credit_code(number, division) for number in range(1, 300) for division in ("370202", "370282")]
    assert all(uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_letters_may_stand_in_the_first_two_places() -> None:
    code = credit_code(3, kind="Y1")
    assert uscc.calc_check_digit(code[:-1]) == code[-1]


def test_a_wrong_digit_breaks_both_check_digits() -> None:
    code = wrong_digit(credit_code(12), 13)
    assert outer_digit(code[:17]) != code[17]
    assert organisation_digit(code[8:16]) != code[16]
