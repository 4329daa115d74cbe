"""train.py FOLDER MODEL TASK: a training that has its checkpoints evaluated while it goes on."""

import json
import os
import pathlib
import sys
import urllib.request

SERVER = os.environ.get("EVALD_SERVER", "http://localhost:8000").rstrip("/")
HEADERS = {"Content-Type": "application/json"}
if os.environ.get("EVALD_TOKEN"):
    HEADERS["Authorization"] = "Bearer " + os.environ["EVALD_TOKEN"]
STEPS, EVERY = 300, 100


def ask(path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SERVER + path, data=data, headers={**HEADERS, **headers})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def save(folder, step, weights):
    """Writes a checkpoint; its last file says that it is whole."""
    checkpoint = folder / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True, exist_ok=True)
    (checkpoint / "weights.json").write_text(json.dumps(weights))
    (checkpoint / "trainer_state.json").write_text(json.dumps({"step": step}))
    return checkpoint


def submit(checkpoint, step, model, task):
    body = {
        "model": model,
        "tasks": [task],
        "labels": {"run": checkpoint.parent.name, "step": step},
    }
    if task.startswith("demo_"):
        body["limit"] = 20 * step // EVERY  # so that steps differ: the demo has no checkpoints
    else:
        body |= {"model_args": {"pretrained": str(checkpoint)}, "ready_file": "trainer_state.json"}
    return ask("/evaluate", body, {"Idempotency-Key": f"{checkpoint.parent}-{step}-{task}"})["job_id"]


def train(folder, model, task):
    jobs, weights = {}, 0.0
    for step in range(1, STEPS + 1):
        weights += 1 / step
        if step % EVERY == 0:
            # An evaluation that cannot be queued is no reason to end a training.
            try:
                jobs[step] = submit(save(folder, step, weights), step, model, task)
            except OSError as error:
                print(f"step {step} is not evaluated: {error}", file=sys.stderr)
    for step, job_id in jobs.items():
        job = {"status": "queued"}
        while job["status"] in ("queued", "running"):
            job = ask(f"/jobs/{job_id}?wait=60")
        score = job["metrics"][task]["acc"]["value"] if job["status"] == "completed" else job["error"]
        print(f"step {step}: {job['status']} {score}")


if __name__ == "__main__":
    train(pathlib.Path(sys.argv[1]).absolute(), *sys.argv[2:4])
