"""One pipeline as a DAG: a day's extracts, its loads, and an audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from shlex import quote
from textwrap import dedent
from typing import Any

from airflow.sdk import DAG, Asset, Param, TaskGroup, chain, task
from airflow.sdk.exceptions import AirflowFailException

from elt.day import day_of_run
from elt.meltano import ProjectOperator, meltano_run

_AUDITED = {"postgres": "warehouse", "neo4j": "graph", "mysql": "mysql"}
"""What `daybook audit` calls the targets."""

_AT_ONCE = timedelta(0)
_DAY = "{{ ti.xcom_pull(task_ids='day') }}"
_DEFAULTS = {
    "owner": "daybook",
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=6),
}
_DOC = """
    Extracts {sources} into the lake, {models}loads that day into
    {targets}, and compares every row of the lake with what the targets
    hold then.

    **The day** is the parameter `date`; without one it is the day that the
    run was due{behind}. Any day can be run again: a run that finds nothing
    new changes nothing.

    **A run extracts what the sources hold now, under the label of its
    day.** A source that keeps no past cannot give it back: the manifest's
    snapshot time says when the rows were read.

    A target that holds a newer day keeps it, and the load says so.

    When a task fails, the end of its log says what to do. Do that, then
    clear the task.
"""


def elt_dag(
    dag_id: str,
    *,
    extract: Mapping[str, str],
    load: Mapping[str, str],
    transform: Mapping[str, str] | None = None,
    report: Mapping[str, str] | None = None,
    erase: str | None = None,
    skip_absent: bool = False,
    schedule: str | None = "0 0 * * *",
    behind: timedelta = _AT_ONCE,
    schema: str = "public",
) -> DAG:
    """Return a DAG that extracts, transforms, loads and audits one day.

    `extract` gives per source of the lake what `meltano run` runs for it,
    `load` the same per target. With `transform` models make further
    sources out of those, and these are what is loaded. `report` gives per
    task a module of the project, which is called with `--day`. `erase` names
    the table, `SOURCE.TABLE`, with a day's requests to be forgotten: these
    people are erased everywhere before the day is loaded. A run of a day of
    which nothing was delivered fails, or with `skip_absent` is skipped.
    `schedule` is in UTC; without one nothing can be backfilled. A day's data
    may arrive as late as `behind`: a run's day is that of so long before it
    was due. `schema` is where the warehouse gets its tables.
    """
    sources = list(transform or extract)
    with DAG(
        dag_id,
        schedule=schedule,
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        is_paused_upon_creation=True,
        default_args=_DEFAULTS,
        params={"date": _date_param()},
        tags=["daybook", "elt"],
        description="Any day, from the sources to the targets.",
        doc_md=_doc(extract, transform or {}, load, behind),
    ) as dag:
        day = _choose_day(behind.total_seconds())
        steps = [day, _group("extract", extract, skip_absent)]
        if transform:
            steps.append(_group("transform", transform))
        if erase:
            steps.append(_erase(erase))
        with TaskGroup("load") as loads:
            for target, blocks in load.items():
                _load(dag_id, target, blocks, sources, schema)
        chain(*steps, loads, _audit(sources, list(load), schema))
        for name, module in (report or {}).items():
            loads >> _report(name, module)
    return dag


def _date_param() -> Param:
    return Param(
        None,
        type=["string", "null"],
        format="date",
        title="Day",
        description="The day to run; empty: the day that the run is due.",
    )


def _doc(
    extract: Mapping[str, str],
    transform: Mapping[str, str],
    load: Mapping[str, str],
    behind: timedelta,
) -> str:
    models = f"makes {' and '.join(transform)} of it, " if transform else ""
    return dedent(_DOC).format(
        sources=" and ".join(extract),
        models=models,
        targets=" and ".join(load),
        behind=f", less {behind} for what arrives late" if behind else "",
    )


@task(task_id="day")
def _choose_day(
    seconds_behind: float, params: Any = None, dag_run: Any = None
) -> str:
    """Return the run's day, for all other tasks."""
    try:
        return day_of_run(
            str(dag_run.run_type),
            dag_run.conf or {},
            params["date"],
            dag_run.logical_date or dag_run.run_after,
            timedelta(seconds=seconds_behind),
        )
    except ValueError as error:
        raise AirflowFailException(str(error)) from error


def _group(
    step: str, jobs: Mapping[str, str], skip_absent: bool = False
) -> TaskGroup:
    """Return the tasks that each write one source's day to the lake."""
    with TaskGroup(step) as group:
        for source, blocks in jobs.items():
            ProjectOperator(
                task_id=source,
                command=meltano_run(blocks),
                skip_absent=skip_absent,
                variables={
                    "MELTANO_ENVIRONMENT": step,
                    "SOURCE": source,
                    "DATESTAMP": _DAY,
                    "DAYBOOK_RUN_ID": "{{ run_id }}",
                },
            )
    return group


def _erase(requests: str) -> ProjectOperator:
    return ProjectOperator(
        task_id="erase",
        # Another run may hold a day or a target meanwhile.
        retries=10,
        max_retry_delay=timedelta(minutes=2),
        command=f'"$DAYBOOK_BIN" erase --day "$DAY" --from {quote(requests)}',
        variables={"DAY": _DAY, "DAYBOOK_RUN_ID": "{{ run_id }}"},
        max_active_tis_per_dag=1,
    )


def _report(name: str, module: str) -> ProjectOperator:
    return ProjectOperator(
        task_id=name,
        command=f'"$PYTHON_BIN" -m {quote(module)} --day "$DAY"',
        variables={"DAY": _DAY, "DAYBOOK_RUN_ID": "{{ run_id }}"},
    )


def _load(
    dag_id: str, target: str, blocks: str, sources: list[str], schema: str
) -> ProjectOperator:
    return ProjectOperator(
        task_id=target,
        command=meltano_run(blocks),
        variables={
            "MELTANO_ENVIRONMENT": "load",
            "SCHEMA": schema,
            "EXTRACTED_AT": _DAY,
            "TAP_CSV_SOURCES": ",".join(sources),
            "DAYBOOK_RUN_ID": "{{ run_id }}",
        },
        outlets=[Asset(name=f"{dag_id}.{target}", uri=_uri(dag_id, target))],
        # One at a time, for runs of all kinds: a backfill does not heed
        # the DAG's max_active_runs.
        max_active_tis_per_dag=1,
    )


def _uri(dag_id: str, target: str) -> str:
    return f"daybook://{dag_id}/{target}"


def _audit(
    sources: list[str], targets: list[str], schema: str
) -> ProjectOperator:
    chosen = [f"--source {quote(source)}" for source in sources]
    # What else was loaded by hand is not the pipeline's affair.
    chosen += [f"--target {_AUDITED[target]}" for target in targets]
    return ProjectOperator(
        task_id="audit",
        # Another run may have brought a newer day meanwhile; and while one
        # loads, an audit must wait: in a backfill that is often so.
        retries=10,
        max_retry_delay=timedelta(minutes=2),
        command='"$DAYBOOK_BIN" audit --day "$DAY" --schema "$SCHEMA" '
        f"--allow-newer {' '.join(chosen)}",
        variables={
            "DAY": _DAY,
            "SCHEMA": schema,
            "DAYBOOK_RUN_ID": "{{ run_id }}",
        },
    )
