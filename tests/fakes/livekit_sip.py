"""The trunks and dispatch rules of a played LiveKit, with what the real one refuses."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from livekit import api

REQUESTS: dict[str, Any] = {
    "ListSIPOutboundTrunk": api.ListSIPOutboundTrunkRequest,
    "ListSIPInboundTrunk": api.ListSIPInboundTrunkRequest,
    "ListSIPDispatchRule": api.ListSIPDispatchRuleRequest,
    "CreateSIPOutboundTrunk": api.CreateSIPOutboundTrunkRequest,
    "CreateSIPInboundTrunk": api.CreateSIPInboundTrunkRequest,
    "CreateSIPDispatchRule": api.CreateSIPDispatchRuleRequest,
    "UpdateSIPOutboundTrunk": api.UpdateSIPOutboundTrunkRequest,
    "UpdateSIPInboundTrunk": api.UpdateSIPInboundTrunkRequest,
    "UpdateSIPDispatchRule": api.UpdateSIPDispatchRuleRequest,
}
CHANGING = [method for method in REQUESTS if not method.startswith("List")]


@dataclass
class FakeTelephony:
    """Rows by their IDs, as a test fills them in and as requests change them."""

    outbound: dict[str, api.SIPOutboundTrunkInfo] = field(default_factory=dict)
    inbound: dict[str, api.SIPInboundTrunkInfo] = field(default_factory=dict)
    rules: dict[str, api.SIPDispatchRuleInfo] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def add_outbound(self, trunk_id: str, **values) -> None:
        self.outbound[trunk_id] = api.SIPOutboundTrunkInfo(sip_trunk_id=trunk_id, **values)

    def add_inbound(self, trunk_id: str, **values) -> None:
        self.inbound[trunk_id] = api.SIPInboundTrunkInfo(sip_trunk_id=trunk_id, **values)

    def add_rule(self, rule_id: str, **values) -> None:
        individual = api.SIPDispatchRuleIndividual(room_prefix="call-")
        rule = api.SIPDispatchRule(dispatch_rule_individual=individual)
        self.rules[rule_id] = api.SIPDispatchRuleInfo(sip_dispatch_rule_id=rule_id, **{"rule": rule, **values})

    def answer(self, method: str, request: Any) -> Any:
        match method:
            case "ListSIPOutboundTrunk":
                return api.ListSIPOutboundTrunkResponse(items=self.outbound.values())
            case "ListSIPInboundTrunk":
                return api.ListSIPInboundTrunkResponse(items=self.inbound.values())
            case "ListSIPDispatchRule":
                return api.ListSIPDispatchRuleResponse(items=self.rules.values())
            case "CreateSIPOutboundTrunk":
                return self._create(self.outbound, request.trunk, "sip_trunk_id", "ST_out")
            case "CreateSIPInboundTrunk":
                return self._create(self.inbound, request.trunk, "sip_trunk_id", "ST_in")
            case "CreateSIPDispatchRule":
                return self._create(self.rules, request.dispatch_rule, "sip_dispatch_rule_id", "SDR_")
            case "UpdateSIPOutboundTrunk":
                return _update(self.outbound[request.sip_trunk_id], request.update)
            case "UpdateSIPInboundTrunk":
                return _update(self.inbound[request.sip_trunk_id], request.update)
        return _update(self.rules[request.sip_dispatch_rule_id], request.update)

    def _create(self, rows: dict[str, Any], row: Any, name: str, prefix: str) -> Any:
        made = type(row)()
        made.CopyFrom(row)
        setattr(made, name, f"{prefix}{next(self._numbers)}")
        rows[getattr(made, name)] = made
        return made


def _update(row: Any, update: Any) -> Any:
    for about, value in update.ListFields():
        if isinstance(value, api.ListUpdate):
            kept = list(value.set) or [*getattr(row, about.name), *value.add]
            del getattr(row, about.name)[:]
            getattr(row, about.name).extend(kept)
        elif not about.message_type:
            setattr(row, about.name, value)
    return row
