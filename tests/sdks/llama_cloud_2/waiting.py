"""The SDK's own wait loop over many jobs: so many threads, each of which waits for one job after the other.

Run by the benchmark in the SDK's environment. It says that it is ready, reads job ids from a line of stdin, and prints
one JSON object: processor and wall seconds, and when each job was seen to be through, in seconds since 1970."""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from llama_cloud import LlamaCloud


def main() -> None:
    """Wait for all."""
    threads = int(os.environ["WAIT_THREADS"])
    seen: dict[str, float] = {}
    with LlamaCloud(api_key=os.environ["WAIT_KEY"], base_url=os.environ["WAIT_URL"]) as client:
        _ = client.classify  # loaded on first use, which is not what is measured
        print("ready", flush=True)
        jobs = sys.stdin.readline().split()

        def wait(job: str) -> None:
            client.classify.wait_for_completion(job)
            seen[job] = time.time()

        started, spent = time.monotonic(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(wait, jobs))
        found = {"processor": time.process_time() - spent, "wall": time.monotonic() - started, "seen": seen}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
