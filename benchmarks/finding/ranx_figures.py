"""Runs inside `.venv-bench`, started by `independent`: figures of rankings as ranx computes them.

Reads {"relevant": {query: [picture, …]}, "found": {query: {picture: score}}} from stdin.
"""

import json
import sys

from ranx import Qrels, Run, evaluate

asked = json.load(sys.stdin)
relevant = {query: dict.fromkeys(pictures, 1) for query, pictures in asked["relevant"].items()}
names = ["map", "hit_rate@1", "hit_rate@5", "hit_rate@10", "precision@5", "precision@10", "ndcg@10"]
found = evaluate(Qrels(relevant), Run(asked["found"]), names)
json.dump({name: float(value) for name, value in found.items()}, sys.stdout)
