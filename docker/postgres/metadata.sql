-- Beside Airflow's own database, for Meltano's state.
CREATE DATABASE meltano;
