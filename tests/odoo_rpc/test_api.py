"""What users import stays importable, sorted and documented."""

import inspect

import odoo_rpc
from odoo_rpc import OdooError, errors


def test_every_public_name_is_there_and_listed_in_order() -> None:
    def constants_types_functions(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    assert odoo_rpc.__all__ == sorted(odoo_rpc.__all__, key=constants_types_functions)
    assert all(hasattr(odoo_rpc, name) for name in odoo_rpc.__all__)


def test_every_class_and_function_says_what_it_is_for() -> None:
    documented = [getattr(odoo_rpc, name) for name in odoo_rpc.__all__]
    assert all(
        inspect.getdoc(item) for item in documented if inspect.isclass(item) or inspect.isfunction(item)
    )


def test_every_error_has_one_root() -> None:
    kinds = [
        item for item in vars(errors).values() if inspect.isclass(item) and item.__module__ == errors.__name__
    ]
    assert len(kinds) == 11
    assert all(issubclass(kind, OdooError) for kind in kinds)
    assert {kind.__name__ for kind in kinds} <= {*odoo_rpc.__all__}
