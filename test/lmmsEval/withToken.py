"""Uses the clients that come with lmms-eval, unchanged, against a server that wants a token. Prints what they returned.

Arguments: URL with a token, the same URL without. The server must run the built-in harness.
"""

import asyncio
import json
import sys

from lmms_eval.entrypoints import AsyncEvalClient, EvalClient

url, bare = sys.argv[1:]
request = {"model": "majority", "tasks": ["demo_digits"], "limit": 2}
seen = {}


async def with_async_client(job_id):
    async with AsyncEvalClient(url) as client:
        seen["async_job"] = await client.wait_for_job(job_id, poll_interval=0.1, verbose=False)


with EvalClient(url) as client:
    seen["is_healthy"] = client.is_healthy()
    added = client.evaluate(**request)
    seen["job"] = client.wait_for_job(added["job_id"], poll_interval=0.1, verbose=False)
    asyncio.run(with_async_client(added["job_id"]))

with EvalClient(bare) as client:
    try:
        client.health()
    except Exception as error:
        seen["refused"] = f"{type(error).__name__}: {error}"

sys.stdout.write("\n" + json.dumps(seen))
