"""``python -m simulation --seeds 200``: seeds on two processes; a failing one prints itself and what it saw."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from simulation.plants import PLANTS, plant
from simulation.run import FEWEST_POLLS, Result, attempt


def tell(seed: int, found: Result | str, cpu: float, *, verbose: bool) -> None:
    """Print what became of a seed."""
    if isinstance(found, str):
        print(f"{found}\nThe same again: make simulate FIRST={seed} SEEDS=1", flush=True)
    elif verbose:
        counts = f"{found.polls} polls, {found.orders} orders, {found.deliveries} requests"
        print(f"{seed}: {counts}, {found.hours:.1f} h, {cpu:.2f} s, trace {found.trace[:16]}", flush=True)


def main() -> int:
    """Run seeds; 1 where one of them failed, or polled too seldom to show anything."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds to run (default: 200)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="one line a seed")
    parser.add_argument("--plant", choices=PLANTS, help="plant this bug in the real code first")
    parser.add_argument("--until-caught", action="store_true", help="stop at the first seed that fails")
    asked = parser.parse_args()
    began = time.monotonic()
    seeds = range(asked.first, asked.first + asked.seeds)
    outcomes = []
    with ProcessPoolExecutor(
        asked.processes, mp_context=get_context("spawn"), initializer=plant, initargs=(asked.plant,)
    ) as pool:
        for seed, outcome in zip(seeds, pool.map(attempt, seeds), strict=True):
            outcomes.append(outcome)
            tell(seed, *outcome, verbose=asked.verbose)
            if asked.until_caught and isinstance(outcome[0], str):
                pool.shutdown(wait=False, cancel_futures=True)
                break
    good = [found for found, _ in outcomes if isinstance(found, Result)]
    polls, cpu = sum(r.polls for r in good), sum(spent for _, spent in outcomes)
    print(
        f"{len(good)} of {len(outcomes)} seeds hold: {polls} polls (fewest in a seed: {min((r.polls for r in good), default=0)}), "
        f"{sum(r.orders for r in good)} orders, {sum(r.deliveries for r in good)} requests, "
        f"{sum(r.hours for r in good) / 24:.0f} virtual days; {cpu:.0f} CPU s, {time.monotonic() - began:.0f} s, "
        f"{polls / max(cpu, 0.001):.0f} polls a CPU second"
    )
    return len(good) < len(outcomes) or any(found.polls < FEWEST_POLLS for found in good)


if __name__ == "__main__":
    sys.exit(main())
