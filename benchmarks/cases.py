"""Scores the product against files of collected cases: how many are right, and which mistakes are dear.

Every kind runs through the product's own code. A kind that the product cannot do yet is said to be missing, and all
its cases are missed. The last line is the summary as one JSON object. Exit 1 when there is a dear mistake.
Examples: `python benchmarks/cases.py tests/data/cases --kind phones`, `… tests/data --kind openings` (a folder of files)
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from calls.outbound.machine_detection.decide import decide_opening
from calls.outbound.machine_detection.opening import Opening as HeardOpening
from calls.outbound.machine_detection.opening import Segment
from calls.outbound.opt_out.decision import decide_opt_out
from calls.outbound.sip_outcome import DialEnd, Opening, Ours, decide_outcome
from campaigns.calling_rules.permission import Circumstances, decide
from campaigns.calling_rules.rule_set import read_rule_set
from campaigns.calling_rules.zones import Place, UnknownPlaceError, find_zones
from campaigns.lead_import.importing import Summary, read_leads
from campaigns.lead_import.rows import DuplicateRow, LeadRow, Reason, RejectedRow, Result, SkippedRow
from campaigns.script.lead_fields import STANDARD_COLUMNS
from campaigns.script.texts import find_findings
from personas.persona import placeholders
from voiceplatform.text import clean_line
from voiceplatform.written_numbers import ReadNumber, Rejection, read_number
from voiceplatform.zone_database import use_newest_zones

use_newest_zones()
Case = dict[str, Any]
KINDS = ("csv", "phones", "time_zones", "calling_times", "openings", "opt_outs", "sip_outcomes", "placeholders")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the product made of one case."""

    said: str  # for the list of missed cases
    is_right: bool
    is_dear: bool = False  # wrong in the way that costs most
    classes: tuple[str, str] | None = None  # expected and answered, where cases fall into classes


@dataclass(frozen=True, kw_only=True)
class Score:
    """What the product made of all the cases of one kind."""

    cases: Sequence[Case]
    answers: Sequence[Answer]  # empty when the product cannot do this kind yet
    cpu_ms: Sequence[float] = ()  # of each case: the processor's time, in milliseconds

    def summary(self) -> dict[str, Any]:
        """Return the figures of the last line; `right` and `total` are without the arguable cases."""
        sure = [answer for case, answer in self._pairs() if not case.get("arguable")]
        arguable = [answer for case, answer in self._pairs() if case.get("arguable")]
        total_arguable = sum(1 for case in self.cases if case.get("arguable"))
        answered = {name_of(case): answer for case, answer in self._pairs()}
        names = [name_of(case) for case in self.cases]
        summary = {
            "right": sum(answer.is_right for answer in sure),
            "total": len(self.cases) - total_arguable,
            "arguable_right": sum(answer.is_right for answer in arguable),
            "arguable_total": total_arguable,
            "dear": sum(answer.is_dear for answer in self.answers),
            "missed": [name for name in names if name not in answered or not answered[name].is_right],
        }
        return summary if self.answers or not self.cases else {**summary, "missing": True}

    def lines(self, kind: str) -> Iterable[str]:
        """Return what a person reads."""
        figures = self.summary()
        if figures.get("missing"):
            yield f"{kind}: missing, the product cannot do this yet ({len(self.cases)} cases)"
            return
        right, total = figures["right"], figures["total"]
        with_arguable = f"{right + figures['arguable_right']}/{len(self.cases)}"
        yield f"{kind}: {right}/{total} right, {with_arguable} with the arguable ones, {figures['dear']} dear mistakes"
        yield from (f"  {line}" for line in self._classes())
        if self.cpu_ms:
            yield f"  CPU a case: median {median(self.cpu_ms):.1f} ms, at most {max(self.cpu_ms):.1f} ms"
        for case, answer in self._pairs():
            if not answer.is_right:
                marks = ", ".join(
                    mark for mark, is_set in (("arguable", case.get("arguable")), ("dear", answer.is_dear)) if is_set
                )
                yield f"  missed {name_of(case)}{f' ({marks})' if marks else ''}: {answer.said}"

    def _pairs(self) -> Iterable[tuple[Case, Answer]]:
        return zip(self.cases, self.answers, strict=False)

    def _classes(self) -> Iterable[str]:
        """Return precision and recall of each class."""
        pairs = [answer.classes for answer in self.answers if answer.classes]
        for name in sorted({expected for expected, _ in pairs} | {answered for _, answered in pairs}):
            hits = sum(pair == (name, name) for pair in pairs)
            answered = sum(pair[1] == name for pair in pairs)
            expected = sum(pair[0] == name for pair in pairs)
            yield f"{name}: precision {_share(hits, answered)}, recall {_share(hits, expected)}"


def name_of(case: Case) -> str:
    """Return what a case is called: its id, or its file."""
    return str(case.get("id") or case.get("file"))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "none"


# --- Phones

# May stand for each other; the point of a case is that the number is refused.
_ALIKE = {Rejection.TOO_SHORT, Rejection.INVALID_NUMBER, Rejection.NOT_A_PHONE}


def answer_phone(case: Case) -> Answer:
    """Read a number as the forms and the API do. Dear: a wrong number accepted."""
    expected, number = case["expected"], read_number(case["input"], case.get("region") or "")
    if isinstance(number, Rejection):
        is_right = number == expected.get("reject") or {number, expected.get("reject")} <= _ALIKE
    else:
        fields = _fields(number)
        is_right = all((fields[field] or None) == (expected[field] or None) for field in fields if field in expected)
    is_wrong_number = isinstance(number, ReadNumber) and number.e164 != expected["e164"]
    return Answer(
        said=number.value if isinstance(number, Rejection) else str(number),
        is_right=is_right,
        is_dear=is_wrong_number and not (case.get("arguable") and expected.get("reject")),
        classes=(_phone_class(expected["e164"]), _phone_class(isinstance(number, ReadNumber))),
    )


def _fields(number: ReadNumber) -> dict[str, Any]:
    """Return a number in the words of the cases."""
    return {
        "e164": number.e164,
        "reject": None,
        "extension": number.extension or None,
        "other_phones": list(number.other_phones),
        "country": number.country,
        "kind": "toll_free" if number.is_toll_free else None,
    }


def _phone_class(accepted: object) -> str:
    return "accepted" if accepted else "refused"


# --- Placeholders

# The columns of a lead, and other words for them. Leads come with campaigns; until then they are known here only.


def answer_placeholder(case: Case) -> Answer:
    """Fill a text for one lead as a campaign's texts are filled. Dear: a placeholder that would be read aloud."""
    expected = case["expected"]
    given = case["lead"] | case.get("params", {})
    values = {placeholders.column_of(name): clean_line(str(value)) for name, value in given.items()}
    columns = frozenset(STANDARD_COLUMNS) | frozenset(values)
    text = "".join(part.said for part in placeholders.split(case["template"], values))
    findings = [
        {"kind": finding.kind.value, "placeholder": finding.placeholder}
        for finding in find_findings([("", case["template"])], values, columns)
    ]
    wanted = [{"kind": finding["kind"], "placeholder": finding["placeholder"]} for finding in expected["findings"]]
    spoken = placeholders.fill_spoken(case["template"], values)
    return Answer(
        said=f"{text!r} {findings or ''}".strip(),
        is_right=text == expected["text"] and findings == wanted,
        is_dear=_brackets(spoken) > _brackets(expected["text"]),
    )


def _brackets(text: str) -> int:
    return text.count("[") + text.count("{{")


# --- SIP outcomes

_OURS = {
    "ringing_timeout": Ours.RINGING_TIMEOUT,
    "timer_b": Ours.NO_RESPONSE,
    "stopped_by_user": Ours.STOPPED,
    "campaign_stopped": Ours.STOPPED,
    "no_credentials": Ours.NO_CREDENTIALS,
}
_OPENINGS = {
    "human": Opening.PERSON,
    "machine_voicemail": Opening.VOICEMAIL,
    "carrier_intercept_dead_number": Opening.DEAD_NUMBER,
}


def answer_sip_outcome(case: Case) -> Answer:
    """Decide what came of a dial attempt. Dear: a number that is never dialed again without a reason."""
    expected, outcome = case["expected"], decide_outcome(read_dial_end(case))
    wanted_count = expected["counts_as_attempt"]
    return Answer(
        said=f"{outcome.result.value}, about {outcome.about.value}"
        f"{', permanent' if outcome.is_permanent else ''}{', an attempt' if outcome.counts_as_attempt else ''}",
        is_right=(outcome.result, outcome.is_permanent, outcome.about)
        == (expected["result"], expected["permanent"], expected["about"])
        and wanted_count in (None, outcome.counts_as_attempt),
        is_dear=outcome.is_permanent and not expected["permanent"],
        classes=(expected["result"], outcome.result.value),
    )


def read_dial_end(case: Case) -> DialEnd:
    return DialEnd(
        status=case["status"],
        reason_phrase=case["reason_phrase"] or "",
        headers=case["headers"],
        is_answered=case["phase"] == "after_answer",
        ringing_seconds=case["ringing_seconds"],
        ours=_OURS.get(case.get("local", "")),
        opening=_OPENINGS.get(case.get("opening") or ""),
    )


# --- Opt-outs


def answer_opt_out(case: Case) -> Answer:
    """Decide whether a turn asks not to be called again. Dear: an opt-out missed."""
    found = decide_opt_out(case["text"], language=case["language"], agent_said=case.get("agent_said") or "")
    return Answer(
        said=f"{found.rule.value}: {found.words!r}" if found.rule else "no opt-out",
        is_right=found.is_opt_out == case["is_opt_out"],
        is_dear=case["is_opt_out"] and not found.is_opt_out,
        classes=(_opt_out(case["is_opt_out"]), _opt_out(found.is_opt_out)),
    )


def _opt_out(is_opt_out: bool) -> str:
    return "opt-out" if is_opt_out else "no opt-out"


# --- Openings

_HUMAN = {"human", "unsure"}


def answer_opening(case: Case) -> Answer:
    """Decide who or what picked up, and whether a message can be left there. Dear: a person called a machine."""
    expected, finding = case["label"], decide_opening(read_opening(case))
    takes_message = case.get("takes_message", finding.takes_message)  # not every file says it
    return Answer(
        said=f"{finding.label.value}, by {finding.rule}: {', '.join(finding.words) or 'no words'}"
        f"{'' if finding.takes_message else ', takes no message'}",
        is_right=(finding.label.value, finding.takes_message) == (expected, takes_message),
        is_dear=finding.is_machine and expected in _HUMAN,
        classes=(expected, finding.label.value),
    )


def read_opening(case: Case) -> HeardOpening:
    return HeardOpening(
        segments=[
            Segment(start_s=segment["start"], end_s=segment["end"], text=segment["text"])
            for segment in case["segments"]
        ],
        first_stretch_s=case["first_stretch_s"] or 0.0,
        longest_pause_s=case["longest_pause_s"] or 0.0,
        beep_at_s=case["beep_at_s"],
        sit_tone=case["sit_tone"],
        language=case["language"] or "",
    )


# --- Calling times


def answer_calling_time(case: Case) -> Answer:
    """Decide whether a person may be called, by the rule sets of the file. Dear: a forbidden call allowed."""
    expected, verdict = case["expected"], decide(_circumstances(case), datetime.fromisoformat(case["now"]))
    answered = {
        "allowed": verdict.allowed,
        "reason": verdict.reason.value if verdict.reason else None,
        "also": [reason.value for reason in verdict.also],
        "next_allowed": f"{verdict.next_allowed:%Y-%m-%dT%H:%M:%SZ}" if verdict.next_allowed else None,
    }
    return Answer(
        said=str(answered),
        is_right=answered == expected,
        is_dear=verdict.allowed and not expected["allowed"],
        classes=(_allowed(expected["allowed"]), _allowed(verdict.allowed)),
    )


def _circumstances(case: Case) -> Circumstances:
    rule_sets = [read_rule_set(name, case["given_rule_sets"][name]) for name in case["rule_sets"]]
    if "campaign_windows" in case:
        rule_sets.append(read_rule_set("campaign", {"weekly": case["campaign_windows"]}))
    starts_on, ends_on = (case.get(name) for name in ("starts_on", "ends_on"))
    return Circumstances(
        zones=[ZoneInfo(zone) for zone in case["zones"]],
        rule_sets=rule_sets,
        attempts=[datetime.fromisoformat(attempt) for attempt in case.get("attempts", ())],
        on_do_not_call_list=case.get("do_not_call", False),
        min_gap=timedelta(minutes=case.get("min_gap_minutes", 0)),
        starts_on=date.fromisoformat(starts_on) if starts_on else None,
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
    )


def _allowed(is_allowed: bool) -> str:
    return "allowed" if is_allowed else "forbidden"


# --- Time zones


def answer_time_zone(case: Case) -> Answer:
    """Find where a person may be, and compare the clocks of 2027. Dear: a zone that was not thought of."""
    expected = case["expected"]
    wanted = {tuple(offsets) for offsets in expected["offsets_jan_jul_2027"].values()}
    try:
        found = find_zones(_place(case))
    except UnknownPlaceError as error:
        return Answer(said=str(error), is_right=False)
    offsets = {_offsets_2027(zone) for zone in found.zones}
    return Answer(
        said=f"{', '.join(zone.key for zone in found.zones)} ({found.policy.value}, by {found.known_by.value})",
        is_right=offsets == wanted and found.policy.value == expected["policy"],
        is_dear=not wanted <= offsets and not case.get("arguable"),
        classes=(expected["policy"], found.policy.value),
    )


def _place(case: Case) -> Place:
    written = {field: case.get(field) or "" for field in ("phone", "state", "country", "given")}
    return Place(postal_code=case.get("zip") or "", **written)


def _offsets_2027(zone: ZoneInfo) -> tuple[float, ...]:
    """Return the hours from UTC in January and in July."""
    days = [datetime(2027, month, 15, 12, tzinfo=zone) for month in (1, 7)]
    return tuple(offset.total_seconds() / 3600 for offset in map(zone.utcoffset, days) if offset is not None)


# --- Lead files

_COMPARED_WARNINGS = {"encoding_mixed", "extra_cells", "unknown_country", "unknown_time_zone", "do_not_call"}
_COMPARED_FIELDS = ("phone", "name", "company", "title", "email", "extension")


def answer_csv(case: Case) -> Answer:
    """Import a lead file. Dear: a wrong number accepted, a lead lost without a line in the report."""
    existing = {lead["phone"]: lead for lead in case.get("existing", ())}
    with (Path(case["given_directory"]) / case["file"]).open("rb") as file:
        found = read_leads(
            file,
            region=case["region"],
            existing=existing,
            do_not_call=frozenset(case.get("do_not_call", ())),
            duplicates=case["duplicates"],
        )
        results = [result for result in found if not isinstance(result, SkippedRow)]
    differences = [*_count_differences(case, found.summary, results), *_row_differences(case, results, existing)]
    dear = _dear_rows(case, results)
    return Answer(said="; ".join([*dear, *differences]) or "as expected", is_right=not differences, is_dear=bool(dear))


def _count_differences(case: Case, summary: Summary, results: Sequence[Result]) -> Iterable[str]:
    expected = case["expected"]
    for name, answered in (
        ("created", summary.created),
        ("updated", summary.updated),
        ("duplicate", summary.duplicates),
    ):
        if answered != expected[name]:
            yield f"{answered} {name} instead of {expected[name]}"
    lines = [result.line for result in results if isinstance(result, DuplicateRow)]
    if lines != case.get("duplicate_lines", lines):
        yield f"duplicates on lines {lines}"


def _row_differences(case: Case, results: Sequence[Result], existing: Case) -> Iterable[str]:
    expected = case["expected"]
    refused = {result.line: result for result in results if isinstance(result, RejectedRow)}
    for row in expected["rejected"]:
        if not _is_refused_as_expected(row, refused.pop(row["line"], None)):
            yield f"line {row['line']} not rejected as {row['reason_kind']} {row['column']} {row['value']!r}"
    yield from (f"line {line} rejected as {row.reason}, {row.column} {row.value!r}" for line, row in refused.items())
    wanted = [(warning["line"], warning["kind"], warning["column"]) for warning in expected["warnings"]]
    warned = [
        (result.line, warning.kind.value, warning.column)
        for result in results
        if isinstance(result, LeadRow | RejectedRow)
        for warning in result.warnings
        if warning.kind in _COMPARED_WARNINGS
    ]
    if warned != wanted:
        yield f"warnings {warned}"
    leads = {result.line: result for result in results if isinstance(result, LeadRow)}
    for row in expected["leads"]:
        yield from _lead_differences(row, leads.get(row["line"]), existing)


def _is_refused_as_expected(row: Case, answered: RejectedRow | None) -> bool:
    if answered is None or answered.column != row["column"]:
        return False
    if answered.value != row["value"] and (row["value"] is not None or row["column"] is None):
        return False  # of a cell without a value in the case, any is right
    return answered.reason == row["reason_kind"] or {answered.reason.value, row["reason_kind"]} <= set(_ALIKE)


def _lead_differences(row: Case, lead: LeadRow | None, existing: Case) -> Iterable[str]:
    if lead is None:
        yield f"line {row['line']} is no lead"
        return
    known = existing.get(lead.phone, {}) if lead.is_update else {}
    fields = {name: getattr(lead, name) for name in _COMPARED_FIELDS} | known | lead.filled_fields()
    for name in _COMPARED_FIELDS:
        if name in row and fields[name] != row[name]:
            yield f"line {row['line']}: {name} {fields[name]!r}"
    zones = row.get("time_zones") or [row["time_zone"]]
    if {_offsets_2027(ZoneInfo(zone)) for zone in zones} != {_offsets_2027(ZoneInfo(zone)) for zone in lead.time_zones}:
        yield f"line {row['line']}: time zones {lead.time_zones}"
    if list(lead.other_phones) != row.get("other_phones", list(lead.other_phones)):
        yield f"line {row['line']}: other phones {lead.other_phones}"
    if row.get("state_after") == "do_not_call" and not lead.on_do_not_call_list:
        yield f"line {row['line']} may be called"


def _dear_rows(case: Case, results: Sequence[Result]) -> list[str]:
    """Return the wrong numbers, and the rows that are in no result. A file that is refused as a whole loses no lead."""
    expected = case["expected"]
    leads = {result.line: result.phone for result in results if isinstance(result, LeadRow)}
    dear = [f"line {row['line']}: {leads[row['line']]}" for row in expected["rejected"] if row["line"] in leads]
    dear = [] if case.get("arguable") else dear
    right = {row["line"]: row["phone"] for row in expected["leads"]}
    dear += [f"line {line}: {phone}" for line, phone in leads.items() if phone != right.get(line, phone)]
    reported = {line for result in results for line in range(result.line, result.last_line + 1)}
    is_refused = any(isinstance(result, RejectedRow) and result.reason is Reason.WORKBOOK for result in results)
    lost = [] if is_refused else sorted({*right, *case.get("duplicate_lines", ())} - reported)
    return dear + [f"line {line} is lost" for line in lost]


# --- All of them

ANSWERS: dict[str, Callable[[Case], Answer]] = {
    "phones": answer_phone,
    "placeholders": answer_placeholder,
    "sip_outcomes": answer_sip_outcome,
    "opt_outs": answer_opt_out,
    "openings": answer_opening,
    "calling_times": answer_calling_time,
    "time_zones": answer_time_zone,
    "csv": answer_csv,
}


def read_cases(directory: Path, kind: str) -> list[Case]:
    """Return the cases of one kind: of its file, or of all files in the folder of its name.

    Raises FileNotFoundError when the directory has neither.
    """
    if (folder := directory / kind).is_dir() and kind != "csv":
        return [case for path in sorted(folder.glob("*.json")) for case in json.loads(path.read_text("utf-8"))]
    content = json.loads((directory / ("csv/index.json" if kind == "csv" else f"{kind}.json")).read_text("utf-8"))
    if not isinstance(content, dict):
        return [{"given_directory": str(directory / "csv"), **case} for case in content] if kind == "csv" else content
    # What holds for all cases of the file goes along with each.
    return [{"given_rule_sets": content.get("rule_sets", {}), **case} for case in content["cases"]]


def score(cases: Sequence[Case], kind: str) -> Score:
    """Run the cases through the product. The first one twice: what is read once, such as wording, is in no figure."""
    answer = ANSWERS.get(kind)
    if not answer:
        return Score(cases=cases, answers=[])
    answers, cpu_ms = [], []
    for case in [*cases[:1], *cases]:
        begun_ns = process_time_ns()
        answers.append(answer(case))
        cpu_ms.append((process_time_ns() - begun_ns) / 1e6)
    return Score(cases=cases, answers=answers[1:], cpu_ms=cpu_ms[1:])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="with phones.json, placeholders.json, csv/index.json …")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind; may be repeated (default: all)")
    options = parser.parse_args(arguments)
    summaries = {}
    for kind in options.kind or KINDS:
        try:
            result = score(read_cases(options.directory, kind), kind)
        except FileNotFoundError as error:
            if options.kind:
                parser.error(f"No cases of the kind {kind}: {error.filename} does not exist.")
            print(f"{kind}: no file in {options.directory}")
            continue
        print(*result.lines(kind), sep="\n")
        summaries[kind] = result.summary()
    print(json.dumps(summaries))
    return 1 if any(summary["dear"] for summary in summaries.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
