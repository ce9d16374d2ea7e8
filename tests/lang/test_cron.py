"""Cron lines: what crontab(5) means by them, whatever the library underneath counts from."""

from __future__ import annotations

import re

import pytest

from cuelang.lang.cron import parse_cron


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("* * * * *", ("0", "*", "*", "*", "*", "*")),
        ("0 55 9 * * sun", ("0", "55", "9", "*", "*", "sun")),
        ("55 9 * * 0", ("0", "55", "9", "*", "*", "sun")),
        ("55 9 * * 7", ("0", "55", "9", "*", "*", "sun")),
        ("0 8 * * 1-5", ("0", "0", "8", "*", "*", "mon,tue,wed,thu,fri")),
        ("0 8 * * 5-7", ("0", "0", "8", "*", "*", "fri,sat,sun")),
        ("0 8 * * 0-6", ("0", "0", "8", "*", "*", "*")),
        ("0 8 * * fri-mon", ("0", "0", "8", "*", "*", "mon,fri,sat,sun")),
        ("0 8 * * sun-tue", ("0", "0", "8", "*", "*", "mon,tue,sun")),
        ("0 8 * * 6-1", ("0", "0", "8", "*", "*", "mon,sat,sun")),
        ("0 8 * * */2", ("0", "0", "8", "*", "*", "tue,thu,sat,sun")),
        ("0 8 * * Saturday,SUN", ("0", "0", "8", "*", "*", "sat,sun")),
        ("*/20 * * * *", ("0", "0,20,40", "*", "*", "*", "*")),
        ("10/25 * * * *", ("0", "10,35", "*", "*", "*", "*")),
        ("*/59 * * * *", ("0", "0,59", "*", "*", "*", "*")),
        ("*/60 * * * *", ("0", "0", "*", "*", "*", "*")),
        ("0-59 0 1,15 dec-feb *", ("0", "*", "0", "1,15", "1,2,12", "*")),
        ("0 0 29 2 *", ("0", "0", "0", "29", "2", "*")),
        ("0 0 31 january,2 *", ("0", "0", "0", "31", "1,2", "*")),
        ("*/30 * * * * *", ("0,30", "*", "*", "*", "*", "*")),
    ],
)
def test_what_is_meant(text: str, fields: tuple[str, ...]) -> None:
    assert parse_cron(text).fields == fields


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0"),
        ("* * * *", "five fields"),
        ("* * * * * * *", "has 7"),
        ("60 * * * *", "“60” is not a valid minute (0 to 59)"),
        ("* 24 * * *", "not a valid hour"),
        ("* * 0 * *", "not a valid day of the month (1 to 31)"),
        ("* * * 13 *", "not a valid month"),
        ("* * * * 8", "not a valid weekday (0 to 7, or a name such as “mon”)"),
        ("* * * * sunny", "not a valid weekday"),
        ("* * * foo *", "not a valid month"),
        ("30-10 * * * *", "runs backwards"),
        ("*/0 * * * *", "a step of 1 or more"),
        ("*/x * * * *", "a step of 1 or more"),
        ("1- * * * *", "“” is not a valid minute"),
        ("1,,2 * * * *", "“” is not a valid minute"),
        ("² * * * *", "not a valid minute"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6 *", "never fires"),
        ("@daily", "has 1"),
        ("0 0 31 4 */2", "never fires"),
        ("*/90 * * * *", "write `on every 90m` instead"),
        ("*/61 * * * * *", "a step never runs on into the next minute"),
        ("0 */25 * * *", "there are only 24 hours, and a step never runs on into the next day"),
        ("0 9 */32 * *", "there are only 31 days of the month"),
        ("0 9 1 */13 *", "there are only 12 months"),
        ("0 9 * * */8", "there are only 7 weekdays"),
        ("0 9 * * sun#1", "write the day as “*/100,1-7” and the weekday as “sun”"),
        ("0 9 * * sunL", "for the first Sunday of a month"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_cron(text)


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("0 9 1 * sun", True), ("0 9 * * sun", False), ("0 9 1 * *", False), ("0 9 */7 * sun", False),
        ("0 9 1 * */2", False), ("0 9 1-31 * sun", True), ("0 9 1 * 0-6", True), ("0 9 *,5 * sun", False),
        ("0 0 9 */7 * sun", False), ("0 0 9 1 * sun", True),
    ],
)  # fmt: skip
def test_a_field_that_begins_with_a_star_is_not_restricted(text: str, either: bool) -> None:
    assert parse_cron(text).either is either
