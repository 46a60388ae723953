"""What LifeLane costs on this machine, beside a base line measured in the same run."""

from pipeline.bench.review import bench_review
from pipeline.bench.service import bench_service
from pipeline.bench.streams import bench_streams

__all__ = ["bench_review", "bench_service", "bench_streams"]
