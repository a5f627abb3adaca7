# Runs so many calls that do nothing in eight processes, with a library that keeps these, and tells how many ended in a second.
import json
import sys
import time


def work(item):
    return None


def with_multiprocessing(items):
    from multiprocessing import Pool

    with Pool(8) as pool:
        for _ in pool.imap_unordered(work, items, chunksize=1):
            pass


def with_futures(items):
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(8) as pool:
        for _ in pool.map(work, items, chunksize=1):
            pass


def with_joblib(items):
    from joblib import Parallel, delayed

    Parallel(n_jobs=8, batch_size=1)(delayed(work)(item) for item in items)


LIBRARIES = {
    "multiprocessing": with_multiprocessing,
    "concurrent.futures": with_futures,
    "joblib": with_joblib,
}


def main(library, count):
    start = time.perf_counter()
    LIBRARIES[library](range(count))
    print(json.dumps({"rate": count / (time.perf_counter() - start)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
