"""Uses the clients that come with lmms-eval, unchanged, against a server. Prints what they returned, as JSON.

Arguments: URL, a task that is there. The server must run two jobs at a time.
"""

import asyncio
import json
import sys

from lmms_eval.entrypoints import AsyncEvalClient, EvalClient

url, task = sys.argv[1:]
request = {"model": "dummy", "tasks": [task], "model_args": {"response": "B"}, "limit": 4}
seen = {}


def words(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


async def with_async_client(job_id, failing_id):
    async with AsyncEvalClient(url) as client:
        seen["async_health"] = await client.health()
        waiting = await client.evaluate(**request)
        seen["async_waiting"] = waiting
        seen["async_queue"] = await client.get_queue_status()
        seen["async_cancelled"] = await client.cancel_job(waiting["job_id"])
        seen["async_job"] = await client.wait_for_job(job_id, poll_interval=0.1, verbose=False)
        try:
            await client.wait_for_job(failing_id, poll_interval=0.1, verbose=False)
        except RuntimeError as error:
            seen["async_failed"] = str(error)


with EvalClient(url) as client:
    seen["health"] = client.health()
    seen["is_healthy"] = client.is_healthy()
    good = client.evaluate(**request)
    failing = client.evaluate(**{**request, "tasks": ["evald_nosuch"], "num_gpus": 1, "batch_size": "auto"})
    waiting = client.evaluate(**request)
    seen["good"] = good
    seen["waiting"] = waiting
    seen["queue"] = client.get_queue_status()
    seen["cancelled"] = client.cancel_job(waiting["job_id"])
    seen["cancelled_job"] = client.get_job(waiting["job_id"])
    seen["cancelled_again"] = words(lambda: client.cancel_job(waiting["job_id"]))
    seen["cancelled_running"] = words(lambda: client.cancel_job(good["job_id"]))
    seen["nobody"] = words(lambda: client.get_job("nobody"))
    seen["nonsense"] = words(lambda: client.evaluate(model="dummy", tasks=[]))
    asyncio.run(with_async_client(good["job_id"], failing["job_id"]))
    seen["job"] = client.wait_for_job(good["job_id"], poll_interval=0.1)
    seen["failed"] = words(lambda: client.wait_for_job(failing["job_id"], poll_interval=0.1, verbose=False))
    seen["tasks"] = client.list_tasks()
    seen["models"] = client.list_models()

sys.stdout.write("\n" + json.dumps(seen))
