"""What the package promises as a whole."""

import inspect
import subprocess
import sys

import order_mapper


def test_the_public_names_are_sorted_and_there():
    constants = [name for name in order_mapper.__all__ if name.isupper()]
    types = [name for name in order_mapper.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in order_mapper.__all__ if name.islower()]
    assert order_mapper.__all__ == sorted(constants) + sorted(types) + sorted(functions)
    assert all(hasattr(order_mapper, name) for name in order_mapper.__all__)


def test_every_public_function_and_class_says_what_it_is():
    public = [getattr(order_mapper, name) for name in order_mapper.__all__]
    assert all(
        inspect.getdoc(found) for found in public if inspect.isclass(found) or inspect.isfunction(found)
    )


def test_importing_it_brings_msgspec_and_nothing_else_from_outside():
    code = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "import order_mapper\n"
        "outside = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(name for name in outside if not name.startswith('_') and name != 'order_mapper'))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    # msgspec takes typing_extensions along where it happens to be installed
    assert done.stdout.strip() in {"['msgspec']", "['msgspec', 'typing_extensions']"}
