"""evaluate.py MODEL TASK...: submits an evaluation, waits for its end, and prints a line for each score."""

import json
import os
import sys
import urllib.request
import uuid

SERVER = os.environ.get("EVALD_SERVER", "http://localhost:8000").rstrip("/")
HEADERS = {"Content-Type": "application/json"}
if os.environ.get("EVALD_TOKEN"):
    HEADERS["Authorization"] = "Bearer " + os.environ["EVALD_TOKEN"]


def ask(path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SERVER + path, data=data, headers={**HEADERS, **headers})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def evaluate(model, tasks):
    """Returns the job at its end. Sent again with the same key, a submission is the same job."""
    submission = {"model": model, "tasks": tasks, "labels": {"from": "examples/python"}}
    job = ask("/evaluate", submission, {"Idempotency-Key": str(uuid.uuid4())})
    while job["status"] in ("queued", "running"):
        # Answers when the job has ended, or after 60 s.
        job = ask("/jobs/" + job["job_id"] + "?wait=60")
    return job


if __name__ == "__main__":
    job = evaluate(sys.argv[1], sys.argv[2:])
    if job["status"] != "completed":
        sys.exit(f"job {job['job_id']} {job['status']}: {job['error']}")
    for task, metrics in job["metrics"].items():
        for name, score in metrics.items():
            print(task, name, score["value"], "+-", score["stderr"], "n", score["n"])
