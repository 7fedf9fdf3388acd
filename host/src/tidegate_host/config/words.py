"""An explanation of `explain` as text for people."""

from typing import Any

from tidegate.core.rules import names_an_original
from tidegate.proto.kinds import CLS_STORABLE, KIND_NAMES, class_of
from tidegate_host.report import codes
from tidegate_host.report.amounts import money


def explanation(told: dict[str, Any], compiled: dict[str, Any]) -> str:
    """The lines that `tidegate schedule explain` prints."""
    rows = [("at", _moment(told)), ("request", _request(told))]
    if told["decision"] in ("store", "pass"):
        rows += [("window", "none: windows are about live requests"), ("decision", _aside(told))]
    else:
        rows += [
            ("window", _window(told)),
            ("rule", _rule(told, compiled)),
            ("decision", _decision(told)),
            ("changes", _change(told)),
        ]
        if told["limits"] and told["decision"] == "allow":
            names = ", ".join(limit["name"] for limit in told["limits"])
            rows.append(("limits", f"{names} (tidegate config check tells them)"))
    rows.append(("day", _day(told, compiled)))
    return "\n".join(f"{name:<10}{line}" for name, line in rows)


def _moment(told: dict[str, Any]) -> str:
    if told["clock"] == "unknown":
        return "an unknown time: the bridge started without a clock and heard no host yet"
    return f"{_stamp(told['at'])}, {told['weekday']} (the clock is taken as known)"


def _stamp(iso: str) -> str:
    return f"{iso[:10]} {iso[11:19]} UTC{iso[19:]}"


def _request(told: dict[str, Any]) -> str:
    english, chinese = codes.kind(told["kind"])
    amount = f" of {money(told['amount'])}" if told["amount"] else ""
    return f"{told['kind']}{amount} ({english}, {chinese})"


def _window(told: dict[str, Any]) -> str:
    window = told["window"]
    if window is None:
        return "none holds" if told["clock"] == "known" else "not known"
    cap = f", up to {money(window['max_amount'])}" if window["max_amount"] else ""
    text = (
        f"{window['name']}, number {window['number']}: {window['days']}"
        f" {window['from']}-{window['to']}, {window['action']}{cap}"
    )
    if told["behind"]:
        text += f" (before {', '.join(told['behind'])}: the first match decides)"
    return text


def _rule(told: dict[str, Any], compiled: dict[str, Any]) -> str:
    reason, window = told["reason"], told["window"]
    if reason == "limit-amount":
        text = next(one["text"] for one in told["limits"] if one["name"] == told["limit"])
        return f"limit {told['limit']}: {text}"
    if reason == "free":
        return f"no window speaks about {told['kind']} at this time: everything is allowed"
    if reason == "clock-unknown":
        setting = compiled["clock"]["when_unknown"]
        if setting == "decline" and told["decision"] == "allow":
            return f"no window ever speaks about {told['kind']}, so the time does not matter"
        return f'the time is unknown and [clock] when_unknown = "{setting}"'
    if reason == "cap":
        return f"{money(told['amount'])} is above the {money(window['max_amount'])} allowed here"
    return {
        "allow": "the window allows it",
        "next-day": "allowed, and it belongs to the next business day",
        "decline": f"the window declines {told['kind']}",
        "maintenance": "the acquirer is away: live requests are declined, replay waits",
        "night-channel": "the night channel takes it, on a route of its own",
    }[told["action"]]


def _decision(told: dict[str, Any]) -> str:
    if told["decision"] == "decline":
        text = told["code_text"]
        hold = "; a hold is recorded" if told["amount"] else ""
        return f"DECLINE at once with {told['code']}: {text['en']} {text['zh']}{hold}"
    mark = ", marked for the next business day" if told["next_day"] else ""
    original = names_an_original(KIND_NAMES.index(told["kind"]))
    route = "of its original" if original else told["route"]
    return f"ALLOW, on the route {route}{mark}"


def _change(told: dict[str, Any]) -> str:
    if told["clock"] == "unknown":
        return "as soon as the time is known"
    if told["until"] is None:
        return "never"
    then = told["then"]
    window = f"window {then['window']['name']}" if then["window"] else "no window"
    outcome = f"DECLINE with {then['code']}" if then["code"] else f"ALLOW on {then['route']}"
    mark = ", marked for the next business day" if then["next_day"] else ""
    return f"{_stamp(told['until'])}, in {_span(told['until_s'])}: {outcome}{mark} ({window})"


def _span(seconds: int) -> str:
    parts = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    texts = []
    for size, unit in parts:
        count, seconds = divmod(seconds, size)
        if count:
            texts.append(f"{count} {unit}")
    return " ".join(texts)


def _aside(told: dict[str, Any]) -> str:
    if class_of(KIND_NAMES.index(told["kind"])) != CLS_STORABLE:
        return "PASS: sign-in, settlement and the like pass in every window"
    paused = "; sent when the maintenance is over" if told["maintenance"] else ""
    return f"STORE and bring to the acquirer, in every window{paused}"


def _day(told: dict[str, Any], compiled: dict[str, Any]) -> str:
    if told["clock"] == "unknown":
        return "not known"
    cutover = compiled["clock"]["cutover_min"]
    text = f"business day {told['business_date']}"
    text += f", cut-over at {cutover // 60:02}:{cutover % 60:02}"
    return text + ("; what is stored goes out with priority now" if told["drain_due"] else "")
