"""Chunks through joblib: all that uses what joblib does not document is in this file.

It asks whether the user has set `n_jobs`, which the default value of a configuration hides behind a private object
(https://github.com/joblib/joblib/pull/1475), and which backend runs.
"""

from itertools import islice

from supertoy._chunks import run_chunk


def run(tasks: list[tuple], errors: list):
    """Hand out tasks until there is an error, and yield (chunk, answer or error) as they come."""
    from joblib import Parallel, delayed, parallel, parallel_config  # here, so that `import supertoy` stays light

    with parallel_config() as config:
        unset = config["n_jobs"] is parallel.default_parallel_config["n_jobs"]
    options = {"batch_size": 1, "max_nbytes": None} | ({"n_jobs": -1} if unset else {})
    calls = (delayed(run_chunk)(*task) for task in tasks if not errors)
    try:
        runner = Parallel(return_as="generator_unordered", **options)
    except ValueError:  # joblib's multiprocessing, and so Ray's backend, can only give lists
        return _rounds(Parallel(**options), calls)
    if type(runner._backend).__name__ == "DaskDistributedBackend":
        _report_lost_chunks(runner._backend)
    return runner(calls)


def _rounds(runner, calls):
    """Run one chunk for each worker at a time, so that no more than these are lost when the machine stops."""
    from joblib import effective_n_jobs

    with runner:
        while together := list(islice(calls, effective_n_jobs(runner.n_jobs))):
            yield from runner(together)


def _report_lost_chunks(backend) -> None:
    """Make Dask's giving up on a chunk, after it killed several workers, an error: joblib 1.6 would wait for ever.

    Its wrapper asks the future for a result, meets the exception there and never gets to the callback; the traceback
    is that of https://github.com/joblib/joblib/issues/957.
    """
    submit = backend.submit

    def watched(task, callback):
        def tell(future):
            if future.exception() is not None:
                callback([(None, future.exception())])

        future = submit(task, callback)
        future.add_done_callback(tell)
        return future

    backend.submit = watched
