"""quiz.py OUTPUT MODEL TASKS: asks a model, which is here a file of answers, and writes what share is right."""

import json
import math
import pathlib
import sys

TASKS = {
    "capitals": {"Capital of France?": "Paris", "Capital of Peru?": "Lima"},
    "sums": {"2 + 3?": "5", "7 * 6?": "42"},
}

output, model, names = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(",")
answers = json.loads(pathlib.Path(model).read_text())
results = {}
for done, name in enumerate(names, start=1):
    questions = TASKS[name]  # a task that there is not ends the program, and fails the job
    right = [answers.get(question) == wanted for question, wanted in questions.items()]
    share = sum(right) / len(right)
    results[name] = {
        "acc": {"value": share, "stderr": math.sqrt(share * (1 - share) / len(right)), "n": len(right), "higher_is_better": True}
    }
    print(f"{done} of {len(names)} tasks", flush=True)
(output / "results.json").write_text(json.dumps(results))
