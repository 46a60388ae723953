"""Statistics whose sums equal the ledger (requirement 22)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType

from service.errors import ServiceError
from service.forms.cases import FormCase
from service.forms.sheets import Sheet, workbook_bytes
from service.forms.words import moment_text

__all__ = [
    "DIMENSIONS",
    "STATISTICS_HEADINGS",
    "Tally",
    "check_sums",
    "statistics_xlsx",
    "tally_all",
    "tally_cases",
    "total",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Figures of one group of cases; false alarms are in none of them.

    Attributes:
        label: The community, compound, ...; empty for the whole.
        found: 发现 cases of the ledger.
        rectified: 已销号.
        overdue: 逾期 and open.
        rechecked: 已复查.
        rebounds: 反弹, cases that came back.
        assigned: 交办.
        dissuasions: 劝阻次数.
        reported: 劝阻无效已报告.
        removed_kg: Clutter carried away, in kilograms.
    """

    label: str = ""
    found: int = 0
    rectified: int = 0
    overdue: int = 0
    rechecked: int = 0
    rebounds: int = 0
    assigned: int = 0
    dissuasions: int = 0
    reported: int = 0
    removed_kg: float = 0.0

    @property
    def rate(self) -> float | None:
        """整改率 in [0, 1]; None where nothing was found."""
        return self.rectified / self.found if self.found else None


#: Dimension -> its sheet's name and how a case says where it belongs.
DIMENSIONS: Mapping[str, tuple[str, Callable[[FormCase], str]]] = MappingProxyType(
    {
        "community": ("按社区", lambda case: case.community),
        "compound": ("按小区", lambda case: case.compound),
        "building": ("按楼栋", lambda case: f"{case.compound} {case.building}".strip()),
        "kind": ("按隐患类型", lambda case: case.kind_zh),
        "source": ("按来源", lambda case: case.source),
    }
)
_UNKNOWN = "（未登记）"
STATISTICS_HEADINGS = (
    "发现",
    "已销号",
    "整改率",
    "逾期未改",
    "已复查",
    "反弹",
    "交办",
    "劝阻次数",
    "已报告",
    "清理杂物（吨）",
)
_COUNTS = tuple(field.name for field in fields(Tally) if field.name != "label")


def _of_case(case: FormCase) -> Tally:
    return Tally(
        found=1,
        rectified=int(case.is_closed),
        overdue=int(case.is_overdue and not case.is_closed),
        rechecked=int(case.rechecked_at is not None),
        rebounds=int(bool(case.rebound_of)),
        assigned=int(case.assigned),
        dissuasions=case.dissuasions,
        reported=int(case.reported_at is not None),
        removed_kg=case.removed_kg,
    )


def total(tallies: Iterable[Tally], label: str = "") -> Tally:
    """The sum of the groups."""
    sums: dict[str, float] = dict.fromkeys(_COUNTS, 0)
    for tally in tallies:
        for name in _COUNTS:
            sums[name] += getattr(tally, name)
    return Tally(label=label, **sums)  # type: ignore[arg-type]  # counts stay whole numbers


def tally_cases(cases: Iterable[FormCase], dimension: str) -> tuple[Tally, ...]:
    """Count cases along a dimension of `DIMENSIONS`, the largest group first."""
    return tally_all(cases)[1][dimension]


def tally_all(cases: Iterable[FormCase]) -> tuple[Tally, dict[str, tuple[Tally, ...]]]:
    """Count cases in one pass: the whole, and every dimension's groups, the largest first."""
    whole = Tally()
    groups: dict[str, dict[str, Tally]] = {dimension: {} for dimension in DIMENSIONS}
    for case in cases:
        one = _of_case(case)
        whole = total((whole, one))
        for dimension, (_, key) in DIMENSIONS.items():
            label = key(case) or _UNKNOWN
            members = groups[dimension]
            members[label] = total((members.get(label, Tally()), one), label)
    return whole, {
        dimension: tuple(sorted(found.values(), key=lambda tally: (-tally.found, tally.label)))
        for dimension, found in groups.items()
    }


def check_sums(whole: Tally, groups: Mapping[str, Sequence[Tally]]) -> None:
    """Refuse statistics whose parts do not add up to the ledger.

    Raises:
        ServiceError: A dimension differs; the message names it and the figure.
    """
    for dimension, tallies in groups.items():
        summed = total(tallies)
        for name in _COUNTS:
            ours, theirs = getattr(summed, name), getattr(whole, name)
            if abs(ours - theirs) > 1e-6:
                raise ServiceError(
                    f"statistics by {dimension}: {name} adds up to {ours:g}, the ledger has"
                    f" {theirs:g}; nothing was printed"
                )


def _row(tally: Tally) -> tuple[str | int | float | None, ...]:
    rate = tally.rate
    return (
        tally.label,
        tally.found,
        tally.rectified,
        "—" if rate is None else f"{rate:.1%}",
        tally.overdue,
        tally.rechecked,
        tally.rebounds,
        tally.assigned,
        tally.dissuasions,
        tally.reported,
        round(tally.removed_kg / 1000, 3),
    )


def statistics_xlsx(
    whole: Tally,
    groups: Mapping[str, Sequence[Tally]],
    *,
    title: str,
    period: str,
    made_at: datetime,
) -> bytes:
    """One sheet a dimension, each with its total, all totals equal.

    Args:
        whole: The ledger's own figures.
        groups: Dimension -> its groups.
        title: Such as 消防安全隐患整治统计表.
        period: What time the figures stand for, in words.
        made_at: Aware time of the export.

    Raises:
        ServiceError: The parts do not add up.
    """
    check_sums(whole, groups)
    subtitle = f"统计期间：{period}；生成时间：{moment_text(made_at)}（北京时间）；不含误报"
    return workbook_bytes(
        *(
            Sheet(
                name=DIMENSIONS[dimension][0],
                title=f"{title}（{DIMENSIONS[dimension][0]}）",
                subtitle=subtitle,
                headings=(DIMENSIONS[dimension][0].removeprefix("按"), *STATISTICS_HEADINGS),
                widths=(28, 9, 9, 10, 11, 9, 9, 9, 11, 9, 16),
                rows=[*map(_row, tallies), _row(total(tallies, "合计"))],
                centred=frozenset(range(1, 11)),
            )
            for dimension, tallies in groups.items()
        )
    )
