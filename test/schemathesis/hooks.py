"""What schemathesis cannot take from the description of the interface.

Beyond what JSON Schema can say, the server reads some values leniently ("3" for 3), as the server does that it takes the
place of, and refuses some others (model_args that the harness would not read back as they were sent). Neither is a fault; all else is.
"""

import json
import os
import re

import jsonschema_rs
import schemathesis
from hypothesis import Phase, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

# Jobs are posted there when they have ended: to nowhere but this machine, where nothing listens.
schemathesis.openapi.format("uri", st.sampled_from(["http://127.0.0.1:65001/", "http://127.0.0.1:65001/hook?job=1"]))

# Whoever sends many wrong tokens is told to wait instead of 401, and is kept out all the same. There is no setting for it.
checks.AUTH_REJECTION_STATUSES = checks.AUTH_REJECTION_STATUSES | {429}

# Without the phase that climbs towards what is accepted: it does not look at the clock. Also without what Hypothesis does
# otherwise where CI is set.
settings.register_profile("evald", phases=[Phase.explicit, Phase.generate, Phase.shrink], deadline=None, database=None)
settings.load_profile("evald")

INTEGER = re.compile(r"[+-]?\d+(\.0+)?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
TRUE = {"1", "on", "t", "true", "y", "yes"}
FALSE = {"0", "off", "f", "false", "n", "no"}
EXACT = 2**53
PASSED_OVER = {"Range", "If-Range", "If-None-Match"}
ROOT = os.environ["EVALD_OUTPUT_ROOT"]


@schemathesis.hook
def map_case(context, case):
    """Puts half of the folders where the server allows them: made up, they are nowhere else than outside."""
    if isinstance(case.body, dict) and is_positive(case):
        for field in ("output_dir", "checkpoint_path", "output_path"):
            path = case.body.get(field)
            if isinstance(path, str) and len(path) % 2 == 1:
                # Longer ones are refused for their length.
                case.body[field] = f"{ROOT}/{re.sub(r'[^a-z0-9]', '', path)[:1000]}"
    return case


@schemathesis.hook
def filter_case(context, case):
    if is_endless(case):
        return False
    return not is_inexpressible(case.body) if is_positive(case) else not is_read_all_the_same(case)


def is_positive(case):
    return case.meta is None or case.meta.generation.mode.value == "positive"


def is_endless(case):
    """Whether the answer waits for what may never come: a log that is followed, the end of a job."""
    query = case.query or {}
    follow = last(query.get("follow"))
    wait = as_number(last(query.get("wait")))
    waits = isinstance(wait, (int, float)) and not isinstance(wait, bool) and 1 < wait <= 300
    return as_boolean(follow) is True or waits


def is_inexpressible(body):
    """Whether a body has what no schema can say is refused: `__proto__`, jobs, checkpoints and harnesses that are not there, arguments that the demo splits or trims."""
    if '"__proto__":' in json.dumps(body if isinstance(body, (dict, list)) else None):
        return True
    if isinstance(body, dict) and (body.get("after") or body.get("ready_file") is not None):
        return True
    if isinstance(body, dict) and body.get("harness") not in (None, "demo"):
        return True
    arguments = body.get("model_args") if isinstance(body, dict) else None
    if not isinstance(arguments, dict):
        return False
    texts = [value if isinstance(value, str) else json.dumps(value, separators=(",", ":")) for value in arguments.values()]
    return any("," in text or text != text.strip() for text in [*arguments, *texts]) or has_inexact(arguments)


def has_inexact(value):
    if isinstance(value, dict):
        return any(map(has_inexact, value.values()))
    if isinstance(value, list):
        return any(map(has_inexact, value))
    is_whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
    return is_whole and EXACT <= abs(value) < 1e21


def is_read_all_the_same(case):
    """Whether every part that is wrong by the description is one that the server reads leniently."""
    wrong = {str(kind.value) for kind, part in case.meta.components.items() if part.mode.value == "negative"}
    readable = {"body": is_readable_body, "query": is_readable_query, "header": is_readable_headers}
    return bool(wrong) and all(part in readable and readable[part](case) for part in wrong)


def is_readable_body(case):
    schema = case.operation.definition.raw["requestBody"]["content"]["application/json"]["schema"]
    raw = case.operation.schema.raw_schema
    if not isinstance(case.body, dict):
        return False
    fields = raw["components"]["schemas"][schema["$ref"].split("/")[-1]]["properties"]
    read = {name: read_leniently(fields.get(name), value) for name, value in case.body.items()}
    # No labels at all are none.
    read = {name: {} if name == "labels" and value is None else value for name, value in read.items()}
    whole = {**schema, "components": raw["components"]}
    return not is_inexpressible(read) and jsonschema_rs.validator_for(whole).is_valid(read)


def is_readable_query(case):
    known = {one["name"]: one["schema"] for one in case.operation.definition.raw["parameters"] if one["in"] == "query"}
    for name, values in (case.query or {}).items():
        # One that is unknown is ignored, and of several the last one counts.
        if name in known and values not in ([], {}, None):
            read = read_leniently(known[name], as_text(last(values)))
            if not jsonschema_rs.validator_for(known[name]).is_valid(read):
                return False
    return True


def is_readable_headers(case):
    known = {one["name"]: one["schema"] for one in case.operation.definition.raw["parameters"] if one["in"] == "header"}
    for name, value in (case.headers or {}).items():
        # An empty one is none, where it is no key.
        is_none = value in (None, "", [], {}) and name != "Idempotency-Key"
        # A range or an entity tag that is not understood is passed over, as HTTP has it, and one that is too long is none.
        is_passed_over = name in PASSED_OVER and len(as_text(value)) > known.get(name, {}).get("maxLength", 0)
        if name in known and not is_none and not is_passed_over:
            if not jsonschema_rs.validator_for(known[name]).is_valid(read_leniently(known[name], as_text(value))):
                return False
    return True


def read_leniently(schema, value):
    """A value as the server reads it; as it is where that is no other."""
    text = json.dumps(schema)
    if isinstance(value, dict) or isinstance(value, list) or value is None or schema is None:
        return value
    if '"boolean"' in text and '"$ref"' not in text:
        return as_boolean(value)
    if '"integer"' in text or '"number"' in text:
        # A size of batches may be a text, and stays one.
        return value if "auto" in text and isinstance(value, str) else as_number(value)
    return value


def as_boolean(value):
    text = as_text(value).lower() if isinstance(value, (str, int, float)) else None
    return True if text in TRUE else False if text in FALSE else value


def as_number(value):
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    text = re.sub(r"(?<=\d)_(?=\d)", "", value.strip())
    if INTEGER.fullmatch(text):
        return int(float(text))
    return float(text) if NUMBER.fullmatch(text) else value


def as_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def last(values):
    return values[-1] if isinstance(values, (list, tuple)) and values else values
