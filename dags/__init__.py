"""When, never how: DAGs import `schemas` alone and reach the rest through the command line."""
