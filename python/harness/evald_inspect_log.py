"""What a log of inspect says of a task, in the shape that evald reads: for `evald_inspect.py`."""

import json
import math
import sys
from types import SimpleNamespace

# Metrics that are the mean of what the samples scored: a sample's own score stands under their name.
MEANS = ("accuracy", "mean")
GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
LONGEST_FAULT = 2000
# The results of a run that only generates.
EMPTY = SimpleNamespace(scores=[])


def source_of(spec):
    return {"name": spec.task, "registered": spec.task_registry_name or spec.task, "file": spec.task_file}


def facts_of(log):
    results, spec = log.results, log.eval
    if log.status != "success":
        results = None
    elif not is_scored():
        results = EMPTY
    return {
        **source_of(spec),
        "fault": fault_of(log),
        "scores": None if results is None else scores_of(results, "value"),
        "counts": None if results is None else scores_of(results, "count"),
        "higher_is_better": None if results is None else scores_of(results, "direction"),
        "samples": {"original": spec.dataset.samples, "effective": len(spec.dataset.sample_ids or [])},
        "version": spec.task_version,
        "fewshot": next((spec.task_args[name] for name in ("fewshot", "num_fewshot") if isinstance(spec.task_args.get(name), int)), None),
        "config": {
            "task_args": plain_json(spec.task_args),
            "generation_kwargs": spec.model_generate_config.model_dump(exclude_none=True),
            **({"repeats": spec.config.epochs} if (spec.config.epochs or 1) > 1 else {}),
        },
        "asked": {
            "model": spec.model,
            "model_args": plain_json(spec.model_args),
            "gen_kwargs": spec.model_generate_config.model_dump(exclude_none=True),
            "limit": spec.config.limit,
        },
        "commit": spec.revision.commit if spec.revision else None,
    }


def is_scored():
    return "--no-score" not in sys.argv


def expected(log):
    return len(log.eval.dataset.sample_ids or []) * (log.eval.config.epochs or 1)


def fault_of(log):
    """Why the evaluation of a task is no whole success; None: it is one."""
    if log.status != "success":
        reason = f": {log.error.message}" if log.error else ""
        return f"its evaluation ended as {log.status}{reason}"[:LONGEST_FAULT]
    results = log.results
    if not is_scored():
        lacking = expected(log) - sum(1 for sample in log.samples or [] if not sample.error)
        return f"{lacking} of {expected(log)} samples have no answer" if lacking else None
    failed = [sample.error.message for sample in log.samples or [] if sample.error]
    first = f", the first with: {failed[0]}" if failed else ""
    if results is None:
        return f"it ended as success without results: {len(failed)} of {expected(log)} samples failed{first}"[:LONGEST_FAULT]
    faults = []
    if results.completed_samples != results.total_samples:
        faults.append(f"{results.total_samples - results.completed_samples} of {results.total_samples} samples failed{first}")
    for score in results.scores:
        if score.unscored_samples:
            faults.append(f"{score.unscored_samples} samples were not scored by {score.name}")
    return "; ".join(faults)[:LONGEST_FAULT] or None


def scores_of(results, what):
    """`scorer/metric,none` → value, or `scorer/metric` → how many samples it is of, or its direction."""
    found = {}
    for score in results.scores:
        for metric in score.metrics.values():
            name = metric_name(score, metric.name)
            if metric.name == "stderr":
                means = [other for other in MEANS if other in score.metrics]
                if what == "value" and means:
                    found[f"{metric_name(score, means[0])}_stderr,none"] = metric.value
                    continue
            if what == "value":
                found[f"{name},none"] = metric.value
            elif what == "count" and score.scored_samples is not None and metric.name != "stderr":
                found[name] = score.scored_samples
            elif what == "direction" and metric.name == "accuracy":
                found[name] = True
    return found


def metric_name(score, metric):
    parts = [score.scorer] if score.scorer == score.name else [score.scorer, score.name]
    reducer = [score.reducer] if score.reducer and score.reducer != "mean" else []
    return "/".join([*parts, *reducer, metric]).replace(",", ";")


def sample_rows(log):
    """A row a sample: of epochs its answers and scores are lists."""
    means = {}
    for score in log.results.scores if log.results else []:
        for name in MEANS:
            if name in score.metrics and not (score.reducer and score.reducer != "mean"):
                means.setdefault(score.scorer, []).append((score.name, metric_name(score, name)))
    by_id = {}
    for sample in log.samples or []:
        by_id.setdefault(sample.id, []).append(sample)
    for identity, samples in by_id.items():
        first = samples[0]
        row = {
            "doc_id": identity,
            "doc": {"input": text_of(first.input), "choices": first.choices, "metadata": plain_json(first.metadata)},
            "target": first.target,
            "resps": [[sample.output.completion if sample.output else ""] for sample in samples],
        }
        answers = [next((score.answer for score in (sample.scores or {}).values() if score.answer is not None), None) for sample in samples]
        if any(answer is not None for answer in answers):
            row["filtered_resps"] = answers
        explanations = [score.explanation for sample in samples for score in (sample.scores or {}).values() if score.explanation]
        if explanations:
            row["explanation"] = explanations[0]
        failed = next((sample.error.message for sample in samples if sample.error), None)
        if failed is not None:
            row["error"] = failed
        for scorer, names in means.items():
            for key, metric in names:
                values = [number(sample, scorer, key) for sample in samples]
                if all(value is not None for value in values):
                    row[metric] = values[0] if len(values) == 1 else values
        yield row


def number(sample, scorer, key):
    score = (sample.scores or {}).get(scorer)
    value = score.value if score is not None else None
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, str):
        value = GRADES.get(value, {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}.get(value.lower()))
    if isinstance(value, bool):
        return float(value)
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def text_of(given):
    """What a sample asks, as text; what is no text is named by its kind."""
    if isinstance(given, str):
        return given
    parts = []
    for message in given:
        content = message.content if isinstance(message.content, list) else [message.content]
        said = [part if isinstance(part, str) else getattr(part, "text", None) or f"[{part.type}]" for part in content]
        parts.append(f"{message.role}: {' '.join(said)}")
    return "\n".join(parts)


def plain_json(value):
    return json.loads(json.dumps(value, default=str))
