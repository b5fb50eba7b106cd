"""What the person at the terminal is told: the address, once the login, the password and the API key, and what this
machine cannot do."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from classifyhub.accounts.people import Bootstrap
from classifyhub.engine.sandbox import limits_missing
from classifyhub.environment import Environment


def tell(made: Bootstrap, environment: Environment) -> Iterator[str]:
    """Lines of a small table. A secret that was given by the environment is not repeated: output ends up in logs."""
    yield _row(_("Address"), environment.public_url)
    yield _row(_("Data"), str(environment.data_dir))
    if made.created:
        yield _row(_("Login"), made.user.email)
        yield _row(_("Password"), _secret(made.password, variable="CLASSIFYHUB_ADMIN_PASSWORD"))
        yield _row(_("API key"), _secret(made.api_key, variable="CLASSIFYHUB_BOOTSTRAP_API_KEY"))
    for limit in limits_missing():
        yield _row(_("Note"), limit)


def _secret(generated: str | None, *, variable: str) -> str:
    if generated is None:
        return _("the one in %(variable)s") % {"variable": variable}
    return _("%(secret)s  (shown this once)") % {"secret": generated}


def _row(label: str, value: str) -> str:
    return f"  {label:<9} {value}"
