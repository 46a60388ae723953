"""Roles, permissions, and the one table that says which role may do what."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["PERMISSIONS", "ROLE_WORDS", "Permission", "Role"]


class Role(StrEnum):
    """What an account or an API key is."""

    CAMERA = "camera"
    DUTY = "duty"
    PATROL = "patrol"
    PROPERTY = "property"
    COMMUNITY = "community"
    STREET = "street"
    FIRE = "fire"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that a route or a button does."""

    EVENTS_POST = "events.post"
    FINDINGS_POST = "findings.post"
    PHOTOS_REVIEW = "photos.review"
    INCIDENTS_READ = "incidents.read"
    INCIDENTS_ACKNOWLEDGE = "incidents.acknowledge"
    INCIDENTS_REGISTER = "incidents.register"
    INCIDENTS_HANDLE = "incidents.handle"
    INCIDENTS_ASSIGN = "incidents.assign"
    INCIDENTS_RECTIFY = "incidents.rectify"
    INCIDENTS_RECHECK = "incidents.recheck"
    INCIDENTS_TRANSFER = "incidents.transfer"
    INCIDENTS_RECEIVE = "incidents.receive"
    INCIDENTS_EXPORT = "incidents.export"
    LIFTS_RELEASE = "lifts.release"
    STATISTICS_READ = "statistics.read"
    PLACES_READ = "places.read"
    PLACES_EDIT = "places.edit"
    LOOKBACKS_READ = "lookbacks.read"
    LOOKBACKS_ANSWER = "lookbacks.answer"
    CAMPAIGNS_EDIT = "campaigns.edit"
    FORMS_READ = "forms.read"
    FORMS_ISSUE = "forms.issue"
    REPORTS_SEND = "reports.send"
    NOTIFICATIONS_EDIT = "notifications.edit"
    AUDIT_READ = "audit.read"
    USERS_EDIT = "users.edit"
    KEYS_EDIT = "keys.edit"
    SITE_EDIT = "site.edit"


_P = Permission
_READ = frozenset({_P.INCIDENTS_READ, _P.PLACES_READ, _P.LOOKBACKS_READ})
_OFFICE = _READ | {_P.STATISTICS_READ, _P.INCIDENTS_EXPORT, _P.FORMS_READ}

#: Who fixes never closes: no role but the admin has both RECTIFY and RECHECK, and the
#: transition table refuses one person both on one case, whoever that is.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        # A camera box: posts, reads back its own site, answers what the service asks it.
        Role.CAMERA: _READ
        | {_P.EVENTS_POST, _P.FINDINGS_POST, _P.PHOTOS_REVIEW, _P.LOOKBACKS_ANSWER},
        # 值班员
        Role.DUTY: _READ
        | {
            _P.FINDINGS_POST,
            _P.INCIDENTS_ACKNOWLEDGE,
            _P.INCIDENTS_REGISTER,
            _P.INCIDENTS_HANDLE,
            _P.LIFTS_RELEASE,
            _P.STATISTICS_READ,
            _P.FORMS_READ,
        },
        # 巡查、网格员、楼栋长
        Role.PATROL: _READ
        | {_P.FINDINGS_POST, _P.INCIDENTS_HANDLE, _P.LOOKBACKS_ANSWER, _P.LIFTS_RELEASE},
        # 物业经理
        Role.PROPERTY: _OFFICE
        | {
            _P.FINDINGS_POST,
            _P.INCIDENTS_HANDLE,
            _P.INCIDENTS_RECTIFY,
            _P.LIFTS_RELEASE,
        },
        # 社区
        Role.COMMUNITY: _OFFICE
        | {
            _P.FINDINGS_POST,
            _P.INCIDENTS_ACKNOWLEDGE,
            _P.INCIDENTS_REGISTER,
            _P.INCIDENTS_HANDLE,
            _P.INCIDENTS_RECHECK,
            _P.INCIDENTS_TRANSFER,
            _P.LIFTS_RELEASE,
            _P.PLACES_EDIT,
            _P.LOOKBACKS_ANSWER,
            _P.CAMPAIGNS_EDIT,
            _P.FORMS_ISSUE,
        },
        # 街道、镇
        Role.STREET: _OFFICE
        | {
            _P.FINDINGS_POST,
            _P.INCIDENTS_ACKNOWLEDGE,
            _P.INCIDENTS_REGISTER,
            _P.INCIDENTS_HANDLE,
            _P.INCIDENTS_ASSIGN,
            _P.INCIDENTS_RECHECK,
            _P.INCIDENTS_TRANSFER,
            _P.LIFTS_RELEASE,
            _P.PLACES_EDIT,
            _P.LOOKBACKS_ANSWER,
            _P.CAMPAIGNS_EDIT,
            _P.FORMS_ISSUE,
            _P.REPORTS_SEND,
            _P.NOTIFICATIONS_EDIT,
            _P.AUDIT_READ,
        },
        # 消防、派出所
        Role.FIRE: _OFFICE | {_P.INCIDENTS_RECEIVE, _P.LIFTS_RELEASE},
        # 督查
        Role.INSPECTOR: _OFFICE | {_P.AUDIT_READ},
        # 管理员
        # Originals of people's photos go to machines alone.
        Role.ADMIN: frozenset(Permission) - {_P.EVENTS_POST, _P.PHOTOS_REVIEW},
    }
)

#: Value -> (Chinese, English).
ROLE_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        Role.CAMERA.value: ("摄像头", "camera site"),
        Role.DUTY.value: ("值班员", "duty officer"),
        Role.PATROL.value: ("巡查员", "patrol, grid staff, building head"),
        Role.PROPERTY.value: ("物业经理", "property manager"),
        Role.COMMUNITY.value: ("社区", "community"),
        Role.STREET.value: ("街道（镇）", "sub-district, town"),
        Role.FIRE.value: ("消防、派出所", "fire service, police station"),
        Role.INSPECTOR.value: ("督查", "inspector"),
        Role.ADMIN.value: ("管理员", "administrator"),
    }
)
