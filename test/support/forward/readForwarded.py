"""Prints what was forwarded, as the systems themselves read it: {run: {series: [[step, value], …]}}, as it was written.

W&B has no reader of its offline files in Python: their records are read by its own protocol, and the log that they are
in as LevelDB has it.
"""

import json
import struct
import sys
from collections import defaultdict
from pathlib import Path

BLOCK = 32 * 1024


def tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for run in sorted((Path(folder) / "tensorboard").iterdir()):
        events = EventAccumulator(str(run), size_guidance={"scalars": 0})
        events.Reload()
        found[run.name] = {
            tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]
        }
    return found


def mlflow(server):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    found = {}
    for run in client.search_runs(experiments):
        assert run.info.status == "FINISHED", run.info.status
        assert run.info.run_name not in found, "a run is there twice"
        found[run.info.run_name] = {
            name: [[point.step, point.value] for point in client.get_metric_history(run.info.run_id, name)]
            for name in run.data.metrics
        }
    return found


def wandb(folder):
    found = defaultdict(lambda: defaultdict(list))
    ids = {}
    own_steps = defaultdict(list)
    logs = [list(wandb_records(file.read_bytes())) for file in Path(folder).glob("wandb/offline-run-*/*.wandb")]
    runs = [(next(record.run for record in records if record.HasField("run")), records) for records in logs]
    # In the order in which `wandb sync` uploads them: of their starts.
    for run, records in sorted(runs, key=lambda found: found[0].start_time.ToNanoseconds()):
        assert ids.setdefault(run.display_name, run.run_id) == run.run_id, "the id of a run changed"
        axes = {
            record.metric.glob_name or record.metric.name: record.metric.step_metric
            for record in records
            if record.HasField("metric")
        }
        for record in records:
            if record.HasField("history"):
                row = {
                    item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item
                }
                assert axes.get("evald/*") == "evald/step", axes
                own_steps[run.run_id].append(record.history.step.num)
                for name in row.keys() - {"evald/step", "evald/job", "_runtime", "_timestamp", "_step"}:
                    found[run.display_name][name].append([row["evald/step"], row[name]])
            if record.HasField("summary") and not record.HasField("history"):
                for item in record.summary.update:
                    name, value = item.key or "/".join(item.nested_key), json.loads(item.value_json)
                    if name.startswith("evald/") and not axes and name != "evald/job":
                        found[run.display_name][name] = [[None, value]]
    for steps in own_steps.values():
        assert steps == sorted(set(steps)), f"W&B drops points of past steps: {steps}"
    return found


def wandb_records(data):
    from wandb.proto.wandb_internal_pb2 import Record

    at, parts = 7, b""
    while at + 7 <= len(data):
        left = BLOCK - at % BLOCK
        _, length, kind = struct.unpack_from("<IHB", data, at) if left >= 7 else (0, 0, 0)
        if kind == 0:
            at += left
            continue
        parts += data[at + 7 : at + 7 + length]
        at += 7 + length
        # 1: a whole record, 4: the last part of one.
        if kind in (1, 4):
            yield Record.FromString(parts)
            parts = b""


print(json.dumps({"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb}[sys.argv[1]](sys.argv[2])))
