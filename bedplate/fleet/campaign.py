"""What users write: a campaign, as models in the style of the specification's.

Every duration is a text such as `1h30m`; the rules of `rules.py` check what types cannot.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from pydantic import Field

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.common import Metadata, Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Flag, Text, Texts, Whole, WholeOrText
from bedplate.spec.rules.text import seconds

API_VERSION = "bedplate/v1alpha1"
KIND = "UpgradeCampaign"

CLUSTER_ZONE = "cluster"
"""The time zone of a window that follows each cluster's own clock."""
TIME_ZONE_ANNOTATION = "bedplate/time-zone"
"""The annotation of a Cluster that names its time zone; a label could not hold the slash."""

HOUR = 3600.0


class Target(Model):
    """What every cluster is brought to; at least the Kubernetes version.

    `templates` names for each template of virtual machines in use the one that takes its place.
    """

    kubernetes_version: Text = ""
    eksa_version: Text = ""
    templates: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Selector(Model):
    """Which clusters: those that carry every one of these labels (none: every cluster)."""

    match_labels: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Approval(Model):
    """People who must agree; an approval counts for as long as `valid` says."""

    count: Whole = 1
    approvers: Texts = ()
    not_requester: Flag = True
    valid: Text = "72h"


class Job(Model):
    """A health check of the user's own: a deployment of Prefect that must complete."""

    deployment: Text = ""
    parameters: FreeObject = Field(default_factory=FreeObject)


class Gate(Model):
    """One of: people's approval, time to watch (`soak`), a job."""

    name: Text = ""
    approval: Approval | None = None
    soak: Text = ""
    job: Job | None = None


class Gates(Model):
    """What must hold before a stage begins and after its last batch; one after the other."""

    before: tuple[Gate, ...] = ()
    after: tuple[Gate, ...] = ()


class Success(Model):
    """What a stage may bear; with neither, no failure at all."""

    percent: Whole | None = None
    max_failed: Whole | None = None


class Stage(Model):
    """Some clusters, in batches: a batch begins when all of the one before it has ended.

    `clusters` names them; else `select` says how many of those that match, a number or a percentage
    of the campaign; with neither, all that are left.
    """

    name: Text = ""
    clusters: Texts = ()
    select: WholeOrText | None = None
    batch: WholeOrText | None = None
    max_concurrency: Whole = 1
    success: Success = Field(default_factory=Success)
    gates: Gates = Field(default_factory=Gates)


class Day(Choice):
    """A day of the week, on which a window begins."""

    MONDAY = "Mon"
    TUESDAY = "Tue"
    WEDNESDAY = "Wed"
    THURSDAY = "Thu"
    FRIDAY = "Fri"
    SATURDAY = "Sat"
    SUNDAY = "Sun"

    @property
    def weekday(self) -> int:
        """The day as `date.weekday()` has it."""
        return list(Day).index(self)


class Window(Model):
    """When work may be done: from a time of the day, in a zone, for so long.

    Without days it is every day.
    """

    time_zone: Text = CLUSTER_ZONE
    days: tuple[Day, ...] = ()
    start: Text = ""
    duration: Text = ""


class Blackout(Model):
    """When nothing is begun and nothing goes on: dates, the last included, or an iCal file."""

    from_: Text = ""
    to: Text = ""
    why: Text = ""
    calendar: Text = ""


class FailureAction(Choice):
    """What a stage that breaks its criteria does to the campaign; neither goes on."""

    PAUSE = "Pause"
    STOP = "Stop"


class CampaignSettings(Model):
    """The `spec` of a campaign.

    `cluster_duration` is what an upgrade is reckoned with where the journal knows none;
    `cluster_timeout` is when one that still runs counts as failed.
    """

    target: Target = Field(default_factory=Target)
    selector: Selector = Field(default_factory=Selector)
    order: Texts = ()
    stages: tuple[Stage, ...] = ()
    per_vcenter: Whole | None = None
    windows: tuple[Window, ...] = ()
    stop_before: Text = "15m"
    blackouts: tuple[Blackout, ...] = ()
    on_failure: FailureAction = FailureAction.PAUSE
    cluster_duration: Text = "1h"
    cluster_timeout: Text = "6h"
    notify: Texts = ()


class Campaign(Object):
    """One upgrade of many clusters."""

    KIND: ClassVar[str] = KIND
    api_version: Text = API_VERSION
    metadata: Metadata = Field(default_factory=Metadata)
    spec: CampaignSettings = Field(default_factory=CampaignSettings)

    @property
    def name(self) -> str:
        """Return the campaign's name."""
        return self.metadata.name


Amount: TypeAlias = int | str | None


def counted(amount: Amount, of: int) -> int | None:
    """Return how many a count or a percentage is of so many: rounded up, at least one.

    None where nothing is said, or what is said is neither.
    """
    if isinstance(amount, str) and amount.endswith("%") and amount[:-1].isdecimal():
        share = int(amount[:-1])
        return max(1, -(-of * share // 100)) if 0 < share <= 100 else None
    if isinstance(amount, str) and amount.isdecimal():
        amount = int(amount)
    return amount if isinstance(amount, int) and amount > 0 else None


def duration(text: str) -> float:
    """Return the seconds of a duration that the rules have accepted."""
    found = seconds(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    return found
