"""What all pipelines share: `elt_dag` makes a DAG that runs any day."""

from elt.pipeline import elt_dag

__all__ = ["elt_dag"]
