"""Commands in comments: `/bedplate create w01 site=lab spec_file=w01.yaml`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from deployments.gateway.intents import Intent, read_intent
from deployments.gateway.problems import malformed

WORD = "/bedplate"
OPTIONS = frozenset({"ticket", "revision", "site", "spec_file", "confirm"})
USE = f"{WORD} VERB CLUSTER [ticket=CHG1] [site=NAME] [spec_file=NAME] [confirm=CLUSTER]"
_LINE = re.compile(rf"^{WORD}(?:[ \t]+(.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where it is, which one it is, and whose."""

    text: str
    place: str
    number: str
    person: str


def has_command(text: str) -> bool:
    """Say whether a comment holds a command at the beginning of a line."""
    return _LINE.search(text.replace("\r", "")) is not None


def read_command(comment: Comment) -> Intent:
    """Return the intent of a comment's one command; raises Malformed."""
    found = _LINE.findall(comment.text.replace("\r", ""))
    if len(found) != 1:
        raise malformed(f"the comment holds {len(found)} commands", f"write one line: {USE}")
    try:
        words = shlex.split(found[0])
    except ValueError:
        raise malformed("the command has a quote that does not end", f"write: {USE}") from None
    plain = [word for word in words if "=" not in word]
    options = dict(word.split("=", 1) for word in words if "=" in word)
    if len(plain) != 2 or not options.keys() <= OPTIONS:
        raise malformed("the command is not a verb, a cluster and known options", f"write: {USE}")
    known = {
        "ticket": comment.place,
        "revision": comment.number,
        "requested_by": comment.person,
        "verb": plain[0],
        "cluster": plain[1],
    }
    return read_intent(known | options)
