# Runs so many calls that do nothing in eight processes, with multiprocessing or joblib, and tells how many ended in a second.
import json
import sys
import time


def work(item):
    return None


def main(library, count):
    start = time.perf_counter()
    if library == "joblib":
        from joblib import Parallel, delayed

        Parallel(n_jobs=8, batch_size=1)(delayed(work)(item) for item in range(count))
    else:
        from multiprocessing import Pool

        with Pool(8) as pool:
            for _ in pool.imap_unordered(work, range(count), chunksize=1):
                pass
    print(json.dumps({"rate": count / (time.perf_counter() - start)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
