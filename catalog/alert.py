"""Telling people, by webhook (a POST of JSON) and by mail. What is told is made of our own words; never a value of a row."""

from __future__ import annotations

import json
import smtplib
import time
import urllib.request
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from catalog.settings import Alerts

_SECONDS = 10
_TRIES = 3
_PAUSE = 1.0


def send(alerts: Alerts, title: str, text: str) -> dict[str, str]:
    """Way (webhook, mail) that is set → empty when told, else the class of the error of the last of three tries."""
    ways: Mapping[str, Callable[[], None]] = {
        **({"webhook": lambda: _post(alerts, title, text)} if alerts.webhook else {}),
        **({"mail": lambda: _mail(alerts, title, text)} if alerts.smtp else {}),
    }
    return {name: _tried(tell) for name, tell in ways.items()}


def _tried(tell: Callable[[], None]) -> str:
    problem = ""
    for number in range(_TRIES):
        time.sleep(_PAUSE * number)
        try:
            tell()
        except OSError as error:  # urllib's and smtplib's errors among them
            problem = type(error).__name__
        else:
            return ""
    return problem


def _post(alerts: Alerts, title: str, text: str) -> None:
    body = json.dumps({"title": title, "text": text}, ensure_ascii=False).encode()
    request = urllib.request.Request(alerts.webhook, body, {"Content-Type": "application/json; charset=utf-8"}, method="POST")
    urllib.request.urlopen(request, timeout=_SECONDS).close()


def _mail(alerts: Alerts, title: str, text: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = title, alerts.sender, alerts.to
    message.set_content(text)
    server = urlsplit(alerts.smtp)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "", server.port or 0, timeout=_SECONDS) as connection:
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
