"""What LifeLane costs on this machine, beside what others cost."""

from pipeline.bench.comparison import bench_baselines
from pipeline.bench.desk import bench_desk
from pipeline.bench.gate import bench_gate
from pipeline.bench.review import bench_review
from pipeline.bench.rules import bench_rules
from pipeline.bench.service import bench_service
from pipeline.bench.streams import StreamsBench, bench_streams

__all__ = [
    "StreamsBench",
    "bench_baselines",
    "bench_desk",
    "bench_gate",
    "bench_review",
    "bench_rules",
    "bench_service",
    "bench_streams",
]
