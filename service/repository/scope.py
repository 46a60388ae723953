"""Who acts, and what they may see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import InstrumentedAttribute

from service.tables import PERMISSIONS, IncidentRow, Permission, Role

__all__ = ["EVERYWHERE", "Actor", "Scope"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, for the audit and for the separation of duties.

    Attributes:
        name: The account's name, or ``key 1a2b3c4d``.
        role: What it may do; None is the service itself or its command line.
        operator_id: Of an account; None for a key.
        person: The account's name in people's words; may be empty.
        scopes: Permissions that narrow the role's (an API key); None leaves it whole.
    """

    name: str
    role: Role | None = None
    operator_id: int | None = None
    person: str = ""
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role, and the key's scopes, allow it; the command line may all."""
        if self.role is not None and permission not in PERMISSIONS[self.role]:
            return False
        return self.scopes is None or permission in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which incidents and places somebody may see; both fields None is everywhere.

    Attributes:
        site: Only this site's (an API key).
        compounds: Only these compounds' (an account).
    """

    site: str | None = None
    compounds: frozenset[int] | None = None

    def sees(self, *, site: str, compound_id: int) -> bool:
        """Whether what belongs to this site and compound is within."""
        if self.site is not None and self.site != site:
            return False
        return self.compounds is None or compound_id in self.compounds

    def conditions(
        self,
        site: InstrumentedAttribute[str] = IncidentRow.site,
        compound_id: InstrumentedAttribute[Any] = IncidentRow.compound_id,
    ) -> list[ColumnElement[bool]]:
        """The scope as SQL conditions on these columns."""
        found: list[ColumnElement[bool]] = []
        if self.site is not None:
            found.append(site == self.site)
        if self.compounds is not None:
            # An empty IN is well-defined nowhere; nobody sees nothing by accident.
            if not self.compounds:
                found.append(false())
            elif len(self.compounds) == 1:
                found.append(compound_id == next(iter(self.compounds)))
            else:
                found.append(compound_id.in_(sorted(self.compounds)))
        return found


EVERYWHERE = Scope()
