"""What every peer does: import or say which package is missing, answer one line of JSON for each line read."""
import importlib, json, resource, sys, time


def load(*names):
    found = []
    for name in names:
        try:
            found.append(importlib.import_module(name))
        except ImportError:
            print(json.dumps({"missing": name.split(".")[0]}), flush=True)
            sys.exit(0)
    return found[0] if len(found) == 1 else found


def serve(step, **about):
    """Runs `step(request)` for each line on stdin; it may return a dict of results to add."""
    print(json.dumps({"ready": True, **about}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        result = step(json.loads(line)) or {}
        result.setdefault("ms", (time.perf_counter() - start) * 1e3)
        result["peakMB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result), flush=True)
