"""Gives Airflow its user `admin`, with AIRFLOW_ADMIN_PASSWORD.

`airflow users create` would want the password on its command line, and
leave an older one as it is. Run it with Airflow's own Python.
"""

from __future__ import annotations

import os

from airflow.providers.fab.auth_manager.cli_commands.utils import (
    get_application_builder,
)
from airflow.utils.providers_configuration_loader import (
    providers_configuration_loaded,
)

USER = "admin"


@providers_configuration_loaded
def main() -> None:
    """Create the user, or set the password of the one there is."""
    password = os.environ["AIRFLOW_ADMIN_PASSWORD"]
    with get_application_builder() as builder:
        manager = builder.sm
        user = manager.find_user(USER)
        if user is None:
            role = manager.find_role("Admin")
            email = f"{USER}@localhost"
            if not manager.add_user(USER, USER, "", email, role, password):
                raise SystemExit(f"Airflow did not create the user {USER}.")
        elif not manager.reset_password(user.id, password):
            raise SystemExit(f"Airflow did not change {USER}'s password.")
    print(f"Airflow's user is {USER}.")


if __name__ == "__main__":
    main()
