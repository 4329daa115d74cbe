"""Runs the server of lmms-eval as it is, with the command of a run replaced.

Arguments: the port, then the command. One route is added, `POST /bench/fill?jobs=N`: it empties the queue, as a new start
would, and fills it through the server's own `add_job`, so that a benchmark need not post 100,000 times.
"""

import sys

from fastapi import Request
from lmms_eval.entrypoints.http_server import app, launch_server
from lmms_eval.entrypoints.job_scheduler import JobScheduler
from lmms_eval.entrypoints.protocol import EvaluateRequest
from lmms_eval.entrypoints.server_args import ServerArgs

port, command = int(sys.argv[1]), sys.argv[2:]
JobScheduler._build_eval_cmd = staticmethod(lambda config, output_path: list(command))


@app.post("/bench/fill")
async def fill(request: Request, jobs: int):
    scheduler = request.app.state.scheduler
    await scheduler.stop()
    await scheduler.start()
    body = await request.json()
    return {"ids": [(await scheduler.add_job(EvaluateRequest(**body)))[0] for _ in range(jobs)]}


launch_server(ServerArgs(host="127.0.0.1", port=port))
