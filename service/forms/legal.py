"""Which law a notice cites: by hazard, by the building's height, by whose thing it is.

Sources: 《中华人民共和国消防法》 (2021) articles 18, 28 and 60; 《高层民用建筑消防安全管理规定》
(应急管理部令第5号) articles 37 and 47; 《居民小区电动自行车停放充电管理指南》 (2024-11).
What a local rule adds is the office's to say: ``FormSettings.local_rule``.
"""

from dataclasses import dataclass

from service.forms.cases import FormCase
from service.forms.words import FormSettings

__all__ = ["LegalBasis", "legal_basis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """One citation.

    Attributes:
        citation: Law and article.
        text: What it says, as far as it bears on the case.
        is_binding: A guideline persuades; only a binding one carries an order.
    """

    citation: str
    text: str
    is_binding: bool = True


_BAN = LegalBasis(
    citation="《中华人民共和国消防法》第二十八条",
    text="任何单位、个人不得占用、堵塞、封闭疏散通道、安全出口、消防车通道。",
)
_PENALTY = LegalBasis(
    citation="《中华人民共和国消防法》第六十条",
    text="单位违反的，责令改正，处五千元以上五万元以下罚款；个人违反的，处警告或者五百元以下罚款；"
    "经责令改正拒不改正的，强制执行，所需费用由违法行为人承担。",
)
_PROPERTY_FIRM = LegalBasis(
    citation="《中华人民共和国消防法》第十八条",
    text="住宅区的物业服务企业应当对管理区域内的共用消防设施进行维护管理，提供消防安全防范服务。",
)
_HIGH_RISE_BAN = LegalBasis(
    citation="《高层民用建筑消防安全管理规定》第三十七条",
    text="禁止在高层民用建筑公共门厅、疏散走道、楼梯间、安全出口停放电动自行车或者为电动自行车充电。",
)
_HIGH_RISE_PENALTY = LegalBasis(
    citation="《高层民用建筑消防安全管理规定》第四十七条",
    text="拒不改正的，对经营性单位和个人处两千元以上一万元以下罚款，"
    "对非经营性单位和个人处五百元以上一千元以下罚款。",
)
_EBIKE_GUIDE = LegalBasis(
    citation="《居民小区电动自行车停放充电管理指南》",
    text="电动自行车应当在规定的停放充电场所停放、充电，不得进入电梯轿厢、携带入户，"
    "不得在公共门厅、疏散走道、楼梯间、安全出口停放、充电。",
    is_binding=False,
)
_PRIVATE = LegalBasis(
    citation="劝导说明",
    text="该设施属于居民私有财产，本单据为消防安全劝导，建议自行拆除、更换或者开设应急疏散逃生口。",
    is_binding=False,
)

_GENERAL = LegalBasis(
    citation="《中华人民共和国消防法》第五条",
    text="任何单位和个人都有维护消防安全、保护消防设施、预防火灾、报告火警的义务。",
)

_EBIKE_KINDS = frozenset({"ebike_in_elevator", "ebike_indoors", "ebike_parking"})
# Articles 28 and 37 name lanes, routes, halls, walkways, stairs and exits. A lift's car is none
# of them, and wiring or equipment is another matter.
_ROUTE_KINDS = frozenset(
    {
        "fire_lane_blocked",
        "climbing_site_blocked",
        "ebike_indoors",
        "corridor_clutter",
        "exit_blocked",
        "exit_locked",
        "illegal_structure",
    }
)


def legal_basis(case: FormCase, settings: FormSettings) -> tuple[LegalBasis, ...]:
    """What the notice about this case cites, the ban first, then what follows from it.

    An e-bike in a hall or stairwell of a high-rise falls under the rule for high-rises, in a
    lower building under article 28 alone; a building of unknown height counts as lower. What
    belongs to a home's owner is asked for, never ordered.
    """
    local: tuple[LegalBasis, ...] = ()
    if settings.local_rule:
        local = (LegalBasis(citation="地方规定", text=settings.local_rule),)
    if case.is_private:
        return (_PRIVATE, *local)
    found: list[LegalBasis] = []
    is_high = case.height_m is not None and (
        case.height_m > settings.high_rise_m or (not case.is_home and case.height_m > 24.0)
    )
    if case.kind in _ROUTE_KINDS:
        found.append(_BAN)
        if case.kind in _EBIKE_KINDS and is_high:
            found += [_HIGH_RISE_BAN, _PENALTY, _HIGH_RISE_PENALTY]
        else:
            found.append(_PENALTY)
    if case.kind in _EBIKE_KINDS:
        found.append(_EBIKE_GUIDE)
    if case.kind not in _ROUTE_KINDS:
        if case.kind not in _EBIKE_KINDS:
            found.append(_GENERAL)
        # Binds the property firm, who is told to keep order; a person is persuaded.
        found.append(_PROPERTY_FIRM)
    return (*found, *local)
