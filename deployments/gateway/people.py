"""Who is one person: every ticket system has its own name for somebody, and so has the gateway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bedplate.fleet.gates import same
from deployments.gateway.settings import Approver


@dataclass(frozen=True, slots=True)
class People:
    """Whose a name is. Two spellings of it are no second person."""

    owners: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, approvers: Mapping[str, Approver]) -> People:
        """Return the people that gateway.yaml describes."""
        spelled = {name: (name, *one.identities) for name, one in approvers.items()}
        return cls({same(word): name for name, words in spelled.items() for word in words})

    def one(self, name: str) -> str:
        """Return the person of a name: an approver where it is one of theirs, empty for none."""
        return self.owners.get(same(name), same(name))

    def all(self, names: Iterable[str]) -> frozenset[str]:
        """Return the people of several names, each once."""
        return frozenset(filter(None, map(self.one, names)))
